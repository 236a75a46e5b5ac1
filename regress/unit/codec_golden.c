/*
 * The bytes of every encoding stay what they are: files hold them for ever.
 *
 * Each vector is decoded from the bytes written down here, and encoded to
 * them again.  When an encoder learns to choose better, the old bytes stay as
 * a vector that only decodes (GOLDEN_OLD), and new ones join it.  Compressed
 * bytes only decode from the start: they are the library's.
 *
 * Bytes that no encoder wrote are refused, each for one reason.
 */
#include <math.h>

#include "codec_check.h"

#define GOLDEN_OLD true

typedef union Values
{
	int64_t		int64[SYDRA_VECTOR_ROWS];
	double		float64[SYDRA_VECTOR_ROWS];
	float		float32[SYDRA_VECTOR_ROWS];
	uint64_t	bits[SYDRA_VECTOR_ROWS / 64];
	SydraCodecBytes bytes[SYDRA_VECTOR_ROWS];
} Values;

typedef struct Golden
{
	const char *name;
	const CodecClass *class;
	int			encoding;
	void		(*fill) (Values *values, int count);
	int			count;
	int			run_length;		/* 0: one run */
	bool		old;
	const char *hex;
} Golden;

#define FILL(name, member, expression) \
static void \
name(Values *values, int count) \
{ \
	for (int i = 0; i < count; i++) \
		values->member[i] = (expression); \
}

/* Numbers below limit that are anything but regular, the same for ever. */
static int64_t
mix(int i, int64_t limit)
{
	uint64_t	hash = ((uint64_t) i + 1) * UINT64_C(0x9E3779B97F4A7C15);

	hash ^= hash >> 29;
	hash *= UINT64_C(0xBF58476D1CE4E5B9);
	return (int64_t) (hash >> 32) * limit >> 32;
}

static SydraCodecBytes
text(const char *data)
{
	SydraCodecBytes value = {data, (int32_t) strlen(data)};

	return value;
}

static const char *const words[] = {
	"up", "down", "", "a longer word of some thirty bytes", "eu-west-1", "eu-west-2"
};

#define DAY INT64_C(757382400000000)

FILL(int_constant, int64, -1000000)
FILL(int_stride, int64, DAY + i * INT64_C(10000000))
FILL(int_stride_runs, int64, DAY + i % 4 * INT64_C(10000000))
FILL(int_for, int64, mix(i, 8) - 3)
FILL(int_for_wide, int64, (mix(i, 1 << 30) << 12) + mix(i, 1 << 12))
FILL(int_for_64, int64,
	 (int64_t) ((uint64_t) mix(i, INT64_C(1) << 31) << 33 | (uint64_t) mix(i + 50, 1 << 30)))
FILL(int_for_patched, int64, i == 17 || i == 40 ? -DAY * i : mix(i, 8))
FILL(int_for_runs, int64, mix(i / 8, 1 << 30) + mix(i, 1 << 10))
FILL(int_delta, int64, DAY + i * INT64_C(1000) + mix(i, 16))
FILL(int_delta2, int64, i * i * INT64_C(1000) + mix(i, 2))
FILL(int_rle, int64, mix(i / 20, 1 << 20))
FILL(int_scaled, int64, DAY - (i + mix(i, 20)) * INT64_C(1000000))
FILL(int_scaled_rle, int64, DAY - mix(i / 20, 1 << 20) * INT64_C(1000000))
FILL(float_constant, float64, -0.0)
FILL(float_rle, float64, sqrt((double) mix(i / 20, 1 << 20)))
FILL(float_alp, float64, (double) mix(i, 1000) / 100)
FILL(float_alp_patched, float64,
	 i == 3 ? NAN : i == 9 ? -0.0 : i == 12 ? INFINITY : (double) mix(i, 1000) / 100)
FILL(float_alp_missing, float64, i % 7 == 3 ? INFINITY : (double) mix(i, 1000) / 10)
FILL(float_alp_whole, float64, (double) (1000000 + i * 50 + mix(i, 4)))
FILL(float_alp_near, float64,
	 i == 5 ? NAN : nextafter((double) (1 + mix(i, 100000)) / 1000, i % 2 * 100))
