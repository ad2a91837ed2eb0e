/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The recording implementations of the two tables the connection uses, with a virtual clock: every
 * call is written down as a word in `log`, every call can be made to fail.
 */

#include "client/connection/connection.h"

#define RECORDING_DATAGRAMS_MAX 64

struct recording {
	struct system system;
	struct dataplane dataplane;
	nsec_t now;
	char log[65536];	     /* " resolve open-ike protect ..." */
	bool port_taken;	     /* a port that is asked for is another program's */
	const char *fail;	     /* the call that is to fail, or NULL */
	unsigned int calls, fail_at; /* how many there were, and which one is to fail; 0: none */
	enum cause fail_cause;
	struct endpoint resolved;
	size_t n_sent; /* IKE datagrams */
	struct {
		unsigned int call; /* its number */
		bool natt;
		struct endpoint to;
		size_t len;
		uint8_t data[IKE_DATAGRAM_MAX];
	} sent[RECORDING_DATAGRAMS_MAX];
	size_t n_l2tp; /* L2TP datagrams */
	struct {
		unsigned int call;
		struct dp_config by; /* what the data plane was opened with */
		size_t len;
		uint8_t data[L2TP_DATAGRAM_MAX];
	} l2tp[RECORDING_DATAGRAMS_MAX];
	struct dp_config dataplane_config; /* the last one it was opened with */
	struct ike_child child;		   /* the last one installed */
	uint32_t used_spi_in;		   /* of the pair that is sent by */
	struct dp_session session;	   /* the last one opened */
	uint16_t kernel_tunnel;		   /* of the socket's sessions; 0: there was none yet */
	struct dp_link link;
	struct failure ppp_reason; /* what PPP is to have said of its end */
	struct sys_network network;
	bool opened;	   /* the network was undone with all that the kill switch closed */
	bool names_follow; /* its names take a while */
	struct dp_counters counters; /* what the data plane says it has carried */
	bool ppp_stuck;
	uint8_t random;		      /* each octet that the system draws */
	const char *uplink, *address; /* the way to the gateway; NULL: there is none */
	char events[16384];	      /* " state:resolve ... up down:CAUSE" */
	char steps[2048];	      /* the texts of the steps, a line each */
	unsigned int downs;
	struct failure failure; /* of the last down */
};

/* Fills both tables in; the gateway's name resolves to 198.51.100.2. */
void recording_init(struct recording *r);

/* The observer and the clock for connection_config; userdata is the recording. */
void recording_on_event(void *userdata, const struct connection_event *event);
nsec_t recording_now(void *userdata);

/* Lets the virtual time pass to the connection's next deadline, and calls it. */
void recording_step(struct recording *r, struct connection *c);

/* How often WORD stands in LIST as a whole word. */
unsigned int recording_count(const char *list, const char *word);
