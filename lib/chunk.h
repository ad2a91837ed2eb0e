/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

/* A view of bytes that somebody else owns. Lists of them are what hashes are computed over. */
struct chunk {
	const void *data;
	size_t len;
};
