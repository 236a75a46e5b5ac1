/*
 * rule_values.c
 *	  Value pushdown: comparisons of a stored number with a constant are made where it is read.
 *
 * The scan then leaves out segments by their least and greatest values, and decodes the other
 * columns of those vectors alone that have a row that passes.  A comparison that is null is not
 * true, here as in a filter.  Of a table that is none of ours PostgreSQL is told of them too.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "catalog/pg_type_d.h"

#include "analyze/constant.h"
#include "optimize/rule.h"

static const struct
{
	const char *operator;
	int			strategy;
	int			flipped;		/* with the constant on the left */
}			comparisons[] = {
	{"=", BTEqualStrategyNumber, BTEqualStrategyNumber},
	{"<", BTLessStrategyNumber, BTGreaterStrategyNumber},
	{"<=", BTLessEqualStrategyNumber, BTGreaterEqualStrategyNumber},
	{">", BTGreaterStrategyNumber, BTLessStrategyNumber},
	{">=", BTGreaterEqualStrategyNumber, BTLessEqualStrategyNumber},
};

/* The number's type as the scan compares it; InvalidOid when the column is none that it can test. */
static Oid
compared_type(const SydraPlanScan *scan, const SydraTerm *column, const SydraTerm *number)
{
	const SydraTableColumn *attribute;

	if (column->type != SYDRA_TERM_COLUMN || number->type != SYDRA_TERM_CONST ||
		number->value.isnull || column->kind != number->kind ||
		scan->scan_columns[column->column].type != SYDRA_SCAN_ATTRIBUTE)
		return InvalidOid;
	attribute = sydra_table_column(scan->table, scan->scan_columns[column->column].attnum);
	if (attribute == NULL || attribute->role != SYDRA_ROLE_FIELD)
		return InvalidOid;
	switch (attribute->basetype)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return number->kind == SYDRA_KIND_INT ? INT8OID : InvalidOid;
		case FLOAT4OID:
		case FLOAT8OID:
			return number->kind == SYDRA_KIND_FLOAT ? FLOAT8OID : InvalidOid;
		default:
			return InvalidOid;
	}
}

static bool
make_test(const SydraPlanScan *scan, const SydraTerm *column, const SydraTerm *number, int strategy,
		  SydraPlanTest *test)
{
	Oid			type = compared_type(scan, column, number);

	if (!OidIsValid(type))
		return false;
	test->attnum = scan->scan_columns[column->column].attnum;
	test->test = (SydraValueTest) {.strategy = strategy,.type = type};
	sydra_value_test_set(&test->test, type == INT8OID ? Int64GetDatum(number->value.integer) :
						 Float8GetDatum(number->value.real));
	return true;
}

/* NULL when a term is no comparison that the scan can make. */
static SydraPlanTest *
translate(const SydraPlanScan *scan, const SydraTerm *term)
{
	SydraPlanTest *test = palloc(sizeof(SydraPlanTest));

	for (int i = 0; i < lengthof(comparisons); i++)
	{
		if (!sydra_constant_calls(term, comparisons[i].operator))
			continue;
		if (make_test(scan, linitial(term->arguments), lsecond(term->arguments),
					  comparisons[i].strategy, test) ||
			make_test(scan, lsecond(term->arguments), linitial(term->arguments),
					  comparisons[i].flipped, test))
			return test;
	}
	return NULL;
}

static void
push(SydraPlanFilter *filter, SydraPlanScan *scan, const char *source)
{
	List	   *left = NIL;
	ListCell   *cell;

	foreach(cell, sydra_rule_split(filter->condition))
	{
		SydraTerm  *part = lfirst(cell);
		SydraPlanTest *test = scan->reader == NULL || scan->table->plain ?
			translate(scan, part) : NULL;

		if (test == NULL)
		{
			left = lappend(left, part);
			continue;
		}
		scan->tests = lappend(scan->tests, test);
		sydra_rule_pushed(scan, filter, part, "value");
		sydra_rule_fired(&scan->plan, "value_pushdown");
	}
	filter->condition = sydra_rule_join(left);
}

SydraPlan *
sydra_rule_values(SydraPlan *plan, const char *source)
{
	return sydra_rule_push_filters(plan, source, push);
}
