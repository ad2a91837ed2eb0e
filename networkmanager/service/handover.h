/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A connection as NetworkManager hands it over becomes a profile that the client reads: a keyfile in memory, with its
 * secrets, closed to everybody else. Whoever may make a connection is not root and must not be so by it: the files of
 * certificates are read with the rights of those whose connection it is. (Keys that name commands or files with secrets
 * are refused by the client, as in all of NetworkManager's profiles.)
 */

#include <NetworkManager.h>
#include <stdbool.h>
#include <stddef.h>

#define HANDOVER_FILES_MAX 8 /* the profile, and certificates */

struct handover {
	int files[HANDOVER_FILES_MAX]; /* the first is the profile */
	size_t n_files;
};

/* PROFILE is made of CONNECTION. Return: false with an error set; *ret holds nothing then. */
bool handover_open(NMConnection *connection, struct handover *ret, GError **error);

/* Closes them. May be called twice. */
void handover_close(struct handover *h);

/* The program's other task: as user UID (a number) writes the file at PATH to standard output. Return: exit status. */
int handover_read_as(const char *uid, const char *path);
