# A consumer that is killed each second is given every committed row exactly once, while eight clients write with
# savepoints, failures, prepared transactions, long ones and COPY, workers seal and merge, VACUUM runs and the
# server itself is killed between the rounds.
#
# SYDRA_FULL makes it longer, with transactions of half a minute.
use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(sleep time);

my $rounds = $ENV{SYDRA_FULL} ? 4 : 2;
my $seconds = $ENV{SYDRA_FULL} ? 75 : 6;
my $long = $ENV{SYDRA_FULL} ? 30 : 2;
my $copied = 2000;
my $node = PostgreSQL::Test::Cluster->new('consume');

$node->init;
$node->append_conf('postgresql.conf', <<'CONF');
shared_preload_libraries = 'sydraql'
sydraql.seal_delay = 0
sydraql.seal_min_pages = 1
sydraql.direct_min_rows = 1000
autovacuum_naptime = 1
max_prepared_transactions = 20
restart_after_crash = on
CONF
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION sydraql;
CREATE TABLE m (time timestamptz NOT NULL, host sydra.tag, id bigint) USING sydra;
CREATE TABLE twin (id bigint) USING heap;
CREATE TABLE taken (id bigint) USING heap;
CREATE SEQUENCE ids;
CREATE FUNCTION write(rows int) RETURNS void LANGUAGE sql AS $$
	WITH new AS (SELECT nextval('ids') AS id FROM generate_series(1, rows)),
		same AS (INSERT INTO twin SELECT id FROM new)
	INSERT INTO m SELECT clock_timestamp() - random() * interval '1 hour', 'h' || id % 20, id FROM new
$$;
SELECT sydra.create_consumer('c', 'm');
SQL
my $folder = PostgreSQL::Test::Utils::tempdir;

# Every COPY has numbers of its own.
sub write_copies
{
	my ($round, $session) = @_;
	my $script = "$folder/copies$round.$session.sql";

	for my $i (0 .. 20)
	{
		my $first = 1_000_000_000 * $round + 10_000_000 * $session + $copied * $i;
		my $file = "$folder/$first";

		append_to_file($file, join '', map { "2024-03-01\tcopied\t$_\n" } $first .. $first + $copied - 1);
		append_to_file($script, "BEGIN;\nINSERT INTO twin SELECT generate_series($first, $first + $copied - 1);\nCOPY m FROM '$file';\n"
			  . ($i % 3 ? 'COMMIT' : 'ROLLBACK') . ";\nSELECT pg_sleep(0.3);\n");
	}
	return $script;
}

append_to_file("$folder/plain.sql", "SELECT write(1);\n");
append_to_file("$folder/savepoint.sql", "BEGIN;\nSELECT write(2);\nSAVEPOINT a;\nSELECT write(2);\nROLLBACK TO a;\nSAVEPOINT b;\nSELECT write(3);\nRELEASE b;\nCOMMIT;\n");
append_to_file("$folder/abort.sql", "BEGIN;\nSELECT write(5);\nROLLBACK;\n");
append_to_file("$folder/prepare.sql", "\\set n random(1, 1000000000)\nBEGIN;\nSELECT write(1);\nSAVEPOINT a;\nSELECT write(1);\nPREPARE TRANSACTION 'p:client_id-:n';\nSELECT pg_sleep(random() / 5);\n"
	  . "\\if :n % 2\nCOMMIT PREPARED 'p:client_id-:n';\n\\else\nROLLBACK PREPARED 'p:client_id-:n';\n\\endif\n");
append_to_file("$folder/long.sql", "BEGIN;\nSELECT write(1);\nSELECT pg_sleep($long * random());\nSELECT write(1);\nCOMMIT;\n");
append_to_file("$folder/vacuum.sql", "VACUUM m;\nCALL sydra.merge('m');\nSELECT pg_sleep(0.3);\n" x 1000);
append_to_file("$folder/consume.sql", "INSERT INTO taken SELECT id FROM sydra.consume('c', NULL::m);\nSELECT pg_sleep(0.02);\n" x 10000);

