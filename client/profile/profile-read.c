/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a keyfile's text to a profile: the defaults of the table, then every item through the table,
 * then what concerns several keys at once: the weak proposals, PFS, the joined user name. Files and
 * folders are profile-file.c's; the reading of single values profile-values.c's.
 */
#include "client/profile/profile.h"

#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/failure/i18n.h"
#include "client/profile/keyfile.h"
#include "client/profile/profile-internal.h"
#include "client/profile/profile-keys.h"
#include "client/profile/profile-values.h"
#include "client/profile/proposals.h"
#include "client/profile/text.h"

#define FOUND_MAX (PROFILE_KEYS_MAX + SYS_ROUTES_MAX)

/* An item of the file that the table knows. */
struct found {
	const struct profile_key *key;
	struct keyfile_item item;
};

struct draft {
	struct profile *p;
	bool foreign;
	struct failure unknown; /* the first item that isn't known and can't be passed over */
	struct found found[FOUND_MAX]; /* in their order; of each key the one that counts */
	size_t n_found;
};

static void free_argv(char **argv)
{
	for (size_t i = 0; i <= PROFILE_ARGV_MAX; i++)
		free(argv[i]);
}

void profile_forget_secrets(struct profile *p)
{
	struct profile_secret *const all[] = { &p->psk, &p->password, &p->l2tp_secret, &p->certpass,
					       &p->machine_certpass };

	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		secret_clear(&all[i]->value);
}

struct profile *profile_free(struct profile *p)
{
	if (!p)
		return NULL;
	free_argv(p->psk.argv);
	free_argv(p->password.argv);
	free_argv(p->l2tp_secret.argv);
	free_argv(p->certpass.argv);
	free_argv(p->machine_certpass.argv);
	explicit_bzero(p, sizeof(*p));
	free(p);
	return NULL;
}

static int set_defaults(struct profile *p, struct failure *ret_failure)
{
	for (size_t i = 0; i < n_profile_keys; i++) {
		char text[PROFILE_TEXT_MAX];
		struct profile_value value = { .key = &profile_keys[i], .text = text };

		if (!profile_keys[i].def)
			continue;
		(void)snprintf(text, sizeof(text), "%s", profile_keys[i].def);
		int r = profile_value_set(p, &value);
		if (r < 0)
			return failure_set(ret_failure, CAUSE_INTERNAL, r, "default of %s %s",
					   profile_keys[i].name, value.error);
	}
	return 0;
}

/* A secret in [vpn], which NetworkManager shows to every user of the machine. */
static bool is_misplaced(const struct found *f)
{
	return strcmp(f->key->section, "vpn-secrets") == 0 &&
	       strcmp(f->item.section, f->key->section) != 0;
}

static void note_item(struct draft *draft, const struct found *f)
{
	if (f->key->type == KEY_NO_EFFECT)
		profile_warn(draft->p, f->item.line, "[%s] %s is without effect here: %s",
			     f->item.section, f->item.key, _(f->key->help));
	if (is_misplaced(f))
		profile_warn(draft->p, f->item.line,
			     "[vpn] %s is readable to all users through NetworkManager; "
			     "it belongs into [vpn-secrets]",
			     f->item.key);
}

/* What said the same before; NULL when nothing did. */
static struct found *former_of(struct draft *draft, const struct found *f)
{
	for (size_t i = 0; i < draft->n_found; i++)
		if (draft->found[i].key == f->key &&
		    strcmp(draft->found[i].item.key, f->item.key) == 0)
			return &draft->found[i];
	return NULL;
}

/* The last one counts, but what stands where it belongs before what doesn't. */
static bool is_superseded(struct draft *draft, const struct found *f)
{
	struct found *former = former_of(draft, f);

	if (!former)
		return false;
	bool stays = is_misplaced(f) && !is_misplaced(former);
	profile_warn(draft->p, f->item.line,
		     stays ? N_("[%s] %s stands in line %u already, which counts")
			   : N_("[%s] %s stands in line %u already; this one counts"),
		     f->item.section, f->item.key, former->item.line);
	if (stays)
		return true;
	draft->n_found--;
	memmove(former, former + 1,
		(size_t)(draft->found + draft->n_found - former) * sizeof(*former));
	return false;
}

/*
 * What isn't known and harmless is skipped. What may say where traffic goes isn't harmless: the user
 * relies on it, and everything would go another way.
 */
