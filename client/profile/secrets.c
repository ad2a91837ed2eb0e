/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the secrets come from: one order for all, in which the first source that is named
 * counts, also when it fails: a typing error in a file's name must not end in a question nobody
 * expects. How commands and the terminal are dealt with is in secret-command.c and secret-prompt.c.
 */
#include "client/profile/secrets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/failure/i18n.h"
#include "client/profile/private-file.h"
#include "client/profile/profile-values.h"
#include "client/profile/secret-source.h"
#include "client/profile/text.h"

#define COMMAND_TIMEOUT (30 * NSEC_PER_SEC)

struct request {
	const struct profile *profile;
	const struct profile_secret *source;
	enum secret_kind kind;
	const char *key;      /* of the profile, for messages */
	const char *suffix;   /* of the credential's name */
	const char *question; /* for the terminal */
};

static struct request request_init(const struct profile *profile, enum secret_kind kind)
{
	switch (kind) {
	case SECRET_PSK:
		return (struct request){ profile,     &profile->psk, kind,
					 "ipsec-psk", "psk",	     N_("pre-shared key") };
	case SECRET_PASSWORD:
		break;
	case SECRET_L2TP:
		return (struct request){ profile, &profile->l2tp_secret,   kind, "l2tp-secret",
					 "l2tp",  N_("L2TP tunnel secret") };
	case SECRET_MACHINE_CERTPASS:
		return (struct request){ profile,
					 &profile->machine_certpass,
					 kind,
					 "machine-certpass",
					 "machine-certpass",
					 N_("passphrase of the machine's key") };
	}
	if (profile->ppp.tls.wanted)
		return (struct request){
			profile,	 &profile->certpass, kind,
			"user-certpass", "certpass",	     N_("key's passphrase")
		};
	return (struct request){ profile,    &profile->password, kind,
				 "password", "password",	 N_("password") };
}

/* Whether it may be missing when no source has it. */
static bool is_optional(const struct request *q)
{
	unsigned int flags = q->source->flags;

	switch (q->kind) {
	case SECRET_PSK:
		return false;
	case SECRET_PASSWORD:
		return flags & PROFILE_SECRET_NOT_REQUIRED;
	case SECRET_L2TP:
	case SECRET_MACHINE_CERTPASS:
		return flags & PROFILE_SECRET_NOT_REQUIRED ||
		       !(flags & (PROFILE_SECRET_AGENT | PROFILE_SECRET_NOT_SAVED));
	}
	return false;
}

/* The credential's path; false when the service manager gave none of that name. */
static bool credential_path(const struct request *q, char ret[static PROFILE_PATH_MAX])
{
	const char *folder = secure_getenv("CREDENTIALS_DIRECTORY");

	if (!folder || folder[0] != '/')
		return false;
	if (snprintf(ret, PROFILE_PATH_MAX, "%s/%s.%s", folder, q->profile->name, q->suffix) >=
	    PROFILE_PATH_MAX)
		return false;
	return access(ret, F_OK) == 0;
}

/* Checks what was found and makes it a secret. The text is without a newline and is the caller's.
 */
static int take(const struct request *q, char *text, struct secret *ret,
		struct failure *ret_failure)
{
	size_t len = strlen(text);

	if (len > 0 && text[len - 1] == '\r')
		text[--len] = '\0';
	if (len == 0 &&
	    !(q->kind == SECRET_PASSWORD && (q->source->flags & PROFILE_SECRET_NOT_REQUIRED)))
		return failure_set(ret_failure, CAUSE_SECRET_MISSING, ENODATA, "%s: it is empty",
				   q->key);
	if (text_has_control(text, len))
		return failure_set(ret_failure, CAUSE_SECRET_UNREADABLE, EINVAL,
				   "%s: it has a control character", q->key);
	if (q->kind == SECRET_PASSWORD && len > PROFILE_PASSWORD_MAX)
		return failure_set(ret_failure, CAUSE_SECRET_UNREADABLE, EMSGSIZE,
				   "%s: it is longer than %d octets", q->key, PROFILE_PASSWORD_MAX);
	if ((q->kind == SECRET_PSK ? profile_psk_decode(text, ret) : secret_set(ret, text, len)) <
	    0)
		return failure_set(ret_failure, CAUSE_SECRET_UNREADABLE, EINVAL,
				   "%s: it is too long, or 0s stands before what is no base64",
				   q->key);
	return 0;
}

static int from_file(const struct request *q, const char *path, bool credential, struct secret *ret,
		     struct failure *ret_failure)
{
	_cleanup_(private_file_clear) struct private_file file = { 0 };
	const char *reason = "";
	int r = private_file_read(path, false, SECRET_LINE_MAX, &file, &reason);

