/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whoever starts us may have closed standard input, output and error. The next descriptor that is opened gets such a
 * number then, a socket or the undo list's file, and everything that is printed goes there.
 */
#include "client/process/standard-fds.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int standard_fds_open(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			continue;
		/* The lowest free number is taken: this one. */
		if (open("/dev/null", O_RDWR) < 0)
			return -errno;
	}
	return 0;
}
