/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Main mode as the responder (RFC 2409 5.4, 5.1), for a gateway that renews phase 1 itself:
 *
 *					<--	HDR, SA, VID...
 *	HDR, SA, VID...			-->
 *					<--	HDR, KE, Ni, NAT-D, NAT-D
 *	HDR, KE, Nr, NAT-D, NAT-D...	-->
 *					<--	HDR*, IDii, HASH_I
 *	HDR*, IDir, HASH_R		-->
 *
 * Only the gateway's address may begin one, and only once a pair stands: the first phase 1 is ours
 * to make. Anybody can forge that address, so there is one of them at a time, it goes when it isn't
 * completed, and until its sender has shown by message 3 to be where he says another one may take
 * its place. Nothing ends by what is wrong in it.
 *
 * Messages 2 and 4 are repeated by us as well, though not for long: strongSwan drops an answer that is
 * there before it has noted what it asked for, and asks again only after four seconds, in which no
 * phase 2 of its own goes on. It is the gateway that gets them, whoever forged message 1.
 */
#include "ike/main-responder.h"

#include <string.h>

#include "ike/auth.h"
#include "ike/exchange.h"
#include "ike/fragment.h"
#include "ike/isakmp.h"
#include "ike/life.h"
#include "ike/main-mode.h"
#include "ike/octets.h"
#include "ike/payload.h"
#include "ike/phase1.h"
#include "ike/proposal.h"
#include "ike/rules.h"
#include "ike/slots.h"
#include "ike/vendor.h"

/* So often message 2 or 4 is repeated. */
#define MAIN_TRIES 3

/* What the gateway began and didn't complete yet, or NULL. */
static struct ike_sa *half_open(struct ike *ike)
{
	for (size_t i = 0; i < IKE_SAS_MAX; i++)
		if (ike->sas[i].used && ike->sas[i].theirs && !ike->sas[i].up)
			return &ike->sas[i];
	return NULL;
}

struct ike_sa *main_begun(struct ike *ike, const uint8_t cookie_i[static ISAKMP_COOKIE_LEN])
{
	struct ike_sa *sa = half_open(ike);

	return sa && memcmp(sa->cookie_i, cookie_i, ISAKMP_COOKIE_LEN) == 0 ? sa : NULL;
}

/*
 * A cookie names one phase 1. One that begins with ours is our own message, reflected: who passed all of
 * them on both ways would have us connected with ourselves.
 */
static bool cookie_is_used(const struct ike *ike, const uint8_t cookie_i[static ISAKMP_COOKIE_LEN])
{
	for (size_t i = 0; i < IKE_SAS_MAX; i++)
		if (ike->sas[i].used &&
		    memcmp(ike->sas[i].cookie_i, cookie_i, ISAKMP_COOKIE_LEN) == 0)
			return true;
	return false;
}

static bool from_gateway(const struct ike *ike, const struct endpoint *from)
{
	return endpoint_same_addr(from, &ike->config.remote) &&
	       (from->port == ike->config.remote.port ||
		from->port == ike->config.remote_natt_port);
}

/* A place for the new one; of those before it only one that hasn't got far gives way. */
static struct ike_sa *make_place(struct ike *ike)
{
	struct ike_sa *before = half_open(ike);

	if (before) {
		const struct ike_exchange *ex = ike_exchange_find(ike, before, 0);
		if (ex && ex->step != IKE_STEP_MM2_SENT)
			return NULL;
		ike_sa_clear(ike, before);
	}
	return ike_sa_new(ike);
}

static int send_2(struct ike *ike, struct ike_exchange *ex, const struct proposal_choice *choice,
		  nsec_t now)
{
	const struct ike_sa *sa = ex->sa;
	struct outgoing out;

	outgoing_init(&out, sa, ISAKMP_EXCHANGE_MAIN, 0);
	size_t mark = payload_open(&out.chain, ISAKMP_PAYLOAD_SA);
	proposal_build_choice(&out.b, choice, 0);
	payload_close(&out.chain, mark);
	if (sa->natt)
		payload_add(&out.chain, ISAKMP_PAYLOAD_VENDOR, sa->natt->vendor_id, VENDOR_ID_LEN);
	vendor_dpd_build(&out.chain);
	fragment_vendor_build(&out.chain);
	int r = outgoing_finish(&out);
	return r < 0 ? r : ike_exchange_send(ike, ex, &out, true, now);
}

static int answer_1(struct ike *ike, struct ike_sa *sa, const struct incoming *in,
		    const struct proposal_choice *choice)
{
	struct chunk sai_b = incoming_body(in, ISAKMP_PAYLOAD_SA, 0);
	struct ike_exchange *ex = ike_exchange_new(ike, sa, 0, in->now);

	if (!ex)
		return IKE_DROP_LIMIT;
	int r = main_cookie_random(ike, sa->cookie_r);
	if (r < 0)
		return r;
	memcpy(sa->cookie_i, in->header.cookie_i, ISAKMP_COOKIE_LEN);
	octets_set(&sa->sai_b, sai_b.data, sai_b.len);
	sa->theirs = true;
	sa->proposal = choice->phase1;
	sa->life_s = choice->life_s;
	sa->floated = in->natt;
	sa->remove = in->now + LIFE_HALF_OPEN;
	main_vendors_take(sa, &in->list);
	ike_exchange_accept(ike, ex, in);
	r = send_2(ike, ex, choice, in->now);
	if (r < 0)
		return r;
	ike_enter(ike, ex, IKE_STEP_MM2_SENT, IKE_STAGE_CHILD_UP);
	return 0;
}

