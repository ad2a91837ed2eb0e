/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdint.h>

/*
 * The one time type: nanoseconds. Points in time are counted by a clock that the caller chooses
 * and that never goes backwards (the program uses CLOCK_BOOTTIME, the tests a virtual one).
 */
typedef uint64_t nsec_t;

#define NSEC_PER_USEC UINT64_C(1000)
#define NSEC_PER_MSEC UINT64_C(1000000)
#define NSEC_PER_SEC  UINT64_C(1000000000)

/* "No deadline": later than every point in time. */
#define NSEC_NEVER UINT64_MAX

/* The later and the earlier of two points in time. */
static inline nsec_t nsec_max(nsec_t a, nsec_t b)
{
	return a > b ? a : b;
}

static inline nsec_t nsec_min(nsec_t a, nsec_t b)
{
	return a < b ? a : b;
}
