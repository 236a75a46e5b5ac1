# sydraQL over foreign tables of another database: answers are those of a table of ours with the same rows, and what
# the other server is asked for is the range of time, texts and numbers of the query, and no more columns than it names.
use strict;
use warnings;

use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('foreign');

$node->init;
$node->append_conf('postgresql.conf', "sydraql.auto_seal = off\nTimeZone = 'Asia/Kolkata'");
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE there');
$node->safe_psql('postgres', 'CREATE DATABASE here');

# There nobody knows of sydra.
$node->safe_psql('there', <<'SQL');
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE readings (id bigserial, seen timestamptz, host text, rack int4, v float8, n int8, note text, up bool, mood mood);
INSERT INTO readings (seen, host, rack, v, n, note, up, mood) SELECT timestamptz '2024-01-01Z' + (i * 37 % 900) * interval '20 s', nullif('h' || i % 4, 'h3'), i % 3,
	CASE WHEN i % 5 > 0 THEN i * 7 % 100 / 4.0 END, i, CASE WHEN i % 7 > 0 THEN 'it''s ' || i % 5 ELSE '' END, i % 2 = 0, 'ok' FROM generate_series(0, 2999) i;
INSERT INTO readings (seen, host, n) VALUES (NULL, 'timeless', -1);
CREATE INDEX ON readings (seen);
CREATE VIEW old AS SELECT * FROM readings WHERE seen < '2024-01-01 02:00Z';
CREATE VIEW slow AS SELECT seen, host, n, pg_sleep(0.05)::text AS nap FROM readings;
SQL
my ($socket, $port) = ($node->host, $node->port);

$node->safe_psql('here', <<SQL);
CREATE EXTENSION sydraql;
CREATE EXTENSION postgres_fdw;
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE SERVER there FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '$socket', port '$port', dbname 'there');
CREATE USER MAPPING FOR CURRENT_USER SERVER there;
CREATE SCHEMA far;
CREATE FOREIGN TABLE far.readings (seen timestamptz, host text, rack int4, v float8, n int8, note text, up bool, mood mood) SERVER there OPTIONS (schema_name 'public', table_name 'readings');
CREATE FOREIGN TABLE far.slow (seen timestamptz, host text, n int8, nap text) SERVER there OPTIONS (schema_name 'public', table_name 'slow');
CREATE FOREIGN TABLE far.missing (seen timestamptz, host text, n int8) SERVER there OPTIONS (schema_name 'public', table_name 'missing');
CREATE TABLE far.ours (seen timestamptz NOT NULL, host sydra.tag, rack sydra.tag_int4, v float8, n int8, note text, up bool, mood mood) USING sydra;
INSERT INTO far.ours SELECT * FROM far.readings WHERE seen IS NOT NULL ORDER BY n;
CREATE TABLE far.parts (seen timestamptz NOT NULL, host text, rack int4, v float8, n int8, note text, up bool, mood mood) PARTITION BY RANGE (seen);
CREATE FOREIGN TABLE far.old PARTITION OF far.parts FOR VALUES FROM (MINVALUE) TO ('2024-01-01 02:00Z') SERVER there OPTIONS (schema_name 'public', table_name 'old');
CREATE TABLE far.new PARTITION OF far.parts FOR VALUES FROM ('2024-01-01 02:00Z') TO (MAXVALUE) USING sydra;
INSERT INTO far.new SELECT * FROM far.readings WHERE seen >= '2024-01-01 02:00Z' ORDER BY n;
CREATE VIEW far.viewed AS SELECT * FROM far.readings;
SELECT sydra.configure('far.readings', tags => '{host,rack}');
CALL sydra.seal('far.ours');
SQL

