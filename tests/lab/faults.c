/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into the program under test: makes the N-th call of a class of functions fail, once.
 *	FAULT=CLASS:N	memory, file, short, socket, netlink, process, event or random; N from 1
 *	FAULT_COUNTS=F	writes how many calls of each class there were to the file F at the end
 * A call fails with what the kernel would say when something has run out; a short write writes half.
 * Counting begins with main(): what the dynamic linker does is none of the program's business.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <unistd.h>

enum class {
	MEMORY,
	FILES,
	SHORT,
	SOCKET,
	NETLINK,
	PROCESS,
	EVENT,
	RANDOM,
	CLASSES,
};

static const char *const names[] = { "memory",	"file",	   "short", "socket",
				     "netlink", "process", "event", "random" };
static const int errors[] = { ENOMEM, ENOSPC, 0, ENOBUFS, ENOBUFS, EAGAIN, ENOSPC, EIO };

static atomic_uint counts[CLASSES];
static int chosen = -1;
static unsigned int target;
static const char *counts_file;
static int counting;

/* Whether this call is the one. */
static int fails(enum class class)
{
	if (!counting)
		return 0;
	unsigned int n = atomic_fetch_add(&counts[class], 1) + 1;
	if ((int)class != chosen || n != target)
		return 0;
	errno = errors[class];
	return 1;
}

__attribute__((constructor)) static void begin(void)
{
	const char *fault = getenv("FAULT");

	counts_file = getenv("FAULT_COUNTS");
	for (int i = 0; fault && i < CLASSES; i++) {
		size_t len = strlen(names[i]);
		if (strncmp(fault, names[i], len) == 0 && fault[len] == ':') {
			chosen = i;
			target = (unsigned int)strtoul(fault + len + 1, NULL, 10);
		}
	}
	counting = 1;
}

__attribute__((destructor)) static void end(void)
{
	counting = 0;
	FILE *f = counts_file ? fopen(counts_file, "w") : NULL;
	if (!f)
		return;
	for (int i = 0; i < CLASSES; i++)
		fprintf(f, "%s %u\n", names[i], counts[i]);
	fclose(f);
}

