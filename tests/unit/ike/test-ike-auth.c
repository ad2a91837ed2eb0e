/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signatures in phase 1, the engine's own part: what is sent and signed, what a peer can be refused
 * for, and that nothing of ours is told when the method isn't ours. Whom to believe is decided by
 * the test: a signature is the hash with every bit turned.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "client/certificate/crypto.h"
#include "ike-peer.h"
#include "ike/inform.h"

struct judge {
	struct ike_auth auth;
	int answer; /* of verify, when the signature is right */
	unsigned int n_verified;
	struct ike_id id; /* that was shown last */
	size_t n_certs, hash_len;
};

struct run {
	struct ike_config config;
	struct judge ours, theirs;
	struct ike *ike;
	struct peer peer;
	nsec_t now;
	struct ike_datagram d;
};

static const char own_cert[] = "our certificate", own_ca[] = "what issued it",
		  peer_cert[] = "the gateway's certificate", ca_name[] = "an authority";

static int judge_sign(void *userdata, struct chunk hash, uint8_t *ret, size_t *ret_len)
{
	const uint8_t *p = hash.data;

	(void)userdata;
	for (size_t i = 0; i < hash.len; i++)
		ret[i] = p[i] ^ 0xff;
	*ret_len = hash.len;
	return 0;
}

static int judge_verify(void *userdata, const struct ike_peer_proof *proof)
{
	struct judge *judge = userdata;
	uint8_t wanted[IKE_SIGNATURE_MAX];
	size_t len;

	judge->n_verified++;
	judge->id = proof->id;
	judge->n_certs = proof->n_certs;
	judge->hash_len = proof->hash.len;
	assert_int_equal(judge_sign(NULL, proof->hash, wanted, &len), 0);
	if (proof->signature.len != len || memcmp(proof->signature.data, wanted, len) != 0)
		return IKE_REFUSAL_SIGNATURE;
	return judge->answer;
}

static void judge_init(struct judge *judge, enum ike_auth_method method, const char *cert)
{
	*judge = (struct judge){ .auth = { .method = method,
					   .certs = { { cert, strlen(cert) } },
					   .n_certs = 1,
					   .ca_names = { { ca_name, strlen(ca_name) } },
					   .n_cas = 1,
					   .userdata = judge,
					   .sign = judge_sign,
					   .verify = judge_verify } };
}

static struct run *run_new(enum ike_auth_method method)
{
	struct run *run = calloc(1, sizeof(*run));

	assert_non_null(run);
	judge_init(&run->ours, method, own_cert);
	run->ours.auth.certs[run->ours.auth.n_certs++] = (struct chunk){ own_ca, strlen(own_ca) };
	judge_init(&run->theirs, method, peer_cert);
	run->config = (struct ike_config){
		.local = { AF_INET, { 10, 1, 2, 3 }, 500 },
		.local_natt_port = 4500,
		.remote = { AF_INET, { 203, 0, 113, 7 }, 500 },
		.remote_natt_port = 4500,
		.l2tp_local_port = 40000,
		.l2tp_remote_port = 1701,
		.auth = &run->ours.auth,
		.proposals = { { IKE_ENCR_AES_CBC, 128, IKE_HASH_SHA1, IKE_GROUP_ECP256 } },
		.n_proposals = 1,
		.esp = { { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA1, IKE_GROUP_NONE } },
		.n_esp = 1,
		.phase1_life_s = 28800,
		.phase2_life_s = 3600,
	};
	run->now = 1000 * NSEC_PER_SEC;
	return run;
}

static void run_start(struct run *run)
{
	peer_init(&run->peer, &run->config, &crypto_openssl);
	run->peer.env.config.auth = &run->theirs.auth;
	assert_int_equal(ike_new(&run->config, &crypto_openssl, &run->ike), 0);
	assert_int_equal(ike_start(run->ike, run->now), 0);
	assert_true(ike_next_datagram(run->ike, &run->d));
}

static void run_free(struct run *run)
{
	run->ike = ike_free(run->ike);
	peer_clear(&run->peer);
	free(run);
}

