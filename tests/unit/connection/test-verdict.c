/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From evidence to a cause, as a table, and the catalogue: its rows are complete, and the identifiers
 * and exit codes, which scripts rely on, are those they have always been.
 */
#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "client/connection/verdict.h"
#include "tests/unit/between.h"

/* The interface. A row may be added; none may change or go. */
/* clang-format off */
static const struct {
	const char *id;
	int code;
} frozen[] = {
	{ "none", 0 },
	{ "internal", 1 },
	{ "usage", 2 },
	{ "out-of-memory", 1 },
	{ "profile-missing", 3 },
	{ "profile-unreadable", 3 },
	{ "profile-unsafe", 3 },
	{ "profile-invalid", 3 },
	{ "secret-missing", 3 },
	{ "secret-unreadable", 3 },
	{ "cert-file", 3 },
	{ "cert-passphrase", 3 },
	{ "cert-key", 3 },
	{ "privilege", 4 },
	{ "kernel-xfrm", 5 },
	{ "kernel-esp", 5 },
	{ "kernel-l2tp", 5 },
	{ "kernel-ppp", 5 },
	{ "kernel-algorithm", 5 },
	{ "kernel-blacklisted", 5 },
	{ "pppd-missing", 5 },
	{ "pppd-lacking", 5 },
	{ "pppd-failed", 5 },
	{ "run-directory", 5 },
	{ "socket", 5 },
	{ "local-firewall", 5 },
	{ "network-setup", 5 },
	{ "dns-setup", 5 },
	{ "other-full-tunnel", 6 },
	{ "already-running", 6 },
	{ "not-running", 7 },
	{ "control-socket", 1 },
	{ "left-behind", 5 },
	{ "name-not-resolved", 10 },
	{ "no-route", 11 },
	{ "no-link", 11 },
	{ "udp500-silent", 12 },
	{ "udp500-refused", 12 },
	{ "udp4500-silent", 13 },
	{ "no-nat-traversal", 14 },
	{ "phase1-refused", 14 },
	{ "phase1-method", 14 },
	{ "phase1-stalled", 14 },
	{ "not-offered", 14 },
	{ "psk-wrong", 15 },
	{ "psk-or-port-4500", 15 },
	{ "identity-wrong", 15 },
	{ "identity-refused", 15 },
	{ "xauth-wanted", 15 },
	{ "cert-refused", 15 },
	{ "peer-untrusted", 15 },
	{ "peer-expired", 15 },
	{ "clock-wrong", 15 },
	{ "peer-revoked", 15 },
	{ "peer-crl", 15 },
	{ "peer-usage", 15 },
	{ "peer-weak", 15 },
	{ "peer-name", 15 },
	{ "peer-signature", 15 },
	{ "phase2-refused", 16 },
	{ "phase2-identity-refused", 16 },
	{ "phase2-silent", 16 },
	{ "esp-silent", 16 },
	{ "l2tp-silent", 17 },
	{ "l2tp-refused", 17 },
	{ "l2tp-full", 17 },
	{ "l2tp-authentication", 17 },
	{ "l2tp-secret-wrong", 17 },
	{ "l2tp-protocol", 17 },
	{ "ppp-silent", 18 },
	{ "ppp-negotiation", 18 },
	{ "ppp-auth-method", 18 },
	{ "ppp-auth-unknown", 18 },
	{ "ppp-auth", 19 },
	{ "login-failed", 19 },
	{ "login-refused", 19 },
	{ "login-unanswered", 19 },
	{ "account-hours", 19 },
	{ "account-disabled", 19 },
	{ "password-expired", 19 },
	{ "password-change", 19 },
	{ "no-dialin", 19 },
	{ "user-cert-refused", 19 },
	{ "gateway-unproven", 19 },
	{ "ppp-encryption", 18 },
	{ "ppp-no-address", 18 },
	{ "ppp-closed", 18 },
	{ "path-mtu", 22 },
	{ "dns-silent", 22 },
	{ "gateway-lost", 20 },
	{ "gateway-rebooted", 20 },
	{ "gateway-moved", 20 },
	{ "uplink-changed", 20 },
	{ "displaced", 20 },
	{ "gateway-closed", 20 },
	{ "idle-limit", 20 },
	{ "ppp-lost", 20 },
	{ "sa-expired", 20 },
	{ "timeout", 12 },
	{ "interrupted", 21 },
};
/* clang-format on */

