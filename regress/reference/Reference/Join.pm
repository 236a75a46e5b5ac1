# JOIN TIME: the rows of the left, each with the one row of the right that LATERAL finds for it.
package Reference::Join;

use strict;
use warnings;

use Reference::Expression qw(time_sql %used);

my %seconds = ('0s' => 0, '1s' => 1, '30s' => 30, '1m' => 60, '5m' => 300, '1h' => 3600, '1d' => 86400, '7d' => 604800);

# A right side by its name: { ql, found, names, columns }; found is the row that a row l of the left is paired with,
# names are behind the name's first letter and columns behind prefix.
sub right_side
{
	my ($query, $left, $low, $alias, $prefix) = @_;
	my ($r, $parameters, $data) = @$query{ 'random', 'parameters', 'data' };
	my $right = $r->pick(@{ $data->{metrics} });
	my $match = $r->pick('exact', 'previous', 'previous', 'nearest');
	my $shift = $r->chance(30) ? $r->pick(sort keys %seconds) : undef;
	my $within = $r->chance(40) ? $r->pick(sort keys %seconds) : undef;
	my ($braces, $matching) = Reference::Condition::matchers($r, $right, $parameters);
	my %common = map { $_ => 1 } grep { my $tag = $_; grep { $_ eq $tag } @{ $right->{tags} } } @{ $left->{tags} };
	my @on = sort keys %common;
	my $on = '';

	if ($left->{kind} eq 'native' ? $right->{kind} ne 'native' || $r->chance(50) : $right->{kind} eq 'native' || $r->chance(40))
	{
		@on = $r->pick(map { [$_] } @on) if @on > 1 && $r->chance(50);
		@on = @{ $on[0] } if ref $on[0];
		$on = ' on ' . join ', ', map { $r->pick("tag.$_", $_) } @on;
	}
	my $interval = sub { "interval '" . $seconds{ $_[0] // '0s' } . " s'" };
	my $moved = 'time + ' . $interval->($shift);
	my $bound = $match eq 'exact' ? '0s' : $within;
	my @where = ("$moved >= " . time_sql($low) . ' - ' . $interval->($bound), $matching,
		map { my $column = Reference::Metric::tag_column($_); "$column IS NOT DISTINCT FROM l.$column" } @on);
	my @tags = map { Reference::Metric::tag_column($_) . ' NULLS LAST' } @{ $right->{tags} };
	my $find = sub {
		my ($condition, $order) = @_;

		return "SELECT *, $moved AS moved FROM $right->{view} WHERE " . join(' AND ', @where, $condition) . ' ORDER BY ' . join(', ', $order, @tags, 'seq DESC') . ' LIMIT 1';
	};
	my $before = $find->("time <= l.time - " . $interval->($shift) . (defined $within && $match ne 'exact' ? ' AND time >= l.time - ' . $interval->($shift) . ' - ' . $interval->($within) : ''), 'time DESC');
	my $after = $find->("time > l.time - " . $interval->($shift) . (defined $within ? ' AND time <= l.time - ' . $interval->($shift) . ' + ' . $interval->($within) : ''), 'time');
	my @names = $right->names("$alias.", $prefix);
	my %column = map { $_->{sql} => 1 } @names;

	$used{"join $match"}++;
	$used{shift}++ if $shift;
	return {
		ql => " join time $right->{sydra}$braces" . $r->pick(" $alias", " as $alias") . (defined $shift ? " shift $shift" : '') . ($match eq 'exact' && $r->chance(50) ? '' : " match $match")
		  . (defined $within ? " within $within" : '') . $on,
		found => $match eq 'exact' ? $find->("time = l.time - " . $interval->($shift), 'time') : $match eq 'previous' ? $before
		: "SELECT * FROM (($before) UNION ALL ($after)) n ORDER BY greatest(moved - l.time, l.time - moved), moved LIMIT 1",
		names => \@names,
		columns => join('', map { my $name = s/^$prefix//r; $name eq 'time' ? ", $alias.moved AS $_" : ", $alias.$name AS $_" } sort keys %column),
	};
}

# A source as Query::source() makes one, of two metrics or three; rows of the left from low to high.
sub source
{
	my ($query, $low, $high) = @_;
	my ($r, $parameters, $data) = @$query{ 'random', 'parameters', 'data' };
	my $left = $r->pick(@{ $data->{metrics} });
	my ($braces, $matching) = Reference::Condition::matchers($r, $left, $parameters);
	my @right = map { right_side($query, $left, $low, @$_) } [ 'b', 'r_' ], $r->chance(35) ? [ 'c', 's_' ] : ();
	my ($ql_where, $sql_where) = Reference::Condition::bounds($r, $parameters, 'time', $low, $high);
	my $sql = '(SELECT l.*' . join('', map { $_->{columns} } @right) . " FROM (SELECT * FROM $left->{view} WHERE $matching AND $sql_where->[0]" . (@$sql_where > 1 ? " AND $sql_where->[1]" : '') . ') l';
	my $number = 0;

	$used{'join of three'}++ if @right > 1;
	$sql .= " LEFT JOIN LATERAL ($_->{found}) " . ('b', 'c')[ $number++ ] . ' ON true' for @right;
	return {
		joined => 1, low => $low, high => $high, ql_where => $ql_where, sql_where => $sql_where, ql => "$left->{sydra}$braces a" . join('', map { $_->{ql} } @right), sql => "$sql) m",
		names => [ (grep { $_->{kind} ne 'time' || $_->{name} ne 'time' } $left->names('a.', '')), { ql => 'time', sql => 'time', kind => 'time', rank => 8, approx => 0, name => 'time' }, map { @{ $_->{names} } } @right ],
		tag_order => [ map { Reference::Metric::tag_column($_) . ' NULLS LAST' } @{ $left->{tags} } ], order => [ $left->order ],
	};
}

# The same beside a time_bucket: each source is grouped by itself, then the groups are joined.
sub buckets
{
	my ($query, $low, $high) = @_;
	my ($r, $parameters, $data) = @$query{ 'random', 'parameters', 'data' };
	my ($left, $right) = map { $r->pick(@{ $data->{metrics} }) } 1, 2;
	my $match = $r->pick('exact', 'exact', 'previous', 'nearest');
	my $shift = $r->chance(30) ? $r->pick(sort keys %seconds) : undef;
	my $within = $r->chance(40) ? $r->pick(sort keys %seconds) : undef;
	my ($left_braces, $left_matching) = Reference::Condition::matchers($r, $left, $parameters);
	my ($right_braces, $right_matching) = Reference::Condition::matchers($r, $right, $parameters);
	my %right = map { $_ => 1 } @{ $right->{tags} };
	my @on = grep { $right{$_} } @{ $left->{tags} };
	my $interval = sub { "interval '" . $seconds{ $_[0] // '0s' } . " s'" };
	my @columns = grep { $_ ne 'time' } keys %{ { map { $_ => 1 } 'seq', 'series', (map { $_->{sql} } $right->names('', '')), map { Reference::Metric::tag_column($_) } @{ $right->{tags} } } };
	my ($ql_where, $sql_where) = Reference::Condition::bounds($r, $parameters, 'time', $low, $high);
	my @bounds = ('time >= ' . time_sql($low) . ' - ' . $interval->($match eq 'exact' ? '0s' : $within),
		$match eq 'nearest' && !defined $within ? 'true' : 'time < ' . time_sql($high) . ' + ' . $interval->($match eq 'nearest' ? $within : '0s'));
	my $near = defined $within && $match ne 'exact' ? ' AND greatest(b_j.k1 - c_j.k1, c_j.k1 - b_j.k1) <= ' . $interval->($within) : '';
	my @tags = map { Reference::Metric::tag_column($_) . ' NULLS LAST' } @{ $right->{tags} };

	$used{"bucketed join $match"}++;
	return {
		low => $low, high => $high, ql_where => $ql_where, sql_where => $sql_where, hull => 1,
		on => [ map { { ql => "tag.$_", sql => Reference::Metric::tag_column($_), kind => 'text', rank => 8, approx => 0, name => $_, tag => 1 } } @on ],
		ql => "$left->{sydra}$left_braces a join time $right->{sydra}$right_braces" . $r->pick(' b', ' as b') . (defined $shift ? " shift $shift" : '')
		  . " match $match" . (defined $within ? " within $within" : '') . ' on ' . join(', ', map { "tag.$_" } @on),
		sql => "(SELECT * FROM $left->{view} WHERE $left_matching) m", names => [ $left->names('a.', '') ],
		tag_order => [ map { Reference::Metric::tag_column($_) . ' NULLS LAST' } @{ $left->{tags} } ],
		right => {
			right => 1, tag_order => \@tags, where => join(' AND ', @bounds), expressions => Reference::Expression->new($r, $right->names('b.', '')),
			sql => '(SELECT time + ' . $interval->($shift) . ' AS time, ' . join(', ', sort @columns) . " FROM $right->{view} WHERE $right_matching) m",
			match => ($match eq 'exact' ? 'c_j.k1 = b_j.k1' : $match eq 'previous' ? 'c_j.k1 <= b_j.k1' : 'true') . $near,
			nearest => 'greatest(b_j.k1 - c_j.k1, c_j.k1 - b_j.k1), c_j.k1',
		},
	};
}

1;
