/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine and its peer for the fuzz targets, with the null crypto. */
#include "ike-run.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "fuzz.h"
#include "ike/algorithm.h"

static uint32_t drawn;

static int null_random(void *userdata, void *ret, size_t len)
{
	uint8_t *p = ret;

	(void)userdata;
	for (size_t i = 0; i < len; i++) {
		drawn = drawn * 1664525 + 1013904223;
		p[i] = (uint8_t)(drawn >> 24);
	}
	return 0;
}

/* Tells messages apart, which is what is asked of it here. */
static int null_hash(void *userdata, enum ike_hash alg, const struct chunk *parts, size_t n_parts,
		     uint8_t *ret)
{
	uint64_t h = 0xcbf29ce484222325;

	(void)userdata;
	for (size_t i = 0; i < n_parts; i++)
		for (size_t j = 0; j < parts[i].len; j++)
			h = (h ^ ((const uint8_t *)parts[i].data)[j]) * 0x100000001b3;
	for (size_t i = 0; i < keymat_hash_len(alg); i++)
		ret[i] = (uint8_t)(h >> i % 8 * 8);
	return 0;
}

static int null_hmac(void *userdata, enum ike_hash alg, struct chunk key, const struct chunk *parts,
		     size_t n_parts, uint8_t *ret)
{
	(void)userdata;
	(void)key;
	(void)parts;
	(void)n_parts;
	memset(ret, 0, keymat_hash_len(alg));
	return 0;
}

static int null_cbc(void *userdata, enum ike_encr alg, bool encrypt, struct chunk key,
		    const uint8_t *iv, const uint8_t *in, size_t len, uint8_t *ret)
{
	(void)userdata;
	(void)encrypt;
	MUST(key.len > 0 && iv && len % keymat_block_len(alg) == 0);
	memmove(ret, in, len);
	return 0;
}

static int null_dh_generate(void *userdata, enum ike_group group, void **ret_private,
			    uint8_t *ret_public, size_t *ret_public_len)
{
	*ret_private = malloc(1);
	MUST(*ret_private);
	*ret_public_len = algorithm_group_len(group);
	(void)!null_random(userdata, ret_public, *ret_public_len);
	ret_public[0] |= 1; /* a value that null_dh_shared() takes */
	return 0;
}

static int null_dh_shared(void *userdata, enum ike_group group, void *private_key,
			  struct chunk peer_public, struct secret *ret_shared)
{
	(void)userdata;
	(void)group;
	MUST(private_key);
	if (peer_public.len == 0 || ((const uint8_t *)peer_public.data)[0] == 0)
		return -EBADMSG;
	return secret_set(ret_shared, "shared", 6);
}

static void null_dh_free(void *userdata, void *private_key)
{
	(void)userdata;
	free(private_key);
}

const struct ike_crypto null_crypto = {
	.random = null_random,
	.hash = null_hash,
	.hmac = null_hmac,
	.cbc = null_cbc,
	.dh_generate = null_dh_generate,
	.dh_shared = null_dh_shared,
	.dh_free = null_dh_free,
};

static void take_event(struct run *run, const struct ike_event *e)
{
	MUST(!run->over);
	switch (e->type) {
	case IKE_EVENT_STAGE:
		MUST(e->u.stage > run->stage);
		run->stage = e->u.stage;
		break;
	case IKE_EVENT_NATT:
		MUST(e->u.natt.supported || !e->u.natt.forced);
		MUST(e->u.natt.supported == (e->u.natt.variant != NULL));
		break;
	case IKE_EVENT_PHASE1_UP:
		MUST(e->u.phase1.peer_id.len <= IKE_ID_MAX && e->u.phase1.life_s > 0);
		run->phase1_up = true;
		break;
	case IKE_EVENT_CHILD_UP:
		MUST(run->phase1_up);
		MUST(e->u.child.spi_in >= ISAKMP_SPI_MIN && e->u.child.spi_out >= ISAKMP_SPI_MIN);
		MUST(e->u.child.encr_in.len == 32 && e->u.child.auth_out.len == 20);
		MUST(e->u.child.life_s > 0 && e->u.child.life_s <= 3600);
		break;
	case IKE_EVENT_PHASE1_DOWN:
	case IKE_EVENT_CHILD_USE:
		MUST(run->phase1_up);
		break;
	case IKE_EVENT_CHILD_DOWN:
		MUST(run->phase1_up && e->u.child_down.spi_in != 0);
		break;
	case IKE_EVENT_NOTIFY:
		MUST(!e->u.notify.authenticated || !e->u.notify.undecryptable);
		break;
	case IKE_EVENT_VENDOR:
	case IKE_EVENT_SELECTED:
	case IKE_EVENT_CERT_REQUEST:
		break;
	case IKE_EVENT_FAILED:
		MUST(e->u.failed.reason != IKE_FAILURE_INTERNAL);
		run->over = true;
		break;
	case IKE_EVENT_CLOSED:
		MUST(run->stage == IKE_STAGE_CLOSED);
		run->over = true;
		break;
	}
}

