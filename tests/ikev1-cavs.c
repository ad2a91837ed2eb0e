/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs NIST's CAVS response files for IKEv1's key derivation (NIST SP 800-135 4.1.1) through the
 * key schedule: `ikev1-cavs FILE`, with ikev1_psk.rsp and ikev1_dsa.rsp as published. It prints the
 * count of passed and failed cases and returns 1 when one failed or there was none.
 *
 * The format: lines of `name = value`, the values in hexadecimal; `[SHA-1]` and the like name the
 * hash of the cases that follow; other bracketed lines repeat lengths; `#` begins a comment. A case
 * begins with COUNT and ends before the next one. With a pre-shared-key it is one of psk, else one
 * of dsa. Hashes that the client doesn't offer (SHA-224) are counted apart.
 */
#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/certificate/crypto.h"
#include "ike/keymat.h"

/* NIST's longest value is g^xy of 8192 bits; a line has its name and blanks besides. */
#define VALUE_MAX 1024
#define LINE_MAX  4096

enum field {
	FIELD_CKY_I,
	FIELD_CKY_R,
	FIELD_NI,
	FIELD_NR,
	FIELD_G_XY,
	FIELD_PSK,
	FIELD_SKEYID,
	FIELD_SKEYID_D,
	FIELD_SKEYID_A,
	FIELD_SKEYID_E,
	N_FIELDS,
};

static const char *const field_names[N_FIELDS] = {
	[FIELD_CKY_I] = "CKY_I",
	[FIELD_CKY_R] = "CKY_R",
	[FIELD_NI] = "Ni",
	[FIELD_NR] = "Nr",
	[FIELD_G_XY] = "g^xy",
	[FIELD_PSK] = "pre-shared-key",
	[FIELD_SKEYID] = "SKEYID",
	[FIELD_SKEYID_D] = "SKEYID_d",
	[FIELD_SKEYID_A] = "SKEYID_a",
	[FIELD_SKEYID_E] = "SKEYID_e",
};

struct value {
	bool present;
	size_t len;
	uint8_t data[VALUE_MAX];
};

struct run {
	unsigned int line;
	unsigned int passed, failed, skipped;
	enum ike_hash hash; /* 0: none was named, or one that we don't have */
	bool open;	    /* a case has begun */
	bool malformed;	    /* and has a line that can't be read */
	char count[32];
	struct value values[N_FIELDS];
};

static struct chunk chunk_of(const struct run *run, enum field field)
{
	return (struct chunk){ run->values[field].data, run->values[field].len };
}

static bool same(const struct run *run, enum field field, const struct secret *got)
{
	const struct value *v = &run->values[field];

	return v->len == got->len && memcmp(v->data, got->data, got->len) == 0;
}

/* Which fields a case can't do without; the key's presence says which kind it is. */
static const char *what_is_missing(const struct run *run)
{
	if (run->malformed)
		return "unreadable value";
	for (size_t i = 0; i < N_FIELDS; i++)
		if (i != FIELD_PSK && !run->values[i].present)
			return field_names[i];
	if (run->values[FIELD_CKY_I].len != KEYMAT_COOKIE_LEN ||
	    run->values[FIELD_CKY_R].len != KEYMAT_COOKIE_LEN)
		return "cookie of 8 octets";
	return NULL;
}

/* Return: NULL when all four keys are as they should be, or the name of the first that isn't. */
static const char *compute(const struct run *run)
{
	_cleanup_(keymat_phase1_clear) struct keymat_phase1 keys = { 0 };
	_cleanup_(secret_clear) struct secret skeyid = { 0 };
	const struct chunk ni = chunk_of(run, FIELD_NI), nr = chunk_of(run, FIELD_NR);
	const struct chunk g_xy = chunk_of(run, FIELD_G_XY);
	int r;

	if (run->values[FIELD_PSK].present)
		r = keymat_skeyid_psk(&crypto_openssl, run->hash, chunk_of(run, FIELD_PSK), ni, nr,
				      &skeyid);
	else
		r = keymat_skeyid_sig(&crypto_openssl, run->hash, ni, nr, g_xy, &skeyid);
	if (r < 0 || !same(run, FIELD_SKEYID, &skeyid))
		return field_names[FIELD_SKEYID];

	r = keymat_phase1(&crypto_openssl, run->hash, &skeyid, g_xy, run->values[FIELD_CKY_I].data,
			  run->values[FIELD_CKY_R].data, &keys);
	return r < 0 || !same(run, FIELD_SKEYID_D, &keys.skeyid_d) ? field_names[FIELD_SKEYID_D]
	       : !same(run, FIELD_SKEYID_A, &keys.skeyid_a)	   ? field_names[FIELD_SKEYID_A]
	       : !same(run, FIELD_SKEYID_E, &keys.skeyid_e)	   ? field_names[FIELD_SKEYID_E]
								   : NULL;
}

