/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record of a killed process is read by another one, which may have added nothing itself. So whatever anybody adds
 * stands here, as long as there may be a record with it.
 */
#include "client/run/run-kinds.h"

#include <stddef.h>

#include "client/kernel/pppd/pppd-process.h"
#include "client/kernel/xfrm-policy.h"
#include "client/kernel/xfrm.h"
#include "client/network/dns.h"
#include "client/network/net-claim.h"
#include "client/network/net-request.h"
#include "client/network/net-sysctl.h"

const struct undo_kind *const run_kinds[] = {
	/* The network. */
	&net_route_kind,
	&net_barrier_kind,
	&net_rule_kind,
	&net_sysctl_kind,
	&net_claim_kind,
	&net_closed_kind,
	&dns_kind,
	&xfrm_policy_kind,
	&xfrm_guard_kind,
	&xfrm_wall_kind,
	&xfrm_gate_kind,
	/* The kernel's data plane. */
	&xfrm_sa_kind,
	&pppd_process_kind,
	&pppd_file_kind,
	NULL,
};
