/* SPDX-License-Identifier: GPL-2.0-or-later */
/* L2TP's messages against their rules: every AVP of every type and length, and the policy. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/certificate/crypto.h"
#include "tests/unit/hex.h"
#include "l2tp/avp.h"
#include "l2tp/message.h"
#include "l2tp/protocol.h"

#define SCCRP                                                                                   \
	"8008 0000 0000 0002 8008 0000 0002 0100 800a 0000 0003 00000003 8009 0000 0007 6c6e73" \
	"8008 0000 0009 1234"

static struct l2tp_hiding no_secret = { .crypto = &crypto_openssl_l2tp };

static const struct {
	const char *text;
	int verdict;
	uint16_t vendor, type; /* the offender */
} cases[] = {
	/* the first AVP */
	{ "", L2TP_MESSAGE_NO_TYPE, 0, 0 },
	{ "80", L2TP_MESSAGE_NO_TYPE, 0, 0 },
	{ "8006 0000 0000", L2TP_MESSAGE_NO_TYPE, 0, 0 },
	{ "8007 0000 0000 00", L2TP_MESSAGE_NO_TYPE, 0, 0 },
	{ "8009 0000 0000 0006 00", L2TP_MESSAGE_NO_TYPE, 0, 0 },
	{ "8008 0001 0000 0006", L2TP_MESSAGE_NO_TYPE, 0, 0 },
	{ "8008 0000 0001 0006", L2TP_MESSAGE_NO_TYPE, 0, 0 },
	{ "c008 0000 0000 0006", L2TP_MESSAGE_NO_TYPE, 0, 0 },
	{ "8808 0000 0000 0006", L2TP_MESSAGE_NO_TYPE, 0, 0 },
	{ "8008 0000 0000 0006", 0, 0, 0 },
	{ "0008 0000 0000 0006", 0, 0, 0 },
	/* unknown messages: RFC 2661's reserved ones and later ones */
	{ "8008 0000 0000 0000", L2TP_MESSAGE_UNKNOWN_TYPE, 0, 0 },
	{ "0008 0000 0000 0000", L2TP_MESSAGE_IGNORE, 0, 0 },
	{ "8008 0000 0000 0005", L2TP_MESSAGE_UNKNOWN_TYPE, 0, 0 },
	{ "8008 0000 0000 000d", L2TP_MESSAGE_UNKNOWN_TYPE, 0, 0 },
	{ "8008 0000 0000 0011", L2TP_MESSAGE_UNKNOWN_TYPE, 0, 0 },
	{ "0008 0000 0000 0014", L2TP_MESSAGE_IGNORE, 0, 0 },
	{ "8008 0000 0000 ffff", L2TP_MESSAGE_UNKNOWN_TYPE, 0, 0 },
	/* unknown AVPs; the vendor before the type */
	{ SCCRP "8006 0000 0028", L2TP_MESSAGE_UNKNOWN_AVP, 0, 40 },
	{ SCCRP "0006 0000 0028", 0, 0, 0 },
	{ SCCRP "8006 0009 000b", L2TP_MESSAGE_UNKNOWN_AVP, 9, 11 },
	{ SCCRP "0006 0009 000b", 0, 0, 0 },
	{ SCCRP "8006 ffff ffff", L2TP_MESSAGE_UNKNOWN_AVP, 65535, 65535 },
	/* a reserved bit makes it unknown */
	{ SCCRP "8408 0000 000a 0004", L2TP_MESSAGE_UNKNOWN_AVP, 0, 10 },
	{ SCCRP "0408 0000 000a 0004", 0, 0, 0 },
	/* hidden ones, with and without a random vector */
	{ SCCRP "8008 0000 0024 0102 c00a 0000 000b 01020304", L2TP_MESSAGE_HIDDEN, 0, 11 },
	{ SCCRP "400a 0000 000b 01020304", 0, 0, 0 },
	{ SCCRP "8008 0000 0024 0102", 0, 0, 0 },
	/* known, but without a meaning here: of whatever length */
	{ SCCRP "8007 0000 000e 00", 0, 0, 0 },
	{ SCCRP "8006 0000 0022", 0, 0, 0 },
	{ SCCRP "8006 0000 0005", 0, 0, 0 },
	{ SCCRP "800a 0000 0000 00010002", 0, 0, 0 },
	/* wrong lengths, with M and without */
	{ SCCRP "8007 0000 000a 00", L2TP_MESSAGE_LENGTH, 0, 10 },
	{ SCCRP "8009 0000 000a 000000", L2TP_MESSAGE_LENGTH, 0, 10 },
	{ SCCRP "0007 0000 000a 00", 0, 0, 0 },
	{ SCCRP "0007 0000 0006 00", 0, 0, 0 },
	{ SCCRP "8006 0000 000b", L2TP_MESSAGE_LENGTH, 0, 11 },
	{ SCCRP "8015 0000 000d 000102030405060708090a0b0c0d0e", L2TP_MESSAGE_LENGTH, 0, 13 },
	{ SCCRP "8016 0000 000d 000102030405060708090a0b0c0d0e0f", 0, 0, 0 },
	/* what does not add up */
	{ SCCRP "00", L2TP_MESSAGE_BROKEN, 0, 0 },
	{ SCCRP "0000 0000 0000", L2TP_MESSAGE_BROKEN, 0, 0 },
	{ SCCRP "0005 0000 0008", L2TP_MESSAGE_BROKEN, 0, 0 },
	{ SCCRP "0007 0000 0008", L2TP_MESSAGE_BROKEN, 0, 0 },
	{ SCCRP "03ff 0000 0008", L2TP_MESSAGE_BROKEN, 0, 0 },
	/* the first fault counts */
	{ SCCRP "8006 0000 0028 8006 0000 0029 00", L2TP_MESSAGE_UNKNOWN_AVP, 0, 40 },
	/* the first of two counts */
	{ SCCRP "8008 0000 0009 0000", 0, 0, 0 },
	/* each of SCCRP's in turn left out; then ICRP's */
	{ "8008 0000 0000 0002 800a 0000 0003 00000003 8009 0000 0007 6c6e73 8008 0000 0009 1234",
	  L2TP_MESSAGE_MISSING, 0, 2 },
	{ "8008 0000 0000 0002 8008 0000 0002 0100 8009 0000 0007 6c6e73 8008 0000 0009 1234",
	  L2TP_MESSAGE_MISSING, 0, 3 },
	{ "8008 0000 0000 0002 8008 0000 0002 0100 800a 0000 0003 00000003 8008 0000 0009 1234",
	  L2TP_MESSAGE_MISSING, 0, 7 },
	{ "8008 0000 0000 0002 8008 0000 0002 0100 800a 0000 0003 00000003 8009 0000 0007 6c6e73",
	  L2TP_MESSAGE_MISSING, 0, 9 },
	{ "8008 0000 0000 000b", L2TP_MESSAGE_MISSING, 0, 14 },
	{ "8008 0000 0000 000b 8008 0000 000e 0001", 0, 0, 0 },
	{ "8008 0000 0000 000b 8008 0000 000e 0000", L2TP_MESSAGE_VALUE, 0, 14 },
	/* a must without M and of a wrong length is as good as missing */
	{ "8008 0000 0000 000b 0007 0000 000e 00", L2TP_MESSAGE_MISSING, 0, 14 },
	/* believed or ignored, whatever stands in them */
	{ "8008 0000 0000 0004 8006 0000 0001 8006 0000 0063 ff", 0, 0, 0 },
	{ "8008 0000 0000 000e 8006 0000 0063", 0, 0, 0 },
	{ "8008 0000 0000 000f 8006 0000 0063 ff", 0, 0, 0 },
	{ "8008 0000 0000 0010 8006 0000 0063 0000 0000 0000", 0, 0, 0 },
};

