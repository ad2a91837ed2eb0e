/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From an entry of the undo list to the edge that knows how to take it back. Each edge makes sure
 * that what it finds is what was added; failures are not reported, because the commonest by far is
 * that the thing is gone already (an interface takes its routes along, for example).
 */
#include "client/take-back.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "client/dns.h"
#include "client/net-request.h"
#include "client/net-sysctl.h"
#include "client/pppd.h"
#include "client/process.h"
#include "client/undo.h"
#include "client/xfrm-message.h"
#include "client/xfrm-policy.h"
#include "client/xfrm.h"

/*
 * pppd got its SIGTERM when we died, or gets it now, and says farewell at once; an answer is worth no more, since
 * through UDP none can come to a process that is gone.
 */
#define FAREWELL_MS 200

/* The kernel takes an interface down meanwhile. */
#define KILLED_MS 2000

/* What is gone, or is somebody else's by now, needs no taking back. */
static int unless_gone(int r)
{
	return r == -ENOENT || r == -ESRCH || r == -ENODEV ? 0 : r;
}

static int take_back_sa(const struct undo_sa *sa)
{
	_cleanup_(netlink_close) struct netlink nl = NETLINK_CLOSED;
	int r = xfrm_open(&nl, NULL);

	return r < 0 ? r : xfrm_del_sa(&nl, sa);
}

static int take_back_policy(const struct undo_policy *policy)
{
	_cleanup_(netlink_close) struct netlink nl = NETLINK_CLOSED;
	int r = xfrm_open(&nl, NULL);

	return r < 0 ? r : xfrm_del_policy(&nl, policy);
}

static int take_back_guard(const struct undo_guard *guard)
{
	_cleanup_(netlink_close) struct netlink nl = NETLINK_CLOSED;
	int r = xfrm_open(&nl, NULL);

	return r < 0 ? r : xfrm_del_guard(&nl, guard);
}

static int take_back_wall(const struct undo_wall *wall)
{
	_cleanup_(netlink_close) struct netlink nl = NETLINK_CLOSED;
	int r = xfrm_open(&nl, NULL);

	return r < 0 ? r : xfrm_del_wall(&nl, wall);
}

static int take_back_process(const struct undo_process *process)
{
	uint64_t start;
	int fd;

	int r = process_open(process->pid, &fd);
	if (r == -ESRCH)
		pppd_remove_pid_file(process->pid);
	if (r < 0)
		return r;
	/* The descriptor is of whoever has the number now; from here on it can't change any more. */
	r = process_start_time(process->pid, &start);
	if (r == 0 && start == process->start) {
		(void)process_signal(fd, SIGTERM);
		r = process_wait(fd, FAREWELL_MS);
		if (r == -ETIMEDOUT) {
			(void)process_signal(fd, SIGKILL);
			r = process_wait(fd, KILLED_MS);
			if (r == 0)
				pppd_remove_pid_file(process->pid);
		}
	}
	(void)close(fd);
	return r;
}

int take_back(const struct undo_entry *e)
{
	switch (e->kind) {
	case UNDO_SA:
		return unless_gone(take_back_sa(&e->u.sa));
	case UNDO_POLICY:
		return unless_gone(take_back_policy(&e->u.policy));
	case UNDO_ROUTE:
		return unless_gone(net_del_route(&e->u.route));
	case UNDO_RULE:
		return unless_gone(net_del_rule(&e->u.rule));
	case UNDO_SYSCTL:
		return unless_gone(net_restore_sysctl(&e->u.sysctl));
	case UNDO_DNS:
		return unless_gone(dns_take_back(&e->u.dns));
	case UNDO_PROCESS:
		return unless_gone(take_back_process(&e->u.process));
	case UNDO_FILE:
		return unless_gone(unlink(e->u.file.path) < 0 ? -errno : 0);
	case UNDO_BARRIER:
		return unless_gone(net_del_barrier(&e->u.barrier));
	case UNDO_GUARD:
		return unless_gone(take_back_guard(&e->u.guard));
	case UNDO_WALL:
	case UNDO_GATE:
		return unless_gone(take_back_wall(&e->u.wall));
	case UNDO_CLAIM:
		return unless_gone(undo_give_up_claim(&e->u.claim));
	case UNDO_CLOSED:
		return 0;
	}
	return 0;
}
