# Streaming and logical replication, and recovery to a point in time: standbys read what was sealed, at
# every moment of it; what is promoted or recovered goes on sealing; subscribers keep their own.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $sealed = "SELECT count(*) FROM m WHERE (ctid::text::point)[0] >= 2147483648";
my $rows = "SELECT count(*), sum(v), md5(string_agg(m::text, ',' ORDER BY m::text)) FROM m";
my $question = "SELECT * FROM sydraql('select tag.host, count(*), last(v) from public.m where time >= 2024-01-01 group by tag.host')";

sub fill
{
	my ($node, $first, $last) = @_;

	$node->safe_psql('postgres',
		"INSERT INTO m SELECT timestamptz '2024-01-01' + i * interval '1 second', 'host' || i % 5, i FROM generate_series($first, $last) i");
}

my $primary = PostgreSQL::Test::Cluster->new('primary');

$primary->init(allows_streaming => 'logical', has_archiving => 1);
$primary->append_conf('postgresql.conf', <<'CONF');
sydraql.auto_seal = off
sydraql.direct_min_rows = 100
wal_consistency_checking = all
autovacuum = off
max_standby_streaming_delay = 0
wal_retrieve_retry_interval = '100ms'
CONF
$primary->start;
$primary->safe_psql('postgres', <<'SQL');
CREATE EXTENSION sydraql;
CREATE TABLE m (time timestamptz NOT NULL, host sydra.tag, v int) USING sydra;
CREATE UNLOGGED TABLE unlogged (time timestamptz NOT NULL, v int) USING sydra;
INSERT INTO unlogged VALUES ('2024-01-01', 1);
CALL sydra.seal('unlogged');
SQL
fill($primary, 1, 5000);
$primary->safe_psql('postgres', "CALL sydra.seal('m')");
$primary->backup('base');

my $standby = PostgreSQL::Test::Cluster->new('standby');

$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;

my $cascaded = PostgreSQL::Test::Cluster->new('cascaded');

$cascaded->init_from_backup($primary, 'base', has_streaming => 1);
$cascaded->enable_streaming($standby);
$cascaded->append_conf('postgresql.conf', "recovery_target_timeline = 'latest'");
$cascaded->start;

# Between a seal and a later one.
fill($primary, 5001, 7000);
$primary->safe_psql('postgres', "CALL sydra.seal('m')");
$primary->safe_psql('postgres', "UPDATE m SET v = -v WHERE v % 10 = 0; DELETE FROM m WHERE v % 100 = 1");
fill($primary, 7001, 7500);
my $between = $primary->safe_psql('postgres', $rows);
my $between_sealed = $primary->safe_psql('postgres', $sealed);
$primary->safe_psql('postgres', "SELECT pg_create_restore_point('between')");
$primary->safe_psql('postgres', "CALL sydra.seal('m')");
$primary->safe_psql('postgres', "DELETE FROM m WHERE v > 6000; VACUUM m");
fill($primary, 8001, 8100);
$primary->safe_psql('postgres', 'SELECT pg_switch_wal()');