static void finish_case(struct run *run)
{
	if (!run->open)
		return;
	run->open = false;
	if (run->hash == 0) {
		run->skipped++;
		return;
	}

	const char *missing = what_is_missing(run);
	const char *wrong = missing ? NULL : compute(run);
	if (missing)
		printf("before line %u, COUNT = %s: missing: %s\n", run->line, run->count, missing);
	if (wrong)
		printf("before line %u, COUNT = %s: wrong: %s\n", run->line, run->count, wrong);
	if (missing || wrong)
		run->failed++;
	else
		run->passed++;
}

static void begin_case(struct run *run, const char *count)
{
	finish_case(run);
	memset(run->values, 0, sizeof(run->values));
	run->malformed = false;
	run->open = true;
	(void)snprintf(run->count, sizeof(run->count), "%s", count);
}

static int digit(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

/* Hexadecimal digits, also with blanks between the octets. Return: 0; -EBADMSG; -EMSGSIZE. */
static int parse_value(const char *text, struct value *ret)
{
	struct value v = { .present = true };

	for (const char *p = text; *p;) {
		if (isspace((unsigned char)*p)) {
			p++;
			continue;
		}
		int high = digit(p[0]), low = high < 0 ? -1 : digit(p[1]);
		if (low < 0)
			return -EBADMSG;
		if (v.len == VALUE_MAX)
			return -EMSGSIZE;
		v.data[v.len++] = (uint8_t)(high << 4 | low);
		p += 2;
	}
	*ret = v;
	return 0;
}

static void take_field(struct run *run, const char *name, const char *text)
{
	if (strcmp(name, "COUNT") == 0) {
		begin_case(run, text);
		return;
	}
	for (size_t i = 0; i < N_FIELDS; i++)
		if (strcmp(name, field_names[i]) == 0 && parse_value(text, &run->values[i]) < 0)
			run->malformed = true;
}

/* Without the blanks and line ends at both ends; the text is changed. */
static char *strip(char *text)
{
	while (isspace((unsigned char)*text))
		text++;
	size_t len = strlen(text);
	while (len > 0 && isspace((unsigned char)text[len - 1]))
		text[--len] = '\0';
	return text;
}

/* A new hash; the lengths that stand in brackets too can be seen from the values. */
static void take_section(struct run *run, char *text)
{
	static const struct {
		const char *name;
		enum ike_hash hash;
	} hashes[] = {
		{ "SHA-1", IKE_HASH_SHA1 },
		{ "SHA1", IKE_HASH_SHA1 },
		{ "SHA-224", 0 },
		{ "SHA-256", IKE_HASH_SHA256 },
		{ "SHA-384", IKE_HASH_SHA384 },
		{ "SHA-512", IKE_HASH_SHA512 },
		{ "MD5", IKE_HASH_MD5 },
		{ "SHA224", 0 },
		{ "SHA256", IKE_HASH_SHA256 },
		{ "SHA384", IKE_HASH_SHA384 },
		{ "SHA512", IKE_HASH_SHA512 },
	};

	finish_case(run);
	text[strcspn(text, "]")] = '\0';
	text = strip(text);
	for (size_t i = 0; i < ARRAY_SIZE(hashes); i++)
		if (strcasecmp(text, hashes[i].name) == 0)
			run->hash = hashes[i].hash;
}

static void take_line(struct run *run, char *line)
{
	char *text = strip(line);
	char *equals = strchr(text, '=');

	if (*text == '\0' || *text == '#')
		return;
	if (*text == '[') {
		take_section(run, text + 1);
		return;
	}
	if (!equals) {
		run->malformed = true;
		return;
	}
	*equals = '\0';
	take_field(run, strip(text), strip(equals + 1));
}

static int run_file(FILE *file, struct run *run)
{
	static char line[LINE_MAX];

	while (fgets(line, sizeof(line), file)) {
		run->line++;
		/* A line that is cut would give a wrong value or pass its rest off as another line.
		 */
		if (!strchr(line, '\n') && !feof(file)) {
			(void)fprintf(stderr, "line %u is too long\n", run->line);
			return -EMSGSIZE;
		}
		take_line(run, line);
	}
	run->line++;
	finish_case(run);
	return ferror(file) ? -EIO : 0;
}

int main(int argc, char **argv)
{
	static struct run run;

	if (argc != 2) {
		(void)fprintf(stderr, "usage: %s FILE\n", argv[0]);
		return 2;
	}

	FILE *file = fopen(argv[1], "re");
	if (!file) {
		(void)fprintf(stderr, "%s: %s\n", argv[1], strerror(errno));
		return 2;
	}
	int r = run_file(file, &run);
	(void)fclose(file);

	if (run.skipped > 0)
		(void)fprintf(stderr, "%u skipped: a hash that the client doesn't offer\n",
			      run.skipped);
	printf("%u passed, %u failed\n", run.passed, run.failed);
	return r < 0 || run.failed > 0 || run.passed == 0 ? 1 : 0;
}
