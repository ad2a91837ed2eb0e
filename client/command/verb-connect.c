/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * connect: the profile and the secrets are read here, where a terminal is at hand. Then a child
 * process runs the connection and sends its events up a socket; this process shows them, and leaves
 * with the result, while the child stays. With --foreground there is one process only.
 */
#include "client/command/verbs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "client/certificate/certificate-profile.h"
#include "client/command/report.h"
#include "client/failure/i18n.h"
#include "client/profile/profile.h"
#include "client/profile/secrets.h"
#include "client/run/attempt-log.h"
#include "client/run/json.h"
#include "client/run/last-failure.h"
#include "client/run/run-kinds.h"
#include "client/run/run.h"
#include "client/undo/undo.h"
#include "lib/macros.h"

#define EVENT_LINE_MAX 8192

struct attempt {
	struct report report;
	struct profile *profile;
	struct secret psk, password, l2tp_secret;
	struct certificate *certificate;
	struct attempt_log *log; /* of the process that runs the connection; NULL: none */
	int events;		 /* the child's end of the socket, or -1 */
};

static void attempt_clear(struct attempt *a)
{
	secret_clear(&a->psk);
	secret_clear(&a->password);
	secret_clear(&a->l2tp_secret);
	a->certificate = certificate_free(a->certificate);
	a->profile = profile_free(a->profile);
}

/* Nobody reads it again, and there are secrets in it. */
static void close_handed_over(const char *path)
{
	static const char folder[] = "/proc/self/fd/";
	char *end;

	if (strncmp(path, folder, strlen(folder)) != 0)
		return;
	long fd = strtol(path + strlen(folder), &end, 10);
	if (!*end && fd > STDERR_FILENO && fd <= INT_MAX)
		(void)close((int)fd);
}

/* Everything that can be found wrong before a packet is sent. */
static int prepare(const struct options *options, struct attempt *a, struct failure *f)
{
	if (geteuid() != 0)
		return failure_set(f, CAUSE_PRIVILEGE, EPERM, "user ID %u",
				   (unsigned int)geteuid());
	int r = options->managed ? profile_load_managed(options->name, &a->profile, f)
				 : profile_load(options->name, &a->profile, f);
	if (options->managed)
		close_handed_over(options->name);
	if (r < 0)
		return r;
	a->report.name = a->profile->id;
	for (size_t i = 0; i < a->profile->n_warnings; i++)
		report_warning(&a->report, a->profile->warnings[i].text);
	bool interactive = !options->managed && isatty(STDIN_FILENO);

	r = secrets_get(a->profile, interactive, &a->psk, &a->password, f);
	if (r == 0)
		r = secrets_get_l2tp(a->profile, interactive, &a->l2tp_secret, f);
	if (r == 0)
		r = certificate_for_profile(a->profile, interactive, &a->certificate, f);
	profile_forget_secrets(a->profile);
	if (r == 0 && a->certificate && certificate_warning(a->certificate)[0])
		report_warning(&a->report, certificate_warning(a->certificate));
	return r;
}

/* For who asks later; another process of the connection is none of ours. */
static void remember(const struct attempt *a, const struct failure *f)
{
	if (f->cause == CAUSE_RUNNING)
		return;
	if (f->cause == CAUSE_NONE || f->cause == CAUSE_INTERRUPTED)
		last_failure_forget(undo_run_dir(), a->profile->name);
	else
		last_failure_keep(undo_run_dir(), a->profile, f, time(NULL));
}

static void log_event(struct attempt *a, struct json_object *event)
{
	const char *type = json_get_string(event, "event", "");
	const char *text = json_get_string(event, "text", "");
	struct json_object *evidence;
	int priority = strcmp(type, "warning") == 0 || strcmp(type, "repair") == 0 ? LOG_WARNING
		       : strcmp(type, "log") == 0				   ? LOG_DEBUG
										   : LOG_INFO;

	if (json_object_object_get_ex(event, "evidence", &evidence) ||
	    json_object_object_get_ex(event, "failure", &evidence) ||
	    json_object_object_get_ex(event, "repaired", &evidence))
		text = json_text(evidence);
	if (!text[0])
		text = json_get_string(event, "state", "");
	if (strcmp(type, "up") == 0)
		last_failure_forget(undo_run_dir(), a->profile->name);
	syslog(priority, "%s: %s", type, text);
	attempt_log_line(a->log, type, text);
}

