/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole messages from and to the wire, in clear and encrypted (RFC 2409 appendix B). Decrypting
 * changes nothing but the message; its IV counts only once a handler has verified the hash. The
 * padding is zero when sent; when received the last payload decides the end, and what follows is
 * looked at only as to whether it can be padding: no hash covers it, and the next IV comes from it.
 */
#include "ike/message.h"

#include <errno.h>
#include <string.h>

#include "ike/isakmp.h"
#include "ike/keymat.h"
#include "lib/cursor.h"

int incoming_parse(struct incoming *in)
{
	struct cursor c = cursor_init(in->raw.data, in->raw.len);

	(void)cursor_bytes(&c, ISAKMP_HEADER_LEN);
	return payloads_parse(in->header.next, cursor_rest(&c), false, &in->list);
}

/*
 * Appendix B fills up to the block, with anything. racoon adds a whole one where nothing is to be
 * filled up, and says so in its last octet: 16, or 15 where it doesn't count that one; zeroes nobody
 * without the key can make. A longer tail was appended on the way, to have us go on with a wrong IV.
 */
static bool is_padding(struct chunk tail, size_t block)
{
	struct cursor c = cursor_init(tail.data, tail.len);
	uint8_t last = 0, any = 0;

	if (tail.len != block)
		return tail.len < block;
	while (cursor_left(&c) > 0)
		any |= last = cursor_u8(&c);
	return any == 0 || last == block || last == block - 1;
}

int incoming_decrypt(struct incoming *in, const struct ike *ike, const struct ike_sa *sa,
		     const uint8_t iv[static KEYMAT_BLOCK_MAX])
{
	size_t block = keymat_block_len(sa->proposal.encr);
	struct cursor c = cursor_init(in->raw.data, in->raw.len);

	(void)cursor_bytes(&c, ISAKMP_HEADER_LEN);
	size_t len = cursor_left(&c);
	if (len == 0 || len % block != 0 || len > sizeof(in->plain))
		return IKE_DROP_UNDECRYPTABLE;

	const uint8_t *cipher = cursor_bytes(&c, len);
	int r = ike->crypto.cbc(ike->crypto.userdata, sa->proposal.encr, false,
				secret_chunk(&sa->cipher_key), iv, cipher, len, in->plain);
	if (r < 0)
		return r;
	memcpy(in->last_block, cipher + len - block, block);
	if (payloads_parse(in->header.next, (struct chunk){ in->plain, len }, true, &in->list) != 0)
		return IKE_DROP_UNDECRYPTABLE;

	size_t used = in->list.octets.len;
	return is_padding((struct chunk){ in->plain + used, len - used }, block)
		       ? 0
		       : IKE_DROP_MALFORMED;
}

static int open_after(struct incoming *in, const struct ike *ike, const struct ike_sa *sa,
		      enum rules_message message, struct chunk last)
{
	uint8_t iv[KEYMAT_BLOCK_MAX], hash[KEYMAT_HASH_MAX];
	int r = keymat_phase2_iv(&ike->crypto, sa->proposal.hash, last, in->header.msgid, iv);

	if (r < 0)
		return r;
	r = incoming_decrypt(in, ike, sa, iv);
	if (r != 0)
		return r;
	r = rules_check(message, &in->list);
	if (r != 0)
		return r;
	r = keymat_hash_1(&ike->crypto, sa->proposal.hash, &sa->keys.skeyid_a, in->header.msgid,
			  incoming_rest(in), hash);
	if (r < 0)
		return r;
	return incoming_hash_equal(in, sa, hash) ? 0 : IKE_DROP_HASH;
}

int incoming_open(struct incoming *in, const struct ike *ike, const struct ike_sa *sa,
		  enum rules_message message)
{
	const struct chunk last = { sa->last_block, keymat_block_len(sa->proposal.encr) };
	int r = open_after(in, ike, sa, message, last);

