/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The user's certificate: PEM or PKCS#12 in, PEM in memory out, and whatever is wrong named before
 * anything was sent. */
#include "client/certificate/user-certificate.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include "client/certificate/legacy-file.h"
#include "client/failure/i18n.h"
#include "client/profile/private-file.h"

#define FILE_MAX_SIZE 262144
#define CHAIN_MAX     10

/* What was read, before it is written out. */
struct material {
	X509 *cert;
	EVP_PKEY *key;
	STACK_OF(X509) * chain; /* the certificate's issuers, as far as the file has them */
	STACK_OF(X509) * ca;
};

static void material_clear(struct material *m)
{
	X509_free(m->cert);
	EVP_PKEY_free(m->key);
	sk_X509_pop_free(m->chain, X509_free);
	sk_X509_pop_free(m->ca, X509_free);
	ERR_clear_error();
}

static void bio_freep(BIO **bio)
{
	BIO_free(*bio);
}

static void pkcs12_freep(PKCS12 **p)
{
	PKCS12_free(*p);
}

static int invalid(struct failure *f, const char *key, const char *path, const char *what)
{
	return failure_set(f, CAUSE_PROFILE_INVALID, EINVAL, "%s %.200s: %s", key, path, what);
}

/* The passphrase for PEM; an empty one is none, and nobody is asked on the terminal. */
static int give_passphrase(char *buf, int size, int writing, void *userdata)
{
	const struct secret *passphrase = userdata;

	(void)writing;
	if (passphrase->len == 0 || size < 0 || passphrase->len > (size_t)size)
		return -1;
	memcpy(buf, passphrase->data, passphrase->len);
	return (int)passphrase->len;
}

static int read_file(const char *key, const char *path, bool secret, struct private_file *ret,
		     BIO **ret_bio, struct failure *f)
{
	const char *reason = "";

	if (!path[0])
		return failure_set(f, CAUSE_PROFILE_INVALID, ENOENT,
				   "[vpn] %s is missing: user-auth-type=tls needs it", key);
	int r = private_file_read(path, false, FILE_MAX_SIZE, ret, &reason);
	if (r < 0)
		return failure_set(f, r == -EPERM ? CAUSE_PROFILE_UNSAFE : CAUSE_PROFILE_INVALID, r,
				   "%s %.200s: %s", key, path, reason);
	if (secret && ret->exposed)
		return failure_set(f, CAUSE_PROFILE_UNSAFE, EPERM,
				   "%.200s holds a key and others may read it: chmod 600 it", path);
	*ret_bio = BIO_new_mem_buf(ret->data, (int)ret->len);
	return *ret_bio ? 0 : failure_set(f, CAUSE_MEMORY, ENOMEM, "%s", key);
}

/* All certificates of a PEM file; the first of them apart when RET_FIRST is given. */
static int read_pem_certificates(BIO *bio, X509 **ret_first, STACK_OF(X509) * *ret)
{
	STACK_OF(X509) *list = sk_X509_new_null();
	int n = 0;

	if (!list)
		return -ENOMEM;
	*ret = list;
	for (X509 *x; n < CHAIN_MAX && (x = PEM_read_bio_X509(bio, NULL, NULL, NULL)); n++) {
		if (n == 0 && ret_first)
			*ret_first = x;
		else if (sk_X509_push(list, x) <= 0) {
			X509_free(x);
			return -ENOMEM;
		}
	}
	return n > 0 ? 0 : -EBADMSG;
}

/* When OpenSSL couldn't open a file: perhaps its encryption is old, else the passphrase is wrong. */
static int read_old(const char *key, const char *path, const struct private_file *file,
		    const struct secret *passphrase, struct material *m, struct failure *f)
{
	struct legacy_items old = { .key = NULL };
	int r = legacy_is_wanted() ? legacy_read(file->data, file->len, passphrase, &old) : -EACCES;

	if (r == -ENOPKG)
		return invalid(f, key, path, legacy_advice());
	if (r == -ENOMEM)
		return failure_set(f, CAUSE_MEMORY, r, "%s", key);
	if (r < 0)
		return failure_set(f, CAUSE_SECRET_UNREADABLE, EACCES,
				   "user-certpass: it does not open %s %.200s", key, path);
	m->key = old.key;
	if (old.cert) {
		m->cert = old.cert;
		m->chain = old.chain;
		old.chain = NULL;
	}
	old.key = NULL;
	old.cert = NULL;
	legacy_items_clear(&old);
	return 0;
}

static int read_key(const struct dp_tls *tls, const struct secret *passphrase, struct material *m,
		    struct failure *f)
{
	_cleanup_(private_file_clear) struct private_file file = { 0 };
	_cleanup_(bio_freep) BIO *bio = NULL;

	int r = read_file("user-key", tls->key, true, &file, &bio, f);
	if (r < 0)
		return r;
	ERR_clear_error();
	m->key = PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, (void *)(uintptr_t)passphrase);
	if (m->key)
		return 0;
	if (file.data && strstr(file.data, "ENCRYPTED"))
		return read_old("user-key", tls->key, &file, passphrase, m, f);
	return invalid(f, "user-key", tls->key, _("no private key in PEM"));
}

static int read_ca(const struct dp_tls *tls, struct material *m, struct failure *f)
{
	_cleanup_(private_file_clear) struct private_file file = { 0 };
	_cleanup_(bio_freep) BIO *bio = NULL;

	int r = read_file("user-ca", tls->ca, false, &file, &bio, f);
	if (r < 0)
		return r;
	r = read_pem_certificates(bio, NULL, &m->ca);
	return r < 0 ? invalid(f, "user-ca", tls->ca, _("no certificate in PEM")) : 0;
}

