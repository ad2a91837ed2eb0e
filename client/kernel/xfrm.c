/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SAs in the kernel (XFRM), in transport mode with or without UDP encapsulation (RFC 3948).
 *
 * SAs carry a selector of exactly the L2TP flow, so that nothing else can arrive through them. Who
 * keeps SAs and policies in which order is the data plane's business.
 */
#include "client/kernel/xfrm.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/kernel/module-ban.h"
#include "client/kernel/xfrm-message.h"

#define KEY_MAX	     64
#define GCM_ICV_BITS 128 /* RFC 4106 3.4 */

/*
 * Packets may overtake each other by this many before they are taken for replayed ones
 * (RFC 4303 3.4.3 asks for 32 at least). Several CPUs and queues on the way reorder more than that.
 */
#define REPLAY_WINDOW 128

struct encr_info {
	const char *name, *modules;
};

static const struct encr_info encr_infos[] = {
	[IKE_ENCR_AES_CBC] = { "cbc(aes)", "authenc, cbc, aes" },
	[IKE_ENCR_3DES_CBC] = { "cbc(des3_ede)", "authenc, cbc, des_generic" },
	[IKE_ENCR_AES_GCM_16] = { "rfc4106(gcm(aes))", "gcm, aes" },
};

struct auth_info {
	const char *name, *modules;
	uint32_t icv_bits; /* RFC 2403, RFC 2404, RFC 4868 2.3 */
};

static const struct auth_info auth_infos[] = {
	[IKE_HASH_MD5] = { "hmac(md5)", "hmac, md5", 96 },
	[IKE_HASH_SHA1] = { "hmac(sha1)", "hmac, sha1_generic", 96 },
	[IKE_HASH_SHA256] = { "hmac(sha256)", "hmac, sha256_generic", 128 },
	[IKE_HASH_SHA384] = { "hmac(sha384)", "hmac, sha512_generic", 192 },
	[IKE_HASH_SHA512] = { "hmac(sha512)", "hmac, sha512_generic", 256 },
};

static const struct encr_info *encr_info(enum ike_encr encr)
{
	size_t i = (size_t)encr;

	return i < ARRAY_SIZE(encr_infos) && encr_infos[i].name ? &encr_infos[i] : NULL;
}

static const struct auth_info *auth_info(enum ike_hash auth)
{
	size_t i = (size_t)auth;

	return i < ARRAY_SIZE(auth_infos) && auth_infos[i].name ? &auth_infos[i] : NULL;
}

/*
 * Half less up to a sixteenth, so that both ends don't come to it at the same packet. The other half has to last for
 * the rekey and until the new SA is sent by, half a second after it, at whatever rate the user's traffic has.
 */
static uint64_t soft_limit(uint64_t hard)
{
	uint8_t jitter = 0;

	if (getrandom(&jitter, sizeof(jitter), 0) != sizeof(jitter))
		jitter = UINT8_MAX;
	return hard / 2 - hard / 16 / UINT8_MAX * jitter;
}

/*
 * The hard limit ends what a rekey should long have replaced; the soft one asks for that rekey. Sequence
 * numbers must not wrap (RFC 4303 3.3.3). Of time there is none: XFRM counts it by the wall clock, which
 * somebody may set, and the engine ends an SA by a clock that nobody does.
 */
static struct xfrm_lifetime_cfg limits(const struct xfrm_sa *sa)
{
	struct xfrm_lifetime_cfg lft = xfrm_no_limits();

	if (sa->life_kb) {
		lft.hard_byte_limit = (uint64_t)sa->life_kb * 1024;
		lft.soft_byte_limit = soft_limit(lft.hard_byte_limit);
	}
	if (sa->out) {
		lft.soft_packet_limit = soft_limit(UINT32_MAX);
		lft.hard_packet_limit = UINT32_MAX - 1;
	}
	return lft;
}

static int put_encr(struct nl_msg *msg, const struct xfrm_sa *sa, const char *name)
{
	uint8_t buf[sizeof(struct xfrm_algo) + KEY_MAX];
	struct xfrm_algo alg = { .alg_key_len = (unsigned int)(8 * sa->encr_key->len) };

	memcpy(alg.alg_name, name, strlen(name) + 1);
	memcpy(buf, &alg, sizeof(alg));
	memcpy(buf + sizeof(alg), sa->encr_key->data, sa->encr_key->len);
	int r = nla_put(msg, XFRMA_ALG_CRYPT, (int)(sizeof(alg) + sa->encr_key->len), buf);
	explicit_bzero(buf, sizeof(buf));
	return r;
}

