/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proposals in strongSwan's and libreswan's notation: what they mean, and what is refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "client/profile/grade.h"
#include "client/profile/proposals.h"

/* clang-format off */
/* The canonical names of all entries with ',' between; NULL: refused. */
static const struct {
	const char *text, *ike, *esp;
} cases[] = {
	{ "aes256-sha256-modp2048", "aes256-sha256-modp2048", "aes256-sha256-modp2048" },
	{ "AES256-SHA2_256-MODP2048!", "aes256-sha256-modp2048", "aes256-sha256-modp2048" },
	{ "aes256-sha2_256;modp2048", "aes256-sha256-modp2048", "aes256-sha256-modp2048" },
	{ "aes_cbc256-hmac_sha1-dh14", "aes256-sha1-modp2048", "aes256-sha1-modp2048" },
	{ "aes_cbc_128-sha1;dh19", "aes128-sha1-ecp256", "aes128-sha1-ecp256" },
	{ "aes-256-sha1-modp1024", "aes256-sha1-modp1024", "aes256-sha1-modp1024" },
	{ "aes-sha1-modp2048", "aes256-sha1-modp2048,aes128-sha1-modp2048",
	  "aes256-sha1-modp2048,aes128-sha1-modp2048" },
	{ "3des-sha1-modp1024", "3des-sha1-modp1024", "3des-sha1-modp1024" },
	{ "3des-sha-modp1024", "3des-sha1-modp1024", "3des-sha1-modp1024" },
	{ "3des-md5-modp1536", "3des-md5-modp1536", "3des-md5-modp1536" },
	{ "aes128-sha1-ecp256", "aes128-sha1-ecp256", "aes128-sha1-ecp256" },
	{ "aes192-sha384-ecp384,aes128-sha512-ecp521",
	  "aes192-sha384-ecp384,aes128-sha512-ecp521", "aes192-sha384-ecp384" },
	{ "aes256+aes128-sha1-modp2048", "aes256-sha1-modp2048,aes128-sha1-modp2048",
	  "aes256-sha1-modp2048,aes128-sha1-modp2048" },
	{ "aes256-aes128-sha256-sha1-modp2048",
	  "aes256-sha256-modp2048,aes256-sha1-modp2048,aes128-sha256-modp2048,aes128-sha1-modp2048",
	  "aes256-sha256-modp2048,aes256-sha1-modp2048,aes128-sha256-modp2048,aes128-sha1-modp2048" },
	{ "aes256-sha1", "aes256-sha1-modp2048", "aes256-sha1" },
	{ "aes256", "aes256-sha256-modp2048,aes256-sha1-modp2048", "aes256-sha256,aes256-sha1" },
	{ "aes128-sha1, aes256-sha1 ,", "aes128-sha1-modp2048,aes256-sha1-modp2048",
	  "aes128-sha1,aes256-sha1" },
	{ "aes128-sha1,aes128-sha1", "aes128-sha1-modp2048", "aes128-sha1" },
	{ "aes256-sha256-prfsha256-modp4096", "aes256-sha256-modp4096", "aes256-sha256-modp4096" },
	{ "aes256-sha256-modp3072-noesn", "aes256-sha256-modp3072", "aes256-sha256-modp3072" },
	{ "aes256-sha256-curve25519", "aes256-sha256-curve25519", "aes256-sha256-curve25519" },
	{ "aes128-sha2_256-x25519", "aes128-sha256-curve25519", "aes128-sha256-curve25519" },
	{ "aes256-sha2_512;dh31", "aes256-sha512-curve25519", "aes256-sha512-curve25519" },
	{ "AES_CBC_256-HMAC_SHA2_512_256-MODP4096", "aes256-sha512-modp4096",
	  "aes256-sha512-modp4096" },
	{ "aes_cbc_128-hmac_sha1_96-modp1536", "aes128-sha1-modp1536", "aes128-sha1-modp1536" },
	{ "aes192-hmac_sha2_512-ecp384", "aes192-sha512-ecp384", "aes192-sha512-ecp384" },
	{ "aes128-hmac_sha2_256_128-prfsha256-modp3072", "aes128-sha256-modp3072",
	  "aes128-sha256-modp3072" },
	{ "aes256-sha2_384_192-ecp521", "aes256-sha384-ecp521", "aes256-sha384-ecp521" },
	/* AES-GCM is phase 2's: strongSwan's spelling, then libreswan's */
	{ "aes128gcm16", NULL, "aes128gcm16" },
	{ "aes192gcm16-modp2048", NULL, "aes192gcm16-modp2048" },
	{ "aes256gcm16-ecp256,aes256gcm128-ecp256", NULL, "aes256gcm16-ecp256" },
	{ "aes128gcm128!", NULL, "aes128gcm16" },
	{ "aes128gcm16-aes256gcm16-curve25519", NULL,
	  "aes128gcm16-curve25519,aes256gcm16-curve25519" },
	{ "aes256gcm16-sha256", NULL, "aes256gcm16" },
	{ "aes_gcm256", NULL, "aes256gcm16" },
	{ "aes_gcm_c_256", NULL, "aes256gcm16" },
	{ "AES_GCM_C_128-NONE", NULL, "aes128gcm16" },
	{ "aes_gcm_16_192", NULL, "aes192gcm16" },
	{ "aes_gcm128-null", NULL, "aes128gcm16" },
	{ "aes_gcm128-null;modp2048", NULL, "aes128gcm16-modp2048" },
	{ "aes_gcm-null", NULL, "aes256gcm16,aes128gcm16" },
	{ "aes_gcm-256-null,aes256-sha2_256", "aes256-sha256-modp2048", "aes256gcm16,aes256-sha256" },
	{ "aes_gcm_16", NULL, "aes256gcm16,aes128gcm16" },
	{ "aes256gcm16+aes256-sha1", NULL, "aes256gcm16,aes256-sha1" },
	{ "", "", "" },
	{ "aes256-sha1-modp2048,aes128-sha1", "aes256-sha1-modp2048,aes128-sha1-modp2048",
	  "aes256-sha1-modp2048" },
	/* what isn't understood is left out */
	{ "aes256-sha256-modp2048,aes256-sha1-modp8192", "aes256-sha256-modp2048", "aes256-sha256-modp2048" },
	{ "des-sha1,aes256-sha1", "aes256-sha1-modp2048", "aes256-sha1" },
	{ "aes256-sha1,null,blowfish-sha1", "aes256-sha1-modp2048", "aes256-sha1" },
	{ ",aes256-sha1", "aes256-sha1-modp2048", "aes256-sha1" },
	{ "aes256gcm16,aes256-sha1", "aes256-sha1-modp2048", "aes256gcm16,aes256-sha1" },
	/* never */
	{ "des-sha1-modp1024", NULL, NULL },
	{ "null-sha1", NULL, NULL },
	{ "aes256-sha1-modp768", NULL, NULL },
	{ "aes256-sha1-dh1", NULL, NULL },
	{ "aes256-none", NULL, NULL },
	{ "aes256-null", NULL, NULL },
	{ "null", NULL, NULL },
	{ "aes_gcm128-aes128-null", NULL, NULL },
	/* not known, or no proposal */
	{ "aes256gcm8-modp2048", NULL, NULL },
	{ "aes128gcm96", NULL, NULL },
	{ "aes_gcm_a_256", NULL, NULL },
	{ "aes512gcm16", NULL, NULL },
	{ "blowfish-sha1", NULL, NULL },
	{ "aes512-sha1", NULL, NULL },
	{ "aes-512-sha1", NULL, NULL },
	{ "sha1-modp2048", NULL, NULL },
	{ "modp2048", NULL, NULL },
	{ "-", NULL, NULL },
	{ "aes256--sha1", NULL, NULL },
	{ "-aes256", NULL, NULL },
	{ "aes256-sha1$(id)", NULL, NULL },
	{ "aes256-sha1\"", NULL, NULL },
	{ "aes256-sha1\xc3\xa9", NULL, NULL },
	{ "aes256'-sha1", NULL, NULL },
	{ "aes256-aes256-aes256-aes256-aes256-aes256-aes256-aes256-aes256-sha1", NULL, NULL },
	{ "aes-aes-aes-aes-aes-256-sha1", NULL, NULL },
	{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL, NULL },
};
/* clang-format on */

