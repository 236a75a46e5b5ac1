# A statement that is cancelled, at whatever point, or runs out of memory has changed nothing, leaves no
# lock and no pin, and its session goes on.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $full = $ENV{SYDRA_FULL};
my $rows = $full ? 60000 : 12000;
my $step = $full ? 1.08 : 1.5;
my $node = PostgreSQL::Test::Cluster->new('limits');

$node->init;
$node->append_conf('postgresql.conf', "sydraql.auto_seal = off\nautovacuum = off\nsydraql.direct_min_rows = 5000\n"
	  . "sydraql.seal_batch_rows = 4000\nrestart_after_crash = off\nmax_parallel_workers_per_gather = 0\njit = off\nclient_min_messages = error");
$node->start;
my $folder = PostgreSQL::Test::Utils::tempdir;

$node->safe_psql('postgres', <<"SQL");
CREATE EXTENSION sydraql;
CREATE TABLE source (time timestamptz NOT NULL, host text, i int, value float8, note text) USING heap;
INSERT INTO source SELECT timestamptz '2024-01-01' + i * interval '1 s', 'host' || i % 50, i, ('x' || left(md5(i::text), 8))::bit(32)::int / 7.0, left(md5((i / 3)::text), 9)
FROM generate_series(1, $rows) i;
COPY source TO '$folder/rows';
SELECT sydra.create_metric('n');
CREATE TABLE n_twin (i int);
-- A sealed half, a half in the head, and some of both deleted.
CREATE PROCEDURE prepare() LANGUAGE plpgsql AS \$\$
BEGIN
	DROP TABLE IF EXISTS m, twin;
	CREATE TABLE m (time timestamptz NOT NULL, host sydra.tag, i int, value float8, note text) USING sydra;
	CREATE TABLE twin (LIKE m) USING heap;
	INSERT INTO m SELECT * FROM source;
	COMMIT;
	CALL sydra.seal('m');
	INSERT INTO m SELECT * FROM source WHERE i % 2 = 0;
	DELETE FROM m WHERE i % 7 = 0;
	INSERT INTO twin SELECT * FROM m;
	TRUNCATE n, n_twin;
END \$\$;
SQL
my $merges = $node->safe_psql('postgres', "SELECT count(*) FROM pg_proc WHERE proname = 'merge' AND pronamespace = 'sydra'::regnamespace");
my $language = "SELECT count(*) FROM sydraql('select tag.host, count(*), avg(value), max(note) from public.m where time >= 2024-01-01 group by tag.host')";
my @statements = (
	# name, statement, the same for the twin when it went well
	[ 'COPY', "COPY m FROM '$folder/rows'", "COPY twin FROM '$folder/rows'" ],
	[ 'seal', "CALL sydra.seal('m')", '' ],
	[ 'scan', 'SELECT count(*), min(note), sum(value) FROM m WHERE value > 0', '' ],
	[ 'sequential scan', 'SELECT count(*), min(note), sum(value) FROM m WHERE xmin IS NOT NULL', '' ],
	[ 'sydraQL', $language, '' ],
	[ 'DELETE', 'DELETE FROM m WHERE i % 3 = 0', 'DELETE FROM twin WHERE i % 3 = 0' ],
	[ 'UPDATE', 'UPDATE m SET value = value + 1 WHERE i % 4 = 0', 'UPDATE twin SET value = value + 1 WHERE i % 4 = 0' ],
	[ 'ingest', "SELECT sydra.ingest_arrays('n', '{\"h\": 1}', array_agg(time), array_agg(value)) FROM source", "INSERT INTO n_twin SELECT i FROM source" ],
	$merges ? [ 'merge', "CALL sydra.merge('m')", '' ] : (),
	[ 'VACUUM', 'VACUUM m', '' ],
	[ 'VACUUM FULL', 'VACUUM FULL m', '' ],
	[ 'ANALYZE', 'ANALYZE m', '' ],
	[ 'sydra.verify', "SELECT count(*) FROM sydra.verify('m')", '' ]);

