/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A secret is asked for when the connection needs it and nobody has it, when its flags say that it is asked for each
 * time, or when the last one was wrong. Hints name secrets that somebody found missing: then the flags don't matter,
 * and no other is asked for again.
 */
#include "networkmanager/auth-dialog/asking.h"

#include <string.h>

#include "client/failure/i18n.h"
#include "networkmanager/shared/secrets-needed.h"

#define MESSAGE_HINT "x-vpn-message:"

static void wipe(char **text)
{
	if (*text)
		explicit_bzero(*text, strlen(*text));
	g_clear_pointer(text, g_free);
}

static bool is_hinted(const struct request *r, const char *secret)
{
	return r->hints && g_strv_contains(r->hints, secret);
}

/* Whether the hints name a secret at all. */
static bool has_hints(const struct request *r)
{
	for (size_t i = 0; l2tp_secret_names[i]; i++)
		if (is_hinted(r, l2tp_secret_names[i]))
			return true;
	return false;
}

/* An old pre-shared key stands in the data. */
static char *known_value(const struct request *r, const char *secret, NMSettingSecretFlags flags)
{
	const char *value = g_hash_table_lookup(r->secrets, secret);

	if (flags & NM_SETTING_SECRET_FLAG_NOT_SAVED)
		return NULL;
	if (!value || !*value)
		value = g_hash_table_lookup(r->data, secret);
	if (value && *value)
		return g_strdup(value);
	if ((flags & NM_SETTING_SECRET_FLAG_AGENT_OWNED) && r->find)
		return r->find(r->uuid, secret, r->may_ask);
	return NULL;
}

static void consider(const struct request *r, const char *secret, struct asking *a)
{
	NMSettingSecretFlags flags = l2tp_secret_flags(r->data, secret);
	bool hinted = is_hinted(r, secret);
	bool needed = l2tp_secret_is_needed(r->data, secret);
	struct question q = { .secret = secret };

	if (!l2tp_secret_is_used(r->data, secret))
		return;
	q.value = known_value(r, secret, flags);
	q.ask = hinted || (needed && (!q.value || (r->again && !has_hints(r))));
	if (q.ask && !r->may_ask) {
		a->lacking = true;
		q.ask = false;
	}
	if (q.ask || q.value)
		a->questions[a->n++] = q;
}

static char *message_of(const struct request *r)
{
	for (size_t i = 0; r->hints && r->hints[i]; i++)
		if (g_str_has_prefix(r->hints[i], MESSAGE_HINT))
			return g_strdup(r->hints[i] + strlen(MESSAGE_HINT));
	return g_strdup_printf(_("The VPN \"%s\" needs to know who you are."), r->name);
}

void asking_prepare(const struct request *request, struct asking *ret)
{
	*ret = (struct asking){ 0 };
	for (size_t i = 0; l2tp_secret_names[i] && ret->n < QUESTIONS_MAX; i++)
		consider(request, l2tp_secret_names[i], ret);
	ret->title = g_strdup_printf(_("VPN %s"), request->name);
	ret->message = message_of(request);
}

void asking_clear(struct asking *a)
{
	for (size_t i = 0; i < a->n; i++)
		wipe(&a->questions[i].value);
	g_clear_pointer(&a->title, g_free);
	g_clear_pointer(&a->message, g_free);
	a->n = 0;
}

bool asking_is_needed(const struct asking *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->questions[i].ask)
			return true;
	return false;
}

void asking_answer(struct question *q, const char *text)
{
	wipe(&q->value);
	q->value = g_strdup(text);
}