# Reads on standbys.
for my $node ($standby, $cascaded)
{
	my $name = $node->name;

	$primary->wait_for_catchup($standby, 'replay');
	$standby->wait_for_catchup($cascaded, 'replay', $primary->lsn('flush')) if $node == $cascaded;
	is($node->safe_psql('postgres', $_), $primary->safe_psql('postgres', $_), "$name: $_")
	  for $rows, $sealed, $question, "SET sydraql.enable_scan = off; $rows",
	  "SELECT sum(v) FROM m WHERE time > '2024-01-01 01:00' AND host = 'host1'", "SELECT count(*) FROM sydra.verify('m')",
	  "SELECT metric, rows_sealed FROM sydra.status ORDER BY metric::text";
	like($node->safe_psql('postgres', "EXPLAIN SELECT v FROM m WHERE host = 'host1'"), qr/SydraScan/, "$name: SydraScan");
	my ($result, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\nCALL sydra.seal('m')");
	like($err, qr/25006/, "$name: no sealing");
	($result, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\nSELECT * FROM sydraql('insert into m values (2024-03-01, 1)')");
	like($err, qr/25006.*ERR_READ_ONLY/, "$name: no INSERT by sydraQL");
	($result, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\nSELECT * FROM sydraql('delete from public.m where time >= 2024-01-01 and time < 2024-01-02')");
	like($err, qr/25006.*ERR_READ_ONLY/, "$name: no DELETE by sydraQL");
	($result, $out, $err) = $node->psql('postgres', 'SELECT * FROM unlogged');
	like($err, qr/cannot access temporary or unlogged relations during recovery/, "$name: unlogged tables are refused");
}

# A snapshot that is older than what VACUUM takes away: cancelled, never wrong.
my $old = $standby->background_psql('postgres', on_error_stop => 0);

$old->query_safe('BEGIN ISOLATION LEVEL REPEATABLE READ');
my $seen = $old->query_safe($rows);
$primary->safe_psql('postgres', "CALL sydra.seal('m')");
$primary->wait_for_catchup($standby, 'replay');
is($old->query_safe($rows), $seen, 'a snapshot from before a seal reads on after it');
$primary->safe_psql('postgres', 'TRUNCATE unlogged; VACUUM m; VACUUM sydra_catalog.segment, sydra_catalog.tombstone');
fill($primary, 8201, 8300);
$primary->wait_for_catchup($standby, 'replay');
my $again = eval { $old->query($rows) } // '';

ok($again eq $seen || $old->{stderr} =~ /conflict with recovery/, "and after VACUUM, or is cancelled: $again$old->{stderr}");
eval { $old->quit };
unlike(slurp_file($_->logfile), qr/terminated by signal|PANIC/, $_->name . ': nothing has crashed') for $standby, $cascaded;

# Recovery to the point between.
my $recovered = PostgreSQL::Test::Cluster->new('recovered');

$recovered->init_from_backup($primary, 'base', has_restoring => 1);
$recovered->append_conf('postgresql.conf', "recovery_target_name = 'between'\nrecovery_target_action = 'promote'\narchive_mode = off");
$recovered->start;
$recovered->poll_query_until('postgres', 'SELECT NOT pg_is_in_recovery()');
is($recovered->safe_psql('postgres', $rows), $between, 'recovered: the rows of that moment');
is($recovered->safe_psql('postgres', $sealed), $between_sealed, 'recovered: sealed as of then');
$recovered->safe_psql('postgres', "CALL sydra.seal('m')");
is($recovered->safe_psql('postgres', $rows), $between, 'recovered: sealed again');
is($recovered->safe_psql('postgres', "SELECT count(*) FROM sydra.verify('m')"), '0', 'recovered: verify finds nothing');
$recovered->stop;

# Promotion: the new primary seals, and whom it feeds follows.
my $expected = $primary->safe_psql('postgres', $rows);

$standby->promote;
is($standby->safe_psql('postgres', $rows), $expected, 'promoted: every row');
is($standby->safe_psql('postgres', 'SELECT count(*) FROM unlogged'), '0', 'promoted: unlogged tables are empty');
$standby->safe_psql('postgres', "INSERT INTO unlogged VALUES ('2024-01-02', 2); CALL sydra.seal('unlogged'); CALL sydra.seal('m')");
is($standby->safe_psql('postgres', $rows), $expected, 'promoted: sealed');
is($standby->safe_psql('postgres', 'SELECT sum(v) FROM unlogged'), '2', 'promoted: unlogged as well');
fill($standby, 9001, 9500);
$standby->safe_psql('postgres', "CALL sydra.seal('m')");
$standby->wait_for_catchup($cascaded, 'replay', $standby->lsn('flush'));
is($cascaded->safe_psql('postgres', $_), $standby->safe_psql('postgres', $_), "cascaded follows: $_") for $rows, $sealed;
is($standby->safe_psql('postgres', "SELECT count(*) FROM sydra.verify('m')"), '0', 'promoted: verify finds nothing');
$cascaded->stop;

# Logical replication of all tables, into one that has the extension and segments of its own.
my $subscriber = $standby;
my $r_rows = "SELECT count(*), sum(v), md5(string_agg(r::text, ',' ORDER BY r::text)) FROM r";

$primary->safe_psql('postgres', <<'SQL');
CREATE TABLE r (time timestamptz NOT NULL, host text, v int);
ALTER TABLE r REPLICA IDENTITY FULL;
INSERT INTO r SELECT timestamptz '2024-01-01' + i * interval '1 second', 'host' || i % 5, i % 100 FROM generate_series(1, 2000) i;
INSERT INTO r SELECT * FROM r WHERE v < 10;
CREATE TABLE f (time timestamptz NOT NULL, v int) USING sydra;
ALTER TABLE f REPLICA IDENTITY FULL;
INSERT INTO f VALUES ('2024-01-01', 1);
CREATE PUBLICATION everything FOR ALL TABLES;
SQL
$subscriber->safe_psql('postgres', <<'SQL');
CREATE TABLE r (time timestamptz NOT NULL, host sydra.tag, v int) USING sydra;
ALTER TABLE r REPLICA IDENTITY FULL;
CREATE TABLE f (time timestamptz NOT NULL, v int) USING sydra;
ALTER TABLE f REPLICA IDENTITY FULL;
ALTER TABLE m RENAME TO own;
CREATE TABLE m (LIKE own) USING sydra;
SQL
my $own = "SELECT count(*), sum(v) FROM own";
my $own_before = $subscriber->safe_psql('postgres', $own);
my $catalog = "SELECT count(*), sum(storage_id), sum(segno) FROM sydra_catalog.segment";
my $catalog_before = $subscriber->safe_psql('postgres', $catalog);
my $connection = $primary->connstr . ' dbname=postgres application_name=sub';

$subscriber->safe_psql('postgres', "CREATE SUBSCRIPTION sub CONNECTION '$connection' PUBLICATION everything");
$subscriber->wait_for_subscription_sync($primary, 'sub');
is($subscriber->safe_psql('postgres', $rows), $primary->safe_psql('postgres', $rows), 'subscribed: the first copy');
is($subscriber->safe_psql('postgres', $r_rows), $primary->safe_psql('postgres', $r_rows), 'subscribed: from heap');
is($subscriber->safe_psql('postgres', $own), $own_before, 'subscribed: its own segments are as before');

# Out: seals are not seen by subscribers; a COPY does not hide its rows in segments.
my $r_updates = "UPDATE r SET v = v + 1000 WHERE v % 7 = 0; DELETE FROM r WHERE v % 11 = 0; UPDATE r SET v = v + 1 WHERE v < 5";

fill($primary, 10001, 10500);
$primary->safe_psql('postgres', "COPY (SELECT timestamptz '2024-02-01' + i * interval '1 s', 'copied', i FROM generate_series(1, 1000) i) TO '"
	  . $primary->basedir . "/copied'; COPY m FROM '" . $primary->basedir . "/copied'");
$primary->safe_psql('postgres', "CALL sydra.seal('m')");
is($primary->safe_psql('postgres', "$sealed AND host = 'copied'"), '1000', 'published and sealed');
$primary->wait_for_catchup('sub');
is($subscriber->safe_psql('postgres', $rows), $primary->safe_psql('postgres', $rows), 'subscribed: what came, and no seal');
my ($result, $out, $err) = $primary->psql('postgres', "CALL sydra.seal('f')");
isnt($result, 0, 'a published table with a full identity is not sealed');
like($primary->safe_psql('postgres', "SELECT refused FROM sydra.status WHERE metric = 'f'::regclass"), qr/replica/, 'and the status says so');

# Out, to somebody without the extension: the table is a heap there.
my $plain = PostgreSQL::Test::Cluster->new('plain');
my $plain_rows = "SELECT count(*), sum(v), md5(string_agg(row(time, host::text, v)::text, ',' ORDER BY time, host::text, v)) FROM m";

$plain->init;
$plain->start;
$plain->safe_psql('postgres', 'CREATE TABLE m (time timestamptz NOT NULL, host text, v int)');
$primary->safe_psql('postgres', "CREATE PUBLICATION inserts FOR TABLE m WITH (publish = 'insert, truncate')");
$plain->safe_psql('postgres', "CREATE SUBSCRIPTION plain CONNECTION '" . $primary->connstr . " dbname=postgres application_name=plain' PUBLICATION inserts");
$plain->wait_for_subscription_sync($primary, 'plain');
is($plain->safe_psql('postgres', $plain_rows), $primary->safe_psql('postgres', $plain_rows), 'without the extension: the first copy, sealed rows too');
fill($primary, 10501, 11000);
$primary->safe_psql('postgres', "COPY m FROM '" . $primary->basedir . "/copied'");
$primary->safe_psql('postgres', "CALL sydra.seal('m'); CALL sydra.merge('m')");
fill($primary, 11001, 11100);
$primary->wait_for_catchup('plain');
is($plain->safe_psql('postgres', $plain_rows), $primary->safe_psql('postgres', $plain_rows), 'without the extension: what came, and neither seal nor merge');
is($plain->safe_psql('postgres', "SELECT count(*) FROM pg_stat_subscription_stats WHERE apply_error_count > 0 OR sync_error_count > 0"),
	'0', 'without the extension: no error');
$plain->safe_psql('postgres', 'DROP SUBSCRIPTION plain');
$plain->stop;
$primary->wait_for_catchup('sub');

# In: changes find sealed rows, those of the head, and again what they have become.
for my $round (1 .. 3)
{
	$subscriber->safe_psql('postgres', "CALL sydra.seal('r')") if $round != 2;
	$primary->safe_psql('postgres', $r_updates);
	$primary->safe_psql('postgres', 'INSERT INTO r SELECT * FROM r WHERE v BETWEEN 50 AND 60');
	$primary->wait_for_catchup('sub');
	is($subscriber->safe_psql('postgres', $r_rows), $primary->safe_psql('postgres', $r_rows), "subscribed: changes, round $round");
}
is($subscriber->safe_psql('postgres', "SELECT count(*) FROM sydra.verify('r')"), '0', 'verify finds nothing');
is($subscriber->safe_psql('postgres', "SELECT count(*) FROM pg_stat_subscription_stats WHERE apply_error_count > 0 OR sync_error_count > 0"),
	'0', 'no error of the subscription');
$primary->safe_psql('postgres', "TRUNCATE r; INSERT INTO r VALUES ('2025-01-01', 'x', 1)");

# What the publisher's catalogs do stays there.
$primary->safe_psql('postgres', 'DROP TABLE unlogged; SELECT sydra_catalog.collect()');
$primary->wait_for_catchup('sub');
is($subscriber->safe_psql('postgres', $r_rows), $primary->safe_psql('postgres', $r_rows), 'subscribed: TRUNCATE');
is($subscriber->safe_psql('postgres', $own), $own_before, 'its own rows are there still');
is($subscriber->safe_psql('postgres', "SELECT count(*) FROM sydra.verify('own')"), '0', 'verify finds nothing');
$subscriber->safe_psql('postgres', 'DROP SUBSCRIPTION sub');
$subscriber->stop;
$primary->stop;

done_testing();
