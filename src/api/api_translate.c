/*
 * api_translate.c
 *	  sydraql_from_sql(): statements of SQL in sydraQL.
 *
 * PostgreSQL's own parser reads the text, lang's printer writes the translation, and lang's parser
 * reads it once more.  What sydraQL cannot say is refused, never left out.
 */
#include "postgres.h"

#include "common/shortest_dec.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_target.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "api/api_diagnostic.h"
#include "api/api_translate.h"
#include "base/error.h"
#include "base/sql_function.h"
#include "lang/ast_print.h"
#include "lang/timestamp.h"

void
sydra_translate_refuse(SydraTranslation *translation, int location, const char *hint,
					   const char *format,...)
{
	va_list		args;
	const char *message;

	va_start(args, format);
	message = sydra_arena_vprintf(&translation->arena, format, args);
	va_end(args);
	ereport(ERROR,
			sydra_errcode(SYDRA_ERR_NOT_SUPPORTED),
			SYDRA_ERRMSG(SYDRA_ERR_NOT_SUPPORTED, "%s", message),
			sydra_errposition(SYDRA_ERR_NOT_SUPPORTED, translation->source,
							  location >= 0 ? location : translation->at),
			errhint("%s", hint));
}

/* Refuses a clause that is there. */
static void
refuse_clause(SydraTranslation *translation, const void *clause, const char *name)
{
	if (clause == NULL)
		return;
	sydra_translate_refuse(translation, exprLocation(clause),
						   "Keep this part in SQL, around SELECT * FROM sydraql('...').",
						   "%s has no translation", name);
}

static void
set_series(SydraTranslation *translation, SydraSeries *series, const RangeVar *table)
{
	SydraIdent *parts = sydra_arena_alloc(&translation->arena, sizeof(SydraIdent) * 2);

	translation->at = Max(table->location, 0);
	if (table->catalogname != NULL)
		sydra_translate_refuse(translation, table->location, "Leave the database's name out.",
							   "a database has no name in sydraQL");
	series->kind = SYDRA_SERIES_NAME;
	series->name.parts = parts;
	if (table->schemaname != NULL)
		parts[series->name.part_count++] = sydra_translate_make_ident(table->schemaname);
	parts[series->name.part_count++] = sydra_translate_make_ident(table->relname);
	translation->table = table->alias != NULL ? table->alias->aliasname : table->relname;
	if (table->alias != NULL)
		refuse_clause(translation, table->alias->colnames, "a list of columns behind an alias");
}

/*
 * SELECT.
 */

/* Where a source that is no table begins, as far as it is known. */
static int
find_source(Node *node)
{
	if (IsA(node, JoinExpr))
		return find_source(((JoinExpr *) node)->rarg);
	if (IsA(node, RangeSubselect))
		node = ((RangeSubselect *) node)->subquery;
	return exprLocation(IsA(node, SelectStmt) ? (Node *) ((SelectStmt *) node)->targetList : node);
}

static void
translate_from(SydraTranslation *translation, const SelectStmt *select, SydraSelect *result)
{
	Node	   *from;

	if (select->fromClause == NIL)
		return;
	from = linitial(select->fromClause);
	if (list_length(select->fromClause) > 1 || !IsA(from, RangeVar))
		sydra_translate_refuse(translation, find_source(llast(select->fromClause)),
							   "Translate the query of one metric, and join it in SQL.",
							   "FROM of anything but one table has no translation");
	result->from = sydra_arena_alloc(&translation->arena, sizeof(SydraSource));
	set_series(translation, &result->from->series, (RangeVar *) from);
}

static bool
is_star(Node *node)
{
	return IsA(node, ColumnRef) && IsA(llast(((ColumnRef *) node)->fields), A_Star);
}

static const char *
get_field(const SydraExpr *expr)
{
	if (expr->kind != SYDRA_EXPR_NAME || expr->name.part_count < 2 ||
		strcmp(expr->name.parts[0].text, "field") != 0)
		return NULL;
	return expr->name.parts[1].text;
}

