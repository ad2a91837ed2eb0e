/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "ike/ike.h"
#include "lib/macros.h"

#define IDENTITY_TEXT_MAX 200

/*
 * Reads an identity as strongSwan, libreswan and NetworkManager-l2tp write it:
 *	%any			whoever it is
 *	192.0.2.1, 2001:db8::1	an address
 *	C=JP, O=Office, CN=gw	the subject of a certificate, in the certificate's order
 *	name, @name		a host's name, not looked up
 *	user@name, @@user@name	a mail address
 *	@#68656c6c6f, @[hello]	any octets, in hexadecimal or as they are
 * Return: 0; -EINVAL when it is none of these or longer than IKE_ID_MAX; *ret is unchanged then.
 */
_must_check_ int identity_parse(const char *text, struct ike_id *ret);

/*
 * Reads "C=JP, O=Office, CN=gw" into the DER of a name (RFC 5280 4.1.2.4). A backslash takes the
 * meaning from the character that follows. Return: as identity_parse().
 */
_must_check_ int identity_parse_dn(const char *text, struct ike_id *ret);

/*
 * The identity as identity_parse() reads it, on one line that can be shown. What can't be written so, a certificate's name
 * included, is told by its type's number and its octets. Returns RET.
 */
const char *identity_format(const struct ike_id *id, char ret[static IDENTITY_TEXT_MAX]);
