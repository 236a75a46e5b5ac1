/*
 * scan_clause.c
 *	  Sorts the conditions on a table by how a SydraScan answers them.
 *
 * Comparisons of the time column give the range of the cursor.  Conditions over tags alone have one
 * answer a series, and PostgreSQL itself evaluates them on the series' tags: no operator is
 * translated, so nulls, collations and user functions are as anywhere.  Comparisons of numbers are
 * made a vector at a time.  All else is asked of rows.
 *
 * A condition is answered before others only when it may be (row security, security barriers): when
 * it is at the lowest level of those on the table, or leaks nothing.
 */
#include "postgres.h"

#include "access/stratnum.h"
#include "access/sysattr.h"
#include "catalog/dependency.h"
#include "catalog/pg_proc_d.h"
#include "catalog/pg_type_d.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "optimizer/restrictinfo.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "base/object_id.h"
#include "planner/scan_clause.h"
#include "store/value_test.h"

int
sydra_scan_clause_strategy(Oid opno, Oid *right_type)
{
	TypeCacheEntry *type = lookup_type_cache(TIMESTAMPTZOID, TYPECACHE_BTREE_OPFAMILY);
	int			strategy;
	Oid			left_type;

	if (!OidIsValid(opno) || !op_in_opfamily(opno, type->btree_opf))
		return 0;
	get_op_opfamily_properties(opno, type->btree_opf, false, &strategy, &left_type, right_type);
	if (left_type != TIMESTAMPTZOID ||
		(*right_type != TIMESTAMPTZOID && *right_type != TIMESTAMPOID && *right_type != DATEOID))
		return 0;
	return strategy;
}

