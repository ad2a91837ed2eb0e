/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The virtual wire: a bag of datagrams, each with the time at which it comes out. */
#include "wire.h"

#include <stdlib.h>
#include <string.h>

uint64_t prng_next(struct prng *prng)
{
	uint64_t z = prng->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint64_t prng_below(struct prng *prng, uint64_t limit)
{
	return prng_next(prng) % limit;
}

void prng_fill(struct prng *prng, void *ret, size_t len)
{
	uint8_t *p = ret;

	for (size_t i = 0; i < len; i++)
		p[i] = (uint8_t)(prng_next(prng) >> 32);
}

void wire_init(struct wire *wire, const struct wire_config *config, uint64_t seed, nsec_t start)
{
	wire->prng = (struct prng){ seed };
	wire->config = *config;
	wire->now = start;
	wire->sent = 0;
	wire->lost = wire->duplicated = wire->corrupted = wire->delivered = 0;
	wire->n_packets = 0;
}

static bool happens(struct wire *wire, unsigned int of_1000)
{
	return prng_below(&wire->prng, 1000) < of_1000;
}

static void corrupt(struct wire *wire, struct wire_packet *packet)
{
	if (packet->len == 0)
		return;
	packet->data[prng_below(&wire->prng, packet->len)] ^=
		(uint8_t)(1 << prng_below(&wire->prng, 8));
	packet->corrupted = true;
	wire->corrupted++;
}

static void put(struct wire *wire, const struct wire_packet *packet)
{
	const struct wire_config *config = &wire->config;

	/* More than this is on the way only if somebody sends without end. */
	if (wire->n_packets == WIRE_PACKETS_MAX)
		abort();

	struct wire_packet *p = &wire->packets[wire->n_packets++];
	*p = *packet;
	p->corrupted = false;
	p->order = wire->sent++;
	p->due = wire->now + config->delay_min + prng_below(&wire->prng, config->delay_spread + 1);
	if (happens(wire, config->detour))
		p->due += config->delay_detour;
	if (happens(wire, config->corruption))
		corrupt(wire, p);
}

static bool is_too_long(const struct wire *wire, const struct wire_packet *packet)
{
	return wire->config.len_max != 0 && packet->len > wire->config.len_max;
}

void wire_send(struct wire *wire, const struct wire_packet *packet)
{
	bool twice = happens(wire, wire->config.duplication);

	if (twice)
		wire->duplicated++;
	for (int i = 0; i < (twice ? 2 : 1); i++) {
		if (happens(wire, wire->config.loss) || is_too_long(wire, packet))
			wire->lost++;
		else
			put(wire, packet);
	}
}

/* The one that comes out first; NULL: there is none. */
static const struct wire_packet *first(const struct wire *wire)
{
	const struct wire_packet *found = NULL;

	for (size_t i = 0; i < wire->n_packets; i++) {
		const struct wire_packet *p = &wire->packets[i];
		if (!found || p->due < found->due ||
		    (p->due == found->due && p->order < found->order))
			found = p;
	}
	return found;
}

nsec_t wire_deadline(const struct wire *wire)
{
	const struct wire_packet *p = first(wire);

	return p ? p->due : NSEC_NEVER;
}

bool wire_receive(struct wire *wire, struct wire_packet *ret)
{
	const struct wire_packet *p = first(wire);

	if (!p || p->due > wire->now)
		return false;
	*ret = *p;
	wire->packets[p - wire->packets] = wire->packets[--wire->n_packets];
	wire->delivered++;
	return true;
}
