/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stands in for libFuzzer's main(): runs a fuzz target over the files and the folders it is given,
 * so that every corpus is part of the ordinary tests. A corpus without a single file fails.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

/* An input of exactly its own size, so that the sanitizers see each octet read behind it. */
static int run_file(const char *path, long size)
{
	FILE *f = fopen(path, "rb");

	if (!f)
		return -errno;
	uint8_t *data = malloc(size > 0 ? (size_t)size : 1);
	size_t len = data ? fread(data, 1, (size_t)size, f) : 0;
	int r = !data ? -ENOMEM : ferror(f) || len != (size_t)size ? -EIO : 0;
	(void)fclose(f);
	if (r == 0)
		(void)LLVMFuzzerTestOneInput(data, len);
	free(data);
	return r;
}

static int run(const char *path, unsigned int *count);

/* Each entry that is not hidden. */
static int run_folder(const char *path, unsigned int *count)
{
	DIR *dir = opendir(path);
	int r = dir ? 0 : -errno;
	struct dirent *entry;

	while (r == 0 && (entry = readdir(dir))) {
		char name[PATH_MAX];

		if (entry->d_name[0] == '.')
			continue;
		int len = snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		r = len < (int)sizeof(name) ? run(name, count) : -ENAMETOOLONG;
	}
	if (dir)
		(void)closedir(dir);
	return r;
}

static int run(const char *path, unsigned int *count)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return -errno;
	if (S_ISDIR(st.st_mode))
		return run_folder(path, count);
	++*count;
	return run_file(path, (long)st.st_size);
}

int main(int argc, char **argv)
{
	unsigned int count = 0;

	for (int i = 1; i < argc; i++) {
		int r = run(argv[i], &count);
		if (r < 0) {
			fprintf(stderr, "%s: %s\n", argv[i], strerror(-r));
			return 1;
		}
	}
	printf("%u inputs\n", count);
	return count > 0 ? 0 : 1;
}
