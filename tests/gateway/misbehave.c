/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of misbehaviours, and the few ways of changing a message that its rows are made of. A new
 * one is a row; README.md says how.
 */
#include "misbehave.h"

#include <stdio.h>
#include <string.h>

#include <openssl/bn.h>

#include "ppp-scripts.h"

#define HEADER_LEN 28

enum {
	MAIN = 2,
	INFO = 5,
	QUICK = 32,
};

enum {
	P_SA = 1,
	P_KE = 4,
	P_ID = 5,
	P_HASH = 8,
	P_NONCE = 10,
};

static unsigned int get16(const struct odd_text *t, size_t at)
{
	return at + 2 <= t->len ? (unsigned int)(t->data[at] << 8 | t->data[at + 1]) : 0;
}

static void put16(struct odd_text *t, size_t at, unsigned int value)
{
	if (at + 2 > t->len)
		return;
	t->data[at] = (uint8_t)(value >> 8);
	t->data[at + 1] = (uint8_t)value;
}

/* Where the NTH payload of that type begins, and where its predecessor names it. 0: it isn't there. */
static size_t find(const struct odd_text *t, unsigned int type, unsigned int nth, size_t *ret_named)
{
	size_t named = 16, at = HEADER_LEN;

	while (at + 4 <= t->len && t->data[named] != 0) {
		if (t->data[named] == type && nth-- == 0) {
			*ret_named = named;
			return at;
		}
		named = at;
		at += get16(t, at + 2) < 4 ? 4 : get16(t, at + 2);
	}
	return 0;
}

/* N octets in the place of REMOVE others. */
static void splice(struct odd_text *t, size_t at, size_t remove, const void *octets, size_t n)
{
	if (at + remove > t->len || t->len - remove + n > t->size)
		return;
	memmove(t->data + at + n, t->data + at + remove, t->len - at - remove);
	if (n > 0)
		memcpy(t->data + at, octets, n);
	t->len = t->len - remove + n;
}

/* Another body for the first payload of that type. */
static void replace_body(struct odd_text *t, unsigned int type, unsigned int nth, const void *body,
			 size_t n)
{
	size_t named, at = find(t, type, nth, &named);

	if (at == 0)
		return;
	splice(t, at + 4, get16(t, at + 2) - 4, body, n);
	put16(t, at + 2, (unsigned int)(4 + n));
}

/* A payload behind all others. */
static void append(struct odd_text *t, unsigned int type, const void *body, size_t n)
{
	size_t named = 16, at = HEADER_LEN;
	uint8_t head[] = { 0, 0, (uint8_t)((4 + n) >> 8), (uint8_t)(4 + n) };

	while (at + 4 <= t->len && t->data[named] != 0) {
		named = at;
		at += get16(t, at + 2) < 4 ? 4 : get16(t, at + 2);
	}
	t->data[named] = (uint8_t)type;
	splice(t, t->len, 0, head, sizeof(head));
	splice(t, t->len, 0, body, n);
}

/* The SA's only transform: RFC 2408 3.4 to 3.6. */
static size_t transform_at(const struct odd_text *t, size_t *ret_sa, size_t *ret_proposal)
{
	size_t named, sa = find(t, P_SA, 0, &named);

	if (sa == 0)
		return 0;
	*ret_sa = sa;
	*ret_proposal = sa + 12;
	return sa + 20 + t->data[sa + 18];
}

static void grow_transform(struct odd_text *t, size_t sa, size_t proposal, size_t transform,
			   size_t n)
{
	put16(t, sa + 2, get16(t, sa + 2) + (unsigned int)n);
	put16(t, proposal + 2, get16(t, proposal + 2) + (unsigned int)n);
	put16(t, transform + 2, get16(t, transform + 2) + (unsigned int)n);
}

/* Where an attribute of the transform begins; 0: it has none of that type. */
static size_t attribute_at(const struct odd_text *t, size_t transform, unsigned int type)
{
	size_t at = transform + 8, end = transform + get16(t, transform + 2);

	while (at + 4 <= end) {
		unsigned int head = get16(t, at);
		if ((head & 0x7fff) == type)
			return at;
		at += head & 0x8000 ? 4 : 4 + get16(t, at + 2);
	}
	return 0;
}

