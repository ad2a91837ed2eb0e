/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * A capture of what travels between this machine and the gateway, for a bug report: IKE, ESP, and
 * the ICMP errors about them, as a pcap file that Wireshark reads. All of it is encrypted or was
 * public before; the keys are the key log's matter.
 */

#include <stdbool.h>

#include <systemd/sd-event.h>

#include "client/failure/failure.h"
#include "lib/endpoint.h"
#include "lib/macros.h"

/* The file stops growing there: enough for many attempts, too little to fill a disk. */
#define CAPTURE_OCTETS_MAX (32U << 20)

struct capture;

/*
 * Makes the file, mode 0600, which must not exist yet. Nothing is captured before capture_start().
 * *ret is the caller's: capture_close(). Return: 0; a negative errno with the cause USAGE or MEMORY.
 */
_must_check_ int capture_open(const char *path, struct capture **ret, struct failure *ret_failure);

/*
 * Captures from now on whatever goes to and comes from the gateway's address. A second call with
 * another address takes that one as well from then on, with the same address it does nothing.
 * Return: 0; a negative errno with a cause named: SOCKET or PRIVILEGE.
 */
_must_check_ int capture_start(struct capture *c, sd_event *event, const struct endpoint *gateway,
			       struct failure *ret_failure);

/* Whether it had to stop before its time: the limit was reached, or the disk is full. */
bool capture_is_full(const struct capture *c);

/* Takes what the kernel still holds, closes the file. Accepts NULL. Returns NULL. */
struct capture *capture_close(struct capture *c);
