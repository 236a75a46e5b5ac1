/*
 * name.c
 *	  What a name in an expression means.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/pg_type_d.h"
#include "utils/lsyscache.h"

#include "analyze/constant.h"
#include "analyze/infer.h"
#include "analyze/name.h"
#include "base/compat.h"

static bool
is_word(const SydraIdent *ident, const char *word)
{
	if (ident->quoted)
		return strcmp(ident->text, word) == 0;
	return pg_strcasecmp(ident->text, word) == 0;
}

SydraKind
sydra_name_kind(const SydraTableColumn *column)
{
	switch (column->basetype)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			return SYDRA_KIND_INT;
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			return SYDRA_KIND_FLOAT;
		case BOOLOID:
			return SYDRA_KIND_BOOL;
		case TEXTOID:
		case VARCHAROID:
		case BPCHAROID:
		case NAMEOID:
		case UUIDOID:
			return SYDRA_KIND_TEXT;
		case TIMESTAMPTZOID:
		case TIMESTAMPOID:
		case DATEOID:
			return SYDRA_KIND_TIME;
		default:
			return type_is_enum(column->basetype) ? SYDRA_KIND_TEXT : SYDRA_KIND_DATUM;
	}
}

static bool
equal_keys(const char *a, const char *b)
{
	return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

/* The place of an input, added when it is new. */
static int
add_input(SydraScope *scope, SydraScanColumn wanted, SydraPlanColumn column)
{
	SydraQuery *query = scope->query;
	SydraScanColumn *added;
	SydraPlanColumn *added_column;

	for (int i = 0; i < list_length(query->scan_columns); i++)
	{
		const SydraScanColumn *known = list_nth(query->scan_columns, i);
		const SydraPlanColumn *known_column = list_nth(query->inputs, i);

		if (known->type == wanted.type && known->attnum == wanted.attnum &&
			equal_keys(known->key, wanted.key) && known_column->kind == column.kind)
			return i;
	}
	added = palloc(sizeof(SydraScanColumn));
	*added = wanted;
	added_column = palloc(sizeof(SydraPlanColumn));
	*added_column = column;
	query->scan_columns = lappend(query->scan_columns, added);
	query->inputs = lappend(query->inputs, added_column);
	if (wanted.attnum > 0)
		query->columns_used = bms_add_member(query->columns_used,
											 wanted.attnum - FirstLowInvalidHeapAttributeNumber);
	return list_length(query->inputs) - 1;
}

static SydraTerm *
make_column(SydraScope *scope, int column, int offset)
{
	const SydraPlanColumn *input = list_nth(scope->query->inputs, column);
	SydraTerm  *term = palloc0(sizeof(SydraTerm));

	term->type = SYDRA_TERM_COLUMN;
	term->kind = input->kind;
	term->typid = input->typid;
	term->offset = offset;
	term->column = column;
	return term;
}

SydraTerm *
sydra_name_column(SydraScope *scope, const SydraTableColumn *column, int offset)
{
	SydraKind	kind = sydra_name_kind(column);
	Oid			typid = kind == SYDRA_KIND_DATUM ? column->basetype : sydra_infer_type(kind);
	SydraScanColumn scan = {SYDRA_SCAN_ATTRIBUTE, column->attnum, NULL};
	SydraPlanColumn plan = {pstrdup(NameStr(column->name)), kind, typid};

	return make_column(scope, add_input(scope, scan, plan), offset);
}

static SydraTerm *
make_tag(SydraScope *scope, const char *key, AttrNumber attnum, int offset)
{
	SydraScanColumn scan = {SYDRA_SCAN_TAG, attnum, key};
	SydraPlanColumn plan = {key, SYDRA_KIND_TEXT, TEXTOID};

	return make_column(scope, add_input(scope, scan, plan), offset);
}

SydraTerm *
sydra_name_time(SydraScope *scope)
{
	SydraQuery *query = scope->query;
	SydraTerm  *term;

	/* Without FROM there is one row: any constant orders it. */
	if (query->table == NULL)
	{
		term = sydra_constant_make(SYDRA_KIND_TIME, -1);
		term->typid = TIMESTAMPTZOID;
		return term;
	}
	term = sydra_name_column(scope, sydra_table_column(query->table, query->table->time_attnum),
							 -1);
	query->time_input = term->column;
	return term;
}

static SydraTerm *
make_hidden(SydraScope *scope, SydraScanColumnType type, const char *name, int *input)
{
	SydraScanColumn scan = {type, 0, NULL};
	SydraPlanColumn plan = {name, SYDRA_KIND_INT, INT8OID};
	SydraTerm  *term;

	if (scope->query->table == NULL)
	{
		term = sydra_constant_make(SYDRA_KIND_INT, -1);
		term->typid = INT8OID;
		return term;
	}
	*input = add_input(scope, scan, plan);
	return make_column(scope, *input, -1);
}

SydraTerm *
sydra_name_rank(SydraScope *scope)
{
	return make_hidden(scope, SYDRA_SCAN_SERIES_RANK, "series", &scope->query->rank_input);
}

