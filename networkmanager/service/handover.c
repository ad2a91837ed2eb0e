/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "networkmanager/service/handover.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROFILE_FD 3 /* the client's descriptor of the first file */

/* No certificate with its chain is as large. */
#define CERTIFICATE_MAX (1024 * 1024)

#define WHAT "NetworkManager's connection"

static const char *const certificate_keys[] = {
	"machine-ca", "machine-cert", "machine-key", "ipsec-crl",
	"user-ca",    "user-cert",    "user-key",
};

static void refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void refuse(GError **error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error_literal(error, NM_VPN_PLUGIN_ERROR, NM_VPN_PLUGIN_ERROR_BAD_ARGUMENTS, text);
}

/* --- Files in memory --- */

static int memory_file(const char *name, const void *data, size_t len, GError **error)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	size_t done = 0;

	while (fd >= 0 && done < len) {
		ssize_t n = write(fd, (const char *)data + done, len - done);
		if (n < 0 && errno != EINTR)
			break;
		done += n > 0 ? (size_t)n : 0;
	}
	if (fd < 0 || done < len || fchmod(fd, S_IRUSR | S_IWUSR) < 0 ||
	    fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0) {
		refuse(error, "no memory for %s: %s", name, g_strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		return -1;
	}
	return fd;
}

static bool add_file(struct handover *h, const char *name, const void *data, size_t len,
		     GError **error)
{
	int fd = memory_file(name, data, len, error);

	if (fd < 0)
		return false;
	h->files[h->n_files++] = fd;
	return true;
}

void handover_close(struct handover *h)
{
	while (h->n_files > 0)
		(void)close(h->files[--h->n_files]);
}

/* --- Certificates, with their owner's rights --- */

static bool copy_to_output(int fd)
{
	char buf[4096];
	size_t sum = 0;

	for (;;) {
		ssize_t n = read(fd, buf, sizeof(buf));
		if (n == 0)
			return true;
		if (n < 0 || write(STDOUT_FILENO, buf, (size_t)n) != n)
			return false;
		sum += (size_t)n;
		if (sum > CERTIFICATE_MAX) {
			errno = EFBIG;
			return false;
		}
	}
}

static bool become(const char *uid)
{
	char *end;
	errno = 0;
	unsigned long n = strtoul(uid, &end, 10);
	const struct passwd *pw = errno || *end || end == uid ? NULL : getpwuid((uid_t)n);

	return pw && initgroups(pw->pw_name, pw->pw_gid) == 0 &&
	       setresgid(pw->pw_gid, pw->pw_gid, pw->pw_gid) == 0 &&
	       setresuid(pw->pw_uid, pw->pw_uid, pw->pw_uid) == 0;
}

int handover_read_as(const char *uid, const char *path)
{
	struct stat st;

	if (!become(uid))
		return 2;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && copy_to_output(fd))
		return 0;
	(void)fprintf(stderr, "%s\n", g_strerror(errno ? errno : EINVAL));
	return 1;
}

/* What UID sees at PATH; NULL: it may not, or there is nothing. */
static GBytes *read_as(const struct passwd *pw, const char *path)
{
	g_autofree char *uid = g_strdup_printf("%u", (unsigned int)pw->pw_uid);
	g_autoptr(GSubprocess) process =
		g_subprocess_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE,
				 NULL, TSUNAGU_NM_SERVICE, "--read-as", uid, path, NULL);
	g_autoptr(GBytes) data = NULL;

	if (!process || !g_subprocess_communicate(process, NULL, NULL, &data, NULL, NULL) ||
	    !g_subprocess_get_successful(process))
		return NULL;
	return g_steal_pointer(&data);
}

/* The users whose connection it is; none: the machine's, which an administrator has made. */
static GPtrArray *owners_of(NMConnection *connection)
{
	NMSettingConnection *s = nm_connection_get_setting_connection(connection);
	GPtrArray *owners = g_ptr_array_new_with_free_func(g_free);
	const char *type, *name;

	for (guint i = 0; i < nm_setting_connection_get_num_permissions(s); i++)
		if (nm_setting_connection_get_permission(s, i, &type, &name, NULL))
			g_ptr_array_add(owners, g_strdup(name));
	return owners;
}

static GBytes *read_as_one_of(const GPtrArray *owners, const char *path)
{
	for (guint i = 0; i < owners->len; i++) {
		const struct passwd *pw = getpwnam(owners->pdata[i]);
		GBytes *data = pw ? read_as(pw, path) : NULL;
		if (data)
			return data;
	}
	return NULL;
}

/* The path that a value stands for; NULL: it is none, but a pkcs11: URI. */
static char *path_of(const char *value)
{
	if (g_str_has_prefix(value, "file:"))
		return g_filename_from_uri(value, NULL, NULL);
	return value[0] == '/' ? g_strdup(value) : NULL;
}

static bool take_certificate(const GPtrArray *owners, const char *key, GKeyFile *profile,
			     struct handover *h, GError **error)
{
	g_autofree char *value = g_key_file_get_string(profile, "vpn", key, NULL);
	g_autofree char *path = value ? path_of(value) : NULL;

	if (!path)
		return true;
	g_autoptr(GBytes) data = read_as_one_of(owners, path);
	if (!data) {
		refuse(error, "%s: nobody whose connection this is may read %s", key, path);
		return false;
	}
	g_autofree char *place = g_strdup_printf("/proc/self/fd/%zu", PROFILE_FD + h->n_files);
	g_key_file_set_string(profile, "vpn", key, place);
	return add_file(h, key, g_bytes_get_data(data, NULL), g_bytes_get_size(data), error);
}

static bool take_certificates(NMConnection *connection, GKeyFile *profile, struct handover *h,
			      GError **error)
{
	g_autoptr(GPtrArray) owners = owners_of(connection);

	for (size_t i = 0; owners->len > 0 && i < G_N_ELEMENTS(certificate_keys); i++)
		if (!take_certificate(owners, certificate_keys[i], profile, h, error))
			return false;
	return true;
}

/* --- The profile --- */

static void put_secret(const char *key, const char *value, gpointer userdata)
{
	g_key_file_set_string(userdata, "vpn-secrets", key, value);
}

/* Its place is taken first, so that the certificates' descriptors are known when it is written. */
static bool write_profile(GKeyFile *profile, struct handover *h, GError **error)
{
	gsize len;
	char *text = g_key_file_to_data(profile, &len, NULL);
	int fd = memory_file("profile", text, len, error);

	explicit_bzero(text, len);
	g_free(text);
	h->files[0] = fd;
	return fd >= 0;
}

bool handover_open(NMConnection *connection, struct handover *ret, GError **error)
{
	NMSettingVpn *vpn = nm_connection_get_setting_vpn(connection);
	struct handover h = { .files = { -1 }, .n_files = 1 };

	if (!vpn) {
		refuse(error, WHAT " has no VPN setting");
		return false;
	}
	g_autoptr(GKeyFile) profile =
		nm_keyfile_write(connection, NM_KEYFILE_HANDLER_FLAGS_NONE, NULL, NULL, error);
	if (!profile)
		return false;
	/* Also those that NetworkManager doesn't keep itself. */
	nm_setting_vpn_foreach_secret(vpn, put_secret, profile);
	if (!take_certificates(connection, profile, &h, error) ||
	    !write_profile(profile, &h, error)) {
		handover_close(&h);
		return false;
	}
	*ret = h;
	return true;
}