# What must hold after each try, in the session itself.
my $holds = <<'SQL';
SELECT 'rows differ' WHERE EXISTS ((TABLE m EXCEPT ALL TABLE twin) UNION ALL (TABLE twin EXCEPT ALL TABLE m));
SELECT 'points differ' WHERE (SELECT count(*) FROM n) <> (SELECT count(*) FROM n_twin);
SELECT 'fault ' || v::text FROM sydra.verify('m') v LIMIT 3;
SELECT 'lock ' || l::text FROM pg_locks l WHERE pid = pg_backend_pid() AND (locktype NOT IN ('relation', 'virtualxid') OR relation IN ('m'::regclass, 'n'::regclass));
\echo checked
SQL

# Runs one statement again and again in one session, each time with more of something, until it goes well.
sub run_until_well
{
	my ($name, $limits, $statement) = @_;
	my (undef, $sql, $twin) = @$statement;
	my $script = "CALL prepare();\n\\set well 0\n";

	for my $limit (@$limits)
	{
		my ($before, $after) = @$limit;

		$script .= "\\if :well\n\\else\n$before\n$sql;\n\\if :ERROR\n\\echo failed :LAST_ERROR_SQLSTATE\n$after\n\\else\n$after\n\\echo well\n\\set well 1\n"
		  . ($twin ? "$twin;\n" : '') . "\\endif\n$holds\\endif\n";
	}
	my ($status, $out, $err) = $node->psql('postgres', $script, on_error_stop => 0, timeout => 300);

	return ($out, $err);
}

sub judge
{
	my ($name, $code, $out, $err) = @_;
	my @tries = $out =~ /^(failed \S+|well)$/mg;
	my @checked = $out =~ /^checked$/mg;
	my @bad = grep { /differ|^fault|^lock/ } split /\n/, $out;
	my @other = grep { !/^well$|^failed $code$/ } @tries;

	ok(@tries > 0 && $tries[-1] eq 'well' && @checked == @tries && !@bad && !@other,
		"$name: " . (@tries - 1) . ' times stopped, then well, right after each')
	  or diag(join("\n", @bad, @other), "\n", scalar @checked, ' of ', scalar @tries, " checked\n", substr($err, 0, 3000));
	return @tries - 1;
}

my $stopped = 0;

for my $statement (@statements)
{
	my @limits;

	for (my $ms = 1; $ms < 20000; $ms = int($ms * $step) + 1)
	{
		push @limits, [ "SET statement_timeout = $ms;", 'SET statement_timeout = 0;' ];
	}
	$stopped += judge("cancelled $statement->[0]", '57014', run_until_well($statement->[0], \@limits, $statement));
}
cmp_ok($stopped, '>', 20, "$stopped statements were cancelled");

# Memory, above what a new backend has.  Its stack has grown before: that cannot fail in an orderly way.
my $starved = 0;
my $begin = "\\c -\nLOAD 'sydraql';\nSELECT " . '(' x 1500 . '1' . ' + 1)' x 1500 . ";\n"
  . "SELECT pg_backend_pid() AS pid \\gset\n\\setenv BACKEND :pid\n";
my $set_limit = sub {
	my ($kb) = @_;
	my $to = $kb < 0 ? 'unlimited' : '$(($(cut -d" " -f1 /proc/$BACKEND/statm) * 4096 + ' . $kb * 1024 . '))';

	return "\\! prlimit --pid \$BACKEND --as=$to:";
};

for my $statement (grep { $_->[0] !~ /^(VACUUM|ANALYZE)$/ } @statements)
{
	my @limits;

	for (my $kb = 16; $kb < 1024 * 1024; $kb = int($kb * ($full ? 1.15 : 2)))
	{
		push @limits, [ $begin . $set_limit->($kb), $set_limit->(-1) ];
	}
	$starved += judge("starved $statement->[0]", '53200', run_until_well($statement->[0], \@limits, $statement));
}
cmp_ok($starved, '>', 10, "$starved statements ran out of memory");
my $log = slurp_file($node->logfile);

unlike($log, qr/terminated by signal|PANIC/, 'the server stayed up');
unlike($log, qr{leak|was not closed|still referenced|TRAP}, 'no buffer, lock or snapshot was left behind');
$node->stop;

done_testing();