/* Another value for an attribute; one that isn't there is added. */
static void set_attribute(const struct misbehaviour *m, struct odd_text *t)
{
	size_t sa, proposal, transform = transform_at(t, &sa, &proposal);
	const uint8_t octets[] = { (uint8_t)(0x80 | m->type >> 8), (uint8_t)m->type,
				   (uint8_t)(m->value >> 8), (uint8_t)m->value };

	if (transform == 0)
		return;
	size_t at = attribute_at(t, transform, m->type);
	if (at > 0 && !(get16(t, at) & 0x8000)) {
		put16(t, at + 4, m->value >> 16);
		put16(t, at + 6, m->value & 0xffff);
	} else if (at > 0) {
		put16(t, at + 2, m->value);
	} else {
		splice(t, transform + get16(t, transform + 2), 0, octets, sizeof(octets));
		grow_transform(t, sa, proposal, transform, sizeof(octets));
	}
}

static void set_transform_id(const struct misbehaviour *m, struct odd_text *t)
{
	size_t sa, proposal, transform = transform_at(t, &sa, &proposal);

	if (transform > 0)
		t->data[transform + 5] = (uint8_t)m->value;
}

/* The same transform twice; TYPE 2: the same proposal twice. */
static void double_choice(const struct misbehaviour *m, struct odd_text *t)
{
	size_t sa, proposal, transform = transform_at(t, &sa, &proposal);
	uint8_t copy[512];

	if (transform == 0)
		return;
	size_t at = m->type == 2 ? proposal : transform;
	size_t n = get16(t, at + 2);
	if (n > sizeof(copy))
		return;
	memcpy(copy, t->data + at, n);
	splice(t, at + n, 0, copy, n);
	t->data[at] = m->type == 2 ? 2 : 3;
	put16(t, sa + 2, get16(t, sa + 2) + (unsigned int)n);
	if (m->type == 2)
		return;
	put16(t, proposal + 2, get16(t, proposal + 2) + (unsigned int)n);
	t->data[proposal + 7] = 2;
}

static void set_spi(const struct misbehaviour *m, struct odd_text *t)
{
	size_t sa, proposal;

	if (transform_at(t, &sa, &proposal) == 0 || t->data[proposal + 6] != 4)
		return;
	put16(t, proposal + 8, m->value >> 16);
	put16(t, proposal + 10, m->value & 0xffff);
}

/* Key exchange values of modp2048 that are none; VALUE: 0, 1, or by how much p is missed. */
static void bad_ke(const struct misbehaviour *m, struct odd_text *t)
{
	uint8_t body[256] = { 0 };
	BIGNUM *p = BN_get_rfc3526_prime_2048(NULL);

	if (m->type == 0) {
		body[sizeof(body) - 1] = (uint8_t)m->value;
	} else if (p && BN_sub_word(p, m->value) && BN_bn2binpad(p, body, sizeof(body)) > 0) {
		/* p, or a little less */
	}
	BN_free(p);
	replace_body(t, P_KE, 0, body, sizeof(body));
}

/* A body of VALUE octets for the payload of that type. */
static void resize(const struct misbehaviour *m, struct odd_text *t)
{
	uint8_t body[1024];

	memset(body, 0x5a, sizeof(body));
	replace_body(t, m->type, 0, body, m->value);
}

/* A bit of the last octet of the payload of that type. */
static void flip(const struct misbehaviour *m, struct odd_text *t)
{
	size_t named, at = find(t, m->type, 0, &named);

	if (at > 0)
		t->data[at + get16(t, at + 2) - 1] ^= 1;
}

/* The payload's generic header says something else: VALUE as its length, or in its reserved octet. */
static void wrong_length(const struct misbehaviour *m, struct odd_text *t)
{
	size_t named, at = find(t, m->type, 0, &named);

	if (at > 0)
		put16(t, at + 2, m->value);
}

