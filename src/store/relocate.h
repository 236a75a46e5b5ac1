/*
 * Taking a table's segments along when its files are written anew.
 */
#ifndef SYDRA_RELOCATE_H
#define SYDRA_RELOCATE_H

#include "store/store.h"

/*
 * Copies marker and chunks from the TOAST relation of one table to that of another, which will take
 * its place: storage id, chunk ids and addresses stay.  Both are locked exclusively.  Gives the
 * number of sealed rows.
 */
extern double sydra_relocate_segments(Relation source, Relation target, const SydraStore *store,
									  TransactionId oldest_xmin);

#endif
