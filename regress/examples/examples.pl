#!/usr/bin/perl
# examples.pl [--write]: runs each doc/examples/*.sydraql over the data of data.sql and compares what it
# answers with expected/NAME.out, or writes that; then takes each apart: every token deleted, doubled and
# swapped with the next must give rows or an error of the language.  One TAP line an example and pass.
#
# Of an example the lines that begin with -- say what it shows; «-- parameters:» gives its values,
# «-- settings:» a setting.  Each runs in a transaction of its own that is rolled back.
use strict;
use utf8;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../oracle";

use Oracle::Session;

my $write = @ARGV && $ARGV[0] eq '--write';
my ($number, $failures) = (0, 0);

binmode STDOUT, ':utf8';
$| = 1;
$SIG{PIPE} = 'IGNORE';

sub ok
{
	my ($passed, $name, @why) = @_;

	$number++;
	$failures++ if !$passed;
	print $passed ? '' : 'not ', "ok $number - $name\n", map { s/^/# /gmr . "\n" } $passed ? () : @why;
}

sub slurp
{
	my ($path) = @_;

	open my $in, '<:utf8', $path or return undef;
	return join '', readline $in;
}

sub quote { return "'" . shift =~ s/'/''/gr . "'" }

# The statement, its parameters and its setting.
sub read_example
{
	my ($path) = @_;
	my $text = slurp($path);
	my ($name) = $path =~ m,([^/]+)\.sydraql$,;
	my ($parameters) = $text =~ /^-- parameters: (.*)$/m;
	my ($setting) = $text =~ /^-- settings: (.*)$/m;
	my ($purpose) = $text =~ /^-- (.*)$/m;

	return { name => $name, purpose => $purpose, text => $text, parameters => $parameters // '{}', setting => $setting };
}

my $admin = Oracle::Session->new;

$admin->run($_) for 'DROP DATABASE IF EXISTS examples', 'CREATE DATABASE examples';
$ENV{PGDATABASE} = 'examples';
my $session = Oracle::Session->new;

$session->run($_) for 'CREATE EXTENSION sydraql', map { slurp("$FindBin::Bin/$_") =~ s/;\s*\z//r } 'data.sql', 'helpers.sql';

# ----- answers

sub answer
{
	my ($example) = @_;

	$session->run('BEGIN');
	$session->run("SET LOCAL $example->{setting}") if $example->{setting};
	$session->send('SELECT * FROM sydraql(' . quote($example->{text}) . ', ' . quote($example->{parameters}) . ')');
	my ($state, $lines) = $session->receive;

	$session->run('ROLLBACK');
	# Of a plan everything: predicates with who evaluates them, columns, rules.
	return join '', map { "$_\n" } @$lines if $example->{text} =~ /^explain /m;
	if ($state ne '00000')
	{
		# The text itself is no news.
		my ($told) = join('', map { "$_\n" } @$lines) =~ /^(.*?)(?:^QUERY:.*)?\z/ms;

		return "$state\n$told";
	}
	my @names = map { $_->[0] } $session->rows('SELECT name FROM sydraql_describe(' . quote($example->{text}) . ') ORDER BY position');

	return join '', map { "$_\n" } join(' | ', @names), map { s/\001/ | /gr } @$lines;
}

my @examples = map { read_example($_) } sort glob "$FindBin::Bin/../../doc/examples/*.sydraql";

ok(@examples >= 40, 'there are at least 40 examples', scalar @examples);
for my $example (@examples)
{
	my $path = "$FindBin::Bin/expected/$example->{name}.out";
	my $mine = answer($example);

	if ($write)
	{
		open my $out, '>:utf8', $path or die "$path: $!\n";
		print $out $mine;
		close $out;
	}
	my $wanted = slurp($path) // 'no such file';

	ok($mine eq $wanted, "$example->{name} answers as it did", $mine, "wanted:\n$wanted");
	ok($example->{purpose} && ($example->{name} =~ /^error_/ ? $mine =~ /ERROR:  (ERR_\w+)/ && $example->{purpose} =~ /^$1:/ : $mine !~ /ERR_/),
		"$example->{name} says what it shows", $example->{purpose} // 'nothing', $mine);
}

# ----- mutations

$session->run("SET statement_timeout = '60s'");
for my $example (@examples)
{
	my $text = $example->{text} =~ s/^--.*\n//mgr;

	$session->run('BEGIN');
	$session->run('CREATE TEMP TABLE mutant ON COMMIT DROP AS SELECT * FROM mutants(' . quote($text) . ') query');
	$session->run("SET LOCAL $example->{setting}") if $example->{setting};
	my @rows = $session->rows('SELECT to_json(fault), to_json(query), state FROM mutant, outcome(query, ' . quote($example->{parameters}) . ')');
	my @faults = grep { $_->[0] ne '<null>' } @rows;

	$session->run('ROLLBACK');
	ok(@rows && !@faults, "$example->{name}: " . @rows . ' mutants', map { "$_->[0]: $_->[1]" } @faults[ 0 .. ($#faults < 4 ? $#faults : 4) ]);
}
$session->close;
$admin->run('DROP DATABASE examples');
$admin->close;
print "1..$number\n";
exit($failures > 0);
