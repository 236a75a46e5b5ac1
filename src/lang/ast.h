/*
 * The tree of a query, as written: no name is resolved, no kind inferred.
 *
 * Texts are NUL-terminated and live in the parser's arena, like every node.  Lists are arrays with
 * a count.  Every node has the span of its source bytes; a node in parentheses has the span without
 * them.
 *
 * Depth: nesting is bounded by the parser (SYDRA_MAX_NESTING), but the left operands of a chain
 * like 1 + 1 + 1 ... nest as deep as the query is long.  Walk SYDRA_EXPR_BINARY's left side with a
 * loop, or call check_stack_depth().  AND and OR are lists for the same reason.
 */
#ifndef SYDRA_AST_H
#define SYDRA_AST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/duration.h"
#include "lang/diagnostic.h"

typedef struct SydraExpr SydraExpr;
typedef struct SydraSelect SydraSelect;

/* One identifier. */
typedef struct SydraIdent
{
	const char *text;
	bool		quoted;			/* written "so" */
	SydraSpan	span;
} SydraIdent;

/* cpu.usage, tag."odd key", a.value */
typedef struct SydraName
{
	SydraIdent *parts;
	int			part_count;		/* 1 or more */
	SydraSpan	span;
} SydraName;

typedef enum SydraExprKind
{
	/* literals */
	SYDRA_EXPR_NULL,
	SYDRA_EXPR_BOOL,
	SYDRA_EXPR_INTEGER,			/* a minus right before a number is the number's */
	SYDRA_EXPR_FLOAT,
	SYDRA_EXPR_STRING,
	SYDRA_EXPR_DURATION,
	SYDRA_EXPR_TIMESTAMP,
	SYDRA_EXPR_REGEX,			/* only as the right side of =~ and !~ */
	SYDRA_EXPR_JSON,			/* only as a row's fields in INSERT */

	SYDRA_EXPR_PARAMETER,
	SYDRA_EXPR_NAME,
	SYDRA_EXPR_CALL,
	SYDRA_EXPR_NEGATE,
	SYDRA_EXPR_NOT,
	SYDRA_EXPR_AND,
	SYDRA_EXPR_OR,
	SYDRA_EXPR_BINARY,
	SYDRA_EXPR_BETWEEN,
	SYDRA_EXPR_IN,
	SYDRA_EXPR_LIKE,
	SYDRA_EXPR_IS_NULL
} SydraExprKind;

typedef enum SydraOperator
{
	SYDRA_OP_ADD,
	SYDRA_OP_SUBTRACT,
	SYDRA_OP_MULTIPLY,
	SYDRA_OP_DIVIDE,
	SYDRA_OP_MODULO,
	SYDRA_OP_EQ,
	SYDRA_OP_NE,
	SYDRA_OP_LT,
	SYDRA_OP_LE,
	SYDRA_OP_GT,
	SYDRA_OP_GE,
	SYDRA_OP_MATCH,				/* =~ */
	SYDRA_OP_NOT_MATCH			/* !~ */
} SydraOperator;

struct SydraExpr
{
	SydraExprKind kind;
	SydraSpan	span;
	union
	{
		bool		boolean;
		int64_t		integer;
		double		number;		/* FLOAT; finite */
		const char *string;		/* STRING, JSON: the text itself, unquoted */
		SydraDuration duration;
		struct
		{
			int64_t		us;		/* since 2000-01-01T00:00:00Z */
			bool		date;	/* written as a date: midnight UTC */
		}			timestamp;
		struct
		{
			const char *pattern;	/* \/ read as / */
			const char *flags;	/* of i m s x, each at most once, in this order; "" for none */
		}			regex;
		struct
		{
			int			position;	/* $1 is 1; 0 when named */
			const char *name;	/* :name; NULL when positional */
		}			parameter;
		SydraName	name;
		struct
		{
			SydraIdent	name;
			SydraExpr **args;
			int			arg_count;
			bool		star;	/* count(*): no args */
			bool		distinct;
			SydraExpr  *filter; /* FILTER (WHERE ...), or NULL */
		}			call;
		SydraExpr  *operand;	/* NEGATE, NOT */
		struct
		{
			SydraExpr **args;
			int			arg_count;	/* 2 or more */
		}			list;		/* AND, OR */
		struct
		{
			SydraOperator op;
			SydraSpan	op_span;
			SydraExpr  *left;
			SydraExpr  *right;
		}			binary;
		struct
		{
			SydraExpr  *operand;
			SydraExpr  *low;
			SydraExpr  *high;
			bool		negated;
		}			between;
		struct
		{
			SydraExpr  *operand;
			SydraExpr **items;
			int			item_count; /* 1 or more */
			bool		negated;
		}			in;
		struct
		{
			SydraExpr  *operand;
			SydraExpr  *pattern;
			bool		negated;
		}			like;
		struct
		{
			SydraExpr  *operand;
			bool		negated;
		}			is_null;
	};
};

