/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/* Which secrets are to be asked for, as data: what the agent knows and wants goes in, a list of questions comes out. */

#include <NetworkManager.h>
#include <stdbool.h>
#include <stddef.h>

#define QUESTIONS_MAX 5

struct question {
	const char *secret; /* its name */
	char *value;	    /* what is known; NULL: nothing */
	bool ask;	    /* else the value is the answer */
};

struct asking {
	struct question questions[QUESTIONS_MAX];
	size_t n;
	bool lacking; /* something is needed that nobody has and that may not be asked for */
	char *title, *message; /* for the user, above the questions */
};

/* What the agent says. */
struct request {
	const char *name; /* of the connection */
	const char *uuid;
	GHashTable *data, *secrets;
	const char *const *hints; /* names of secrets, and a message; may be NULL */
	bool again;		  /* what was given last was wrong */
	bool may_ask;
	/* Looks up what the user's keyring has; NULL where it has none. The caller's. */
	char *(*find)(const char *uuid, const char *secret, bool may_ask);
};

/* Makes the questions. Free with asking_clear(), which wipes. */
void asking_prepare(const struct request *request, struct asking *ret);

void asking_clear(struct asking *a);

/* Whether there is something to ask the user. */
bool asking_is_needed(const struct asking *a);

/* Takes an answer; TEXT stays the caller's. */
void asking_answer(struct question *q, const char *text);
