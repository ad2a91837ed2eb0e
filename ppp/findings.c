/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The findings as a datagram: a mark, a word of flags, the numbers, both texts with their lengths. Writer and reader
 * are built together; whatever isn't what the writer makes is refused.
 */
#include "ppp/findings.h"

#include <errno.h>
#include <string.h>

#include "lib/builder.h"
#include "lib/cursor.h"

enum {
	HEARD = 1 << 0,
	OPEN = 1 << 1,
	CHECKING = 1 << 2,
	METHOD_REJECTED = 1 << 3,
	IPCP_REJECTED = 1 << 4,
	MPPE_ASKED = 1 << 5,
	MPPE_DECLINED = 1 << 6,
	MPPE_REFUSED = 1 << 7,
	IPCP_OPEN = 1 << 8,
	IPV6CP_OPEN = 1 << 9,
	TERMINATED = 1 << 10,
	SILENT = 1 << 11,
	MPPE_UNMET = 1 << 12,
	FLAGS_END = 1 << 13,
};

static uint16_t flags_of(const struct ppp_findings *f)
{
	int flags = (f->heard ? HEARD : 0) | (f->open ? OPEN : 0) | (f->checking ? CHECKING : 0) |
		    (f->method_rejected ? METHOD_REJECTED : 0) |
		    (f->ipcp_rejected ? IPCP_REJECTED : 0) | (f->mppe_asked ? MPPE_ASKED : 0) |
		    (f->mppe_declined ? MPPE_DECLINED : 0) | (f->mppe_refused ? MPPE_REFUSED : 0) |
		    (f->ipcp_open ? IPCP_OPEN : 0) | (f->ipv6cp_open ? IPV6CP_OPEN : 0) |
		    (f->terminated ? TERMINATED : 0) | (f->silent ? SILENT : 0) |
		    (f->mppe_unmet ? MPPE_UNMET : 0);

	return (uint16_t)flags;
}

static void set_flags(struct ppp_findings *f, uint16_t flags)
{
	f->heard = flags & HEARD;
	f->open = flags & OPEN;
	f->checking = flags & CHECKING;
	f->method_rejected = flags & METHOD_REJECTED;
	f->ipcp_rejected = flags & IPCP_REJECTED;
	f->mppe_asked = flags & MPPE_ASKED;
	f->mppe_declined = flags & MPPE_DECLINED;
	f->mppe_refused = flags & MPPE_REFUSED;
	f->ipcp_open = flags & IPCP_OPEN;
	f->ipv6cp_open = flags & IPV6CP_OPEN;
	f->terminated = flags & TERMINATED;
	f->silent = flags & SILENT;
	f->mppe_unmet = flags & MPPE_UNMET;
}

static void write_text(struct builder *b, const char text[static PPP_TEXT_MAX])
{
	size_t len = strnlen(text, PPP_TEXT_MAX - 1);

	builder_u8(b, (uint8_t)len);
	builder_bytes(b, text, len);
}

/* Return: whether every octet is printable. */
static bool read_text(struct cursor *c, char ret[static PPP_TEXT_MAX])
{
	size_t len = cursor_u8(c);

	if (len >= PPP_TEXT_MAX)
		return false;
	cursor_copy(c, ret, len);
	ret[len] = '\0';
	for (size_t i = 0; i < len; i++)
		if (ret[i] < ' ' || ret[i] > '~')
			return false;
	return true;
}

size_t ppp_findings_write(const struct ppp_findings *f, uint8_t ret[static PPP_FINDINGS_MAX])
{
	struct builder b = builder_init(ret, PPP_FINDINGS_MAX);

	builder_u8(&b, PPP_FINDINGS_MARK);
	builder_u16(&b, flags_of(f));
	builder_u16(&b, f->asked);
	builder_u16(&b, f->declined);
	builder_u8(&b, (uint8_t)f->agreed);
	builder_u8(&b, (uint8_t)f->login);
	builder_u8(&b, (uint8_t)f->used);
	builder_u16(&b, (uint16_t)f->code);
	write_text(&b, f->text);
	write_text(&b, f->farewell);
	return builder_len(&b);
}

int ppp_findings_parse(const void *data, size_t len, struct ppp_findings *ret)
{
	struct cursor c = cursor_init(data, len);
	struct ppp_findings f = { 0 };

	if (cursor_u8(&c) != PPP_FINDINGS_MARK)
		return -EBADMSG;
	uint16_t flags = cursor_u16(&c);
	f.asked = cursor_u16(&c);
	f.declined = cursor_u16(&c);
	uint8_t agreed = cursor_u8(&c), login = cursor_u8(&c), used = cursor_u8(&c);
	f.code = cursor_u16(&c);
	bool printable = read_text(&c, f.text);
	printable = read_text(&c, f.farewell) && printable;
	bool known = flags < FLAGS_END && (f.asked | f.declined) >> PPP_METHOD_COUNT == 0 &&
		     agreed < PPP_METHOD_COUNT && used < PPP_METHOD_COUNT &&
		     login < PPP_LOGIN_COUNT;
	if (!cursor_done(&c) || !printable || !known)
		return -EBADMSG;
	set_flags(&f, flags);
	f.agreed = (enum ppp_method)agreed;
	f.login = (enum ppp_login)login;
	f.used = (enum ppp_method)used;
	*ret = f;
	return 0;
}
