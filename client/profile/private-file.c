/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads files that hold secrets or decide about them. What is checked is the open file, not its
 * name, so that it can't be exchanged in between. Whether being readable to others matters is the
 * caller's to say: a profile without secrets may be open, a password's file may not.
 */
#include "client/profile/private-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/failure/i18n.h"

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

void private_file_clear(struct private_file *file)
{
	if (!file)
		return;
	if (file->data)
		explicit_bzero(file->data, file->len);
	free(file->data);
	*file = (struct private_file){ 0 };
}

static const char *reason_of(int error)
{
	switch (error) {
	case ENOENT:
		return _("there is no such file");
	case ELOOP:
		return _("it is a symbolic link");
	case EACCES:
		return _("it may not be read");
	}
	return _("it can't be read");
}

static int check(const struct stat *st, size_t max, const char **ret_reason)
{
	if (!S_ISREG(st->st_mode)) {
		*ret_reason = _("it is no regular file");
		return -EINVAL;
	}
	if (st->st_uid != 0 && st->st_uid != getuid()) {
		*ret_reason = _("it belongs neither to root nor to the caller");
		return -EPERM;
	}
	if (st->st_mode & (S_IWGRP | S_IWOTH)) {
		*ret_reason = _("others may change it");
		return -EPERM;
	}
	if (st->st_size < 0 || (size_t)st->st_size > max) {
		*ret_reason = _("it is too large");
		return -EFBIG;
	}
	return 0;
}

/* Until the end, or one octet more than fits: the file may have grown since its size was seen. */
static int read_all(int fd, char *data, size_t size, size_t *ret_len)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, data + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	*ret_len = len;
	return 0;
}

int private_file_read(const char *path, bool nofollow, size_t max, struct private_file *ret,
		      const char **ret_reason)
{
	_cleanup_(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK |
							(nofollow ? O_NOFOLLOW : 0));
	struct stat st;
	_cleanup_(private_file_clear) struct private_file file = { .len = max + 1 };

	if (fd < 0 || fstat(fd, &st) < 0) {
		int error = errno;

		*ret_reason = reason_of(error);
		/* A link is refused because of what it could point to. */
		return error == ELOOP ? -EPERM : -error;
	}
	int r = check(&st, max, ret_reason);
	if (r < 0)
		return r;

	file.data = malloc(max + 2);
	if (!file.data) {
		*ret_reason = _("there is not enough memory");
		return -ENOMEM;
	}
	size_t len = 0;
	r = read_all(fd, file.data, max + 1, &len);
	if (r < 0 || len > max) {
		*ret_reason = r < 0 ? reason_of(-r) : _("it is too large");
		return r < 0 ? r : -EFBIG;
	}
	file.data[len] = '\0';
	file.len = len;
	file.exposed = st.st_mode & (S_IRGRP | S_IROTH);
	*ret = file;
	file = (struct private_file){ 0 };
	return 0;
}
