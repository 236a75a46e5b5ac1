# What a seal does beyond its server: subscribers lose nothing, standbys see the same rows, and rows of
# prepared transactions are left until these are over.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $sealed = "SELECT count(*) FROM m WHERE (ctid::text::point)[0] >= 2147483648";
my $rows = 'SELECT count(*), sum(v) FROM m';
my $fill = "INSERT INTO m SELECT '2024-01-01'::timestamptz + i * interval '1 s', 'h' || i % 3, i FROM generate_series(1, 5000) i";

my $node = PostgreSQL::Test::Cluster->new('publisher');
$node->init(allows_streaming => 'logical');
$node->append_conf('postgresql.conf', "sydraql.auto_seal = off\nmax_prepared_transactions = 5\n"
	  . "wal_consistency_checking = 'all'\n");
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION sydraql;
CREATE TABLE m (time timestamptz NOT NULL, host sydra.tag, v int) USING sydra;
SQL
$node->backup('base');

my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;

# Prepared transactions: one that inserted, one that deleted a row.
$node->safe_psql('postgres', $fill);
$node->safe_psql('postgres', "BEGIN; INSERT INTO m VALUES ('2024-02-01', 'h', 1000000); PREPARE TRANSACTION 'new'");
$node->safe_psql('postgres', "BEGIN; DELETE FROM m WHERE v = 1; PREPARE TRANSACTION 'gone'");
$node->safe_psql('postgres', "SET sydraql.seal_max_delay = 0; CALL sydra.seal('m')");
is($node->safe_psql('postgres', $sealed), '4999', 'a row that a prepared transaction deletes stays in the head');
is($node->safe_psql('postgres', $rows), '5000|12502500', 'and is seen');
$node->safe_psql('postgres', "COMMIT PREPARED 'gone'");
$node->safe_psql('postgres', "COMMIT PREPARED 'new'");
is($node->safe_psql('postgres', $rows), '5000|13502499', 'both have had their way');
$node->safe_psql('postgres', "CALL sydra.seal('m')");
is($node->safe_psql('postgres', $sealed), '5000', 'what they left is sealed later');

# Subscribers: one begins with what is sealed already.
$node->safe_psql('postgres', 'CREATE PUBLICATION p FOR TABLE m');
my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init(allows_streaming => 'logical');
$subscriber->append_conf('postgresql.conf', 'sydraql.auto_seal = off');
$subscriber->start;
$subscriber->safe_psql('postgres', 'CREATE EXTENSION sydraql;'
	  . 'CREATE TABLE m (time timestamptz NOT NULL, host sydra.tag, v int) USING sydra;'
	  . "CREATE SUBSCRIPTION s CONNECTION '" . $node->connstr . " dbname=postgres' PUBLICATION p");
$subscriber->wait_for_subscription_sync($node, 's');
is($subscriber->safe_psql('postgres', $rows), '5000|13502499', 'a subscriber copies sealed rows');
$node->safe_psql('postgres', $fill);
$node->safe_psql('postgres', "CALL sydra.seal('m')");
$node->wait_for_catchup('s');
is($subscriber->safe_psql('postgres', $rows), '10000|26004999', 'and loses none to a seal');
$node->safe_psql('postgres', 'ALTER TABLE m REPLICA IDENTITY FULL');
$node->safe_psql('postgres', $fill);
my ($status, $out, $err) = $node->psql('postgres', "CALL sydra.seal('m')");
like($err, qr/cannot be sealed: it is published with a replica identity/, 'with replica identity FULL a seal is refused');
like($node->safe_psql('postgres', "SELECT refused FROM sydra_catalog.seal_status WHERE relid = 'm'::regclass"),
	qr/published/, 'and the reason is kept');
$node->safe_psql('postgres', "DELETE FROM m WHERE v = 7 AND (ctid::text::point)[0] < 2147483648");
$node->wait_for_catchup('s');
is($subscriber->safe_psql('postgres', $rows), '14999|38507492', 'changes of the head are published');
($status, $out, $err) = $node->psql('postgres', 'DELETE FROM m WHERE v = 8');
like($err, qr/DELETE of sealed rows of the published table/, 'changes of sealed rows cannot be, and are refused');
$subscriber->safe_psql('postgres', "CALL sydra.seal('m')");
$node->safe_psql('postgres', "ALTER PUBLICATION p SET (publish = 'insert')");
$node->safe_psql('postgres', "CALL sydra.seal('m')");
is($node->safe_psql('postgres', $sealed), '14999', 'inserts alone may be published');
$node->safe_psql('postgres', $fill);
$node->wait_for_catchup('s');
is($subscriber->safe_psql('postgres', $rows), '19999|51009992', 'a subscriber that seals goes on');

# The standby.
$node->safe_psql('postgres', "CALL sydra.seal('m')");
$node->safe_psql('postgres', 'VACUUM m');
$node->wait_for_catchup('standby', 'replay', $node->lsn('insert'));
is($standby->safe_psql('postgres', $rows), '19999|51009992', 'a standby reads what is sealed');
is($standby->safe_psql('postgres', $sealed), '19999', 'where it is sealed');
$standby->psql('postgres', "\\set VERBOSITY sqlstate\nCALL sydra.seal('m')", stderr => \$err);
like($err, qr/25006/, 'and seals nothing');
$node->safe_psql('postgres', 'VACUUM FULL m');
$node->wait_for_catchup('standby', 'replay', $node->lsn('insert'));
is($standby->safe_psql('postgres', $rows), '19999|51009992', 'nor does VACUUM FULL change anything');
$node->safe_psql('postgres', 'DELETE FROM m WHERE v % 2 = 0');
$node->safe_psql('postgres', 'UPDATE m SET v = -v WHERE v < 100');
$node->wait_for_catchup('standby', 'replay', $node->lsn('insert'));
is($node->safe_psql('postgres', $rows), '9998|24980008', 'sealed rows are deleted and updated');
is($standby->safe_psql('postgres', $rows), '9998|24980008', 'on the standby, too');
is($standby->safe_psql('postgres', "SELECT * FROM sydra.verify('m')"), '', 'which finds no fault');
$node->wait_for_catchup('s');
is($subscriber->safe_psql('postgres', $rows), '19999|51009992', 'a subscriber to inserts hears nothing of it');
$standby->promote;
$standby->safe_psql('postgres', $fill);
$standby->safe_psql('postgres', "CALL sydra.seal('m')");
is($standby->safe_psql('postgres', $sealed), '14998', 'promoted, it seals');
$standby->safe_psql('postgres', 'DELETE FROM m WHERE v % 2 = 0');
is($standby->safe_psql('postgres', 'SELECT count(*) FROM m'), '12498', 'and deletes');

# Where snapshots may expire, rows could go while they are being moved: they stay where they are.
if ($node->pg_version < 17)
{
	$node->append_conf('postgresql.conf', "old_snapshot_threshold = '1h'");
	$node->restart;
	$node->safe_psql('postgres', $fill);
	$node->psql('postgres', "\\set VERBOSITY verbose\nCALL sydra.seal('m')", stderr => \$err);
	like($err, qr/55000: .*old_snapshot_threshold is set/, 'nothing is sealed with old_snapshot_threshold');
	$node->psql('postgres', "\\set VERBOSITY verbose\nCALL sydra.merge('m')", stderr => \$err);
	like($err, qr/55000: .*old_snapshot_threshold is set/, 'nor merged');
}

$subscriber->stop;
$standby->stop;
$node->stop;
done_testing();