static int open_pkcs12(PKCS12 *p12, const struct private_file *file, const struct dp_tls *tls,
		       const struct secret *passphrase, struct material *m, struct failure *f)
{
	char text[SECRET_MAX + 1];

	memcpy(text, passphrase->data, passphrase->len);
	text[passphrase->len] = '\0';
	ERR_clear_error();
	bool parsed = PKCS12_parse(p12, text, &m->key, &m->cert, &m->chain) == 1;
	explicit_bzero(text, sizeof(text));
	int r = parsed ? 0 : read_old("user-cert", tls->cert, file, passphrase, m, f);
	if (r < 0)
		return r;
	if (!m->key || !m->cert)
		return invalid(f, "user-cert", tls->cert, _("it lacks the key or the certificate"));
	return 0;
}

static int read_certificate(const struct dp_tls *tls, const struct secret *passphrase,
			    struct material *m, struct failure *f)
{
	_cleanup_(private_file_clear) struct private_file file = { 0 };
	_cleanup_(bio_freep) BIO *bio = NULL;
	_cleanup_(pkcs12_freep) PKCS12 *p12 = NULL;

	int r = read_file("user-cert", tls->cert, false, &file, &bio, f);
	if (r < 0)
		return r;
	p12 = d2i_PKCS12_bio(bio, NULL);
	if (p12 && file.exposed)
		return failure_set(f, CAUSE_PROFILE_UNSAFE, EPERM,
				   "%.200s holds a key and others may read it: chmod 600 it",
				   tls->cert);
	if (p12)
		return open_pkcs12(p12, &file, tls, passphrase, m, f);
	if (BIO_reset(bio) < 0)
		return failure_set(f, CAUSE_INTERNAL, EIO, "user-cert");
	r = read_pem_certificates(bio, &m->cert, &m->chain);
	if (r < 0)
		return invalid(f, "user-cert", tls->cert, _("no certificate in PEM or PKCS#12"));
	return read_key(tls, passphrase, m, f);
}

static int verify(const struct dp_tls *tls, const struct material *m, struct failure *f)
{
	if (X509_check_private_key(m->cert, m->key) != 1)
		return invalid(f, "user-key", tls->key[0] ? tls->key : tls->cert,
			       _("it does not belong to the certificate"));
	if (X509_cmp_current_time(X509_get0_notAfter(m->cert)) <= 0)
		return invalid(f, "user-cert", tls->cert, _("it has expired"));
	if (X509_cmp_current_time(X509_get0_notBefore(m->cert)) >= 0)
		return invalid(f, "user-cert", tls->cert,
			       _("it is not valid yet: is this machine's clock right?"));
	return 0;
}

static bool write_list(BIO *bio, STACK_OF(X509) * list)
{
	for (int i = 0; i < sk_X509_num(list); i++)
		if (PEM_write_bio_X509(bio, sk_X509_value(list, i)) != 1)
			return false;
	return true;
}

/* Makes a file in memory that KEY, or else FIRST and LIST are written to. */
static int write_out(const char *name, X509 *first, STACK_OF(X509) * list, EVP_PKEY *key,
		     int *ret_fd, struct failure *f)
{
	_cleanup_(bio_freep) BIO *bio = NULL;
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0)
		return failure_set(f, CAUSE_INTERNAL, errno, "memfd: %s", strerror(errno));
	*ret_fd = fd;
	bio = BIO_new_fd(fd, BIO_NOCLOSE);
	if (!bio)
		return failure_set(f, CAUSE_MEMORY, ENOMEM, "%s", name);
	bool written =
		key ? PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) == 1
		    : (!first || PEM_write_bio_X509(bio, first) == 1) && write_list(bio, list);
	return written ? 0 : failure_set(f, CAUSE_INTERNAL, EIO, "writing %s", name);
}

int user_certificate_open(const struct dp_tls *tls, const struct secret *passphrase,
			  struct user_certificate *ret, struct failure *ret_failure)
{
	_cleanup_(material_clear) struct material m = {};
	struct user_certificate c = USER_CERTIFICATE_NONE;

	int r = read_certificate(tls, passphrase, &m, ret_failure);
	if (r == 0)
		r = verify(tls, &m, ret_failure);
	/* A PKCS#12 file has its issuers in it, as a rule. */
	if (r == 0 && (tls->ca[0] || sk_X509_num(m.chain) <= 0))
		r = read_ca(tls, &m, ret_failure);
	if (r == 0)
		r = write_out("user-ca", NULL, m.ca ? m.ca : m.chain, NULL, &c.ca_fd, ret_failure);
	if (r == 0)
		r = write_out("user-cert", m.cert, m.chain, NULL, &c.cert_fd, ret_failure);
	if (r == 0)
		r = write_out("user-key", NULL, NULL, m.key, &c.key_fd, ret_failure);
	if (r < 0) {
		user_certificate_close(&c);
		return r;
	}
	*ret = c;
	return 0;
}

void user_certificate_close(struct user_certificate *c)
{
	int *fds[] = { &c->ca_fd, &c->cert_fd, &c->key_fd };

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		if (*fds[i] >= 0)
			(void)close(*fds[i]);
		*fds[i] = -1;
	}
}