void main_repeated(struct ike_exchange *ex)
{
	if ((ex->step == IKE_STEP_MM2_SENT || ex->step == IKE_STEP_MM4_SENT) &&
	    ex->rt.tries >= MAIN_TRIES)
		ex->rt.waiting = false;
}

int main_respond(struct ike *ike, struct incoming *in)
{
	struct proposal_choice choice;

	if (ike->stats.stage != IKE_STAGE_CHILD_UP || !from_gateway(ike, &in->from) ||
	    cookie_is_used(ike, in->header.cookie_i))
		return IKE_DROP_COOKIE;
	if (in->header.flags & ISAKMP_FLAG_ENCRYPTED || in->header.msgid != 0)
		return IKE_DROP_UNEXPECTED;
	int r = incoming_parse(in);
	if (r != 0)
		return r;
	r = rules_check(RULES_MM2, &in->list);
	if (r != 0)
		return r;
	if (incoming_body(in, ISAKMP_PAYLOAD_SA, 0).len > sizeof(((struct octets *)NULL)->data))
		return IKE_DROP_LIMIT;
	r = proposal_choose_phase1(incoming_body(in, ISAKMP_PAYLOAD_SA, 0), &ike->config, &choice);
	if (r != 0)
		return r;
	struct ike_sa *sa = make_place(ike);
	if (!sa)
		return IKE_DROP_LIMIT;
	r = answer_1(ike, sa, in, &choice);
	if (r != 0)
		ike_sa_clear(ike, sa);
	return r;
}

static int send_4(struct ike *ike, struct ike_exchange *ex, const struct incoming *in)
{
	struct ike_sa *sa = ex->sa;
	struct outgoing out;

	outgoing_init(&out, sa, ISAKMP_EXCHANGE_MAIN, 0);
	payload_add(&out.chain, ISAKMP_PAYLOAD_KE, sa->g_xr.data, sa->g_xr.len);
	payload_add(&out.chain, ISAKMP_PAYLOAD_NONCE, sa->nr_b.data, sa->nr_b.len);
	auth_request_build(ike, &out.chain);
	int r = sa->natt ? main_detection_build(ike, sa, &in->from, &out) : 0;
	if (r < 0)
		return r;
	r = outgoing_finish(&out);
	return r < 0 ? r : ike_exchange_send(ike, ex, &out, true, in->now);
}

int main_recv_3(struct ike *ike, struct ike_exchange *ex, const struct incoming *in)
{
	struct ike_sa *sa = ex->sa;
	struct main_values v = { .g_xi = incoming_body(in, ISAKMP_PAYLOAD_KE, 0),
				 .ni_b = incoming_body(in, ISAKMP_PAYLOAD_NONCE, 0) };

	if (main_is_weak(sa, v.g_xi, (struct chunk){ "", 0 }, v.ni_b))
		return IKE_DROP_WEAK;
	int r = ike_random(ike, sa->nr_b.data, IKE_NONCE_LEN);
	if (r < 0)
		return r;
	sa->nr_b.len = IKE_NONCE_LEN;
	/* One that was made for a value that was none. */
	ike->crypto.dh_free(ike->crypto.userdata, sa->dh_private);
	sa->dh_private = NULL;
	r = ike->crypto.dh_generate(ike->crypto.userdata, sa->proposal.group, &sa->dh_private,
				    sa->g_xr.data, &sa->g_xr.len);
	if (r < 0)
		return r;
	v.g_xr = octets_chunk(&sa->g_xr);
	v.nr_b = octets_chunk(&sa->nr_b);
	r = main_values_take(ike, ex, &v, in);
	if (r != 0)
		return r;
	return send_4(ike, ex, in);
}

static int send_6(struct ike *ike, struct ike_exchange *ex, nsec_t now)
{
	struct ike_sa *sa = ex->sa;
	struct outgoing out;

	outgoing_init(&out, sa, ISAKMP_EXCHANGE_MAIN, 0);
	int r = auth_prove(ike, sa, AUTH_RESPONDER, &out);
	if (r < 0)
		return r;
	r = outgoing_encrypt(&out, ike, sa, ex->iv);
	if (r < 0)
		return r;
	memcpy(sa->last_block, ex->iv, sizeof(sa->last_block));
	return ike_exchange_send(ike, ex, &out, false, now);
}

int main_recv_5(struct ike *ike, struct ike_exchange *ex, const struct incoming *in)
{
	struct ike_sa *sa = ex->sa;
	struct payload_id id;
	int r = auth_verify(ike, sa, AUTH_INITIATOR, in, &id);

	if (r != 0)
		return r;
	if (!auth_identity_demanded(&ike->config.remote_id, &id) ||
	    (ike->config.force_encaps && !sa->encap)) {
		ike_sa_clear(ike, sa);
		return IKE_DROP_ID;
	}
	ike_exchange_accept(ike, ex, in);
	sa->floated = in->natt;
	r = send_6(ike, ex, in->now);
	if (r < 0)
		return r;
	ike->n_theirs++;
	r = phase1_up(ike, sa, false, in->now);
	if (r < 0)
		return r;
	main_emit_natt(ike, sa);
	main_emit_up(ike, sa, &id);
	main_forget_making(ike, sa);
	return 0;
}
