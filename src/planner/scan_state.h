/*
 * Runs a SydraScan.
 *
 * The plan's custom_exprs are three lists: comparisons with the time column at the left, conditions
 * over tags, and comparisons with a column of numbers at the left; custom_private is a list of the
 * integers below.
 */
#ifndef SYDRA_SCAN_STATE_H
#define SYDRA_SCAN_STATE_H

#include "nodes/extensible.h"

/* custom_private, by position. */
typedef enum SydraScanPrivate
{
	SYDRA_SCAN_TIME,			/* attnum of the time column, 0 when it is of no use */
	SYDRA_SCAN_UNSEEN,			/* see SydraCursorSpec.filter_unseen */
	SYDRA_SCAN_WHOLE			/* a DELETE that may drop segments as a whole */
} SydraScanPrivate;

extern const CustomScanMethods sydra_scan_state_methods;

#endif
