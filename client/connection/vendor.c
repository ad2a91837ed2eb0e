/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The vendor IDs that say something. Most are the MD5 of a text; behind the beginning that is given
 * here there may be a version. Many gateways, Yamaha's among them, name no product, and then nothing
 * is said about it: features alone are no proof.
 */
#include "client/connection/vendor.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "client/failure/i18n.h"
#include "lib/macros.h"

struct row {
	const char *name;
	bool product; /* else a feature */
	size_t len;
	const char *id; /* how it begins */
};

#define ID(text) sizeof(text) - 1, text

/* clang-format off */
static const struct row table[] = {
	{ "strongSwan", true, ID("\x88\x2f\xe5\x6d\x6f\xd2\x0d\xbc\x22\x51\x61\x3b\x2e\xbe\x5b\xeb") },
	{ "libreswan", true, ID("OE-Libreswan-") },
	{ "Windows", true, ID("\x1e\x2b\x51\x69\x05\x99\x1c\x7d\x7c\x96\xfc\xbf\xb5\x87\xe4\x61") },
	{ "racoon (KAME)", true, ID("\x70\x03\xcb\xc1\x09\x7d\xbe\x9c\x26\x00\xba\x69\x83\xbc\x8b\x35") },
	{ "Cisco VPN 3000", true, ID("\x1f\x07\xf7\x0e\xaa\x65\x14\xd3\xb0\xfa\x96\x54\x2a\x50") },
	{ "Check Point", true, ID("\xf4\xed\x19\xe0\xc1\x14\xeb\x51\x6f\xaa\xac\x0e\xe3\x7d\xaf\x28\x07\xb4\x38\x1f") },
	{ N_("NAT traversal (RFC 3947)"), false, ID("\x4a\x13\x1c\x81\x07\x03\x58\x45\x5c\x57\x28\xf2\x0e\x95\x45\x2f") },
	{ N_("NAT traversal (draft 3)"), false, ID("\x7d\x94\x19\xa6\x53\x10\xca\x6f\x2c\x17\x9d\x92\x15\x52\x9d\x56") },
	{ N_("NAT traversal (draft 2)"), false, ID("\x90\xcb\x80\x91\x3e\xbb\x69\x6e\x08\x63\x81\xb5\xec\x42\x7b\x1f") },
	{ N_("NAT traversal (draft 2)"), false, ID("\xcd\x60\x46\x43\x35\xdf\x21\xf8\x7c\xfd\xb2\xfc\x68\xb6\xa4\x48") },
	{ N_("dead peer detection"), false, ID("\xaf\xca\xd7\x13\x68\xa1\xf1\xc9\x6b\x86\x96\xfc\x77\x57") },
	{ N_("IKE fragmentation"), false, ID("\x40\x48\xb7\xd5\x6e\xbc\xe8\x85\x25\xe7\xde\x7f\x00\xd6\xc2\xd3") },
	{ "XAUTH", false, ID("\x09\x00\x26\x89\xdf\xd6\xb7\x12") },
	{ "Cisco Unity", false, ID("\x12\xf5\xf2\x8c\x45\x71\x68\xa9\x70\x2d\x9f\xe2\x74\xcc") },
};
/* clang-format on */

static_assert(ARRAY_SIZE(table) <= 32, "a bit for each row");

void vendors_add(struct vendors *v, const uint8_t *data, size_t len)
{
	for (size_t i = 0; i < ARRAY_SIZE(table); i++)
		if (len >= table[i].len && memcmp(data, table[i].id, table[i].len) == 0) {
			v->known |= UINT32_C(1) << i;
			return;
		}
	if (v->n_unknown++ > 0)
		return;
	v->unknown_len = len < sizeof(v->unknown) ? len : sizeof(v->unknown);
	memcpy(v->unknown, data, v->unknown_len);
}

static void add(char *ret, const char *separator, const char *word)
{
	size_t used = strlen(ret);

	(void)snprintf(ret + used, VENDORS_WORDS_MAX - used, "%s%s", used ? separator : "", word);
}

static void add_names(const struct vendors *v, bool product, char *ret)
{
	const char *separator = "; ", *last = "";

	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		if (!(v->known & UINT32_C(1) << i) || table[i].product != product ||
		    strcmp(table[i].name, last) == 0)
			continue;
		add(ret, separator, _(table[i].name));
		last = table[i].name;
		separator = ", ";
	}
}

static void add_unknown(const struct vendors *v, char *ret)
{
	char text[32 + 2 * VENDORS_UNKNOWN_MAX];
	int n = snprintf(text, sizeof(text), _("%u unknown: "), v->n_unknown);

	for (size_t i = 0; i < v->unknown_len && (size_t)n + 2 * i + 3 <= sizeof(text); i++)
		(void)snprintf(text + (size_t)n + 2 * i, 3, "%02x", v->unknown[i]);
	add(ret, "; ", text);
}

const char *vendors_words(const struct vendors *v, char ret[static VENDORS_WORDS_MAX])
{
	ret[0] = '\0';
	add_names(v, true, ret);
	if (!ret[0])
		add(ret, "", _("names no product"));
	add_names(v, false, ret);
	if (v->n_unknown)
		add_unknown(v, ret);
	return ret;
}
