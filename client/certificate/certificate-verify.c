/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The judgement about a gateway's certificate: RFC 5280 6 by OpenSSL, with the authorities of the
 * profile alone and without fetching anything from anywhere; what RFC 4945 asks of certificates for
 * IKE; and whether it is the gateway's we mean.
 *
 * The name: an identity that the profile demands must be the one shown and stand in the certificate.
 * Without one the certificate must name the gateway as the profile's `gateway` does, and the identity
 * shown must stand in the certificate, unless it is an address: a gateway behind a NAT shows its
 * private one, which says nothing (RFC 4945 3.1.1 leaves that to the policy).
 */
#include "client/certificate/certificate-verify.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "client/certificate/signature.h"
#include "client/failure/i18n.h"
#include "client/profile/identity.h"

/* OpenSSL's level of 112 bits: RSA with 2048, no SHA-1 in signatures. */
#define SECURITY_LEVEL 2

#define WORDS_MAX 320

/* RFC 4945 5.1.3.12. */
#define OID_IPSEC_IKE "1.3.6.1.5.5.7.3.17"

struct judgement {
	const struct certificate_trust *trust;
	const struct ike_peer_proof *proof;
	X509 *leaf;
	STACK_OF(X509) * others;
	char *words;
	size_t size;
};

static void store_ctx_freep(X509_STORE_CTX **ctx)
{
	X509_STORE_CTX_free(*ctx);
}

static void name_freep(X509_NAME **name)
{
	X509_NAME_free(*name);
}

const char *certificate_name(const X509_NAME *name, char *buf, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int len = 0;

	if (bio &&
	    X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE & ~(unsigned long)XN_FLAG_SPC_EQ) >= 0)
		len = BIO_read(bio, buf, (int)size - 1);
	buf[len > 0 ? len : 0] = '\0';
	(void)BIO_free(bio);
	return buf;
}

static int refuse(const struct judgement *j, enum ike_refusal refusal, const char *words)
{
	char name[160];

	(void)snprintf(j->words, j->size, "%s: %s",
		       certificate_name(X509_get_subject_name(j->leaf), name, sizeof(name)), words);
	return (int)refusal;
}

/* The shown octets as certificates; what can't be read or has a tail is malformed. */
static int parse(struct judgement *j)
{
	for (size_t i = 0; i < j->proof->n_certs; i++) {
		const uint8_t *p = j->proof->certs[i].data;
		const uint8_t *end = p + j->proof->certs[i].len;
		X509 *x = d2i_X509(NULL, &p, (long)j->proof->certs[i].len);

		if (!x || p != end) {
			X509_free(x);
			(void)snprintf(j->words, j->size, "certificate %zu of %zu", i + 1,
				       j->proof->n_certs);
			return IKE_REFUSAL_MALFORMED;
		}
		if (i == 0) {
			j->leaf = x;
		} else if (sk_X509_push(j->others, x) <= 0) {
			X509_free(x);
			return -ENOMEM;
		}
	}
	return 0;
}

static enum ike_refusal refusal_of(int error)
{
	switch (error) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return IKE_REFUSAL_EXPIRED;
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return IKE_REFUSAL_NOT_YET;
	case X509_V_ERR_CERT_REVOKED:
		return IKE_REFUSAL_REVOKED;
	case X509_V_ERR_UNABLE_TO_GET_CRL:
	case X509_V_ERR_CRL_HAS_EXPIRED:
	case X509_V_ERR_CRL_NOT_YET_VALID:
	case X509_V_ERR_CRL_SIGNATURE_FAILURE:
	case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
	case X509_V_ERR_DIFFERENT_CRL_SCOPE:
	case X509_V_ERR_CRL_PATH_VALIDATION_ERROR:
		return IKE_REFUSAL_CRL;
	case X509_V_ERR_EE_KEY_TOO_SMALL:
	case X509_V_ERR_CA_KEY_TOO_SMALL:
	case X509_V_ERR_CA_MD_TOO_WEAK:
		return IKE_REFUSAL_WEAK;
	default: /* OpenSSL has a hundred; all others mean that the chain leads nowhere */
		return IKE_REFUSAL_UNTRUSTED;
	}
}

/* A list is demanded for the gateway's certificate; for authorities above it when there is one. */
static int tolerate(int ok, X509_STORE_CTX *ctx)
{
	if (!ok && X509_STORE_CTX_get_error(ctx) == X509_V_ERR_UNABLE_TO_GET_CRL &&
	    X509_STORE_CTX_get_error_depth(ctx) > 0) {
		X509_STORE_CTX_set_error(ctx, X509_V_OK);
		return 1;
	}
	return ok;
}