static void pass_over(struct draft *draft, const struct keyfile_item *item)
{
	const struct profile_key *meant = profile_key_guess(item->key);

	if (meant)
		(void)failure_set(&draft->unknown, CAUSE_PROFILE_INVALID, EINVAL,
				  "line %u: [%s] %s is not known, and it is about where traffic "
				  "goes: write it as [%s] %s%s",
				  item->line, item->section, item->key, meant->section, meant->name,
				  meant->numbered ? "1" : "");
	else if (profile_key_section_steers(item->section))
		(void)failure_set(&draft->unknown, CAUSE_PROFILE_INVALID, EINVAL,
				  "line %u: [%s] %s is not known and may be about where traffic "
				  "goes: remove it",
				  item->line, item->section, item->key);
	else
		profile_warn(draft->p, item->line, "[%s] %s is not known and is ignored",
			     item->section, item->key);
}

static int take_item(void *userdata, const struct keyfile_item *item, struct failure *ret_failure)
{
	struct draft *draft = userdata;
	const struct found f = { profile_key_find(item->section, item->key), *item };

	if (!f.key) {
		pass_over(draft, item);
		return 0;
	}
	note_item(draft, &f);
	if (is_superseded(draft, &f))
		return 0;
	if (draft->n_found == FOUND_MAX)
		return failure_set(ret_failure, CAUSE_PROFILE_INVALID, E2BIG,
				   "line %u: [%s] %s is one route too many; %d fit", item->line,
				   item->section, item->key, SYS_ROUTES_MAX);
	draft->found[draft->n_found++] = f;
	return 0;
}

/*
 * What the caller would run, or read and send. The query of a pkcs11: URI names modules and files with PINs;
 * providers know its attributes without the '?' as well.
 */
static bool is_for_trusted(const struct found *f)
{
	const char *value = f->item.value;

	if (f->key->type == KEY_LOCATION)
		return strncmp(value, "pkcs11:", 7) == 0 &&
		       (strpbrk(value, "?&") || strstr(value, "pin-") || strstr(value, "module-"));
	return (f->key->type == KEY_ARGV || f->key->type == KEY_SECRET_FILE) && value[0];
}

static int set_one(struct draft *draft, const struct found *f, struct failure *ret_failure)
{
	struct profile_value value = { .key = f->key, .line = f->item.line, .text = f->item.value };

	if (draft->p->others && is_for_trusted(f))
		return failure_set(
			ret_failure, CAUSE_PROFILE_INVALID, EPERM,
			"line %u: [%s] %s doesn't count in NetworkManager's folders, where "
			"any user of the desktop may have it written: put the profile into "
			"%s if you trust it",
			f->item.line, f->item.section, f->item.key, PROFILE_DIR_OWN);
	int r = profile_value_set(draft->p, &value);
	if (r == -ENOMEM)
		return failure_set(ret_failure, CAUSE_MEMORY, r, "reading the profile");
	if (r < 0) {
		draft->foreign |= f->key->type == KEY_KIND;
		return failure_set(ret_failure, CAUSE_PROFILE_INVALID, r, "line %u: [%s] %s %s",
				   f->item.line, f->item.section, f->item.key, value.error);
	}
	return 0;
}

/* What the connection is called and what kind it is. */
static bool is_identity(const struct profile_key *key)
{
	return key->type == KEY_KIND || strcmp(key->section, "connection") == 0;
}

static int set_found(struct draft *draft, bool identity, struct failure *ret_failure)
{
	int r = 0;

	for (size_t i = 0; i < draft->n_found && r == 0; i++)
		if (is_identity(draft->found[i].key) == identity)
			r = set_one(draft, &draft->found[i], ret_failure);
	return r;
}

/* Identity first: a broken profile keeps its name, and other kinds' keys and values are no faults. */
static int read_items(struct draft *draft, char *text, size_t len, struct failure *ret_failure)
{
	const struct keyfile_handler handler = { draft, take_item };
	int r = keyfile_read(text, len, &handler, ret_failure);
	int identity = set_found(draft, true, r < 0 ? NULL : ret_failure);

	if (r < 0 || identity < 0)
		return r < 0 ? r : identity;
	if (draft->unknown.cause != CAUSE_NONE)
		return failure_set(ret_failure, draft->unknown.cause, EINVAL, "%s",
				   draft->unknown.detail);
	return set_found(draft, false, ret_failure);
}

