/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The control socket of a running connection: /run/tsunagu/NAME/control, a SOCK_SEQPACKET socket of
 * mode 0600. A request is one word ("status", "disconnect"), an answer one JSON text. Only root and
 * the connection's own user are answered (SO_PEERCRED).
 */

#include <stdbool.h>
#include <stddef.h>

#include <systemd/sd-event.h>

#include "client/failure/failure.h"
#include "lib/macros.h"

#define CONTROL_PATH_MAX    108 /* of a socket's address */
#define CONTROL_REQUEST_MAX 32
#define CONTROL_ANSWER_MAX  16384
#define CONTROL_CLIENTS_MAX 8

struct control;

/*
 * The path of the socket of the connection NAME, in its run directory.
 * Return: 0; -ENAMETOOLONG.
 */
_must_check_ int control_path(const char *name, char ret[static CONTROL_PATH_MAX]);

/* What the server asks the connection. */
struct control_handler {
	void *userdata;
	/* The status as JSON text into BUF. Return: its length; a negative errno. */
	int (*status)(void *userdata, char *buf, size_t size);
	/* Begin to disconnect; control_done() follows when it is done. */
	void (*disconnect)(void *userdata);
};

/*
 * Listens for the connection NAME, whose run directory must be there. *ret is the caller's: control_free().
 * Return: 0; a negative errno with the cause named.
 */
_must_check_ int control_listen(sd_event *event, const char *name,
				const struct control_handler *handler, struct control **ret,
				struct failure *ret_failure);

/* Tells those who asked for the disconnect that it is done, then closes. The file stays. */
struct control *control_free(struct control *c);

/*
 * The other side: asks the connection NAME and waits up to TIMEOUT_MS for the answer, which is
 * NUL-terminated in ANSWER. Return: its length; -ENOENT or -ECONNREFUSED when nobody listens;
 * -ETIMEDOUT; another negative errno.
 */
_must_check_ int control_ask(const char *name, const char *request, char *answer, size_t size,
			     int timeout_ms);

/*
 * Asks the connection NAME to disconnect and waits until all is undone and its process has ended.
 * Return: 0; as control_ask().
 */
_must_check_ int control_disconnect(const char *name, int timeout_ms);
