/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SAs and policies in the kernel (XFRM), in transport mode with or without UDP encapsulation
 * (RFC 3948). The messages are put together here: libnl's own XFRM objects drop a reference too many
 * on SAs with encapsulation, lack several attributes, and free keys unwiped.
 *
 * SAs carry a selector of exactly the L2TP flow, so that nothing else can arrive through them. Who
 * keeps SAs and policies in which order is the data plane's business.
 */
#include "client/xfrm.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/udp.h>
#include <linux/xfrm.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "client/module-ban.h"

#define KEY_MAX	     64
#define GCM_ICV_BITS 128 /* RFC 4106 3.4 */

/*
 * Packets may overtake each other by this many before they are taken for replayed ones
 * (RFC 4303 3.4.3 asks for 32 at least). Several CPUs and queues on the way reorder more than that.
 */
#define REPLAY_WINDOW 128

/* Lower wins; other IPsec programs count from tens of thousands for their own connections. */
#define POLICY_PRIORITY 1024

/* Bits on what our SAs have decrypted; they stay on it through L2TP and PPP up to the socket. */
#define INBOUND_MARK 0x00740000

/*
 * Of guards and walls: behind every other policy, so that whoever does IPsec within the tunnel is asked first.
 * Nobody else counts so far, which is how ours are known.
 */
#define VERDICT_PRIORITY 0x74730000

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

int xfrm_open(struct netlink *ret, struct failure *ret_failure)
{
	int r = netlink_open(ret, NETLINK_XFRM);
	if (r == -EPROTONOSUPPORT)
		return module_failure_set(ret_failure, CAUSE_KERNEL_XFRM, r, "xfrm_user");
	if (r < 0)
		return failure_set(ret_failure, CAUSE_KERNEL_XFRM, r, "netlink: %s", strerror(-r));
	return 0;
}

static xfrm_address_t address(const struct endpoint *e)
{
	xfrm_address_t a = {};

	memcpy(&a, e->addr, endpoint_addr_len(e));
	return a;
}

static struct xfrm_selector selector(const struct endpoint *src, const struct endpoint *dst)
{
	uint8_t bits = (uint8_t)(8 * endpoint_addr_len(src));

	return (struct xfrm_selector){
		.daddr = address(dst),
		.saddr = address(src),
		.dport = htons(dst->port),
		.dport_mask = UINT16_MAX,
		.sport = htons(src->port),
		.sport_mask = UINT16_MAX,
		.family = (uint16_t)src->family,
		.prefixlen_d = bits,
		.prefixlen_s = bits,
		.proto = IPPROTO_UDP,
	};
}

/* The kernel compares policies' selectors with what lies between the fields, where the compiler may have left anything. */
static void clear_gap(struct xfrm_selector *sel)
{
	const size_t gap = offsetof(struct xfrm_selector, proto) + sizeof(sel->proto);

	memset((char *)sel + gap, 0, offsetof(struct xfrm_selector, ifindex) - gap);
}

