/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plays conversations with the L2TP engine. The LNS's messages are written as octets, by hand, so
 * that a mistake shared by our reader and our writer does not go unseen.
 */
#include "l2tp-talk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client/certificate/crypto.h"
#include "tests/unit/hex.h"

/* The AVPs of what the gateways say; its tunnel is 1234 and its session 5678. */
#define SCCRP_START  "8008 0000 0000 0002 8008 0000 0002 0100 800a 0000 0003 00000003"
#define SCCRP_HOST   " 8009 0000 0007 6c6e73"
#define SCCRP_TUNNEL " 8008 0000 0009 1234"
#define SCCRP_PLAIN  SCCRP_START SCCRP_HOST SCCRP_TUNNEL
#define SCCRP_RWS    " 8008 0000 000a 0004"

static const struct {
	const char *name;
	const char *avps;
} said[] = {
	{ "ZLB", "" },
	{ "SCCRP", SCCRP_PLAIN SCCRP_RWS },
	{ "SCCRP-norws", SCCRP_PLAIN },
	{ "SCCRP-rws1", SCCRP_PLAIN " 8008 0000 000a 0001" },
	{ "SCCRP-rws0", SCCRP_PLAIN " 8008 0000 000a 0000" },
	/* bearer, firmware, vendor name, tie breaker, Cisco's own with M=0, type 99 with M=0 */
	{ "SCCRP-rich", SCCRP_PLAIN SCCRP_RWS
	  " 800a 0000 0004 00000003 0008 0000 0006 0690 000a 0000 0008 590a4d41"
	  " 000e 0000 0005 0102030405060708 0008 0009 000a ffff 0008 0000 0063 ffff" },
	{ "SCCRP-unknown", SCCRP_START SCCRP_HOST " 8008 0000 0063 0001" SCCRP_TUNNEL },
	{ "SCCRP-vendor", SCCRP_PLAIN " 8008 0009 0007 0001" },
	{ "SCCRP-hidden", SCCRP_START SCCRP_HOST " c018 0000 0009 000102030405060708090a0b0c0d0e0f"
						 "1011" },
	{ "SCCRP-hidden-optional", SCCRP_PLAIN " 400a 0000 0008 01020304" },
	{ "SCCRP-challenge", SCCRP_PLAIN " 800a 0000 000b 01020304" },
	/* by TALK_SECRET; the second one is made for a message of another type */
	{ "SCCRP-response", SCCRP_PLAIN " 8016 0000 000d 21d7fca76d98725fe7b1a3766b122d6f" },
	{ "SCCRP-reflected", SCCRP_PLAIN " 8016 0000 000d 282691400043877bb2ae705cdf32cda5" },
	{ "SCCRP-both", SCCRP_PLAIN " 800a 0000 000b 01020304"
				    " 8016 0000 000d 21d7fca76d98725fe7b1a3766b122d6f" },
	{ "SCCRP-hidden-both", SCCRP_START SCCRP_HOST
	  " 8016 0000 0024 a0a1a2a3a4a5a6a7a8a9aaabacadaeaf c00a 0000 0009 637445a5"
	  " c00c 0000 000b 0fb389c815b2 8016 0000 000d 21d7fca76d98725fe7b1a3766b122d6f" },
	{ "SCCRP-version2",
	  "8008 0000 0000 0002 8008 0000 0002 0200 800a 0000 0003 00000003" SCCRP_HOST
		  SCCRP_TUNNEL },
	{ "SCCRP-nohost", SCCRP_START SCCRP_TUNNEL },
	{ "SCCRP-notunnel", SCCRP_START SCCRP_HOST },
	{ "SCCRP-tunnel0", SCCRP_START SCCRP_HOST " 8008 0000 0009 0000" },
	{ "SCCRP-longtunnel", SCCRP_START SCCRP_HOST " 800a 0000 0009 12345678" },
	{ "SCCRP-broken", SCCRP_PLAIN " 8005 0000 00" },
	{ "SCCRP-other", SCCRP_START SCCRP_HOST " 8008 0000 0009 4321" },
	{ "ICRP", "8008 0000 0000 000b 8008 0000 000e 5678" },
	{ "ICRP-sequencing", "8008 0000 0000 000b 8008 0000 000e 5678 8006 0000 0027" },
	{ "ICRP-unknown", "8008 0000 0000 000b 8008 0000 000e 5678 8006 0000 0063" },
	{ "ICRP-session0", "8008 0000 0000 000b 8008 0000 000e 0000" },
	/* an AVP that has no business there, of a length that it can't have */
	{ "ICRP-odd", "8008 0000 0000 000b 8008 0000 000e 5678 8007 0000 0022 00" },
	{ "HELLO", "8008 0000 0000 0006" },
	{ "HELLO-unknown", "8008 0000 0000 0006 8006 0000 0063" },
	{ "SLI", "8008 0000 0000 0010 8010 0000 0023 0000 00000000 00000000" },
	{ "SLI-bad", "8008 0000 0000 0010 8007 0000 0023 00 8006 0000 0063 80" },
	{ "WEN", "8008 0000 0000 000f 8020 0000 0022"
		 "0000 00000001 00000000 00000000 00000000 00000000 00000000" },
	{ "CDN", "8008 0000 0000 000e 800a 0000 0001 0003 0000 8008 0000 000e 5678" },
	{ "CDN-short", "8008 0000 0000 000e 8008 0000 0001 0001 8008 0000 000e 5678" },
	{ "CDN-empty", "8008 0000 0000 000e" },
	/* result 2, error 6, and words with an escape sequence and a letter that is not ASCII */
	{ "StopCCN", "8008 0000 0000 0004 8008 0000 0009 1234"
		     " 8011 0000 0001 0002 0006 6e6f 1b5b41 c3a9" },
	{ "StopCCN-general", "8008 0000 0000 0004 8008 0000 0009 1234 8008 0000 0001 0001" },
	{ "StopCCN-short", "8008 0000 0000 0004 8008 0000 0009 1234 8008 0000 0001 0006" },
	{ "StopCCN-avp", "8008 0000 0000 0004 8008 0000 0009 1234 800a 0000 0001 0002 0008" },
	{ "StopCCN-odd", "8008 0000 0000 0004 8007 0000 0001 00 8006 0000 0063 80" },
	{ "OCRQ", "8008 0000 0000 0007" },
	{ "unknown", "0008 0000 0000 0063 8006 0000 0062" },
	{ "unknown-M", "8008 0000 0000 0063" },
	{ "notype", "8008 0000 0007 6c6e" },
};

