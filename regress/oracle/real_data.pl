#!/usr/bin/perl
# real_data.pl FOLDER: loads the CSV files of FOLDER's subfolders (timestamp,value, UTC) into a native
# and a wide metric and a heap copy, seals, and asks the questions of real_data.txt of all three.
# Without the files it makes series of the same names and habits.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use Oracle::Random;
use Oracle::Session;

my ($folder) = @ARGV;
my $count = 0;
my $failures = 0;

binmode STDOUT, ':utf8';
$| = 1;

sub ok
{
	my ($passed, $name, $why) = @_;

	$count++;
	$failures++ if !$passed;
	print $passed ? '' : 'not ', "ok $count - $name\n";
	print map { "# $_\n" } split /\n/, $why if !$passed;
}

# [folder, file, [time, value]...]
sub read_series
{
	my @series;

	for my $path (sort glob "$folder/*/*.csv")
	{
		my ($group, $file) = $path =~ m,([^/]+)/([^/]+)\.csv$, or next;
		my @points;

		open my $in, '<', $path or die "$path: $!\n";
		readline $in;
		while (my $line = readline $in)
		{
			$line =~ s/\s+$//;
			push @points, [ split /,/, $line, 2 ];
		}
		push @series, [ $group, $file, @points ];
	}
	return @series;
}

# Steps of five minutes with gaps, repeats, an equal time here and there, integers and long floats.
sub make_series
{
	my $random = Oracle::Random->new(34);
	my @names = (
		(map { [ 'realAWSCloudwatch', $_, 1397088240 ] } 'ec2_cpu_utilization_24ae8d', 'ec2_disk_write_bytes_1ef3de',
			'grok_asg_anomaly', 'rds_cpu_utilization_e47b3b', 'ec2_network_in_257a54'),
		(map { [ 'realTraffic', $_, 1441116480 ] } 'speed_6005', 'speed_t4013', 'occupancy_6005', 'TravelTime_387'),
		(map { [ 'realTweets', "Twitter_volume_$_", 1424986980 ] } 'AAPL', 'CRM', 'FB'));

	return map {
		my ($group, $file, $clock) = @$_;
		my $value = $random->between(0, 90);

		[ $group, $file, map {
			my @t = gmtime $clock;

			$clock += 300 * ($random->chance(3) ? $random->between(2, 40) : 1) if !$random->chance(1);
			$value = abs($value + $random->between(-100, 100) / ($group eq 'realTweets' ? 1 : 30));
			$value = 0 if $random->chance(2);
			[ sprintf('%04d-%02d-%02d %02d:%02d:%02d', $t[5] + 1900, $t[4] + 1, @t[ 3, 2, 1, 0 ]), sprintf '%.17g', $value ]
		} 1 .. 3000 ]
	} @names;
}

sub same
{
	my ($name, $left, $right) = @_;

	return 1 if $left eq $right;
	return 0 if $name !~ /^(sum|avg)/ || $left eq '<null>' || $right eq '<null>';
	return abs($left - $right) <= 1e-12 * abs($right);
}

my @series = read_series();
my $real = @series > 0;

@series = make_series() if !$real;
my $points = 0;

$points += @$_ - 2 for @series;

my $admin = Oracle::Session->new;

$admin->run($_) for "DROP DATABASE IF EXISTS real_data", "CREATE DATABASE real_data";
$admin->close;
$ENV{PGDATABASE} = 'real_data';
my $session = Oracle::Session->new;

$session->run($_)
  for "CREATE EXTENSION sydraql", "CREATE SCHEMA real", "SELECT sydra.create_metric('real.native')",
  "CREATE TABLE real.wide (time timestamptz NOT NULL, folder sydra.tag, file sydra.tag, value float8) USING sydra",
  # exact is value as a decimal: sums over it have no rounding.
  "CREATE TABLE real.heap (time timestamptz, folder text, file text, value float8, seq serial,
	exact numeric GENERATED ALWAYS AS (value::text::numeric) STORED) USING heap";

for my $series (@series)
{
	my ($group, $file, @rows) = @$series;

	$session->run("COPY real.native (time, value, tags) FROM STDIN",
		join '', map { "$_->[0]\t$_->[1]\t{\"folder\": \"$group\", \"file\": \"$file\"}\n" } @rows);
	$session->run("COPY real.$_ (time, folder, file, value) FROM STDIN",
		join '', map { "$_->[0]\t$group\t$file\t$_->[1]\n" } @rows)
	  for 'wide', 'heap';
}
$session->run("CALL sydra.seal('$_')") for 'real.native', 'real.wide';
print '# ', scalar @series, ' series, ', $points, ' points', ($real ? '' : ' (made up: no data)'), "\n";

my %columns = (native => "time, tags->>'folder', tags->>'file', value", wide => 'time, folder::text, file::text, value');

for my $metric ('native', 'wide')
{
	my $sealed = $session->value("SELECT count(*) FROM real.$metric WHERE (ctid::text::point)[0] >= 2147483648");
	my $heap = 'SELECT time, folder, file, value::text FROM real.heap';
	my $rows = "SELECT $columns{$metric}::text FROM real.$metric";
	my $differ = $session->value("SELECT count(*) FROM (($rows EXCEPT ALL $heap) UNION ALL ($heap EXCEPT ALL $rows)) x");

	ok($sealed == $points, "$metric: every row is sealed", "$sealed of $points");
	ok($differ == 0, "$metric: plain SQL finds every row to the bit", "$differ rows differ");
	ok($session->value("SELECT count(*) FROM sydra.verify('real.$metric')") == 0, "$metric: sydra.verify is content", '');
}

open my $in, '<', "$FindBin::Bin/real_data.txt" or die "real_data.txt: $!\n";
my (undef, @questions) = split /\n\n+/, join '', readline $in;

for my $question (@questions)
{
	my ($ql, $sql) = split /\n=\n/, $question;

	for my $metric ('native', 'wide')
	{
		my $ask = $ql =~ s/\{metric\}/real.$metric/r =~ s/'/''/gr;
		my $name = "$metric: " . $ql =~ s/\s+/ /gr;

		my $problem = eval {
			my @names = map { $_->[0] } $session->rows("SELECT name FROM sydraql_describe('$ask') ORDER BY position");
			my @left = $session->rows("SELECT * FROM sydraql('$ask')");
			my @right = $session->rows($sql =~ s/\{heap\}/real.heap/gr);

			return scalar @left . ' rows, wanted ' . scalar @right if @left != @right;
			for my $i (0 .. $#left)
			{
				for my $column (0 .. $#names)
				{
					return "row $i: " . join(' | ', @{ $left[$i] }) . ' wanted ' . join(' | ', @{ $right[$i] })
					  if !same($names[$column], $left[$i][$column], $right[$i][$column]);
				}
			}
			return '';
		} // $@;

		ok($problem eq '', $name, $problem);
	}
}
$session->close;
print "1..$count\n";
exit($failures > 0);