static void reserved_octet(const struct misbehaviour *m, struct odd_text *t)
{
	size_t named, at = find(t, m->type, 0, &named);

	if (at > 0)
		t->data[at + 1] = (uint8_t)m->value;
}

static void remove_payload(const struct misbehaviour *m, struct odd_text *t)
{
	size_t named, at = find(t, m->type, 0, &named);

	if (at == 0)
		return;
	t->data[named] = t->data[at];
	splice(t, at, get16(t, at + 2), NULL, 0);
}

static void append_payload(const struct misbehaviour *m, struct odd_text *t)
{
	static const uint8_t body[32] = { 0 };

	append(t, m->type, body, m->value);
}

/* The header's exchange or flags; AT in TYPE. */
static void set_header(const struct misbehaviour *m, struct odd_text *t)
{
	t->data[m->type] = (uint8_t)m->value;
}

/* The gateway's identity of quick mode: type, protocol, port, as in OCTETS. */
static void replace_id(const struct misbehaviour *m, struct odd_text *t)
{
	replace_body(t, P_ID, m->type, m->octets, m->n_octets);
}

#define OCTETS(s) .octets = (s), .n_octets = sizeof(s) - 1
/* clang-format off: a table. */
static const struct misbehaviour table[] = {
	{ "proper", "-", "connects" },

	/* S14: what was not offered. */
	{ "phase1-cipher", "S14", "14", .exchange = MAIN, .first = P_SA, .hashed = true,
	  .spoil = set_attribute, .type = 1, .value = 1 },
	{ "phase1-key-length", "S14", "14", .exchange = MAIN, .first = P_SA, .hashed = true,
	  .spoil = set_attribute, .type = 14, .value = 192 },
	{ "phase1-extra-attribute", "S14", "14", .exchange = MAIN, .first = P_SA, .hashed = true,
	  .spoil = set_attribute, .type = 13, .value = 1 },
	{ "phase1-longer-life", "S14", "14", .exchange = MAIN, .first = P_SA, .hashed = true,
	  .spoil = set_attribute, .type = 12, .value = 0x7fffff },
	{ "phase2-tunnel-mode", "S14", "16", .exchange = QUICK, .first = P_HASH,
	  .spoil = set_attribute, .type = 4, .value = 3 },
	{ "phase2-plain-transport", "S14", "16", .exchange = QUICK, .first = P_HASH,
	  .spoil = set_attribute, .type = 4, .value = 2 },
	{ "phase2-cipher", "S14", "16", .exchange = QUICK, .first = P_HASH,
	  .spoil = set_transform_id, .value = 3 },
	{ "phase2-null-cipher", "S14", "16", .exchange = QUICK, .first = P_HASH,
	  .spoil = set_transform_id, .value = 11 },
	{ "phase2-hmac", "S14", "16", .exchange = QUICK, .first = P_HASH, .spoil = set_attribute,
	  .type = 5, .value = 1 },
	{ "phase2-longer-life", "S14", "16", .exchange = QUICK, .first = P_HASH,
	  .spoil = set_attribute, .type = 2, .value = 0x7fffff },
	{ "phase2-extra-attribute", "S14", "16", .exchange = QUICK, .first = P_HASH,
	  .spoil = set_attribute, .type = 9, .value = 1 },
	{ "phase2-group", "S14", "16", .exchange = QUICK, .first = P_HASH, .spoil = set_attribute,
	  .type = 3, .value = 14 },
	{ "selector-port", "S14", "16", .exchange = QUICK, .first = P_HASH, .spoil = replace_id,
	  .type = 1, OCTETS("\1\x11\0\x35\xc0\xa8\x64\1") },
	{ "selector-protocol", "S14", "16", .exchange = QUICK, .first = P_HASH, .spoil = replace_id,
	  .type = 1, OCTETS("\1\6\6\xa5\xc0\xa8\x64\1") },
	{ "selector-subnet", "S14", "16", .exchange = QUICK, .first = P_HASH, .spoil = replace_id,
	  .type = 1, OCTETS("\4\x11\6\xa5\0\0\0\0\0\0\0\0") },
	{ "selector-client-port", "S14", "16", .exchange = QUICK, .first = P_HASH,
	  .spoil = replace_id, .type = 0, OCTETS("\1\x11\0\x35\xc0\xa8\x0a\x0b") },
	/* Its twin: the gateway's own view of its address, as a router behind NAT may have it. */
	{ "selector-private", "S14", "connects", .exchange = QUICK, .first = P_HASH,
	  .spoil = replace_id, .type = 1, OCTETS("\1\x11\6\xa5\xc0\xa8\x64\1") },

	/* S13: weak, and not offered. */
	{ "phase1-md5", "S13", "14", .exchange = MAIN, .first = P_SA, .hashed = true,
	  .spoil = set_attribute, .type = 2, .value = 1 },
	{ "phase1-modp768", "S13", "14", .exchange = MAIN, .first = P_SA, .hashed = true,
	  .spoil = set_attribute, .type = 4, .value = 1 },
	{ "phase1-modp1024", "S13", "14", .exchange = MAIN, .first = P_SA, .hashed = true,
	  .spoil = set_attribute, .type = 4, .value = 2 },

	/* S12: another way of proving who one is. */
	{ "auth-rsa", "S12", "14", .exchange = MAIN, .first = P_SA, .hashed = true,
	  .spoil = set_attribute, .type = 3, .value = 3 },
	{ "auth-pke", "S12", "14", .exchange = MAIN, .first = P_SA, .hashed = true,
	  .spoil = set_attribute, .type = 3, .value = 4 },
	{ "auth-rpke", "S12", "14", .exchange = MAIN, .first = P_SA, .hashed = true,
	  .spoil = set_attribute, .type = 3, .value = 5 },
	{ "auth-xauth", "S12", "14", .exchange = MAIN, .first = P_SA, .hashed = true,
	  .spoil = set_attribute, .type = 3, .value = 65001 },
	{ "aggressive", "S12", "14", .exchange = MAIN, .first = P_SA, .hashed = true,
	  .spoil = set_header, .type = 18, .value = 4 },

	/* S8: what broke others. */
	{ "two-transforms", "S8", "14", .exchange = MAIN, .first = P_SA, .hashed = true,
	  .spoil = double_choice, .type = 1 },
	{ "two-proposals", "S8", "14", .exchange = MAIN, .first = P_SA, .hashed = true,
	  .spoil = double_choice, .type = 2 },
	{ "phase2-two-transforms", "S8", "16", .exchange = QUICK, .first = P_HASH,
	  .spoil = double_choice, .type = 1 },
	{ "phase2-two-proposals", "S8", "16", .exchange = QUICK, .first = P_HASH,
	  .spoil = double_choice, .type = 2 },
	{ "ke-0", "S8", "14", .exchange = MAIN, .first = P_KE, .hashed = true, .spoil = bad_ke,
	  .type = 0, .value = 0 },
	{ "ke-1", "S8", "14", .exchange = MAIN, .first = P_KE, .hashed = true, .spoil = bad_ke,
	  .type = 0, .value = 1 },
	{ "ke-p-1", "S8", "14", .exchange = MAIN, .first = P_KE, .hashed = true, .spoil = bad_ke,
	  .type = 1, .value = 1 },
	{ "ke-p", "S8", "14", .exchange = MAIN, .first = P_KE, .hashed = true, .spoil = bad_ke,
	  .type = 1, .value = 0 },
	{ "ke-short", "S8", "14", .exchange = MAIN, .first = P_KE, .hashed = true, .spoil = resize,
	  .type = P_KE, .value = 255 },
	{ "ke-long", "S8", "14", .exchange = MAIN, .first = P_KE, .hashed = true, .spoil = resize,
	  .type = P_KE, .value = 257 },
	{ "nonce-short", "S8", "14", .exchange = MAIN, .first = P_KE, .hashed = true,
	  .spoil = resize, .type = P_NONCE, .value = 7 },
	{ "nonce-long", "S8", "14", .exchange = MAIN, .first = P_KE, .hashed = true,
	  .spoil = resize, .type = P_NONCE, .value = 257 },
	{ "no-nonce", "S8", "14", .exchange = MAIN, .first = P_KE, .hashed = true,
	  .spoil = remove_payload, .type = P_NONCE },
	{ "phase2-nonce-short", "S8", "16", .exchange = QUICK, .first = P_HASH, .spoil = resize,
	  .type = P_NONCE, .value = 7 },
	{ "phase2-no-nonce", "S8", "16 connects", .exchange = QUICK, .first = P_HASH,
	  .spoil = remove_payload, .type = P_NONCE },
	{ "phase2-unasked-ke", "S8", "16", .exchange = QUICK, .first = P_HASH,
	  .spoil = append_payload, .type = P_KE, .value = 32 },
	{ "wrong-hash", "S8", "15", .exchange = MAIN, .first = P_ID, .hashed = true, .spoil = flip,
	  .type = P_HASH },
	{ "empty-hash", "S8", "15", .exchange = MAIN, .first = P_ID, .hashed = true,
	  .spoil = resize, .type = P_HASH, .value = 0 },
	{ "phase2-wrong-hash", "S8", "16", .exchange = QUICK, .first = P_HASH, .hashed = true,
	  .spoil = flip, .type = P_HASH },
	{ "phase2-id-mix", "S8", "16", .exchange = QUICK, .first = P_HASH, .spoil = replace_id,
	  .type = 1, OCTETS("\5\x11\6\xa5\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\1") },
	{ "spi-0", "S8", "16", .exchange = QUICK, .first = P_HASH, .spoil = set_spi, .value = 0 },
	{ "spi-reserved", "S8", "16", .exchange = QUICK, .first = P_HASH, .spoil = set_spi,
	  .value = 255 },
	{ "sak-payload", "S8", "14", .exchange = MAIN, .first = P_SA, .hashed = true,
	  .spoil = append_payload, .type = 15, .value = 16 },
	{ "unknown-payload", "S8", "14", .exchange = MAIN, .first = P_SA, .hashed = true,
	  .spoil = append_payload, .type = 127, .value = 16 },
	{ "reserved-octet", "S8", "14", .exchange = MAIN, .first = P_SA, .hashed = true,
	  .spoil = reserved_octet, .type = P_SA, .value = 0xff },
	{ "length-0", "S8", "14", .exchange = MAIN, .first = P_SA, .hashed = true,
	  .spoil = wrong_length, .type = P_SA, .value = 0 },
	{ "length-beyond", "S8", "14", .exchange = MAIN, .first = P_SA, .hashed = true,
	  .spoil = wrong_length, .type = P_SA, .value = 0xffff },
	{ "length-3", "S8", "14", .exchange = MAIN, .first = P_KE, .hashed = true,
	  .spoil = wrong_length, .type = P_NONCE, .value = 3 },

	/* S15 and the roughness of a real network. */
	{ "clear-errors", "S15", "connects", .wire = WIRE_CLEAR_ERRORS },
	{ "doubled", "F2", "connects", .wire = WIRE_DOUBLED },
	{ "late", "F3", "connects", .wire = WIRE_LATE },
	{ "again-later", "F2", "connects", .wire = WIRE_AGAIN_LATER },

	/* Silence at each step. */
	/* Its port 4500 answers, so that the client goes on there. */
	{ "silent-message-2", "-", "connects", .leaves_out = STEP_MAIN_2 },
	{ "silent-message-4", "-", "14", .leaves_out = STEP_MAIN_4 },
	{ "silent-port-4500", "-", "13", .leaves_out = STEP_PORT_4500 },
	/* A fresh message is answered on that port: it isn't the port. */
	{ "silent-message-6", "-", "15", .leaves_out = STEP_MAIN_6 },
	/* It may be asked once more, as somebody else from port 1701, and answer. */
	{ "silent-quick-mode", "-", "16 connects", .leaves_out = STEP_QUICK_2 },
	{ "silent-sccrp", "-", "17", .leaves_out = STEP_SCCRP },
	{ "silent-icrp", "-", "17", .leaves_out = STEP_ICRP },

	/* S27: L2TP's attributes. 2 SCCRP, 11 ICRP. */
	{ "sccrp-unknown-mandatory", "S27", "17", .l2tp = 2, OCTETS("\x80\x08\0\0\0\x63\1\2") },
	{ "sccrp-unknown-optional", "S27", "connects", .l2tp = 2, OCTETS("\0\x08\0\0\0\x63\1\2") },
	{ "sccrp-vendor-mandatory", "S27", "17", .l2tp = 2, OCTETS("\x80\x08\4\xd2\0\7\1\2") },
	{ "sccrp-vendor-optional", "S27", "connects", .l2tp = 2, OCTETS("\0\x08\4\xd2\0\x09\1\2") },
	{ "sccrp-reserved-bits", "S27", "17", .l2tp = 2, OCTETS("\xa0\x08\0\0\0\7xx") },
	{ "sccrp-length-5", "S27", "17", .l2tp = 2, OCTETS("\x80\5\0\0\0\7") },
	{ "sccrp-length-0", "S27", "17", .l2tp = 2, OCTETS("\x80\0\0\0\0\7") },
	{ "sccrp-length-beyond", "S27", "17", .l2tp = 2, OCTETS("\x83\xff\0\0\0\7gateway") },
	{ "sccrp-half-avp", "S27", "17", .l2tp = 2, OCTETS("\x80\x08\0") },
	{ "sccrp-tunnel-0", "S27", "17", .l2tp = 2, OCTETS("\x80\x08\0\0\0\x09\0\0") },
	{ "sccrp-window-0", "S27", "17 connects", .l2tp = 2, OCTETS("\x80\x08\0\0\0\x0a\0\0") },
	{ "sccrp-hidden", "S27", "17", .l2tp = 2,
	  OCTETS("\xc0\x18\0\0\0\7"
		 "abcdefghabcdefghab") },
	{ "icrp-unknown-mandatory", "S27", "17", .l2tp = 11, OCTETS("\x80\x08\0\0\0\x63\1\2") },
	{ "icrp-unknown-optional", "S27", "connects", .l2tp = 11, OCTETS("\0\x08\0\0\0\x63\1\2") },
	{ "icrp-session-0", "S27", "17", .l2tp = 11, OCTETS("\x80\x08\0\0\0\x0e\0\0") },

	/* S6 and S4: PPP. */
	{ "ppp-early-success", "S6", "18 19", .ppp = &ppp_early_success },
	{ "ppp-wrong-success", "S6", "18 19", .ppp = &ppp_wrong_success },
	{ "ppp-empty-success", "S6", "18 19", .ppp = &ppp_success_empty },
	{ "ppp-empty-failure", "S6", "18 19", .ppp = &ppp_failure_empty },
	{ "ppp-huge-failure", "S6", "18 19", .ppp = &ppp_failure_huge },
	{ "ppp-refuses", "S6", "19", .ppp = &ppp_refuses },
	{ "ppp-logon-hours", "-", "19", .ppp = &ppp_logon_hours },
	{ "ppp-disabled", "-", "19", .ppp = &ppp_disabled },
	{ "ppp-expired", "-", "19", .ppp = &ppp_expired },
	{ "ppp-no-dialin", "-", "19", .ppp = &ppp_no_dialin },
	{ "ppp-must-change", "-", "19", .ppp = &ppp_must_change },
	{ "ppp-unasked", "S4", "19", .ppp = &ppp_unasked },
	{ "ppp-stac", "S4", "connects", .ppp = &ppp_stac },

	/* The manners of LNSs in use: the strongest method that both know, from any list. */
	{ "pap-first", "-", "connects", .ppp = &ppp_pap_first },
	{ "pap-alone", "-", "connects", .ppp = &ppp_pap_alone },
	{ "eap-first", "-", "connects", .ppp = &ppp_eap_first },
	{ "eap-alone", "-", "18", .ppp = &ppp_eap_alone },
	{ "early-echo", "-", "connects", .ppp = &ppp_early_echo },
	{ "thinks-8", "-", "connects", .ppp = &ppp_thinks_8 },
	{ "thinks-45", "-", "19", .ppp = &ppp_thinks_45 },
	{ "thinks-45-pap", "-", "19", .ppp = &ppp_thinks_45_pap },
	{ "thinks-25-asks-again", "-", "connects", .ppp = &ppp_thinks_25_asks_again },
	{ "reopens", "-", "connects", .ppp = &ppp_reopens },
	{ "demands-mppe", "-", "18", .ppp = &ppp_demands_mppe },
	/* A second login of the same user, refused without a reason. */
	{ "connected-already", "-", "19", .ppp = &ppp_failure_empty },
	{ "ends-with-call", "-", "connects", .ends_with_call = true, .ppp = &ppp_second_call },
	{ "drops-challenge", "-", "connects", .drops_challenge = true },
};
/* clang-format on */

