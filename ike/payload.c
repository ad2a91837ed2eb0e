/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Octets to payloads and back: the header (RFC 2408 3.1), the chain of generic payload headers
 * (3.2) and the bodies of identity (RFC 2407 4.6.2), certificate (RFC 2408 3.9), notify (RFC 2408 3.14), delete (3.15),
 * attributes (mode-cfg 3.2) and NAT-OA (RFC 3947 5.2). The SA payload has a file of its own. Which payloads a message must have
 * is rules.c's matter, what they mean is the handlers'.
 *
 * Policy: a reserved octet of the generic header that isn't zero is malformed (RFC 2408 5.3 says
 * so); the reserved octets of bodies are not looked at. Payload types are not judged here. Pluto fills
 * messages in clear up with zeroes to a multiple of four octets, where no RFC says that it may: with a
 * vendor ID of an odd length it couldn't be connected to otherwise.
 */
#include "ike/payload.h"

#include <string.h>
#include <sys/socket.h>

#include "lib/cursor.h"

int isakmp_header_parse(struct chunk data, struct isakmp_header *ret)
{
	struct cursor c = cursor_init(data.data, data.len);
	struct isakmp_header header;

	cursor_copy(&c, header.cookie_i, sizeof(header.cookie_i));
	cursor_copy(&c, header.cookie_r, sizeof(header.cookie_r));
	header.next = cursor_u8(&c);
	uint8_t version = cursor_u8(&c);
	header.exchange = cursor_u8(&c);
	header.flags = cursor_u8(&c);
	header.msgid = cursor_u32(&c);
	header.length = cursor_u32(&c);
	if (c.bad || header.length != data.len)
		return IKE_DROP_MALFORMED;
	/* RFC 2408 5.2: another major version is refused, a newer minor one is not. */
	if ((version & 0xf0) != (ISAKMP_VERSION & 0xf0))
		return IKE_DROP_MALFORMED;
	*ret = header;
	return 0;
}

/* One payload off the cursor; *NEXT names its type and then its successor's. */
static int payload_take(struct cursor *c, uint8_t *next, struct payload *ret)
{
	struct cursor peek = *c;
	uint8_t successor = cursor_u8(&peek);
	uint8_t reserved = cursor_u8(&peek);
	uint16_t len = cursor_u16(&peek);

	if (peek.bad || reserved != 0 || len < ISAKMP_PAYLOAD_HEADER_LEN)
		return IKE_DROP_MALFORMED;

	struct chunk whole = cursor_chunk(c, len);
	struct chunk body = cursor_chunk(&peek, len - ISAKMP_PAYLOAD_HEADER_LEN);
	if (c->bad || peek.bad)
		return IKE_DROP_MALFORMED;
	*ret = (struct payload){ .type = *next, .body = body, .whole = whole };
	*next = successor;
	return 0;
}

static bool is_filling(struct cursor c)
{
	bool zero = cursor_left(&c) < 4;

	while (cursor_left(&c) > 0)
		zero &= cursor_u8(&c) == 0;
	return zero;
}

int payloads_parse(uint8_t first, struct chunk data, bool padded, struct payloads *ret)
{
	struct cursor c = cursor_init(data.data, data.len);
	struct payloads list = { .n = 0 };

	for (uint8_t next = first; next != ISAKMP_PAYLOAD_NONE; list.n++) {
		if (list.n == ISAKMP_PAYLOADS_MAX)
			return IKE_DROP_LIMIT;
		int r = payload_take(&c, &next, &list.list[list.n]);
		if (r != 0)
			return r;
	}
	if (list.n == 0 || (!padded && !is_filling(c)))
		return IKE_DROP_MALFORMED;
	list.octets = (struct chunk){ data.data, data.len - cursor_left(&c) };
	*ret = list;
	return 0;
}

const struct payload *payloads_find(const struct payloads *list, uint8_t type, size_t nth)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->list[i].type == type && nth-- == 0)
			return &list->list[i];
	return NULL;
}

size_t payloads_count(const struct payloads *list, uint8_t type)
{
	size_t count = 0;

	for (size_t i = 0; i < list->n; i++)
		count += list->list[i].type == type;
	return count;
}

int payload_id_parse(struct chunk body, struct payload_id *ret)
{
	struct cursor c = cursor_init(body.data, body.len);
	struct payload_id id;

	id.type = cursor_u8(&c);
	id.protocol = cursor_u8(&c);
	id.port = cursor_u16(&c);
	id.data = cursor_rest(&c);
	if (c.bad)
		return IKE_DROP_MALFORMED;
	*ret = id;
	return 0;
}

int payload_cert_parse(struct chunk body, struct payload_cert *ret)
{
	struct cursor c = cursor_init(body.data, body.len);
	struct payload_cert cert;

	cert.encoding = cursor_u8(&c);
	cert.data = cursor_rest(&c);
	if (c.bad)
		return IKE_DROP_MALFORMED;
	*ret = cert;
	return 0;
}

int payload_notify_parse(struct chunk body, struct payload_notify *ret)
{
	struct cursor c = cursor_init(body.data, body.len);
	struct payload_notify notify;

	notify.doi = cursor_u32(&c);
	notify.protocol = cursor_u8(&c);
	uint8_t spi_len = cursor_u8(&c);
	notify.type = cursor_u16(&c);
	notify.spi = cursor_chunk(&c, spi_len);
	notify.data = cursor_rest(&c);
	if (c.bad)
		return IKE_DROP_MALFORMED;
	*ret = notify;
	return 0;
}

