# Random queries: { ql, parameters, sql, columns }, each column { name, kind, approx, tolerance }.
package Reference::Query;

use strict;
use warnings;

use Reference::Aggregate;
use Reference::Condition;
use Reference::Expression qw(literal inside iso time_sql %used);
use Reference::Join;
use Reference::Parameters;
use Reference::Subquery;
use Reference::Window;

# data: { metrics, first, last, large, heap }: heap when the twins' rows lie in the order of writing.
sub new
{
	my ($class, $random, $data) = @_;

	return bless { random => $random, data => $data, parameters => Reference::Parameters->new($random) }, $class;
}

sub make
{
	my ($self) = @_;
	my $r = $self->{random};
	my $question = $r->chance(2) ? $self->constant : $r->chance(3) ? $self->show : $r->chance(40) ? $self->raw : $self->grouped;

	@$question{ 'plain', 'parameters' } = $self->{parameters}->settle($question->{ql});
	$question->{ql} = dress($r, $question->{plain});
	return $question;
}

# The same words, otherwise written.
sub dress
{
	my ($r, $ql) = @_;
	my @words = $r->some('select ', ' from ', ' where ', ' group by ', ' having ', ' order by ', ' limit ', ' as ', ' fill(');

	return $ql if $r->chance(80);
	for my $word (@words)
	{
		my $dressed = $r->pick(uc $word, ucfirst $word, "$word/* a /* comment */ */ ", $word =~ s/ $/\n\t/r, $word =~ s/^ /\r\n/r);

		$dressed =~ s/^(\s*)(\w)/$1\u$2/ if $r->chance(30);
		$ql =~ s/\Q$word\E/$dressed/g;
	}
	return $ql . $r->pick('', ';', " -- the end");
}

# A row without a source.
sub constant
{
	my ($self) = @_;
	my $r = $self->{random};
	my $expressions = Reference::Expression->new($r);
	my @items = map { { %{ $expressions->of($r->pick(qw(int float text bool time span)), 3) }, $r->chance(30) ? (alias => "x$_") : () } } 1 .. $r->between(1, 5);
	my $at = 0;

	$used{constant}++;
	return $self->question('select ' . join(', ', map { $self->item_text($_) } @items), 'SELECT ' . join(', ', map { "$_->{sql} AS c" . $at++ } @items), @items);
}

# SHOW: its columns have their names, and its rows an order of their own.
sub show
{
	my ($self) = @_;
	my $r = $self->{random};
	my $what = $r->pick('tags', 'values', 'series', 'metrics');
	my $metric = $r->pick(@{ $self->{data}{metrics} });
	my ($where, $where_sql) = $r->chance(60) ? Reference::Condition::on_tags($r, $what eq 'metrics' ? { tags => ['host'] } : $metric, 0) : ('', 'true');
	my %column = map { $_ => Reference::Metric::tag_column($_) } @{ $metric->{tags} };
	my $json = 'jsonb_strip_nulls(jsonb_build_object(' . join(', ', map { "'$_', $column{$_}" } sort keys %column) . '))';
	my $rows = "FROM $metric->{view} WHERE $where_sql";
	my $column = sub { my ($name, $kind) = @_; return { name => $name, kind => $kind, approx => 0 } };
	my ($ql, $sql, @items);

	$used{"show $what"}++;
	if ($what eq 'tags')
	{
		($ql, $sql, @items) = ("show tags from $metric->{sydra}", "SELECT DISTINCT jsonb_object_keys($json) $rows ORDER BY 1", $column->('tag', 'text'));
	}
	elsif ($what eq 'values')
	{
		my $tag = $r->pick(sort keys %column);

		($ql, $sql, @items) = ("show values of $tag from $metric->{sydra}", "SELECT DISTINCT $column{$tag} $rows AND $column{$tag} IS NOT NULL ORDER BY 1", $column->('value', 'text'));
	}
	elsif ($what eq 'series')
	{
		my $columns = join ', ', map { $column{$_} } sort keys %column;

		($ql, @items) = ("show series from $metric->{sydra}", $column->('tags', 'json'), $column->('id', 'int'));
		$sql = "SELECT $json, ref.ref_series_id('" . join("', '", split /\./, $metric->{sydra}) . "', $json) FROM (SELECT DISTINCT $columns $rows) s ORDER BY " . join(', ', map { "$column{$_} NULLS LAST" } sort keys %column);
	}
	else
	{
		my $there = $where eq '' ? sub { 'true' } : sub { "EXISTS (SELECT FROM $_[0]{view} WHERE $where_sql)" };

		# The twins declare their tags.
		($ql, @items) = ("show metrics like 'data.%'", $column->('metric', 'text'));
		$sql = join(' UNION ALL ', map { my $m = $_; map { "SELECT '$_'::text WHERE " . $there->($m) } $m->{sydra}, $m->{twin} } @{ $self->{data}{metrics} }) . ' ORDER BY 1';
	}
	$ql .= " where $where" if $where ne '';
	return { %{ $self->question($ql, $sql, @items) }, show => 1 };
}

