#!/usr/bin/perl
# oracle.pl FIRST [LAST] | --seconds N: random histories, each from its seed, against the server of
# libpq's variables.  One TAP line a seed.
use strict;
use warnings;

use FindBin;
use lib $FindBin::Bin;

use Oracle::History;

my $steps = 40;
my $count = 0;
my $failures = 0;

binmode STDOUT, ':utf8';
$| = 1;
$SIG{PIPE} = 'IGNORE';

sub run_seed
{
	my ($seed) = @_;
	my $start = time;
	my $history;

	$count++;
	if (eval { $history = Oracle::History->new($seed); $history->run($steps); 1 })
	{
		printf "ok %d - seed %d, %d questions, %d s\n", $count, $seed, $history->{questions} // 0, time - $start;
		return;
	}
	$failures++;
	print "not ok $count - seed $seed; again with: make soak SEED=$seed\n", map { "# $_\n" } split /\n/, substr $@, 0, 8000;
	if ($history && $ENV{SYDRA_WORK} && open my $file, '>:utf8', "$ENV{SYDRA_WORK}/failed/oracle_$seed.sql")
	{
		print $file "$_;\n" for @{ $history->{session}{log} };
		close $file;
	}
}

if (@ARGV && $ARGV[0] eq '--seconds')
{
	my $end = time + $ARGV[1];

	srand;
	do { run_seed(int rand 1 << 30) } while time < $end && $failures < 3;
}
else
{
	run_seed($_) for $ARGV[0] .. $ARGV[-1];
}
print "1..$count\n";
exit($failures > 0);
