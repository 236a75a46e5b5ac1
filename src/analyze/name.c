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
#include "analyze/infer_call.h"
#include "analyze/join.h"
#include "analyze/name.h"
#include "analyze/resolve.h"
#include "analyze/subquery.h"
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
	/* No table holds one, but a subquery may give it. */
	if (column->kind == SYDRA_KIND_DURATION)
		return SYDRA_KIND_DURATION;
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
	term->column = column + scope->source_at * SYDRA_SOURCE_COLUMN;
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
	if (query->table->time_attnum == 0)
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_UNKNOWN_IDENTIFIER,
								  scope->select->from->span.start,
								  "the subquery %s gives no time", query->name),
				errhint("Let it give time, or time_bucket(...) as time."));
	term = sydra_name_column(scope, sydra_table_column(query->table, query->table->time_attnum),
							 -1);
	query->time_input = term->column % SYDRA_SOURCE_COLUMN;
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

/* A series of a subquery's rows is what their tags say. */
static void
add_tags(SydraScope *scope)
{
	const SydraTable *table = scope->query->table;

	for (int i = 0; i < table->column_count; i++)
	{
		const SydraTableColumn *column = &table->columns[i];

		if (column->role == SYDRA_ROLE_TAG && sydra_subquery_has_text(column))
			make_tag(scope, pstrdup(NameStr(column->name)), column->attnum, -1);
		else if (column->role == SYDRA_ROLE_TAG)
			sydra_name_column(scope, column, -1);
	}
}

SydraTerm *
sydra_name_rank(SydraScope *scope)
{
	if (scope->query->subquery != NULL)
		add_tags(scope);
	return make_hidden(scope, SYDRA_SCAN_SERIES_RANK, "series", &scope->query->rank_input);
}

SydraTerm *
sydra_name_write_order(SydraScope *scope)
{
	return make_hidden(scope, SYDRA_SCAN_WRITE_ORDER, "written", &scope->query->write_input);
}

/* What all the tags of a row's series make. */
static SydraTerm *
make_of_tags(SydraScope *scope, SydraScanColumnType type, SydraPlanColumn plan)
{
	SydraQuery *query = scope->query;
	SydraScanColumn scan = {type, 0, NULL};

	for (int i = 0; i < query->table->column_count; i++)
	{
		const SydraTableColumn *column = &query->table->columns[i];

		if (column->role == SYDRA_ROLE_TAG || column->role == SYDRA_ROLE_TAGS)
			query->columns_used =
				bms_add_member(query->columns_used,
							   column->attnum - FirstLowInvalidHeapAttributeNumber);
	}
	return make_column(scope, add_input(scope, scan, plan), -1);
}

SydraTerm *
sydra_name_all_tags(SydraScope *scope)
{
	SydraPlanColumn plan = {"tags", SYDRA_KIND_DATUM, JSONBOID};

	return make_of_tags(scope, SYDRA_SCAN_TAGS, plan);
}

SydraTerm *
sydra_name_series_id(SydraScope *scope)
{
	SydraPlanColumn plan = {"series id", SYDRA_KIND_INT, INT8OID};

	return make_of_tags(scope, SYDRA_SCAN_SERIES_ID, plan);
}

/*
 * Unknown names.
 */

static void
add_columns(const SydraTable *table, SydraNearest *nearest)
{
	for (int i = 0; i < table->column_count; i++)
		sydra_nearest_add(nearest, NameStr(table->columns[i].name));
}

static void
add_candidates(SydraScope *scope, SydraNearest *nearest)
{
	const SydraTable *table = scope->query->table;

	ListCell   *cell;

	if (table != NULL)
	{
		sydra_nearest_add(nearest, "time");
		add_columns(table, nearest);
	}
	foreach(cell, scope->query->joins)
		add_columns(((const SydraQueryJoin *) lfirst(cell))->right->table, nearest);
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
		if (table->columns[i].role == role ||
			(role == SYDRA_ROLE_TAG && sydra_table_may_be_tag(table, &table->columns[i])))
			sydra_nearest_add(&nearest, NameStr(table->columns[i].name));
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_UNKNOWN_IDENTIFIER, key->span.start,
							  "metric %s has no %s \"%s\"", scope->query->metric, what, key->text),
			nearest.nearest ? errhint("Perhaps you meant \"%s\".", nearest.nearest) : 0);
}