static int join_user(struct profile *p, struct failure *ret_failure)
{
	const char *domain = p->domain;

	if (*domain && strchr(p->user, '\\')) {
		profile_warn(p, 0, "[vpn] domain is ignored: the user name has one");
		domain = "";
	}
	int n = snprintf(p->ppp.user, sizeof(p->ppp.user), "%s%s%s", domain, *domain ? "\\" : "",
			 p->user);
	if (n >= (int)sizeof(p->ppp.user))
		return failure_set(ret_failure, CAUSE_PROFILE_INVALID, EINVAL,
				   "[vpn] domain and user are longer than %zu octets together",
				   sizeof(p->ppp.user) - 1);
	return 0;
}

/* Phase 1's group, when there is but one: what the gateway does there, it does in phase 2. */
static enum ike_group pfs_group(const struct profile *p)
{
	for (size_t i = 1; i < p->n_ike; i++)
		if (p->ike[i].group != p->ike[0].group)
			return IKE_GROUP_MODP2048;
	return p->ike[0].group;
}

static void finish_proposals(struct profile *p)
{
	char error[PROPOSAL_ERROR_MAX] = "";
	enum ike_group group = p->esp[0].group;

	if (group == IKE_GROUP_NONE && p->pfs)
		group = pfs_group(p);
	for (size_t i = 0; i < p->n_esp; i++)
		p->esp[i].group = IKE_GROUP_NONE;
	/* The weak ones stand at the end, so that a gateway that knows better doesn't get there. */
	if (p->legacy &&
	    (proposals_parse_ike(PROPOSALS_IKE_LEGACY, p->ike, &p->n_ike, error) < 0 || error[0] ||
	     proposals_parse_esp(PROPOSALS_ESP_LEGACY, p->esp, &p->n_esp, error) < 0 || error[0]))
		profile_warn(p, 0, "[vpn] ipsec-legacy comes on top of the named proposals: %s",
			     error);
	for (size_t i = 0; i < p->n_esp; i++)
		p->esp[i].group = group;
	p->pfs = group != IKE_GROUP_NONE;
}

/* One PKCS #12 file holds all three. */
static int finish_certificates(struct profile *p, struct failure *ret_failure)
{
	if (!p->certificates) {
		if (p->machine_ca[0] || p->machine_cert[0] || p->machine_key[0])
			profile_warn(p, 0,
				     "[vpn] certificates are named and not used: machine-auth-type "
				     "is psk");
		return 0;
	}
	if (!p->machine_cert[0])
		return failure_set(ret_failure, CAUSE_PROFILE_INVALID, EINVAL,
				   "[vpn] machine-cert is missing: machine-auth-type is tls");
	if (!p->machine_key[0])
		memcpy(p->machine_key, p->machine_cert, sizeof(p->machine_key));
	if (!p->machine_ca[0])
		memcpy(p->machine_ca, p->machine_cert, sizeof(p->machine_ca));
	return 0;
}

static void warn_of_weak(struct profile *p)
{
	char name[PROPOSAL_NAME_MAX];
	size_t n = 0;

	for (size_t i = 0; i < p->n_ike; i++)
		if (proposal_ike_grade(&p->ike[i]) == PROPOSAL_WEAK && n++ == 0)
			proposal_ike_name(&p->ike[i], name);
	if (n > 0)
		profile_warn(p, 0, "phase 1 offers what is weak: %s%s", name,
			     n > 1 ? " and others" : "");
	n = 0;
	for (size_t i = 0; i < p->n_esp; i++)
		if (proposal_esp_grade(&p->esp[i]) == PROPOSAL_WEAK && n++ == 0)
			proposal_esp_name(&p->esp[i], name);
	if (n > 0)
		profile_warn(p, 0, "phase 2 offers what is weak: %s%s", name,
			     n > 1 ? " and others" : "");
}

