/*
 * PostgreSQL 15, 17 and 18 behind one spelling, the newest.  No other file asks for the version.
 *
 * Where the newest spelling cannot be had by a macro of that name, the name begins with
 * sydra_compat_.
 */
#ifndef SYDRA_COMPAT_H
#define SYDRA_COMPAT_H

#include "access/htup_details.h"
#include "access/skey.h"
#include "access/tableam.h"
#include "access/valid.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc_d.h"
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#endif
#include "common/jsonapi.h"
#include "nodes/parsenodes.h"
#include "nodes/plannodes.h"
#include "parser/parse_relation.h"
#include "parser/parsetree.h"
#include "pgstat.h"
#include "utils/guc.h"
#include "utils/jsonfuncs.h"
#include "utils/snapmgr.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif

/*
 * sizeof(TableAmRoutine) of every major version whose callbacks were looked at, one by one: 16 and
 * 17 only renamed and changed arguments, 18 took scan_bitmap_next_block away.
 */
#if PG_VERSION_NUM < 150009 || PG_VERSION_NUM / 10000 == 16
#error "sydraql needs PostgreSQL 15.9 or later of 15, 17 or 18"
#elif PG_VERSION_NUM < 180000
#define SYDRA_TABLE_AM_ROUTINE_SIZE 368
#elif PG_VERSION_NUM < 190000
#define SYDRA_TABLE_AM_ROUTINE_SIZE 360
#else
#error "sydraql needs PostgreSQL 15.9 or later of 15, 17 or 18"
#endif

/* No column of older versions is. */
#if PG_VERSION_NUM < 180000
#define ATTRIBUTE_GENERATED_VIRTUAL 'v'
#endif

#if PG_VERSION_NUM < 180000
#define pg_noreturn __attribute__((noreturn))
#endif

/* What RETURNING names, as the parser gives it. */
#if PG_VERSION_NUM < 180000
#define sydra_compat_returning(statement) ((statement)->returningList)
#else
#define sydra_compat_returning(statement) \
	((statement)->returningClause ? (statement)->returningClause->exprs : NIL)
#endif

/* The number of this backend's transaction. */
#if PG_VERSION_NUM < 170000
#define sydra_compat_local_xid() (MyProc->lxid)
#else
#define sydra_compat_local_xid() (MyProc->vxid.lxid)
#endif

/* Whether rows may be removed that a registered snapshot sees. */
#if PG_VERSION_NUM < 170000
#define sydra_compat_snapshots_expire() (old_snapshot_threshold >= 0)
#else
#define sydra_compat_snapshots_expire() false
#endif

/* Asked about relations alone. */
#if PG_VERSION_NUM < 160000
#define object_ownercheck(class_id, object_id, role_id) pg_class_ownercheck(object_id, role_id)
#endif

/* Asked about functions and schemas alone. */
#if PG_VERSION_NUM < 160000
#define object_aclcheck(class_id, object_id, role_id, mode) \
	((class_id) == ProcedureRelationId ? pg_proc_aclcheck(object_id, role_id, mode) : \
	 pg_namespace_aclcheck(object_id, role_id, mode))
#endif

/* Before 17 a relation that is gone has no columns that anybody may read. */
#if PG_VERSION_NUM < 170000
#define pg_attribute_aclcheck_all_ext(relid, role_id, mode, how, is_missing) \
	((void) (is_missing), pg_attribute_aclcheck_all(relid, role_id, mode, how))
#endif

/* Which indexes an UPDATE has to tell: before 16 all or none. */
#if PG_VERSION_NUM < 160000
#define TU_UpdateIndexes bool
#define TU_None false
#define TU_All true
#endif

/* What ANALYZE gives scan_analyze_next_block: since 17 the block comes out of a stream. */
#if PG_VERSION_NUM < 170000
#define SYDRA_COMPAT_ANALYZE_PARAMETERS BlockNumber given_block, BufferAccessStrategy strategy
#define SYDRA_COMPAT_ANALYZE_ARGUMENTS given_block, strategy
#else
#define SYDRA_COMPAT_ANALYZE_PARAMETERS ReadStream *stream
#define SYDRA_COMPAT_ANALYZE_ARGUMENTS stream
#endif

#if PG_VERSION_NUM < 180000
#define SYDRA_COMPAT_NO_BITMAP_BLOCKS(routine) ((routine).scan_bitmap_next_block = NULL)
#else
#define SYDRA_COMPAT_NO_BITMAP_BLOCKS(routine) ((void) 0)
#endif

static inline bool
sydra_compat_key_test(HeapTuple tuple, TupleDesc tupdesc, int nkeys, ScanKey keys)
{
#if PG_VERSION_NUM < 160000
	bool		result;

	HeapKeyTest(tuple, tupdesc, nkeys, keys, result);
	return result;
#else
	return HeapKeyTest(tuple, tupdesc, nkeys, keys);
#endif
}

