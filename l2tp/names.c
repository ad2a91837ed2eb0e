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
		"not given",
		"general request to clear the connection",
		"general error",
		"control channel already exists",
		"not authorised to establish a control channel",
		"protocol version not supported",
		"shutting down",
		"finite state machine error",
	};

	return result < ARRAY_SIZE(names) ? names[result] : "unknown result code";
}

const char *l2tp_cdn_result_name(uint16_t result)
{
	static const char *const names[] = {
		"not given",
		"loss of carrier",
		"general error",
		"administrative reasons",
		"lack of facilities, for now",
		"lack of facilities, permanently",
		"invalid destination",
		"no carrier detected",
		"busy",
		"no dial tone",
		"not established within the time allotted",
		"no appropriate framing detected",
	};

	return result < ARRAY_SIZE(names) ? names[result] : "unknown result code";
}

const char *l2tp_error_name(uint16_t error)
{
	static const char *const names[] = {
		"no general error",	  "no control connection exists yet",
		"wrong length",		  "field out of range or reserved field not zero",
		"insufficient resources", "invalid session ID",
		"vendor-specific error",  "try another gateway",
		"unknown mandatory AVP",
	};

	return error < ARRAY_SIZE(names) ? names[error] : "unknown error code";
}
