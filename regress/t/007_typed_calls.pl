# Typed calls first in a session, over the extended protocol, on a standby, and through pg_dump; the
# library is not preloaded.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('primary');

$node->init(allows_streaming => 1);
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION sydraql;
	SELECT sydra.ingest_arrays('t.m', '{"host":"a"}', array_agg('2024-03-01'::timestamptz + i * interval '1 min'), array_agg(i))
		FROM generate_series(1, 10) AS i;
	CREATE ROLE owner;
	CREATE ROLE reader;
	GRANT USAGE, CREATE ON SCHEMA t TO owner;
	GRANT USAGE ON SCHEMA t TO reader;
	GRANT SELECT ON t.m TO owner;
	SET ROLE owner;
	CREATE VIEW t.a_view AS SELECT max, tag_host FROM sydraql('select max(value), tag.host as tag_host from t.m where time >= 2024-03-01 group by 2');
	CREATE MATERIALIZED VIEW t.a_matview AS SELECT sum FROM sydraql('select sum(value) from t.m where time >= 2024-03-01');
	GRANT SELECT ON t.a_view, t.a_matview TO reader;
});

# Every protocol's first statement of a session.
my $script = $node->basedir . '/script.sql';

append_to_file($script, "\\set least 3\n"
	  . "SELECT max FROM sydraql('select max(value) from t.m where time >= 2024-03-01') WHERE max > :least;\n");
for my $protocol (qw(simple extended prepared))
{
	$node->command_ok([ 'pgbench', '-n', '-C', '-t', '3', '-M', $protocol, '-f', $script, 'postgres' ],
		"$protocol protocol, first in a session");
	$node->command_ok([ 'pgbench', '-n', '-t', '20', '-M', $protocol, '-f', $script, 'postgres' ],
		"$protocol protocol, again and again");
}

# What pg_dump writes can be restored, and is the same.
my $views = "SELECT max || tag_host FROM t.a_view UNION ALL SELECT sum::text FROM t.a_matview";
my $dump = $node->basedir . '/dump.sql';

is($node->safe_psql('postgres', "SET ROLE reader; $views"), "10a\n55", 'views have the rights of their owner');
$node->command_ok([ 'pg_dump', '-f', $dump, 'postgres' ], 'pg_dump');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump, 'restored' ], 'restores');
is($node->safe_psql('restored', "SET ROLE reader; $views"), "10a\n55", 'the restored views give the same');
my ($status, $out, $err) = $node->psql('restored', 'DROP TABLE t.m');

like($err, qr/view t\.a_view depends on table t\.m/, 'and depend on the metric');
is($node->safe_psql('restored', "SELECT pg_get_viewdef('t.a_view')"),
	$node->safe_psql('postgres', "SELECT pg_get_viewdef('t.a_view')"), 'their definitions are the same');

# What no row holds is computed, in the head and in segments.
if ($node->pg_version >= 18)
{
	$node->safe_psql('postgres', <<'SQL');
CREATE TABLE t.computed (after timestamptz GENERATED ALWAYS AS (greatest(time, timestamptz '2000-01-01 00:00Z')) NOT NULL, time timestamptz NOT NULL, host sydra.tag, v int,
	twice int GENERATED ALWAYS AS (v * 2)) USING sydra;
INSERT INTO t.computed (time, host, v) SELECT timestamptz '2024-03-01 00:00Z' + i * interval '1 min', 'h' || i % 2, i FROM generate_series(1, 100) i;
SQL
	for my $state ('in the head', 'sealed')
	{
		is($node->safe_psql('postgres', "SELECT * FROM sydraql('select sum(twice), max(v) from t.computed where time >= 2024-03-01 and twice > 20')"), '9990|100', "virtual columns $state: sydraQL");
		is($node->safe_psql('postgres', 'SELECT sum(twice), max(after) - max(time) FROM t.computed WHERE twice > 20'), '9990|00:00:00', 'and SQL');
		$node->safe_psql('postgres', "CALL sydra.seal('t.computed')");
	}
	$node->psql('postgres', "SELECT sydra.create_consumer('c', 't.computed')", stderr => \my $virtual);
	like($virtual, qr/virtual columns/, 'but not consumed');
	$node->safe_psql('postgres', 'DROP TABLE t.computed');
}

# A standby answers and does not write.
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');

$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
$node->wait_for_catchup($standby, 'replay', $node->lsn('flush'));
is($standby->safe_psql('postgres', $views), "10a\n55", 'a standby answers');
for my $write (
	"SELECT * FROM sydraql('insert into t.m values (2024-03-02, 1)')",
	"SELECT * FROM sydraql_to_json('insert into t.made values (2024-03-02, 1)')",
	qq{SELECT * FROM sydra.ingest('{"series":"t.m","ts":"2024-03-01","value":1}')},
	"SELECT sydra.ingest_arrays('t.m', '{}', '{2024-03-01}', '{1}')")
{
	($status, $out, $err) = $standby->psql('postgres', $write, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
	like($err, qr/ERROR:  25006: ERR_READ_ONLY/, "refused: $write");
}
$standby->stop;
$node->stop;

done_testing();
