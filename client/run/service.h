/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * What the service manager is told, where there is one (sd_notify(3)): that the connection stands, and in
 * a line for `systemctl status` how far it is. Without one nothing happens.
 */

#include "client/connection/news.h"

/* After each event of the connection. */
void service_event(const struct connection_event *event);

/* It is up, and whatever is to be done before others build on it is done. */
void service_ready(void);

/* It is about to end. */
void service_stopping(void);
