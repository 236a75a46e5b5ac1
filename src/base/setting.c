/*
 * setting.c
 *	  All settings: tables of the booleans and the integers, and below them the two that are neither.
 */
#include "postgres.h"

#include <limits.h>

#include "nodes/pg_list.h"
#include "utils/guc.h"
#include "utils/varlena.h"

#include "base/compat.h"
#include "base/setting.h"

int			sydra_setting_max_query_length = 256 * 1024;
int			sydra_setting_epoch_unit = SYDRA_EPOCH_S;
bool		sydra_setting_require_time_range = true;
int			sydra_setting_max_points = 1000000;
int			sydra_setting_max_series = 100000;
int			sydra_setting_max_query_duration = 30000;
int			sydra_setting_query_mem = 64 * 1024;
bool		sydra_setting_auto_create_metrics = true;
bool		sydra_setting_enable_scan = true;
bool		sydra_setting_skip_damaged = false;
bool		sydra_setting_auto_seal = true;
int			sydra_setting_seal_delay = 60;
int			sydra_setting_seal_min_pages = 128;
int			sydra_setting_seal_batch_rows = 1000000;
int			sydra_setting_seal_max_delay = 1000;
int			sydra_setting_seal_max_horizon_age = 10000000;
int			sydra_setting_max_workers = 2;
bool		sydra_setting_direct_ingest = true;
int			sydra_setting_direct_min_rows = 65536;

static char *disabled_rules = NULL;	/* the text of the setting */
static int	disabled_rule_bits = 0;

static const char *const rule_names[SYDRA_SETTING_RULES] = {
	"constant_folding",
	"boolean_simplification",
	"time_merging",
	"time_pushdown",
	"tag_pushdown",
	"value_pushdown",
	"projection_pruning",
	"limit_pushdown",
	"last_point",
	"segment_statistics",
};

static const struct config_enum_entry epoch_units[] = {
	{"s", SYDRA_EPOCH_S, false},
	{"ms", SYDRA_EPOCH_MS, false},
	{"us", SYDRA_EPOCH_US, false},
	{"ns", SYDRA_EPOCH_NS, false},
	{NULL, 0, false}
};

static const struct
{
	const char *name;
	const char *text;
	bool	   *value;
	bool		initial;
	GucContext	context;
}			booleans[] = {
	{"sydraql.require_time_range", "Refuses a sydraQL SELECT whose time has no lower bound.",
	&sydra_setting_require_time_range, true, PGC_USERSET},
	{"sydraql.auto_create_metrics",
		"Lets sydraQL INSERT and the ingest functions make a metric on first use.",
	&sydra_setting_auto_create_metrics, true, PGC_USERSET},
	{"sydraql.enable_scan", "Enables the planner's use of SydraScan plans.",
	&sydra_setting_enable_scan, true, PGC_USERSET},
	{"sydraql.skip_damaged", "Lets queries leave out damaged segments, with a warning for each.",
	&sydra_setting_skip_damaged, false, PGC_USERSET},
	{"sydraql.auto_seal", "Lets background workers seal and merge tables.",
	&sydra_setting_auto_seal, true, PGC_SIGHUP},
	{"sydraql.direct_ingest", "Lets COPY, the ingest functions and rewrites write segments without passing through the head.",
	&sydra_setting_direct_ingest, true, PGC_USERSET},
};