static int put_auth(struct nl_msg *msg, const struct xfrm_sa *sa, const struct auth_info *info)
{
	uint8_t buf[sizeof(struct xfrm_algo_auth) + KEY_MAX];
	struct xfrm_algo_auth alg = {
		.alg_key_len = (unsigned int)(8 * sa->auth_key->len),
		.alg_trunc_len = info->icv_bits,
	};

	memcpy(alg.alg_name, info->name, strlen(info->name) + 1);
	memcpy(buf, &alg, sizeof(alg));
	memcpy(buf + sizeof(alg), sa->auth_key->data, sa->auth_key->len);
	int r = nla_put(msg, XFRMA_ALG_AUTH_TRUNC, (int)(sizeof(alg) + sa->auth_key->len), buf);
	explicit_bzero(buf, sizeof(buf));
	return r;
}

/* The key, with the salt behind it, for encryption and integrity in one. */
static int put_aead(struct nl_msg *msg, const struct xfrm_sa *sa, const char *name)
{
	uint8_t buf[sizeof(struct xfrm_algo_aead) + KEY_MAX];
	struct xfrm_algo_aead alg = {
		.alg_key_len = (unsigned int)(8 * sa->encr_key->len),
		.alg_icv_len = GCM_ICV_BITS,
	};

	memcpy(alg.alg_name, name, strlen(name) + 1);
	memcpy(buf, &alg, sizeof(alg));
	memcpy(buf + sizeof(alg), sa->encr_key->data, sa->encr_key->len);
	int r = nla_put(msg, XFRMA_ALG_AEAD, (int)(sizeof(alg) + sa->encr_key->len), buf);
	explicit_bzero(buf, sizeof(buf));
	return r;
}

static int put_algorithms(struct nl_msg *msg, const struct xfrm_sa *sa)
{
	const struct encr_info *encr = encr_info(sa->algorithms.encr);

	if (sa->algorithms.encr == IKE_ENCR_AES_GCM_16)
		return put_aead(msg, sa, encr->name);
	int r = put_encr(msg, sa, encr->name);
	return r < 0 ? r : put_auth(msg, sa, auth_info(sa->algorithms.auth));
}

static int put_encap(struct nl_msg *msg, const struct xfrm_sa *sa)
{
	struct xfrm_encap_tmpl encap = {
		.encap_type = UDP_ENCAP_ESPINUDP,
		.encap_sport = htons(sa->src.port),
		.encap_dport = htons(sa->dst.port),
	};

	return sa->udp_encap ? nla_put(msg, XFRMA_ENCAP, sizeof(encap), &encap) : 0;
}

/* What comes out of it can be told from what came in by a link of the machine's (xfrm_add_guard()). */
static int put_mark(struct nl_msg *msg)
{
	if (nla_put_u32(msg, XFRMA_SET_MARK, XFRM_INBOUND_MARK) < 0 ||
	    nla_put_u32(msg, XFRMA_SET_MARK_MASK, XFRM_INBOUND_MARK) < 0)
		return -EMSGSIZE;
	return 0;
}

/* A window above 32 has a structure of its own, which doesn't mean extended sequence numbers. */
static int put_replay(struct nl_msg *msg)
{
	struct xfrm_replay_state_esn esn = {
		.bmp_len = REPLAY_WINDOW / 32,
		.replay_window = REPLAY_WINDOW,
	};
	uint8_t buf[sizeof(esn) + REPLAY_WINDOW / 8] = {}; /* the bitmap follows */

	memcpy(buf, &esn, sizeof(esn));
	return nla_put(msg, XFRMA_REPLAY_ESN_VAL, sizeof(buf), buf);
}

