# Random expressions of each kind, in sydraQL and in SQL.
#
# An expression is { ql, sql, kind, rank, approx, name }: kind is int float text bool time or span; rank
# tells how tightly its outermost operator binds in sydraQL; approx is 0 where both must agree to the
# bit; name is what a column of it is called, when nothing names it.
package Reference::Expression;

use strict;
use utf8;
use warnings;

use Exporter 'import';

our @EXPORT_OK = qw(literal text_literal time_literal time_sql call binary inside as_float iso %used);

# How often each function and clause was asked for.
our %used;

my ($or, $and, $not, $comparison, $sum, $product, $minus, $tight) = 1 .. 8;

# names: expressions that stand for themselves.  A name with tag set reads as '' in comparisons.
sub new
{
	my ($class, $random, @names) = @_;

	return bless { random => $random, names => \@names, exact => 0 }, $class;
}

# The same, without functions that are only about equal.
sub exact
{
	my ($self) = @_;

	return bless { %$self, exact => 1, names => [ grep { !$_->{approx} } @{ $self->{names} } ] }, ref $self;
}

# ----- parts

sub literal
{
	my ($ql, $sql, $kind) = @_;

	return { ql => $ql, sql => $sql, kind => $kind, rank => $ql =~ /^-/ ? $minus : $tight, approx => 0 };
}

sub text_literal
{
	my $text = shift =~ s/'/''/gr;

	return literal("'$text'", "'$text'::text", 'text');
}

sub iso
{
	my $us = shift;
	my $seconds = CORE::int($us / 1000000);
	my $rest = $us - $seconds * 1000000;

	($rest, $seconds) = ($rest + 1000000, $seconds - 1) if $rest < 0;
	my @t = gmtime $seconds;
	my $fraction = $rest ? sprintf('.%06d', $rest) =~ s/0+$//r : '';

	return sprintf '%04d-%02d-%02dT%02d:%02d:%02d%sZ', $t[5] + 1900, $t[4] + 1, @t[ 3, 2, 1, 0 ], $fraction;
}

sub time_sql { return "timestamptz '" . iso(shift) . "'" }

sub time_literal
{
	my $us = shift;

	return literal(iso($us), time_sql($us), 'time');
}

# An expression as an operand of something that binds as tightly as rank.
sub inside
{
	my ($e, $rank) = @_;

	return $e->{rank} < $rank || $e->{ql} =~ /^-/ ? "($e->{ql})" : $e->{ql};
}

# sql: #1, #2 … are the arguments.
sub fill_in
{
	my ($sql, @arguments) = @_;

	return $sql =~ s/#(\d)/$arguments[$1 - 1]{sql}/gr;
}

sub approx_of
{
	my ($approx, @arguments) = @_;

	for (@arguments) { $approx = $_->{approx} if $_->{approx} && $_->{approx} > $approx }
	return $approx;
}

sub call
{
	my ($name, $kind, $sql, $approx, @arguments) = @_;

	$used{$name}++;
	return {
		ql => "$name(" . join(', ', map { $_->{ql} } @arguments) . ')', sql => fill_in($sql, @arguments),
		kind => $kind, rank => $tight, approx => approx_of($approx, @arguments), name => $name,
	};
}

sub binary
{
	my ($operator, $rank, $kind, $sql, $left, $right) = @_;
	my $chains = $rank != $comparison;

	return {
		ql => inside($left, $rank + !$chains) . " $operator " . inside($right, $rank + 1),
		sql => fill_in("($sql)", $left, $right), kind => $kind, rank => $rank, approx => approx_of(0, $left, $right),
	};
}

sub as_float
{
	my ($e) = @_;

	return $e->{kind} eq 'int' ? { %$e, sql => "($e->{sql})::float8" } : $e;
}

sub pick_name
{
	my ($self, $kind) = @_;
	my @names = grep { $_->{kind} eq $kind } @{ $self->{names} };

	return @names ? $self->{random}->pick(@names) : undef;
}

# ----- each kind