FILL(float_alp_rd, float64, sqrt(2 + (double) mix(i, 1 << 20) / (1 << 20)))
FILL(float_alp_rd_patched, float64,
	 i == 20 ? -1e300 : sqrt(2 + (double) mix(i, 1 << 20) / (1 << 20)))
FILL(float_plain, float64,
	 ldexp(sqrt(1 + (double) mix(i, 1 << 20)), (int) mix(i + 99, 2000) - 1000))
FILL(float32_alp, float32, (float) mix(i, 1000) / 100)
FILL(float32_alp_near, float32,
	 nextafterf((float) (1 + mix(i, 1000)) / 100, (float) (i % 2 * 100)))
FILL(float32_alp_rd, float32, (float) (1e-20 * sqrt(1 + (double) mix(i, 1 << 20) / (1 << 20))))
FILL(float32_plain, float32,
	 (float) ldexp(sqrt(1 + (double) mix(i, 1 << 20)), (int) mix(i + 99, 200) - 100))
FILL(float32_constant, float32, 1.5)
FILL(bytes_constant, bytes, text(words[3]))
FILL(bytes_dictionary, bytes, text(words[mix(i, 6)]))
FILL(bytes_rle, bytes, text(words[i / 16]))
FILL(bytes_plain, bytes, text(words[i]))


static void
bool_none(Values *values, int count)
{
	memset(values->bits, 0, size_of_bits(count));
}

static void
bool_all(Values *values, int count)
{
	memset(values->bits, 0xff, size_of_bits(count));
}

static void
bool_bitmap(Values *values, int count)
{
	memset(values->bits, 0, size_of_bits(count));
	for (int i = 0; i < count; i++)
		values->bits[i / 64] |= (uint64_t) mix(i, 2) << i % 64;
}

static void
bool_rle(Values *values, int count)
{
	memset(values->bits, 0, size_of_bits(count));
	for (int i = 100; i < count; i++)
		values->bits[i / 64] |= (uint64_t) 1 << i % 64;
}

/* Four letters at random: short codes are all that helps. */
static void
bytes_zstd(Values *values, int count)
{
	static char letters[1024];

	for (int i = 0; i < 1024; i++)
		letters[i] = "acgt"[mix(i, 4)];
	for (int i = 0; i < count; i++)
		values->bytes[i] = (SydraCodecBytes){letters + i * 32, 32};
}

/* Much noise and a long run. */
static void
bytes_lz4(Values *values, int count)
{
	static char noise[1024];

	for (int i = 0; i < 1024; i++)
		noise[i] = i < 100 ? (char) mix(i, 256) : 'x';
	for (int i = 0; i < count; i++)
		values->bytes[i] = (SydraCodecBytes){noise + i * 40, 50 + i};
}

