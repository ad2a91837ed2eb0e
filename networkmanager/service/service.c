/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "networkmanager/service/service.h"

#include <stdbool.h>
#include <stdlib.h>

#include "networkmanager/service/client-process.h"
#include "networkmanager/service/handover.h"
#include "networkmanager/service/ip-config.h"
#include "networkmanager/service/needs.h"
#include "networkmanager/service/report.h"

/* libnm gives an attempt a minute; what the client has to say comes before. */
#define TIMEOUT_MAX_S 58

/*
 * NetworkManager doesn't wait for the end of a connection before it begins the next, and a client that is at its end
 * keeps its name until all is undone: tried again until then.
 */
#define TRIES_MAX    20
#define TRY_AGAIN_MS 200

struct _TsunaguService {
	NMVpnServicePlugin parent;
	struct client *client;
	NMConnection *connection; /* the one that is tried, with its secrets until it is up */
	struct report report;
	gboolean interactive; /* somebody is there to be asked */
	gboolean up;
	gboolean failed; /* NetworkManager is to be told so at the end */
	NMVpnPluginFailure failure;
	unsigned int tries;
	guint again; /* the next try */
	GSourceFunc when_idle;
	gpointer when_idle_data;
};

G_DEFINE_TYPE(TsunaguService, tsunagu_service, NM_TYPE_VPN_SERVICE_PLUGIN)

static bool begin(TsunaguService *self, GError **error);

static NMVpnServicePlugin *plugin_of(TsunaguService *self)
{
	return NM_VPN_SERVICE_PLUGIN(self);
}

/* --- The client's events --- */

static void on_up(TsunaguService *self, struct json_object *event)
{
	struct ip_config config;

	self->up = TRUE;
	g_clear_object(&self->connection);
	if (!ip_config_of(event, &config)) {
		nm_vpn_service_plugin_failure(plugin_of(self), NM_VPN_PLUGIN_FAILURE_BAD_IP_CONFIG);
		client_stop(self->client);
		return;
	}
	/* Also after a repair: what a new PPP has taken off the interface comes back. */
	nm_vpn_service_plugin_set_config(plugin_of(self), config.general);
	nm_vpn_service_plugin_set_ip4_config(plugin_of(self), config.ip4);
}

static void on_event(void *userdata, struct json_object *event)
{
	TsunaguService *self = userdata;
	struct json_object *name = json_object_object_get(event, "event");
	const char *what = name ? json_object_get_string(name) : "";

	if (g_str_equal(what, "up"))
		on_up(self, event);
	else if (g_str_equal(what, "down"))
		(void)report_take(&self->report, event);
}

/* --- Its end --- */

static void fail(TsunaguService *self, NMVpnPluginFailure failure)
{
	report_signal(&self->report, nm_vpn_service_plugin_get_connection(plugin_of(self)));
	self->failed = TRUE;
	self->failure = failure;
	nm_vpn_service_plugin_failure(plugin_of(self), failure);
	(void)nm_vpn_service_plugin_disconnect(plugin_of(self), NULL);
}

/* Another answer is asked for, with the gateway's own words; nothing is sent a second time by itself. */
static void ask_again(TsunaguService *self, const char *secret)
{
	const char *hints[] = { secret, NULL };
	g_autofree char *message =
		self->report.detail
			? g_strdup_printf("%s (%s)", self->report.message, self->report.detail)
			: g_strdup(self->report.message);

	nm_vpn_service_plugin_secrets_required(plugin_of(self), message, hints);
}

static gboolean on_again(gpointer userdata)
{
	TsunaguService *self = userdata;

	self->again = 0;
	if (!begin(self, NULL)) {
		report_log(&self->report);
		fail(self, NM_VPN_PLUGIN_FAILURE_CONNECT_FAILED);
	}
	return G_SOURCE_REMOVE;
}

/* Whether the client that went before still has the name. */
static bool is_too_early(TsunaguService *self)
{
	return !self->up && self->tries < TRIES_MAX &&
	       g_strcmp0(self->report.cause, "already-running") == 0;
}

static void tell_idle(TsunaguService *self)
{
	if (self->when_idle && !tsunagu_service_is_busy(self))
		g_idle_add(self->when_idle, self->when_idle_data);
}

static bool is_wanted(TsunaguService *self)
{
	NMVpnServiceState state;

	g_object_get(self, NM_VPN_SERVICE_PLUGIN_STATE, &state, NULL);
	return state == NM_VPN_SERVICE_STATE_STARTING || state == NM_VPN_SERVICE_STATE_STARTED;
}

static void go_on_or_fail(TsunaguService *self)
{
	const char *secret = report_secret(&self->report);

	if (is_too_early(self)) {
		self->again = g_timeout_add(TRY_AGAIN_MS, on_again, self);
		return;
	}
	report_log(&self->report);
	if (secret && self->interactive && !self->up)
		ask_again(self, secret);
	else
		fail(self, secret ? NM_VPN_PLUGIN_FAILURE_LOGIN_FAILED
				  : NM_VPN_PLUGIN_FAILURE_CONNECT_FAILED);
}