/* In the child: up the socket, and into the log. */
static void send_event(void *userdata, struct json_object *event)
{
	struct attempt *a = userdata;
	const char *text = json_text(event);

	log_event(a, event);
	if (a->events < 0)
		return;
	/*
	 * A parent that was stopped doesn't read: the connection doesn't wait for it. After its last
	 * words nobody reads any more.
	 */
	const char *type = json_get_string(event, "event", "");
	bool last = strcmp(type, "up") == 0 || strcmp(type, "down") == 0;
	ssize_t n = send(a->events, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
	if (last || (n < 0 && errno != EAGAIN)) {
		(void)close(a->events);
		a->events = -1;
	}
}

static void show_event(void *userdata, struct json_object *event)
{
	struct attempt *a = userdata;

	log_event(a, event);
	report_event(&a->report, event);
}

static void log_end(struct attempt *a, const struct failure *f)
{
	if (f->cause == CAUSE_NONE) {
		syslog(LOG_INFO, "disconnected");
	} else {
		/* The identifier can be searched for in every language. */
		syslog(LOG_ERR, "%s: %s (%s)", cause_id(f->cause), cause_info(f->cause)->sentence,
		       f->detail);
		attempt_log_line(a->log, cause_id(f->cause), f->detail);
	}
	attempt_log_line(a->log, "end", cause_info(f->cause)->sentence);
}

/* Runs the connection in this process. Return: the exit code. */
static int run_here(const struct options *options, struct attempt *a, struct failure *f)
{
	const struct run run = {
		.profile = a->profile,
		.psk = &a->psk,
		.password = &a->password,
		.l2tp_secret = &a->l2tp_secret,
		.certificate = a->certificate,
		.timeout_s = options->timeout_s,
		.keylog = options->keylog,
		.capture = options->capture,
		.userdata = a,
		.on_event = a->events >= 0 ? send_event : show_event,
	};

	openlog("tsunagu", LOG_PID, LOG_DAEMON);
	a->log = attempt_log_open(a->profile->name);
	if (run_connection(&run, f) == 0)
		f->cause = CAUSE_NONE;
	log_end(a, f);
	remember(a, f);
	a->log = attempt_log_close(a->log);
	return cause_exit_code(f->cause);
}

static int run_foreground(const struct options *options, struct attempt *a)
{
	struct failure f = { 0 };
	int code = run_here(options, a, &f);

	report_end(&a->report, &f);
	return code;
}

/* The child: no terminal, no standard streams, a session of its own. */
static _Noreturn void run_child(const struct options *options, struct attempt *a)
{
	struct failure f = { 0 };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	(void)setsid();
	if (null >= 0)
		for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
			(void)dup2(null, fd);
	if (chdir("/") < 0)
		syslog(LOG_WARNING, "chdir: %m");

	int code = run_here(options, a, &f);
	struct json_object *down = json_of_end(&f);
	if (a->events >= 0)
		send_event(a, down);
	json_object_put(down);
	attempt_clear(a);
	_exit(code);
}

static volatile sig_atomic_t child_pid;

/* The user's interrupt goes to the child, which ends the attempt in order and says so. */
static void forward_signal(int number)
{
	(void)number;
	if (child_pid > 0)
		(void)kill(child_pid, SIGTERM);
}

static void forward_signals(pid_t child)
{
	const struct sigaction action = { .sa_handler = forward_signal, .sa_flags = SA_RESTART };

	child_pid = child;
	(void)sigaction(SIGINT, &action, NULL);
	(void)sigaction(SIGTERM, &action, NULL);
}

/* The child died without a word: what it left is undone here. */
static int child_vanished(struct attempt *a, pid_t child)
{
	struct failure f = { 0 };
	int status = 0;

	(void)waitpid(child, &status, 0);
	int r = undo_recover(a->profile->name, run_kinds, false);
	(void)failure_set(&f, CAUSE_INTERNAL, 0,
			  WIFSIGNALED(status) ? "the connection's process was ended by signal %d%s"
					      : N_("the connection's process ended with code %d%s"),
			  WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
			  r < 0 && r != -ENOENT ? _("; cleaning up failed") : "");
	remember(a, &f);
	report_end(&a->report, &f);
	return a->report.exit_code;
}

/* Shows what the child tells until it is up or down. */
static int follow_child(struct attempt *a, int events, pid_t child)
{
	char line[EVENT_LINE_MAX];

	while (a->report.exit_code < 0) {
		ssize_t n = recv(events, line, sizeof(line) - 1, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return child_vanished(a, child);
		line[n] = '\0';
		struct json_object *event = json_tokener_parse(line);
		if (event)
			report_event(&a->report, event);
		json_object_put(event);
	}
	if (a->report.exit_code != EXIT_OK)
		(void)waitpid(child, NULL, 0);
	return a->report.exit_code;
}

static int run_background(const struct options *options, struct attempt *a)
{
	int sockets[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0) {
		struct failure f = { 0 };
		(void)failure_set(&f, CAUSE_SOCKET, errno, "socketpair: %s", strerror(errno));
		report_end(&a->report, &f);
		return a->report.exit_code;
	}
	(void)fflush(NULL);

	pid_t child = fork();
	if (child == 0) {
		(void)close(sockets[0]);
		a->events = sockets[1];
		run_child(options, a);
	}
	(void)close(sockets[1]);
	a->certificate = certificate_free(a->certificate);
	secret_clear(&a->psk);
	secret_clear(&a->password);
	secret_clear(&a->l2tp_secret);
	if (child < 0) {
		struct failure f = { 0 };
		(void)failure_set(&f, CAUSE_MEMORY, errno, "fork: %s", strerror(errno));
		report_end(&a->report, &f);
		return a->report.exit_code;
	}
	forward_signals(child);
	int code = follow_child(a, sockets[0], child);
	(void)close(sockets[0]);
	return code;
}

int verb_connect(const struct options *options)
{
	struct attempt a = { .events = -1 };
	struct failure f = { 0 };

	a.report = report_init(options->name, options->json, options->verbose);
	int code;
	if (prepare(options, &a, &f) < 0) {
		if (a.profile)
			remember(&a, &f);
		report_end(&a.report, &f);
		code = a.report.exit_code;
	} else {
		code = options->foreground ? run_foreground(options, &a)
					   : run_background(options, &a);
	}
	attempt_clear(&a);
	return code;
}
