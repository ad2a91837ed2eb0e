/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the value of each type of key is read and stored: one short function for each type. Whether a
 * profile as a whole makes sense is decided in profile-read.c.
 */
#include "client/profile/profile-values.h"

#include <ctype.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "client/failure/i18n.h"
#include "client/profile/identity.h"
#include "client/profile/keyfile.h"
#include "client/profile/profile-routes.h"
#include "client/profile/proposals.h"
#include "client/profile/text.h"

static void *target(struct profile *p, const struct profile_value *v)
{
	return (char *)p + v->key->target;
}

static int set_text(struct profile *p, struct profile_value *v)
{
	size_t len = strlen(v->text);

	if (len >= v->key->max || !text_is_printable(v->text))
		return profile_value_invalid(v);
	memcpy(target(p, v), v->text, len + 1);
	return 0;
}

/* Whether a port stands behind a name or an IPv4 address. */
static bool has_port(const char *text)
{
	const char *colon = strchr(text, ':');

	return colon && colon[1] && !colon[1 + strspn(colon + 1, "0123456789")];
}

/* Colons are IPv6's alone, perhaps with a scope behind it. */
static bool is_host(const char *text)
{
	char address[PROFILE_TEXT_MAX];
	struct endpoint e;

	if (!strchr(text, ':'))
		return !strchr(text, '%');
	(void)snprintf(address, sizeof(address), "%.*s", (int)strcspn(text, "%"), text);
	return endpoint_parse(address, 0, &e) == 0;
}