my %outputs;

sub start
{
	my (@command) = @_;

	$outputs{"@command"} = '';
	return IPC::Run::start([@command], '<', \undef, '>', \$outputs{"@command"}, '2>&1');
}

sub psql_file
{
	return start('psql', '-XAtq', '-d', $node->connstr('postgres'), '-f', $_[0]);
}

$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;
my $kills = 0;
for my $round (1 .. $rounds)
{
	my $end = time + $seconds;

	my @others = (start('pgbench', '-n', '-c', 8, '-j', 2, '-T', $seconds + 60, '-R', 150, (map { (-f => "$folder/$_") } 'plain.sql@20', 'savepoint.sql@6', 'abort.sql@4', 'prepare.sql@4', 'long.sql@1'), 'postgres'),
		psql_file("$folder/vacuum.sql"), psql_file(write_copies($round, 1)), psql_file(write_copies($round, 2)));
	while (time < $end)
	{
		my $consumer = psql_file("$folder/consume.sql");

		sleep(0.5 + rand 1);
		# First its client, then what it has begun in the server.
		$consumer->kill_kill(grace => 0);
		$node->psql('postgres', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ 'sydra.consume' AND pid <> pg_backend_pid()") if $kills++ % 2;
	}
	# All at once: whatever was open is gone, but for what was prepared.
	$node->stop('immediate');
	$_->kill_kill(grace => 0) for @others;
	$node->start;
	for my $prepared (split /\n/, $node->safe_psql('postgres', 'SELECT gid FROM pg_prepared_xacts'))
	{
		$node->safe_psql('postgres', (length($prepared) % 2 ? 'COMMIT' : 'ROLLBACK') . " PREPARED '$prepared'");
	}
}
ok($node->poll_query_until('postgres', 'SELECT count(*) = 0 FROM sydra.consumer_status WHERE held_back_since IS NOT NULL'), 'nothing is open any more');
cmp_ok($node->safe_psql('postgres', 'SELECT count(DISTINCT xmin::text) FROM taken'), '>', 10, 'rows were given while all that went on');
for (1 .. 100)
{
	$node->safe_psql('postgres', "INSERT INTO taken SELECT id FROM sydra.consume('c', NULL::m)");
	last if $node->safe_psql('postgres', 'SELECT (SELECT count(*) FROM taken) >= (SELECT count(*) FROM twin)') eq 't';
	sleep(0.1);
}
cmp_ok($kills, '>=', 4, "the consumer was killed $kills times");
cmp_ok($node->safe_psql('postgres', "SELECT count(*) FROM twin WHERE id < 1000000000"), '>', 100, 'rows were written');
cmp_ok($node->safe_psql('postgres', "SELECT count(*) FROM twin WHERE id > 1000000000"), '>', $copied, 'and copied');
cmp_ok($node->safe_psql('postgres', "SELECT count(*) FROM m WHERE (ctid::text::point)[0] >= 2147483648 AND id < 1000000000"), '>', 0, 'and sealed');
is($node->safe_psql('postgres', 'SELECT count(*), sum(id) FROM taken'), $node->safe_psql('postgres', 'SELECT count(*), sum(id) FROM twin'), 'as many rows were given as were committed');
is($node->safe_psql('postgres', 'SELECT count(*) FROM ((TABLE taken EXCEPT ALL TABLE twin) UNION ALL (TABLE twin EXCEPT ALL TABLE taken)) d'), '0', 'each of them once');
is($node->safe_psql('postgres', 'SELECT count(*) FROM ((SELECT id FROM m EXCEPT ALL TABLE twin) UNION ALL (TABLE twin EXCEPT ALL SELECT id FROM m)) d'), '0', 'as the table has them');
is($node->safe_psql('postgres', "SELECT count(*) FROM sydra.verify('m')"), '0', 'verify finds nothing');
$node->stop;

Test::More->builder->is_passing or note("$_:\n$outputs{$_}") for sort keys %outputs;
done_testing();
