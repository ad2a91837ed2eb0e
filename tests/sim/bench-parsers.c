/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the parsers cost: real messages, as the gateway's models send them in one handshake, are read again and again.
 *
 *	bench-parsers		lists the messages that can be read without keys: number, name, octets
 *	bench-parsers N TIMES	reads that one so often
 *
 * `scripts/bench engine` counts the instructions within read_once() by callgrind.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ike/payload.h"
#include "ike/sa.h"
#include "l2tp/header.h"
#include "l2tp/message.h"
#include "l2tp/protocol.h"
#include "sim.h"

#define MESSAGES_MAX 32
#define ATTEMPT	     (30 * NSEC_PER_SEC)

static struct wire_packet messages[MESSAGES_MAX];
static size_t n_messages;

/* The ISAKMP message without the non-ESP marker. */
static struct chunk isakmp_of(const struct wire_packet *p)
{
	size_t skip = p->kind == WIRE_IKE_NATT ? ISAKMP_MARKER_LEN : 0;

	return (struct chunk){ p->data + skip, p->len > skip ? p->len - skip : 0 };
}

static int read_isakmp(struct chunk text)
{
	static struct sa sa;
	struct isakmp_header header;
	struct payloads list;

	int r = isakmp_header_parse(text, &header);
	if (r != 0 || (header.flags & ISAKMP_FLAG_ENCRYPTED))
		return -1;
	struct chunk body = { (const uint8_t *)text.data + ISAKMP_HEADER_LEN,
			      text.len - ISAKMP_HEADER_LEN };
	r = payloads_parse(header.next, body, false, &list);
	const struct payload *p = r == 0 ? payloads_find(&list, ISAKMP_PAYLOAD_SA, 0) : NULL;
	return p ? sa_parse(p->body, &sa) : r;
}

static int read_l2tp(const uint8_t *data, size_t len)
{
	struct l2tp_header header;
	struct l2tp_message message;
	struct l2tp_offender offender;
	struct l2tp_hiding hiding = { 0 };

	int r = l2tp_header_parse(data, len, &header);
	if (r != 0 || !(header.flags & L2TP_FLAG_CONTROL) || header.payload.len == 0)
		return r;
	return l2tp_message_parse(header.payload.data, header.payload.len, &hiding, &message,
				  &offender);
}

/* Of its own in the program, so that callgrind finds it. */
__attribute__((noinline)) static int read_once(const struct wire_packet *p)
{
	return p->kind == WIRE_ESP ? read_l2tp(p->data, p->len) : read_isakmp(isakmp_of(p));
}

static void remember(struct sim *sim, const struct wire_packet *p)
{
	(void)sim;
	if (n_messages < MESSAGES_MAX && read_once(p) == 0)
		messages[n_messages++] = *p;
}

static void record(void)
{
	const struct sim_config config = {
		.seed = 1,
		.real_dh = true,
		.client_nat = true,
		.gateway_nat = true,
		.client_psk = "a key for everybody",
		.gateway_psk = "a key for everybody",
		.phase1 = { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA256, IKE_GROUP_MODP2048 },
		.phase2 = { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA1, IKE_GROUP_NONE },
		.natt = RESPONDER_NATT_RFC,
		.dpd = true,
	};
	struct sim *sim = sim_new(&config);

	sim->watch = remember;
	sim_start(sim);
	if (!sim_run(sim, sim_is_up, sim->wire.now + ATTEMPT)) {
		fprintf(stderr, "not connected: %s\n", sim_reason(sim));
		exit(1);
	}
	sim_free(sim);
}

int main(int argc, char **argv)
{
	record();
	if (argc < 3) {
		for (size_t i = 0; i < n_messages; i++)
			printf("%zu %s %zu\n", i, messages[i].kind == WIRE_ESP ? "L2TP" : "ISAKMP",
			       messages[i].len);
		return 0;
	}

	size_t n = strtoul(argv[1], NULL, 10);
	unsigned long times = strtoul(argv[2], NULL, 10);
	if (n >= n_messages)
		return 2;
	for (unsigned long i = 0; i < times; i++)
		if (read_once(&messages[n]) != 0)
			return 1;
	return 0;
}