/* Characters of names and of addresses, scope included; nothing that a resolver could misread. */
static int set_host(struct profile *p, struct profile_value *v)
{
	size_t len = strspn(v->text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789-._:%");

	if (has_port(v->text)) {
		(void)snprintf(v->error, sizeof(v->error),
			       _("names a port; IKE and L2TP have theirs: write the host alone"));
		return -EINVAL;
	}
	if (v->text[len] || len > 253 || v->text[0] == '-' || v->text[0] == '.' ||
	    !is_host(v->text))
		return profile_value_invalid(v);
	return set_text(p, v);
}

static int set_bool(struct profile *p, struct profile_value *v)
{
	return text_parse_bool(v->text, target(p, v)) < 0 ? profile_value_invalid(v) : 0;
}

static int parse_number(struct profile_value *v, uint32_t *ret)
{
	if (text_parse_uint(v->text, v->key->min, v->key->max, ret) == 0)
		return 0;
	(void)snprintf(v->error, sizeof(v->error), _("has to be a number from %u to %u"),
		       v->key->min, v->key->max);
	return -EINVAL;
}

static int set_uint16(struct profile *p, struct profile_value *v)
{
	uint32_t n;
	int r = parse_number(v, &n);

	if (r == 0)
		*(uint16_t *)target(p, v) = (uint16_t)n;
	return r;
}

static int set_uint(struct profile *p, struct profile_value *v)
{
	uint32_t n;
	int r = parse_number(v, &n);

	if (r == 0)
		*(uint32_t *)target(p, v) = n;
	return r;
}

static int set_metric(struct profile *p, struct profile_value *v)
{
	uint32_t n = 0;

	if (strcmp(v->text, "-1") != 0 && text_parse_uint(v->text, 0, UINT32_MAX, &n) < 0)
		return profile_value_invalid(v);
	*(uint32_t *)target(p, v) = n;
	return 0;
}

static int set_duration(struct profile *p, struct profile_value *v)
{
	static const char units[] = "smhd";
	static const uint32_t seconds[] = { 1, 60, 3600, 86400 };
	char *last = v->text + strlen(v->text) - 1;
	const char *unit = strchr(units, *last);
	uint64_t factor = unit ? seconds[unit - units] : 1;
	uint32_t n;

	if (unit)
		*last = '\0';
	if (text_parse_uint(v->text, 0, UINT32_MAX, &n) < 0)
		return profile_value_invalid(v);
	if (n * factor < v->key->min || n * factor > v->key->max) {
		(void)snprintf(v->error, sizeof(v->error), _("has to be from %u to %u seconds"),
			       v->key->min, v->key->max);
		return -EINVAL;
	}
	*(uint32_t *)target(p, v) = (uint32_t)(n * factor);
	return 0;
}

static int check_word(struct profile *p, struct profile_value *v)
{
	bool given, wanted;

	(void)p;
	if (strcmp(v->text, v->key->word) == 0)
		return 0;
	if (text_parse_bool(v->text, &given) == 0 && text_parse_bool(v->key->word, &wanted) == 0 &&
	    given == wanted)
		return 0;
	(void)snprintf(v->error, sizeof(v->error), _("has to be %s: %s"), v->key->word,
		       _(v->key->help));
	return -EINVAL;
}

static void warn_of_left_out(struct profile *p, const struct profile_value *v)
{
	if (v->error[0])
		profile_warn(p, v->line, "[%s] %s: %s; the others count", v->key->section,
			     v->key->name, v->error);
}

static int set_ike(struct profile *p, struct profile_value *v)
{
	size_t n = 0;
	int r = proposals_parse_ike(v->text, p->ike, &n, v->error);

	if (r == 0 && n == 0)
		return profile_value_invalid(v);
	warn_of_left_out(p, v);
	p->n_ike = n;
	return r;
}

static int set_esp(struct profile *p, struct profile_value *v)
{
	size_t n = 0;
	int r = proposals_parse_esp(v->text, p->esp, &n, v->error);

	if (r == 0 && n == 0)
		return profile_value_invalid(v);
	warn_of_left_out(p, v);
	p->n_esp = n;
	return r;
}

static int set_id(struct profile *p, struct profile_value *v)
{
	struct ike_id *id = target(p, v);

	p->remote_id_given |= id == &p->remote_id;
	return identity_parse(v->text, id) < 0 ? profile_value_invalid(v) : 0;
}

static int set_machine_auth(struct profile *p, struct profile_value *v)
{
	p->certificates = strcmp(v->text, "tls") == 0;
	return p->certificates || strcmp(v->text, "psk") == 0 ? 0 : profile_value_invalid(v);
}

static int set_group_name(struct profile *p, struct profile_value *v)
{
	char text[PROFILE_TEXT_MAX];

	if (p->local_id.type != IKE_ID_ANY)
		return 0;
	if (snprintf(text, sizeof(text), "@%s", v->text) >= (int)sizeof(text) ||
	    identity_parse(text, &p->local_id) < 0)
		return profile_value_invalid(v);
	return 0;
}

static int set_user_auth(struct profile *p, struct profile_value *v)
{
	p->ppp.tls.wanted = strcmp(v->text, "tls") == 0;
	return p->ppp.tls.wanted || strcmp(v->text, "password") == 0 ? 0 : profile_value_invalid(v);
}

static int set_source_port(struct profile *p, struct profile_value *v)
{
	static const char *const words[] = { [PROFILE_PORT_AUTO] = "auto",
					     [PROFILE_PORT_EPHEMERAL] = "ephemeral",
					     [PROFILE_PORT_1701] = "1701" };

	for (unsigned int i = 0; i < ARRAY_SIZE(words); i++) {
		if (strcmp(v->text, words[i]) == 0) {
			p->source_port = (enum profile_source_port)i;
			return 0;
		}
	}
	return profile_value_invalid(v);
}

static int set_ephemeral(struct profile *p, struct profile_value *v)
{
	bool yes;

	if (text_parse_bool(v->text, &yes) < 0)
		return profile_value_invalid(v);
	if (yes && p->source_port == PROFILE_PORT_AUTO)
		p->source_port = PROFILE_PORT_EPHEMERAL;
	return 0;
}

static int set_local(struct profile *p, struct profile_value *v)
{
	bool yes;

	if (text_parse_bool(v->text, &yes) < 0)
		return profile_value_invalid(v);
	p->local_network = yes ? PROFILE_LOCAL_YES : PROFILE_LOCAL_NO;
	return 0;
}

static int set_ifname(struct profile *p, struct profile_value *v)
{
	size_t len = strlen(v->text);

	if (len >= sizeof(p->ppp.ifname) || strcmp(v->text, ".") == 0 ||
	    strcmp(v->text, "..") == 0 || v->text[0] == '-')
		return profile_value_invalid(v);
	for (const char *s = v->text; *s; s++)
		if (!(isascii((unsigned char)*s) && isalnum((unsigned char)*s)) &&
		    !strchr("-_.", *s))
			return profile_value_invalid(v);
	memcpy(p->ppp.ifname, v->text, len + 1);
	return 0;
}

static int set_unit(struct profile *p, struct profile_value *v)
{
	uint32_t n;
	int r = parse_number(v, &n);

	if (r == 0 && !p->ppp.ifname[0])
		(void)snprintf(p->ppp.ifname, sizeof(p->ppp.ifname), "ppp%u", n & 0x7fff);
	return r;
}

/* NetworkManager's other methods name addresses of our own, which a gateway doesn't leave to us. */
static int set_ipv6(struct profile *p, struct profile_value *v)
{
	bool *wanted = target(p, v);

	*wanted = strcmp(v->text, "auto") == 0 || strcmp(v->text, "link-local") == 0;
	if (*wanted || strcmp(v->text, "ignore") == 0 || strcmp(v->text, "disabled") == 0)
		return 0;
	if (strcmp(v->text, "dhcp") != 0 && strcmp(v->text, "manual") != 0 &&
	    strcmp(v->text, "shared") != 0)
		return profile_value_invalid(v);
	profile_warn(p, v->line, "[ipv6] method=%s is not done here: no IPv6 in the tunnel",
		     v->text);
	return 0;
}

/* NetworkManager writes ';' and reads ',' as well. */
static int split(struct profile_value *v, char **ret_items, size_t max, size_t *ret_n)
{
	return keyfile_split(v->text, strchr(v->text, ';') ? ';' : ',', ret_items, max, ret_n);
}

/* "1.1.1.1#name" has the name by which DNS over TLS knows the server, and that is not done here. */
static void cut_tls_name(struct profile *p, struct profile_value *v, char *server)
{
	char *hash = strchr(server, '#');

	if (!hash)
		return;
	*hash = '\0';
	profile_warn(p, v->line, "[%s] %s: what stands behind # is for DNS over TLS and is ignored",
		     v->key->section, v->key->name);
}

static int set_addresses(struct profile *p, struct profile_value *v)
{
	char *items[SYS_DNS_MAX];
	size_t n;
	bool six = strcmp(v->key->section, "ipv6") == 0;
	struct endpoint *list = six ? p->dns6 : p->dns;

	if (split(v, items, ARRAY_SIZE(items), &n) < 0)
		profile_warn(p, v->line, "[%s] %s: the first %d name servers count",
			     v->key->section, v->key->name, SYS_DNS_MAX);
	for (size_t i = 0; i < n; i++) {
		cut_tls_name(p, v, items[i]);
		if (endpoint_parse(items[i], 0, &list[i]) < 0)
			return profile_value_invalid(v);
	}
	*(six ? &p->n_dns6 : &p->n_dns) = n;
	return 0;
}

/* "~example.jp" (a domain that is routed here and not searched) and "~." are NetworkManager's. */
static bool domain_valid(const char *domain)
{
	const char *s = domain[0] == '~' ? domain + 1 : domain;
	size_t len = strlen(s);

	if (strcmp(domain, "~.") == 0)
		return true;
	if (len == 0 || len > 253 || s[0] == '.' || s[0] == '-' || strstr(s, ".."))
		return false;
	s += strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");
	return *s == '\0';
}

/* Those of [ipv4] and [ipv6] together. */
static int set_domains(struct profile *p, struct profile_value *v)
{
	char *items[SYS_SEARCH_MAX];
	size_t n;

	if (split(v, items, ARRAY_SIZE(items), &n) < 0 || n > SYS_SEARCH_MAX - p->n_search)
		return profile_value_invalid(v);
	for (size_t i = 0; i < n; i++) {
		if (!domain_valid(items[i]))
			return profile_value_invalid(v);
		memcpy(p->search[p->n_search + i], items[i], strlen(items[i]) + 1);
	}
	p->n_search += n;
	return 0;
}

static int set_secret(struct profile *p, struct profile_value *v)
{
	size_t len = strlen(v->text);

	if (len > PROFILE_PASSWORD_MAX)
		return profile_value_invalid(v);
	return secret_set(target(p, v), v->text, len);
}

int profile_psk_decode(const char *text, struct secret *ret)
{
	_cleanup_(secret_clear) struct secret decoded = { 0 };

	if (strncmp(text, "0s", 2) != 0)
		return secret_set(ret, text, strlen(text));

	long len = text_parse_base64(text + 2, decoded.data, sizeof(decoded.data));
	if (len <= 0)
		return len < 0 ? (int)len : -EINVAL;
	decoded.len = (size_t)len;
	secret_move(ret, &decoded);
	return 0;
}

static int set_psk(struct profile *p, struct profile_value *v)
{
	return profile_psk_decode(v->text, target(p, v)) < 0 ? profile_value_invalid(v) : 0;
}

/* The path of a file: URI (RFC 8089), in place: NetworkManager and others write "%20" in it. */
static int decode_uri(char *text)
{
	char *to = text, *from = text + strlen("file:");

	if (strncmp(from, "//", 2) == 0)
		from += 2;
	if (strncmp(from, "localhost/", 10) == 0)
		from += 9;
	for (; *from; from++) {
		char digits[] = { from[0] == '%' ? from[1] : '\0', from[1] ? from[2] : '\0', '\0' };
		char octet = from[0];

		if (octet == '%') {
			if (!isxdigit((unsigned char)digits[0]) ||
			    !isxdigit((unsigned char)digits[1]))
				return -EINVAL;
			octet = (char)strtoul(digits, NULL, 16);
			from += 2;
		}
		if (!octet)
			return -EINVAL;
		*to++ = octet;
	}
	*to = '\0';
	return 0;
}

static int set_path(struct profile *p, struct profile_value *v)
{
	if (strncmp(v->text, "file:", 5) == 0 && decode_uri(v->text) < 0)
		return profile_value_invalid(v);
	return v->text[0] == '/' ? set_text(p, v) : profile_value_invalid(v);
}

/* A file, or a token's object (RFC 7512, whose pin-value attribute would be shown to all). */
static int set_location(struct profile *p, struct profile_value *v)
{
	if (strstr(v->text, "pin-value")) {
		(void)snprintf(
			v->error, sizeof(v->error),
			_("has a PIN in it, which belongs into [vpn-secrets] machine-certpass"));
		return -EINVAL;
	}
	return strncmp(v->text, "pkcs11:", 7) == 0 ? set_text(p, v) : set_path(p, v);
}

static int set_argv(struct profile *p, struct profile_value *v)
{
	char **argv = target(p, v), *items[PROFILE_ARGV_MAX];
	size_t n;

	if (keyfile_split(v->text, ';', items, ARRAY_SIZE(items), &n) < 0 || n == 0 ||
	    items[0][0] != '/')
		return profile_value_invalid(v);
	for (size_t i = 0; i < n; i++)
		if (text_has_control(items[i], strlen(items[i])))
			return profile_value_invalid(v);
	for (size_t i = 0; i <= PROFILE_ARGV_MAX; i++) {
		free(argv[i]);
		argv[i] = i < n ? strdup(items[i]) : NULL;
		if (i < n && !argv[i])
			return -ENOMEM;
	}
	return 0;
}

static int set_nothing(struct profile *p, struct profile_value *v)
{
	(void)p;
	(void)v;
	return 0;
}

/* What becomes of spaces and escapes before a type's function sees the value. */
enum form {
	TRIMMED, /* no spaces around it, escapes resolved */
	EXACT,	 /* escapes resolved: a password may end with a space */
	LIST,	 /* as it stands: the escapes are resolved entry by entry, behind the splitting */
};

static const struct {
	int (*set)(struct profile *p, struct profile_value *v);
	enum form form;
} types[] = {
	[KEY_TEXT] = { set_text, EXACT },
	[KEY_HOST] = { set_host },
	[KEY_BOOL] = { set_bool },
	[KEY_UINT16] = { set_uint16 },
	[KEY_UINT] = { set_uint },
	[KEY_METRIC] = { set_metric },
	[KEY_DURATION] = { set_duration },
	[KEY_WORD] = { check_word },
	[KEY_KIND] = { check_word },
	[KEY_IKE] = { set_ike },
	[KEY_ESP] = { set_esp },
	[KEY_ID] = { set_id },
	[KEY_GROUP_NAME] = { set_group_name },
	[KEY_USER_AUTH] = { set_user_auth },
	[KEY_SOURCE_PORT] = { set_source_port },
	[KEY_EPHEMERAL] = { set_ephemeral },
	[KEY_LOCAL] = { set_local },
	[KEY_IFNAME] = { set_ifname },
	[KEY_UNIT] = { set_unit },
	[KEY_ROUTE] = { profile_set_route, LIST },
	[KEY_ROUTE6] = { profile_set_route6, LIST },
	[KEY_ROUTES] = { profile_set_routes, LIST },
	[KEY_IPV6] = { set_ipv6 },
	[KEY_ADDRESSES] = { set_addresses, LIST },
	[KEY_DOMAINS] = { set_domains, LIST },
	[KEY_SECRET] = { set_secret, EXACT },
	[KEY_PSK] = { set_psk, EXACT },
	[KEY_FLAGS] = { set_uint },
	[KEY_PATH] = { set_path, EXACT },
	[KEY_SECRET_FILE] = { set_path, EXACT },
	[KEY_LOCATION] = { set_location, EXACT },
	[KEY_MACHINE_AUTH] = { set_machine_auth },
	[KEY_ARGV] = { set_argv, LIST },
	[KEY_NO_EFFECT] = { set_nothing, LIST },
	[KEY_OTHERS] = { set_nothing, LIST },
};

/* Whether "\s" stands behind something: written by hand, and probably a backslash was meant. */
static bool has_inner_space(const char *raw)
{
	for (const char *s = raw; s[0] && s[1]; s += s[0] == '\\' ? 2 : 1)
		if (s[0] == '\\' && s[1] == 's' && s > raw)
			return true;
	return false;
}

/* Spaces that nobody sees, and that count. */
static void warn_of_spaces(struct profile *p, const struct profile_value *v)
{
	size_t len = strlen(v->text);

	if (isspace((unsigned char)v->text[len - 1]))
		profile_warn(p, v->line, "[%s] %s ends with a space, which belongs to it",
			     v->key->section, v->key->name);
	if (v->key->type == KEY_TEXT && has_inner_space(v->text))
		profile_warn(p, v->line,
			     "[%s] %s: \\s is read as a space; a backslash is written twice",
			     v->key->section, v->key->name);
}

int profile_value_set(struct profile *p, struct profile_value *v)
{
	enum form form = types[v->key->type].form;

	if (form == TRIMMED)
		keyfile_cut_space(v->text);
	if (!*v->text)
		return 0;
	if (form == EXACT)
		warn_of_spaces(p, v);
	if (form != LIST)
		keyfile_unescape(v->text);
	/* Of a lone backslash nothing is left, and no setter looks for that. */
	if (!*v->text)
		return 0;
	if (types[v->key->type].set != set_nothing && text_has_control(v->text, strlen(v->text))) {
		(void)snprintf(v->error, sizeof(v->error),
			       _("has a control character; \\n, \\r and \\t are such, and a "
				 "backslash is written twice"));
		return -EINVAL;
	}
	return types[v->key->type].set(p, v);
}
