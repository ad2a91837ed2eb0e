/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file becomes a connection. It is read as what it is: somebody's, perhaps sent by mail. What is not understood ends
 * the import with a sentence, but for keys of [vpn], which another version may know. libnm's own reader of keyfiles
 * does the rest; it passes over what it can't read, and here nothing is passed over.
 */
#include "networkmanager/plugin/import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/failure/i18n.h"
#include "client/profile/profile.h"
#include "networkmanager/plugin/booleans.h"
#include "networkmanager/plugin/route-text.h"
#include "networkmanager/shared/l2tp-names.h"
#include "networkmanager/shared/secrets-needed.h"

static bool refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static bool refuse(GError **error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_propagate_error(error,
			  g_error_new_valist(NM_CONNECTION_ERROR,
					     NM_CONNECTION_ERROR_INVALID_PROPERTY, format, args));
	va_end(args);
	return false;
}

/* The octets of an open file. Return: NULL with an error set. */
static char *read_open(int fd, size_t *ret_len, GError **error)
{
	g_autofree char *text = NULL;
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		refuse(error, _("it is no file"));
		return NULL;
	}
	if (st.st_size > PROFILE_FILE_MAX) {
		refuse(error, _("it has more than %d octets"), PROFILE_FILE_MAX);
		return NULL;
	}
	text = g_malloc(PROFILE_FILE_MAX + 1);
	n = read(fd, text, PROFILE_FILE_MAX);
	if (n < 0) {
		refuse(error, "%s", g_strerror(errno));
		return NULL;
	}
	*ret_len = (size_t)n;
	text[n] = '\0';
	return g_steal_pointer(&text);
}

static char *read_text(const char *path, size_t *ret_len, GError **error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char *text;

	if (fd < 0) {
		refuse(error, "%s", g_strerror(errno));
		return NULL;
	}
	text = read_open(fd, ret_len, error);
	close(fd);
	return text;
}

static GKeyFile *load(const char *path, GError **error)
{
	g_autoptr(GKeyFile) file = g_key_file_new();
	g_autoptr(GError) why = NULL;
	size_t len = 0;
	g_autofree char *text = read_text(path, &len, error);

	if (!text)
		return NULL;
	if (memchr(text, '\0', len)) {
		refuse(error, _("it has a NUL octet"));
		return NULL;
	}
	if (!g_utf8_validate(text, (gssize)len, NULL)) {
		refuse(error, _("it isn't UTF-8"));
		return NULL;
	}
	if (!g_key_file_load_from_data(file, text, len, G_KEY_FILE_NONE, &why)) {
		refuse(error, _("it is no keyfile: %s"), why->message);
		return NULL;
	}
	explicit_bzero(text, len);
	return g_steal_pointer(&file);
}

/* An old export's name of a section becomes today's; what stands there already counts. */
static void rename_section(GKeyFile *file, const char *old, const char *now)
{
	g_auto(GStrv) keys = g_key_file_get_keys(file, old, NULL, NULL);

	for (char **key = keys; keys && *key; key++) {
		g_autofree char *value = g_key_file_get_value(file, old, *key, NULL);

		if (!g_key_file_has_key(file, now, *key, NULL))
			g_key_file_set_value(file, now, *key, value);
	}
	g_key_file_remove_group(file, old, NULL);
}

/* Whether a key has no other word than this one. */
static bool has_word(GKeyFile *file, const char *section, const char *key, const char *word,
		     GError **error)
{
	g_autofree char *value = g_key_file_get_string(file, section, key, NULL);

	if (value && strcmp(value, word) != 0)
		return refuse(error, _("[%s] %s is \"%s\": it is another kind of connection"),
			      section, key, value);
	g_key_file_set_string(file, section, key, word);
	return true;
}

/* Those in [vpn] would be shown to all users of the machine. */
static void move_secrets(GKeyFile *file)
{
	for (size_t i = 0; l2tp_secret_names[i]; i++) {
		const char *name = l2tp_secret_names[i];
		g_autofree char *value = g_key_file_get_value(file, "vpn", name, NULL);

		if (!value)
			continue;
		if (!g_key_file_has_key(file, "vpn-secrets", name, NULL))
			g_key_file_set_value(file, "vpn-secrets", name, value);
		g_key_file_remove_key(file, "vpn", name, NULL);
	}
}

