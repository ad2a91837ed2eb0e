/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ppp-peer.h"

/* Each is described where it is written down. */
extern const struct ppp_script ppp_early_success, ppp_wrong_success, ppp_success_empty,
	ppp_failure_empty, ppp_failure_huge, ppp_refuses, ppp_unasked, ppp_stac, ppp_pap_first,
	ppp_pap_alone, ppp_eap_first, ppp_eap_alone, ppp_early_echo, ppp_thinks_8, ppp_thinks_45,
	ppp_thinks_45_pap, ppp_thinks_25_asks_again, ppp_reopens, ppp_demands_mppe, ppp_second_call,
	ppp_logon_hours, ppp_disabled, ppp_expired, ppp_no_dialin, ppp_must_change;
