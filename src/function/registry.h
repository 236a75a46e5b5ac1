/*
 * A row of the registry, and what a function is given when it runs.  For function/ and engine/.
 */
#ifndef SYDRA_REGISTRY_H
#define SYDRA_REGISTRY_H

#include "function/function.h"
#include "function/term.h"
#include "store/segment_statistics.h"

#define SYDRA_FUNCTION_ARGUMENTS 5

typedef enum SydraFunctionFlag
{
	SYDRA_FUNCTION_OPERATOR = 1,	/* not for users to call by name */
	SYDRA_FUNCTION_VARIADIC = 2,	/* the last argument's kind again and again */
	SYDRA_FUNCTION_NULLS = 4,	/* sets its own nulls; else a null argument gives null */
	SYDRA_FUNCTION_STABLE = 8, /* not to be folded */
	SYDRA_FUNCTION_ORDER = 16	/* an aggregate with the three hidden arguments */
} SydraFunctionFlag;

/*
 * One evaluation of a scalar.  The vectors of the arguments have call->count rows each, constants
 * too.  Current memory context: the batch's (the results live there); for prepare the query's.
 */
typedef struct SydraCall
{
	const SydraFunction *function;
	int			argument_count;
	const SydraVector **arguments;
	const SydraValue **constants;	/* by argument, NULL where it is no constant */
	void	   *state;			/* what prepare made */

	int			count;			/* rows */
	const uint16 *selected;		/* only these are asked for, and may raise errors; NULL: all */
	int			selected_count; /* count when selected is NULL */

	SydraVector *result;		/* values has room for a batch */
	uint64	   *valid_room;		/* for result->valid, of SYDRA_VALID_WORDS */

	const char *source;			/* for the places of errors */
	int			offset;
} SydraCall;

typedef void (*SydraEvaluate) (SydraCall *call);
typedef void *(*SydraPrepare) (const SydraCall *call);

/* Rows of one group for one aggregate; none is null in the first argument. */
typedef struct SydraAggregateInput
{
	const SydraVector **arguments;
	const uint16 *rows;			/* rows[start .. end) are the rows; NULL: start .. end - 1 are */
	int			start;
	int			end;
	MemoryContext context;		/* what a state points to is allocated here */
	int64		place;			/* of these among rows that come in another order than written, or 0 */
} SydraAggregateInput;

/*
 * A state is state_size zero bytes at first, aligned to 8.  An aggregate of neighbouring samples has
 * no update but a pairing, and its states are of SydraPairTotal.
 */
typedef struct SydraAggregate
{
	int			state_size;
	void		(*update) (void *state, const SydraAggregateInput *input);
	bool		(*result) (const void *state, SydraValue *value);	/* false: null */
	const struct SydraPairing *pairing;
	/* Adds a segment by what is known of it; false, and nothing done: that is not exact.  Or NULL. */
	bool		(*summarize) (void *state, const SydraSegmentStatistics *statistics);
} SydraAggregate;

typedef struct SydraWindow SydraWindow; /* function/window.h */

struct SydraFunction
{
	const char *name;
	SydraFunctionClass class;
	int			required;		/* arguments that must be given */
	int			allowed;		/* that may be given, if not variadic */
	SydraKind	arguments[SYDRA_FUNCTION_ARGUMENTS];	/* NULL: any kind */
	SydraKind	result;			/* NULL: the kind of the first argument */
	int			flags;
	int			constants;		/* bit n: argument n must be a constant */
	SydraEvaluate evaluate;
	SydraPrepare prepare;		/* or NULL; of an aggregate: checks its constants */
	const SydraAggregate *aggregate;
	const SydraWindow *window;
	const char *signature;		/* these three at the first row of a name, else NULL */
	const char *doc;
	const char *example;		/* a call, over a metric with value, n and ok as fields */
};

#endif
