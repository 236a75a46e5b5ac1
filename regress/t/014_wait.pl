# Who changes rows waits at most a second for a seal or a merge, or half as long as one takes where a crowded machine
# makes that longer; inserts and reads do not wait at all.
use strict;
use warnings;

use List::Util qw(max);
use Time::HiRes qw(time);

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $rows = 40000;
my $most = 1000;    # ms; what it takes is a small part of it
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
	$_->quit for @sessions;
	for my $kind (sort keys %statements)
	{
		my ($count, $longest, $retries) = split /\|/,
		  $node->safe_psql('postgres', "SELECT count(*), round(max(ms)), count(*) FILTER (WHERE retry) FROM waits WHERE what = '$kind'");

		cmp_ok($longest, '<', max($most, $longest_call / 2), "$kind beside $what: $longest ms was the longest of $count, $retries to be retried");
		is($retries, '0', "and $kind needs no second try") if $kind =~ /insert|read/;
	}
}

my $fill = "INSERT INTO m SELECT timestamptz '2024-01-01' + i * interval '1 s', 'host' || i % 50, i, i / 7.0 FROM generate_series(1, $rows) i";

$node->safe_psql('postgres', $fill);
beside('a seal', "CALL sydra.seal('m')", "VACUUM m; $fill");
is($node->safe_psql('postgres', "SELECT count(*) > 3 * $rows FROM m WHERE (ctid::text::point)[0] >= 2147483648"), 't', 'rows were sealed');
beside('a merge', "CALL sydra.merge('m')", "DELETE FROM m WHERE i % 20 = 7 AND random() < 0.4; CALL sydra.seal('m'); VACUUM m");
is($node->safe_psql('postgres', 'SELECT rows_merged > 0 FROM sydra.status'), 't', 'segments were merged');
is($node->safe_psql('postgres', "SELECT count(*) FROM sydra.verify('m')"), '0', 'verify finds nothing');
$node->stop;

done_testing();
