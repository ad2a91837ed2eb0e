/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Identities from the words of a profile (RFC 2407 4.6.2.1 has the types). Names of directories are
 * put into DER here: there are three levels of short lengths, and the profile's reader then needs no
 * library for them. The strings are PrintableString where that can hold them, else UTF8String, and
 * IA5String where RFC 5280 appendix A says so; who compares has to take all of them for the same.
 */
#include "client/profile/identity.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "client/profile/text.h"
#include "lib/builder.h"
#include "lib/endpoint.h"

/* X.690 8. */
#define DER_OID		     0x06
#define DER_UTF8_STRING	     0x0c
#define DER_PRINTABLE_STRING 0x13
#define DER_IA5_STRING	     0x16
#define DER_SEQUENCE	     0x30
#define DER_SET		     0x31

struct attribute {
	const char *name;
	const char *oid; /* the content of its DER */
	size_t oid_len;
	bool ia5;
};

/* RFC 4514 3 and RFC 5280 appendix A; further names as OpenSSL and strongSwan have them. */
#define ATTRIBUTE(name, oid, ia5)               \
	{                                       \
		name, oid, sizeof(oid) - 1, ia5 \
	}
static const struct attribute attributes[] = {
	ATTRIBUTE("CN", "\x55\x04\x03", false),
	ATTRIBUTE("serialNumber", "\x55\x04\x05", false),
	ATTRIBUTE("SN", "\x55\x04\x05", false),
	ATTRIBUTE("C", "\x55\x04\x06", false),
	ATTRIBUTE("L", "\x55\x04\x07", false),
	ATTRIBUTE("ST", "\x55\x04\x08", false),
	ATTRIBUTE("STREET", "\x55\x04\x09", false),
	ATTRIBUTE("O", "\x55\x04\x0a", false),
	ATTRIBUTE("OU", "\x55\x04\x0b", false),
	ATTRIBUTE("T", "\x55\x04\x0c", false),
	ATTRIBUTE("title", "\x55\x04\x0c", false),
	ATTRIBUTE("G", "\x55\x04\x2a", false),
	ATTRIBUTE("GN", "\x55\x04\x2a", false),
	ATTRIBUTE("UID", "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x01", false),
	ATTRIBUTE("DC", "\x09\x92\x26\x89\x93\xf2\x2c\x64\x01\x19", true),
	ATTRIBUTE("E", "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", true),
	ATTRIBUTE("emailAddress", "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01", true),
};
#undef ATTRIBUTE

static const struct attribute *attribute_find(const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++)
		if (strlen(attributes[i].name) == len &&
		    strncasecmp(attributes[i].name, name, len) == 0)
			return &attributes[i];
	return NULL;
}

/* Octets of a tag and a length before LEN octets of content. */
static size_t header_len(size_t len)
{
	return len < 0x80 ? 2 : len < 0x100 ? 3 : 4;
}

static void put_header(struct builder *b, uint8_t tag, size_t len)
{
	builder_u8(b, tag);
	if (len >= 0x100) {
		builder_u8(b, 0x82);
		builder_u16(b, (uint16_t)len);
		return;
	}
	if (len >= 0x80)
		builder_u8(b, 0x81);
	builder_u8(b, (uint8_t)len);
}

static uint8_t string_tag(const struct attribute *a, const char *value, size_t len)
{
	if (a->ia5)
		return DER_IA5_STRING;
	for (size_t i = 0; i < len; i++)
		if (!value[i] ||
		    (!isalnum((unsigned char)value[i]) && !strchr(" '()+,-./:=?", value[i])))
			return DER_UTF8_STRING;
	return DER_PRINTABLE_STRING;
}

/* SET { SEQUENCE { OID, string } } */
static void put_rdn(struct builder *b, const struct attribute *a, const char *value, size_t len)
{
	size_t pair = header_len(a->oid_len) + a->oid_len + header_len(len) + len;

	put_header(b, DER_SET, header_len(pair) + pair);
	put_header(b, DER_SEQUENCE, pair);
	put_header(b, DER_OID, a->oid_len);
	builder_bytes(b, a->oid, a->oid_len);
	put_header(b, string_tag(a, value, len), len);
	builder_bytes(b, value, len);
}

