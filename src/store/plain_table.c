/*
 * plain_table.c
 *	  Which columns of somebody else's table are time and tags.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"
#include "utils/rel.h"

#include "store/plain_table.h"
#include "store/table_config.h"

/* Where several columns could be the time. */
static const char *const time_names[] = {"time", "ts", "timestamp"};

static SydraTableColumn *
find_configured(SydraTable *table, Relation rel, const char *name)
{
	const SydraTableColumn *column = sydra_table_column_by_name(table, name);

	if (column == NULL)
		ereport(ERROR,
				errcode(ERRCODE_UNDEFINED_COLUMN),
				errmsg("column \"%s\" of \"%s\", which sydra.configure() was told of, does not "
					   "exist", name, RelationGetRelationName(rel)),
				errhint("Say anew with sydra.configure() which columns are time and tags."));
	return unconstify(SydraTableColumn *, column);
}

/* The only column that can be it, or the first of the names that stands for it. */
static SydraTableColumn *
find_time(SydraTable *table)
{
	SydraTableColumn *only = NULL;
	SydraTableColumn *named = NULL;
	int			best = lengthof(time_names);
	int			count = 0;

	for (int i = 0; i < table->column_count; i++)
	{
		SydraTableColumn *column = &table->columns[i];

		if (column->basetype != TIMESTAMPTZOID)
			continue;
		count++;
		only = column;
		for (int name = 0; name < best; name++)
			if (strcmp(NameStr(column->name), time_names[name]) == 0)
			{
				named = column;
				best = name;
			}
	}
	return count == 1 ? only : named;
}

static bool
has_tags(const SydraTable *table)
{
	for (int i = 0; i < table->column_count; i++)
		if (table->columns[i].role == SYDRA_ROLE_TAG || table->columns[i].role == SYDRA_ROLE_TAGS)
			return true;
	return false;
}

bool
sydra_plain_table_has_time(Relation rel)
{
	SydraTable *table = sydra_table_describe(rel);
	SydraTableConfig config;
	const SydraTableColumn *time;
	ListCell   *cell;

	sydra_table_config_read(rel, &config);
	foreach(cell, config.tags)
		if (sydra_table_column_by_name(table, lfirst(cell)) == NULL)
			return false;
	time = config.time ? sydra_table_column_by_name(table, config.time) : find_time(table);
	return time != NULL && time->basetype == TIMESTAMPTZOID;
}

SydraTable *
sydra_plain_table_describe(Relation rel)
{
	SydraTable *table = sydra_table_describe(rel);
	SydraTableConfig config;
	SydraTableColumn *time;
	ListCell   *cell;

	table->plain = true;
	table->time_attnum = 0;
	sydra_table_config_read(rel, &config);
	for (int i = 0; i < table->column_count; i++)
	{
		SydraTableColumn *column = &table->columns[i];

		if (column->role == SYDRA_ROLE_TIME || (config.has_tags && column->role == SYDRA_ROLE_TAG))
			column->role = SYDRA_ROLE_FIELD;
	}
	time = config.time ? find_configured(table, rel, config.time) : find_time(table);
	if (time != NULL && time->basetype == TIMESTAMPTZOID)
	{
		time->role = SYDRA_ROLE_TIME;
		table->time_attnum = time->attnum;
	}
	foreach(cell, config.tags)
		find_configured(table, rel, lfirst(cell))->role = SYDRA_ROLE_TAG;
	table->guesses_tags = !config.has_tags && !has_tags(table);
	return table;
}
