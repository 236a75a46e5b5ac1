/*
 * The access method as the library's entry point sees it.  SQL sees sydra.tableam_handler.
 */
#ifndef SYDRA_AM_H
#define SYDRA_AM_H

/* Installs the executor's and the catalog's hooks.  Called once, from _PG_init(). */
extern void sydra_am_init(void);

#endif
