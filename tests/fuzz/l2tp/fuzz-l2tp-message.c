/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One datagram through L2TP's readers: header, AVPs, message rules. */
#include <string.h>

#include "client/certificate/crypto.h"
#include "tests/fuzz/fuzz.h"
#include "l2tp/avp.h"
#include "l2tp/header.h"
#include "l2tp/message.h"
#include "l2tp/protocol.h"

/* A view lies within the datagram. */
static void check_view(const uint8_t *data, size_t size, struct chunk view)
{
	const uint8_t *p = view.data;

	if (view.len > 0)
		MUST(p >= data && p <= data + size && view.len <= (size_t)(data + size - p));
}

/* Each AVP takes at least its header, so that the walk ends; written again it reads the same. */
static void check_avps(struct chunk payload)
{
	struct cursor c = cursor_init(payload.data, payload.len);
	struct avp avp;
	size_t seen = 0;

	while (avp_next(&c, &avp) == 0) {
		seen += L2TP_AVP_HEADER_LEN + avp.value.len;
		MUST(seen <= payload.len);
		check_view(payload.data, payload.len, avp.value);
		if (!avp_find_rule(avp.type))
			continue;

		static const uint8_t zeros[L2TP_AVP_LENGTH_MASK];
		uint8_t buf[L2TP_AVP_LENGTH_MASK], large[2 * L2TP_AVP_LENGTH_MASK];
		struct builder over = builder_init(large, sizeof(large));
		avp_put_empty(&over, avp.type);
		MUST(builder_finish(&over) == L2TP_AVP_HEADER_LEN);
		avp_put_bytes(&over, avp.type, zeros, sizeof(zeros));
		MUST(over.overflow);
		struct builder b = builder_init(buf, sizeof(buf));
		avp_put_bytes(&b, avp.type, avp.value.data, avp.value.len);
		long len = builder_finish(&b);
		MUST(len == (long)(L2TP_AVP_HEADER_LEN + avp.value.len));
		struct cursor again = cursor_init(buf, (size_t)len);
		struct avp same;
		MUST(avp_next(&again, &same) == 0 && cursor_done(&again));
		MUST(same.type == avp.type && same.value.len == avp.value.len);
		MUST(memcmp(same.value.data, avp.value.data, avp.value.len) == 0);
	}
}

static void check_message(struct chunk payload)
{
	struct l2tp_message m = {};
	struct l2tp_offender offender;
	struct l2tp_hiding hiding = { .crypto = &crypto_openssl_l2tp };
	int r = l2tp_message_parse(payload.data, payload.len, &hiding, &m, &offender);
	uint16_t type;
	bool mandatory;

	MUST(l2tp_message_verdict_name((enum l2tp_message_verdict)r)[0]);

	MUST((l2tp_message_type(payload.data, payload.len, &type, &mandatory) != 0) ==
	     (r == L2TP_MESSAGE_NO_TYPE));
	check_view(payload.data, payload.len, m.host_name);
	check_view(payload.data, payload.len, m.vendor_name);
	check_view(payload.data, payload.len, m.challenge);
	check_view(payload.data, payload.len, m.error_text);
	if (r == 0 && m.type == L2TP_MSG_SCCRP)
		MUST(m.assigned_tunnel_id != 0 && m.host_name.len > 0);
	if (r == 0 && m.type == L2TP_MSG_ICRP)
		MUST(m.assigned_session_id != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct l2tp_header header;

	if (l2tp_header_parse(data, size, &header) != 0)
		return 0;
	check_view(data, size, header.payload);
	check_avps(header.payload);
	if (header.flags & L2TP_FLAG_CONTROL)
		check_message(header.payload);
	return 0;
}
