/*
 * The code behind the registry's rows.  One family a file: sydra_math_* is in math.c, and so on.
 */
#ifndef SYDRA_KERNELS_H
#define SYDRA_KERNELS_H

#include "function/registry.h"

#define SYDRA_KERNEL(name) extern void name(SydraCall *call)
#define SYDRA_COMPARE_KERNELS(word) \
	SYDRA_KERNEL(sydra_compare_##word##_int); \
	SYDRA_KERNEL(sydra_compare_##word##_float); \
	SYDRA_KERNEL(sydra_compare_##word##_text); \
	SYDRA_KERNEL(sydra_compare_##word##_bool)

SYDRA_COMPARE_KERNELS(eq);
SYDRA_COMPARE_KERNELS(ne);
SYDRA_COMPARE_KERNELS(lt);
SYDRA_COMPARE_KERNELS(le);
SYDRA_COMPARE_KERNELS(gt);
SYDRA_COMPARE_KERNELS(ge);

SYDRA_KERNEL(sydra_choose_coalesce);
SYDRA_KERNEL(sydra_choose_greatest);
SYDRA_KERNEL(sydra_choose_if);
SYDRA_KERNEL(sydra_choose_least);
SYDRA_KERNEL(sydra_choose_nullif);

SYDRA_KERNEL(sydra_logic_and);
SYDRA_KERNEL(sydra_logic_in);
SYDRA_KERNEL(sydra_logic_is_null);
SYDRA_KERNEL(sydra_logic_not);
SYDRA_KERNEL(sydra_logic_or);

SYDRA_KERNEL(sydra_math_abs_float);
SYDRA_KERNEL(sydra_math_abs_int);
SYDRA_KERNEL(sydra_math_acos);
SYDRA_KERNEL(sydra_math_add_float);
SYDRA_KERNEL(sydra_math_add_int);
SYDRA_KERNEL(sydra_math_asin);
SYDRA_KERNEL(sydra_math_atan);
SYDRA_KERNEL(sydra_math_atan2);
SYDRA_KERNEL(sydra_math_ceil);
SYDRA_KERNEL(sydra_math_clamp_float);
SYDRA_KERNEL(sydra_math_clamp_int);
SYDRA_KERNEL(sydra_math_cos);
SYDRA_KERNEL(sydra_math_degrees);
SYDRA_KERNEL(sydra_math_divide);
SYDRA_KERNEL(sydra_math_exp);
SYDRA_KERNEL(sydra_math_floor);
SYDRA_KERNEL(sydra_math_identity);
SYDRA_KERNEL(sydra_math_ln);
SYDRA_KERNEL(sydra_math_log10);
SYDRA_KERNEL(sydra_math_log2);
SYDRA_KERNEL(sydra_math_log_base);
SYDRA_KERNEL(sydra_math_mod_float);
SYDRA_KERNEL(sydra_math_mod_int);
SYDRA_KERNEL(sydra_math_multiply_float);
SYDRA_KERNEL(sydra_math_multiply_int);
SYDRA_KERNEL(sydra_math_negate_float);
SYDRA_KERNEL(sydra_math_negate_int);
SYDRA_KERNEL(sydra_math_pow);
SYDRA_KERNEL(sydra_math_radians);
SYDRA_KERNEL(sydra_math_round);
SYDRA_KERNEL(sydra_math_round_to);
SYDRA_KERNEL(sydra_math_sign_float);
SYDRA_KERNEL(sydra_math_sign_int);
SYDRA_KERNEL(sydra_math_sin);
SYDRA_KERNEL(sydra_math_sqrt);
SYDRA_KERNEL(sydra_math_subtract_float);
SYDRA_KERNEL(sydra_math_subtract_int);
SYDRA_KERNEL(sydra_math_tan);
SYDRA_KERNEL(sydra_math_to_float);
SYDRA_KERNEL(sydra_math_trunc);

SYDRA_KERNEL(sydra_text_concat);
SYDRA_KERNEL(sydra_text_of_bool);
SYDRA_KERNEL(sydra_text_of_int);
SYDRA_KERNEL(sydra_text_length);
SYDRA_KERNEL(sydra_text_like);
SYDRA_KERNEL(sydra_text_lower);
SYDRA_KERNEL(sydra_text_matches);
SYDRA_KERNEL(sydra_text_replace);
SYDRA_KERNEL(sydra_text_substr);
SYDRA_KERNEL(sydra_text_upper);

SYDRA_KERNEL(sydra_time_bucket);
SYDRA_KERNEL(sydra_time_date_part);
SYDRA_KERNEL(sydra_time_difference);
SYDRA_KERNEL(sydra_time_minus);
SYDRA_KERNEL(sydra_time_now);
SYDRA_KERNEL(sydra_time_plus);
SYDRA_KERNEL(sydra_time_ratio);
SYDRA_KERNEL(sydra_time_to_epoch);

extern void *sydra_text_matches_prepare(const SydraCall *call);
extern void *sydra_time_bucket_prepare(const SydraCall *call);
extern void *sydra_time_date_part_prepare(const SydraCall *call);

extern void *sydra_aggregate_histogram_check(const SydraCall *call);
extern void *sydra_aggregate_integral_check(const SydraCall *call);
extern void *sydra_aggregate_percentile_check(const SydraCall *call);

extern const SydraAggregate sydra_aggregate_approx_count_distinct;
extern const SydraAggregate sydra_aggregate_approx_percentile;
extern const SydraAggregate sydra_aggregate_avg_float;
extern const SydraAggregate sydra_aggregate_avg_int;
extern const SydraAggregate sydra_aggregate_count;
extern const SydraAggregate sydra_aggregate_delta;
extern const SydraAggregate sydra_aggregate_first_bool;
extern const SydraAggregate sydra_aggregate_first_bytes;
extern const SydraAggregate sydra_aggregate_first_int;
extern const SydraAggregate sydra_aggregate_histogram;
extern const SydraAggregate sydra_aggregate_increase;
extern const SydraAggregate sydra_aggregate_integral;
extern const SydraAggregate sydra_aggregate_irate;
extern const SydraAggregate sydra_aggregate_last_bool;
extern const SydraAggregate sydra_aggregate_last_bytes;
extern const SydraAggregate sydra_aggregate_last_int;
extern const SydraAggregate sydra_aggregate_max_float;
extern const SydraAggregate sydra_aggregate_max_int;
extern const SydraAggregate sydra_aggregate_max_text;
extern const SydraAggregate sydra_aggregate_max_time_float;
extern const SydraAggregate sydra_aggregate_max_time_int;
extern const SydraAggregate sydra_aggregate_median;
extern const SydraAggregate sydra_aggregate_min_float;
extern const SydraAggregate sydra_aggregate_min_int;
extern const SydraAggregate sydra_aggregate_min_text;
extern const SydraAggregate sydra_aggregate_min_time_float;
extern const SydraAggregate sydra_aggregate_min_time_int;
extern const SydraAggregate sydra_aggregate_mode_bool;
extern const SydraAggregate sydra_aggregate_mode_float;
extern const SydraAggregate sydra_aggregate_mode_int;
extern const SydraAggregate sydra_aggregate_mode_text;
extern const SydraAggregate sydra_aggregate_percentile;
extern const SydraAggregate sydra_aggregate_rate;
extern const SydraAggregate sydra_aggregate_spread_float;
extern const SydraAggregate sydra_aggregate_spread_int;
extern const SydraAggregate sydra_aggregate_stddev;
extern const SydraAggregate sydra_aggregate_stddev_pop;
extern const SydraAggregate sydra_aggregate_sum_float;
extern const SydraAggregate sydra_aggregate_sum_int;
extern const SydraAggregate sydra_aggregate_time_weighted_avg;
extern const SydraAggregate sydra_aggregate_var_pop;
extern const SydraAggregate sydra_aggregate_variance;

/* A row of the result becomes null. */
extern void sydra_call_set_null(SydraCall *call, int row);

#endif