/* Zero would mean "at once" for bytes and packets, and "never" for times. */
static struct xfrm_lifetime_cfg no_limits(void)
{
	return (struct xfrm_lifetime_cfg){
		.soft_byte_limit = XFRM_INF,
		.hard_byte_limit = XFRM_INF,
		.soft_packet_limit = XFRM_INF,
		.hard_packet_limit = XFRM_INF,
	};
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
	struct xfrm_lifetime_cfg lft = no_limits();

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
	if (nla_put_u32(msg, XFRMA_SET_MARK, INBOUND_MARK) < 0 ||
	    nla_put_u32(msg, XFRMA_SET_MARK_MASK, INBOUND_MARK) < 0)
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
		.sel = selector(&sa->sel_src, &sa->sel_dst),
		.id = { .daddr = address(&sa->dst), .spi = htonl(sa->spi), .proto = IPPROTO_ESP },
		.saddr = address(&sa->src),
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

static struct xfrm_usersa_id sa_id(const struct undo_sa *sa)
{
	return (struct xfrm_usersa_id){
		.daddr = address(&sa->dst),
		.spi = htonl(sa->spi),
		.family = (uint16_t)sa->dst.family,
		.proto = IPPROTO_ESP,
	};
}

/* The SA as the kernel has it, when it is ours. */
static int get_sa(struct netlink *nl, const struct undo_sa *sa, struct xfrm_usersa_info *ret)
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

int xfrm_del_sa(struct netlink *nl, const struct undo_sa *sa)
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

int xfrm_get_counters(struct netlink *nl, const struct undo_sa *sa, struct xfrm_counters *ret)
{
	struct xfrm_usersa_info info;

	int r = get_sa(nl, sa, &info);
	if (r < 0)
		return r;
	*ret = (struct xfrm_counters){ .bytes = info.curlft.bytes, .packets = info.curlft.packets };
	return 0;
}

int xfrm_add_policy(struct netlink *nl, const struct undo_policy *policy,
		    struct failure *ret_failure)
{
	_cleanup_(netlink_msg_freep) struct nl_msg *msg = NULL;
	struct xfrm_userpolicy_info info = {
		.sel = selector(&policy->src, &policy->dst),
		.lft = no_limits(),
		.priority = POLICY_PRIORITY,
		.dir = policy->out ? XFRM_POLICY_OUT : XFRM_POLICY_IN,
		.action = XFRM_POLICY_ALLOW,
		.share = XFRM_SHARE_ANY,
	};
	struct xfrm_user_tmpl tmpl = {
		.id = { .daddr = info.sel.daddr, .proto = IPPROTO_ESP },
		.family = info.sel.family,
		.saddr = info.sel.saddr,
		.reqid = policy->reqid,
		.mode = XFRM_MODE_TRANSPORT,
		.share = XFRM_SHARE_ANY,
		.optional = 0,
		.aalgos = UINT32_MAX,
		.ealgos = UINT32_MAX,
		.calgos = UINT32_MAX,
	};

	clear_gap(&info.sel);
	msg = netlink_msg(XFRM_MSG_NEWPOLICY, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));
	if (!msg)
		return failure_set(ret_failure, CAUSE_MEMORY, ENOMEM, "%s", "");
	if (nla_put(msg, XFRMA_TMPL, sizeof(tmpl), &tmpl) < 0)
		return failure_set(ret_failure, CAUSE_INTERNAL, EMSGSIZE, "policy");
	int r = netlink_request(nl, msg);
	if (r == -EPERM)
		return failure_set(ret_failure, CAUSE_PRIVILEGE, r,
				   "adding an IPsec policy needs CAP_NET_ADMIN");
	if (r == -EEXIST)
		return failure_set(ret_failure, CAUSE_KERNEL_XFRM, r,
				   "another program has an IPsec policy for the same L2TP packets");
	if (r < 0)
		return failure_set(ret_failure, CAUSE_KERNEL_XFRM, r,
				   "adding an IPsec policy: %s%s%s", strerror(-r),
				   *netlink_error_text() ? ": " : "", netlink_error_text());
	return 0;
}

/* The reqid of the policy's first template. */
static int policy_reqid(struct nlmsghdr *h, uint32_t *ret)
{
	struct xfrm_user_tmpl tmpl;

	if (h->nlmsg_type != XFRM_MSG_NEWPOLICY ||
	    h->nlmsg_len < NLMSG_LENGTH(sizeof(struct xfrm_userpolicy_info)))
		return -EBADMSG;
	struct nlattr *attr = nlmsg_find_attr(h, sizeof(struct xfrm_userpolicy_info), XFRMA_TMPL);
	if (!attr || (size_t)nla_len(attr) < sizeof(tmpl))
		return -ENOENT;
	memcpy(&tmpl, nla_data(attr), sizeof(tmpl));
	*ret = tmpl.reqid;
	return 0;
}