/* A field by itself is jsonb to sydraQL, a number or a text to SQL. */
static SydraExpr *
convert_field(SydraTranslation *translation, Node *node, SydraExpr *expr)
{
	bool		text = IsA(node, A_Expr) &&
		strcmp(strVal(llast(((A_Expr *) node)->name)), "->>") == 0;

	if (get_field(expr) == NULL || (text && translation->grouped) ||
		(IsA(node, A_Expr) && !text))
		return expr;
	if (text)
		sydra_translate_refuse(translation, exprLocation(node),
							   "Select fields -> 'key', which is jsonb, or the field as a number.",
							   "a field's text alone is no item of sydraQL");
	return sydra_translate_make_binary(translation, SYDRA_OP_MULTIPLY, expr,
									   sydra_translate_make_integer(translation, 1));
}

/* The name that sydraQL gives a column. */
static const char *
get_own_name(const SydraExpr *expr)
{
	if (expr->kind == SYDRA_EXPR_NAME)
		return expr->name.parts[expr->name.part_count - 1].text;
	return expr->kind == SYDRA_EXPR_CALL ? expr->call.name.text : "";
}

static void
translate_item(SydraTranslation *translation, const ResTarget *target, SydraItem *item)
{
	const char *name = target->name;

	if (is_star(target->val))
		return;
	item->expr = convert_field(translation, target->val,
							   sydra_translate_expr(translation, target->val));
	if (name == NULL)
	{
		name = FigureColname(target->val);
		if (strcmp(name, "?column?") == 0 || strcmp(name, get_own_name(item->expr)) == 0)
			return;
	}
	item->alias = sydra_translate_make_ident(name);
}

static void
translate_items(SydraTranslation *translation, const SelectStmt *select, SydraSelect *result)
{
	if (select->targetList == NIL)
		sydra_translate_refuse(translation, 0, "Name the columns.", "SELECT has no items");
	result->item_count = list_length(select->targetList);
	result->items = sydra_arena_alloc(&translation->arena,
									  sizeof(SydraItem) * result->item_count);
	for (int i = 0; i < result->item_count; i++)
		translate_item(translation, list_nth(select->targetList, i), &result->items[i]);
}

static void
add_group(SydraTranslation *translation, SydraSelect *result, SydraExpr *group)
{
	result->groups = sydra_arena_grow(&translation->arena, result->groups, result->group_count,
									  sizeof(SydraExpr *));
	result->groups[result->group_count++] = group;
}

static void
translate_groups(SydraTranslation *translation, const SelectStmt *select, SydraSelect *result)
{
	ListCell   *cell;

	if (select->groupDistinct)
		sydra_translate_refuse(translation, -1, "Leave DISTINCT out.",
							   "GROUP BY DISTINCT has no translation");
	translation->takes_aliases = true;
	foreach(cell, select->groupClause)
	{
		if (IsA(lfirst(cell), GroupingSet))
			refuse_clause(translation, lfirst(cell), "a grouping set");
		add_group(translation, result, sydra_translate_expr(translation, lfirst(cell)));
	}
	if (select->havingClause != NULL)
		result->having = sydra_translate_condition(translation, select->havingClause, false);
	translation->takes_aliases = false;
}

static bool
has_call(Node *node, void *context)
{
	if (node == NULL)
		return false;
	return IsA(node, FuncCall) || raw_expression_tree_walker(node, has_call, context);
}

/* SELECT DISTINCT a, b groups by both; DISTINCT ON (a) keeps the first row for each a. */
static void
translate_distinct(SydraTranslation *translation, const SelectStmt *select, SydraSelect *result)
{
	ListCell   *cell;

	if (select->distinctClause == NIL)
		return;
	if (select->groupClause != NIL || select->havingClause != NULL)
		sydra_translate_refuse(translation, -1, "Leave DISTINCT or GROUP BY out.",
							   "DISTINCT beside GROUP BY has no translation");
	if (linitial(select->distinctClause) != NULL)
	{
		if (select->limitCount != NULL || select->limitOffset != NULL || select->sortClause == NIL)
			sydra_translate_refuse(translation, exprLocation(linitial(select->distinctClause)),
								   "DISTINCT ON is LIMIT 1 BY: it needs ORDER BY and no LIMIT.",
								   "this DISTINCT ON has no translation");
		result->limit = sydra_translate_make_integer(translation, 1);
		foreach(cell, select->distinctClause)
		{
			result->limit_by = sydra_arena_grow(&translation->arena, result->limit_by,
												result->limit_by_count, sizeof(SydraExpr *));
			result->limit_by[result->limit_by_count++] = sydra_translate_expr(translation,
																			  lfirst(cell));
		}
		return;
	}
	foreach(cell, select->targetList)
	{
		ResTarget  *target = lfirst(cell);

		if (is_star(target->val) || has_call(target->val, NULL))
			sydra_translate_refuse(translation, exprLocation((Node *) target),
								   "Name columns, or write GROUP BY.",
								   "DISTINCT over more than columns has no translation");
		add_group(translation, result,
				  sydra_translate_make_integer(translation, foreach_current_index(cell) + 1));
	}
}

