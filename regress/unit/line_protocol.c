/*
 * Line protocol: what each escape means where, every kind of value, and the place of each fault.
 */
#include <stdlib.h>
#include <string.h>

#include "lang/line_protocol.h"
#include "tap.h"

/* All there are, so that none counts as leaked. */
static void *blocks[64];

static void *
alloc_bytes(void *context, size_t size)
{
	(void) context;
	for (int i = 0; i < 64; i++)
		if (blocks[i] == NULL && (blocks[i] = malloc(size)) != NULL)
			return blocks[i];
	abort();
}

static SydraArena arena = {alloc_bytes, NULL, NULL, NULL, 0};

static void
append_items(char *out, const SydraLineItem *items, int count)
{
	static const char kinds[] = "sfiu10";

	for (int i = 0; i < count; i++)
		sprintf(out + strlen(out), " %s=%c<%s>", items[i].key, kinds[items[i].kind], items[i].text);
}

/*
 * All points of a text, one after the other: "<measurement> key=s<text> | key=f<text> @time".  A
 * fault is "!line:column message".
 */
static const char *
read_all(const char *text, char *out)
{
	SydraLineReader reader = {text, (int) strlen(text), 0, 0};

	*out = '\0';
	for (;;)
	{
		SydraLineReader before = reader;
		SydraLinePoint point;
		SydraLineFault fault;
		SydraLineResult result = sydra_line_protocol_next(&reader, &arena, &point, &fault);
		int			line_start;

		if (result == SYDRA_LINE_END)
			return out;
		if (*out != '\0')
			strcat(out, "; ");
		if (result == SYDRA_LINE_FAULT)
		{
			int			line = sydra_line_protocol_line(&before, fault.offset, &line_start);

			sprintf(out + strlen(out), "!%d:%d %s", line, fault.offset - line_start + 1,
					fault.message);
			continue;
		}
		sprintf(out + strlen(out), "<%s>", point.measurement);
		append_items(out, point.tags, point.tag_count);
		strcat(out, " |");
		append_items(out, point.fields, point.field_count);
		if (point.has_time)
			sprintf(out + strlen(out), " @%lld", (long long) point.time);
	}
}

static const struct
{
	const char *text;
	const char *read;
}			cases[] = {
	{"", ""},
	{"\n \n# all, of=it 1\n  # too\r\n\r\n", ""},
	{"m f=1", "<m> | f=f<1>"},
	{"m,a=b,c=d f=1,g=2i,h=3u 17", "<m> a=s<b> c=s<d> | f=f<1> g=i<2> h=u<3> @17"},
	{"  m   f=1   -5  \r\nn f=1\r", "<m> | f=f<1> @-5; <n> | f=f<1>"},
	{"m f=-1.5e+7,g=.5,h=1.,i=+2i,j=1e3,k=-0", "<m> | f=f<-1.5e+7> g=f<.5> h=f<1.> i=i<+2> j=f<1e3> k=f<-0>"},
	{"m a=t,b=T,c=true,d=True,e=TRUE,f=f,g=F,h=false,i=False,j=FALSE",
		"<m> | a=1<t> b=1<T> c=1<true> d=1<True> e=1<TRUE> f=0<f> g=0<F> h=0<false> i=0<False> j=0<FALSE>"},
	{"m f=\"\",g=\"a b,c=d\" 1", "<m> | f=s<> g=s<a b,c=d> @1"},
	{"m f=\"a\\\"b\\\\c\\n\"", "<m> | f=s<a\"b\\c\\n>"},
	{"m f=\"a\nb\" 1\nn f=\"\\\\\"", "<m> | f=s<a\nb> @1; <n> | f=s<\\>"},
	{"a\\,b\\ c\\=d=e,t\\,\\ \\=\\x=v\\,\\ \\=\\\" f\\,\\ \\=\\\"=1",
		"<a,b c\\=d=e> t, =\\x=s<v, =\\\"> | f, =\\\"=f<1>"},
	{"m,t=a\\\\b,u=c\\\\ f=1", "!1:17 a tag's value holds a = without a backslash"},
	{"m,t=\"q f=1", "<m> t=s<\"q> | f=f<1>"},
	{"\xc3\xa4,\xc3\xb6=\xe2\x82\xac f=\"\xf0\x9f\x8c\xb2\"",
		"<\xc3\xa4> \xc3\xb6=s<\xe2\x82\xac> | f=s<\xf0\x9f\x8c\xb2>"},
	{"m f=1 9223372036854775807\nm f=1 -9223372036854775808",
		"<m> | f=f<1> @9223372036854775807; <m> | f=f<1> @-9223372036854775808"},

	/* Faults; the lines after them are read. */
	{"m f=1 9223372036854775808\nok f=1", "!1:7 a timestamp does not fit into 64 bits; <ok> | f=f<1>"},
	{"m", "!1:2 a point has no field"},
	{"m,a=b", "!1:6 a point has no field"},
	{",a=b f=1", "!1:1 a point has no measurement"},
	{"m,=b f=1", "!1:3 a tag has no name"},
	{"m,a f=1", "!1:4 expected = behind the name of a tag"},
	{"m,a= f=1", "!1:5 a tag has no value"},
	{"m,a=b=c f=1", "!1:6 a tag's value holds a = without a backslash"},
	{"m,a=b,a=c f=1", "!1:7 tag \"a\" is given twice"},
	{"m f=1,f=2", "!1:7 field \"f\" is given twice"},
	{"m f=", "!1:5 a field has no value"},
	{"m f=,g=1", "!1:5 a field has no value"},
	{"m f=1,", "!1:7 a field has no name"},
	{"m f", "!1:4 expected = behind the name of a field"},
	{"m f=1 1.5", "!1:7 a timestamp is a whole number"},
	{"m f=1 x", "!1:7 a timestamp is a whole number"},
	{"m f=1 1 2", "!1:9 expected the end of the line behind the timestamp"},
	{"m f=\"a\"b 1", "!1:8 expected a comma, a blank or the end of the line behind a field"},
	{"# c\n\nm f=\"a\nb c\" x\nok f=1",
		"!4:6 a timestamp is a whole number; <ok> | f=f<1>"},
	{"m f=\"open\nok f=1", "!1:5 a string lacks its closing quote; <ok> | f=f<1>"},
};

