/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Which secrets a connection has, and which of them have to be asked for. */

#include <NetworkManager.h>
#include <stdbool.h>
#include <stddef.h>

/* All that a connection may have, ends with NULL. */
extern const char *const l2tp_secret_names[];

/*
 * Whether a connection with this data uses the secret at all: a password or the passphrase of the user's key, a
 * pre-shared key or the passphrase of the machine's. DATA maps names to values.
 */
bool l2tp_secret_is_used(GHashTable *data, const char *name);

/*
 * Whether it can't do without. A key may well have no passphrase, and few gateways want a tunnel's secret: those are
 * needed only where the flags say that somebody keeps one.
 */
bool l2tp_secret_is_needed(GHashTable *data, const char *name);

/* The flags of a secret as the data has them. */
NMSettingSecretFlags l2tp_secret_flags(GHashTable *data, const char *name);

/* What to call it, in the user's language. */
const char *l2tp_secret_label(const char *name);