/*
 * Tags and fields.
 */

const SydraTableColumn *
sydra_name_tags_column(const SydraTable *table)
{
	for (int i = 0; i < table->column_count; i++)
		if (table->columns[i].role == SYDRA_ROLE_TAGS)
			return &table->columns[i];
	return NULL;
}

bool
sydra_name_has_tag(const SydraTable *table, const char *key)
{
	const SydraTableColumn *column = sydra_table_column_by_name(table, key);

	return sydra_name_tags_column(table) != NULL ||
		(column != NULL && sydra_table_may_be_tag(table, column));
}

SydraTerm *
sydra_name_tag(SydraScope *scope, const SydraIdent *key)
{
	const SydraTable *table = scope->query->table;
	const SydraTableColumn *column;

	if (table == NULL)
		raise_unknown(scope, key->text, key->span.start);
	column = sydra_name_tags_column(table);
	if (column == NULL)
	{
		column = sydra_table_column_by_name(table, key->text);
		if (column == NULL || !sydra_table_may_be_tag(table, column))
			raise_unknown_column(scope, key, SYDRA_ROLE_TAG, "tag");
		/* Only what is asked for as a tag: a text that is none may have any number of values. */
		unconstify(SydraTableColumn *, column)->role = SYDRA_ROLE_TAG;
	}
	if (scope->query->subquery != NULL && !sydra_subquery_has_text(column))
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_TYPE_MISMATCH, key->span.start,
								  "tag \"%s\" of the subquery %s is %s", key->text,
								  scope->query->name, sydra_infer_call_kind_text(column->kind)),
				errhint("Write %s, without tag.", key->text));
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
	const SydraQuery *query = scope->joined ? scope->joined : scope->query;
	ListCell   *cell;

	foreach(cell, query->keys)
	{
		const SydraTerm *term = lfirst(cell);
		const SydraScanColumn *column;

		if (term->type != SYDRA_TERM_COLUMN || scope->in_aggregate ||
			term->column / SYDRA_SOURCE_COLUMN != scope->source_at)
			continue;
		column = list_nth(scope->query->scan_columns, term->column % SYDRA_SOURCE_COLUMN);
		if (column->type == SYDRA_SCAN_JSON_FIELD && strcmp(column->key, key->text) == 0)
			return make_column(scope, term->column % SYDRA_SOURCE_COLUMN, key->span.start);
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
		SydraJsonField *field = palloc(sizeof(SydraJsonField));

		field->key = key->text;
		field->source = scope->source_at;
		term = sydra_constant_make(SYDRA_KIND_NULL, key->span.start);
		term->type = SYDRA_TERM_COLUMN;
		term->column = list_length(scope->json_fields);
		scope->json_fields = lappend(scope->json_fields, field);
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
	const SydraJsonField *field = list_nth(scope->json_fields, term->column);
	const char *key = field->key;
	SydraScope	source = sydra_join_scope(scope, field->source);
	SydraScanColumn scan = {SYDRA_SCAN_JSON_FIELD, 0, key};
	Oid			typid = kind == SYDRA_KIND_DATUM ? JSONBOID : sydra_infer_type(kind);
	SydraPlanColumn plan = {key, kind, typid};

	if (kind != SYDRA_KIND_FLOAT && kind != SYDRA_KIND_TEXT && kind != SYDRA_KIND_BOOL &&
		kind != SYDRA_KIND_DATUM)
		return NULL;
	scan.attnum = find_fields_column(source.query->table)->attnum;
	return make_column(&source, add_input(&source, scan, plan), term->offset);
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
	if (column->role == SYDRA_ROLE_TAG && sydra_name_kind(column) == SYDRA_KIND_TEXT &&
		!table->guesses_tags)
		return make_tag(scope, pstrdup(NameStr(column->name)), column->attnum, ident->span.start);
	return sydra_name_column(scope, column, ident->span.start);
}

