/*
 * Where EXPLAIN writes: an operator a line and what it does beneath it, or the same as JSON.
 *
 * A label such as "Rows kept" is the key "rows_kept" in JSON.
 */
#ifndef SYDRA_EXPLAIN_WRITER_H
#define SYDRA_EXPLAIN_WRITER_H

#include "lib/stringinfo.h"
#include "nodes/pg_list.h"

#include "lang/ast.h"

/* The functions of explain_writer.c alone look inside. */
typedef struct SydraExplainWriter
{
	bool		json;
	StringInfoData out;
	int			depth;			/* of the operator */
	int			brackets;		/* JSON: that are open */
	bool		fresh;			/* JSON: nothing stands in the innermost yet */
} SydraExplainWriter;

extern void sydra_explain_writer_begin(SydraExplainWriter *writer, SydraExplainFormat format);

/* The whole text; lines separated by \n, none after the last. */
extern char *sydra_explain_writer_end(SydraExplainWriter *writer);

/* An operator, what it is about ("on load", of the key "metric"), and its inputs, the last of it. */
extern void sydra_explain_writer_operator(SydraExplainWriter *writer, const char *name);
extern void sydra_explain_writer_subject(SydraExplainWriter *writer, const char *between,
										 const char *key, const char *subject);
extern void sydra_explain_writer_inputs(SydraExplainWriter *writer);
extern void sydra_explain_writer_operator_end(SydraExplainWriter *writer, bool has_inputs);

/* What is said of the operator: in JSON a string, a number, an array of strings. */
extern void sydra_explain_writer_text(SydraExplainWriter *writer, const char *label,
									  const char *text);
extern void sydra_explain_writer_integer(SydraExplainWriter *writer, const char *label,
										 int64 value);
extern void sydra_explain_writer_list(SydraExplainWriter *writer, const char *label, List *texts);

/* A line for each; one array of the key. */
extern void sydra_explain_writer_lines(SydraExplainWriter *writer, const char *label,
									   const char *key, List *texts);

/* A line for each SydraPlanPredicate; one array of the key "predicates". */
extern void sydra_explain_writer_predicates(SydraExplainWriter *writer, const char *label,
											List *predicates);

/*
 * Where the two differ in more: a line of the operator, to which the caller appends, and an object
 * with its members.
 */
extern void sydra_explain_writer_line(SydraExplainWriter *writer, const char *label);
extern void sydra_explain_writer_object(SydraExplainWriter *writer, const char *key);
extern void sydra_explain_writer_object_end(SydraExplainWriter *writer);
extern void sydra_explain_writer_number(SydraExplainWriter *writer, const char *key, double value,
										int decimals);

#endif
