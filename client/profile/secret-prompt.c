/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A secret from the terminal, with echo off. Signals that would end or stop the program wait until
 * the terminal is as it was, so that nobody is left with a silent one.
 */
#include "client/profile/secret-source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

/* Reads up to the newline. The signals stay pending: the descriptor only tells of them. */
static int read_line(int tty, int signals, char *line)
{
	struct pollfd fds[] = { { .fd = signals, .events = POLLIN },
				{ .fd = tty, .events = POLLIN } };
	size_t len = 0;

	for (;;) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return -errno;
		if (fds[0].revents)
			return -EINTR;
		if (!fds[1].revents)
			continue;
		ssize_t n = read(tty, line + len, SECRET_LINE_MAX - 1 - len);
		if (n < 0 && (errno == EINTR || errno == EAGAIN))
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -ENODATA;
		len += (size_t)n;
		if (line[len - 1] == '\n') {
			line[len - 1] = '\0';
			return 0;
		}
		if (len == SECRET_LINE_MAX - 1)
			return -EMSGSIZE;
	}
}

static int ask(int tty, int signals, const char *prompt, char *line)
{
	struct termios before, silent;
	int r;

	if (tcgetattr(tty, &before) < 0)
		return -errno;
	silent = before;
	silent.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
	silent.c_lflag |= ICANON | ISIG;
	if (tcsetattr(tty, TCSAFLUSH, &silent) < 0)
		return -errno;
	r = write(tty, prompt, strlen(prompt)) < 0 ? -errno : read_line(tty, signals, line);
	(void)tcsetattr(tty, TCSAFLUSH, &before);
	/* The user's own newline was not shown either; without it the next text joins the prompt.
	 */
	if (write(tty, "\n", 1) < 0 && r == 0)
		r = -errno;
	return r;
}

int secret_from_terminal(const char *prompt, char line[static SECRET_LINE_MAX])
{
	_cleanup_(close_fd) int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	sigset_t set, before;

	if (tty < 0)
		return -ENXIO;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGQUIT);
	(void)sigaddset(&set, SIGTSTP);
	_cleanup_(close_fd) int signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (signals < 0)
		return -errno;
	if (sigprocmask(SIG_BLOCK, &set, &before) < 0)
		return -errno;

	int r = ask(tty, signals, prompt, line);
	if (r < 0)
		explicit_bzero(line, SECRET_LINE_MAX);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}
