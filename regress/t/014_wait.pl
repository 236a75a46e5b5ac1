# Who changes rows waits at most a second for a seal or a merge, or nine tenths of one where a crowded machine
# makes that longer; inserts and reads do not wait at all: not for a quarter of it, nor while a seal waits.
use strict;
use warnings;

use List::Util qw(max);
use Time::HiRes qw(time);

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $rows = 40000;
my $most = 1000;    # ms; what it takes is a small part of it
my $least = 100;    # ms; a single statement may take as long by itself
my $node = PostgreSQL::Test::Cluster->new('wait');

$node->init;
$node->append_conf('postgresql.conf', "sydraql.auto_seal = off\nautovacuum = off\nmax_wal_size = 1GB");
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION sydraql;
CREATE TABLE m (time timestamptz NOT NULL, host sydra.tag, i int, v float8) USING sydra;
CREATE TABLE running (what text) USING heap;
CREATE TABLE waits (what text, ms float8, retry boolean) USING heap;
-- Statements of one kind, each a transaction, until the table of what is running is empty.
CREATE PROCEDURE measure(what text, statement text) LANGUAGE plpgsql AS $$
DECLARE
	start timestamptz;
	retry boolean;
BEGIN
	WHILE EXISTS (SELECT FROM running) LOOP
		COMMIT;
		start := clock_timestamp();
		retry := false;
		BEGIN
			EXECUTE statement USING (random() * 40000)::int;
		EXCEPTION WHEN serialization_failure THEN
			retry := true;
		END;
		COMMIT;
		INSERT INTO waits VALUES (what, extract(epoch FROM clock_timestamp() - start) * 1000, retry);
		PERFORM pg_sleep(0.002);
	END LOOP;
END $$;
SQL
my $at = "time = timestamptz '2024-01-01' + \$1 * interval '1 s'";
my %statements = (
	update => "UPDATE m SET v = v + 1 WHERE $at",
	delete => "DELETE FROM m WHERE $at AND i % 3 = 0",
	lock => "SELECT * FROM m WHERE $at FOR UPDATE",
	insert => "INSERT INTO m VALUES (timestamptz '2024-02-01' + \$1 * interval '1 s', 'new', 1, 1)",
	read => "SELECT sum(v) FROM m WHERE $at");

# Beside what a seal or a merge does, each kind in a session of its own.
sub beside
{
	my ($what, $call, $prepare) = @_;
	my $longest_call = 0;    # ms
	my @sessions;

	$node->safe_psql('postgres', "TRUNCATE waits; INSERT INTO running VALUES ('$what')");
	for my $kind (sort keys %statements)
	{
		push @sessions, $node->background_psql('postgres');
		$sessions[-1]->query_until(qr/started/, "\\echo started\nCALL measure('$kind', \$s\$$statements{$kind}\$s\$);\n");
	}
	for my $round (1 .. 3)
	{
		$node->safe_psql('postgres', $prepare) if $prepare;
		my $start = time;
		$node->safe_psql('postgres', $call);
		$longest_call = max($longest_call, 1000 * (time - $start));
	}
	$node->safe_psql('postgres', 'TRUNCATE running');
	cmp_ok($longest_call, '>', 1.5 * $least, "$what takes long enough to be waited for: $longest_call ms");
	$_->quit for @sessions;
	for my $kind (sort keys %statements)
	{
		my ($count, $longest, $retries) = split /\|/,
		  $node->safe_psql('postgres', "SELECT count(*), round(max(ms)), count(*) FILTER (WHERE retry) FROM waits WHERE what = '$kind'");

		my $limit = $kind =~ /insert|read/ ? max($least, $longest_call / 4) : max($most, 0.9 * $longest_call);

		cmp_ok($longest, '<', $limit, "$kind beside $what: $longest ms was the longest of $count, $retries to be retried");
		is($retries, '0', "and $kind needs no second try") if $kind =~ /insert|read/;
	}
}

my $fill = "INSERT INTO m SELECT timestamptz '2024-01-01' + i * interval '1 s', 'host' || i % 50, i, i / 7.0 FROM generate_series(1, $rows) i";

$node->safe_psql('postgres', $fill);
beside('a seal', "CALL sydra.seal('m')", "VACUUM m; $fill");
is($node->safe_psql('postgres', "SELECT count(*) > 3 * $rows FROM m WHERE (ctid::text::point)[0] >= 2147483648"), 't', 'rows were sealed');
$node->safe_psql('postgres', 'CREATE TABLE merged USING heap AS SELECT rows_merged FROM sydra.status');
beside('a merge', "CALL sydra.merge('m')", "DELETE FROM m WHERE i % 20 = 7 AND random() < 0.4; CALL sydra.seal('m'); VACUUM m");

# Held up at the gate by an open transaction, a seal keeps nobody who reads or inserts.
my $holder = $node->background_psql('postgres');
my $sealer = $node->background_psql('postgres');

$node->safe_psql('postgres', $fill);
$holder->query_safe("BEGIN; UPDATE m SET v = v + 1 WHERE i = 2");
$sealer->query_until(qr/started/, "SET sydraql.seal_max_delay = '1h';\n\\echo started\nCALL sydra.seal('m');\n");
ok($node->poll_query_until('postgres', "SELECT wait_event_type = 'Extension' FROM pg_stat_activity WHERE query = 'CALL sydra.seal(''m'');'"), 'a seal waits');
is($node->psql('postgres', "SET statement_timeout = '60s'; SELECT sum(v) FROM m; INSERT INTO m VALUES ('2024-03-01', 'new', 1, 1)"), 0, 'and nobody reads or inserts later for it');
is($node->safe_psql('postgres', "SELECT wait_event_type FROM pg_stat_activity WHERE query = 'CALL sydra.seal(''m'');'"), 'Extension', 'while it waits on');
$holder->query_safe('COMMIT');
$sealer->quit;
$holder->quit;
# Rows that go while it runs leave worn what it has just written, which is for the next to mend.
cmp_ok($node->safe_psql('postgres', 'SELECT (s.rows_merged - m.rows_merged)::float8 / (SELECT sum(rows) FROM sydra.segments) FROM sydra.status s, merged m'),
	'<', 3.5, 'three merges write each row about three times');
is($node->safe_psql('postgres', 'SELECT rows_merged > 0 FROM sydra.status'), 't', 'segments were merged');
is($node->safe_psql('postgres', "SELECT count(*) FROM sydra.verify('m')"), '0', 'verify finds nothing');
$node->stop;

done_testing();
