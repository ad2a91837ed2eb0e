/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The L2TP engine in conversation: the way up and down, tolerance, refusals, silence. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/hex.h"
#include "l2tp-talk.h"

static void test_connect(void **state)
{
	(void)state;
	CONVERSE(UP, { "HELLO 2/4", 0, "ZLB 4/3 1234.0", "", S(UP) },
		 { "close 1", 0, "CDN=3:0 4/3 1234.5678, StopCCN=1:0 5/3 1234.0", "", S(CLOSING) },
		 { "ZLB 3/5", 0, "", "", S(CLOSING) },
		 { "ZLB 3/6", 0, "", "closed, asked, in 5 =1:0 \"\"", S(CLOSED) });
}

/* Our four messages octet by octet. */
static void test_octets(void **state)
{
	static const struct {
		const char *in;
		const char *out[2];
	} steps[] = {
		{ "start",
		  { "c802 005d 0000 0000 0000 0000 8008 0000 0000 0001"
		    "8008 0000 0002 0100 800a 0000 0003 00000001 800a 0000 0004 00000000"
		    "0008 0000 0006 0100 8008 0000 0007 7063 000d 0000 0008 5473756e616775"
		    "8008 0000 0009 1111 8008 0000 000a 0008" } },
		{ "SCCRP 0/1",
		  { "c802 0014 1234 0000 0001 0001 8008 0000 0000 0003",
		    "c802 0026 1234 0000 0002 0001 8008 0000 0000 000a"
		    "8008 0000 000e 2222 800a 0000 000f 00000000" } },
		{ "ICRP 1/3 s2222", { "c802 000c 1234 0000 0003 0002" } },
		{ "ready",
		  { "c802 0028 1234 5678 0003 0002 8008 0000 0000 000c"
		    "800a 0000 0018 05f5e100 800a 0000 0013 00000001" } },
	};
	struct talk talk;
	struct l2tp_datagram d;

	(void)state;
	talk_init(&talk, &talk_plain);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		assert_int_equal(talk_act(&talk, steps[i].in), 0);
		for (size_t j = 0; j < 2 && steps[i].out[j]; j++) {
			assert_true(l2tp_next_datagram(talk.l2tp, &d));
			assert_true(hex_same(d.data, d.len, steps[i].out[j]));
		}
		assert_false(l2tp_next_datagram(talk.l2tp, &d));
	}
	l2tp_free(talk.l2tp);
}

/* ICRP before SCCCN is acknowledged, the acknowledgement by another message, SLI at once. */
static void test_acknowledgements(void **state)
{
	(void)state;
	CONVERSE(TUNNEL,
		 { "ICRP 1/1 s2222", 0, "ZLB 3/2 1234.0", "ready 1234.5678", S(WAIT_SESSION) },
		 { "ready", 0, "ICCN 3/2 1234.5678", "", S(WAIT_ICCN_ACK) },
		 { "ZLB 2/3", 0, "", "", S(WAIT_ICCN_ACK) },
		 { "SLI 2/4 s2222", 0, "ZLB 4/3 1234.0", "up", S(UP) },
		 { "SLI-bad 3/4 s2222", 0, "ZLB 4/4 1234.0", "", S(UP) },
		 { "WEN 4/4 s2222", 0, "ZLB 4/5 1234.0", "", S(UP) });
	/* SLI overtakes ICRP */
	CONVERSE(TUNNEL, { "SLI 2/3 s2222", 0, "", "", S(WAIT_ICRP) },
		 { "SLI 2/3 s2222", D(DUPLICATE), "", "", S(WAIT_ICRP) },
		 { "ICRP 1/3 s2222", 0, "ZLB 3/3 1234.0", "ready 1234.5678", S(WAIT_SESSION) });
	/* SLI before ICCN was sent, and with nothing of ours acknowledged since */
	CONVERSE(READY, { "SLI 2/3 s2222", 0, "ZLB 3/3 1234.0", "", S(WAIT_SESSION) });
	/* the session ID left out */
	CONVERSE(TUNNEL, { "ICRP 1/3", 0, "ZLB 3/2 1234.0", "ready 1234.5678", S(WAIT_SESSION) });
}

