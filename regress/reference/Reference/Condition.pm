# Conditions of a WHERE: a range of time in one of its wordings, and others beside it.
package Reference::Condition;

use strict;
use warnings;

use Reference::Expression qw(inside time_sql iso %used);

# Two bounds in microseconds, high past the end, within or around the data: (low, high).
sub range
{
	my ($r, $data) = @_;
	my ($first, $last) = @$data{ 'first', 'last' };
	my $span = $last - $first + 1;

	return ($first - 1000000 * $r->below(100), $last + 1000000 * $r->between(1, 100)) if $r->chance(35);
	my $low = $first + CORE::int($span / 100 * $r->below(100));

	$low -= $low % 1000000 if $r->chance(60);
	return ($low, $low) if $r->chance(2);
	return ($low, $low + CORE::int($span / 100 * $r->between(1, 60)) + 1);
}

# The bounds as conditions of both languages; without a high one when open is set.
sub bounds
{
	my ($r, $parameters, $time, $low, $high, $open) = @_;
	my ($sql_low, $sql_high) = (time_sql($low), time_sql($high));
	my $ql_low = point($r, $low, $parameters);
	my $ql_high = $open ? '' : point($r, $high, $parameters);
	my $last = iso($high - 1);
	my @forms = (
		["time >= $ql_low", "time < $ql_high"], ["time >= $ql_low", "time <= $last"], ["$ql_low <= time", "$ql_high > time"],
		[ 'time > ' . iso($low - 1), "time < $ql_high" ], ["not (time < $ql_low)", "not (time >= $ql_high)"]);

	push @forms, ["time between $ql_low and $last"] if !$open;
	# The hull of two halves.
	if ($r->chance(8) && !$open && $high - $low > 2)
	{
		my $middle = CORE::int(($low + $high) / 2);
		my $later = $middle + CORE::int(($high - $middle) / 4);

		$used{hull}++;
		return ([ "(time >= $ql_low and time < " . iso($middle) . ' or time >= ' . iso($later) . " and time < $ql_high)" ],
			[ "($time >= $sql_low AND $time < " . time_sql($middle) . " OR $time >= " . time_sql($later) . " AND $time < $sql_high)" ]);
	}
	my @ql = @{ $r->pick(@forms) };

	@ql = ($ql[0]) if $open;
	return (\@ql, [ "$time >= $sql_low", $open ? () : "$time < $sql_high" ]);
}

# A time in one of its wordings.
sub point
{
	my ($r, $us, $parameters) = @_;
	my $iso = iso($us);

	return $parameters->add($iso) if $r->chance(8);
	return "'$iso'" if $r->chance(10);
	return $us / 1000000 if $us % 1000000 == 0 && $us > 0 && $r->chance(10);
	return '(' . iso($us - 5400000000) . ' + 1h30m)' if $r->chance(8);
	return $iso =~ s/T00:00:00Z$//r if $r->chance(50);
	return $iso =~ s/Z$/+00:00/r if $r->chance(5);
	return $iso;
}

# Other conditions, joined by AND: lists for both languages.
sub others
{
	my ($r, $expressions, $count) = @_;
	my @conditions = map { $expressions->bool($r->below(3)) } 1 .. $count;

	return ([ map { inside($_, 3) } @conditions ], [ map { $_->{sql} } @conditions ]);
}

# A condition on tags alone, as a source's own WHERE takes it: (sydraQL, SQL).
sub on_tags
{
	my ($r, $metric, $depth) = @_;

	if ($depth < 2 && $r->chance(30))
	{
		my ($x, $x_sql) = on_tags($r, $metric, $depth + 1);

		return ("not ($x)", "(NOT $x_sql)") if $r->chance(40);
		my ($y, $y_sql) = on_tags($r, $metric, $depth + 1);
		my $word = $r->pick('and', 'or');

		return ("($x $word $y)", "($x_sql $word $y_sql)");
	}
	my $tag = $r->pick(@{ $metric->{tags} });
	my $column = Reference::Metric::tag_column($tag);
	my $text = "coalesce($column, '')";
	my $value = $r->pick('', 'alpha', 'beta', 'eu', '80', '3', 'a', 'true');

	return @{ $r->pick([ "tag.$tag = '$value'", "($text = '$value')" ], [ "tag.$tag > '$value'", "($text > '$value')" ], [ "tag.$tag is null", "($column IS NULL)" ],
			[ "tag.$tag in ('$value', 'us')", "($text IN ('$value', 'us'))" ], [ "tag.$tag like '%a'", "($text LIKE '%a')" ], [ "tag.$tag =~ /[a-e]\$/", "($text ~ '[a-e]\$')" ]) };
}

# What stands between braces behind a metric.
sub matchers
{
	my ($r, $metric, $parameters) = @_;
	my (@ql, @sql);

	for my $tag (@{ $metric->{tags} })
	{
		next if !$r->chance(30);
		my $text = "coalesce(" . Reference::Metric::tag_column($tag) . ", '')";
		my $value = $r->pick('', 'alpha', 'beta', 'eu', '80', '3', 'a', 'true');
		my $given = $r->chance(10) ? $parameters->add_text($value) : "'$value'";
		my ($ql, $sql) = @{ $r->pick([ "$tag = $given", "$text = '$value'" ], [ "$tag != $given", "$text <> '$value'" ],
				[ "$tag =~ /^[a-f8]/", "$text ~ '^[a-f8]'" ], [ "$tag !~ '^[a-f3]'", "$text !~ '^[a-f3]'" ]) };

		push @ql, $ql;
		push @sql, $sql;
	}
	return ('', 'true') if !@ql && !$r->chance(3);
	return ('{' . join(', ', @ql) . '}', join(' AND ', @sql) || 'true');
}

1;
