# The life of a database: made with the objects of 1.0 and updated, dumped in every form and with the
# extension in another schema, crashed, vacuumed in single-user mode, past the wraparound of
# transaction ids, and left by the extension.
use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $rows = "SELECT count(*), sum(v), md5(string_agg(m::text, ',' ORDER BY m::text)) FROM m";
my $sealed = "SELECT count(*) FROM m WHERE (ctid::text::point)[0] >= 2147483648";
my $question = "select tag.host, count(*), last(v) from public.m where time >= 2024-01-01 group by tag.host";
my $verify = "SELECT count(*) FROM sydra.verify('m')";
my $fill = "INSERT INTO m SELECT timestamptz '2024-01-01' + i * interval '1 second', 'host' || i % 5, i FROM generate_series(1, 3000) i";
my $node = PostgreSQL::Test::Cluster->new('life');

$node->init;
$node->append_conf('postgresql.conf', "sydraql.auto_seal = off\nsydraql.direct_min_rows = 100\nautovacuum_naptime = 1\nautovacuum = off");
$node->start;

# 1.0's objects under this library.
$node->safe_psql('postgres', 'CREATE DATABASE old');
$node->safe_psql('old', "CREATE EXTENSION sydraql VERSION '1.0'; CREATE TABLE m (time timestamptz NOT NULL, host sydra.tag, v int) USING sydra");
$node->safe_psql('old', $_) for $fill, "CALL sydra.seal('m')", 'CREATE TABLE gone (LIKE m) USING sydra; INSERT INTO gone SELECT * FROM m',
  "CALL sydra.seal('gone')", 'CREATE VIEW seen AS SELECT * FROM sydraql($$' . $question . '$$)';
my $before = $node->safe_psql('old', $rows);
my $answer = $node->safe_psql('old', 'SELECT * FROM seen');
is($node->safe_psql('old', $sealed), '3000', '1.0: sealed');
$node->safe_psql('old', 'DELETE FROM gone WHERE v < 100; UPDATE gone SET v = 1 WHERE v < 200; VACUUM FULL gone; DROP TABLE gone');
my $session = $node->background_psql('old');

is($session->query_safe($rows), $before, '1.0: read in a session that stays');
$node->safe_psql('old', "ALTER EXTENSION sydraql UPDATE TO '1.1'");
is($session->query_safe('SELECT * FROM seen'), $answer, 'updated: that session reads on');
$session->query_safe("INSERT INTO m VALUES ('2024-02-01', 'late', 0)");
$session->query_safe("CALL sydra.seal('m')");
is($session->query_safe($sealed), '3001', 'updated: and seals');
$session->query_safe('DELETE FROM m WHERE v = 0');
is($node->safe_psql('old', $rows), $before, 'updated: so do new ones');
$session->quit;
is($node->safe_psql('old', "SELECT extversion FROM pg_extension WHERE extname = 'sydraql'"), '1.1', 'the version is that of now');
is($node->safe_psql('old', 'SELECT sydra_catalog.collect() > 0'), 't', 'updated: new functions are there');

# An update leaves what an installation makes.
my $objects = <<'SQL';
SELECT pg_describe_object(classid, objid, 0), d.description
FROM pg_depend LEFT JOIN pg_description d ON (d.classoid, d.objoid, d.objsubid) = (classid, objid, 0)
WHERE refclassid = 'pg_extension'::regclass AND deptype = 'e' ORDER BY 1
SQL
$node->safe_psql('postgres', 'CREATE EXTENSION sydraql');
is($node->safe_psql('old', $objects), $node->safe_psql('postgres', $objects), 'updated: the same objects as installed');
my ($result, $out, $err) = $node->psql('old', "\\set VERBOSITY verbose\nALTER EXTENSION sydraql SET SCHEMA pg_catalog");
like($err, qr/0A000/, 'the extension stays in its schema');
($result, $out, $err) = $node->psql('old', "\\set VERBOSITY verbose\nDROP EXTENSION sydraql");
like($err, qr/2BP01/, 'nor is it dropped under tables');

# Dumps, with the extension in a schema of the user's.
$node->safe_psql('postgres', 'CREATE DATABASE source');
$node->safe_psql('source', 'CREATE SCHEMA "My Ext"; CREATE EXTENSION sydraql SCHEMA "My Ext"');
$node->safe_psql('source', $_) for <<'SQL', $fill, "CALL sydra.seal('m')", <<'SQL', "CALL sydra.seal('parts')", "CALL sydra.seal('m')";
CREATE TABLE m (time timestamptz NOT NULL, host sydra.tag, v int CHECK (v >= 0)) USING sydra;
CREATE TABLE parts (time timestamptz NOT NULL, v int) PARTITION BY RANGE (time);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2024-01-01') TO ('2024-01-01 00:20') USING sydra;
CREATE TABLE parts_2 PARTITION OF parts DEFAULT USING heap;
SQL
ALTER TABLE m ADD COLUMN extra text DEFAULT 'added';
INSERT INTO parts SELECT time, v FROM m;
DELETE FROM m WHERE v % 17 = 0;
UPDATE m SET extra = 'changed' WHERE v % 19 = 0;
CREATE VIEW seen AS SELECT * FROM "My Ext".sydraql('select tag.host, count(*) from public.m where time >= 2024-01-01 group by tag.host');
CREATE MATERIALIZED VIEW kept USING sydra AS SELECT time, v FROM m;
SQL
my @questions = ($rows, 'SELECT * FROM seen', 'SELECT tableoid::regclass, count(*), sum(v) FROM parts GROUP BY 1 ORDER BY min(v)',
	'SELECT count(*), sum(v) FROM kept', "SELECT relname, amname FROM pg_class c JOIN pg_am a ON a.oid = relam WHERE relnamespace = 'public'::regnamespace ORDER BY 1");