	/* libreswan's IV is of the message ID alone as long as its phase 1 doesn't stand. */
	if (r == IKE_DROP_UNDECRYPTABLE && !sa->up)
		r = open_after(in, ike, sa, message, (struct chunk){ "", 0 });
	return r;
}

struct chunk incoming_rest(const struct incoming *in)
{
	struct cursor c = cursor_init(in->list.octets.data, in->list.octets.len);

	(void)cursor_bytes(&c, in->list.list[0].whole.len);
	return cursor_rest(&c);
}

struct chunk incoming_body(const struct incoming *in, uint8_t type, size_t nth)
{
	const struct payload *p = payloads_find(&in->list, type, nth);

	return p ? p->body : (struct chunk){ "", 0 };
}

bool incoming_hash_equal(const struct incoming *in, const struct ike_sa *sa, const uint8_t *hash)
{
	struct chunk body = incoming_body(in, ISAKMP_PAYLOAD_HASH, 0);

	return body.len == keymat_hash_len(sa->proposal.hash) &&
	       secret_equal(body.data, hash, body.len);
}

void outgoing_init(struct outgoing *out, const struct ike_sa *sa, uint8_t exchange, uint32_t msgid)
{
	struct isakmp_header header = { .exchange = exchange, .msgid = msgid };
	const size_t next_at = (size_t)2 * ISAKMP_COOKIE_LEN;

	memcpy(header.cookie_i, sa->cookie_i, ISAKMP_COOKIE_LEN);
	memcpy(header.cookie_r, sa->cookie_r, ISAKMP_COOKIE_LEN);
	out->hash_at = out->hash_len = 0;
	out->b = builder_init(out->data, sizeof(out->data));
	isakmp_header_build(&out->b, &header);
	out->chain = payload_chain_init(&out->b, next_at);
}

void outgoing_hash_open(struct outgoing *out, const struct ike_sa *sa)
{
	size_t mark = payload_open(&out->chain, ISAKMP_PAYLOAD_HASH);

	out->hash_at = builder_len(&out->b);
	out->hash_len = keymat_hash_len(sa->proposal.hash);
	builder_zero(&out->b, out->hash_len);
	payload_close(&out->chain, mark);
}

struct chunk outgoing_rest(const struct outgoing *out)
{
	size_t from = out->hash_at + out->hash_len;

	return (struct chunk){ out->data + from, builder_len(&out->b) - from };
}

void outgoing_hash_fill(struct outgoing *out, const uint8_t *hash)
{
	for (size_t i = 0; i < out->hash_len; i++)
		builder_patch8(&out->b, out->hash_at + i, hash[i]);
}

int outgoing_finish(struct outgoing *out)
{
	isakmp_header_close(&out->b, 0);
	return out->b.overflow ? -ENOBUFS : 0;
}

int outgoing_encrypt(struct outgoing *out, const struct ike *ike, const struct ike_sa *sa,
		     uint8_t iv[static KEYMAT_BLOCK_MAX])
{
	const size_t flags_at = 2 * ISAKMP_COOKIE_LEN + 3;
	size_t block = keymat_block_len(sa->proposal.encr);
	size_t over = (builder_len(&out->b) - ISAKMP_HEADER_LEN) % block;

	builder_zero(&out->b, over == 0 ? 0 : block - over);
	builder_patch8(&out->b, flags_at, ISAKMP_FLAG_ENCRYPTED);
	int r = outgoing_finish(out);
	if (r < 0)
		return r;

	uint8_t *body = out->data + ISAKMP_HEADER_LEN;
	size_t len = builder_len(&out->b) - ISAKMP_HEADER_LEN;
	r = ike->crypto.cbc(ike->crypto.userdata, sa->proposal.encr, true,
			    secret_chunk(&sa->cipher_key), iv, body, len, body);
	if (r < 0)
		return r;
	memcpy(iv, body + len - block, block);
	return 0;
}
