/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the engines cost by themselves, without kernel and network: handshakes with real cryptography over a
 * virtual wire that takes no time, from main mode's first message to an L2TP session, and what of the
 * client's time is public-key arithmetic; medians. The gateway's models are not counted.
 *
 *	bench-engine [HANDSHAKES]	of each group; prints a table, returns 1 if a target is missed
 *
 * `scripts/bench engine` builds it without sanitizers and runs it.
 */
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/certificate/crypto.h"
#include "sim.h"

#define HANDSHAKES 200
#define ATTEMPT	   (30 * NSEC_PER_SEC)

/* At most that much beside the key exchange, in per cent. */
#define BEYOND_MAX 20.0

/* Of the client's engines, and of their key exchange within. */
static struct {
	nsec_t engines, arithmetic;
	unsigned int depth, allocations;
	size_t ike,
		l2tp; /* octets that each engine has for itself, without OpenSSL's; they only grow */
} spent;

/* The thread's own clock takes half a microsecond to read, as long as some of the calls. */
static nsec_t time_now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (nsec_t)t.tv_sec * NSEC_PER_SEC + (nsec_t)t.tv_nsec;
}

/* The linker sends the simulation's calls of the engines through these. */
#define WRAP(name, declaration, arguments)           \
	int __real_##name declaration;               \
	int __wrap_##name declaration;               \
	int __wrap_##name declaration                \
	{                                            \
		nsec_t begin = time_now();           \
		spent.depth++;                       \
		int r = __real_##name arguments;     \
		spent.depth--;                       \
		spent.engines += time_now() - begin; \
		return r;                            \
	}

WRAP(ike_new, (const struct ike_config *config, const struct ike_crypto *crypto, struct ike **ret),
     (config, crypto, ret))
WRAP(ike_start, (struct ike * ike, nsec_t now), (ike, now))
WRAP(ike_input,
     (struct ike * ike, const struct endpoint *from, const uint8_t *data, size_t len, nsec_t now),
     (ike, from, data, len, now))
WRAP(ike_timeout, (struct ike * ike, nsec_t now), (ike, now))
WRAP(l2tp_new,
     (const struct l2tp_config *config, const struct l2tp_crypto *crypto, struct l2tp **ret),
     (config, crypto, ret))
WRAP(l2tp_start, (struct l2tp * l2tp, nsec_t now), (l2tp, now))
WRAP(l2tp_input,
     (struct l2tp * l2tp, const struct endpoint *from, const uint8_t *data, size_t len, nsec_t now),
     (l2tp, from, data, len, now))
WRAP(l2tp_timeout, (struct l2tp * l2tp, nsec_t now), (l2tp, now))

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);

void *__wrap_calloc(size_t n, size_t size)
{
	void *p = __real_calloc(n, size);

	if (!p || spent.depth == 0)
		return p;
	/* Each makes one allocation: all that it ever has. */
	*(spent.allocations++ == 0 ? &spent.ike : &spent.l2tp) = malloc_usable_size(p);
	return p;
}

static int timed_generate(void *userdata, enum ike_group group, void **ret_private,
			  uint8_t *ret_public, size_t *ret_public_len)
{
	nsec_t begin = time_now();
	int r = crypto_openssl.dh_generate(userdata, group, ret_private, ret_public,
					   ret_public_len);

	spent.arithmetic += time_now() - begin;
	return r;
}

static int timed_shared(void *userdata, enum ike_group group, void *private_key,
			struct chunk peer_public, struct secret *ret_shared)
{
	nsec_t begin = time_now();
	int r = crypto_openssl.dh_shared(userdata, group, private_key, peer_public, ret_shared);

	spent.arithmetic += time_now() - begin;
	return r;
}

static struct sim_config config_of(uint64_t seed, enum ike_group group)
{
	return (struct sim_config){
		.seed = seed,
		.real_dh = true,
		.client_nat = true,
		.gateway_nat = true,
		.client_psk = "a key for everybody",
		.gateway_psk = "a key for everybody",
		.phase1 = { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA256, group },
		.phase2 = { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA1, IKE_GROUP_NONE },
		.offer_only_chosen = true,
		.natt = RESPONDER_NATT_RFC,
		.dpd = true,
	};
}

static void handshake(uint64_t seed, enum ike_group group)
{
	const struct sim_config config = config_of(seed, group);
	struct sim *sim = sim_new(&config);

	sim->client_crypto.hash = crypto_openssl.hash;
	sim->client_crypto.hmac = crypto_openssl.hmac;
	sim->client_crypto.cbc = crypto_openssl.cbc;
	sim->client_crypto.dh_generate = timed_generate;
	sim->client_crypto.dh_shared = timed_shared;
	sim_start(sim);
	if (!sim_run(sim, sim_is_up, sim->wire.now + ATTEMPT)) {
		fprintf(stderr, "not connected: %s\n", sim_reason(sim));
		exit(1);
	}
	sim_free(sim);
}

static int compare(const void *a, const void *b)
{
	const nsec_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double median_ms(nsec_t *values, unsigned int n)
{
	qsort(values, n, sizeof(*values), compare);
	return (double)values[n / 2] / (double)NSEC_PER_MSEC;
}

/* Whether the target holds. */
static bool measure(const char *name, enum ike_group group, unsigned int n)
{
	nsec_t *engines = calloc(n, sizeof(*engines)), *arithmetic = calloc(n, sizeof(*arithmetic));

	if (!engines || !arithmetic)
		exit(1);
	handshake(1, group); /* OpenSSL fetches its algorithms with the first one */
	for (unsigned int i = 0; i < n; i++) {
		memset(&spent, 0, sizeof(spent));
		handshake(2 + i, group);
		engines[i] = spent.engines;
		arithmetic[i] = spent.arithmetic;
		if (spent.allocations != 2) {
			fprintf(stderr, "%u allocations, not one of each engine\n",
				spent.allocations);
			exit(1);
		}
	}
	double all = median_ms(engines, n), dh = median_ms(arithmetic, n),
	       beyond = 100 * (all - dh) / dh;
	printf("%-12s %6u %11.0f %9.3f %9.3f %9.1f %% %9zu %7zu  %s\n", name, n, 1000 / all, all,
	       dh, beyond, spent.ike, spent.l2tp, beyond <= BEYOND_MAX ? "holds" : "missed");
	free(engines);
	free(arithmetic);
	return beyond <= BEYOND_MAX;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		enum ike_group group;
	} groups[] = {
		{ "modp2048", IKE_GROUP_MODP2048 },
		{ "ecp256", IKE_GROUP_ECP256 },
		{ "ecp384", IKE_GROUP_ECP384 },
		{ "curve25519", IKE_GROUP_CURVE25519 },
	};
	unsigned int n = argc > 1 ? (unsigned int)strtoul(argv[1], NULL, 10) : HANDSHAKES;
	bool good = true;

	if (n == 0)
		return 2;
	printf("%-12s %6s %11s %9s %9s %11s %9s %7s  at most %.0f %%\n", "handshakes", "runs",
	       "per second", "ms", "of it DH", "beyond DH", "IKE", "L2TP", BEYOND_MAX);
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		good &= measure(groups[i].name, groups[i].group, n);
	printf("IKE, L2TP: octets that an engine has from its beginning to its end, its peak as "
	       "well\n");
	return !good;
}