/* Before 18 nobody counts all-frozen pages in pg_class. */
#if PG_VERSION_NUM < 180000
#define sydra_compat_all_frozen(form) 0
#define vac_update_relstats(relation, pages, tuples, visible, frozen, hasindex, frozenxid, minmulti, \
							frozenxid_updated, minmulti_updated, in_outer_xact) \
	((void) (frozen), \
	 vac_update_relstats(relation, pages, tuples, visible, hasindex, frozenxid, minmulti, \
						 frozenxid_updated, minmulti_updated, in_outer_xact))
#else
#define sydra_compat_all_frozen(form) ((form)->relallfrozen)
#endif

/* What settings keep is the C library's before 16. */
#if PG_VERSION_NUM < 160000
#define guc_malloc(level, size) malloc(size)
#endif

/* Before 16 the memory is a child of PortalContext. */
#if PG_VERSION_NUM < 160000
#define vacuum(relations, params, strategy, context, top) \
	vacuum(relations, params, strategy, top)
#endif

#if PG_VERSION_NUM < 160000
#define sydra_compat_inserts_since_vacuum(table) ((table)->inserts_since_vacuum)
#define sydra_compat_tuples_changed(database) \
	((database)->n_tuples_inserted + (database)->n_tuples_deleted)
#else
#define sydra_compat_inserts_since_vacuum(table) ((table)->ins_since_vacuum)
#define sydra_compat_tuples_changed(database) \
	((database)->tuples_inserted + (database)->tuples_deleted)
#endif

/* All the bytes, or an error. */
#if PG_VERSION_NUM < 160000
#define BufFileReadExact(file, buffer, size) \
	do { \
		if (BufFileRead(file, buffer, size) != (size)) \
			ereport(ERROR, \
					errcode_for_file_access(), \
					errmsg("could not read from a temporary file: %m")); \
	} while (0)
#endif

/* What the JSON parser's callbacks return: nothing before 16. */
#if PG_VERSION_NUM < 160000
typedef void SydraJsonResult;
#define SYDRA_JSON_SUCCESS
#else
typedef JsonParseErrorType SydraJsonResult;
#define SYDRA_JSON_SUCCESS JSON_SUCCESS
#endif

/* Since 17 the caller may bring the lexer's memory. */
#if PG_VERSION_NUM < 170000
#define makeJsonLexContext(lex, json, need_escapes) makeJsonLexContext(json, need_escapes)
#define makeJsonLexContextCstringLen(lex, json, length, encoding, need_escapes) \
	makeJsonLexContextCstringLen(unconstify(char *, json), length, encoding, need_escapes)
#endif

/*
 * As whom a call in FROM is checked: the caller, or the owner of the view it stands in.
 *
 * Since 16 a view's owner is noted at its relations alone.  So the tables of the call, which stand in
 * the same range table and which no privilege is asked for, say how far before them the call stands:
 * range tables are only ever put one after another, so the distance holds, and no other call can
 * take them for its own.
 */
#define SYDRA_COMPAT_DISTANCE "sydraql %d"

static inline void
sydra_compat_append_unasked(Query *query, RangeTblEntry *entry, Index call)
{
#if PG_VERSION_NUM < 160000
	entry->requiredPerms = 0;
	query->rtable = lappend(query->rtable, entry);
#else
	entry->perminfoindex = 0;
	addRTEPermissionInfo(&query->rteperminfos, entry)->requiredPerms = 0;
	query->rtable = lappend(query->rtable, entry);
	entry->eref->aliasname = psprintf(SYDRA_COMPAT_DISTANCE,
									  list_length(query->rtable) - (int) call);
#endif
}

/* Gives a query the one table of pstate, to be read as a user who may read those columns. */
static inline void
sydra_compat_take_tables(Query *query, ParseState *pstate, Oid user, const Bitmapset *columns)
{
#if PG_VERSION_NUM < 160000
	RangeTblEntry *permissions = linitial_node(RangeTblEntry, pstate->p_rtable);
#else
	RTEPermissionInfo *permissions = linitial_node(RTEPermissionInfo, pstate->p_rteperminfos);

	query->rteperminfos = pstate->p_rteperminfos;
#endif
	query->rtable = pstate->p_rtable;
	permissions->requiredPerms = ACL_SELECT;
	permissions->checkAsUser = user;
	permissions->selectedCols = bms_copy(columns);
}

/* InvalidOid: as the caller. */
static inline Oid
sydra_compat_check_as_user(const PlannedStmt *statement, Index call)
{
#if PG_VERSION_NUM < 160000
	return rt_fetch(call, statement->rtable)->checkAsUser;
#else
	for (int i = call + 1; i <= list_length(statement->rtable); i++)
	{
		RangeTblEntry *entry = rt_fetch(i, statement->rtable);
		RTEPermissionInfo *permissions;
		char		distance[32];

		if (entry->rtekind != RTE_RELATION || entry->perminfoindex == 0)
			continue;
		permissions = getRTEPermissionInfo(statement->permInfos, entry);
		snprintf(distance, sizeof(distance), SYDRA_COMPAT_DISTANCE, i - (int) call);
		if (permissions->requiredPerms == 0 && strcmp(entry->eref->aliasname, distance) == 0)
			return permissions->checkAsUser;
	}
	return InvalidOid;
#endif
}

#endif
