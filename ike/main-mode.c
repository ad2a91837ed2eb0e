/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Main mode with a pre-shared key or signatures as the initiator (RFC 2409 5.4, 5.1), with NAT detection (RFC 3947):
 *
 *	HDR, SA, VID...			-->
 *					<--	HDR, SA, VID...
 *	HDR, KE, Ni, NAT-D, NAT-D	-->
 *					<--	HDR, KE, Nr, NAT-D, NAT-D...
 *	HDR*, IDii, HASH_I		-->
 *					<--	HDR*, IDir, HASH_R
 *
 * With signatures [CERT...,] SIG_I and SIG_R stand in the place of HASH_I and HASH_R.
 * Message 5 and all that follows goes to port 4500 when a NAT was found (RFC 3947 4). Nothing is
 * authenticated before HASH_R, so a message that is wrong until then is dropped and the right one
 * waited for: anybody could have sent it. What a handler judges it judges before it changes
 * anything. Which payloads are there has been checked by rules.c; what proves who is auth.c's matter.
 */
#include "ike/main-mode.h"

#include <errno.h>
#include <string.h>

#include "ike/algorithm.h"
#include "ike/auth.h"
#include "ike/end.h"
#include "ike/exchange.h"
#include "ike/fragment.h"
#include "ike/isakmp.h"
#include "ike/keymat.h"
#include "ike/life.h"
#include "ike/natt.h"
#include "ike/octets.h"
#include "ike/phase1.h"
#include "ike/proposal.h"
#include "ike/queue.h"
#include "ike/retransmit.h"
#include "ike/slots.h"
#include "ike/vendor.h"

/*
 * RFC 2408 2.5.3 wants cookies that nobody can guess. Ours never begins with four zero octets,
 * which is how a header without the non-ESP marker is told from one behind it (RFC 3948 2.2).
 */
int main_cookie_random(const struct ike *ike, uint8_t ret[static ISAKMP_COOKIE_LEN])
{
	int r = ike_random(ike, ret, ISAKMP_COOKIE_LEN);

	if (r < 0)
		return r;
	if (ret[0] == 0)
		ret[0] = 0x5a;
	return 0;
}

int main_start(struct ike *ike, nsec_t now)
{
	struct ike_sa *sa = ike_sa_new(ike);
	struct ike_exchange *ex = sa ? ike_exchange_new(ike, sa, 0, now) : NULL;

	if (!ex) {
		if (sa)
			ike_sa_clear(ike, sa);
		return -ENOBUFS;
	}
	int r = main_cookie_random(ike, sa->cookie_i);
	if (r < 0)
		return r;

	struct builder b = builder_init(sa->sai_b.data, sizeof(sa->sai_b.data));
	proposal_build_phase1(&b, &ike->config);
	r = octets_build(&b, &sa->sai_b);
	if (r < 0)
		return r;

	/* Another phase 1 beside one that is up goes the way that one goes (RFC 3947 4). */
	sa->floated = ike->floated;
	if (ike->stats.stage == IKE_STAGE_CHILD_UP)
		sa->remove = now + LIFE_HALF_OPEN;
	struct outgoing out;
	outgoing_init(&out, sa, ISAKMP_EXCHANGE_MAIN, 0);
	payload_add(&out.chain, ISAKMP_PAYLOAD_SA, sa->sai_b.data, sa->sai_b.len);
	natt_vendors_build(&out.chain);
	vendor_dpd_build(&out.chain);
	fragment_vendor_build(&out.chain);
	r = outgoing_finish(&out);
	if (r < 0)
		return r;
	r = ike_exchange_send(ike, ex, &out, true, now);
	if (r < 0)
		return r;
	ike->stats.main_modes++;
	if (ike->stats.stage == IKE_STAGE_IDLE)
		ike->sa = sa;
	ike_enter(ike, ex, IKE_STEP_MM1_SENT, IKE_STAGE_MM1_SENT);
	return 0;
}

