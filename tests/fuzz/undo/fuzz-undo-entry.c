/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of the crash record. What is accepted is written as the same line and read as the same entry. */
#include <string.h>

#include "client/run/run-kinds.h"
#include "client/undo/undo-entry.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char line[UNDO_LINE_MAX], again[UNDO_LINE_MAX];
	union undo_data room, room_again;
	struct undo_entry entry, second;

	if (size >= sizeof(line))
		return 0;
	memcpy(line, data, size);
	line[size] = '\0';
	if (undo_entry_parse(run_kinds, line, &room, &entry) < 0)
		return 0;
	MUST(undo_entry_format(&entry, again) > 0);
	MUST(undo_entry_parse(run_kinds, again, &room_again, &second) == 0);
	MUST(undo_entry_equal(&entry, &second));
	return 0;
}