my @expected = map { $node->safe_psql('source', $_) } @questions;
my $dir = PostgreSQL::Test::Utils::tempdir;
my $count = 0;

sub restored
{
	my ($name, @commands) = @_;
	my $target = 'target' . ++$count;

	$node->safe_psql('postgres', "CREATE DATABASE $target");
	for my $command (@commands)
	{
		$node->command_ok([ map { s/TARGET/$node->connstr($target)/er } @$command ], "$name: " . join ' ', @{$command}[ 0, 1 ]);
	}
	is($node->safe_psql($target, $questions[$_]), $expected[$_], "$name: $questions[$_]") for 0 .. $#questions;
	is($node->safe_psql($target, $verify), '0', "$name: verify finds nothing");
	cmp_ok($node->safe_psql($target, $sealed), '>', 2000, "$name: rows are in segments");
	$node->safe_psql('postgres', "DROP DATABASE $target");
}

my $source = $node->connstr('source');

restored('plain', [ 'pg_dump', '-f', "$dir/plain", $source ], [ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/plain", 'TARGET' ]);
restored('directory, parallel', [ 'pg_dump', '-Fd', '-j2', '-f', "$dir/directory", $source ],
	[ 'pg_restore', '--exit-on-error', '-j2', '-d', 'TARGET', "$dir/directory" ]);
restored('custom, by section', [ 'pg_dump', '-Fc', '-f', "$dir/custom", $source ],
	map { [ 'pg_restore', '--exit-on-error', '-j2', "--section=$_", '-d', 'TARGET', "$dir/custom" ] } 'pre-data', 'data', 'post-data');
restored('schema, then data', [ 'pg_dump', '--schema-only', '-f', "$dir/schema", $source ], [ 'pg_dump', '--data-only', '-Fc', '-f', "$dir/data", $source ],
	[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', "$dir/schema", 'TARGET' ],
	[ 'pg_restore', '--exit-on-error', '--single-transaction', '-d', 'TARGET', "$dir/data" ],
	[ 'psql', '-X', '-q', '-c', 'REFRESH MATERIALIZED VIEW kept', 'TARGET' ]);

# A crash empties unlogged tables; a worker deletes what is left of them and of dropped ones.
$node->safe_psql('source', 'CREATE UNLOGGED TABLE unlogged (time timestamptz NOT NULL, v int) USING sydra; INSERT INTO unlogged SELECT time, v FROM m;'
	  . 'CREATE TABLE gone (LIKE unlogged) USING sydra; INSERT INTO gone SELECT time, v FROM m');
$node->safe_psql('source', "CALL sydra.seal('unlogged'); CALL sydra.seal('gone')");
$node->safe_psql('source', 'CHECKPOINT; DROP TABLE gone');
$node->stop('immediate');
$node->append_conf('postgresql.conf', "sydraql.auto_seal = on\nsydraql.seal_min_pages = 1000\nshared_preload_libraries = 'sydraql'\nsydraql.seal_delay = 0");
$node->start;
my $left = 'SELECT count(*) FROM sydra_catalog.storage WHERE sydra_catalog.storage_of(relid) IS DISTINCT FROM storage_id';
ok($node->poll_query_until('source', "SELECT ($left) = 0"), 'after a crash: a worker collects');
is($node->safe_psql('source', 'SELECT count(*) FROM unlogged'), '0', 'an unlogged table is empty');
is($node->safe_psql('source', $rows), $expected[0], 'others are not');
$node->append_conf('postgresql.conf', 'sydraql.auto_seal = off');
$node->reload;
$node->safe_psql('source', "INSERT INTO unlogged VALUES ('2024-01-01', 1); CALL sydra.seal('unlogged')");
is($node->safe_psql('source', 'SELECT count(*), sum(v) FROM unlogged'), '1|1', 'and is used again');

# Single-user mode, the library loaded by the first statement that needs it.
sub single_user
{
	my ($statements) = @_;
	my $output;

	IPC::Run::run([ 'postgres', '--single', '-D', $node->data_dir, '-c', 'shared_preload_libraries=', 'source' ], '<', \$statements, '>&', \$output);
	return $output;
}

$node->stop;
my ($rows_there, $total) = split /[|]/, $expected[0];
like(single_user("SELECT count(*) AS rows, sum(v) AS total FROM m\n"), qr/rows = "$rows_there".*total = "$total"/s, 'single-user mode: SELECT');
unlike(single_user("VACUUM (FREEZE) m\nVACUUM FULL m\nDELETE FROM m WHERE v = 1\nINSERT INTO m (time, v) VALUES ('2024-01-01 00:00:01', 1)\n"),
	qr/ERROR|FATAL|PANIC/, 'single-user mode: VACUUM and DML');

# Past the wraparound of transaction ids, in steps that leave no two transactions half the circle apart.
sub burn_to
{
	my ($xid, @options) = @_;
	my $segment = sprintf '%s/pg_xact/%04X', $node->data_dir, $xid / 1048576;

	command_ok([ 'pg_resetwal', '-x', $xid, @options, '-D', $node->data_dir ], "transaction ids from $xid");
	return if -e $segment;
	open my $file, '>', $segment or die $!;
	print $file "\0" x 262144;
	close $file;
}

my $oldest = "SELECT max(age(relfrozenxid)) < 200000000 FROM pg_class WHERE relkind IN ('r', 'm', 't')";

$node->append_conf('postgresql.conf', "autovacuum = on\nautovacuum_max_workers = 3\nautovacuum_vacuum_cost_delay = 0\nshared_preload_libraries = ''");
$before = undef;

# A consumer is not asked while half a circle passes, and a row stays in the head.
$node->start;
$node->safe_psql('source', "INSERT INTO m (time, host, v) VALUES ('2024-03-02', 'stays', 2); SELECT sydra.create_consumer('old', 'm')");
ok($node->poll_query_until('source', "SELECT count(*) > 0 FROM sydra.consume('old', NULL::m)"), 'a consumer is given rows');
$node->stop;
for my $step ([1500000000], [ 3000000000 ], [ 4200000000 ], [ 1000000, '-e', 1 ], [ 900000000, '-e', 1 ])
{
	burn_to(@$step);
	$node->start;
	if (!defined $before)
	{
		$before = $node->safe_psql('source', $rows);
		$node->psql('source', "SELECT * FROM sydra.consume('old', NULL::m)", stderr => \my $late);
		like($late, qr/consumer "old" has not asked for more than 1073741824 transactions/, 'one that fell behind is not given rows twice');
		$node->psql('source', "SELECT sydra.drop_consumer('old'), sydra.create_consumer('old', 'm'); SELECT * FROM sydra.consume('old', NULL::m)", stderr => \$late);
		like($late, qr/rows of table public.m are too old/, 'nor is one given what it could not tell the age of');
		$node->safe_psql('source', "CALL sydra.seal('m')");
		ok($node->poll_query_until('source', "SELECT count(*) = (SELECT count(*) FROM m) FROM sydra.consume('old', NULL::m)"), 'it begins anew when these are sealed');
	}
	ok($node->poll_query_until($_, $oldest), "autovacuum keeps $_ young") for 'source', 'old';
	is($node->safe_psql('source', $rows), $before, 'every row is there');
	$node->safe_psql('source', "INSERT INTO m (time, host, v) VALUES ('2024-03-01', 'aged', 1); CALL sydra.seal('m')");
	is($node->safe_psql('source', $verify), '0', 'verify finds nothing');
	is($node->safe_psql('source', "DELETE FROM m WHERE host = 'aged'; SELECT count(*) FROM m WHERE host = 'aged'"), '0', 'new segments and deletes');
	is($node->safe_psql('source', 'SELECT sydra_catalog.collect()'), '0', 'nothing is collected');
	$node->safe_psql('template1', 'VACUUM FREEZE');
	$node->poll_query_until('postgres', "SELECT max(age(datfrozenxid)) < 200000000 FROM pg_database WHERE datallowconn");
	$node->safe_psql('postgres', "UPDATE pg_database SET datallowconn = true WHERE datname = 'template0'");
	$node->safe_psql('template0', 'VACUUM FREEZE');
	$node->stop;
}
$node->start;

# The extension goes, with its tables, in sessions that have not loaded the library.
$node->safe_psql('source', 'DROP TABLE parts_1');
$node->safe_psql('source', 'DROP EXTENSION sydraql CASCADE');
is($node->safe_psql('source', "SELECT count(*) FROM pg_class c WHERE relname IN ('m', 'unlogged', 'parts_1') OR relnamespace::regnamespace::text ~ 'sydra'"),
	'0', 'DROP EXTENSION CASCADE takes its tables');
is($node->safe_psql('source', 'SELECT count(*) > 0 FROM parts'), 't', 'and leaves others');
$node->safe_psql('source', 'CREATE EXTENSION sydraql; CREATE TABLE m (time timestamptz NOT NULL, host sydra.tag, v int) USING sydra');
$node->safe_psql('source', $fill);
$node->safe_psql('source', "CALL sydra.seal('m')");
is($node->safe_psql('source', $sealed), '3000', 'it can be created again');
$node->stop;

done_testing();
