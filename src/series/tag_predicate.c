/*
 * tag_predicate.c
 *	  Evaluates tag predicates on series.
 */
#include "postgres.h"

#include "catalog/pg_collation.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "series/tag_predicate.h"

static int
compare_bytes(SydraBytes a, SydraBytes b)
{
	int			order = memcmp(a.data, b.data, Min(a.length, b.length));

	return order != 0 ? order : (a.length > b.length) - (a.length < b.length);
}

static bool
is_like(SydraBytes text, SydraBytes pattern)
{
	Datum		text_datum = PointerGetDatum(cstring_to_text_with_len(text.data, text.length));
	Datum		pattern_datum = PointerGetDatum(cstring_to_text_with_len(pattern.data,
																		 pattern.length));
	bool		result = DatumGetBool(DirectFunctionCall2Coll(textlike, C_COLLATION_OID, text_datum,
															  pattern_datum));

	pfree(DatumGetPointer(text_datum));
	pfree(DatumGetPointer(pattern_datum));
	return result;
}

static bool
is_one_of(const SydraTagPredicate *predicate, SydraBytes text)
{
	for (int i = 0; i < predicate->value_count; i++)
		if (compare_bytes(text, predicate->values[i]) == 0)
			return true;
	return false;
}

static bool
compare_tag(SydraTagPredicate *predicate, SydraBytes text)
{
	switch (predicate->op)
	{
		case SYDRA_TAG_EQ:
		case SYDRA_TAG_IN:
			return is_one_of(predicate, text);
		case SYDRA_TAG_NE:
		case SYDRA_TAG_NOT_IN:
			return !is_one_of(predicate, text);
		case SYDRA_TAG_MATCH:
			return sydra_regex_matches(predicate->regex, text.data, text.length);
		case SYDRA_TAG_NOT_MATCH:
			return !sydra_regex_matches(predicate->regex, text.data, text.length);
		case SYDRA_TAG_LT:
			return compare_bytes(text, predicate->values[0]) < 0;
		case SYDRA_TAG_LE:
			return compare_bytes(text, predicate->values[0]) <= 0;
		case SYDRA_TAG_GT:
			return compare_bytes(text, predicate->values[0]) > 0;
		case SYDRA_TAG_GE:
			return compare_bytes(text, predicate->values[0]) >= 0;
		case SYDRA_TAG_LIKE:
			if (predicate->regex != NULL)
				return sydra_regex_matches(predicate->regex, text.data, text.length);
			return is_like(text, predicate->values[0]);
		case SYDRA_TAG_NOT_LIKE:
			if (predicate->regex != NULL)
				return !sydra_regex_matches(predicate->regex, text.data, text.length);
			return !is_like(text, predicate->values[0]);
		case SYDRA_TAG_IS_NULL:
		case SYDRA_TAG_IS_NOT_NULL:
		case SYDRA_TAG_SERIES:
		case SYDRA_TAG_AND:
		case SYDRA_TAG_OR:
		case SYDRA_TAG_NOT:
			break;
	}
	elog(ERROR, "tag operator %d compares nothing", (int) predicate->op);
}

bool
sydra_tag_predicate_matches(SydraTagPredicate *predicate, SydraDictionary *dictionary,
							uint32 series)
{
	SydraBytes	text = {"", 0};
	ListCell   *cell;
	bool		present;

	check_stack_depth();
	switch (predicate->op)
	{
		case SYDRA_TAG_AND:
			foreach(cell, predicate->arguments)
				if (!sydra_tag_predicate_matches(lfirst(cell), dictionary, series))
					return false;
			return true;
		case SYDRA_TAG_OR:
			foreach(cell, predicate->arguments)
				if (sydra_tag_predicate_matches(lfirst(cell), dictionary, series))
					return true;
			return false;
		case SYDRA_TAG_NOT:
			return !sydra_tag_predicate_matches(linitial(predicate->arguments), dictionary, series);
		case SYDRA_TAG_SERIES:
			return sydra_dictionary_id(dictionary, series) == predicate->id;
		default:
			break;
	}
	present = sydra_dictionary_tag(dictionary, series, predicate->key, &text);
	if (predicate->op == SYDRA_TAG_IS_NULL)
		return !present;
	if (predicate->op == SYDRA_TAG_IS_NOT_NULL)
		return present;
	return compare_tag(predicate, text);
}
