# A query in FROM: its columns are a table's, its tags name series, its rows are written in its order.
package Reference::Subquery;

use strict;
use warnings;

use Reference::Expression qw(time_sql %used);

# A source as Query::source() makes one; the range of the query around it lies within its own.
sub source
{
	my ($query, $low, $high) = @_;
	my ($r, $parameters, $data) = @$query{ 'random', 'parameters', 'data' };
	my $metric = $r->pick(@{ $data->{metrics} });
	my ($braces, $matching) = Reference::Condition::matchers($r, $metric, $parameters);
	my @tags = $r->some(grep { $_ ne 'rack' } @{ $metric->{tags} });
	my ($first, $last) = ($low - $r->pick(0, 0, 60, 3600) * 1000000, $high + $r->pick(0, 0, 60) * 1000000);
	my ($ql_where, $sql_where) = Reference::Condition::bounds($r, $parameters, 'time', $first, $last);
	my $where = join ' AND ', "($matching)", @$sql_where;
	my $name = sub { my ($ql, $kind, %more) = @_; return { ql => $ql, sql => $ql =~ s/^tag\.//r, kind => $kind, rank => 8, approx => 0, name => $ql =~ s/^tag\.//r, %more } };
	my @names = ($name->('time', 'time'), (map { $name->("tag.$_", 'text', tag => 1), $name->($_, 'text', tag => 1) } @tags));
	my $series = 'ROW(' . join(', ', @tags) . ')::text AS series';
	my (@items, $sql, $tail);

	$used{subquery}++;
	if ($r->chance(60))
	{
		my @fields = map { { %$_, tag => 0 } } grep { $_->{ql} !~ /^(tag|field)|^(time|rack|host|region)$/ && $r->chance(60) } $metric->names('', '');
		my %seen;

		@fields = grep { !$seen{ $_->{ql} }++ } @fields;
		my $e = Reference::Expression->new($r, $metric->names('', ''))->exact->float(2);

		@items = ('time', (map { "tag.$_" } @tags), (map { $_->{ql} } @fields), "$e->{ql} as x");
		push @names, @fields, $name->('x', 'float');
		$sql = "SELECT time, row_number() OVER (ORDER BY " . join(', ', $metric->order) . ") AS seq, $series"
		  . join('', map { ", $_" } @tags, (map { $_->{sql} } @fields), "$e->{sql} AS x") . " FROM $metric->{view} WHERE $where";
		$tail = '';
	}
	else
	{
		my $bucket = $query->bucket($first, $last);

		@items = ("$bucket->{ql} as b", (map { "tag.$_" } @tags), 'count(*) as n', 'max(value) as top', 'min(value) as low');
		push @names, $name->('n', 'int'), $name->('top', 'float'), $name->('low', 'float');
		$sql = "SELECT *, row_number() OVER (ORDER BY " . join(', ', 'time', map { "$_ NULLS LAST" } @tags) . ") AS seq, $series FROM (SELECT $bucket->{sql} AS time"
		  . join('', map { ", $_" } @tags) . ", count(*) AS n, max(value) AS top, min(value) AS low FROM $metric->{view} WHERE $where GROUP BY "
		  . join(', ', $bucket->{sql}, @tags) . ') g';
		$tail = ' group by ' . join ', ', 'b', map { "tag.$_" } @tags;
	}
	my ($outer, $outer_sql) = Reference::Condition::bounds($r, $parameters, 'time', $low, $high);

	return {
		low => $low, high => $high, ql_where => $outer, sql_where => $outer_sql, names => \@names,
		ql => '(select ' . join(', ', @items) . " from $metric->{sydra}$braces where " . join(' and ', @$ql_where) . "$tail)" . $r->pick('', ' s', ' as s'),
		sql => "($sql) m", tag_order => [ map { "$_ NULLS LAST" } @tags ], order => [ 'time', (map { "$_ NULLS LAST" } @tags), 'seq' ],
	};
}

1;
