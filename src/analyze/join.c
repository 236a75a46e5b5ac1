/*
 * join.c
 *	  JOIN TIME: which tags the sources are joined on, and which source a condition, a key and an
 *	  aggregate are of.
 *
 * While a query is analysed a column of another source than FROM's has a number that carries the
 * place of its source; terms that belong to that source alone are then made its own.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"

#include "analyze/constant.h"
#include "analyze/infer_call.h"
#include "analyze/join.h"
#include "analyze/name.h"
#include "analyze/parameter.h"
#include "analyze/subquery.h"
#include "analyze/validate.h"

bool
sydra_query_joins_buckets(const SydraQuery *query)
{
	return query->joins != NIL && query->bucket_key >= 0;
}

const SydraQuery *
sydra_query_source(const SydraQuery *query, int place)
{
	return place == 0 ? query : ((const SydraQueryJoin *) list_nth(query->joins, place - 1))->right;
}

void
sydra_query_add_condition(List **conditions, SydraTerm *term, const char *origin)
{
	SydraCondition *condition = palloc(sizeof(SydraCondition));

	condition->term = term;
	condition->origin = origin;
	*conditions = lappend(*conditions, condition);
}

SydraScope
sydra_join_scope(const SydraScope *scope, int place)
{
	SydraScope	inner = *scope;

	if (scope->query->joins == NIL)
		return inner;
	inner.joined = scope->query;
	inner.source_at = place;
	inner.takes_aliases = false;
	inner.range_name = NULL;
	if (place > 0)
		inner.query = ((const SydraQueryJoin *) list_nth(scope->query->joins, place - 1))->right;
	return inner;
}

const SydraQuery *
sydra_join_source(const SydraQuery *query, int column)
{
	return sydra_query_source(query, column / SYDRA_SOURCE_COLUMN);
}

/*
 * ON.
 */

/* Both keys are looked up without places: each is over its own source. */
static void
add_tag(SydraQueryJoin *join, SydraScope *left, SydraScope *right, const SydraIdent *tag)
{
	ListCell   *cell;

	foreach(cell, join->on)
		if (strcmp(lfirst(cell), tag->text) == 0)
			return;
	join->on = lappend(join->on, unconstify(char *, tag->text));
	join->left_keys = lappend(join->left_keys, sydra_name_tag(left, tag));
	join->right_keys = lappend(join->right_keys, sydra_name_tag(right, tag));
}

/* The declared tags of one metric that the other has; one whose tags are a jsonb may have any. */
static void
add_common_tags(SydraQueryJoin *join, SydraScope *left, SydraScope *right)
{
	const SydraTableColumn *left_tags = sydra_name_tags_column(left->query->table);
	const SydraTableColumn *right_tags = sydra_name_tags_column(right->query->table);
	const SydraTable *table = left_tags ? right->query->table : left->query->table;
	const SydraTable *other = left_tags ? left->query->table : right->query->table;

	join->on_all = left_tags != NULL && right_tags != NULL;
	if (join->on_all)
	{
		join->left_keys = list_make1(sydra_name_column(left, left_tags, -1));
		join->right_keys = list_make1(sydra_name_column(right, right_tags, -1));
		return;
	}
	for (int i = 0; i < table->column_count; i++)
	{
		const SydraTableColumn *column = &table->columns[i];
		SydraIdent	tag = {.text = pstrdup(NameStr(column->name)),.quoted = true};

		if (column->role == SYDRA_ROLE_TAG && sydra_name_has_tag(other, tag.text))
			add_tag(join, left, right, &tag);
	}
}

static SydraTerm *
shift_time(SydraScope *right, int64 shift_us, int offset)
{
	SydraTerm  *time = sydra_name_time(right);
	SydraTerm  *shift;

	if (shift_us == 0)
		return time;
	shift = sydra_constant_make(SYDRA_KIND_DURATION, offset);
	shift->value.isnull = false;
	shift->value.integer = shift_us;
	return sydra_infer_call_operator(right, "+", list_make2(time, shift), offset);
}