/* What some gateways add or leave out. */
static void test_tolerance(void **state)
{
	(void)state;
	CONVERSE(STARTED, { "SCCRP-rich 0/1", 0, "SCCCN 1/1 1234.0, ICRQ 2/1 1234.0", "tunnel 1234",
			    S(WAIT_ICRP) });
	CONVERSE(STARTED, { "SCCRP-hidden-optional 0/1", 0, "SCCCN 1/1 1234.0, ICRQ 2/1 1234.0",
			    "tunnel 1234", S(WAIT_ICRP) });
	CONVERSE(STARTED, { "SCCRP-norws 0/1", 0, "SCCCN 1/1 1234.0, ICRQ 2/1 1234.0",
			    "tunnel 1234", S(WAIT_ICRP) });
	CONVERSE(STARTED, { "SCCRP-rws1 0/1", 0, "SCCCN 1/1 1234.0", "tunnel 1234", S(WAIT_ICRP) },
		 { "ZLB 1/2", 0, "ICRQ 2/1 1234.0", "", S(WAIT_ICRP) });
	CONVERSE(STARTED, { "SCCRP-rws0 0/1", 0, "SCCCN 1/1 1234.0", "tunnel 1234", S(WAIT_ICRP) });
	CONVERSE(TUNNEL,
		 { "ICRP-odd 1/3 s2222", 0, "ZLB 3/2 1234.0", "ready 1234.5678", S(WAIT_SESSION) });
	CONVERSE(TUNNEL, { "ICRP-sequencing 1/3 s2222", 0, "ZLB 3/2 1234.0",
			   "ready 1234.5678 sequencing", S(WAIT_SESSION) });
	CONVERSE(UP, { "unknown 2/4", D(UNKNOWN_MESSAGE), "ZLB 4/3 1234.0", "", S(UP) },
		 { "OCRQ 3/4", D(UNEXPECTED), "ZLB 4/4 1234.0", "", S(UP) },
		 { "SCCRP 4/4", D(UNEXPECTED), "ZLB 4/5 1234.0", "", S(UP) },
		 { "ICRP 5/4 s2222", D(UNEXPECTED), "ZLB 4/6 1234.0", "", S(UP) },
		 { "HELLO 6/4", 0, "ZLB 4/7 1234.0", "", S(UP) });
	/* SCCRQ acknowledged first, answered later */
	CONVERSE(STARTED, { "ZLB 0/1", 0, "", "", S(WAIT_SCCRP) },
		 { "SCCRP 0/1", 0, "SCCCN 1/1 1234.0, ICRQ 2/1 1234.0", "tunnel 1234",
		   S(WAIT_ICRP) });
}

/* What is not for the engine changes nothing. */
static void test_drops(void **state)
{
	(void)state;
	CONVERSE({ "HELLO 0/0", D(UNEXPECTED), "", "", S(IDLE) }, STARTED,
		 { "SCCRP 0/1 t1112", D(TUNNEL), "", "", S(WAIT_SCCRP) },
		 { "SCCRP 0/1 t0", D(TUNNEL), "", "", S(WAIT_SCCRP) },
		 { "SCCRP 9/1", D(WINDOW), "", "", S(WAIT_SCCRP) },
		 { "SCCRP 0/2", D(WINDOW), "", "", S(WAIT_SCCRP) },
		 { "notype 0/1", D(MALFORMED), "", "", S(WAIT_SCCRP) },
		 { "ICRP 0/1 s2222", D(UNEXPECTED), "ZLB 1/1 0.0", "", S(WAIT_SCCRP) },
		 { "SCCRP 1/1", 0, "SCCCN 1/2 1234.0, ICRQ 2/2 1234.0", "tunnel 1234",
		   S(WAIT_ICRP) },
		 { "ICRP 2/3 s2223", D(UNEXPECTED), "ZLB 3/3 1234.0", "", S(WAIT_ICRP) },
		 { "ICRP 3/3 s2222", 0, "ZLB 3/4 1234.0", "ready 1234.5678", S(WAIT_SESSION) });
	/* the gateway may answer from another port, which then stays (RFC 3193 4) */
	CONVERSE(STARTED,
		 { "SCCRP 0/1 p5000", 0, "SCCCN 1/1 1234.0, ICRQ 2/1 1234.0", "tunnel 1234",
		   S(WAIT_ICRP) },
		 { "ICRP 1/3 s2222 p1701", D(PEER), "", "", S(WAIT_ICRP) },
		 { "StopCCN 1/3 p1701", D(PEER), "", "", S(WAIT_ICRP) },
		 { "ICRP 1/3 s2222 p5000", 0, "ZLB 3/2 1234.0", "ready 1234.5678",
		   S(WAIT_SESSION) });
	CONVERSE(UP, { "CDN 2/4 s2223", D(UNEXPECTED), "ZLB 4/3 1234.0", "", S(UP) });
}