/* sydra.series_key(tags), sydra.written(...): the order that ties keep in sydraQL. */
static bool
is_kept_order(const SortBy *sort)
{
	const FuncCall *call = (const FuncCall *) sort->node;
	const char *name;

	if (!IsA(sort->node, FuncCall) || list_length(call->funcname) != 2 ||
		strcmp(strVal(linitial(call->funcname)), "sydra") != 0 || sort->sortby_dir == SORTBY_DESC)
		return false;
	name = strVal(lsecond(call->funcname));
	return strcmp(name, "series_key") == 0 || strcmp(name, "written") == 0;
}

static void
translate_order(SydraTranslation *translation, const SelectStmt *select, SydraSelect *result)
{
	int			count = list_length(select->sortClause);

	while (count > 0 && is_kept_order(list_nth(select->sortClause, count - 1)))
		count--;
	result->order_count = count;
	result->orders = sydra_arena_alloc(&translation->arena,
									   sizeof(SydraOrder) * (result->order_count + 1));
	for (int i = 0; i < result->order_count; i++)
	{
		const SortBy *sort = list_nth(select->sortClause, i);
		SydraOrder *order = &result->orders[i];

		if (sort->sortby_dir == SORTBY_USING)
			sydra_translate_refuse(translation, sort->location, "Write ASC or DESC.",
								   "ORDER BY ... USING has no translation");

		/* To both an alias comes first when it stands alone. */
		translation->takes_aliases = !IsA(sort->node, ColumnRef);
		order->expr = sydra_translate_expr(translation, sort->node);
		translation->takes_aliases = false;
		order->descending = sort->sortby_dir == SORTBY_DESC;
		order->has_direction = order->descending;
		order->nulls = sort->sortby_nulls == SORTBY_NULLS_FIRST ? SYDRA_NULLS_FIRST :
			sort->sortby_nulls == SORTBY_NULLS_LAST ? SYDRA_NULLS_LAST : SYDRA_NULLS_DEFAULT;
	}
}

/* A number of rows, or NULL for LIMIT ALL. */
static SydraExpr *
translate_count(SydraTranslation *translation, Node *node)
{
	SydraExpr  *expr;

	if (node == NULL)
		return NULL;
	expr = sydra_translate_expr(translation, node);
	if (expr->kind == SYDRA_EXPR_NULL)
		return NULL;
	if (expr->kind != SYDRA_EXPR_INTEGER && expr->kind != SYDRA_EXPR_PARAMETER)
		sydra_translate_refuse(translation, exprLocation(node), "Write the number of rows.",
							   "LIMIT and OFFSET take a number or a parameter");
	return expr;
}

static void
translate_limit(SydraTranslation *translation, const SelectStmt *select, SydraSelect *result)
{
	if (select->limitOption == LIMIT_OPTION_WITH_TIES)
		refuse_clause(translation, select->limitCount, "WITH TIES");
	if (select->limitCount != NULL)
		result->limit = translate_count(translation, select->limitCount);
	result->offset = translate_count(translation, select->limitOffset);
	if (result->offset != NULL && result->limit == NULL)
		sydra_translate_refuse(translation, exprLocation(select->limitOffset), "Add a LIMIT.",
							   "OFFSET without LIMIT has no translation");
}