static void test_policy(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct hex h = hex(cases[i].text);
		struct l2tp_offender offender = { 1, 1 };
		struct l2tp_message m;
		int r = l2tp_message_parse(h.data, h.len, &no_secret, &m, &offender);

		if (r != cases[i].verdict || offender.vendor != cases[i].vendor ||
		    offender.type != cases[i].type)
			fail_msg("%s: %d (%u/%u)", cases[i].text, r, offender.vendor,
				 offender.type);
	}
}

/* SCCRP with one more AVP, of every type and length: the table's bounds, and no others. */
static void test_every_length(void **state)
{
	struct hex sccrp = hex(SCCRP);
	static uint8_t data[2048];
	static const uint64_t read = UINT64_C(1) << 4 | UINT64_C(1) << 6 | UINT64_C(1) << 8 |
				     UINT64_C(1) << 10 | UINT64_C(1) << 11 | UINT64_C(1) << 13;

	(void)state;
	memcpy(data, sccrp.data, sccrp.len);
	uint8_t *avp = data + sccrp.len;
	for (unsigned int type = 0; type <= 48; type++) {
		const struct avp_rule *rule = avp_find_rule((uint16_t)type);
		bool judged = type < 64 && read & UINT64_C(1) << type;

		for (unsigned int length = 6; length <= 1023; length++) {
			avp[0] = (uint8_t)(0x80 | length >> 8);
			avp[1] = (uint8_t)length;
			avp[5] = (uint8_t)type;
			struct l2tp_message m;
			struct l2tp_offender offender;
			int r = l2tp_message_parse(data, sccrp.len + length, &no_secret, &m,
						   &offender);
			int wanted = !rule ? L2TP_MESSAGE_UNKNOWN_AVP : 0;

			if (rule && judged && (length - 6 < rule->min || length - 6 > rule->max))
				wanted = L2TP_MESSAGE_LENGTH;
			if (r != wanted)
				fail_msg("type %u, length %u: %d", type, length, r);
		}
	}
}