int xfrm_del_policy(struct netlink *nl, const struct undo_policy *policy)
{
	_cleanup_(netlink_msg_freep) struct nl_msg *get = NULL, *del = NULL;
	struct xfrm_userpolicy_id id = {
		.sel = selector(&policy->src, &policy->dst),
		.dir = policy->out ? XFRM_POLICY_OUT : XFRM_POLICY_IN,
	};
	union {
		struct nlmsghdr header;
		char bytes[4096];
	} answer;
	uint32_t reqid = 0;

	clear_gap(&id.sel);
	get = netlink_msg(XFRM_MSG_GETPOLICY, 0, &id, sizeof(id));
	del = netlink_msg(XFRM_MSG_DELPOLICY, 0, &id, sizeof(id));
	if (!get || !del)
		return -ENOMEM;
	int r = netlink_get(nl, get, &answer, sizeof(answer));
	if (r < 0)
		return r;
	r = policy_reqid(&answer.header, &reqid);
	if (r < 0)
		return r;
	if (reqid != policy->reqid)
		return -ENOENT;
	return netlink_request(nl, del);
}

/* A policy that needs no SA: it lets pass or it doesn't. */
struct verdict_policy {
	struct xfrm_selector sel;
	struct xfrm_mark mark; /* v under m; m 0: any */
	uint8_t dir;
	enum undo_wall_what what;
};

static struct verdict_policy guard_policy(const struct undo_guard *guard)
{
	uint8_t bits = (uint8_t)(8 * endpoint_addr_len(&guard->address));
	struct verdict_policy p = {
		.sel = {
			.daddr = address(&guard->address),
			.prefixlen_d = bits,
			.family = (uint16_t)guard->address.family,
		},
		.dir = XFRM_POLICY_IN,
		.what = guard->who == UNDO_GUARD_NOBODY ? UNDO_WALL_BLOCK : UNDO_WALL_PASS,
	};

	if (guard->who == UNDO_GUARD_ITSELF) {
		p.sel.saddr = p.sel.daddr;
		p.sel.prefixlen_s = bits;
	} else if (guard->who == UNDO_GUARD_TUNNEL) {
		p.mark = (struct xfrm_mark){ .v = INBOUND_MARK, .m = INBOUND_MARK };
	}
	return p;
}

static struct verdict_policy wall_policy(const struct undo_wall *wall)
{
	struct verdict_policy p = {
		.sel = {
			.daddr = address(&wall->to),
			.prefixlen_d = wall->prefix_len,
			.family = (uint16_t)wall->to.family,
			.ifindex = (int)wall->ifindex,
			.proto = wall->protocol,
			.sport = htons(wall->sport),
			.sport_mask = wall->sport ? UINT16_MAX : 0,
			.dport = htons(wall->dport),
			.dport_mask = wall->dport ? UINT16_MAX : 0,
		},
		.mark = { .v = 0, .m = UINT32_MAX },
		.dir = wall->forwarded ? XFRM_POLICY_FWD : XFRM_POLICY_OUT,
		.what = wall->what,
	};

	if (wall->from.family) {
		p.sel.saddr = address(&wall->from);
		p.sel.prefixlen_s = (uint8_t)(8 * endpoint_addr_len(&wall->from));
	}
	return p;
}

static uint32_t verdict_priority(const struct verdict_policy *p)
{
	return VERDICT_PRIORITY + (uint32_t)p->what;
}

static bool verdict_passes(const struct verdict_policy *p)
{
	return p->what == UNDO_WALL_PASS || p->what == UNDO_WALL_PASS_TUNNEL;
}

bool xfrm_is_our_priority(uint32_t priority)
{
	return priority == POLICY_PRIORITY ||
	       (priority >= VERDICT_PRIORITY && priority < VERDICT_PRIORITY + UNDO_WALL_COUNT);
}