static void on_end(void *userdata, int status)
{
	TsunaguService *self = userdata;

	self->client = client_free(self->client);
	if (!self->report.message)
		self->report.message =
			g_strdup_printf("tsunagu ended without a word, exit status %d", status);
	if (is_wanted(self))
		go_on_or_fail(self);
	tell_idle(self);
}

/* --- What NetworkManager asks for --- */

/* The client's own time, where libnm's leaves it. */
static unsigned int timeout_s(NMConnection *connection)
{
	const char *text =
		nm_setting_vpn_get_data_item(nm_connection_get_setting_vpn(connection), "timeout");

	return text && strtoul(text, NULL, 10) > TIMEOUT_MAX_S ? TIMEOUT_MAX_S : 0;
}

static bool begin(TsunaguService *self, GError **error)
{
	const struct client_listener listener = { self, on_event, on_end };
	struct handover h;

	self->tries++;
	if (!handover_open(self->connection, &h, error))
		return false;
	self->client =
		client_start(h.files, h.n_files, timeout_s(self->connection), &listener, error);
	handover_close(&h);
	return self->client != NULL;
}

static gboolean begin_with(NMVpnServicePlugin *plugin, NMConnection *connection,
			   gboolean interactive, GError **error)
{
	TsunaguService *self = TSUNAGU_SERVICE(plugin);

	report_clear(&self->report);
	self->report.uuid = g_strdup(nm_connection_get_uuid(connection));
	self->report.id = g_strdup(nm_connection_get_id(connection));
	self->interactive = interactive;
	self->up = self->failed = FALSE;
	self->tries = 0;
	g_clear_object(&self->connection);
	self->connection = g_object_ref(connection);
	if (begin(self, error))
		return TRUE;
	if (error && *error) {
		self->report.cause = g_strdup("profile-invalid");
		self->report.message = g_strdup((*error)->message);
		report_log(&self->report);
		report_signal(&self->report, nm_vpn_service_plugin_get_connection(plugin));
	}
	return FALSE;
}

static gboolean on_connect(NMVpnServicePlugin *plugin, NMConnection *connection, GError **error)
{
	return begin_with(plugin, connection, FALSE, error);
}

static gboolean on_connect_interactive(NMVpnServicePlugin *plugin, NMConnection *connection,
				       GVariant *details, GError **error)
{
	(void)details;
	return begin_with(plugin, connection, TRUE, error);
}

static gboolean on_new_secrets(NMVpnServicePlugin *plugin, NMConnection *connection, GError **error)
{
	return begin_with(plugin, connection, TRUE, error);
}

static gboolean on_need_secrets(NMVpnServicePlugin *plugin, NMConnection *connection,
				const char **setting_name, GError **error)
{
	NMSettingVpn *vpn = nm_connection_get_setting_vpn(connection);

	(void)plugin;
	if (!vpn) {
		g_set_error_literal(error, NM_VPN_PLUGIN_ERROR,
				    NM_VPN_PLUGIN_ERROR_INVALID_CONNECTION,
				    "the connection has no VPN setting");
		return FALSE;
	}
	if (!needs_missing(vpn))
		return FALSE;
	*setting_name = NM_SETTING_VPN_SETTING_NAME;
	return TRUE;
}

/* libnm has told NetworkManager of a failure of its own; the last word counts. */
static gboolean on_disconnect(NMVpnServicePlugin *plugin, GError **error)
{
	TsunaguService *self = TSUNAGU_SERVICE(plugin);

	(void)error;
	g_clear_handle_id(&self->again, g_source_remove);
	g_clear_object(&self->connection);
	if (self->failed)
		nm_vpn_service_plugin_failure(plugin, self->failure);
	if (self->client)
		client_stop(self->client);
	return TRUE;
}

/* --- The object --- */

static void dispose(GObject *object)
{
	TsunaguService *self = TSUNAGU_SERVICE(object);

	g_clear_handle_id(&self->again, g_source_remove);
	self->client = client_free(self->client);
	g_clear_object(&self->connection);
	report_clear(&self->report);
	G_OBJECT_CLASS(tsunagu_service_parent_class)->dispose(object);
}

static void tsunagu_service_class_init(TsunaguServiceClass *class)
{
	NMVpnServicePluginClass *parent = NM_VPN_SERVICE_PLUGIN_CLASS(class);

	G_OBJECT_CLASS(class)->dispose = dispose;
	parent->connect = on_connect;
	parent->connect_interactive = on_connect_interactive;
	parent->need_secrets = on_need_secrets;
	parent->new_secrets = on_new_secrets;
	parent->disconnect = on_disconnect;
}

static void tsunagu_service_init(TsunaguService *self)
{
	(void)self;
}

TsunaguService *tsunagu_service_new(const char *bus_name, GError **error)
{
	return g_initable_new(TSUNAGU_TYPE_SERVICE, NULL, error,
			      NM_VPN_SERVICE_PLUGIN_DBUS_SERVICE_NAME, bus_name,
			      NM_VPN_SERVICE_PLUGIN_DBUS_WATCH_PEER, TRUE, NULL);
}

gboolean tsunagu_service_is_busy(TsunaguService *self)
{
	return self->client != NULL || self->again != 0;
}

void tsunagu_service_when_idle(TsunaguService *self, GSourceFunc fn, gpointer userdata)
{
	self->when_idle = fn;
	self->when_idle_data = userdata;
	tell_idle(self);
}
