/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user's certificate: each form it comes in, and each thing that is wrong with it, by its name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "client/certificate/user-certificate.h"
#include "tests/unit/certificate/pki.h"
#include "tests/unit/temp-dir.h"

#define DAY 86400

static EVP_PKEY *keys[2];

/* Self-signed, valid from FROM to TO, in seconds from now. */
static X509 *certificate(EVP_PKEY *key, long from, long to)
{
	X509 *x = X509_new();
	X509_NAME *name = X509_get_subject_name(x);

	assert_int_equal(X509_set_version(x, 2), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(x), 1), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(x), from));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(x), to));
	assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
						    (const unsigned char *)"taro", -1, -1, 0),
			 1);
	assert_int_equal(X509_set_issuer_name(x, name), 1);
	assert_int_equal(X509_set_pubkey(x, key), 1);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	return x;
}

static FILE *create(const char *name, mode_t mode)
{
	const char *path = temp_file(name, "", mode);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	return f;
}

static void put_certificate(const char *name, EVP_PKEY *key, long from, long to)
{
	X509 *x = certificate(key, from, to);
	FILE *f = create(name, 0644);

	assert_int_equal(PEM_write_X509(f, x), 1);
	assert_int_equal(fclose(f), 0);
	X509_free(x);
}

static void put_key(const char *name, EVP_PKEY *key, const char *passphrase, mode_t mode)
{
	FILE *f = create(name, mode);

	assert_int_equal(PEM_write_PrivateKey(f, key, passphrase ? EVP_aes_128_cbc() : NULL,
					      (const unsigned char *)passphrase,
					      passphrase ? (int)strlen(passphrase) : 0, NULL, NULL),
			 1);
	assert_int_equal(fclose(f), 0);
}

static void put_pkcs12(const char *name, const char *passphrase, bool with_issuer, mode_t mode)
{
	X509 *x = certificate(keys[0], -DAY, DAY), *issuer = certificate(keys[1], -DAY, DAY);
	STACK_OF(X509) *chain = sk_X509_new_null();

	assert_true(sk_X509_push(chain, issuer) > 0);
	PKCS12 *p12 = PKCS12_create(passphrase, "taro", keys[0], x, with_issuer ? chain : NULL, 0,
				    0, 0, 0, 0);
	FILE *f = create(name, mode);

	assert_non_null(p12);
	assert_int_equal(i2d_PKCS12_fp(f, p12), 1);
	assert_int_equal(fclose(f), 0);
	PKCS12_free(p12);
	sk_X509_free(chain);
	X509_free(issuer);
	X509_free(x);
}

static bool put_old_pkcs12(const char *name, const char *passphrase)
{
	X509 *x = certificate(keys[0], -DAY, DAY), *issuer = certificate(keys[1], -DAY, DAY);
	STACK_OF(X509) *chain = sk_X509_new_null();
	FILE *f = create(name, 0600);

	assert_true(sk_X509_push(chain, issuer) > 0);
	bool there = pki_write_old_pkcs12(f, passphrase, keys[0], x, chain);
	assert_int_equal(fclose(f), 0);
	sk_X509_free(chain);
	X509_free(issuer);
	X509_free(x);
	return there;
}

static int setup(void **state)
{
	/* Not by EVP_EC_gen(), whose macro takes const away. */
	char curve[] = "P-256";
	int r = temp_dir_make(state);

	if (r != 0)
		return r;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		keys[i] = EVP_PKEY_Q_keygen(NULL, NULL, "EC", curve);
	put_certificate("ca", keys[1], -DAY, DAY);
	put_certificate("cert", keys[0], -DAY, DAY);
	put_certificate("old", keys[0], -2 * DAY, -DAY);
	put_certificate("young", keys[0], DAY, 2 * DAY);
	put_key("key", keys[0], NULL, 0600);
	put_key("other", keys[1], NULL, 0600);
	put_key("open", keys[0], NULL, 0640);
	put_key("locked", keys[0], "himitsu", 0600);
	put_pkcs12("p12", "himitsu", true, 0600);
	put_pkcs12("lonely", "himitsu", false, 0600);
	put_pkcs12("unlocked", NULL, true, 0600);
	put_pkcs12("exposed", "himitsu", true, 0644);
	(void)temp_file("text", "no certificate\n", 0600);
	return 0;
}

static int teardown(void **state)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		EVP_PKEY_free(keys[i]);
	return temp_dir_remove(state);
}

static void set_path(char *ret, const char *name)
{
	if (name)
		(void)snprintf(ret, DP_PATH_MAX, "%s", temp_path(name));
}

static int open_certificate(const char *ca, const char *cert, const char *key,
			    const char *passphrase, struct user_certificate *ret,
			    struct failure *why)
{
	static struct dp_tls tls;
	struct secret secret = { 0 };

	tls = (struct dp_tls){ .wanted = true };
	set_path(tls.ca, ca);
	set_path(tls.cert, cert);
	set_path(tls.key, key);
	assert_int_equal(secret_set(&secret, passphrase, strlen(passphrase)), 0);
	*ret = USER_CERTIFICATE_NONE;
	*why = (struct failure){ 0 };
	return user_certificate_open(&tls, &secret, ret, why);
}

