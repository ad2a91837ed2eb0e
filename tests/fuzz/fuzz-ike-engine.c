/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole negotiation of the IKE engine, with a cipher that changes nothing and a prf that is always
 * zero, so that a fuzzer gets through both. The input: an octet of options (1: behind a NAT, 2: forced
 * encapsulation, 4: PFS) and then steps, an octet for what and then:
 *   0  length (16 bits), a datagram as it stands
 *   1  exchange, message ID (0: zero, 1: quick mode's, else this number), flags, first payload's
 *      type, length (16 bits), payloads: a message with the right cookies
 *   2  the gateway's right answer to our last message, with a knob of its (an octet and a number of
 *      16 bits) turned
 *   3  that answer once more
 *   4  time in units of 10 ms (16 bits)
 *   5  until the deadline
 *   6  close   7  probe   8  rekey
 * After each step everything is fetched, and what must always hold is checked.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "fuzz.h"
#include "ike/algorithm.h"
#include "lib/cursor.h"
#include "tests/unit/ike-peer.h"

#define STEPS_MAX 1000

struct run {
	struct ike *ike;
	struct peer *peer;
	nsec_t now;
	enum ike_stage stage;
	bool over, phase1_up;
	struct ike_datagram last; /* the last one that isn't a keepalive */
};

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

static const struct ike_crypto null_crypto = {
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
	case IKE_EVENT_CHILD_DOWN:
		MUST(run->phase1_up && e->u.child_down.spi_in != 0);
		break;
	case IKE_EVENT_NOTIFY:
		MUST(!e->u.notify.authenticated || !e->u.notify.undecryptable);
		break;
	case IKE_EVENT_VENDOR:
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

static void settle(struct run *run)
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

static void give(struct run *run, const uint8_t *data, size_t len)
{
	struct endpoint from = run->peer->env.config.remote;

	MUST(ike_input(run->ike, &from, data, len, run->now) >= 0);
}

/* A message with the right cookies; padded when it says that it is encrypted. */
static void give_message(struct run *run, struct cursor *c)
{
	struct isakmp_header header = { .exchange = cursor_u8(c), .msgid = cursor_u8(c) };
	uint8_t buf[4096];
	struct builder b = builder_init(buf, sizeof(buf));

	if (header.msgid == 1)
		header.msgid = run->peer->qm_msgid;
	header.flags = cursor_u8(c);
	header.next = cursor_u8(c);
	struct chunk body = cursor_chunk(c, cursor_u16(c));
	if (!body.data || body.len > 4000)
		return;
	memcpy(header.cookie_i, run->peer->sa.cookie_i, ISAKMP_COOKIE_LEN);
	memcpy(header.cookie_r, run->peer->sa.cookie_r, ISAKMP_COOKIE_LEN);
	isakmp_header_build(&b, &header);
	builder_bytes(&b, body.data, body.len);
	if (header.flags & ISAKMP_FLAG_ENCRYPTED)
		builder_zero(&b, (16 - body.len % 16) % 16);
	isakmp_header_close(&b, 0);
	give(run, buf, builder_len(&b));
}

static void turn_knob(struct peer *p, uint8_t knob, uint16_t value)
{
	p->selection = knob < 6 ? (enum peer_selection)knob : PEER_SELECT_OFFERED;
	p->forged_type = value >> 8;
	p->forged = value & 0xff;
	p->bad_hash = knob == 6;
	p->bad_ke = knob == 7;
	p->short_nonce = knob == 8;
	p->id_private = knob == 9;
	p->id_tcp = knob == 10;
	p->responder_lifetime = knob == 11 ? value : 0;
	p->no_natt = knob == 12;
	p->no_dpd = knob == 13;
}

static void give_answer(struct run *run, struct cursor *c)
{
	struct peer *p = run->peer;
	uint8_t knob = cursor_u8(c);

	turn_knob(p, knob, cursor_u16(c));
	bool keys = p->sa.cipher_key.len > 0;
	bool written = true;
	if (run->stage == IKE_STAGE_MM1_SENT) {
		peer_mm2(p, &run->last);
	} else if (run->stage == IKE_STAGE_MM3_SENT) {
		null_dh_free(NULL, p->sa.dh_private);
		peer_mm4(p, &run->last);
	} else {
		/* Our last message may be an informational one: then there is no answer to it. */
		written = keys && ((run->stage == IKE_STAGE_MM5_SENT && peer_mm6(p, &run->last)) ||
				   (run->stage >= IKE_STAGE_QM1_SENT && peer_qm2(p, &run->last)));
	}
	if (written)
		give(run, p->reply, p->reply_len);
}

static void pass_time(struct run *run, nsec_t now)
{
	run->now = now;
	MUST(ike_timeout(run->ike, now) == 0);
	MUST(ike_deadline(run->ike) > now);
}

static void step(struct run *run, struct cursor *c)
{
	nsec_t deadline = ike_deadline(run->ike);

	switch (cursor_u8(c) % 9) {
	case 0: {
		struct chunk raw = cursor_chunk(c, cursor_u16(c));
		if (raw.data)
			give(run, raw.data, raw.len);
		break;
	}
	case 1:
		give_message(run, c);
		break;
	case 2:
		give_answer(run, c);
		break;
	case 3:
		give(run, run->peer->reply, run->peer->reply_len);
		break;
	case 4:
		pass_time(run, run->now + cursor_u16(c) * 10 * NSEC_PER_MSEC);
		break;
	case 5:
		if (deadline != NSEC_NEVER)
			pass_time(run, deadline > run->now ? deadline : run->now);
		break;
	case 6:
		MUST(ike_close(run->ike, run->now) == 0);
		break;
	case 7:
		(void)!ike_probe(run->ike, run->now);
		break;
	case 8: {
		int r = ike_rekey(run->ike, run->now);
		MUST(r == 0 || r == -ENOENT);
		break;
	}
	}
}

static struct ike_config config_of(uint8_t options, const struct secret *psk)
{
	enum ike_group pfs = options & 4 ? IKE_GROUP_ECP256 : IKE_GROUP_NONE;

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
		.force_encaps = options & 2,
		.keepalive_interval = 20 * NSEC_PER_SEC,
	};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct peer peer;
	struct secret psk = { .len = 3, .data = "psk" };
	struct cursor c = cursor_init(data, size);
	uint8_t options = cursor_u8(&c);
	struct ike_config config = config_of(options, &psk);
	struct run run = { .peer = &peer, .now = NSEC_PER_SEC };

	drawn = 1;
	peer_init(&peer, &config, &null_crypto);
	if (options & 1)
		peer.seen = (struct endpoint){ AF_INET, { 198, 51, 100, 9 }, 61234 };
	MUST(ike_new(&config, &null_crypto, &run.ike) == 0);
	MUST(ike_start(run.ike, run.now) == 0);
	settle(&run);
	memcpy(peer.sa.cookie_i, run.last.data, ISAKMP_COOKIE_LEN);
	memcpy(peer.sa.cookie_r, "gateway!", ISAKMP_COOKIE_LEN);
	peer.sa.proposal = config.proposals[0];
	for (unsigned int i = 0; i < STEPS_MAX && cursor_left(&c) > 0; i++) {
		step(&run, &c);
		settle(&run);
	}
	run.ike = ike_free(run.ike);
	peer_clear(&peer);
	return 0;
}
