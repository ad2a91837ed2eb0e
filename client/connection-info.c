/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/connection-info.h"

#include "client/i18n.h"

static const struct {
	const char *id, *words;
} states[] = {
#define X(name, id, words) [CONNECTION_##name] = { id, words },
	CONNECTION_STATES(X)
#undef X
};

const char *connection_state_id(enum connection_state state)
{
	return states[state].id;
}

const char *connection_state_words(enum connection_state state)
{
	return _(states[state].words);
}
