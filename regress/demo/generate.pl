#!/usr/bin/perl
# Two days of a hundred hosts every ten seconds, as COPY reads them: a daily swing, random walks with
# two decimals, counters, and gaps where a host was silent.  The same rows on every run.
use strict;
use warnings;

my @regions = ('eu-central', 'eu-west', 'us-east', 'ap-south');
my @roles = ('web', 'db', 'cache', 'worker');
my $start = 1709251200;			# 2024-03-01 00:00 UTC
my $step = 10;
my $ticks = 2 * 86400 / $step;
my @hosts;

srand 42;
for my $i (0 .. 99)
{
	push @hosts, {
		tags => sprintf("%s-%02d\t%s", $roles[ $i % 4 ], int($i / 4), $regions[ int($i / 25) ]),
		cpu => 2000 + int rand 2000, memory => 3000 + int rand 4000, free => 50000000 + int rand 9000000,
		requests => int rand 1000000, errors => 0, rate => 20 + int rand 400, silent => 0,
		shift => 86400 / 4 * int($i / 25),
	};
}
for my $tick (0 .. $ticks - 1)
{
	my $clock = $start + $tick * $step;
	my @t = gmtime $clock;
	my $time = sprintf '%04d-%02d-%02d %02d:%02d:%02d+00', $t[5] + 1900, $t[4] + 1, @t[ 3, 2, 1, 0 ];
	my $lines = '';

	for my $host (@hosts)
	{
		my $swing = 1000 * sin(6.2831853 * (($clock + $host->{shift}) % 86400) / 86400);

		$host->{cpu} += int(rand 61) - 30;
		$host->{cpu} = 500 if $host->{cpu} < 500;
		$host->{cpu} = 7900 if $host->{cpu} > 7900;
		$host->{memory} += int(rand 11) - 5;
		$host->{memory} = 9900 if $host->{memory} > 9900;
		$host->{memory} = 500 if $host->{memory} < 500;
		$host->{free} -= int rand 40;
		$host->{requests} += $host->{rate} + int rand 50;
		$host->{errors}++ if rand() < 0.01;
		$host->{silent} = 30 + int rand 600 if rand() < 0.00004;
		next if $host->{silent} > 0 && $host->{silent}--;
		$lines .= sprintf "%s\t%s\t%.2f\t%.2f\t%d\t%d\t%d\n", $time, $host->{tags},
		  ($host->{cpu} + $swing + 1000) / 100, $host->{memory} / 100, $host->{free}, $host->{requests}, $host->{errors};
	}
	print $lines;
}
