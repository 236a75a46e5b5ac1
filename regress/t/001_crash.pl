# The server is killed while it seals, twenty times: every row whose commit was acknowledged is there
# once, of a commit in doubt all rows or none, and sydra.verify and amcheck find nothing.
use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(usleep);

my $rounds = 20;
my $batch_rows = 1000;
my $node = PostgreSQL::Test::Cluster->new('crash');

$node->init;
$node->append_conf('postgresql.conf', "sydraql.auto_seal = off\nautovacuum_naptime = 1\nmax_wal_size = '128MB'");
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION sydraql;
CREATE EXTENSION amcheck;
CREATE TABLE m (time timestamptz NOT NULL, host sydra.tag, batch int, value float8) USING sydra;
SQL

# The ledger: batches that were acknowledged, and the last one sent.
my %acknowledged;
my $next = 1;

# The postmaster and all its children at once, as a power cut would: a backend left alone would end
# its statement in peace.
sub kill_server
{
	my ($postmaster) = split /\n/, slurp_file($node->data_dir . '/postmaster.pid');
	my @pids = ($postmaster);

	for my $stat (glob '/proc/[0-9]*/stat')
	{
		my $line = eval { slurp_file($stat) } // next;

		push @pids, $1 if $line =~ /^(\d+) \(.*\) \S (\d+) /s && $2 == $postmaster;
	}
	kill 9, @pids;
	$node->kill9;
	for (1 .. 1800)
	{
		last if !grep { kill 0, $_ } @pids;
		usleep(100000);
	}
}

# Runs scripts side by side until the server is killed; what the first one's client saw.
sub run_until_killed
{
	my (@scripts) = @_;
	my $folder = PostgreSQL::Test::Utils::tempdir;
	my @runs;

	for my $i (0 .. $#scripts)
	{
		append_to_file("$folder/$i.sql", $scripts[$i]);
		push @runs, IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-f', "$folder/$i.sql" ],
			'>', "$folder/$i.out", '2>', "$folder/$i.err", IPC::Run::timeout(180));
	}
	# Somewhere inside the seals that follow the first batches.
	for (1 .. 1800)
	{
		last if $node->safe_psql('postgres', 'SELECT coalesce(max(batch), 0) FROM m') > $next - 1000;
		usleep(100000);
	}
	usleep(int rand 400000);
	kill_server();
	eval { $_->finish } for @runs;
	return slurp_file("$folder/0.out");
}

my ($whole, $clean) = (0, 0);

for my $round (1 .. $rounds)
{
	my $first = $next;
	my $writes = '';

	for (1 .. 1000)
	{
		$writes .= "INSERT INTO m SELECT timestamptz '2024-01-01' + $next * interval '1 hour' + i * interval '1 second', "
		  . "'host' || i % 7, $next, i * 0.25 FROM generate_series(1, $batch_rows) i;\n\\echo batch $next\n";
		$next++;
	}
	my ($written) = run_until_killed($writes, "CALL sydra.seal('m');\n" x 1000);
	my %certain = map { $_ => 1 } $written =~ /^batch (\d+)$/mg;

	%acknowledged = (%acknowledged, %certain);
	$node->start;
	my %there = map { split /\|/ } split /\n/,
	  $node->safe_psql('postgres', 'SELECT batch, count(*) FROM m GROUP BY batch');
	my @lost = grep { ($there{$_} // 0) != $batch_rows } keys %acknowledged;
	my @partial = grep { $there{$_} != $batch_rows } keys %there;
	my @doubtful = grep { !$acknowledged{$_} } keys %there;

	diag("round $round: lost @lost, in part @partial, never acknowledged @doubtful") if @lost || @partial || @doubtful > 1;
	$whole++ if !@lost && !@partial && @doubtful <= 1;
	# The one commit in doubt happened: from now on it counts.
	$acknowledged{$_} = 1 for @doubtful;
	my $faults = $node->safe_psql('postgres', "SELECT v::text FROM sydra.verify('m') v");

	diag($faults) if $faults ne '';
	$clean++ if $faults eq '';
}
is($whole, $rounds, "each acknowledged row is there once after each of $rounds crashes");
is($clean, $rounds, "sydra.verify finds nothing after each");
cmp_ok(scalar keys %acknowledged, '>=', $rounds, 'batches were acknowledged in every round');
my $sealed = "SELECT count(*) FROM m WHERE (ctid::text::point)[0] >= 2147483648";

cmp_ok($node->safe_psql('postgres', $sealed), '>', 0, 'some rows were sealed before a crash');
$node->safe_psql('postgres', "CALL sydra.seal('m')");
is($node->safe_psql('postgres', $sealed), $batch_rows * keys %acknowledged, 'the rest seals afterwards');
is($node->safe_psql('postgres', 'SELECT sum(value) = count(DISTINCT batch) * ' . 0.25 * $batch_rows * ($batch_rows + 1) / 2 . ' FROM m'),
	't', 'with the values that were written');
is( $node->safe_psql('postgres', "SELECT count(*) FROM pg_class c, verify_heapam(c.oid) "
		  . "WHERE c.oid = (SELECT reltoastrelid FROM pg_class WHERE relname = 'm')"),
	'0', 'amcheck finds nothing in the segment store');
$node->safe_psql('postgres', 'VACUUM m');
is($node->safe_psql('postgres', $sealed), $batch_rows * keys %acknowledged, 'nothing goes with a vacuum');
$node->stop;

done_testing();
