/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scout's questions. The rounds of SCOUT_OFFER go from what old gateways have to what few have, so
 * that the first one is nearly always enough; a refused round costs the gateway nothing. The last
 * one asks for the common algorithms with signatures in place of the pre-shared key.
 */
#include "client/connection/scout.h"

#include <string.h>

/* A question is repeated so long; who sent the scout out may have had enough before. */
#define PATIENCE_PORT  (20 * NSEC_PER_SEC)
#define PATIENCE_OFFER (2500 * NSEC_PER_MSEC)

#define P(cipher, bits, digest, dh)                                                       \
	{                                                                                 \
		.encr = IKE_ENCR_##cipher, .key_bits = (bits), .hash = IKE_HASH_##digest, \
		.group = IKE_GROUP_##dh                                                   \
	}

struct round {
	bool signatures;
	struct ike_proposal proposals[IKE_PROPOSALS_MAX]; /* up to the first without a cipher */
};

/* clang-format off */
static const struct round rounds[] = {
	{ .proposals = {
		P(AES_CBC, 256, SHA256, MODP2048), P(AES_CBC, 128, SHA256, MODP2048),
		P(AES_CBC, 256, SHA1, MODP2048), P(AES_CBC, 128, SHA1, MODP2048),
		P(AES_CBC, 256, SHA256, MODP1536), P(AES_CBC, 128, SHA256, MODP1536),
		P(AES_CBC, 256, SHA1, MODP1536), P(AES_CBC, 128, SHA1, MODP1536),
		P(AES_CBC, 256, SHA256, MODP1024), P(AES_CBC, 128, SHA256, MODP1024),
		P(AES_CBC, 256, SHA1, MODP1024), P(AES_CBC, 128, SHA1, MODP1024),
		P(3DES_CBC, 0, SHA1, MODP2048), P(3DES_CBC, 0, SHA1, MODP1536),
		P(3DES_CBC, 0, SHA1, MODP1024), P(3DES_CBC, 0, MD5, MODP1024) } },
	{ .proposals = {
		P(AES_CBC, 256, SHA256, ECP256), P(AES_CBC, 128, SHA256, ECP256),
		P(AES_CBC, 256, SHA1, ECP384), P(AES_CBC, 128, SHA1, ECP256),
		P(AES_CBC, 256, SHA384, ECP384), P(AES_CBC, 256, SHA512, ECP521),
		P(AES_CBC, 256, SHA512, MODP4096), P(AES_CBC, 256, SHA256, MODP4096),
		P(AES_CBC, 256, SHA512, MODP2048), P(AES_CBC, 256, SHA384, MODP2048),
		P(AES_CBC, 256, SHA256, MODP3072), P(AES_CBC, 128, SHA256, MODP3072),
		P(AES_CBC, 192, SHA256, MODP2048), P(AES_CBC, 192, SHA1, MODP2048),
		P(AES_CBC, 256, SHA256, CURVE25519), P(AES_CBC, 128, SHA256, CURVE25519) } },
	{ .proposals = {
		P(AES_CBC, 256, MD5, MODP2048), P(AES_CBC, 128, MD5, MODP2048),
		P(AES_CBC, 256, MD5, MODP1536), P(AES_CBC, 128, MD5, MODP1536),
		P(AES_CBC, 256, MD5, MODP1024), P(AES_CBC, 128, MD5, MODP1024),
		P(3DES_CBC, 0, MD5, MODP2048), P(3DES_CBC, 0, MD5, MODP1536),
		P(3DES_CBC, 0, SHA256, MODP2048), P(3DES_CBC, 0, SHA256, MODP1536),
		P(3DES_CBC, 0, SHA256, MODP1024), P(AES_CBC, 192, SHA1, MODP1024),
		P(AES_CBC, 192, SHA256, MODP1024), P(AES_CBC, 256, SHA512, MODP1024),
		P(AES_CBC, 256, SHA1, ECP256), P(AES_CBC, 256, SHA1, MODP4096) } },
	{ .signatures = true, .proposals = {
		P(AES_CBC, 256, SHA256, MODP2048), P(AES_CBC, 128, SHA256, MODP2048),
		P(AES_CBC, 256, SHA1, MODP2048), P(AES_CBC, 128, SHA1, MODP2048),
		P(AES_CBC, 256, SHA256, ECP256), P(AES_CBC, 256, SHA1, MODP1024),
		P(AES_CBC, 128, SHA1, MODP1024), P(3DES_CBC, 0, SHA1, MODP1024) } },
};
/* clang-format on */

static int begin(struct scout *s, nsec_t now)
{
	s->ike = ike_free(s->ike);
	int r = ike_new(&s->config, s->crypto, &s->ike);
	if (r == 0)
		r = ike_start(s->ike, now);
	if (r < 0) {
		scout_stop(s);
		return r;
	}
	s->until = now + (s->question == SCOUT_PORT ? PATIENCE_PORT : PATIENCE_OFFER);
	return 0;
}

