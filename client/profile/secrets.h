/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "client/failure/failure.h"
#include "client/profile/profile.h"
#include "lib/macros.h"
#include "lib/secret.h"

/* With user-auth-type=tls the key's passphrase is in the password's place. */
enum secret_kind {
	SECRET_PSK,
	SECRET_PASSWORD,
	SECRET_L2TP,
	SECRET_MACHINE_CERTPASS,
};

/* Where secrets_get() would take it from, in words: "in the profile", "asked on the terminal". */
const char *secrets_origin(const struct profile *profile, enum secret_kind kind);

/*
 * Gets the pre-shared key and the password, each from the first of: the profile; its *-file; a
 * systemd credential ($CREDENTIALS_DIRECTORY/NAME.psk, .password, .l2tp, .certpass, .machine-certpass); its
 * *-command; the terminal, with echo off, when INTERACTIVE. A file or command that is named and fails is an error: the next
 * source is not tried. A password that is not required (flag 4) may come out empty,
 * and with certificates the pre-shared key does.
 * The results are the caller's: secret_clear(). Blocks, up to 30 s for each command.
 * Return: 0; a negative errno, and *ret_failure has CAUSE_SECRET_MISSING, whose detail begins with the key and a colon,
 * SECRET_UNREADABLE, PROFILE_UNSAFE or INTERRUPTED.
 */
_must_check_ int secrets_get(const struct profile *profile, bool interactive,
			     struct secret *ret_psk, struct secret *ret_password,
			     struct failure *ret_failure);

/*
 * One of the two alone, as above.
 */
_must_check_ int secrets_get_one(const struct profile *profile, enum secret_kind kind,
				 bool interactive, struct secret *ret_secret,
				 struct failure *ret_failure);

/*
 * The same for the passphrase of the machine's key, in the same way: empty when nothing is named.
 */
_must_check_ int secrets_get_machine_certpass(const struct profile *profile, bool interactive,
					      struct secret *ret_secret,
					      struct failure *ret_failure);

/*
 * The same for the secret of L2TP's tunnel authentication, which most gateways have none of: it comes
 * out empty when no source is named. It is asked for on the terminal only when its flags say that it
 * is not saved.
 */
_must_check_ int secrets_get_l2tp(const struct profile *profile, bool interactive,
				  struct secret *ret_secret, struct failure *ret_failure);