static void interface_is_frozen(void **state)
{
	(void)state;
	assert_int_equal(ARRAY_SIZE(frozen), CAUSE_COUNT);
	for (size_t i = 0; i < ARRAY_SIZE(frozen); i++) {
		enum cause cause = cause_find(frozen[i].id);

		if (strcmp(cause_id(cause), frozen[i].id) != 0)
			fail_msg("%s is gone", frozen[i].id);
		if (cause_exit_code(cause) != frozen[i].code)
			fail_msg("%s has exit code %d", frozen[i].id, cause_exit_code(cause));
	}
}

static void ids_are_words(void **state)
{
	(void)state;
	for (int c = CAUSE_NONE; c < CAUSE_COUNT; c++) {
		const char *id = cause_id((enum cause)c);

		assert_true(islower((unsigned char)id[0]));
		assert_int_equal(strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-"), strlen(id));
		/* Found by its identifier it is itself: no other has the same one. */
		assert_int_equal(cause_find(id), c);
	}
	assert_int_equal(cause_find("no such cause"), CAUSE_NONE);
}

/* A proper name may begin a sentence in capitals, nothing else. */
static bool begins_small(const char *text)
{
	return islower((unsigned char)text[0]) || isupper((unsigned char)text[1]);
}

static bool is_sentence(const char *text)
{
	return text[0] && text[strlen(text) - 1] == '.' && !strstr(text, "  ");
}

static void rows_are_complete(void **state)
{
	(void)state;
	for (int c = CAUSE_NONE + 1; c < CAUSE_COUNT; c++) {
		const struct cause_info *info = cause_info((enum cause)c);
		const char *sentence = info->sentence;

		assert_true(begins_small(sentence));
		assert_true(sentence[strlen(sentence) - 1] != '.');
		assert_true(info->remedy || info->admin);
		assert_true(!info->remedy || is_sentence(info->remedy));
		assert_true(!info->admin || is_sentence(info->admin));
		assert_true(!info->yamaha || (info->admin && !is_sentence(info->yamaha)));
		assert_true(info->code != EXIT_OK);
		assert_true(stage_id(info->stage)[0]);
		assert_true(certainty_id(info->sure)[0]);
		/* Before the first packet there is no doubt. */
		if (info->stage == STAGE_MACHINE || info->stage == STAGE_PROFILE)
			assert_int_equal(info->sure, SURE_PROVEN);
		/* Only what no step stands behind has no stage. */
		if (info->stage == STAGE_NONE)
			assert_true(info->code == EXIT_NO_ANSWER || info->code == EXIT_INTERRUPTED);
	}
}

/* What silence, or a hint that nothing contradicted, is called. WORDS stand in the detail. */
#define NAMED(text, want, words, ...)                                                              \
	{                                                                                          \
		text, want, words,                                                                 \
		{                                                                                  \
			.gateway = { .family = AF_INET, .addr = { 198, 51, 100, 2 } }, __VA_ARGS__ \
		}                                                                                  \
	}
#define MM(stage_name) .state = CONNECTION_PHASE1, .ike.stage = IKE_STAGE_##stage_name

#define LIKED                                                                     \
	{                                                                         \
		.encr = IKE_ENCR_AES_CBC, .key_bits = 256, .hash = IKE_HASH_SHA1, \
		.group = IKE_GROUP_MODP1024                                       \
	}
#define NOT_LIKED                                                                   \
	{                                                                           \
		.encr = IKE_ENCR_AES_CBC, .key_bits = 128, .hash = IKE_HASH_SHA256, \
		.group = IKE_GROUP_MODP2048                                         \
	}

static const struct ike_proposal offer[] = { NOT_LIKED };
#define OFFER .proposals = offer, .n_proposals = 1

/* clang-format off */
static const struct named {
	const char *text;
	enum cause want;
	const char *words;
	struct evidence e;
} named[] = {
	NAMED("the resolver", CAUSE_RESOLVE, "", .state = CONNECTION_RESOLVE),

	NAMED("silence", CAUSE_UDP500_SILENT, "5 messages", MM(MM1_SENT), .ike.sent = 5),
	NAMED("silence on both", CAUSE_UDP500_SILENT, "nor from UDP 4500", MM(MM1_SENT), .scout.port_asked = 3),
	NAMED("a closed port", CAUSE_UDP500_REFUSED, "ICMP", MM(MM1_SENT), .icmp_ike = ECONNREFUSED),
	NAMED("a router's word", CAUSE_UDP500_SILENT, "a router", MM(MM1_SENT), .icmp_ike = EHOSTUNREACH),
	NAMED("our own firewall", CAUSE_LOCAL_FIREWALL, "", MM(MM1_SENT), .send_error = EPERM),
	NAMED("rubbish", CAUSE_PHASE1_STALLED, "can't be used", MM(MM1_SENT), .ike.heard = 3, .ike.last_drop = IKE_DROP_MALFORMED),
	NAMED("a transform of its own", CAUSE_NOT_OFFERED, "", MM(MM1_SENT), .not_offered = 1, .ike.received = 1),
	NAMED("a refusal", CAUSE_PHASE1_REFUSED, "offered: AES-128", MM(MM1_SENT), OFFER, .hint_notify = 14, .ike.received = 1),
	NAMED("a refusal, asked", CAUSE_PHASE1_REFUSED, "asked, it takes", MM(MM1_SENT), OFFER, .hint_notify = 14,
	      .scout = { .offer_known = true, .takes = LIKED }),
	NAMED("a refusal of keys", CAUSE_PHASE1_METHOD, "certificates", MM(MM1_SENT), OFFER, .hint_notify = 14,
	      .scout = { .offer_known = true, .takes = LIKED, .takes_signatures = true }),
	NAMED("a refusal and silence", CAUSE_PHASE1_REFUSED, "", MM(MM1_SENT), OFFER, .hint_notify = 14, .scout.offer_asked = true),
	NAMED("a refusal and ICMP", CAUSE_PHASE1_REFUSED, "", MM(MM1_SENT), OFFER, .hint_notify = 14, .icmp_ike = ECONNREFUSED),

	NAMED("no key exchange", CAUSE_PHASE1_STALLED, "key exchange", MM(MM3_SENT)),
	NAMED("no key exchange, a word", CAUSE_PHASE1_STALLED, "saying", MM(MM3_SENT), .hint_notify = 1),

	/* A wrong key, or a closed port: what each kind of gateway does. */
	NAMED("answers to nothing behind a NAT", CAUSE_UDP4500_SILENT, "4 messages", MM(MM5_SENT), .nat = true, .ike.sent = 6),
	NAMED("the same, asked", CAUSE_UDP4500_SILENT, "7 messages", MM(MM5_SENT), .nat = true, .ike.sent = 6, .scout.port_asked = 3),
	NAMED("answers to nothing without a NAT", CAUSE_PSK_WRONG, "", MM(MM5_SENT), .ike.sent = 6),
	NAMED("answers to a fresh message alone", CAUSE_PSK_WRONG, "a fresh one", MM(MM5_SENT), .nat = true, .scout = { .port_asked = 1, .port_open = true }),
	NAMED("the same, repeating", CAUSE_PSK_WRONG, "", MM(MM5_SENT), .nat = true, .repeats = 3, .scout = { .port_asked = 1, .port_open = true }),
	NAMED("repeats, not asked enough", CAUSE_PSK_OR_PORT, "2 times", MM(MM5_SENT), .nat = true, .repeats = 2, .scout.port_asked = 1),
	NAMED("repeats, asked enough", CAUSE_UDP4500_SILENT, "", MM(MM5_SENT), .nat = true, .repeats = 2, .scout.port_asked = 3),
	NAMED("garbled", CAUSE_PSK_WRONG, "our key does not open", MM(MM5_SENT), .nat = true, .undecryptable = true),
	NAMED("a wrong hash", CAUSE_PSK_WRONG, "", MM(MM5_SENT), .nat = true, .wrong_hash = 1),
	NAMED("a notify", CAUSE_PSK_WRONG, "not authenticated", MM(MM5_SENT), .nat = true, .hint_notify = 24),
	NAMED("a notify of the identity", CAUSE_ID_REFUSED, "", MM(MM5_SENT), .nat = true, .hint_notify = 18),
	NAMED("another identity", CAUSE_ID_WRONG, "", MM(MM5_SENT), .nat = true, .wrong_id = 1),

	/* With certificates. */
	NAMED("not trusted", CAUSE_PEER_UNTRUSTED, "an issuer", MM(MM5_SENT), .auth_words = "an issuer", .ike.refusal = IKE_REFUSAL_UNTRUSTED),
	NAMED("no certificate", CAUSE_PEER_UNTRUSTED, "", MM(MM5_SENT), .auth_words = "", .ike.refusal = IKE_REFUSAL_NO_CERTIFICATE),
	NAMED("unreadable", CAUSE_PEER_UNTRUSTED, "", MM(MM5_SENT), .auth_words = "", .ike.refusal = IKE_REFUSAL_MALFORMED),
	NAMED("expired", CAUSE_PEER_EXPIRED, "", MM(MM5_SENT), .auth_words = "", .ike.refusal = IKE_REFUSAL_EXPIRED),
	NAMED("from the future", CAUSE_CLOCK_WRONG, "isn't valid yet", MM(MM5_SENT), .auth_words = "", .ike.refusal = IKE_REFUSAL_NOT_YET),
	NAMED("revoked", CAUSE_PEER_REVOKED, "", MM(MM5_SENT), .auth_words = "", .ike.refusal = IKE_REFUSAL_REVOKED),
	NAMED("no list", CAUSE_PEER_CRL, "", MM(MM5_SENT), .auth_words = "", .ike.refusal = IKE_REFUSAL_CRL),
	NAMED("another use", CAUSE_PEER_USAGE, "", MM(MM5_SENT), .auth_words = "", .ike.refusal = IKE_REFUSAL_USAGE),
	NAMED("weak", CAUSE_PEER_WEAK, "", MM(MM5_SENT), .auth_words = "", .ike.refusal = IKE_REFUSAL_WEAK),
	NAMED("another name", CAUSE_PEER_NAME, "", MM(MM5_SENT), .auth_words = "", .ike.refusal = IKE_REFUSAL_NAME),
	NAMED("another identity in it", CAUSE_ID_WRONG, "", MM(MM5_SENT), .auth_words = "", .ike.refusal = IKE_REFUSAL_ID),
	NAMED("signature", CAUSE_PEER_SIGNATURE, "", MM(MM5_SENT), .auth_words = "", .ike.refusal = IKE_REFUSAL_SIGNATURE),
	NAMED("ours, a word", CAUSE_CERT_REFUSED, "not authenticated", MM(MM5_SENT), .auth_words = "", .hint_notify = 20, .nat = true),
	NAMED("ours, silence", CAUSE_CERT_REFUSED, "", MM(MM5_SENT), .auth_words = ""),
	NAMED("ours, silence behind a NAT", CAUSE_UDP4500_SILENT, "large ones", MM(MM5_SENT), .auth_words = "", .nat = true),
	NAMED("ours, garbled", CAUSE_CERT_REFUSED, "", MM(MM5_SENT), .auth_words = "", .nat = true, .undecryptable = true),

	NAMED("phase 2 silent", CAUSE_PHASE2_SILENT, "", .state = CONNECTION_PHASE2, .ike.stage = IKE_STAGE_QM1_SENT),
	NAMED("phase 2 silent, no NAT traversal", CAUSE_NO_NATT, "phase 2", .state = CONNECTION_PHASE2, .ike.stage = IKE_STAGE_QM1_SENT, .nat_unseen = true),
	NAMED("no ESP comes, no NAT traversal", CAUSE_NO_NATT, "ESP", .state = CONNECTION_L2TP, .nat_unseen = true, .esp_sent = 4),
	NAMED("ESP comes all the same", CAUSE_L2TP_SILENT, "", .state = CONNECTION_L2TP, .nat_unseen = true, .esp_sent = 4, .esp_received = 1),
	NAMED("between the phases", CAUSE_PHASE2_SILENT, "", .state = CONNECTION_PHASE2, .ike.stage = IKE_STAGE_PHASE1_UP),
	NAMED("an engine that is through", CAUSE_INTERNAL, "", .state = CONNECTION_PHASE2, .ike.stage = IKE_STAGE_CLOSED),

	NAMED("no ESP in UDP comes", CAUSE_L2TP_SILENT, "4 packets of ESP", .state = CONNECTION_L2TP, .nat = true, .esp_sent = 4),
	NAMED("no plain ESP comes", CAUSE_ESP_SILENT, "4 packets of ESP sent", .state = CONNECTION_L2TP, .esp_sent = 4),
	NAMED("ESP comes, L2TP doesn't", CAUSE_L2TP_SILENT, "1 came back", .state = CONNECTION_L2TP, .esp_sent = 4, .esp_received = 1, .l2tp.received = 1),
	NAMED("port 1701 closed", CAUSE_L2TP_SILENT, "closed", .state = CONNECTION_L2TP, .icmp_l2tp = ECONNREFUSED, .esp_sent = 4),
	NAMED("nothing known of ESP", CAUSE_L2TP_SILENT, "", .state = CONNECTION_L2TP),
	NAMED("PPP silent", CAUSE_PPP_SILENT, "", .state = CONNECTION_PPP),
	NAMED("a login unanswered", CAUSE_LOGIN_UNANSWERED, "echoes", .state = CONNECTION_PPP, .login = PPP_LOGIN_SENT, .checking = true),
	NAMED("a gateway gone silent", CAUSE_PPP_SILENT, "", .state = CONNECTION_PPP, .login = PPP_LOGIN_SENT),
	NAMED("up", CAUSE_TIMEOUT, "", .state = CONNECTION_UP),
};
/* clang-format on */

static void silence_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(named); i++) {
		struct failure f = { 0 };

		verdict_name(&named[i].e, &f);
		if (f.cause != named[i].want || !strstr(f.detail, named[i].words))
			fail_msg("%s: %s (%s)", named[i].text, cause_id(f.cause), f.detail);
	}
}

