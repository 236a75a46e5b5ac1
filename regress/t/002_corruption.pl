# Bytes of chunk pages change behind the server's back, with checksums off: a query gives the right
# answer or XX001 naming table, segment and block, whatever byte it was, and the server stays up.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

# Every byte is turned round; with SYDRA_FULL, every bit of it alone as well.
my $masks = $ENV{SYDRA_FULL} ? '255,1,2,4,8,16,32,64,128' : '255';
my $node = PostgreSQL::Test::Cluster->new('corruption');

$node->init(no_data_checksums => 1);
# So few buffers that some hundred pages read by the way leave none of the segment's in memory.
$node->append_conf('postgresql.conf', "sydraql.auto_seal = off\nautovacuum = off\nmax_parallel_workers_per_gather = 0\n"
	  . "shared_buffers = 256kB\nfsync = off\nlog_statement = none\nlog_min_messages = fatal\nmax_wal_size = 4GB");
$node->start;
$node->safe_psql('postgres', <<'SQL');
CREATE EXTENSION sydraql;
CREATE TABLE damaged (time timestamptz NOT NULL, host sydra.tag, value float8, count int4, note text, free jsonb) USING sydra;
INSERT INTO damaged SELECT timestamptz '2024-01-01' + i * interval '10 seconds', 'host' || i % 3, round(sin(i)::numeric, 2), i / 7,
	CASE WHEN i % 3 > 0 THEN 'note ' || i % 11 END, jsonb_build_object('n', i % 5, 'm', i) FROM generate_series(1, 300) i;
CALL sydra.seal('damaged');
VACUUM damaged;
CREATE TABLE filler (c text);
ALTER TABLE filler ALTER c SET STORAGE PLAIN;
INSERT INTO filler SELECT repeat('x', 5000) FROM generate_series(1, 250);
CREATE TABLE outcome (byte int, mask int, query text, result text);

CREATE FUNCTION evict() RETURNS bigint LANGUAGE sql AS $$
	SELECT count(*) FROM filler WHERE ctid = ANY (ARRAY(SELECT format('(%s,1)', b)::tid FROM generate_series(0, 249) b))
$$;

