/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Quick mode as the initiator. */

#include <stdint.h>

#include "ike/message.h"
#include "ike/state.h"
#include "lib/macros.h"
#include "lib/nsec.h"

/* For a pair that replaces that of SPI_IN, or the first one (0). */
_must_check_ int quick_start(struct ike *ike, uint32_t spi_in, nsec_t now);
_must_check_ int quick_recv_2(struct ike *ike, struct ike_exchange *ex, const struct incoming *in);

/* The gateway's word that it can take what we send by the new pair (RFC 2408 3.1). */
_must_check_ int quick_recv_connected(struct ike *ike, struct ike_exchange *ex,
				      const struct incoming *in);
