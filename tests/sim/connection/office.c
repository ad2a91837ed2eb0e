/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/sim/connection/office.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "client/certificate/crypto.h"

#define PSK "a long enough pre-shared key"

static const char profile_text[] = "[vpn]\n"
				   "gateway=gateway.example\n"
				   "user=taro\n"
				   "%s\n"
				   "[vpn-secrets]\n"
				   "ipsec-psk=" PSK "\n"
				   "password=himitsu\n";

static void init_gateway(struct office *x, size_t i, const char *address)
{
	struct office_gateway *g = &x->gateways[i];
	struct responder_config config = {
		.crypto = &x->crypto,
		.psk = PSK,
		.phase1 = { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA256, IKE_GROUP_MODP2048 },
		.phase2 = { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA1, IKE_GROUP_NONE },
		.natt = true,
	};
	const struct lns_config lns = { .tunnel_id = 0x1234, .session_id = 0x5678, .max_tries = 8 };

	assert_int_equal(endpoint_parse(address, 500, &g->address), 0);
	config.local = g->address;
	responder_init(&g->responder, &config);
	lns_init(&g->lns, &lns);
}

struct office *office_new(const char *vpn)
{
	return office_new_secret(vpn, "");
}

struct office *office_new_secret(const char *vpn, const char *l2tp_secret)
{
	struct office *x = calloc(1, sizeof(*x));
	struct failure f = { 0 };
	char text[1024];

	assert_non_null(x);
	x->prng.state = 7;
	x->crypto = toy_crypto(&x->prng);
	recording_init(&x->recording);
	init_gateway(x, 0, "198.51.100.2");
	init_gateway(x, 1, "192.0.2.7");
	init_gateway(x, 2, "192.0.2.8");
	(void)snprintf(text, sizeof(text), profile_text, vpn);
	assert_int_equal(profile_parse("office", text, strlen(text), &x->profile, &f), 0);
	assert_int_equal(secret_set(&x->psk, PSK, strlen(PSK)), 0);
	assert_int_equal(secret_set(&x->password, "himitsu", 7), 0);
	assert_int_equal(secret_set(&x->l2tp_secret, l2tp_secret, strlen(l2tp_secret)), 0);

	const struct connection_config config = {
		.profile = x->profile,
		.psk = &x->psk,
		.password = &x->password,
		.l2tp_secret = &x->l2tp_secret,
		.crypto = &x->crypto,
		.l2tp_crypto = &crypto_openssl_l2tp,
		.system = &x->recording.system,
		.dataplane = &x->recording.dataplane,
		.timeout = 30 * NSEC_PER_SEC,
		.userdata = &x->recording,
		.now = recording_now,
		.on_event = recording_on_event,
	};
	assert_int_equal(connection_new(&config, &x->connection), 0);
	return x;
}

void office_free(struct office *x)
{
	connection_free(x->connection);
	for (size_t i = 0; i < OFFICE_GATEWAYS; i++)
		responder_clear(&x->gateways[i].responder);
	profile_free(x->profile);
	free(x);
}

struct office_gateway *office_find(struct office *x, const struct endpoint *to)
{
	for (size_t i = 0; i < OFFICE_GATEWAYS; i++)
		if (endpoint_same_addr(&x->gateways[i].address, to))
			return &x->gateways[i];
	return NULL;
}

void office_reboot(struct office_gateway *g)
{
	const struct responder_config config = g->responder.config;
	const struct lns_config lns = g->lns.config;

	responder_clear(&g->responder);
	responder_init(&g->responder, &config);
	lns_init(&g->lns, &lns);
}

/* Whether what goes through ESP gets to this gateway and from it. */
static bool has_esp(struct office_gateway *g)
{
	return g && !g->silent && !g->mute && responder_child(&g->responder);
}

static bool is_lost(struct office *x, bool natt)
{
	return (natt && x->closed) || (x->loss > 0 && prng_next(&x->prng) % 100 < x->loss);
}

static void carry_l2tp(struct office *x, size_t i)
{
	struct recording *r = &x->recording;
	struct office_gateway *g = office_find(x, &r->l2tp[i].by.remote);

	r->counters.esp_out_packets++;
	if (has_esp(g) && !(g->deaf && r->l2tp[i].by.local.port != 1701))
		lns_input(&g->lns, r->l2tp[i].data, r->l2tp[i].len, r->now);
}

