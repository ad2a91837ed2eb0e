/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ends of the engine: the one that was wanted, and giving up. Nothing goes on after them. */
#include "ike/end.h"

#include "ike/exchange.h"
#include "ike/inform.h"
#include "ike/queue.h"

void ike_finish(struct ike *ike)
{
	struct ike_event event = { .type = IKE_EVENT_CLOSED };

	ike_enter(ike, NULL, IKE_STEP_FREE, IKE_STAGE_CLOSED);
	ike->over = true;
	ike_emit(ike, &event);
}

void ike_fail_event(struct ike *ike, struct ike_event *failed_take, nsec_t now)
{
	failed_take->u.failed.stage = ike->stats.stage;
	/* The gateway is told if that is possible; the caller has its reason to stop either way. */
	if (ike->sa && ike->sa->up && inform_delete_sa(ike, ike->sa, now) < 0)
		failed_take->u.failed.reason = IKE_FAILURE_INTERNAL;
	ike->over = true;
	ike_enter(ike, NULL, IKE_STEP_FREE, IKE_STAGE_CLOSED);
	ike_emit(ike, failed_take);
}

void ike_fail(struct ike *ike, enum ike_failure reason, uint16_t notify_type, nsec_t now)
{
	struct ike_event event = { .type = IKE_EVENT_FAILED,
				   .u.failed = { .reason = reason, .notify_type = notify_type } };

	ike_fail_event(ike, &event, now);
}
