/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The engine and its peer for the fuzz targets, with the null crypto. */
#include "ike-run.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/fuzz/fuzz.h"
#include "ike/algorithm.h"

/*
 * What one datagram may cost, whatever is in it: calls of the crypto, and octets that go through it.
 * Eight questions for a sign of life in one message, each with an answer, come to half of that.
 */
#define CALLS_MAX   64
#define OCTETS_MAX  4000
#define OCTETS_EACH 10

#define FAILS_MAX 300 /* calls that fail, one in each turn */
#define FAILS_ONE 100 /* of so many calls one fails, where there is one turn */

static uint32_t drawn;

/* What the engine asks of its crypto is counted, and may fail; the peer has no counter. */
static int spend(void *userdata, size_t octets)
{
	struct run_work *work = userdata;

	if (!work)
		return 0;
	work->calls++;
	work->octets += octets;
	if (work->fails_in == 0 || --work->fails_in > 0)
		return 0;
	work->failed = true;
	return -EIO;
}

static size_t total(const struct chunk *parts, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		len += parts[i].len;
	return len;
}

static int null_random(void *userdata, void *ret, size_t len)
{
	uint8_t *p = ret;
	int r = spend(userdata, len);

	if (r < 0)
		return r;
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
	int r = spend(userdata, total(parts, n_parts));

	if (r < 0)
		return r;
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
	(void)key;
	int r = spend(userdata, total(parts, n_parts));
	if (r < 0)
		return r;
	memset(ret, 0, keymat_hash_len(alg));
	return 0;
}

static int null_cbc(void *userdata, enum ike_encr alg, bool encrypt, struct chunk key,
		    const uint8_t *iv, const uint8_t *in, size_t len, uint8_t *ret)
{
	(void)encrypt;
	int r = spend(userdata, len);
	if (r < 0)
		return r;
	MUST(key.len > 0 && iv && len % keymat_block_len(alg) == 0);
	memmove(ret, in, len);
	return 0;
}

static int null_dh_generate(void *userdata, enum ike_group group, void **ret_private,
			    uint8_t *ret_public, size_t *ret_public_len)
{
	int r = spend(userdata, 0);

	if (r < 0)
		return r;
	*ret_private = malloc(1);
	MUST(*ret_private);
	*ret_public_len = algorithm_group_len(group);
	(void)!null_random(NULL, ret_public, *ret_public_len);
	ret_public[0] |= 1; /* a value that null_dh_shared() takes */
	return 0;
}

static int null_dh_shared(void *userdata, enum ike_group group, void *private_key,
			  struct chunk peer_public, struct secret *ret_shared)
{
	(void)group;
	MUST(private_key);
	int r = spend(userdata, 0);
	if (r < 0)
		return r;
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

/* Signatures as the hashes are: zero. The certificates are long enough for pieces. */
static const uint8_t null_certificate[600];

static int null_sign(void *userdata, struct chunk hash, uint8_t *ret, size_t *ret_len)
{
	MUST(hash.len > 0);
	int r = spend(userdata, 0);
	if (r < 0)
		return r;
	memset(ret, 0, 64);
	*ret_len = 64;
	return 0;
}

static int null_verify(void *userdata, const struct ike_peer_proof *proof)
{
	static const uint8_t right[64];
	int r = spend(userdata, 0);

	if (r < 0)
		return r;
	MUST(proof->n_certs > 0 && proof->n_certs <= IKE_CERTS_MAX && proof->id.len <= IKE_ID_MAX);
	for (size_t i = 0; i < proof->n_certs; i++)
		MUST(proof->certs[i].len <= IKE_CERT_MAX);
	if (proof->signature.len != sizeof(right) ||
	    memcmp(proof->signature.data, right, sizeof(right)) != 0)
		return IKE_REFUSAL_SIGNATURE;
	return 0;
}

static const struct ike_auth null_auth = {
	.method = IKE_AUTH_RSA_SIG,
	.certs = { { null_certificate, sizeof(null_certificate) }, { null_certificate, 16 } },
	.n_certs = 2,
	.ca_names = { { "an authority", 12 } },
	.n_cas = 1,
	.sign = null_sign,
	.verify = null_verify,
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
		run->downs++;
		break;
	case IKE_EVENT_NOTIFY:
		MUST(!e->u.notify.authenticated || !e->u.notify.undecryptable);
		break;
	case IKE_EVENT_VENDOR:
	case IKE_EVENT_SELECTED:
	case IKE_EVENT_CERT_REQUEST:
		break;
	case IKE_EVENT_FAILED:
		MUST(e->u.failed.reason != IKE_FAILURE_INTERNAL || run->work.failed);
		run->over = true;
		break;
	case IKE_EVENT_CLOSED:
		MUST(run->stage == IKE_STAGE_CLOSED);
		run->over = true;
		break;
	}
}

