-- Every text that has one token of the query less, once more, or in its neighbour's place.
CREATE FUNCTION mutants(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
	bytes bytea := convert_to(query, 'UTF8');
	place record;
	parts bytea[];
BEGIN
	FOR place IN SELECT start_byte AS from_, end_byte AS to_, lead(start_byte) OVER (ORDER BY start_byte) AS next_from, lead(end_byte) OVER (ORDER BY start_byte) AS next_to
		FROM sydra.tokens(query) WHERE end_byte > start_byte
	LOOP
		parts := ARRAY[substr(bytes, 1, place.from_), substr(bytes, place.from_ + 1, place.to_ - place.from_), substr(bytes, place.to_ + 1)];
		RETURN NEXT convert_from(parts[1] || parts[3], 'UTF8');
		RETURN NEXT convert_from(parts[1] || parts[2] || ' ' || parts[2] || parts[3], 'UTF8');
		IF place.next_to > place.next_from THEN
			RETURN NEXT convert_from(parts[1] || substr(bytes, place.next_from + 1, place.next_to - place.next_from) || substr(bytes, place.to_ + 1, place.next_from - place.to_)
				|| parts[2] || substr(bytes, place.next_to + 1), 'UTF8');
		END IF;
	END LOOP;
END $$;

-- What a query makes: rows, or the state of an error; fault tells what is wrong with that.  Nothing of it stays.
CREATE FUNCTION outcome(query text, parameters jsonb, OUT state text, OUT fault text) LANGUAGE plpgsql AS $$
DECLARE
	detail text;
	hint text;
BEGIN
	BEGIN
		PERFORM FROM sydraql_to_json(query, parameters);
		RAISE EXCEPTION USING ERRCODE = 'ZZZZZ';
	EXCEPTION
		WHEN SQLSTATE 'ZZZZZ' THEN
			state := 'rows';
		WHEN query_canceled OR assert_failure OR OTHERS THEN
			GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
			state := SQLSTATE;
			IF SQLERRM !~ '^ERR_' OR SQLSTATE ~ '^XX' OR detail = '' OR hint = '' THEN
				fault := format('%s %s (%s) (%s)', SQLSTATE, SQLERRM, detail, hint);
			END IF;
	END;
END $$;