static const Golden golden[] = {
	{
		"empty integers", &class_int64, SYDRA_ENCODING_INT_CONSTANT,
		int_constant, 0, 0, !GOLDEN_OLD,
		"01"
	},
	{
		"integer constant", &class_int64, SYDRA_ENCODING_INT_CONSTANT,
		int_constant, 40, 0, !GOLDEN_OLD,
		"01ff887a"
	},
	{
		"integer stride", &class_int64, SYDRA_ENCODING_INT_STRIDE,
		int_stride, 1024, 0, !GOLDEN_OLD,
		"02008080cacebab5d8020080dac409"
	},
	{
		"integer stride in runs", &class_int64, SYDRA_ENCODING_INT_STRIDE,
		int_stride_runs, 40, 4, !GOLDEN_OLD,
		"02008080cacebab5d8020080dac409"
	},
	{
		"frame of reference", &class_int64, SYDRA_ENCODING_INT_FOR,
		int_for, 300, 0, !GOLDEN_OLD,
		"030305961b7d44abb68e22ffe52fc974baf997376ba7e6a351f7fccb37000daf100fa61f24fbdbcb"
		"375fa2888a8c5966b8cb9f84afb114bdc3e1e29bb075cf25b626317006b4325a7a3b47711118aa67"
		"20398c4fcc18481c074e618faa9aba72113e71c35ebcdef65d5c782d1eeaa969a1b04a08"
	},
	{
		"frame of reference, wide", &class_int64, SYDRA_ENCODING_INT_FOR,
		int_for_wide, 20, 0, !GOLDEN_OLD,
		"032a8c898697b3245a9aeb687d84ae2f65ace92b3597eb59aaddb37c78f518efece38c0aa79c65ae"
		"12032b9d9019f6f3318d5c51b93a093cd87ae7181456a80f000000001779a2ba82ba5c9cd3b29bd1"
		"8d8d22455ba17ae2967e9471736a77b54fcac48cc9b4abb616064091a0d232b615"
	},
	{
		"frame of reference, 64 bits", &class_int64, SYDRA_ENCODING_INT_FOR,
		int_for_64, 6, 0, !GOLDEN_OLD,
		"0340c780fed1faba94c3d001457835ede879b80672b66cde00000000e1df20d903c109ee01c04332"
		"be7075d4857ff452000000000fb24867574b25e4"
	},
	{
		"frame of reference, patched", &class_int64, SYDRA_ENCODING_INT_FOR,
		int_for_patched, 64, 0, !GOLDEN_OLD,
		"0383000238def9edea6da6c6435f9d5a0c99e72ee867c3df9c6263de0311a000ff7ffa46ffffe388"
		"667c5bd242d7"
	},
	{
		"frame of reference in runs", &class_int64, SYDRA_ENCODING_INT_FOR_RUNS,
		int_for_runs, 64, 8, !GOLDEN_OLD,
		"041eb480d28c0337e7b5d99a94904067211e2ed79334b922f7662e928b01000000e0f5a88b0a009c"
		"91e0a134708e01c08bc590c9b4abb6160680914a7ac130002bd1986b25c8b255d0a9c802d01d0a00"
		"ec642d40bbe6171711df24da7858ea2a0c40c96a431654b654b8098053cb214805ec863abf0300"
	},
	{
		"delta", &class_int64, SYDRA_ENCODING_INT_DELTA,
		int_delta, 64, 0, !GOLDEN_OLD,
		"05009880cacebab5d80205b40fc8266a9a2d54ae97d07d078b2961a18955372a7a939eba967a5516"
		"fac27ea75162cb7c0fed344103"
	},
	{
		"delta of delta", &class_int64, SYDRA_ENCODING_INT_DELTA2,
		int_delta2, 64, 0, !GOLDEN_OLD,
		"06000200ce0f039c1f8cb28191142604a3105b32490393690913261b8869609401"
	},
	{
		"integer run length", &class_int64, SYDRA_ENCODING_INT_RLE,
		int_rle, 100, 0, !GOLDEN_OLD,
		"070500280314c88c36e5dc050000f1e7978a2b342d09"
	},
	{
		"multiples", &class_int64, SYDRA_ENCODING_INT_SCALED,
		int_scaled, 64, 0, !GOLDEN_OLD,
		"0880f9a2c0bab5d802c0843d0500000623d88125db64740943455756401a012e8cc329d894401f92"
		"414ba22115654109b32910283cda947846b73c8f065c8b3801"
	},
	{
		"multiples, run length", &class_int64, SYDRA_ENCODING_INT_RLE,
		int_scaled_rle, 400, 0, !GOLDEN_OLD,
		"071400280880afbfffa585d802c0843d03149dc11a4f5043d3924345b148670000602383c9bd9933"
		"107e973aa241ad7830102f8fd1425b79f3a98d30498127c36aadde1c90e6c4"
	},
	{
		"float constant", &class_float64, SYDRA_ENCODING_FLOAT_CONSTANT,
		float_constant, 9, 0, !GOLDEN_OLD,
		"100000000000000080"
	},
	{
		"float run length", &class_float64, SYDRA_ENCODING_FLOAT_RLE,
		float_rle, 100, 0, !GOLDEN_OLD,
		"1105002814fc4e54448bcb2e75e9d87b3b4ee0fb6fa425a629ed6c8c40b1cd8440ada38e40e8a288"
		"4054f08f40"
	},
	{
		"alp", &class_float64, SYDRA_ENCODING_FLOAT_ALP,
		float_alp, 64, 0, !GOLDEN_OLD,
		"120e0c030a3ef61e56778cc5134756e12f117b7ac315aff7c6a9007fe43b31e8a9cb7655b792f5cf"
		"a5b80220dd09686cd672581257099d2af1440a795cf03e8c81ca759b96d5b972f8f98159cd21f8c5"
		"e983127f440300"
	},
	{
		"alp, patched", &class_float64, SYDRA_ENCODING_FLOAT_ALP,
		float_alp_patched, 64, 0, !GOLDEN_OLD,
		"120e0c030a3ef61e5677ddc5134756e12fbd747ac30daff7c6a9007fe43b31e8a9cb7655b792f5cf"
		"a5b80220dd09686cd672581257099d2af1440a795cf03e8c81ca759b96d5b972f8f98159cd21f8c5"
		"e983127f4403030324c000000000000000000000000000000000f87f000000800000f07f"
	},
	{
		"alp, patched with one value", &class_float64, SYDRA_ENCODING_FLOAT_ALP,
		float_alp_missing, 64, 0, !GOLDEN_OLD,
		"120e0d030a3ef61e5677ddc5134756e12f114b6cc315aff7c6a90003ec3b31e8a9cb76555591f5cf"
		"a5b802209d74686cd67258125759a52af1440a795cf0c28b81ca759b96d5b9e7faf98159cd21f8c5"
		"1783127f44030903281001061f98d0020d3b0001000000000000f07f"
	},
	{
		"alp of whole numbers", &class_float64, SYDRA_ENCODING_FLOAT_ALP,
		float_alp_whole, 64, 0, !GOLDEN_OLD,
		"120000050086897a035ea99835e4a69429ca851a176a6c2a89643a7859d1708c450c00"
	},
	{
		"alp_near", &class_float64, SYDRA_ENCODING_FLOAT_ALP_NEAR,
		float_alp_near, 64, 0, !GOLDEN_OLD,
		"150e0b0311dc31ce275731bd66ddd8468b97166fb822feaf1e761c29cab42587493ef3f057c78a83"
		"84b22b2fe0d0d7156242e58b6e647e557742670fdd15d98d591728fb1000407fada4076528e640b5"
		"f5a44ff42e73249d442d25212d5e0a010e90bd7fa459f237e648021a9e7a5937494d1a4a1279c582"
		"28df0083d1451ab43696219420695bb30f0d2fdf068b0201050001000000000000f87f0201888488"
		"88888888888888888888888888"
	},
	{
		"alp_rd", &class_float64, SYDRA_ENCODING_FLOAT_ALP_RD,
		float_alp_rd, 24, 0, !GOLDEN_OLD,
		"133005fa3ffb3ff83ff93ff73f509629428011503844ccdd3ca107def588dcc76e92c45883cf10ed"
		"6487a4021a6542b552f7f5db2c3c3cdc2115e7b9dcb563fe70c17937b86dca1616815c0a0dd019d1"
		"14c29291b28f7ad8864a32b44f193e263f9ad3e18469e005de0ad240c3ee25f7d3e8d65631bb87b8"
		"5be75f535ac3f5b17b37bdb8ae66e571d57b038f00d55fdef168fd6a3757bcc42f5d9da990e0fc64"
		"daaaf64786a400"
	},
	{
		"alp_rd, patched", &class_float64, SYDRA_ENCODING_FLOAT_ALP_RD,
		float_alp_rd_patched, 64, 0, !GOLDEN_OLD,
		"133007fa3ff83ffb3ff93ff73ff63f37fe88a64581801188682848808e1c828d8102145a40341b05"
		"b1ccdd3ca107def588dcc76e92c45883cf10ed6487a4021a6542b552f7f5db2c3c3cdc2115e7b9dc"
		"b563fe70c17937b86dca1616815c0a0dd019d114c29291b28f7ad8864a32b44f193e263f9ad3e184"
		"699c750088d240c3ee25f7d3e8d65631bb045b457ff989bbf98e8f222e53ccce773560bd7ba18429"
		"0e5ad40ed8b6237d651b46764163c0e412dd549e155faeae42822bbdba39603a73736b37c0f59331"
		"5b99f89f664e3db661bcf1dcb599206224b959bea0cadfc1f419e000e265599d1dcc6be971b3b961"
		"96edd0990e78fccab4cab7cc96027815d3feae6759e011afb70ad4546c200a4bd0f3a783aaea5839"
		"57e9653e8f8fed37b7179d05df5c7432d587b85be75f535ac3f5b17b37bdb8ae66e571d57b038f00"
		"d55fdef168fd6a3757bcc42f5d9da990e03ce4daaaf64786a47d6be9b88d31bb436b6c82ce5f4976"
		"063e61850112fc9ab562dbe1f054466fbd301f113c0073f9c99db1abd704f045f8ba52720f1faa2f"
		"a7606fd62487fa4fbb1a430c8f2a55d78e112b0eb1bb322ee100"
	},
	{
		"float plain", &class_float64, SYDRA_ENCODING_FLOAT_PLAIN,
		float_plain, 12, 0, !GOLDEN_OLD,
		"14556f8564a271f6fec729da46b01b80bcd4bd232a40667e7c23871c65de65ad139d4a91ffcdac7b"
		"9fdfab0eaba4d1dda8ee6cdc5fb2cd240faea36e34e9a2681255f02f27b642e60474eaa3775ae80e"
		"52bf7fe20c0f862b7e84763f7b6ed7ac12"
	},
	{
		"float4 constant", &class_float32, SYDRA_ENCODING_FLOAT_CONSTANT,
		float32_constant, 5, 0, !GOLDEN_OLD,
		"100000c03f"
	},
	{
		"float4 alp", &class_float32, SYDRA_ENCODING_FLOAT_ALP,
		float32_alp, 64, 0, !GOLDEN_OLD,
		"120e0c030a3ef61e56778cc5134756e12f117b7ac315aff7c6a9007fe43b31e8a9cb7655b792f5cf"
		"a5b80220dd09686cd672581257099d2af1440a795cf03e8c81ca759b96d5b972f8f98159cd21f8c5"
		"e983127f440300"
	},
	{
		"float4 alp_near", &class_float32, SYDRA_ENCODING_FLOAT_ALP_NEAR,
		float32_alp_near, 64, 0, !GOLDEN_OLD,
		"150e0c030a40f61e56778cc5134756e12f117b7ac315aff7c6a9007fe43b31e8a9cb7655b792f5cf"
		"a5b80220dd09686cd672581257099d2af1440a795cf03e8c81ca759b96d5b972f8f98159cd21f8c5"
		"e983127f440300020188888888888888888888888888888888"
	},
	{
		"float4 alp_rd", &class_float32, SYDRA_ENCODING_FLOAT_ALP_RD,
		float32_alp_rd, 64, 0, !GOLDEN_OLD,
		"131406e701e801e501e601e401e30158962942801150344490808e5c048c4204309940501b839083"
		"a82cda1487c20242e6e57065ab61987d4ef034e02f4a7992de7384bbe47dd5bec490aae0a9837057"
		"5cfdc08e8a34b5dd131ad038edbd6a6f7242d443351804e82c3f76665e0e437803fec02bc7af37f2"
		"42e9012eb34470cfe495a98e061158fde6dcf0d31d35445793a81383f89142bc2fe7dd09628d02d4"
		"bdb25e3bf99add8aba8e27da9d41e0b61256ea1ccc76e4b43c7fc82947d57604a656494f06521100"
	},
	{
		"float4 plain", &class_float32, SYDRA_ENCODING_FLOAT_PLAIN,
		float32_plain, 12, 0, !GOLDEN_OLD,
		"147367635d986da61c721d753a4e17451fa982ff2fb4153214a3531f70d142775200fe931a7d305c"
		"7525b4fb7275bb661f"
	},
	{
		"all false", &class_bool, SYDRA_ENCODING_BOOL_NONE,
		bool_none, 70, 0, !GOLDEN_OLD,
		"20"
	},
	{
		"all true", &class_bool, SYDRA_ENCODING_BOOL_ALL,
		bool_all, 70, 0, !GOLDEN_OLD,
		"21"
	},
	{
		"bitmap", &class_bool, SYDRA_ENCODING_BOOL_BITMAP,
		bool_bitmap, 70, 0, !GOLDEN_OLD,
		"229dbe751934b6293a39"
	},
	{
		"boolean run length", &class_bool, SYDRA_ENCODING_BOOL_RLE,
		bool_rle, 1000, 0, !GOLDEN_OLD,
		"23000200c801"
	},
	{
		"bytes constant", &class_bytes, SYDRA_ENCODING_BYTES_CONSTANT,
		bytes_constant, 70, 0, !GOLDEN_OLD,
		"3033014461206c6f6e67657220776f7264206f6620736f6d6520746869727479206279746573"
	},
	{
		"dictionary", &class_bytes, SYDRA_ENCODING_BYTES_DICTIONARY,
		bytes_dictionary, 64, 0, !GOLDEN_OLD,
		"310603030088a644818011a83a284801868c82a58502504a40301905913303060009908802016575"
		"2d776573742d3165752d776573742d3261206c6f6e67657220776f7264206f6620736f6d65207468"
		"697274792062797465737570646f776e"
	},
	{
		"dictionary, run length", &class_bytes, SYDRA_ENCODING_BYTES_RLE,
		bytes_rle, 96, 0, !GOLDEN_OLD,
		"32060706002002000000023303060002018849027570646f776e61206c6f6e67657220776f726420"
		"6f6620736f6d652074686972747920627974657365752d776573742d3165752d776573742d32"
	},
	{
		"bytes plain", &class_bytes, SYDRA_ENCODING_BYTES_PLAIN,
		bytes_plain, 6, 0, !GOLDEN_OLD,
		"3303060002018849027570646f776e61206c6f6e67657220776f7264206f6620736f6d6520746869"
		"72747920627974657365752d776573742d3165752d776573742d32"
	},
	{
		"lz4", &class_bytes, SYDRA_ENCODING_BYTES_LZ4,
		bytes_lz4, 20, 0, GOLDEN_OLD,
		"3402006400027bf623ca6cea97ff7b63ee55bdf7cfd18524b5cc51fd3a84c7e85fba6349b1ba087f"
		"122271d862d1a07e3345b0f166c8d00ed7ea740a00f71a60c625ab10637e8d20f7acfe1a0b994536"
		"e2c197b4c51489304184fd2880ac8b63476afb8acce2a99a0b00af6041dbb655379415c0780100ff"
		"ffffff18507878787878"
	},
	{
		"zstd", &class_bytes, SYDRA_ENCODING_BYTES_ZSTD,
		bytes_zstd, 24, 0, GOLDEN_OLD,
		"3501409e0228b52ffd0000ad0800120a0c06e00f6525c13aafdd3b243ef8d50539c7977a96819d9c"
		"c9a8a0748e13315eaa4fc28e85cc9177105af6728bbf5d7b07808ba8a12e9b8242696337101ca3a8"
		"bc0110c03607fcb0a874c4c7d40bc6bf1250e9705448abd2a8a2b6680fb1cfcc809aa0b9f605f9fe"
		"74f33d73985011b8f32dee78eeb165f3a3a00ab255fc854851fe483c0a1f6b3eee764ccd8a8835cf"
		"e0bb969f89dbacf72815da9914106c4cb20b639601bf244b982c429a13e5192bec95f53ab5247c2c"
		"3b352447f782eb10d6e24d54c3bbf44744601115a8d74da64255159950d340116c85db9fd5998946"
		"fa906fdffe99833aea6c005658801a9047a5d382b6f61d10a7741c3295ea353a44c43a52897236ff"
		"582047ef593d85a657a902"
	}
};