/* Data packets, rubbish and other versions, which need no numbering. */
static void test_raw_drops(void **state)
{
	static const struct {
		const char *data;
		int result;
	} raw[] = {
		{ "", D(DATA) },
		{ "c8", D(DATA) },
		{ "0002 1111 2222 ff03 c021 0101", D(DATA) },
		{ "4002 000e 1111 2222 ff03 c021 0101", D(DATA) },
		{ "4b02 0014 1111 2222 0000 0000 0002 ffff ff03 c021", D(DATA) },
		{ "0002 1111", D(DATA) },
		{ "0202 1111 2222 0005 00", D(DATA) },
		{ "4002 0004 1111 2222", D(DATA) },
		{ "0003 1111 2222 0000", D(VERSION) },
		{ "c803 000c 1111 0000 0000 0001", D(VERSION) },
		{ "c801 000c 1111 0000 0000 0001", D(VERSION) },
		{ "8002 1111 0000", D(MALFORMED) },
		{ "8802 1111 0000 0000 0001 0000", D(MALFORMED) },
		{ "c002 000c 1111 0000 0000 0001", D(MALFORMED) },
		{ "ca02 000e 1111 0000 0000 0001 0000", D(MALFORMED) },
		{ "c802 000b 1111 0000 0000 0001", D(MALFORMED) },
		{ "c802 0000 1111 0000 0000 0001", D(MALFORMED) },
		{ "c802 000d 1111 0000 0000 0001", D(MALFORMED) },
		{ "c802 000c 1111 0000 0000", D(MALFORMED) },
		{ "c802 0013 1111 0000 0000 0001 8008 0000 0000 00", D(MALFORMED) },
		{ "c802 0014 1111 0000 0000 0001 8009 0000 0000 0002", D(MALFORMED) },
		{ "c802 0014 1111 0000 0000 0001 8008 0009 0000 0002", D(MALFORMED) },
		{ "c802 0014 1111 0000 0000 0001 c008 0000 0000 0002", D(MALFORMED) },
		{ "c802 0014 1111 0000 0000 0001 8408 0000 0000 0002", D(MALFORMED) },
		{ "c802 0014 1111 0000 0000 0001 8000 0000 0000 0002", D(MALFORMED) },
	};
	static const struct line start[] = { STARTED };
	struct endpoint from = { .family = 2, .port = PORT };
	struct l2tp_datagram d;
	struct l2tp_stats stats;
	struct talk talk;

	(void)state;
	talk_init(&talk, &talk_plain);
	talk_play(&talk, start, 1);
	for (size_t i = 0; i < sizeof(raw) / sizeof(raw[0]); i++) {
		struct hex h = hex(raw[i].data);
		int r = l2tp_input(talk.l2tp, &from, h.data, h.len, talk.now);

		if (r != raw[i].result)
			fail_msg("%s: %d, not %d", raw[i].data, r, raw[i].result);
		assert_false(l2tp_next_datagram(talk.l2tp, &d));
	}
	l2tp_get_stats(talk.l2tp, &stats);
	assert_int_equal(stats.dropped, sizeof(raw) / sizeof(raw[0]));
	assert_int_equal(stats.received, 0);
	assert_int_equal(stats.last_received, 0);
	/* what stands behind the end that the header gives is no part of it */
	struct hex padded = hex("cd02 000c 1111 0000 0000 0001 ffff");
	assert_int_equal(l2tp_input(talk.l2tp, &from, padded.data, padded.len, talk.now), 0);
	l2tp_free(talk.l2tp);
}

/* SCCRPs that are refused, and what the gateway and the caller are told about it. */
static void test_refusals(void **state)
{
	static const struct {
		const char *in;
		int result;
		const char *stopccn;
		const char *closed;
	} refused[] = {
		{ "SCCRP-unknown 0/1", D(MALFORMED), "StopCCN=2:8 1/1 1234.0",
		  "closed, protocol, in 1 =2:8 \"unknown mandatory AVP 99\"" },
		{ "SCCRP-vendor 0/1", D(MALFORMED), "StopCCN=2:8 1/1 1234.0",
		  "closed, protocol, in 1 =2:8 \"unknown mandatory AVP 7 of vendor 9\"" },
		{ "SCCRP-hidden 0/1", D(MALFORMED), "StopCCN=2:8 1/1 0.0",
		  "closed, auth, in 1 =2:8 \"unreadable hidden AVP 9, Assigned Tunnel ID\"" },
		{ "SCCRP-challenge 0/1", 0, "StopCCN=4:0 1/1 1234.0",
		  "closed, auth, in 1 =4:0 \"no tunnel secret configured\"" },
		{ "SCCRP-version2 0/1", 0, "StopCCN=5:256 1/1 1234.0",
		  "closed, protocol, in 1 =5:256 \"protocol version 1 is supported\"" },
		{ "SCCRP-nohost 0/1", D(MALFORMED), "StopCCN=2:6 1/1 1234.0",
		  "closed, protocol, in 1 =2:6 \"missing AVP 7, Host Name\"" },
		{ "SCCRP-notunnel 0/1", D(MALFORMED), "StopCCN=2:6 1/1 0.0",
		  "closed, protocol, in 1 =2:6 \"missing AVP 9, Assigned Tunnel ID\"" },
		{ "SCCRP-tunnel0 0/1", D(MALFORMED), "StopCCN=2:3 1/1 0.0",
		  "closed, protocol, in 1 =2:3 \"bad value in AVP 9, Assigned Tunnel ID\"" },
		{ "SCCRP-longtunnel 0/1", D(MALFORMED), "StopCCN=2:2 1/1 0.0",
		  "closed, protocol, in 1 =2:2 \"wrong length of AVP 9, Assigned Tunnel ID\"" },
		{ "SCCRP-broken 0/1", D(MALFORMED), "StopCCN=2:2 1/1 1234.0",
		  "closed, protocol, in 1 =2:2 \"AVPs that don't add up\"" },
		{ "unknown-M 0/1", D(MALFORMED), "StopCCN=2:3 1/1 0.0",
		  "closed, protocol, in 1 =2:3 \"unknown message type\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		const struct line lines[] = {
			STARTED,
			{ refused[i].in, refused[i].result, refused[i].stopccn, "", S(CLOSING) },
			{ "ZLB 1/2", 0, "", refused[i].closed, S(CLOSED) },
		};
		talk_converse(lines, 3);
	}
	/* with a call, the call is cleared first */
	CONVERSE(TUNNEL,
		 { "ICRP-unknown 1/3 s2222", D(MALFORMED),
		   "CDN=2:8 3/2 1234.0, StopCCN=2:8 4/2 1234.0", "", S(CLOSING) },
		 { "ZLB 2/5", 0, "", "closed, protocol, in 2 =2:8 \"unknown mandatory AVP 99\"",
		   S(CLOSED) });
	CONVERSE(TUNNEL, { "ICRP-session0 1/3 s2222", D(MALFORMED),
			   "CDN=2:3 3/2 1234.0, StopCCN=2:3 4/2 1234.0", "", S(CLOSING) });
	/* nothing in a HELLO is needed */
	CONVERSE(UP, { "HELLO-unknown 2/4", 0, "ZLB 4/3 1234.0", "", S(UP) });
}