/* Gives a datagram of ours to the gateway that begins, and keeps what it says to it. */
static void tell_gateway(struct run *run, const struct ike_datagram *d)
{
	struct ike_event e;
	struct ike_datagram answer;

	MUST(ike_input(run->gateway, &run->peer->seen, d->data, d->len, run->now) >= 0);
	while (ike_next_event(run->gateway, &e))
		ike_event_clear(&e);
	while (ike_next_datagram(run->gateway, &answer))
		if (answer.len > 1)
			run->begun = answer;
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
		if (d.len == 1)
			continue;
		run->last = d;
		if (run->gateway)
			tell_gateway(run, &d);
	}
	if (run->over)
		MUST(ike_deadline(run->ike) == NSEC_NEVER);
}

void run_give(struct run *run, const uint8_t *data, size_t len)
{
	struct endpoint from = run->peer->env.config.remote;
	const struct run_work before = run->work;

	MUST(ike_input(run->ike, &from, data, len, run->now) >= 0 || run->work.failed);
	MUST(run->work.calls - before.calls <= CALLS_MAX);
	MUST(run->work.octets - before.octets <= OCTETS_MAX + OCTETS_EACH * (uint64_t)len);
}

void run_pass_time(struct run *run, nsec_t now)
{
	run->now = now;
	int r = ike_timeout(run->ike, now);
	MUST(r == 0 || run->work.failed);
	MUST(r < 0 || ike_deadline(run->ike) > now);
}

static const struct ike_id any_id = { .type = IKE_ID_ANY };
static const struct ike_id gateway_id = { .type = IKE_ID_IPV4_ADDR,
					  .len = 4,
					  .data = { 203, 0, 113, 7 } };

/* The methods by the two highest bits. */
static enum ike_auth_method method_of(uint8_t options)
{
	static const enum ike_auth_method methods[] = { IKE_AUTH_RSA_SIG, IKE_AUTH_ECDSA_256,
							IKE_AUTH_ECDSA_384, IKE_AUTH_ECDSA_521 };

	return methods[options >> 6];
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
		.remote_id = options & RUN_FORCED ? gateway_id : any_id,
		.force_encaps = options & RUN_FORCED,
		.keepalive_interval = 20 * NSEC_PER_SEC,
	};
}

/* The gateway begins: what an initiator says is what our own engine says, with the ends exchanged. */
static void gateway_begin(struct run *run, const struct ike_config *client)
{
	struct ike_config config = *client;

	config.local = client->remote;
	config.remote = run->peer->seen;
	config.remote.port = 500;
	config.l2tp_local_port = client->l2tp_remote_port;
	config.l2tp_remote_port = client->l2tp_local_port;
	config.force_encaps = false;
	config.remote_id = any_id;
	while (run->stage < IKE_STAGE_CHILD_UP) {
		MUST(run_answer(run));
		run_give(run, run->peer->reply, run->peer->reply_len);
		run_settle(run);
	}
	MUST(ike_new(&config, &null_crypto, &run->gateway) == 0);
	MUST(ike_start(run->gateway, run->now) == 0);
	MUST(ike_next_datagram(run->gateway, &run->begun));
}

