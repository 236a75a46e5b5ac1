# A random history of a few tables and their twins, with questions after every few steps.
package Oracle::History;

use strict;
use warnings;

use Oracle::Question;
use Oracle::Random;
use Oracle::Session;
use Oracle::Table;

sub new
{
	my ($class, $seed) = @_;
	my $self = bless { seed => $seed, random => Oracle::Random->new($seed) }, $class;
	my $database = "oracle_$seed";
	my $admin = Oracle::Session->new;

	$admin->run("DROP DATABASE IF EXISTS $database");
	$admin->run("CREATE DATABASE $database");
	$admin->run("ALTER DATABASE $database SET sydraql.direct_min_rows = " . $self->{random}->pick(1, 1, 50, 1000, 2048));
	$admin->close;
	$self->{database} = $database;
	$self->{session} = $self->connect;
	$self->{session}->run($_)
	  for "CREATE EXTENSION sydraql", "CREATE SCHEMA o",
	  "CREATE TYPE oracle_mood AS ENUM ('calm', 'busy', 'on fire')",
	  # time_bucket by its definition: whole steps from the origin, rounded down; microseconds.
  "CREATE FUNCTION oracle_bucket(t timestamptz, step int8) RETURNS int8 LANGUAGE sql IMMUTABLE AS \$\$
		SELECT (946857600000000 + floor((extract(epoch FROM t) - 946857600) * 1000000 / step) * step)::int8 \$\$";
	$self->{tables} = [ map { $self->make_table($_) } 1 .. $self->{random}->between(2, 3) ];
	return $self;
}

sub connect
{
	my ($self) = @_;

	local $ENV{PGDATABASE} = $self->{database};
	return Oracle::Session->new;
}

sub make_table
{
	my ($self, $number) = @_;
	my $table = Oracle::Table->new($self->{random}, 'o', $number);

	$self->{session}->run($_) for $table->create;
	return $table;
}

# The same statement for both tables; %s is the table.
sub both
{
	my ($self, $table, $sql, $copy) = @_;

	for my $name ($table->{sydra}, $table->{heap})
	{
		$self->{session}->run($sql =~ s/%s/$name/gr, $copy);
	}
}

sub insert
{
	my ($self, $table) = @_;
	my @rows = $table->make_rows($self->{random}->pick(1, 1, 10, 200));

	$self->both($table, 'INSERT INTO %s VALUES ' . $table->values_text(@rows));
}

sub copy
{
	my ($self, $table) = @_;
	my @rows = $table->make_rows($self->{random}->pick(1, 60, 1023, 1024, 1025, 3000, 6000));

	$self->both($table, 'COPY %s FROM STDIN', $table->copy_text(@rows));
}

# As NDJSON, which native metrics take.
sub ingest
{
	my ($self, $table) = @_;

	return $self->insert($table) if !$table->{native};
	my @rows = grep { $_->[0] !~ /infinity/ } $table->make_rows($self->{random}->pick(1, 20, 500));
	my $lines = join '', map {
		"{\"series\": \"$table->{sydra}\", \"ts\": \"" . $_->[0] =~ s/ /T/r =~ s/\+00$/Z/r
		  . "\", \"value\": $_->[1], \"tags\": $_->[2], \"fields\": $_->[3]}\n"
	} @rows;

	return if !@rows;
	$self->{session}->run('SELECT * FROM sydra.ingest(' . Oracle::Table::quote_text($lines) . ')');
	$self->{session}->run("INSERT INTO $table->{heap} VALUES " . $table->values_text(@rows));
}

