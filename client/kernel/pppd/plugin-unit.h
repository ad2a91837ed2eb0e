/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * The plugin's part that has pppd work on an interface that there is already; its option: the interface's number in the
 * kernel's PPP, its unit.
 */

/* At the plugin's start. */
void plugin_unit_init(void);