sub of
{
	my ($self, $kind, $depth) = @_;

	return $self->$kind($depth);
}

# A name or a constant.
sub leaf
{
	my ($self, $kind) = @_;
	my $r = $self->{random};
	my $name = $r->chance(80) ? $self->pick_name($kind) : undef;

	return $name if $name;
	if ($kind eq 'int') { my $n = $r->pick(-7, -1, 0, 1, 2, 3, 10, 60); return literal($n, "($n)::int8", 'int') }
	if ($kind eq 'float') { my $n = $r->pick('-2.5', '0.5', '1.0', '1e-3', '2.25', '100.125'); return literal($n, "($n)::float8", 'float') }
	if ($kind eq 'bool') { my $n = $r->pick('true', 'false'); return literal($n, $n, 'bool') }
	return text_literal($r->pick('', 'alpha', 'beta', 'Gamma', "o'neill", 'zürich', 'x')) if $kind eq 'text';
	if ($kind eq 'time' && $r->chance(20)) { $used{now}++; return { %{ literal('now()', 'now()', 'time') }, name => 'now' } }
	return time_literal($r->pick(946684800, 1709164800, 1709251200) * 1000000);
}

sub int
{
	my ($self, $depth) = @_;
	my $r = $self->{random};

	return $self->leaf('int') if $depth <= 0 || $r->chance(30);
	my $next = sub { $self->int($depth - 1) };

	for ($r->below(14))
	{
		return binary('+', $sum, 'int', '#1 + #2', $next->(), $next->()) if $_ == 0;
		return binary('-', $sum, 'int', '#1 - #2', $next->(), $next->()) if $_ == 1;
		return binary('*', $product, 'int', '#1 * #2', $next->(), $self->leaf('int')) if $_ == 2;
		return binary('%', $product, 'int', '#1 % nullif(#2, 0)', $next->(), $next->()) if $_ == 3;
		return call('mod', 'int', '(#1 % nullif(#2, 0))', 0, $next->(), $self->leaf('int')) if $_ == 4;
		return call('abs', 'int', 'abs(#1)', 0, $next->()) if $_ == 5;
		return call('sign', 'int', 'sign(#1)::int8', 0, $next->()) if $_ == 6;
		return call('clamp', 'int', 'CASE WHEN #1 IS NOT NULL THEN least(greatest(#1, #2), #3) END', 0, $next->(),
			literal('-3', '(-3)::int8', 'int'), literal('20', '20::int8', 'int')) if $_ == 7;
		return call('length', 'int', 'length(#1)::int8', 0, $self->text($depth - 1)) if $_ == 8;
		if ($_ == 9) { my $e = $next->(); return { %$e, ql => '-' . inside($e, $minus), sql => "(- $e->{sql})", rank => $minus, name => undef } }
		return call($r->pick('ceil', 'floor', 'round', 'trunc'), 'int', '#1', 0, $next->()) if $_ == 10;
		return $self->choice('int', $depth);
	}
}

# Functions of two and more arguments of any kind.
sub choice
{
	my ($self, $kind, $depth) = @_;
	my $r = $self->{random};
	# Beside a float an integer is one too.
	my $next = sub {
		my $e = $kind eq 'float' && $r->chance(25) ? as_float($self->int($depth - 1)) : $self->$kind($depth - 1);
		return $e;
	};
	my ($a, $b) = ($next->(), $next->());

	$a = $self->$kind($depth - 1) if $kind eq 'float';
	for ($r->below($kind eq 'bool' ? 3 : 5))
	{
		return call('coalesce', $kind, 'coalesce(#1, #2)', 0, $a, $b) if $_ == 0;
		return call('nullif', $kind, 'nullif(#1, #2)', 0, $a, $self->leaf($kind)) if $_ == 1;
		return call('if', $kind, 'CASE WHEN #1 THEN #2 ELSE #3 END', 0, $self->exact->bool($depth - 1), $a, $b) if $_ == 2;
		return call('greatest', $kind, 'greatest(#1, #2, #3)', 0, $a, $b, $next->()) if $_ == 3;
		return call('least', $kind, 'least(#1, #2)', 0, $a, $b);
	}
}