	if (r == -EPERM)
		return failure_set(ret_failure, CAUSE_PROFILE_UNSAFE, r, "%s: %s", path, reason);
	if (r < 0)
		return failure_set(ret_failure, CAUSE_SECRET_UNREADABLE, r, "%s-file %s: %s",
				   q->key, path, reason);
	/* The service manager guards credentials by ACLs, which show as a group's permissions. */
	if (file.exposed && !credential)
		return failure_set(ret_failure, CAUSE_PROFILE_UNSAFE, EPERM,
				   "%s holds a secret and others may read it: chmod 600 it", path);
	if (memchr(file.data, '\0', file.len))
		return failure_set(ret_failure, CAUSE_SECRET_UNREADABLE, EINVAL,
				   "%s: it has a NUL octet", path);
	file.data[strcspn(file.data, "\n")] = '\0';
	return take(q, file.data, ret, ret_failure);
}

static int from_command(const struct request *q, struct secret *ret, struct failure *ret_failure)
{
	char line[SECRET_LINE_MAX] = "";
	int r = secret_from_command(q->source->argv, COMMAND_TIMEOUT, line);

	if (r < 0)
		return failure_set(ret_failure, CAUSE_SECRET_UNREADABLE, r, "%s-command %s: %s",
				   q->key, q->source->argv[0],
				   r == -ETIME ? _("it took longer than 30 s")
				   : r == -EIO ? _("it failed")
					       : _("it can't be run, or its line is too long"));
	r = take(q, line, ret, ret_failure);
	explicit_bzero(line, sizeof(line));
	return r;
}

static int from_terminal(const struct request *q, struct secret *ret, struct failure *ret_failure)
{
	char line[SECRET_LINE_MAX] = "", prompt[PROFILE_TEXT_MAX * 2];

	(void)snprintf(prompt, sizeof(prompt), "%s: %s: ", q->profile->id, _(q->question));
	int r = secret_from_terminal(prompt, line);
	if (r == -EINTR)
		return failure_set(ret_failure, CAUSE_INTERRUPTED, r, "while asking for the %s",
				   _(q->question));
	if (r < 0)
		return failure_set(ret_failure, CAUSE_SECRET_MISSING, r, "%s: %s", q->key,
				   r == -ENXIO ? _("there is no terminal to ask on")
					       : _("nothing was entered"));
	r = take(q, line, ret, ret_failure);
	explicit_bzero(line, sizeof(line));
	return r;
}

static int get(const struct request *q, bool interactive, struct secret *ret,
	       struct failure *ret_failure)
{
	char path[PROFILE_PATH_MAX];

	if (q->source->value.len > 0)
		return secret_set(ret, q->source->value.data, q->source->value.len);
	if (q->source->file[0])
		return from_file(q, q->source->file, false, ret, ret_failure);
	if (credential_path(q, path))
		return from_file(q, path, true, ret, ret_failure);
	if (q->source->argv[0])
		return from_command(q, ret, ret_failure);
	if (is_optional(q))
		return 0;
	if (interactive)
		return from_terminal(q, ret, ret_failure);
	return failure_set(
		ret_failure, CAUSE_SECRET_MISSING, ENODATA,
		"%s: it is neither in the profile nor named there, and nobody can be asked",
		q->key);
}

const char *secrets_origin(const struct profile *profile, enum secret_kind kind)
{
	const struct request q = request_init(profile, kind);
	char path[PROFILE_PATH_MAX];

	if (q.source->value.len > 0)
		return N_("in the profile");
	if (q.source->file[0])
		return N_("in a file");
	if (credential_path(&q, path))
		return N_("in a systemd credential");
	if (q.source->argv[0])
		return N_("from a command");
	if (is_optional(&q))
		return N_("not required");
	return N_("asked on the terminal");
}

int secrets_get(const struct profile *profile, bool interactive, struct secret *ret_psk,
		struct secret *ret_password, struct failure *ret_failure)
{
	_cleanup_(secret_clear) struct secret psk = { 0 };
	_cleanup_(secret_clear) struct secret password = { 0 };
	const struct request for_psk = request_init(profile, SECRET_PSK);
	const struct request for_password = request_init(profile, SECRET_PASSWORD);
	int r = profile->certificates ? 0 : get(&for_psk, interactive, &psk, ret_failure);

	if (r == 0)
		r = get(&for_password, interactive, &password, ret_failure);
	if (r < 0)
		return r;
	secret_move(ret_psk, &psk);
	secret_move(ret_password, &password);
	return 0;
}

int secrets_get_one(const struct profile *profile, enum secret_kind kind, bool interactive,
		    struct secret *ret_secret, struct failure *ret_failure)
{
	const struct request q = request_init(profile, kind);

	return get(&q, interactive, ret_secret, ret_failure);
}

int secrets_get_machine_certpass(const struct profile *profile, bool interactive,
				 struct secret *ret_secret, struct failure *ret_failure)
{
	return secrets_get_one(profile, SECRET_MACHINE_CERTPASS, interactive, ret_secret,
			       ret_failure);
}

int secrets_get_l2tp(const struct profile *profile, bool interactive, struct secret *ret_secret,
		     struct failure *ret_failure)
{
	return secrets_get_one(profile, SECRET_L2TP, interactive, ret_secret, ret_failure);
}