static void parametrize(X509_STORE_CTX *ctx, const struct certificate_trust *trust)
{
	X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(ctx);
	/* What the profile names as an authority is one, also when it isn't at the top. */
	unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;

	if (trust->revocation)
		flags |= X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL;
	(void)X509_VERIFY_PARAM_set_flags(param, flags);
	/* OpenSSL counts what stands between the two ends. */
	X509_VERIFY_PARAM_set_depth(param, CERTIFICATE_DEPTH_MAX - 2);
	X509_VERIFY_PARAM_set_auth_level(param, SECURITY_LEVEL);
	X509_STORE_CTX_set_verify_cb(ctx, tolerate);
}

static int judge_chain(const struct judgement *j)
{
	_cleanup_(store_ctx_freep) X509_STORE_CTX *ctx = X509_STORE_CTX_new();
	STACK_OF(X509) * chain;

	if (!ctx || X509_STORE_CTX_init(ctx, j->trust->store, j->leaf, j->others) != 1)
		return -ENOMEM;
	parametrize(ctx, j->trust);
	if (X509_verify_cert(ctx) != 1) {
		int error = X509_STORE_CTX_get_error(ctx);
		return refuse(j, refusal_of(error), X509_verify_cert_error_string(error));
	}
	/* Each key on the way, with the exponents that OpenSSL's level doesn't look at. */
	chain = X509_STORE_CTX_get0_chain(ctx);
	for (int i = 0; i < sk_X509_num(chain); i++) {
		enum ike_auth_method method;
		EVP_PKEY *key = X509_get0_pubkey(sk_X509_value(chain, i));
		if (!key || signature_method(key, &method) == -EKEYREJECTED)
			return refuse(j, IKE_REFUSAL_WEAK,
				      _("an RSA key on its way has less than 2048 bits, more than "
					"4096, or a small exponent"));
	}
	return 0;
}

/* RFC 4945 5.1.3.2 and 5.1.3.12. */
static int judge_usage(const struct judgement *j)
{
	uint32_t flags = X509_get_extension_flags(j->leaf);
	EXTENDED_KEY_USAGE *uses;
	bool fits = false;

	if (flags & EXFLAG_KUSAGE &&
	    !(X509_get_key_usage(j->leaf) & (KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION)))
		return refuse(j, IKE_REFUSAL_USAGE, _("its key usage has no digitalSignature"));
	if (!(flags & EXFLAG_XKUSAGE))
		return 0;
	uses = X509_get_ext_d2i(j->leaf, NID_ext_key_usage, NULL, NULL);
	for (int i = 0; i < sk_ASN1_OBJECT_num(uses); i++) {
		const ASN1_OBJECT *use = sk_ASN1_OBJECT_value(uses, i);
		char oid[64] = "";
		int nid = OBJ_obj2nid(use);

		(void)OBJ_obj2txt(oid, sizeof(oid), use, 1);
		fits |= nid == NID_server_auth || nid == NID_anyExtendedKeyUsage ||
			strcmp(oid, OID_IPSEC_IKE) == 0;
	}
	sk_ASN1_OBJECT_pop_free(uses, ASN1_OBJECT_free);
	if (!fits)
		return refuse(j, IKE_REFUSAL_USAGE,
			      _("its extended key usage has neither serverAuth nor ipsecIKE"));
	return 0;
}

static int judge_key(const struct judgement *j)
{
	enum ike_auth_method method;
	EVP_PKEY *key = X509_get0_pubkey(j->leaf);

	if (!key || signature_method(key, &method) < 0)
		return refuse(j, IKE_REFUSAL_WEAK, _("its key is none that is used here"));
	if (method != j->proof->method)
		return refuse(j, IKE_REFUSAL_SIGNATURE,
			      _("its key is of another kind than the one agreed on"));
	return 0;
}

static X509_NAME *name_of(const struct ike_id *id)
{
	const uint8_t *p = id->data;
	X509_NAME *name = d2i_X509_NAME(NULL, &p, (long)id->len);

	if (name && p != id->data + id->len) {
		X509_NAME_free(name);
		return NULL;
	}
	return name;
}

/* Whether the two are the same identity; names of directories by RFC 5280 7.1. */
static bool same_id(const struct ike_id *a, const struct ike_id *b)
{
	if (a->type != b->type)
		return false;
	if (a->type == IKE_ID_DER_ASN1_DN) {
		_cleanup_(name_freep) X509_NAME *left = name_of(a);
		_cleanup_(name_freep) X509_NAME *right = name_of(b);
		return left && right && X509_NAME_cmp(left, right) == 0;
	}
	if (a->len != b->len)
		return false;
	if (a->type == IKE_ID_FQDN)
		return strncasecmp((const char *)a->data, (const char *)b->data, a->len) == 0;
	return memcmp(a->data, b->data, a->len) == 0;
}

