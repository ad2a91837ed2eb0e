/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words for the public enumerations and for RFC 2661 4.4.2's result and error codes. */
#include "l2tp/l2tp.h"

#include "lib/macros.h"

const char *l2tp_stage_name(enum l2tp_stage stage)
{
	switch (stage) {
#define X(name, words)          \
	case L2TP_STAGE_##name: \
		return words;
		L2TP_STAGES(X)
#undef X
	}
	return "unknown";
}

const char *l2tp_drop_name(enum l2tp_drop drop)
{
	switch (drop) {
	case L2TP_DROP_NONE:
		return "not dropped";
#define X(name, words)         \
	case L2TP_DROP_##name: \
		return words;
		L2TP_DROPS(X)
#undef X
	}
	return "unknown";
}

const char *l2tp_failure_name(enum l2tp_failure failure)
{
	switch (failure) {
	case L2TP_FAILURE_NONE:
		return "no failure";
#define X(name, words)            \
	case L2TP_FAILURE_##name: \
		return words;
		L2TP_FAILURES(X)
#undef X
	}
	return "unknown";
}

const char *l2tp_stopccn_result_name(uint16_t result)
{
	static const char *const names[] = {
		N_("not given"),
		N_("general request to clear the connection"),
		N_("general error"),
		N_("control channel already exists"),
		N_("not authorised to establish a control channel"),
		N_("protocol version not supported"),
		N_("shutting down"),
		N_("finite state machine error"),
	};

	return result < ARRAY_SIZE(names) ? names[result] : N_("unknown result code");
}

const char *l2tp_cdn_result_name(uint16_t result)
{
	static const char *const names[] = {
		N_("not given"),
		N_("loss of carrier"),
		N_("general error"),
		N_("administrative reasons"),
		N_("lack of facilities, for now"),
		N_("lack of facilities, permanently"),
		N_("invalid destination"),
		N_("no carrier detected"),
		N_("busy"),
		N_("no dial tone"),
		N_("not established within the time allotted"),
		N_("no appropriate framing detected"),
	};

	return result < ARRAY_SIZE(names) ? names[result] : N_("unknown result code");
}

const char *l2tp_error_name(uint16_t error)
{
	static const char *const names[] = {
		N_("no general error"),	      N_("no control connection exists yet"),
		N_("wrong length"),	      N_("field out of range or reserved field not zero"),
		N_("insufficient resources"), N_("invalid session ID"),
		N_("vendor-specific error"),  N_("try another gateway"),
		N_("unknown mandatory AVP"),
	};

	return error < ARRAY_SIZE(names) ? names[error] : N_("unknown error code");
}
