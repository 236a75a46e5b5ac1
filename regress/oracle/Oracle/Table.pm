# A table and its twin: the same columns, one USING sydra, one USING heap, and the rows for both.
#
# Every row carries seq, which counts rows in the order they are written; it stands in for what
# sydra keeps of that order, so that SQL can say what first and last mean for equal times.  Inside one
# transaction that order is the rows' place in the heap, which free space lets run either way: equal
# times are made of different transactions.
#
# Of some tables only the last written of equal times counts: a trigger of the twin deletes the others.
package Oracle::Table;

use strict;
use utf8;
use warnings;
no warnings "portable";

use Time::Local qw(timegm);

# Values of a column are made as text, as COPY and a quoted literal take it; undef is null.
my %tag_types = (
	'sydra.tag' => sub {
		my $r = shift;
		return undef if $r->chance(8);
		return $r->pick('', 'alpha', 'alpha-2', 'beta', 'Beta', 'gamma ray', "o'neill", 'zürich');
	},
	'sydra.tag_int4' => sub { my $r = shift; $r->chance(8) ? undef : $r->between(-3, 12) },
	'sydra.tag_int8' => sub { my $r = shift; $r->chance(8) ? undef : $r->pick(-1, 0, 7, 5000000000) },
	'sydra.tag_bool' => sub { my $r = shift; $r->chance(8) ? undef : $r->pick('true', 'false') },
	'sydra.tag_uuid' => sub {
		my $r = shift;
		return $r->chance(8) ? undef : sprintf '%08x-0000-4000-8000-000000000001', $r->below(4);
	},
);

# kind: what sydraQL makes of it (language.md, «Kinds»); sum: sums are free of overflow.
my %field_types = (
	'float8' => {
		kind => 'float', sum => 1,
		make => sub { my ($r, $state) = @_; $$state += $r->between(-100, 100) / 100; sprintf '%.2f', $$state }
	},
	'double precision' => {
		kind => 'float',
		make => sub {
			my $r = shift;
			return $r->pick('NaN', 'Infinity', '-Infinity', '-0', '1e300', '5e-324', '0.1') if $r->chance(10);
			return sprintf '%.17g', unpack('d', pack('Q', $r->bits & 0xbfffffffffffffff));
		}
	},
	'float4' => { kind => 'float', make => sub { my $r = shift; sprintf '%.3g', $r->between(-9999, 9999) / 7 } },
	'int2'   => { kind => 'integer', sum => 1, make => sub { my $r = shift; $r->between(-32768, 32767) } },
	'int4'   => {
		kind => 'integer', sum => 1,
		make => sub { my ($r, $state) = @_; $$state += $r->below(50); $$state }
	},
	'int8' => {
		kind => 'integer',
		make => sub {
			my $r = shift;
			return $r->pick('9223372036854775807', '-9223372036854775808') if $r->chance(3);
			return $r->between(0, 1 << 40);
		}
	},
	'numeric'     => { make => sub { my $r = shift; $r->pick('NaN', '1.50', '1.5', '-0.001', $r->between(0, 99) . '.25') } },
	'text'        => { make => sub { my $r = shift; text($r) } },
	'varchar(20)' => { make => sub { my $r = shift; substr text($r), 0, 20 } },
	'char(5)'     => { make => sub { my $r = shift; $r->pick('a', 'ab  ', 'abcde') } },
	'bool'        => { make => sub { my $r = shift; $r->pick('t', 'f') } },
	'jsonb'       => { make => sub { my $r = shift; $r->pick('{}', '[1, 2.50]', 'null', '{"a": {"b": "c"}}', '"x"') } },
	'json'        => { make => sub { my $r = shift; $r->pick('{"a":1,  "a":2}', '[]') } },
	'uuid'        => { make => sub { my $r = shift; sprintf '%08x-1111-4222-8333-%012x', $r->below(9), $r->below(1 << 30) } },
	'date'        => { make => sub { my $r = shift; $r->pick('1999-12-31', '2024-02-29', 'infinity', '0044-03-15 BC') } },
	'timestamp'   => { make => sub { my $r = shift; '2024-05-01 00:00:00.' . sprintf '%06d', $r->below(999999) } },
	'timestamptz' => { make => sub { my $r = shift; '2024-05-01 00:00:' . sprintf '%02d+00', $r->below(60) } },
	'bytea'       => { make => sub { my $r = shift; '\x' . '00ff' x $r->below(20) } },
	'int4[]'      => { make => sub { my $r = shift; $r->pick('{}', '{1,2,NULL}', '{{1},{2}}') } },
	'interval'    => { make => sub { my $r = shift; $r->pick('1 mon -3 days', '00:00:01.5', '1 year') } },
	'inet'        => { make => sub { my $r = shift; '10.0.' . $r->below(3) . '.' . $r->below(255) } },
	'point'       => { make => sub { my $r = shift; '(' . $r->below(9) . ',-0.5)' } },
	'oracle_mood' => { make => sub { my $r = shift; $r->pick('calm', 'busy', 'on fire') } },
	'time'        => { make => sub { my $r = shift; sprintf '%02d:00:01', $r->below(24) } },
	'oid'         => { make => sub { my $r = shift; $r->below(4294967295) } },
	'"char"'      => { make => sub { my $r = shift; $r->pick('a', 'z') } },
);

