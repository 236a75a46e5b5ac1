/*
 * registry.c
 *	  The table of all functions, and how a call finds its row.
 *
 * A name may have several rows, one for each combination of kinds that has code of its own.  Of the
 * rows that the arguments fit, after widening integers and giving kinds to nulls, the one that
 * widens least wins, the first on a tie.
 */
#include "postgres.h"

#include "catalog/pg_type_d.h"

#include "base/error.h"
#include "function/kernels.h"
#include "function/registry.h"
#include "function/window.h"

#define B SYDRA_KIND_BOOL
#define I SYDRA_KIND_INT
#define F SYDRA_KIND_FLOAT
#define X SYDRA_KIND_TEXT
#define T SYDRA_KIND_TIME
#define D SYDRA_KIND_DURATION
#define ANY SYDRA_KIND_NULL
#define SAME SYDRA_KIND_NULL

#define KINDS(...) {__VA_ARGS__}

/* A scalar with a fixed number of arguments. */
#define SCALAR(name, number, kinds, result, evaluate, ...) \
	{name, SYDRA_FUNCTION_SCALAR, number, number, KINDS kinds, result, 0, 0, \
	evaluate, NULL, NULL, NULL, __VA_ARGS__}

/* Another combination of kinds for the name above. */
#define ALSO(name, number, kinds, result, evaluate) \
	SCALAR(name, number, kinds, result, evaluate, NULL, NULL)

/* Any number of arguments of one kind, from required on. */
#define MANY(name, required, kind, evaluate, ...) \
	{name, SYDRA_FUNCTION_SCALAR, required, required, {kind, kind, kind, kind}, kind, \
	SYDRA_FUNCTION_VARIADIC | SYDRA_FUNCTION_NULLS, 0, evaluate, NULL, NULL, NULL, __VA_ARGS__}

/* Everything said. */
#define FULL(name, required, allowed, kinds, result, flags, constants, evaluate, prepare, ...) \
	{name, SYDRA_FUNCTION_SCALAR, required, allowed, KINDS kinds, result, flags, constants, \
	evaluate, prepare, NULL, NULL, __VA_ARGS__}

#define OPERATOR(name, number, kinds, result, evaluate) \
	{name, SYDRA_FUNCTION_SCALAR, number, number, KINDS kinds, result, SYDRA_FUNCTION_OPERATOR, 0, \
	evaluate}