/* No encoder wrote these; each breaks one rule. */
typedef struct Forged
{
	const char *name;
	const CodecClass *class;
	int			count;
	const char *hex;
} Forged;

static const Forged forged[] = {
	{"no bytes at all", &class_int64, 0, ""},
	{"unknown encoding", &class_int64, 4, "0900"},
	{"encoding of another class", &class_float64, 4, "0102"},
	{"frame for no integers", &class_int64, 0, "03"},
	{"plain for no floats", &class_float64, 0, "14"},
	{"bitmap for no booleans", &class_bool, 0, "22"},
	{"all of no booleans", &class_bool, 0, "21"},
	{"varint with a zero too many", &class_int64, 4, "018000"},
	{"varint beyond 64 bits", &class_int64, 4, "01ffffffffffffffffff02"},
	{"varint without end", &class_int64, 4, "0180808080808080808080"},
	{"frame of 65 bits", &class_int64, 1, "034100000000000000000000"},
	{"frame with no exceptions after all", &class_int64, 2, "0380000001"},
	{"exception position out of range", &class_int64, 2, "03800001010200" "01"},
	{"exception positions that do not ascend", &class_int64, 2, "038000020100000001"},
	{"run of no length", &class_int64, 4, "07030200080102"},
	{"runs that are too long", &class_int64, 4, "070204080102"},
	{"run lengths of run lengths", &class_int64, 4, "070200020702000201020102"},
	{"multiples of 1", &class_int64, 2, "080201030100" "02"},
	{"multiples of multiples", &class_int64, 2, "0802020802020301" "0002"},
	{"alp with exponent 19", &class_float64, 2, "1213" "00010200"},
	{"alp with a factor over the exponent", &class_float64, 2, "120203010200"},
	{"alp_rd without entries", &class_float64, 1, "133000" "0000000000000000" "000000000000" "00"},
	{"alp_rd with an entry too wide", &class_float64, 1, "133801ffff" "00000000000000" "00"},
	{"bits beyond the last boolean", &class_bool, 3, "220f"},
	{"boolean 2", &class_bool, 100, "2302020032"},
	{"more entries than values", &class_bytes, 2, "310301003301026162" "63"},
	{"code of no entry", &class_bytes, 2, "310201043301026162"},
	{"lengths that wrap around", &class_bytes, 2, "3303050f00036162636465666768"},
	{"negative length", &class_bytes, 1, "330101"},
	{"compressed to more than it is", &class_bytes, 1, "340108054061626364"},
	{"not what LZ4 makes", &class_bytes, 1, "340150" "05" "ffffffffff"},
	{"not what zstd makes", &class_bytes, 1, "350150" "05" "ffffffffff"}
};