/* What the IKE engine's end is called, by the state, the engine's reason and the gateway's words. */
static const struct {
	enum connection_state state;
	bool certificates;
	enum ike_failure reason;
	uint16_t notify;
	enum cause want;
} ike_ends[] = {
	{ CONNECTION_PHASE1, false, IKE_FAILURE_REFUSED_PHASE1, 14, CAUSE_PHASE1_REFUSED },
	{ CONNECTION_PHASE1, false, IKE_FAILURE_REFUSED_PHASE1, 18, CAUSE_ID_REFUSED },
	{ CONNECTION_PHASE1, false, IKE_FAILURE_REFUSED_PHASE1, 24, CAUSE_ID_REFUSED },
	{ CONNECTION_PHASE1, true, IKE_FAILURE_REFUSED_PHASE1, 18, CAUSE_CERT_REFUSED },
	{ CONNECTION_PHASE1, true, IKE_FAILURE_REFUSED_PHASE1, 28, CAUSE_CERT_REFUSED },
	{ CONNECTION_PHASE1, true, IKE_FAILURE_REFUSED_PHASE1, 14, CAUSE_PHASE1_REFUSED },
	{ CONNECTION_PHASE2, false, IKE_FAILURE_REFUSED_PHASE2, 14, CAUSE_PHASE2_REFUSED },
	{ CONNECTION_PHASE2, false, IKE_FAILURE_REFUSED_PHASE2, 18, CAUSE_PHASE2_ID },
	{ CONNECTION_PHASE1, false, IKE_FAILURE_AUTHENTICATION, 0, CAUSE_PSK_WRONG },
	{ CONNECTION_PHASE1, true, IKE_FAILURE_AUTHENTICATION, 0, CAUSE_CERT_REFUSED },
	{ CONNECTION_PHASE1, false, IKE_FAILURE_ID, 0, CAUSE_ID_WRONG },
	{ CONNECTION_PHASE1, false, IKE_FAILURE_NOT_OFFERED, 0, CAUSE_NOT_OFFERED },
	{ CONNECTION_PHASE2, false, IKE_FAILURE_NOT_OFFERED, 0, CAUSE_PHASE2_REFUSED },
	{ CONNECTION_PHASE1, false, IKE_FAILURE_WEAK, 0, CAUSE_NOT_OFFERED },
	{ CONNECTION_PHASE2, false, IKE_FAILURE_WEAK, 0, CAUSE_PHASE2_REFUSED },
	{ CONNECTION_PHASE1, false, IKE_FAILURE_NO_NATT, 0, CAUSE_NO_NATT },
	{ CONNECTION_PHASE1, false, IKE_FAILURE_DELETED, 0, CAUSE_PHASE1_REFUSED },
	{ CONNECTION_PHASE2, false, IKE_FAILURE_DELETED, 0, CAUSE_PHASE2_REFUSED },
	{ CONNECTION_PHASE2, false, IKE_FAILURE_XAUTH, 0, CAUSE_XAUTH_WANTED },
	{ CONNECTION_L2TP, false, IKE_FAILURE_DELETED, 0, CAUSE_L2TP_REFUSED },
	{ CONNECTION_PPP, false, IKE_FAILURE_DELETED, 0, CAUSE_PPP_CLOSED },
	{ CONNECTION_UP, false, IKE_FAILURE_DELETED, 0, CAUSE_LOST_CLOSED },
	{ CONNECTION_PHASE1, false, IKE_FAILURE_INTERNAL, 0, CAUSE_INTERNAL },
	{ CONNECTION_PHASE1, false, IKE_FAILURE_NONE, 0, CAUSE_INTERNAL },
};

