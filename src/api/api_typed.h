/*
 * Typed calls: SELECT * FROM sydraql('...') with the columns of the query.
 */
#ifndef SYDRA_API_TYPED_H
#define SYDRA_API_TYPED_H

/* Called once, from _PG_init(). */
extern void sydra_api_typed_init(void);

/* sydraql_to_recordset(text, jsonb), or InvalidOid where the extension is not installed. */
extern Oid	sydra_api_typed_recordset(void);

#endif
