/*
 * rule_tags.c
 *	  Tag pushdown: conditions on tags alone are decided once a series, not once a row.
 *
 * A tag in a comparison arrives as coalesce(tag, ''), which is how the scan's predicates read it
 * too; with a constant that is not null such a comparison is true or false, never null, so NOT, AND
 * and OR over them mean the same below as above.
 *
 * A table that is none of ours may have an index on a column of text: equalities of these are told
 * to the scan, and stay where they are.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "analyze/constant.h"
#include "optimize/rule.h"

static SydraTagPredicate *translate(const SydraPlanScan *scan, SydraTerm *term,
									const char *source);

static SydraTagPredicate *
make_predicate(SydraTagOperator op, const char *key, int offset)
{
	SydraTagPredicate *predicate = palloc0(sizeof(SydraTagPredicate));

	predicate->op = op;
	predicate->key = key;
	predicate->offset = offset;
	return predicate;
}

static const char *
find_key(const SydraPlanScan *scan, const SydraTerm *term)
{
	if (term->type != SYDRA_TERM_COLUMN || scan->scan_columns[term->column].type != SYDRA_SCAN_TAG)
		return NULL;
	return scan->scan_columns[term->column].key;
}

/* The tag of coalesce(tag, ''). */
static const char *
find_compared_key(const SydraPlanScan *scan, const SydraTerm *term)
{
	const SydraTerm *empty;

	if (!sydra_constant_calls(term, "coalesce") || list_length(term->arguments) != 2)
		return NULL;
	empty = lsecond(term->arguments);
	if (empty->type != SYDRA_TERM_CONST || empty->value.isnull || empty->value.bytes.length > 0)
		return NULL;
	return find_key(scan, linitial(term->arguments));
}

static bool
are_texts(List *terms, int first)
{
	for (int i = first; i < list_length(terms); i++)
	{
		const SydraTerm *term = list_nth(terms, i);

		if (term->type != SYDRA_TERM_CONST || term->kind != SYDRA_KIND_TEXT || term->value.isnull)
			return false;
	}
	return true;
}

static void
take_values(SydraTagPredicate *predicate, List *terms, int first)
{
	predicate->value_count = list_length(terms) - first;
	predicate->values = palloc(sizeof(SydraBytes) * predicate->value_count);
	for (int i = first; i < list_length(terms); i++)
		predicate->values[i - first] = ((SydraTerm *) list_nth(terms, i))->value.bytes;
}

static const struct
{
	const char *operator;
	SydraTagOperator op;
	SydraTagOperator flipped;	/* with the constant on the left */
}			comparisons[] = {
	{"=", SYDRA_TAG_EQ, SYDRA_TAG_EQ},
	{"!=", SYDRA_TAG_NE, SYDRA_TAG_NE},
	{"<", SYDRA_TAG_LT, SYDRA_TAG_GT},
	{"<=", SYDRA_TAG_LE, SYDRA_TAG_GE},
	{">", SYDRA_TAG_GT, SYDRA_TAG_LT},
	{">=", SYDRA_TAG_GE, SYDRA_TAG_LE},
};

/* id = number; NULL for anything else. */
static SydraTagPredicate *
translate_id(const SydraPlanScan *scan, const SydraTerm *left, const SydraTerm *right, int offset)
{
	SydraTagPredicate *predicate;

	if (left->type != SYDRA_TERM_COLUMN ||
		scan->scan_columns[left->column].type != SYDRA_SCAN_SERIES_ID ||
		right->type != SYDRA_TERM_CONST || right->value.isnull)
		return NULL;
	predicate = make_predicate(SYDRA_TAG_SERIES, NULL, offset);
	predicate->id = right->value.integer;
	return predicate;
}

static SydraTagPredicate *
translate_comparison(const SydraPlanScan *scan, SydraTerm *term, int comparison)
{
	SydraTerm  *left = linitial(term->arguments);
	SydraTerm  *right = lsecond(term->arguments);
	const char *key = find_compared_key(scan, left);
	SydraTagPredicate *predicate;

	if (key != NULL && are_texts(term->arguments, 1))
	{
		predicate = make_predicate(comparisons[comparison].op, key, term->offset);
		take_values(predicate, term->arguments, 1);
		return predicate;
	}
	key = find_compared_key(scan, right);
	if (key == NULL || !are_texts(list_make1(left), 0))
		return comparisons[comparison].op == SYDRA_TAG_EQ ?
			translate_id(scan, left, right, term->offset) : NULL;
	predicate = make_predicate(comparisons[comparison].flipped, key, term->offset);
	take_values(predicate, list_make1(left), 0);
	return predicate;
}

/* The pattern is known to compile: the analysis has tried it. */
static SydraTagPredicate *
translate_match(SydraTerm *term, const char *key, const char *source)
{
	SydraTagPredicate *predicate = make_predicate(SYDRA_TAG_MATCH, key, term->offset);
	const SydraTerm *flags = list_length(term->arguments) > 2 ? lthird(term->arguments) : NULL;

	take_values(predicate, list_make1(lsecond(term->arguments)), 0);
	predicate->flags = flags ? pnstrdup(flags->value.bytes.data, flags->value.bytes.length) : "";
	predicate->regex = sydra_regex_compile(predicate->values[0].data, predicate->values[0].length,
										   predicate->flags, source,
										   ((SydraTerm *) lsecond(term->arguments))->offset);
	return predicate;
}

