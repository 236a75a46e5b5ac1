#!/usr/bin/perl
# reference.pl FIRST LAST COUNT [FOLDER]: for each seed from FIRST to LAST, data of its own and COUNT
# random queries, a third of them while all rows are in the head, a third sealed, a third mixed with late
# rows, corrections and deletions.  Each query is asked in sydraQL and, over a twin on heap, in the plain
# SQL that doc/language.md makes of it; columns, rows and their order must agree.  Some are asked in sydraQL
# of the twin, and of subqueries, too.  One TAP line a state.
use strict;
use utf8;
use warnings;

use FindBin;
use JSON::PP;
use lib $FindBin::Bin, "$FindBin::Bin/../oracle";

use Oracle::Random;
use Oracle::Session;
use Reference::Expression qw(%used);
use Reference::Metric;
use Reference::Query;

my ($first, $last, $count, $folder) = @ARGV;
my @rules;
my ($number, $failures, $asked) = (0, 0, 0);
my %type = (
	int => 'bigint', float => 'double precision', text => 'text', bool => 'boolean', time => 'timestamp with time zone',
	span => 'interval', counts => 'bigint[]', json => 'jsonb');

binmode STDOUT, ':utf8';
$| = 1;
$SIG{PIPE} = 'IGNORE';

sub ok
{
	my ($passed, $name, @why) = @_;

	$number++;
	$failures++ if !$passed;
	print $passed ? '' : 'not ', "ok $number - $name\n", map { s/^/# /gmr . "\n" } @why;
}

my $admin = Oracle::Session->new;

$admin->run($_) for 'DROP DATABASE IF EXISTS reference', 'CREATE DATABASE reference';
$ENV{PGDATABASE} = 'reference';
my $session = Oracle::Session->new;

$session->run('CREATE EXTENSION sydraql');
{
	open my $in, '<:utf8', "$FindBin::Bin/helpers.sql" or die "helpers.sql: $!";
	my $helpers = join '', readline $in;

	$session->run($helpers =~ s/;\s*\z//r);
}
$session->run($_) for "SET statement_timeout = '60 s'", 'SET jit = off', 'SET enable_nestloop = off', 'SET max_parallel_workers_per_gather = 0';

# The optimiser's rules, each of which may be off.
{
	open my $in, '<:utf8', "$FindBin::Bin/../../doc/language.md" or die "language.md: $!";
	my ($table) = join('', readline $in) =~ /^\| rule \| does \|\n(.*?)\n\n/ms;

	@rules = $table =~ /^\| `(\w+)` \|/mg;
	die 'no rules' if @rules < 5;
}

# ----- comparing

sub same_value
{
	my ($left, $right, $approx, $tolerance) = @_;

	return 1 if $left eq $right;
	my $number = qr/^-?(\d+(\.\d*)?([eE][-+]?\d+)?)$/;

	return 0 if $left !~ $number || $right !~ $number;
	# -0 and 0 are one value.
	return 1 if $left == 0 && $right == 0;
	return 1 if $tolerance && $tolerance =~ $number && abs($left - $right) <= $tolerance;
	return 0 if !$approx;
	my $size = abs($left) > abs($right) ? abs($left) : abs($right);

	return abs($left - $right) <= $approx * ($size > 1 ? $size : 1);
}

# Why two answers differ, or ''.
sub difference
{
	my ($columns, $left, $right) = @_;
	my $extra = @$columns;

	return @$left . ' rows, wanted ' . @$right if @$left != @$right;
	for my $row (0 .. $#$left)
	{
		my ($mine, $wanted) = ($left->[$row], $right->[$row]);
		my $tolerance = @$columns;

		return "row $row has " . @$mine . ' columns, wanted ' . @$columns if @$mine != @$columns;
		for my $at (0 .. $#$columns)
		{
			my $column = $columns->[$at];
			my $allowed = $column->{tolerance} ? $wanted->[ $tolerance++ ] : undef;

			return "row $row, column " . ($at + 1) . ": $mine->[$at], wanted $wanted->[$at]"
			  if !same_value($mine->[$at], $wanted->[$at], $column->{approx}, $allowed);
		}
	}
	return '';
}

sub show
{
	my ($name, $lines) = @_;
	my @shown = @$lines > 12 ? @$lines[ 0 .. 11 ] : @$lines;

	return "$name (" . @$lines . " rows):\n" . join '', map { '  ' . s/\001/ | /gr . "\n" } @shown;
}

# The same question of other sources with the same rows: of the twin itself, through PostgreSQL's
# executor, and of a subquery.  What names a source by the metric, or all its columns, means another
# thing there; '' when a question cannot be asked so.
sub ask_twin
{
	my ($ql) = @_;

	# A table that is none of ours gives no ids.
	return '' if $ql =~ /select \*|, \*|^show series|^show metrics/;
	$ql =~ s/\bdata\.(wide|small|native)\b/data.h_$1/g;
	return $ql =~ /\b(?<!data\.)(wide|small|native)\./ ? '' : $ql;
}

sub ask_subquery
{
	my ($ql) = @_;

	# The jsonb of a native metric is no tag outside; on the right of JOIN TIME a query is read whole, and
	# braces inside of texts are not told from others.
	return '' if $ql =~ /^show |select \*| join time |, \*|data\.native|'data|\{[^}]*\{|\}.*\}/;
	# With a name of its own where the question gives none.
	return $ql =~ s,\bdata\.(wide|small)(\{[^}]*\})?+(?= (?:as )?([abm])\b)?,'(select * from data.' . $1 . ($2 // '') . ')' . (defined $3 ? '' : " $1"),gre;
}

my $off = '';

# What is wrong with the answer to a question, or ''.  What has now() in it is asked in one transaction.
sub ask
{
	my ($question) = @_;

	$session->run("SET sydraql.disabled_rules = '" . join(', ', @{ $question->{off} }) . "'") if "@{ $question->{off} }" ne $off;
	$off = "@{ $question->{off} }";
	return compare($question, 0) if $question->{ql} !~ /\bnow\(\)/;
	$session->run('BEGIN');
	my $why = compare($question, 1);

	$session->run('ROLLBACK');
	return $why;
}

sub compare
{
	my ($question, $together) = @_;
	my $text = "'" . $question->{ql} =~ s/'/''/gr . "'";
	my $call = "SELECT * FROM sydraql($text$question->{parameters})";

	$session->send("SELECT name, type FROM sydraql_describe($text) ORDER BY position");
	$session->send($call);
	$session->send($question->{sql});
	my ($described, $names) = $session->receive;
	my ($state, $mine) = $session->receive;
	my ($wanted_state, $wanted) = $session->receive;

	# The first error has ended the transaction for all that follows, the reference included.
	$state = $described if $together && $described ne '00000';
	if ($together && $state ne '00000')
	{
		$session->run('ROLLBACK');
		$session->send($question->{sql});
		($wanted_state, $wanted) = $session->receive;
		$session->run('BEGIN');
	}
	my $asked = join ', ', map { "$_->{column} $type{ $_->{kind} }" } @{ $question->{columns} };
	my $told = join ', ', map { s/\001/ /r } @$names;
	my $split = sub { [ map { [ length $_ ? split /\001/, $_, -1 : '' ] } @{ $_[0] } ] };
	my $why;

	# A series that no row was made of.
	return '' if $state eq '42P01' && $question->{ql} =~ /by_id/;
	$used{by_id}++ if $question->{ql} =~ /by_id/;
	# What is too large is so in both.
	return '' if $state eq '22003' && $wanted_state eq '22003';
	if ($wanted_state ne '00000') { $why = 'the reference fails' }
	elsif ($state ne '00000') { $why = 'sydraQL fails' }
	elsif ($told ne $asked) { $why = "columns are $told\nwanted $asked" }
	else { $why = difference($question->{columns}, $split->($mine), $split->($wanted)) }
	# The project's own translation, which must say the same.
	if ($why eq '' && $question->{translate})
	{
		$session->send("SELECT to_json(sydraql_to_sql($text$question->{parameters}))");
		my ($told_state, $told_lines) = $session->receive;

		if ($told_state ne '00000') { ($why, $mine) = ('sydraql_to_sql fails', $told_lines) }
		else
		{
			my $translation = JSON::PP->new->allow_nonref->decode($told_lines->[0]);

			$session->send($translation =~ s/;\s*\z//r);
			($state, $mine) = $session->receive;
			$why = $state eq '22003' ? '' : $state ne '00000' ? 'the translation fails' : difference($question->{columns}, $split->($mine), $split->($wanted));
			$why .= "\n$translation" if $why ne '';
			$used{translated}++;
		}
	}
	if ($why eq '' && $question->{json})
	{
		my $rows = $session->value("SELECT count(*) FROM sydraql_to_json($text$question->{parameters})");

		$why = "$rows rows of JSON, wanted " . @$wanted if $rows != @$wanted;
	}
	return $why if $why eq '';
	$why = "without $off: $why" if $off;
	return "$why\n$call;\n$question->{sql};\n" . show('sydraQL', $state eq '00000' || $described eq '00000' ? $mine : $names) . show('reference', $wanted);
}

# What is wrong with the answer that the question has of another source with the same rows, or ''.
sub ask_elsewhere
{
	my ($question, $query) = @_;
	my ($name, $ql) = $query % 3 == 0 ? ('twin', ask_twin($question->{plain})) : $query % 3 == 1 ? ('subquery', ask_subquery($question->{plain})) : ('', '');

	return '' if $ql eq '';
	$used{$name}++;
	# What is bounded outside need not be inside.
	$session->run('SET sydraql.require_time_range = off') if $name eq 'subquery';
	my $why = ask({ %$question, ql => $ql, json => 0, translate => 0 });

	$session->run('RESET sydraql.require_time_range') if $name eq 'subquery';
	return $why eq '' ? '' : "$name: $why";
}

sub ask_many
{
	my ($seed, $state, $data) = @_;
	my @failed;
	my $each = CORE::int(($count + 2) / 3);

	for my $query (1 .. $each)
	{
		my $random = Oracle::Random->new((($seed eq 'real' ? 0 : $seed) * 3 + { head => 0, sealed => 1, mixed => 2 }->{$state}) * 1000003 + $query);
		my $question = Reference::Query->new($random, $data)->make;

		$question->{off} = [ $random->chance(25) ? $random->some(@rules) : () ];
		$question->{json} = $random->chance(5);
		# An interval of days and one of hours are equal and look different.
		$question->{translate} = $random->chance(25) && !$question->{show} && !grep { $_->{kind} eq 'span' } @{ $question->{columns} };
		my $why = ask($question);

		$asked++;
		$why = ask_elsewhere($question, $query) if $why eq '';
		push @failed, "query $query: $why" if $why ne '';
		last if @failed >= ($ENV{REFERENCE_FAILURES} // 5);
	}
	ok(!@failed, "seed $seed, $state: $each queries", @failed);
}

# ----- data

sub write_rows
{
	my ($metric, @rows) = @_;

	return if !@rows;
	my $copy = $metric->copy_text(@rows);
	my $columns = $metric->column_names;

	$session->run("COPY $_ ($columns) FROM STDIN", $copy) for $metric->{sydra}, $metric->{twin};
}

sub run_seed
{
	my ($seed) = @_;
	my $r = Oracle::Random->new($seed);
	# A first time, and the grid.
	my ($from, $step, $slots) = @{ $r->pick([ 1709164800, 10, 700 ], [ 1709164800, 300, 900 ], [ 946684500, 1, 900 ], [ 1711670400, 600, 600 ], [ 1672531200, 43200, 1200 ], [ -3600, 15, 600 ]) };
	my @metrics = map { Reference::Metric->new($r, @$_) } [ 'wide', 'wide' ], [ 'small', 'small' ], [ 'native', 'native' ];
	my $data = { metrics => \@metrics, first => $from * 1000000, last => ($from + $step * $slots) * 1000000, heap => 1 };
	my $make = sub {
		my ($metric, $count, $low, $high) = @_;

		write_rows($metric, $metric->rows($count, $data->{first} + $step * 1000000 * CORE::int($slots * $low), $step * 1000000, CORE::int($slots * ($high - $low)) || 1));
	};

	$session->run($_) for 'DROP SCHEMA IF EXISTS data CASCADE', 'CREATE SCHEMA data', map { $_->create } @metrics;
	for my $metric (@metrics)
	{
		my $rows = $r->pick(0, 1, 300, 800, 1100, 2500);

		$rows = 600 if $rows < 300 && $r->chance(70);
		$make->($metric, $rows, 0, 0.9);
		$make->($metric, $rows / 10, 0.2, 0.9);
		$make->($metric, 3, 0, 1);
	}
	$session->run("ANALYZE $_->{twin}") for @metrics;
	ask_many($seed, 'head', $data);
	$session->run("CALL sydra.seal('$_->{sydra}')") for @metrics;
	ask_many($seed, 'sealed', $data);
	$data->{heap} = 0;
	for my $metric (@metrics)
	{
		$make->($metric, 150, 0.3, 0.8);
		$session->run("CALL sydra.seal('$metric->{sydra}')") if $r->chance(60);
		$make->($metric, 100, 0.5, 1.1);
		$session->run("CALL sydra.merge('$metric->{sydra}')") if $r->chance(30);
		my ($low, $high) = Reference::Condition::range($r, $data);

		change($r, $metric, $low, $low + ($high - $low) / 4);
		insert($r, $metric, $low);
		$make->($metric, 60, 0, 1);
	}
	ask_many($seed, 'mixed', $data);
}

# The series of FOLDER/realTraffic/speed_*.csv (timestamp,value, UTC) as the small metric, sealed.
sub run_real
{
	my @files = sort glob "$folder/realTraffic/speed_*.csv";
	my $metric = Reference::Metric->new(Oracle::Random->new(1), 'small', 'small');
	my (@rows, @times);

	for my $path (@files)
	{
		my ($name) = $path =~ m,([^/]+)\.csv$,;

		open my $in, '<', $path or die "$path: $!\n";
		while (my $line = readline $in)
		{
			my ($time, $value) = $line =~ /^(\d+-\d+-\d+ [\d:]+),(\S+)/ or next;

			push @rows, ["$time+00", $name, $name =~ /t/ ? 'east' : undef, $value, CORE::int($value), undef];
			push @times, $time;
		}
	}
	@times = sort @times;
	my ($first, $last) = map { $session->value("SELECT (extract(epoch FROM timestamptz '$_+00') * 1000000)::int8") } @times[ 0, -1 ];

	$session->run($_) for 'DROP SCHEMA IF EXISTS data CASCADE', 'CREATE SCHEMA data', $metric->create;
	write_rows($metric, @rows);
	$session->run($_) for "CALL sydra.seal('$metric->{sydra}')", "ANALYZE $metric->{twin}";
	ask_many('real', 'sealed', { metrics => [$metric], first => $first, last => $last, large => 1 });
}

# ----- DELETE and INSERT

# A window of some series is deleted from both.
sub change
{
	my ($r, $metric, $low, $high) = @_;
	my ($braces, $matching) = Reference::Condition::matchers($r, $metric, Reference::Parameters->new($r));

	return if $braces =~ /[:\$]/;
	my ($from, $to) = map { Reference::Expression::iso(CORE::int $_) } $low, $high;
	my $ql = "delete from $metric->{sydra}$braces where time >= $from and time < $to";
	my $mine = $session->value("SELECT deleted FROM sydraql('" . $ql =~ s/'/''/gr . "')");
	my $wanted = $session->value("WITH gone AS (DELETE FROM $metric->{twin} WHERE seq IN (SELECT seq FROM $metric->{view} WHERE time >= '$from' AND time < '$to' AND $matching) RETURNING 1) SELECT count(*) FROM gone");

	$used{delete}++;
	ok($mine == $wanted, "$ql: $wanted rows", "deleted $mine");
}

# Some points of one series, in sydraQL for the one and in SQL for the other.
sub insert
{
	my ($r, $metric, $low) = @_;
	my %tags = map { $_ => $_ eq 'rack' ? $r->between(0, 11) : $r->pick('alpha', "o'neill", 'zürich', 'eu') } $r->some(@{ $metric->{tags} });
	my $quote = sub { "'" . shift =~ s/'/''/gr . "'" };
	my $start = CORE::int($low / 1000000);
	my (@ql, @sql);

	for my $n (1 .. $r->between(1, 5))
	{
		my $time = Reference::Expression::iso(($start + $n * 7) * 1000000);
		my $value = $r->pick('null', '1', '-2.5', '0', '1e3');
		my %fields = $metric->{kind} eq 'native' ? (n => $r->pick('5', '"x"', 'null', '[1, {"a": "}"}]'), s => '"k"')
		  : $metric->{kind} eq 'small' ? (c => $r->between(0, 9), s => $r->pick('"alpha"', 'null'))
		  : (c => $r->between(0, 9), s => $r->pick('"alpha"', 'null'), b => $r->pick('true', 'null'), d => '2.25', at => $r->pick('"2024-02-29"', '1709164800'));
		my @keys = $r->some(sort keys %fields);
		my $json = '{' . join(', ', map { "\"$_\": $fields{$_}" } @keys) . '}';
		my @values = map { $fields{$_} =~ /^"(.*)"$/ ? $quote->($1) : $_ eq 'at' ? "to_timestamp($fields{$_})" : $fields{$_} } @keys;

		push @ql, '(' . $r->pick($time, "'$time'", $start > 0 ? $start + $n * 7 : $time) . ", $value" . (@keys ? ", $json" : '') . ')';
		push @sql, $metric->{kind} eq 'native'
		  ? "INSERT INTO $metric->{twin} (time, value, tags, fields) VALUES ('$time', $value, " . $quote->('{' . join(', ', map { "\"$_\": \"$tags{$_}\"" } sort keys %tags) . '}') . ', ' . (@keys ? $quote->($json) : 'NULL') . ')'
		  : "INSERT INTO $metric->{twin} (" . join(', ', 'time', 'value', (sort keys %tags), @keys) . ") VALUES (" . join(', ', "'$time'", $value, (map { $quote->($tags{$_}) } sort keys %tags), @values) . ')';
	}
	my $ql = "insert into $metric->{sydra}" . (%tags ? ' (' . join(', ', map { $r->pick('', 'tag.') . "$_ = " . $quote->($tags{$_}) } sort keys %tags) . ')' : '') . ' values ' . join(', ', @ql);
	my $mine = $session->value('SELECT inserted FROM sydraql(' . $quote->($ql) . ')');

	$session->run($_) for @sql;
	$used{insert}++;
	ok($mine == @ql, "$ql: " . @ql . ' rows', "inserted $mine");
}

run_seed($_) for $first .. $last;
run_real() if defined $folder && glob "$folder/realTraffic/speed_*.csv";
$session->close;
$admin->run('DROP DATABASE reference');
$admin->close;
# Many queries have asked for everything that there is.
if ($asked >= 1000)
{
	my $functions = 'count sum avg min max first last min_time max_time spread stddev stddev_pop variance var_pop percentile median '
	  . 'approx_percentile approx_count_distinct mode time_weighted_avg histogram increase rate irate delta integral '
	  . 'lag lead difference derivative moving_avg ema running_sum running_avg running_min running_max running_count '
	  . 'runsum runavg runmin runmax runcount fill_forward row_number '
	  . 'abs ceil floor round trunc sign pow sqrt exp ln log log2 log10 sin cos tan asin acos atan atan2 degrees radians mod clamp '
	  . 'greatest least coalesce nullif if time_bucket date_part to_epoch upper lower length concat substr replace';
	my @clauses = ('having', 'filter', 'order by', 'limit', 'limit by', 'parameter', 'time zone', 'months', 'origin', 'within',
		(map { "fill $_" } qw(none null previous linear number)), (map { "join $_" } qw(exact previous nearest)), 'join of three', 'by_id', (map { "show $_" } qw(tags values series metrics)), 'now', 'shift', 'twin', 'subquery');
	my @never = grep { !$used{$_} } split(/ /, $functions), @clauses;

	ok(!@never, 'every function and clause was asked for', "never: @never");
}
print "# $asked queries; ", join(', ', map { "$_ $used{$_}" } sort keys %used), "\n";
print "1..$number\n";
exit($failures > 0);