static struct natt_ends ends_of(const struct ike *ike, const struct ike_sa *sa,
				const struct endpoint *remote)
{
	struct natt_ends ends = { .cookie_i = sa->cookie_i,
				  .cookie_r = sa->cookie_r,
				  .local = ike->config.local,
				  .remote = *remote };

	if (sa->floated)
		ends.local.port = ike->config.local_natt_port;
	return ends;
}

int main_detection_build(const struct ike *ike, const struct ike_sa *sa,
			 const struct endpoint *remote, struct outgoing *out)
{
	struct natt_ends ends = ends_of(ike, sa, remote);

	return natt_detection_build(&out->chain, sa->natt, &ike->crypto, sa->proposal.hash, &ends,
				    ike->config.force_encaps);
}

static int send_3(struct ike *ike, struct ike_exchange *ex, nsec_t now)
{
	struct ike_sa *sa = ex->sa;
	struct outgoing out;

	outgoing_init(&out, sa, ISAKMP_EXCHANGE_MAIN, 0);
	payload_add(&out.chain, ISAKMP_PAYLOAD_KE, sa->g_xi.data, sa->g_xi.len);
	payload_add(&out.chain, ISAKMP_PAYLOAD_NONCE, sa->ni_b.data, sa->ni_b.len);
	auth_request_build(ike, &out.chain);
	if (sa->natt) {
		struct endpoint remote = ike->config.remote;
		if (sa->floated)
			remote.port = ike->config.remote_natt_port;
		int r = main_detection_build(ike, sa, &remote, &out);
		if (r < 0)
			return r;
	}
	int r = outgoing_finish(&out);
	if (r < 0)
		return r;
	return ike_exchange_send(ike, ex, &out, true, now);
}

void main_vendors_take(struct ike_sa *sa, const struct payloads *list)
{
	sa->natt = natt_variant_find(list);
	sa->dpd = vendor_dpd_announced(list);
	sa->fragmentation = fragment_announced(list);
}

/* That was the question: what else there is to know of the gateway stands in the same message. */
static void tell_selection(struct ike *ike, const struct ike_proposal *proposal,
			   const struct incoming *in)
{
	struct ike_event event = {
		.type = IKE_EVENT_SELECTED,
		.u.selected = { .proposal = *proposal,
				.natt = natt_variant_find(&in->list) != NULL,
				.dpd = vendor_dpd_announced(&in->list),
				.fragmentation = fragment_announced(&in->list) },
	};

	ike_emit_vendors(ike, &in->list);
	ike_emit(ike, &event);
	ike_finish(ike);
}

int main_recv_2(struct ike *ike, struct ike_exchange *ex, const struct incoming *in)
{
	static const uint8_t zero[ISAKMP_COOKIE_LEN];
	struct ike_sa *sa = ex->sa;
	struct ike_proposal proposal;
	uint32_t life_s;

	if (memcmp(in->header.cookie_r, zero, sizeof(zero)) == 0)
		return IKE_DROP_COOKIE;
	int r = proposal_match_phase1(incoming_body(in, ISAKMP_PAYLOAD_SA, 0), &ike->config,
				      &proposal, &life_s);
	if (r != 0)
		return r;

	if (ike->config.ask_only) {
		tell_selection(ike, &proposal, in);
		return 0;
	}
	r = ike_random(ike, sa->ni_b.data, IKE_NONCE_LEN);
	if (r < 0)
		return r;
	void *dh_private;
	r = ike->crypto.dh_generate(ike->crypto.userdata, proposal.group, &dh_private,
				    sa->g_xi.data, &sa->g_xi.len);
	if (r < 0)
		return r;

	sa->ni_b.len = IKE_NONCE_LEN;
	sa->dh_private = dh_private;
	sa->proposal = proposal;
	sa->life_s = life_s;
	main_vendors_take(sa, &in->list);
	memcpy(sa->cookie_r, in->header.cookie_r, sizeof(sa->cookie_r));
	ike_exchange_accept(ike, ex, in);
	ike_emit_vendors(ike, &in->list);
	return send_3(ike, ex, in->now);
}

