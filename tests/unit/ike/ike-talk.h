/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The engine and a small gateway, message by message. */

#include "ike-peer.h"

#define RUN_EVENTS_MAX 64

struct run {
	struct ike_config config;
	struct secret psk;
	struct ike *ike;
	struct peer peer;
	nsec_t now;
	struct ike_datagram d;
	size_t n_events;
	struct ike_event events[RUN_EVENTS_MAX];
};

extern const struct endpoint gateway_address, napt_address;

/* A configuration and a gateway for it; to be changed, then started. The test fails where there is no memory. */
struct run *run_new(void);

void run_start(struct run *run);

/* Started, with a NAPT in between. */
struct run *run_natted(void);

void run_free(struct run *run);

/* The NTH event of the type since the last run_forget_events(), or NULL. */
const struct ike_event *run_event(struct run *run, enum ike_event_type type, size_t nth);

void run_forget_events(struct run *run);

/* The engine's next datagram to run->d; there has to be one. */
void run_take(struct run *run);

/* There is none. */
void run_take_none(struct run *run);

/* Brings the gateway's reply, 20 ms later. Return: the engine's. */
int run_feed(struct run *run);

enum ike_stage run_stage(const struct run *run);

/* Goes on until the engine is in this stage, its last message taken from the queue. */
void run_reach(struct run *run, enum ike_stage until);

/* It is the pair that the gateway has. */
void run_assert_child(struct run *run, const struct ike_child *child);

/* Lets the time pass until the engine has something to say that isn't a keepalive. */
void run_wait_datagram(struct run *run);