/* Plays lines with an engine that has the tunnel's secret. */
static void converse_with_secret(const struct line *lines, size_t count)
{
	struct l2tp_config config = talk_plain;
	struct talk talk;

	assert_int_equal(secret_set(&config.secret, TALK_SECRET, strlen(TALK_SECRET)), 0);
	talk_init(&talk, &config);
	talk_play(&talk, lines, count);
	l2tp_free(talk.l2tp);
}

#define CONVERSE_WITH_SECRET(...)                                                 \
	do {                                                                      \
		static const struct line lines_[] = { __VA_ARGS__ };              \
		converse_with_secret(lines_, sizeof(lines_) / sizeof(lines_[0])); \
	} while (0)

#define ANSWERED_BY(name)                                                                        \
	STARTED,                                                                                 \
	{                                                                                        \
		name " 0/1", 0, "SCCCN 1/1 1234.0, ICRQ 2/1 1234.0", "tunnel 1234", S(WAIT_ICRP) \
	}

/* RFC 2661 5.1.1: with a secret the LNS must prove itself, and is answered when it asks. */
static void test_authentication(void **state)
{
	static const struct {
		const char *in, *stopccn, *closed;
	} refused[] = {
		{ "SCCRP 0/1", "StopCCN=4:0 1/1 1234.0",
		  "closed, secret, in 1 =4:0 \"challenge not answered\"" },
		{ "SCCRP-challenge 0/1", "StopCCN=4:0 1/1 1234.0",
		  "closed, secret, in 1 =4:0 \"challenge not answered\"" },
		{ "SCCRP-reflected 0/1", "StopCCN=4:0 1/1 1234.0",
		  "closed, secret, in 1 =4:0 \"wrong challenge response\"" },
	};

	(void)state;
	CONVERSE_WITH_SECRET(ANSWERED_BY("SCCRP-response"));
	CONVERSE_WITH_SECRET(ANSWERED_BY("SCCRP-both"));
	CONVERSE_WITH_SECRET(ANSWERED_BY("SCCRP-hidden-both"));
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		const struct line lines[] = {
			STARTED,
			{ refused[i].in, 0, refused[i].stopccn, "", S(CLOSING) },
			{ "ZLB 1/2", 0, "", refused[i].closed, S(CLOSED) },
		};
		converse_with_secret(lines, 3);
	}
	/* another secret hid it, or the same without a Random Vector */
	CONVERSE_WITH_SECRET(STARTED,
			     { "SCCRP-hidden 0/1", D(MALFORMED), "StopCCN=2:8 1/1 0.0", "",
			       S(CLOSING) },
			     { "ZLB 1/2", 0, "",
			       "closed, secret, in 1 =2:8 \"unreadable hidden AVP 9, Assigned "
			       "Tunnel ID\"",
			       S(CLOSED) });
}

/* Our challenge and our answer, octet by octet. */
static void test_authentication_octets(void **state)
{
	struct l2tp_config config = talk_plain;
	struct l2tp_datagram d;
	struct talk talk;

	(void)state;
	assert_int_equal(secret_set(&config.secret, TALK_SECRET, strlen(TALK_SECRET)), 0);
	config.sccrq = L2TP_SCCRQ_MINIMAL;
	talk_init(&talk, &config);
	assert_int_equal(talk_act(&talk, "start"), 0);
	assert_true(l2tp_next_datagram(talk.l2tp, &d));
	assert_true(hex_same(d.data, d.len,
			     "c802 0054 0000 0000 0000 0000 8008 0000 0000 0001"
			     "8008 0000 0002 0100 8008 0000 0007 7063"
			     "800a 0000 0003 00000001 8008 0000 0009 1111"
			     "8008 0000 000a 0008"
			     "8016 0000 000b 44444444444444444444444444444444"));
	assert_int_equal(talk_act(&talk, "SCCRP-hidden-both 0/1"), 0);
	assert_true(l2tp_next_datagram(talk.l2tp, &d));
	assert_true(hex_same(d.data, d.len,
			     "c802 002a 1234 0000 0001 0001 8008 0000 0000 0003"
			     "8016 0000 000d 7d3dccb995b3f0480f0f458cc9f81d41"));
	l2tp_free(talk.l2tp);
}

