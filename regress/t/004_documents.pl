# What README.md and doc/quickstart.md tell a reader to type works as it stands, and README's first
# answer is the answer.
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
$node->stop;

done_testing();
