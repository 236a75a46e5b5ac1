# Workers seal by themselves, preloaded or not, and are never in the way: not of DROP DATABASE, not of
# CREATE DATABASE ... TEMPLATE, and a standby starts none.  No database waits for others to become quiet.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $sealed = "SELECT count(*) FROM m WHERE (ctid::text::point)[0] >= 2147483648";
my $workers = "SELECT count(*) FROM pg_stat_activity WHERE backend_type ~ 'sydra'";
my $fill = "INSERT INTO m SELECT timestamptz '2024-01-01' + i * interval '1 second', 'host' || i % 5, i FROM generate_series(1, 20000) i";
my $conf = "sydraql.seal_delay = 0\nsydraql.seal_min_pages = 1\nautovacuum_naptime = 1\n";

sub make_database
{
	my ($node, $name) = @_;

	$node->safe_psql('postgres', "CREATE DATABASE $name");
	$node->safe_psql($name, 'CREATE EXTENSION sydraql;'
		  . "CREATE TABLE m (time timestamptz NOT NULL, host sydra.tag, value float8) USING sydra");
}

# Not preloaded: the writer whose commit crosses the threshold starts the worker.
my $node = PostgreSQL::Test::Cluster->new('plain');

$node->init;
$node->append_conf('postgresql.conf', $conf . "max_prepared_transactions = 2\n");
$node->start;
make_database($node, 'a');
$node->safe_psql('a', $fill);
ok($node->poll_query_until('a', $sealed, '20000'), 'not preloaded: a writer starts a worker, which seals');
is($node->safe_psql('a', 'SELECT count(*), sum(value) FROM m'), '20000|200010000', 'every row once');
is($node->safe_psql('a', "SELECT count(*) FROM sydra.verify('m')"), '0', 'verify finds nothing');
ok($node->poll_query_until('a', $workers, '0'), 'the worker leaves when its work is done');

# A worker may be there at any of these moments.
my ($copies, $drops) = (0, 0);

for my $i (1 .. 5)
{
	$node->safe_psql('a', $fill);
	$copies++ if $node->psql('postgres', "CREATE DATABASE copy$i TEMPLATE a") == 0;
	is($node->safe_psql("copy$i", 'SELECT count(*) FROM m'), 20000 * ($i + 1), "copy $i has the rows") if $copies == $i;
	$drops++ if $node->psql('postgres', "DROP DATABASE copy$i") == 0;
}
is("$copies $drops", '5 5', 'CREATE DATABASE TEMPLATE and DROP DATABASE are not blocked');
is($node->psql('postgres', 'DROP DATABASE a'), 0, 'nor is DROP DATABASE of the database itself');

# A table that is locked meanwhile is come back to, though nobody writes to it any more.
make_database($node, 'l');
$node->safe_psql('l', 'CREATE TABLE n (LIKE m) USING sydra');
$node->safe_psql('l', 'LOAD $$sydraql$$; ALTER SYSTEM SET sydraql.auto_seal = off');
$node->reload;
$node->safe_psql('l', $fill =~ s/INTO m/INTO n/r);
$node->safe_psql('l', "BEGIN; LOCK TABLE n IN SHARE MODE; PREPARE TRANSACTION 'holder'");
$node->safe_psql('l', 'LOAD $$sydraql$$; ALTER SYSTEM RESET sydraql.auto_seal');
$node->reload;
$node->safe_psql('l', $fill);
ok($node->poll_query_until('l', $sealed, '20000'), 'a locked table is passed over');
$node->safe_psql('l', "COMMIT PREPARED 'holder'");
ok($node->poll_query_until('l', $sealed =~ s/FROM m/FROM n/r, '20000'), 'and taken when it is free');

# An error ends the work on its table alone, the next one is taken, and sydra.status tells until it is over.
make_database($node, 'e');
$node->safe_psql('e', 'CREATE TABLE n (LIKE m) USING sydra');
$node->safe_psql('e', 'ALTER TABLE sydra_catalog.segment RENAME TO away');
$node->safe_psql('e', "BEGIN; $fill; " . $fill =~ s/INTO m/INTO n/r . '; COMMIT');
ok($node->poll_query_until('e', "SELECT count(*) FROM sydra.status WHERE refused ~ 'segment'", '2'),
	'the error of either table is told');
ok($node->poll_query_until('e', $workers, '0'), 'and the worker leaves');
$node->safe_psql('e', 'ALTER TABLE sydra_catalog.away RENAME TO segment');
$node->safe_psql('e', $fill);
ok($node->poll_query_until('e', "SELECT sum(rows_sealed) FROM sydra.status WHERE refused IS NULL", '60000'),
	'the next worker seals both');