static int feed(struct run *run)
{
	run->now += 20 * NSEC_PER_MSEC;
	return ike_input(run->ike, &run->config.remote, run->peer.reply, run->peer.reply_len,
			 run->now);
}

static void until_message_5(struct run *run)
{
	run_start(run);
	peer_mm2(&run->peer, &run->d);
	assert_int_equal(feed(run), 0);
	assert_true(ike_next_datagram(run->ike, &run->d));
	peer_mm4(&run->peer, &run->d);
	assert_int_equal(feed(run), 0);
	assert_true(ike_next_datagram(run->ike, &run->d));
}

static bool has_event(struct run *run, enum ike_event_type type, struct ike_event *ret)
{
	while (ike_next_event(run->ike, ret))
		if (ret->type == type)
			return true;
	return false;
}

static struct ike_stats stats_of(const struct run *run)
{
	struct ike_stats stats;

	ike_get_stats(run->ike, &stats);
	return stats;
}

/* Each method with the hash that it signs: the agreed one for RSA, its own for ECDSA. */
static void test_methods(void **state)
{
	static const struct {
		enum ike_auth_method method;
		size_t hash_len;
	} methods[] = { { IKE_AUTH_RSA_SIG, 20 },
			{ IKE_AUTH_ECDSA_256, 32 },
			{ IKE_AUTH_ECDSA_384, 48 },
			{ IKE_AUTH_ECDSA_521, 64 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		struct run *run = run_new(methods[i].method);
		const uint8_t name[] = "gateway.example";
		struct ike_event event;

		until_message_5(run);
		assert_true(has_event(run, IKE_EVENT_CERT_REQUEST, &event));
		assert_int_equal(event.u.cert_request.len, strlen(ca_name));
		assert_memory_equal(event.u.cert_request.data, ca_name, strlen(ca_name));
		run->peer.id = (struct payload_id){ .type = IKE_ID_FQDN, .data = { name, 15 } };
		assert_true(peer_mm6(&run->peer, &run->d));
		assert_int_equal(run->theirs.n_certs, 2);
		assert_int_equal(run->theirs.id.type, IKE_ID_IPV4_ADDR);
		assert_int_equal(run->theirs.hash_len, methods[i].hash_len);
		assert_int_equal(feed(run), 0);
		assert_int_equal(run->ours.n_certs, 1);
		assert_int_equal(run->ours.hash_len, methods[i].hash_len);
		assert_int_equal(run->ours.id.type, IKE_ID_FQDN);
		assert_memory_equal(run->ours.id.data, name, 15);
		assert_true(has_event(run, IKE_EVENT_PHASE1_UP, &event));
		assert_int_equal(event.u.phase1.peer_id.type, IKE_ID_FQDN);
		ike_event_clear(&event);
		assert_true(ike_next_datagram(run->ike, &run->d));
		assert_true(peer_qm2(&run->peer, &run->d));
		assert_int_equal(feed(run), 0);
		assert_int_equal(stats_of(run).stage, IKE_STAGE_CHILD_UP);
		run_free(run);
	}
}

/* A refused proof is a hint with a reason; the right one is taken after it; their number is bounded. */
static void test_refusals(void **state)
{
	(void)state;
	struct run *run = run_new(IKE_AUTH_RSA_SIG);

	until_message_5(run);
	assert_true(peer_mm6(&run->peer, &run->d));
	run->ours.answer = IKE_REFUSAL_UNTRUSTED;
	assert_int_equal(feed(run), IKE_DROP_PROOF);
	assert_int_equal(stats_of(run).refusal, IKE_REFUSAL_UNTRUSTED);
	assert_int_equal(stats_of(run).stage, IKE_STAGE_MM5_SENT);
	run->ours.answer = 0;
	assert_int_equal(feed(run), 0);
	assert_int_equal(stats_of(run).stage, IKE_STAGE_QM1_SENT);
	run_free(run);

	run = run_new(IKE_AUTH_ECDSA_256);
	until_message_5(run);
	assert_true(peer_mm6(&run->peer, &run->d));
	run->ours.answer = IKE_REFUSAL_EXPIRED;
	for (int i = 0; i < 4; i++)
		assert_int_equal(feed(run), IKE_DROP_PROOF);
	run->ours.answer = 0;
	assert_int_equal(feed(run), IKE_DROP_LIMIT);
	assert_int_equal(run->ours.n_verified, 4);
	run_free(run);

	run = run_new(IKE_AUTH_RSA_SIG);
	until_message_5(run);
	assert_true(peer_mm6(&run->peer, &run->d));
	run->ours.answer = -EIO;
	assert_int_equal(feed(run), -EIO);
	run_free(run);
}

/* What the peer shows: nothing, other encodings, too many, too large. */
static void test_certificates(void **state)
{
	static uint8_t large[IKE_CERT_MAX + 1] = { 1 };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct run *run = run_new(IKE_AUTH_RSA_SIG);
		struct ike_auth *theirs = &run->theirs.auth;

		until_message_5(run);
		switch (i) {
		case 0:
			theirs->n_certs = 0;
			break;
		case 1:
			theirs->certs[0] = (struct chunk){ large, IKE_CERT_MAX };
			break;
		case 2:
			theirs->certs[0] = (struct chunk){ large, IKE_CERT_MAX + 1 };
			break;
		case 3:
			for (theirs->n_certs = 0; theirs->n_certs < IKE_CERTS_MAX;)
				theirs->certs[theirs->n_certs++] = (struct chunk){ large, 1 };
			break;
		}
		assert_true(peer_mm6(&run->peer, &run->d));
		assert_int_equal(feed(run), i == 0 ? IKE_DROP_PROOF : i == 2 ? IKE_DROP_LIMIT : 0);
		if (i == 0)
			assert_int_equal(stats_of(run).refusal, IKE_REFUSAL_NO_CERTIFICATE);
		assert_int_equal(run->ours.n_verified, i == 1 || i == 3);
		run_free(run);
	}
}

