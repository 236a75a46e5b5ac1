# Sealed rows survive pg_dump and pg_restore, which carry rows, and pg_upgrade, which carries files.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('old');

$node->init;
$node->append_conf('postgresql.conf', "sydraql.auto_seal = off\nsydraql.direct_min_rows = 1000");
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE source');
$node->safe_psql('postgres', 'CREATE DATABASE target');
$node->safe_psql('source', <<'SQL');
CREATE EXTENSION sydraql;
CREATE TABLE m (time timestamptz NOT NULL, host sydra.tag, rack sydra.tag_int4, value float8, note text) USING sydra;
INSERT INTO m SELECT timestamptz '2024-01-01' + i * interval '1 second', 'host' || i % 5, i % 3, i / 4.0, 'note ' || i % 9
  FROM generate_series(1, 30000) i;
SELECT sydra.create_metric('room.heat');
INSERT INTO room.heat SELECT timestamptz '2024-01-01' + i * interval '1 minute', i % 40, jsonb_build_object('room', 'r' || i % 3)
  FROM generate_series(1, 5000) i;
CALL sydra.seal('m');
CALL sydra.seal('room.heat');
INSERT INTO m VALUES ('2024-02-01', 'late', 1, 1, 'in the head');
CREATE TABLE corrected (time timestamptz NOT NULL, host sydra.tag, value int4) USING sydra;
SELECT sydra.configure('corrected', dedup => 'last');
INSERT INTO corrected VALUES ('2024-01-01', 'a', 1), ('2024-01-01', 'b', 2);
CALL sydra.seal('corrected');
INSERT INTO corrected VALUES ('2024-01-01', 'a', 3);
-- What files have beside rows: marks of deleted rows, segments without a column, merged ones, parts.
CREATE TABLE worn (time timestamptz NOT NULL, host sydra.tag, value int4, old int4) USING sydra;
INSERT INTO worn SELECT timestamptz '2024-01-01' + i * interval '1 second', 'host' || i % 5, i, i FROM generate_series(1, 5000) i;
CALL sydra.seal('worn');
INSERT INTO worn SELECT timestamptz '2024-02-01' + i * interval '1 second', 'host' || i % 5, i, i FROM generate_series(1, 5000) i;
CALL sydra.seal('worn');
CALL sydra.merge('worn');
ALTER TABLE worn DROP COLUMN old, ADD COLUMN new text DEFAULT 'added';
DELETE FROM worn WHERE value % 7 = 0;
UPDATE worn SET new = 'updated' WHERE value % 11 = 0;
CREATE TABLE parts (time timestamptz NOT NULL, value int4) PARTITION BY RANGE (time);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2024-01-01') TO ('2024-02-01') USING sydra;
CREATE TABLE parts_2 PARTITION OF parts DEFAULT USING sydra;
INSERT INTO parts SELECT time, value FROM worn;
CALL sydra.seal('parts');
CREATE TABLE gone (time timestamptz NOT NULL, value int4) USING sydra;
SELECT sydra.configure('gone', dedup => 'last');
DROP TABLE gone;
-- A series by its id, in views that are restored before the rows; the columns are numbered anew.
CREATE TABLE turned (time timestamptz NOT NULL, gone int4, host sydra.tag, value float8) USING sydra;
INSERT INTO turned SELECT timestamptz '2024-01-01' + i * interval '1 second', i, 'host' || i % 5, i FROM generate_series(1, 2000) i;
CALL sydra.seal('turned');
ALTER TABLE turned DROP COLUMN gone, ADD COLUMN region sydra.tag;
INSERT INTO turned VALUES ('2024-02-01', 'host1', 10000, 'eu');
SELECT format('CREATE VIEW one_%s AS SELECT * FROM sydraql(''select count(*), sum(value) from by_id(%s) where time >= 2024-01-01'')', n, sydra.series_id(metric, tags))
  FROM (VALUES ('wide', 'turned'::regclass, '{"host": "host1"}'::jsonb), ('head', 'turned', '{"host": "host1", "region": "eu"}'), ('native', 'room.heat', '{"room": "r1"}')) s(n, metric, tags) \gexec
SQL

my $rows = "SELECT count(*), md5(string_agg(t::text, ',' ORDER BY time, t::text)) FROM";
my $sealed = "SELECT count(*) FROM m WHERE (ctid::text::point)[0] >= 2147483648";
my $question = "SELECT * FROM sydraql('select tag.host, count(*), max(value) from public.m where time >= 2024-01-01 and tag.host != ''host3'' group by tag.host')";
my $settings = 'SELECT metric, dedup FROM sydra.metrics ORDER BY metric::text';
my $corrected = 'SELECT host, value FROM corrected ORDER BY host';
my $by_id = "SELECT (SELECT string_agg(t::text, ' ' ORDER BY t) FROM (TABLE one_wide UNION ALL TABLE one_head UNION ALL TABLE one_native) t)";
my @parts = ("$rows worn t", "$rows parts t", 'SELECT tableoid::regclass, count(*) FROM parts GROUP BY 1 ORDER BY 1');
my %before = map { $_ => $node->safe_psql('source', $_) } $by_id, "$rows m t", "$rows room.heat t", $question, $settings, $corrected, @parts;

