# Two hundred clients at once whose first statement loads the library, waiting that ends by lock_timeout,
# and storage that is slow to read, write and sync: slower, and no other answers.
use strict;
use warnings;

use FindBin;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $full = $ENV{SYDRA_FULL};
my $clients = 200;
my $transactions = $full ? 50 : 2;
my $node = PostgreSQL::Test::Cluster->new('crowd');

$node->init;
$node->append_conf('postgresql.conf', "sydraql.auto_seal = off\nmax_connections = 220\nautovacuum_naptime = 1\nshared_buffers = 1MB\n"
	  . "sydraql.direct_min_rows = 5000\ntrack_io_timing = on\nrestart_after_crash = off");
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION sydraql;
CREATE TABLE m (time timestamptz NOT NULL, host sydra.tag, i int, value float8) USING sydra;
CREATE TABLE twin (LIKE m) USING heap;
CREATE TABLE source (LIKE m) USING heap;
INSERT INTO source SELECT timestamptz '2024-01-01' + i * interval '1 s', 'host' || i % 50, i, ('x' || left(md5(i::text), 8))::bit(32)::int / 7.0 FROM generate_series(1, 20000) i;
INSERT INTO m SELECT * FROM source;
INSERT INTO twin SELECT * FROM source;
CALL sydra.seal('m');
SQL
my $equal = 'SELECT count(*) FROM ((TABLE m EXCEPT ALL TABLE twin) UNION ALL (TABLE twin EXCEPT ALL TABLE m)) x';
my $folder = PostgreSQL::Test::Utils::tempdir;

sub ends_well
{
	my ($name) = @_;

	is($node->safe_psql('postgres', $equal), '0', "$name: table and twin are equal");
	is($node->safe_psql('postgres', "SELECT count(*) FROM sydra.verify('m')"), '0', "$name: sydra.verify is content");
}

# Each transaction has a connection of its own; some begin with a read, others with a write.
append_to_file("$folder/write.sql", "\\set i random(1, 20000)\nBEGIN;\nINSERT INTO m SELECT time, host, i + 100000, value FROM source WHERE i = :i;\n"
	  . "INSERT INTO twin SELECT time, host, i + 100000, value FROM source WHERE i = :i;\nCOMMIT;\n");
append_to_file("$folder/read.sql", "\\set i random(1, 20000)\nSELECT count(*) FROM m WHERE host = 'host7' AND i < :i;\n");
append_to_file("$folder/language.sql", "SELECT * FROM sydraql('select max(value) from public.m where time >= 2024-01-01');\n");
append_to_file("$folder/change.sql", "\\set i random(1, 20000)\nBEGIN;\nDELETE FROM m WHERE i = :i;\nDELETE FROM twin WHERE i = :i;\nCOMMIT;\n");
append_to_file("$folder/seal.sql", "CALL sydra.seal('m');\nSELECT pg_sleep(0.05);\n" x 400);
my $sealer = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-f', "$folder/seal.sql" ], '>', \my $seal_out, '2>', \my $seal_err);
my ($out, $err);
$ENV{PGHOST} = $node->host;
$ENV{PGPORT} = $node->port;
my @options = (-n => -C => -c => $clients, -j => 4, -t => $transactions, '--max-tries=50', map { (-f => "$folder/$_") } 'write.sql@4', 'read.sql@3', 'language.sql@2', 'change.sql@1');

ok(IPC::Run::run([ 'pgbench', @options, 'postgres' ], '>', \$out, '2>', \$err), "$clients clients at once, each with " . "$transactions connections") or diag(substr $err, 0, 2000);
like($out, qr/number of failed transactions: 0 /, 'no transaction failed') or diag($out);
$sealer->kill_kill;
ends_well('crowd');

# What waits for a lock gives up when told to.
$node->safe_psql('postgres', "CALL sydra.seal('m')");
$node->safe_psql('postgres', "COPY source TO '$folder/rows'");
my $language = "SELECT * FROM sydraql('select count(*) from public.m where time >= 2024-01-01')";
my %waits = (
	'LOCK TABLE m' => [ "COPY m FROM '$folder/rows'", 'SELECT count(*) FROM m', $language, 'DELETE FROM m WHERE i = 5', "CALL sydra.seal('m')", "SELECT * FROM sydra.verify('m')" ],
	'UPDATE m SET value = 0 WHERE i = 11' => [ 'UPDATE m SET value = 1 WHERE i = 11', 'DELETE FROM m WHERE i = 11', 'SELECT * FROM m WHERE i = 11 FOR UPDATE', 'VACUUM FULL m' ]);

for my $holder (sort keys %waits)
{
	my ($in, $held, $held_err) = ("BEGIN;\n$holder;\n\\echo held\n", '', '');
	my $run = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-f', '-' ], '<', \$in, '>', \$held, '2>', \$held_err, IPC::Run::timeout(60));

	$run->pump until $held =~ /held/;
	for my $statement (@{ $waits{$holder} })
	{
		my ($status, $said, $error) = $node->psql('postgres', "\\set VERBOSITY verbose\nSET lock_timeout = 50;\n$statement;\nSELECT 'usable';", on_error_stop => 0);

		ok($error =~ /ERROR:  55P03: / && $said =~ /^usable$/m, "beside $holder: $statement") or diag("$said\n$error");
	}
	$in = "ROLLBACK;\n\\q\n";
	$run->finish;
}
ends_well('lock_timeout');

# Storage that takes its time over every read, write and sync.
$node->stop;
my $library = "$folder/slow.so";
my ($source) = grep { -e } "$FindBin::Bin/../lib/slow_storage.c", "regress/lib/slow_storage.c";

system($ENV{CC} // 'gcc', '-shared', '-fPIC', '-O2', '-Wall', '-Werror', '-o', $library, $source, '-ldl') == 0 or die 'slow_storage.c does not compile';
{
	local $ENV{LD_PRELOAD} = $library;
	local $ENV{SYDRA_SLOW_US} = $full ? 3000 : 300;

	$node->start;
}
$node->safe_psql('postgres', 'SELECT pg_stat_reset()');
$node->safe_psql('postgres', <<"SQL");
TRUNCATE m, twin;
COPY m FROM '$folder/rows';
COPY twin FROM '$folder/rows';
INSERT INTO m SELECT time + interval '1 day', host, i, value FROM source;
INSERT INTO twin SELECT time + interval '1 day', host, i, value FROM source;
SQL
my $slow_seal = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', "CALL sydra.seal('m')" ], '>', \my $slow_out, '2>', \my $slow_err, IPC::Run::timeout(180));
my $differ = 0;

for (1 .. 3)
{
	$differ += $node->safe_psql('postgres', $equal) ne '0';
	$node->safe_psql('postgres', $language);
}
ok($slow_seal->finish, 'slow storage: a seal ends') or diag($slow_err);
is($differ, 0, 'slow storage: while it is sealed the table equals its twin');
$node->safe_psql('postgres', "DELETE FROM m WHERE i % 3 = 0; DELETE FROM twin WHERE i % 3 = 0; VACUUM m; CHECKPOINT");
$node->safe_psql('postgres', 'VACUUM FULL m');
ends_well('slow storage');
my ($reads, $mean) = split /\|/, $node->safe_psql('postgres', "SELECT blks_read, blk_read_time / blks_read FROM pg_stat_database WHERE datname = 'postgres'");

ok($reads > 100 && $mean > 0.2, "slow storage: $reads pages took $mean ms each");
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC|leak/, 'the server stayed up');
$node->stop;

done_testing();
