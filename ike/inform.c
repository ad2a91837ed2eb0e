/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What we tell by informational exchanges (RFC 2409 5.7): deletes, refusals and dead peer detection (RFC 3706). Each
 * message stands alone, with its own message ID and IV. What the gateway tells is info.c's matter.
 */
#include "ike/inform.h"

#include "ike/isakmp.h"
#include "ike/keymat.h"
#include "ike/message.h"
#include "ike/msgid.h"
#include "ike/payload.h"
#include "ike/queue.h"
#include "ike/slots.h"

/* The IV of an informational message: a fresh one by its message ID (RFC 2409 appendix B). */
static int first_iv(const struct ike *ike, const struct ike_sa *sa, uint32_t msgid,
		    uint8_t ret[static KEYMAT_BLOCK_MAX])
{
	return keymat_phase2_iv(&ike->crypto, sa->proposal.hash,
				(struct chunk){ sa->last_block,
						keymat_block_len(sa->proposal.encr) },
				msgid, ret);
}

/* Hashes, encrypts and sends a message whose payloads after HASH(1) are there. */
static int finish_and_send(struct ike *ike, const struct ike_sa *sa, struct outgoing *out,
			   uint32_t msgid, nsec_t now)
{
	uint8_t hash[KEYMAT_HASH_MAX], iv[KEYMAT_BLOCK_MAX];
	int r = keymat_hash_1(&ike->crypto, sa->proposal.hash, &sa->keys.skeyid_a, msgid,
			      outgoing_rest(out), hash);

	if (r < 0)
		return r;
	outgoing_hash_fill(out, hash);
	r = first_iv(ike, sa, msgid, iv);
	if (r < 0)
		return r;
	r = outgoing_encrypt(out, ike, sa, iv);
	if (r < 0)
		return r;
	ike_queue(ike, sa->floated, out->data, builder_len(&out->b), now);
	return 0;
}

static int open_message(struct ike *ike, struct ike_sa *sa, struct outgoing *out, uint32_t *ret)
{
	int r = ike_random_msgid(ike, sa, ISAKMP_EXCHANGE_INFO, ret);

	if (r < 0)
		return r;
	outgoing_init(out, sa, ISAKMP_EXCHANGE_INFO, *ret);
	outgoing_hash_open(out, sa);
	return 0;
}

static int send_delete(struct ike *ike, struct ike_sa *sa, uint8_t protocol, struct chunk spi,
		       nsec_t now)
{
	const struct payload_delete del = { .doi = ISAKMP_DOI_IPSEC,
					    .protocol = protocol,
					    .spi_len = (uint8_t)spi.len,
					    .n_spis = 1,
					    .spis = spi };
	struct outgoing out;
	uint32_t msgid;
	int r = open_message(ike, sa, &out, &msgid);

	if (r < 0)
		return r;
	size_t mark = payload_open(&out.chain, ISAKMP_PAYLOAD_DELETE);
	payload_delete_build(&out.b, &del);
	payload_close(&out.chain, mark);
	return finish_and_send(ike, sa, &out, msgid, now);
}

/* RFC 2408 3.15: the SPI is that of the SA on which the sender receives. */
int inform_delete_pair(struct ike *ike, struct ike_sa *sa, uint32_t spi_in, nsec_t now)
{
	uint8_t spi[ISAKMP_SPI_LEN];
	struct builder b = builder_init(spi, sizeof(spi));

	builder_u32(&b, spi_in);
	return send_delete(ike, sa, ISAKMP_PROTOCOL_ESP, (struct chunk){ spi, sizeof(spi) }, now);
}

int inform_delete_sa(struct ike *ike, struct ike_sa *sa, nsec_t now)
{
	uint8_t spi[ISAKMP_COOKIE_SPI];

	ike_sa_name(sa, spi);
	return send_delete(ike, sa, ISAKMP_PROTOCOL_ISAKMP, (struct chunk){ spi, sizeof(spi) },
			   now);
}

int inform_refusal(struct ike *ike, struct ike_sa *sa, uint16_t type, nsec_t now)
{
	const struct payload_notify notify = { .doi = ISAKMP_DOI_IPSEC,
					       .protocol = ISAKMP_PROTOCOL_ESP,
					       .type = type };
	struct outgoing out;
	uint32_t msgid;
	int r = open_message(ike, sa, &out, &msgid);

	if (r < 0)
		return r;
	size_t mark = payload_open(&out.chain, ISAKMP_PAYLOAD_NOTIFY);
	payload_notify_build(&out.b, &notify);
	payload_close(&out.chain, mark);
	return finish_and_send(ike, sa, &out, msgid, now);
}

int inform_dpd(struct ike *ike, struct ike_sa *sa, uint16_t type, uint32_t sequence, nsec_t now)
{
	uint8_t spi[ISAKMP_COOKIE_SPI], number[4];
	struct builder b = builder_init(number, sizeof(number));
	const struct payload_notify notify = { .doi = ISAKMP_DOI_IPSEC,
					       .protocol = ISAKMP_PROTOCOL_ISAKMP,
					       .type = type,
					       .spi = { spi, sizeof(spi) },
					       .data = { number, sizeof(number) } };
	struct outgoing out;
	uint32_t msgid;
	int r = open_message(ike, sa, &out, &msgid);

	if (r < 0)
		return r;
	ike_sa_name(sa, spi);
	builder_u32(&b, sequence);
	size_t mark = payload_open(&out.chain, ISAKMP_PAYLOAD_NOTIFY);
	payload_notify_build(&out.b, &notify);
	payload_close(&out.chain, mark);
	return finish_and_send(ike, sa, &out, msgid, now);
}

/* RFC 3706 6.2: a number goes with every probe, the same one until it is acknowledged. */
int inform_probe(struct ike *ike, struct ike_sa *sa, nsec_t now)
{
	uint32_t sequence = sa->dpd_sequence;

	if (sequence == 0) {
		int r = ike_random(ike, &sequence, sizeof(sequence));
		if (r < 0)
			return r;
		sequence = (sequence & 0x3fffffff) | 1;
	} else if (!sa->dpd_waiting) {
		sequence++;
	}

	int r = inform_dpd(ike, sa, ISAKMP_NOTIFY_R_U_THERE, sequence, now);
	if (r < 0)
		return r;
	sa->dpd_sequence = sequence;
	sa->dpd_waiting = true;
	return 0;
}