static int try_add_sa(struct netlink *nl, const struct xfrm_sa *sa, bool wide_window)
{
	_cleanup_(netlink_msg_freep) struct nl_msg *msg = NULL;
	struct xfrm_usersa_info info = {
		.sel = xfrm_selector_of(&sa->sel_src, &sa->sel_dst),
		.id = { .daddr = xfrm_address(&sa->dst),
			.spi = htonl(sa->spi),
			.proto = IPPROTO_ESP },
		.saddr = xfrm_address(&sa->src),
		.lft = limits(sa),
		.reqid = sa->reqid,
		.family = (uint16_t)sa->dst.family,
		.mode = XFRM_MODE_TRANSPORT,
		.replay_window = wide_window || sa->out ? 0 : 32,
	};

	msg = netlink_msg(XFRM_MSG_NEWSA, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));
	if (!msg)
		return -ENOMEM;
	if (put_algorithms(msg, sa) < 0 || put_encap(msg, sa) < 0 ||
	    (wide_window && put_replay(msg) < 0) || (!sa->out && put_mark(msg) < 0))
		return -EMSGSIZE;
	return netlink_request(nl, msg);
}

/* The kernel's errno, and what it means when an SA is added. */
static int explain_add_sa(const struct xfrm_sa *sa, int r, struct failure *f)
{
	const struct encr_info *encr = encr_info(sa->algorithms.encr);
	const struct auth_info *auth = auth_info(sa->algorithms.auth);
	const char *esp = sa->dst.family == AF_INET6 ? "esp6" : "esp4";

	switch (-r) {
	case EPERM:
	case EACCES:
		return failure_set(f, CAUSE_PRIVILEGE, r, "adding an IPsec SA needs CAP_NET_ADMIN");
	case EPROTONOSUPPORT:
	case EAFNOSUPPORT:
		return module_failure_set(f, CAUSE_KERNEL_ESP, r, esp);
	case ENOSYS:
	case ENOENT:
		return failure_set(f, CAUSE_KERNEL_ALGORITHM, r, "%s%s%s, modules %s%s%s",
				   encr->name, auth ? " with " : "", auth ? auth->name : "",
				   encr->modules, auth ? ", " : "", auth ? auth->modules : "");
	}
	return failure_set(f, CAUSE_KERNEL_XFRM, r, "adding an IPsec SA: %s%s%s", strerror(-r),
			   *netlink_error_text() ? ": " : "", netlink_error_text());
}

static bool algorithms_valid(const struct xfrm_sa *sa)
{
	bool aead = sa->algorithms.encr == IKE_ENCR_AES_GCM_16;

	return encr_info(sa->algorithms.encr) && aead == !auth_info(sa->algorithms.auth) &&
	       sa->encr_key->len > 0 && sa->encr_key->len <= KEY_MAX &&
	       aead == (sa->auth_key->len == 0) && sa->auth_key->len <= KEY_MAX;
}

int xfrm_add_sa(struct netlink *nl, const struct xfrm_sa *sa, struct failure *ret_failure)
{
	if (!algorithms_valid(sa))
		return failure_set(ret_failure, CAUSE_KERNEL_ALGORITHM, EINVAL,
				   "no such algorithm or key length");

	int r = try_add_sa(nl, sa, !sa->out);
	if (r == -EINVAL && !sa->out)
		r = try_add_sa(nl, sa, false);
	if (r < 0)
		return explain_add_sa(sa, r, ret_failure);
	return 0;
}

static struct xfrm_usersa_id sa_id(const struct xfrm_sa_id *sa)
{
	return (struct xfrm_usersa_id){
		.daddr = xfrm_address(&sa->dst),
		.spi = htonl(sa->spi),
		.family = (uint16_t)sa->dst.family,
		.proto = IPPROTO_ESP,
	};
}

/* The SA as the kernel has it, when it is ours. */
static int get_sa(struct netlink *nl, const struct xfrm_sa_id *sa, struct xfrm_usersa_info *ret)
{
	_cleanup_(netlink_msg_freep) struct nl_msg *msg = NULL;
	struct xfrm_usersa_id id = sa_id(sa);
	union {
		struct nlmsghdr header;
		char bytes[4096];
	} answer;

	msg = netlink_msg(XFRM_MSG_GETSA, 0, &id, sizeof(id));
	if (!msg)
		return -ENOMEM;
	int r = netlink_get(nl, msg, &answer, sizeof(answer));
	if (r < 0)
		return r;
	if (answer.header.nlmsg_type == XFRM_MSG_NEWSA &&
	    answer.header.nlmsg_len >= NLMSG_LENGTH(sizeof(*ret)))
		memcpy(ret, nlmsg_data(&answer.header), sizeof(*ret));
	else
		r = -EBADMSG;
	explicit_bzero(&answer, sizeof(answer)); /* it shows the keys */
	if (r == 0 && ret->reqid != sa->reqid)
		r = -ESRCH;
	return r;
}

