/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/nsec.h"
#include "ppp/proof.h"

/*
 * Which of PPP's messages are sent once more, and what the peer owes us. A core: it is shown every frame and the
 * time, and says what to do.
 *
 * pppd repeats in whole seconds, its peers every three, and some messages nobody repeats, as what acknowledges LCP's
 * Configure-Request. So what waits for an answer is repeated here in pauses that fit the path, and sooner when what came
 * shows that it was lost. What only the peer can repeat is provoked where its LCP is open; else it is told as missing,
 * and another call gets it sooner than waiting does.
 *
 * What proves who we are is another matter: behind it somebody may be asked who takes his time, once for each that comes.
 * It is repeated on a path that has lost something, and there a few times; Echo-Requests of our own tell whether the
 * path does, and whether the peer lives. RFC 1994 4.1 has the peer ask again when nothing came.
 *
 * Frames are as pppd shows them: address, control and protocol field uncompressed, then the packet.
 */

#define PPP_REPEAT_FRAME_MAX 512 /* a longer frame is not repeated */
#define PPP_REPEAT_SLOTS     7

enum ppp_missing {
	PPP_MISSING_NOTHING,
	PPP_MISSING_LCP, /* the peer agreed to our LCP, and its own Configure-Request doesn't come */
	PPP_MISSING_AUTH, /* LCP is open, and the peer, which wants to know who we are, doesn't ask */
	PPP_MISSING_IPCP, /* the peer answered our IPCP, and its own Configure-Request doesn't come */
};

struct ppp_repeat_slot {
	bool waiting;
	unsigned int tries;
	unsigned int order; /* of what was sent, this was that last */
	nsec_t sent, next;
	size_t len;
	uint8_t frame[PPP_REPEAT_FRAME_MAX];
	/* Of the request before this one, if that was answered: its number, and how often it was repeated. */
	uint8_t former;
	unsigned int former_tries;
};

/* Its users read nothing in it. */
struct ppp_repeat {
	nsec_t pause, patience;
	struct ppp_repeat_slot slots[PPP_REPEAT_SLOTS];
	/* What came before pppd took it: its request or Challenge, and its Configure-Request of IPCP. */
	struct ppp_repeat_slot early_auth, early_ipcp;
	struct ppp_proof proof;
	nsec_t round_trip;   /* of a message that wasn't repeated; at first a guess */
	bool lossy;	     /* it was said or shown that messages get lost */
	unsigned int losses; /* answers that came after a repetition alone */
	unsigned int order;
	bool lcp_heard, lcp_agreed, asks_first, auth_heard, ipcp_heard, ipcp_answered, up;
	bool peer_open; /* its LCP, as it has shown */
	enum ppp_missing missing;
	nsec_t missing_at;	 /* when something is done about it; NSEC_NEVER: it was told */
	unsigned int provoked;	 /* so often since something new was heard */
	unsigned int anew;	 /* so often the peer has begun anew for it */
	unsigned int naks;	 /* Configure-Naks that are still to go */
	uint8_t lcp_id, ipcp_id; /* of the peer's last Configure-Requests; 0: none yet */
	uint8_t nak[8];
};

/*
 * PAUSE before the first repetition; PATIENCE with a peer that is to ask who we are, of which one whose word must have
 * left already gets a quarter. Both are not 0. LOSSY: this path is known to lose messages.
 */
void ppp_repeat_init(struct ppp_repeat *r, nsec_t pause, nsec_t patience, bool lossy);

/* A frame that was sent, or came, now. Anything may be in it; what isn't understood changes nothing. */
void ppp_repeat_sent(struct ppp_repeat *r, const uint8_t *frame, size_t len, nsec_t now);
void ppp_repeat_received(struct ppp_repeat *r, const uint8_t *frame, size_t len, nsec_t now);

/* IP is up: nothing is missing any more. */
void ppp_repeat_up(struct ppp_repeat *r);

/* When there is something to do; NSEC_NEVER for not at all. */
nsec_t ppp_repeat_deadline(const struct ppp_repeat *r);

/*
 * The next frame that is due again, if there is one: to be asked until there is none. What is returned stays *R's
 * and is valid until the next call; *ret_len is its length. NULL: none.
 */
const uint8_t *ppp_repeat_due(struct ppp_repeat *r, nsec_t now, size_t *ret_len);

/* What is missing, told once. */
enum ppp_missing ppp_repeat_missing(struct ppp_repeat *r, nsec_t now);

/*
 * A frame to be handed to pppd as if it came now: one that came before pppd took its protocol, and that it takes now. Not
 * from within what pppd is shown. To be asked until there is none. *R's, valid until the next call; *ret_len is its
 * length. NULL: none.
 */
const uint8_t *ppp_repeat_early(struct ppp_repeat *r, size_t *ret_len);

/*
 * Whether the proof of who we are is out, the peer lives, and it says nothing to it for longer than a machine takes.
 */
bool ppp_repeat_checking(const struct ppp_repeat *r);