static void check(const char *text, const char *wanted, int r, const char *got, const char *error)
{
	if (!wanted && (r == 0 || !error[0]))
		fail_msg("\"%s\" is not refused with a reason: \"%s\"", text, got);
	if (wanted && r != 0)
		fail_msg("\"%s\" is refused: %s", text, error);
	if (wanted && strcmp(got, wanted) != 0)
		fail_msg("\"%s\" is\n%s\ninstead of\n%s", text, got, wanted);
}

static void add(char *got, const char *name)
{
	snprintf(got + strlen(got), 1024 - strlen(got), "%s%s", got[0] ? "," : "", name);
}

static void test_notation(void **state)
{
	(void)state;
	for (size_t c = 0; c < ARRAY_SIZE(cases); c++) {
		struct ike_proposal ike[IKE_PROPOSALS_MAX];
		struct ike_esp_proposal esp[IKE_PROPOSALS_MAX];
		char error[PROPOSAL_ERROR_MAX] = "", name[PROPOSAL_NAME_MAX], got[1024] = "";
		size_t n = 0;
		int r = proposals_parse_ike(cases[c].text, ike, &n, error);

		for (size_t i = 0; i < n; i++)
			add(got, proposal_ike_name(&ike[i], name));
		check(cases[c].text, cases[c].ike, r, got, error);

		n = 0;
		got[0] = error[0] = '\0';
		r = proposals_parse_esp(cases[c].text, esp, &n, error);
		for (size_t i = 0; i < n; i++)
			add(got, proposal_esp_name(&esp[i], name));
		check(cases[c].text, cases[c].esp, r, got, error);
	}
}