pg_noreturn static void raise_unknown_path(SydraScope *scope, const SydraName *name);

/* Whether a table is one of the sources. */
static bool
is_source(const SydraQuery *query, Oid relid)
{
	ListCell   *cell;

	if (query->relid == relid)
		return true;
	foreach(cell, query->joins)
		if (((const SydraQueryJoin *) lfirst(cell))->right->relid == relid)
			return true;
	return false;
}

/* Several parts that begin with no source: perhaps with a schema, which expressions do not name. */
static void
raise_unknown_path(SydraScope *scope, const SydraName *name)
{
	const char *text = pnstrdup(scope->source + name->span.start,
								name->span.end - name->span.start);
	Oid			metric = sydra_resolve_metric_of(name);

	if (OidIsValid(metric) && !is_source(scope->query, metric))
		ereport(ERROR,
				SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_MULTI_SERIES, name->span.start,
								  "\"%s\" is of a metric that FROM does not name", text),
				errhint("Join it: FROM a JOIN TIME b, or ask in two queries."));
	if (scope->range_name == NULL)
		raise_unknown(scope, text, name->span.start);
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_UNKNOWN_IDENTIFIER, name->span.start,
							  "\"%s\" is neither a column nor another known name", text),
			errhint("The metric is called \"%s\" here: %s.%s. A tag is written tag.key.",
					scope->range_name, scope->range_name,
					name->parts[name->part_count - 1].text));
}

/*
 * Several sources.
 */

typedef bool (*HasName) (const SydraTable *table, const SydraIdent *ident);

static bool
has_tag(const SydraTable *table, const SydraIdent *ident)
{
	return sydra_name_has_tag(table, ident->text);
}

static bool
has_field(const SydraTable *table, const SydraIdent *ident)
{
	const SydraTableColumn *column = sydra_table_column_by_name(table, ident->text);

	return find_fields_column(table) != NULL ||
		(column != NULL && column->role == SYDRA_ROLE_FIELD);
}

static bool
has_column(const SydraTable *table, const SydraIdent *ident)
{
	return sydra_table_column_by_name(table, ident->text) != NULL;
}

static bool
is_declared_tag(const SydraTable *table, const SydraIdent *ident)
{
	const SydraTableColumn *column = sydra_table_column_by_name(table, ident->text);

	return column != NULL && column->role == SYDRA_ROLE_TAG;
}

/* Of a tag that several have it is the left's that is meant; anything else must say whose it is. */
static int
choose_source(SydraScope *scope, const SydraIdent *ident, HasName has, HasName is_tag)
{
	const SydraQuery *query = scope->query;
	bool		tags = is_tag != NULL && is_tag(query->table, ident);
	int			found = has(query->table, ident) ? 0 : -1;
	ListCell   *cell;

	foreach(cell, query->joins)
	{
		const SydraQuery *right = ((const SydraQueryJoin *) lfirst(cell))->right;

		if (!has(right->table, ident))
			continue;
		if (found == 0 && tags && is_tag(right->table, ident))
			continue;
		if (found >= 0)
			ereport(ERROR,
					SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_AMBIGUOUS, ident->span.start,
									  "\"%s\" is of more than one source", ident->text),
					errhint("Say whose it is, as in %s.%s%s.", right->name,
							is_tag == NULL ? "field." : "", ident->text));
		found = foreach_current_index(cell) + 1;
	}
	return found;
}

/* The place of the source that is called so, or -1. */
static int
find_source(const SydraScope *scope, const char *name)
{
	ListCell   *cell;

	if (strcmp(scope->query->name, name) == 0)
		return 0;
	foreach(cell, scope->query->joins)
		if (strcmp(((const SydraQueryJoin *) lfirst(cell))->right->name, name) == 0)
			return foreach_current_index(cell) + 1;
	return -1;
}