# A number that stands where a float8 is wanted.
sub number
{
	my ($self, $depth) = @_;

	return as_float($self->{random}->chance(30) ? $self->int($depth) : $self->float($depth));
}

my %scalar = (
	sqrt => 'ref.ref_sqrt(#1)', ln => 'ref.ref_ln(#1)', log => 'ref.ref_log(#1, 10)', log10 => 'ref.ref_log(#1, 10)',
	log2 => 'ref.ref_log(#1, 2)', sin => 'ref.ref_sin(#1)', cos => 'ref.ref_cos(#1)', tan => 'ref.ref_tan(#1)',
	asin => 'ref.ref_asin(#1)', acos => 'ref.ref_acos(#1)', atan => 'atan(#1)', degrees => 'degrees(#1)', radians => 'radians(#1)',
);
my %exact_scalar = (
	abs => 'abs(#1)', ceil => 'ceil(#1)', floor => 'floor(#1)', round => 'round(#1)', trunc => 'trunc(#1)', sign => 'sign(#1)',
);

sub float
{
	my ($self, $depth) = @_;
	my $r = $self->{random};

	return $self->leaf('float') if $depth <= 0 || $r->chance(25);
	# At least one of an operator's operands is no integer.
	my $next = sub { $self->number($depth - 1) };
	my $float = sub { $self->float($depth - 1) };

	# A field is a number where one is wanted.
	if ($r->chance(10) && (my $field = $self->pick_name('field')))
	{
		$used{field}++;
		return binary('+', $sum, 'float', '#1 + #2', $field, literal('0.5', '0.5::float8', 'float'));
	}
	for ($r->below($self->{exact} ? 9 : 18))
	{
		return binary($_ ? '-' : '+', $sum, 'float', $_ ? '#1 - #2' : '#1 + #2', $float->(), $next->()) if $_ <= 1;
		return binary('*', $product, 'float', '#1 * #2', $next->(), $self->leaf('float')) if $_ == 2;
		return binary('/', $product, 'float', '#1 / nullif(#2, 0)', $next->(), as_float($self->leaf($r->pick('int', 'float')))) if $_ == 3;
		if ($_ == 4) { my $e = $float->(); return { %$e, ql => '-' . inside($e, $minus), sql => "(- $e->{sql})", rank => $minus, name => undef } }
		if ($_ == 5) { my $name = $r->pick(sort keys %exact_scalar); return call($name, 'float', $exact_scalar{$name}, 0, $float->()) }
		return call('clamp', 'float', 'ref.ref_clamp(#1, #2, #3)', 0, $float->(), literal('-3', '(-3)::float8', 'float'), literal('20.5', '20.5::float8', 'float')) if $_ == 6;
		return $self->choice('float', $depth) if $_ == 7;
		return call('to_epoch', 'float', 'extract(epoch FROM #1)::float8', 0, $self->time($depth - 1)) if $_ == 8 && $r->chance(50);
		return call('date_part', 'float', "date_part(#1, #2)", 0, text_literal($r->pick('year', 'month', 'day', 'hour', 'minute', 'second', 'dow', 'doy', 'week')),
			$self->time($depth - 1)) if $_ == 8;
		return call('round', 'float', 'ref.ref_round(#1, #2)', 0, $self->leaf('float'), literal($_ = $r->below(3), "$_\::int8", 'int')) if $_ == 9;
		return call('mod', 'float', 'ref.ref_mod(#1, #2)', 1e-9, $self->leaf('float'), literal('2.5', '2.5::float8', 'float')) if $_ == 10;
		return call('pow', 'float', 'ref.ref_pow(#1, #2)', 1e-9, as_float($self->leaf($r->pick('int', 'float'))),
			literal($_ = $r->pick('2', '0.5', '-1', '3', '0'), "($_)::float8", 'float')) if $_ == 11;
		return call('exp', 'float', 'exp(#1)', 1e-9, call('clamp', 'float', 'ref.ref_clamp(#1, #2, #3)', 0, $float->(),
			literal('-5', '(-5)::float8', 'float'), literal('5', '5::float8', 'float'))) if $_ == 12;
		return call('log', 'float', 'ref.ref_log(#1, #2)', 1e-9, as_float($self->leaf('int')), literal($_ = $r->pick('3', '0.5', '1', '-2'), "($_)::float8", 'float')) if $_ == 13;
		return call('atan2', 'float', 'atan2(#1, #2)', 1e-9, $self->leaf('float'), as_float($self->leaf('int'))) if $_ == 14;
		my $name = $r->pick(sort keys %scalar);

		return call($name, 'float', $scalar{$name}, 1e-9, as_float($self->leaf($r->pick('int', 'float'))));
	}
}