/* Reads a file as pppd does, by its path under /proc, without a passphrase. */
static FILE *reopen(int fd)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	FILE *f = fopen(path, "r");
	assert_non_null(f);
	return f;
}

static void gives(const char *ca, const char *cert, const char *key, const char *passphrase)
{
	struct user_certificate c;
	struct failure why;

	if (open_certificate(ca, cert, key, passphrase, &c, &why) < 0)
		fail_msg("%s: %s", cause_id(why.cause), why.detail);
	FILE *f = reopen(c.key_fd);
	EVP_PKEY *read_key = PEM_read_PrivateKey(f, NULL, NULL, (void *)(uintptr_t) "");
	assert_int_equal(fclose(f), 0);
	f = reopen(c.cert_fd);
	X509 *x = PEM_read_X509(f, NULL, NULL, NULL);
	assert_int_equal(fclose(f), 0);
	f = reopen(c.ca_fd);
	X509 *authority = PEM_read_X509(f, NULL, NULL, NULL);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(EVP_PKEY_eq(read_key, keys[0]), 1);
	assert_int_equal(X509_check_private_key(x, keys[0]), 1);
	assert_int_equal(X509_check_private_key(authority, keys[1]), 1);
	EVP_PKEY_free(read_key);
	X509_free(x);
	X509_free(authority);
	user_certificate_close(&c);
	assert_int_equal(c.key_fd, -1);
}

static void every_form_is_read(void **state)
{
	(void)state;
	gives("ca", "cert", "key", "");
	gives("ca", "cert", "key", "not needed");
	gives("ca", "cert", "locked", "himitsu");
	gives(NULL, "p12", NULL, "himitsu");
	gives("ca", "p12", "ignored", "himitsu");
	gives("ca", "lonely", NULL, "himitsu");
	gives(NULL, "unlocked", NULL, "");
}

/* As Windows and macOS write it. */
static void old_encryption_is_read(void **state)
{
	struct user_certificate c;
	struct failure why;

	(void)state;
	if (!put_old_pkcs12("rc2", "himitsu"))
		skip();
	gives(NULL, "rc2", NULL, "himitsu");
	assert_true(open_certificate(NULL, "rc2", NULL, "chigau", &c, &why) < 0);
	assert_int_equal(why.cause, CAUSE_SECRET_UNREADABLE);
	assert_int_equal(setenv("OPENSSL_MODULES", "/nonexistent", 1), 0);
	assert_true(open_certificate(NULL, "rc2", NULL, "himitsu", &c, &why) < 0);
	assert_non_null(strstr(why.detail, "openssl-provider-legacy"));
	assert_int_equal(unsetenv("OPENSSL_MODULES"), 0);
}

static void each_fault_has_its_name(void **state)
{
	static const struct {
		const char *ca, *cert, *key, *passphrase;
		enum cause cause;
		const char *says;
	} cases[] = {
		{ "ca", "cert", "locked", "", CAUSE_SECRET_UNREADABLE, "user-certpass" },
		{ "ca", "cert", "locked", "chigau", CAUSE_SECRET_UNREADABLE, "user-certpass" },
		{ NULL, "p12", NULL, "chigau", CAUSE_SECRET_UNREADABLE, "user-certpass" },
		{ NULL, "lonely", NULL, "himitsu", CAUSE_PROFILE_INVALID, "user-ca is missing" },
		{ NULL, "cert", "key", "", CAUSE_PROFILE_INVALID, "user-ca is missing" },
		{ "ca", "cert", NULL, "", CAUSE_PROFILE_INVALID, "user-key is missing" },
		{ "ca", "gone", "key", "", CAUSE_PROFILE_INVALID, "gone" },
		{ "ca", "cert", "gone", "", CAUSE_PROFILE_INVALID, "gone" },
		{ "gone", "cert", "key", "", CAUSE_PROFILE_INVALID, "gone" },
		{ "ca", "text", "key", "", CAUSE_PROFILE_INVALID, "PKCS#12" },
		{ "ca", "cert", "text", "", CAUSE_PROFILE_INVALID, "no private key" },
		{ "text", "cert", "key", "", CAUSE_PROFILE_INVALID, "no certificate" },
		{ "ca", "cert", "other", "", CAUSE_PROFILE_INVALID, "does not belong" },
		{ "ca", "old", "key", "", CAUSE_PROFILE_INVALID, "expired" },
		{ "ca", "young", "key", "", CAUSE_PROFILE_INVALID, "not valid yet" },
		{ "ca", "cert", "open", "", CAUSE_PROFILE_UNSAFE, "chmod 600" },
		{ NULL, "exposed", NULL, "himitsu", CAUSE_PROFILE_UNSAFE, "chmod 600" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct user_certificate c;
		struct failure why;
		int r = open_certificate(cases[i].ca, cases[i].cert, cases[i].key,
					 cases[i].passphrase, &c, &why);

		assert_true(r < 0);
		if (why.cause != cases[i].cause || !strstr(why.detail, cases[i].says))
			fail_msg("%zu: %s: %s", i, cause_id(why.cause), why.detail);
		assert_int_equal(c.key_fd, -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_is_read),
		cmocka_unit_test(old_encryption_is_read),
		cmocka_unit_test(each_fault_has_its_name),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