static SydraTerm *
resolve_joined(SydraScope *scope, const SydraName *name)
{
	const SydraIdent *parts = name->parts;
	int			count = name->part_count;
	SydraName	rest = {name->parts, count, name->span};
	int			place = -1;
	SydraScope	source;
	SydraTerm  *term;

	if (count == 1)
	{
		term = resolve_alias(scope, &parts[0]);
		if (term != NULL)
			return term;
		place = is_word(&parts[0], "time") ? 0 :
			choose_source(scope, &parts[0], has_column, is_declared_tag);
		if (place < 0)
			raise_unknown(scope, parts[0].text, parts[0].span.start);
	}
	else if (count == 2 && is_word(&parts[0], "tag"))
		place = Max(choose_source(scope, &parts[1], has_tag, has_tag), 0);
	else if (count == 2 && is_word(&parts[0], "field"))
		place = Max(choose_source(scope, &parts[1], has_field, NULL), 0);
	else if (count <= 3)
	{
		place = find_source(scope, parts[0].text);
		rest.parts++;
		rest.part_count--;
	}
	if (place < 0)
		raise_unknown_path(scope, name);
	source = sydra_join_scope(scope, place);
	term = sydra_name_resolve(&source, &rest);
	scope->json_fields = source.json_fields;
	return term;
}

/*
 * Names in the WHERE of SHOW METRICS and SHOW FUNCTIONS.
 */

/* x or tag.x */
static const SydraIdent *
shown_tag(SydraScope *scope, const SydraName *name)
{
	if (name->part_count == 1)
		return &name->parts[0];
	if (name->part_count == 2 && is_word(&name->parts[0], "tag"))
		return &name->parts[1];
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_UNKNOWN_IDENTIFIER, name->span.start,
							  "\"%s\" is no tag",
							  pnstrdup(scope->source + name->span.start,
									   name->span.end - name->span.start)),
			errhint("Only tags are known here, written host or tag.host."));
}

/* A tag that a metric does not declare is one that its series do not have. */
static SydraTerm *
resolve_tag_of_any(SydraScope *scope, const SydraName *name)
{
	const SydraTable *table = scope->query->table;
	const SydraIdent *tag = shown_tag(scope, name);
	const SydraTableColumn *column;

	if (table == NULL)
		return sydra_constant_text("", tag->span.start);
	column = sydra_table_column_by_name(table, tag->text);
	if (sydra_name_tags_column(table) == NULL &&
		(column == NULL || column->role != SYDRA_ROLE_TAG))
		return sydra_constant_text("", tag->span.start);
	return sydra_name_tag(scope, tag);
}

static SydraTerm *
resolve_given(SydraScope *scope, const SydraName *name)
{
	const SydraIdent *tag = shown_tag(scope, name);

	for (int i = 0; i < scope->given_count; i++)
		if (strcmp(scope->given[i].name, tag->text) == 0)
			return sydra_constant_text(scope->given[i].text, tag->span.start);
	ereport(ERROR,
			SYDRA_SCOPE_ERROR(scope, SYDRA_ERR_UNKNOWN_IDENTIFIER, tag->span.start,
							  "functions have no tag \"%s\"", tag->text),
			errhint("They have name, kind, signature and description."));
}

SydraTerm *
sydra_name_resolve(SydraScope *scope, const SydraName *name)
{
	const SydraIdent *parts = name->parts;
	int			count = name->part_count;

	if (scope->query->show != NULL && scope->query->show->kind == SYDRA_SHOW_METRICS)
		return resolve_tag_of_any(scope, name);
	if (scope->query->show != NULL && scope->query->show->kind == SYDRA_SHOW_FUNCTIONS)
		return resolve_given(scope, name);
	if (scope->query->joins != NIL && scope->joined == NULL)
		return resolve_joined(scope, name);

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