sub text
{
	my ($self, $depth) = @_;
	my $r = $self->{random};

	return $self->leaf('text') if $depth <= 0 || $r->chance(35);
	my $next = sub { $self->text($depth - 1) };

	if ($r->chance(10) && (my $field = $self->pick_name('field_text')))
	{
		return call('concat', 'text', 'concat(#1, #2)', 0, $field, text_literal('-'));
	}
	for ($r->below(8))
	{
		return call('upper', 'text', 'upper(#1)', 0, $next->()) if $_ == 0;
		return call('lower', 'text', 'lower(#1)', 0, $next->()) if $_ == 1;
		return call('concat', 'text', 'concat(#1, #2, #3)', 0, $next->(), $next->(), $next->()) if $_ == 2;
		return call('substr', 'text', 'substr(#1, #2::int)', 0, $next->(), literal($_ = $r->between(-1, 4), "($_)::int8", 'int')) if $_ == 3;
		return call('substr', 'text', 'ref.ref_substr(#1, #2, #3)', 0, $next->(), $self->literal_int(-1, 4), $self->literal_int(-1, 3)) if $_ == 4;
		return call('replace', 'text', 'replace(#1, #2, #3)', 0, $next->(), text_literal($r->pick('a', 'ta', '', 'z')), text_literal($r->pick('', 'Q', 'ü'))) if $_ == 5;
		return $self->choice('text', $depth);
	}
}

sub literal_int
{
	my ($self, $low, $high) = @_;
	my $n = $self->{random}->between($low, $high);

	return literal($n, "($n)::int8", 'int');
}

my %duration = ('10s' => '10 s', '1m' => '1 min', '5m30s' => '330 s', '1h' => '1 h', '1d' => '24 h', '250ms' => '250 ms', '1mo' => '1 mon', '1y' => '1 y');

sub time
{
	my ($self, $depth) = @_;
	my $r = $self->{random};

	return $self->leaf('time') if $depth <= 0 || $r->chance(40);
	my $name = $r->pick(sort keys %duration);
	my $duration = literal($name, "interval '$duration{$name}'", 'span');

	for ($r->below(5))
	{
		return binary('+', $sum, 'time', '#1 + #2', $self->time($depth - 1), $duration) if $_ == 0;
		return binary('-', $sum, 'time', '#1 - #2', $self->time($depth - 1), $duration) if $_ == 1;
		return call('time_bucket', 'time', "date_bin(#1, #2, '2000-01-03Z')", 0, $duration, $self->time($depth - 1)) if $_ == 2 && $name !~ /[oy]$/;
		return $self->choice('time', $depth);
	}
}

sub span
{
	my ($self, $depth) = @_;

	return binary('-', $sum, 'span', 'ref.ref_span(#1, #2)', $self->time($depth - 1), $self->time($depth - 1));
}

# ----- conditions

# As an operand of a comparison: a tag that is missing reads as ''.
sub compared
{
	my ($e) = @_;

	return $e->{tag} ? { %$e, sql => "coalesce($e->{sql}, '')" } : $e;
}

