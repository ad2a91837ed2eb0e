/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

#include "client/boundary/dataplane.h"
#include "lib/macros.h"

/*
 * How pppd's result reaches us: pppd runs our ppp-event when IP is up, which sends what pppd tells
 * it as one datagram of lines NAME=VALUE to a socket of ours. Our plugin in pppd sends what the frames
 * show there (ppp/findings.h).
 */

#define PPP_RESULT_MAX 1024

/*
 * Reads the datagram. Of a result IFNAME and IPLOCAL must be there; IPREMOTE, DNS1 and DNS2 may: ret->state is
 * DP_PPP_ADDRESS. Findings: it is DP_PPP_FOUND.
 * Return: 0; -EBADMSG.
 */
_must_check_ int ppp_result_parse(const char *text, size_t len, struct dp_ppp_event *ret);

/* Makes the socket DIR/ppp. Return: its descriptor; a negative errno. */
_must_check_ int ppp_result_open(const char *dir);

/* Reads one datagram, from root alone. Return: 0; -EAGAIN; -EPERM; -EBADMSG; another errno. */
_must_check_ int ppp_result_read(int fd, struct dp_ppp_event *ret);