# No slot is a figure in sydra.status, not an error.
$node->append_conf('postgresql.conf', "max_worker_processes = 0\n");
$node->restart;
make_database($node, 'b');
is($node->psql('b', $fill), 0, 'without worker slots writers go on');
is($node->safe_psql('b', 'SELECT count(*) FROM m'), '20000', 'and the rows stay in the head');
is($node->safe_psql('b', 'SELECT workers_missed FROM sydra.status'), '0', 'a session that ends does not count it');
$node->safe_psql('b', "$fill; $fill");
is($node->safe_psql('b', 'SELECT workers_missed FROM sydra.status'), '1', 'one that goes on writing does');
$node->stop;

# Preloaded: the launcher finds work that nobody started a worker for.
my $primary = PostgreSQL::Test::Cluster->new('preloaded');

$primary->init(allows_streaming => 1);
$primary->append_conf('postgresql.conf', "$conf\nshared_preload_libraries = 'sydraql'\nsydraql.auto_seal = off\n");
$primary->start;
make_database($primary, 'c');
$primary->safe_psql('c', $fill);
is($primary->safe_psql('c', $sealed), '0', 'auto_seal = off leaves rows in the head');
$primary->append_conf('postgresql.conf', "sydraql.auto_seal = on\n");
$primary->restart;
ok($primary->poll_query_until('c', $sealed, '20000'), 'preloaded: the launcher has it sealed after a restart');
is($primary->safe_psql('c', "SELECT count(*) FROM sydra.verify('m')"), '0', 'verify finds nothing');
is($primary->psql('postgres', 'CREATE DATABASE d TEMPLATE c'), 0, 'the launcher is connected to no database');
is($primary->psql('postgres', 'DROP DATABASE d'), 0, 'so that databases can be dropped');

# Databases that change all the time, have not the extension, and come first: one that has it gets its turn,
# with a single worker at a time; and after a while they are left alone.
$primary->safe_psql('postgres', "CREATE DATABASE busy$_") for 1 .. 3;
make_database($primary, 'behind');
$primary->append_conf('postgresql.conf', "sydraql.auto_seal = off\nsydraql.max_workers = 1\nlog_min_messages = debug1\n");
$primary->reload;
$primary->safe_psql('behind', $fill);
for my $i (1 .. 3)
{
	$primary->safe_psql("busy$i", 'CREATE TABLE b (i int) USING heap');
}

sub be_busy
{
	$primary->safe_psql("busy$_", 'INSERT INTO b SELECT FROM generate_series(1, 10)') for 1 .. 3;
}

be_busy();
$primary->append_conf('postgresql.conf', "sydraql.auto_seal = on\n");
$primary->restart;
my $started = time;
my $turn = 0;

while (!$turn && time - $started < 120)
{
	be_busy();
	sleep 1;
	$turn = $primary->safe_psql('behind', $sealed) == 20000;
}
ok($turn, 'busy databases without the extension do not keep the launcher from the one that has it');
my $quiet = 0;

while (!$quiet && time - $started < 240)
{
	my $offset = -s $primary->logfile;

	for (1 .. 7)
	{
		be_busy();
		sleep 1;
	}
	$quiet = slurp_file($primary->logfile, $offset) !~ /starting background worker process "sydraql worker"/;
}
ok($quiet, 'and are not looked into again and again');
$primary->append_conf('postgresql.conf', "log_min_messages = warning\n");
$primary->reload;

# A standby reads what the primary sealed and seals nothing itself.
$primary->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');

$standby->init_from_backup($primary, 'base', has_streaming => 1);
$standby->start;
$primary->safe_psql('c', $fill);
ok($primary->poll_query_until('c', $sealed, '40000'), 'the primary goes on sealing');
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('flush'));
is($standby->safe_psql('c', $sealed), '40000', 'the standby sees the segments');
is($standby->safe_psql('c', 'SELECT count(*), sum(value) FROM m'), '40000|400020000', 'and every row once');
is( $standby->safe_psql('c', "SELECT * FROM sydraql('select count(*) from public.m where time >= 2024-01-01')"),
	'40000', 'in sydraQL too');
is($standby->safe_psql('postgres', "SELECT count(*) FROM pg_stat_activity WHERE backend_type ~ 'sydra' AND datname IS NOT NULL"),
	'0', 'no worker runs on the standby');
my ($status, $out, $err) = $standby->psql('c', "CALL sydra.seal('m')", extra_params => [ '-v', 'VERBOSITY=verbose' ]);

like($err, qr/ERROR:  25006/, 'a seal by hand is refused there');
is($standby->psql('c', 'SELECT count(*) FROM m'), 0, 'the server goes on');
$standby->promote;
$standby->safe_psql('c', $fill);
ok($standby->poll_query_until('c', $sealed, '60000'), 'and seals once it is promoted');
$standby->stop;
$primary->stop;

done_testing();