typedef enum SydraSeriesKind
{
	SYDRA_SERIES_NAME,			/* cpu.usage */
	SYDRA_SERIES_STRING,		/* 'cpu.usage' */
	SYDRA_SERIES_BY_ID			/* by_id(42) */
} SydraSeriesKind;

/* What FROM, INSERT INTO, DELETE FROM and SHOW name. */
typedef struct SydraSeries
{
	SydraSeriesKind kind;
	SydraSpan	span;
	SydraName	name;			/* NAME */
	const char *string;			/* STRING */
	int64_t		id;				/* BY_ID */
	const char *rollup;			/* after the @, as written ("1m", "daily"); NULL for none */
	bool		rollup_is_duration;
	bool		rollup_quoted;
	SydraDuration rollup_step;	/* when rollup_is_duration */
	SydraSpan	rollup_span;
} SydraSeries;

/* host =~ /^web/ between braces */
typedef struct SydraMatcher
{
	SydraIdent	tag;
	SydraOperator op;			/* EQ NE MATCH NOT_MATCH */
	SydraSpan	op_span;
	SydraExpr  *value;			/* STRING, REGEX or PARAMETER */
	SydraSpan	span;
} SydraMatcher;

typedef struct SydraSource
{
	SydraSpan	span;
	SydraSelect *subquery;		/* or NULL: series */
	SydraSeries series;
	SydraMatcher *matchers;
	int			matcher_count;
	SydraIdent	alias;			/* text NULL for none */
	SydraExpr  *where;			/* the source's own, over tags; NULL for none */
} SydraSource;

typedef enum SydraMatch
{
	SYDRA_MATCH_EXACT,
	SYDRA_MATCH_PREVIOUS,
	SYDRA_MATCH_NEAREST
} SydraMatch;

/* host, or tag.host */
typedef struct SydraTag
{
	SydraIdent	name;
	bool		prefixed;		/* written tag.host */
	SydraSpan	span;
} SydraTag;

/* JOIN TIME source ... */
typedef struct SydraJoin
{
	SydraSpan	span;
	SydraSource source;
	bool		has_shift;
	SydraDuration shift;		/* fixed length: months is 0 */
	SydraExpr  *shift_parameter;	/* instead; or NULL */
	SydraMatch	match;
	bool		has_match;		/* MATCH was written */
	bool		has_within;
	SydraDuration within;
	SydraExpr  *within_parameter;
	SydraTag   *on;
	int			on_count;		/* 0: no ON */
} SydraJoin;

typedef struct SydraItem
{
	SydraSpan	span;
	SydraExpr  *expr;			/* NULL for * */
	SydraIdent	alias;			/* text NULL for none */
} SydraItem;

typedef enum SydraFillPolicy
{
	SYDRA_FILL_NONE,
	SYDRA_FILL_NULL,
	SYDRA_FILL_PREVIOUS,
	SYDRA_FILL_LINEAR,
	SYDRA_FILL_CONSTANT
} SydraFillPolicy;

