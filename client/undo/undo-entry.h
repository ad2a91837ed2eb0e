/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>

#include "client/undo/undo-fields.h"
#include "lib/macros.h"

/*
 * Kinds of things that are added to the system. Who adds one describes it well enough to take it back, and to be sure
 * that what is found in its place is still the same thing; and says how that is written as a line of the crash record.
 */

#define UNDO_DATA_MAX 272

/* What is particular about a kind when the list is taken back; a sum. */
enum undo_trait {
	UNDO_SENDS = 1, /* it may send: it ends before all else */
	UNDO_COVERS =
		2, /* keeps what sends from doing so in clear: stays as long as something of that does */
	UNDO_STAYS_CLOSED = 4, /* stays while the kill switch is on the list */
	UNDO_CLOSES = 8,       /* the kill switch */
};

struct undo_kind {
	const char *word; /* that its lines begin with */
	size_t n_fields;  /* of a line, with the word */
	size_t size;	  /* of its description, at most UNDO_DATA_MAX; 0: it has none */
	unsigned int traits;
	/* Reads the fields behind the word. RET is zeroed. */
	void (*parse)(struct undo_fields *f, void *ret);
	/* Writes them. Return: as snprintf(). */
	int (*format)(const void *data, char *ret, size_t size);
	/*
	 * Takes it out of the system again, and only if it still is that thing. Blocks for a short while at most. Return: 0;
	 * -ENOENT, -ESRCH or -ENODEV when it is gone or somebody else's by now; another negative errno: it is still there.
	 */
	int (*take_back)(const void *data);
};

/* For `size`: of that type, which has to fit. */
#define UNDO_SIZE(type)                                                           \
	(sizeof(type) + 0 * sizeof(struct {                                       \
				static_assert(sizeof(type) <= UNDO_DATA_MAX, ""); \
				int none;                                         \
			}))

/* One thing. */
struct undo_entry {
	const struct undo_kind *kind;
	const void *data; /* its description, as the kind has it */
};

/* Its description if it is of that kind; else NULL. */
static inline const void *undo_entry_as(const struct undo_entry *e, const struct undo_kind *kind)
{
	return e->kind == kind ? e->data : NULL;
}

/* Room for a description of any kind. */
union undo_data {
	max_align_t align;
	unsigned char bytes[UNDO_DATA_MAX];
};

/*
 * Writes the entry as one line without the newline.
 * Return: the length; -EINVAL for content that has no place in a line (spaces, control characters).
 */
_must_check_ int undo_entry_format(const struct undo_entry *e, char ret[static UNDO_LINE_MAX]);

/*
 * Reads a line as undo_entry_format() writes it for one of KINDS; everything else is refused. *ret speaks of DATA.
 * Return: 0; -EBADMSG.
 */
_must_check_ int undo_entry_parse(const struct undo_kind *const *kinds, const char *line,
				  union undo_data *data, struct undo_entry *ret);

/* The same thing? (Compares the text forms.) */
bool undo_entry_equal(const struct undo_entry *a, const struct undo_entry *b);
