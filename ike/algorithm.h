/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "ike/ike.h"

/* The wire's numbers for our algorithms; 0 for what isn't known. */
uint16_t algorithm_encr1(enum ike_encr encr); /* RFC 2409 appendix A */
uint16_t algorithm_hash1(enum ike_hash hash);
uint8_t algorithm_esp(enum ike_encr encr);    /* RFC 2407 4.4.4 */
uint16_t algorithm_auth2(enum ike_hash hash); /* RFC 2407 4.5 */

/* Octets of a KE payload's body in this group; 0 for an unknown one. */
size_t algorithm_group_len(enum ike_group group);
