/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Identities in words: every form, every type, every boundary; names against OpenSSL's reading. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/x509.h>

#include "client/profile/identity.h"

static const struct {
	const char *text;
	enum ike_id_type type;
	size_t len;
	const char *data;
} good[] = {
	{ "%any", IKE_ID_ANY, 0, "" },
	{ "192.0.2.1", IKE_ID_IPV4_ADDR, 4, "\xc0\x00\x02\x01" },
	{ "2001:db8::1", IKE_ID_IPV6_ADDR, 16, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01" },
	{ "vpn.office.test", IKE_ID_FQDN, 15, "vpn.office.test" },
	{ "@vpn.office.test", IKE_ID_FQDN, 15, "vpn.office.test" },
	{ "taro@office.test", IKE_ID_USER_FQDN, 16, "taro@office.test" },
	{ "@@taro@office.test", IKE_ID_USER_FQDN, 16, "taro@office.test" },
	{ "@#68656c6C6f", IKE_ID_KEY_ID, 5, "hello" },
	{ "@#0x6869", IKE_ID_KEY_ID, 2, "hi" },
	{ "@[sales group]", IKE_ID_KEY_ID, 11, "sales group" },
	{ "@192.0.2.1", IKE_ID_FQDN, 9, "192.0.2.1" },
	{ "@CN=gw", IKE_ID_FQDN, 5, "CN=gw" },
};

static const char *const bad[] = {
	"",	  "@",
	"@@",	  "@#",
	"@#0x",	  "@#6",
	"@#6g",	  "@#686",
	"@[]",	  "%defaultroute",
	"%",	  "a\nb",
	"C",	  "=",
	"C=",	  "C=JP,CN=",
	"XY=1",	  "C=JP O=Office\\",
	"CN=a\\", "=JP",
	",",	  ",C=JP",
};

static void test_forms(void **state)
{
	struct ike_id id;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(identity_parse(good[i].text, &id), 0);
		assert_int_equal(id.type, good[i].type);
		assert_int_equal(id.len, good[i].len);
		assert_memory_equal(id.data, good[i].data, good[i].len);
	}
}

static void formatted(enum ike_id_type type, const void *data, size_t len, const char *wanted)
{
	struct ike_id id = { .type = type, .len = len };
	char text[IDENTITY_TEXT_MAX];

	memcpy(id.data, data, len);
	assert_string_equal(identity_format(&id, text), wanted);
}

/* What a gateway shows, as it can be put into the profile; the shortest form that is read as the same. */
static void test_format(void **state)
{
	char long_name[IKE_ID_MAX], wanted[IDENTITY_TEXT_MAX];

	(void)state;
	formatted(IKE_ID_IPV4_ADDR, "\xc0\x00\x02\x01", 4, "192.0.2.1");
	formatted(IKE_ID_IPV6_ADDR, "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 16,
		  "2001:db8::1");
	formatted(IKE_ID_FQDN, "vpn.office.test", 15, "vpn.office.test");
	formatted(IKE_ID_FQDN, "192.168.100.1", 13, "@192.168.100.1");
	formatted(IKE_ID_FQDN, "CN=gw", 5, "@CN=gw");
	formatted(IKE_ID_FQDN, "%any", 4, "@%any");
	formatted(IKE_ID_USER_FQDN, "taro@office.test", 16, "taro@office.test");
	formatted(IKE_ID_USER_FQDN, "taro", 4, "@@taro");
	formatted(IKE_ID_KEY_ID, "sales group", 11, "@[sales group]");
	formatted(IKE_ID_KEY_ID, "a\nb", 3, "@#610a62");
	formatted(IKE_ID_KEY_ID, "a\0b", 3, "@#610062");

	/* Of a wrong length, with control characters or of types that the profile can't name. */
	formatted(IKE_ID_IPV4_ADDR, "\xc0\x00\x02", 3, "type 1: 0xc00002");
	formatted(IKE_ID_FQDN, "a\x1b[2J", 5, "type 2: 0x611b5b324a");
	formatted(IKE_ID_FQDN, "", 0, "type 2: 0x");
	formatted(IKE_ID_DER_ASN1_DN, "\x30\x00", 2, "type 9: 0x3000");
	formatted((enum ike_id_type)200, "hi", 2, "type 200: 0x6869");

	memset(long_name, 'x', sizeof(long_name));
	memset(wanted, 'x', sizeof(wanted));
	wanted[IDENTITY_TEXT_MAX - 1] = '\0';
	formatted(IKE_ID_FQDN, long_name, IDENTITY_TEXT_MAX - 1, wanted);
	for (size_t len = IDENTITY_TEXT_MAX; len <= IKE_ID_MAX; len += 39) {
		struct ike_id id = { .type = IKE_ID_FQDN, .len = len };
		memset(id.data, 'x', len);
		assert_string_equal(identity_format(&id, wanted) + strlen(wanted) - 5, "78...");
		assert_true(strlen(wanted) >= IDENTITY_TEXT_MAX - 6);
	}
}

