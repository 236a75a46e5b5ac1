-- doc/functions.md, from the registry.
\pset format unaligned
\pset tuples_only on
SELECT '# Functions

This page is made of the registry by `make doc`, and `make check` fails when it is not what the registry says. `sydra.functions` and
`SHOW FUNCTIONS` tell the same. What the functions mean to the row, nulls and equal times included, stands in section 7 of
[language.md](language.md).

Kinds are integer, float8, text, bool, time and duration; an integer is widened to float8 where no row takes it as it is. Arguments
in brackets may be left out, the last before … may be repeated. Each example is an item of a query such as
`select … from cpu.load where time >= now() - 1h`.';

WITH by_name AS (
	SELECT kind, name, signature, description, example,
		string_agg(concat_ws(' ', nullif(array_to_string(arguments, ', '), ''), '→', result), '<br>' ORDER BY place) AS kinds
	FROM sydra_catalog.functions() WITH ORDINALITY
		AS f (name, kind, arguments, result, signature, description, example, place)
	-- Where every kind is taken, those that have code of their own say no more.
	WHERE result <> 'as the first argument' OR arguments[1] = 'any'
	GROUP BY kind, name, signature, description, example)
SELECT format(E'\n## %s\n\n| function | gives | kinds | example |\n| --- | --- | --- | --- |\n%s', title, string_agg(
		format('| `%s` | %s | %s | `%s` |', replace(signature, '|', '\|'), replace(description, '|', '\|'), kinds,
			replace(example, '|', '\|')), E'\n' ORDER BY name COLLATE "C"))
FROM (VALUES (1, 'aggregate', 'Aggregates'), (2, 'window', 'Window functions'), (3, 'scalar', 'Scalars')) k (place, kind, title)
	JOIN by_name USING (kind)
GROUP BY place, title
ORDER BY place;
