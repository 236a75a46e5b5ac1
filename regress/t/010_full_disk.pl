# A full disk fails the statement and nothing else: COPY, INSERT, UPDATE, seal, merge and VACUUM FULL on
# a small file system, with more and more of it free.  Afterwards nothing is lost and all goes on.
#
# SYDRA_SMALL_DISK is the folder of a file system of some 64 MB (regress/lib/private mounts one when it may).
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $disk = $ENV{SYDRA_SMALL_DISK};

plan skip_all => 'no small file system: only root can mount one' if !defined $disk;

my @free_kb = $ENV{SYDRA_FULL} ? map { 8 * $_ } 0 .. 400 : (0, 16, 40, 100, 300, 1000, 2500);
my $node = PostgreSQL::Test::Cluster->new('full');

$node->init;
$node->append_conf('postgresql.conf', "sydraql.auto_seal = off\nautovacuum = off\nsydraql.direct_min_rows = 5000\n"
	  . "sydraql.seal_batch_rows = 5000\nrestart_after_crash = off");
$node->start;
my $folder = PostgreSQL::Test::Utils::tempdir;

mkdir "$disk/space" or die "$disk/space: $!";
$node->safe_psql('postgres', <<"SQL");
CREATE EXTENSION sydraql;
CREATE TABLESPACE small LOCATION '$disk/space';
CREATE TABLE m (time timestamptz NOT NULL, host sydra.tag, i int, value float8) USING sydra TABLESPACE small;
CREATE TABLE twin (LIKE m) USING heap;
CREATE TABLE source (LIKE m) USING heap;
INSERT INTO source SELECT timestamptz '2024-01-01' + i * interval '1 s', 'host' || i % 5, i, ('x' || left(md5(i::text), 8))::bit(32)::int / 7.0
FROM generate_series(1, 8000) i;
COPY source TO '$folder/rows';
COPY (SELECT * FROM source LIMIT 3000) TO '$folder/few';
SQL

sub free_space
{
	my ($free) = (split ' ', (split /\n/, `df -k --output=avail '$disk'`)[-1]);

	return $free;
}

# Leaves so many kB of the disk free.
sub fill
{
	my ($left) = @_;

	my $size = free_space() - $left;

	return if $size <= 0;
	system('fallocate', '-l', "${size}KiB", "$disk/filler") == 0 or die "$disk/filler: $?";
}

my $merges = $node->safe_psql('postgres', "SELECT count(*) FROM pg_proc WHERE proname = 'merge' AND pronamespace = 'sydra'::regnamespace");
my $equal = 'SELECT count(*) FROM ((TABLE m EXCEPT ALL TABLE twin) UNION ALL (TABLE twin EXCEPT ALL TABLE m)) x';
my @statements = (
	# name, statement, the same for the twin when it went well
	[ 'COPY into segments', "COPY m FROM '$folder/rows'", "COPY twin FROM '$folder/rows'" ],
	[ 'COPY into the head', "COPY m FROM '$folder/few'", "COPY twin FROM '$folder/few'" ],
	[ 'INSERT', 'INSERT INTO m SELECT * FROM source', 'INSERT INTO twin SELECT * FROM source' ],
	[ 'seal', "CALL sydra.seal('m')", '' ],
	[ 'UPDATE', 'UPDATE m SET value = value + 1 WHERE i % 3 = 0', 'UPDATE twin SET value = value + 1 WHERE i % 3 = 0' ],
	[ 'DELETE', 'DELETE FROM m WHERE i % 5 = 0', 'DELETE FROM twin WHERE i % 5 = 0' ],
	$merges ? [ 'merge', "CALL sydra.merge('m')", '' ] : (),
	[ 'VACUUM', 'VACUUM m', '' ],
	[ 'VACUUM FULL', 'VACUUM FULL m', '' ],
	[ 'rewrite', 'ALTER TABLE m ALTER i TYPE bigint', 'ALTER TABLE twin ALTER i TYPE bigint; ALTER TABLE source ALTER i TYPE bigint' ]);
my (@wrong, %failed);

for my $statement (@statements)
{
	my ($name, $sql, $twin) = @$statement;
	my $well = 0;

	for my $free (@free_kb, undef)
	{
		fill($free) if defined $free;
		my ($status, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$sql;\n\\echo :ERROR\nSELECT 'usable';", on_error_stop => 0);
		unlink "$disk/filler";

		my $ok = $out =~ /^false$/m;
		$failed{$name}++ if !$ok;
		$well++ if $ok;
		push @wrong, "$name with " . ($free // 'all') . " kB free: $err" if $out !~ /^usable$/m || (!$ok && ($err !~ /ERROR:  53100: / || !defined $free));
		$node->safe_psql('postgres', $twin) if $ok && $twin ne '';
		my $state = eval { $node->safe_psql('postgres', "$equal; SELECT v::text FROM sydra.verify('m') v") } // $@;

		push @wrong, "$name with " . ($free // 'all') . " kB free left $state" if $state ne '0';
		last if $ok;
	}
	ok($well > 0, "$name goes on once there is space");
	# Little enough for the next.
	$node->safe_psql('postgres', 'DELETE FROM m WHERE i > 1000; DELETE FROM twin WHERE i > 1000; VACUUM m; VACUUM twin')
	  if $name =~ /^COPY|INSERT/ && $node->safe_psql('postgres', 'SELECT count(*) FROM m') > 25000;
}
is(join("\n", @wrong), '', 'each failed with 53100 or went well, and nothing was lost');
cmp_ok($failed{$_} // 0, '>', 0, "$_ met the full disk") for 'COPY into segments', 'COPY into the head', 'INSERT', 'seal', 'UPDATE', $merges ? 'merge' : (), 'VACUUM FULL', 'rewrite';
$node->safe_psql('postgres', "CALL sydra.seal('m')");
is($node->safe_psql('postgres', $equal), '0', 'and all is sealed in the end');
$node->safe_psql('postgres', 'REINDEX TABLE m; REINDEX SCHEMA sydra_catalog');
is($node->safe_psql('postgres', $equal), '0', 'and every index can be built anew');
unlike(slurp_file($node->logfile), qr/terminated by signal|PANIC/, 'the server stayed up');
$node->safe_psql('postgres', 'DROP TABLE m');
$node->safe_psql('postgres', 'DROP TABLESPACE small');
$node->stop;
rmdir "$disk/space";

done_testing();
