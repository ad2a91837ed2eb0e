/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Room for large objects, in the place of calloc() and free() where a fuzzer is built (-Wl,--wrap). An IKE engine
 * is larger than what AddressSanitizer's allocator keeps at hand: each input's would be mapped anew, filled by
 * seventy page faults and unmapped, which is most of what an input costs. Here they lie in places that are used
 * again and again; what is behind the object, and all of a free place, is poisoned, so that the sanitizer sees the
 * same errors.
 */
#include <sanitizer/asan_interface.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define LARGE	(200 * 1024) /* smaller ones the sanitizer's allocator keeps */
#define PLACES	4
#define PLACE	(1024 * 1024)
#define OBJECTS (PLACE - 4096) /* what lies behind the longest is poisoned, too */

static _Alignas(4096) uint8_t places[PLACES][PLACE];
static bool taken[PLACES];

void *__real_calloc(size_t n, size_t size);
void __real_free(void *p);
void *__wrap_calloc(size_t n, size_t size);
void __wrap_free(void *p);

void *__wrap_calloc(size_t n, size_t size)
{
	size_t len;

	if (__builtin_mul_overflow(n, size, &len) || len < LARGE || len > OBJECTS)
		return __real_calloc(n, size);
	for (size_t i = 0; i < PLACES; i++)
		if (!taken[i]) {
			taken[i] = true;
			__asan_unpoison_memory_region(places[i], len);
			__asan_poison_memory_region(places[i] + len, PLACE - len);
			return memset(places[i], 0, len);
		}
	return __real_calloc(n, size);
}

void __wrap_free(void *p)
{
	for (size_t i = 0; i < PLACES; i++)
		if (p == places[i]) {
			if (!taken[i])
				abort(); /* freed twice */
			taken[i] = false;
			__asan_poison_memory_region(places[i], PLACE);
			return;
		}
	__real_free(p);
}
