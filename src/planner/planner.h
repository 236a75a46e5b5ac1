/*
 * The planner's part in plain SQL: a SydraScan beside each sequential scan of a sydra table.
 */
#ifndef SYDRA_PLANNER_H
#define SYDRA_PLANNER_H

/* Installs the hook and registers the nodes.  Called once, from _PG_init(). */
extern void sydra_planner_init(void);

#endif
