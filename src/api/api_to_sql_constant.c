/*
 * api_to_sql_constant.c
 *	  Constants as SQL writes them, the same whatever the session's settings.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type_d.h"
#include "common/shortest_dec.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "api/api_to_sql.h"

static const char *
type_name(const SydraTerm *term)
{
	switch (term->kind)
	{
		case SYDRA_KIND_BOOL:
			return "bool";
		case SYDRA_KIND_INT:
			return "int8";
		case SYDRA_KIND_FLOAT:
		case SYDRA_KIND_FLOAT4:
			return "float8";
		case SYDRA_KIND_NULL:
		case SYDRA_KIND_TEXT:
			return "text";
		case SYDRA_KIND_TIME:
			return "timestamptz";
		case SYDRA_KIND_DURATION:
			return "interval";
		case SYDRA_KIND_DATUM:
			return format_type_be(term->typid);
	}
	elog(ERROR, "unknown kind %d", (int) term->kind);
}

/* As ISO has it, with UTC behind it or without a zone. */
static const char *
write_timestamp(int64 time, bool zone)
{
	struct pg_tm tm;
	fsec_t		fsec;
	char		text[MAXDATELEN + 1];

	if (TIMESTAMP_NOT_FINITE(time))
		return TIMESTAMP_IS_NOBEGIN(time) ? "-infinity" : "infinity";
	if (timestamp2tm(time, NULL, &tm, &fsec, NULL, NULL) != 0)
		elog(ERROR, "timestamp out of range");
	tm.tm_isdst = 0;			/* the zone is known */
	EncodeDateTime(&tm, fsec, zone, 0, NULL, USE_ISO_DATES, text);
	return pstrdup(text);
}

SydraSql
sydra_to_sql_time(int64 time)
{
	return sydra_to_sql_make(SYDRA_SQL_ATOM, "timestamptz '%s'", write_timestamp(time, true));
}

static const char *
write_date(DateADT date)
{
	struct pg_tm tm = {0};
	char		text[MAXDATELEN + 1];

	if (DATE_NOT_FINITE(date))
		return DATE_IS_NOBEGIN(date) ? "-infinity" : "infinity";
	j2date(date + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	EncodeDateOnly(&tm, USE_ISO_DATES, text);
	return pstrdup(text);
}

static const char *
count_units(int64 us, bool days)
{
	static const struct
	{
		int64		us;
		const char *name;
	}			units[] = {
		{USECS_PER_DAY, "day"},
		{USECS_PER_HOUR, "hour"},
		{USECS_PER_MINUTE, "minute"},
		{USECS_PER_SEC, "second"},
		{1000, "millisecond"},
		{1, "microsecond"}
	};
	int			unit = days ? 0 : 1;

	while (us % units[unit].us != 0)
		unit++;
	us /= units[unit].us;
	return psprintf("interval '" INT64_FORMAT " %s%s'", us, units[unit].name,
					us == 1 ? "" : "s");
}

const char *
sydra_to_sql_interval(int64 us, int32 months)
{
	if (months != 0)
		return psprintf("interval '%d month%s'", months, months == 1 ? "" : "s");
	return count_units(us, false);
}

const char *
sydra_to_sql_step(int64 us, int32 months)
{
	if (months != 0)
		return sydra_to_sql_interval(us, months);
	return count_units(us, true);
}

static SydraSql
write_number(const char *number, bool negative, const char *type, bool bare)
{
	if (bare)
		return sydra_to_sql_make(negative ? SYDRA_SQL_MINUS : SYDRA_SQL_ATOM, "%s", number);
	return sydra_to_sql_make(SYDRA_SQL_CAST, negative ? "(%s)::%s" : "%s::%s", number, type);
}

static SydraSql
write_real(double value, bool bare)
{
	char		text[DOUBLE_SHORTEST_DECIMAL_LEN];

	if (isnan(value) || isinf(value))
		return sydra_to_sql_make(SYDRA_SQL_CAST, "'%s'::float8",
								 isnan(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
	if (value == 0 && signbit(value))
		return sydra_to_sql_make(SYDRA_SQL_CAST, "'-0'::float8");
	double_to_shortest_decimal_buf(value, text);
	return write_number(text, signbit(value), "float8", bare);
}

SydraSql
sydra_to_sql_constant(const SydraTerm *term, bool bare)
{
	const SydraValue *value = &term->value;

	if (value->isnull)
		return sydra_to_sql_make(SYDRA_SQL_CAST, "NULL::%s", type_name(term));
	switch (term->kind)
	{
		case SYDRA_KIND_BOOL:
			return sydra_to_sql_make(SYDRA_SQL_ATOM, value->boolean ? "true" : "false");
		case SYDRA_KIND_INT:
			return write_number(psprintf(INT64_FORMAT, value->integer), value->integer < 0, "int8",
								bare);
		case SYDRA_KIND_FLOAT:
		case SYDRA_KIND_FLOAT4:
			return write_real(value->real, bare);
		case SYDRA_KIND_TEXT:
			return sydra_to_sql_make(bare ? SYDRA_SQL_ATOM : SYDRA_SQL_CAST,
									 bare ? "%s" : "%s::text",
									 quote_literal_cstr(pnstrdup(value->bytes.data,
																 value->bytes.length)));
		case SYDRA_KIND_TIME:
			return sydra_to_sql_time(value->integer);
		case SYDRA_KIND_DURATION:
			return sydra_to_sql_make(SYDRA_SQL_ATOM, "%s",
									 sydra_to_sql_interval(value->integer, value->months));
		case SYDRA_KIND_NULL:
		case SYDRA_KIND_DATUM:
			break;
	}
	elog(ERROR, "no constant is of kind %d", (int) term->kind);
}

const char *
sydra_to_sql_datum(Oid type, Datum value, bool isnull)
{
	Oid			output;
	bool		is_varlena;
	char	   *text;

	if (isnull)
		return "NULL";
	if (type == TIMESTAMPTZOID)
		return sydra_to_sql_time(DatumGetTimestampTz(value)).text;
	if (type == TIMESTAMPOID)
		return psprintf("timestamp '%s'", write_timestamp(DatumGetTimestamp(value), false));
	if (type == DATEOID)
		return psprintf("date '%s'", write_date(DatumGetDateADT(value)));
	getTypeOutputInfo(type, &output, &is_varlena);
	text = OidOutputFunctionCall(output, value);
	if (type == INT2OID || type == INT4OID || type == INT8OID)
		return text;
	if (type == BOOLOID)
		return DatumGetBool(value) ? "true" : "false";
	if (type == FLOAT8OID && isfinite(DatumGetFloat8(value)))
		return write_real(DatumGetFloat8(value), true).text;
	return quote_literal_cstr(text);
}