const struct misbehaviour *misbehave_nth(size_t nth)
{
	return nth < sizeof(table) / sizeof(table[0]) ? &table[nth] : NULL;
}

const struct misbehaviour *misbehave_find(const char *name)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (strcmp(table[i].name, name) == 0)
			return &table[i];
	return NULL;
}

void misbehave_list(void)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		printf("%s %s %s\n", table[i].name, table[i].threat, table[i].becomes);
}

void misbehave_ike(const struct misbehaviour *m, bool hashed, uint8_t *text, size_t *len,
		   size_t size)
{
	struct odd_text t = { text, *len, size };

	if (!m->spoil || hashed != m->hashed || text[18] != m->exchange || text[16] != m->first)
		return;
	m->spoil(m, &t);
	*len = t.len;
}

/* Which step a datagram of IKE's is. */
static enum misbehave_step step_of(const uint8_t *header)
{
	bool encrypted = header[19] & 1;

	if (header[18] == QUICK)
		return STEP_QUICK_2;
	if (header[18] != MAIN)
		return STEP_NONE;
	return encrypted ? STEP_MAIN_6 : header[16] == P_SA ? STEP_MAIN_2 : STEP_MAIN_4;
}

bool misbehave_drops(const struct misbehaviour *m, const uint8_t *data, size_t len, bool natt)
{
	size_t marker = natt ? 4 : 0;

	if (m->leaves_out == STEP_NONE || len < marker + HEADER_LEN)
		return false;
	return m->leaves_out == step_of(data + marker) || (m->leaves_out == STEP_PORT_4500 && natt);
}

