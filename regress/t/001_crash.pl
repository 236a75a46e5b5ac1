# The server is killed, a process of it or all at once, while it ingests, seals, merges, vacuums and
# changes tables.  After each recovery every acknowledged row is there once, no row that nobody wrote,
# the table equals its heap twin, sydra.verify and amcheck find nothing, the files stay small, and a
# standby that compares every page it replays has the same rows.
#
# In every third round the workers seal and merge, and one of them is killed.
#
# SYDRA_SECONDS makes it go on for that long, SYDRA_SEED begins with another seed.
use strict;
use warnings;

use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Time::HiRes qw(time usleep);

my $seconds = $ENV{SYDRA_SECONDS} || 0;
my $rounds_min = 8;
my $seed = $ENV{SYDRA_SEED} || ($seconds ? int(time) : 1);
my $writers = 3;
my $rows_max = 400_000;
my $end = time + $seconds;

srand $seed;
note("seed $seed");

my $node = PostgreSQL::Test::Cluster->new('primary');

$node->init(allows_streaming => 1);
$node->append_conf('postgresql.conf', <<'CONF');
sydraql.auto_seal = off
sydraql.direct_min_rows = 1500
sydraql.seal_batch_rows = 20000
sydraql.seal_delay = 0
sydraql.seal_min_pages = 1
sydraql.seal_max_delay = 100ms
max_prepared_transactions = 20
autovacuum_naptime = 1
max_wal_size = 256MB
wal_consistency_checking = all
full_page_writes = on
restart_after_crash = on
lock_timeout = 2s
hot_standby_feedback = on
max_standby_streaming_delay = -1
CONF
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION sydraql;
CREATE EXTENSION amcheck;
CREATE TABLE m (time timestamptz NOT NULL, host sydra.tag, writer int, op int, i int, version int, value float8) USING sydra;
CREATE TABLE h (LIKE m) USING heap;
CREATE INDEX ON h (writer, op);
CREATE TABLE side (time timestamptz NOT NULL, host sydra.tag, value float8) USING sydra;
SELECT sydra.create_metric('n');
CREATE TABLE n_twin (time timestamptz, writer text, value float8);
-- Whether table and twin are equal, in one statement and so under one snapshot.
CREATE FUNCTION digest(rel regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	found text;
BEGIN
	EXECUTE format('SELECT format(''%%s %%s %%s %%s %%s'', count(*), sum(i), sum(version), sum(value::numeric), sum(hashtext(writer || host::text || op || time))) FROM %s', rel) INTO found;
	RETURN found;
END $$;
SQL
$node->safe_psql('postgres', "SELECT pg_create_physical_replication_slot('standby', true)");
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');

$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->append_conf('postgresql.conf', "primary_slot_name = 'standby'");
$standby->start;
my $folder = PostgreSQL::Test::Utils::tempdir;
append_to_file("$folder/rows.pl", <<'PERL');
my ($writer, $op, $rows) = @ARGV;

for my $i (1 .. $rows // 2000)
{
	my $time = sprintf '2024-%02d-%02d %02d:%02d:%02d', 1 + ($op // 0) % 12, 1 + $i % 28, $i % 24, $i % 60, $i % 59;

	print $writer eq 'side' ? "$time\ta\t$i\n" : join("\t", $time, 'host' . $i % 7, $writer, $op, $i, 0, $i / 8) . "\n";
}
PERL
my $merges = $node->safe_psql('postgres', "SELECT count(*) FROM pg_proc WHERE proname = 'merge' AND pronamespace = 'sydra'::regnamespace");
my %killed;
my (@problems, @uncertain);
my $round = 0;
my %done = map { $_ => 0 } qw(acknowledged lost unknown operations seals merges vacuums fulls changes reads);

# The ledger: by writer and number of the operation, how many rows it wrote, and what was done to them
# since.  An operation is a function of these that takes effect when it was acknowledged.
my @ledger = map { {} } 1 .. $writers;
my $next_op = 1;

# Rows, sums of i and of version.
sub expected
{
	my ($entry) = @_;
	my ($count, $sum, $versions) = (0, 0, 0);

	for my $i (1 .. $entry->{rows})
	{
		my $version = 0;
		my $dead = 0;

		for my $change (@{ $entry->{changes} })
		{
			my ($kind, $modulus, $rest) = @$change;

			next if $i % $modulus != $rest;
			if ($kind eq 'delete') { $dead = 1; last }
			$version++;
		}
		next if $dead;
		$count++;
		$sum += $i;
		$versions += $version;
	}
	return "$count|$sum|$versions";
}

sub apply
{
	my ($writer, $change) = @_;
	my ($kind, $op, @rest) = @$change;

	if ($kind eq 'insert') { $ledger[$writer]{$op} = { rows => $rest[0], changes => [], metric => $rest[1] } }
	elsif ($ledger[$writer]{$op}) { push @{ $ledger[$writer]{$op}{changes} }, [ $kind, @rest ] }
	delete $ledger[$writer]{$op}{expected} if $ledger[$writer]{$op};
}

my $columns = '(time, host, writer, op, i, version, value)';

# One operation: its SQL as one message, so that it is one transaction, and what it changes.
sub make_operation
{
	my ($writer, $op, $earlier) = @_;
	my $kind = int rand 100;
	my $time = "timestamptz '2024-01-01' + $op * interval '30 seconds' + i * interval '" . (1 + int rand 90) . " ms'";
	my $select = "SELECT $time, 'host' || (i + $op) % " . (1 + int rand 9) . ", $writer, $op, i, 0, round((i * $op % 997) / 7.0, 2)";
	my $rows = 1 + int rand 60;

	if ($kind < 25)
	{
		my $values = join ', ', map { "(timestamptz '2024-01-01' + $op * interval '30 seconds', 'host$_', $writer, $op, $_, 0, $op / 4.0)" } 1 .. ($rows = 1 + int rand 3);

		return ("INSERT INTO m $columns VALUES $values\\; INSERT INTO h $columns VALUES $values;", [ 'insert', $op, $rows ]);
	}
	if ($kind < 50 || ($kind >= 70 && !@$earlier))
	{
		$rows = 200 + int rand 2000 if $kind < 35;
		$select .= " FROM generate_series(1, $rows) i";
		return ("INSERT INTO m $columns $select\\; INSERT INTO h $columns SELECT time, host, writer, op, i, version, value FROM m WHERE writer = $writer AND op = $op;",
			[ 'insert', $op, $rows ]) if $kind < 45;
		# The same in two phases; whether its end is reached is known from the second.
		return ("BEGIN\\; INSERT INTO m $columns $select\\; INSERT INTO h $columns $select\\; PREPARE TRANSACTION 'w${writer}_$op';\n"
			  . "\\if :ERROR\nROLLBACK;\nSELECT 1/0;\n\\else\nCOMMIT PREPARED 'w${writer}_$op';\n\\endif\n", [ 'insert', $op, $rows ]);
	}
	if ($kind < 65)
	{
		# Large enough for segments of its own, or not.
		$rows = $kind < 58 ? 1600 + int rand 3000 : 20 + int rand 300;
		my $program = "perl $folder/rows.pl $writer $op $rows";

		return ("COPY m $columns FROM PROGRAM '$program'\\; INSERT INTO h $columns SELECT time, host, writer, op, i, version, value FROM m WHERE writer = $writer AND op = $op;",
			[ 'insert', $op, $rows ]);
	}
	if ($kind < 70)
	{
		my $times = "array_agg($time)";

		return ("SELECT sydra.ingest_arrays('n', '{\"writer\": \"$writer\"}', array_agg($time), array_agg(${op}::float8)) FROM generate_series(1, $rows) i\\; "
			  . "INSERT INTO n_twin SELECT $time, '$writer', $op FROM generate_series(1, $rows) i;", [ 'insert', $op, $rows, 1 ]);
	}
	my $target = $earlier->[ int rand @$earlier ];
	my $modulus = 2 + int rand 5;
	my $rest = int rand $modulus;
	my $where = "WHERE writer = $writer AND op = $target AND i % $modulus = $rest";

	return ("DELETE FROM m $where\\; DELETE FROM h $where;", [ 'delete', $target, $modulus, $rest ]) if $kind < 82;
	return ("UPDATE m SET version = version + 1, value = value + 1 $where\\; UPDATE h SET version = version + 1, value = value + 1 $where;",
		[ 'update', $target, $modulus, $rest ]);
}

my %operation;	# by number: the writer and what it changes

sub writer_script
{
	my ($writer, $count) = @_;
	my @earlier = grep { !$ledger[$writer]{$_}{metric} } keys %{ $ledger[$writer] };
	my $script = '';

	@earlier = @earlier[ map { int rand @earlier } 1 .. 20 ] if @earlier > 20;
	for (1 .. $count)
	{
		my $op = $next_op++;
		my ($sql, $change) = make_operation($writer, $op, \@earlier);

		$operation{$op} = $change;
		push @earlier, $op if $change->[0] eq 'insert' && !$change->[3];
		$script .= "\\echo try $op\n$sql\n\\if :ERROR\n\\echo failed $op :LAST_ERROR_SQLSTATE\nROLLBACK;\n\\else\n\\echo done $op\n\\endif\n";
	}
	return $script;
}

sub repeat { my ($count, $word, @sql) = @_; return join '', map { "$sql[ $_ % @sql ]\n\\if :ERROR\n\\else\n\\echo $word\n\\endif\n" } 1 .. $count }

sub scripts
{
	my %script = map { ("writer$_" => writer_script($_, 400)) } 0 .. $writers - 1;

	$script{seal} = repeat(400, 'seals', "CALL sydra.seal('m');", "CALL sydra.seal('n');", "CALL sydra.seal('m');\nSELECT pg_sleep(0.05);");
	$script{merge} = repeat(400, 'merges', "CALL sydra.merge('m');\nSELECT pg_sleep(0.02);") if $merges;
	$script{vacuum} = repeat(100, 'vacuums', 'VACUUM m;', 'VACUUM n;', 'VACUUM sydra_catalog.segment, sydra_catalog.tombstone;', 'VACUUM (FREEZE) m;', 'ANALYZE m;');
	$script{full} = repeat(50, 'fulls', "VACUUM FULL sydra_catalog.segment;", "SELECT pg_sleep(random() * 2);\nVACUUM FULL m;");
	$script{change} = repeat(60, 'changes',
		"ALTER TABLE m ADD COLUMN extra int DEFAULT 7\\; ALTER TABLE h ADD COLUMN extra int DEFAULT 7;\nSELECT pg_sleep(random() * 0.4);",
		"ALTER TABLE m DROP COLUMN extra\\; ALTER TABLE h DROP COLUMN extra;\nSELECT pg_sleep(random() * 0.4);",
		"COPY side (time, host, value) FROM PROGRAM 'perl $folder/rows.pl side';", "CALL sydra.seal('side');", 'TRUNCATE side;',
		"CREATE TABLE gone (LIKE side) USING sydra\\; INSERT INTO gone SELECT * FROM side;\nDROP TABLE gone;");
	# Readers of every kind: head and segments under one snapshot.
	my $same = q{SELECT CASE WHEN digest('m') = digest('h') THEN '' ELSE 'differ ' || digest('m') || ' and ' || digest('h') END;};

	$script{read} = repeat(300, 'reads', "BEGIN ISOLATION LEVEL REPEATABLE READ;\n$same\nCOMMIT;", "SET sydraql.enable_scan = off;\nBEGIN ISOLATION LEVEL REPEATABLE READ;\n$same\nCOMMIT;\nRESET sydraql.enable_scan;",
		q{WITH q AS (SELECT * FROM sydraql('select count(*) as c, sum(i) as s from public.m where time >= 2000-01-01')) SELECT 'differ in sydraQL' FROM q, (SELECT count(*) AS c, sum(i) AS s FROM h) x WHERE q.c <> x.c OR q.s <> x.s;});
	return %script;
}

sub children
{
	my ($parent) = @_;
	my @pids;

	for my $stat (glob '/proc/[0-9]*/stat')
	{
		my $line = eval { slurp_file($stat) } // next;

		push @pids, $1 if $line =~ /^(\d+) \(.*\) \S (\d+) /s && $2 == $parent;
	}
	return @pids;
}

sub wait_until_gone
{
	for (1 .. 1800)
	{
		return if !grep { kill 0, $_ } @_;
		usleep(100000);
	}
	die 'a killed process is still there';
}

# By a psql that is told on its command line: one that finds no server is gone before it could be
# written to, which is no news here.
sub wait_for_recovery
{
	for (1 .. 1800)
	{
		return if IPC::Run::run([ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', 'SELECT' ], '<', '/dev/null', '>', '/dev/null', '2>', '/dev/null');
		usleep(100000);
	}
	die 'no recovery';
}

# The postmaster and all its children at once, as a power cut would: a backend left alone would end
# its statement in peace.
sub kill_server
{
	my ($postmaster) = split /\n/, slurp_file($node->data_dir . '/postmaster.pid');

	# While it stands still it starts nobody who would be missed here.
	kill 'STOP', $postmaster;
	my @pids = ($postmaster, children($postmaster));

	kill 9, @pids;
	$node->kill9;
	wait_until_gone(@pids);
	$killed{postmaster}++;
	$node->start;
}

# One process: the postmaster ends the others and recovers.
sub kill_process
{
	my ($wanted) = @_;
	my @found = map { [ split /\|/ ] } split /\n/, eval { $node->safe_psql('postgres',
			"SELECT pid, CASE WHEN backend_type = 'client backend' THEN application_name ELSE backend_type END FROM pg_stat_activity WHERE pid <> pg_backend_pid()") } // '';
	my %by_name = map { ($_->[1] => $_->[0]) } grep { $_->[1] !~ /^(walsender|standby)/ && (!$wanted || $_->[1] eq $wanted) } @found;
	my @names = sort keys %by_name;

	return $wanted ? 0 : kill_server() if !@names;
	my $name = $names[ int rand @names ];

	# It may have left meanwhile, as workers do.
	return 0 if !kill(9, $by_name{$name}) && $wanted;
	$killed{ $name =~ s/\d+$//r =~ s/autovacuum worker.*/autovacuum worker/r }++;
	wait_until_gone($by_name{$name});
	wait_for_recovery();
	return 1;
}

# As soon as there is one, and it has done something or other.
sub kill_worker
{
	for (1 .. 200)
	{
		usleep(int rand 200000);
		return if kill_process('sydraql worker');
	}
	push @problems, "round $round: no worker came";
}

sub let_workers
{
	my ($on) = @_;

	$node->safe_psql('postgres', "LOAD 'sydraql';\nALTER SYSTEM SET sydraql.auto_seal = $on;\nSELECT pg_reload_conf()");
}

sub check_ledger
{
	my %there = map { my ($writer, $op, $rest) = /^(\d+)\|(\d+)\|(.*)$/; ("$writer $op" => $rest) } split /\n/,
	  $node->safe_psql('postgres', q{SELECT writer, op, count(*), sum(i), sum(version) FROM m GROUP BY writer, op
		UNION ALL SELECT (tags->>'writer')::int, value::int, count(*), NULL, NULL FROM n GROUP BY 1, 2});
	my $matches = sub {
		my ($writer, $op) = @_;
		my $entry = $ledger[$writer]{$op};
		my $there = $there{"$writer $op"} // '0||';

		return $there =~ /^0\|/ if !$entry;
		return $there eq "$entry->{rows}||" if $entry->{metric};
		$entry->{expected} //= expected($entry);
		return $there =~ s/\|\|/|0|0/r eq $entry->{expected};
	};

	# What nobody knows the end of has happened or not, as a whole.
	for my $doubt (@uncertain)
	{
		my ($writer, $op) = @$doubt;
		my $change = $operation{$op};

		next if $matches->($writer, $change->[1]) && ($change->[0] ne 'insert' || !defined $there{"$writer $op"});
		apply($writer, $change);
	}
	@uncertain = ();
	for my $writer (0 .. $writers - 1)
	{
		for my $op (keys %{ $ledger[$writer] })
		{
			next if $matches->($writer, $op);
			$done{lost}++;
			push @problems, "round $round: operation $op of writer $writer: " . ($there{"$writer $op"} // 'no rows') . ' instead of ' . ($ledger[$writer]{$op}{expected} // $ledger[$writer]{$op}{rows});
		}
	}
	for my $key (keys %there)
	{
		my ($writer, $op) = split / /, $key;

		next if $ledger[$writer]{$op};
		$done{unknown}++;
		push @problems, "round $round: rows of operation $op of writer $writer, which nobody wrote";
	}
}

my $equal = 'SELECT count(*) FROM ((SELECT * FROM m EXCEPT ALL SELECT * FROM h) UNION ALL (SELECT * FROM h EXCEPT ALL SELECT * FROM m)) x';
my $metric_equal = "WITH n AS (SELECT time, tags->>'writer', value FROM n) SELECT count(*) FROM ((TABLE n EXCEPT ALL TABLE n_twin) UNION ALL (TABLE n_twin EXCEPT ALL TABLE n)) x";

sub check
{
	my ($what, $want, $query) = @_;
	my $found = eval { $node->safe_psql('postgres', $query) } // $@;

	push @problems, "round $round: $what: $found" if $found ne $want;
}

# Runs everything side by side, kills, recovers, and looks at what is left.
sub run_round
{
	my $by_workers = $round % 3 == 0;
	my %script = scripts();
	my %run;

	delete @script{qw(seal merge)} if $by_workers;
	let_workers('on') if $by_workers;
	for my $name (sort keys %script)
	{
		append_to_file("$folder/$name.$round.sql", "SET client_min_messages = error;\n$script{$name}");
		$run{$name} = IPC::Run::start([ 'psql', '-XAtq', '-d', $node->connstr('postgres') . " application_name=$name", '-f', "$folder/$name.$round.sql" ],
			'>', "$folder/$name.$round.out", '2>', "$folder/$name.$round.err", IPC::Run::timeout(180));
	}
	usleep(200000 + int rand 1800000);
	if ($by_workers) { kill_worker() }
	elsif (rand() < 0.5) { kill_server() }
	else { kill_process() }

	# They end as they like, but end: of what they were at, nothing is known but what they have told.
	for my $name (sort keys %run)
	{
		next if eval { $run{$name}->finish; 1 } || $@ !~ /timeout/;
		push @problems, "round $round: $name has not ended: $@";
		$run{$name}->kill_kill;
	}
	let_workers('off') if $by_workers;

	for my $name (keys %script)
	{
		my $out = slurp_file("$folder/$name.$round.out");
		my %writer = $name =~ /^writer(\d+)$/ ? (number => $1) : ();

		$done{$_} += () = $out =~ /^$_$/mg for qw(seals merges vacuums fulls changes reads);
		push @problems, "round $round: $name: $1" if $out =~ /^(differ.*)$/m;
		unlink "$folder/$name.$round.sql", "$folder/$name.$round.out", "$folder/$name.$round.err";
		next if !%writer;
		my %end;

		for my $line (split /\n/, $out)
		{
			$end{$2} = $1 if $line =~ /^(try|done|failed) (\d+)/;
		}
		for my $op (sort { $a <=> $b } keys %end)
		{
			if ($end{$op} eq 'done')
			{
				apply($writer{number}, $operation{$op});
				$done{operations}++;
				$done{acknowledged} += $operation{$op}[2] if $operation{$op}[0] eq 'insert';
			}
			push @uncertain, [ $writer{number}, $op ] if $end{$op} eq 'try';
		}
	}
	# Prepared transactions outlive the crash.
	for my $gid (split /\n/, $node->safe_psql('postgres', 'SELECT gid FROM pg_prepared_xacts'))
	{
		$node->safe_psql('postgres', "COMMIT PREPARED '$gid'");
	}
	check_ledger();
	check('table and twin differ', '0', $equal);
	check('metric and twin differ', '0', $metric_equal);
	check('sydra.verify', '', "SELECT v::text FROM (VALUES ('m'::regclass), ('n'), ('side')) t(t), sydra.verify(t) v LIMIT 5");
	%operation = ();
}

# Live bytes of segments and head are at least a part of the files, once VACUUM has been.
sub check_size
{
	$node->safe_psql('postgres', 'VACUUM m');
	check('the files have grown out of all proportion', 't', q{SELECT pg_table_size('m') < 20 * 1024 * 1024 + 6 * (
		SELECT sum(bytes) FROM sydra.segments WHERE metric = 'm'::regclass) + 4 * pg_table_size('h')});
}

sub check_standby
{
	$node->wait_for_catchup($standby, 'replay', $node->lsn('insert'));
	for my $query ("SELECT digest('m')", q{SELECT count(*), sum(value) FROM n}, $equal)
	{
		my ($here, $there) = map { $_->safe_psql('postgres', $query) } $node, $standby;

		push @problems, "round $round: the standby has $there, not $here" if $here ne $there;
	}
}

while ($round < $rounds_min || time < $end)
{
	$round++;
	run_round();
	check_size() if $round % 4 == 0;
	check_standby() if $round % 8 == 0;
	last if @problems;
	# Not for ever larger.
	if ($node->safe_psql('postgres', 'SELECT count(*) FROM h') > $rows_max)
	{
		check_standby();
		$node->safe_psql('postgres', 'TRUNCATE m, h, n, n_twin');
		@ledger = map { {} } 1 .. $writers;
	}
}
check_standby() if !@problems;

is(join("\n", @problems), '', "nothing is lost, doubled, damaged or different in $round rounds (seed $seed)");
for my $table (qw(m n side))
{
	is($node->safe_psql('postgres', "SELECT count(*) FROM pg_class c, verify_heapam(c.oid) WHERE c.oid = (SELECT reltoastrelid FROM pg_class WHERE relname = '$table')"),
		'0', "amcheck finds nothing in the segment store of $table");
}
cmp_ok($done{acknowledged}, '>', 0, 'rows were acknowledged');
cmp_ok($done{$_}, '>', 0, "there were $_") for qw(seals vacuums fulls reads changes), $merges ? 'merges' : ();
cmp_ok($killed{'sydraql worker'} // 0, '>', 0, 'workers were killed');
cmp_ok($node->safe_psql('postgres', "SELECT count(*) FROM m WHERE (ctid::text::point)[0] >= 2147483648"), '>', 0, 'some rows were sealed');
$node->safe_psql('postgres', "CALL sydra.seal('m')");
is($node->safe_psql('postgres', $equal), '0', 'the rest seals afterwards');
is($standby->safe_psql('postgres', 'SELECT pg_is_in_recovery()'), 't', 'the standby has replayed all that time');
unlike(slurp_file($standby->logfile), qr/inconsistent page found|PANIC/, 'and found every page as the primary made it');
diag("crash: seed $seed, $round rounds; " . join(', ', map { "$_ $done{$_}" } sort keys %done) . '; killed: ' . join(', ', map { "$_ $killed{$_}" } sort keys %killed));
$standby->stop;
$node->stop;

done_testing();
