/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the other end of PPP says in place of pppd, for the rows of misbehave.c. */
#include "ppp-scripts.h"

#define FRAME(p, s)                        \
	{                                  \
		(p), (s), sizeof(s) - 1, 0 \
	}
#define FRAME_OF(p, s, n)                    \
	{                                    \
		(p), (s), sizeof(s) - 1, (n) \
	}

#define CHALLENGE                        \
	FRAME(0xc223, "\1\1\0\x1c\x10"   \
		      "0123456789abcdef" \
		      "gateway")
#define REFUSAL                    \
	FRAME(0xc223, "\4\1\0\x32" \
		      "E=691 R=0 C=00000000000000000000000000000000 V=3")
#define ASKS_MSCHAP2 .n_asks = 1, .asks = { PPP_ASK_MSCHAP2 }
#define NO_PROOF     "S=0000000000000000000000000000000000000000"

const struct ppp_script ppp_early_success = {
	ASKS_MSCHAP2,
	.open = { CHALLENGE, FRAME(0xc223, "\3\1\0\x2e" NO_PROOF) },
	.answered = { REFUSAL },
};
const struct ppp_script ppp_wrong_success = {
	ASKS_MSCHAP2,
	.open = { CHALLENGE },
	.answered = { FRAME(0xc223, "\3\1\0\x2e" NO_PROOF) },
};
const struct ppp_script ppp_success_empty = {
	ASKS_MSCHAP2,
	.open = { CHALLENGE },
	.answered = { FRAME(0xc223, "\3\1\0\4") },
};
const struct ppp_script ppp_failure_empty = {
	ASKS_MSCHAP2,
	.open = { CHALLENGE },
	.answered = { FRAME(0xc223, "\4\1\0\4") },
};
const struct ppp_script ppp_failure_huge = {
	ASKS_MSCHAP2,
	.open = { CHALLENGE },
	.answered = { FRAME_OF(0xc223,
			       "\4\1\xff\xff"
			       "E=691 R=0 ",
			       1300),
		      FRAME_OF(0xc223,
			       "\4\1\5\x22"
			       "E=691 R=0 ",
			       1300) },
};
const struct ppp_script ppp_refuses = {
	ASKS_MSCHAP2,
	.open = { CHALLENGE },
	.answered = { REFUSAL },
};
/* RFC 2759 6: the reasons that are no wrong password. */
#define REASON(code)                                                                               \
	{                                                                                          \
		ASKS_MSCHAP2, .open = { CHALLENGE },                                               \
			      .answered = { FRAME(0xc223,                                          \
						  "\4\1\0\x3e"                                     \
						  "E=" code " R=0 C=00000000000000000000000000000" \
						  "000 V=3 M=Call us") },                          \
	}
const struct ppp_script ppp_logon_hours = REASON("646");
const struct ppp_script ppp_disabled = REASON("647");
const struct ppp_script ppp_expired = REASON("648");
const struct ppp_script ppp_no_dialin = REASON("649");
const struct ppp_script ppp_must_change = REASON("709");
/* EAP, ECP, multilink and a protocol that isn't: nothing of which was asked for. */
const struct ppp_script ppp_unasked = {
	ASKS_MSCHAP2,
	.open = { FRAME_OF(0xc227, "\1\1\4\0\4\x10", 1000), FRAME(0x8053, "\1\1\0\4"),
		  FRAME_OF(0x003d, "\xc0\0\0\1", 64), CHALLENGE },
	.answered = { REFUSAL },
};
/* CCP asks for Stac LZS (RFC 1974), which a Yamaha does unless it is told not to. */
const struct ppp_script ppp_stac = {
	.n_asks = 1,
	.asks = { PPP_ASK_PAP },
	.answered = { FRAME(0x80fd, "\1\1\0\x9"
				    "\x11\5\0\1\4") },
};

/* accel-ppp's list as it comes: PAP first, and on a Nak the next one, whatever was proposed. */
const struct ppp_script ppp_pap_first = {
	.n_asks = 4,
	.asks = { PPP_ASK_PAP, PPP_ASK_CHAP, PPP_ASK_MSCHAP1, PPP_ASK_MSCHAP2 },
	.in_order = true,
	.authenticates = true,
};
/* Whoever refuses PAP is asked for nothing else. */
const struct ppp_script ppp_pap_alone = {
	.n_asks = 1,
	.asks = { PPP_ASK_PAP },
	.authenticates = true,
};
/* SoftEther: EAP first, then what the client proposes; and its Echo-Request that comes too early. */
const struct ppp_script ppp_eap_first = {
	.n_asks = 3,
	.asks = { PPP_ASK_EAP, PPP_ASK_MSCHAP2, PPP_ASK_PAP },
	.authenticates = true,
};
const struct ppp_script ppp_eap_alone = {
	.n_asks = 1,
	.asks = { PPP_ASK_EAP },
	.authenticates = true,
};
const struct ppp_script ppp_early_echo = {
	.n_asks = 3,
	.asks = { PPP_ASK_EAP, PPP_ASK_MSCHAP2, PPP_ASK_PAP },
	.authenticates = true,
	.early_echo = true,
};
/* Somebody is asked by telephone whether that is him. */
const struct ppp_script ppp_thinks_8 = {
	ASKS_MSCHAP2,
	.authenticates = true,
	.thinks_s = 8,
};
const struct ppp_script ppp_thinks_45 = {
	ASKS_MSCHAP2,
	.authenticates = true,
	.thinks_s = 45,
};
const struct ppp_script ppp_thinks_45_pap = {
	.n_asks = 1,
	.asks = { PPP_ASK_PAP },
	.authenticates = true,
	.thinks_s = 45,
};
/* Its own patience with a Response is shorter than his who is asked. */
const struct ppp_script ppp_thinks_25_asks_again = {
	ASKS_MSCHAP2,
	.authenticates = true,
	.thinks_s = 25,
	.asks_again_s = 20,
};
/* It begins anew when all is agreed, and with PAP again. */
const struct ppp_script ppp_reopens = {
	.n_asks = 2,
	.asks = { PPP_ASK_PAP, PPP_ASK_MSCHAP2 },
	.authenticates = true,
	.reopens = true,
};
const struct ppp_script ppp_demands_mppe = {
	ASKS_MSCHAP2,
	.authenticates = true,
	.demands_mppe = true,
};
/* In the client's first call its request for authentication is lost. */
const struct ppp_script ppp_second_call = {
	ASKS_MSCHAP2,
	.authenticates = true,
	.mute_calls = 1,
};
