/*
 * explain_writer.c
 *	  A plan as lines of text or as JSON, from one description of it.
 */
#include "postgres.h"

#include "utils/json.h"

#include "plan/explain_writer.h"
#include "plan/plan.h"

/*
 * JSON.
 */

static void
begin_member(SydraExplainWriter *writer)
{
	if (!writer->fresh)
		appendStringInfoChar(&writer->out, ',');
	appendStringInfoChar(&writer->out, '\n');
	appendStringInfoSpaces(&writer->out, writer->brackets * 2);
	writer->fresh = false;
}

/* "Rows kept" is rows_kept. */
static void
begin_key(SydraExplainWriter *writer, const char *label)
{
	begin_member(writer);
	appendStringInfoChar(&writer->out, '"');
	for (const char *at = label; *at; at++)
		appendStringInfoChar(&writer->out, *at == ' ' ? '_' : pg_ascii_tolower(*at));
	appendStringInfoString(&writer->out, "\": ");
}

static void
open_bracket(SydraExplainWriter *writer, char bracket)
{
	appendStringInfoChar(&writer->out, bracket);
	writer->brackets++;
	writer->fresh = true;
}

static void
close_bracket(SydraExplainWriter *writer, char bracket)
{
	writer->brackets--;
	if (!writer->fresh)
	{
		appendStringInfoChar(&writer->out, '\n');
		appendStringInfoSpaces(&writer->out, writer->brackets * 2);
	}
	appendStringInfoChar(&writer->out, bracket);
	writer->fresh = false;
}

static void
put_array(SydraExplainWriter *writer, const char *label, List *texts)
{
	ListCell   *cell;

	begin_key(writer, label);
	appendStringInfoChar(&writer->out, '[');
	foreach(cell, texts)
	{
		if (foreach_current_index(cell) > 0)
			appendStringInfoString(&writer->out, ", ");
		escape_json(&writer->out, lfirst(cell));
	}
	appendStringInfoChar(&writer->out, ']');
}

static void
put_member(SydraExplainWriter *writer, const char *label, const char *text)
{
	begin_key(writer, label);
	escape_json(&writer->out, text);
}

/*
 * Both.
 */

void
sydra_explain_writer_begin(SydraExplainWriter *writer, SydraExplainFormat format)
{
	memset(writer, 0, sizeof(*writer));
	writer->json = format == SYDRA_EXPLAIN_JSON;
	initStringInfo(&writer->out);
	if (!writer->json)
		return;
	open_bracket(writer, '{');
	begin_key(writer, "plan");
}

char *
sydra_explain_writer_end(SydraExplainWriter *writer)
{
	if (writer->json)
		close_bracket(writer, '}');
	return writer->out.data;
}

void
sydra_explain_writer_operator(SydraExplainWriter *writer, const char *name)
{
	if (writer->json)
	{
		/* That of the whole stands behind its key. */
		if (writer->brackets > 1)
			begin_member(writer);
		open_bracket(writer, '{');
		put_member(writer, "operator", name);
		return;
	}
	if (writer->out.len > 0)
		appendStringInfoChar(&writer->out, '\n');
	appendStringInfoSpaces(&writer->out, writer->depth * 2);
	appendStringInfo(&writer->out, "%s%s", writer->depth > 0 ? "-> " : "", name);
}

void
sydra_explain_writer_subject(SydraExplainWriter *writer, const char *between, const char *key,
							 const char *subject)
{
	if (writer->json)
		put_member(writer, key, subject);
	else
		appendStringInfo(&writer->out, " %s %s", between, subject);
}

void
sydra_explain_writer_inputs(SydraExplainWriter *writer)
{
	writer->depth++;
	if (!writer->json)
		return;
	begin_key(writer, "inputs");
	open_bracket(writer, '[');
}

void
sydra_explain_writer_operator_end(SydraExplainWriter *writer, bool has_inputs)
{
	if (has_inputs)
	{
		writer->depth--;
		if (writer->json)
			close_bracket(writer, ']');
	}
	if (writer->json)
		close_bracket(writer, '}');
}

void
sydra_explain_writer_line(SydraExplainWriter *writer, const char *label)
{
	appendStringInfoChar(&writer->out, '\n');
	appendStringInfoSpaces(&writer->out, (writer->depth + 2) * 2);
	appendStringInfo(&writer->out, "%s: ", label);
}

void
sydra_explain_writer_text(SydraExplainWriter *writer, const char *label, const char *text)
{
	if (writer->json)
	{
		put_member(writer, label, text);
		return;
	}
	sydra_explain_writer_line(writer, label);
	appendStringInfoString(&writer->out, text);
}

void
sydra_explain_writer_integer(SydraExplainWriter *writer, const char *label, int64 value)
{
	if (writer->json)
		begin_key(writer, label);
	else
		sydra_explain_writer_line(writer, label);
	appendStringInfo(&writer->out, INT64_FORMAT, value);
}

void
sydra_explain_writer_list(SydraExplainWriter *writer, const char *label, List *texts)
{
	ListCell   *cell;

	if (writer->json)
	{
		put_array(writer, label, texts);
		return;
	}
	sydra_explain_writer_line(writer, label);
	foreach(cell, texts)
		appendStringInfo(&writer->out, "%s%s", foreach_current_index(cell) > 0 ? ", " : "",
						 (const char *) lfirst(cell));
	if (texts == NIL)
		appendStringInfoString(&writer->out, "none");
}

void
sydra_explain_writer_lines(SydraExplainWriter *writer, const char *label, const char *key,
						   List *texts)
{
	ListCell   *cell;

	if (texts == NIL)
		return;
	if (writer->json)
	{
		put_array(writer, key, texts);
		return;
	}
	foreach(cell, texts)
		sydra_explain_writer_text(writer, label, lfirst(cell));
}

void
sydra_explain_writer_predicates(SydraExplainWriter *writer, const char *label, List *predicates)
{
	ListCell   *cell;

	if (predicates == NIL)
		return;
	if (writer->json)
	{
		begin_key(writer, "predicates");
		open_bracket(writer, '[');
	}
	foreach(cell, predicates)
	{
		const SydraPlanPredicate *predicate = lfirst(cell);

		if (writer->json)
		{
			begin_member(writer);
			open_bracket(writer, '{');
			put_member(writer, "condition", predicate->condition);
			put_member(writer, "clause", predicate->origin);
			put_member(writer, "by", predicate->by ? predicate->by : "filter");
			close_bracket(writer, '}');
			continue;
		}
		sydra_explain_writer_line(writer, label);
		appendStringInfo(&writer->out, "%s from %s", predicate->condition, predicate->origin);
		if (predicate->by != NULL)
			appendStringInfo(&writer->out, ", by %s", predicate->by);
	}
	if (writer->json)
		close_bracket(writer, ']');
}

void
sydra_explain_writer_object(SydraExplainWriter *writer, const char *key)
{
	begin_key(writer, key);
	open_bracket(writer, '{');
}

void
sydra_explain_writer_object_end(SydraExplainWriter *writer)
{
	close_bracket(writer, '}');
}

void
sydra_explain_writer_number(SydraExplainWriter *writer, const char *key, double value,
							int decimals)
{
	begin_key(writer, key);
	appendStringInfo(&writer->out, "%.*f", decimals, value);
}