void run_settle(struct run *run)
{
	struct ike_event e;
	struct ike_datagram d;

	while (ike_next_event(run->ike, &e)) {
		take_event(run, &e);
		ike_event_clear(&e);
	}
	while (ike_next_datagram(run->ike, &d)) {
		MUST(d.len == 1 || d.len >= ISAKMP_HEADER_LEN);
		MUST(d.remote.port == (d.natt ? 4500 : 500));
		if (d.len > 1)
			run->last = d;
	}
	if (run->over)
		MUST(ike_deadline(run->ike) == NSEC_NEVER);
}

void run_give(struct run *run, const uint8_t *data, size_t len)
{
	struct endpoint from = run->peer->env.config.remote;

	MUST(ike_input(run->ike, &from, data, len, run->now) >= 0);
}

void run_pass_time(struct run *run, nsec_t now)
{
	run->now = now;
	MUST(ike_timeout(run->ike, now) == 0);
	MUST(ike_deadline(run->ike) > now);
}

static struct ike_config config_of(uint8_t options, const struct secret *psk)
{
	enum ike_group pfs = options & RUN_PFS ? IKE_GROUP_ECP256 : IKE_GROUP_NONE;

	return (struct ike_config){
		.local = { AF_INET, { 10, 1, 2, 3 }, 500 },
		.local_natt_port = 4500,
		.remote = { AF_INET, { 203, 0, 113, 7 }, 500 },
		.remote_natt_port = 4500,
		.l2tp_local_port = 40000,
		.l2tp_remote_port = 1701,
		.psk = psk,
		.proposals = { { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA1, IKE_GROUP_ECP256 } },
		.n_proposals = 1,
		.esp = { { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA1, pfs } },
		.n_esp = 1,
		.phase1_life_s = 28800,
		.phase2_life_s = 3600,
		.phase2_life_kb = 250000,
		.force_encaps = options & RUN_FORCED,
		.keepalive_interval = 20 * NSEC_PER_SEC,
	};
}

void run_begin(struct run *run, struct peer *peer, uint8_t options)
{
	struct secret psk = { .len = 3, .data = "psk" };
	struct ike_config config = config_of(options, &psk);

	*run = (struct run){ .peer = peer, .now = NSEC_PER_SEC };
	drawn = 1;
	peer_init(peer, &config, &null_crypto);
	if (options & RUN_NAT)
		peer->seen = (struct endpoint){ AF_INET, { 198, 51, 100, 9 }, 61234 };
	MUST(ike_new(&config, &null_crypto, &run->ike) == 0);
	MUST(ike_start(run->ike, run->now) == 0);
	run_settle(run);
	memcpy(peer->sa.cookie_i, run->last.data, ISAKMP_COOKIE_LEN);
	memcpy(peer->sa.cookie_r, "gateway!", ISAKMP_COOKIE_LEN);
	peer->sa.proposal = config.proposals[0];
}

void run_end(struct run *run)
{
	run->ike = ike_free(run->ike);
	peer_clear(run->peer);
}

bool run_answer(struct run *run)
{
	struct peer *p = run->peer;

	if (run->stage == IKE_STAGE_MM1_SENT) {
		peer_mm2(p, &run->last);
		return true;
	}
	if (run->stage == IKE_STAGE_MM3_SENT) {
		null_dh_free(NULL, p->sa.dh_private);
		peer_mm4(p, &run->last);
		return true;
	}
	/* Our last message may be an informational one: then there is no answer to it. */
	if (p->sa.cipher_key.len == 0)
		return false;
	return run->stage == IKE_STAGE_MM5_SENT
		       ? peer_mm6(p, &run->last)
		       : run->stage >= IKE_STAGE_QM1_SENT && peer_qm2(p, &run->last);
}
