/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A peer that knows the keys and the structure of what it says: it makes the right answer to our last
 * message, changes it, and protects it by right hashes and the cipher. The input: an octet of options
 * (see ike-run.h) and steps, an octet for what and then:
 *   0  the right answer
 *   1  the right answer with a change (below), hashes right again
 *   2  the right answer with an octet of the datagram XORed (offset of 16 bits, octet)
 *   3  that answer once more
 *   4  until the deadline   5  rekey   6  time in units of 10 ms (16 bits)
 *   7  an informational message with one payload: type, length (an octet), body
 *   8  as 1, in pieces of a length (an octet), the last one first
 * A change is a number of payload (the hash is not counted when it is the first) and what befalls it:
 *   0  another type (an octet)         1  its length changed by a signed octet
 *   2  left out                        3  there twice
 *   4  its body XORed at an offset (an octet each)   5  its body cut to a length (an octet)
 *   6  octets (length in an octet) appended to its body   7  the reserved octet set
 *   8  moved to the end                9  a payload of a type, length and body put before it
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "ike-run.h"
#include "lib/cursor.h"

#define STEPS_MAX 300
#define TEXT_MAX  3000

/* A payload to be written: what its header shall say and its body. */
struct item {
	uint8_t type, reserved;
	int longer; /* than it is, in the length field */
	size_t len;
	uint8_t body[TEXT_MAX];
};

struct text {
	size_t n;
	struct item items[ISAKMP_PAYLOADS_MAX];
};

static struct text text;

/* The payloads of what the peer wrote. False: it is too long. */
static bool take_apart(const struct peer *p, struct isakmp_header *ret_header)
{
	struct cursor c = cursor_init(p->out.data, builder_len(&p->out.b));
	struct payloads list;

	MUST(isakmp_header_parse(cursor_rest(&c), ret_header) == 0);
	c = cursor_init(p->out.data, builder_len(&p->out.b));
	(void)cursor_bytes(&c, ISAKMP_HEADER_LEN);
	MUST(payloads_parse(ret_header->next, cursor_rest(&c), true, &list) == 0);
	text.n = list.n;
	for (size_t i = 0; i < list.n; i++) {
		struct item *item = &text.items[i];
		if (list.list[i].body.len > sizeof(item->body))
			return false;
		*item = (struct item){ .type = list.list[i].type, .len = list.list[i].body.len };
		memcpy(item->body, list.list[i].body.data, item->len);
	}
	return true;
}

static void insert(size_t at, const struct item *item)
{
	static struct item copy; /* it may be one of those that move */

	if (text.n == ISAKMP_PAYLOADS_MAX)
		return;
	copy = *item;
	memmove(&text.items[at + 1], &text.items[at], (text.n - at) * sizeof(copy));
	text.items[at] = copy;
	text.n++;
}

static void cut_out(size_t at)
{
	memmove(&text.items[at], &text.items[at + 1], (text.n - at - 1) * sizeof(text.items[0]));
	text.n--;
}

static void append(struct item *item, struct chunk octets)
{
	if (octets.len > 0 && octets.len <= sizeof(item->body) - item->len) {
		memcpy(item->body + item->len, octets.data, octets.len);
		item->len += octets.len;
	}
}

static void change(struct cursor *c)
{
	static struct item moved;
	size_t at = cursor_u8(c);
	uint8_t what = cursor_u8(c) % 10;

	if (text.items[0].type == ISAKMP_PAYLOAD_HASH && text.n > 1)
		at = 1 + at % (text.n - 1);
	else
		at %= text.n;
	struct item *item = &text.items[at];
	switch (what) {
	case 0:
		item->type = cursor_u8(c);
		break;
	case 1:
		item->longer = (int8_t)cursor_u8(c);
		break;
	case 2:
		if (text.n > 1)
			cut_out(at);
		break;
	case 3:
		insert(at, item);
		break;
	case 4: {
		size_t offset = cursor_u8(c);
		uint8_t octet = cursor_u8(c);
		if (item->len > 0)
			item->body[offset % item->len] ^= octet;
		break;
	}
	case 5: {
		size_t len = cursor_u8(c);
		item->len = len < item->len ? len : item->len;
		break;
	}
	case 6: {
		struct chunk octets = cursor_chunk(c, cursor_u8(c));
		append(item, octets);
		break;
	}
	case 7:
		item->reserved = cursor_u8(c);
		break;
	case 8:
		moved = *item;
		cut_out(at);
		insert(text.n, &moved);
		break;
	case 9: {
		moved = (struct item){ .type = cursor_u8(c) };
		struct chunk octets = cursor_chunk(c, cursor_u8(c));
		append(&moved, octets);
		insert(at, &moved);
		break;
	}
	}
}