typedef struct SydraFill
{
	SydraSpan	span;
	SydraFillPolicy policy;
	bool		has_within;
	int			within_offset;
	SydraDuration within;
	SydraExpr  *within_parameter;	/* instead; or NULL */
	SydraExpr  *constant;		/* CONSTANT: INTEGER, FLOAT or PARAMETER */
} SydraFill;

typedef enum SydraNullsOrder
{
	SYDRA_NULLS_DEFAULT,
	SYDRA_NULLS_FIRST,
	SYDRA_NULLS_LAST
} SydraNullsOrder;

typedef struct SydraOrder
{
	SydraSpan	span;
	SydraExpr  *expr;
	bool		descending;
	bool		has_direction;	/* ASC or DESC was written */
	SydraNullsOrder nulls;
} SydraOrder;

struct SydraSelect
{
	SydraSpan	span;
	SydraItem  *items;
	int			item_count;		/* 1 or more */
	SydraSource *from;			/* NULL: no FROM, no joins */
	SydraJoin  *joins;
	int			join_count;
	SydraExpr  *where;			/* NULL for none, as all below */
	SydraExpr **groups;			/* time_bucket(...) is a call like any other */
	int			group_count;
	SydraExpr  *having;
	SydraFill  *fill;
	SydraOrder *orders;
	int			order_count;
	SydraExpr  *limit;			/* INTEGER or PARAMETER, as offset */
	SydraExpr **limit_by;
	int			limit_by_count;
	SydraExpr  *offset;
};

/* host = 'a' in INSERT's tag list */
typedef struct SydraTagValue
{
	SydraTag	tag;
	SydraExpr  *value;			/* STRING or PARAMETER */
} SydraTagValue;

typedef struct SydraRow
{
	SydraSpan	span;
	SydraExpr  *time;			/* any expression: what is constant is for the analysis to say */
	SydraExpr  *value;			/* likewise */
	SydraExpr  *fields;			/* JSON or PARAMETER, or NULL */
} SydraRow;

typedef struct SydraInsert
{
	SydraSeries series;
	SydraTagValue *tags;
	int			tag_count;
	SydraRow   *rows;
	int			row_count;		/* 1 or more */
} SydraInsert;

typedef struct SydraDelete
{
	SydraSeries series;
	SydraMatcher *matchers;
	int			matcher_count;
	SydraExpr  *where;			/* never NULL */
} SydraDelete;

typedef enum SydraShowKind
{
	SYDRA_SHOW_METRICS,
	SYDRA_SHOW_TAGS,
	SYDRA_SHOW_VALUES,
	SYDRA_SHOW_SERIES,
	SYDRA_SHOW_FUNCTIONS
} SydraShowKind;

typedef struct SydraShow
{
	SydraShowKind kind;
	const char *like;			/* METRICS LIKE, or NULL */
	int			like_offset;
	SydraIdent	tag;			/* VALUES OF */
	SydraSeries series;			/* TAGS, VALUES, SERIES */
	SydraExpr  *where;			/* or NULL */
} SydraShow;

typedef enum SydraStatementKind
{
	SYDRA_STATEMENT_SELECT,
	SYDRA_STATEMENT_INSERT,
	SYDRA_STATEMENT_DELETE,
	SYDRA_STATEMENT_SHOW,
	SYDRA_STATEMENT_EXPLAIN
} SydraStatementKind;

typedef enum SydraExplainFormat
{
	SYDRA_EXPLAIN_TEXT,
	SYDRA_EXPLAIN_JSON
} SydraExplainFormat;

typedef struct SydraStatement SydraStatement;

typedef struct SydraExplain
{
	bool		analyze;
	SydraExplainFormat format;
	SydraStatement *statement;	/* SELECT, INSERT or DELETE */
} SydraExplain;

struct SydraStatement
{
	SydraStatementKind kind;
	SydraSpan	span;
	union
	{
		SydraSelect *select;
		SydraInsert *insert;
		SydraDelete *delete;
		SydraShow  *show;
		SydraExplain *explain;
	};
};

#endif