/* The attribute in whose place another is put (RFC 2661 4.1). */
static void remove_avp(struct odd_datagram *d, unsigned int type)
{
	size_t at = 12;

	while (at + 6 <= d->len) {
		size_t len = (size_t)(d->data[at] << 8 | d->data[at + 1]) & 0x3ff;
		if (len < 6 || at + len > d->len)
			return;
		if (d->data[at + 2] == 0 && d->data[at + 3] == 0 &&
		    (unsigned int)(d->data[at + 4] << 8 | d->data[at + 5]) == type) {
			memmove(d->data + at, d->data + at + len, d->len - at - len);
			d->len -= len;
			return;
		}
		at += len;
	}
}

bool misbehave_l2tp(const struct misbehaviour *m, struct odd_datagram *d)
{
	/* A message has its type in its first AVP, behind two headers. */
	unsigned int type = d->len >= 20 ? d->data[19] : 0;

	if ((m->leaves_out == STEP_SCCRP && type == 2) ||
	    (m->leaves_out == STEP_ICRP && type == 11) ||
	    (m->leaves_out == STEP_ZLB && d->len == 12))
		return false;
	if (m->l2tp == 0 || type != m->l2tp || d->len + m->n_octets > sizeof(d->data))
		return true;
	if (m->n_octets > 6 && m->octets[2] == 0 && m->octets[3] == 0)
		remove_avp(d, (unsigned int)(m->octets[4] << 8 | m->octets[5]));
	memcpy(d->data + d->len, m->octets, m->n_octets);
	d->len += m->n_octets;
	d->data[2] = (uint8_t)(d->len >> 8);
	d->data[3] = (uint8_t)d->len;
	return true;
}
