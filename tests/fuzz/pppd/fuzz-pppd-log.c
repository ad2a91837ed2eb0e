/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What pppd says, the gateway's words among it: every octet, then the verdict. */
#include <string.h>
#include <sys/wait.h>

#include "client/kernel/pppd/pppd-verdict.h"
#include "tests/fuzz/fuzz.h"

static void check_line(const char *line, size_t size)
{
	size_t len = strnlen(line, size);

	MUST(len < size);
	for (size_t i = 0; i < len; i++)
		MUST(line[i] >= ' ' && line[i] <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pppd_log log = { .len = 0 };
	struct failure why = { 0 };

	if (size < 2)
		return 0;
	for (size_t i = 2; i < size; i++)
		if (pppd_log_put(&log, (char)data[i])) {
			MUST(log.line[0]);
			check_line(log.line, sizeof(log.line));
			if (pppd_log_ipv6(&log))
				MUST(log.local6.family && log.peer6.family);
			if (pppd_log_missing(log.line))
				pppd_log_up(&log);
		}
	const struct pppd_evidence evidence = { .log = &log, .up = data[0] & 4 };
	pppd_verdict(&evidence, data[0] & 1 ? CLD_EXITED : CLD_KILLED, data[1], data[0] & 2, &why);
	check_line(why.detail, sizeof(why.detail));
	MUST(cause_id(why.cause) != NULL);
	return 0;
}
