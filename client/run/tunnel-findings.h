/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What was found out by sending something through a tunnel that stands. */

#include <stdbool.h>
#include <stdint.h>

#include "lib/endpoint.h"

struct tunnel_findings {
	bool done;		/* nothing below counts before */
	bool filtered;		/* this machine drops answers that no route leads to (rp_filter) */
	struct endpoint echo;	/* who answered small echo requests; family 0: nobody did */
	uint16_t full;		/* octets of the largest packet the interface takes */
	uint16_t passes;	/* octets of the largest one that was answered */
	unsigned int dns_asked; /* name servers that were asked */
	struct endpoint dns;	/* which one answered first; family 0: none did */
	struct endpoint dns_silent; /* one that didn't; family 0: all answered */
};
