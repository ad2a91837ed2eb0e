/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pieces of messages: for each one an octet for the fragment ID, the number, flags (1: the last, 2: a
 * long time later) and a length with as many octets. Beside the collector runs a naive one that keeps
 * every piece of the message at hand; what comes out must be the pieces in their order.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "ike/fragment.h"
#include "lib/cursor.h"

struct naive {
	struct payload_fragment pieces[FRAGMENT_PIECES_MAX + 1];
};

/* The whole must be the latest piece under each number, up to one that is the last. */
static void check_whole(const struct naive *naive, const uint8_t *whole, size_t len)
{
	size_t at = 0;

	for (size_t i = 1; i <= FRAGMENT_PIECES_MAX; i++) {
		const struct payload_fragment *p = &naive->pieces[i];
		MUST(p->number == i && p->data.len <= len - at);
		MUST(memcmp(whole + at, p->data.data, p->data.len) == 0);
		at += p->data.len;
		if (p->last)
			break;
	}
	MUST(at == len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fragments f;
	static uint8_t whole[IKE_DATAGRAM_MAX];
	struct naive naive = { 0 };
	struct cursor c = cursor_init(data, size);
	nsec_t now = NSEC_PER_SEC;

	fragments_reset(&f);
	while (cursor_left(&c) > 0) {
		struct payload_fragment piece = { .id = cursor_u8(&c), .number = cursor_u8(&c) };
		uint8_t flags = cursor_u8(&c);
		size_t len = 0;

		piece.last = flags & 1;
		piece.data = cursor_chunk(&c, cursor_u8(&c));
		if (piece.data.len == 0 || piece.number == 0)
			continue;
		now += flags & 2 ? FRAGMENT_PATIENCE : 1;
		int r = fragments_add(&f, &piece, now, whole, &len);
		MUST(r == 0 || r == IKE_DROP_DUPLICATE || r == IKE_DROP_LIMIT);
		MUST(f.used <= sizeof(f.data) && f.n <= FRAGMENT_PIECES_MAX);
		if (r == 0)
			naive.pieces[piece.number] = piece;
		if (r == 0 && len > 0)
			check_whole(&naive, whole, len);
	}
	return 0;
}
