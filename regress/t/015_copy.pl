# COPY that writes segments is all or nothing whatever ends it: a killed backend or server, an error in
# the last row, a prepared transaction, WAL that leaves new files out; sessions do not get in each
# other's way; and what it left behind is used again.
use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $rows = 300000;				# the buffer takes 262144
my $folder = PostgreSQL::Test::Utils::tempdir;
my $columns = 'time timestamptz NOT NULL, host sydra.tag, n int8, v float8';
my $file = "$folder/rows";

# Rows $first to $last, and what shall follow them.
sub write_rows
{
	my ($name, $first, $last, $rest) = @_;

	open my $out, '>', $name or die "$name: $!";
	for my $i ($first .. $last)
	{
		my $second = $i % 86400;

		printf $out "2024-01-%02d %02d:%02d:%02d+00\thost%d\t%d\t%g\n", 1 + $i / 86400, $second / 3600,
		  $second / 60 % 60, $second % 60, $i % 97, $i, $i / 4;
	}
	print $out $rest // '';
	close $out or die "$name: $!";
	chmod 0644, $name;
}

chmod 0755, $folder;
write_rows($file, 1, $rows);
my $sum = $rows * ($rows + 1) / 2;

my $node = PostgreSQL::Test::Cluster->new('copy');
$node->init(allows_streaming => 'logical');
$node->append_conf('postgresql.conf', "sydraql.auto_seal = off\nsydraql.direct_min_rows = 1000\nautovacuum = off\nmax_prepared_transactions = 5\n"
	  . "max_wal_size = '256MB'\nrestart_after_crash = on\n");
$node->start;
$node->safe_psql('postgres', "CREATE EXTENSION sydraql; CREATE TABLE m ($columns) USING sydra;");

# head rows, rows in segments, sum of n, faults
sub look
{
	my ($server, $table) = @_;

	return $server->safe_psql('postgres', <<SQL);
SELECT count(*) FILTER (WHERE (ctid::text::point)[0] < 2147483648), count(*) FILTER (WHERE (ctid::text::point)[0] >= 2147483648),
	coalesce(sum(n), 0), (SELECT count(*) FROM sydra.verify('$table')) FROM $table
SQL
}

sub size
{
	return $node->safe_psql('postgres', "SELECT pg_table_size('m')");
}

# A COPY that has written segments and waits for more rows: its psql, and the backend's pid.
sub start_copy
{
	my $psql = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c',
			"COPY m FROM PROGRAM 'cat $file; while kill -0 \$PPID 2>/dev/null; do sleep 0.2; done'" ], '>', \my $out, '2>', \my $err, IPC::Run::timeout(180));
	my $pid;

	for (1 .. 1800)
	{
		$pid = $node->safe_psql('postgres', "SELECT pid FROM pg_stat_progress_copy WHERE tuples_processed >= 280000");
		last if $pid ne '';
		usleep(100000);
	}
	return ($psql, $pid);
}

$node->safe_psql('postgres', "COPY m FROM '$file'");
is(look($node, 'm'), "0|$rows|$sum|0", 'all rows in segments');
my $once = size();

# Errors, of the last row and of a constraint: nothing to see, and VACUUM gives the space back.
write_rows("$folder/bad", 1, $rows, "2024-01-01\thost1\tx\t1\n");
my (undef, undef, $error) = $node->psql('postgres', "COPY m FROM '$folder/bad'");
like($error, qr/invalid input syntax for type bigint: "x"/, 'an error in the last row');
is(look($node, 'm'), "0|$rows|$sum|0", 'leaves nothing to see');
$node->safe_psql('postgres', 'TRUNCATE m');
$node->psql('postgres', "COPY m FROM '$folder/bad'");
is(look($node, 'm'), '0|0|0|0', 'nor in an empty table');
$node->safe_psql('postgres', 'VACUUM m');
$node->safe_psql('postgres', "COPY m FROM '$file'");
cmp_ok(size(), '<=', $once * 1.5, 'what it left behind is used again');

# The backend is killed, then the server.
my $before = look($node, 'm');
my ($psql, $pid) = start_copy();
cmp_ok(size(), '>', $once * 1.2, 'a COPY has written segments');
is(look($node, 'm'), $before, 'which nobody sees');
kill 9, $pid;
eval { $psql->finish };
$node->poll_query_until('postgres', 'SELECT true') or die 'the server did not come back';
is(look($node, 'm'), $before, 'a killed backend leaves nothing to see');
$node->safe_psql('postgres', 'VACUUM m');

($psql, $pid) = start_copy();
$node->stop('immediate');
eval { $psql->finish };
$node->start;
is(look($node, 'm'), $before, 'a killed server leaves nothing to see');
$node->safe_psql('postgres', 'VACUUM m; TRUNCATE m');
$node->safe_psql('postgres', "COPY m FROM '$file'");
$node->stop('immediate');
$node->start;
is(look($node, 'm'), $before, 'acknowledged rows are there after a crash');

