/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ISAKMP's parsers. The first octet says which: a whole message (0), the body of one payload by its
 * type, or what all of them read with (255). What is parsed must lie within the input, and what was built from it again must parse
 * to the same.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "ike/payload.h"
#include "ike/proposal.h"
#include "ike/rules.h"
#include "ike/sa.h"
#include "lib/cursor.h"

static void within(struct chunk inner, struct chunk outer)
{
	const uint8_t *i = inner.data, *o = outer.data;

	MUST(inner.len == 0 || (i >= o && i + inner.len <= o + outer.len));
}

static void same(const struct builder *b, struct chunk text)
{
	MUST(builder_len(b) == text.len && memcmp(b->start, text.data, text.len) == 0);
}

static void fuzz_message(struct chunk text)
{
	struct isakmp_header header;
	struct payloads list;

	if (isakmp_header_parse(text, &header) != 0)
		return;
	MUST(header.length == text.len);
	struct chunk body = { (const uint8_t *)text.data + ISAKMP_HEADER_LEN,
			      text.len - ISAKMP_HEADER_LEN };
	if (payloads_parse(header.next, body, header.flags & 1, &list) != 0)
		return;
	MUST(list.n > 0 && list.n <= ISAKMP_PAYLOADS_MAX);
	within(list.octets, body);

	uint8_t buf[70000];
	struct builder b = builder_init(buf, sizeof(buf));
	struct payload_chain chain = payload_chain_init(&b, 0);
	builder_u8(&b, 0);
	for (size_t i = 0; i < list.n; i++) {
		within(list.list[i].whole, list.octets);
		within(list.list[i].body, list.list[i].whole);
		payload_add(&chain, list.list[i].type, list.list[i].body.data,
			    list.list[i].body.len);
	}
	MUST(buf[0] == header.next && builder_len(&b) - 1 == list.octets.len);
	MUST(memcmp(buf + 1, list.octets.data, list.octets.len) == 0);
	for (enum rules_message m = RULES_MM2; m <= RULES_INFO_CLEAR; m++)
		(void)!rules_check(m, &list);
}

static void fuzz_sa(struct chunk text)
{
	static const struct ike_config config = {
		.proposals = { { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA1, IKE_GROUP_MODP2048 },
			       { IKE_ENCR_3DES_CBC, 0, IKE_HASH_SHA1, IKE_GROUP_MODP1024 } },
		.n_proposals = 2,
		.esp = { { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA1, IKE_GROUP_NONE } },
		.n_esp = 1,
		.phase1_life_s = 28800,
		.phase2_life_s = 3600,
		.phase2_life_kb = 250000,
	};
	static struct sa sa;
	struct ike_proposal proposal;
	struct proposal_child child;
	uint32_t life_s, value;

	if (proposal_match_phase1(text, &config, &proposal, &life_s) == 0)
		MUST(life_s > 0 && life_s <= 28800);
	if (proposal_match_phase2(text, &config, ISAKMP_MODE_UDP_TRANSPORT, &child) == 0)
		MUST(child.life_s > 0 && child.life_s <= 3600 && child.life_kb > 0 &&
		     child.life_kb <= 250000 && child.spi >= ISAKMP_SPI_MIN);
	static struct proposal_choice choice;
	if (proposal_choose_phase1(text, &config, &choice) == 0)
		MUST(choice.life_s > 0 && choice.life_s <= 28800);
	if (proposal_choose_phase2(text, &config, ISAKMP_MODE_UDP_TRANSPORT, &choice) == 0) {
		uint8_t buf[2000];
		struct builder b = builder_init(buf, sizeof(buf));
		MUST(choice.child.life_s > 0 && choice.child.life_s <= 3600);
		proposal_build_choice(&b, &choice, 0x1000);
		MUST(b.overflow || sa_parse((struct chunk){ buf, builder_len(&b) }, &sa) == 0);
	}
	if (sa_parse(text, &sa) != 0)
		return;
	for (size_t i = 0; i < sa.n_proposals; i++) {
		const struct sa_proposal *p = &sa.proposals[i];
		within(p->spi, text);
		MUST(p->n_transforms > 0 && p->first + p->n_transforms <= sa.n_transforms);
	}
	for (size_t i = 0; i < sa.n_transforms; i++)
		for (size_t j = 0; j < sa.transforms[i].n_attributes; j++) {
			within(sa.transforms[i].attributes[j].value, text);
			(void)!sa_attribute_u32(&sa.transforms[i].attributes[j], &value);
		}
}