static Var *
find_column(Node *node, RelOptInfo *rel)
{
	if (IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	if (!IsA(node, Var) || ((Var *) node)->varno != rel->relid || ((Var *) node)->varlevelsup != 0)
		return NULL;
	return (Var *) node;
}

AttrNumber
sydra_scan_clause_column(const OpExpr *comparison)
{
	Node	   *left = linitial(comparison->args);

	if (IsA(left, RelabelType))
		left = (Node *) ((RelabelType *) left)->arg;
	return castNode(Var, left)->varattno;
}

/* Whether an expression has one value while the table is scanned once. */
static bool
is_constant(PlannerInfo *root, RelOptInfo *rel, Node *node)
{
	return !bms_is_member(rel->relid, pull_varnos(root, node)) &&
		!contain_volatile_functions(node) && !contain_subplans(node);
}

/* A condition as a comparison of a column, at the left, with a constant; NULL when it is none. */
static OpExpr *
make_comparison(PlannerInfo *root, RelOptInfo *rel, Expr *clause)
{
	OpExpr	   *comparison = (OpExpr *) clause;

	if (!IsA(clause, OpExpr) || list_length(comparison->args) != 2)
		return NULL;
	if (find_column(linitial(comparison->args), rel) != NULL)
		return is_constant(root, rel, lsecond(comparison->args)) ? comparison : NULL;
	if (find_column(lsecond(comparison->args), rel) == NULL ||
		!is_constant(root, rel, linitial(comparison->args)) ||
		!OidIsValid(get_commutator(comparison->opno)))
		return NULL;
	comparison = copyObject(comparison);
	CommuteOpExpr(comparison);
	return comparison;
}

List *
sydra_scan_clause_compare(PlannerInfo *root, RelOptInfo *rel, List *restrictions)
{
	List	   *comparisons = NIL;
	ListCell   *cell;

	foreach(cell, restrictions)
		comparisons = lappend(comparisons,
							  make_comparison(root, rel, lfirst_node(RestrictInfo, cell)->clause));
	return comparisons;
}

static bool
is_over_tags(RelOptInfo *rel, Node *clause, const Bitmapset *tags)
{
	Bitmapset  *attributes = NULL;

	pull_varattnos(clause, rel->relid, &attributes);
	return !bms_is_empty(attributes) && bms_is_subset(attributes, tags) &&
		!contain_volatile_functions(clause) && !contain_subplans(clause);
}

/* What DELETE of sydraQL asks of tags. */
static bool
is_ours(Oid function)
{
	char	   *name = get_func_name(function);

	return name != NULL &&
		(strcmp(name, "regex_matches") == 0 || strcmp(name, "series_id") == 0) &&
		getExtensionOfObject(ProcedureRelationId, function) == sydra_object_extension();
}

/* Functions that never fail because of a tag, unless it is their pattern, and do nothing but answer. */
static bool
may_do_more(Oid function, void *arguments)
{
	switch (function)
	{
		case F_JSONB_OBJECT_FIELD:
		case F_JSONB_OBJECT_FIELD_TEXT:
		case F_JSONB_CONTAINS:
		case F_JSONB_CONTAINED:
		case F_JSONB_EXISTS:
		case F_JSONB_EXISTS_ANY:
		case F_JSONB_EXISTS_ALL:
		case F_TEXTIN:			/* a tag as text */
		case F_TEXT_BOOL:
		case F_INT4OUT:
		case F_INT8OUT:
		case F_UUID_OUT:
			return false;
		case F_TEXTLIKE:
		case F_TEXTNLIKE:
		case F_TEXTICLIKE:
		case F_TEXTICNLIKE:
		case F_TEXTREGEXEQ:
		case F_TEXTREGEXNE:
		case F_TEXTICREGEXEQ:
		case F_TEXTICREGEXNE:
			return contain_var_clause(lsecond((List *) arguments));
		default:
			return !get_func_leakproof(function) && !is_ours(function);
	}
}

static List *
arguments_of(Node *node)
{
	switch (nodeTag(node))
	{
		case T_FuncExpr:
			return ((FuncExpr *) node)->args;
		case T_OpExpr:
			return ((OpExpr *) node)->args;
		case T_ScalarArrayOpExpr:
			return ((ScalarArrayOpExpr *) node)->args;
		default:
			return NIL;
	}
}

static bool
shows_more(Node *node, void *context)
{
	if (node == NULL || !contain_var_clause(node))
		return false;
	switch (nodeTag(node))
	{
		case T_Var:
		case T_Const:
		case T_Param:
		case T_List:
		case T_RelabelType:
		case T_CoerceViaIO:
		case T_CoalesceExpr:
		case T_BoolExpr:
		case T_NullTest:
		case T_BooleanTest:
		case T_ArrayExpr:
		case T_FuncExpr:
		case T_OpExpr:
		case T_DistinctExpr:
		case T_ScalarArrayOpExpr:
			break;
		default:
			return true;
	}
	return check_functions_in_node(node, may_do_more, arguments_of(node)) ||
		expression_tree_walker(node, shows_more, context);
}

void
sydra_scan_clause_sort(PlannerInfo *root, RelOptInfo *rel, List *restrictions,
					   const SydraScanColumns *columns, SydraScanClauses *clauses)
{
	ListCell   *cell;

	memset(clauses, 0, sizeof(*clauses));
	clauses->unseen = true;
	foreach(cell, restrictions)
	{
		RestrictInfo *restriction = lfirst_node(RestrictInfo, cell);
		OpExpr	   *comparison = NULL;
		bool		early = !restriction->pseudoconstant &&
			restriction_is_securely_promotable(restriction, rel);
		Oid			type;

		if (early)
			comparison = make_comparison(root, rel, restriction->clause);
		if (comparison != NULL && columns->time != 0 &&
			sydra_scan_clause_column(comparison) == columns->time &&
			sydra_scan_clause_strategy(comparison->opno, &type) != 0)
			clauses->time = lappend(clauses->time, restriction);
		else if (early && is_over_tags(rel, (Node *) restriction->clause, columns->tags))
		{
			clauses->series = lappend(clauses->series, restriction);
			if (shows_more((Node *) restriction->clause, NULL))
				clauses->unseen = false;
		}
		else if (comparison != NULL && sydra_scan_clause_column(comparison) > 0 &&
				 sydra_value_test_strategy(comparison->opno, &type) != 0)
			clauses->values = lappend(clauses->values, restriction);
		else
			clauses->rows = lappend(clauses->rows, restriction);
	}
}