static void carry_ike(struct office *x, size_t i)
{
	struct recording *r = &x->recording;
	struct office_gateway *g = office_find(x, &r->sent[i].to);
	struct endpoint from;

	assert_int_equal(endpoint_parse(x->nat ? "203.0.113.2" : r->address,
					r->sent[i].natt ? 4500 : 500, &from),
			 0);
	if (!g || g->silent || is_lost(x, r->sent[i].natt))
		return;
	/* Main mode's first message: exchange type 2, no responder cookie, in clear. */
	g->attempts += r->sent[i].data[18] == 2 && !r->sent[i].natt &&
		       memcmp(r->sent[i].data + 8, "\0\0\0\0\0\0\0\0", 8) == 0;
	responder_input(&g->responder, &from, r->sent[i].natt, r->sent[i].data, r->sent[i].len,
			r->now);
}

bool office_carry_out(struct office *x)
{
	struct recording *r = &x->recording;
	size_t ike = 0, l2tp = 0;

	while (ike < r->n_sent || l2tp < r->n_l2tp) {
		if (l2tp == r->n_l2tp ||
		    (ike < r->n_sent && r->sent[ike].call < r->l2tp[l2tp].call))
			carry_ike(x, ike++);
		else
			carry_l2tp(x, l2tp++);
	}
	r->n_sent = r->n_l2tp = 0;
	return ike + l2tp > 0;
}

bool office_carry_in(struct office *x)
{
	struct sys_listener *system = &x->recording.system.listener;
	struct dp_listener *dataplane = &x->recording.dataplane.listener;
	bool any = false;

	for (size_t i = 0; i < OFFICE_GATEWAYS; i++) {
		struct office_gateway *g = &x->gateways[i];
		struct endpoint from = g->address;
		struct responder_datagram rd;
		struct lns_datagram ld;

		while (responder_next_datagram(&g->responder, &rd)) {
			from.port = rd.natt ? 4500 : 500;
			any = true;
			if (g->silent || is_lost(x, rd.natt))
				continue;
			system->on_ike(system->userdata, rd.natt, &from, rd.data, rd.len);
			any = true;
		}
		from.port = 1701;
		while (lns_next_datagram(&g->lns, &ld)) {
			any = true;
			if (g->silent || g->mute)
				continue;
			x->recording.counters.esp_in_packets++;
			dataplane->on_l2tp(dataplane->userdata, &from, ld.data, ld.len);
		}
	}
	return any;
}

void office_run(struct office *x)
{
	connection_start(x->connection);
	x->recording.system.listener.on_resolved(x->recording.system.listener.userdata,
						 &x->recording.resolved, 1, NULL);
	for (int i = 0; i < OFFICE_ROUNDS_MAX && x->recording.downs == 0; i++) {
		if (recording_count(x->recording.log, "start-ppp"))
			return;
		if (!office_carry_out(x) && !office_carry_in(x))
			recording_step(&x->recording, x->connection);
	}
	assert_int_equal(x->recording.downs, 1);
}

/* Sockets may be closed once more than needed, but not be opened twice or left open. */
static bool sockets_closed(const char *log)
{
	bool open = false;

	for (const char *p = log; (p = strstr(p, "-ike")); p += 4) {
		bool opens = p - log >= 5 && memcmp(p - 5, " open", 5) == 0;

		if (opens && open)
			return false;
		if (opens || (p - log >= 6 && memcmp(p - 6, " close", 6) == 0))
			open = opens;
	}
	return !open;
}

void office_check_closed(const struct office *x)
{
	const char *log = x->recording.log;

	assert_int_equal(x->recording.downs, 1);
	assert_int_equal(recording_count(log, "close"), recording_count(log, "open"));
	assert_true(sockets_closed(log));
	for (size_t i = 0; i < OFFICE_GATEWAYS; i++) {
		assert_string_equal(x->gateways[i].lns.violation, "");
		assert_string_equal(x->gateways[i].responder.violation, "");
	}
}

void office_end(struct office *x)
{
	connection_close(x->connection, NULL);
	for (int i = 0; i < OFFICE_ROUNDS_MAX && x->recording.downs == 0; i++)
		if (!office_carry_out(x) && !office_carry_in(x))
			recording_step(&x->recording, x->connection);
	assert_int_equal(x->recording.downs, 1);
	(void)office_carry_out(x);
	office_check_closed(x);
	for (size_t i = 0; i < OFFICE_GATEWAYS; i++)
		/* Nothing stays at a gateway that was left. */
		assert_int_equal(responder_sas_up(&x->gateways[i].responder), 0);
	office_free(x);
}