/* The message again, into the peer's reply; whatever the hashes are, they are right (ike-run.h). */
static void put_together(struct peer *p, const struct isakmp_header *header)
{
	struct builder b = builder_init(p->reply, sizeof(p->reply));
	struct isakmp_header h = *header;

	h.next = text.items[0].type;
	if (p->sa.floated)
		builder_zero(&b, ISAKMP_MARKER_LEN);
	size_t start = builder_len(&b);
	isakmp_header_build(&b, &h);
	for (size_t i = 0; i < text.n; i++) {
		const struct item *item = &text.items[i];
		builder_u8(&b, i + 1 < text.n ? text.items[i + 1].type : 0);
		builder_u8(&b, item->reserved);
		builder_u16(&b, (uint16_t)((int)item->len + 4 + item->longer));
		builder_bytes(&b, item->body, item->len);
	}
	while ((h.flags & ISAKMP_FLAG_ENCRYPTED) && !b.overflow &&
	       (builder_len(&b) - start - ISAKMP_HEADER_LEN) % 16 != 0)
		builder_u8(&b, 0);
	isakmp_header_close(&b, start);
	p->reply_len = b.overflow ? 0 : builder_len(&b);
}

static void give_pieces(struct run *run, const struct isakmp_header *header, size_t part)
{
	struct peer *p = run->peer;
	size_t skip = p->sa.floated ? ISAKMP_MARKER_LEN : 0, len = p->reply_len - skip;
	size_t n = part > 0 ? (len + part - 1) / part : 0;
	struct isakmp_header h = *header;
	uint8_t buf[IKE_DATAGRAM_MAX];

	h.flags = 0;
	for (size_t i = n; i > 0 && n < 256; i--) {
		struct builder b = builder_init(buf, sizeof(buf));
		const struct payload_fragment piece = {
			.id = 1,
			.number = (uint8_t)i,
			.last = i == n,
			.data = { p->reply + skip + (i - 1) * part,
				  i == n ? len - (i - 1) * part : part },
		};
		builder_zero(&b, skip);
		isakmp_header_build(&b, &h);
		struct payload_chain chain =
			payload_chain_init(&b, skip + (size_t)2 * ISAKMP_COOKIE_LEN);
		size_t mark = payload_open(&chain, ISAKMP_PAYLOAD_FRAGMENT);
		payload_fragment_build(&b, &piece);
		payload_close(&chain, mark);
		isakmp_header_close(&b, skip);
		run_give(run, buf, builder_len(&b));
		run_settle(run);
	}
}

/* Makes the right answer and changes it. False: there is no answer. */
static bool answer(struct run *run, struct cursor *c, bool changed, struct isakmp_header *ret)
{
	if (!run_answer(run) || !take_apart(run->peer, ret))
		return false;
	if (!changed)
		return true;
	change(c);
	put_together(run->peer, ret);
	return run->peer->reply_len > 0;
}

static void give_reply(struct run *run)
{
	run_give(run, run->peer->reply, run->peer->reply_len);
}

static void step(struct run *run, struct cursor *c)
{
	struct peer *p = run->peer;
	nsec_t deadline = ike_deadline(run->ike);
	struct isakmp_header header;

	switch (cursor_u8(c) % 9) {
	case 0:
		if (answer(run, c, false, &header))
			give_reply(run);
		break;
	case 1:
		if (answer(run, c, true, &header))
			give_reply(run);
		break;
	case 2:
		if (answer(run, c, false, &header)) {
			size_t at = cursor_u16(c) % p->reply_len;
			p->reply[at] ^= cursor_u8(c);
			give_reply(run);
		}
		break;
	case 3:
		if (p->reply_len > 0)
			give_reply(run);
		break;
	case 4:
		if (deadline != NSEC_NEVER)
			run_pass_time(run, deadline > run->now ? deadline : run->now);
		break;
	case 5:
		run_rekey(run);
		break;
	case 6:
		run_pass_time(run, run->now + cursor_u16(c) * 10 * NSEC_PER_MSEC);
		break;
	case 7: {
		uint8_t type = cursor_u8(c);
		struct chunk body = cursor_chunk(c, cursor_u8(c));
		if (p->sa.cipher_key.len == 0 || !body.data)
			break;
		peer_send_info(p, (uint32_t)run->now | 1, type, body);
		give_reply(run);
		break;
	}
	case 8:
		if (answer(run, c, true, &header))
			give_pieces(run, &header, cursor_u8(c));
		break;
	}
}

static bool input(const struct run_input *in)
{
	static struct peer peer;
	struct cursor c = cursor_init(in->data, in->size);
	struct run run;

	run_begin(&run, &peer, cursor_u8(&c));
	run.work.fails_in = in->fails_in;
	for (unsigned int i = 0; i < STEPS_MAX && cursor_left(&c) > 0; i++) {
		step(&run, &c);
		run_settle(&run);
	}
	run_end(&run);
	return run.work.failed;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	run_each(data, size, input);
	return 0;
}