my %operator = ('=' => '=', '!=' => '<>', '<>' => '<>', '<' => '<', '<=' => '<=', '>' => '>', '>=' => '>=');

sub bool
{
	my ($self, $depth) = @_;
	my $r = $self->{random};

	if ($depth > 0 && $r->chance(45))
	{
		my $next = sub { $self->bool($depth - 1) };

		for ($r->below(7))
		{
			return binary($r->pick('and', '&&', 'AND'), $and, 'bool', '#1 AND #2', $next->(), $next->()) if $_ <= 1;
			return binary($r->pick('or', '||', 'Or'), $or, 'bool', '#1 OR #2', $next->(), $next->()) if $_ <= 3;
			if ($_ <= 5) { my $e = $next->(); return { ql => $r->pick('not ', '!') . inside($e, $not), sql => "(NOT $e->{sql})", kind => 'bool', rank => $not, approx => 0 } }
			return $self->choice('bool', $depth);
		}
	}
	return $self->comparison($depth);
}

sub comparison
{
	my ($self, $depth) = @_;
	my $r = $self->{random};
	my $kind = $r->pick('int', 'float', 'float', 'text', 'text', 'time', 'bool');
	my $x = compared($self->pick_name($kind) && $r->chance(60) ? $self->pick_name($kind) : $self->$kind($depth - 1));
	my $y = sub { my $like = $kind eq 'float' && $r->chance(40) ? 'int' : $kind; compared($kind eq 'float' ? as_float($self->leaf($like)) : $self->leaf($like)) };
	my $leaf = inside($x, $sum);
	my $make = sub {
		my ($ql, $sql) = @_;

		return { ql => "$leaf $ql", sql => "($x->{sql} $sql)", kind => 'bool', rank => $comparison, approx => 0 };
	};

	return $self->pick_name('bool') // $self->leaf('bool') if $kind eq 'bool' && $r->chance(70);
	for ($r->below($kind eq 'text' ? 10 : 7))
	{
		if ($_ <= 3)
		{
			my $operator = $r->pick(sort keys %operator);

			return binary($operator, $comparison, 'bool', "#1 $operator{$operator} #2", $x, $y->());
		}
		if ($_ == 4)
		{
			my $is = $r->pick('', 'not ');
			# No comparison: a missing tag is null here.
			my $sql = $x->{tag} ? $x->{sql} =~ s/^coalesce\((.*), ''\)$/$1/r : $x->{sql};

			return { ql => "$leaf is ${is}null", sql => "($sql IS ${is}NULL)", kind => 'bool', rank => $comparison, approx => 0 };
		}
		my $not = $r->pick('', '', 'not ');

		if ($_ == 5)
		{
			my @list = map { $y->() } 0 .. $r->below(3);

			return $make->("${not}in (" . join(', ', map { $_->{ql} } @list) . ')', "${not}IN (" . join(', ', map { $_->{sql} } @list) . ')');
		}
		if ($_ == 6)
		{
			return binary('=', $comparison, 'bool', '#1 = #2', $x, $y->()) if $kind eq 'bool';
			my ($low, $high) = ($y->(), $y->());

			return $make->("${not}between " . inside($low, $sum) . ' and ' . inside($high, $sum), "${not}BETWEEN $low->{sql} AND $high->{sql}");
		}
		if ($_ == 7)
		{
			my $pattern = $r->pick('al%', '%a', '_eta', '%', '', 'a%a', '%-_');

			return $make->("${not}like '$pattern'", "${not}LIKE '$pattern'");
		}
		my $pattern = $r->pick('^a', 'a$', 'al|ta', '[0-9]', '^$', 'beta', '\d+$', 'o.n', '^[^b]', 'A');
		my $flag = $r->pick('', 'i');
		my $match = $r->pick('=', '!');

		return $make->(($match eq '=' ? '=~' : '!~') . " /$pattern/$flag", ($match eq '=' ? '' : '!') . '~' . ($flag ? '*' : '') . " '$pattern'");
	}
}

1;