SydraTerm *
sydra_name_write_order(SydraScope *scope)
{
	return make_hidden(scope, SYDRA_SCAN_WRITE_ORDER, "written", &scope->query->write_input);
}

/*
 * Unknown names.
 */

static void
add_candidates(SydraScope *scope, SydraNearest *nearest)
{
	const SydraTable *table = scope->query->table;

	if (table != NULL)
	{
		sydra_nearest_add(nearest, "time");
		for (int i = 0; i < table->column_count; i++)
			sydra_nearest_add(nearest, NameStr(table->columns[i].name));
	}
	if (scope->takes_aliases && scope->select)
		for (int i = 0; i < scope->select->item_count; i++)
			if (scope->select->items[i].alias.text)
				sydra_nearest_add(nearest, scope->select->items[i].alias.text);
}

pg_noreturn static void raise_unknown(SydraScope *scope, const char *name, int offset);

static void
raise_unknown(SydraScope *scope, const char *name, int offset)
{
	SydraNearest nearest = {.name = name};
	const char *hint = NULL;

	add_candidates(scope, &nearest);
	if (nearest.nearest)
		hint = psprintf("Perhaps you meant \"%s\".", nearest.nearest);
	else if (scope->query->table == NULL)
		hint = "There is no FROM.";
	else if (scope->query->table->native)
		hint = psprintf("A tag is written tag.%s, a field field.%s.", name, name);
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_UNKNOWN_IDENTIFIER, offset,
							  "\"%s\" is neither a column nor another known name", name),
			hint ? errhint("%s", hint) : 0);
}

pg_noreturn static void raise_unknown_column(SydraScope *scope, const SydraIdent *key,
											 SydraRole role, const char *what);

static void
raise_unknown_column(SydraScope *scope, const SydraIdent *key, SydraRole role, const char *what)
{
	const SydraTable *table = scope->query->table;
	SydraNearest nearest = {.name = key->text};

	for (int i = 0; i < table->column_count; i++)
		if (table->columns[i].role == role)
			sydra_nearest_add(&nearest, NameStr(table->columns[i].name));
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_UNKNOWN_IDENTIFIER, key->span.start,
							  "metric %s has no %s \"%s\"", scope->query->metric, what, key->text),
			nearest.nearest ? errhint("Perhaps you meant \"%s\".", nearest.nearest) : 0);
}

/*
 * Tags and fields.
 */

static const SydraTableColumn *
find_tags_column(const SydraTable *table)
{
	for (int i = 0; i < table->column_count; i++)
		if (table->columns[i].role == SYDRA_ROLE_TAGS)
			return &table->columns[i];
	return NULL;
}

SydraTerm *
sydra_name_tag(SydraScope *scope, const SydraIdent *key)
{
	const SydraTable *table = scope->query->table;
	const SydraTableColumn *column;

	if (table == NULL)
		raise_unknown(scope, key->text, key->span.start);
	column = find_tags_column(table);
	if (column == NULL)
	{
		column = sydra_table_column_by_name(table, key->text);
		if (column == NULL || column->role != SYDRA_ROLE_TAG)
			raise_unknown_column(scope, key, SYDRA_ROLE_TAG, "tag");
	}
	return make_tag(scope, key->text, column->attnum, key->span.start);
}

static const SydraTableColumn *
find_fields_column(const SydraTable *table)
{
	const SydraTableColumn *column = sydra_table_column_by_name(table, "fields");

	return table->native && column && column->basetype == JSONBOID ? column : NULL;
}

/* The key of GROUP BY that is the field of a jsonb, or NULL: above the grouping it has a kind. */
static SydraTerm *
find_field_key(SydraScope *scope, const SydraIdent *key)
{
	SydraQuery *query = scope->query;
	ListCell   *cell;

	foreach(cell, query->keys)
	{
		const SydraTerm *term = lfirst(cell);
		const SydraScanColumn *column;

		if (term->type != SYDRA_TERM_COLUMN || scope->in_aggregate)
			continue;
		column = list_nth(query->scan_columns, term->column);
		if (column->type == SYDRA_SCAN_JSON_FIELD && strcmp(column->key, key->text) == 0)
			return make_column(scope, term->column, key->span.start);
	}
	return NULL;
}

static SydraTerm *
resolve_field(SydraScope *scope, const SydraIdent *key)
{
	const SydraTable *table = scope->query->table;
	const SydraTableColumn *column;
	SydraTerm  *term;

	if (table == NULL)
		raise_unknown(scope, key->text, key->span.start);
	term = find_field_key(scope, key);
	if (term != NULL)
		return term;
	if (find_fields_column(table) != NULL)
	{
		term = sydra_constant_make(SYDRA_KIND_NULL, key->span.start);
		term->type = SYDRA_TERM_COLUMN;
		term->column = list_length(scope->json_fields);
		scope->json_fields = lappend(scope->json_fields, unconstify(char *, key->text));
		return term;
	}
	column = sydra_table_column_by_name(table, key->text);
	if (column == NULL || column->role != SYDRA_ROLE_FIELD)
		raise_unknown_column(scope, key, SYDRA_ROLE_FIELD, "field");
	return sydra_name_column(scope, column, key->span.start);
}