int payload_delete_parse(struct chunk body, struct payload_delete *ret)
{
	struct cursor c = cursor_init(body.data, body.len);
	struct payload_delete del;

	del.doi = cursor_u32(&c);
	del.protocol = cursor_u8(&c);
	del.spi_len = cursor_u8(&c);
	del.n_spis = cursor_u16(&c);
	if (!c.bad && del.n_spis > ISAKMP_SPIS_MAX)
		return IKE_DROP_LIMIT;
	del.spis = cursor_chunk(&c, (size_t)del.n_spis * del.spi_len);
	if (!cursor_done(&c))
		return IKE_DROP_MALFORMED;
	*ret = del;
	return 0;
}

int payload_attributes_parse(struct chunk body, struct payload_attributes *ret)
{
	struct cursor c = cursor_init(body.data, body.len);
	struct payload_attributes attributes;

	attributes.type = cursor_u8(&c);
	(void)cursor_u8(&c);
	attributes.id = cursor_u16(&c);
	attributes.attributes = cursor_rest(&c);
	if (c.bad)
		return IKE_DROP_MALFORMED;
	*ret = attributes;
	return 0;
}

int payload_nat_oa_parse(struct chunk body, struct endpoint *ret)
{
	struct cursor c = cursor_init(body.data, body.len);
	struct endpoint address = { .family = AF_INET };
	uint8_t type = cursor_u8(&c);

	(void)cursor_bytes(&c, 3);
	if (type == IKE_ID_IPV6_ADDR)
		address.family = AF_INET6;
	else if (type != IKE_ID_IPV4_ADDR)
		return IKE_DROP_MALFORMED;
	cursor_copy(&c, address.addr, endpoint_addr_len(&address));
	if (!cursor_done(&c))
		return IKE_DROP_MALFORMED;
	*ret = address;
	return 0;
}

void isakmp_header_build(struct builder *b, const struct isakmp_header *header)
{
	builder_bytes(b, header->cookie_i, sizeof(header->cookie_i));
	builder_bytes(b, header->cookie_r, sizeof(header->cookie_r));
	builder_u8(b, header->next);
	builder_u8(b, ISAKMP_VERSION);
	builder_u8(b, header->exchange);
	builder_u8(b, header->flags);
	builder_u32(b, header->msgid);
	builder_u32(b, header->length);
}

void isakmp_header_close(struct builder *b, size_t start)
{
	builder_patch32(b, start + ISAKMP_HEADER_LEN - 4, (uint32_t)(builder_len(b) - start));
}

struct payload_chain payload_chain_init(struct builder *b, size_t link)
{
	return (struct payload_chain){ .b = b, .link = link };
}

size_t payload_open(struct payload_chain *chain, uint8_t type)
{
	size_t mark = builder_len(chain->b);

	builder_patch8(chain->b, chain->link, type);
	builder_zero(chain->b, ISAKMP_PAYLOAD_HEADER_LEN);
	chain->link = mark;
	return mark;
}

void payload_close(struct payload_chain *chain, size_t mark)
{
	size_t len = builder_len(chain->b) - mark;

	if (len > UINT16_MAX)
		chain->b->overflow = true;
	builder_patch16(chain->b, mark + 2, (uint16_t)len);
}

void payload_add(struct payload_chain *chain, uint8_t type, const void *body, size_t len)
{
	size_t mark = payload_open(chain, type);

	builder_bytes(chain->b, body, len);
	payload_close(chain, mark);
}

void payload_id_build(struct builder *b, const struct payload_id *id)
{
	builder_u8(b, id->type);
	builder_u8(b, id->protocol);
	builder_u16(b, id->port);
	builder_bytes(b, id->data.data, id->data.len);
}

void payload_cert_build(struct builder *b, const struct payload_cert *cert)
{
	builder_u8(b, cert->encoding);
	builder_bytes(b, cert->data.data, cert->data.len);
}

void payload_notify_build(struct builder *b, const struct payload_notify *notify)
{
	builder_u32(b, notify->doi);
	builder_u8(b, notify->protocol);
	builder_u8(b, (uint8_t)notify->spi.len);
	builder_u16(b, notify->type);
	builder_bytes(b, notify->spi.data, notify->spi.len);
	builder_bytes(b, notify->data.data, notify->data.len);
}

void payload_delete_build(struct builder *b, const struct payload_delete *del)
{
	builder_u32(b, del->doi);
	builder_u8(b, del->protocol);
	builder_u8(b, del->spi_len);
	builder_u16(b, del->n_spis);
	builder_bytes(b, del->spis.data, del->spis.len);
}

void payload_attributes_build(struct builder *b, const struct payload_attributes *attributes)
{
	builder_u8(b, attributes->type);
	builder_zero(b, 1);
	builder_u16(b, attributes->id);
	builder_bytes(b, attributes->attributes.data, attributes->attributes.len);
}

void payload_nat_oa_build(struct builder *b, const struct endpoint *address)
{
	builder_u8(b, (uint8_t)payload_id_type(address));
	builder_zero(b, 3);
	builder_bytes(b, address->addr, endpoint_addr_len(address));
}

enum ike_id_type payload_id_type(const struct endpoint *address)
{
	return address->family == AF_INET6 ? IKE_ID_IPV6_ADDR : IKE_ID_IPV4_ADDR;
}