# ----- where rows come from

# { ql, sql, names, tag_order, order, star, low, high }: sql is a relation, and what has to be said of
# its times is in ql_where and sql_where.
sub source
{
	my ($self, $open, $grouped) = @_;
	my ($r, $parameters) = @$self{ 'random', 'parameters' };
	my ($low, $high) = Reference::Condition::range($r, $self->{data});

	if (!$open && $grouped && $r->chance(8))
	{
		return Reference::Join::buckets($self, $low, $high);
	}
	return Reference::Subquery::source($self, $low, $high) if !$open && $r->chance(8);
	# LATERAL looks for each row of the left anew.
	return Reference::Join::source($self, $low, $self->{data}{large} ? $low + CORE::int(($high - $low) / 20) : $high) if !$open && $r->chance(12);
	my $metric = $r->pick(@{ $self->{data}{metrics} });
	my ($braces, $matching) = Reference::Condition::matchers($r, $metric, $parameters);
	my $heap = $self->{data}{heap} && $metric->{kind} ne 'native' && $r->chance(6);
	my $name = $heap ? $metric->{twin} : $metric->{sydra};
	my $ql = $r->chance(10) ? "'$name'" : $name;
	my $prefix = $r->chance(5) ? $name =~ s/.*\.(.*)/$1./r : '';

	$used{'heap table'}++ if $heap;
	if (!$heap && $r->chance(5))
	{
		my ($id, $rows) = $metric->one_series;

		$ql = "by_id($id)";
		$matching .= " AND $rows";
	}
	$ql .= $braces;
	if ($r->chance(15))
	{
		$ql .= $r->pick(' m', ' as m');
		$prefix = $r->pick('', 'm.');
	}
	if ($r->chance(15))
	{
		my ($own, $own_sql) = Reference::Condition::on_tags($r, $metric, 0);

		$used{'source where'}++;
		$ql .= " where $own";
		$matching .= " AND $own_sql";
	}
	my ($ql_where, $sql_where) = Reference::Condition::bounds($r, $parameters, 'time', $low, $high, $open);

	return {
		ql => $ql, sql => "(SELECT * FROM $metric->{view} WHERE $matching) m", names => [ $metric->names($prefix, '') ], metric => $metric, native => $metric->{kind} eq 'native', heap => $heap,
		tag_order => [ map { Reference::Metric::tag_column($_) . ' NULLS LAST' } @{ $metric->{tags} } ], order => [ $metric->order ],
		low => $low, high => $high, ql_where => $ql_where, sql_where => $sql_where,
	};
}

# The whole WHERE: (sydraQL, SQL).
sub where
{
	my ($self, $source, $expressions, $fill) = @_;
	my $r = $self->{random};
	my ($ql, $sql) = Reference::Condition::others($r, $expressions->exact, $r->pick(0, 0, 0, 1, 1, 2));

	# A range up to now.  What is filled, and the right of a join, would begin there too.
	if (!$fill && !$source->{joined} && !$source->{right} && $r->chance(8))
	{
		my $seconds = CORE::int(time - ($source->{low} + ($source->{high} - $source->{low}) * $r->below(100) / 200) / 1000000);

		$used{now}++;
		push @$ql, "time >= now() - ${seconds}s";
		push @$sql, "time >= now() - interval '$seconds s'";
	}

	return (join(' and ', $r->shuffle(@{ $source->{ql_where} }, @$ql)), join(' AND ', @{ $source->{sql_where} }, @$sql));
}

# ----- items