/* What our messages are called in the tables. */
static const char *const names[] = {
	[1] = "SCCRQ", [3] = "SCCCN", [4] = "StopCCN", [6] = "HELLO",
	[10] = "ICRQ", [12] = "ICCN", [14] = "CDN",
};

#define TALK_START (100 * NSEC_PER_SEC)

static int draw(void *userdata, void *ret, size_t len)
{
	struct talk *talk = userdata;

	memset(ret, ++talk->drawn * 0x11, len);
	return 0;
}

void talk_init(struct talk *talk, const struct l2tp_config *config)
{
	struct l2tp_crypto crypto = { talk, draw, crypto_openssl_l2tp.md5 };

	*talk = (struct talk){ .now = TALK_START };
	assert_int_equal(l2tp_new(config, &crypto, &talk->l2tp), 0);
}

const struct l2tp_config talk_plain = { .host_name = "pc",
					.receive_window = 8,
					.hello_interval = 30 * NSEC_PER_SEC };

static size_t put_header(uint8_t *p, size_t avps_len, uint16_t tunnel, uint16_t session,
			 uint16_t ns, uint16_t nr)
{
	size_t len = 12 + avps_len;
	const uint16_t words[] = { 0xc802, (uint16_t)len, tunnel, session, ns, nr };

	for (size_t i = 0; i < 6; i++) {
		p[2 * i] = (uint8_t)(words[i] >> 8);
		p[2 * i + 1] = (uint8_t)words[i];
	}
	return len;
}

static const char *find_said(const char *name)
{
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		if (strcmp(said[i].name, name) == 0)
			return said[i].avps;
	}
	fail_msg("no message %s", name);
	return "";
}

/* The LNS says something. */
static int say(struct talk *talk, const char *in)
{
	unsigned int ns, nr, tunnel = LOCAL_TUNNEL, session = 0, port = PORT;
	char name[64];
	const char *p;

	assert_int_equal(sscanf(in, "%63s %u/%u", name, &ns, &nr), 3);
	if ((p = strstr(in, " t")))
		(void)sscanf(p, " t%x", &tunnel);
	if ((p = strstr(in, " s")))
		(void)sscanf(p, " s%x", &session);
	if ((p = strstr(in, " p")))
		(void)sscanf(p, " p%u", &port);

	struct hex avps = hex(find_said(name));
	uint8_t data[12 + HEX_MAX];
	size_t len = put_header(data, avps.len, (uint16_t)tunnel, (uint16_t)session, (uint16_t)ns,
				(uint16_t)nr);
	memcpy(data + 12, avps.data, avps.len);
	struct endpoint from = { .family = 2, .addr = { 192, 0, 2, 1 }, .port = (uint16_t)port };
	return l2tp_input(talk->l2tp, &from, data, len, talk->now);
}

int talk_act(struct talk *talk, const char *in)
{
	unsigned int number;

	if (strcmp(in, "start") == 0)
		return l2tp_start(talk->l2tp, talk->now);
	if (strcmp(in, "ready") == 0)
		return l2tp_session_ready(talk->l2tp, talk->now);
	if (strcmp(in, "probe") == 0)
		return l2tp_probe(talk->l2tp, talk->now);
	if (strcmp(in, "call") == 0)
		return l2tp_call(talk->l2tp, L2TP_CALL_INSTEAD, talk->now);
	if (strcmp(in, "call beside") == 0)
		return l2tp_call(talk->l2tp, L2TP_CALL_BESIDE, talk->now);
	if (sscanf(in, "close %u", &number) == 1)
		return l2tp_close(talk->l2tp, (uint16_t)number, talk->now);
	if (sscanf(in, "sleep %u", &number) == 1) {
		talk->now += number * NSEC_PER_MSEC;
		return l2tp_timeout(talk->l2tp, talk->now);
	}
	if (strcmp(in, "wait") == 0) {
		nsec_t deadline = l2tp_deadline(talk->l2tp);
		assert_true(deadline != NSEC_NEVER);
		assert_true(deadline > talk->now);
		assert_int_equal(l2tp_timeout(talk->l2tp, deadline - 1), 0);
		talk->now = deadline;
		return l2tp_timeout(talk->l2tp, talk->now);
	}
	return say(talk, in);
}

