# Random numbers that depend on the seed alone, on every machine: xorshift64*.
package Oracle::Random;

use strict;
use warnings;
no warnings "portable";

sub new
{
	my ($class, $seed) = @_;
	my $self = bless { state => ($seed + 1) * 2654435761 ^ 0x5851f42d4c957f2d }, $class;

	$self->below(2) for 1 .. 8;
	return $self;
}

sub bits
{
	my ($self) = @_;
	my $x = $self->{state};

	$x ^= $x >> 12;
	$x ^= $x << 25;
	$x ^= $x >> 27;
	$self->{state} = $x;
	{
		use integer;
		$x *= 0x2545f4914f6cdd1d;
	}
	return $x & 0xffffffffffffffff;
}

# 0 .. count - 1
sub below
{
	my ($self, $count) = @_;

	return ($self->bits >> 16) % $count;
}

sub between
{
	my ($self, $low, $high) = @_;

	return $low + $self->below($high - $low + 1);
}

# True in percent of the calls.
sub chance
{
	my ($self, $percent) = @_;

	return $self->below(100) < $percent;
}

sub pick
{
	my ($self, @list) = @_;

	return $list[ $self->below(scalar @list) ];
}

# Each element with an even chance, in order.
sub some
{
	my ($self, @list) = @_;

	return grep { $self->chance(50) } @list;
}

sub shuffle
{
	my ($self, @list) = @_;

	for (my $i = $#list; $i > 0; $i--)
	{
		my $j = $self->below($i + 1);

		@list[ $i, $j ] = @list[ $j, $i ];
	}
	return @list;
}

1;