/* The keys of phase 1 from its shared value (RFC 2409 5, 5.4, appendix B). */
static int keys_derive(const struct ike *ike, const struct ike_sa *sa, const struct main_values *v,
		       struct keymat_phase1 *ret_keys, struct secret *ret_cipher_key,
		       uint8_t ret_iv[static KEYMAT_BLOCK_MAX])
{
	_cleanup_(secret_clear) struct secret g_xy = { .len = 0 };
	_cleanup_(secret_clear) struct secret skeyid = { .len = 0 };
	const struct ike_crypto *crypto = &ike->crypto;
	const struct ike_proposal *p = &sa->proposal;
	int r = crypto->dh_shared(crypto->userdata, p->group, sa->dh_private,
				  sa->theirs ? v->g_xi : v->g_xr, &g_xy);

	if (r == -EBADMSG)
		return IKE_DROP_WEAK;
	if (r < 0)
		return r;
	r = auth_skeyid(ike, sa, v->ni_b, v->nr_b, secret_chunk(&g_xy), &skeyid);
	if (r < 0)
		return r;
	r = keymat_phase1_iv(crypto, p->hash, v->g_xi, v->g_xr, ret_iv);
	if (r < 0)
		return r;
	r = keymat_phase1(crypto, p->hash, &skeyid, secret_chunk(&g_xy), sa->cookie_i, sa->cookie_r,
			  ret_keys);
	if (r < 0)
		return r;
	return keymat_cipher_key(crypto, p->hash, &ret_keys->skeyid_e, p->encr, p->key_bits,
				 ret_cipher_key);
}

/*
 * RFC 2407 4.6.3.3: the gateway may forget what it has of us. Only with the first phase 1: of the
 * later ones it isn't true.
 */
static void initial_contact_add(const struct ike *ike, const struct ike_sa *sa,
				struct outgoing *out)
{
	uint8_t spi[ISAKMP_COOKIE_SPI];
	const struct payload_notify notify = { .doi = ISAKMP_DOI_IPSEC,
					       .protocol = ISAKMP_PROTOCOL_ISAKMP,
					       .type = ISAKMP_NOTIFY_INITIAL_CONTACT,
					       .spi = { spi, sizeof(spi) } };

	if (!ike->config.initial_contact || ike->stats.stage == IKE_STAGE_CHILD_UP)
		return;
	ike_sa_name(sa, spi);
	size_t mark = payload_open(&out->chain, ISAKMP_PAYLOAD_NOTIFY);
	payload_notify_build(&out->b, &notify);
	payload_close(&out->chain, mark);
}

static int send_5(struct ike *ike, struct ike_exchange *ex, nsec_t now)
{
	struct ike_sa *sa = ex->sa;
	struct outgoing out;

	outgoing_init(&out, sa, ISAKMP_EXCHANGE_MAIN, 0);
	int r = auth_prove(ike, sa, AUTH_INITIATOR, &out);
	if (r < 0)
		return r;
	initial_contact_add(ike, sa, &out);
	sa->n_theirs_before = ike->n_theirs;
	r = outgoing_encrypt(&out, ike, sa, ex->iv);
	if (r < 0)
		return r;
	memcpy(sa->last_block, ex->iv, sizeof(sa->last_block));
	return ike_exchange_send(ike, ex, &out, true, now);
}

/* RFC 2409 5: a nonce has 8 to 256 octets; a value that is our own comes from a mirror. */
bool main_is_weak(const struct ike_sa *sa, struct chunk value, struct chunk own, struct chunk nonce)
{
	if (value.len != algorithm_group_len(sa->proposal.group) || nonce.len < ISAKMP_NONCE_MIN ||
	    nonce.len > ISAKMP_NONCE_MAX)
		return true;
	return value.len == own.len && memcmp(value.data, own.data, value.len) == 0;
}