/* A certificate in the password's place. Its key may well have no passphrase. */
static int finish_tls(struct profile *p, struct failure *ret_failure)
{
	if (!p->ppp.tls.wanted)
		return 0;
	if (!p->ppp.tls.cert[0])
		return failure_set(ret_failure, CAUSE_PROFILE_INVALID, EINVAL,
				   "[vpn] user-cert is missing: user-auth-type=tls needs it");
	if (p->ppp.refuse_eap)
		return failure_set(ret_failure, CAUSE_PROFILE_INVALID, EINVAL,
				   "[vpn] refuse-eap forbids what user-auth-type=tls needs");
	if (!(p->certpass.flags & (PROFILE_SECRET_AGENT | PROFILE_SECRET_NOT_SAVED)))
		p->certpass.flags |= PROFILE_SECRET_NOT_REQUIRED;
	return 0;
}

/* What concerns the profile as a whole. */
static int finish(struct profile *p, struct failure *ret_failure)
{
	if (!p->gateway[0])
		return failure_set(ret_failure, CAUSE_PROFILE_INVALID, EINVAL,
				   "[vpn] gateway is missing: the gateway's name or address");
	if (!p->user[0])
		return failure_set(ret_failure, CAUSE_PROFILE_INVALID, EINVAL,
				   "[vpn] user is missing: the user name for PPP");
	if (p->kill_switch && (p->never_default || p->never_default6))
		return failure_set(ret_failure, CAUSE_PROFILE_INVALID, EINVAL,
				   "[vpn] kill-switch is for a tunnel that takes everything: with "
				   "never-default the rest has to go beside it");
	int r = join_user(p, ret_failure);
	if (r == 0)
		r = finish_tls(p, ret_failure);
	if (r == 0)
		r = finish_certificates(p, ret_failure);
	if (r < 0)
		return r;

	finish_proposals(p);
	warn_of_weak(p);
	if (p->ppp.require_mppe_40 && p->ppp.require_mppe_128)
		profile_warn(p, 0, "MPPE is demanded with 40 and with 128 bits: 128 counts");
	if (p->source_port == PROFILE_PORT_1701)
		profile_warn(p, 0, "L2TP's source port 1701 serves but one PC behind a NAT");
	if (p->class_based_route && !p->never_default)
		profile_warn(p, 0,
			     "class-based-route: without never-default everything goes through the "
			     "tunnel");
	p->ppp.want_dns = !p->ignore_auto_dns;
	p->never_default6 = p->never_default6 || p->never_default;
	for (size_t i = 0; i < p->n_routes; i++)
		if (p->routes[i].metric == 0)
			p->routes[i].metric = p->route_metric;
	return 0;
}

int profile_read(struct profile *p, char *text, size_t len, bool *ret_foreign,
		 struct failure *ret_failure)
{
	struct draft draft = { .p = p };
	int r;

	if (len > PROFILE_FILE_MAX)
		return failure_set(ret_failure, CAUSE_PROFILE_INVALID, EFBIG,
				   "it has more than %d octets", PROFILE_FILE_MAX);
	r = set_defaults(p, ret_failure);
	if (r == 0)
		r = read_items(&draft, text, len, ret_failure);
	*ret_foreign = draft.foreign;
	if (!p->id[0])
		(void)snprintf(p->id, sizeof(p->id), "%s", p->name);
	return r < 0 ? r : finish(p, ret_failure);
}

static void wipe_and_free(char **text)
{
	if (*text)
		explicit_bzero(*text, malloc_usable_size(*text));
	free(*text);
}

int profile_parse(const char *name, const void *text, size_t len, struct profile **ret,
		  struct failure *ret_failure)
{
	_cleanup_(profile_freep) struct profile *p = calloc(1, sizeof(*p));
	_cleanup_(wipe_and_free) char *copy = len <= PROFILE_FILE_MAX ? calloc(1, len + 1) : NULL;
	bool foreign;

	if (len > PROFILE_FILE_MAX)
		return failure_set(ret_failure, CAUSE_PROFILE_INVALID, EFBIG,
				   "it has more than %d octets", PROFILE_FILE_MAX);
	if (!p || !copy)
		return failure_set(ret_failure, CAUSE_MEMORY, ENOMEM, "reading the profile");
	if (!profile_name_valid(name))
		return failure_set(ret_failure, CAUSE_PROFILE_INVALID, EINVAL,
				   "its name can't be used");
	memcpy(p->name, name, strlen(name) + 1);
	if (len > 0)
		memcpy(copy, text, len);
	int r = profile_read(p, copy, len, &foreign, ret_failure);
	if (r < 0)
		return r;
	*ret = steal_ptr(p);
	return 0;
}