static SydraSelect *
translate_select(SydraTranslation *translation, const SelectStmt *select)
{
	SydraSelect *result = sydra_arena_alloc(&translation->arena, sizeof(SydraSelect));

	if (select->withClause != NULL)
		sydra_translate_refuse(translation, select->withClause->location,
							   "Translate the queries one by one.", "WITH has no translation");
	if (select->op != SETOP_NONE)
		sydra_translate_refuse(translation, -1, "Translate the queries one by one.",
							   "UNION, INTERSECT and EXCEPT have no translation");
	refuse_clause(translation, select->valuesLists, "VALUES without INSERT");
	refuse_clause(translation, select->intoClause, "INTO");
	refuse_clause(translation, select->windowClause, "WINDOW");
	refuse_clause(translation, select->lockingClause, "a lock of rows");
	translation->items = select->targetList;
	translation->grouped = select->groupClause != NIL;
	translate_from(translation, select, result);
	translate_items(translation, select, result);
	if (select->whereClause != NULL)
		result->where = sydra_translate_condition(translation, select->whereClause, false);
	translate_groups(translation, select, result);
	translate_distinct(translation, select, result);
	translate_order(translation, select, result);
	translate_limit(translation, select, result);
	return result;
}

/*
 * INSERT.
 */

/* 'x' of 'x' and of 'x'::jsonb */
static const char *
get_constant_text(Node *node)
{
	return sydra_translate_string(IsA(node, TypeCast) ? ((TypeCast *) node)->arg : node);
}

/* The column named time, else the first one with a time in it. */
static int
find_time(SydraTranslation *translation, const InsertStmt *insert, List *row)
{
	for (int i = 0; i < list_length(insert->cols); i++)
		if (strcmp(((ResTarget *) list_nth(insert->cols, i))->name, "time") == 0)
			return i;
	for (int i = 0; i < list_length(insert->cols) && i < list_length(row); i++)
		if (sydra_translate_operand(translation, list_nth(row, i))->kind == SYDRA_EXPR_TIMESTAMP)
			return i;
	sydra_translate_refuse(translation, insert->relation->location,
						   "Name the column \"time\", or give a time as a constant.",
						   "INSERT without a time has no translation");
}

/* The same tag in every row, or none. */
static void
add_tag(SydraTranslation *translation, SydraInsert *result, bool first_row, const char *key,
		const char *text, int location)
{
	SydraTagValue *tag;

	for (int i = 0; i < result->tag_count; i++)
		if (strcmp(result->tags[i].tag.name.text, key) == 0 &&
			strcmp(result->tags[i].value->string, text) == 0 && !first_row)
			return;
	if (!first_row)
		sydra_translate_refuse(translation, location, "Write one INSERT for each series.",
							   "INSERT of more than one series has no translation");
	result->tags = sydra_arena_grow(&translation->arena, result->tags, result->tag_count,
									sizeof(SydraTagValue));
	tag = &result->tags[result->tag_count++];
	memset(tag, 0, sizeof(SydraTagValue));
	tag->tag.name = sydra_translate_make_ident(key);
	tag->value = sydra_translate_make_string(translation, text);
}

/* '{"host": "a"}' */
static void
add_tags(SydraTranslation *translation, SydraInsert *result, bool first_row, const char *text,
		 int location, int *found)
{
	Jsonb	   *tags = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
	JsonbIterator *iterator = JsonbIteratorInit(&tags->root);
	JsonbIteratorToken token;
	JsonbValue	json;
	char	   *key = NULL;

	while ((token = JsonbIteratorNext(&iterator, &json, true)) != WJB_DONE)
	{
		if (token == WJB_KEY)
			key = pnstrdup(json.val.string.val, json.val.string.len);
		else if (token == WJB_VALUE && key != NULL && json.type == jbvString)
		{
			add_tag(translation, result, first_row, key,
					pnstrdup(json.val.string.val, json.val.string.len), location);
			(*found)++;
		}
		else if (token != WJB_BEGIN_OBJECT && token != WJB_END_OBJECT)
			sydra_translate_refuse(translation, location, "Write {\"key\": \"text\"}.",
								   "tags have a translation when they are an object of texts");
	}
}

/* The printer takes JSON as it is: it must be one whole object. */
static SydraExpr *
make_json(SydraTranslation *translation, const char *text, int location)
{
	Jsonb	   *json = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(text)));
	SydraExpr  *expr = sydra_translate_make(translation, SYDRA_EXPR_JSON);

	if (!JB_ROOT_IS_OBJECT(json))
		sydra_translate_refuse(translation, location, "Write {\"key\": value}.",
							   "fields have a translation when they are an object");
	expr->string = text + strspn(text, " \t\n\r");
	return expr;
}

