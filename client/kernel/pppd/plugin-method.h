/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* The plugin's part that carries out what method.c decides; its option: the method that the gateway is known to have. */

/* At the plugin's start. */
void plugin_method_init(void);

/* A frame that came, before pppd sees it. */
void plugin_method_received(const uint8_t *frame, size_t len);

/* A frame of pppd's own leaves. */
void plugin_method_sent(const uint8_t *frame, size_t len);