/* With a pre-shared key the identity is proven, and the user can put it into his profile. */
static void identity_is_shown(void **state)
{
	const struct evidence e = { .state = CONNECTION_PHASE1 };
	const struct ike_event event = {
		.type = IKE_EVENT_FAILED,
		.u.failed = { .reason = IKE_FAILURE_ID,
			      .peer_id = { IKE_ID_IPV4_ADDR, 4, { 192, 168, 100, 1 } } },
	};
	struct failure f = { 0 };

	(void)state;
	verdict_ike_failed(&e, &event, &f);
	assert_int_equal(f.cause, CAUSE_ID_WRONG);
	assert_non_null(strstr(f.detail, "192.168.100.1"));
}

static void ike_end_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ike_ends); i++) {
		const struct evidence e = {
			.state = ike_ends[i].state,
			.auth_words = ike_ends[i].certificates ? "" : NULL,
		};
		const struct ike_event event = {
			.type = IKE_EVENT_FAILED,
			.u.failed = { .reason = ike_ends[i].reason,
				      .notify_type = ike_ends[i].notify },
		};
		struct failure f = { 0 };

		verdict_ike_failed(&e, &event, &f);
		if (f.cause != ike_ends[i].want)
			fail_msg("row %zu: %s (%s)", i, cause_id(f.cause), f.detail);
	}
}

