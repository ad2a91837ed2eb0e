/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Certificates, keys and revocation lists from where they are kept. OpenSSL's store tells PEM, DER
 * and PKCS #12 apart by itself; files are read here first, so that the rules for files with secrets
 * hold for them and the store sees memory alone. What is no file is a token's business: a pkcs11:
 * URI (RFC 7512) goes to OpenSSL, with the provider pkcs11, which the machine must have.
 */
#include "client/certificate/certificate-file.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/store.h>
#include <openssl/ui.h>
#include <openssl/x509.h>

#include "client/certificate/legacy-file.h"
#include "client/failure/i18n.h"
#include "client/profile/private-file.h"

struct reading {
	const char *key, *location;
	const struct secret *passphrase;
	bool asked; /* something wanted the passphrase */
	bool old;   /* something is encrypted as OpenSSL doesn't do it any more */
	struct certificate_items items;
};

static void store_freep(OSSL_STORE_CTX **ctx)
{
	if (*ctx)
		(void)OSSL_STORE_close(*ctx);
}

static void bio_freep(BIO **bio)
{
	(void)BIO_free(*bio);
}

static void ui_method_freep(UI_METHOD **method)
{
	UI_destroy_method(*method);
}

void certificate_items_clear(struct certificate_items *items)
{
	for (size_t i = 0; i < items->n_certs; i++)
		X509_free(items->certs[i]);
	for (size_t i = 0; i < items->n_crls; i++)
		X509_CRL_free(items->crls[i]);
	EVP_PKEY_free(items->key);
	*items = (struct certificate_items){ .n_certs = 0 };
}

/* OpenSSL asks for the passphrase when it finds that one is needed. */
static int give_passphrase(char *buf, int size, int writing, void *userdata)
{
	struct reading *reading = userdata;
	size_t len = reading->passphrase->len;

	(void)writing;
	reading->asked = true;
	if (len == 0 || len > (size_t)size)
		return -1;
	memcpy(buf, reading->passphrase->data, len);
	return (int)len;
}

static void take(struct certificate_items *items, OSSL_STORE_INFO *info)
{
	switch (OSSL_STORE_INFO_get_type(info)) {
	case OSSL_STORE_INFO_CERT:
		if (items->n_certs < CERTIFICATE_ITEMS_MAX)
			items->certs[items->n_certs++] = OSSL_STORE_INFO_get1_CERT(info);
		break;
	case OSSL_STORE_INFO_CRL:
		if (items->n_crls < CERTIFICATE_ITEMS_MAX)
			items->crls[items->n_crls++] = OSSL_STORE_INFO_get1_CRL(info);
		break;
	case OSSL_STORE_INFO_PKEY:
		if (!items->key)
			items->key = OSSL_STORE_INFO_get1_PKEY(info);
		break;
	default: /* names, parameters and public keys are of no use here */
		break;
	}
}

static void load(OSSL_STORE_CTX *ctx, struct reading *reading)
{
	ERR_clear_error();
	/* A part that can't be read gives NULL; the others are still of use. */
	for (unsigned int n = 0; n < 4 * CERTIFICATE_ITEMS_MAX && !OSSL_STORE_eof(ctx); n++) {
		OSSL_STORE_INFO *info = OSSL_STORE_load(ctx);

		if (info)
			take(&reading->items, info);
		else
			reading->old |= legacy_is_wanted();
		OSSL_STORE_INFO_free(info);
	}
	ERR_clear_error();
}

/* What is under old encryption. Return: 0, also when the passphrase is wrong, which judge() says. */
static int read_old(struct reading *reading, const struct private_file *file, struct failure *f)
{
	struct certificate_items *items = &reading->items;
	struct legacy_items old;
	int r = legacy_read(file->data, file->len, reading->passphrase, &old);

	if (r == -ENOPKG)
		return failure_set(f, CAUSE_CERT_FILE, r, "%s %.200s: %s", reading->key,
				   reading->location, legacy_advice());
	if (r < 0)
		return r == -EACCES ? 0 : failure_set(f, CAUSE_MEMORY, r, "%s", reading->key);
	items->key = old.key;
	old.key = NULL;
	if (old.cert)
		items->certs[items->n_certs++] = old.cert;
	old.cert = NULL;
	while (sk_X509_num(old.chain) > 0 && items->n_certs < CERTIFICATE_ITEMS_MAX)
		items->certs[items->n_certs++] = sk_X509_shift(old.chain);
	legacy_items_clear(&old);
	return 0;
}

