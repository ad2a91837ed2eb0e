/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "client/undo/undo-fields.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool undo_fields_split(const char *line, struct undo_fields *ret)
{
	size_t len = strnlen(line, UNDO_LINE_MAX);

	if (len == 0 || len >= UNDO_LINE_MAX)
		return false;
	*ret = (struct undo_fields){};
	memcpy(ret->text, line, len + 1);
	for (char *p = ret->text;;) {
		if (ret->n == UNDO_FIELDS_MAX || *p == ' ' || *p == '\0')
			return false;
		ret->field[ret->n++] = p;
		p = strchr(p, ' ');
		if (!p)
			return true;
		*p++ = '\0';
	}
}

uint64_t undo_field_number(struct undo_fields *f, size_t i, uint64_t max)
{
	const char *s = f->field[i];
	char *end = NULL;

	errno = 0;
	unsigned long long v = isdigit((unsigned char)*s) ? strtoull(s, &end, 10) : 0;
	if (!end || *end != '\0' || errno || v > max) {
		f->bad = true;
		return 0;
	}
	return v;
}

uint32_t undo_field_number32(struct undo_fields *f, size_t i)
{
	return (uint32_t)undo_field_number(f, i, UINT32_MAX);
}

uint16_t undo_field_port(struct undo_fields *f, size_t i)
{
	return (uint16_t)undo_field_number(f, i, UINT16_MAX);
}

struct endpoint undo_field_address(struct undo_fields *f, size_t i, uint16_t port)
{
	struct endpoint e = {};

	if (endpoint_parse(f->field[i], port, &e) < 0)
		f->bad = true;
	return e;
}

struct endpoint undo_field_address_or_any(struct undo_fields *f, size_t i)
{
	return strcmp(f->field[i], "-") == 0 ? (struct endpoint){} : undo_field_address(f, i, 0);
}

uint8_t undo_field_prefix(struct undo_fields *f, size_t i, const struct endpoint *address)
{
	return (uint8_t)undo_field_number(f, i, 8 * endpoint_addr_len(address));
}

void undo_field_word(struct undo_fields *f, size_t i, char *ret, size_t size)
{
	size_t len = strlen(f->field[i]);

	/* Interfaces may have names beyond ASCII; control characters are in nothing that we write. */
	for (size_t k = 0; k < len; k++)
		if ((unsigned char)f->field[i][k] <= ' ' || f->field[i][k] == 0x7f)
			f->bad = true;
	if (len >= size) {
		f->bad = true;
		return;
	}
	memcpy(ret, f->field[i], len + 1);
}

void undo_field_ifname(struct undo_fields *f, size_t i, char ret[static IF_NAMESIZE])
{
	undo_field_word(f, i, ret, IF_NAMESIZE);
	if (strchr(ret, '/') || strcmp(ret, ".") == 0 || strcmp(ret, "..") == 0)
		f->bad = true;
}

bool undo_field_choice(struct undo_fields *f, size_t i, const char *yes, const char *no)
{
	bool is = strcmp(f->field[i], yes) == 0;

	if (!is && strcmp(f->field[i], no) != 0)
		f->bad = true;
	return is;
}

const char *undo_address_or_any(const struct endpoint *e, char buf[static ENDPOINT_STRLEN])
{
	return e->family ? endpoint_addr_str(e, buf) : "-";
}