static const struct {
	enum connection_state state;
	bool secret;
	enum l2tp_failure reason;
	enum l2tp_advice advice;
	enum cause want;
} l2tp_ends[] = {
	{ CONNECTION_L2TP, false, L2TP_FAILURE_NO_ANSWER, L2TP_ADVICE_NONE, CAUSE_L2TP_SILENT },
	{ CONNECTION_UP, false, L2TP_FAILURE_NO_ANSWER, L2TP_ADVICE_NONE, CAUSE_LOST_GATEWAY },
	{ CONNECTION_L2TP, false, L2TP_FAILURE_STOPPED_BY_PEER, L2TP_ADVICE_NONE,
	  CAUSE_L2TP_REFUSED },
	{ CONNECTION_L2TP, false, L2TP_FAILURE_STOPPED_BY_PEER, L2TP_ADVICE_LATER,
	  CAUSE_L2TP_FULL },
	{ CONNECTION_L2TP, true, L2TP_FAILURE_STOPPED_BY_PEER, L2TP_ADVICE_SECRET,
	  CAUSE_L2TP_SECRET },
	{ CONNECTION_L2TP, false, L2TP_FAILURE_STOPPED_BY_PEER, L2TP_ADVICE_SECRET,
	  CAUSE_L2TP_REFUSED },
	{ CONNECTION_L2TP, false, L2TP_FAILURE_CALL_CLEARED_BY_PEER, L2TP_ADVICE_LATER,
	  CAUSE_L2TP_FULL },
	{ CONNECTION_L2TP, false, L2TP_FAILURE_CALL_CLEARED_BY_PEER, L2TP_ADVICE_NONE,
	  CAUSE_L2TP_REFUSED },
	{ CONNECTION_UP, false, L2TP_FAILURE_CALL_CLEARED_BY_PEER, L2TP_ADVICE_LATER,
	  CAUSE_LOST_CLOSED },
	{ CONNECTION_L2TP, false, L2TP_FAILURE_PROTOCOL, L2TP_ADVICE_NONE, CAUSE_L2TP_PROTOCOL },
	{ CONNECTION_L2TP, false, L2TP_FAILURE_AUTHENTICATION_WANTED, L2TP_ADVICE_NONE,
	  CAUSE_L2TP_AUTH },
	{ CONNECTION_L2TP, true, L2TP_FAILURE_AUTHENTICATION, L2TP_ADVICE_NONE, CAUSE_L2TP_SECRET },
	{ CONNECTION_L2TP, false, L2TP_FAILURE_INTERNAL, L2TP_ADVICE_NONE, CAUSE_INTERNAL },
	{ CONNECTION_L2TP, false, L2TP_FAILURE_NONE, L2TP_ADVICE_NONE, CAUSE_INTERNAL },
};

