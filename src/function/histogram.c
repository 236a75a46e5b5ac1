/*
 * histogram.c
 *	  Counts of values in ranges of equal width.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_type_d.h"
#include "utils/array.h"

#include "function/histogram.h"

const char *
sydra_histogram_fault(double low, double high, int64 ranges)
{
	if (!isfinite(low) || !isfinite(high) || !(low < high))
		return "the lower bound of \"histogram\" must be finite and below the upper one";
	if (ranges < 1 || ranges > SYDRA_HISTOGRAM_MOST)
		return "\"histogram\" takes 1 to 10000 ranges";
	return NULL;
}

void
sydra_histogram_open(SydraHistogram *histogram, double low, double high, int64 ranges,
					 MemoryContext context)
{
	histogram->low = low;
	histogram->high = high;
	histogram->ranges = ranges;
	histogram->counts = MemoryContextAllocZero(context, sizeof(int64) * (ranges + 2));
}

int
sydra_histogram_place(const SydraHistogram *histogram, double value)
{
	double		low = histogram->low * 0.5;
	double		share;

	if (value < histogram->low)
		return 0;
	if (!(value < histogram->high))
		return histogram->ranges + 1;
	/* Of halves, because the width may be more than a float8 holds. */
	share = (value * 0.5 - low) / (histogram->high * 0.5 - low);
	return 1 + (int) Min(share * (double) histogram->ranges, (double) (histogram->ranges - 1));
}

Datum
sydra_histogram_array(const SydraHistogram *histogram)
{
	int			count = histogram->ranges + 2;
	Datum	   *elements = palloc(sizeof(Datum) * count);

	for (int i = 0; i < count; i++)
		elements[i] = Int64GetDatum(histogram->counts[i]);
	return PointerGetDatum(construct_array(elements, count, INT8OID, sizeof(int64),
										   FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}
