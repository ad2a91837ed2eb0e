/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What is done about a message in the stage that the table admits it in.
 * Return: 0, and the table's next stage follows; L2TP_ACTION_ENDED; a negative errno.
 */

#include "l2tp/message.h"
#include "l2tp/state.h"
#include "lib/macros.h"

enum l2tp_action_result {
	L2TP_ACTION_DONE,
	L2TP_ACTION_ENDED, /* it has ended the connection instead */
};

_must_check_ int l2tp_action_sccrp(struct l2tp *l2tp, const struct l2tp_message *m, nsec_t now);
_must_check_ int l2tp_action_late_sccrp(struct l2tp *l2tp, const struct l2tp_message *m,
					nsec_t now);
_must_check_ int l2tp_action_icrp(struct l2tp *l2tp, const struct l2tp_message *m, nsec_t now);
_must_check_ int l2tp_action_cdn(struct l2tp *l2tp, const struct l2tp_message *m, nsec_t now);
_must_check_ int l2tp_action_stopccn(struct l2tp *l2tp, const struct l2tp_message *m, nsec_t now);

/* Ends the connection over a message that breaks the rules. Return: 0; a negative errno. */
_must_check_ int l2tp_refuse(struct l2tp *l2tp, const struct l2tp_message *m,
			     enum l2tp_message_verdict verdict,
			     const struct l2tp_offender *offender, nsec_t now);
