/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/kernel/xfrm-policy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>

#include "client/kernel/xfrm-message.h"

/* Lower wins; other IPsec programs count from tens of thousands for their own connections. */
#define POLICY_PRIORITY 1024

/*
 * Of guards and walls: behind every other policy, so that whoever does IPsec within the tunnel is asked first.
 * Nobody else counts so far, which is how ours are known.
 */
#define VERDICT_PRIORITY 0x74730000

/* The kernel compares policies' selectors with what lies between the fields, where the compiler may have left anything. */
static void clear_gap(struct xfrm_selector *sel)
{
	const size_t gap = offsetof(struct xfrm_selector, proto) + sizeof(sel->proto);

	memset((char *)sel + gap, 0, offsetof(struct xfrm_selector, ifindex) - gap);
}

int xfrm_add_policy(struct netlink *nl, const struct xfrm_policy *policy,
		    struct failure *ret_failure)
{
	_cleanup_(netlink_msg_freep) struct nl_msg *msg = NULL;
	struct xfrm_userpolicy_info info = {
		.sel = xfrm_selector_of(&policy->src, &policy->dst),
		.lft = xfrm_no_limits(),
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

int xfrm_del_policy(struct netlink *nl, const struct xfrm_policy *policy)
{
	_cleanup_(netlink_msg_freep) struct nl_msg *get = NULL, *del = NULL;
	struct xfrm_userpolicy_id id = {
		.sel = xfrm_selector_of(&policy->src, &policy->dst),
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
	enum xfrm_wall_what what;
};

static struct verdict_policy guard_policy(const struct xfrm_guard *guard)
{
	uint8_t bits = (uint8_t)(8 * endpoint_addr_len(&guard->address));
	struct verdict_policy p = {
		.sel = {
			.daddr = xfrm_address(&guard->address),
			.prefixlen_d = bits,
			.family = (uint16_t)guard->address.family,
		},
		.dir = XFRM_POLICY_IN,
		.what = guard->who == XFRM_GUARD_NOBODY ? XFRM_WALL_BLOCK : XFRM_WALL_PASS,
	};

	if (guard->who == XFRM_GUARD_ITSELF) {
		p.sel.saddr = p.sel.daddr;
		p.sel.prefixlen_s = bits;
	} else if (guard->who == XFRM_GUARD_TUNNEL) {
		p.mark = (struct xfrm_mark){ .v = XFRM_INBOUND_MARK, .m = XFRM_INBOUND_MARK };
	}
	return p;
}

static struct verdict_policy wall_policy(const struct xfrm_wall *wall)
{
	struct verdict_policy p = {
		.sel = {
			.daddr = xfrm_address(&wall->to),
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
		p.sel.saddr = xfrm_address(&wall->from);
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
	return p->what == XFRM_WALL_PASS || p->what == XFRM_WALL_PASS_TUNNEL;
}

bool xfrm_is_our_priority(uint32_t priority)
{
	return priority == POLICY_PRIORITY ||
	       (priority >= VERDICT_PRIORITY && priority < VERDICT_PRIORITY + XFRM_WALL_COUNT);
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
		.lft = xfrm_no_limits(),
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

int xfrm_add_guard(struct netlink *nl, const struct xfrm_guard *guard, struct failure *ret_failure)
{
	const struct verdict_policy p = guard_policy(guard);

	return add_verdict(nl, &p, ret_failure);
}

int xfrm_del_guard(struct netlink *nl, const struct xfrm_guard *guard)
{
	const struct verdict_policy p = guard_policy(guard);

	return del_verdict(nl, &p);
}

int xfrm_add_wall(struct netlink *nl, const struct xfrm_wall *wall, struct failure *ret_failure)
{
	const struct verdict_policy p = wall_policy(wall);

	return add_verdict(nl, &p, ret_failure);
}

int xfrm_del_wall(struct netlink *nl, const struct xfrm_wall *wall)
{
	const struct verdict_policy p = wall_policy(wall);

	return del_verdict(nl, &p);
}

static void parse_policy(struct undo_fields *f, void *ret)
{
	struct xfrm_policy *policy = ret;

	policy->out = undo_field_choice(f, 1, "out", "in");
	policy->src = undo_field_address(f, 2, undo_field_port(f, 3));
	policy->dst = undo_field_address(f, 4, undo_field_port(f, 5));
	policy->reqid = undo_field_number32(f, 6);
}

static int format_policy(const void *data, char *ret, size_t size)
{
	const struct xfrm_policy *policy = data;
	char a[ENDPOINT_STRLEN], b[ENDPOINT_STRLEN];

	return snprintf(ret, size, "%s %s %u %s %u %u", policy->out ? "out" : "in",
			endpoint_addr_str(&policy->src, a), policy->src.port,
			endpoint_addr_str(&policy->dst, b), policy->dst.port, policy->reqid);
}

static int take_back_policy(const void *data)
{
	_cleanup_(netlink_close) struct netlink nl = NETLINK_CLOSED;
	int r = xfrm_open(&nl, NULL);

	return r < 0 ? r : xfrm_del_policy(&nl, data);
}

const struct undo_kind xfrm_policy_kind = {
	.word = "policy",
	.n_fields = 7,
	.size = UNDO_SIZE(struct xfrm_policy),
	.traits = UNDO_COVERS,
	.parse = parse_policy,
	.format = format_policy,
	.take_back = take_back_policy,
};

static void parse_guard(struct undo_fields *f, void *ret)
{
	struct xfrm_guard *guard = ret;

	guard->address = undo_field_address(f, 1, 0);
	guard->who = (enum xfrm_guard_who)undo_field_number(f, 2, XFRM_GUARD_COUNT - 1);
}

static int format_guard(const void *data, char *ret, size_t size)
{
	const struct xfrm_guard *guard = data;
	char address[ENDPOINT_STRLEN];

	return snprintf(ret, size, "%s %u", endpoint_addr_str(&guard->address, address),
			(unsigned int)guard->who);
}

static int take_back_guard(const void *data)
{
	_cleanup_(netlink_close) struct netlink nl = NETLINK_CLOSED;
	int r = xfrm_open(&nl, NULL);

	return r < 0 ? r : xfrm_del_guard(&nl, data);
}

const struct undo_kind xfrm_guard_kind = {
	.word = "guard",
	.n_fields = 3,
	.size = UNDO_SIZE(struct xfrm_guard),
	.parse = parse_guard,
	.format = format_guard,
	.take_back = take_back_guard,
};

static void parse_wall(struct undo_fields *f, void *ret)
{
	struct xfrm_wall *wall = ret;

	wall->forwarded = undo_field_choice(f, 1, "forwarded", "all");
	wall->ifindex = undo_field_number32(f, 2);
	wall->from = undo_field_address_or_any(f, 3);
	wall->to = undo_field_address(f, 4, 0);
	wall->prefix_len = undo_field_prefix(f, 5, &wall->to);
	wall->protocol = (uint8_t)undo_field_number(f, 6, UINT8_MAX);
	wall->sport = undo_field_port(f, 7);
	wall->dport = undo_field_port(f, 8);
	wall->what = (enum xfrm_wall_what)undo_field_number(f, 9, XFRM_WALL_COUNT - 1);
	if (wall->from.family && wall->from.family != wall->to.family)
		f->bad = true;
}

static int format_wall(const void *data, char *ret, size_t size)
{
	const struct xfrm_wall *wall = data;
	char a[ENDPOINT_STRLEN], b[ENDPOINT_STRLEN];

	return snprintf(ret, size, "%s %u %s %s %u %u %u %u %u",
			wall->forwarded ? "forwarded" : "all", wall->ifindex,
			undo_address_or_any(&wall->from, a), endpoint_addr_str(&wall->to, b),
			wall->prefix_len, wall->protocol, wall->sport, wall->dport,
			(unsigned int)wall->what);
}

static int take_back_wall(const void *data)
{
	_cleanup_(netlink_close) struct netlink nl = NETLINK_CLOSED;
	int r = xfrm_open(&nl, NULL);

	return r < 0 ? r : xfrm_del_wall(&nl, data);
}

const struct undo_kind xfrm_wall_kind = {
	.word = "wall",
	.n_fields = 10,
	.size = UNDO_SIZE(struct xfrm_wall),
	.traits = UNDO_STAYS_CLOSED,
	.parse = parse_wall,
	.format = format_wall,
	.take_back = take_back_wall,
};

const struct undo_kind xfrm_gate_kind = {
	.word = "gate",
	.n_fields = 10,
	.size = UNDO_SIZE(struct xfrm_wall),
	.parse = parse_wall,
	.format = format_wall,
	.take_back = take_back_wall,
};
