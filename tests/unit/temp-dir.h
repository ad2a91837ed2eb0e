/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <sys/types.h>

#define TEMP_PATH_MAX 512

/* A folder for one test program, made by temp_dir_make() and removed with all in it by temp_dir_remove(). */
extern char temp_dir[TEMP_PATH_MAX];

/* cmocka's group setup and teardown. */
int temp_dir_make(void **state);
int temp_dir_remove(void **state);

/* The path of NAME in the folder, in a buffer that eight later calls leave alone. */
const char *temp_path(const char *name);

/* Writes the file NAME with that text and mode, whatever the umask is. Aborts when it can't. */
const char *temp_file(const char *name, const char *text, mode_t mode);