/* SCCRP without its tunnel ID, which is hidden by "ni no hashi": values by Python's hashlib. */
#define UNTUNNELLED \
	"8008 0000 0000 0002 8008 0000 0002 0100 800a 0000 0003 00000003 8009 0000 0007 6c6e73"
#define VECTOR "8016 0000 0024 a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
#define HIDDEN "c00a 0000 0009 637445a5"

static void test_hidden(void **state)
{
	static const struct {
		const char *text;
		int verdict;
		uint16_t type; /* the offender */
	} hidden[] = {
		{ UNTUNNELLED VECTOR HIDDEN, 0, 0 },
		/* with 21 octets of padding, over two blocks */
		{ UNTUNNELLED VECTOR
		  "c01f 0000 0009 637445a5ff5e7d9fcfbf65a9ff357276dae65c84840744ecd3",
		  0, 0 },
		/* the last vector before it counts, one behind it doesn't */
		{ UNTUNNELLED VECTOR "8007 0000 0024 01 c00a 0000 0009 e0acba3a", 0, 0 },
		{ UNTUNNELLED "8007 0000 0024 01" VECTOR HIDDEN, 0, 0 },
		{ UNTUNNELLED HIDDEN VECTOR, L2TP_MESSAGE_HIDDEN, 9 },
		{ UNTUNNELLED HIDDEN, L2TP_MESSAGE_HIDDEN, 9 },
		{ UNTUNNELLED "8007 0000 0024 01" HIDDEN, L2TP_MESSAGE_HIDDEN, 9 },
		/* a hidden vector is none */
		{ UNTUNNELLED "c016 0000 0024 a0a1a2a3a4a5a6a7a8a9aaabacadaeaf" HIDDEN,
		  L2TP_MESSAGE_HIDDEN, 9 },
		/* the length within goes beyond the value; there is none; it is zero */
		{ UNTUNNELLED VECTOR "c00a 0000 0009 637545a5", L2TP_MESSAGE_HIDDEN, 9 },
		{ UNTUNNELLED VECTOR "c007 0000 0009 63", L2TP_MESSAGE_HIDDEN, 9 },
		{ UNTUNNELLED VECTOR "c006 0000 0009", L2TP_MESSAGE_HIDDEN, 9 },
		{ UNTUNNELLED VECTOR "c008 0000 0009 6376", L2TP_MESSAGE_LENGTH, 9 },
		/* without M it is as if it were not there */
		{ UNTUNNELLED "400a 0000 0009 637445a5", L2TP_MESSAGE_MISSING, 9 },
	};
	static struct l2tp_hiding hiding = { .crypto = &crypto_openssl_l2tp,
					     .secret = { "ni no hashi", 11 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(hidden); i++) {
		struct hex h = hex(hidden[i].text);
		struct l2tp_offender offender;
		struct l2tp_message m;
		int r = l2tp_message_parse(h.data, h.len, &hiding, &m, &offender);

		if (r != hidden[i].verdict || offender.type != hidden[i].type)
			fail_msg("%s: %d (%u)", hidden[i].text, r, offender.type);
		if (r == 0)
			assert_int_equal(m.assigned_tunnel_id, 0x1234);
	}
}

/* A value of three blocks, and as much of it as there is room for. */
static void test_hidden_long(void **state)
{
	struct hex h =
		hex(UNTUNNELLED VECTOR HIDDEN
		    "4035 0000 0008 27fa05eb8470bd02e8fba46c3d526f13fc31445acca467bfaca09448d2"
		    "21b8ddcad6229c9d6388ec850872767e0151");
	static struct l2tp_hiding hiding = { .crypto = &crypto_openssl_l2tp,
					     .secret = { "ni no hashi", 11 } };
	struct avp avp = { .hidden = true, .type = L2TP_AVP_VENDOR_NAME };
	static uint8_t zero[L2TP_AVP_VALUE_MAX];
	struct l2tp_offender offender;
	struct l2tp_message m;
	struct chunk value;

	(void)state;
	assert_int_equal(l2tp_message_parse(h.data, h.len, &hiding, &m, &offender), 0);
	assert_int_equal(m.vendor_name.len, 45);
	assert_memory_equal(m.vendor_name.data, "a vendor whose name takes three blocks in all",
			    45);
	/* a second one of the longest doesn't fit behind the first; nothing is written */
	avp.value = (struct chunk){ zero, sizeof(zero) };
	hiding.used = sizeof(hiding.pool) - sizeof(zero) + 1;
	assert_int_equal(l2tp_unhide(&hiding, &avp, &value), L2TP_UNHIDE_UNREADABLE);
	hiding.used = sizeof(hiding.pool);
	assert_int_equal(l2tp_unhide(&hiding, &avp, &value), L2TP_UNHIDE_UNREADABLE);
}

/* RFC 2661 4.4 and RFC 3145 once more, not taken from the program's table: octets of the value. */
struct attribute {
	unsigned int type, min, max;
};

static const struct attribute attributes[] = {
	{ 0, 2, 2 },	 { 1, 2, 1017 },  { 2, 2, 2 },	   { 3, 4, 4 },	   { 4, 4, 4 },
	{ 5, 8, 8 },	 { 6, 2, 2 },	  { 7, 1, 1017 },  { 8, 0, 1017 }, { 9, 2, 2 },
	{ 10, 2, 2 },	 { 11, 1, 1017 }, { 12, 3, 1017 }, { 13, 16, 16 }, { 14, 2, 2 },
	{ 15, 4, 4 },	 { 16, 4, 4 },	  { 17, 4, 4 },	   { 18, 4, 4 },   { 19, 4, 4 },
	{ 21, 0, 1017 }, { 22, 0, 1017 }, { 23, 0, 1017 }, { 24, 4, 4 },   { 25, 4, 4 },
	{ 26, 0, 1017 }, { 27, 0, 1017 }, { 28, 0, 1017 }, { 29, 2, 2 },   { 30, 0, 1017 },
	{ 31, 0, 1017 }, { 32, 2, 2 },	  { 33, 0, 1017 }, { 34, 26, 26 }, { 35, 10, 10 },
	{ 36, 0, 1017 }, { 37, 0, 1017 }, { 38, 4, 4 },	   { 39, 0, 0 },   { 46, 5, 1017 },
};

/* A message's AVPs that it can't do without, each as octets, and those that mean something in it. */
static const struct {
	unsigned int message;
	const char *must[8];
	unsigned int must_types[8];
	uint64_t may;
	bool lenient;
} carriers[] = {
	{ L2TP_MSG_SCCRP,
	  { "8008 0000 0002 0100", "800a 0000 0003 00000003", "8009 0000 0007 6c6e73",
	    "8008 0000 0009 1234" },
	  { 2, 3, 7, 9 },
	  1 << 4 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 11 | 1 << 13,
	  false },
	{ L2TP_MSG_ICRP, { "8008 0000 000e 5678" }, { 14 }, UINT64_C(1) << 39, false },
	{ L2TP_MSG_STOPCCN, { NULL }, { 0 }, 1 << 1 | 1 << 9, true },
	{ L2TP_MSG_CDN, { NULL }, { 0 }, 1 << 1 | 1 << 14, true },
	{ L2TP_MSG_HELLO, { NULL }, { 0 }, 0, true },
};

/* The message without the attribute, and then the attribute of LEN octets with these bits. */
static size_t carry(size_t carrier, unsigned int type, unsigned int bits, size_t len, uint8_t *data)
{
	struct hex h = hex("8008 0000 0000 0000");
	size_t used = h.len;

	h.data[7] = (uint8_t)carriers[carrier].message;
	memcpy(data, h.data, used);
	for (size_t i = 0; carriers[carrier].must[i]; i++) {
		if (carriers[carrier].must_types[i] == type)
			continue;
		h = hex(carriers[carrier].must[i]);
		memcpy(data + used, h.data, h.len);
		used += h.len;
	}
	const uint8_t header[] = { (uint8_t)((bits | (6 + len)) >> 8),
				   (uint8_t)(6 + len),
				   0,
				   0,
				   (uint8_t)(type >> 8),
				   (uint8_t)type };
	memcpy(data + used, header, 6);
	memset(data + used + 6, 1, len);
	return used + 6 + len;
}

static bool is_must(size_t carrier, unsigned int type)
{
	for (size_t i = 0; carriers[carrier].must[i]; i++)
		if (carriers[carrier].must_types[i] == type)
			return true;
	return false;
}

/* What is to come of it, without a secret. */
static int judge(size_t carrier, const struct attribute *a, unsigned int bits, size_t len)
{
	bool mandatory = bits & 0x8000, must = is_must(carrier, a->type);
	bool means = must || carriers[carrier].may & UINT64_C(1) << a->type;
	int gone = must ? L2TP_MESSAGE_MISSING : 0;

	if (carriers[carrier].lenient)
		return 0;
	if (bits & 0x3c00)
		return mandatory ? L2TP_MESSAGE_UNKNOWN_AVP : gone;
	if (!means)
		return 0;
	if (bits & 0x4000)
		return mandatory ? L2TP_MESSAGE_HIDDEN : gone;
	if (len < a->min || len > a->max)
		return mandatory ? L2TP_MESSAGE_LENGTH : gone;
	return 0;
}

/* Each attribute in each message we read, with each length that may be off by one, and each bit. */
static void test_attributes(void **state)
{
	static const unsigned int bits[] = { 0x8000, 0,	     0xc000, 0x4000, 0xa000,
					     0x2000, 0x9000, 0x8800, 0x8400, 0xfc00 };
	static uint8_t buf[2048];
	unsigned int count = 0;

	(void)state;
	for (size_t c = 0; c < ARRAY_SIZE(carriers); c++)
		for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
			const struct attribute *a = &attributes[i];
			const size_t lengths[] = {
				0,	    1,	    a->min ? a->min - 1 : 0,	       a->min,
				a->min + 1, a->max, a->max < 1017 ? a->max + 1 : 1016, 1017
			};

			for (size_t k = 0; k < ARRAY_SIZE(lengths) * ARRAY_SIZE(bits); k++) {
				size_t len = lengths[k / ARRAY_SIZE(bits)];
				unsigned int b = bits[k % ARRAY_SIZE(bits)];
				size_t size = carry(c, a->type, b, len, buf);
				/* At the end of what belongs to us, so that a step beyond is seen. */
				uint8_t *data = test_malloc(size);
				struct l2tp_message m;
				struct l2tp_offender offender;

				memcpy(data, buf, size);
				int r = l2tp_message_parse(data, size, &no_secret, &m, &offender);
				if (r != judge(c, a, b, len))
					fail_msg("message %u, type %u, bits %x, length %zu: %d, "
						 "not %d",
						 carriers[c].message, a->type, b, len, r,
						 judge(c, a, b, len));
				test_free(data);
				count++;
			}
		}
	assert_true(count >= 300);
}

