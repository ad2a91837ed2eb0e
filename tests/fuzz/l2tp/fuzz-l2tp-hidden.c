/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hidden AVPs, by whoever has the secret: the first octet says what is done with the rest.
 *   even  a message as it stands, read with the secret
 *   odd   a list of AVPs to be hidden: bits (an octet: 1 no M, 2 a new vector before it, 4 spoil the
 *         cipher text, 8 not hidden), type, padding, length (an octet each), value. What was hidden and
 *         not spoilt must come out as it went in.
 */
#include <errno.h>
#include <string.h>

#include "client/certificate/crypto.h"
#include "tests/fuzz/fuzz.h"
#include "l2tp/message.h"
#include "l2tp/protocol.h"
#include "lib/builder.h"
#include "lib/cursor.h"

#define MESSAGE_MAX 1488

static const char secret[] = "ni no hashi";
static const uint8_t vector[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16 };

static void md5(const struct chunk *parts, size_t n, uint8_t ret[16])
{
	MUST(crypto_openssl_l2tp.md5(crypto_openssl_l2tp.userdata, parts, n, ret) == 0);
}

/* RFC 2661 4.3, in the direction the program never goes. Return: octets, as many as in TEXT. */
static void hide(uint16_t type, uint8_t *text, size_t len)
{
	const uint8_t number[] = { (uint8_t)(type >> 8), (uint8_t)type };
	const struct chunk word = { secret, sizeof(secret) - 1 };
	const struct chunk first[] = { { number, 2 }, word, { vector, sizeof(vector) } };
	uint8_t key[16];

	md5(first, 3, key);
	for (size_t at = 0; at < len; at += 16) {
		const struct chunk next[] = { word, { text + at, 16 } };
		for (size_t i = at; i < at + 16 && i < len; i++)
			text[i] ^= key[i - at];
		if (at + 16 < len)
			md5(next, 2, key);
	}
}

static void put_header(struct builder *b, unsigned int bits, uint16_t type, size_t len)
{
	builder_u16(b, (uint16_t)(bits | (6 + len)));
	builder_u16(b, 0);
	builder_u16(b, type);
}

/* One AVP of the list, written and, if nothing was spoilt, read again. */
static void put_one(struct builder *b, struct cursor *c)
{
	uint8_t bits = cursor_u8(c), type = cursor_u8(c), padding = cursor_u8(c);
	struct chunk value = cursor_chunk(c, cursor_u8(c));
	unsigned int m = bits & 1 ? 0 : L2TP_AVP_MANDATORY;
	uint8_t text[2 + 255 + 255] = { 0 };
	size_t len = 2 + value.len + padding;

	if (c->bad)
		return;
	if (bits & 2) {
		put_header(b, L2TP_AVP_MANDATORY, L2TP_AVP_RANDOM_VECTOR, sizeof(vector));
		builder_bytes(b, vector, sizeof(vector));
	}
	if (bits & 8) {
		put_header(b, m, type, value.len);
		builder_bytes(b, value.data, value.len);
		return;
	}
	text[1] = (uint8_t)value.len;
	memcpy(text + 2, value.data, value.len);
	hide(type, text, len);

	static struct l2tp_hiding h = { .crypto = &crypto_openssl_l2tp,
					.secret = { secret, sizeof(secret) - 1 },
					.vector = { vector, sizeof(vector) } };
	const struct avp avp = { .hidden = true, .type = type, .value = { text, len } };
	struct chunk clear;
	h.used = 0;
	MUST(l2tp_unhide(&h, &avp, &clear) == 0);
	MUST(clear.len == value.len && memcmp(clear.data, value.data, value.len) == 0);

	if (bits & 4)
		text[padding % len] ^= 0x55;
	put_header(b, m | L2TP_AVP_HIDDEN, type, len);
	builder_bytes(b, text, len);
}

static bool within(const void *base, size_t size, struct chunk view)
{
	const uint8_t *p = view.data, *from = base;

	return view.len == 0 ||
	       (p >= from && p <= from + size && view.len <= (size_t)(from + size - p));
}

static int failing_md5(void *userdata, const struct chunk *parts, size_t n_parts,
		       uint8_t ret[static L2TP_MD5_LEN])
{
	(void)userdata;
	(void)parts;
	(void)n_parts;
	(void)ret;
	return -EIO;
}

/* Our own trouble is passed on and is nobody's verdict. */
static void read_in_trouble(const uint8_t *data, size_t len)
{
	static const struct l2tp_crypto broken = { .md5 = failing_md5 };
	static struct l2tp_hiding h = { .crypto = &broken,
					.secret = { secret, sizeof(secret) - 1 } };
	struct l2tp_message m = {};
	struct l2tp_offender offender;
	int r = l2tp_message_parse(data, len, &h, &m, &offender);

	MUST(r >= 0 || r == -EIO);
}

static void read_message(const uint8_t *data, size_t len)
{
	read_in_trouble(data, len);

	static struct l2tp_hiding h = { .crypto = &crypto_openssl_l2tp,
					.secret = { secret, sizeof(secret) - 1 } };
	struct l2tp_message m = {};
	struct l2tp_offender offender;
	int r = l2tp_message_parse(data, len, &h, &m, &offender);

	MUST(r >= 0 && h.used <= sizeof(h.pool));
	const struct chunk views[] = { m.host_name, m.vendor_name, m.challenge,
				       m.challenge_response, m.error_text };
	for (size_t i = 0; i < ARRAY_SIZE(views); i++)
		MUST(within(data, len, views[i]) || within(h.pool, h.used, views[i]));
	if (m.present & L2TP_AVP_BIT(L2TP_AVP_CHALLENGE_RESPONSE))
		MUST(m.challenge_response.len == 16);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_init(data, size);
	uint8_t kind = cursor_u8(&c), buf[MESSAGE_MAX];

	if (c.bad)
		return 0;
	if (kind % 2 == 0) {
		read_message(data + 1, size - 1);
		return 0;
	}
	struct builder b = builder_init(buf, sizeof(buf));
	put_header(&b, L2TP_AVP_MANDATORY, L2TP_AVP_MESSAGE_TYPE, 2);
	builder_u16(&b, cursor_u8(&c) % 20);
	while (cursor_left(&c) > 0)
		put_one(&b, &c);
	long len = builder_finish(&b);
	if (len >= 0)
		read_message(buf, (size_t)len);
	return 0;
}
