/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PPP frames in both directions, in the format of fuzz-ppp-repeat; the size says which MPPE is demanded. Whatever comes,
 * the findings are such that the client reads them as they were written; and the input itself is read as a datagram.
 */
#include <string.h>

#include "lib/cursor.h"
#include "ppp/observe.h"
#include "tests/fuzz/fuzz.h"

static void check(const struct ppp_findings *f)
{
	uint8_t data[PPP_FINDINGS_MAX], again[PPP_FINDINGS_MAX];
	struct ppp_findings read = { 0 };
	size_t len = ppp_findings_write(f, data);

	MUST(len <= sizeof(data));
	MUST(ppp_findings_parse(data, len, &read) == 0);
	MUST(ppp_findings_write(&read, again) == len && memcmp(data, again, len) == 0);
	MUST(strcmp(read.text, f->text) == 0 && strcmp(read.farewell, f->farewell) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_init(data, size);
	struct ppp_observe o = { .mppe_demand = size & (PPP_MPPE_40 | PPP_MPPE_128) };
	struct ppp_findings f;

	if (ppp_findings_parse(data, size, &f) == 0)
		check(&f);
	while (cursor_left(&c) > 2) {
		uint8_t how = cursor_u8(&c), want = cursor_u8(&c);
		struct chunk frame =
			cursor_chunk(&c, want < cursor_left(&c) ? want : cursor_left(&c));

		(how & 1 ? ppp_observe_sent : ppp_observe_received)(&o, frame.data, frame.len);
		check(&o.found);
	}
	return 0;
}