static void
check_name(SydraScope *scope, const SydraQuery *right, int offset)
{
	bool		taken = strcmp(scope->query->name, right->name) == 0;
	ListCell   *cell;

	foreach(cell, scope->query->joins)
		taken |= strcmp(((const SydraQueryJoin *) lfirst(cell))->right->name, right->name) == 0;
	if (taken)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_AMBIGUOUS, offset,
								  "two sources are called \"%s\"", right->name),
				errhint("Give one of them an alias: JOIN TIME %s AS b.", right->metric));
}

void
sydra_join_add(SydraScope *scope, SydraScope *right, const SydraJoin *written)
{
	SydraQueryJoin *join = palloc0(sizeof(SydraQueryJoin));
	SydraTerm  *test;

	check_name(scope, right->query, written->source.span.start);
	join->right = right->query;
	join->match = written->has_match ? written->match : SYDRA_MATCH_EXACT;
	join->within_us = written->within_parameter ?
		sydra_parameter_length(scope, written->within_parameter, 0) :
		written->has_within ? written->within.us : -1;
	join->shift_us = written->shift_parameter ?
		sydra_parameter_length(scope, written->shift_parameter, 0) :
		written->has_shift ? written->shift.us : 0;
	for (int i = 0; i < written->on_count; i++)
		add_tag(join, scope, right, &written->on[i].name);
	if (written->on_count == 0)
	{
		sydra_validate_series(scope, scope->query, written->span.start, "JOIN TIME without ON");
		sydra_validate_series(scope, right->query, written->span.start, "JOIN TIME without ON");
		add_common_tags(join, scope, right);
	}
	sydra_name_rank(scope);
	sydra_name_write_order(scope);
	sydra_name_time(scope);
	join->time = shift_time(right, join->shift_us, written->span.start);
	test = sydra_subquery_time_test(right);
	sydra_name_rank(right);
	sydra_name_write_order(right);
	if (test != NULL)
		sydra_query_add_condition(&right->query->conditions, test, "JOIN TIME");
	scope->query->joins = lappend(scope->query->joins, join);
}

/*
 * Which source a term is of.
 */

/* As a term over the inputs of its source. */
static SydraTerm *
drop_place(SydraTerm *column, void *context)
{
	SydraTerm  *copy = palloc(sizeof(SydraTerm));

	*copy = *column;
	copy->column %= SYDRA_SOURCE_COLUMN;
	return copy;
}

static SydraTerm *
note_source(SydraTerm *column, void *sources)
{
	int			place = column->column / SYDRA_SOURCE_COLUMN;

	*(Bitmapset **) sources = bms_add_member(*(Bitmapset **) sources, place);
	return column;
}

pg_noreturn static void raise_several(SydraScope *scope, const char *what, int offset);

static void
raise_several(SydraScope *scope, const char *what, int offset)
{
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_MULTI_SERIES, offset,
							  "%s names two sources, whose rows are grouped apart", what),
			errhint("With time_bucket in GROUP BY each source is grouped by itself before it is "
					"joined: combine aggregates of one source each."));
}

int
sydra_join_source_of_call(SydraScope *scope, List *arguments, const SydraTerm *filter, int offset)
{
	Bitmapset  *sources = NULL;

	if (!sydra_query_joins_buckets(scope->query))
		return 0;
	sydra_term_map_list(arguments, note_source, &sources);
	if (filter != NULL)
		sydra_term_map(unconstify(SydraTerm *, filter), note_source, &sources);
	if (bms_num_members(sources) > 1)
		raise_several(scope, "an aggregate", offset);
	return bms_is_empty(sources) ? 0 : bms_singleton_member(sources);
}

/*
 * Conditions.
 */