static int
digit(char c)
{
	return c <= '9' ? c - '0' : c - 'a' + 10;
}

static void
print_hex(const uint8_t *bytes, size_t size)
{
	printf("# ");
	for (size_t i = 0; i < size; i++)
		printf("%02x", bytes[i]);
	printf("\n");
}

static void
test_vector(const Golden *vector)
{
	size_t		size = strlen(vector->hex) / 2;
	uint8_t    *bytes = malloc(size + 1);
	Values	   *values = malloc(sizeof(Values));
	Values	   *decoded = malloc(sizeof(Values));
	uint16_t	starts[SYDRA_VECTOR_ROWS];
	SydraCodecRuns runs = {starts, 0};
	SydraCodecRuns *given = vector->run_length > 0 ? &runs : NULL;
	uint8_t    *encoded;
	size_t		encoded_size;

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t) (digit(vector->hex[2 * i]) << 4 | digit(vector->hex[2 * i + 1]));
	for (int at = 0; given && at < vector->count; at += vector->run_length)
		starts[runs.count++] = (uint16_t) at;

	vector->fill(values, vector->count);
	OK(size > 0 && bytes[0] == vector->encoding &&
	   vector->class->decode(bytes, size, decoded, vector->count, given) &&
	   vector->class->equal(values, decoded, vector->count), vector->name);
	encoded_size = check_round_trip(vector->class, values, vector->count, given, &encoded);
	if (!vector->old &&
		!REQUIRE(encoded_size == size && memcmp(encoded, bytes, size) == 0))
		print_hex(encoded, encoded_size);
	free(encoded);
	free(decoded);
	free(values);
	free(bytes);
}

static void
test_forged(const Forged *vector)
{
	size_t		size = strlen(vector->hex) / 2;
	uint8_t    *bytes = malloc(size);
	void	   *decoded = malloc(class_bytes.values_size(SYDRA_VECTOR_ROWS));

	for (size_t i = 0; i < size; i++)
		bytes[i] = (uint8_t) (digit(vector->hex[2 * i]) << 4 | digit(vector->hex[2 * i + 1]));
	OK(!vector->class->decode(bytes, size, decoded, vector->count, NULL), vector->name);
	free(decoded);
	free(bytes);
}

int
main(void)
{
	for (size_t i = 0; i < sizeof(golden) / sizeof(golden[0]); i++)
		test_vector(&golden[i]);
	for (size_t i = 0; i < sizeof(forged) / sizeof(forged[0]); i++)
		test_forged(&forged[i]);
	free(bytes_buffer);
	return tap_done();
}