sub ql { my ($query, $parameters) = @_; return "SELECT * FROM sydraql_to_json('" . $query =~ s/'/''/gr . "'" . (defined $parameters ? ", '$parameters'" : '') . ')'; }

# What the other server was asked for since, and the answer.
sub asked
{
	my ($query, $parameters) = @_;
	my $from = -s $node->logfile;
	my $answer = $node->safe_psql('here', ql($query, $parameters));
	my $log = slurp_file($node->logfile, $from);

	return ($answer, join "\n", $log =~ /DECLARE c\d+ CURSOR FOR\s+(.*)/g);
}

# ----- answers

my @questions = (
	'select count(*), sum(n), min(v), max(v), count(note), avg(v) > 1 from %s where time >= 2024-01-01',
	'select time, tag.host, rack, v, n, note, up, mood from %s where time >= 2024-01-01T01:00:00Z and time < 2024-01-01T01:30:00Z order by time, n',
	'select tag.host, count(*), max(v) from %s{host =~ /^h[12]/} where time >= 2024-01-01 and v > 3 group by tag.host',
	'select tag.host, time_bucket(10m, time) as b, max(n) from %s where time >= 2024-01-01 and time < 2024-01-02 and tag.host != \'h1\' group by tag.host, b fill(previous within 1h)',
	'select time_bucket(1d, time, \'Europe/Berlin\') as day, sum(n) from %s where time >= 2024-01-01 group by day',
	'select first(n), last(v), min_time(v), percentile(v, 0.5) from %s where time >= 2024-01-01T02:00:00Z',
	'select count(*) from %s where time >= 2024-01-01 and note = \'it\'\'s 3\' and n >= 100 and n < 2000 and up = true',
	'select count(*) from %s where time between 2024-01-01T01:00:00Z and \'2024-01-01T01:20:00+00:00\' and tag.host in (\'h0\', \'h2\')',
	'select t, max(c) from (select time_bucket(1h, time) as t, tag.host, count(*) as c from %s where time >= 2024-01-01 group by t, tag.host) group by t',
	'select time, a.n, b.n from %s a join time far.ours{rack = \'1\'} b match nearest on host where time >= 2024-01-01 and a.n < 300 order by a.n',
	'select time, n, v from %s where time >= 2024-01-01 and n > 2900 order by n desc limit 5',
);

for my $question (@questions)
{
	my $wanted = $node->safe_psql('here', ql(sprintf $question, 'far.ours'));

	isnt($wanted, '', "far.ours: $question");
	is($node->safe_psql('here', ql(sprintf $question, $_)), $wanted, $_) for 'far.readings', 'far.parts', 'far.viewed';
}

# What looks at series, now that they are said.
for my $question ('select tag.host, tag.rack, increase(n), rate(v) from %s where time >= 2024-01-01 group by tag.host, tag.rack', 'select time, tag.host, tag.rack, n, lag(n), running_sum(n) from %s where time >= 2024-01-01 and time < 2024-01-01T00:20:00Z order by n', 'show tags from %s',
	'show values of rack from %s')
{
	is($node->safe_psql('here', ql(sprintf $question, 'far.readings')), $node->safe_psql('here', ql(sprintf $question, 'far.ours')), $question);
}
is($node->safe_psql('here', "SELECT metric FROM sydraql('show metrics like ''far.%'' where host = ''h1''')"), "far.ours\nfar.readings", 'SHOW METRICS');

# ----- what is asked there

my ($answer, $sql) = asked('select sum(n) from far.readings where time >= 2024-01-01T01:00:00Z and time < 2024-01-01T02:00:00Z');

is($answer, $node->safe_psql('here', "SELECT jsonb_build_object('sum', sum(n)) FROM far.ours WHERE seen >= '2024-01-01 01:00Z' AND seen < '2024-01-01 02:00Z'"), 'a range');
like($sql, qr/^SELECT seen(?:, host)?(?:, rack)?, n FROM public\.readings WHERE/, 'columns that the query names');
like($sql, qr/seen >= '2024-01-01 06:30:00\+05:30'/, 'from');
like($sql, qr/seen < '2024-01-01 07:30:00\+05:30'/, 'before');
unlike($sql, qr/\n/, 'once');

($answer, $sql) = asked('select count(*) from far.readings where time >= :a and note = :text and n > 10 and v <= 5', q({"a": "2024-01-01T01:00:00Z", "text": "it''s 3"}));
like($sql, qr/seen >= '2024-01-01 06:30:00\+05:30'/, 'a parameter as a bound');
like($sql, qr/note = 'it''s 3'/, 'a text');
like($sql, qr/n > 10\b/, 'an integer');
like($sql, qr/v <= (?:5|'5'::double precision)/, 'a float8');

($answer, $sql) = asked('select count(*) from far.readings where time >= now() - 1h');
is($answer, '{"count": 0}', 'now()');
like($sql, qr/seen >= '20/, 'now() is a constant there');
($answer, $sql) = asked("select count(*) from far.readings{host = 'h1'} where time >= 2024-01-01");
like($sql, qr/host = 'h1'/, 'a tag');
($answer, $sql) = asked('select a.n, b.n from far.readings a join time far.readings b match previous within 5m where time >= 2024-01-01T01:00:00Z and time < 2024-01-01T01:10:00Z');
is(scalar(() = $sql =~ /seen >= /g), 2, 'both sides of a join are bounded') or diag $sql;
like($sql, qr/seen >= '2024-01-01 06:25:00\+05:30'/, 'the right one as far as WITHIN reaches');
($answer, $sql) = asked('select count(*) from far.parts where time >= 2024-01-01T02:00:00Z');
is($sql, '', 'a partition that the range leaves out is not asked for');
my $plan = $node->safe_psql('here', "SELECT * FROM sydraql_explain('select sum(n) from far.readings where time >= 2024-01-01 and n > 5 and host = ''h1''')");

like($plan, qr/rows from PostgreSQL's executor/, 'EXPLAIN names who reads');
like($plan, qr/\(n > 5\) from WHERE, by value/, 'EXPLAIN: a number');

# ----- writing, and what goes wrong

is($node->safe_psql('here', ql("insert into far.readings (host = 'new', rack = '9') values (2030-01-01, null, {\"n\": 7, \"up\": true})")), '{"inserted": 1}', 'INSERT');
is($node->safe_psql('there', "SELECT host, rack, n, up FROM readings WHERE seen = '2030-01-01Z'"), 'new|9|7|t', 'is there');
is($node->safe_psql('here', ql("delete from far.readings{host = 'new'} where time >= 2030-01-01 and time < 2031-01-01")), '{"deleted": 1}', 'DELETE');
is($node->safe_psql('there', "SELECT count(*) FROM readings WHERE seen >= '2030-01-01Z'"), '0', 'is gone there');

sub fails
{
	my ($query, $pattern, $name, $before) = @_;
	my ($code, $out, $err) = $node->psql('here', ($before // '') . ql($query));

	like($err, $pattern, $name);
	is($node->safe_psql('here', 'SELECT 1'), '1', 'the server lives');
}

fails('select count(*) from far.missing where time >= 2024-01-01', qr/relation "public\.missing" does not exist/, 'a table that is not there');
fails('select nap from far.slow where time >= 2024-01-01', qr/statement timeout/, 'a query that takes too long', "SET statement_timeout = '1s'; ");
$node->safe_psql('here', 'CREATE ROLE stranger; GRANT USAGE ON SCHEMA far TO stranger; GRANT SELECT ON far.readings TO stranger');
fails('select count(*) from far.readings where time >= 2024-01-01', qr/user mapping not found/, 'a role without a user mapping', 'SET ROLE stranger; ');
$node->safe_psql('here', 'REVOKE SELECT ON far.readings FROM stranger');
fails('select count(*) from far.readings where time >= 2024-01-01', qr/permission denied for foreign table readings/, 'a role without privileges', 'SET ROLE stranger; ');
$node->safe_psql('there', 'ALTER TABLE readings DROP COLUMN v CASCADE');
fails('select max(v) from far.readings where time >= 2024-01-01', qr/column "v" does not exist/, 'a column that is gone there');
is($node->safe_psql('here', ql('select max(n) from far.readings where time >= 2024-01-01')), '{"max": 2999}', 'the others are not asked for it');
$node->safe_psql('here', "ALTER SERVER there OPTIONS (SET port '1')");
fails('select max(n) from far.readings where time >= 2024-01-01', qr/could not connect to server "there"/, 'a server that is not there');
$node->stop;

done_testing();
