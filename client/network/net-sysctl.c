/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/network/net-sysctl.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int net_read_value(const char *path, char ret[static NET_VALUE_MAX])
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;

	ssize_t n = read(fd, ret, NET_VALUE_MAX - 1);
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

static void parse_sysctl(struct undo_fields *f, void *ret)
{
	struct net_sysctl *sysctl = ret;

	undo_field_word(f, 1, sysctl->path, sizeof(sysctl->path));
	undo_field_word(f, 2, sysctl->old, sizeof(sysctl->old));
	undo_field_word(f, 3, sysctl->ours, sizeof(sysctl->ours));
	/* Paths that lead outside of what we ever change above all. */
	if (strncmp(sysctl->path, "/proc/sys/net/", 14) != 0 || strstr(sysctl->path, "/.."))
		f->bad = true;
	(void)undo_field_number(f, 2, INT_MAX);
	(void)undo_field_number(f, 3, INT_MAX);
}

static int format_sysctl(const void *data, char *ret, size_t size)
{
	const struct net_sysctl *sysctl = data;

	return snprintf(ret, size, "%s %s %s", sysctl->path, sysctl->old, sysctl->ours);
}

static int take_back_sysctl(const void *data)
{
	const struct net_sysctl *sysctl = data;
	char value[NET_VALUE_MAX];

	int r = net_read_value(sysctl->path, value);
	if (r < 0)
		return r;
	if (strcmp(value, sysctl->ours) != 0)
		return -ENOENT; /* somebody else has changed it meanwhile: it is theirs now */
	return net_write_value(sysctl->path, sysctl->old);
}

const struct undo_kind net_sysctl_kind = {
	.word = "sysctl",
	.n_fields = 4,
	.size = UNDO_SIZE(struct net_sysctl),
	.parse = parse_sysctl,
	.format = format_sysctl,
	.take_back = take_back_sysctl,
};
