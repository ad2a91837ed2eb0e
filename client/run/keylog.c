/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The key log in Wireshark's formats: one line per SA, so that `tshark` opens IKE's messages and ESP's
 * packets. The lines pass through no stdio buffer that would outlive them.
 */
#include "client/run/keylog.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MAX_LEN 1024

struct keylog {
	int ike_fd;
	int esp_fd;
};

static int open_file(int dirfd, const char *dir, const char *name, struct failure *f)
{
	int fd = openat(dirfd, name,
			O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0) {
		int r = failure_set(f, CAUSE_USAGE, errno, "key log %s/%s: %s", dir, name,
				    strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		return r;
	}
	/* One that somebody laid there beforehand would show them our keys. */
	if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077) ||
	    st.st_nlink != 1) {
		(void)close(fd);
		return failure_set(f, CAUSE_USAGE, EPERM,
				   "key log %s/%s: it is there already, and open to others", dir,
				   name);
	}
	return fd;
}

int keylog_open(const char *dir, struct keylog **ret, struct failure *ret_failure)
{
	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return failure_set(ret_failure, CAUSE_USAGE, errno, "key log %s: %s", dir,
				   strerror(errno));

	int dirfd = open(dir, O_DIRECTORY | O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	if (dirfd < 0 || fstat(dirfd, &st) < 0)
		return failure_set(ret_failure, CAUSE_USAGE, errno, "key log %s: %s", dir,
				   strerror(errno));
	if (st.st_uid != geteuid() || (st.st_mode & 022)) {
		(void)close(dirfd);
		return failure_set(ret_failure, CAUSE_USAGE, EPERM,
				   "key log %s: the folder is not ours alone", dir);
	}

	struct keylog *k = malloc(sizeof(*k));
	int r = -ENOMEM;
	if (k) {
		k->ike_fd = open_file(dirfd, dir, "ikev1_decryption_table", ret_failure);
		k->esp_fd = open_file(dirfd, dir, "esp_sa", ret_failure);
		r = k->ike_fd < 0 ? k->ike_fd : k->esp_fd;
	}
	(void)close(dirfd);
	if (r < 0) {
		keylog_close(k);
		return failure_set(ret_failure, CAUSE_MEMORY, r, "key log");
	}
	*ret = k;
	return 0;
}

struct keylog *keylog_close(struct keylog *k)
{
	if (!k)
		return NULL;
	if (k->ike_fd >= 0)
		(void)close(k->ike_fd);
	if (k->esp_fd >= 0)
		(void)close(k->esp_fd);
	free(k);
	return NULL;
}

/* Appends to a line that has room for everything there is. */
static void put_text(char *line, const char *text)
{
	size_t used = strlen(line);

	(void)snprintf(line + used, LINE_MAX_LEN - used, "%s", text);
}

static void put_hex(char *line, const uint8_t *data, size_t len)
{
	char octet[3];

	for (size_t i = 0; i < len; i++) {
		(void)snprintf(octet, sizeof(octet), "%02x", data[i]);
		put_text(line, octet);
	}
	explicit_bzero(octet, sizeof(octet));
}

static void write_line(int fd, char *line)
{
	size_t len = strlen(line);

	/* A full disk costs the log, not the connection. */
	if (write(fd, line, len) != (ssize_t)len)
		errno = 0;
	explicit_bzero(line, LINE_MAX_LEN);
}

static void log_phase1(struct keylog *k, const struct ike_event *event)
{
	char line[LINE_MAX_LEN] = "";

	put_hex(line, event->u.phase1.cookie_i, sizeof(event->u.phase1.cookie_i));
	put_text(line, ",");
	put_hex(line, event->u.phase1.encr_key.data, event->u.phase1.encr_key.len);
	put_text(line, "\n");
	write_line(k->ike_fd, line);
}

/* Wireshark's names of the ESP algorithms. */
static const char *esp_encryption(const struct ike_esp_proposal *p)
{
	switch (p->encr) {
	case IKE_ENCR_AES_CBC:
		return "AES-CBC [RFC3602]";
	case IKE_ENCR_3DES_CBC:
		return "TripleDES-CBC [RFC2451]";
	case IKE_ENCR_AES_GCM_16:
		return "AES-GCM with 16 octet ICV [RFC4106]";
	}
	return "NULL";
}

static const char *esp_integrity(const struct ike_esp_proposal *p)
{
	switch (p->auth) {
	case IKE_HASH_NONE:
		break;
	case IKE_HASH_MD5:
		return "HMAC-MD5-96 [RFC2403]";
	case IKE_HASH_SHA1:
		return "HMAC-SHA-1-96 [RFC2404]";
	case IKE_HASH_SHA256:
		return "HMAC-SHA-256-128 [RFC4868]";
	case IKE_HASH_SHA384:
		return "HMAC-SHA-384-192 [RFC4868]";
	case IKE_HASH_SHA512:
		return "HMAC-SHA-512-256 [RFC4868]";
	}
	return "NULL";
}

static void log_sa(struct keylog *k, const struct ike_child *child, uint32_t spi,
		   const struct secret *encr, const struct secret *auth)
{
	char line[LINE_MAX_LEN] = "";
	char number[16];

	/* Addresses are left open: behind a NAT they differ on each side. */
	put_text(line, child->local.family == AF_INET6 ? "\"IPv6\"" : "\"IPv4\"");
	(void)snprintf(number, sizeof(number), "\"0x%08x\"", spi);
	put_text(line, ",\"*\",\"*\",");
	put_text(line, number);
	put_text(line, ",\"");
	put_text(line, esp_encryption(&child->algorithms));
	put_text(line, "\",\"0x");
	put_hex(line, encr->data, encr->len);
	put_text(line, "\",\"");
	put_text(line, esp_integrity(&child->algorithms));
	put_text(line, "\",\"0x");
	put_hex(line, auth->data, auth->len);
	put_text(line, "\"\n");
	write_line(k->esp_fd, line);
}

void keylog_event(struct keylog *k, const struct connection_event *event)
{
	if (event->type == CONNECTION_EVENT_PHASE1_KEY) {
		log_phase1(k, event->ike);
	} else if (event->type == CONNECTION_EVENT_CHILD_KEY) {
		const struct ike_child *child = &event->ike->u.child;

		log_sa(k, child, child->spi_in, &child->encr_in, &child->auth_in);
		log_sa(k, child, child->spi_out, &child->encr_out, &child->auth_out);
	}
}
