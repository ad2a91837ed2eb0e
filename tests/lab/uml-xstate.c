/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded into User-Mode Linux. UML restores the floating point state of its guest processes
 * with PTRACE_SETREGSET of NT_X86_XSTATE, from a buffer of fixed size. The host's kernel takes
 * nothing but the full extended state, and on processors with AMX that is larger than UML's
 * buffer: UML panics at start ("ptrace set fp regs failed, errno 14").
 *
 * The cure: fetch the tracee's full state, lay the caller's bytes over its beginning (the parts
 * a guest without AMX knows) and set the whole.
 */
#include <elf.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define XSTATE_MAX 65536

static long raw_ptrace(long request, pid_t pid, void *addr, void *data)
{
	return syscall(SYS_ptrace, request, pid, addr, data);
}

static long set_xstate(pid_t pid, void *addr, const struct iovec *given)
{
	static _Alignas(64) char full[XSTATE_MAX];
	struct iovec whole = { full, sizeof(full) };
	if (raw_ptrace(PTRACE_GETREGSET, pid, addr, &whole) < 0)
		return -1;
	if (given->iov_len > whole.iov_len) {
		errno = EFAULT;
		return -1;
	}
	memcpy(full, given->iov_base, given->iov_len);
	return raw_ptrace(PTRACE_SETREGSET, pid, addr, &whole);
}

/* PEEK requests: the raw system call stores the word where data points, the library's function
 * returns it. */
static long peek(long request, pid_t pid, void *addr)
{
	long word;
	if (raw_ptrace(request, pid, addr, &word) < 0)
		return -1;
	errno = 0;
	return word;
}

long ptrace(enum __ptrace_request request, ...)
{
	va_list ap;
	va_start(ap, request);
	pid_t pid = va_arg(ap, pid_t);
	void *addr = va_arg(ap, void *);
	void *data = va_arg(ap, void *);
	va_end(ap);

	if (request == PTRACE_PEEKTEXT || request == PTRACE_PEEKDATA || request == PTRACE_PEEKUSER)
		return peek(request, pid, addr);
	long r = raw_ptrace(request, pid, addr, data);
	if (r == 0 || request != PTRACE_SETREGSET || addr != (void *)NT_X86_XSTATE)
		return r;
	if (errno != EFAULT && errno != EINVAL)
		return r;
	return set_xstate(pid, addr, data);
}
