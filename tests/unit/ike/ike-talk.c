/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "client/certificate/crypto.h"
#include "ike-talk.h"

static const struct endpoint client_address = { AF_INET, { 10, 1, 2, 3 }, 500 };
const struct endpoint gateway_address = { AF_INET, { 203, 0, 113, 7 }, 500 };
const struct endpoint napt_address = { AF_INET, { 198, 51, 100, 9 }, 61234 };
static const struct endpoint lan_address = { AF_INET, { 192, 168, 100, 1 }, 500 };

struct run *run_new(void)
{
	struct run *run = calloc(1, sizeof(*run));

	assert_non_null(run);
	assert_int_equal(secret_set(&run->psk, "a key", 5), 0);
	run->config = (struct ike_config){
		.local = client_address,
		.local_natt_port = 4500,
		.remote = gateway_address,
		.remote_natt_port = 4500,
		.l2tp_local_port = 40000,
		.l2tp_remote_port = 1701,
		.psk = &run->psk,
		.proposals = { { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA256, IKE_GROUP_MODP2048 },
			       { IKE_ENCR_AES_CBC, 128, IKE_HASH_SHA1, IKE_GROUP_ECP256 },
			       { IKE_ENCR_3DES_CBC, 0, IKE_HASH_MD5, IKE_GROUP_MODP1024 },
			       { IKE_ENCR_AES_CBC, 192, IKE_HASH_SHA384, IKE_GROUP_CURVE25519 } },
		.n_proposals = 4,
		.esp = { { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA1, IKE_GROUP_NONE },
			 { IKE_ENCR_AES_CBC, 128, IKE_HASH_SHA256, IKE_GROUP_NONE },
			 { IKE_ENCR_3DES_CBC, 0, IKE_HASH_SHA1, IKE_GROUP_NONE },
			 { IKE_ENCR_AES_GCM_16, 256, IKE_HASH_NONE, IKE_GROUP_NONE } },
		.n_esp = 4,
		.phase1_life_s = 28800,
		.phase2_life_s = 3600,
		.phase2_life_kb = 250000,
		.keepalive_interval = 20 * NSEC_PER_SEC,
	};
	run->now = 1000 * NSEC_PER_SEC;
	return run;
}

void run_start(struct run *run)
{
	peer_init(&run->peer, &run->config, &crypto_openssl);
	assert_int_equal(ike_new(&run->config, &crypto_openssl, &run->ike), 0);
}

void run_free(struct run *run)
{
	run->ike = ike_free(run->ike);
	peer_clear(&run->peer);
	free(run);
}

static void take_events(struct run *run)
{
	while (run->n_events < RUN_EVENTS_MAX &&
	       ike_next_event(run->ike, &run->events[run->n_events]))
		run->n_events++;
}

const struct ike_event *run_event(struct run *run, enum ike_event_type type, size_t nth)
{
	take_events(run);
	for (size_t i = 0; i < run->n_events; i++)
		if (run->events[i].type == type && nth-- == 0)
			return &run->events[i];
	return NULL;
}

void run_forget_events(struct run *run)
{
	take_events(run);
	run->n_events = 0;
}

void run_take(struct run *run)
{
	assert_true(ike_next_datagram(run->ike, &run->d));
}

void run_take_none(struct run *run)
{
	struct ike_datagram d;

	assert_false(ike_next_datagram(run->ike, &d));
}

int run_feed(struct run *run)
{
	struct endpoint from = run->config.remote;

	if (run->d.natt)
		from.port = run->config.remote_natt_port;
	run->now += 20 * NSEC_PER_MSEC;
	return ike_input(run->ike, &from, run->peer.reply, run->peer.reply_len, run->now);
}

enum ike_stage run_stage(const struct run *run)
{
	struct ike_stats stats;

	ike_get_stats(run->ike, &stats);
	return stats.stage;
}

void run_reach(struct run *run, enum ike_stage until)
{
	if (run_stage(run) == IKE_STAGE_IDLE) {
		assert_int_equal(ike_start(run->ike, run->now), 0);
		run_take(run);
	}
	if (run_stage(run) < until && run_stage(run) == IKE_STAGE_MM1_SENT) {
		peer_mm2(&run->peer, &run->d);
		assert_int_equal(run_feed(run), 0);
		run_take(run);
	}
	if (run_stage(run) < until && run_stage(run) == IKE_STAGE_MM3_SENT) {
		peer_mm4(&run->peer, &run->d);
		assert_int_equal(run_feed(run), 0);
		run_take(run);
	}
	if (run_stage(run) < until && run_stage(run) == IKE_STAGE_MM5_SENT) {
		assert_true(peer_mm6(&run->peer, &run->d));
		assert_int_equal(run_feed(run), 0);
		run_take(run);
	}
	if (run_stage(run) < until && run_stage(run) == IKE_STAGE_QM1_SENT) {
		assert_true(peer_qm2(&run->peer, &run->d));
		assert_int_equal(run_feed(run), 0);
		run_take(run);
	}
	run_take_none(run);
	assert_int_equal(run_stage(run), until);
}

void run_assert_child(struct run *run, const struct ike_child *child)
{
	const struct ike_sa *sa = &run->peer.sa;
	const struct ike_esp_proposal *esp = &run->config.esp[run->peer.select];
	size_t encr_len = keymat_key_len(esp->encr, esp->key_bits);
	struct keymat_child material = { .protocol = 3,
					 .spi = run->peer.spi_in,
					 .ni_b = octets_chunk(&run->peer.qm_ni),
					 .nr_b = octets_chunk(&run->peer.qm_nr) };
	struct secret all;

	assert_int_equal(child->spi_out, run->peer.spi_in);
	assert_int_equal(child->spi_in, run->peer.spi_out);
	assert_true(child->spi_in >= 0x100);
	assert_int_equal(child->encr_out.len, encr_len);
	assert_int_equal(child->auth_out.len, keymat_hash_len(esp->auth));
	assert_int_equal(keymat_child(&crypto_openssl, sa->proposal.hash, &sa->keys.skeyid_d,
				      &material, encr_len + child->auth_out.len, &all),
			 0);
	assert_memory_equal(child->encr_out.data, all.data, encr_len);
	assert_memory_equal(child->auth_out.data, all.data + encr_len, child->auth_out.len);
	assert_memory_not_equal(child->encr_in.data, child->encr_out.data, encr_len);
	assert_int_equal(child->life_s, 3600);
	assert_int_equal(child->life_kb, 250000);
	assert_int_equal(child->l2tp_local_port, 40000);
}

struct run *run_natted(void)
{
	struct run *run = run_new();

	run_start(run);
	run->peer.seen = napt_address;
	run->peer.self = lan_address;
	return run;
}

void run_wait_datagram(struct run *run)
{
	for (unsigned int i = 0; i < 5000; i++) {
		run->now = ike_deadline(run->ike);
		assert_true(run->now != NSEC_NEVER);
		assert_int_equal(ike_timeout(run->ike, run->now), 0);
		while (ike_next_datagram(run->ike, &run->d))
			if (run->d.len > 1)
				return;
	}
	fail();
}
