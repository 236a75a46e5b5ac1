# Random questions about a table and its twin, each in two wordings that must give the same rows.
package Oracle::Question;

use strict;
use warnings;

use Oracle::Table;

# Types whose text is the same however sydraQL holds them.
my %plain = map { $_ => 1 } 'float8', 'double precision', 'int2', 'int4', 'int8', 'text', 'varchar(20)',
  'bool', 'jsonb', 'uuid', 'oracle_mood';
my %orderable = map { $_ => 1 } 'float8', 'double precision', 'float4', 'int2', 'int4', 'int8', 'numeric', 'text',
  'varchar(20)', 'date', 'timestamp', 'timestamptz', 'interval', 'inet', 'time', 'oid', 'oracle_mood';

# context: random, session, table.
sub new
{
	my ($class, %context) = @_;

	return bless {%context}, $class;
}

# ----- plain SQL: the same statement over both tables, compared as bags inside the server

# A condition that reads columns of every role.
sub sql_condition
{
	my ($self, $depth) = @_;
	my ($r, $table) = @$self{ 'random', 'table' };
	my $choice = $r->below($depth > 1 ? 6 : 9);

	return '(' . join($r->pick(' AND ', ' OR '), map { $self->sql_condition($depth + 1) } 1, 2) . ')'
	  if $choice >= 6 && $depth < 2;
	return 'NOT (' . $self->sql_condition($depth + 1) . ')' if $choice == 5;
	if ($choice <= 1)
	{
		my $name = $table->time_name;
		my ($low, $high) = sort map { $self->sample($name) // '2024-01-01' } 1, 2;

		return $r->pick("$name >= '$low' AND $name < '$high'", "$name = '$low'", "$name <= '$low'",
			"$name BETWEEN '$low' AND '$high'", "$name > '$low'::timestamptz - interval '1 hour'");
	}
	my $column = $r->pick($table->columns);
	my $name = Oracle::Table::quote_name($column->{name});

	return "$name IS " . $r->pick('NULL', 'NOT NULL') if $choice == 2;
	my $value = Oracle::Table::quote_text($self->sample($name));

	return "$name IS NULL" if $value eq 'NULL';
	if ($column->{role} eq 'tag')
	{
		return "$name IN ($value, " . Oracle::Table::quote_text($self->sample($name)) . ')' if $r->chance(30);
		return "$name " . $r->pick('=', '<>', '>=') . " $value";
	}
	return "$name = $value" if $column->{role} eq 'tags';
	return "$name " . $r->pick('=', '<>', '<', '>=') . " $value" if $orderable{ $column->{type} };
	return "$name\::text = $value";
}

# Some value of a column.
sub sample
{
	my ($self, $expression) = @_;
	my ($r, $session, $table) = @$self{ 'random', 'session', 'table' };
	my $rows = $self->{rows} //= $session->value("SELECT count(*) FROM $table->{heap}");
	my $offset = $r->below($rows || 1);
	my @rows = $session->rows("SELECT $expression\::text FROM $table->{heap} "
		  . 'ORDER BY ' . $table->seq_expression . " LIMIT 1 OFFSET $offset");

	return !@rows || $rows[0][0] eq '<null>' ? undef : $rows[0][0];
}

# SELECT lists for a bag comparison.
sub sql_select
{
	my ($self) = @_;
	my ($r, $table) = @$self{ 'random', 'table' };
	my $where = $r->chance(80) ? 'WHERE ' . $self->sql_condition(0) : '';
	my $text = sub { join ', ', map { Oracle::Table::quote_name($_->{name}) . '::text' } @_ };

	for ($r->below(7))
	{
		return "SELECT t::text FROM %s t $where" if $_ <= 1;
		return 'SELECT ' . $text->($r->some($table->columns), $table->columns('time')) . " FROM %s t $where" if $_ == 2;
		if ($_ <= 4)
		{
			my @items = ('count(*)', map { $self->sql_aggregate($_) } $table->columns);
			my @keys = map { Oracle::Table::quote_name($_->{name}) } $r->some($table->columns('tag'), $table->columns('tags'));

			push @keys, "date_bin('1 hour', " . $table->time_name . ", '2000-01-03+00')" if $r->chance(50);
			my $group = @keys ? 'GROUP BY ' . join(', ', @keys) : '';

			return 'SELECT ' . join(', ', map { "($_)::text" } @keys, @items) . " FROM %s t $where $group";
		}
		my $time = $table->time_name;
		my $seq = $table->seq_expression;

		return "SELECT x::text FROM (SELECT * FROM %s t $where ORDER BY $time "
		  . $r->pick('DESC', 'ASC') . ", $seq LIMIT " . $r->between(1, 50) . ') x'
		  if $_ == 5;
		# By row address: every address leads back to its row.
		return "SELECT t::text FROM %s t WHERE ctid = ANY (ARRAY(SELECT ctid FROM %s t $where))";
	}
}

sub sql_aggregate
{
	my ($self, $column) = @_;
	my $r = $self->{random};
	my $name = Oracle::Table::quote_name($column->{name});

	return "count($name)" if !$orderable{ $column->{type} } || $r->chance(20);
	return "sum($name)" if $column->{type} =~ /^int[248]$/ && $r->chance(40);
	return "count(DISTINCT $name)" if $r->chance(20);
	# Of 1.5 and 1.50 either is the least.
	return "trim_scale(min($name))" if $column->{type} eq 'numeric';
	return $r->pick('min', 'max') . "($name)";
}

# Dies when the two tables differ.
sub ask_sql
{
	my ($self) = @_;
	my ($session, $table) = @$self{ 'session', 'table' };
	my $select = $self->sql_select;
	my ($sydra, $heap) = map { my $name = $_; $select =~ s/%s/$name/gr } $table->{sydra}, $table->{heap};
	my @rows = $session->rows(bag_difference($sydra, $heap));

	die "plain SQL differs:\n  $sydra\n" . join('', map { "  @$_\n" } @rows) if @rows;
}

sub bag_difference
{
	my ($left, $right) = @_;

	return "(SELECT 'sydra only', x.* FROM ($left EXCEPT ALL $right) x LIMIT 5) UNION ALL "
	  . "(SELECT 'heap only', x.* FROM ($right EXCEPT ALL $left) x LIMIT 5)";
}

# ----- sydraQL: the language over the sydra table, hand-written SQL over the heap twin

my %agree = ('=' => '=', '!=' => '<>', '<' => '<', '<=' => '<=', '>' => '>', '>=' => '>=');

# An identifier of the language.
sub word
{
	my $name = shift;

	return $name =~ /^[A-Za-z_][A-Za-z0-9_]*$/ ? $name : '"' . $name =~ s/"/""/gr . '"';
}

# A tag predicate: (sydraQL, SQL).  A tag that is missing reads as ''.
sub tag_condition
{
	my ($self, $tag, $matcher) = @_;
	my $r = $self->{random};
	my $name = $matcher ? word($tag->{key}) : $r->pick('tag.', 'tag.') . word($tag->{key});
	my $text = "coalesce($tag->{text}, '')";
	my $value = Oracle::Table::quote_text($r->chance(70) ? ($self->sample($tag->{text}) // '') : 'none');

	for ($r->below($matcher ? 4 : 6))
	{
		return ("$name = $value", "$text = $value") if $_ == 0;
		return ("$name != $value", "$text <> $value") if $_ == 1;
		if ($_ <= 3)
		{
			my ($pattern, $flags) = ($r->pick('^a', 'a$', 'al|ta', '[0-9]', '^$', 'beta', '\d+$', 'o.n'), $r->pick('', 'i'));

			return ("$name =~ /$pattern/$flags", "$text ~$flags '$pattern'" =~ s/~i/~*/r) if $_ == 2;
			return ("$name !~ /$pattern/$flags", "$text !~$flags '$pattern'" =~ s/~i/~*/r);
		}
		return ("$name in ($value, 'beta')", "$text IN ($value, 'beta')") if $_ == 4;
		return ("$name is null", "$tag->{text} IS NULL");
	}
}

sub field_sql
{
	my $column = shift;
	my $name = Oracle::Table::quote_name($column->{name});

	return $column->{kind} eq 'float' ? "$name\::float8" : "$name\::int8";
}

sub field_condition
{
	my ($self, $column) = @_;
	my $r = $self->{random};
	my $name = word($column->{name});
	my $sql = field_sql($column);
	my $operator = $r->pick(sort keys %agree);
	my $constant = $r->between(-20, 60);

	return ("$name is not null", "$sql IS NOT NULL") if $r->chance(20);
	return ("$name between $constant and " . ($constant + 50), "$sql BETWEEN $constant AND " . ($constant + 50)) if $r->chance(20);
	return ("$name $operator $constant", "$sql $agree{$operator} $constant");
}

# WHERE of both, and the range in microseconds.
sub conditions
{
	my ($self, $bounded, $tags_only) = @_;
	my ($r, $session, $table) = @$self{ 'random', 'session', 'table' };
	my $time = $table->time_name;
	my @range = $session->rows("SELECT (extract(epoch FROM min($time)) * 1000000)::int8, "
		  . "(extract(epoch FROM max($time)) * 1000000)::int8 FROM $table->{heap} WHERE isfinite($time)");
	my ($first, $last) = $range[0][0] eq '<null>' ? (0, 1000000) : @{ $range[0] };
	my $span = $last - $first + 1;
	my ($low, $high) = ($first - 1000000 * $r->below(100), $last + 1000000 * $r->between(1, 100));

	if ($r->chance(60))
	{
		$low = $first + int($span / 100 * $r->below(100));
		$high = $low + int($span / 100 * $r->below(40));
	}
	my @ql = ('time >= ' . iso($low));
	my @sql = ("$time >= '" . iso($low) . "'");

	if ($bounded || $r->chance(80))
	{
		my $operator = !$bounded && $r->chance(20) ? '<=' : '<';

		push @ql, "time $operator " . iso($high);
		push @sql, "$time $operator '" . iso($high) . "'";
	}
	my @matchers;

	for my $tag ($table->tags)
	{
		if ($r->chance(15))
		{
			my ($ql, $sql) = $self->tag_condition($tag, 1);

			push @matchers, $ql;
			push @sql, $sql;
		}
		if ($r->chance(25))
		{
			my ($ql, $sql) = $self->tag_condition($tag);
			my $not = $r->chance(15);

			push @ql, $not ? "not ($ql)" : $ql;
			push @sql, $not ? "NOT ($sql)" : $sql;
		}
	}
	if (!$tags_only && $r->chance(25) && (my @numbers = $table->numbers))
	{
		my ($ql, $sql) = $self->field_condition($r->pick(@numbers));

		if ($r->chance(30) && (my @tags = $table->tags))
		{
			my ($ql2, $sql2) = $self->tag_condition($r->pick(@tags));

			($ql, $sql) = ("($ql or $ql2)", "($sql OR $sql2)");
		}
		push @ql, $ql;
		push @sql, $sql;
	}
	return {
		ql => join(' and ', $r->shuffle(@ql)),
		sql => join(' AND ', @sql),
		source => word_path($table->{sydra}) . (@matchers ? ' {' . join(', ', @matchers) . '}' : ''),
		low => $low, high => $high,
	};
}

# A DELETE of sydraQL, and the condition of SQL for the same rows.
sub deletion
{
	my ($self) = @_;
	my $c = $self->conditions(1, 1);

	return ("delete from $c->{source} where $c->{ql}", $c->{sql});
}

sub word_path { return join '.', map { word($_) } split /\./, shift }

sub iso
{
	my $text = Oracle::Table::time_text(shift);

	return $text =~ s/ /T/r =~ s/\.?0*\+00$/Z/r if $text =~ /\.\d/;
	return $text =~ s/ /T/r =~ s/\+00$/Z/r;
}

# One row a point, in the default order.
sub raw_question
{
	my ($self) = @_;
	my ($r, $table) = @$self{ 'random', 'table' };
	my $c = $self->conditions;
	my (@ql, @sql, @approx);
	my $time = $table->time_name;
	my $add = sub { push @ql, shift; push @sql, shift; push @approx, shift };

	$add->('time', $time, 0);
	for my $column ($table->columns('field'))
	{
		next if $r->chance(50);
		$add->(word($column->{name}), Oracle::Table::quote_name($column->{name}), 0) if $plain{ $column->{type} };
		if ($column->{sum} && $r->chance(40))
		{
			my ($name, $sql) = (word($column->{name}), field_sql($column));

			$add->(@{ $r->pick(["$name * 2 + 1", "$sql * 2 + 1", 1], ["abs($name)", "abs($sql)", 0],
				["coalesce($name, 0)", "coalesce($sql, 0)", 0], ["$name / 4", "$sql\::float8 / 4", 1],
				["-$name", "-$sql", 0]) });
		}
	}
	for my $tag ($table->tags)
	{
		$add->('tag.' . word($tag->{key}), $tag->{text}, 0) if $r->chance(60);
	}
	my @order = ($time, (map { "$_->{text} COLLATE \"C\" NULLS LAST" } $table->tags), $table->seq_expression);
	my $ql = 'select ' . join(', ', @ql) . " from $c->{source} where $c->{ql}";

	if ($r->chance(20) && (my @numbers = $table->numbers))
	{
		my $column = $r->pick(@numbers);
		my $direction = $r->pick('asc', 'desc');

		$ql .= ' order by ' . word($column->{name}) . " $direction nulls last";
		unshift @order, field_sql($column) . " $direction NULLS LAST";
	}
	elsif ($r->chance(15))
	{
		$ql .= ' order by time desc';
		unshift @order, "$time DESC";
	}
	my $limit = '';

	$limit = ' limit ' . $r->below(100) . ($r->chance(30) ? ' offset ' . $r->below(50) : '') if $r->chance(40);
	$ql .= $limit;
	return {
		ql => $ql, select => '*', approx => \@approx,
		sql => 'SELECT ' . join(', ', @sql) . " FROM $table->{heap} WHERE $c->{sql} ORDER BY "
		  . join(', ', @order) . $limit,
	};
}

# (sydraQL, SQL, approximate): an aggregate that the language and SQL spell alike, or nearly.
sub aggregate
{
	my ($self, $fill) = @_;
	my ($r, $table) = @$self{ 'random', 'table' };
	# Our own interpolation is not the judge of infinities and 64-bit integers.
	my @numbers = grep { $_->{sum} || ($fill // '') ne 'linear' } $table->numbers;

	return ($r->pick('count(*)', 'count()'), 'count(*)', 0) if !@numbers || $r->chance(15);
	my $column = $r->pick(@numbers);
	my ($ql, $sql) = (word($column->{name}), field_sql($column));
	my $time = $table->time_name;
	my $ties = join '', map { "$_->{text} COLLATE \"C\" NULLS LAST, " } $table->tags;
	my $seq = $table->seq_expression;
	my @choices = (
		[ "count($ql)", "count($sql)", 0 ], [ "min($ql)", "min($sql)", 0 ], [ "max($ql)", "max($sql)", 0 ],
		[ "first($ql)", "(array_agg($sql ORDER BY $time, $ties$seq DESC) FILTER (WHERE $sql IS NOT NULL))[1]", 0 ],
		[ "last($ql)", "(array_agg($sql ORDER BY $time DESC, $ties$seq DESC) FILTER (WHERE $sql IS NOT NULL))[1]", 0 ]);

	push @choices, [ "count(distinct $ql)", "count(DISTINCT $sql)", 0 ], [ "mode($ql)", "mode() WITHIN GROUP (ORDER BY $sql)", 0 ];
	# Times are no numbers to fill with.
	push @choices,
	  [ "min_time($ql)", "(array_agg($time ORDER BY $sql, $time) FILTER (WHERE $sql IS NOT NULL))[1]", 0 ],
	  [ "max_time($ql)", "(array_agg($time ORDER BY $sql DESC, $time) FILTER (WHERE $sql IS NOT NULL))[1]", 0 ]
	  if !defined $fill;
	push @choices,
	  [ "median($ql)", "percentile_cont(0.5) WITHIN GROUP (ORDER BY $sql\::float8)", 1 ],
	  [ "percentile($ql, 0.9)", "percentile_cont(0.9) WITHIN GROUP (ORDER BY $sql\::float8)", 1 ],
	  [ "sum($ql)", "sum($sql)", $column->{kind} eq 'float' ],
	  [ "avg($ql)", "avg($sql\::float8)", 1 ],
	  [ "spread($ql)", "max($sql) - min($sql)", 1 ],
	  [ "stddev($ql)", "stddev_samp($sql\::float8)", 1 ],
	  [ "variance($ql)", "var_samp($sql\::float8)", 1 ]
	  if $column->{sum};
	# Computed after the fill of its parts.
	push @choices, [ "sum($ql) / count($ql) + 1", "sum($sql)::float8 / nullif(count($sql), 0) + 1", 1 ]
	  if $column->{sum} && !defined $fill;
	return @{ $r->pick(@choices) };
}

# Rows of groups, with or without buckets and a fill.
sub group_question
{
	my ($self) = @_;
	my ($r, $session, $table) = @$self{ 'random', 'session', 'table' };
	my $bucketed = $r->chance(70);
	my $fill = $bucketed && $r->chance(40) ? $r->pick('null', 'previous', 'linear', '0', '-1.5') : undef;
	my $c = $self->conditions(1);
	my @tags = $r->some($table->tags);
	my (@ql, @sql, @group, @order, @approx);
	my $aggregates = $r->between(1, 4);
	my $step;

	if ($bucketed)
	{
		my $least = ($c->{high} - $c->{low}) / 400;
		my %steps = ('7s' => 7, '1m' => 60, '5m' => 300, '1h' => 3600, '1h30m' => 5400, '1d' => 86400, '7d' => 604800, '400d' => 34560000);
		my ($name) = grep { $steps{$_} * 1e6 >= $least } sort { $steps{$a} <=> $steps{$b} } keys %steps;

		$step = $steps{$name} * 1000000;
		push @ql, "time_bucket($name, time) as b";
		push @sql, 'oracle_bucket(' . $table->time_name . ", $step)";
		push @group, 'b';
		push @order, '1';
		push @approx, 0;
	}
	for my $tag (@tags)
	{
		my $number = @ql + 1;

		push @ql, 'tag.' . word($tag->{key}) . " as k$number";
		push @sql, $tag->{text};
		push @group, $r->pick("k$number", 'tag.' . word($tag->{key}));
		push @order, "$number NULLS LAST";
		push @approx, 0;
	}
	my $keys = @ql;

	for (1 .. $aggregates)
	{
		my ($ql, $sql, $approx) = $self->aggregate($fill);
		my $number = @ql + 1;

		push @ql, "$ql as a$number";
		push @sql, $sql;
		push @approx, $approx || (defined $fill && $fill =~ /linear|1.5/) || 0;
	}
	my @names = (($bucketed ? '(extract(epoch FROM b) * 1000000)::int8' : ()),
		(map { "k$_" } ($bucketed ? 2 : 1) .. $keys), (map { "a$_" } $keys + 1 .. @ql));
	my $ql = 'select ' . join(', ', @ql) . " from $c->{source} where $c->{ql}";
	my $sql = 'SELECT ' . join(', ', @sql) . " FROM $table->{heap} WHERE $c->{sql}";
	my $tail = '';

	if (@group)
	{
		$ql .= ' group by ' . join(', ', @group);
		$sql .= ' GROUP BY ' . join(', ', 1 .. $keys);
	}
	if (@group && !defined $fill && $r->chance(15))
	{
		$ql .= ' having count(*) > 2';
		$sql .= ' HAVING count(*) > 2';
	}
	$ql .= " fill($fill)" if defined $fill;
	if (@group && $r->chance(20))
	{
		$ql .= ' order by ' . ($bucketed ? 'b' : 'k1') . ' desc nulls last';
		$order[0] = '1 DESC NULLS LAST';
	}
	$sql .= ' ORDER BY ' . join(', ', @order) if @order;
	# SQL's limit would come before our fill.
	if (@group && !defined $fill && $r->chance(25))
	{
		$tail = ' limit ' . $r->below(30);
		$ql .= $tail;
		$sql .= $tail;
	}
	return {
		ql => $ql, sql => $sql, select => join(', ', @names), approx => \@approx,
		fill => $fill, step => $step, keys => $keys, low => $c->{low}, high => $c->{high},
	};
}

# The counter family: series by series over neighbouring samples, of equal times the one written last.
sub counter_question
{
	my ($self) = @_;
	my ($r, $table) = @$self{ 'random', 'table' };
	my @numbers = grep { $_->{sum} } $table->numbers;

	return $self->group_question if !@numbers;
	my $column = $r->pick(@numbers);
	my $c = $self->conditions;
	my ($x, $time, $seq) = (word($column->{name}), $table->time_name, $table->seq_expression);
	my @tags = $table->tags;
	my @keys = map { "t$_" } grep { $r->chance(50) } 0 .. $#tags;
	my $list = join '', map { "$_, " } @keys;
	my $series = join ', ', (map { "t$_" } 0 .. $#tags), '1::int4 + 0';
	my $group = @keys ? ' GROUP BY ' . join(', ', @keys) : '';
	my $join = sub { my $with = shift; @keys ? " LEFT JOIN $with ON " . join(' AND ', map { "k.$_ IS NOT DISTINCT FROM $with.$_" } @keys) : " CROSS JOIN $with" };
	my $increase = 'sum(CASE WHEN x >= p THEN x - p ELSE x END) FILTER (WHERE p IS NOT NULL)';
	my @items = ("increase($x)", "delta($x)", "rate($x)", "integral($x, 1m)", "time_weighted_avg($x)");

	return {
		ql => 'select ' . join(', ', (map { my ($n) = /(\d+)/; 'tag.' . word($tags[$n]{key}) } @keys), @items) . " from $c->{source} where $c->{ql}"
		  . (@keys ? ' group by ' . join(', ', 1 .. @keys) : ''),
		select => '*', approx => [ (0) x @keys, (1) x @items ],
		sql => "WITH r AS (SELECT $time AS t, $seq AS seq_, (" . field_sql($column) . ')::float8 AS x' . join('', map { ", $tags[$_]{text} AS t$_" } 0 .. $#tags)
		  . " FROM $table->{heap} WHERE $c->{sql}), "
		  . "o AS (SELECT DISTINCT ON ($series, t) * FROM r WHERE x IS NOT NULL AND isfinite(t) ORDER BY $series, t, seq_ DESC), "
		  . 'p AS (SELECT *, lag(x) OVER w AS p, extract(epoch FROM t - lag(t) OVER w)::float8 AS s, extract(epoch FROM lead(t) OVER w - t)::float8 AS h '
		  . "FROM o WINDOW w AS (PARTITION BY $series ORDER BY t)), "
		  . "s AS (SELECT $list$increase AS i, sum(x - p) AS d, $increase / sum(s) AS rate, sum((x + p) / 2 * s) / 60 AS a FROM p GROUP BY $series), "
		  . "g AS (SELECT ${list}sum(i) AS i, sum(d) AS d, sum(rate) AS rate, sum(a) AS a FROM s$group), "
		  . "h AS (SELECT ${list}sum(x * h) / sum(h) AS held FROM p WHERE h IS NOT NULL$group) "
		  . 'SELECT ' . join('', map { "k.$_, " } @keys) . 'i, d, rate, a, held FROM (' . (@keys ? 'SELECT DISTINCT ' . join(', ', @keys) . ' FROM r' : 'SELECT 1') . ') k'
		  . $join->('g') . $join->('h') . (@keys ? ' ORDER BY ' . join(', ', map { "k.$_ COLLATE \"C\" NULLS LAST" } @keys) : ''),
	};
}

# Window functions over raw rows.  Of rows of one series with the same time they see the one written
# last, and each of those rows has the values of that one.
sub window_question
{
	my ($self) = @_;
	my ($r, $table) = @$self{ 'random', 'table' };
	my $c = $self->conditions;
	my ($time, $seq) = ($table->time_name, $table->seq_expression);
	my @tags = map { $_->{text} } $table->tags;
	my $series = join ', ', @tags, '1::int4 + 0';
	my (@ql, @sql, @approx);

	for (1 .. $r->between(1, 3))
	{
		my @numbers = grep { $_->{sum} } $table->numbers;
		my $column = $r->pick(@numbers, undef);

		if (!defined $column)
		{
			push @ql, 'row_number()';
			push @sql, 'row_number() OVER w';
			push @approx, 0;
			next;
		}
		my ($ql, $sql, $float) = (word($column->{name}), field_sql($column), $column->{kind} eq 'float');
		my $n = $r->pick(1, 2, 5, 40);
		my $choice = $r->pick(
			[ "lag($ql)", "lag($sql) OVER w", 0 ], [ "lag($ql, $n)", "lag($sql, $n) OVER w", 0 ],
			[ "lead($ql)", "lead($sql) OVER w", 0 ], [ "lead($ql, $n)", "lead($sql, $n) OVER w", 0 ],
			[ "difference($ql)", "$sql - lag($sql) OVER w", 1 ],
			[ "derivative($ql, 1m)",
				"($sql - lag($sql) OVER w)::float8 / (extract(epoch FROM $time - lag($time) OVER w) / 60)::float8", 1 ],
			[ "moving_avg($ql, ${n}m)", "avg($sql\::float8) OVER (w RANGE BETWEEN '${n} min'::interval - '1 us'::interval PRECEDING AND CURRENT ROW)", 1 ],
			[ "running_sum($ql)", "sum($sql) OVER w", $float ], [ "runavg($ql)", "avg($sql\::float8) OVER w", 1 ],
			[ "running_min($ql)", "min($sql) OVER w", 0 ], [ "runmax($ql)", "max($sql) OVER w", 0 ],
			[ "running_count($ql)", "count($sql) OVER w", 0 ]);

		push @ql, $choice->[0];
		push @sql, $choice->[1];
		push @approx, $choice->[2];
	}
	my $limit = $r->chance(30) ? ' limit ' . $r->below(100) : '';
	my $number = 0;

	# Without infinite times, which no interval reaches.
	# Every row has its partner: the join is a full one so that no plan goes through one side for each row of the other.
	return {
		ql => 'select time, ' . join(', ', @ql) . " from $c->{source} where $c->{ql} and time < 9999-01-01$limit",
		select => '*', approx => [ 0, @approx ],
		sql => "WITH r AS (SELECT *, $seq AS seq_, max($seq) OVER (PARTITION BY $series, $time) AS last_ "
		  . "FROM $table->{heap} WHERE $c->{sql} AND $time < '9999-01-01'), "
		  . 'v AS (SELECT seq_, ' . join(', ', map { "$_ AS w" . $number++ } @sql)
		  . " FROM r WHERE seq_ = last_ WINDOW w AS (PARTITION BY $series ORDER BY $time)) "
		  . "SELECT $time, " . join(', ', map { "w$_" } 0 .. $#sql) . ' FROM r FULL JOIN v ON r.last_ = v.seq_ ORDER BY '
		  . join(', ', $time, (map { "$_ COLLATE \"C\" NULLS LAST" } @tags), 'r.seq_') . $limit,
	};
}

# A metric joined with itself: to each row the last one of its series, some time before.
sub join_question
{
	my ($self) = @_;
	my ($r, $table) = @$self{ 'random', 'table' };
	my $c = $self->conditions;
	my ($time, $seq) = ($table->time_name, $table->seq_expression);
	my @tags = $table->tags;
	my ($shift, $within) = ($r->pick(0, 1, 60, 3600), $r->pick(undef, 0, 1, 30, 86400));
	my $match = $r->pick('exact', 'previous');
	my ($low, $high) = map { iso($c->{$_}) } 'low', 'high';
	my @left = ("$time >= '$low'", "$time < '$high'");
	my @right = ("$time + '$shift s' >= '$low'::timestamptz - '" . ($match eq 'exact' ? 0 : $within // 0) . " s'::interval");
	my @ql = ("time >= $low", "time < $high");
	my (@items, @sql_left, @sql_right);
	my $limit = $r->below(60);

	push @right, $match eq 'exact' ? "$time + '$shift s' = l.t_" : "$time + '$shift s' <= l.t_";
	push @right, "l.t_ - ($time + '$shift s') <= '$within s'" if defined $within && $match ne 'exact';
	for my $column ($table->columns('field'))
	{
		next if !$plain{ $column->{type} } || $r->chance(30);
		my $n = @items / 2;
		my $name = Oracle::Table::quote_name($column->{name});

		push @items, 'a.' . word($column->{name}), 'b.' . word($column->{name});
		push @sql_left, "$name AS l$n";
		push @sql_right, "$name AS r$n";
	}
	for my $at (0 .. $#tags)
	{
		push @sql_left, "$tags[$at]{text} AS k$at";
		push @right, "$tags[$at]{text} IS NOT DISTINCT FROM l.k$at";
		next if !$r->chance(30);
		my ($ql, $sql) = $self->tag_condition($tags[$at]);

		push @ql, $ql;
		push @left, $sql;
	}
	my $source = word_path($table->{sydra});
	my $on = @tags ? ' on ' . join ', ', map { 'tag.' . word($_->{key}) } @tags : '';
	my $columns = join ', ', 'l.t_', 'r.t_', map { ("l.l$_", "r.r$_") } 0 .. @items / 2 - 1;

	return {
		ql => 'select ' . join(', ', 'time', 'b.time', @items) . " from $source a join time $source b"
		  . ($shift ? " shift ${shift}s" : '') . " match $match" . (defined $within ? " within ${within}s" : '') . $on
		  . ' where ' . join(' and ', $r->shuffle(@ql)) . " limit $limit",
		select => '*', approx => [ (0) x (@items + 2) ],
		sql => "SELECT $columns FROM (SELECT " . join(', ', "$time AS t_", "$seq AS seq_", @sql_left)
		  . " FROM $table->{heap} WHERE " . join(' AND ', @left) . ' ORDER BY '
		  . join(', ', $time, (map { "$_->{text} COLLATE \"C\" NULLS LAST" } @tags), $seq) . " LIMIT $limit) l "
		  . 'LEFT JOIN LATERAL (SELECT ' . join(', ', "$time + '$shift s' AS t_", @sql_right) . " FROM $table->{heap} WHERE "
		  . join(' AND ', @right) . " ORDER BY $time DESC, $seq DESC LIMIT 1) r ON true ORDER BY "
		  . join(', ', 'l.t_', (map { "l.k$_ COLLATE \"C\" NULLS LAST" } 0 .. $#tags), 'l.seq_'),
	};
}

sub floor_bucket
{
	my ($us, $step) = @_;
	my $origin = 946857600000000;
	my $rest = ($us - $origin) % $step;

	return $us - $rest;
}

# What language.md, section 6 says of fill, done to the rows of the groups that exist.
sub fill_rows
{
	my ($question, @rows) = @_;
	my ($step, $keys, $policy) = @$question{ 'step', 'keys', 'fill' };
	my $from = floor_bucket($question->{low}, $step);
	my $to = floor_bucket($question->{high} - 1, $step);
	my %groups;
	my @result;

	return if $question->{low} >= $question->{high};
	for my $row (@rows)
	{
		my $key = join "\001", @$row[ 1 .. $keys - 1 ];

		$groups{$key}{ $row->[0] } = $row;
	}
	for my $key (keys %groups)
	{
		my $group = $groups{$key};
		my @buckets = map { $from + $_ * $step } 0 .. ($to - $from) / $step;

		for my $i (0 .. $#buckets)
		{
			my $bucket = $buckets[$i];
			my @row;

			if ($group->{$bucket})
			{
				push @result, $group->{$bucket};
				next;
			}
			@row = ($bucket, split /\001/, $key, -1);
			for my $column ($keys .. $#{ $rows[0] })
			{
				my $known = sub {
					my $there = $group->{ $_[0] };
					return $there && $there->[$column] ne '<null>' ? $there->[$column] : undef;
				};
				my ($before) = grep { defined $known->($_) } reverse @buckets[ 0 .. $i ];
				my ($after) = grep { defined $known->($_) } @buckets[ $i .. $#buckets ];
				my $value = '<null>';

				if ($policy eq 'previous') { $value = $known->($before) if defined $before }
				elsif ($policy eq 'linear')
				{
					if (defined $before && defined $after)
					{
						my ($left, $right) = ($known->($before), $known->($after));

						$value = $left + ($right - $left) * (($bucket - $before) / ($after - $before));
					}
				}
				elsif ($policy ne 'null') { $value = $policy }
				push @row, $value;
			}
			push @result, \@row;
		}
	}
	my $descending = $question->{sql} =~ /ORDER BY 1 DESC/ ? -1 : 1;

	return sort {
		my $order = $descending * ($a->[0] <=> $b->[0]);

		for my $column (1 .. $keys - 1)
		{
			last if $order;
			my ($x, $y) = ($a->[$column], $b->[$column]);

			utf8::encode($x);
			utf8::encode($y);
			$order = ($x eq '<null>') <=> ($y eq '<null>') || $x cmp $y;
		}
		$order;
	} @result;
}

sub same_value
{
	my ($left, $right, $approx) = @_;

	return 1 if $left eq $right;
	return 0 if $left eq '<null>' || $right eq '<null>';
	my $number = qr/^-?(\d+(\.\d*)?([eE][-+]?\d+)?)$/;

	return 0 if $left !~ $number || $right !~ $number;
	# -0 and 0 are one value to min and max; which of them stands there is not promised.
	return 1 if $left == 0 && $right == 0;
	return 0 if !$approx && $left !~ /e/i && $right !~ /e/i && $left !~ /\./ && $right !~ /\./;
	return $left == $right if !$approx;
	my $size = abs($left) > abs($right) ? abs($left) : abs($right);

	return abs($left - $right) <= 1e-6 + 1e-9 * $size;
}

sub ask_sydraql
{
	my ($self) = @_;
	my ($r, $session) = @$self{ 'random', 'session' };
	my $kind = $r->pick('raw_question', 'raw_question', 'group_question', 'group_question', 'window_question', 'join_question', 'counter_question');
	my $question = $self->$kind;
	my $call = "SELECT $question->{select} FROM sydraql(" . Oracle::Table::quote_text($question->{ql}) . ')';
	my @left = $session->rows($call);
	my @right = $session->rows($question->{sql});
	my $complain = sub {
		die "sydraQL differs: $_[0]\n  $call\n  $question->{sql}\n";
	};

	@right = fill_rows($question, @right) if defined $question->{fill};
	$complain->(@left . ' rows, wanted ' . @right) if @left != @right;
	for my $i (0 .. $#left)
	{
		for my $column (0 .. $#{ $left[$i] })
		{
			next if same_value($left[$i][$column], $right[$i][$column], $question->{approx}[$column]);
			$complain->("row $i, column $column\n    " . join(' | ', @{ $left[$i] }) . "\n  wanted\n    "
				  . join(' | ', @{ $right[$i] }));
		}
	}
}

1;
