/*
 * Metrics by name: finding them, and making them.
 */
#ifndef SYDRA_API_METRIC_H
#define SYDRA_API_METRIC_H

/* cpu.usage is the table usage in the schema cpu; one part alone is looked up on search_path. */
typedef struct SydraMetricName
{
	char	   *schema;			/* NULL: search_path */
	char	   *table;
} SydraMetricName;

/* What is wrong with the name, as a message, or NULL when it was split. */
extern const char *sydra_metric_split(const char *text, SydraMetricName *name);

/* InvalidOid when there is no such table or the user may not look into its schema. */
extern Oid	sydra_metric_find(const SydraMetricName *name);

/*
 * Makes a native metric, or gives the one that another session has made meanwhile.  Needs SPI and
 * whatever privileges CREATE TABLE and CREATE SCHEMA need.
 */
extern Oid	sydra_metric_create(const SydraMetricName *name);

/* "cpu"."usage", as it can stand in an SQL text. */
extern char *sydra_metric_quote(Oid relid);

#endif