static SydraTagPredicate *
translate_list(const SydraPlanScan *scan, SydraTerm *term, SydraTagOperator op,
			   const char *source)
{
	SydraTagPredicate *predicate = make_predicate(op, NULL, term->offset);
	ListCell   *cell;

	foreach(cell, term->arguments)
	{
		SydraTagPredicate *argument = translate(scan, lfirst(cell), source);

		if (argument == NULL)
			return NULL;
		predicate->arguments = lappend(predicate->arguments, argument);
	}
	return predicate;
}

/* NULL when a term is no condition on tags alone. */
static SydraTagPredicate *
translate(const SydraPlanScan *scan, SydraTerm *term, const char *source)
{
	SydraTagPredicate *predicate;
	const char *key;

	check_stack_depth();
	if (term->type != SYDRA_TERM_CALL)
		return NULL;
	if (sydra_constant_calls(term, "and"))
		return translate_list(scan, term, SYDRA_TAG_AND, source);
	if (sydra_constant_calls(term, "or"))
		return translate_list(scan, term, SYDRA_TAG_OR, source);
	if (sydra_constant_calls(term, "not"))
		return translate_list(scan, term, SYDRA_TAG_NOT, source);
	for (int i = 0; i < lengthof(comparisons); i++)
		if (sydra_constant_calls(term, comparisons[i].operator))
			return translate_comparison(scan, term, i);
	if (sydra_constant_calls(term, "is null"))
	{
		key = find_key(scan, linitial(term->arguments));
		return key ? make_predicate(SYDRA_TAG_IS_NULL, key, term->offset) : NULL;
	}
	key = find_compared_key(scan, linitial(term->arguments));
	if (key == NULL || !are_texts(term->arguments, 1))
		return NULL;
	if (sydra_constant_calls(term, "=~"))
		return translate_match(term, key, source);
	if (!sydra_constant_calls(term, "in") && !sydra_constant_calls(term, "like"))
		return NULL;
	predicate = make_predicate(sydra_constant_calls(term, "in") ? SYDRA_TAG_IN : SYDRA_TAG_LIKE,
							   key, term->offset);
	take_values(predicate, term->arguments, 1);
	return predicate;
}

static void
add_predicate(SydraTagPredicate **all, SydraTagPredicate *predicate)
{
	if (*all == NULL)
		*all = predicate;
	else if ((*all)->op == SYDRA_TAG_AND)
		(*all)->arguments = lappend((*all)->arguments, predicate);
	else
	{
		SydraTagPredicate *both = make_predicate(SYDRA_TAG_AND, NULL, -1);

		both->arguments = list_make2(*all, predicate);
		*all = both;
	}
}

/* column = 'x', column in ('x', ...); NULL for anything else. */
static SydraTagPredicate *
translate_text(const SydraPlanScan *scan, const SydraTerm *term)
{
	const SydraTerm *column;
	SydraTagPredicate *predicate;

	if (!sydra_constant_calls(term, "=") && !sydra_constant_calls(term, "in"))
		return NULL;
	column = linitial(term->arguments);
	if (column->type != SYDRA_TERM_COLUMN || column->kind != SYDRA_KIND_TEXT ||
		scan->scan_columns[column->column].type != SYDRA_SCAN_ATTRIBUTE ||
		!are_texts(term->arguments, 1))
		return NULL;
	predicate = make_predicate(sydra_constant_calls(term, "=") ? SYDRA_TAG_EQ : SYDRA_TAG_IN,
							   scan->plan.columns[column->column].name, term->offset);
	take_values(predicate, term->arguments, 1);
	return predicate;
}

static void
tell_text(SydraPlanScan *scan, const SydraPlanFilter *filter, const SydraTerm *term)
{
	SydraTagPredicate *predicate = scan->table->plain ? translate_text(scan, term) : NULL;

	if (predicate == NULL)
		return;
	add_predicate(&scan->texts, predicate);
	sydra_rule_pushed(scan, filter, term, "PostgreSQL, and by the filter");
	sydra_rule_fired(&scan->plan, "tag_pushdown");
}

static void
push(SydraPlanFilter *filter, SydraPlanScan *scan, const char *source)
{
	List	   *left = NIL;
	ListCell   *cell;

	foreach(cell, sydra_rule_split(filter->condition))
	{
		SydraTerm  *part = lfirst(cell);
		SydraTagPredicate *predicate = translate(scan, part, source);

		if (predicate == NULL)
		{
			tell_text(scan, filter, part);
			left = lappend(left, part);
			continue;
		}
		add_predicate(&scan->tags, predicate);
		sydra_rule_pushed(scan, filter, part, "series");
		sydra_rule_fired(&scan->plan, "tag_pushdown");
	}
	filter->condition = sydra_rule_join(left);
}

SydraPlan *
sydra_rule_tags(SydraPlan *plan, const char *source)
{
	return sydra_rule_push_filters(plan, source, push);
}
