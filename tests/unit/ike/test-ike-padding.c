/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may follow the last payload of an encrypted message, and what was appended on the way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/certificate/crypto.h"
#include "ike/message.h"

/* A payload of so many octets, and then a tail of so many: FILL, the last octet LAST. */
static const struct row {
	enum ike_encr encr;
	size_t payload, tail;
	uint8_t fill, last;
	int wanted;
} rows[] = {
	{ IKE_ENCR_AES_CBC, 48, 0, 0, 0, 0 },
	/* Any filling up to the block: zeroes, racoon's random octets. */
	{ IKE_ENCR_AES_CBC, 36, 12, 0, 0, 0 },
	{ IKE_ENCR_AES_CBC, 36, 12, 0x5a, 0xa5, 0 },
	{ IKE_ENCR_AES_CBC, 33, 15, 0x5a, 0x5a, 0 },
	/* A whole block, as racoon's, or of zeroes. */
	{ IKE_ENCR_AES_CBC, 48, 16, 0x5a, 16, 0 },
	{ IKE_ENCR_AES_CBC, 48, 16, 0x5a, 15, 0 },
	{ IKE_ENCR_AES_CBC, 48, 16, 0, 0, 0 },
	{ IKE_ENCR_AES_CBC, 48, 16, 0x5a, 14, IKE_DROP_MALFORMED },
	{ IKE_ENCR_AES_CBC, 48, 16, 0x5a, 17, IKE_DROP_MALFORMED },
	{ IKE_ENCR_AES_CBC, 48, 16, 0x5a, 0, IKE_DROP_MALFORMED },
	/* More than a block is nobody's padding, whatever it says. */
	{ IKE_ENCR_AES_CBC, 47, 17, 0, 0, IKE_DROP_MALFORMED },
	{ IKE_ENCR_AES_CBC, 36, 28, 0, 28, IKE_DROP_MALFORMED },
	{ IKE_ENCR_AES_CBC, 48, 32, 0, 0, IKE_DROP_MALFORMED },
	{ IKE_ENCR_AES_CBC, 48, 32, 0x5a, 16, IKE_DROP_MALFORMED },
	{ IKE_ENCR_AES_CBC, 48, 256, 0, 0, IKE_DROP_MALFORMED },
	{ IKE_ENCR_3DES_CBC, 33, 7, 0x5a, 0x5a, 0 },
	{ IKE_ENCR_3DES_CBC, 40, 8, 0x5a, 8, 0 },
	{ IKE_ENCR_3DES_CBC, 40, 8, 0x5a, 7, 0 },
	{ IKE_ENCR_3DES_CBC, 40, 8, 0x5a, 16, IKE_DROP_MALFORMED },
	{ IKE_ENCR_3DES_CBC, 36, 12, 0, 0, IKE_DROP_MALFORMED },
};

static void encrypted(const struct row *row, const struct ike_sa *sa, const uint8_t *iv,
		      uint8_t *ret)
{
	const struct isakmp_header header = { .next = ISAKMP_PAYLOAD_NONCE,
					      .flags = ISAKMP_FLAG_ENCRYPTED };
	struct builder b = builder_init(ret, IKE_DATAGRAM_MAX);
	size_t len = row->payload + row->tail;

	isakmp_header_build(&b, &header);
	builder_u16(&b, ISAKMP_PAYLOAD_NONE);
	builder_u16(&b, (uint16_t)row->payload);
	builder_zero(&b, len - ISAKMP_PAYLOAD_HEADER_LEN);
	isakmp_header_close(&b, 0);
	assert_false(b.overflow);

	uint8_t *body = ret + ISAKMP_HEADER_LEN;
	if (row->tail > 0) {
		memset(body + row->payload, row->fill, row->tail);
		body[len - 1] = row->last;
	}
	assert_int_equal(crypto_openssl.cbc(NULL, row->encr, true, secret_chunk(&sa->cipher_key),
					    iv, body, len, body),
			 0);
}

static void test_padding(void **state)
{
	static const uint8_t key[32] = { 1, 2, 3 }, iv[KEYMAT_BLOCK_MAX] = { 4, 5, 6 };
	static uint8_t data[IKE_DATAGRAM_MAX];
	static struct incoming in;
	const struct ike ike = { .crypto = crypto_openssl };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		uint16_t bits = row->encr == IKE_ENCR_AES_CBC ? 256 : 0;
		struct ike_sa sa = { .proposal = { .encr = row->encr, .key_bits = bits } };

		assert_int_equal(secret_set(&sa.cipher_key, key, bits ? 32 : 24), 0);
		encrypted(row, &sa, iv, data);
		in.raw = (struct chunk){ data, ISAKMP_HEADER_LEN + row->payload + row->tail };
		assert_int_equal(isakmp_header_parse(in.raw, &in.header), 0);
		assert_int_equal(incoming_decrypt(&in, &ike, &sa, iv), row->wanted);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_padding) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
