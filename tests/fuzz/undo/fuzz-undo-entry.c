/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of the crash record. What is accepted is written as the same line and read as the same entry; and what is written
 * at all, with whatever words, can be read.
 */
#include <string.h>

#include "client/kernel/pppd/pppd-process.h"
#include "client/run/run-kinds.h"
#include "client/undo/undo-entry.h"
#include "tests/fuzz/fuzz.h"

static void check(const struct undo_entry *e)
{
	char again[UNDO_LINE_MAX];
	union undo_data room;
	struct undo_entry second;

	MUST(undo_entry_format(e, again) > 0);
	MUST(undo_entry_parse(run_kinds, again, &room, &second) == 0);
	MUST(undo_entry_equal(e, &second));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pppd_file file = { .path = "" };
	const struct undo_entry words = { &pppd_file_kind, &file };
	char line[UNDO_LINE_MAX], again[UNDO_LINE_MAX];
	union undo_data room;
	struct undo_entry entry;

	if (size >= sizeof(line))
		return 0;
	memcpy(line, data, size);
	line[size] = '\0';
	memcpy(file.path, line, strnlen(line, sizeof(file.path) - 1));
	if (undo_entry_format(&words, again) > 0)
		check(&words);
	if (undo_entry_parse(run_kinds, line, &room, &entry) < 0)
		return 0;
	check(&entry);
	MUST(entry.kind == words.kind || !undo_entry_equal(&entry, &words));
	return 0;
}