/* A value of a field column, as JSON. */
static void
add_field(SydraTranslation *translation, StringInfo json, const char *name, const SydraExpr *value,
		  int location)
{
	char		text[SYDRA_TIMESTAMP_SIZE];
	char		number[DOUBLE_SHORTEST_DECIMAL_LEN];

	appendStringInfoString(json, json->len == 0 ? "{" : ", ");
	escape_json(json, name);
	appendStringInfoString(json, ": ");
	switch (value->kind)
	{
		case SYDRA_EXPR_NULL:
			appendStringInfoString(json, "null");
			break;
		case SYDRA_EXPR_BOOL:
			appendStringInfoString(json, value->boolean ? "true" : "false");
			break;
		case SYDRA_EXPR_INTEGER:
			appendStringInfo(json, INT64_FORMAT, value->integer);
			break;
		case SYDRA_EXPR_FLOAT:
			double_to_shortest_decimal_buf(value->number, number);
			appendStringInfoString(json, number);
			break;
		case SYDRA_EXPR_TIMESTAMP:
			sydra_timestamp_print(value->timestamp.us, false, text);
			escape_json(json, text);
			break;
		default:
			sydra_translate_refuse(translation, location, "Write constants.",
								   "this value of \"%s\" has no translation", name);
	}
}

static void
translate_row(SydraTranslation *translation, const InsertStmt *insert, SydraInsert *result,
			  List *values, int time)
{
	bool		first_row = result->row_count == 0;
	SydraRow   *row;
	StringInfoData fields;
	int			tags = 0;

	initStringInfo(&fields);
	result->rows = sydra_arena_grow(&translation->arena, result->rows, result->row_count,
									sizeof(SydraRow));
	row = &result->rows[result->row_count++];
	memset(row, 0, sizeof(SydraRow));
	row->value = sydra_translate_make(translation, SYDRA_EXPR_NULL);
	if (list_length(values) != list_length(insert->cols))
		sydra_translate_refuse(translation, exprLocation((Node *) values),
							   "Give each column a value.",
							   "a row has another number of values than there are columns");
	for (int i = 0; i < list_length(values); i++)
	{
		const char *name = ((ResTarget *) list_nth(insert->cols, i))->name;
		Node	   *node = list_nth(values, i);
		const char *text = get_constant_text(node);
		SydraExpr  *expr;

		if (text != NULL && strcmp(name, "tags") == 0)
			add_tags(translation, result, first_row, text, exprLocation(node), &tags);
		else if (text != NULL && strcmp(name, "fields") == 0)
			row->fields = make_json(translation, text, exprLocation(node));
		else if (i != time && sydra_translate_string(node) != NULL)
		{
			add_tag(translation, result, first_row, name, text, exprLocation(node));
			tags++;
		}
		else
		{
			expr = sydra_translate_operand(translation, node);
			if (i == time)
				row->time = expr;
			else if (strcmp(name, "value") == 0)
				row->value = expr;
			else if (expr->kind != SYDRA_EXPR_NULL)
				add_field(translation, &fields, name, expr, exprLocation(node));
		}
	}
	if (tags != result->tag_count)
		sydra_translate_refuse(translation, exprLocation((Node *) values),
							   "Write one INSERT for each series.",
							   "INSERT of more than one series has no translation");
	if (fields.len == 0)
		return;
	if (row->fields != NULL)
		sydra_translate_refuse(translation, exprLocation((Node *) values),
							   "Put them into the JSON of \"fields\".",
							   "columns beside \"fields\" have no translation");
	appendStringInfoChar(&fields, '}');
	row->fields = make_json(translation, fields.data, -1);
}