SydraTerm *
sydra_name_field(SydraScope *scope, const SydraTerm *term, SydraKind kind)
{
	const char *key = list_nth(scope->json_fields, term->column);
	SydraScanColumn scan = {SYDRA_SCAN_JSON_FIELD, 0, key};
	Oid			typid = kind == SYDRA_KIND_DATUM ? JSONBOID : sydra_infer_type(kind);
	SydraPlanColumn plan = {key, kind, typid};

	if (kind != SYDRA_KIND_FLOAT && kind != SYDRA_KIND_TEXT && kind != SYDRA_KIND_BOOL &&
		kind != SYDRA_KIND_DATUM)
		return NULL;
	scan.attnum = find_fields_column(scope->query->table)->attnum;
	return make_column(scope, add_input(scope, scan, plan), term->offset);
}

/*
 * One part, and more.
 */

/* An alias stands for its item; in the item there are no aliases. */
static SydraTerm *
resolve_alias(SydraScope *scope, const SydraIdent *ident)
{
	const SydraItem *found = NULL;
	SydraScope	inner = *scope;
	SydraTerm  *term;

	if (!scope->takes_aliases || scope->select == NULL)
		return NULL;
	for (int i = 0; i < scope->select->item_count; i++)
	{
		const SydraItem *item = &scope->select->items[i];

		if (item->expr == NULL || item->alias.text == NULL ||
			strcmp(item->alias.text, ident->text) != 0)
			continue;
		if (found)
			ereport(ERROR,
					SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_AMBIGUOUS, ident->span.start,
									  "\"%s\" is the alias of two items", ident->text));
		found = item;
	}
	if (found == NULL)
		return NULL;
	inner.takes_aliases = false;
	inner.takes_windows = scope->after_windows;
	term = sydra_infer(&inner, found->expr);
	scope->parameters_seen = inner.parameters_seen;
	scope->json_fields = inner.json_fields;
	return term;
}

static SydraTerm *
resolve_one(SydraScope *scope, const SydraIdent *ident)
{
	const SydraTable *table = scope->query->table;
	const SydraTableColumn *column;
	SydraTerm  *term = resolve_alias(scope, ident);

	if (term != NULL)
		return term;
	if (table == NULL)
		raise_unknown(scope, ident->text, ident->span.start);
	column = sydra_table_column_by_name(table, ident->text);
	if (strcmp(ident->text, "time") == 0 || (column == NULL && is_word(ident, "time")))
	{
		term = sydra_name_time(scope);
		term->offset = ident->span.start;
		return term;
	}
	if (column == NULL)
		raise_unknown(scope, ident->text, ident->span.start);
	if (column->role == SYDRA_ROLE_TAG && sydra_name_kind(column) == SYDRA_KIND_TEXT)
		return make_tag(scope, pstrdup(NameStr(column->name)), column->attnum, ident->span.start);
	return sydra_name_column(scope, column, ident->span.start);
}

pg_noreturn static void raise_unknown_path(SydraScope *scope, const SydraName *name);

/* Several parts that begin with no source: perhaps with a schema, which expressions do not name. */
static void
raise_unknown_path(SydraScope *scope, const SydraName *name)
{
	const char *text = pnstrdup(scope->source + name->span.start,
								name->span.end - name->span.start);

	if (scope->range_name == NULL)
		raise_unknown(scope, text, name->span.start);
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_UNKNOWN_IDENTIFIER, name->span.start,
							  "\"%s\" is neither a column nor another known name", text),
			errhint("The metric is called \"%s\" here: %s.%s. A tag is written tag.key.",
					scope->range_name, scope->range_name,
					name->parts[name->part_count - 1].text));
}

SydraTerm *
sydra_name_resolve(SydraScope *scope, const SydraName *name)
{
	const SydraIdent *parts = name->parts;
	int			count = name->part_count;

	/* tag.key and field.key keep their meaning, whatever the metric is called. */
	if (count == 2 && is_word(&parts[0], "tag"))
		return sydra_name_tag(scope, &parts[1]);
	if (count == 2 && is_word(&parts[0], "field"))
		return resolve_field(scope, &parts[1]);
	if (count > 1 && scope->range_name && strcmp(parts[0].text, scope->range_name) == 0)
	{
		SydraScope	inner = *scope;
		SydraTerm  *term;

		if (count == 2 || count == 3)
		{
			SydraName	rest = {unconstify(SydraIdent *, parts) + 1, count - 1, name->span};

			inner.takes_aliases = false;
			inner.range_name = NULL;
			term = sydra_name_resolve(&inner, &rest);
			scope->json_fields = inner.json_fields;
			return term;
		}
	}
	if (count == 1)
		return resolve_one(scope, &parts[0]);
	raise_unknown_path(scope, name);
}
