/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every row of the table of misbehaviours changes the message that it is meant for and no other, and
 * what a row of no message's is meant for leaves all alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "misbehave.h"
#include "tests/sim/ike/isakmp-text.h"

#define TEXT_MAX 1400

static const uint8_t zero[256];

static struct isa_message begin(uint8_t buf[TEXT_MAX], uint8_t exchange)
{
	return isa_begin(buf, TEXT_MAX, zero, zero, exchange, 0, 0);
}

static void put_sa(struct isa_message *m, uint8_t protocol, size_t spi_len)
{
	/* AES-256, SHA-256, PSK, modp2048, seconds, 28800; in phase 2 other names for other things. */
	static const uint8_t phase1[] = { 1,	1,  0, 0, 0x80, 1, 0,	 7,    0x80, 2,	 0, 4,
					  0x80, 3,  0, 1, 0x80, 4, 0,	 14,   0x80, 11, 0, 1,
					  0,	12, 0, 4, 0,	0, 0x70, 0x80, 0x80, 14, 1, 0 };
	static const uint8_t phase2[] = { 1,	12, 0, 0, 0x80, 1,    0,    1, 0, 2,
					  0,	4,  0, 0, 0x0e, 0x10, 0x80, 4, 0, 4,
					  0x80, 5,  0, 2, 0x80, 6,    1,    0 };
	const struct isa_choice choice = {
		.proposal_nr = 1,
		.protocol = protocol,
		.transform = protocol == 1 ? (struct chunk){ phase1, sizeof(phase1) }
					   : (struct chunk){ phase2, sizeof(phase2) },
	};

	isa_put_choice(m, &choice, (struct chunk){ "spi!", spi_len });
}

/* Main mode's messages 2, 4, 6 and quick mode's 2. */
static size_t make(uint8_t buf[TEXT_MAX], int which)
{
	static const uint8_t id[] = { 1, 17, 6, 0xa5, 192, 168, 100, 2 };
	struct isa_message m = begin(buf, which == 3 ? ISA_QUICK : ISA_MAIN);

	switch (which) {
	case 0:
		put_sa(&m, 1, 0);
		break;
	case 1:
		isa_put(&m, ISA_KE, zero, 256);
		buf[ISA_HEADER_LEN + 4] = 7;
		isa_put(&m, ISA_NONCE, zero, 32);
		break;
	case 2:
		isa_put(&m, ISA_ID, id, sizeof(id));
		isa_put(&m, ISA_HASH, zero, 32);
		break;
	default:
		isa_put(&m, ISA_HASH, zero, 32);
		put_sa(&m, 3, 4);
		isa_put(&m, ISA_NONCE, zero, 32);
		isa_put(&m, ISA_ID, id, sizeof(id));
		isa_put(&m, ISA_ID, id, sizeof(id));
	}
	long len = builder_finish(&m.b);
	assert_true(len > 0);
	return (size_t)len;
}

static bool changes(const struct misbehaviour *m, int which, bool hashed)
{
	uint8_t text[TEXT_MAX], before[TEXT_MAX];
	size_t len = make(text, which), len_before = len;

	memcpy(before, text, len);
	misbehave_ike(m, hashed, text, &len, sizeof(text));
	assert_true(len <= sizeof(text));
	return len != len_before || memcmp(text, before, len) != 0;
}

static void each_row_spoils_its_message_alone(void **state)
{
	const struct misbehaviour *m;

	(void)state;
	for (size_t i = 0; (m = misbehave_nth(i)); i++) {
		unsigned int n = 0;
		for (int which = 0; which < 4; which++)
			n += changes(m, which, false) + changes(m, which, true);
		if (n != (m->spoil ? 1 : 0))
			fail_msg("%s changes %u messages", m->name, n);
	}
}

static void each_row_of_l2tp_changes_its_message(void **state)
{
	/* Header, Message Type, Assigned Tunnel ID. */
	static const uint8_t message[] = { 0xc8, 2, 0, 28, 0, 0, 0,    0, 0, 0, 0, 0, 0x80, 8,
					   0,	 0, 0, 0,  0, 0, 0x80, 8, 0, 0, 0, 9, 0,    5 };
	const struct misbehaviour *m;

	(void)state;
	for (size_t i = 0; (m = misbehave_nth(i)); i++)
		for (uint8_t type = 1; type < 17; type++) {
			struct odd_datagram d = { .len = sizeof(message) };
			memcpy(d.data, message, sizeof(message));
			d.data[19] = type;
			bool left_out = !misbehave_l2tp(m, &d);
			bool wanted = m->l2tp == type;
			bool changed = d.data[3] != message[3] || d.data[20] != message[20] ||
				       memcmp(d.data + 20, message + 20, 8) != 0;
			assert_true(changed == wanted);
			assert_true(d.data[2] << 8 | d.data[3] || !changed);
			assert_true(left_out == ((m->leaves_out == STEP_SCCRP && type == 2) ||
						 (m->leaves_out == STEP_ICRP && type == 11)));
		}
}

static void names_are_unique(void **state)
{
	const struct misbehaviour *m;

	(void)state;
	for (size_t i = 0; (m = misbehave_nth(i)); i++)
		assert_ptr_equal(misbehave_find(m->name), m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_spoils_its_message_alone),
		cmocka_unit_test(each_row_of_l2tp_changes_its_message),
		cmocka_unit_test(names_are_unique),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