/*
 * RFC 2409 appendix A and RFC 4754: 2 DSS, 4 and 5 public key encryption, 1 and 3 the other of ours.
 * What wasn't offered is refused with message 2, before anything of ours is shown.
 */
static void test_other_methods(void **state)
{
	static const uint16_t methods[] = { 1, 2, 4, 5, 9, 10, 11, 65001, 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		struct run *run = run_new(IKE_AUTH_RSA_SIG);
		struct ike_datagram d;

		run_start(run);
		run->peer.selection = PEER_SELECT_FORGED;
		run->peer.forged_type = ISAKMP_ATTR1_AUTH;
		run->peer.forged = methods[i];
		peer_mm2(&run->peer, &run->d);
		assert_int_equal(feed(run), IKE_DROP_NOT_OFFERED);
		assert_false(ike_next_datagram(run->ike, &d));
		run_free(run);
	}
}

/* A datagram from one engine into the other. */
static int pass(struct ike *from, struct ike *to, const struct endpoint *sender, nsec_t now)
{
	struct ike_datagram d;
	int r = -ENODATA;

	while (ike_next_datagram(from, &d))
		r = ike_input(to, sender, d.data, d.len, now);
	return r;
}

/*
 * A main mode of somebody's who sends from the gateway's address and has no certificate: with
 * signatures the keys are his as well as ours, and they prove nothing.
 */