void run_begin(struct run *run, struct peer *peer, uint8_t options)
{
	struct secret psk = { .len = 3, .data = "psk" };
	struct ike_config config = config_of(options, &psk);
	struct ike_crypto crypto = null_crypto;

	*run = (struct run){ .peer = peer, .now = NSEC_PER_SEC };
	drawn = 1;
	run->gateway_auth = null_auth;
	run->gateway_auth.method = method_of(options);
	if (options & RUN_SIGNED)
		config.auth = &run->gateway_auth;
	peer_init(peer, &config, &null_crypto);
	if (options & RUN_NAT)
		peer->seen = (struct endpoint){ AF_INET, { 198, 51, 100, 9 }, 61234 };
	crypto.userdata = &run->work;
	run->auth = run->gateway_auth;
	run->auth.userdata = &run->work;
	if (config.auth)
		config.auth = &run->auth;
	MUST(ike_new(&config, &crypto, &run->ike) == 0);
	if (config.auth)
		config.auth = &run->gateway_auth;
	MUST(ike_start(run->ike, run->now) == 0);
	run_settle(run);
	memcpy(peer->sa.cookie_i, run->last.data, ISAKMP_COOKIE_LEN);
	memcpy(peer->sa.cookie_r, "gateway!", ISAKMP_COOKIE_LEN);
	peer->sa.proposal = config.proposals[0];
	if (options & RUN_BEGINS)
		gateway_begin(run, &config);
}

void run_end(struct run *run)
{
	run->ike = ike_free(run->ike);
	run->gateway = ike_free(run->gateway);
	peer_clear(run->peer);
}

/* The gateway's own message as the peer's, so that it can be changed as its answers are. */
static bool write_begun(struct run *run)
{
	const struct ike_datagram *d = &run->begun;
	size_t skip = d->natt ? ISAKMP_MARKER_LEN : 0;
	struct peer *p = run->peer;

	if (d->len == 0 || d->len > sizeof(p->out.data))
		return false;
	p->out.hash_len = 0; /* where its hashes are isn't known */
	p->out.b = builder_init(p->out.data, sizeof(p->out.data));
	builder_bytes(&p->out.b, d->data + skip, d->len - skip);
	p->sa.floated = d->natt;
	memcpy(p->reply, d->data, d->len);
	p->reply_len = d->len;
	return true;
}

bool run_answer(struct run *run)
{
	struct peer *p = run->peer;

	if (run->gateway)
		return write_begun(run);

	/* Our last message may be a piece, or the first one of another main mode beside a silent one. */
	uint8_t first =
		run->last.data[(run->last.natt ? ISAKMP_MARKER_LEN : 0) + 2 * ISAKMP_COOKIE_LEN];
	if (run->stage == IKE_STAGE_MM1_SENT && first == ISAKMP_PAYLOAD_SA) {
		peer_mm2(p, &run->last);
		return true;
	}
	if (run->stage == IKE_STAGE_MM3_SENT && first == ISAKMP_PAYLOAD_KE) {
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

void run_rekey(struct run *run)
{
	int r = ike_rekey(run->gateway ? run->gateway : run->ike, run->now);

	MUST(r == 0 || r == -ENOENT || run->work.failed);
	while (run->gateway && ike_next_datagram(run->gateway, &run->begun))
		;
}

/* Which call fails is up to the input, so that it fails again when the input is replayed. */
static unsigned int drawn_failure(const uint8_t *data, size_t size)
{
	uint32_t h = 2166136261;

	for (size_t i = 0; i < size; i++)
		h = (h ^ data[i]) * 16777619;
	return 1 + h % FAILS_ONE;
}

void run_each(const uint8_t *data, size_t size, bool (*input)(const struct run_input *in))
{
	struct run_input in = { .data = data, .size = size };

	if (size == 0 || !(data[0] & RUN_FAILS)) {
		(void)input(&in);
		return;
	}
	/* A fuzzer gets further with many inputs than with all failures of each; a corpus is run with all of them. */
	if (!RUN_EVERY_FAILURE) {
		in.fails_in = drawn_failure(data, size);
		(void)input(&in);
		return;
	}
	do
		in.fails_in++;
	while (in.fails_in < FAILS_MAX && input(&in));
}