void main_emit_natt(struct ike *ike, const struct ike_sa *sa)
{
	struct ike_event event = {
		.type = IKE_EVENT_NATT,
		.u.natt = { .supported = sa->natt != NULL,
			    .variant = sa->natt ? sa->natt->name : NULL,
			    .local_nat = sa->nat.local_nat,
			    .remote_nat = sa->nat.remote_nat,
			    .forced = sa->encap && !sa->nat.local_nat && !sa->nat.remote_nat },
	};

	ike_emit(ike, &event);
}

/*
 * The verdict about NATs. A peer that announced NAT traversal and then sends no NAT-D payloads is
 * taken for one that doesn't know it.
 */
static int natt_decide(const struct ike *ike, const struct ike_sa *sa, const struct incoming *in,
		       const struct natt_variant **ret_variant, struct natt_verdict *ret)
{
	*ret_variant = sa->natt;
	*ret = (struct natt_verdict){ .local_nat = false };
	if (!sa->natt)
		return 0;

	struct natt_ends ends = ends_of(ike, sa, &in->from);
	int r = natt_judge(&in->list, sa->natt, &ike->crypto, sa->proposal.hash, &ends, ret);
	if (r < 0)
		return r;
	if (r > 0)
		*ret_variant = NULL;
	return 0;
}

int main_values_take(struct ike *ike, struct ike_exchange *ex, const struct main_values *v,
		     const struct incoming *in)
{
	_cleanup_(keymat_phase1_clear) struct keymat_phase1 keys = { .skeyid.len = 0 };
	_cleanup_(secret_clear) struct secret cipher_key = { .len = 0 };
	uint8_t iv[KEYMAT_BLOCK_MAX];
	const struct natt_variant *variant;
	struct natt_verdict nat;
	struct ike_sa *sa = ex->sa;

	int r = keys_derive(ike, sa, v, &keys, &cipher_key, iv);
	if (r != 0)
		return r;
	r = natt_decide(ike, sa, in, &variant, &nat);
	if (r < 0)
		return r;

	octets_set(&sa->g_xi, v->g_xi.data, v->g_xi.len);
	octets_set(&sa->g_xr, v->g_xr.data, v->g_xr.len);
	octets_set(&sa->ni_b, v->ni_b.data, v->ni_b.len);
	octets_set(&sa->nr_b, v->nr_b.data, v->nr_b.len);
	secret_move(&sa->keys.skeyid, &keys.skeyid);
	secret_move(&sa->keys.skeyid_d, &keys.skeyid_d);
	secret_move(&sa->keys.skeyid_a, &keys.skeyid_a);
	secret_move(&sa->keys.skeyid_e, &keys.skeyid_e);
	secret_move(&sa->cipher_key, &cipher_key);
	sa->natt = variant;
	sa->nat = nat;
	sa->encap = variant && (nat.local_nat || nat.remote_nat || ike->config.force_encaps);
	ike_exchange_accept(ike, ex, in);
	memcpy(ex->iv, iv, sizeof(ex->iv));
	return 0;
}

int main_recv_4(struct ike *ike, struct ike_exchange *ex, const struct incoming *in)
{
	struct ike_sa *sa = ex->sa;
	const struct main_values v = { .g_xi = octets_chunk(&sa->g_xi),
				       .g_xr = incoming_body(in, ISAKMP_PAYLOAD_KE, 0),
				       .ni_b = octets_chunk(&sa->ni_b),
				       .nr_b = incoming_body(in, ISAKMP_PAYLOAD_NONCE, 0) };

	if (main_is_weak(sa, v.g_xr, v.g_xi, v.nr_b))
		return IKE_DROP_WEAK;
	int r = main_values_take(ike, ex, &v, in);
	if (r != 0)
		return r;
	sa->floated |= sa->encap;
	auth_requests_emit(ike, &in->list);
	main_emit_natt(ike, sa);
	return send_5(ike, ex, in->now);
}

