/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * NetworkManager's service for L2TP: one process for a connection, which asks the client for everything and tells
 * NetworkManager what comes of it.
 */

#include <NetworkManager.h>

#define TSUNAGU_TYPE_SERVICE (tsunagu_service_get_type())
G_DECLARE_FINAL_TYPE(TsunaguService, tsunagu_service, TSUNAGU, SERVICE, NMVpnServicePlugin)

/* Owns BUS_NAME on the system bus. NULL with an error set. */
TsunaguService *tsunagu_service_new(const char *bus_name, GError **error);

/* Whether a client still runs, be it on its way to its end. */
gboolean tsunagu_service_is_busy(TsunaguService *self);

/* Told once, when the last client has ended after that. */
void tsunagu_service_when_idle(TsunaguService *self, GSourceFunc fn, gpointer userdata);
