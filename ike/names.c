/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words for the engine's enumerations and for the notify types of the wire. */
#include "ike/ike.h"

#include "ike/isakmp.h"

const char *ike_stage_name(enum ike_stage stage)
{
	static const char *const names[] = {
#define X(name, words) [IKE_STAGE_##name] = words,
		IKE_STAGES(X)
#undef X
	};

	return (size_t)stage < ARRAY_SIZE(names) ? names[stage] : "unknown stage";
}

const char *ike_drop_name(enum ike_drop drop)
{
	static const char *const names[] = { [IKE_DROP_NONE] = "not dropped",
#define X(name, words) [IKE_DROP_##name] = words,
					     IKE_DROPS(X)
#undef X
	};

	return (size_t)drop < ARRAY_SIZE(names) ? names[drop] : "unknown verdict";
}

const char *ike_failure_name(enum ike_failure failure)
{
	static const char *const names[] = { [IKE_FAILURE_NONE] = "no failure",
#define X(name, words) [IKE_FAILURE_##name] = words,
					     IKE_FAILURES(X)
#undef X
	};

	return (size_t)failure < ARRAY_SIZE(names) ? names[failure] : "unknown failure";
}

const char *ike_refusal_name(enum ike_refusal refusal)
{
	static const char *const names[] = { [IKE_REFUSAL_NONE] = "nothing refused",
#define X(name, words) [IKE_REFUSAL_##name] = words,
					     IKE_REFUSALS(X)
#undef X
	};

	return (size_t)refusal < ARRAY_SIZE(names) ? names[refusal] : "unknown refusal";
}

/* RFC 2408 3.14.1; RFC 2407 4.6.3; RFC 3706 5.3. */
static const struct {
	uint16_t type;
	const char *name;
} notifies[] = {
	{ 1, "INVALID-PAYLOAD-TYPE" },
	{ 2, "DOI-NOT-SUPPORTED" },
	{ 3, "SITUATION-NOT-SUPPORTED" },
	{ 4, "INVALID-COOKIE" },
	{ 5, "INVALID-MAJOR-VERSION" },
	{ 6, "INVALID-MINOR-VERSION" },
	{ 7, "INVALID-EXCHANGE-TYPE" },
	{ 8, "INVALID-FLAGS" },
	{ 9, "INVALID-MESSAGE-ID" },
	{ 10, "INVALID-PROTOCOL-ID" },
	{ 11, "INVALID-SPI" },
	{ 12, "INVALID-TRANSFORM-ID" },
	{ 13, "ATTRIBUTES-NOT-SUPPORTED" },
	{ 14, "NO-PROPOSAL-CHOSEN" },
	{ 15, "BAD-PROPOSAL-SYNTAX" },
	{ 16, "PAYLOAD-MALFORMED" },
	{ 17, "INVALID-KEY-INFORMATION" },
	{ 18, "INVALID-ID-INFORMATION" },
	{ 19, "INVALID-CERT-ENCODING" },
	{ 20, "INVALID-CERTIFICATE" },
	{ 21, "CERT-TYPE-UNSUPPORTED" },
	{ 22, "INVALID-CERT-AUTHORITY" },
	{ 23, "INVALID-HASH-INFORMATION" },
	{ 24, "AUTHENTICATION-FAILED" },
	{ 25, "INVALID-SIGNATURE" },
	{ 26, "ADDRESS-NOTIFICATION" },
	{ 27, "NOTIFY-SA-LIFETIME" },
	{ 28, "CERTIFICATE-UNAVAILABLE" },
	{ 29, "UNSUPPORTED-EXCHANGE-TYPE" },
	{ 30, "UNEQUAL-PAYLOAD-LENGTHS" },
	{ ISAKMP_NOTIFY_CONNECTED, "CONNECTED" },
	{ ISAKMP_NOTIFY_RESPONDER_LIFETIME, "RESPONDER-LIFETIME" },
	{ ISAKMP_NOTIFY_REPLAY_STATUS, "REPLAY-STATUS" },
	{ ISAKMP_NOTIFY_INITIAL_CONTACT, "INITIAL-CONTACT" },
	{ ISAKMP_NOTIFY_R_U_THERE, "R-U-THERE" },
	{ ISAKMP_NOTIFY_R_U_THERE_ACK, "R-U-THERE-ACK" },
};

const char *ike_notify_name(uint16_t type)
{
	for (size_t i = 0; i < ARRAY_SIZE(notifies); i++)
		if (notifies[i].type == type)
			return notifies[i].name;
	return "unknown notify type";
}