# Long enough at times for the head to compress it or move it out of line.
sub text
{
	my $r = shift;

	return '' if $r->chance(5);
	return join ' ', map { $r->bits } 1 .. 200 if $r->chance(2);
	return 'long ' x 800 if $r->chance(1);
	return $r->pick('ok', 'warning', 'grün', "tab\there", 'back\\slash', 'x' x $r->below(50));
}

# The type that a rewriting ALTER COLUMN TYPE may turn a type into.
my %wider = ('int2' => 'int4', 'int4' => 'int8', 'varchar(20)' => 'text', 'float4' => 'float8');

sub new
{
	my ($class, $random, $schema, $number) = @_;
	my $self = bless { random => $random, schema => $schema, number => $number, seq => 0 }, $class;

	$self->{native} = $random->chance(30);
	$self->{ties} = $random->chance(40);
	$self->{last} = $self->{ties} && $random->chance(60);
	$self->{sydra} = "$schema.t$number";
	$self->{heap} = "$schema.h$number";
	# Where time stands now, and how it goes on.
	$self->{clock} = $random->pick(1704067200, 1709164800, 946684700, 1704067200) * 1000000;
	$self->{step} = $random->pick(10, 10, 60, 1) * 1000000;
	$self->{series} = $random->pick(1, 3, 20, 200);
	$self->{columns} = $self->{native} ? $self->_native : $self->_wide;
	$self->{tag_rows} = [ map { $self->_tags } 1 .. $self->{series} ];
	return $self;
}

sub _wide
{
	my ($self) = @_;
	my $r = $self->{random};
	my $number = 0;
	my @names = ('host', 'region', 'Rack', 'a tag');
	my @tags = map { { name => $names[ $number++ ], type => $_, role => 'tag', make => $tag_types{$_} } }
	  map { $r->pick('sydra.tag', 'sydra.tag', sort keys %tag_types) } 1 .. $r->below(4);
	my @fields = map { $self->_field($_) } map { $r->pick('float8', sort keys %field_types) } 1 .. $r->between(1, 7);
	my @columns = $r->shuffle(@tags, @fields, { name => 'seq', type => 'int8', role => 'seq' });

	# The first NOT NULL timestamptz is the time: fields of that type are nullable.
	splice @columns, $r->below(@columns + 1), 0,
	  { name => $r->chance(80) ? 'time' : 'at', type => 'timestamptz', role => 'time' };
	return \@columns;
}

sub _native
{
	my ($self) = @_;

	return [
		{ name => 'time',   type => 'timestamptz', role => 'time' },
		{ name => 'value',  type => 'float8', role => 'field', %{ $field_types{float8} }, state => \my $value },
		{ name => 'tags',   type => 'sydra.tags', role => 'tags' },
		{ name => 'fields', type => 'jsonb', role => 'seq' },
	];
}

sub _field
{
	my ($self, $type) = @_;
	my $r = $self->{random};
	my $state = 0;
	my $name = 'f' . ++$self->{fields};

	$name = "Odd \"$name\"" if $r->chance(10);
	return {
		name => $name, type => $type, role => 'field', state => \$state,
		nulls => $r->pick(0, 0, 10, 95), %{ $field_types{$type} }
	};
}

sub quote_name
{
	my $name = shift;

	$name =~ s/"/""/g;
	return "\"$name\"";
}

