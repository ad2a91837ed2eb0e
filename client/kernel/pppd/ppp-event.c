/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ppp-event: run by pppd when IP is up. Sends what pppd says in its environment to the socket that
 * pppd was given as `ipparam` (the sixth argument), and ends. It stands on the way to the first
 * packet, so it is as small as can be and uses the C library alone.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/process/standard-fds.h"

static size_t collect(char *text, size_t size)
{
	static const char *const names[] = { "IFNAME", "IPLOCAL", "IPREMOTE", "DNS1", "DNS2" };
	size_t len = 0;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *value = getenv(names[i]);
		if (!value || !*value)
			continue;
		int n = snprintf(text + len, size - len, "%s=%s\n", names[i], value);
		if (n < 0 || (size_t)n >= size - len)
			return 0;
		len += (size_t)n;
	}
	return len;
}

/* The socket's folder becomes the working directory: its path may be too long for an address. */
static int send_to(const char *path, const char *text, size_t len)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');

	if (!slash || (size_t)(slash - path) >= sizeof(dir) ||
	    strlen(slash + 1) >= sizeof(sa.sun_path))
		return -1;
	memcpy(dir, path, (size_t)(slash - path));
	dir[slash - path] = '\0';
	memcpy(sa.sun_path, slash + 1, strlen(slash + 1) + 1);
	if (chdir(dir) < 0)
		return -1;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	return sendto(fd, text, len, MSG_NOSIGNAL, (struct sockaddr *)&sa, sizeof(sa)) < 0 ? -1 : 0;
}

int main(int argc, char **argv)
{
	char text[1024];

	if (standard_fds_open() < 0)
		return EXIT_FAILURE;
	if (argc < 7) {
		(void)fputs("ppp-event is run by pppd\n", stderr);
		return EXIT_FAILURE;
	}
	size_t len = collect(text, sizeof(text));
	return len > 0 && send_to(argv[6], text, len) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