static const struct
{
	const char *name;
	const char *text;
	int		   *value;
	int			initial;
	int			min;
	int			max;
	GucContext	context;
	int			unit;
}			integers[] = {
	{"sydraql.max_query_length", "Longest sydraQL text accepted.",
	&sydra_setting_max_query_length, 256 * 1024, 1024, 64 * 1024 * 1024, PGC_USERSET, GUC_UNIT_BYTE},
	{"sydraql.max_points", "Most rows that one sydraQL query may return.",
	&sydra_setting_max_points, 1000000, 1, INT_MAX, PGC_USERSET, 0},
	{"sydraql.max_series", "Most series that one sydraQL query may match.",
	&sydra_setting_max_series, 100000, 1, INT_MAX, PGC_USERSET, 0},
	{"sydraql.max_query_duration", "Longest time that one sydraQL query may run; 0 means no limit.",
	&sydra_setting_max_query_duration, 30000, 0, INT_MAX, PGC_USERSET, GUC_UNIT_MS},
	{"sydraql.query_mem", "Memory that one sydraQL query may use.",
	&sydra_setting_query_mem, 64 * 1024, 1024, MAX_KILOBYTES, PGC_USERSET, GUC_UNIT_KB},
	{"sydraql.seal_delay", "Age below which the workers leave rows in the head.",
	&sydra_setting_seal_delay, 60, 0, INT_MAX, PGC_SIGHUP, GUC_UNIT_S},
	{"sydraql.seal_min_pages", "Size of the head below which the workers seal nothing, in pages.",
	&sydra_setting_seal_min_pages, 128, 0, INT_MAX, PGC_SIGHUP, GUC_UNIT_BLOCKS},
	{"sydraql.seal_batch_rows", "Most rows sealed in one transaction.",
	&sydra_setting_seal_batch_rows, 1000000, 1024, 4000000, PGC_USERSET, 0},
	{"sydraql.seal_max_delay", "Longest wait of a seal or merge for running UPDATE and DELETE statements.",
	&sydra_setting_seal_max_delay, 1000, 0, 3600000, PGC_USERSET, GUC_UNIT_MS},
	{"sydraql.seal_max_horizon_age",
		"Age of the oldest snapshot above which the workers seal nothing, in transactions.",
	&sydra_setting_seal_max_horizon_age, 10000000, 1000, INT_MAX, PGC_SIGHUP, 0},
	{"sydraql.max_workers", "Most background workers at one time in the cluster.",
	&sydra_setting_max_workers, 2, 0, 64, PGC_SIGHUP, 0},
	{"sydraql.direct_min_rows", "Rows of one COPY, ingest call or rewrite below which they go into the head.",
	&sydra_setting_direct_min_rows, 65536, 1, 256 * 1024, PGC_USERSET, 0},
};

const char *
sydra_setting_rule_name(int rule)
{
	return rule_names[rule];
}

bool
sydra_setting_rule_is_disabled(int rule)
{
	return (disabled_rule_bits & (1 << rule)) != 0;
}

/* A list of rules, as bits. */
static bool
check_disabled_rules(char **value, void **extra, GucSource source)
{
	char	   *text = pstrdup(*value);
	List	   *names;
	ListCell   *cell;
	int			bits = 0;

	if (!SplitIdentifierString(text, ',', &names))
	{
		GUC_check_errdetail("List syntax is invalid.");
		return false;
	}
	foreach(cell, names)
	{
		int			rule = 0;

		while (rule < SYDRA_SETTING_RULES && strcmp(rule_names[rule], lfirst(cell)) != 0)
			rule++;
		if (rule == SYDRA_SETTING_RULES)
		{
			GUC_check_errdetail("There is no rule \"%s\".", (char *) lfirst(cell));
			return false;
		}
		bits |= 1 << rule;
	}
	*extra = guc_malloc(LOG, sizeof(int));
	if (*extra == NULL)
		return false;
	*(int *) *extra = bits;
	return true;
}

static void
assign_disabled_rules(const char *value, void *extra)
{
	disabled_rule_bits = *(int *) extra;
}

void
sydra_setting_define(void)
{
	for (int i = 0; i < lengthof(booleans); i++)
		DefineCustomBoolVariable(booleans[i].name, booleans[i].text, NULL, booleans[i].value,
								 booleans[i].initial, booleans[i].context, 0, NULL, NULL, NULL);
	for (int i = 0; i < lengthof(integers); i++)
		DefineCustomIntVariable(integers[i].name, integers[i].text, NULL, integers[i].value,
								integers[i].initial, integers[i].min, integers[i].max,
								integers[i].context, integers[i].unit, NULL, NULL, NULL);
	DefineCustomEnumVariable("sydraql.epoch_unit",
							 "Unit of an integer that is compared with time.", NULL,
							 &sydra_setting_epoch_unit, SYDRA_EPOCH_S, epoch_units,
							 PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("sydraql.disabled_rules",
							   "Rules that the optimiser does not apply, separated by commas.", NULL,
							   &disabled_rules, "", PGC_USERSET, GUC_LIST_INPUT,
							   check_disabled_rules, assign_disabled_rules, NULL);
	MarkGUCPrefixReserved("sydraql");
}
