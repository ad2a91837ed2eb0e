/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Identities as the profile writes them, made from a peer's octets: what identity.c would read as the
 * same identity, so that it can be copied into the profile. Where nothing of that can be shown, and
 * for the names of certificates, the type's number and the octets in hexadecimal.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "client/profile/identity.h"
#include "client/profile/text.h"
#include "lib/endpoint.h"

/* Whether the text is this identity and can be shown. */
static bool is_written(const struct ike_id *id, const char *text)
{
	struct ike_id read;

	return text_is_printable(text) && identity_parse(text, &read) == 0 &&
	       read.type == id->type && read.len == id->len &&
	       memcmp(read.data, id->data, id->len) == 0;
}

static bool format_address(const struct ike_id *id, char ret[static IDENTITY_TEXT_MAX])
{
	struct endpoint e = { .family = id->type == IKE_ID_IPV6_ADDR ? AF_INET6 : AF_INET };

	if ((id->type != IKE_ID_IPV4_ADDR && id->type != IKE_ID_IPV6_ADDR) ||
	    id->len != endpoint_addr_len(&e))
		return false;
	memcpy(e.addr, id->data, id->len);
	endpoint_addr_str(&e, ret);
	return true;
}

static bool format_text(const struct ike_id *id, char ret[static IDENTITY_TEXT_MAX])
{
	static const struct {
		const char *before, *after;
	} forms[] = { { "", "" }, { "@", "" }, { "@@", "" }, { "@[", "]" } };

	if (id->type == IKE_ID_DER_ASN1_DN || memchr(id->data, '\0', id->len))
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		int n = snprintf(ret, IDENTITY_TEXT_MAX, "%s%.*s%s", forms[i].before, (int)id->len,
				 (const char *)id->data, forms[i].after);
		if (n > 0 && n < IDENTITY_TEXT_MAX && is_written(id, ret))
			return true;
	}
	return false;
}

static void format_octets(const struct ike_id *id, char ret[static IDENTITY_TEXT_MAX])
{
	int used = id->type == IKE_ID_KEY_ID
			   ? snprintf(ret, IDENTITY_TEXT_MAX, "@#")
			   : snprintf(ret, IDENTITY_TEXT_MAX, "type %d: 0x", (int)id->type);

	for (size_t i = 0; i < id->len && used > 0; i++) {
		/* Room for two digits, three points and the end. */
		bool full = used + 6 > IDENTITY_TEXT_MAX;
		used += snprintf(ret + used, IDENTITY_TEXT_MAX - (size_t)used,
				 full ? "..." : "%02x", id->data[i]);
		if (full)
			return;
	}
}

const char *identity_format(const struct ike_id *id, char ret[static IDENTITY_TEXT_MAX])
{
	if (!format_address(id, ret) && !format_text(id, ret))
		format_octets(id, ret);
	return ret;
}
