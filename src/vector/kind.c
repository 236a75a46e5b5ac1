/*
 * kind.c
 *	  Names and element sizes of the kinds.
 */
#include "postgres.h"

#include "vector/kind.h"
#include "vector/vector.h"

const char *
sydra_kind_name(SydraKind kind)
{
	switch (kind)
	{
		case SYDRA_KIND_NULL:
			return "null";
		case SYDRA_KIND_BOOL:
			return "bool";
		case SYDRA_KIND_INT:
			return "integer";
		case SYDRA_KIND_FLOAT:
			return "float8";
		case SYDRA_KIND_FLOAT4:
			return "float4";
		case SYDRA_KIND_TEXT:
			return "text";
		case SYDRA_KIND_TIME:
			return "time";
		case SYDRA_KIND_DURATION:
			return "duration";
		case SYDRA_KIND_DATUM:
			return "datum";
	}
	elog(ERROR, "unknown kind %d", (int) kind);
}

size_t
sydra_kind_size(SydraKind kind)
{
	switch (kind)
	{
		case SYDRA_KIND_BOOL:
			return sizeof(uint8);
		case SYDRA_KIND_INT:
		case SYDRA_KIND_TIME:
		case SYDRA_KIND_DURATION:
			return sizeof(int64);
		case SYDRA_KIND_FLOAT:
			return sizeof(double);
		case SYDRA_KIND_FLOAT4:
			return sizeof(float);
		case SYDRA_KIND_TEXT:
		case SYDRA_KIND_DATUM:
			return sizeof(SydraBytes);
		case SYDRA_KIND_NULL:
			break;
	}
	elog(ERROR, "unknown kind %d", (int) kind);
}
