/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What somebody else has removed is asked for again. */
#include "client/network/net-restore.h"

#include <errno.h>
#include <sys/socket.h>

#include "client/kernel/netlink.h"
#include "client/kernel/xfrm-message.h"
#include "client/kernel/xfrm-policy.h"
#include "client/network/net-request.h"

struct restore {
	struct netlink xfrm;
	bool swept;
	unsigned int n;
	int error;	    /* the last one that isn't the interface's */
	bool disordered[2]; /* rules, by whether they are of IPv6 */
};

/* Nobody tells when others go. */
static int request_again(struct restore *restore, const struct undo_entry *e)
{
	if (e->kind == &net_rule_kind)
		return net_put_rule(e->data);
	if (e->kind == &net_route_kind)
		return net_put_route(e->data);
	if (e->kind == &net_barrier_kind)
		return net_put_barrier(e->data);
	if (e->kind == &xfrm_wall_kind || e->kind == &xfrm_gate_kind)
		return xfrm_add_wall(&restore->xfrm, e->data, NULL);
	if (e->kind == &xfrm_guard_kind)
		return xfrm_add_guard(&restore->xfrm, e->data, NULL);
	if (e->kind == &xfrm_policy_kind)
		return xfrm_add_policy(&restore->xfrm, e->data, NULL);
	return -EEXIST;
}

/* What stands says so, and what went with its interface can't be had before news of that. */
static bool is_settled(int r)
{
	return r == -EEXIST || r == -ENODEV || r == -ENETDOWN || r == -EACCES ||
	       r == -EAFNOSUPPORT || r == -EOPNOTSUPP;
}

static void restore_entry(void *userdata, const struct undo_entry *e)
{
	struct restore *restore = userdata;
	const struct net_rule *rule = undo_entry_as(e, &net_rule_kind);
	int r = request_again(restore, e);

	if (r < 0 && !is_settled(r))
		restore->error = r;
	if (r < 0)
		return;
	restore->n += e->kind != &net_route_kind || !restore->swept;
	if (rule)
		restore->disordered[rule->family == AF_INET6] = true;
}

/* A rule that comes back is behind the others of its priority: each is put behind the one before it. */
static void reorder_rule(void *userdata, const struct undo_entry *e)
{
	struct restore *restore = userdata;
	const struct net_rule *rule = undo_entry_as(e, &net_rule_kind);

	if (!rule || !restore->disordered[rule->family == AF_INET6])
		return;
	(void)net_del_rule(rule);
	int r = net_put_rule(rule);
	if (r < 0)
		restore->error = r;
}

int net_restore(const struct undo *undo, bool swept, unsigned int *ret_n)
{
	struct restore restore = { .xfrm = NETLINK_CLOSED, .swept = swept };

	restore.error = xfrm_open(&restore.xfrm, NULL); /* routes and rules don't wait for it */
	undo_each(undo, restore_entry, &restore);
	undo_each(undo, reorder_rule, &restore);
	netlink_close(&restore.xfrm);
	*ret_n = restore.n;
	return restore.error;
}
