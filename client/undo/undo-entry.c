/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text form of what is to be taken back: a word for the kind and its fields, separated by single
 * spaces. The reader is strict, because the record of a killed process is acted on by root: a line
 * that nobody here would have written is refused as a whole.
 */
#include "client/undo/undo-entry.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

int undo_entry_parse(const struct undo_kind *const *kinds, const char *line, union undo_data *data,
		     struct undo_entry *ret)
{
	struct undo_fields f;

	if (!undo_fields_split(line, &f))
		return -EBADMSG;
	while (*kinds && strcmp(f.field[0], (*kinds)->word) != 0)
		kinds++;
	if (!*kinds || f.n != (*kinds)->n_fields)
		return -EBADMSG;
	*data = (union undo_data){};
	if ((*kinds)->parse)
		(*kinds)->parse(&f, data);
	if (f.bad)
		return -EBADMSG;
	*ret = (struct undo_entry){ *kinds, data };
	return 0;
}

static int format_line(const struct undo_entry *e, char *ret, size_t size)
{
	int word = snprintf(ret, size, "%s%s", e->kind->word, e->kind->format ? " " : "");

	if (word < 0 || (size_t)word >= size || !e->kind->format)
		return word;
	int len = e->kind->format(e->data, ret + word, size - (size_t)word);
	return len < 0 ? len : word + len;
}

int undo_entry_format(const struct undo_entry *e, char ret[static UNDO_LINE_MAX])
{
	const struct undo_kind *const own[] = { e->kind, NULL };
	char line[UNDO_LINE_MAX];
	union undo_data data;
	struct undo_entry again;

	int len = format_line(e, line, sizeof(line));
	if (len < 0 || (size_t)len >= sizeof(line))
		return -EINVAL;
	for (int i = 0; i < len; i++)
		if (iscntrl((unsigned char)line[i]))
			return -EINVAL;
	/* What couldn't be read back would be lost after a crash. */
	if (undo_entry_parse(own, line, &data, &again) < 0)
		return -EINVAL;
	memcpy(ret, line, (size_t)len + 1);
	return len;
}

bool undo_entry_equal(const struct undo_entry *a, const struct undo_entry *b)
{
	char x[UNDO_LINE_MAX], y[UNDO_LINE_MAX];

	if (a->kind != b->kind)
		return false;
	return undo_entry_format(a, x) > 0 && undo_entry_format(b, y) > 0 && strcmp(x, y) == 0;
}