static void fuzz_id(struct chunk text, struct builder *b)
{
	struct payload_id id;

	if (payload_id_parse(text, &id) != 0)
		return;
	within(id.data, text);
	payload_id_build(b, &id);
	same(b, text);
}

static void fuzz_notify(struct chunk text, struct builder *b)
{
	struct payload_notify n;
	uint32_t life_s = 3600, life_kb = 0;

	if (payload_notify_parse(text, &n) != 0)
		return;
	within(n.spi, text);
	within(n.data, text);
	payload_notify_build(b, &n);
	same(b, text);
	proposal_responder_lifetime(n.data, n.protocol, &life_s, &life_kb);
	MUST(life_s > 0 && life_s <= 3600);
}

static void fuzz_delete(struct chunk text, struct builder *b)
{
	struct payload_delete del;

	if (payload_delete_parse(text, &del) != 0)
		return;
	within(del.spis, text);
	MUST(del.spis.len == (size_t)del.spi_len * del.n_spis);
	payload_delete_build(b, &del);
	same(b, text);
}

static void fuzz_cert(struct chunk text, struct builder *b)
{
	struct payload_cert cert;

	if (payload_cert_parse(text, &cert) != 0)
		return;
	within(cert.data, text);
	payload_cert_build(b, &cert);
	same(b, text);
}

/* Every way to read, by octets that say which and how much: never beyond the end, bad for ever. */
static void fuzz_cursor(struct chunk text)
{
	struct cursor c = cursor_init(text.data, text.len);
	uint8_t copy[16];

	while (cursor_left(&c) > 0) {
		size_t left = cursor_left(&c);
		uint8_t what = cursor_u8(&c);
		if (what % 6 == 0)
			(void)cursor_u16(&c);
		else if (what % 6 == 1)
			(void)cursor_u32(&c);
		else if (what % 6 == 2)
			(void)cursor_u64(&c);
		else if (what % 6 == 3)
			cursor_copy(&c, copy, what % sizeof(copy));
		else if (what % 6 == 4)
			within(cursor_chunk(&c, what / 6), text);
		else
			MUST(cursor_sub(&c, what / 6).bad == c.bad);
		MUST(cursor_left(&c) < left);
	}
	MUST(cursor_rest(&c).len == 0 && (c.bad || cursor_done(&c)));
}

static void fuzz_nat_oa(struct chunk text)
{
	struct endpoint address;

	if (payload_nat_oa_parse(text, &address) == 0)
		MUST(endpoint_addr_len(&address) + 4 == text.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t buf[70000];
	struct builder b = builder_init(buf, sizeof(buf));

	if (size == 0 || size > UINT16_MAX)
		return 0;
	struct chunk text = { data + 1, size - 1 };
	switch (data[0]) {
	case 0:
		fuzz_message(text);
		break;
	case ISAKMP_PAYLOAD_SA:
		fuzz_sa(text);
		break;
	case ISAKMP_PAYLOAD_ID:
		fuzz_id(text, &b);
		break;
	case ISAKMP_PAYLOAD_NOTIFY:
		fuzz_notify(text, &b);
		break;
	case ISAKMP_PAYLOAD_DELETE:
		fuzz_delete(text, &b);
		break;
	case ISAKMP_PAYLOAD_CERT:
		fuzz_cert(text, &b);
		break;
	case 255:
		fuzz_cursor(text);
		break;
	case ISAKMP_PAYLOAD_NAT_OA:
		fuzz_nat_oa(text);
		break;
	}
	return 0;
}
