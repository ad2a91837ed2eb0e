/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What somebody else has removed is asked for again. */
#include "client/net-restore.h"

#include <errno.h>
#include <sys/socket.h>

#include "client/net-request.h"
#include "client/netlink.h"
#include "client/xfrm-message.h"
#include "client/xfrm-policy.h"

struct restore {
	struct netlink xfrm;
	bool swept;
	unsigned int n;
	int error;	    /* the last one that isn't the interface's */
	bool disordered[2]; /* rules, by whether they are of IPv6 */
};

static int request_again(struct restore *restore, const struct undo_entry *e)
{
	switch (e->kind) {
	case UNDO_RULE:
		return net_put_rule(&e->u.rule);
	case UNDO_ROUTE:
		return net_put_route(&e->u.route);
	case UNDO_BARRIER:
		return net_put_barrier(&e->u.barrier);
	case UNDO_WALL:
	case UNDO_GATE:
		return xfrm_add_wall(&restore->xfrm, &e->u.wall, NULL);
	case UNDO_GUARD:
		return xfrm_add_guard(&restore->xfrm, &e->u.guard, NULL);
	case UNDO_POLICY:
		return xfrm_add_policy(&restore->xfrm, &e->u.policy, NULL);
	case UNDO_SA:
	case UNDO_SYSCTL:
	case UNDO_DNS:
	case UNDO_PROCESS:
	case UNDO_FILE:
	case UNDO_CLAIM:
	case UNDO_CLOSED:
		break; /* nobody tells when these go */
	}
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
	int r = request_again(restore, e);

	if (r < 0 && !is_settled(r))
		restore->error = r;
	if (r < 0)
		return;
	restore->n += e->kind != UNDO_ROUTE || !restore->swept;
	if (e->kind == UNDO_RULE)
		restore->disordered[e->u.rule.family == AF_INET6] = true;
}

/* A rule that comes back is behind the others of its priority: each is put behind the one before it. */
static void reorder_rule(void *userdata, const struct undo_entry *e)
{
	struct restore *restore = userdata;

	if (e->kind != UNDO_RULE || !restore->disordered[e->u.rule.family == AF_INET6])
		return;
	(void)net_del_rule(&e->u.rule);
	int r = net_put_rule(&e->u.rule);
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