/* Every truncation of a good message is refused and reads nothing behind its end. */
static void test_truncated(void **state)
{
	struct hex whole = hex(SCCRP);

	(void)state;
	for (size_t len = 0; len < whole.len; len++) {
		uint8_t *data = test_malloc(len ? len : 1);
		struct l2tp_message m;
		struct l2tp_offender offender;

		memcpy(data, whole.data, len);
		assert_int_not_equal(l2tp_message_parse(data, len, &no_secret, &m, &offender), 0);
		test_free(data);
	}
}

static void test_values(void **state)
{
	struct hex h = hex(SCCRP "0008 0000 0006 0690 0009 0000 0008 594d48 8008 0000 000a 0007"
				 "8009 0000 000b 010203");
	struct l2tp_message m;
	struct l2tp_offender offender;

	(void)state;
	assert_int_equal(l2tp_message_parse(h.data, h.len, &no_secret, &m, &offender), 0);
	assert_int_equal(m.type, L2TP_MSG_SCCRP);
	assert_true(m.mandatory);
	assert_int_equal(m.protocol_version, 0x0100);
	assert_int_equal(m.firmware, 0x0690);
	assert_int_equal(m.assigned_tunnel_id, 0x1234);
	assert_int_equal(m.window, 7);
	assert_true(hex_same(m.host_name.data, m.host_name.len, "6c6e73"));
	assert_true(hex_same(m.vendor_name.data, m.vendor_name.len, "594d48"));
	assert_true(hex_same(m.challenge.data, m.challenge.len, "010203"));
	assert_true(m.present & L2TP_AVP_BIT(L2TP_AVP_CHALLENGE));
	assert_false(m.present & L2TP_AVP_BIT(L2TP_AVP_CHALLENGE_RESPONSE));
}