static void l2tp_end_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(l2tp_ends); i++) {
		const struct evidence e = {
			.state = l2tp_ends[i].state,
			.l2tp_secret = l2tp_ends[i].secret,
		};
		const struct l2tp_event event = {
			.type = L2TP_EVENT_CLOSED,
			.u.closed = { .reason = l2tp_ends[i].reason,
				      .advice = l2tp_ends[i].advice },
		};
		struct failure f = { 0 };

		verdict_l2tp_closed(&e, &event, &f);
		if (f.cause != l2tp_ends[i].want)
			fail_msg("row %zu: %s (%s)", i, cause_id(f.cause), f.detail);
	}
}

static const struct {
	struct loss_evidence e;
	enum cause want;
} losses[] = {
	{ { .answers = false }, CAUSE_LOST_GATEWAY },
	{ { .answers = true }, CAUSE_LOST_REBOOT },
	{ { .moved = true, .moved_to = { .family = AF_INET } }, CAUSE_LOST_ADDRESS },
	/* An answer from where we were connected says more than a name. */
	{ { .answers = true, .moved = true }, CAUSE_LOST_REBOOT },
	{ { .ike_alive = true, .answers = true, .shared_port = true }, CAUSE_LOST_DISPLACED },
	{ { .ike_alive = true, .answers = true }, CAUSE_LOST_GATEWAY },
	{ { .shared_port = true }, CAUSE_LOST_GATEWAY },
	{ { .shared_port = true, .answers = true }, CAUSE_LOST_REBOOT },
};

