/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <stddef.h>

/* The result of an int function is never dropped in silence: `(void)` says that it is meant. */
#define _must_check_ __attribute__((warn_unused_result))

/* Runs FN with the address of the variable when the variable leaves its scope. */
#define _cleanup_(fn) __attribute__((cleanup(fn)))

#define _printf_(fmt, args) __attribute__((format(printf, fmt, args)))

/* Marks a text for translation; it is translated with _() (client/failure/i18n.h) where it is shown. */
#define N_(text) text

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Takes the pointer out of the variable P, which becomes NULL, so that its cleanup finds nothing. */
#define steal_ptr(p)                         \
	({                                   \
		__typeof__(p) stolen_ = (p); \
		(p) = NULL;                  \
		stolen_;                     \
	})

/* Takes the descriptor out of the variable FD, which becomes -1. */
#define steal_fd(fd)                \
	({                          \
		int stolen_ = (fd); \
		(fd) = -1;          \
		stolen_;            \
	})
