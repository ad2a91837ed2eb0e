/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each message must and may contain, as data: checked after decryption and before any handler
 * runs, so that handlers find what they look for (RFC 2409 5.4, 5.5, 5.7; RFC 3947 3.2, 5.2).
 *
 * Policy for what a row doesn't list: vendor IDs and notifies may stand in every message (RFC 2408
 * 3.16, RFC 2407 4.6.3), and so may payloads of the private range; none of them is demanded, and
 * the handlers look only at those they know. Everything else that isn't listed refuses the message.
 * Where a hash authenticates the message it must be the first payload, since it covers what
 * follows.
 */
#include "ike/rules.h"

#include "lib/macros.h"

#define RULES_PER_MESSAGE 8
#define MANY		  ISAKMP_PAYLOADS_MAX

struct payload_rule {
	uint8_t type;
	uint8_t min, max;
};

struct message_rule {
	bool encrypted;
	bool hash_first;
	struct payload_rule payloads[RULES_PER_MESSAGE]; /* up to the first without a type */
};

static const struct message_rule rules[] = {
	/* HDR, SA, VID...; a certificate request may stand in any message (RFC 2408 3.10) */
	[RULES_MM2] = { .payloads = { { ISAKMP_PAYLOAD_SA, 1, 1 },
				      { ISAKMP_PAYLOAD_CERT_REQUEST, 0, MANY } } },
	/* HDR, KE, Nr, NAT-D... */
	[RULES_MM4] = { .payloads = { { ISAKMP_PAYLOAD_KE, 1, 1 },
				      { ISAKMP_PAYLOAD_NONCE, 1, 1 },
				      { ISAKMP_PAYLOAD_NAT_D, 0, 8 },
				      { ISAKMP_PAYLOAD_NAT_D_DRAFT, 0, 8 },
				      { ISAKMP_PAYLOAD_CERT_REQUEST, 0, MANY } } },
	/* HDR*, IDir, HASH_R */
	[RULES_MM6] = { .encrypted = true,
			.payloads = { { ISAKMP_PAYLOAD_ID, 1, 1 },
				      { ISAKMP_PAYLOAD_HASH, 1, 1 } } },
	/* HDR*, IDir, [CERT...,] SIG_R (RFC 2409 5.1) */
	[RULES_MM6_SIG] = { .encrypted = true,
			    .payloads = { { ISAKMP_PAYLOAD_ID, 1, 1 },
					  { ISAKMP_PAYLOAD_CERT, 0, IKE_CERTS_MAX },
					  { ISAKMP_PAYLOAD_CERT_REQUEST, 0, MANY },
					  { ISAKMP_PAYLOAD_SIGNATURE, 1, 1 } } },
	/* HDR*, HASH(1), SA, Ni [, KE], IDci, IDcr [, NAT-OAi, NAT-OAr] */
	[RULES_QM1] = { .encrypted = true,
			.hash_first = true,
			.payloads = { { ISAKMP_PAYLOAD_HASH, 1, 1 },
				      { ISAKMP_PAYLOAD_SA, 1, 1 },
				      { ISAKMP_PAYLOAD_NONCE, 1, 1 },
				      { ISAKMP_PAYLOAD_KE, 0, 1 },
				      { ISAKMP_PAYLOAD_ID, 2, 2 },
				      { ISAKMP_PAYLOAD_NAT_OA, 0, 2 },
				      { ISAKMP_PAYLOAD_NAT_OA_DRAFT, 0, 2 } } },
	/* HDR*, HASH(2), SA, Nr [, KE], IDci, IDcr [, NAT-OAi, NAT-OAr] */
	[RULES_QM2] = { .encrypted = true,
			.hash_first = true,
			.payloads = { { ISAKMP_PAYLOAD_HASH, 1, 1 },
				      { ISAKMP_PAYLOAD_SA, 1, 1 },
				      { ISAKMP_PAYLOAD_NONCE, 1, 1 },
				      { ISAKMP_PAYLOAD_KE, 0, 1 },
				      { ISAKMP_PAYLOAD_ID, 2, 2 },
				      { ISAKMP_PAYLOAD_NAT_OA, 0, 2 },
				      { ISAKMP_PAYLOAD_NAT_OA_DRAFT, 0, 2 } } },
	/* HDR*, HASH(3) */
	[RULES_QM3] = { .encrypted = true,
			.hash_first = true,
			.payloads = { { ISAKMP_PAYLOAD_HASH, 1, 1 } } },
	/* HDR*, HASH(1), N: the commit bit's CONNECTED (RFC 2408 3.1) */
	[RULES_QM4] = { .encrypted = true,
			.hash_first = true,
			.payloads = { { ISAKMP_PAYLOAD_HASH, 1, 1 },
				      { ISAKMP_PAYLOAD_NOTIFY, 1, 1 } } },
	/* HDR*, HASH(1), N/D... */
	[RULES_INFO] = { .encrypted = true,
			 .hash_first = true,
			 .payloads = { { ISAKMP_PAYLOAD_HASH, 1, 1 },
				       { ISAKMP_PAYLOAD_NOTIFY, 0, 8 },
				       { ISAKMP_PAYLOAD_DELETE, 0, 8 } } },
	/* HDR, N... : a delete without proof is not even looked at */
	[RULES_INFO_CLEAR] = { .payloads = { { ISAKMP_PAYLOAD_NOTIFY, 1, 8 } } },
	/* HDR*, HASH, ATTR (mode-cfg 3.1) */
	[RULES_TRANSACTION] = { .encrypted = true,
				.hash_first = true,
				.payloads = { { ISAKMP_PAYLOAD_HASH, 1, 1 },
					      { ISAKMP_PAYLOAD_ATTRIBUTES, 1, 1 } } },
};

static const struct payload_rule *rule_find(const struct message_rule *rule, uint8_t type)
{
	for (size_t i = 0; i < RULES_PER_MESSAGE; i++)
		if (rule->payloads[i].type == type)
			return &rule->payloads[i];
	return NULL;
}

static bool allowed_everywhere(uint8_t type)
{
	return type == ISAKMP_PAYLOAD_VENDOR || type == ISAKMP_PAYLOAD_NOTIFY ||
	       type >= ISAKMP_PAYLOAD_PRIVATE;
}

bool rules_encrypted(enum rules_message message)
{
	return rules[message].encrypted;
}

int rules_check(enum rules_message message, const struct payloads *list)
{
	const struct message_rule *rule = &rules[message];

	for (size_t i = 0; i < list->n; i++)
		if (!rule_find(rule, list->list[i].type) && !allowed_everywhere(list->list[i].type))
			return IKE_DROP_PAYLOADS;
	for (size_t i = 0; i < RULES_PER_MESSAGE && rule->payloads[i].type != 0; i++) {
		size_t n = payloads_count(list, rule->payloads[i].type);
		if (n < rule->payloads[i].min || n > rule->payloads[i].max)
			return IKE_DROP_PAYLOADS;
	}
	if (rule->hash_first && list->list[0].type != ISAKMP_PAYLOAD_HASH)
		return IKE_DROP_PAYLOADS;
	return 0;
}