#define COMPARISON(name, word) \
	OPERATOR(name, 2, (I, I), B, sydra_compare_##word##_int), \
	OPERATOR(name, 2, (F, F), B, sydra_compare_##word##_float), \
	OPERATOR(name, 2, (X, X), B, sydra_compare_##word##_text), \
	OPERATOR(name, 2, (T, T), B, sydra_compare_##word##_int), \
	OPERATOR(name, 2, (D, D), B, sydra_compare_##word##_int), \
	OPERATOR(name, 2, (B, B), B, sydra_compare_##word##_bool)

#define MEMBER(kind, evaluate) \
	{"in", SYDRA_FUNCTION_SCALAR, 2, 2, {kind, kind, kind, kind}, B, \
	SYDRA_FUNCTION_OPERATOR | SYDRA_FUNCTION_VARIADIC | SYDRA_FUNCTION_NULLS, ~1, \
	evaluate}

#define AGGREGATE(name, number, kinds, result, flags, aggregate, ...) \
	{name, SYDRA_FUNCTION_AGGREGATE, number, number, KINDS kinds, result, flags, 0, \
	NULL, NULL, aggregate, NULL, __VA_ARGS__}

/* The arguments in constants are the same for all rows. */
#define WINDOW(name, required, allowed, kinds, result, constants, window, ...) \
	{name, SYDRA_FUNCTION_WINDOW, required, allowed, KINDS kinds, result, 0, constants, \
	NULL, NULL, NULL, window, __VA_ARGS__}

/* For each kind that is held in a word, and for bytes. */
#define WINDOW_ANY(name, required, allowed, constants, word, bytes, ...) \
	WINDOW(name, required, allowed, (B, I), SAME, constants, word, __VA_ARGS__), \
	WINDOW(name, required, allowed, (I, I), SAME, constants, word, NULL, NULL), \
	WINDOW(name, required, allowed, (F, I), SAME, constants, word, NULL, NULL), \
	WINDOW(name, required, allowed, (T, I), SAME, constants, word, NULL, NULL), \
	WINDOW(name, required, allowed, (D, I), SAME, constants, word, NULL, NULL), \
	WINDOW(name, required, allowed, (ANY, I), SAME, constants, bytes, NULL, NULL)

/* Under both of its names. */
#define RUNNING(name, short_name, kinds, result, window, signature, ...) \
	WINDOW(name, 1, 1, kinds, result, 0, window, signature, __VA_ARGS__), \
	WINDOW(short_name, 1, 1, kinds, result, 0, window, \
		   signature ? short_name "(x)" : NULL, signature ? "The same as " name "." : NULL, \
		   signature ? short_name "(value)" : NULL)

static const SydraFunction functions[] = {
	/* Operators */
	OPERATOR("+", 2, (I, I), I, sydra_math_add_int),
	OPERATOR("+", 2, (F, F), F, sydra_math_add_float),
	FULL("+", 2, 2, (T, D), T, SYDRA_FUNCTION_OPERATOR, 0, sydra_time_plus, NULL, NULL, NULL),
	FULL("+", 2, 2, (D, T), T, SYDRA_FUNCTION_OPERATOR, 0, sydra_time_plus, NULL, NULL, NULL),
	OPERATOR("+", 2, (D, D), D, sydra_math_add_int),
	OPERATOR("-", 2, (I, I), I, sydra_math_subtract_int),
	OPERATOR("-", 2, (F, F), F, sydra_math_subtract_float),
	FULL("-", 2, 2, (T, D), T, SYDRA_FUNCTION_OPERATOR, 0, sydra_time_minus, NULL, NULL, NULL),
	OPERATOR("-", 2, (T, T), D, sydra_time_difference),
	OPERATOR("-", 2, (D, D), D, sydra_math_subtract_int),
	OPERATOR("*", 2, (I, I), I, sydra_math_multiply_int),
	OPERATOR("*", 2, (F, F), F, sydra_math_multiply_float),
	OPERATOR("*", 2, (D, I), D, sydra_math_multiply_int),
	OPERATOR("*", 2, (I, D), D, sydra_math_multiply_int),
	OPERATOR("/", 2, (F, F), F, sydra_math_divide),
	OPERATOR("/", 2, (D, D), F, sydra_time_ratio),
	OPERATOR("%", 2, (I, I), I, sydra_math_mod_int),
	OPERATOR("%", 2, (F, F), F, sydra_math_mod_float),
	OPERATOR("neg", 1, (I), I, sydra_math_negate_int),
	OPERATOR("neg", 1, (F), F, sydra_math_negate_float),
	OPERATOR("neg", 1, (D), D, sydra_math_negate_int),
	COMPARISON("=", eq),
	COMPARISON("!=", ne),
	COMPARISON("<", lt),
	COMPARISON("<=", le),
	COMPARISON(">", gt),
	COMPARISON(">=", ge),
	FULL("and", 2, 2, (B, B, B, B), B, SYDRA_FUNCTION_OPERATOR | SYDRA_FUNCTION_VARIADIC |
		 SYDRA_FUNCTION_NULLS, 0, sydra_logic_and, NULL, NULL, NULL),
	FULL("or", 2, 2, (B, B, B, B), B, SYDRA_FUNCTION_OPERATOR | SYDRA_FUNCTION_VARIADIC |
		 SYDRA_FUNCTION_NULLS, 0, sydra_logic_or, NULL, NULL, NULL),
	OPERATOR("not", 1, (B), B, sydra_logic_not),
	FULL("is null", 1, 1, (ANY), B, SYDRA_FUNCTION_OPERATOR | SYDRA_FUNCTION_NULLS, 0,
		 sydra_logic_is_null, NULL, NULL, NULL),
	MEMBER(I, sydra_logic_in),
	MEMBER(F, sydra_logic_in),
	MEMBER(X, sydra_logic_in),
	MEMBER(T, sydra_logic_in),
	MEMBER(D, sydra_logic_in),
	MEMBER(B, sydra_logic_in),
	FULL("like", 2, 2, (X, X), B, SYDRA_FUNCTION_OPERATOR, 2, sydra_text_like, NULL, NULL, NULL),
	FULL("=~", 2, 3, (X, X, X), B, SYDRA_FUNCTION_OPERATOR, 6,
		 sydra_text_matches, sydra_text_matches_prepare, NULL, NULL),
	OPERATOR("to_float", 1, (I), F, sydra_math_to_float),
	OPERATOR("to_text", 1, (I), X, sydra_text_of_int),
	OPERATOR("to_text", 1, (B), X, sydra_text_of_bool),

	/* Numbers */
	SCALAR("abs", 1, (I), I, sydra_math_abs_int, "abs(x)", "The value without its sign.",
		   "abs(value)"),
	ALSO("abs", 1, (F), F, sydra_math_abs_float),
	SCALAR("ceil", 1, (F), F, sydra_math_ceil, "ceil(x)", "The nearest integer not below x.",
		   "ceil(value)"),
	ALSO("ceil", 1, (I), I, sydra_math_identity),
	SCALAR("floor", 1, (F), F, sydra_math_floor, "floor(x)", "The nearest integer not above x.",
		   "floor(value)"),
	ALSO("floor", 1, (I), I, sydra_math_identity),
	SCALAR("round", 1, (F), F, sydra_math_round, "round(x [, n])",
		   "The nearest integer, or the nearest value of n decimals; halves go to the even integer, "
		   "with n away from zero.", "round(value, 2)"),
	ALSO("round", 1, (I), I, sydra_math_identity),
	ALSO("round", 2, (F, I), F, sydra_math_round_to),
	SCALAR("trunc", 1, (F), F, sydra_math_trunc, "trunc(x)", "The integer part.", "trunc(value)"),
	ALSO("trunc", 1, (I), I, sydra_math_identity),
	SCALAR("sign", 1, (I), I, sydra_math_sign_int, "sign(x)", "-1, 0 or 1.", "sign(value)"),
	ALSO("sign", 1, (F), F, sydra_math_sign_float),
	SCALAR("pow", 2, (F, F), F, sydra_math_pow, "pow(x, y)", "x raised to the power y.",
		   "pow(value, 2)"),
	SCALAR("sqrt", 1, (F), F, sydra_math_sqrt, "sqrt(x)", "The square root; null below 0.",
		   "sqrt(value)"),
	SCALAR("exp", 1, (F), F, sydra_math_exp, "exp(x)", "e raised to the power x.",
		   "exp(value / 100)"),
	SCALAR("ln", 1, (F), F, sydra_math_ln, "ln(x)", "The natural logarithm; null unless x > 0.",
		   "ln(value)"),
	SCALAR("log", 1, (F), F, sydra_math_log10, "log(x [, base])",
		   "The logarithm, to base 10 unless a base is given; null unless x > 0.",
		   "log(value, 2)"),
	ALSO("log", 2, (F, F), F, sydra_math_log_base),
	SCALAR("log2", 1, (F), F, sydra_math_log2, "log2(x)",
		   "The logarithm to base 2; null unless x > 0.", "log2(value)"),
	SCALAR("log10", 1, (F), F, sydra_math_log10, "log10(x)",
		   "The logarithm to base 10; null unless x > 0.", "log10(value)"),
	SCALAR("sin", 1, (F), F, sydra_math_sin, "sin(x)", "The sine of x radians.",
		   "sin(radians(value))"),
	SCALAR("cos", 1, (F), F, sydra_math_cos, "cos(x)", "The cosine of x radians.",
		   "cos(radians(value))"),
	SCALAR("tan", 1, (F), F, sydra_math_tan, "tan(x)", "The tangent of x radians.",
		   "tan(radians(value))"),
	SCALAR("asin", 1, (F), F, sydra_math_asin, "asin(x)",
		   "The angle in radians whose sine is x; null outside [-1, 1].", "asin(value / 100)"),
	SCALAR("acos", 1, (F), F, sydra_math_acos, "acos(x)",
		   "The angle in radians whose cosine is x; null outside [-1, 1].", "acos(value / 100)"),
	SCALAR("atan", 1, (F), F, sydra_math_atan, "atan(x)",
		   "The angle in radians whose tangent is x.", "atan(value)"),
	SCALAR("atan2", 2, (F, F), F, sydra_math_atan2, "atan2(y, x)",
		   "The angle in radians of the point (x, y).", "atan2(value, 2)"),
	SCALAR("degrees", 1, (F), F, sydra_math_degrees, "degrees(x)", "Radians in degrees.",
		   "degrees(value)"),
	SCALAR("radians", 1, (F), F, sydra_math_radians, "radians(x)", "Degrees in radians.",
		   "radians(value)"),
	SCALAR("mod", 2, (I, I), I, sydra_math_mod_int, "mod(x, y)",
		   "What is left of x divided by y, with the sign of x; null when y is 0.",
		   "mod(value, 10)"),
	ALSO("mod", 2, (F, F), F, sydra_math_mod_float),
	SCALAR("clamp", 3, (I, I, I), I, sydra_math_clamp_int, "clamp(x, lo, hi)",
		   "x, but at least lo and at most hi.", "clamp(value, 0, 100)"),
	ALSO("clamp", 3, (F, F, F), F, sydra_math_clamp_float),

	/* Any kind */
	MANY("greatest", 1, I, sydra_choose_greatest, "greatest(x, ...)",
		 "The greatest of the arguments that are not null.", "greatest(value, 0)"),
	MANY("greatest", 1, F, sydra_choose_greatest, NULL, NULL),
	MANY("greatest", 1, X, sydra_choose_greatest, NULL, NULL),
	MANY("greatest", 1, T, sydra_choose_greatest, NULL, NULL),
	MANY("greatest", 1, D, sydra_choose_greatest, NULL, NULL),
	MANY("least", 1, I, sydra_choose_least, "least(x, ...)",
		 "The least of the arguments that are not null.", "least(value, 100)"),
	MANY("least", 1, F, sydra_choose_least, NULL, NULL),
	MANY("least", 1, X, sydra_choose_least, NULL, NULL),
	MANY("least", 1, T, sydra_choose_least, NULL, NULL),
	MANY("least", 1, D, sydra_choose_least, NULL, NULL),
	MANY("coalesce", 1, I, sydra_choose_coalesce, "coalesce(x, ...)",
		 "The first of the arguments that is not null.", "coalesce(value, 0)"),
	MANY("coalesce", 1, F, sydra_choose_coalesce, NULL, NULL),
	MANY("coalesce", 1, X, sydra_choose_coalesce, NULL, NULL),
	MANY("coalesce", 1, T, sydra_choose_coalesce, NULL, NULL),
	MANY("coalesce", 1, D, sydra_choose_coalesce, NULL, NULL),
	MANY("coalesce", 1, B, sydra_choose_coalesce, NULL, NULL),
#define NULLIF(kind, ...) \
	FULL("nullif", 2, 2, (kind, kind), kind, SYDRA_FUNCTION_NULLS, 0, sydra_choose_nullif, NULL, \
		 __VA_ARGS__)
	NULLIF(I, "nullif(x, y)", "Null when x equals y, else x.", "nullif(value, 0)"),
	NULLIF(F, NULL, NULL),
	NULLIF(X, NULL, NULL),
	NULLIF(T, NULL, NULL),
	NULLIF(D, NULL, NULL),
	NULLIF(B, NULL, NULL),
#define IF(kind, ...) \
	FULL("if", 3, 3, (B, kind, kind), kind, SYDRA_FUNCTION_NULLS, 0, sydra_choose_if, NULL, \
		 __VA_ARGS__)
	IF(I, "if(c, a, b)", "a when c is true, else b.", "if(value > 90, 'busy', 'idle')"),
	IF(F, NULL, NULL),
	IF(X, NULL, NULL),
	IF(T, NULL, NULL),
	IF(D, NULL, NULL),
	IF(B, NULL, NULL),

	/* Time */
	FULL("now", 0, 0, (ANY), T, SYDRA_FUNCTION_STABLE, 0, sydra_time_now, NULL,
		 "now()", "The start of the transaction.", "now() - 1h"),
	FULL("time_bucket", 2, 2, (D, T), T, 0, 1, sydra_time_bucket, sydra_time_bucket_prepare,
		 "time_bucket(step, time [, origin | 'time zone'])",
		 "The start of the bucket that holds the time.", "time_bucket(1d, time, 'Europe/Berlin')"),
	FULL("time_bucket", 3, 3, (D, T, T), T, 0, 5, sydra_time_bucket, sydra_time_bucket_prepare,
		 NULL, NULL),
	FULL("time_bucket", 3, 3, (D, T, X), T, 0, 5, sydra_time_bucket, sydra_time_bucket_prepare,
		 NULL, NULL),
	FULL("date_part", 2, 2, (X, T), F, 0, 1, sydra_time_date_part, sydra_time_date_part_prepare,
		 "date_part('unit', t)",
		 "A field of the time in UTC: year, month, day, hour, minute, second, dow, doy, week, ...",
		 "date_part('hour', time)"),
	SCALAR("to_epoch", 1, (T), F, sydra_time_to_epoch, "to_epoch(t)",
		   "Seconds since 1970-01-01T00:00:00Z.", "to_epoch(time)"),

	/* Text */
	SCALAR("upper", 1, (X), X, sydra_text_upper, "upper(s)", "The text in capital letters.",
		   "upper(tag.host)"),
	SCALAR("lower", 1, (X), X, sydra_text_lower, "lower(s)", "The text in small letters.",
		   "lower(tag.host)"),
	SCALAR("length", 1, (X), I, sydra_text_length, "length(s)", "The number of characters.",
		   "length(tag.host)"),
	MANY("concat", 1, X, sydra_text_concat, "concat(s, ...)",
		 "The texts one after another; nulls are left out.", "concat(tag.host, ':80')"),
	SCALAR("substr", 2, (X, I), X, sydra_text_substr, "substr(s, start [, count])",
		   "The characters from start (1 is the first) on, at most count of them.",
		   "substr(tag.host, 1, 3)"),
	ALSO("substr", 3, (X, I, I), X, sydra_text_substr),
	SCALAR("replace", 3, (X, X, X), X, sydra_text_replace, "replace(s, from, to)",
		   "The text with every from replaced by to.", "replace(tag.host, 'web', 'www')"),

	/* Aggregates */
	AGGREGATE("count", 0, (ANY), I, 0, &sydra_aggregate_count, "count(*) or count([distinct] x)",
			  "The number of rows, or of those where x is not null.", "count(distinct tag.host)"),
	AGGREGATE("count", 1, (ANY), I, 0, &sydra_aggregate_count, NULL, NULL),
	AGGREGATE("sum", 1, (I), I, 0, &sydra_aggregate_sum_int, "sum(x)", "The sum.", "sum(value)"),
	AGGREGATE("sum", 1, (F), F, 0, &sydra_aggregate_sum_float, NULL, NULL),
	AGGREGATE("avg", 1, (F), F, 0, &sydra_aggregate_avg_float, "avg(x)", "The arithmetic mean.",
			  "avg(value)"),
	AGGREGATE("avg", 1, (I), F, 0, &sydra_aggregate_avg_int, NULL, NULL),
	AGGREGATE("min", 1, (I), I, 0, &sydra_aggregate_min_int, "min(x)", "The least value.",
			  "min(value)"),
	AGGREGATE("min", 1, (F), F, 0, &sydra_aggregate_min_float, NULL, NULL),
	AGGREGATE("min", 1, (X), X, 0, &sydra_aggregate_min_text, NULL, NULL),
	AGGREGATE("min", 1, (T), T, 0, &sydra_aggregate_min_int, NULL, NULL),
	AGGREGATE("min", 1, (D), D, 0, &sydra_aggregate_min_int, NULL, NULL),
	AGGREGATE("max", 1, (I), I, 0, &sydra_aggregate_max_int, "max(x)", "The greatest value.",
			  "max(value)"),
	AGGREGATE("max", 1, (F), F, 0, &sydra_aggregate_max_float, NULL, NULL),
	AGGREGATE("max", 1, (X), X, 0, &sydra_aggregate_max_text, NULL, NULL),
	AGGREGATE("max", 1, (T), T, 0, &sydra_aggregate_max_int, NULL, NULL),
	AGGREGATE("max", 1, (D), D, 0, &sydra_aggregate_max_int, NULL, NULL),
#define ORDERED(name, kind, result, aggregate, ...) \
	AGGREGATE(name, 1, (kind, T, I, I), result, SYDRA_FUNCTION_ORDER, aggregate, __VA_ARGS__)
	ORDERED("first", I, I, &sydra_aggregate_first_int, "first(x)", "The earliest value.",
			"first(value)"),
	ORDERED("first", F, F, &sydra_aggregate_first_int, NULL, NULL),
	ORDERED("first", X, X, &sydra_aggregate_first_bytes, NULL, NULL),
	ORDERED("first", T, T, &sydra_aggregate_first_int, NULL, NULL),
	ORDERED("first", D, D, &sydra_aggregate_first_int, NULL, NULL),
	ORDERED("first", B, B, &sydra_aggregate_first_bool, NULL, NULL),
	ORDERED("last", I, I, &sydra_aggregate_last_int, "last(x)", "The latest value.",
			"last(value)"),
	ORDERED("last", F, F, &sydra_aggregate_last_int, NULL, NULL),
	ORDERED("last", X, X, &sydra_aggregate_last_bytes, NULL, NULL),
	ORDERED("last", T, T, &sydra_aggregate_last_int, NULL, NULL),
	ORDERED("last", D, D, &sydra_aggregate_last_int, NULL, NULL),
	ORDERED("last", B, B, &sydra_aggregate_last_bool, NULL, NULL),
	ORDERED("min_time", I, T, &sydra_aggregate_min_time_int, "min_time(x)",
			"When the least value was, the earliest such time.", "min_time(value)"),
	ORDERED("min_time", F, T, &sydra_aggregate_min_time_float, NULL, NULL),
	ORDERED("max_time", I, T, &sydra_aggregate_max_time_int, "max_time(x)",
			"When the greatest value was, the earliest such time.", "max_time(value)"),
	ORDERED("max_time", F, T, &sydra_aggregate_max_time_float, NULL, NULL),
	AGGREGATE("spread", 1, (I), I, 0, &sydra_aggregate_spread_int, "spread(x)",
			  "The greatest value less the least.", "spread(value)"),
	AGGREGATE("spread", 1, (F), F, 0, &sydra_aggregate_spread_float, NULL, NULL),
	AGGREGATE("stddev", 1, (F), F, 0, &sydra_aggregate_stddev, "stddev(x)",
			  "The standard deviation of a sample; null for a single value.", "stddev(value)"),
	AGGREGATE("stddev_pop", 1, (F), F, 0, &sydra_aggregate_stddev_pop, "stddev_pop(x)",
			  "The standard deviation of a population.", "stddev_pop(value)"),
	AGGREGATE("variance", 1, (F), F, 0, &sydra_aggregate_variance, "variance(x)",
			  "The variance of a sample; null for a single value.", "variance(value)"),
	AGGREGATE("var_pop", 1, (F), F, 0, &sydra_aggregate_var_pop, "var_pop(x)",
			  "The variance of a population.", "var_pop(value)"),

	ORDERED("increase", F, F, &sydra_aggregate_increase, "increase(x)",
			"How far a counter rose, resets passed over.", "increase(value)"),
	ORDERED("rate", F, F, &sydra_aggregate_rate, "rate(x)",
			"How far a counter rose in a second, from sample to sample.", "rate(value)"),
	ORDERED("irate", F, F, &sydra_aggregate_irate, "irate(x)",
			"The rate of the last two samples.", "irate(value)"),
	ORDERED("delta", F, F, &sydra_aggregate_delta, "delta(x)",
			"How far a gauge moved, from sample to sample.", "delta(value)"),
	ORDERED("integral", F, F, &sydra_aggregate_integral, "integral(x [, unit])",
			"The area below the samples, in x times unit, a second unless one is given.",
			"integral(value, 1h)"),
	{"integral", SYDRA_FUNCTION_AGGREGATE, 2, 2, {F, D, T, I, I}, F, SYDRA_FUNCTION_ORDER, 2,
	NULL, sydra_aggregate_integral_check, &sydra_aggregate_integral},
	ORDERED("time_weighted_avg", F, F, &sydra_aggregate_time_weighted_avg, "time_weighted_avg(x)",
			"The mean over time, each value holding until the next sample of its series.",
			"time_weighted_avg(value)"),

#define PERCENTILE(name, aggregate, doc) \
	{name, SYDRA_FUNCTION_AGGREGATE, 2, 2, {F, F}, F, 0, 2, NULL, \
	sydra_aggregate_percentile_check, aggregate, NULL, name "(x, p)", doc, name "(value, 0.95)"}
	PERCENTILE("percentile", &sydra_aggregate_percentile,
			   "The value below which the fraction p of the values lies, interpolated."),
	AGGREGATE("median", 1, (F), F, 0, &sydra_aggregate_median, "median(x)",
			  "The percentile at 0.5.", "median(value)"),
	PERCENTILE("approx_percentile", &sydra_aggregate_approx_percentile,
			   "The percentile at p, within 1 % of it, in little memory."),
#define DISTINCT(kind, ...) \
	AGGREGATE("approx_count_distinct", 1, (kind), I, 0, &sydra_aggregate_approx_count_distinct, \
			  __VA_ARGS__)
	DISTINCT(I, "approx_count_distinct(x)",
			 "About the number of distinct values; the standard error is 1.15 %.",
			 "approx_count_distinct(tag.host)"),
	DISTINCT(F, NULL, NULL),
	DISTINCT(X, NULL, NULL),
	DISTINCT(T, NULL, NULL),
	DISTINCT(D, NULL, NULL),
	DISTINCT(B, NULL, NULL),
	AGGREGATE("mode", 1, (I), I, 0, &sydra_aggregate_mode_int, "mode(x)",
			  "The most frequent value, of several the least.", "mode(value)"),
	AGGREGATE("mode", 1, (F), F, 0, &sydra_aggregate_mode_float, NULL, NULL),
	AGGREGATE("mode", 1, (X), X, 0, &sydra_aggregate_mode_text, NULL, NULL),
	AGGREGATE("mode", 1, (T), T, 0, &sydra_aggregate_mode_int, NULL, NULL),
	AGGREGATE("mode", 1, (D), D, 0, &sydra_aggregate_mode_int, NULL, NULL),
	AGGREGATE("mode", 1, (B), B, 0, &sydra_aggregate_mode_bool, NULL, NULL),
	{"histogram", SYDRA_FUNCTION_AGGREGATE, 4, 4, {F, F, F, I}, SYDRA_KIND_DATUM, 0, 14, NULL,
		sydra_aggregate_histogram_check, &sydra_aggregate_histogram, NULL,
		"histogram(x, low, high, n)",
		"How many values lie below low, in each of n equal ranges, and from high on, as int8[].",
		"histogram(value, 0, 100, 10)"},

	/* Windows */
	WINDOW_ANY("lag", 1, 2, 2, &sydra_window_lag_word, &sydra_window_lag_bytes, "lag(x [, n])",
			   "The value n rows before, 1 unless n is given; null where there is none.",
			   "lag(value)"),
	WINDOW_ANY("lead", 1, 2, 2, &sydra_window_lead, &sydra_window_lead, "lead(x [, n])",
			   "The value n rows after, 1 unless n is given; null where there is none.",
			   "lead(value, 2)"),
	WINDOW("difference", 1, 1, (I), I, 0, &sydra_window_difference_int, "difference(x)",
		   "The value less that of the row before; null unless both have one.",
		   "difference(value)"),
	WINDOW("difference", 1, 1, (F), F, 0, &sydra_window_difference_float, NULL, NULL),
	WINDOW("difference", 1, 1, (T), D, 0, &sydra_window_difference_int, NULL, NULL),
	WINDOW("difference", 1, 1, (D), D, 0, &sydra_window_difference_int, NULL, NULL),
	WINDOW("derivative", 1, 2, (F, D), F, 2, &sydra_window_derivative, "derivative(x [, unit])",
		   "The difference by the time that lies between the rows, per unit, 1s unless given.",
		   "derivative(value, 1m)"),
	WINDOW("moving_avg", 2, 2, (F, D), F, 2, &sydra_window_moving_avg_time,
		   "moving_avg(x, duration | n)",
		   "The mean over a duration that ends with the row, or over the last n values.",
		   "moving_avg(value, 5m)"),
	WINDOW("moving_avg", 2, 2, (F, I), F, 2, &sydra_window_moving_avg_rows, NULL, NULL),
	WINDOW("ema", 3, 3, (F, D, F), F, 6, &sydra_window_ema, "ema(x, step, alpha)",
		   "The exponential moving average, that alpha of each new value enters in a step.",
		   "ema(value, 1m, 0.3)"),
	RUNNING("running_sum", "runsum", (I), I, &sydra_window_running_sum_int, "running_sum(x)",
			"The sum so far.", "running_sum(value)"),
	RUNNING("running_sum", "runsum", (F), F, &sydra_window_running_sum_float, NULL, NULL),
	RUNNING("running_avg", "runavg", (F), F, &sydra_window_running_avg, "running_avg(x)",
			"The mean so far.", "running_avg(value)"),
	RUNNING("running_min", "runmin", (I), I, &sydra_window_running_min_int, "running_min(x)",
			"The least value so far.", "running_min(value)"),
	RUNNING("running_min", "runmin", (F), F, &sydra_window_running_min_float, NULL, NULL),
	RUNNING("running_min", "runmin", (T), T, &sydra_window_running_min_int, NULL, NULL),
	RUNNING("running_max", "runmax", (I), I, &sydra_window_running_max_int, "running_max(x)",
			"The greatest value so far.", "running_max(value)"),
	RUNNING("running_max", "runmax", (F), F, &sydra_window_running_max_float, NULL, NULL),
	RUNNING("running_max", "runmax", (T), T, &sydra_window_running_max_int, NULL, NULL),
	RUNNING("running_count", "runcount", (ANY), I, &sydra_window_running_count,
			"running_count(x)", "The number of values so far that are not null.",
			"running_count(value)"),
	WINDOW_ANY("fill_forward", 1, 1, 0, &sydra_window_fill_forward_word,
			   &sydra_window_fill_forward_bytes, "fill_forward(x)",
			   "The last value so far that is not null.", "fill_forward(value)"),
	WINDOW("row_number", 0, 0, (ANY), I, 0, &sydra_window_row_number, "row_number()",
		   "1 for the first row, 2 for the second, and so on.", "row_number()"),
};

/* The kind that a row wants at a place. */
static SydraKind
argument_kind(const SydraFunction *function, int argument)
{
	if (argument < function->allowed)
		return function->arguments[argument];
	Assert(function->flags & SYDRA_FUNCTION_VARIADIC);
	return function->arguments[function->allowed - 1];
}

static bool
takes_count(const SydraFunction *function, int count)
{
	return count >= function->required &&
		(count <= function->allowed || (function->flags & SYDRA_FUNCTION_VARIADIC) != 0);
}

/* How many arguments a row would widen; -1 and *position when one does not fit. */
static int
widening_cost(const SydraFunction *function, int count, const SydraKind *given, int *position)
{
	int			cost = 0;

	for (int i = 0; i < count; i++)
	{
		SydraKind	wanted = argument_kind(function, i);

		if (wanted == SYDRA_KIND_NULL || given[i] == SYDRA_KIND_NULL || wanted == given[i])
			continue;
		if (wanted != SYDRA_KIND_FLOAT || given[i] != SYDRA_KIND_INT)
		{
			*position = i;
			return -1;
		}
		cost++;
	}
	return cost;
}

static void
rewrite_kinds(const SydraFunction *function, int count, SydraKind *arguments)
{
	for (int i = 0; i < count; i++)
	{
		SydraKind	wanted = argument_kind(function, i);

		if (wanted != SYDRA_KIND_NULL)
			arguments[i] = wanted;
		else if (arguments[i] == SYDRA_KIND_NULL)
			arguments[i] = SYDRA_KIND_TEXT;
	}
}

static SydraResolution
resolve(const char *name, bool operator, int count, SydraKind *arguments,
		const SydraFunction **function, SydraKind *result, int *position)
{
	SydraResolution failure = SYDRA_NO_SUCH_FUNCTION;
	const SydraFunction *best = NULL;
	int			best_cost = 0;

	*position = -1;
	for (int i = 0; i < lengthof(functions); i++)
	{
		const SydraFunction *row = &functions[i];
		int			misfit = -1;
		int			cost;

		if (((row->flags & SYDRA_FUNCTION_OPERATOR) != 0) != operator ||
			strcmp(row->name, name) != 0)
			continue;
		if (!takes_count(row, count))
		{
			if (failure == SYDRA_NO_SUCH_FUNCTION)
				failure = SYDRA_WRONG_ARITY;
			continue;
		}
		cost = widening_cost(row, count, arguments, &misfit);
		if (cost < 0)
		{
			/* Of several rows the one that fitted longest says what was wrong. */
			failure = SYDRA_WRONG_KIND;
			*position = Max(*position, misfit);
		}
		else if (best == NULL || cost < best_cost)
		{
			best = row;
			best_cost = cost;
		}
	}
	if (best == NULL)
		return failure;
	rewrite_kinds(best, count, arguments);
	*function = best;
	*result = best->result != SYDRA_KIND_NULL ? best->result : arguments[0];
	return SYDRA_RESOLVED;
}

SydraResolution
sydra_function_resolve(const char *name, int argument_count, SydraKind *arguments,
					   const SydraFunction **function, SydraKind *result, int *position)
{
	return resolve(name, false, argument_count, arguments, function, result, position);
}

SydraResolution
sydra_operator_resolve(const char *name, int argument_count, SydraKind *arguments,
					   const SydraFunction **function, SydraKind *result, int *position)
{
	return resolve(name, true, argument_count, arguments, function, result, position);
}

bool
sydra_function_row(int at, SydraFunctionRow *row)
{
	const SydraFunction *found = functions;

	/* Operators come first, all of them. */
	while (found->flags & SYDRA_FUNCTION_OPERATOR)
		found++;
	found += at;
	if (found >= functions + lengthof(functions))
		return false;
	row->name = found->name;
	row->class = found->class;
	row->required = found->required;
	row->allowed = found->allowed;
	row->variadic = (found->flags & SYDRA_FUNCTION_VARIADIC) != 0;
	row->kinds = found->arguments;
	row->result = found->result;
	row->result_type = sydra_function_result_type(found);
	row->signature = found->signature;
	row->doc = found->doc;
	row->example = found->example;
	return true;
}

const char *
sydra_function_class_name(SydraFunctionClass class)
{
	switch (class)
	{
		case SYDRA_FUNCTION_SCALAR:
			return "scalar";
		case SYDRA_FUNCTION_AGGREGATE:
			return "aggregate";
		case SYDRA_FUNCTION_WINDOW:
			return "window";
	}
	elog(ERROR, "unknown class %d", (int) class);
}

const char *
sydra_function_name(const SydraFunction *function)
{
	return function->name;
}

/* The first row of a name that users may call. */
static const SydraFunction *
find_first(const char *name)
{
	for (int i = 0; i < lengthof(functions); i++)
		if (functions[i].signature != NULL && strcmp(functions[i].name, name) == 0)
			return &functions[i];
	return NULL;
}

bool
sydra_function_class_by_name(const char *name, SydraFunctionClass *class)
{
	const SydraFunction *row = find_first(name);

	if (row == NULL)
		return false;
	*class = row->class;
	return true;
}

const char *
sydra_function_signature(const char *name)
{
	const SydraFunction *row = find_first(name);

	return row ? row->signature : NULL;
}

const char *
sydra_function_nearest(const char *name)
{
	SydraNearest nearest = {.name = name};

	for (int i = 0; i < lengthof(functions); i++)
		if (functions[i].signature != NULL)
			sydra_nearest_add(&nearest, functions[i].name);
	return nearest.nearest;
}

bool
sydra_function_needs_order(const SydraFunction *function)
{
	return (function->flags & SYDRA_FUNCTION_ORDER) != 0;
}

Oid
sydra_function_result_type(const SydraFunction *function)
{
	return function->result == SYDRA_KIND_DATUM ? INT8ARRAYOID : InvalidOid;
}

bool
sydra_function_needs_series(const SydraFunction *function)
{
	return function->aggregate != NULL && function->aggregate->pairing != NULL;
}

bool
sydra_function_is_immutable(const SydraFunction *function)
{
	return function->class == SYDRA_FUNCTION_SCALAR &&
		(function->flags & SYDRA_FUNCTION_STABLE) == 0;
}

bool
sydra_function_wants_constant(const SydraFunction *function, int argument)
{
	return (function->constants & (1 << Min(argument, 30))) != 0;
}