static void loss_is_named(void **state)
{
	const struct failure why = { .cause = CAUSE_LOST_GATEWAY, .detail = "silence" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(losses); i++) {
		struct loss_evidence e = losses[i].e;
		struct failure f = { 0 };

		e.why = &why;
		verdict_lost(&e, &f);
		if (f.cause != losses[i].want || !strstr(f.detail, why.detail))
			fail_msg("row %zu: %s (%s)", i, cause_id(f.cause), f.detail);
	}
}

/* How long silence is borne at most, in milliseconds; the steps began at the time 1. */
static const struct {
	const char *text;
	unsigned int at_most;
	struct evidence e;
} patience[] = {
	{ "silence", 10000, { MM(MM1_SENT) } },
	{ "another address", 3000, { MM(MM1_SENT), .more_addresses = true } },
	{ "UDP 4500", 4500, { MM(MM5_SENT), .nat = true } },
	{ "UDP 4500 on a bad path", 10000, { MM(MM5_SENT), .nat = true, .repeated = 1 } },
	{ "a word", 1000, { MM(MM3_SENT), .hint_at = 1 } },
	{ "a word, and questions", 4500, { MM(MM1_SENT), .hint_at = 1, .scouting = true } },
	{ "a word on a bad path", 5000, { MM(MM3_SENT), .hint_at = 1, .repeated = 1 } },
	{ "more words than questions",
	  10000,
	  { MM(MM3_SENT), .ike.sent = 3, .hint_at = 1, .hints = 11 } },
	{ "a word for each question",
	  1000,
	  { MM(MM3_SENT), .ike.sent = 3, .hint_at = 1, .hints = 10 } },
	{ "L2TP", 10000, { .state = CONNECTION_L2TP } },
	{ "L2TP on a bad path", 10000, { .state = CONNECTION_L2TP, .repeated = 1 } },
	{ "L2TP on a bad path, which says something",
	  16000,
	  { .state = CONNECTION_L2TP, .repeated = 1, .l2tp.received = 1 } },
	{ "L2TP's port closed", 1000, { .state = CONNECTION_L2TP, .hint_at = 1 } },
	{ "PPP", 15000, { .state = CONNECTION_PPP, .calls = VERDICT_CALLS_MAX } },
	{ "PPP that may be called again", 4000, { .state = CONNECTION_PPP } },
};