int xfrm_del_sa(struct netlink *nl, const struct xfrm_sa_id *sa)
{
	_cleanup_(netlink_msg_freep) struct nl_msg *msg = NULL;
	struct xfrm_usersa_id id = sa_id(sa);
	struct xfrm_usersa_info info;

	int r = get_sa(nl, sa, &info);
	if (r < 0)
		return r;
	msg = netlink_msg(XFRM_MSG_DELSA, 0, &id, sizeof(id));
	if (!msg)
		return -ENOMEM;
	return netlink_request(nl, msg);
}

int xfrm_get_counters(struct netlink *nl, const struct xfrm_sa_id *sa, struct xfrm_counters *ret)
{
	struct xfrm_usersa_info info;

	int r = get_sa(nl, sa, &info);
	if (r < 0)
		return r;
	*ret = (struct xfrm_counters){ .bytes = info.curlft.bytes, .packets = info.curlft.packets };
	return 0;
}

static void parse_sa(struct undo_fields *f, void *ret)
{
	struct xfrm_sa_id *sa = ret;

	sa->src = undo_field_address(f, 1, 0);
	sa->dst = undo_field_address(f, 2, 0);
	sa->spi = undo_field_number32(f, 3);
	sa->reqid = undo_field_number32(f, 4);
}

static int format_sa(const void *data, char *ret, size_t size)
{
	const struct xfrm_sa_id *sa = data;
	char a[ENDPOINT_STRLEN], b[ENDPOINT_STRLEN];

	return snprintf(ret, size, "%s %s %u %u", endpoint_addr_str(&sa->src, a),
			endpoint_addr_str(&sa->dst, b), sa->spi, sa->reqid);
}

static int take_back_sa(const void *data)
{
	_cleanup_(netlink_close) struct netlink nl = NETLINK_CLOSED;
	int r = xfrm_open(&nl, NULL);

	return r < 0 ? r : xfrm_del_sa(&nl, data);
}

const struct undo_kind xfrm_sa_kind = {
	.word = "sa",
	.n_fields = 5,
	.size = UNDO_SIZE(struct xfrm_sa_id),
	.parse = parse_sa,
	.format = format_sa,
	.take_back = take_back_sa,
};

int xfrm_events_open(int *ret_fd)
{
	struct sockaddr_nl local = { .nl_family = AF_NETLINK };
	int group = XFRMNLGRP_EXPIRE;

	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_XFRM);
	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&local, sizeof(local)) < 0 ||
	    setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) < 0) {
		int r = -errno;
		(void)close(fd);
		return r;
	}
	*ret_fd = fd;
	return 0;
}

int xfrm_events_read(int fd, void (*fn)(void *userdata, uint32_t spi, bool hard), void *userdata)
{
	union {
		struct nlmsghdr header;
		char bytes[8192];
	} buf;
	struct sockaddr_nl from = {};
	socklen_t from_len = sizeof(from);
	ssize_t n = recvfrom(fd, &buf, sizeof(buf), 0, (struct sockaddr *)&from, &from_len);
	if (n < 0 && (errno == EINTR || errno == ENOBUFS))
		return 1; /* a lost expiry of a rekeyed SA does no harm */
	if (n < 0)
		return errno == EAGAIN ? 0 : -errno;
	int left = from.nl_pid == 0 ? (int)n : 0;
	for (struct nlmsghdr *h = &buf.header; nlmsg_ok(h, left); h = nlmsg_next(h, &left)) {
		struct xfrm_user_expire expire;
		if (h->nlmsg_type != XFRM_MSG_EXPIRE || h->nlmsg_len < NLMSG_LENGTH(sizeof(expire)))
			continue;
		memcpy(&expire, nlmsg_data(h), sizeof(expire));
		if (expire.state.id.proto == IPPROTO_ESP)
			fn(userdata, ntohl(expire.state.id.spi), expire.hard != 0);
	}
	return 1;
}
