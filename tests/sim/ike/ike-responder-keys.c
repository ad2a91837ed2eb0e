/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The responder model's keys, by its own reading of RFC 2409 5 and appendix B. Failures of the
 * crypto are the test's own and end it.
 */
#include <stdlib.h>
#include <string.h>

#include "ike-responder-private.h"

static void must(int r)
{
	if (r != 0)
		abort();
}

static size_t hash_len(enum ike_hash hash)
{
	static const size_t lens[] = {
		[IKE_HASH_NONE] = 0,	[IKE_HASH_MD5] = 16,	[IKE_HASH_SHA1] = 20,
		[IKE_HASH_SHA256] = 32, [IKE_HASH_SHA384] = 48, [IKE_HASH_SHA512] = 64,
	};

	return lens[hash];
}

size_t responder_hash_len(const struct responder_sa *sa)
{
	return hash_len(sa->proposal.hash);
}

size_t responder_block_len(const struct responder_sa *sa)
{
	return sa->proposal.encr == IKE_ENCR_AES_CBC ? 16 : 8;
}

void responder_prf(const struct responder *r, const struct responder_sa *sa, struct chunk key,
		   const struct chunk *parts, size_t n, uint8_t ret[static 64])
{
	must(r->config.crypto->hmac(r->config.crypto->userdata, sa->proposal.hash, key, parts, n,
				    ret));
}

void responder_hash(const struct responder *r, const struct responder_sa *sa,
		    const struct chunk *parts, size_t n, uint8_t ret[static 64])
{
	must(r->config.crypto->hash(r->config.crypto->userdata, sa->proposal.hash, parts, n, ret));
}

static void prf_to(const struct responder *r, const struct responder_sa *sa,
		   const struct secret *key, const struct chunk *parts, size_t n,
		   struct secret *ret)
{
	uint8_t out[64];

	responder_prf(r, sa, secret_chunk(key), parts, n, out);
	must(secret_set(ret, out, responder_hash_len(sa)));
}

/* Appendix B: SKEYID_e itself when it is long enough, else what prf makes of a zero and of that. */
static void derive_cipher_key(struct responder *r, struct responder_sa *sa)
{
	size_t len = sa->proposal.encr == IKE_ENCR_AES_CBC ? sa->proposal.key_bits / 8 : 24;
	uint8_t ka[3 * 64], zero = 0;
	struct chunk last = { &zero, 1 };

	if (sa->skeyid_e.len >= len) {
		must(secret_set(&sa->key, sa->skeyid_e.data, len));
		return;
	}
	for (size_t have = 0; have < len; have += last.len) {
		responder_prf(r, sa, secret_chunk(&sa->skeyid_e), &last, 1, ka + have);
		last = (struct chunk){ ka + have, responder_hash_len(sa) };
	}
	must(secret_set(&sa->key, ka, len));
}

void responder_derive_phase1(struct responder *r, struct responder_sa *sa, struct chunk g_xy)
{
	const struct chunk psk = { r->config.psk, strlen(r->config.psk) };
	const struct chunk nonces[] = { responder_view(&sa->ni), responder_view(&sa->nr) };
	const struct chunk values[] = { responder_view(&sa->g_xi), responder_view(&sa->g_xr) };
	const struct chunk i = { sa->cky_i, 8 }, c = { sa->cky_r, 8 };
	uint8_t out[64];

	responder_prf(r, sa, psk, nonces, 2, out);
	must(secret_set(&sa->skeyid, out, responder_hash_len(sa)));
	prf_to(r, sa, &sa->skeyid, (const struct chunk[]){ g_xy, i, c, { "\0", 1 } }, 4,
	       &sa->skeyid_d);
	prf_to(r, sa, &sa->skeyid,
	       (const struct chunk[]){ secret_chunk(&sa->skeyid_d), g_xy, i, c, { "\1", 1 } }, 5,
	       &sa->skeyid_a);
	prf_to(r, sa, &sa->skeyid,
	       (const struct chunk[]){ secret_chunk(&sa->skeyid_a), g_xy, i, c, { "\2", 1 } }, 5,
	       &sa->skeyid_e);
	derive_cipher_key(r, sa);
	responder_hash(r, sa, values, 2, out);
	memcpy(sa->iv, out, 16);
}