#define WORDS "\"no?[A??\""

/* The gateway ends the tunnel in every stage; its repetitions are acknowledged for 31 s. */
static void test_stopped(void **state)
{
	(void)state;
	CONVERSE(STARTED,
		 { "StopCCN-avp 0/1", 0, "ZLB 1/1 1234.0", "closed, stopped, in 1 =2:8 \"\"",
		   S(CLOSED) },
		 { "StopCCN-avp 0/1", D(DUPLICATE), "ZLB 1/1 1234.0", "", S(CLOSED) });
	/* an answer to a SCCRQ whose tunnel ID the gateway could not read */
	CONVERSE(STARTED, { "StopCCN-avp 0/1 t0", 0, "ZLB 1/1 1234.0",
			    "closed, stopped, in 1 =2:8 \"\"", S(CLOSED) });
	CONVERSE(TUNNEL, { "StopCCN 1/3", 0, "ZLB 3/2 1234.0", "closed, stopped, in 2 =2:6 " WORDS,
			   S(CLOSED) });
	/* before ours were acknowledged: they are not repeated */
	CONVERSE(TUNNEL,
		 { "StopCCN 1/1", 0, "ZLB 3/2 1234.0", "closed, stopped, in 2 =2:6 " WORDS,
		   S(CLOSED) },
		 { "sleep 3000", 0, "", "", S(CLOSED) });
	CONVERSE(READY,
		 { "StopCCN 2/3", 0, "ZLB 3/3 1234.0", "closed, stopped, in 3 =2:6 " WORDS,
		   S(CLOSED) },
		 { "ready", 0, "", "", S(CLOSED) });
	/* it overtook ICRP, so both are acted upon before anybody can answer the first */
	CONVERSE(TUNNEL, { "StopCCN 2/3", 0, "", "", S(WAIT_ICRP) },
		 { "ICRP 1/3 s2222", 0, "ZLB 3/3 1234.0",
		   "ready 1234.5678, closed, stopped, in 3 =2:6 " WORDS, S(CLOSED) },
		 { "ready", 0, "", "", S(CLOSED) });
	CONVERSE(ICCN, { "StopCCN 2/4", 0, "ZLB 4/3 1234.0", "closed, stopped, in 4 =2:6 " WORDS,
			 S(CLOSED) });
	CONVERSE(UP,
		 { "StopCCN 2/4", 0, "ZLB 4/3 1234.0", "closed, stopped, in 5 =2:6 " WORDS,
		   S(CLOSED) },
		 { "sleep 30000", 0, "", "", S(CLOSED) },
		 { "StopCCN 2/4", D(DUPLICATE), "ZLB 4/3 1234.0", "", S(CLOSED) },
		 { "HELLO 3/4", D(UNEXPECTED), "ZLB 4/4 1234.0", "", S(CLOSED) },
		 { "sleep 1000", 0, "", "", S(CLOSED) },
		 { "StopCCN 2/4", D(UNEXPECTED), "", "", S(CLOSED) },
		 { "close 1", 0, "", "", S(CLOSED) }, { "probe", -ENOTCONN, "", "", S(CLOSED) });
	/* 8 octets of result code; and no readable result at all */
	CONVERSE(UP, { "StopCCN-short 2/4", 0, "ZLB 4/3 1234.0", "closed, stopped, in 5 =6:0 \"\"",
		       S(CLOSED) });
	CONVERSE(UP, { "StopCCN-odd 2/4", 0, "ZLB 4/3 1234.0", "closed, stopped, in 5 =0:0 \"\"",
		       S(CLOSED) });
	/* it crosses ours */
	CONVERSE(UP,
		 { "close 6", 0, "CDN=3:0 4/2 1234.5678, StopCCN=6:0 5/2 1234.0", "", S(CLOSING) },
		 { "StopCCN 2/4", 0, "ZLB 6/3 1234.0", "closed, asked, in 5 =6:0 \"\"",
		   S(CLOSED) });
}

/* The gateway clears the call; the tunnel goes with it. */
static void test_cleared(void **state)
{
	(void)state;
	CONVERSE(TUNNEL, { "CDN 1/3 s2222", 0, "StopCCN=1:0 3/2 1234.0", "", S(CLOSING) },
		 { "ZLB 2/4", 0, "", "closed, cleared, in 2 =3:0 \"\"", S(CLOSED) });
	CONVERSE(READY, { "CDN-short 2/3 s2222", 0, "StopCCN=1:0 3/3 1234.0", "", S(CLOSING) },
		 { "ready", 0, "", "", S(CLOSING) },
		 { "ZLB 3/4", 0, "", "closed, cleared, in 3 =1:0 \"\"", S(CLOSED) });
	/* it acknowledges ICCN by the way, which does not make a session that is over go up */
	CONVERSE(ICCN, { "CDN-empty 2/4", 0, "StopCCN=1:0 4/3 1234.0", "", S(CLOSING) },
		 { "ZLB 3/5", 0, "", "closed, cleared, in 4 =0:0 \"\"", S(CLOSED) });
	/* followed by StopCCN: the first reason stays */
	CONVERSE(UP, { "CDN 2/4 s2222", 0, "StopCCN=1:0 4/3 1234.0", "", S(CLOSING) },
		 { "CDN 2/4 s2222", D(DUPLICATE), "ZLB 5/3 1234.0", "", S(CLOSING) },
		 { "StopCCN 3/4", 0, "ZLB 5/4 1234.0", "closed, cleared, in 5 =3:0 \"\"",
		   S(CLOSED) });
}