-- What a query says: its answer, or its error without what differs from one to the next.
CREATE FUNCTION ask(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	answer text;
BEGIN
	EXECUTE query INTO answer;
	RETURN answer;
EXCEPTION WHEN OTHERS THEN
	RETURN 'ERROR ' || SQLSTATE || ' ' || SQLERRM;
END $$;

-- Writes the file of the table's segments as it would be with one byte changed.
CREATE PROCEDURE write_file(path text, content bytea) LANGUAGE plpgsql AS $$
DECLARE
	object oid := lo_from_bytea(0, content);
BEGIN
	PERFORM lo_export(object, path), lo_unlink(object), evict();
END $$;

CREATE PROCEDURE flip_all(masks int[]) LANGUAGE plpgsql AS $$
DECLARE
	plain text := 'SELECT count(*) || md5(string_agg(d::text, '','' ORDER BY time)) FROM damaged d';
	language text := 'SELECT s::text FROM sydraql(''select count(*), sum(value), max(count) from public.damaged where time >= 2024-01-01'') s';
	path text := pg_relation_filepath(reltoastrelid) FROM pg_class WHERE relname = 'damaged';
	original bytea := pg_read_binary_file(path);
	right_plain text := ask(plain);
	right_language text := ask(language);
	answer text;
	mask int;
BEGIN
	FOR byte IN 0 .. length(original) - 1 LOOP
		-- The free space of a page has nothing to lose.
		CONTINUE WHEN get_byte(original, byte) = 0 AND substr(original, greatest(byte - 40, 0) + 1, 80) = decode(repeat('00', 80), 'hex');
		FOREACH mask IN ARRAY masks LOOP
			CALL write_file(path, set_byte(original, byte, get_byte(original, byte) # mask));
			answer := ask(plain);
			INSERT INTO outcome SELECT byte, mask, 'plain', CASE answer WHEN right_plain THEN 'right' ELSE answer END;
			IF byte % 3 = 0 THEN
				answer := ask(language);
				INSERT INTO outcome SELECT byte, mask, 'language', CASE answer WHEN right_language THEN 'right' ELSE answer END;
			END IF;
			IF byte % 25 = 0 THEN
				answer := ask('SELECT count(*) FROM sydra.verify(''damaged'')');
				INSERT INTO outcome SELECT byte, mask, 'verify', CASE answer WHEN '0' THEN 'right' ELSE answer END;
			END IF;
		END LOOP;
		-- Each large object has taken a lock.
		COMMIT;
	END LOOP;
	CALL write_file(path, original);
	INSERT INTO outcome SELECT -1, 0, 'plain', CASE ask(plain) WHEN right_plain THEN 'right' END;
END $$;
CHECKPOINT;
SQL
my $started = $node->safe_psql('postgres', 'SELECT pg_postmaster_start_time()');

$node->safe_psql('postgres', "CALL flip_all('{$masks}')");
my $count = sub { $node->safe_psql('postgres', "SELECT count(*) FROM outcome WHERE $_[0]") };
# What is wrong with a page's own header core says itself, before any of our code sees it.
my $named = "(result ~ '^ERROR XX001 segment [0-9]+ of table public.damaged is damaged: .*(block [0-9]+|is not in relation)' OR result ~ '^ERROR XX001 invalid page in block' "
  . "OR result ~ '^ERROR XX001 the marker of table')";

is($count->("query <> 'verify' AND result IS DISTINCT FROM 'right' AND NOT $named"), '0', 'every answer is right or XX001 naming table, segment and block')
  or diag($node->safe_psql('postgres', "SELECT * FROM outcome WHERE query <> 'verify' AND result IS DISTINCT FROM 'right' AND NOT $named LIMIT 20"));
my $bytes = $count->("query = 'plain'");

cmp_ok($bytes, '>', 2000, "every byte was turned round ($bytes)");
cmp_ok($count->("query = 'plain' AND $named"), '>', 0.9 * $bytes, 'nearly every one is in the way of a query');
is($count->("query = 'verify' AND result = 'right' AND EXISTS (SELECT FROM outcome o WHERE o.byte = outcome.byte AND o.mask = outcome.mask AND o.query <> 'verify' AND o.result <> 'right')"),
	'0', 'sydra.verify finds what a query stumbles over');
is($count->("byte = -1 AND result = 'right'"), '1', 'with the bytes as they were the answer is right');

# A file that ends too early, in a chunk and between two; half of a segment is of no use.
$node->safe_psql('postgres', <<'SQL');
CREATE TABLE short (time timestamptz NOT NULL, value float8) USING sydra;
INSERT INTO short SELECT timestamptz '2024-01-01' + i * interval '10 seconds', ('x' || left(md5(i::text), 8))::bit(32)::int / 7.0 FROM generate_series(1, 20000) i;
CALL sydra.seal('short');
VACUUM short;
CHECKPOINT;
SQL
my $file = $node->data_dir . '/' . $node->safe_psql('postgres', "SELECT pg_relation_filepath(reltoastrelid) FROM pg_class WHERE relname = 'short'");
my $size = -s $file;
my $sum = 'SELECT count(*), sum(value::numeric), max(time) FROM short';
my $right = $node->safe_psql('postgres', $sum);

$node->stop;
for my $length ($size - 8192, $size - 5000, 8192, 100, 0)
{
	my $whole = slurp_file($file);

	truncate $file, $length or die "$file: $!";
	$node->start;
	my ($status, $out, $err) = $node->psql('postgres', $sum, extra_params => [ '-v', 'VERBOSITY=verbose' ]);
	my ($found, $faults) = $node->psql('postgres', "SELECT count(*) FROM sydra.verify('short')");

	# What only sydra.verify reads may be what is missing.
	ok($err =~ /ERROR:  XX001: / || $out eq $right, "a file of $length bytes instead of $size: the right answer or XX001") or diag("$out\n$err");
	ok($found != 0 || $faults ne '0', 'and sydra.verify notices');
	$node->stop;
	open my $out_file, '>:raw', $file or die "$file: $!";
	print $out_file $whole;
	close $out_file;
}
$node->start;
is($node->safe_psql('postgres', 'SELECT count(*) FROM short'), '20000', 'the whole file has every row');
is($node->safe_psql('postgres', "SELECT count(*) FROM sydra.verify('short')"), '0', 'and sydra.verify is content');
unlike(slurp_file($node->logfile), qr/terminated by signal/, 'no backend died');
$node->stop;

done_testing();