sub quote_text
{
	my $text = shift;

	return 'NULL' if !defined $text;
	$text =~ s/'/''/g;
	return "'$text'";
}

sub columns { my ($self, $role) = @_; return grep { !$role || $_->{role} eq $role } @{ $self->{columns} } }

# Fields that sydraQL computes with.
sub numbers { my ($self) = @_; return grep { $_->{kind} } $self->columns('field') }

sub time_name
{
	my ($self) = @_;

	return quote_name(($self->columns('time'))[0]{name});
}

# seq in an expression.
sub seq_expression
{
	my ($self, $prefix) = @_;

	$prefix //= '';
	return $self->{native} ? "(${prefix}fields->>'seq')::int8" : "${prefix}seq";
}

# Tag keys with the SQL for the text of each: null when the series lacks it or has ''.
sub tags
{
	my ($self) = @_;

	return map { { key => $_, text => "nullif(tags->>'$_', '')", type => 'sydra.tag' } } 'host', 'odd key', 'zone'
	  if $self->{native};
	return map { { key => $_->{name}, text => 'nullif(' . quote_name($_->{name}) . "::text, '')", type => $_->{type} } }
	  sort { $a->{name} cmp $b->{name} } $self->columns('tag');
}

sub create
{
	my ($self) = @_;
	my $columns = join ', ', map {
		quote_name($_->{name}) . " $_->{type}" . ($_->{role} eq 'time' ? ' NOT NULL' : '')
	} $self->columns;

	return (($self->{native} ? "SELECT sydra.create_metric('$self->{sydra}')" : "CREATE TABLE $self->{sydra} ($columns) USING sydra"),
		"CREATE TABLE $self->{heap} (LIKE $self->{sydra} INCLUDING DEFAULTS INCLUDING CONSTRAINTS) USING heap",
		$self->{last} ? $self->_create_last : ());
}

sub _create_last
{
	my ($self) = @_;
	my $seq = $self->seq_expression('n.') . ' > ' . $self->seq_expression('h.');
	my $time = $self->time_name;
	my $keys = join '', map { ' AND h.' . quote_name($_->{name}) . ' IS NOT DISTINCT FROM n.' . quote_name($_->{name}) }
	  $self->columns('tag'), $self->columns('tags');

	return ("SELECT sydra.configure('$self->{sydra}', dedup => 'last')",
		"CREATE FUNCTION $self->{heap}_last() RETURNS trigger LANGUAGE plpgsql AS \$\$ BEGIN "
		  . "DELETE FROM $self->{heap} h USING n WHERE n.$time = h.$time$keys AND $seq; RETURN NULL; END \$\$",
		"CREATE TRIGGER keep_last AFTER INSERT ON $self->{heap} REFERENCING NEW TABLE AS n "
		  . "FOR EACH STATEMENT EXECUTE FUNCTION $self->{heap}_last()");
}

