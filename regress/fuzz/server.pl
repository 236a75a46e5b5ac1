# server.pl TARGET SECONDS [SEED]: asks a server for what nobody in his right mind would ask.  Every
# answer is rows or a coded error: never XX000, never one that takes a minute, never a crash.
#
#   queries    sydraQL texts, put together from pieces of corpus/parser and corpus/query
#   lines      what sydra.ingest reads, from pieces of corpus/ingest
#   catalog    absurd rows in the directory and among the tombstones, which are then read
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../oracle";

use Oracle::Session;

my ($target, $seconds, $seed) = @ARGV;
my $corpus = "$FindBin::Bin/corpus";
my ($session, %count, @faults);

srand($seed // 1);

# Chance -----------------------------------------------------------------------------------------

sub one_of { return $_[ int rand @_ ] }

my @numbers = (
	0, 1, -1, 2, 7, 255, 1023, 1024, 1025, 65279, 65280, 65281, 2147483647, -2147483648, 2147483648,
	'9223372036854775807', '-9223372036854775808');

sub slurp
{
	my ($file) = @_;

	open my $fh, '<', $file or die "$file: $!";
	local $/;
	return scalar <$fh>;
}

# A text from pieces: some left out, doubled, moved, or another's in their place.
sub mutate
{
	my ($text, $split, $pool) = @_;
	my @pieces = $text =~ /$split/g;

	for (1 .. 1 + int rand 4)
	{
		my $at = int rand(@pieces + 1);
		my $how = int rand 7;

		if ($how == 0) { splice @pieces, $at, 1 + int rand 3 if $at < @pieces }
		elsif ($how == 1) { splice @pieces, $at, 0, one_of(@$pool), ' ' }
		elsif ($how == 2) { splice @pieces, $at, 1, one_of(@$pool) }
		elsif ($how == 3) { splice @pieces, $at, 0, one_of(@numbers) }
		elsif ($how == 4) { my @other = one_of(@$pool) x int rand 40; splice @pieces, $at, 0, @other }
		elsif ($how == 5 && $at < @pieces) { $pieces[$at] =~ s/.*\K./chr(32 + int rand 95)/e }
		elsif (@pieces) { my $from = int rand @pieces; splice @pieces, $at, 0, @pieces[ $from .. ($from + 5 < $#pieces ? $from + 5 : $#pieces) ] }
	}
	return join '', @pieces;
}

sub quote
{
	my ($text) = @_;

	$text =~ s/'/''/g;
	return "'$text'";
}

# Asking -----------------------------------------------------------------------------------------

sub fault
{
	my ($state, @statements) = @_;

	push @faults, "$state from: " . join(";\n", @statements);
}

# The state of a statement, which is a fault unless it may be.
sub ask
{
	my (@statements) = @_;
	my $state = $session->state($statements[-1]);

	$count{$state}++;
	fault($state, @statements) if $state =~ /^(XX000|XX002|57014|57P0.|53200|54P01)$/;
	return $state;
}

# Targets ----------------------------------------------------------------------------------------

sub make_table
{
	$session->run($_) for
	  'CREATE EXTENSION IF NOT EXISTS sydraql', 'DROP TABLE IF EXISTS public.fuzz', <<'SQL', <<'SQL', "CALL sydra.seal('public.fuzz')", <<'SQL';
CREATE TABLE public.fuzz (time timestamptz NOT NULL, host sydra.tag, value float8, n int, note text,
	ok bool, amount numeric, at timestamptz) USING sydra
SQL
INSERT INTO public.fuzz SELECT timestamptz '2024-03-01 UTC' + i * interval '1 minute', 'web-' || i % 3,
	nullif(i % 7, 3) / 2.0, i, 'note ' || i % 5, i % 2 = 0, i / 3.0, timestamptz '2024-03-01 UTC' + i * interval '1 s'
	FROM generate_series(1, 3000) i
SQL
INSERT INTO public.fuzz VALUES ('2024-03-04 UTC', 'late', 'NaN', NULL, '', NULL, 1, NULL)
SQL
}

sub fuzz_queries
{
	my @texts = (map({ slurp($_) } glob "$corpus/parser/*"), split /\n/, slurp("$corpus/query"));
	my $token = qr/'(?:[^']|'')*'|\w+|\s+|[=!<>]~?=?|./s;
	my @pool = map { /$token/g } @texts;
	my @asking = (
		'SELECT count(*) FROM sydraql_to_json(%s)', 'SELECT count(*) FROM sydraql_to_json(%s)',
		'SELECT count(*) FROM sydraql(%s)', 'SELECT count(*) FROM sydraql_describe(%s)',
		'SELECT count(*) FROM sydraql_explain(%s)');

	make_table();
	return sub {
		my $text = mutate(one_of(@texts), $token, \@pool);

		ask(sprintf(one_of(@asking), quote($text)));
	};
}

sub fuzz_lines
{
	my @texts = split /\n/, slurp("$corpus/ingest");
	my $token = qr/"(?:[^"\\]|\\.)*"|[\d.]+|\w+|./s;
	my @pool = map { /$token/g } @texts;

	make_table();
	return sub {
		# Now and then a line as it should be: alone, or beside others.
		my $text = join "\n", map { rand 4 < 1 ? one_of(@texts) : mutate(one_of(@texts), $token, \@pool) } 0 .. int rand 3;

		ask('SELECT sydra.ingest(' . quote($text) . ')');
	};
}

