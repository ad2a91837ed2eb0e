/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers within limits, both of which are in. cmocka 2 has other names for its assert_in_range() and
 * calls that one old; cmocka 1 hasn't the new ones. Comes after cmocka.h, and takes the old ones away,
 * so that cmocka 1's users see what cmocka 2's would.
 */
#pragma once

#include <inttypes.h>

#undef assert_in_range
#undef assert_not_in_range

#define assert_between(value, least, most) assert_between_at(value, least, most, __FILE__, __LINE__)

static inline void assert_between_at(uint64_t value, uint64_t least, uint64_t most,
				     const char *file, int line)
{
	if (value >= least && value <= most)
		return;
	print_error("%" PRIu64 " is not from %" PRIu64 " to %" PRIu64 "\n", value, least, most);
	_fail(file, line);
}