# As line protocol, whose numbers are finite and whose tags are texts that are not empty.
sub ingest_lines
{
	my ($self, $table) = @_;

	return $self->insert($table) if !$table->{native};
	my @rows = grep { $_->[0] !~ /infinity/ && ($_->[1] // '') =~ /^-?[0-9.]+(e[-+]?\d+)?$/ && $_->[2] !~ /: (""|7|true)/ }
	  $table->make_rows($self->{random}->pick(1, 20, 500, 2500));
	my $lines = join "\n", map { $table->line_text($_) } @rows;

	return if !@rows;
	$self->{session}->run('SELECT * FROM sydra.ingest_lines(' . Oracle::Table::quote_text($lines) . ')');
	$self->{session}->run("INSERT INTO $table->{heap} VALUES " . $table->values_text(@rows));
}

sub seal
{
	my ($self, $table) = @_;

	$self->{session}->run("CALL sydra.seal('$table->{sydra}')");
}

sub merge
{
	my ($self, $table) = @_;

	$self->{session}->run("CALL sydra.merge('$table->{sydra}')");
}

# seq of a few rows that may change.
sub changeable
{
	my ($self, $table) = @_;
	my $seq = $table->seq_expression;
	my $limit = $self->{random}->pick(1, 5, 300);

	return map { $_->[0] }
	  $self->{session}->rows("SELECT $seq FROM $table->{sydra} ORDER BY md5(($seq)::text) LIMIT $limit");
}

sub delete
{
	my ($self, $table) = @_;
	my @seqs = $self->changeable($table);

	return if !@seqs;
	$self->both($table, 'DELETE FROM %s WHERE ' . $table->seq_expression . ' IN (' . join(', ', @seqs) . ')');
}

# A new version is written last: it gets a new seq.
sub update
{
	my ($self, $table) = @_;
	my $r = $self->{random};

	return if $table->{ties} && $table->{in_transaction};
	my @seqs = $self->changeable($table);

	for my $seq (@seqs[ 0 .. ($#seqs < 4 ? $#seqs : 4) ])
	{
		my $column = $r->pick($table->columns('field'));
		my $value = Oracle::Table::quote_text($column->{make}->($r, $column->{state}));
		my $next = ++$table->{seq};

		$self->both($table, 'UPDATE %s SET ' . Oracle::Table::quote_name($column->{name}) . " = $value, "
			  . ($table->{native} ? "fields = '{\"seq\": $next}'" : "seq = $next")
			  . ' WHERE ' . $table->seq_expression . " = $seq");
	}
}

# Whole stretches of rows, as a condition on seq that hits a part of them.
sub some_rows
{
	my ($self, $table) = @_;
	my $r = $self->{random};
	my $seq = $table->seq_expression;

	return $r->pick("($seq) % " . $r->pick(2, 3, 7, 50) . ' = 1',
		"($seq) BETWEEN " . $r->between(1, $table->{seq} || 1) . ' AND ' . $r->between(1, $table->{seq} || 1));
}

sub delete_many
{
	my ($self, $table) = @_;

	$self->both($table, 'DELETE FROM %s WHERE ' . $self->some_rows($table));
}

# A range of time, often all of it up to a point, and maybe of some series.
sub time_range
{
	my ($self, $table) = @_;
	my ($r, $session) = @$self{ 'random', 'session' };
	my $name = $table->time_name;
	my @times = map { $_->[0] } $session->rows("SELECT $name\::text FROM $table->{sydra} WHERE isfinite($name) "
		  . 'ORDER BY md5((' . $table->seq_expression . ')::text) LIMIT 2');
	my ($low, $high) = sort @times;

	return if @times < 2;
	return $r->pick("$name < '$high'", "$name >= '$low' AND $name < '$high'", "$name <= '$high'", "$name > '$low'")
	  . ($table->tags && $r->chance(40) ? ' AND ' . $self->tag_condition($table) : '');
}

sub tag_condition
{
	my ($self, $table) = @_;
	my $question = Oracle::Question->new(random => $self->{random}, session => $self->{session}, table => $table);
	my $tag = $self->{random}->pick($table->tags);

	return ($question->tag_condition($tag))[1];
}

sub delete_range
{
	my ($self, $table) = @_;
	my $range = $self->time_range($table);

	$self->both($table, "DELETE FROM %s WHERE $range") if $range;
}

sub delete_window
{
	my ($self, $table) = @_;
	my $session = $self->{session};
	my ($ql, $sql) = Oracle::Question->new(random => $self->{random}, session => $session, table => $table)->deletion;
	my $deleted = $session->value('SELECT deleted FROM sydraql(' . Oracle::Table::quote_text($ql) . ')');
	my $expected = $session->value("WITH gone AS (DELETE FROM $table->{heap} WHERE $sql RETURNING 1) SELECT count(*) FROM gone");

	die "$ql\n  deleted $deleted rows, not $expected\n" if $deleted != $expected;
}

# Sealed rows are locked, found by a join, or changed twice in one transaction.
sub change_sealed
{
	my ($self, $table) = @_;
	my ($r, $session) = @$self{ 'random', 'session' };
	my $seq = $table->seq_expression;
	my @rows = $session->rows("SELECT $seq FROM $table->{sydra} WHERE (ctid::text::point)[0] >= 2147483648 "
		  . "ORDER BY md5(($seq)::text) LIMIT 40");
	my $name = $table->time_name;

	return if !@rows;
	my $list = join ', ', map { $_->[0] } @rows;

	$session->run('BEGIN');
	$session->run("SELECT FROM $table->{sydra} WHERE $seq IN ($list) FOR " . $r->pick('UPDATE', 'SHARE', 'KEY SHARE', 'NO KEY UPDATE'))
	  if $r->chance(50);
	if ($r->chance(50) && !$table->{native})
	{
		my $next = $table->{seq};

		$table->{seq} += 5 * @rows + 20;
		$self->both($table, "UPDATE %s t SET seq = $next + n FROM (SELECT ctid, row_number() OVER (ORDER BY seq) n FROM %s WHERE seq IN ($list)) o "
			  . 'WHERE t.ctid = o.ctid');
		$self->both($table, "DELETE FROM %s WHERE seq = $next + 1") if $r->chance(50);
		$self->both($table, "MERGE INTO %s t USING generate_series($next, $next + 10) o(n) ON t.seq = o.n "
			  . "WHEN MATCHED AND n % 2 = 0 THEN DELETE WHEN MATCHED THEN UPDATE SET seq = 2 * " . @rows . ' + n') if $r->chance(50);
	}
	else
	{
		$self->both($table, "DELETE FROM %s WHERE ctid = ANY (ARRAY(SELECT ctid FROM %s WHERE $seq IN ($list)))");
	}
	$session->run($r->chance(70) ? 'COMMIT' : 'ROLLBACK');
}

sub change_columns
{
	my ($self, $table) = @_;

	return $self->insert($table) if $table->{native};
	my $change = $self->{random}->pick('add_column', 'add_column', 'drop_column', 'rename_column', 'widen_column');
	my ($sql, $done) = $table->$change;

	return if !$sql;
	$self->both($table, $sql);
	$done->();
}

sub truncate
{
	my ($self, $table) = @_;

	$self->both($table, 'TRUNCATE %s');
	$self->insert($table) if $self->{random}->chance(50);
}

sub maintain
{
	my ($self, $table) = @_;
	my $command = $self->{random}->pick('VACUUM', 'VACUUM', 'VACUUM (FREEZE)', 'VACUUM FULL', 'ANALYZE', 'VACUUM ANALYZE');

	$self->{session}->run("$command $table->{sydra}");
}

my @writes = ('insert', 'insert', 'copy', 'copy', 'ingest', 'ingest_lines', 'delete', 'update', 'delete_many', 'delete_range', 'delete_window');

# Several writes that stand or fall together, with savepoints.
sub transaction
{
	my ($self, $table) = @_;
	my ($r, $session) = @$self{ 'random', 'session' };
	my $columns = sub { [ map { {%$_} } @{ $table->{columns} } ] };
	my $before = $columns->();
	my $prepared = $r->chance(15);

	$table->{in_transaction} = 1;
	$table->{times} = {};
	$session->run('BEGIN' . $r->pick('', '', ' ISOLATION LEVEL REPEATABLE READ'));
	for (1 .. $r->between(1, 4))
	{
		my $write = $r->pick(@writes, 'change_columns', 'truncate');

		if ($r->chance(40))
		{
			my $inside = $columns->();

			$session->run('SAVEPOINT s');
			$self->$write($table);
			if ($r->chance(50))
			{
				$session->run('ROLLBACK TO s');
				$table->{columns} = $inside;
			}
			$session->run('RELEASE s') if $r->chance(50);
		}
		else
		{
			$self->$write($table);
		}
		$self->ask($table) if $r->chance(30);
	}
	my $keep = $r->chance(60);

	if ($prepared)
	{
		$session->run("PREPARE TRANSACTION '$self->{database}'");
		$session->run(($keep ? 'COMMIT' : 'ROLLBACK') . " PREPARED '$self->{database}'");
	}
	else
	{
		$session->run($keep ? 'COMMIT' : 'ROLLBACK');
	}
	$table->{columns} = $before if !$keep;
	$table->{in_transaction} = 0;
}

# A reader keeps seeing what it saw, whatever is sealed, deleted and vacuumed meanwhile.
sub old_snapshot
{
	my ($self, $table) = @_;
	my $r = $self->{random};
	my $reader = $self->connect;
	my $count = 'SELECT count(*) FROM ' . $table->{sydra};
	my $difference = Oracle::Question::bag_difference("SELECT t::text FROM $table->{sydra} t",
		"SELECT t::text FROM $table->{heap} t");

	$reader->run('BEGIN ISOLATION LEVEL REPEATABLE READ');
	my $before = $reader->value($count);

	for (1 .. 3)
	{
		my $write = $r->pick(@writes, 'seal', 'seal', 'merge', 'merge');

		$self->$write($table);
	}
	$self->{session}->run("VACUUM $table->{sydra}") if $r->chance(50);
	my $after = $reader->value($count);
	my @rows = $reader->rows($difference);

	die "an old snapshot saw $before rows, then $after, of $table->{sydra}\n" if $before != $after;
	die "an old snapshot differs:\n" . join('', map { "  @$_\n" } @rows) if @rows;
	$reader->run('COMMIT');
	$reader->close;
}

# Two writers, who put each row into both tables in one transaction, one who changes rows of both, a
# sealer, a merger and a vacuum; every snapshot of a reader must find the tables equal.
sub crowd
{
	my ($self, $table) = @_;
	my $r = $self->{random};
	my @writers = map { $self->connect } 1, 2;
	my ($modifier, $sealer, $merger, $vacuum, $reader) = map { $self->connect } 1 .. 5;
	my $seq = $table->seq_expression;
	my %may_fail = (
		# A row that was sealed meanwhile, or wanted by both, and the rest of the transaction.
		(map { $_ => qr/^(40001|40P01|25P02)$/ } $modifier, @writers),
		# A second sealer, such as a worker, makes a call go without.
		(map { $_ => qr/^(40001|55P03)$/ } $sealer, $merger));
	my $difference = Oracle::Question::bag_difference("SELECT t::text FROM $table->{sydra} t",
		"SELECT t::text FROM $table->{heap} t");

	# Concurrent writers give equal times no order that both tables could know.
	return if $table->{ties};
	for (1 .. $r->between(3, 8))
	{
		for my $writer (@writers)
		{
			my @rows = $table->make_rows($r->pick(1, 50, 800));
			my ($values, $copy) = ($table->values_text(@rows), $table->copy_text(@rows));

			my $range = $r->chance(20) && $self->time_range($table);

			$writer->send('BEGIN' . ($range ? ' ISOLATION LEVEL REPEATABLE READ' : ''));
			if ($range)
			{
				$writer->send("DELETE FROM $_ WHERE $range") for $table->{sydra}, $table->{heap};
			}
			elsif ($r->chance(40))
			{
				my $where = $self->some_rows($table);

				# One statement, one snapshot.
				$writer->send("WITH s AS (DELETE FROM $table->{sydra} WHERE $where) DELETE FROM $table->{heap} WHERE $where");
			}
			for my $name ($table->{sydra}, $table->{heap})
			{
				if ($r->chance(50)) { $writer->send("INSERT INTO $name VALUES $values") }
				else { $writer->send("COPY $name FROM STDIN", $copy) }
			}
			$writer->send($r->chance(85) ? 'COMMIT' : 'ROLLBACK');
		}
		$modifier->send('BEGIN');
		my $row = $r->between(1, $table->{seq});
		my $column = $r->pick($table->columns('field'));
		my $change = $r->chance(50) ? 'DELETE FROM %s' : 'UPDATE %s SET '
		  . Oracle::Table::quote_name($column->{name}) . ' = ' . Oracle::Table::quote_text($column->{make}->($r, $column->{state}));

		$modifier->send('WITH s AS (' . ($change =~ s/%s/$table->{sydra}/r) . " WHERE $seq = $row) "
			  . ($change =~ s/%s/$table->{heap}/r) . " WHERE $seq = $row");
		$modifier->send('COMMIT');
		$sealer->send("CALL sydra.seal('$table->{sydra}')");
		$merger->send("CALL sydra.merge('$table->{sydra}')") if $r->chance(70);
		$vacuum->send("VACUUM $table->{sydra}") if $r->chance(30);
		$reader->send($difference);
		for my $session (@writers, $modifier, $reader, $sealer, $merger, $vacuum)
		{
			while ($session->{waiting})
			{
				my ($state, $lines) = $session->receive;

				die "SQLSTATE $state among concurrent sessions:\n" . join("\n", @$lines) . "\n"
				  if $state ne '00000' && $state !~ ($may_fail{$session} // qr/^$/);
				die "a snapshot among concurrent sessions differs:\n  " . join("\n  ", @$lines) . "\n"
				  if $session == $reader && @$lines;
			}
		}
	}
	$_->close for @writers, $modifier, $sealer, $merger, $vacuum, $reader;
}

sub ask
{
	my ($self, $table) = @_;
	my ($r, $session) = @$self{ 'random', 'session' };
	my $question = Oracle::Question->new(random => $r, session => $session, table => $table);

	if ($r->chance(50)) { $question->ask_sql }
	else { $question->ask_sydraql }
	$self->{questions}++;
}

sub verify
{
	my ($self, $table) = @_;
	my @rows = $self->{session}->rows("SELECT t::text FROM sydra.verify('$table->{sydra}') t");

	die "sydra.verify complains:\n" . join('', map { "  @$_\n" } @rows) if @rows;
}

my @steps = (@writes, 'copy', 'seal', 'seal', 'seal', 'merge', 'merge', 'transaction', 'transaction', 'change_columns',
	'change_sealed', 'maintain', 'maintain', 'truncate_now_and_then', 'old_snapshot', 'crowd_now_and_then');

sub truncate_now_and_then { my ($self, $table) = @_; $self->truncate($table) if $self->{random}->chance(15) }
sub crowd_now_and_then { my ($self, $table) = @_; $self->crowd($table) if $self->{random}->chance(40) }

sub run
{
	my ($self, $steps) = @_;
	my ($r, $session) = @$self{ 'random', 'session' };

	for my $step (1 .. $steps)
	{
		my $table = $r->pick(@{ $self->{tables} });
		my $what = $r->pick(@steps);

		if ($r->chance(10))
		{
			my $parallel = $r->chance(50);

			$session->run("SET $_") for 'max_parallel_workers_per_gather = ' . ($parallel ? 2 : 0),
			  'parallel_setup_cost = ' . ($parallel ? 0 : 1000), 'min_parallel_table_scan_size = ' . ($parallel ? 0 : 1024);
		}
		$self->$what($table);
		$self->ask($table) for 1 .. $r->below(6);
	}
	for my $table (@{ $self->{tables} })
	{
		$self->verify($table);
		$self->seal($table);
		$self->ask($table) for 1 .. 10;
		$self->verify($table);
		$self->merge($table);
		$self->ask($table) for 1 .. 5;
		$self->verify($table);
	}
	$session->close;
	my $admin = Oracle::Session->new;

	$admin->run("DROP DATABASE $self->{database}");
	$admin->close;
}

1;
