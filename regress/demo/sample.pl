#!/usr/bin/perl
# sample.pl SECONDS: this machine's own figures once a second, each second's as one line of SQL that
# calls sydra.ingest with NDJSON.
use strict;
use warnings;

use Time::HiRes qw(time sleep);

my ($seconds) = @ARGV;

$| = 1;

sub lines_of
{
	my ($path) = @_;

	open my $in, '<', $path or return;
	return readline $in;
}

sub point
{
	my ($series, $ts, $value, %tags) = @_;
	my $tags = join ',', map { "\"$_\":\"$tags{$_}\"" } sort keys %tags;

	return "{\"series\":\"$series\",\"ts\":\"$ts\",\"value\":$value,\"tags\":{$tags}}\n";
}

for (1 .. $seconds)
{
	my $now = time;
	my @t = gmtime $now;
	my $ts = sprintf '%04d-%02d-%02dT%02d:%02d:%02d.%06dZ', $t[5] + 1900, $t[4] + 1, @t[ 3, 2, 1, 0 ], ($now - int $now) * 1000000;
	my $text = '';

	for (lines_of('/proc/stat'))
	{
		my ($cpu, $user, undef, $system, $idle) = split;

		next if $cpu !~ /^cpu\d+$/;
		$text .= point('machine.cpu', $ts, $user, cpu => $cpu, mode => 'user');
		$text .= point('machine.cpu', $ts, $system, cpu => $cpu, mode => 'system');
		$text .= point('machine.cpu', $ts, $idle, cpu => $cpu, mode => 'idle');
	}
	for (lines_of('/proc/meminfo'))
	{
		$text .= point('machine.memory', $ts, $2 * 1024, kind => $1) if /^(MemFree|MemAvailable|Cached|Dirty):\s+(\d+) kB/;
	}
	for (lines_of('/proc/diskstats'))
	{
		my (undef, undef, $device, $reads, undef, undef, undef, $writes) = split;

		next if $device =~ /^(loop|ram|zram)/;
		$text .= point('machine.disk', $ts, $reads, device => $device, operation => 'read');
		$text .= point('machine.disk', $ts, $writes, device => $device, operation => 'write');
	}
	for (lines_of('/proc/net/dev'))
	{
		my ($name, $received, $sent) = /^\s*(\S+):\s*(\d+)(?:\s+\d+){7}\s+(\d+)/ or next;

		$text .= point('machine.network', $ts, $received, interface => $name, direction => 'in');
		$text .= point('machine.network', $ts, $sent, interface => $name, direction => 'out');
	}
	$text =~ s/'/''/g;
	print "SELECT * FROM sydra.ingest('$text');\n";
	my $rest = $now + 1 - time;

	sleep $rest if $rest > 0;
}