# The names of columns, as section 5 has them.
sub name_columns
{
	my (@items) = @_;
	my $number = 0;
	my %seen;

	for my $item (@items)
	{
		$number++;
		my $name = $item->{alias} // $item->{name} // "column$number";

		$seen{$name}++;
		$item->{column} = $seen{$name} > 1 ? "${name}_$seen{$name}" : $name;
	}
}

sub item_text
{
	my ($self, $item) = @_;

	return $item->{ql} . (defined $item->{alias} ? $self->{random}->pick(' ', ' as ') . $item->{alias} : '');
}

# ORDER BY, LIMIT and OFFSET over a relation that has a column c<n> for each item and o<n> for the
# default order: (sydraQL, SQL of the select around it).
sub arrange
{
	my ($self, $relation, $items, $expressions, $order, $keys) = @_;
	my $r = $self->{random};
	my (@ql, @sql, $tail);
	my $columns = join ', ', map { "c$_" } 0 .. $#$items;
	my @tolerances = map { $_->{tolerance} // () } @$items;

	$columns .= ", $_" for @tolerances;
	for (1 .. ($r->chance(35) ? $r->between(1, 2) : 0))
	{
		my ($ql, $sql);
		my $at = $r->below(scalar @$items);

		next if $items->[$at]{approx} || $items->[$at]{kind} =~ /counts|json/;
		if (defined $items->[$at]{alias} && $r->chance(60)) { ($ql, $sql) = ($items->[$at]{alias}, "c$at") }
		elsif ($r->chance(40) && !$items->[0]{star}) { ($ql, $sql) = ($at + 1, "c$at") }
		else
		{
			my $e = $expressions->exact->of($r->pick(qw(int float text bool time)), 1);

			next if $e->{ql} =~ /^[-\d'(]|^(true|false)$/ ;
			($ql, $sql) = ($e->{ql}, $e->{sql});
		}
		my $direction = $r->pick('', ' asc', ' desc', ' desc');
		my $nulls = $r->pick('', '', ' nulls first', ' nulls last');

		$used{'order by'}++;
		push @ql, "$ql$direction$nulls";
		push @sql, "$sql$direction$nulls";
	}
	my $ordered = join ', ', @sql, @$order;
	my $ql = @ql ? ' order by ' . join(', ', @ql) : '';

	if (@$keys && $r->chance(8))
	{
		my $key = $r->pick(@$keys);
		my ($n, $offset) = ($r->below(4), $r->pick(0, 0, 1, 5));

		$used{'limit by'}++;
		return ("$ql limit $n by $key->{ql}" . ($offset ? " offset $offset" : ''),
			"SELECT $columns FROM (SELECT *, row_number() OVER (PARTITION BY $key->{sql} ORDER BY $ordered) AS n_, row_number() OVER (ORDER BY $ordered) AS at_ "
			  . "FROM $relation) l WHERE n_ <= $n ORDER BY at_ OFFSET $offset");
	}
	$tail = '';
	if ($r->chance(30))
	{
		my $n = $r->pick(0, 1, 3, 20, 100, 1024);
		my $offset = $r->chance(30) ? $r->pick(0, 1, 7, 200) : undef;

		$used{limit}++;
		$ql .= ' limit ' . ($r->chance(10) ? $self->{parameters}->add($n) : $n) . (defined $offset ? " offset $offset" : '');
		$tail = " LIMIT $n OFFSET " . ($offset // 0);
	}
	return ($ql, "SELECT $columns FROM $relation" . (@$order || @sql ? " ORDER BY $ordered" : '') . $tail);
}

sub question
{
	my ($self, $ql, $sql, @items) = @_;

	name_columns(@items);
	return { ql => $ql, sql => $sql, columns => \@items };
}

# ----- rows as they are

sub raw
{
	my ($self) = @_;
	my $r = $self->{random};
	my $source = $self->source;
	my $expressions = Reference::Expression->new($r, @{ $source->{names} });
	my ($ql_where, $sql_where) = $self->where($source, $expressions);
	my (@items, @windows);
	my $relation = "b AS (SELECT * FROM $source->{sql} WHERE $sql_where)";

	if ($source->{metric} && !$source->{heap} && $r->chance(5))
	{
		$used{'*'}++;
		@items = $source->{metric}->star;
		$ql_where = join ' and ', $ql_where;
	}
	else
	{
		my $windows = $r->chance(30);

		for my $n (1 .. $r->between(1, 5))
		{
			my $e;

			if ($windows && $r->chance(50))
			{
				$e = Reference::Window::call($r, $expressions, 'series', 'time');
				push @windows, $e->{sql};
				$e->{sql} = "w$#windows";
				$e = $self->around($e, $expressions);
			}
			else
			{
				my $kind = $r->pick(qw(int float float text bool time span));

				$e = $r->chance(45) ? $r->pick(grep { $_->{kind} !~ /^field/ } @{ $source->{names} }) : $expressions->of($kind, $r->between(1, 3));
			}
			push @items, { %$e, $r->chance(30) ? (alias => "x$n") : () };
		}
	}
	# A field by itself is as it was written.
	push @items, { ql => 'field.n', sql => 'json_n', kind => 'json', name => 'n', approx => 0 } if $source->{native} && !$items[0]{star} && $r->chance(20);
	my $from = 'b';

	if (@windows)
	{
		my $number = 0;

		$relation .= ', l AS (SELECT *, max(seq) OVER (PARTITION BY series, time) AS last_ FROM b), '
		  . 'v AS (SELECT seq AS at_, ' . join(', ', map { "$_ AS w" . $number++ } @windows) . ' FROM l WHERE seq = last_), '
		  . 'r AS (SELECT l.*, ' . join(', ', map { "w$_" } 0 .. $#windows) . ' FROM l JOIN v ON last_ = at_)';
		$from = 'r';
	}
	my $at = 0;
	my $select = join ', ', '*', map { "$_->{sql} AS c" . $at++ } @items;
	my @keys = map { { ql => $_->{ql}, sql => $_->{sql} } } grep { $_->{tag} || $_->{kind} eq 'bool' } @{ $source->{names} };
	my ($ql_end, $sql_end) = $self->arrange("(SELECT $select FROM $from) q", \@items, $expressions, $source->{order}, \@keys);

	$used{raw}++;
	return $self->question('select ' . ($items[0]{star} ? '*' : join(', ', map { $self->item_text($_) } @items)) . " from $source->{ql} where $ql_where$ql_end",
		"WITH $relation $sql_end", @items);
}

# Something made of a call, now and then.
sub around
{
	my ($self, $e, $expressions) = @_;
	my $r = $self->{random};

	return $e if $r->chance(75);
	return Reference::Expression::call('abs', $e->{kind}, 'abs(#1)', 0, $e) if $e->{kind} =~ /int|float/ && $r->chance(50);
	return Reference::Expression::binary('+', 5, 'int', '#1 + #2', $e, literal('1', '1::int8', 'int')) if $e->{kind} eq 'int';
	return Reference::Expression::binary('*', 6, 'float', '#1 * #2', $e, literal('2', '2::float8', 'float')) if $e->{kind} eq 'float';
	return $e;
}

# ----- groups

# A time_bucket that makes no more than some hundred buckets of the range: { ql, sql, all }; all is a
# relation of every bucket that meets the range.
sub bucket
{
	my ($self, $low, $high) = @_;
	my $r = $self->{random};
	my $span = $high - $low;
	my %steps = ('10s' => 10, '7s' => 7, '1m' => 60, '5m' => 300, '1h' => 3600, '1h30m' => 5400, '1d' => 86400, '7d' => 604800, '30d' => 2592000, '500ms' => 0.5);
	my @words = grep { my $n = $span / 1e6 / $steps{$_}; $n > 0.3 && $n < 150 } sort keys %steps;
	my $word = @words ? $r->pick(@words) : $span > 1e13 ? '30d' : '1d';
	my $us = $steps{$word} * 1000000;
	my $interval = "interval '$us microseconds'";
	my ($first, $last) = (time_sql($low), time_sql($high > $low ? $high - 1 : $low));
	my $plain = sub {
		my ($ql, $origin) = @_;
		my $bin = sub { "date_bin($interval, $_[0], $origin)" };

		return { ql => $ql, sql => $bin->('time'), step => $us, all => 'generate_series(' . $bin->($first) . ', ' . $bin->($last) . ", $interval)" };
	};

	if ($r->chance(15))
	{
		my $zone = $r->pick('Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'America/Havana', 'America/Sao_Paulo', 'UTC');

		$used{'time zone'}++;
		return $plain->("time_bucket($word, time, '$zone')", "timestamptz '2000-01-03Z'") if $us < 86400e6;
		if ($us >= 86400e6 && $r->chance(70))
		{
			my $days = $us / 86400e6;
			my $bin = sub { "ref.ref_zone_days($days, $_[0], '$zone')" };

			return { ql => "time_bucket($word, time, '$zone')", sql => $bin->('time'), step => $us,
				all => "(SELECT ref.ref_midnight(d::date, '$zone') FROM generate_series((" . $bin->($first) . " AT TIME ZONE '$zone')::date, ("
				  . $bin->($last) . " AT TIME ZONE '$zone')::date, '$days days') d)" };
		}
		if ($span > 20 * 86400e6)
		{
			my $months = $r->pick(1, 2);
			my $bin = sub { "ref.ref_zone_months($months, $_[0], '$zone')" };

			$used{months}++;
			return { ql => "time_bucket(${months}mo, time, '$zone')", sql => $bin->('time'), step => 30 * 86400e6,
				all => "(SELECT ref.ref_midnight(d::date, '$zone') FROM generate_series((" . $bin->($first) . " AT TIME ZONE '$zone')::date, ("
				  . $bin->($last) . " AT TIME ZONE '$zone')::date, '$months months') d)" };
		}
	}
	if ($r->chance(12) && $span > 86400e6)
	{
		my ($name, $months) = @{ $r->pick([ '1mo', 1 ], [ '3mo', 3 ], [ '1y', 12 ]) };
		my $origin = $r->pick('2000-01-01', '2000-01-01', '2001-05-15', '2024-12-28');
		my $bin = sub { "ref.ref_months($months, $_[0] AT TIME ZONE 'UTC', '$origin') AT TIME ZONE 'UTC'" };

		$used{months}++;
		return { ql => "time_bucket($name, time" . ($origin eq '2000-01-01' ? '' : ", $origin") . ')', sql => $bin->('time'), step => 30 * 86400e6,
			all => 'generate_series(' . $bin->($first) . ', ' . $bin->($last) . ", '$months months')" };
	}
	if ($r->chance(12))
	{
		my $origin = $r->pick(946684800_000000, 1709210096_500000, 4102444800_000000);

		$used{origin}++;
		return $plain->("time_bucket($word, time, " . iso($origin) . ')', time_sql($origin));
	}
	return $plain->("time_bucket($word, time)", "timestamptz '2000-01-03Z'");
}

# Keys other than a bucket.
sub group_keys
{
	my ($self, $expressions, $count) = @_;
	my $r = $self->{random};

	return map {
		my @tags = grep { $_->{tag} } @{ $expressions->{names} };
		my $key = @tags && $r->chance(60) ? $r->pick(@tags)
		  : $r->chance(60) ? $expressions->pick_name($r->pick('bool', 'text', 'int')) // $expressions->pick_name('text')
		  : $expressions->exact->of($r->pick('int', 'text', 'bool'), 1);

		my $sql = $key ? $key->{sql} : '';

		# A constant is no key.
		(grep { $sql =~ /\b\Q$_->{sql}\E\b/ } @{ $expressions->{names} }) ? $key : ();
	} 1 .. $count;
}

sub grouped
{
	my ($self) = @_;
	my $r = $self->{random};
	my $open = $r->chance(3);
	my $source = $self->source($open, 1);
	my ($low, $high) = @$source{ 'low', 'high' };
	my $expressions = Reference::Expression->new($r, @{ $source->{names} });
	my $right = $source->{right};
	my $bucket = $right || $r->chance(65) && !$source->{joined} ? $self->bucket($low, $high) : undef;
	my $fill = $bucket && !$open && $r->chance(55) ? $self->fill_policy($bucket) : undef;
	# Conditions on time beside the range would be part of it.
	my $conditions = $fill ? Reference::Expression->new($r, grep { $_->{kind} ne 'time' } @{ $source->{names} }) : $expressions;
	my ($ql_where, $sql_where) = $self->where($source, $conditions, $fill);

	if ($right)
	{
		my ($ql, $sql) = Reference::Condition::others($r, $right->{expressions}->exact, $r->pick(0, 0, 1));

		$ql_where = join ' and ', $ql_where, @$ql;
		# What names no source is asked of the left.
		$right->{where} .= " AND $sql->[$_]" for grep { $ql->[$_] =~ /\bb\./ } 0 .. $#$ql;
		$sql_where .= " AND $sql->[$_]" for grep { $ql->[$_] !~ /\bb\./ } 0 .. $#$ql;
	}
	($ql_where, $sql_where) = (join(' and ', @{ $source->{ql_where} }), join(' AND ', @{ $source->{sql_where} })) if $fill && $ql_where =~ /\btime\b.*\bor\b.*\btime\b/ && !$source->{hull};
	my @keys = $right ? $r->some(@{ $source->{on} }) : $self->group_keys($expressions, $bucket ? $r->pick(0, 0, 1, 1, 2) : $r->pick(0, 1, 1, 2));
	my %seen;

	@keys = grep { !$seen{ $_->{sql} }++ } @keys;
	unshift @keys, { %$bucket, kind => 'time', rank => 8, approx => 0, name => 'time_bucket', bucket => 1 } if $bucket;
	if (!$fill && !$source->{joined} && !$right && $r->chance(6))
	{
		# The first bucket of GROUP BY leads the order, wherever it stands; the time itself is a key like others.
		push @keys, $r->pick(
			{ ql => 'time_bucket(1d, time)', sql => "date_bin('1 day', time, '2000-01-03Z')", kind => 'time', rank => 8, approx => 0, name => 'time_bucket', leads => 1 },
			{ ql => 'time', sql => 'time', kind => 'time', rank => 8, approx => 0, name => 'time' });
		$used{'key of time'}++;
	}
	my $number = 0;

	$_->{key} = 'k' . ++$number for @keys;
	my $kk = 'ROW(' . join(', ', map { $_->{key} } @keys) . ')::text';
	my @aggregators = map { Reference::Aggregate->new(random => $r, source => $_, expressions => $_->{expressions} // $expressions, rows => $right && $_ == $right ? 'c' : 'b') } $source, $right // ();
	my $calls = { all => [], numbers => $fill && $fill->{number} };
	my $call = sub {
		my $aggregator = $r->pick(@aggregators);
		my $a = $aggregator->call($calls->{numbers});

		# What names no source is the left's.
		$a = $aggregators[0]->call($calls->{numbers}) if $a->{ql} !~ /\bb\./;
		my $list = $calls->{all};

		# What is counted without a name is the left's.
		$a->{right} = $right && $a->{ql} =~ /\bb\./;
		push @$list, $a;
		$a->{column} = "a$#$list";
		if ($a->{tolerance})
		{
			push @$list, { sql => $a->{tolerance}, kind => 'float', right => $a->{right}, column => 'a' . @$list };
			$a->{tolerance} = "abs($list->[-1]{column})";
		}
		my $kind = $fill && $fill->{float} && $a->{kind} eq 'int' ? 'float' : $a->{kind};

		return { %$a, sql => $a->{column}, kind => $kind, parts => undef };
	};
	my @key_names = map { { %$_, sql => $_->{key} } } @keys;
	my (@items, @windows);
	my @seen = map { $call->() } 1 .. $r->between(1, 3);
	my $after = Reference::Expression->new($r, (grep { !$_->{approx} && $_->{kind} !~ /counts/ } @seen), (grep { $_->{rank} == 8 } @key_names));
	my $windows = $bucket && $r->chance(25);

	for my $key (@key_names)
	{
		push @items, { %$key, $r->chance(60) ? (alias => "y$key->{key}") : () } if $r->chance(85);
	}
	for my $e (@seen)
	{
		push @items, { %$e, $r->chance(40) ? (alias => $e->{column}) : () };
	}
	if ($r->chance(30))
	{
		my $e = $after->of($r->pick(qw(int float text bool)), 2);

		push @items, { %$e, $r->chance(50) ? (alias => 'e') : () };
	}
	if ($windows)
	{
		my $partition = join ', ', (map { $_->{key} } grep { !$_->{bucket} } @keys), "1::int + 0";

		for my $n (1 .. $r->between(1, 2))
		{
			my $e = Reference::Window::call($r, $after, $partition, 'k1');

			push @windows, $e->{sql};
			push @items, { %{ $self->around({ %$e, sql => "w$#windows" }, $after) }, $r->chance(40) ? (alias => "w$n") : () };
		}
	}
	my $having = @keys && $r->chance(20) ? $after->bool(1) : undef;
	my @positions = grep { $items[$_]{key} } 0 .. $#items;
	my $group = join ', ', map {
		my $key = $_;
		my ($at) = grep { $items[$_]{key} eq $key->{key} } @positions;
		my $alias = defined $at ? $items[$at]{alias} : undef;

		defined $alias && $r->chance(60) ? $alias : defined $at && $r->chance(20) ? $at + 1 : $key->{ql}
	} @keys;
	my @all = @{ $calls->{all} };
	my $sql = $self->groups($source->{sql}, $sql_where, 'b', \@keys, $kk, grep { !$_->{right} } @all);

	my $joined = 'b_j';

	if ($right)
	{
		my @calls = grep { $_->{right} } @all;
		my $same = join '', map { " AND c_j.$_->{key} IS NOT DISTINCT FROM b_j.$_->{key}" } grep { !$_->{bucket} } @keys;

		$sql .= ', ' . $self->groups($right->{sql}, $right->{where}, 'c', \@keys, $kk, @calls);
		$joined = 'b_j LEFT JOIN LATERAL (SELECT true AS found_' . join('', map { ", $_->{column}" } @calls) . " FROM c_j WHERE $right->{match}$same ORDER BY $right->{nearest} LIMIT 1) c_l ON true";
	}
	my $kept = $having ? "coalesce($having->{sql}, false)" : 'true';

	$sql .= ", j AS (SELECT * FROM $joined), h AS (SELECT *, $kept AS kept_ FROM j)";
	$sql .= ', f AS (' . ($fill ? $self->fill($fill, $bucket, \@keys, \@all) : 'SELECT * FROM h WHERE kept_') . ')';
	$number = 0;
	$sql .= ', r AS (SELECT *' . join('', map { ", $_ AS w" . $number++ } @windows) . ' FROM f)';
	$number = 0;
	my $select = join ', ', '*', map { "$_->{sql} AS c" . $number++ } @items;
	my @order = map { "$_->{key} NULLS LAST" } $bucket ? @keys : ((grep { $_->{leads} } @keys), grep { !$_->{leads} } @keys);
	my @limit_keys = grep { !$_->{bucket} } @key_names;
	my ($ql_end, $sql_end) = $self->arrange("(SELECT $select FROM r) q", \@items, $after, \@order, \@limit_keys);

	$used{grouped}++;
	$used{having}++ if $having;
	my $ql = 'select ' . join(', ', map { $self->item_text($_) } @items) . " from $source->{ql} where $ql_where";

	$ql .= " group by $group" if @keys;
	$ql .= " having $having->{ql}" if $having;
	$ql .= " fill($fill->{ql})" if $fill;
	return $self->question($ql . $ql_end, "WITH $sql $sql_end", @items);
}

# The groups of a relation as <rows>_j: a row with kk, the keys and a column for each call.
sub groups
{
	my ($self, $relation, $where, $rows, $keys, $kk, @calls) = @_;
	my $names = join '', map { ", $_->{key}" } @$keys;
	my $sql = "$rows AS (SELECT *, " . (@$keys ? $kk : "'ROW()'") . ' AS kk FROM (SELECT *' . join('', map { ", $_->{sql} AS $_->{key}" } @$keys) . " FROM $relation WHERE $where) b0)";
	my $plain = join '', map { $_->{series} ? () : ", $_->{sql} AS $_->{column}" } @calls;
	my $from = "${rows}_g";

	# Without keys there is one row, of nothing too.
	$sql .= ", ${rows}_g AS (SELECT " . (@$keys ? 'kk' : "'ROW()' AS kk") . ", count(*) AS rows_$names$plain FROM $rows" . (@$keys ? " GROUP BY kk$names" : '') . ')';
	for my $a (grep { $_->{series} } @calls)
	{
		$sql .= ", $a->{column}_ AS ($a->{series})";
		$from .= " LEFT JOIN $a->{column}_ ON $a->{column}_.kk = ${rows}_g.kk";
	}
	return "$sql, ${rows}_j AS (SELECT ${rows}_g.*" . join('', map { $_->{series} ? ", $_->{column}_.y AS $_->{column}" : () } @calls) . " FROM $from)";
}

# ----- fill

# number: only aggregates that are numbers can be filled so; float: integers become float8.
sub fill_policy
{
	my ($self, $bucket) = @_;
	my $r = $self->{random};
	my $within = $r->chance(35) ? $r->pick(1, 2, 5) : undef;
	my $step = $bucket->{step};
	my $word = defined $within ? $within * $step / 1000 . 'ms' : '';
	my $bound = defined $within ? $within * $step . ' microseconds' : undef;
	my $policy = $r->pick('null', 'previous', 'linear', 'number', 'none');

	$used{"fill $policy"}++;
	$used{within}++ if $within && $policy =~ /previous|linear/;
	return { ql => 'none' } if $policy eq 'none';
	return { policy => 'null', ql => $r->pick('null', 'NULL') } if $policy eq 'null';
	return { policy => $policy, ql => $policy . ($within ? " within $word" : ''), within => $bound, $policy eq 'linear' ? (number => 1, float => 1) : () }
	  if $policy ne 'number';
	if ($r->chance(15))
	{
		my $n = $r->pick(3, '2.5');

		return { policy => 'number', ql => $self->{parameters}->add($n), number => 1, float => 1, value => "$n\::float8" };
	}
	my $n = $r->pick('0', '-1', '2.5', '-0.5', '7', '1.0');

	return { policy => 'number', ql => $n, number => 1, float => $n =~ /\./ ? 1 : 0, value => "($n)" };
}

# Rows for the buckets that have none, for each combination of the other keys that has a row; values of
# groups that HAVING removed are not used, and their buckets stay out.
sub fill
{
	my ($self, $fill, $bucket, $keys, $calls) = @_;
	my $cast = sub { my $a = shift; $fill->{float} && $a->{kind} eq 'int' ? "$a->{column}::float8" : $a->{column} };

	return 'SELECT * FROM h WHERE kept_' if !$fill->{policy};
	my @others = map { $_->{key} } grep { !$_->{bucket} } @$keys;
	my $others = join '', map { ", $_" } @others;
	my $grid = "SELECT k1$others FROM $bucket->{all} s(k1), (SELECT DISTINCT 1 AS one$others FROM j) o";
	my $kk = 'ROW(' . join(', ', map { "grid.$_->{key}" } @$keys) . ')::text';
	my $values = join '', map { ", CASE WHEN kept_ THEN " . $cast->($_) . " END AS $_->{column}" } @$calls;
	my $joined = "SELECT grid.*, h.kk IS NOT NULL AS there_, coalesce(kept_, true) AS kept_$values FROM ($grid) grid LEFT JOIN h ON h.kk = $kk";
	my $partition = 'PARTITION BY ' . join ', ', @others, '1::int + 0';
	my $columns = join ', ', map { $_->{key} } @$keys;

	# How many values there were and are still to come: equal from one value to the next.
	my $counted = 'SELECT *' . join('', map { ", count($_->{column}) OVER ($partition ORDER BY k1) AS u$_->{column}, count($_->{column}) OVER ($partition ORDER BY k1 DESC) AS d$_->{column}" } @$calls)
	  . " FROM ($joined) x";
	my $near = 'SELECT *' . join('', map {
		my $a = $_->{column};
		map { my ($way, $order, $name) = @$_;
			", first_value($a) OVER ($partition, $way$a ORDER BY k1 $order) AS $name$a, first_value(CASE WHEN $a IS NOT NULL THEN k1 END) OVER ($partition, $way$a ORDER BY k1 $order) AS $name$a\_at"
		} [ 'u', 'ASC', 'p' ], [ 'd', 'DESC', 'n' ]
	} @$calls) . " FROM ($counted) y";
	my $value = sub {
		my $a = shift->{column};
		my $within = $fill->{within} ? " AND k1 - p$a\_at <= interval '$fill->{within}'" : '';

		return 'NULL' if $fill->{policy} eq 'null';
		return $fill->{value} if $fill->{policy} eq 'number';
		return "CASE WHEN true$within THEN p$a END" if $fill->{policy} eq 'previous';
		$within .= " AND n$a\_at - k1 <= interval '$fill->{within}'" if $fill->{within};
		return "CASE WHEN true$within THEN p$a + (n$a - p$a) * (extract(epoch FROM k1 - p$a\_at)::float8 / extract(epoch FROM n$a\_at - p$a\_at)::float8) END";
	};

	return "SELECT $columns" . join('', map { ", CASE WHEN there_ THEN $_->{column} ELSE " . $value->($_) . " END AS $_->{column}" } @$calls) . " FROM ($near) z WHERE kept_";
}

1;
