/*
 * Every setting of the extension.  The table in setting.c gives range, unit, default and text.
 */
#ifndef SYDRA_SETTING_H
#define SYDRA_SETTING_H

typedef enum SydraEpochUnit
{
	SYDRA_EPOCH_S,
	SYDRA_EPOCH_MS,
	SYDRA_EPOCH_US,
	SYDRA_EPOCH_NS
} SydraEpochUnit;

/* Language */
extern int	sydra_setting_max_query_length; /* bytes */
extern int	sydra_setting_epoch_unit;	/* SydraEpochUnit */
extern bool sydra_setting_require_time_range;
extern int	sydra_setting_max_points;
extern int	sydra_setting_max_series;
extern int	sydra_setting_max_query_duration;	/* ms */
extern int	sydra_setting_query_mem;	/* kB */
extern bool sydra_setting_auto_create_metrics;

/* The optimiser's rules, in its order; some may be switched off by sydraql.disabled_rules. */
#define SYDRA_SETTING_RULES 10

extern const char *sydra_setting_rule_name(int rule);
extern bool sydra_setting_rule_is_disabled(int rule);

/* Plain SQL */
extern bool sydra_setting_enable_scan;

/* Reading, in SQL and sydraQL */
extern bool sydra_setting_skip_damaged; /* see sydra_salvage_wanted() */

/* Sealing and workers */
extern bool sydra_setting_auto_seal;
extern int	sydra_setting_seal_delay;	/* s: younger rows stay in the head */
extern int	sydra_setting_seal_min_pages;	/* head pages below which nothing is sealed */
extern int	sydra_setting_seal_batch_rows;	/* rows in one sealing transaction */
extern int	sydra_setting_seal_max_delay;	/* ms: how long a seal waits for the gate */
extern int	sydra_setting_seal_max_horizon_age; /* transactions */
extern int	sydra_setting_max_workers;

/* COPY */
extern bool sydra_setting_direct_ingest;
extern int	sydra_setting_direct_min_rows;	/* fewer rows of one COPY go into the head */

/* Called once, from _PG_init(). */
extern void sydra_setting_define(void);

#endif