# Prepared transactions.
$node->safe_psql('postgres', "TRUNCATE m; BEGIN; COPY m FROM '$file'; PREPARE TRANSACTION 'kept'");
$node->safe_psql('postgres', "BEGIN; COPY m FROM '$file'; PREPARE TRANSACTION 'gone'");
is(look($node, 'm'), '0|0|0|0', 'rows of prepared transactions are not seen');
$node->stop('immediate');
$node->start;
is(look($node, 'm'), '0|0|0|0', 'nor after a crash');
$node->safe_psql('postgres', "COMMIT PREPARED 'kept'");
$node->safe_psql('postgres', "ROLLBACK PREPARED 'gone'");
is(look($node, 'm'), $before, 'COMMIT PREPARED makes them visible, ROLLBACK PREPARED does not');

# Published with inserts: the head, where logical decoding finds them.
$node->safe_psql('postgres', "CREATE TABLE p ($columns) USING sydra; CREATE PUBLICATION pub FOR TABLE p");
$node->safe_psql('postgres', "COPY p FROM '$file'");
is(look($node, 'p'), "$rows|0|$sum|0", 'rows of a published table go into the head');
$node->safe_psql('postgres', "ALTER PUBLICATION pub SET (publish = 'truncate'); TRUNCATE p; COPY p FROM '$file'");
is(look($node, 'p'), "0|$rows|$sum|0", 'rows of one that does not publish them do not');

# Eight at once, with the same new series.
my @runs;
$node->safe_psql('postgres', "TRUNCATE m; CREATE TABLE s ($columns) USING sydra");
for my $i (1 .. 8)
{
	my $out;

	push @runs, [ IPC::Run::start([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres'), '-c',
				"COPY s FROM '$file'" ], '>&', \$out, IPC::Run::timeout(180)), \$out ];
}
my $failures = 0;
for my $run (@runs)
{
	$run->[0]->finish or $failures++;
	diag ${ $run->[1] } if ${ $run->[1] };
}
is($failures, 0, 'eight sessions copy at once');
is(look($node, 's'), join('|', 0, 8 * $rows, 8 * $sum, 0), 'all their rows are there');
is($node->safe_psql('postgres', "SELECT count(*) FROM sydra.series WHERE metric = 's'::regclass"), '97', 'each series once');

# More partitions than COPY keeps buffers for, rows dealt out in turn.
$node->safe_psql('postgres', join ';', "CREATE TABLE parted ($columns) PARTITION BY LIST (host)",
	map { "CREATE TABLE parted_$_ PARTITION OF parted FOR VALUES IN ('host$_') USING sydra" } 0 .. 96);
$node->safe_psql('postgres', "SET sydraql.direct_min_rows = 100; COPY parted FROM '$file'");
is($node->safe_psql('postgres', 'SELECT count(*), sum(n) FROM parted'), "$rows|$sum", 'rows of 97 partitions');
is($node->safe_psql('postgres', "SELECT count(*) FROM generate_series(0, 96) i, LATERAL sydra.verify(('parted_' || i)::regclass)"),
	'0', 'without faults');
is($node->safe_psql('postgres', 'SELECT count(*) FROM (SELECT host, n FROM parted EXCEPT ALL SELECT host, n FROM s) x'), '0',
	'each in its partition');
$node->stop;

# What a transaction makes, it need not log with wal_level = minimal.
my $minimal = PostgreSQL::Test::Cluster->new('minimal');
$minimal->init;
$minimal->append_conf('postgresql.conf', "wal_level = minimal\nmax_wal_senders = 0\nsydraql.auto_seal = off\nsydraql.direct_min_rows = 1000\n");
$minimal->start;
$minimal->safe_psql('postgres', 'CREATE EXTENSION sydraql');
for my $threshold ('0', '1GB')
{
	$minimal->safe_psql('postgres', <<SQL);
SET wal_skip_threshold = '$threshold';
DROP TABLE IF EXISTS made, cut, saved;
BEGIN;
CREATE TABLE made ($columns) USING sydra;
COPY made FROM '$file';
COMMIT;
CREATE TABLE cut ($columns) USING sydra;
COPY cut FROM '$file';
BEGIN;
TRUNCATE cut;
COPY cut FROM '$file';
COMMIT;
CREATE TABLE saved ($columns) USING sydra;
COPY saved FROM '$file';
BEGIN;
SAVEPOINT s;
TRUNCATE saved;
COPY saved FROM '$file';
COPY saved FROM '$file';
ROLLBACK TO s;
COMMIT;
SQL
	$minimal->stop('immediate');
	$minimal->start;
	is(look($minimal, $_), "0|$rows|$sum|0", "table $_ after a crash, wal_skip_threshold $threshold") for qw(made cut saved);
}
$minimal->stop;

done_testing();