static int put_policy_mark(struct nl_msg *msg, const struct verdict_policy *p)
{
	return p->mark.m ? nla_put(msg, XFRMA_MARK, sizeof(p->mark), &p->mark) : 0;
}

bool xfrm_has_marks(void)
{
	struct utsname name;
	char *end;

	/* 4.19; an older kernel ignores the attribute without a word. */
	if (uname(&name) < 0)
		return false;
	unsigned long major = strtoul(name.release, &end, 10);
	return major > 4 || (major == 4 && *end == '.' && strtoul(end + 1, NULL, 10) >= 19);
}

static int add_verdict(struct netlink *nl, const struct verdict_policy *p, struct failure *f)
{
	_cleanup_(netlink_msg_freep) struct nl_msg *msg = NULL;
	struct xfrm_userpolicy_info info = {
		.sel = p->sel,
		.lft = no_limits(),
		.priority = verdict_priority(p),
		.dir = p->dir,
		.action = verdict_passes(p) ? XFRM_POLICY_ALLOW : XFRM_POLICY_BLOCK,
		.share = XFRM_SHARE_ANY,
	};

	clear_gap(&info.sel);
	msg = netlink_msg(XFRM_MSG_NEWPOLICY, NLM_F_CREATE | NLM_F_EXCL, &info, sizeof(info));
	if (!msg || put_policy_mark(msg, p) < 0)
		return failure_set(f, CAUSE_MEMORY, ENOMEM, "%s", "");
	int r = netlink_request(nl, msg);
	if (r >= 0 || r == -EEXIST)
		return r;
	return failure_set(f, r == -EPERM ? CAUSE_PRIVILEGE : CAUSE_KERNEL_XFRM, r,
			   "adding an IPsec policy: %s%s%s", strerror(-r),
			   *netlink_error_text() ? ": " : "", netlink_error_text());
}

static int del_verdict(struct netlink *nl, const struct verdict_policy *p)
{
	_cleanup_(netlink_msg_freep) struct nl_msg *get = NULL, *del = NULL;
	struct xfrm_userpolicy_id id = { .sel = p->sel, .dir = p->dir };
	struct xfrm_userpolicy_info info;
	union {
		struct nlmsghdr header;
		char bytes[4096];
	} answer;

	clear_gap(&id.sel);
	get = netlink_msg(XFRM_MSG_GETPOLICY, 0, &id, sizeof(id));
	del = netlink_msg(XFRM_MSG_DELPOLICY, 0, &id, sizeof(id));
	if (!get || !del || put_policy_mark(get, p) < 0 || put_policy_mark(del, p) < 0)
		return -ENOMEM;
	int r = netlink_get(nl, get, &answer, sizeof(answer));
	if (r < 0)
		return r;
	if (answer.header.nlmsg_type != XFRM_MSG_NEWPOLICY ||
	    answer.header.nlmsg_len < NLMSG_LENGTH(sizeof(info)))
		return -EBADMSG;
	memcpy(&info, nlmsg_data(&answer.header), sizeof(info));
	if (info.priority != verdict_priority(p))
		return -ENOENT;
	return netlink_request(nl, del);
}

int xfrm_add_guard(struct netlink *nl, const struct undo_guard *guard, struct failure *ret_failure)
{
	const struct verdict_policy p = guard_policy(guard);

	return add_verdict(nl, &p, ret_failure);
}

int xfrm_del_guard(struct netlink *nl, const struct undo_guard *guard)
{
	const struct verdict_policy p = guard_policy(guard);

	return del_verdict(nl, &p);
}

int xfrm_add_wall(struct netlink *nl, const struct undo_wall *wall, struct failure *ret_failure)
{
	const struct verdict_policy p = wall_policy(wall);

	return add_verdict(nl, &p, ret_failure);
}

int xfrm_del_wall(struct netlink *nl, const struct undo_wall *wall)
{
	const struct verdict_policy p = wall_policy(wall);

	return del_verdict(nl, &p);
}

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
