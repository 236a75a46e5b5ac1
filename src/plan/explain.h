/*
 * A plan as text, the same for the same plan.
 */
#ifndef SYDRA_EXPLAIN_H
#define SYDRA_EXPLAIN_H

#include "plan/plan.h"

/* Lines separated by \n, none after the last. */
extern char *sydra_explain_text(const SydraPlan *plan);
extern char *sydra_explain_deletion(const SydraPlan *rows, const char *metric);
extern char *sydra_explain_insertion(const SydraInsertion *insertion);

/* An expression over the columns, as the language would write it. */
extern char *sydra_explain_term(const SydraTerm *term, const SydraPlanColumn *columns);

#endif