static void patience_ends(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(patience); i++) {
		struct evidence e = patience[i].e;
		nsec_t most = 1 + patience[i].at_most * NSEC_PER_MSEC;

		e.state_entered = e.ike_stage_entered = 1;
		if (verdict_patience(&e) > most || verdict_patience(&e) <= most / 2)
			fail_msg("%s: %llu ms", patience[i].text,
				 (unsigned long long)(verdict_patience(&e) / NSEC_PER_MSEC));
	}
	assert_true(verdict_patience(&(struct evidence){ .state = CONNECTION_UP }) == NSEC_NEVER);
	assert_true(verdict_patience(&(struct evidence){ .state = CONNECTION_RESOLVE }) ==
		    NSEC_NEVER);
}

/* On a path that loses messages PPP is repeated sooner, by the round trip; a slow gateway gets more time each call. */
static void pace_fits_the_path(void **state)
{
	struct evidence e = { .ike.round_trip = 20 * NSEC_PER_MSEC };
	nsec_t pause, wait, lossy_pause, before = 0;
	bool lossy = true;

	(void)state;
	verdict_pace(&e, &pause, &wait, &lossy);
	e.l2tp.retransmitted = 2; /* SCCRQ before the SA stood, or two messages at once */
	verdict_pace(&e, &lossy_pause, &before, &lossy);
	assert_true(lossy_pause == pause && before == wait && !lossy);
	e.l2tp.retransmitted = 3;
	verdict_pace(&e, &lossy_pause, &before, &lossy);
	assert_true(lossy_pause < pause && before < wait && lossy);
	for (e.missing = 1; e.missing <= VERDICT_MISSING_MAX; e.missing++) {
		verdict_pace(&e, &pause, &wait, &lossy);
		assert_true(pause == lossy_pause && wait >= before);
		before = wait;
	}
	assert_between(wait, 3 * NSEC_PER_SEC, 5 * NSEC_PER_SEC);
	e.ike.round_trip += 500 * NSEC_PER_MSEC;
	verdict_pace(&e, &pause, &wait, &lossy);
	assert_true(pause == lossy_pause + NSEC_PER_SEC);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(interface_is_frozen), cmocka_unit_test(ids_are_words),
		cmocka_unit_test(rows_are_complete),   cmocka_unit_test(silence_is_named),
		cmocka_unit_test(ike_end_is_named),    cmocka_unit_test(identity_is_shown),
		cmocka_unit_test(l2tp_end_is_named),   cmocka_unit_test(patience_ends),
		cmocka_unit_test(loss_is_named),       cmocka_unit_test(pace_fits_the_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
