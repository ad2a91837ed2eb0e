/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The datagram with pppd's result, which names an interface and an address when it is accepted, or with findings. */
#include <string.h>

#include "client/kernel/pppd/ppp-result.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dp_ppp_event event = { 0 };
	int r = ppp_result_parse((const char *)data, size, &event);

	MUST(r <= 0);
	if (r < 0)
		return 0;
	if (event.state == DP_PPP_FOUND)
		return 0;
	MUST(event.state == DP_PPP_ADDRESS && event.ifname[0]);
	MUST(memchr(event.ifname, '\0', sizeof(event.ifname)) != NULL);
	MUST(!strchr(event.ifname, '/') && event.local.family);
	return 0;
}
