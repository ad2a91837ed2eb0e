/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PPP frames in both directions: an octet of direction and time, one of length, the frame. Whatever comes, what is
 * sent again was sent before, and it ends.
 */
#include "lib/cursor.h"
#include "ppp/repeat.h"
#include "tests/fuzz/fuzz.h"

static void run_out(struct ppp_repeat *r)
{
	size_t len;

	for (unsigned int i = 0; ppp_repeat_deadline(r) != NSEC_NEVER; i++) {
		nsec_t now = ppp_repeat_deadline(r);

		while (ppp_repeat_due(r, now, &len))
			MUST(len >= 8 && len <= PPP_REPEAT_FRAME_MAX);
		MUST(!ppp_repeat_early(r, &len) || (len >= 8 && len <= PPP_REPEAT_FRAME_MAX));
		(void)ppp_repeat_missing(r, now);
		/*
		 * Echoes go on for as long as a password is being checked, and nothing else does; nor is that
		 * believed of somebody who answers none of them.
		 */
		if (i == 100) {
			MUST(r->proof.waiting && ppp_repeat_deadline(r) >= now + NSEC_PER_SEC);
			MUST(!ppp_repeat_checking(r));
			return;
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct cursor c = cursor_init(data, size);
	struct ppp_repeat r;
	nsec_t now = NSEC_PER_SEC;
	size_t len;

	ppp_repeat_init(&r, 300 * NSEC_PER_MSEC, NSEC_PER_SEC, size & 1);
	while (cursor_left(&c) > 2) {
		uint8_t how = cursor_u8(&c), want = cursor_u8(&c);
		struct chunk frame =
			cursor_chunk(&c, want < cursor_left(&c) ? want : cursor_left(&c));

		now += (how >> 2) * 20 * NSEC_PER_MSEC;
		if (how & 2)
			ppp_repeat_up(&r);
		if (how & 1)
			ppp_repeat_sent(&r, frame.data, frame.len, now);
		else
			ppp_repeat_received(&r, frame.data, frame.len, now);
		while (ppp_repeat_due(&r, now, &len))
			MUST(len >= 8 && len <= PPP_REPEAT_FRAME_MAX);
	}
	run_out(&r);
	return 0;
}