/* Whether what it is read for was in it; who is asked for a passphrase may have others than keys behind it. */
static bool is_opened(const struct reading *reading)
{
	return reading->items.key ||
	       (reading->items.n_certs > 0 && strcmp(reading->key, "machine-key") != 0);
}

static int from_file(struct reading *reading, const UI_METHOD *ui, struct failure *f)
{
	_cleanup_(private_file_clear) struct private_file file = { 0 };
	_cleanup_(bio_freep) BIO *bio = NULL;
	_cleanup_(store_freep) OSSL_STORE_CTX *ctx = NULL;
	const char *path = reading->location, *reason = "";

	int r = private_file_read(path, false, CERTIFICATE_FILE_MAX, &file, &reason);
	if (r == -EPERM)
		return failure_set(f, CAUSE_PROFILE_UNSAFE, r, "%s: %s", path, reason);
	if (r < 0)
		return failure_set(f, CAUSE_CERT_FILE, r, "%s %s: %s", reading->key, path, reason);
	bio = BIO_new_mem_buf(file.data, (int)file.len);
	ctx = bio ? OSSL_STORE_attach(bio, "file", NULL, NULL, ui, reading, NULL, NULL, NULL)
		  : NULL;
	if (!ctx)
		return failure_set(f, CAUSE_MEMORY, ENOMEM, "%s", path);
	load(ctx, reading);
	if (reading->old && !is_opened(reading)) {
		certificate_items_clear(&reading->items);
		r = read_old(reading, &file, f);
		if (r < 0)
			return r;
	}
	if (reading->items.key && file.exposed)
		return failure_set(f, CAUSE_PROFILE_UNSAFE, EPERM,
				   "%s holds a private key and others may read it: chmod 600 it",
				   path);
	return 0;
}

/* Once, for the life of the process; the default provider stays the one for everything else. */
static void need_pkcs11(void)
{
	if (OSSL_PROVIDER_available(NULL, "pkcs11") != 1)
		(void)OSSL_PROVIDER_try_load(NULL, "pkcs11", 1);
	ERR_clear_error();
}

static int from_token(struct reading *reading, const UI_METHOD *ui, struct failure *f)
{
	_cleanup_(store_freep) OSSL_STORE_CTX *ctx = NULL;

	need_pkcs11();
	ctx = OSSL_STORE_open(reading->location, ui, reading, NULL, NULL);
	if (!ctx) {
		ERR_clear_error();
		return failure_set(f, CAUSE_CERT_FILE, ENOENT,
				   "%s: the token can't be opened; is OpenSSL's provider pkcs11 "
				   "set up?",
				   reading->key);
	}
	load(ctx, reading);
	return 0;
}

static int judge(const struct reading *reading, struct failure *f)
{
	const struct certificate_items *items = &reading->items;

	if (reading->asked && !is_opened(reading))
		return failure_set(f, CAUSE_CERT_PASSPHRASE, EACCES, "%s %.200s: %s", reading->key,
				   reading->location,
				   reading->passphrase->len > 0
					   ? _("the passphrase doesn't open it")
					   : _("it needs a passphrase"));
	if (items->n_certs == 0 && items->n_crls == 0 && !items->key)
		return failure_set(f, CAUSE_CERT_FILE, EINVAL,
				   "%s %.200s: nothing in it can be read as PEM, DER or PKCS #12",
				   reading->key, reading->location);
	return 0;
}

int certificate_read(const char *key, const char *location, const struct secret *passphrase,
		     struct certificate_items *ret, struct failure *ret_failure)
{
	struct reading reading = { .key = key, .location = location, .passphrase = passphrase };
	_cleanup_(ui_method_freep) UI_METHOD *ui =
		UI_UTIL_wrap_read_pem_callback(give_passphrase, 0);

	if (!ui)
		return failure_set(ret_failure, CAUSE_MEMORY, ENOMEM, "%s", key);
	int r = strncmp(location, "pkcs11:", 7) == 0 ? from_token(&reading, ui, ret_failure)
						     : from_file(&reading, ui, ret_failure);
	if (r == 0)
		r = judge(&reading, ret_failure);
	if (r < 0) {
		certificate_items_clear(&reading.items);
		return r;
	}
	*ret = reading.items;
	return 0;
}
