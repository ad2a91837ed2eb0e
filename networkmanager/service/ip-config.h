/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* What NetworkManager is to know of a connection that is up, made of the client's `up` event. */

#include <gio/gio.h>
#include <json-c/json.h>
#include <stdbool.h>

struct ip_config {
	GVariant *general, *ip4; /* a{sv}, floating: for nm_vpn_service_plugin_set_*() */
};

/* Return: false when the event lacks what can't be done without: interface, address, gateway. Nothing is made then. */
bool ip_config_of(struct json_object *up, struct ip_config *ret);
