# Workers take up deleted rows within five seconds of the commit, and join small segments, each row a
# few times at most in its life; a standby sees the same rows.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $fill = "INSERT INTO m SELECT timestamptz '2024-01-01' + i * interval '1 second', 'host' || i % 5, i FROM generate_series(1, 60000) i";
my $workers = "SELECT count(*) FROM pg_stat_activity WHERE backend_type ~ 'sydra'";
my $rows = 'SELECT count(*), sum(value) FROM m';

my $folder = PostgreSQL::Test::Utils::tempdir;
my $node = PostgreSQL::Test::Cluster->new('primary');

$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', "sydraql.seal_delay = 0\nautovacuum = off\n");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION sydraql;'
	  . "CREATE TABLE m (time timestamptz NOT NULL, host sydra.tag, value float8) USING sydra");
$node->safe_psql('postgres', $fill);
$node->safe_psql('postgres', "CALL sydra.seal('m')");
ok($node->poll_query_until('postgres', $workers, '0'), 'no worker is there');
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');

$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;

# A few deleted rows are left where they are, many are not.
$node->safe_psql('postgres', 'DELETE FROM m WHERE value <= 100');
is($node->safe_psql('postgres', 'SELECT count(*) FROM sydra_catalog.merge_request'), '0', 'a few deleted rows ask for nothing');
$node->safe_psql('postgres', 'DELETE FROM m WHERE value <= 20000');
ok($node->poll_query_until('postgres', 'SELECT rows_deleted FROM sydra.status', '0'), 'a DELETE of a third is taken up');
ok( $node->poll_query_until('postgres', "SELECT delete_delay < '5 s' FROM sydra.status", 't'),
	'within 5 s, as sydra.status tells: ' . $node->safe_psql('postgres', 'SELECT delete_delay FROM sydra.status'));
is($node->safe_psql('postgres', 'SELECT kind, rows FROM sydra.segments'), 'merged|40000', 'the segment was written anew');
is($node->safe_psql('postgres', $rows), '40000|1600020000', 'with the other rows');

# While that worker may live: the next one, in a transaction with an aborted subtransaction, an update.
$node->safe_psql('postgres', 'BEGIN; DELETE FROM m WHERE value <= 30000; SAVEPOINT s; DELETE FROM m; ROLLBACK TO s; COMMIT');
ok($node->poll_query_until('postgres', 'SELECT sum(rows) FROM sydra.segments', '30000'), 'so is the next one');
$node->safe_psql('postgres', 'UPDATE m SET value = -value WHERE value <= 40000');
ok($node->poll_query_until('postgres', 'SELECT sum(rows) FROM sydra.segments', '20000'), 'an UPDATE is taken up, too');
is($node->safe_psql('postgres', $rows), '30000|650005000', 'every row once');
$node->safe_psql('postgres', 'DELETE FROM m WHERE value > 0');
ok($node->poll_query_until('postgres', 'SELECT count(*) FROM sydra.segments', '0'), 'a segment without rows is dropped');
ok($node->poll_query_until('postgres', 'SELECT count(*) FROM sydra_catalog.merge_request', '0'), 'no request is left');
is($node->safe_psql('postgres', $rows), '10000|-350005000', 'the head has its rows');
is($node->safe_psql('postgres', "SELECT count(*) FROM sydra.verify('m')"), '0', 'verify finds nothing');
ok($node->poll_query_until('postgres', $workers, '0'), 'the workers leave');
$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
is($standby->safe_psql('postgres', $rows), '10000|-350005000', 'a standby has the same rows');
is($standby->safe_psql('postgres', "SELECT count(*) FROM sydra.verify('m')"), '0', 'and verify finds nothing there');
my ($status, $out, $err) = $standby->psql('postgres', "CALL sydra.merge('m')", extra_params => [ '-v', 'VERBOSITY=verbose' ]);

like($err, qr/ERROR:  25006/, 'where nothing is merged');

# Eight small segments, which the worker that a DELETE starts joins.
$node->safe_psql('postgres', 'CREATE TABLE n (LIKE m) USING sydra');
for my $i (1 .. 8)
{
	$node->safe_psql('postgres', "INSERT INTO n SELECT timestamptz '2024-01-0$i' + i * interval '1 second', 'host' || i % 5, i FROM generate_series(1, 3000) i");
	$node->safe_psql('postgres', "CALL sydra.seal('n')");
}
$node->safe_psql('postgres', 'DELETE FROM n WHERE value > 2500');
ok($node->poll_query_until('postgres', "SELECT string_agg(kind || ' ' || rows, ',') FROM sydra.segments WHERE metric = 'n'::regclass", 'merged 20000'),
	'small segments are joined');

# Small segments that COPY has written, and nothing else has: the last of them asks for a worker.
my $requests = 'SELECT count(*) FROM sydra_catalog.merge_request';