static void test_unproven_deletes(void **state)
{
	struct run *run = run_new(IKE_AUTH_RSA_SIG);
	struct ike *other;
	struct ike_event event;

	(void)state;
	until_message_5(run);
	assert_true(peer_mm6(&run->peer, &run->d));
	assert_int_equal(feed(run), 0);
	assert_true(ike_next_datagram(run->ike, &run->d));
	assert_true(peer_qm2(&run->peer, &run->d));
	assert_int_equal(feed(run), 0);
	assert_int_equal(stats_of(run).stage, IKE_STAGE_CHILD_UP);
	while (ike_next_datagram(run->ike, &run->d))
		;

	struct ike_config config = run->config;
	config.local = run->config.remote;
	config.remote = run->config.local;
	config.auth = &run->theirs.auth;
	assert_int_equal(ike_new(&config, &crypto_openssl, &other), 0);
	assert_int_equal(ike_start(other, run->now), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pass(other, run->ike, &run->config.remote, run->now), 0);
		assert_int_equal(pass(run->ike, other, &run->config.local, run->now), 0);
	}
	struct ike_datagram message_5;
	assert_true(ike_next_datagram(other, &message_5));

	while (ike_next_event(run->ike, &event))
		ike_event_clear(&event);
	memset(other->sa->last_block, 0, sizeof(other->sa->last_block));
	assert_int_equal(inform_delete_pair(other, other->sa, run->ike->pairs[0].spi_out, run->now),
			 0);
	assert_int_equal(pass(other, run->ike, &run->config.remote, run->now),
			 IKE_DROP_UNAUTHENTICATED);
	assert_int_equal(inform_refusal(other, other->sa, ISAKMP_NOTIFY_NO_PROPOSAL_CHOSEN,
					run->now),
			 0);
	assert_int_equal(pass(other, run->ike, &run->config.remote, run->now),
			 IKE_DROP_UNAUTHENTICATED);
	assert_true(ike_next_event(run->ike, &event));
	assert_int_equal(event.type, IKE_EVENT_NOTIFY);
	assert_false(event.u.notify.authenticated);
	assert_false(ike_next_event(run->ike, &event));
	ike_free(other);
	run_free(run);
}

/*
 * Until message 6 is verified the gateway's encrypted words are those of whoever exchanged keys with us: a hint,
 * after which the attempt goes on and the true message 6 is taken.
 */
static void test_unproven_notifies(void **state)
{
	static const uint16_t types[] = { 14, 18, 24, 28 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		struct run *run = run_new(IKE_AUTH_RSA_SIG);
		struct ike_event event;

		until_message_5(run);
		assert_int_equal(has_event(run, IKE_EVENT_NOTIFY, &event), false);
		struct ike_datagram message_5 = run->d;
		memcpy(run->peer.sa.last_block, run->ike->sa->last_block,
		       sizeof(run->peer.sa.last_block));
		peer_send_info(&run->peer, 0x1234, ISAKMP_PAYLOAD_NOTIFY,
			       peer_notify(types[i], (struct chunk){}, (struct chunk){}));
		assert_int_equal(feed(run), IKE_DROP_UNAUTHENTICATED);
		assert_true(has_event(run, IKE_EVENT_NOTIFY, &event));
		assert_int_equal(event.u.notify.type, types[i]);
		assert_false(event.u.notify.authenticated);
		assert_false(has_event(run, IKE_EVENT_FAILED, &event));
		assert_true(peer_mm6(&run->peer, &message_5));
		assert_int_equal(feed(run), 0);
		assert_true(has_event(run, IKE_EVENT_PHASE1_UP, &event));
		run_free(run);
	}
}

static void test_config(void **state)
{
	struct run *run = run_new(IKE_AUTH_PSK);
	struct ike *ike;

	(void)state;
	assert_int_equal(ike_new(&run->config, &crypto_openssl, &ike), -EINVAL);
	run->ours.auth.method = IKE_AUTH_RSA_SIG;
	run->ours.auth.n_certs = 0;
	assert_int_equal(ike_new(&run->config, &crypto_openssl, &ike), -EINVAL);
	run->ours.auth.n_certs = IKE_CERTS_MAX + 1;
	assert_int_equal(ike_new(&run->config, &crypto_openssl, &ike), -EINVAL);
	run->ours.auth.n_certs = 1;
	run->ours.auth.certs[0].len = IKE_CERT_MAX + 1;
	assert_int_equal(ike_new(&run->config, &crypto_openssl, &ike), -EINVAL);
	run->ours.auth.certs[0].len = 1;
	run->ours.auth.sign = NULL;
	assert_int_equal(ike_new(&run->config, &crypto_openssl, &ike), -EINVAL);
	run->config.auth = NULL;
	assert_int_equal(ike_new(&run->config, &crypto_openssl, &ike), -EINVAL);
	free(run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_methods),		 cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_certificates),	 cmocka_unit_test(test_other_methods),
		cmocka_unit_test(test_unproven_deletes), cmocka_unit_test(test_unproven_notifies),
		cmocka_unit_test(test_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
