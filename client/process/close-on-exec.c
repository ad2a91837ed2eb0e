/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors that were opened by others, perhaps under a limit that is lower by now: their highest number isn't known, and
 * the limit itself may be a thousand million. So the kernel does it in one call, or says which there are.
 */
#include "client/process/close-on-exec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <stdalign.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* A descriptor's number; -1: it's another entry. */
static int read_number(const char *name)
{
	int number = 0;

	for (; *name >= '0' && *name <= '9'; name++)
		number = 10 * number + *name - '0';
	return *name ? -1 : number;
}

/* Return: how many octets of the list there were; a negative errno. */
static ssize_t mark_some(int list, int first)
{
	alignas(struct dirent64) char entries[2048];
	ssize_t n = getdents64(list, (void *)entries, sizeof(entries));
	const struct dirent64 *entry;

	for (ssize_t at = 0; at < n; at += entry->d_reclen) {
		entry = (const struct dirent64 *)(const void *)(entries + at);
		int fd = read_number(entry->d_name);
		if (fd >= first && fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
			return -errno;
	}
	return n < 0 ? -errno : n;
}

static int mark_listed(int first)
{
	ssize_t n = 1;
	int list = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (list < 0)
		return -errno;
	while (n > 0)
		n = mark_some(list, first);
	(void)close(list);
	return (int)n;
}

int close_on_exec_from(int first)
{
	if (syscall(SYS_close_range, (unsigned int)first, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return 0;
	/* Linux before 5.11, or a filter of system calls from before it. */
	return mark_listed(first);
}
