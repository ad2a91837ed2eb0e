/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/net-sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

int net_read_value(const char *path, char ret[static UNDO_VALUE_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	ssize_t n = read(fd, ret, UNDO_VALUE_MAX - 1);
	int r = -errno;
	(void)close(fd);
	if (n < 0)
		return r;
	ret[n] = '\0';
	ret[strcspn(ret, " \n")] = '\0';
	return 0;
}

int net_write_value(const char *path, const char *value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	int r = write(fd, value, strlen(value)) < 0 ? -errno : 0;
	(void)close(fd);
	return r;
}

int net_restore_sysctl(const struct undo_sysctl *sysctl)
{
	char value[UNDO_VALUE_MAX];

	int r = net_read_value(sysctl->path, value);
	if (r < 0)
		return r;
	if (strcmp(value, sysctl->ours) != 0)
		return -ENOENT; /* somebody else has changed it meanwhile: it is theirs now */
	return net_write_value(sysctl->path, sysctl->old);
}
