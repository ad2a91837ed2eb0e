/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stdbool.h>

#include "networkmanager/auth-dialog/asking.h"

/* Asks the user in a window. Return: false when he doesn't want to, or there can be no window. */
bool window_ask(struct asking *a);