/* SCCRQ gives the LNS's SAs time: 10 ms and a round trip, at most 30; and it comes again 30 ms later. */
static void test_delay(void **state)
{
	static const struct {
		unsigned int round_trip, delay;
	} cases[] = { { 0, 0 }, { 5, 15 }, { 20, 30 }, { 3000, 30 } };

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct l2tp_config config = talk_plain;
		struct l2tp_datagram d;
		struct talk talk;

		config.round_trip = cases[i].round_trip * NSEC_PER_MSEC;
		talk_init(&talk, &config);
		assert_int_equal(talk_act(&talk, "start"), 0);
		if (cases[i].delay > 0) {
			assert_false(l2tp_next_datagram(talk.l2tp, &d));
			assert_true(l2tp_deadline(talk.l2tp) ==
				    talk.now + cases[i].delay * NSEC_PER_MSEC);
			assert_int_equal(talk_act(&talk, "wait"), 0);
		}
		assert_true(l2tp_next_datagram(talk.l2tp, &d));
		assert_false(l2tp_next_datagram(talk.l2tp, &d));
		nsec_t again = l2tp_deadline(talk.l2tp) - talk.now;
		assert_true(cases[i].delay > 0 ? again == 30 * NSEC_PER_MSEC
					       : again >= 450 * NSEC_PER_MSEC);
		l2tp_free(talk.l2tp);
	}
}

/* We close in every stage. */
static void test_close(void **state)
{
	(void)state;
	CONVERSE({ "close 1", 0, "", "closed, asked, in 0 =0:0 \"\"", S(CLOSED) },
		 { "start", -EALREADY, "", "", S(CLOSED) });
	CONVERSE(TUNNEL,
		 { "close 1", 0, "CDN=3:0 3/1 1234.0, StopCCN=1:0 4/1 1234.0", "", S(CLOSING) },
		 { "ZLB 1/5", 0, "", "closed, asked, in 2 =1:0 \"\"", S(CLOSED) });
	CONVERSE(READY,
		 { "close 1", 0, "CDN=3:0 3/2 1234.5678, StopCCN=1:0 4/2 1234.0", "", S(CLOSING) },
		 { "ready", 0, "", "", S(CLOSING) },
		 { "ZLB 2/5", 0, "", "closed, asked, in 3 =1:0 \"\"", S(CLOSED) });
	CONVERSE(ICCN,
		 { "close 1", 0, "CDN=3:0 4/2 1234.5678, StopCCN=1:0 5/2 1234.0", "", S(CLOSING) },
		 { "close 6", 0, "", "", S(CLOSING) },
		 { "ZLB 2/6", 0, "", "closed, asked, in 4 =1:0 \"\"", S(CLOSED) });
	/* before SCCRQ has left */
	struct l2tp_config config = talk_plain;
	struct talk talk;
	struct l2tp_datagram d;
	config.round_trip = NSEC_PER_MSEC;
	talk_init(&talk, &config);
	assert_int_equal(talk_act(&talk, "start"), 0);
	assert_int_equal(talk_act(&talk, "close 1"), 0);
	assert_false(l2tp_next_datagram(talk.l2tp, &d));
	assert_true(l2tp_deadline(talk.l2tp) == NSEC_NEVER);
	l2tp_free(talk.l2tp);
	/* before there is a tunnel ID to close; then the answer comes */
	CONVERSE(STARTED, { "close 1", 0, "StopCCN=1:0 1/0 0.0", "", S(CLOSING) },
		 { "SCCRP 0/1", 0, "StopCCN=1:0 1/1 1234.0", "", S(CLOSING) },
		 { "ZLB 1/2", 0, "", "closed, asked, in 1 =1:0 \"\"", S(CLOSED) });
	/* nobody listens any more: two seconds */
	CONVERSE(UP,
		 { "close 1", 0, "CDN=3:0 4/2 1234.5678, StopCCN=1:0 5/2 1234.0", "", S(CLOSING) },
		 { "wait", 0, "CDN=3:0 4/2 1234.5678, StopCCN=1:0 5/2 1234.0", "", S(CLOSING) },
		 { "wait", 0, "CDN=3:0 4/2 1234.5678, StopCCN=1:0 5/2 1234.0", "", S(CLOSING) },
		 { "wait", 0, "", "closed, asked, in 5 =1:0 \"\"", S(CLOSED) });
}