static int begin_round(struct scout *s, nsec_t now)
{
	const struct round *round = &rounds[s->round];

	s->config.n_proposals = 0;
	while (s->config.n_proposals < IKE_PROPOSALS_MAX &&
	       round->proposals[s->config.n_proposals].encr != 0)
		s->config.n_proposals++;
	memcpy(s->config.proposals, round->proposals, sizeof(round->proposals));
	s->signatures = (struct ike_auth){ .method = IKE_AUTH_RSA_SIG };
	s->config.auth = round->signatures ? &s->signatures : NULL;
	return begin(s, now);
}

int scout_ask(struct scout *s, enum scout_question question, const struct ike_config *config,
	      const struct ike_crypto *crypto, nsec_t now)
{
	scout_stop(s);
	s->question = question;
	s->crypto = crypto;
	s->config = *config;
	s->config.psk = NULL;
	s->config.ask_only = true;
	s->round = 0;
	if (question == SCOUT_OFFER)
		return begin_round(s, now);
	s->config.ask_refusal = question == SCOUT_KNOCK;
	if (question == SCOUT_KNOCK)
		s->config.n_proposals = 1;
	if (question != SCOUT_OWN) {
		s->config.floated = true;
		s->findings.port_open = false;
	}
	return begin(s, now);
}

/* This round led to nothing: the next one, or the end. */
static void next_round(struct scout *s, nsec_t now)
{
	if (++s->round < ARRAY_SIZE(rounds) && begin_round(s, now) == 0)
		return;
	s->findings.offer_asked = true;
	scout_stop(s);
}

/* Whatever the gateway says on a port shows that it is open, a refusal as well. */
static void on_answer(struct scout *s)
{
	if (s->config.floated)
		s->findings.port_open = true;
	else
		s->findings.heard_500 = true;
}

static void on_selected(struct scout *s, const struct ike_event *event)
{
	on_answer(s);
	s->findings.natt_known = true;
	s->findings.natt = event->u.selected.natt;
	if (s->question == SCOUT_OWN) {
		s->findings.own_taken = true;
	} else if (s->question == SCOUT_OFFER) {
		s->findings.offer_asked = s->findings.offer_known = true;
		s->findings.takes = event->u.selected.proposal;
		s->findings.takes_signatures = s->config.auth != NULL;
	}
}

static void on_refused(struct scout *s, uint16_t notify, nsec_t now)
{
	on_answer(s);
	if (s->question == SCOUT_OFFER) {
		next_round(s, now);
		return;
	}
	if (s->question == SCOUT_OWN)
		s->findings.own_refused = notify;
	scout_stop(s);
}

/* The events of a question under way; any of them may end it. */
static void take_events(struct scout *s, nsec_t now)
{
	struct ike_event event;

	while (s->ike && ike_next_event(s->ike, &event)) {
		if (event.type == IKE_EVENT_SELECTED) {
			on_selected(s, &event);
			scout_stop(s);
		} else if (event.type == IKE_EVENT_NOTIFY) {
			on_refused(s, event.u.notify.type, now);
		} else if (event.type == IKE_EVENT_VENDOR) {
			vendors_add(&s->findings.vendors, event.u.vendor.data, event.u.vendor.len);
		} else if (event.type == IKE_EVENT_FAILED) {
			scout_stop(s);
		}
		ike_event_clear(&event);
	}
}

bool scout_input(struct scout *s, const struct endpoint *from, const uint8_t *data, size_t len,
		 nsec_t now)
{
	if (!s->ike)
		return false;
	int r = ike_input(s->ike, from, data, len, now);
	take_events(s, now);
	return r != IKE_DROP_COOKIE && r != IKE_DROP_KEEPALIVE;
}

nsec_t scout_deadline(const struct scout *s)
{
	return s->ike ? nsec_min(s->until, ike_deadline(s->ike)) : NSEC_NEVER;
}

void scout_timeout(struct scout *s, nsec_t now)
{
	if (!s->ike)
		return;
	if (now >= s->until) {
		/* Who doesn't answer one round won't answer the others, and is left in peace. */
		s->findings.offer_asked |= s->question == SCOUT_OFFER;
		scout_stop(s);
	} else if (now >= ike_deadline(s->ike) && ike_timeout(s->ike, now) < 0) {
		scout_stop(s);
	}
}

bool scout_next_datagram(struct scout *s, struct ike_datagram *ret)
{
	if (!s->ike || !ike_next_datagram(s->ike, ret))
		return false;
	s->findings.port_asked += s->config.floated;
	return true;
}

bool scout_is_busy(const struct scout *s)
{
	return s->ike != NULL;
}

void scout_stop(struct scout *s)
{
	s->ike = ike_free(s->ike);
	s->question = SCOUT_NOTHING;
}