/* A Result Code of 8 octets and more, and none that can be read. */
static void test_results(void **state)
{
	static const struct {
		const char *avp;
		uint16_t result, error;
		const char *text;
		bool present;
	} results[] = {
		{ "8008 0000 0001 0001", 1, 0, "", true },
		{ "8009 0000 0001 0002 00", 2, 0, "", true },
		{ "800a 0000 0001 0002 0008", 2, 8, "", true },
		{ "800c 0000 0001 0002 0007 3130", 2, 7, "3130", true },
		{ "8006 0000 0001", 0, 0, "", false },
		{ "8007 0000 0001 01", 0, 0, "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(results); i++) {
		for (unsigned int type = L2TP_MSG_STOPCCN; type <= L2TP_MSG_CDN; type += 10) {
			struct hex h = hex("8008 0000 0000 0000");
			struct hex avp = hex(results[i].avp);
			struct l2tp_message m;
			struct l2tp_offender offender;

			h.data[7] = (uint8_t)type;
			memcpy(h.data + h.len, avp.data, avp.len);
			assert_int_equal(l2tp_message_parse(h.data, h.len + avp.len, &no_secret, &m,
							    &offender),
					 0);
			assert_int_equal(m.result, results[i].result);
			assert_int_equal(m.error, results[i].error);
			assert_int_equal(m.error_text.len, hex(results[i].text).len);
			assert_true(m.error_text.len == 0 ||
				    hex_same(m.error_text.data, m.error_text.len, results[i].text));
			assert_int_equal(!!(m.present & L2TP_AVP_BIT(1)), results[i].present);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_policy),	    cmocka_unit_test(test_every_length),
		cmocka_unit_test(test_truncated),   cmocka_unit_test(test_values),
		cmocka_unit_test(test_results),	    cmocka_unit_test(test_hidden),
		cmocka_unit_test(test_hidden_long), cmocka_unit_test(test_attributes),
	};

	return cmocka_run_group_tests_name("l2tp-message", tests, NULL, NULL);
}