void responder_proof(const struct responder *r, const struct responder_sa *sa, bool initiator,
		     struct chunk id, uint8_t ret[static 64])
{
	const struct chunk g_xi = responder_view(&sa->g_xi), g_xr = responder_view(&sa->g_xr);
	const struct chunk i = { sa->cky_i, 8 }, c = { sa->cky_r, 8 };
	const struct chunk parts[] = {
		initiator ? g_xi : g_xr, initiator ? g_xr : g_xi,    initiator ? i : c,
		initiator ? c : i,	 responder_view(&sa->sai_b), id,
	};

	responder_prf(r, sa, secret_chunk(&sa->skeyid), parts, 6, ret);
}

void responder_iv2(const struct responder *r, const struct responder_sa *sa, uint32_t m_id,
		   uint8_t ret[static 16])
{
	const uint8_t id[] = { (uint8_t)(m_id >> 24), (uint8_t)(m_id >> 16), (uint8_t)(m_id >> 8),
			       (uint8_t)m_id };
	bool no_block = r->config.refuses == RESPONDER_REFUSES_ID_AS_LIBRESWAN;
	const struct chunk parts[] = { { sa->last_block, no_block ? 0 : responder_block_len(sa) },
				       { id, 4 } };
	uint8_t out[64];

	responder_hash(r, sa, parts, 2, out);
	memcpy(ret, out, 16);
}

/* Octets of the ESP cipher's key; RFC 4106 8.1: AES-GCM's has a salt of four behind it. */
static size_t esp_key_len(const struct ike_esp_proposal *esp)
{
	if (esp->encr == IKE_ENCR_3DES_CBC)
		return 24;
	return esp->key_bits / 8 + (esp->encr == IKE_ENCR_AES_GCM_16 ? 4 : 0);
}

/* One direction: protocol 3, the receiver's SPI, both nonces; the cipher's key, then HMAC's. */
static void derive_direction(const struct responder *r, const struct responder_sa *sa, uint32_t spi,
			     struct chunk g_qm, struct chunk ni, struct chunk nr,
			     struct secret *ret_encr, struct secret *ret_auth)
{
	const struct ike_esp_proposal *esp = &r->config.phase2;
	size_t encr_len = esp_key_len(esp);
	size_t auth_len = hash_len(esp->auth), have = 0;
	const uint8_t head[] = { 3, (uint8_t)(spi >> 24), (uint8_t)(spi >> 16), (uint8_t)(spi >> 8),
				 (uint8_t)spi };
	uint8_t keymat[36 + 64 + 64];
	struct chunk k = { NULL, 0 };

	while (have < encr_len + auth_len) {
		uint8_t out[64];
		const struct chunk parts[] = { k, g_qm, { head, sizeof(head) }, ni, nr };
		responder_prf(r, sa, secret_chunk(&sa->skeyid_d), parts, 5, out);
		memcpy(keymat + have, out, responder_hash_len(sa));
		k = (struct chunk){ keymat + have, responder_hash_len(sa) };
		have += k.len;
	}
	must(secret_set(ret_encr, keymat, encr_len));
	must(secret_set(ret_auth, keymat + encr_len, auth_len));
}

void responder_derive_child(const struct responder *r, const struct responder_sa *sa,
			    struct responder_child *child, struct chunk g_qm, struct chunk ni,
			    struct chunk nr)
{
	derive_direction(r, sa, child->spi_in, g_qm, ni, nr, &child->encr_in, &child->auth_in);
	derive_direction(r, sa, child->spi_out, g_qm, ni, nr, &child->encr_out, &child->auth_out);
}

bool responder_crypt(const struct responder *r, const struct responder_sa *sa, bool encrypt,
		     uint8_t iv[static 16], uint8_t *data, size_t len)
{
	size_t block = responder_block_len(sa);
	uint8_t last[16];

	if (len == 0 || len % block != 0)
		return false;
	if (!encrypt)
		memcpy(last, data + len - block, block);
	must(r->config.crypto->cbc(r->config.crypto->userdata, sa->proposal.encr, encrypt,
				   secret_chunk(&sa->key), iv, data, len, data));
	if (encrypt)
		memcpy(last, data + len - block, block);
	memcpy(iv, last, block);
	return true;
}
