/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hooks, run in the event loop: a queue of reasons, each with its environment as of the event, and one
 * process at a time, watched by its descriptor. Its output is a pipe of ours; what somebody else keeps
 * open after the process has ended is closed then.
 */
#include "client/run/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "client/failure/i18n.h"
#include "client/kernel/link.h"
#include "client/process/process.h"
#include "client/profile/text.h"
#include "client/run/hooks-folder.h"

#define QUEUE_MAX	6
#define KILL_AFTER_USEC (1000 * UINT64_C(1000))
#define LINE_MAX_OCTETS 256
#define LINES_MAX	100 /* of one run of one hook */
#define DRAIN_MAX	64  /* reads, after its end */
#define NOT_EXECUTED	127

struct job {
	enum hook_reason reason;
	struct hooks_folder folder;
	struct hooks_environment environment;
	size_t next;	/* of the folder's names */
	uint64_t until; /* all of it; 0: no such limit */
};

struct hooks {
	struct hooks_config config;
	struct job *queue[QUEUE_MAX]; /* the first one is being run */
	size_t n_queue;
	const char *name; /* of the hook that runs, in the first job's folder */
	pid_t pid;
	int pidfd; /* -1: none runs */
	int log_fd;
	bool late;     /* it was told to end for its time was over */
	bool given_up; /* it was told to end for the connection's end */
	sd_event_source *exit_source, *log_source, *timer, *next_source;
	char line[LINE_MAX_OCTETS];
	size_t line_len;
	unsigned int n_lines;
};