/* Memory: the C library's own functions under their other names, since dlsym() needs some, too. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

void *malloc(size_t size)
{
	return fails(MEMORY) ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return fails(MEMORY) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	return fails(MEMORY) ? NULL : __libc_realloc(p, size);
}

/* The real function of the same name, looked up once. */
#define REAL(name)                                                         \
	({                                                                 \
		static __typeof__(&name) real;                             \
		if (!real)                                                 \
			real = (__typeof__(&name))dlsym(RTLD_NEXT, #name); \
		real;                                                      \
	})

/* A function of two to six arguments that gives -1 when it fails. */
#define WRAP2(class, type, name, a, b)                       \
	type name(a x, b y)                                  \
	{                                                    \
		return fails(class) ? -1 : REAL(name)(x, y); \
	}
#define WRAP3(class, type, name, a, b, c)                       \
	type name(a x, b y, c z)                                \
	{                                                       \
		return fails(class) ? -1 : REAL(name)(x, y, z); \
	}
#define WRAP4(class, type, name, a, b, c, d)                       \
	type name(a x, b y, c z, d w)                              \
	{                                                          \
		return fails(class) ? -1 : REAL(name)(x, y, z, w); \
	}
#define WRAP5(class, type, name, a, b, c, d, e)                       \
	type name(a x, b y, c z, d w, e v)                            \
	{                                                             \
		return fails(class) ? -1 : REAL(name)(x, y, z, w, v); \
	}

WRAP3(SOCKET, int, socket, int, int, int)
WRAP3(SOCKET, int, bind, int, const struct sockaddr *, socklen_t)
WRAP3(SOCKET, int, connect, int, const struct sockaddr *, socklen_t)
WRAP2(SOCKET, int, listen, int, int)
WRAP4(SOCKET, int, accept4, int, struct sockaddr *, socklen_t *, int)
WRAP5(SOCKET, int, setsockopt, int, int, int, const void *, socklen_t)
WRAP5(SOCKET, int, getsockopt, int, int, int, void *, socklen_t *)
WRAP3(SOCKET, int, getsockname, int, struct sockaddr *, socklen_t *)
WRAP3(SOCKET, ssize_t, sendmsg, int, const struct msghdr *, int)
WRAP3(SOCKET, ssize_t, recvmsg, int, struct msghdr *, int)

/* Requests to the kernel; netlink.c is the only one that uses these two. */
WRAP4(NETLINK, ssize_t, send, int, const void *, size_t, int)
WRAP4(NETLINK, ssize_t, recv, int, void *, size_t, int)

WRAP2(FILES, int, mkdir, const char *, mode_t)
WRAP4(FILES, int, renameat, int, const char *, int, const char *)
WRAP4(FILES, int, fchmodat, int, const char *, mode_t, int)
WRAP3(FILES, ssize_t, read, int, void *, size_t)

WRAP4(EVENT, int, epoll_ctl, int, int, int, struct epoll_event *)
WRAP2(EVENT, int, timerfd_create, int, int)
WRAP4(EVENT, int, timerfd_settime, int, int, const struct itimerspec *, struct itimerspec *)

WRAP3(RANDOM, ssize_t, getrandom, void *, size_t, unsigned int)

ssize_t sendto(int fd, const void *data, size_t len, int flags, const struct sockaddr *to,
	       socklen_t to_len)
{
	return fails(SOCKET) ? -1 : REAL(sendto)(fd, data, len, flags, to, to_len);
}

ssize_t recvfrom(int fd, void *data, size_t len, int flags, struct sockaddr *from,
		 socklen_t *from_len)
{
	return fails(SOCKET) ? -1 : REAL(recvfrom)(fd, data, len, flags, from, from_len);
}

ssize_t write(int fd, const void *data, size_t len)
{
	if (fails(FILES))
		return -1;
	return REAL(write)(fd, data, fails(SHORT) && len > 1 ? len / 2 : len);
}

int socketpair(int domain, int type, int protocol, int fds[2])
{
	return fails(SOCKET) ? -1 : REAL(socketpair)(domain, type, protocol, fds);
}

int pipe2(int fds[2], int flags)
{
	return fails(PROCESS) ? -1 : REAL(pipe2)(fds, flags);
}

pid_t fork(void)
{
	return fails(PROCESS) ? -1 : REAL(fork)();
}

/* What the C library has no function for: descriptors of processes. */
long syscall(long number, ...)
{
	long a[6];
	va_list args;

	va_start(args, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(args, long);
	va_end(args);
	return fails(PROCESS) ? -1 : REAL(syscall)(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

int ioctl(int fd, unsigned long request, ...)
{
	va_list args;

	va_start(args, request);
	void *argument = va_arg(args, void *);
	va_end(args);
	return fails(SOCKET) ? -1 : REAL(ioctl)(fd, request, argument);
}

/* The forms with a third argument only when a file may be made. */
#define WRAP_OPEN(name)                                                                 \
	int name(const char *path, int flags, ...)                                      \
	{                                                                               \
		va_list args;                                                           \
		va_start(args, flags);                                                  \
		mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0; \
		va_end(args);                                                           \
		return fails(FILES) ? -1 : REAL(name)(path, flags, mode);               \
	}
#define WRAP_OPENAT(name)                                                               \
	int name(int dir, const char *path, int flags, ...)                             \
	{                                                                               \
		va_list args;                                                           \
		va_start(args, flags);                                                  \
		mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0; \
		va_end(args);                                                           \
		return fails(FILES) ? -1 : REAL(name)(dir, path, flags, mode);          \
	}

WRAP_OPEN(open)
WRAP_OPEN(open64)
WRAP_OPENAT(openat)
WRAP_OPENAT(openat64)
