/*
 * SydraQuery: a constant sydraQL SELECT in FROM, row by row.
 */
#ifndef SYDRA_API_STREAM_H
#define SYDRA_API_STREAM_H

/* Installs the hook and registers the node.  Called once, from _PG_init(). */
extern void sydra_api_stream_init(void);

#endif
