# The parameters of one query, all positional or all named.
package Reference::Parameters;

use strict;
use warnings;

use Reference::Expression qw(%used);

sub new
{
	my ($class, $random) = @_;

	return bless { named => $random->chance(50), values => [] }, $class;
}

# Takes a value, gives what stands for it in the query.
sub add
{
	my ($self, $value) = @_;
	my $values = $self->{values};

	$used{parameter}++;
	push @$values, $value =~ /^-?\d+(\.\d+)?$/ && $value !~ /^0\d/ ? $value : '"' . $value =~ s/(["\\])/\\$1/gr . '"';
	return $self->{named} ? ':p' . @$values : '$' . @$values;
}

# A text, whatever it looks like.
sub add_text
{
	my ($self, $value) = @_;
	my $name = $self->add($value);

	$self->{values}[-1] = "\"$value\"" if $self->{values}[-1] !~ /^"/;
	return $name;
}

# The query with the parameters that it kept, counted anew, and the second argument of sydraql(), or ''.
sub settle
{
	my ($self, $ql) = @_;
	my (@values, %place);
	my $mark = $self->{named} ? ':p' : '$';

	$ql =~ s/(?<!\w)\Q$mark\E(\d+)\b/$place{$1} \/\/= push @values, $self->{values}[ $1 - 1 ]; "$mark$place{$1}"/ge;
	return ($ql, '') if !@values;
	my $number = 0;
	my $json = $self->{named} ? '{' . join(', ', map { '"p' . ++$number . "\": $_" } @values) . '}' : '[' . join(', ', @values) . ']';

	return ($ql, ", '" . $json =~ s/'/''/gr . "'");
}

1;