is($node->safe_psql('source', $by_id), '(1,10000) (400,399400) (1667,32500)', 'series by their ids');
is($before{$corrected}, "a|3\nb|2", 'the last written rows');

my $dump = PostgreSQL::Test::Utils::tempdir . '/dump';

$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $node->connstr('source') ], 'pg_dump');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('target'), $dump ], 'pg_restore');
is($node->safe_psql('target', $_), $before{$_}, "restored: $_") for sort keys %before;
is($node->safe_psql('target', $sealed), '30001', 'restored rows are in segments');
$node->safe_psql('target', "CALL sydra.seal('m')");
is($node->safe_psql('target', $sealed), '30001', 'and stay there');
is($node->safe_psql('target', "SELECT count(*) FROM sydra.verify('m')"), '0', 'verify finds nothing');
is($node->safe_psql('target', 'SELECT relid::regclass, row_type::regtype, dedup FROM sydra.table_config'),
	'corrected|corrected|last', 'what tables are configured to be is restored, of those that are there');
is($node->safe_psql('target', "INSERT INTO corrected VALUES ('2024-01-01', 'b', 4); $corrected"), "a|3\nb|4",
	'and holds for what is written next');
$node->safe_psql('postgres', 'DROP DATABASE target');

# A dump of a part: what tables are configured to be is for who restores it to say again.
$node->safe_psql('source', "CREATE TABLE left_out (LIKE corrected) USING sydra; SELECT sydra.configure('left_out', dedup => 'last')");
for my $part ([ 'relation "public.left_out" does not exist', '-T', 'left_out' ], [ '', '-T', 'left_out', '-T', 'sydra.table_config' ], [ '', '-t', 'corrected' ])
{
	my ($fault, @options) = @$part;
	my $stderr = '';

	$node->safe_psql('postgres', 'CREATE DATABASE part');
	$node->safe_psql('part', 'CREATE EXTENSION sydraql') if $options[0] eq '-t';
	$node->command_ok([ 'pg_dump', '-f', $dump, @options, $node->connstr('source') ], "pg_dump @options");
	run_log([ 'psql', '-X', '-q', '-d', $node->connstr('part'), '-f', $dump ], '>', \my $stdout, '2>', \$stderr);
	is(join(',', $stderr =~ /ERROR:  (.*)/g), $fault, "restored: faults of @options");
	is($node->safe_psql('part', "$corrected; SELECT count(*) FROM sydra.table_config"), "$before{$corrected}\n0", 'rows without settings');
	is($node->safe_psql('part', "SELECT sydra.configure('corrected', dedup => 'last'); INSERT INTO corrected VALUES ('2024-01-01', 'b', 4); $corrected"),
		"\na|3\nb|4", 'which sydra.configure gives again');
	$node->safe_psql('postgres', 'DROP DATABASE part');
}
$node->safe_psql('source', 'DROP TABLE left_out');
$node->stop;

# Files are copied into a new cluster, or linked, which leaves the old one unusable.
sub upgrade
{
	my ($old, $name, @options) = @_;
	my $new = PostgreSQL::Test::Cluster->new($name);
	my ($bindir) = $old->config_data('--bindir');

	$new->init;
	$new->append_conf('postgresql.conf', 'sydraql.auto_seal = off');
	chdir PostgreSQL::Test::Utils::tempdir;
	command_ok(
		[
			'pg_upgrade', '-d', $old->data_dir, '-D', $new->data_dir, '-b', $bindir, '-B', $bindir,
			'-s', $new->host, '-p', $old->port, '-P', $new->port, @options
		],
		"pg_upgrade @options");
	$new->start;
	is($new->safe_psql('source', $_), $before{$_}, "$name: $_") for sort keys %before;
	is($new->safe_psql('source', $sealed), '30000', "$name: segments are segments");
	is($new->safe_psql('source', "SELECT count(*) FROM unnest('{m,worn,corrected,room.heat,parts_1,parts_2}'::regclass[]) t, sydra.verify(t)"),
		'0', "$name: verify finds nothing");
	return $new;
}

my $copied = upgrade($node, 'copied');

$copied->stop;
my $new = upgrade($copied, 'linked', '--link');

$new->safe_psql('source', "CALL sydra.merge('worn'); VACUUM worn");
is($new->safe_psql('source', $parts[0]), $before{ $parts[0] }, 'linked: merged and vacuumed');
is($new->safe_psql('source', "INSERT INTO corrected VALUES ('2024-01-01', 'b', 4); $corrected"), "a|3\nb|4",
	'upgraded: the last written rows');
$new->safe_psql('source', "INSERT INTO m VALUES ('2024-02-02', 'later', 1, 1, 'new'); CALL sydra.seal('m')");
is($new->safe_psql('source', $sealed), '30002', 'and new ones are sealed beside them');
$new->stop;

done_testing();
