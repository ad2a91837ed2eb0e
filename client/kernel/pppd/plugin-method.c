/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pppd acknowledges the first method of the gateway's that it may use, however weak, and to any other it answers with a
 * Nak that proposes its strongest one. Which ones it may use stands in lcp_allowoptions, which auth.c has filled from the
 * options when the link came up; here it is narrowed for each Configure-Request just before pppd reads that. A
 * Configure-Request for an open LCP has pppd begin anew first: auth.c fills it again, then pppd's own Configure-Request leaves,
 * and only after that it reads the peer's. So it is narrowed once more in between.
 *
 * With the method goes the form of the password, which pppd takes from `passwd` when it is asked: MS-CHAP is about
 * characters, and pppd makes them of octets as if these were ISO 8859-1. All else is about octets, and UTF-8 is what
 * servers of RADIUS compare with (RFC 2865 5.2).
 *
 * EAP-TLS is kept from a pppd that has no certificate for it.
 */
#include "client/kernel/pppd/plugin-method.h"

#include "client/kernel/pppd/pppd-interface.h" /* before whatever brings <stdbool.h> */

#include <string.h>

#include <pppd/fsm.h>
#include <pppd/lcp.h>
#include PPPD_CHAP_HEADER

#include "lib/latin1.h"
#include "lib/macros.h"
#include "ppp/method.h"

#define EAP_PROTOCOL 0xc227 /* RFC 3748 */

static int known, certificate;
static void (*next_eap)(int unit, unsigned char *packet, int len);
static bool begun;
static struct ppp_choice choice;
static char password[MAXSECRETLEN]; /* as it was given */

static option_t options[] = {
	{ "tsunagu-method", o_int, &known, "The gateway's best method of authentication" },
	{ "tsunagu-certificate", o_int, &certificate,
	  "Whether there is one for EAP-TLS (1) or not (0)" },
	{ NULL },
};

/* CHAP's kinds have one switch and a bit each. */
static const struct {
	enum ppp_method method;
	unsigned char kind;
} kinds[] = {
	{ PPP_METHOD_CHAP, MDTYPE_MD5 },
	{ PPP_METHOD_MSCHAP, MDTYPE_MICROSOFT },
	{ PPP_METHOD_MSCHAPV2, MDTYPE_MICROSOFT_V2 },
};

static uint16_t read_allowed(const lcp_options *o)
{
	uint16_t methods = 0;

	if (o->neg_upap)
		methods |= ppp_method_bit(PPP_METHOD_PAP);
	if (o->neg_eap)
		methods |= ppp_method_bit(PPP_METHOD_EAP);
	for (size_t i = 0; o->neg_chap && i < ARRAY_SIZE(kinds); i++)
		if (o->chap_mdtype & kinds[i].kind)
			methods |= ppp_method_bit(kinds[i].method);
	return methods;
}

static void write_allowed(lcp_options *o, uint16_t methods)
{
	o->neg_upap = methods & ppp_method_bit(PPP_METHOD_PAP) ? 1 : 0;
	o->neg_eap = methods & ppp_method_bit(PPP_METHOD_EAP) ? 1 : 0;
	o->chap_mdtype = MDTYPE_NONE;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (methods & ppp_method_bit(kinds[i].method))
			o->chap_mdtype |= kinds[i].kind;
	o->neg_chap = o->chap_mdtype != MDTYPE_NONE;
}

/* What can't be put into Latin-1 stays: the client has said that it can't be sent right. */
static void set_password(enum ppp_method method)
{
	memcpy(passwd, password, sizeof(password));
	if (method == PPP_METHOD_MSCHAP || method == PPP_METHOD_MSCHAPV2)
		(void)!latin1_from_utf8((uint8_t *)passwd, strlen(passwd));
}

static void begin(void)
{
	ppp_choice_init(&choice, read_allowed(&lcp_allowoptions[0]),
			known > 0 && known < PPP_METHOD_COUNT ? (enum ppp_method)known
							      : PPP_METHOD_NONE);
	memcpy(password, passwd, sizeof(password));
	begun = true;
}

static void on_eap(int unit, unsigned char *packet, int len)
{
	uint8_t nak[PPP_EAP_NAK_LEN];
	size_t nak_len =
		len < 0 ? 0 : ppp_method_refuse_tls(packet, (size_t)len, certificate != 0, nak);

	if (nak_len)
		output(unit, nak, (int)nak_len);
	else
		next_eap(unit, packet, len);
}

/* Who takes EAP's packets from now on. */
static void take_eap(void)
{
	for (size_t i = 0; protocols[i]; i++) {
		if (protocols[i]->protocol != EAP_PROTOCOL)
			continue;
		next_eap = protocols[i]->input;
		protocols[i]->input = on_eap;
	}
}

void plugin_method_init(void)
{
	take_eap();
	ppp_add_options(options);
}

void plugin_method_received(const uint8_t *frame, size_t len)
{
	if (!begun)
		begin();
	uint16_t methods = ppp_choice_received(&choice, frame, len);
	if (!methods)
		return;
	write_allowed(&lcp_allowoptions[0], methods);
	if (methods & ppp_method_bit(choice.asked))
		set_password(choice.asked);
}

void plugin_method_sent(const uint8_t *frame, size_t len)
{
	uint16_t methods = ppp_choice_sent(&choice, frame, len);

	if (methods)
		write_allowed(&lcp_allowoptions[0], methods);
}
