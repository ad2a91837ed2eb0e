/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads proposals as users know them from strongSwan and libreswan, which spell the same algorithms
 * differently; what existing connections say must be understood as it stands. One table has every
 * spelling, also of what is never done, so that the message can say why. The wire's numbers are the
 * engine's (RFC 2407 4.5, RFC 2409 appendix A).
 */
#include "client/profile/proposals.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "client/failure/i18n.h"

#define WORD_LEN_MAX 24
#define KIND_MAX     8 /* algorithms of one kind in one proposal */

enum kind {
	ENCR,
	HASH,
	PRF, /* in IKEv1 the PRF is the hash: said twice */
	GROUP,
	NOTHING, /* means nothing here and does no harm */
	NO_HASH, /* beside AES-GCM: none but its own integrity; else never done */
	NEVER,	 /* never done */
};

struct word {
	const char *text;
	enum kind kind;
	int value;
	uint16_t bits;
};

/* clang-format off */
#define AES(text, bits) { text, ENCR, IKE_ENCR_AES_CBC, bits }
/* strongSwan's suffix is the length of the ICV in octets or bits, libreswan's that of the key. */
#define GCM(bits)                                                                                  \
	{ "aes" #bits "gcm16", ENCR, IKE_ENCR_AES_GCM_16, bits },                                  \
	{ "aes" #bits "gcm128", ENCR, IKE_ENCR_AES_GCM_16, bits },                                 \
	{ "aesgcm" #bits, ENCR, IKE_ENCR_AES_GCM_16, bits },                                       \
	{ "aesgcm16" #bits, ENCR, IKE_ENCR_AES_GCM_16, bits },                                     \
	{ "aesgcmc" #bits, ENCR, IKE_ENCR_AES_GCM_16, bits }
#define H(text, value)                                                                             \
	{ text, HASH, IKE_HASH_##value, 0 }, { "hmac" text, HASH, IKE_HASH_##value, 0 },           \
	{ "prf" text, PRF, IKE_HASH_##value, 0 }
#define G(text, dh, value) { text, GROUP, IKE_GROUP_##value, 0 }, { dh, GROUP, IKE_GROUP_##value, 0 }

/* Underscores and capitals were taken out before. The first spelling of each is the one we write. */
static const struct word words[] = {
	AES("aes128", 128), AES("aes192", 192), AES("aes256", 256),
	AES("aescbc128", 128), AES("aescbc192", 192), AES("aescbc256", 256),
	GCM(128), GCM(192), GCM(256),
	{ "3des", ENCR, IKE_ENCR_3DES_CBC, 0 }, { "3descbc", ENCR, IKE_ENCR_3DES_CBC, 0 },
	H("md5", MD5), H("sha1", SHA1), H("sha", SHA1),
	H("sha256", SHA256), H("sha2256", SHA256), H("sha2", SHA256),
	H("sha384", SHA384), H("sha2384", SHA384), H("sha512", SHA512), H("sha2512", SHA512),
	H("md596", MD5), H("sha196", SHA1), H("sha2256128", SHA256), H("sha2384192", SHA384),
	H("sha2512256", SHA512),
	G("modp1024", "dh2", MODP1024), G("modp1536", "dh5", MODP1536),
	G("modp2048", "dh14", MODP2048), G("modp3072", "dh15", MODP3072),
	G("modp4096", "dh16", MODP4096), G("ecp256", "dh19", ECP256),
	G("ecp384", "dh20", ECP384), G("ecp521", "dh21", ECP521),
	G("curve25519", "dh31", CURVE25519), { "x25519", GROUP, IKE_GROUP_CURVE25519, 0 },
	{ "noesn", NOTHING, 0, 0 }, { "hmac", NOTHING, 0, 0 },
	{ "null", NO_HASH, 0, 0 }, { "none", NO_HASH, 0, 0 },
	{ "des", NEVER, 0, 0 }, { "descbc", NEVER, 0, 0 }, { "modp768", NEVER, 0, 0 }, { "dh1", NEVER, 0, 0 },
};

#undef AES
#undef GCM
#undef H
#undef G
/* clang-format on */

struct parsed {
	struct word encr[KIND_MAX], hash[KIND_MAX], group[KIND_MAX];
	size_t n_encr, n_hash, n_group;
	const char *bare; /* the last word named a cipher alone: the key's length may follow */
};

/* A cipher without the length of its key. */
static const struct bare {
	const char *text;
	enum ike_encr encr;
} bares[] = {
	{ "aes", IKE_ENCR_AES_CBC },	    { "aescbc", IKE_ENCR_AES_CBC },
	{ "aesgcm", IKE_ENCR_AES_GCM_16 },  { "aesgcm16", IKE_ENCR_AES_GCM_16 },
	{ "aesgcmc", IKE_ENCR_AES_GCM_16 },
};

/* Lower case without '_', so that aes_cbc_256, AES_CBC256 and aescbc256 are one word. */
static int next_word(const char **p, char ret[static WORD_LEN_MAX])
{
	size_t n = 0;

	for (; **p && !strchr("-;+", **p); (*p)++) {
		if (**p == '_')
			continue;
		if (n == WORD_LEN_MAX - 1 || !isascii((unsigned char)**p) ||
		    !isalnum((unsigned char)**p))
			return -EINVAL;
		ret[n++] = (char)tolower((unsigned char)**p);
	}
	ret[n] = '\0';
	if (**p)
		(*p)++;
	return n > 0 ? 0 : -EINVAL;
}

static const struct word *find_word(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (strcmp(words[i].text, text) == 0)
			return &words[i];
	return NULL;
}

static int add_word(struct word *list, size_t *n, const struct word *word)
{
	if (*n == KIND_MAX)
		return -E2BIG;
	list[(*n)++] = *word;
	return 0;
}

/* "aes" alone: strongSwan means 128 bits, libreswan 256 and 128; so both, the better one first. */
static int add_bare(struct parsed *parsed, const struct bare *bare)
{
	struct word word = { .value = (int)bare->encr, .bits = 256 };
	int r = add_word(parsed->encr, &parsed->n_encr, &word);

	word.bits = 128;
	parsed->bare = bare->text;
	return r < 0 ? r : add_word(parsed->encr, &parsed->n_encr, &word);
}

static const struct bare *find_bare(const char *text)
{
	for (size_t i = 0; i < ARRAY_SIZE(bares); i++)
		if (strcmp(bares[i].text, text) == 0)
			return &bares[i];
	return NULL;
}

static bool all_gcm(const struct parsed *parsed)
{
	for (size_t i = 0; i < parsed->n_encr; i++)
		if (parsed->encr[i].value != IKE_ENCR_AES_GCM_16)
			return false;
	return parsed->n_encr > 0;
}

static int add_known(struct parsed *parsed, const struct word *word, const char *text, char *error)
{
	switch (word->kind) {
	case ENCR:
		return add_word(parsed->encr, &parsed->n_encr, word);
	case HASH:
		return add_word(parsed->hash, &parsed->n_hash, word);
	case GROUP:
		return add_word(parsed->group, &parsed->n_group, word);
	case PRF:
	case NOTHING:
		return 0;
	case NO_HASH:
		if (all_gcm(parsed))
			return 0;
		break;
	case NEVER:
		break;
	}
	snprintf(error, PROPOSAL_ERROR_MAX,
		 _("%s protects nothing and is never used; name AES and a larger group"), text);
	return -EINVAL;
}

static int add_text(struct parsed *parsed, const char *text, char *error)
{
	char joined[WORD_LEN_MAX + 8];

	/* "aes-256": the key's length as a word of its own replaces what "aes" stood for. */
	if (parsed->bare && isdigit((unsigned char)text[0]) && text[0] != '3') {
		snprintf(joined, sizeof(joined), "%s%s", parsed->bare, text);
		parsed->n_encr -= 2;
		text = joined;
	}
	parsed->bare = NULL;
	const struct bare *bare = find_bare(text);
	if (bare)
		return add_bare(parsed, bare);

	const struct word *word = find_word(text);
	if (!word) {
		snprintf(error, PROPOSAL_ERROR_MAX,
			 _("%s is not known here; known are aes256 aes192 aes128 3des aes256gcm16, "
			   "sha512 sha384 sha256 sha1 md5, modp1024 to modp4096, ecp256 ecp384 "
			   "ecp521 curve25519"),
			 text);
		return -EINVAL;
	}
	return add_known(parsed, word, text, error);
}

static int parse_one(const char *text, struct parsed *ret, char *error)
{
	struct parsed parsed = { 0 };
	char word[WORD_LEN_MAX];

	for (const char *p = text; *p;) {
		if (next_word(&p, word) < 0) {
			snprintf(error, PROPOSAL_ERROR_MAX,
				 _("a proposal is words of letters and digits with '-' between"));
			return -EINVAL;
		}
		int r = add_text(&parsed, word, error);
		if (r == -E2BIG)
			snprintf(error, PROPOSAL_ERROR_MAX,
				 _("more than %d algorithms of one kind"), KIND_MAX);
		if (r < 0)
			return -EINVAL;
	}
	if (parsed.n_encr == 0) {
		snprintf(error, PROPOSAL_ERROR_MAX,
			 _("a proposal names no cipher; write for example aes256-sha256-modp2048"));
		return -EINVAL;
	}
	if (parsed.n_hash == 0) {
		parsed.hash[parsed.n_hash++] = (struct word){ .value = IKE_HASH_SHA256 };
		parsed.hash[parsed.n_hash++] = (struct word){ .value = IKE_HASH_SHA1 };
	}
	*ret = parsed;
	return 0;
}

static int too_many(char *error)
{
	snprintf(error, PROPOSAL_ERROR_MAX, _("more than %d combinations; name fewer"),
		 IKE_PROPOSALS_MAX);
	return -EINVAL;
}

struct list {
	void *entries; /* struct ike_proposal or ike_esp_proposal */
	size_t n;
	int (*append)(struct list *list, const struct word *encr, const struct word *hash,
		      const struct word *group, char *error);
};

static int append_ike(struct list *list, const struct word *encr, const struct word *hash,
		      const struct word *group, char *error)
{
	struct ike_proposal *entries = list->entries;
	const struct ike_proposal p = {
		.encr = (enum ike_encr)encr->value,
		.key_bits = encr->bits,
		.hash = (enum ike_hash)hash->value,
		.group = group ? (enum ike_group)group->value : IKE_GROUP_MODP2048,
	};

	if (p.encr == IKE_ENCR_AES_GCM_16) {
		snprintf(error, PROPOSAL_ERROR_MAX,
			 _("IKEv1 has AES-GCM in phase 2 only; name aes256-sha256-modp2048 here"));
		return -EINVAL;
	}
	for (size_t i = 0; i < list->n; i++)
		if (entries[i].encr == p.encr && entries[i].key_bits == p.key_bits &&
		    entries[i].hash == p.hash && entries[i].group == p.group)
			return 0;
	if (list->n == IKE_PROPOSALS_MAX)
		return too_many(error);
	entries[list->n++] = p;
	return 0;
}

static int append_esp(struct list *list, const struct word *encr, const struct word *hash,
		      const struct word *group, char *error)
{
	struct ike_esp_proposal *entries = list->entries;
	const struct ike_esp_proposal p = {
		.encr = (enum ike_encr)encr->value,
		.key_bits = encr->bits,
		.auth = encr->value == IKE_ENCR_AES_GCM_16 ? IKE_HASH_NONE
							   : (enum ike_hash)hash->value,
		.group = group ? (enum ike_group)group->value : IKE_GROUP_NONE,
	};

	if (list->n > 0 && entries[0].group != p.group) {
		snprintf(error, PROPOSAL_ERROR_MAX,
			 _("phase 2 has one group for all proposals (PFS), or none"));
		return -EINVAL;
	}
	for (size_t i = 0; i < list->n; i++)
		if (entries[i].encr == p.encr && entries[i].key_bits == p.key_bits &&
		    entries[i].auth == p.auth)
			return 0;
	if (list->n == IKE_PROPOSALS_MAX)
		return too_many(error);
	entries[list->n++] = p;
	return 0;
}

static int append_all(struct list *list, const struct parsed *one, char *error)
{
	int r = 0;

	for (size_t e = 0; e < one->n_encr; e++) {
		for (size_t h = 0; h < one->n_hash; h++) {
			if (one->n_group == 0)
				r = list->append(list, &one->encr[e], &one->hash[h], NULL, error);
			for (size_t g = 0; g < one->n_group && r == 0; g++)
				r = list->append(list, &one->encr[e], &one->hash[h], &one->group[g],
						 error);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

/* The next proposal of the list, without spaces; false at the end. */
static bool next_proposal(const char **p, char *ret, size_t size, bool *ret_too_long)
{
	size_t n = 0;

	if (!**p)
		return false;
	for (; **p && **p != ','; (*p)++)
		if (**p != ' ' && **p != '!' && n < size)
			ret[n++] = **p;
	if (**p)
		(*p)++;
	*ret_too_long = n == size;
	ret[n == size ? n - 1 : n] = '\0';
	return true;
}

static int parse_each(const char *text, bool too_long, struct list *list, char *error)
{
	struct parsed parsed;

	if (too_long)
		return too_many(error);
	int r = parse_one(text, &parsed, error);
	return r < 0 ? r : append_all(list, &parsed, error);
}

/* What isn't understood is left out: fewer are offered then, and nothing that wasn't named. */
static int parse_list(const char *text, struct list *list, char *error)
{
	char one[PROPOSAL_ERROR_MAX], why[PROPOSAL_ERROR_MAX];
	size_t before = list->n;
	bool too_long;

	error[0] = '\0';
	for (const char *p = text; next_proposal(&p, one, sizeof(one), &too_long);)
		if (parse_each(one, too_long, list, why) < 0 && !error[0])
			memcpy(error, why, sizeof(why));
	return error[0] && list->n == before ? -EINVAL : 0;
}

int proposals_parse_ike(const char *text, struct ike_proposal *entries, size_t *n,
			char error[static PROPOSAL_ERROR_MAX])
{
	struct list list = { entries, *n, append_ike };
	int r = parse_list(text, &list, error);

	*n = list.n;
	return r;
}

int proposals_parse_esp(const char *text, struct ike_esp_proposal *entries, size_t *n,
			char error[static PROPOSAL_ERROR_MAX])
{
	struct list list = { entries, *n, append_esp };
	int r = parse_list(text, &list, error);

	*n = list.n;
	return r;
}

/* The first spelling in the table, which is the one to write. */
static const char *spelling(enum kind kind, int value, uint16_t bits)
{
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i].kind == kind && words[i].value == value && words[i].bits == bits)
			return words[i].text;
	return "unknown";
}

const char *proposal_ike_name(const struct ike_proposal *p, char buf[static PROPOSAL_NAME_MAX])
{
	snprintf(buf, PROPOSAL_NAME_MAX, "%s-%s-%s", spelling(ENCR, (int)p->encr, p->key_bits),
		 spelling(HASH, (int)p->hash, 0), spelling(GROUP, (int)p->group, 0));
	return buf;
}

const char *proposal_esp_name(const struct ike_esp_proposal *p, char buf[static PROPOSAL_NAME_MAX])
{
	bool hash = p->auth != IKE_HASH_NONE, group = p->group != IKE_GROUP_NONE;

	snprintf(buf, PROPOSAL_NAME_MAX, "%s%s%s%s%s", spelling(ENCR, (int)p->encr, p->key_bits),
		 hash ? "-" : "", hash ? spelling(HASH, (int)p->auth, 0) : "", group ? "-" : "",
		 group ? spelling(GROUP, (int)p->group, 0) : "");
	return buf;
}

static enum proposal_grade grade(enum ike_encr encr, enum ike_hash hash, enum ike_group group)
{
	if (encr == IKE_ENCR_3DES_CBC || hash == IKE_HASH_MD5 || group == IKE_GROUP_MODP1024 ||
	    group == IKE_GROUP_MODP1536)
		return PROPOSAL_WEAK;
	return hash == IKE_HASH_SHA1 ? PROPOSAL_SOUND : PROPOSAL_STRONG;
}

enum proposal_grade proposal_ike_grade(const struct ike_proposal *p)
{
	return grade(p->encr, p->hash, p->group);
}

enum proposal_grade proposal_esp_grade(const struct ike_esp_proposal *p)
{
	return grade(p->encr, p->auth, p->group);
}