# What is read while one row of a catalog is not what it was.
my @reading = (
	"SELECT count(*), sum(n), max(note) FROM public.fuzz",
	"SELECT count(*) FROM public.fuzz WHERE time > '2024-03-02' AND host = 'web-1'",
	"SELECT count(*) FROM sydraql_to_json('select count(*), sum(value) from public.fuzz where time >= 2024-01-01')",
	"SELECT count(*) FROM sydra.verify('public.fuzz')",
	"SELECT ctid FROM public.fuzz WHERE n % 500 = 0 FOR UPDATE",
	"DELETE FROM public.fuzz WHERE n % 100 = 0",
	"UPDATE public.fuzz SET value = 1 WHERE n % 300 = 0",
	"DELETE FROM public.fuzz",
	"SELECT * FROM sydra.segments",
	"SELECT * FROM sydra.status",
	"SELECT count(*) FROM public.fuzz TABLESAMPLE SYSTEM (50)",
	"SELECT * FROM public.fuzz WHERE ctid = '(2147483648,1)'",
	"VACUUM public.fuzz",
	"ANALYZE public.fuzz",
	"CLUSTER public.fuzz",
	"ALTER TABLE public.fuzz ALTER n TYPE int8",
	"TRUNCATE public.fuzz");

sub absurd
{
	my ($type) = @_;

	return one_of("'{}'", "'{1}'", "'{NULL,1}'", "'{{1,2}}'", "'[5:6]={1,2}'",
		"'{" . join(',', map { (one_of(0, 1, -1, 2147483647, -2147483648), one_of(0, 1, -1, 2147483647)) } 0 .. int rand 40) . "}'")
	  if $type eq 'integer[]';
	return one_of('NULL', "''", "'\\x01'", "repeat('x', 32)::bytea", "decode(repeat('ff', 32), 'hex')", "repeat('x', 9000)::bytea")
	  if $type eq 'bytea';
	return one_of("'x'", "''", "'d'", "'u'", "'m'") if $type eq '"char"';
	return one_of('NULL', "'(0,0)'", "'(0,1)'", "'(4294967295,65535)'", "'(2147483648,1)'") if $type eq 'tid';
	return one_of("'0'", "'3'", "'18446744073709551615'", "'4294967297'") if $type eq 'xid8';
	return one_of(0, 1, 4294967295) if $type eq 'oid';
	my %most = (smallint => 32767, integer => 2147483647, bigint => 9.3e18);
	return one_of(grep { abs($_) <= $most{$type} } @numbers);
}

sub fuzz_catalog
{
	my @columns;

	make_table();
	$session->run($_) for "DELETE FROM public.fuzz WHERE n % 10 = 3", "UPDATE public.fuzz SET value = 2 WHERE n = 11";
	@columns = $session->rows(<<'SQL');
SELECT attrelid::regclass, attname, format_type(atttypid, NULL) FROM pg_attribute
WHERE attrelid IN ('sydra_catalog.segment'::regclass, 'sydra_catalog.tombstone'::regclass)
	AND attnum > 0 AND NOT attisdropped AND attname <> 'storage_id'
SQL
	return sub {
		my @changes = map { my ($table, $column, $type) = @{ one_of(@columns) }; "UPDATE $table SET $column = " . absurd($type) } 0 .. int rand 2;
		my $reading = one_of(@reading);

		$session->run('BEGIN');
		for my $change (@changes)
		{
			# What the catalog's own constraints refuse is no case.
			if ($session->state($change) ne '00000')
			{
				$session->run('ROLLBACK');
				return;
			}
		}
		ask(@changes, $reading);
		$session->run('ROLLBACK');
	};
}

my %targets = (queries => \&fuzz_queries, lines => \&fuzz_lines, catalog => \&fuzz_catalog);

$session = Oracle::Session->new;
$session->run("SET statement_timeout = '60s'");
my $round = $targets{$target}->();
my ($rounds, $end) = (0, time + $seconds);

while (time < $end && @faults < 5)
{
	$round->();
	$rounds++;
}
print "# $_: $count{$_}\n" for sort keys %count;
print map { my $fault = $_; $fault =~ s/^/# /mg; "$fault\n" } @faults;
# An answer now and then proves that the pieces fit together at all.
print @faults ? 'not ' : '', "ok - server $target: $rounds rounds\n";
print $count{'00000'} ? '' : 'not ', "ok - server $target: some were answered\n";
