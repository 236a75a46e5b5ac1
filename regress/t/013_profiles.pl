# Series of every typical kind come back from segments as they went in, and a real trace that arrives with
# its own timing, many times faster, while workers seal it, is complete at every moment and in the end.
#
# SHARED_DATA or SYDRA_WORK/data has the trace (subfolders of CSV files: timestamp, value); without it the
# profile multitag is replayed.
use strict;
use warnings;

use FindBin;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);
use Time::Local qw(timegm);

my $full = $ENV{SYDRA_FULL};
my $seconds = $full ? 60 : 6;
my $rows = $full ? 300_000 : 20_000;
my ($profile) = grep { -e } "$FindBin::Bin/../lib/profile.pl", 'regress/lib/profile.pl';
my $folder = PostgreSQL::Test::Utils::tempdir;
my $node = PostgreSQL::Test::Cluster->new('profiles');

$node->init;
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'sydraql'\nsydraql.seal_delay = 0\nsydraql.seal_min_pages = 10\nsydraql.direct_min_rows = 5000\n"
	  . "sydraql.auto_seal = off\nautovacuum_naptime = 1");
$node->start;
$node->safe_psql('postgres', 'CREATE EXTENSION sydraql');

sub differ
{
	my ($table) = @_;

	return $node->safe_psql('postgres', "SELECT count(*) FROM ((SELECT t::text FROM $table t EXCEPT ALL SELECT t::text FROM ${table}_twin t) "
		  . "UNION ALL (SELECT t::text FROM ${table}_twin t EXCEPT ALL SELECT t::text FROM $table t)) x");
}

for my $name (qw(dense sparse counter multitag))
{
	for my $seed (1, 2)
	{
		system("perl '$profile' $name $rows $seed > '$folder/$name$seed'") == 0 or die "profile $name";
	}
	$node->safe_psql('postgres', `perl '$profile' $name --table $name` . "CREATE TABLE ${name}_twin (LIKE $name) USING heap;\n"
		  . "COPY ${name}_twin FROM '$folder/${name}1'; COPY ${name}_twin FROM '$folder/${name}2'; COPY $name FROM '$folder/${name}1';\n"
		  # The second half by way of the head.
		  . "SET sydraql.direct_ingest = off; COPY $name FROM '$folder/${name}2';");
	is(differ($name), '0', "$name: table and twin are equal");
	$node->safe_psql('postgres', "CALL sydra.seal('$name'); VACUUM $name");
	is(differ($name), '0', "$name: and when sealed");
	is($node->safe_psql('postgres', "SELECT count(*) FROM sydra.verify('$name')"), '0', "$name: sydra.verify is content");
	my ($sealed, $bytes, $heap) = split /\|/, $node->safe_psql('postgres', "SELECT count(*) FILTER (WHERE (ctid::text::point)[0] >= 2147483648), "
		  . "(SELECT sum(bytes) FROM sydra.segments WHERE metric = '$name'::regclass), pg_table_size('${name}_twin') FROM $name");

	is($sealed, 2 * $rows, "$name: every row is in a segment");
	cmp_ok($bytes, '<', $heap / 3, "$name: in less than a third of heap's space");
	note(sprintf '%s: %.2f bytes a row, on heap %.2f', $name, $bytes / 2 / $rows, $heap / 2 / $rows);
	$node->safe_psql('postgres', "DROP TABLE ${name}_twin") if $name ne 'multitag';
}

# Events as [time, series, value], in the order of time.
sub read_trace
{
	my ($data) = grep { defined && -d } $ENV{SYDRA_WORK} && "$ENV{SYDRA_WORK}/data", $ENV{SHARED_DATA};
	my @events;

	for my $path (defined $data ? sort glob "$data/*/*.csv" : ())
	{
		my ($series) = $path =~ m,([^/]+)\.csv$,;

		for my $line (split /\n/, slurp_file($path))
		{
			push @events, [ timegm(0, $5, $4, $3, $2 - 1, $1) + $6, $series, $7 ] if $line =~ /^(\d+)-(\d+)-(\d+) (\d+):(\d+):(\d+),(\S+)/;
		}
	}
	if (!@events)
	{
		note('no trace: the profile multitag instead');
		@events = map { my ($time, undef, $host, @rest) = split /\t/; $time =~ /^(\d+)-(\d+)-(\d+) (\d+):(\d+):(\d+)/; [ timegm(0, $5, $4, $3, $2 - 1, $1) + $6, $host, $rest[-1] ] }
		  split /\n/, slurp_file("$folder/multitag1");
	}
	return sort { $a->[0] <=> $b->[0] } @events;
}

my @events = read_trace();

# Only so many as one process can send.
my $most = $full ? 200_000 : 40_000;

@events = @events[ 0 .. $most - 1 ] if @events > $most;
$node->append_conf('postgresql.conf', 'sydraql.auto_seal = on');
$node->reload;
$node->safe_psql('postgres', 'CREATE TABLE trace (time timestamptz NOT NULL, series sydra.tag, value float8, n int) USING sydra; CREATE TABLE trace_twin (LIKE trace) USING heap');
my $factor = ($events[-1][0] - $events[0][0] + 1) / $seconds;
my ($in, $out, $err) = ('', '', '');
my $sender = IPC::Run::start([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres') ], '<', \$in, '>', \$out, '2>', \$err, IPC::Run::timeout(600));
my $start = time;
my ($sent, $looks, $wrong) = (0, 0, 0);

while ($sent < @events)
{
	my $now = $events[0][0] + (time - $start) * $factor;
	my @values;

	while ($sent < @events && $events[$sent][0] <= $now && @values < 2000)
	{
		my ($time, $series, $value) = @{ $events[$sent] };

		push @values, "(to_timestamp($time), '$series', $value, " . $sent++ . ')';
	}
	if (@values)
	{
		my $values = join ",", @values;

		$in .= "BEGIN; INSERT INTO trace VALUES $values; INSERT INTO trace_twin VALUES $values; COMMIT;\n";
		$sender->pump while length $in;
	}
	if ($sent > 0 && time - $start > $looks)
	{
		$looks++;
		$wrong += differ('trace') ne '0';
	}
	usleep(20000);
}
$in .= "\\q\n";
ok($sender->finish, sprintf 'a trace of %d points, %.0f times as fast as it happened', $sent, $factor) or diag($err);
is($wrong, 0, "table and twin were equal at each of $looks looks");
$node->poll_query_until('postgres', "SELECT count(*) > 0 FROM trace WHERE (ctid::text::point)[0] >= 2147483648") or die 'no worker has sealed';
is(differ('trace'), '0', 'table and twin are equal in the end');
is($node->safe_psql('postgres', 'SELECT count(*) FROM trace'), scalar @events, 'no point is missing');
my $ordered = "SELECT count(*), sum(value::numeric), min(time), max(time) FROM trace";

is($node->safe_psql('postgres', $ordered), $node->safe_psql('postgres', $ordered =~ s/trace/trace_twin/r), 'nor another');
is($node->safe_psql('postgres', "SELECT count(*) FROM sydra.verify('trace')"), '0', 'sydra.verify is content');
$node->stop;

done_testing();