/* The numbers behind the names, once for each algorithm. */
static void test_values(void **state)
{
	struct ike_proposal p[IKE_PROPOSALS_MAX];
	char error[PROPOSAL_ERROR_MAX];
	size_t n = 0;

	(void)state;
	assert_int_equal(proposals_parse_ike("aes192-sha384-ecp384,3des-md5-modp1536", p, &n,
					     error),
			 0);
	assert_int_equal(n, 2);
	assert_int_equal(p[0].encr, IKE_ENCR_AES_CBC);
	assert_int_equal(p[0].key_bits, 192);
	assert_int_equal(p[0].hash, IKE_HASH_SHA384);
	assert_int_equal(p[0].group, 20);
	assert_int_equal(p[1].encr, IKE_ENCR_3DES_CBC);
	assert_int_equal(p[1].key_bits, 0);
	assert_int_equal(p[1].hash, IKE_HASH_MD5);
	assert_int_equal(p[1].group, 5);
}

static enum proposal_grade ike_grade(const char *text)
{
	struct ike_proposal p[IKE_PROPOSALS_MAX];
	char error[PROPOSAL_ERROR_MAX];
	size_t n = 0;

	assert_int_equal(proposals_parse_ike(text, p, &n, error), 0);
	return proposal_ike_grade(&p[0]);
}

static void test_grades(void **state)
{
	(void)state;
	assert_int_equal(ike_grade("aes256-sha256-ecp256"), PROPOSAL_STRONG);
	assert_int_equal(ike_grade("aes128-sha512-modp2048"), PROPOSAL_STRONG);
	assert_int_equal(ike_grade("aes256-sha1-modp2048"), PROPOSAL_SOUND);
	assert_int_equal(ike_grade("3des-sha256-modp2048"), PROPOSAL_WEAK);
	assert_int_equal(ike_grade("aes256-md5-modp2048"), PROPOSAL_WEAK);
	assert_int_equal(ike_grade("aes256-sha256-modp1536"), PROPOSAL_WEAK);
	assert_int_equal(ike_grade("aes256-sha256-modp1024"), PROPOSAL_WEAK);
}

static void check_words(const char *one, const char *two, enum proposal_grade wanted,
			const char *wanted_reason)
{
	struct ike_proposal ike[IKE_PROPOSALS_MAX];
	struct ike_esp_proposal esp[IKE_PROPOSALS_MAX];
	char error[PROPOSAL_ERROR_MAX], reason[GRADE_WORDS_MAX];
	size_t n = 0, n_esp = 0;

	assert_int_equal(proposals_parse_ike(one, ike, &n, error), 0);
	assert_int_equal(proposals_parse_esp(two, esp, &n_esp, error), 0);
	assert_int_equal(grade_of(&ike[0], n_esp ? &esp[0] : NULL, reason), wanted);
	assert_string_equal(reason, wanted_reason);
	assert_int_equal(grade_advice(wanted)[0] != '\0', wanted == PROPOSAL_WEAK);
}

static void test_grade_words(void **state)
{
	(void)state;
	check_words("aes256-sha256-ecp256", "aes256gcm16", PROPOSAL_STRONG, "");
	check_words("aes256-sha256-modp2048", "aes256-sha1", PROPOSAL_SOUND,
		    "SHA-1 as HMAC in phase 2");
	check_words("aes256-sha1-modp2048", "aes256-sha1", PROPOSAL_SOUND,
		    "SHA-1 as HMAC in phase 1; SHA-1 as HMAC in phase 2");
	check_words("3des-sha1-modp1024", "aes256-sha1", PROPOSAL_WEAK,
		    "3DES-CBC and modp1024 in phase 1");
	check_words("aes256-sha1-modp2048", "3des-md5-modp1536", PROPOSAL_WEAK,
		    "3DES-CBC and MD5 and modp1536 in phase 2");
	check_words("aes256-sha1-modp2048", "", PROPOSAL_SOUND, "SHA-1 as HMAC in phase 1");
}

/* A list of exactly 16 fits; of a longer one the first 16 count. */
static void test_room(void **state)
{
	struct ike_proposal p[IKE_PROPOSALS_MAX];
	char error[PROPOSAL_ERROR_MAX];
	size_t n = 0;

	(void)state;
	assert_int_equal(
		proposals_parse_ike("aes256-aes128-sha256-sha1-modp2048-modp3072-modp4096-ecp256",
				    p, &n, error),
		0);
	assert_int_equal(n, 16);
	assert_int_equal(proposals_parse_ike("aes256-sha256-modp2048", p, &n, error), 0);
	assert_string_equal(error, "");
	assert_int_equal(proposals_parse_ike("3des-sha1-modp2048", p, &n, error), -EINVAL);
	assert_int_equal(n, 16);
	n = 0;
	assert_int_equal(
		proposals_parse_ike("aes256-aes192-aes128-sha512-sha384-sha256-modp2048-modp3072",
				    p, &n, error),
		0);
	assert_int_equal(n, 16);
	assert_non_null(strstr(error, "more than 16"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_notation), cmocka_unit_test(test_values),
		cmocka_unit_test(test_grades),	 cmocka_unit_test(test_grade_words),
		cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
