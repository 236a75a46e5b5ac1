# One psql that stays open: statements go in, rows and the SQLSTATE come back.
package Oracle::Session;

use strict;
use warnings;

use IPC::Open2;

my $count = 0;

sub new
{
	my ($class) = @_;
	my $self = bless { name => 'session' . ++$count, log => [], waiting => 0 }, $class;

	$self->{pid} = open2($self->{out}, $self->{in},
		'psql -X -q -A -t -F "$(printf "\\001")" -P null="<null>" -v VERBOSITY=default 2>&1');
	binmode $self->{in}, ':utf8';
	binmode $self->{out}, ':utf8';
	$self->{in}->autoflush(1);
	$self->run($_)
	  for "SET client_min_messages = error", "SET timezone = 'UTC'", "SET statement_timeout = '120s'";
	return $self;
}

# Sends a statement, with the lines of a COPY behind it, and does not wait for it.
sub send
{
	my ($self, $sql, $copy) = @_;

	push @{ $self->{log} }, $sql;
	print { $self->{in} } "$sql;\n";
	print { $self->{in} } $copy, "\\.\n" if defined $copy;
	print { $self->{in} } "\\echo :SQLSTATE \001end\n";
	$self->{waiting}++;
}

# Waits for the statement sent first: (SQLSTATE, lines).
sub receive
{
	my ($self) = @_;
	my @lines;

	while (defined(my $line = readline $self->{out}))
	{
		chomp $line;
		if ($line =~ /^(\S+) \001end$/)
		{
			$self->{waiting}--;
			return ($1, \@lines);
		}
		push @lines, $line;
	}
	die "the server or psql went away after: $self->{log}[-1]\n" . join("\n", @lines) . "\n";
}

# The statement must succeed; its rows, each a list of columns.
sub rows
{
	my ($self, $sql, $copy) = @_;

	$self->send($sql, $copy);
	my ($state, $lines) = $self->receive;
	die "SQLSTATE $state from: $sql\n" . join("\n", @$lines) . "\n" if $state ne '00000';
	return map { [ length $_ ? split /\001/, $_, -1 : '' ] } @$lines;
}

# The one value of the one row.
sub value
{
	my ($self, $sql) = @_;
	my @rows = $self->rows($sql);

	return $rows[0][0];
}

sub run
{
	my ($self, $sql, $copy) = @_;

	$self->rows($sql, $copy);
	return;
}

# The SQLSTATE of a statement that may fail.
sub state
{
	my ($self, $sql, $copy) = @_;

	$self->send($sql, $copy);
	return ($self->receive)[0];
}

sub close
{
	my ($self) = @_;

	close $self->{in};
	close $self->{out};
	waitpid $self->{pid}, 0;
}

1;