static unsigned int get16(const uint8_t *p)
{
	return (unsigned int)(p[0] << 8 | p[1]);
}

/* The Result Code AVP of ours, which is at a fixed place: behind the type, or the tunnel ID. */
static void print_result(const struct l2tp_datagram *d, unsigned int type, char *text, size_t size)
{
	size_t at = type == 14 ? 20 : 28;

	assert_true(d->len >= at + 10);
	assert_int_equal(get16(d->data + at + 4), 1);
	snprintf(text, size, "=%u:%u", get16(d->data + at + 6), get16(d->data + at + 8));
}

/* Every datagram that waits, in the words of the tables. */
static void print_out(struct talk *talk, char *text, size_t size)
{
	struct l2tp_datagram d;

	*text = '\0';
	while (l2tp_next_datagram(talk->l2tp, &d)) {
		unsigned int type = d.len > 12 ? get16(d.data + 18) : 0;
		char result[32] = "";

		assert_int_equal(get16(d.data), 0xc802);
		assert_int_equal(get16(d.data + 2), d.len);
		if (type == 4 || type == 14)
			print_result(&d, type, result, sizeof(result));
		size_t used = strlen(text);
		snprintf(text + used, size - used, "%s%s%s %u/%u %x.%x", used ? ", " : "",
			 type ? names[type] : "ZLB", result, get16(d.data + 8), get16(d.data + 10),
			 get16(d.data + 4), get16(d.data + 6));
	}
}

static const char *const reasons[] = { "asked",	  "internal", "silence", "stopped",
				       "cleared", "protocol", "auth",	 "secret" };

static void print_event(const struct l2tp_event *e, char *text, size_t size)
{
	switch (e->type) {
	case L2TP_EVENT_STAGE:
		break;
	case L2TP_EVENT_TUNNEL_UP:
		assert_int_equal(e->u.tunnel.local_id, LOCAL_TUNNEL);
		snprintf(text, size, "tunnel %x", e->u.tunnel.peer_id);
		break;
	case L2TP_EVENT_SESSION_READY:
		assert_int_equal(e->u.session.local_tunnel_id, LOCAL_TUNNEL);
		if (e->u.session.local_session_id < NEXT_SESSION)
			assert_int_equal(e->u.session.local_session_id, LOCAL_SESSION);
		snprintf(text, size, "ready %x.%x%s", e->u.session.peer_tunnel_id,
			 e->u.session.peer_session_id,
			 e->u.session.sequencing_required ? " sequencing" : "");
		break;
	case L2TP_EVENT_SESSION_UP:
		snprintf(text, size, "up");
		break;
	case L2TP_EVENT_CLOSED:
		snprintf(text, size, "closed, %s, in %d =%u:%u \"%s\"", reasons[e->u.closed.reason],
			 e->u.closed.stage, e->u.closed.result, e->u.closed.error,
			 e->u.closed.text);
		break;
	}
}

static void print_events(struct talk *talk, char *text, size_t size)
{
	struct l2tp_event e;

	*text = '\0';
	while (l2tp_next_event(talk->l2tp, &e)) {
		char one[256] = "";
		size_t used = strlen(text);

		if (e.type == L2TP_EVENT_STAGE)
			talk->told = e.u.stage;
		print_event(&e, one, sizeof(one));
		snprintf(text + used, size - used, "%s%s", used && *one ? ", " : "", one);
	}
}

void talk_play(struct talk *talk, const struct line *lines, size_t count)
{
	char text[1024];

	for (size_t i = 0; i < count; i++) {
		const struct line *line = &lines[i];
		struct l2tp_stats stats;

		int r = talk_act(talk, line->in);
		if (r != line->result)
			fail_msg("line %zu, %s: result %d, not %d", i, line->in, r, line->result);
		print_events(talk, text, sizeof(text));
		if (strcmp(text, line->events) != 0)
			fail_msg("line %zu, %s: events %s", i, line->in, text);
		print_out(talk, text, sizeof(text));
		if (strcmp(text, line->out) != 0)
			fail_msg("line %zu, %s: out %s", i, line->in, text);
		l2tp_get_stats(talk->l2tp, &stats);
		if (stats.stage != line->stage || talk->told != line->stage)
			fail_msg("line %zu, %s: stage %s, told %s", i, line->in,
				 l2tp_stage_name(stats.stage), l2tp_stage_name(talk->told));
	}
}

void talk_converse(const struct line *lines, size_t count)
{
	struct talk talk;

	talk_init(&talk, &talk_plain);
	talk_play(&talk, lines, count);
	l2tp_free(talk.l2tp);
}