static uint64_t now_usec(void)
{
	struct timespec t;

	/* Doesn't go on while the machine sleeps: neither do the hooks. */
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static uint64_t limit_usec(const struct hooks *h)
{
	return (h->config.limit_ms ? h->config.limit_ms : HOOK_TIME_S * 1000U) * UINT64_C(1000);
}

static void warn(struct hooks *h, const char *format, ...) _printf_(2, 3);

static void warn(struct hooks *h, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	i18n_trim(text);
	h->config.on_warning(h->config.userdata, text);
}

static void on_refused(void *userdata, const char *name, const char *why)
{
	struct hooks *h = userdata;

	warn(h, _("%s%s%s is not run: %s"), h->config.folder, name[0] ? "/" : "", name, why);
}

/* A line of its output, into the log and nowhere else: made harmless, and only so many. */
static void end_line(struct hooks *h)
{
	h->line[h->line_len] = '\0';
	if (h->line_len > 0 && h->n_lines++ < LINES_MAX) {
		if (!text_is_printable(h->line))
			for (size_t i = 0; i < h->line_len; i++)
				if ((unsigned char)h->line[i] < 0x20 ||
				    (unsigned char)h->line[i] > 0x7e)
					h->line[i] = '?';
		syslog(LOG_INFO, "hook %s: %s", h->name, h->line);
		if (h->n_lines == LINES_MAX)
			syslog(LOG_INFO, "hook %s: what else it prints is left out", h->name);
	}
	h->line_len = 0;
}

static bool read_log(struct hooks *h)
{
	char buf[1024];
	ssize_t n = read(h->log_fd, buf, sizeof(buf));

	if (n < 0 && errno == EINTR)
		return true;
	for (ssize_t i = 0; i < n; i++) {
		if (buf[i] == '\n' || h->line_len == sizeof(h->line) - 1)
			end_line(h);
		if (buf[i] != '\n')
			h->line[h->line_len++] = buf[i];
	}
	return n > 0;
}

static int on_log(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	(void)fd;
	/* Nobody holds the other end any more. */
	if (!read_log(userdata) && revents & EPOLLHUP)
		(void)sd_event_source_set_enabled(source, SD_EVENT_OFF);
	return 0;
}

/* Our child, not waited for yet: the number is its own, and its group's once it has one. */
static void signal_group(const struct hooks *h, int number)
{
	if (kill(-h->pid, number) < 0)
		(void)process_signal(h->pidfd, number);
}

/* Asks it to end, and kills it a little later. */
static void terminate(struct hooks *h)
{
	signal_group(h, SIGTERM);
	(void)sd_event_source_set_time(h->timer, now_usec() + KILL_AFTER_USEC);
	(void)sd_event_source_set_enabled(h->timer, SD_EVENT_ONESHOT);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct hooks *h = userdata;

	(void)source;
	(void)usec;
	if (h->pidfd < 0)
		return 0;
	if (h->late || h->given_up) {
		signal_group(h, SIGKILL);
		return 0;
	}
	h->late = true;
	terminate(h);
	return 0;
}

/* Takes the exit status of the process, which has ended, and the rest of its output. */
static void reap(struct hooks *h, siginfo_t *ret)
{
	*ret = (siginfo_t){};
	while (waitid(P_PID, (id_t)h->pid, ret, WEXITED) < 0 && errno == EINTR)
		continue;
	for (int i = 0; i < DRAIN_MAX && read_log(h); i++)
		continue;
	end_line(h);
	(void)sd_event_source_set_enabled(h->timer, SD_EVENT_OFF);
	h->exit_source = sd_event_source_disable_unref(h->exit_source);
	h->log_source = sd_event_source_disable_unref(h->log_source);
	(void)close(h->log_fd);
	(void)close(h->pidfd);
	h->pidfd = -1;
}

static void judge(struct hooks *h, const siginfo_t *info)
{
	const char *folder = h->config.folder, *reason = hook_reason_id(h->queue[0]->reason);

	if (h->given_up)
		return;
	if (h->late)
		warn(h, _("hook %s/%s (%s) took longer than %d s and was ended"), folder, h->name,
		     reason, HOOK_TIME_S);
	else if (info->si_code != CLD_EXITED)
		warn(h, _("hook %s/%s (%s) was ended by signal %d"), folder, h->name, reason,
		     info->si_status);
	else if (info->si_status == NOT_EXECUTED)
		warn(h,
		     _("hook %s/%s (%s) ended with status 127: it, or the program named in its "
		       "first line, can't be run"),
		     folder, h->name, reason);
	else if (info->si_status != 0)
		warn(h, _("hook %s/%s (%s) ended with status %d"), folder, h->name, reason,
		     info->si_status);
}

/* The first job is over. */
static void drop(struct hooks *h)
{
	free(h->queue[0]);
	h->n_queue--;
	for (size_t i = 0; i < h->n_queue; i++)
		h->queue[i] = h->queue[i + 1];
}

/* Starts the job's next hook. Return: 0; a negative errno. */
static int spawn(struct hooks *h, const struct job *job)
{
	char path[HOOK_NAME_MAX + 256];
	int log[2];

	(void)snprintf(path, sizeof(path), "%s/%s", h->config.folder, h->name);
	if (pipe2(log, O_CLOEXEC) < 0)
		return -errno;
	const int fds[] = { -1, log[1], log[1] };
	const char *const argv[] = { path, NULL };
	const struct process_request request = {
		.path = path,
		.argv = argv,
		.fds = fds,
		.n_fds = ARRAY_SIZE(fds),
		.environment = job->environment.variables,
	};
	int r = fcntl(log[0], F_SETFL, O_NONBLOCK) < 0 ? -errno : process_spawn(&request, &h->pid);
	(void)close(log[1]);
	if (r == 0)
		r = process_open(h->pid, &h->pidfd);
	if (r < 0)
		(void)close(log[0]);
	else
		h->log_fd = log[0];
	h->late = h->given_up = false;
	h->n_lines = 0;
	return r;
}

/* SIGKILL isn't waited for long by anybody. */
static void kill_now(struct hooks *h)
{
	siginfo_t info;

	signal_group(h, SIGKILL);
	reap(h, &info);
}

static int on_exit_event(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct hooks *h = userdata;
	siginfo_t info;

	(void)source;
	(void)fd;
	(void)revents;
	reap(h, &info);
	judge(h, &info);
	(void)sd_event_source_set_enabled(h->next_source, SD_EVENT_ONESHOT);
	return 0;
}

static int watch(struct hooks *h, const struct job *job)
{
	uint64_t until = now_usec() + limit_usec(h);

	int r = sd_event_add_io(h->config.event, &h->exit_source, h->pidfd, EPOLLIN, on_exit_event,
				h);
	if (r >= 0)
		r = sd_event_add_io(h->config.event, &h->log_source, h->log_fd, EPOLLIN, on_log, h);
	/* Whoever prints without an end takes nothing from the connection. */
	if (r >= 0)
		r = sd_event_source_set_priority(h->log_source, SD_EVENT_PRIORITY_IDLE);
	if (r >= 0)
		r = sd_event_source_set_time(h->timer,
					     job->until && job->until < until ? job->until : until);
	if (r >= 0)
		r = sd_event_source_set_enabled(h->timer, SD_EVENT_ONESHOT);
	return r;
}

/* Goes on to the next hook, and from job to job. */
static void go_on(struct hooks *h)
{
	while (h->n_queue > 0 && h->pidfd < 0) {
		struct job *job = h->queue[0];

		if (job->next == job->folder.n) {
			enum hook_reason reason = job->reason;
			drop(h);
			h->config.on_done(h->config.userdata, reason);
			continue;
		}
		h->name = job->folder.names[job->next++];
		if (job->until && now_usec() >= job->until) {
			warn(h, _("hook %s/%s (%s) is not run: the ones before it took too long"),
			     h->config.folder, h->name, hook_reason_id(job->reason));
			continue;
		}
		int r = spawn(h, job);
		if (r == 0)
			r = watch(h, job);
		if (r < 0 && h->pidfd >= 0)
			kill_now(h);
		if (r < 0)
			warn(h, _("hook %s/%s can't be started: %s"), h->config.folder, h->name,
			     strerror(-r));
	}
}

static int on_next(sd_event_source *source, void *userdata)
{
	(void)source;
	go_on(userdata);
	return 0;
}

int hooks_new(const struct hooks_config *config, struct hooks **ret)
{
	struct hooks *h = calloc(1, sizeof(*h));

	if (!h)
		return -ENOMEM;
	h->config = *config;
	h->pidfd = -1;
	int r = sd_event_add_time(config->event, &h->timer, CLOCK_MONOTONIC, UINT64_MAX, 1,
				  on_timer, h);
	if (r >= 0)
		r = sd_event_source_set_enabled(h->timer, SD_EVENT_OFF);
	if (r >= 0)
		r = sd_event_add_defer(config->event, &h->next_source, on_next, h);
	if (r >= 0)
		r = sd_event_source_set_enabled(h->next_source, SD_EVENT_OFF);
	if (r < 0) {
		hooks_free(h);
		return r;
	}
	*ret = h;
	return 0;
}

/* The end is near: nothing of the former reasons is begun any more. */
static void give_up(struct hooks *h)
{
	for (size_t i = 0; i < h->n_queue; i++)
		h->queue[i]->next = h->queue[i]->folder.n;
	if (h->pidfd < 0 || h->late)
		return;
	h->given_up = true;
	terminate(h);
}

static int add_job(struct hooks *h, enum hook_reason reason, const struct connection_info *info,
		   const struct hooks_folder *folder)
{
	struct endpoint address6 = { 0 };
	size_t max = reason == HOOK_DISCONNECT ? QUEUE_MAX : QUEUE_MAX - 1;

	if (h->n_queue >= max)
		return -EBUSY;
	struct job *job = calloc(1, sizeof(*job));
	if (!job)
		return -ENOMEM;
	job->reason = reason;
	job->folder = *folder;
	if (reason == HOOK_DISCONNECT)
		job->until = now_usec() + limit_usec(h);
	if (info->ifname[0])
		link_get_address6(info->ifname, &address6);
	int r = hooks_environment_make(reason, h->config.profile, info, &address6,
				       &job->environment);
	if (r < 0) {
		free(job);
		return r;
	}
	h->queue[h->n_queue++] = job;
	return sd_event_source_set_enabled(h->next_source, SD_EVENT_ONESHOT);
}

bool hooks_run(struct hooks *h, enum hook_reason reason, const struct connection_info *info)
{
	struct hooks_folder folder;

	if (reason == HOOK_DISCONNECT)
		give_up(h);
	hooks_folder_read(h->config.folder, &folder, on_refused, h);
	if (folder.n == 0)
		return false;
	int r = add_job(h, reason, info, &folder);
	if (r < 0)
		warn(h, _("the hooks of %s can't be run (%s): %s"), h->config.folder,
		     hook_reason_id(reason), strerror(-r));
	return r >= 0;
}

bool hooks_are_running(const struct hooks *h)
{
	return h->n_queue > 0;
}

void hooks_kill(struct hooks *h)
{
	if (h->pidfd >= 0)
		kill_now(h);
	while (h->n_queue > 0)
		drop(h);
}

struct hooks *hooks_free(struct hooks *h)
{
	if (!h)
		return NULL;
	hooks_kill(h);
	(void)sd_event_source_disable_unref(h->timer);
	(void)sd_event_source_disable_unref(h->next_source);
	free(h);
	return NULL;
}
