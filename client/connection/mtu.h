/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "ike/ike.h"

/* How large a packet within PPP may be so that what carries it fits into one packet of the path. */

struct mtu_path {
	uint32_t mtu; /* of the path to the gateway; 0: unknown */
	bool ipv6;    /* outside */
	bool udp_encap;
	struct ike_esp_proposal esp; /* what was agreed on */
};

/* The header of an L2TP data message (RFC 2661 3.1): what is always there, and what may be. */
#define MTU_L2TP_HEADER	   6
#define MTU_L2TP_LENGTH	   2 /* with the L bit; the kernel sends none, gateways may */
#define MTU_L2TP_SEQUENCES 4 /* Ns and Nr */

/*
 * The largest packet that fits, PPP's four octets and an L2TP header of L2TP_HEADER octets before it.
 * Return: its size; 0 when the path's MTU is unknown or too small for anything of use.
 */
uint16_t mtu_fitting(const struct mtu_path *path, uint32_t l2tp_header);