/* The value up to the next comma, without what spaces follow it. */
static int take_value(const char **p, char *ret, size_t size, size_t *ret_len)
{
	size_t n = 0, used = 0; /* used: up to the last that is no plain space */

	while (**p == ' ')
		(*p)++;
	for (; **p && **p != ','; (*p)++) {
		bool escaped = **p == '\\';

		if (escaped && !*++*p)
			return -EINVAL;
		if (n == size)
			return -EINVAL;
		ret[n++] = **p;
		if (escaped || **p != ' ')
			used = n;
	}
	if (**p)
		(*p)++;
	*ret_len = used;
	return used > 0 ? 0 : -EINVAL;
}

static int take_rdn(const char **p, struct builder *b)
{
	char value[IKE_ID_MAX];
	size_t len;

	while (**p == ' ')
		(*p)++;
	size_t name_len = strcspn(*p, "=, ");
	const struct attribute *a = attribute_find(*p, name_len);
	*p += name_len;
	while (**p == ' ')
		(*p)++;
	if (!a || **p != '=')
		return -EINVAL;
	(*p)++;
	int r = take_value(p, value, sizeof(value), &len);
	if (r < 0)
		return r;
	for (size_t i = 0; i < len && a->ia5; i++)
		if ((unsigned char)value[i] >= 0x80)
			return -EINVAL;
	put_rdn(b, a, value, len);
	return 0;
}

int identity_parse_dn(const char *text, struct ike_id *ret)
{
	struct ike_id id = { .type = IKE_ID_DER_ASN1_DN };
	uint8_t rdns[IKE_ID_MAX];
	struct builder inner = builder_init(rdns, sizeof(rdns));
	struct builder b = builder_init(id.data, sizeof(id.data));

	for (const char *p = text; *p;)
		if (take_rdn(&p, &inner) < 0)
			return -EINVAL;
	if (builder_finish(&inner) <= 0)
		return -EINVAL;
	put_header(&b, DER_SEQUENCE, builder_len(&inner));
	builder_bytes(&b, rdns, builder_len(&inner));
	if (b.overflow)
		return -EINVAL;
	id.len = builder_len(&b);
	*ret = id;
	return 0;
}

static int from_octets(enum ike_id_type type, const void *data, size_t len, struct ike_id *ret)
{
	struct ike_id id = { .type = type, .len = len };

	if (len == 0 || len > sizeof(id.data))
		return -EINVAL;
	memcpy(id.data, data, len);
	*ret = id;
	return 0;
}

static int from_text(enum ike_id_type type, const char *text, struct ike_id *ret)
{
	return from_octets(type, text, strlen(text), ret);
}

static int digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *p = strchr(digits, tolower((unsigned char)c));

	return c && p ? (int)(p - digits) : -1;
}

static int from_hex(const char *text, struct ike_id *ret)
{
	struct ike_id id = { .type = IKE_ID_KEY_ID };

	if (strncmp(text, "0x", 2) == 0)
		text += 2;
	for (; *text; text += 2) {
		int high = digit(text[0]), low = high < 0 ? -1 : digit(text[1]);
		if (low < 0 || id.len == sizeof(id.data))
			return -EINVAL;
		id.data[id.len++] = (uint8_t)(high << 4 | low);
	}
	if (id.len == 0)
		return -EINVAL;
	*ret = id;
	return 0;
}

int identity_parse(const char *text, struct ike_id *ret)
{
	struct endpoint e;
	size_t len = strlen(text);

	if (!text_is_printable(text))
		return -EINVAL;
	if (strcmp(text, "%any") == 0) {
		*ret = (struct ike_id){ .type = IKE_ID_ANY };
		return 0;
	}
	if (endpoint_parse(text, 0, &e) == 0)
		return from_octets(endpoint_addr_len(&e) == 4 ? IKE_ID_IPV4_ADDR : IKE_ID_IPV6_ADDR,
				   e.addr, endpoint_addr_len(&e), ret);
	if (strncmp(text, "@#", 2) == 0)
		return from_hex(text + 2, ret);
	if (strncmp(text, "@[", 2) == 0 && text[len - 1] == ']')
		return from_octets(IKE_ID_KEY_ID, text + 2, len - 3, ret);
	if (strncmp(text, "@@", 2) == 0)
		return from_text(IKE_ID_USER_FQDN, text + 2, ret);
	if (text[0] == '@')
		return from_text(IKE_ID_FQDN, text + 1, ret);
	if (strchr(text, '='))
		return identity_parse_dn(text, ret);
	if (text[0] == '%')
		return -EINVAL;
	return from_text(strchr(text, '@') ? IKE_ID_USER_FQDN : IKE_ID_FQDN, text, ret);
}