/* Whether the certificate is that identity's (RFC 4945 3.1). */
static bool names_id(X509 *cert, const struct ike_id *id)
{
	const unsigned int flags =
		X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_WILDCARDS;
	const char *text = (const char *)id->data;

	switch (id->type) {
	case IKE_ID_IPV4_ADDR:
	case IKE_ID_IPV6_ADDR:
		return (id->len == 4 || id->len == 16) &&
		       X509_check_ip(cert, id->data, id->len, 0) == 1;
	case IKE_ID_FQDN:
		return id->len > 0 && X509_check_host(cert, text, id->len, flags, NULL) == 1;
	case IKE_ID_USER_FQDN:
		return id->len > 0 && X509_check_email(cert, text, id->len, flags) == 1;
	case IKE_ID_DER_ASN1_DN: {
		_cleanup_(name_freep) X509_NAME *name = name_of(id);
		return name && X509_NAME_cmp(name, X509_get_subject_name(cert)) == 0;
	}
	case IKE_ID_ANY:
	case IKE_ID_KEY_ID:
		break;
	}
	return false;
}

static bool names_gateway(X509 *cert, const char *gateway)
{
	uint8_t addr[16];

	if (inet_pton(AF_INET, gateway, addr) == 1 || inet_pton(AF_INET6, gateway, addr) == 1)
		return X509_check_ip_asc(cert, gateway, 0) == 1;
	return X509_check_host(cert, gateway, 0,
			       X509_CHECK_FLAG_NEVER_CHECK_SUBJECT |
				       X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS,
			       NULL) == 1;
}

/* In words that may go into the profile; nothing has proven it yet. */
static const char *shown_words(const struct ike_id *shown, char ret[static IDENTITY_TEXT_MAX])
{
	_cleanup_(name_freep) X509_NAME *name =
		shown->type == IKE_ID_DER_ASN1_DN ? name_of(shown) : NULL;

	return name ? certificate_name(name, ret, IDENTITY_TEXT_MAX) : identity_format(shown, ret);
}

static int judge_name(const struct judgement *j)
{
	const struct certificate_trust *trust = j->trust;
	const struct ike_id *shown = &j->proof->id;
	bool address = shown->type == IKE_ID_IPV4_ADDR || shown->type == IKE_ID_IPV6_ADDR;
	char words[WORDS_MAX], id[IDENTITY_TEXT_MAX];

	if (trust->remote_id.type != IKE_ID_ANY) {
		if (!same_id(shown, &trust->remote_id)) {
			(void)snprintf(
				words, sizeof(words),
				_("the gateway shows another identity than ipsec-remote-id: %s"),
				shown_words(shown, id));
			return refuse(j, IKE_REFUSAL_ID, words);
		}
		if (!names_id(j->leaf, shown))
			return refuse(j, IKE_REFUSAL_ID,
				      _("the identity of ipsec-remote-id doesn't stand in it"));
		return 0;
	}
	if (!trust->remote_id_given && !names_gateway(j->leaf, trust->gateway)) {
		(void)snprintf(words, sizeof(words), _("it doesn't name %s"), trust->gateway);
		return refuse(j, IKE_REFUSAL_NAME, words);
	}
	if (!address && !names_id(j->leaf, shown)) {
		(void)snprintf(words, sizeof(words),
			       _("the identity that the gateway shows isn't in it: %s"),
			       shown_words(shown, id));
		return refuse(j, IKE_REFUSAL_ID, words);
	}
	return 0;
}

static int judge(const struct judgement *j)
{
	int r = judge_chain(j);

	if (r == 0)
		r = judge_usage(j);
	if (r == 0)
		r = judge_key(j);
	if (r == 0)
		r = judge_name(j);
	if (r == 0 && !signature_valid(X509_get0_pubkey(j->leaf), j->proof->method, j->proof->hash,
				       j->proof->signature))
		r = refuse(j, IKE_REFUSAL_SIGNATURE, "the signature isn't its key's");
	return r;
}

int certificate_verify(const struct certificate_trust *trust, const struct ike_peer_proof *proof,
		       char *words, size_t size)
{
	struct judgement j = {
		.trust = trust,
		.proof = proof,
		.others = sk_X509_new_null(),
		.words = words,
		.size = size,
	};

	if (!j.others)
		return -ENOMEM;
	int r = parse(&j);
	if (r == 0)
		r = j.leaf ? judge(&j) : IKE_REFUSAL_NO_CERTIFICATE;
	X509_free(j.leaf);
	sk_X509_pop_free(j.others, X509_free);
	ERR_clear_error();
	return r;
}