/* A name alone is one of a host's, so only what can't be one is refused. */
static void test_bad(void **state)
{
	struct ike_id id = { .type = IKE_ID_FQDN, .len = 77 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (strcmp(bad[i], "C") == 0 || strcmp(bad[i], ",") == 0)
			continue;
		if (identity_parse(bad[i], &id) != -EINVAL)
			fail_msg("\"%s\" is taken for an identity", bad[i]);
		assert_int_equal(id.len, 77);
	}
	assert_int_equal(identity_parse_dn("C", &id), -EINVAL);
	assert_int_equal(identity_parse_dn(",", &id), -EINVAL);
	assert_int_equal(identity_parse_dn("", &id), -EINVAL);
}

/* The name that OpenSSL reads from our DER, in its one-line form. */
static void check_dn(const char *text, const char *wanted)
{
	struct ike_id id;
	char line[1024];

	if (identity_parse(text, &id) != 0)
		fail_msg("\"%s\" is refused", text);
	assert_int_equal(id.type, IKE_ID_DER_ASN1_DN);
	const uint8_t *p = id.data;
	X509_NAME *name = d2i_X509_NAME(NULL, &p, (long)id.len);
	assert_non_null(name);
	assert_ptr_equal(p, id.data + id.len);
	assert_string_equal(X509_NAME_oneline(name, line, sizeof(line)), wanted);

	/* The DER is the only one there is: OpenSSL writes the same octets. */
	uint8_t *again = NULL;
	assert_int_equal(i2d_X509_NAME(name, &again), (int)id.len);
	assert_memory_equal(again, id.data, id.len);
	OPENSSL_free(again);
	X509_NAME_free(name);
}

static void test_names(void **state)
{
	(void)state;
	check_dn("C=JP, O=Office, CN=gw", "/C=JP/O=Office/CN=gw");
	check_dn("c=JP,o=Office ,  cn = gw ", "/C=JP/O=Office/CN=gw");
	check_dn("CN=a\\, b\\=c\\\\d", "/CN=a, b=c\\d");
	check_dn("CN=\\ a\\ ", "/CN= a ");
	check_dn("CN=a=b", "/CN=a=b");
	check_dn("DC=test, DC=office, OU=VPN, UID=17, E=a@office.test",
		 "/DC=test/DC=office/OU=VPN/UID=17/emailAddress=a@office.test");
	check_dn("ST=Tokyo, L=Chiyoda, STREET=1-1, SN=42, title=Dr, GN=Hanako",
		 "/ST=Tokyo/L=Chiyoda/street=1-1/serialNumber=42/title=Dr/GN=Hanako");
	check_dn("O=\xe7\xb7\x8f\xe5\x8b\x99", "/O=\\xE7\\xB7\\x8F\\xE5\\x8B\\x99");
}

/* Lengths around DER's changes of form, up to what an identity has room for. */
static void test_lengths(void **state)
{
	char text[IKE_ID_MAX + 16];
	struct ike_id id;

	(void)state;
	for (size_t len = 1; len < IKE_ID_MAX; len++) {
		memcpy(text, "CN=", 3);
		memset(text + 3, 'x', len);
		text[3 + len] = '\0';
		int r = identity_parse(text, &id);
		/* Headers: of the string 2 to 4 octets, the OID 5, and three around of 2 to 4. */
		if (len <= IKE_ID_MAX - 21)
			assert_int_equal(r, 0);
		if (len > IKE_ID_MAX - 13)
			assert_int_equal(r, -EINVAL);
		if (r != 0)
			continue;
		const uint8_t *p = id.data;
		X509_NAME *name = d2i_X509_NAME(NULL, &p, (long)id.len);
		assert_non_null(name);
		assert_ptr_equal(p, id.data + id.len);
		X509_NAME_free(name);
	}
	memset(text, 'a', sizeof(text));
	text[IKE_ID_MAX] = '\0';
	assert_int_equal(identity_parse(text, &id), 0);
	text[IKE_ID_MAX] = 'a';
	text[IKE_ID_MAX + 1] = '\0';
	assert_int_equal(identity_parse(text, &id), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_forms),	cmocka_unit_test(test_format),
		cmocka_unit_test(test_bad),	cmocka_unit_test(test_names),
		cmocka_unit_test(test_lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
