/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whoever starts us may have closed standard input, output and error. The next descriptor that is opened gets such a
 * number then, a socket or the undo list's file, and everything that is printed goes there.
 */
#include "client/standard-fds.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int standard_fds_open(void)
{
	int fd;

	/* The lowest free number is taken each time. */
	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd < 0)
		return -errno;
	(void)close(fd);
	return 0;
}
