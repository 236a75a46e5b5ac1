# A metric, its twin on heap, and a view of the twin with a column for each name that the language
# has for the metric.
#
# The twin's rows carry seq, the order of writing.  The view has seq, time, series (what its tags read
# as), a column for each tag as text (null where it is missing), and the fields in the language's kinds.
package Reference::Metric;

use strict;
use utf8;
use warnings;

use Digest::SHA qw(sha256_hex);
use Encode qw(encode_utf8);
use Math::BigInt;

use Reference::Expression qw(literal iso);

my @hosts = ('alpha', 'alpha-2', 'beta', 'Beta', 'gamma ray', "o'neill", 'zürich', undef);

# What a wide metric has besides time: name, type, how its values are made.
my @wide = (
	[ 'rack', 'sydra.tag_int4' ], [ 'host', 'sydra.tag' ], [ 'region', 'sydra.tag' ],
	[ 'value', 'float8', \&nice ], [ 'd', 'float8', sub { my $r = shift; $r->chance(15) ? undef : sprintf '%.2f', $r->between(-9999, 9999) / 100 } ],
	[ 'c', 'int8' ], [ 'i', 'int4', sub { my $r = shift; $r->chance(20) ? undef : $r->between(-20, 60) } ],
	[ 's', 'text', sub { my $r = shift; $r->chance(25) ? undef : $r->pick('', 'alpha', 'beta', 'Gamma', 'zürich', 'k' . $r->below(9)) } ],
	[ 'b', 'bool', sub { my $r = shift; $r->chance(20) ? undef : $r->pick('t', 'f') } ],
	[ 'at', 'timestamptz', sub { my $r = shift; $r->chance(20) ? undef : iso(1709164800_000000 + $r->below(86400) * 1000000) } ],
	[ 'n', 'int2', sub { my $r = shift; $r->chance(10) ? undef : $r->below(5) } ],
);
my @small = grep { $_->[0] =~ /^(host|region|value|c|s)$/ } @wide;

# A multiple of 1/8, so that sums are exact in any order.
sub nice
{
	my ($r, $state) = @_;

	return undef if $r->chance(12);
	return $r->pick('NaN', 'Infinity', '-Infinity') if $r->chance(1) && $r->chance(30);
	$$state += $r->between(-80, 80);
	return $$state / 8;
}

# kind: wide, small or native.
sub new
{
	my ($class, $random, $name, $kind) = @_;
	my $self = bless { random => $random, name => $name, kind => $kind, sydra => "data.$name", twin => "data.h_$name", view => "data.v_$name" }, $class;

	$self->{columns} = $kind eq 'wide' ? \@wide : \@small if $kind ne 'native';
	$self->{tags} = $kind eq 'wide' ? [ 'host', 'rack', 'region' ] : $kind eq 'small' ? [ 'host', 'region' ] : [ 'host', 'port', 'zone' ];
	$self->{state} = {};
	$self->{series} = [ map { $self->_series } 1 .. $random->pick(1, 3, 6, 12) ];
	return $self;
}

# A series' tags, as texts or undef.
sub _series
{
	my ($self) = @_;
	my $r = $self->{random};
	my %tags = (host => $r->pick(@hosts));

	$tags{rack} = $r->chance(20) ? undef : $r->between(0, 11);
	$tags{region} = $r->pick('eu', 'us', undef);
	$tags{port} = $r->pick('"80"', '443', 'true', undef);
	$tags{zone} = $r->pick('"a"', '"b"', undef, undef);
	return \%tags;
}

sub tag_column { my $tag = shift; return $tag eq 'rack' ? 'rack_text' : $tag }

sub create
{
	my ($self) = @_;
	my $columns = $self->{kind} eq 'native' ? '' : join ', ', 'time timestamptz NOT NULL', map { "$_->[0] $_->[1]" } @{ $self->{columns} };
	my @fields = $self->{kind} eq 'native'
	  ? ('value', 'tags', 'fields', (map { "nullif(tags->>'$_', '') AS $_" } @{ $self->{tags} }),
		"CASE WHEN jsonb_typeof(fields->'n') = 'number' THEN (fields->>'n')::float8 END AS field_n",
		"fields->>'s' AS field_s", "nullif(fields->'n', 'null') AS json_n")
	  : map {
		my ($name, $type) = @$_;
		  $type eq 'sydra.tag' ? "nullif($name\::text, '') AS $name"
		: $name eq 'rack'      ? ('rack::int8 AS rack', 'rack::text AS rack_text')
		: $type =~ /^int/      ? "$name\::int8 AS $name"
		: $name
	  } @{ $self->{columns} };

	return (
		$self->{kind} eq 'native' ? "SELECT sydra.create_metric('$self->{sydra}')" : "CREATE TABLE $self->{sydra} ($columns) USING sydra",
		"CREATE TABLE $self->{twin} (LIKE $self->{sydra}) USING heap",
		"ALTER TABLE $self->{twin} ADD seq bigserial",
		"CREATE INDEX ON $self->{twin} (time)",
		"CREATE VIEW $self->{view} AS SELECT seq, time, ROW(" . join(', ', map { my $n = $_; $self->{kind} eq 'native' ? "nullif(tags->>'$n', '')" : "nullif($n\::text, '')" } @{ $self->{tags} })
		  . ')::text AS series, ' . join(', ', @fields) . " FROM $self->{twin}");
}

# The order of a metric's rows, by the names of its view.
sub order
{
	my ($self, $prefix) = @_;

	$prefix //= '';
	return map { $prefix . $_ } 'time', (map { tag_column($_) . ' NULLS LAST' } @{ $self->{tags} }), 'seq';
}