ok($node->poll_query_until('postgres', $workers, '0'), 'the workers leave again');
$node->safe_psql('postgres', 'CREATE TABLE c (LIKE m) USING sydra');
for my $i (1 .. 8)
{
	is($node->safe_psql('postgres', "$requests; $workers"), "0\n0", "nobody is asked for after $i times COPY") if $i == 7;
	$node->safe_psql('postgres', "SET sydraql.direct_min_rows = 1000; COPY c FROM PROGRAM 'seq -f ''2024-01-0$i,a,%g'' 3000' (FORMAT csv)");
}
ok($node->poll_query_until('postgres', "SELECT string_agg(kind || ' ' || rows, ',') FROM sydra.segments WHERE metric = 'c'::regclass", 'merged 24000'),
	'small segments of COPY are joined');
ok($node->poll_query_until('postgres', $requests, '0'), 'and no request is left');
is($node->safe_psql('postgres', 'SELECT count(*), sum(value) FROM c'), '24000|36012000', 'every row once');

# However small the pieces that rows come in: what is merged is eight times as large as what it is made
# of, so that a row is written a bounded number of times, whether rows come in the order of time or not.
for my $order ([ 'ordered', 'i', 3 ], [ 'shuffled', 'i * 7919 % 300000', 4 ])
{
	my ($table, $second, $bound) = @$order;
	my $select = "SELECT timestamptz '2024-01-01' + $second * interval '1 s', 'host' || i % 5, i FROM generate_series(%d, %d) i";
	my $script = "CREATE TABLE $table (LIKE m) USING sydra;\nSET sydraql.direct_min_rows = 500;\n";

	for my $i (1 .. 240)
	{
		my $rows = sprintf $select, $i * 1000 + 1, $i * 1000 + 1000;

		# Every sixth by way of the head.
		$script .= $i % 6 == 0 ? "INSERT INTO $table $rows;\nCALL sydra.seal('$table');\n" :
		  "COPY (${rows}) TO '$folder/rows';\nCOPY $table FROM '$folder/rows';\n";
	}
	$node->safe_psql('postgres', $script);
	ok($node->poll_query_until('postgres', "$requests; $workers", "0\n0"), "$table: the workers have merged what they want to");
	my ($amplification, $segments, $count) = split /\|/,
	  $node->safe_psql('postgres', "SELECT write_amplification, (SELECT count(*) FROM sydra.segments g WHERE g.metric = s.metric), (SELECT count(*) FROM $table)
		FROM sydra.status s WHERE metric = '$table'::regclass");

	is($count, '240000', "$table: every row");
	cmp_ok($segments, '<', 40, "$table: 240 small segments have become $segments");
	cmp_ok($amplification, '>', 1, "$table: by writing rows anew");
	cmp_ok($amplification, '<=', $bound, "$table: each byte was written $amplification times");
}

# Switched off.
$node->append_conf('postgresql.conf', "sydraql.auto_seal = off\n");
$node->reload;
$node->safe_psql('postgres', 'DELETE FROM n WHERE value > 1000');
is($node->safe_psql('postgres', 'SELECT count(*) FROM sydra_catalog.merge_request'), '0', 'with auto_seal = off nothing is asked for');
is($node->safe_psql('postgres', "SELECT rows_deleted FROM sydra.status WHERE metric = 'n'::regclass"), '12000', 'nor merged');

# In a database whose extension is of version 1.0 tables work as they did.
$node->safe_psql('postgres', 'CREATE DATABASE old');
$node->safe_psql('old', "CREATE EXTENSION sydraql VERSION '1.0'; CREATE TABLE m (time timestamptz NOT NULL, host sydra.tag, value float8) USING sydra");
$node->append_conf('postgresql.conf', "sydraql.auto_seal = on\n");
$node->reload;
$node->safe_psql('old', $fill);
$node->safe_psql('old', "CALL sydra.seal('m')");
$node->safe_psql('old', 'DELETE FROM m WHERE value <= 20000');
is($node->safe_psql('old', $rows), '40000|1600020000', 'version 1.0: rows are sealed and deleted');
ok($node->poll_query_until('old', $workers, '0'), 'its workers leave');
is($node->safe_psql('old', 'SELECT sum(bit_count(rows)) FROM sydra_catalog.tombstone'), '20000', 'nothing is merged');
$node->safe_psql('old', 'ALTER EXTENSION sydraql UPDATE');
$node->safe_psql('old', "CALL sydra.merge('m')");
is($node->safe_psql('old', 'SELECT kind, rows FROM sydra.segments'), 'merged|40000', 'after the update it is');
is($node->safe_psql('old', $rows), '40000|1600020000', 'with the same rows');
$standby->stop;
$node->stop;

done_testing();