static const char *const bad_values[] = {
	"a", "nan", "NaN", "inf", "1x", "1.5i", "-1u", "i", "u", "+", "-", ".", "e5", "1e", "1e+", "0x10", "tRUE",
	"1ii", "--1", "1,5i0", "'a'"
};

static void
test_time(void)
{
	int64_t		us;

	OK(sydra_line_protocol_time(1709251200123456789, 1000000000, &us) && us == 762566400123456,
	   "nanoseconds");
	OK(sydra_line_protocol_time(-1, 1000000000, &us) && us == -946684800000001 &&
	   sydra_line_protocol_time(-1000, 1000000000, &us) && us == -946684800000001,
	   "nanoseconds before 1970 are rounded down");
	OK(sydra_line_protocol_time(1709251200123456, 1000000, &us) && us == 762566400123456 &&
	   sydra_line_protocol_time(1709251200123, 1000, &us) && us == 762566400123000 &&
	   sydra_line_protocol_time(1709251200, 1, &us) && us == 762566400000000,
	   "other units");
	OK(!sydra_line_protocol_time(INT64_MAX, 1, &us) && !sydra_line_protocol_time(INT64_MIN, 1000, &us) &&
	   !sydra_line_protocol_time(INT64_MIN, 1000000, &us) &&
	   sydra_line_protocol_time(INT64_MIN, 1000000000, &us), "times that do not fit");
	OK(sydra_line_protocol_per_second("ms") == 1000 && sydra_line_protocol_per_second("m") == 0,
	   "units by name");
}

int
main(void)
{
	static char out[1024 * 1024];
	static char many[1024 * 1024];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (!REQUIRE(strcmp(read_all(cases[i].text, out), cases[i].read) == 0))
			printf("# %s\n# is   %s\n# want %s\n", cases[i].text, out, cases[i].read);
	OK(tap_failures == 0, "points and faults");
	for (size_t i = 0; i < sizeof(bad_values) / sizeof(bad_values[0]); i++)
	{
		char		text[64];

		sprintf(text, "m f=%s 1", bad_values[i]);
		if (!REQUIRE(read_all(text, out)[0] == '!'))
			printf("# %s is %s\n", text, out);
	}
	OK(tap_failures == 0, "what is no value");
	strcpy(many, "m f0=0");
	for (int i = 1, at = 6; i < 4097; i++)
		at += sprintf(many + at, ",f%d=1", i);
	OK(strstr(read_all(many, out), "a point has more than 4096 fields") != NULL, "too many fields");
	OK(read_all("m\\", out)[0] == '!' && read_all("m f=\"\\", out)[0] == '!' &&
	   read_all("m,a\\", out)[0] == '!', "a backslash at the end");
	test_time();
	return tap_done();
}