/* "Office (l2tp).conf" is Office. */
static void give_name(GKeyFile *file, const char *path)
{
	static const char *const ends[] = { ".nmconnection", ".conf", " (l2tp)" };
	g_autofree char *name = g_path_get_basename(path);
	g_autofree char *valid = NULL;

	if (g_key_file_has_key(file, "connection", "id", NULL))
		return;
	for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
		if (g_str_has_suffix(name, ends[i]))
			name[strlen(name) - strlen(ends[i])] = '\0';
	valid = g_utf8_make_valid(*name ? name : "L2TP", -1);
	g_key_file_set_string(file, "connection", "id", valid);
}

/* What is another machine's: the identification, and whom the connection belongs to there. */
static void forget_origin(GKeyFile *file)
{
	g_autofree char *uuid = nm_utils_uuid_generate();

	g_key_file_remove_key(file, "connection", "permissions", NULL);
	g_key_file_remove_key(file, "connection", "timestamp", NULL);
	g_key_file_set_string(file, "connection", "uuid", uuid);
}

static bool make_keyfile(GKeyFile *file, const char *path, GError **error)
{
	g_autofree char *gateway = NULL;

	if (!g_key_file_has_group(file, "vpn"))
		return refuse(error, _("it has no section [vpn]: it is no VPN's connection"));
	if (!has_word(file, "connection", "type", "vpn", error) ||
	    !has_word(file, "vpn", "service-type", L2TP_SERVICE, error))
		return false;
	gateway = g_key_file_get_string(file, "vpn", "gateway", NULL);
	if (!gateway || !*gateway)
		return refuse(error, _("[vpn] gateway is missing: the gateway's name or address"));
	rename_section(file, "ip4", "ipv4");
	rename_section(file, "ip6", "ipv6");
	move_secrets(file);
	booleans_respell(file, &booleans_of_peer, &booleans_of_profile);
	give_name(file, path);
	forget_origin(file);
	if (!g_key_file_has_key(file, "ipv4", "method", NULL))
		g_key_file_set_string(file, "ipv4", "method", "auto");
	return route_text_to_numbered(file, "ipv4", error);
}

/* A route or a name server that libnm can't read would be left out, and traffic go another way. */
static gboolean on_event(GKeyFile *file, NMConnection *connection, NMKeyfileHandlerType type,
			 NMKeyfileHandlerData *data, void *userdata)
{
	NMKeyfileWarnSeverity severity;
	const char *message = NULL, *section = NULL;

	(void)file;
	(void)connection;
	(void)userdata;
	if (type != NM_KEYFILE_HANDLER_TYPE_WARN)
		return FALSE;
	nm_keyfile_handler_data_warn_get(data, &message, &severity);
	nm_keyfile_handler_data_get_context(data, &section, NULL, NULL, NULL);
	if (severity < NM_KEYFILE_WARN_SEVERITY_WARN)
		return FALSE;
	nm_keyfile_handler_data_fail_with_error(
		data, g_error_new(NM_CONNECTION_ERROR, NM_CONNECTION_ERROR_INVALID_PROPERTY,
				  "[%s] %s", section ? section : "", message));
	return TRUE;
}

NMConnection *l2tp_import(const char *path, GError **error)
{
	g_autoptr(GKeyFile) file = load(path, error);
	g_autofree char *absolute = g_canonicalize_filename(path, NULL);
	g_autofree char *folder = g_path_get_dirname(absolute);
	g_autoptr(NMConnection) connection = NULL;

	if (!file || !make_keyfile(file, path, error)) {
		g_prefix_error(error, "%s: ", path);
		return NULL;
	}
	connection =
		nm_keyfile_read(file, folder, NM_KEYFILE_HANDLER_FLAGS_NONE, on_event, NULL, error);
	if (!connection || !nm_connection_normalize(connection, NULL, NULL, error)) {
		g_prefix_error(error, "%s: ", path);
		return NULL;
	}
	return g_steal_pointer(&connection);
}