/* What auth_verify() found to be no longer than an identity may be. */
static void id_copy(const struct payload_id *id, struct ike_id *ret)
{
	ret->type = (enum ike_id_type)id->type;
	ret->len = id->data.len;
	memcpy(ret->data, id->data.data, id->data.len);
}

void main_emit_up(struct ike *ike, const struct ike_sa *sa, const struct payload_id *id)
{
	struct ike_event event = { .type = IKE_EVENT_PHASE1_UP,
				   .u.phase1 = { .proposal = sa->proposal,
						 .life_s = sa->life_s,
						 .dpd = sa->dpd,
						 .encr_key = sa->cipher_key } };

	id_copy(id, &event.u.phase1.peer_id);
	memcpy(event.u.phase1.cookie_i, sa->cookie_i, sizeof(sa->cookie_i));
	memcpy(event.u.phase1.cookie_r, sa->cookie_r, sizeof(sa->cookie_r));
	ike_emit(ike, &event);
}

/* RFC 2407 4.6.3.1: the responder may name a shorter life in a notify beside its hash. */
static void apply_lifetime(struct ike_sa *sa, const struct payloads *list)
{
	const struct payload *p;
	uint32_t life_kb = 0;

	for (size_t i = 0; (p = payloads_find(list, ISAKMP_PAYLOAD_NOTIFY, i)); i++) {
		struct payload_notify n;
		if (payload_notify_parse(p->body, &n) == 0 &&
		    n.type == ISAKMP_NOTIFY_RESPONDER_LIFETIME &&
		    n.protocol == ISAKMP_PROTOCOL_ISAKMP)
			proposal_responder_lifetime(n.data, n.protocol, &sa->life_s, &life_kb);
	}
}

/* What made the keys isn't needed any more once they are proven. */
void main_forget_making(struct ike *ike, struct ike_sa *sa)
{
	ike->crypto.dh_free(ike->crypto.userdata, sa->dh_private);
	sa->dh_private = NULL;
	explicit_bzero(&sa->ni_b, sizeof(sa->ni_b));
	explicit_bzero(&sa->nr_b, sizeof(sa->nr_b));
}

int main_recv_6(struct ike *ike, struct ike_exchange *ex, const struct incoming *in)
{
	struct ike_sa *sa = ex->sa;
	struct payload_id id;

	int r = auth_verify(ike, sa, AUTH_RESPONDER, in, &id);
	if (r != 0)
		return r;
	apply_lifetime(sa, &in->list);

	/* From here on it is the gateway that speaks, so that what is wrong is final. */
	ike_exchange_accept(ike, ex, in);
	retransmit_finish(&ex->rt);
	memcpy(sa->last_block, ex->iv, sizeof(sa->last_block));
	/* Of two that were made at once the gateway has the one last that had our last word last. */
	r = phase1_up(ike, sa, sa->n_theirs_before != ike->n_theirs, in->now);
	if (r < 0)
		return r;
	main_forget_making(ike, sa);
	if (!auth_identity_demanded(&ike->config.remote_id, &id)) {
		struct ike_event event = { .type = IKE_EVENT_FAILED,
					   .u.failed.reason = IKE_FAILURE_ID };
		id_copy(&id, &event.u.failed.peer_id);
		ike_fail_event(ike, &event, in->now);
		return IKE_DROP_ID;
	}
	if (ike->config.force_encaps && !sa->encap) {
		ike_fail(ike, IKE_FAILURE_NO_NATT, 0, in->now);
		return IKE_DROP_PAYLOADS;
	}
	main_emit_up(ike, sa, &id);
	return 0;
}
