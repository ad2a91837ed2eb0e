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
#include "client/net.h"
#include "client/process.h"
#include "client/xfrm.h"

#define PROCESS_TIMEOUT_MS 1000

static void take_back_sa(const struct undo_sa *sa)
{
	_cleanup_(netlink_close) struct netlink nl = NETLINK_CLOSED;

	if (xfrm_open(&nl, NULL) == 0)
		(void)xfrm_del_sa(&nl, sa);
}

static void take_back_policy(const struct undo_policy *policy)
{
	_cleanup_(netlink_close) struct netlink nl = NETLINK_CLOSED;

	if (xfrm_open(&nl, NULL) == 0)
		(void)xfrm_del_policy(&nl, policy);
}

static void take_back_process(const struct undo_process *process)
{
	uint64_t start;
	int fd;

	if (process_open(process->pid, &fd) < 0)
		return;
	/* The descriptor is of whoever has the number now; from here on it can't change any more. */
	if (process_start_time(process->pid, &start) == 0 && start == process->start) {
		(void)process_signal(fd, SIGTERM);
		if (process_wait(fd, PROCESS_TIMEOUT_MS) == -ETIMEDOUT) {
			(void)process_signal(fd, SIGKILL);
			(void)(process_wait(fd, PROCESS_TIMEOUT_MS) < 0);
		}
	}
	(void)close(fd);
}

void take_back(const struct undo_entry *e)
{
	switch (e->kind) {
	case UNDO_SA:
		take_back_sa(&e->u.sa);
		break;
	case UNDO_POLICY:
		take_back_policy(&e->u.policy);
		break;
	case UNDO_ROUTE:
		(void)net_del_route(&e->u.route);
		break;
	case UNDO_RULE:
		(void)net_del_rule(&e->u.rule);
		break;
	case UNDO_SYSCTL:
		(void)net_restore_sysctl(&e->u.sysctl);
		break;
	case UNDO_DNS:
		(void)dns_revert(&e->u.dns);
		break;
	case UNDO_PROCESS:
		take_back_process(&e->u.process);
		break;
	case UNDO_FILE:
		(void)unlink(e->u.file.path);
		break;
	}
}
