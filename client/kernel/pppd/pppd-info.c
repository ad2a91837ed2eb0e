/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Strings in files. pppd's tables of options have their names in them, each with its NUL, and the folder of its plugins is
 * a string of its own. Our plugin says in one which pppd it was built for, and pppd takes no other.
 */
#include "client/kernel/pppd/pppd-info.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/kernel/pppd/plugin-mark.h"
#include "lib/macros.h"

struct image {
	void *data; /* NULL: it can't be read */
	size_t len;
};

static struct image image_map(const char *path)
{
	struct image image = { NULL, 0 };
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return image;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
		void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (data != MAP_FAILED)
			image = (struct image){ data, (size_t)st.st_size };
	}
	(void)close(fd);
	return image;
}

static void image_unmap(const struct image *image)
{
	if (image->data)
		(void)munmap(image->data, image->len);
}

static size_t image_left(const struct image *image, const char *p)
{
	return image->len - (size_t)(p - (const char *)image->data);
}

/* Where LEN octets stand next, at P or behind it. */
static const char *image_find(const struct image *image, const char *p, const char *what,
			      size_t len)
{
	return image->data ? memmem(p, image_left(image, p), what, len) : NULL;
}

static bool image_has(const struct image *image, const char *string)
{
	return image_find(image, image->data, string, strlen(string) + 1);
}

/* The string from P on, if it ends within the image and in RET. */
static bool image_rest(const struct image *image, const char *p, char *ret, size_t size)
{
	const char *end = memchr(p, '\0', image_left(image, p));

	if (!end || (size_t)(end - p) >= size)
		return false;
	memcpy(ret, p, (size_t)(end - p) + 1);
	return true;
}

/* The whole string around P. */
static bool image_string(const struct image *image, const char *p, char *ret, size_t size)
{
	while (p > (const char *)image->data && p[-1])
		p--;
	return image_rest(image, p, ret, size);
}

#define FOLDER "/pppd/"

/* Numbers with dots between them; what is missing stays 0. */
static void parse_version(const char *text, unsigned int ret[static 3])
{
	for (size_t i = 0; i < 3; i++) {
		char *end;
		unsigned long n = strtoul(text, &end, 10);

		if (end == text)
			return;
		ret[i] = (unsigned int)n;
		if (*end != '.')
			return;
		text = end + 1;
	}
}

/* DIR/pppd/VERSION, whichever DIR its builder wanted. Return: the version; NULL: TEXT is no such path. */
static const char *version_in(const char *text)
{
	const char *slash = strrchr(text, '/');
	size_t before = slash ? (size_t)(slash - text) : 0;
	size_t name = strlen(FOLDER) - 1;

	if (text[0] != '/' || before < name || strncmp(slash - name, FOLDER, name) != 0 ||
	    slash[1] < '0' || slash[1] > '9')
		return NULL;
	return slash + 1;
}

static void find_dir(const struct image *image, char ret[static PPPD_DIR_MAX])
{
	const char *p = image->data;

	while ((p = image_find(image, p, FOLDER, strlen(FOLDER)))) {
		if (image_string(image, p, ret, PPPD_DIR_MAX) && version_in(ret))
			return;
		p++;
	}
	ret[0] = '\0';
}

/* For a pppd that can't be read: the folder that there is. */
static void guess_dir(char ret[static PPPD_DIR_MAX])
{
	static const char *const patterns[] = {
		"/usr/lib/pppd/*/pppol2tp.so",	 "/usr/lib64/pppd/*/pppol2tp.so",
		"/usr/lib/*/pppd/*/pppol2tp.so", "/usr/local/lib/pppd/*/pppol2tp.so",
		"/lib/pppd/*/pppol2tp.so",
	};

	for (size_t i = 0; i < ARRAY_SIZE(patterns) && !ret[0]; i++) {
		glob_t found = {};
		if (glob(patterns[i], 0, NULL, &found) == 0 && found.gl_pathc > 0) {
			const char *last = found.gl_pathv[found.gl_pathc - 1];
			(void)snprintf(ret, PPPD_DIR_MAX, "%.*s", (int)(strrchr(last, '/') - last),
				       last);
		}
		globfree(&found);
	}
}

/* Each with an option that no pppd without it has, but for what plugins find in it by its name. */
static struct pppd_features find_features(const struct image *image)
{
	return (struct pppd_features){
		.eap_tls = image_has(image, "need-peer-eap"),
		.mppe = image_has(image, "require-mppe-128"),
		.mschap = image_has(image, "refuse-mschap-v2"),
		.ipv6 = image_has(image, "ipv6cp-restart"),
		.noresolvconf = image_has(image, "noresolvconf"),
		.units = image_has(image, "ppp_dev_fd") && image_has(image, "multilink"),
	};
}

/* Of a pppd that can't be read. */
static struct pppd_features assume_features(const struct pppd_info *info)
{
	return (struct pppd_features){
		.eap_tls = true,
		.mppe = true,
		.mschap = true,
		.ipv6 = true,
		.noresolvconf = pppd_version_number(info) >= 20501,
		.units = pppd_version_number(info) >= 20409,
	};
}

static void see_plugin(struct pppd_info *info)
{
	static const char mark[] = PLUGIN_MARK;
	char path[PPPD_DIR_MAX + sizeof("/tsunagu.so")];
	const char *version = version_in(info->dir);

	(void)snprintf(path, sizeof(path), "%s/tsunagu.so", info->dir);
	struct image image = image_map(path);
	if (!image.data)
		return;
	const char *p = image_find(&image, image.data, mark, sizeof(mark) - 1);
	if (p)
		(void)image_rest(&image, p + sizeof(mark) - 1, info->own_version,
				 sizeof(info->own_version));
	info->own_units = image_has(&image, "tsunagu-unit");
	image_unmap(&image);
	bool same = version && strcmp(version, info->own_version) == 0;
	info->own = same ? PPPD_PLUGIN_OURS : PPPD_PLUGIN_OTHER;
}

static void see_plugins(struct pppd_info *info)
{
	char path[PPPD_DIR_MAX + sizeof("/pppol2tp.so")];
	const char *version = version_in(info->dir);

	if (!version)
		return;
	parse_version(version, info->version);
	(void)snprintf(path, sizeof(path), "%s/pppol2tp.so", info->dir);
	info->pppol2tp = access(path, R_OK) == 0;
	if (info->pppol2tp)
		see_plugin(info);
}

void pppd_info_read(const char *path, struct pppd_info *ret)
{
	struct image image = image_map(path);

	*ret = (struct pppd_info){ .path = path };
	/* An option that each pppd has. */
	bool readable = image_has(&image, "ipcp-max-configure");
	if (readable)
		find_dir(&image, ret->dir);
	else
		guess_dir(ret->dir);
	see_plugins(ret);
	ret->has = readable ? find_features(&image) : assume_features(ret);
	image_unmap(&image);
}

void pppd_find(struct pppd_info *ret)
{
	static const char *const paths[] = {
		"/usr/sbin/pppd",
		"/sbin/pppd",
		"/usr/bin/pppd",
		"/usr/local/sbin/pppd",
	};

	*ret = (struct pppd_info){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(paths) && !ret->path; i++)
		if (access(paths[i], X_OK) == 0)
			pppd_info_read(paths[i], ret);
}

unsigned int pppd_version_number(const struct pppd_info *info)
{
	return info->version[0] * 10000 + info->version[1] * 100 + info->version[2];
}