/* Repetition, and the end of it. */
#define SILENT                                                \
	{                                                     \
		"wait", 0, "SCCRQ 0/0 0.0", "", S(WAIT_SCCRP) \
	}

static void test_no_answer(void **state)
{
	(void)state;
	CONVERSE(STARTED, SILENT, SILENT, SILENT, SILENT, SILENT, SILENT, SILENT, SILENT, SILENT,
		 SILENT, SILENT, SILENT, SILENT, SILENT, SILENT, SILENT, SILENT, SILENT, SILENT,
		 SILENT, SILENT, SILENT, SILENT,
		 { "wait", 0, "", "closed, silence, in 1 =0:0 \"\"", S(CLOSED) },
		 { "SCCRP 0/1", D(UNEXPECTED), "", "", S(CLOSED) });
	/* both are lost, both go again, with the number that was received meanwhile */
	CONVERSE(TUNNEL, { "wait", 0, "SCCCN 1/1 1234.0, ICRQ 2/1 1234.0", "", S(WAIT_ICRP) },
		 { "HELLO 1/2", 0, "ZLB 3/2 1234.0", "", S(WAIT_ICRP) },
		 { "wait", 0, "ICRQ 2/2 1234.0", "", S(WAIT_ICRP) },
		 { "ICRP 2/3 s2222", 0, "ZLB 3/3 1234.0", "ready 1234.5678", S(WAIT_SESSION) });
	/* SCCRP is repeated as our answer to it was lost */
	CONVERSE(TUNNEL, { "SCCRP 0/1", D(DUPLICATE), "ZLB 3/1 1234.0", "", S(WAIT_ICRP) });
	/* acknowledged, but never answered */
	CONVERSE(STARTED, { "ZLB 0/1", 0, "", "", S(WAIT_SCCRP) },
		 { "wait", 0, "StopCCN=1:0 1/0 0.0", "", S(CLOSING) },
		 { "ZLB 0/2", 0, "", "closed, silence, in 1 =1:0 \"\"", S(CLOSED) });
}

/* HELLO both ways, and the one that nobody answers. */
static void test_hello(void **state)
{
	(void)state;
	CONVERSE(UP, { "sleep 29999", 0, "", "", S(UP) },
		 { "wait", 0, "HELLO 4/2 1234.0", "", S(UP) }, { "probe", 0, "", "", S(UP) },
		 { "ZLB 2/5", 0, "", "", S(UP) }, { "sleep 20000", 0, "", "", S(UP) },
		 { "HELLO 2/5", 0, "ZLB 5/3 1234.0", "", S(UP) },
		 { "sleep 20000", 0, "", "", S(UP) }, { "probe", 0, "HELLO 5/3 1234.0", "", S(UP) },
		 { "ZLB 3/6", 0, "", "", S(UP) },
		 { "sleep 30000", 0, "HELLO 6/3 1234.0", "", S(UP) },
		 { "wait", 0, "HELLO 6/3 1234.0", "", S(UP) },
		 { "wait", 0, "HELLO 6/3 1234.0", "", S(UP) },
		 { "wait", 0, "HELLO 6/3 1234.0", "", S(UP) },
		 { "wait", 0, "HELLO 6/3 1234.0", "", S(UP) },
		 { "wait", 0, "HELLO 6/3 1234.0", "", S(UP) },
		 { "wait", 0, "HELLO 6/3 1234.0", "", S(UP) },
		 { "wait", 0, "HELLO 6/3 1234.0", "", S(UP) },
		 { "wait", 0, "", "closed, silence, in 5 =0:0 \"\"", S(CLOSED) });
	CONVERSE(STARTED, { "probe", -ENOTCONN, "", "", S(WAIT_SCCRP) });
}

static void test_hello_off(void **state)
{
	struct l2tp_config config = talk_plain;
	static const struct line lines[] = { UP };
	struct talk talk;

	(void)state;
	config.hello_interval = 0;
	talk_init(&talk, &config);
	talk_play(&talk, lines, sizeof(lines) / sizeof(lines[0]));
	assert_true(l2tp_deadline(talk.l2tp) == NSEC_NEVER);
	l2tp_free(talk.l2tp);
}

static void test_stats(void **state)
{
	static const struct line first[] = { STARTED };
	static const struct line then[] = { { "SCCRP 0/1", 0, "SCCCN 1/1 1234.0, ICRQ 2/1 1234.0",
					      "tunnel 1234", S(WAIT_ICRP) },
					    { "wait", 0, "SCCCN 1/1 1234.0, ICRQ 2/1 1234.0", "",
					      S(WAIT_ICRP) },
					    { "ZLB 1/3", 0, "", "", S(WAIT_ICRP) },
					    { "HELLO 10/3", D(WINDOW), "", "", S(WAIT_ICRP) } };
	struct l2tp_stats stats;
	struct talk talk;

	(void)state;
	talk_init(&talk, &talk_plain);
	talk_play(&talk, first, 1);
	talk.now += 40 * NSEC_PER_MSEC;
	talk_play(&talk, then, sizeof(then) / sizeof(then[0]));
	l2tp_get_stats(talk.l2tp, &stats);
	assert_int_equal(stats.sent, 5);
	assert_int_equal(stats.received, 2);
	assert_int_equal(stats.dropped, 1);
	assert_int_equal(stats.retransmitted, 2);
	/* the repeated ones say nothing about it */
	assert_true(stats.round_trip == 40 * NSEC_PER_MSEC);
	assert_true(stats.last_received == talk.now);
	l2tp_free(talk.l2tp);
}