# One series' tags, each a value a row repeats.  null and '' read the same and are two series, whose
# rows of equal times have no order: a table with equal times has null alone.
sub _tags
{
	my ($self) = @_;
	my $r = $self->{random};

	if ($self->{native})
	{
		my %tags;

		for my $key ($r->some('host', 'odd key', 'zone'))
		{
			my $value = $r->pick('"alpha"', '"beta-2"', '""', '7', 'true', '"zürich"');

			$tags{$key} = $value if !$self->{ties} || $value ne '""';
		}
		return '{' . join(', ', map { "\"$_\": $tags{$_}" } sort keys %tags) . '}';
	}
	return [ map { my $value = $_->{make}->($r); $self->{ties} && ($value // '') eq '' ? undef : $value } $self->columns('tag') ];
}

sub time_text
{
	my $us = shift;
	my $seconds = int($us / 1000000);
	my $rest = $us - $seconds * 1000000;

	if ($rest < 0)
	{
		$rest += 1000000;
		$seconds--;
	}
	my @t = gmtime $seconds;

	return sprintf '%04d-%02d-%02d %02d:%02d:%02d.%06d+00', $t[5] + 1900, $t[4] + 1, @t[ 3, 2, 1, 0 ], $rest;
}

# Rows as lists of text in column order.
sub make_rows
{
	my ($self, $count) = @_;
	my $r = $self->{random};
	my @rows;

	$self->{times} = {} if !$self->{in_transaction};
	for (1 .. $count)
	{
		my $tags = $r->pick(@{ $self->{tag_rows} });
		my $tag = 0;
		my $us = $self->{clock};

		$self->{seq}++;
		if ($self->{ties} && $r->chance(5)) { $us -= $self->{step} * $r->below(3) }
		elsif ($self->{ties} && $r->chance(2)) { $us -= $self->{step} * $r->below(5000) }
		else
		{
			$self->{clock} += $self->{step} * ($r->chance(2) ? $r->between(2, 500) : 1);
			$us = $self->{clock};
			$us += $self->{number} if $r->chance(3);
		}
		if ($self->{times}{$us}++)
		{
			$self->{clock} += $self->{step};
			$us = $self->{clock};
			$self->{times}{$us} = 1;
		}
		my $time = time_text($us);

		$time = $r->pick('infinity', '-infinity') if $self->{ties} && $r->below(3000) == 0;
		push @rows, [
			map {
				my $role = $_->{role};

				  $role eq 'time' ? $time
				: $role eq 'tags' ? $tags
				: $role eq 'tag'  ? $tags->[ $tag++ ]
				: $role eq 'seq'  ? ($self->{native} ? "{\"seq\": $self->{seq}}" : $self->{seq})
				: $_->{nulls} && $r->chance($_->{nulls}) ? undef
				: $_->{make}->($r, $_->{state})
			} $self->columns
		];
	}
	return @rows;
}

sub values_text
{
	my ($self, @rows) = @_;

	return join ",\n", map { '(' . join(', ', map { quote_text($_) } @$_) . ')' } @rows;
}

sub copy_text
{
	my ($self, @rows) = @_;
	my %escape = ("\\" => '\\\\', "\t" => '\t', "\n" => '\n');

	return join '', map {
		join("\t", map { defined $_ ? s/([\\\t\n])/$escape{$1}/gr : '\N' } @$_) . "\n"
	} @rows;
}

# A row of a native metric as line protocol.
sub line_text
{
	my ($self, $row) = @_;
	my ($time, $value, $tags, $fields) = @$row;
	my $line = $self->{sydra};
	my ($year, $month, $day, $hour, $minute, $second, $us) = $time =~ /(\d+)/g;

	while ($tags =~ /"([^"]*)": "([^"]*)"/g)
	{
		$line .= ',' . join '=', map { s/([ ,=])/\\$1/gr } $1, $2;
	}
	$line .= " value=$value";
	$line .= ",$1=$2i" while $fields =~ /"([^"]*)": (\d+)/g;
	return $line . ' ' . (timegm($second, $minute, $hour, $day, $month - 1, $year) * 1000000 + $us) * 1000;
}

# DDL on fields.  Each gives SQL with %s for the table, and what to do when it has been committed.
sub add_column
{
	my ($self) = @_;
	my $r = $self->{random};
	my $column = $self->_field($r->pick(sort keys %field_types));
	my $default = $r->chance(50) ? ' DEFAULT ' . quote_text($column->{make}->($r, $column->{state})) : '';

	$column->{nulls} = 20;
	return ("ALTER TABLE %s ADD COLUMN " . quote_name($column->{name}) . " $column->{type}$default",
		sub { push @{ $self->{columns} }, $column });
}

sub drop_column
{
	my ($self) = @_;
	my @fields = $self->columns('field');

	return if @fields < 2;
	my $column = $self->{random}->pick(@fields);

	return ("ALTER TABLE %s DROP COLUMN " . quote_name($column->{name}),
		sub { $self->{columns} = [ grep { $_ != $column } @{ $self->{columns} } ] });
}

sub rename_column
{
	my ($self) = @_;
	my $column = $self->{random}->pick($self->columns('field'));
	my $name = 'g' . ++$self->{fields};

	return ("ALTER TABLE %s RENAME COLUMN " . quote_name($column->{name}) . " TO $name",
		sub { $column->{name} = $name });
}

# Rewrites the table in the order of a scan: not for tables where equal times all count.
sub widen_column
{
	my ($self) = @_;
	my @fields = grep { $wider{ $_->{type} } } $self->columns('field');

	return if !@fields || $self->{ties} && !$self->{last};
	my $column = $self->{random}->pick(@fields);
	my $type = $wider{ $column->{type} };

	return ("ALTER TABLE %s ALTER COLUMN " . quote_name($column->{name}) . " TYPE $type",
		sub { $column->{type} = $type });
}

1;
