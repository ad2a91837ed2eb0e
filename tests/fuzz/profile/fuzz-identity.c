/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An identity of a profile, whatever stands there. One that is taken has a type, fits, and if it is a
 * name is DER that OpenSSL reads to its last octet.
 */
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "client/profile/identity.h"
#include "tests/fuzz/fuzz.h"

static void check_name(const struct ike_id *id)
{
	const uint8_t *p = id->data;
	X509_NAME *name = d2i_X509_NAME(NULL, &p, (long)id->len);

	/* OpenSSL reads strings of UTF-8 only when they are; the DER around must be right always. */
	MUST(!name || p == id->data + id->len);
	MUST(id->len >= 2 && id->data[0] == 0x30);
	X509_NAME_free(name);
	ERR_clear_error();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ike_id id = { .type = IKE_ID_KEY_ID, .len = 1 };
	char *text = calloc(1, size + 1);

	if (!text)
		return 0;
	if (size > 0)
		memcpy(text, data, size);
	int r = identity_parse(text, &id);
	MUST(r == 0 || id.len == 1);
	MUST(id.len <= IKE_ID_MAX && (id.len > 0 || id.type == IKE_ID_ANY));
	if (r == 0 && id.type == IKE_ID_DER_ASN1_DN)
		check_name(&id);
	if (identity_parse_dn(text, &id) == 0)
		check_name(&id);
	free(text);
	return 0;
}