/* What the LNS calls itself, made harmless. */
static void test_names_told(void **state)
{
	struct talk talk;
	struct l2tp_event e;

	(void)state;
	talk_init(&talk, &talk_plain);
	assert_int_equal(talk_act(&talk, "start"), 0);
	assert_int_equal(talk_act(&talk, "SCCRP-rich 0/1"), 0);
	do
		assert_true(l2tp_next_event(talk.l2tp, &e));
	while (e.type != L2TP_EVENT_TUNNEL_UP);
	assert_string_equal(e.u.tunnel.host_name, "lns");
	assert_string_equal(e.u.tunnel.vendor_name, "Y?MA");
	assert_int_equal(e.u.tunnel.firmware, 0x690);
	l2tp_free(talk.l2tp);
}

static int draw_zero(void *userdata, void *ret, size_t len)
{
	(void)userdata;
	memset(ret, 0, len);
	return 0;
}

static int draw_failing(void *userdata, void *ret, size_t len)
{
	(void)userdata;
	(void)ret;
	(void)len;
	return -ENOSYS;
}

static void test_own_trouble(void **state)
{
	struct l2tp_crypto zero = { NULL, draw_zero, NULL }, failing = { NULL, draw_failing, NULL };
	struct l2tp_config config = talk_plain;
	struct l2tp *l2tp = NULL;

	(void)state;
	assert_int_equal(l2tp_new(&config, &zero, &l2tp), 0);
	assert_int_equal(l2tp_start(l2tp, 0), -EIO);
	assert_null(l2tp_free(l2tp));
	assert_int_equal(l2tp_new(&config, &failing, &l2tp), 0);
	assert_int_equal(l2tp_start(l2tp, 0), -ENOSYS);
	assert_null(l2tp_free(l2tp));
	assert_null(l2tp_free(NULL));

	config.receive_window = 0;
	assert_int_equal(l2tp_new(&config, &zero, &l2tp), -EINVAL);
	config.receive_window = 9; /* more than is kept */
	assert_int_equal(l2tp_new(&config, &zero, &l2tp), -EINVAL);
	config = talk_plain;
	config.host_name[0] = '\0';
	assert_int_equal(l2tp_new(&config, &zero, &l2tp), -EINVAL);
	memset(config.host_name, 'x', sizeof(config.host_name));
	assert_int_equal(l2tp_new(&config, &zero, &l2tp), -EINVAL);
}

/* The longest name fits; every number has words. */
static void test_longest_name(void **state)
{
	struct l2tp_config config = talk_plain;
	struct l2tp_datagram d;
	struct talk talk;

	(void)state;
	memset(config.host_name, 'x', sizeof(config.host_name) - 1);
	talk_init(&talk, &config);
	assert_int_equal(l2tp_start(talk.l2tp, talk.now), 0);
	assert_true(l2tp_next_datagram(talk.l2tp, &d));
	assert_int_equal(d.len, 0x5d - 2 + L2TP_HOST_NAME_MAX - 1);
	l2tp_free(talk.l2tp);
	for (unsigned int i = 0; i <= UINT16_MAX; i++) {
		assert_non_null(l2tp_stopccn_result_name((uint16_t)i));
		assert_non_null(l2tp_cdn_result_name((uint16_t)i));
		assert_non_null(l2tp_error_name((uint16_t)i));
	}
	assert_string_equal(l2tp_stopccn_result_name(6), "shutting down");
	assert_string_equal(l2tp_error_name(8), "unknown mandatory AVP");
	assert_string_equal(l2tp_failure_name(L2TP_FAILURE_NO_ANSWER), "no answer");
	assert_string_equal(l2tp_drop_name(L2TP_DROP_MALFORMED), "malformed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_connect),
		cmocka_unit_test(test_octets),
		cmocka_unit_test(test_acknowledgements),
		cmocka_unit_test(test_tolerance),
		cmocka_unit_test(test_drops),
		cmocka_unit_test(test_raw_drops),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_authentication),
		cmocka_unit_test(test_authentication_octets),
		cmocka_unit_test(test_stopped),
		cmocka_unit_test(test_cleared),
		cmocka_unit_test(test_delay),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_no_answer),
		cmocka_unit_test(test_hello),
		cmocka_unit_test(test_hello_off),
		cmocka_unit_test(test_stats),
		cmocka_unit_test(test_names_told),
		cmocka_unit_test(test_own_trouble),
		cmocka_unit_test(test_longest_name),
	};

	return cmocka_run_group_tests_name("l2tp-engine", tests, NULL, NULL);
}
