/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* The kinds of fields that there are. */

#include "networkmanager/editor/field.h"

extern const struct field_kind text_kind, check_kind, choice_kind, secret_kind, certificate_kind;

/* Whether the values of this type are a few that can be chosen from. */
bool choice_exists(enum profile_key_type type);
