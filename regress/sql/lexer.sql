-- The lexer cuts a query into the words of doc/language.md, and loses no byte of it.

-- every kind, words reserved in any case but not after a dot
SELECT "position", kind, lexeme, "column" FROM sydra.tokens($$SELECT Time, tag.order "from" FrOm values$$);
SELECT kind, lexeme FROM sydra.tokens($$1 1.5 1e-3 5m30s 1y2mo 2024-03-01 2024-03-01T00:00:00.5+05:30 'it''s' $1 :name$$);
SELECT kind, lexeme FROM sydra.tokens($$( ) { } , . ; @ + - * / % = != <> < <= > >= =~ x !~ ! && ||$$);

-- a regular expression only right behind its operator; elsewhere the slash divides
SELECT kind, lexeme FROM sydra.tokens($$a =~ /x\/[a-z ]+/im / b !~ 'x' / c$$);

-- a date has no blanks; what would not be a date is arithmetic
SELECT kind, lexeme FROM sydra.tokens($$2024-03-01+30m 2024 - 3 - 1 2024-10-150 2024-03-01T00:00:00Z-1h$$);

-- comments nest; \r\n is one line end; columns count characters and spans bytes
SELECT kind, lexeme, line, "column", start_byte, end_byte
FROM sydra.tokens(E'-- ein Kommentar über nichts\r\n/* a /* b\n */ ö */ ''größe''\t"höhe" x\n\n  y');

-- JSON is one token where a row's fields stand, and braces inside strings do not count
SELECT kind, lexeme FROM sydra.tokens($$m{a='b'} (0, 1, {"a": "}\"{", "b": [1, {}]}), {$$);

-- what is faulty is a token too
SELECT kind, lexeme FROM sydra.tokens($$müller 1w 007 1.5h 99999999999999999999 a == b ^ $0 2024-02-30 'open$$);
SELECT kind, left(lexeme, 10), end_byte - start_byte FROM sydra.tokens(repeat('x', 5000) || ' "' || repeat('ä', 32) || '"');

-- nothing, and no end
SELECT count(*) FROM sydra.tokens('');
SELECT count(*) FROM sydra.tokens(' -- nothing');
SELECT * FROM sydra.tokens('a /* /* */');

-- lexemes are the bytes at their spans, in order, and only blanks and comments lie between
WITH query(q) AS (
	VALUES ($$select avg(value) as "ä", 'ö' from cpu.usage@1m{host=~/^web/i} where time >= now() - 1h$$),
		(E'select/**/a--b\n,c'), (E'\ta =~/x/-1.5e3'), ($$'ä'$$), ('"'), ('a' || chr(8364) || 'b c')
), token AS (
	SELECT q, t.*, lag(end_byte, 1, 0) OVER (PARTITION BY q ORDER BY "position") AS previous
	FROM query, sydra.tokens(q) t
)
SELECT count(*) AS tokens,
	bool_and(convert_to(lexeme, 'UTF8') = substr(convert_to(q, 'UTF8'), start_byte + 1, end_byte - start_byte)) AS slices,
	bool_and(convert_from(substr(convert_to(q, 'UTF8'), previous + 1, start_byte - previous), 'UTF8')
		~ '^(\s|/\*.*\*/|--[^\n]*\n)*$') AS blanks
FROM token;

-- the limit on a query's length holds here too
SET sydraql.max_query_length = 1024;
SELECT count(*) FROM sydra.tokens(repeat('x', 1025));
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM sydra.tokens(repeat('x', 1024));