# Names, each as the languages have it.  ql and sql go in front of a name.
sub names
{
	my ($self, $ql, $sql) = @_;
	my $r = $self->{random};
	my $name = sub {
		my ($word, $column, $kind, %more) = @_;

		return { ql => $ql . $word, sql => $sql . $column, kind => $kind, rank => 8, approx => 0, name => $word =~ s/.*\.//r, %more };
	};
	my @names = ($name->('time', 'time', 'time'), (map { $name->("tag.$_", tag_column($_), 'text', tag => 1) } @{ $self->{tags} }));

	return (@names, $name->('value', 'value', 'float'), $name->('value', 'value', 'float'), $name->('field.n', 'field_n', 'field'), $name->('field.s', 'field_s', 'field_text'))
	  if $self->{kind} eq 'native';
	my %kind = (float8 => 'float', int8 => 'int', int4 => 'int', int2 => 'int', text => 'text', bool => 'bool', timestamptz => 'time');

	return (@names, map {
		my ($word, $type) = @$_;
		  $type eq 'sydra.tag' ? $name->($word, $word, 'text', tag => 1)
		: $word eq 'rack'      ? $name->('rack', 'rack', 'int')
		: $name->($r->chance(10) ? "field.$word" : $word, $word, $kind{$type})
	} @{ $self->{columns} });
}

# One of the series that rows were made of: its id, and the condition of the view's rows that are its own.
sub one_series
{
	my ($self) = @_;
	my $tags = $self->{random}->pick(@{ $self->{series} });
	my %texts = map { my $text = $tags->{$_}; defined $text && $text ne '' ? ($_ => $text =~ s/"//gr) : () } @{ $self->{tags} };
	my ($schema, $table) = split /\./, $self->{sydra};
	my $hash = sha256_hex(encode_utf8(join '', map { "$_\0" } $schema, $table, map { ($_, $texts{$_}) } sort keys %texts) . "\xff\xff");
	my $quote = sub { defined $_[0] ? "'" . $_[0] =~ s/'/''/gr . "'" : 'NULL' };

	return (Math::BigInt->from_hex(substr $hash, 0, 16)->brsft(1)->bstr, join ' AND ', map { tag_column($_) . ' IS NOT DISTINCT FROM ' . $quote->($texts{$_}) } @{ $self->{tags} });
}

# The columns of *.
sub star
{
	my ($self) = @_;
	my @names = map { { star => 1, rank => 8, approx => 0, %$_ } } $self->names('', '');

	return ($names[0], (grep { $_->{name} eq 'value' } @names)[0], map { { star => 1, name => $_, sql => $_, kind => 'json', approx => 0 } } 'tags', 'fields')
	  if $self->{kind} eq 'native';
	return ($names[0], grep { $_->{ql} !~ /^(time|tag\..*)$/ } @names);
}

# ----- rows

# One transaction's rows, no two of one series and time, from a range of times on a grid, as texts in
# the order of columns.
sub rows
{
	my ($self, $count, $from, $step, $slots) = @_;
	my $r = $self->{random};
	my %there;
	my @rows;

	for (1 .. $count)
	{
		my $series = $r->below(scalar @{ $self->{series} });
		my $us = $from + $step * $r->below($slots) + ($r->chance(5) ? $r->below(1000) : 0);

		next if $there{"$series $us"}++;
		push @rows, [ $us, $series ];
	}
	# What reads alike is one series to the language.
	my %seen;

	@rows = grep { !$seen{ $self->_reading($_->[1]) . " $_->[0]" }++ } @rows;
	@rows = sort { $a->[0] <=> $b->[0] } @rows if $r->chance(70);
	return map { $self->_row(@$_) } @rows;
}

sub _reading
{
	my ($self, $series) = @_;

	return join "\001", map { ($self->{series}[$series]{$_} // '') =~ s/"//gr } @{ $self->{tags} };
}

sub _row
{
	my ($self, $us, $series) = @_;
	my $r = $self->{random};
	my $tags = $self->{series}[$series];
	my $state = $self->{state}{$series} //= { value => $r->between(-800, 800), c => 0 };

	$state->{c} = $r->chance(6) ? $r->below(20) : $state->{c} + $r->below(40);
	if ($self->{kind} eq 'native')
	{
		my $quote = sub { my ($key, $value) = @_; "\"$key\": " . ($key eq 'host' ? "\"$value\"" : $value) };
		my $json = '{' . join(', ', map { $quote->($_, $tags->{$_}) } grep { defined $tags->{$_} } @{ $self->{tags} }) . '}';
		my $fields = $r->pick(undef, '{}', '{"n": ' . $r->between(-50, 50) / 4 . ', "s": "k"}', '{"n": "x"}', '{"s": "alpha", "n": null}', '{"s": 5, "n": 7}');

		return [ iso($us), nice($r, \$state->{value}), $json, $fields ];
	}
	return [ iso($us), map {
		my ($name, $type, $make) = @$_;
		$type =~ /tag/ ? $tags->{$name} : $name eq 'c' ? ($r->chance(8) ? undef : $state->{c}) : $make->($r, \$state->{$name})
	} @{ $self->{columns} } ];
}

sub column_names
{
	my ($self) = @_;

	return $self->{kind} eq 'native' ? 'time, value, tags, fields' : join ', ', 'time', map { $_->[0] } @{ $self->{columns} };
}

sub copy_text
{
	my ($self, @rows) = @_;

	return join '', map { join("\t", map { $_ // '\N' } @$_) . "\n" } @rows;
}

1;
