# Calls of aggregates, as SQL has them over the rows of b: columns seq, time, series, the keys k1 … and
# the metric's names.
package Reference::Aggregate;

use strict;
use warnings;

use Reference::Expression qw(as_float %used);

# source: what the rows are; expressions: over their names; rows: what SQL calls the rows, b unless given.
sub new
{
	my ($class, %given) = @_;

	return bless { rows => 'b', %given }, $class;
}

my @plain = qw(count count_all count_distinct sum avg min max first last min_time max_time spread stddev stddev_pop variance var_pop
	percentile median approx_percentile approx_count_distinct mode histogram distinct_sum);
my @pairs = qw(increase rate irate delta integral time_weighted_avg);

# One call: { ql, sql, kind, approx, … }; series holds what is computed series by series and joined.
# number: a kind that FILL can put a number to.
sub call
{
	my ($self, $number) = @_;
	my $r = $self->{random};

	for (1 .. 100)
	{
		my $name = $r->chance(25) ? $r->pick(@pairs) : $r->pick(@plain);
		my $filter = $r->chance(15) ? $self->{expressions}->exact->bool(1) : undef;
		my $a = $self->_make($name, $filter);

		next if !$a || ($number && $a->{kind} !~ /int|float/);
		$used{ $name =~ s/_all|distinct_//r }++;
		$used{filter}++ if $filter;
		$a->{ql} .= " filter (where $filter->{ql})" if $filter;
		return { rank => 8, approx => 0, name => $name =~ s/^(count|distinct_(\w+)).*/$2 \/\/ $1/er, %$a };
	}
	die "no aggregate";
}

sub _argument
{
	my ($self, @kinds) = @_;
	my $r = $self->{random};
	my $kind = $r->pick(@kinds);
	my $expressions = $self->{expressions}->exact;
	my $e = $r->chance(75) ? $expressions->pick_name($kind) : $expressions->of($kind, 2);

	# A kind that the metric has no name for would be a constant.
	return $e // $expressions->of($kind, 2);
}

sub _make
{
	my ($self, $name, $filter) = @_;
	my $r = $self->{random};
	my $where = $filter ? $filter->{sql} : 'true';
	my $f = " FILTER (WHERE $where)";

	return { ql => $r->pick('count(*)', 'count()'), sql => "count(*)$f", kind => 'int' } if $name eq 'count_all';
	return $self->_pairs($name, $where) if grep { $_ eq $name } @pairs;
	my %kinds = (
		count => [qw(int float text bool time)], count_distinct => [qw(int float text bool time)], min => [qw(int float text time)], max => [qw(int float text time)],
		first => [qw(int float text bool time)], last => [qw(int float text bool time)], approx_count_distinct => [qw(int float text bool time)], mode => [qw(int float text bool time)]);
	my $e = $self->_argument(@{ $kinds{$name} // [qw(int float float)] });
	my ($x, $kind) = @$e{ 'sql', 'kind' };
	my $call = sub { my ($sql, $result, %more) = @_; return { ql => "$name($e->{ql})", sql => $sql, kind => $result, approx => $e->{approx}, %more } };
	my $ordered = sub { my ($sql, $order) = @_; "(array_agg($sql ORDER BY $order) FILTER (WHERE ($x) IS NOT NULL AND $where))[1]" };
	my @tags = @{ $self->{source}{tag_order} };
	my $distinct = $name =~ /^(avg|spread|stddev|stddev_pop|variance|var_pop|median|percentile|histogram)$/ && $r->chance(8) ? 'DISTINCT ' : '';
	my $list = "array_agg($distinct($x)::float8) FILTER (WHERE ($x) IS NOT NULL AND $where)";

	if ($distinct)
	{
		$used{distinct}++;
		$e = { %$e, ql => "distinct $e->{ql}" };
	}

	return $call->("count($x)$f", 'int') if $name eq 'count';
	return $call->("count(DISTINCT $x)$f", 'int', ql => 'count(distinct ' . ($e->{ql} =~ /^not/i ? "($e->{ql})" : $e->{ql}) . ')') if $name eq 'count_distinct';
	return $call->("sum($x)$f\::int8" =~ s/^sum(.*)::int8$/(sum$1)::int8/r, 'int') if $name eq 'sum' && $kind eq 'int';
	return $call->("sum($x)$f", 'float', approx => 1e-9) if $name eq 'sum';
	return $call->("sum(DISTINCT $x)$f" =~ s/^(.*)$/$kind eq 'int' ? "($1)::int8" : $1/er, $kind, ql => "sum(distinct $e->{ql})", approx => 1e-9) if $name eq 'distinct_sum';
	return $call->("avg($distinct($x)::float8)$f", 'float', approx => 1e-9) if $name eq 'avg';
	return $call->("$name($x)$f", $kind) if $name =~ /^(min|max)$/;
	return $call->($ordered->($x, join ', ', 'time', @tags, 'seq DESC'), $kind) if $name eq 'first';
	return $call->($ordered->($x, join ', ', 'time DESC', @tags, 'seq DESC'), $kind) if $name eq 'last';
	return $call->($ordered->('time', "$x, time"), 'time') if $name eq 'min_time';
	return $call->($ordered->('time', "$x DESC, time"), 'time') if $name eq 'max_time';
	return $call->("(max($x)$f - min($x)$f)", $kind) if $name eq 'spread';
	return $call->({ stddev => 'stddev_samp', stddev_pop => 'stddev_pop', variance => 'var_samp', var_pop => 'var_pop' }->{$name} . "($distinct($x)::float8)$f", 'float', approx => 1e-7)
	  if $name =~ /^(std|var)/;
	return $call->("ref.ref_percentile($list, 0.5)", 'float', approx => 1e-9) if $name eq 'median' && $distinct;
	return $call->("percentile_cont(0.5) WITHIN GROUP (ORDER BY ($x)::float8)$f", 'float', approx => 1e-9) if $name eq 'median';
	return $call->("mode() WITHIN GROUP (ORDER BY $x)$f", $kind) if $name eq 'mode';
	# Exact as long as there are few; its standard error is 1.15 %.
	return $call->("count(DISTINCT $x)$f", 'int', tolerance => "CASE WHEN count(DISTINCT $x)$f > 768 THEN 0.05 * count(DISTINCT $x)$f ELSE 0 END") if $name eq 'approx_count_distinct';
	if ($name =~ /percentile/)
	{
		my $p = $r->pick('0', '0.01', '0.25', '0.5', '0.9', '0.99', '1', '1.0');
		my $ql = "$name($e->{ql}, $p)";

		return $call->("ref.ref_percentile($list, $p)", 'float', ql => $ql, approx => 1e-9) if $name eq 'percentile';
		return $call->("ref.ref_percentile($list, $p)", 'float', ql => $ql, approx => 1e-9, tolerance => "0.0101 * ref.ref_percentile_size($list, $p)");
	}
	my ($low, $high, $n) = @{ $r->pick([ -10, 30, 4 ], [ 0, 8, 8 ], [ '-0.5', '0.5', 1 ]) };

	return $call->("ref.ref_histogram($list, $low, $high, $n)", 'counts', ql => "histogram($e->{ql}, $low, $high, $n)");
}

# Of one series' samples of one time the last written counts; the pair (p, x) belongs to the group of x.
sub _pairs
{
	my ($self, $name, $where) = @_;
	my $r = $self->{random};
	my $e = $self->_argument('int', 'float', 'float');
	my $x = "($e->{sql})::float8";
	my ($ql, $unit) = ("$name($e->{ql})", 1);
	my $seconds = 'extract(epoch FROM time - pt)::float8';
	my $increase = 'CASE WHEN x >= p THEN x - p ELSE x END';

	if ($name eq 'integral' && $r->chance(40))
	{
		($unit, my $word) = @{ $r->pick([ 60, '1m' ], [ 3600, '1h' ], [ 0.25, '250ms' ]) };
		$ql = "integral($e->{ql}, $word)";
	}
	my %value = (
		increase => "sum($increase)", delta => 'sum(x - p)', rate => "sum($increase) / sum($seconds)",
		irate => "(array_agg(($increase) / $seconds ORDER BY time DESC))[1]", integral => "sum((x + p) / 2 * $seconds) / $unit");
	my $samples = "SELECT time, series, kk, x, lag(x) OVER w AS p, lag(time) OVER w AS pt, lead(time) OVER w AS nt FROM ("
	  . "SELECT DISTINCT ON (series, time) series, time, kk, $x AS x FROM $self->{rows} WHERE ($x) IS NOT NULL AND $where ORDER BY series, time, seq DESC) o "
	  . 'WINDOW w AS (PARTITION BY series ORDER BY time)';
	my $series = $name eq 'time_weighted_avg'
	  ? "SELECT kk, sum(x * extract(epoch FROM nt - time)::float8) / sum(extract(epoch FROM nt - time)::float8) AS y FROM ($samples) p WHERE nt IS NOT NULL GROUP BY kk"
	  : "SELECT kk, sum(y) AS y FROM (SELECT kk, $value{$name} AS y FROM ($samples) p WHERE p IS NOT NULL GROUP BY kk, series) s GROUP BY kk";

	return { ql => $ql, series => $series, kind => 'float', approx => 1e-8 };
}

1;
