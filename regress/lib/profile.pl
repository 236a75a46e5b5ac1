#!/usr/bin/perl
# profile.pl dense|sparse|counter|multitag ROWS [SEED]: rows of a typical kind of series, as COPY reads
# them.  profile.pl NAME --table TABLE: the statement that makes a table for them.
#
#    dense      few series, each every ten seconds, values that change little
#    sparse     thousands of series that speak at random, most fields missing
#    counter    counters that grow and begin anew when their process does
#    multitag   five tags of very different variety
use strict;
use warnings;

my ($name, $rows, $argument) = @ARGV;
my %columns = (
	dense => 'host sydra.tag, cpu float8, memory float8, load float4',
	sparse => 'device sydra.tag, battery int2, temperature numeric(6, 2), event text, position jsonb',
	counter => 'host sydra.tag, port sydra.tag_int4, packets int8, bytes int8, errors int8',
	multitag => 'region sydra.tag, host sydra.tag, service sydra.tag, version sydra.tag, tenant sydra.tag_int8, value float8');

die "there is no profile \"$name\"\n" if !$columns{$name};
if ($rows eq '--table')
{
	print "CREATE TABLE $argument (time timestamptz NOT NULL, $columns{$name}) USING sydra;\n";
	exit;
}
srand($argument // 1);
my $clock = 1709251200;	# 2024-03-01 UTC
my %state;

sub row
{
	my ($time, @values) = @_;
	my @t = gmtime $time;

	printf "%04d-%02d-%02d %02d:%02d:%06.3f+00\t%s\n", $t[5] + 1900, $t[4] + 1, @t[ 3, 2, 1 ], $t[0] + $time - int $time,
	  join "\t", map { $_ // '\N' } @values;
}

sub walk
{
	my ($key, $least, $most, $step) = @_;
	my $value = ($state{$key} // ($least + $most) / 2) + (rand(2) - 1) * $step;

	return $state{$key} = $value < $least ? $least : $value > $most ? $most : $value;
}

my %make = (
	dense => sub {
		my ($i) = @_;
		my $host = $i % 10;

		$clock += 10 if $host == 0;
		return ($clock, sprintf('web-%02d', $host), map { sprintf '%.2f', $_ } walk("cpu$host", 0, 100, 3), walk("memory$host", 20, 90, 0.2), walk("load$host", 0, 8, 0.1));
	},
	sparse => sub {
		my $device = int rand 5000;

		$clock += rand 2;
		return ($clock, "device-$device", map { rand() < 0.8 ? undef : $_ } int walk("battery$device", 0, 100, 1), sprintf('%.2f', walk("temperature$device", -40, 80, 2)),
			(qw(start stop alarm moved))[ rand 4 ], sprintf '{"lat": %.4f, "lon": %.4f}', rand 90, rand 180);
	},
	counter => sub {
		my ($i) = @_;
		my ($host, $port) = (int $i / 4 % 8, $i % 4);
		my $counters = $state{"$host $port"} //= [ map { int rand 1 << 40 } 1 .. 3 ];

		$clock += 15 if $i % 32 == 0;
		$counters = $state{"$host $port"} = [ 0, 0, 0 ] if rand() < 0.0005;
		$counters->[0] += int rand 2000;
		$counters->[1] += int rand 1500000;
		$counters->[2]++ if rand() < 0.01;
		return ($clock, "sw-$host", $port, @$counters);
	},
	multitag => sub {
		my $host = int rand 200;

		$clock += rand 0.2;
		return ($clock, (qw(eu-west eu-north us-east us-west))[ $host % 4 ], "node-$host", (qw(api web queue))[ rand 3 ], '1.' . int($clock / 20000) % 7, int rand 40,
			sprintf '%.3f', walk("value$host", 0, 1, 0.05));
	});

row($make{$name}->($_)) for 0 .. $rows - 1;
