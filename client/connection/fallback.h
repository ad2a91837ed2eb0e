/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "client/connection/evidence.h"

/* What is tried once more, and was. Starts as zeroes. */
struct fallback {
	/* The gateway's, and how many of them were tried. */
	struct endpoint addrs[RESOLVE_ADDRS_MAX];
	size_t n_addrs, tried;
	/* Of this gateway. */
	enum ppp_method method; /* the best that it has, as it has shown; NONE: not known */
	bool no_eap;		/* it has ended in vain */
	bool floated;		/* its UDP 500 is closed to us: it all goes to 4500 */
	bool sccrq_changed, port_changed, redirected;
	struct failure before; /* why the first try failed */
};

enum fallback_decision {
	FALLBACK_NONE,	  /* the failure counts */
	FALLBACK_ADDRESS, /* anew, towards the next address */
	FALLBACK_PORT,	  /* anew, from UDP port 1701 */
	FALLBACK_GATEWAY, /* anew, towards the gateway that the first one names */
	FALLBACK_SCCRQ,	  /* another tunnel under the same SA, begun by another SCCRQ */
	FALLBACK_TUNNEL,  /* another tunnel under the same SA */
	FALLBACK_CALL,	  /* another call in the tunnel, if PPP was heard; else patience */
};

/* What the resolver found; the first of them is being tried. */
void fallback_set_addresses(struct fallback *fb, const struct endpoint *addrs, size_t n);
bool fallback_has_address(const struct fallback *fb);
/* The next one, port 500; there must be one. */
struct endpoint fallback_next_address(struct fallback *fb);

/* A loss is repaired: nothing holds any more that the gateway was found to be. */
void fallback_forget(struct fallback *fb);

/* There was no progress, which F names. FREE: the profile leaves the source port to us. */
enum fallback_decision fallback_silence(struct fallback *fb, const struct evidence *e,
					const struct failure *f, bool free);

/* The gateway refuses phase 2, which F names. Return: NONE or PORT. */
enum fallback_decision fallback_refused(struct fallback *fb, const struct failure *f, bool free);

/* The gateway has ended L2TP's tunnel, which CLOSED tells. Our address is LOCAL; GATEWAY: *ret is the other one. */
enum fallback_decision fallback_closed(struct fallback *fb, const struct evidence *e,
				       const struct l2tp_event *closed,
				       const struct endpoint *local, struct endpoint *ret);

/*
 * What the gateway asks for in PPP is less than what was proposed, of what is ALLOWED. Both are remembered when
 * another call was placed for it.
 */
bool fallback_is_eap_vain(const struct fallback *fb, const struct ppp_findings *found,
			  uint16_t allowed);
void fallback_leave_eap(struct fallback *fb);
/* NONE: nothing else. */
enum ppp_method fallback_other_method(const struct fallback *fb, const struct ppp_findings *found,
				      uint16_t allowed);
void fallback_take_method(struct fallback *fb, enum ppp_method method);

/* Without the EAP that led nowhere, what a gateway with nothing else says is no refusal of the profile's. */
void fallback_name_method(const struct fallback *fb, const struct ppp_findings *found,
			  struct failure *f);
