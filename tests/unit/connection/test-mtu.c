/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What fits into one packet, against a table made by hand and against a packet put together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "client/connection/mtu.h"
#include "client/connection/request.h"

/* UDP-encapsulated over IPv4: Ethernet, PPPoE, DS-Lite, FLET'S PPPoE, and narrower ones. */
static const struct {
	uint32_t path;
	uint16_t aes_sha1, aes_sha256, des3_sha1;
} table[] = {
	{ 1500, 1404, 1404, 1420 }, { 1492, 1404, 1404, 1412 }, { 1460, 1372, 1372, 1380 },
	{ 1454, 1356, 1356, 1372 }, { 1400, 1308, 1308, 1324 }, { 1280, 1196, 1180, 1204 },
};

static uint16_t fitting(uint32_t mtu, enum ike_encr encr, enum ike_hash auth)
{
	const struct mtu_path path = {
		.mtu = mtu,
		.udp_encap = true,
		.esp = { .encr = encr, .auth = auth },
	};

	return mtu_fitting(&path, MTU_L2TP_HEADER);
}

static void the_table_holds(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(table); i++) {
		assert_int_equal(fitting(table[i].path, IKE_ENCR_AES_CBC, IKE_HASH_SHA1),
				 table[i].aes_sha1);
		assert_int_equal(fitting(table[i].path, IKE_ENCR_AES_CBC, IKE_HASH_SHA256),
				 table[i].aes_sha256);
		assert_int_equal(fitting(table[i].path, IKE_ENCR_3DES_CBC, IKE_HASH_SHA1),
				 table[i].des3_sha1);
	}
}

/* The size on the wire of a packet of N octets within PPP. */
static uint32_t on_the_wire(const struct mtu_path *path, uint32_t n, uint32_t l2tp, uint32_t block,
			    uint32_t iv, uint32_t icv)
{
	uint32_t encrypted = 8 + l2tp + 4 + n + 2;

	while (encrypted % block)
		encrypted++;
	return (path->ipv6 ? 40 : 20) + (path->udp_encap ? 8 : 0) + 8 + iv + encrypted + icv;
}

/* The largest that fits fits, and one octet more does not, whatever is around it. */
static void one_more_would_not_fit(void **state)
{
	static const struct {
		enum ike_encr encr;
		uint32_t block, iv;
	} ciphers[] = { { IKE_ENCR_AES_CBC, 16, 16 },
			{ IKE_ENCR_3DES_CBC, 8, 8 },
			{ IKE_ENCR_AES_GCM_16, 4, 8 } };
	static const struct {
		enum ike_hash auth;
		uint32_t icv;
	} macs[] = { { IKE_HASH_NONE, 16 },   { IKE_HASH_MD5, 12 },    { IKE_HASH_SHA1, 12 },
		     { IKE_HASH_SHA256, 16 }, { IKE_HASH_SHA384, 24 }, { IKE_HASH_SHA512, 32 } };

	(void)state;
	for (uint32_t mtu = 576; mtu <= 9000; mtu += 7)
		for (size_t i = 0; i < ARRAY_SIZE(ciphers) * ARRAY_SIZE(macs) * 12; i++) {
			size_t c = i % ARRAY_SIZE(ciphers);
			size_t m = i / ARRAY_SIZE(ciphers) % ARRAY_SIZE(macs);
			size_t rest = i / ARRAY_SIZE(ciphers) / ARRAY_SIZE(macs);
			uint32_t l2tp = 6 + (rest & 1 ? 2 : 0) + (rest >= 8 ? 4 : 0);
			const struct mtu_path path = {
				.mtu = mtu,
				.udp_encap = rest & 2,
				.ipv6 = rest & 4,
				.esp = { .encr = ciphers[c].encr, .auth = macs[m].auth },
			};
			uint32_t n = mtu_fitting(&path, l2tp);

			assert_true(on_the_wire(&path, n, l2tp, ciphers[c].block, ciphers[c].iv,
						macs[m].icv) <= mtu);
			assert_true(on_the_wire(&path, n + 1, l2tp, ciphers[c].block, ciphers[c].iv,
						macs[m].icv) > mtu);
		}
}

static void an_unknown_path_is_told(void **state)
{
	(void)state;
	assert_int_equal(fitting(0, IKE_ENCR_AES_CBC, IKE_HASH_SHA1), 0);
	assert_int_equal(fitting(575, IKE_ENCR_AES_CBC, IKE_HASH_SHA1), 0);
	assert_true(fitting(65536, IKE_ENCR_AES_CBC, IKE_HASH_SHA1) > 65000);
}

static struct dp_link asked_for(uint32_t path_mtu, uint16_t limit, bool sequencing)
{
	static struct profile profile;
	static struct connection_info info;
	struct dp_link link;

	profile.mtu = profile.mru = limit;
	info.path_mtu = path_mtu;
	info.udp_encap = true;
	info.gateway.family = 2; /* AF_INET */
	info.esp =
		(struct ike_esp_proposal){ IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA1, IKE_GROUP_NONE };
	request_link(&profile, &info, sequencing, &link);
	return link;
}

static void assert_link(struct dp_link link, uint16_t mtu, uint16_t mru)
{
	assert_int_equal(link.mtu, mtu);
	assert_int_equal(link.mru, mru);
}

/* What is asked for counts the length field that a gateway may send. */
static void requests_keep_to_path_and_profile(void **state)
{
	(void)state;
	assert_link(asked_for(1500, 1400, false), 1400, 1400);
	assert_link(asked_for(1500, 1500, false), 1404, 1402);
	assert_link(asked_for(1454, 1400, false), 1356, 1354);
	assert_link(asked_for(1454, 1400, true), 1352, 1350);
	assert_link(asked_for(1454, 1200, false), 1200, 1200);
	assert_link(asked_for(0, 1400, false), 1280, 1280);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_holds),
		cmocka_unit_test(one_more_would_not_fit),
		cmocka_unit_test(an_unknown_path_is_told),
		cmocka_unit_test(requests_keep_to_path_and_profile),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
