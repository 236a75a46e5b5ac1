# What README.md and doc/quickstart.md tell a reader to type works as it stands, README's first
# answer is the answer, and errors are shown as psql prints them.  doc/storage.md lists every setting with its default and with who may set it,
# doc/functions.md every function, doc/tests.md every test.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('documents');

$node->init;
$node->append_conf('postgresql.conf', "timezone = 'UTC'\nsydraql.auto_seal = off");
$node->start;

my ($session) = slurp_file('README.md') =~ /^```\n(CREATE EXTENSION.*?)^```$/ms;
my ($statements, $answer) = $session =~ /\A(.*?;\n)(\s+hour .*)\z/s;
my ($out, $err) = ('', '');

run_log([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('postgres') ], '<', \$statements, '>', \$out, '2>', \$err);
is($err, '', "README's session has no errors");
is($out =~ s/\n+\z//r, $answer =~ s/\n+\z//r, 'and the answer that it shows');

$node->safe_psql('postgres', 'CREATE DATABASE quickstart');
for my $block (slurp_file('doc/quickstart.md') =~ /^```sql\n(.*?)^```$/msg)
{
	my ($name) = $block =~ /\A(.*)/;
	my ($status, $stdout, $stderr) = $node->psql('quickstart', $block, on_error_stop => 1);

	is("$status $stderr", '0 ', "quick start: $name");
}
is($node->safe_psql('quickstart', 'SELECT count(*) FROM usage'), '34560', 'the quick start made its rows');

$node->safe_psql('quickstart', q(SELECT sydra.create_metric('cpu.load')));
for my $document ('doc/quickstart.md', 'doc/language.md')
{
	my @errors = slurp_file($document) =~ /^(ERROR:.*?\n)```$/msg;

	cmp_ok(scalar @errors, '>', 0, "$document shows an error");
	for my $error (@errors)
	{
		my ($query) = $error =~ /^QUERY:  (.*)/m;
		my ($status, $stdout, $stderr) = $node->psql('quickstart', "SELECT * FROM sydraql(\$\$$query\$\$)");

		is($stderr =~ s/\Apsql:\S+ //r, $error =~ s/\n\z//r, "$document: $query");
	}
}

my @tables = slurp_file('doc/storage.md') =~ /^\| setting \|.*\n\| --- .*\n((?:\|.*\n)+)/mg;
my @documented;
for my $context ('sighup', 'user')
{
	for my $row (split /\n/, shift @tables)
	{
		my ($name, $default) = $row =~ /\A\| `(\S+)` \| (\S*) ?\|/;

		push @documented, join('|', $name, $default =~ s/,//gr, $context);
	}
}
is( $node->safe_psql('quickstart', q(
	LOAD 'sydraql';
	SELECT name, CASE source WHEN 'default' THEN current_setting(name) ELSE boot_val END, context
	FROM pg_settings WHERE name LIKE 'sydraql.%' ORDER BY name COLLATE "C")),
	join("\n", sort @documented), 'doc/storage.md has every setting, its default and who may set it');
my $functions;

run_log([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-d', $node->connstr('quickstart'), '-f', 'regress/lib/functions.sql' ], '>', \$functions);
is(slurp_file('doc/functions.md'), $functions, 'doc/functions.md is what the registry says; else run make doc');
$node->stop;

# doc/tests.md names tests that are there, and every test.
my %named = map { $_ => 1 } slurp_file('doc/tests.md') =~ /`([a-z0-9]+_[a-z0-9_]+|[a-z]+)`/g;
my %tests = map { s,.*/,,r =~ s/\.\w+\z//r => 1 }
  glob 'regress/sql/*.sql regress/specs/*.spec regress/t/*.pl regress/unit/*.c regress/fuzz/fuzz_*.c';

is(join(' ', sort grep { !$named{$_} } keys %tests), '', 'doc/tests.md has every test');
is(join(' ', sort grep { !$tests{$_} } keys %named), '', 'and names none that is not there');

done_testing();