static void
divide_condition(SydraScope *scope, SydraTerm *term, const char *origin, List **own)
{
	SydraQuery *query = scope->query;
	Bitmapset  *sources = NULL;
	ListCell   *cell;

	check_stack_depth();
	if (sydra_constant_calls(term, "and"))
	{
		foreach(cell, term->arguments)
			divide_condition(scope, lfirst(cell), origin, own);
		return;
	}
	sydra_term_map(term, note_source, &sources);
	if (bms_is_empty(sources) || (bms_num_members(sources) == 1 && bms_is_member(0, sources)))
		sydra_query_add_condition(own, term, origin);
	else if (!sydra_query_joins_buckets(query))
		sydra_query_add_condition(&query->joined_conditions, term, origin);
	else if (bms_num_members(sources) > 1)
		raise_several(scope, "a condition", term->offset);
	else
	{
		SydraQueryJoin *join = list_nth(query->joins, bms_singleton_member(sources) - 1);

		sydra_query_add_condition(&join->right->conditions,
								  sydra_term_map(term, drop_place, NULL), origin);
	}
}

/*
 * Keys.
 */

pg_noreturn static void raise_key(SydraScope *scope, const SydraTerm *key);

static void
raise_key(SydraScope *scope, const SydraTerm *key)
{
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_GROUPING, key->offset,
							  "beside time_bucket GROUP BY takes the tags of \"%s\" that are joined "
							  "on, and nothing else", scope->query->name),
			errhint("Name the tag in ON, or leave it out of GROUP BY."));
}

static bool
is_on(const SydraQueryJoin *join, const char *tag)
{
	ListCell   *cell;

	foreach(cell, join->on)
		if (strcmp(lfirst(cell), tag) == 0)
			return true;
	return join->on_all;
}

/* What a key of FROM's source is on the right. */
static SydraTerm *
find_group(SydraScope *scope, const SydraQueryJoin *join, const SydraTerm *key)
{
	SydraScope	right = *scope;
	const SydraQuery *query = scope->query;
	const SydraScanColumn *column;
	const SydraTableColumn *attribute;
	SydraIdent	tag = {.quoted = true,.span = {key->offset, key->offset}};

	if (key->type != SYDRA_TERM_COLUMN || key->column >= SYDRA_SOURCE_COLUMN)
		raise_key(scope, key);
	column = list_nth(query->scan_columns, key->column);
	attribute = sydra_table_column(query->table, column->attnum);
	right.query = join->right;
	if (column->type == SYDRA_SCAN_TAG)
		tag.text = column->key;
	else if (column->type == SYDRA_SCAN_ATTRIBUTE && attribute->role == SYDRA_ROLE_TAG)
		tag.text = pstrdup(NameStr(attribute->name));
	if (tag.text == NULL || !is_on(join, tag.text))
		raise_key(scope, key);
	if (column->type == SYDRA_SCAN_TAG)
		return sydra_name_tag(&right, &tag);
	attribute = sydra_table_column_by_name(join->right->table, tag.text);
	if (attribute == NULL || sydra_name_kind(attribute) != key->kind)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TYPE_MISMATCH, key->offset,
								  "tag \"%s\" is of different types in the sources", tag.text),
				errhint("Group by tag.%s, which is text in both.", tag.text));
	return sydra_name_column(&right, attribute, key->offset);
}

static void
divide_keys(SydraScope *scope, SydraQueryJoin *join)
{
	ListCell   *cell;

	foreach(cell, scope->query->keys)
		if (foreach_current_index(cell) != scope->query->bucket_key)
			join->groups = lappend(join->groups, find_group(scope, join, lfirst(cell)));
}

void
sydra_join_divide(SydraScope *scope)
{
	SydraQuery *query = scope->query;
	List	   *own = NIL;
	ListCell   *cell;

	if (query->joins == NIL)
		return;
	if (sydra_query_joins_buckets(query))
		foreach(cell, query->joins)
			divide_keys(scope, lfirst(cell));
	foreach(cell, query->conditions)
	{
		SydraCondition *condition = lfirst(cell);

		divide_condition(scope, condition->term, condition->origin, &own);
	}
	query->conditions = own;
}