static SydraInsert *
translate_insert(SydraTranslation *translation, const InsertStmt *insert)
{
	SydraInsert *result = sydra_arena_alloc(&translation->arena, sizeof(SydraInsert));
	SelectStmt *source = (SelectStmt *) insert->selectStmt;
	int			time;
	ListCell   *cell;

	set_series(translation, &result->series, insert->relation);
	refuse_clause(translation, insert->withClause, "WITH");
	refuse_clause(translation, insert->onConflictClause, "ON CONFLICT");
	refuse_clause(translation, sydra_compat_returning(insert), "RETURNING");
	if (source == NULL || source->valuesLists == NIL || insert->cols == NIL)
		sydra_translate_refuse(translation, -1,
							   "Write INSERT INTO metric (time, value, ...) VALUES (...).",
							   "INSERT without columns and VALUES has no translation");
	refuse_clause(translation, source->withClause, "WITH");
	refuse_clause(translation, source->sortClause, "ORDER BY behind VALUES");
	refuse_clause(translation, source->limitCount, "LIMIT behind VALUES");
	refuse_clause(translation, source->limitOffset, "OFFSET behind VALUES");
	foreach(cell, insert->cols)
		refuse_clause(translation, ((ResTarget *) lfirst(cell))->indirection,
					  "a part of a column");
	time = find_time(translation, insert, linitial(source->valuesLists));
	foreach(cell, source->valuesLists)
		translate_row(translation, insert, result, lfirst(cell), time);
	return result;
}

/*
 * All statements.
 */

static SydraDelete *
translate_delete(SydraTranslation *translation, const DeleteStmt *delete)
{
	SydraDelete *result = sydra_arena_alloc(&translation->arena, sizeof(SydraDelete));

	set_series(translation, &result->series, delete->relation);
	refuse_clause(translation, delete->withClause, "WITH");
	refuse_clause(translation, delete->usingClause, "USING");
	refuse_clause(translation, sydra_compat_returning(delete), "RETURNING");
	if (delete->whereClause == NULL)
		sydra_translate_refuse(translation, -1, "Write WHERE time >= a AND time < b.",
							   "DELETE of all times has no translation");
	result->where = sydra_translate_condition(translation, delete->whereClause, false);
	return result;
}

static void
translate_statement(SydraTranslation *translation, Node *node, SydraStatement *statement)
{
	switch (nodeTag(node))
	{
		case T_SelectStmt:
			statement->kind = SYDRA_STATEMENT_SELECT;
			statement->select = translate_select(translation, (SelectStmt *) node);
			break;
		case T_InsertStmt:
			statement->kind = SYDRA_STATEMENT_INSERT;
			statement->insert = translate_insert(translation, (InsertStmt *) node);
			break;
		case T_DeleteStmt:
			statement->kind = SYDRA_STATEMENT_DELETE;
			statement->delete = translate_delete(translation, (DeleteStmt *) node);
			break;
		default:
			sydra_translate_refuse(translation, -1, "SELECT, INSERT and DELETE have one.",
								   "this statement has no translation");
	}
}

/* The place of a fault is one in the argument, not in the caller's own query. */
static void
move_position(void *arg)
{
	int			position = geterrposition();

	if (position <= 0)
		return;
	errposition(0);
	internalerrposition(position);
	internalerrquery(arg);
}

static Node *
parse_sql(SydraTranslation *translation)
{
	ErrorContextCallback callback = {error_context_stack, move_position,
	unconstify(char *, translation->source)};
	List	   *statements;
	int			second;

	error_context_stack = &callback;
	statements = raw_parser(translation->source, RAW_PARSE_DEFAULT);
	error_context_stack = callback.previous;
	if (list_length(statements) != 1)
	{
		second = statements == NIL ? 0 : lsecond_node(RawStmt, statements)->stmt_location;
		second += strspn(translation->source + second, " \t\n\r\f");
		sydra_translate_refuse(translation, second, "Give one SELECT, INSERT or DELETE.",
							   "there are %d statements", list_length(statements));
	}
	return linitial_node(RawStmt, statements)->stmt;
}

SYDRA_FUNCTION(sydra_from_sql);

Datum
sydra_from_sql(PG_FUNCTION_ARGS)
{
	SydraTranslation translation = {.source = text_to_cstring(PG_GETARG_TEXT_PP(0))};
	SydraStatement statement = {0};
	const char *text;

	sydra_api_check_length(strlen(translation.source));
	translation.arena = sydra_api_arena();
	translate_statement(&translation, parse_sql(&translation), &statement);
	text = sydra_ast_print(&statement, &translation.arena);
	if (strcmp(text, sydra_ast_print(sydra_parse(text, strlen(text)), &translation.arena)) != 0)
		elog(ERROR, "translation is not read as it was written: %s", text);
	PG_RETURN_TEXT_P(cstring_to_text(text));
}
