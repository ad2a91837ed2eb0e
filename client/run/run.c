/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One connection in one process. Everything that happens comes from one event loop; after each event
 * the one timer is set anew from connection_deadline().
 */
#include "client/run/run-kinds.h"
#include "client/run/run.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <time.h>

#include <systemd/sd-event.h>

#include "client/certificate/certificate.h"
#include "client/certificate/crypto.h"
#include "client/connection/connection.h"
#include "client/failure/i18n.h"
#include "client/kernel/dataplane-kernel.h"
#include "client/network/system-linux.h"
#include "client/run/capture.h"
#include "client/run/control.h"
#include "client/run/hooks.h"
#include "client/run/json.h"
#include "client/run/keylog.h"
#include "client/run/last-failure.h"
#include "client/run/service.h"
#include "client/run/tunnel-check.h"
#include "client/run/wake.h"
#include "client/undo/undo.h"

/* A timer that comes so late was held up by more than a busy machine. */
#define LATE NSEC_PER_SEC

struct loop {
	const struct run *run;
	sd_event *event;
	sd_event_source *timer;
	sd_event_source *post;
	struct undo *undo;
	struct system *system;
	struct dataplane *dataplane;
	struct connection *connection;
	struct control *control;
	struct keylog *keylog;
	struct capture *capture;
	struct tunnel_check *check;
	struct wake *wake;
	struct hooks *hooks; /* NULL: a diagnosis runs none */
	struct json_object
		*up; /* told when the hooks that belong to it have ended; NULL: nothing is held */
	struct failure failure;
	bool told;   /* hooks have been told that it is up */
	bool lost;   /* and that it is being repaired */
	bool ending; /* somebody asked for the end, or it has begun */
	bool closing, down;
};

static nsec_t clock_now(void *userdata)
{
	struct timespec t;

	(void)userdata;
	/* Goes on while the machine is suspended: the gateway's lifetimes do too. */
	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return (nsec_t)t.tv_sec * NSEC_PER_SEC + (nsec_t)t.tv_nsec;
}

static void tell_warning(struct loop *l, const char *format, ...) _printf_(2, 3);

static void tell_warning(struct loop *l, const char *format, ...)
{
	char text[FAILURE_DETAIL_MAX + 128];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), _(format), args);
	va_end(args);
	i18n_trim(text);

	struct json_object *json = json_of_warning(text);
	l->run->on_event(l->run->userdata, json);
	json_object_put(json);
}

/* The gateway's address is known, and nothing has been sent to it yet. */
static void start_capture(struct loop *l, const struct connection_event *event)
{
	struct failure f = { 0 };

	if (event->type != CONNECTION_EVENT_STATE || event->info->state != CONNECTION_PHASE1)
		return;
	if (capture_start(l->capture, l->event, &event->info->gateway, &f) < 0)
		tell_warning(l, "%s (%s)", cause_sentence(f.cause), f.detail);
}

static void on_checked(void *userdata, const struct tunnel_findings *findings)
{
	struct loop *l = userdata;
	struct failure f = { 0 };

	connection_close(l->connection,
			 l->run->on_checked(l->run->userdata, findings, &f) ? &f : NULL);
}

/* It stands: what a diagnosis wants to know of it is asked, and then it ends. */
static void check_tunnel(struct loop *l, const struct connection_info *info)
{
	struct failure f = { 0 };
	int r = tunnel_check_start(l->event, info, on_checked, l, &l->check);

	if (r == 0)
		return;
	(void)failure_set(&f, CAUSE_SOCKET, r, "in the tunnel: %s", strerror(-r));
	connection_close(l->connection, &f);
}

static void tell_progress(struct loop *l, const struct connection_event *event)
{
	struct connection_counters counters;

	connection_get_counters(l->connection, &counters);
	l->run->on_progress(l->run->userdata, event->info, &counters);
	if (event->type == CONNECTION_EVENT_UP)
		check_tunnel(l, event->info);
}

static bool run_hooks(struct loop *l, enum hook_reason reason)
{
	return l->hooks && hooks_run(l->hooks, reason, connection_get_info(l->connection));
}

static void tell_up(struct loop *l, struct json_object *json_take)
{
	service_ready();
	if (json_take)
		l->run->on_event(l->run->userdata, json_take);
	json_object_put(json_take);
}

/* Whoever waits for the first time that it is up waits for its hooks, too. True: JSON is taken. */
static bool hooks_of_up(struct loop *l, struct json_object *json)
{
	bool again = l->told;

	l->told = true;
	l->lost = false;
	if (l->ending || !run_hooks(l, again ? HOOK_RECONNECT : HOOK_CONNECT) || again)
		return false;
	l->up = json;
	return true;
}

static void hooks_of_end(struct loop *l)
{
	l->closing = true;
	if (!l->ending && l->told)
		(void)run_hooks(l, HOOK_DISCONNECT);
	l->ending = true;
}

static void hooks_of_loss(struct loop *l)
{
	if (!l->lost && !l->ending)
		(void)run_hooks(l, HOOK_ATTEMPT_RECONNECT);
	l->lost = true;
}

static void tell_observers(struct loop *l, const struct connection_event *event)
{
	if (l->capture)
		start_capture(l, event);
	if (l->keylog)
		keylog_event(l->keylog, event);
	if (l->run->on_progress)
		tell_progress(l, event);
	service_event(event);
	if (event->type == CONNECTION_EVENT_REPAIR)
		hooks_of_loss(l);
	if (event->type == CONNECTION_EVENT_STATE && event->info->state == CONNECTION_CLOSING) {
		service_stopping();
		hooks_of_end(l);
	}
}

static void on_event(void *userdata, const struct connection_event *event)
{
	struct loop *l = userdata;

	tell_observers(l, event);
	if (event->type == CONNECTION_EVENT_PHASE1_KEY || event->type == CONNECTION_EVENT_CHILD_KEY)
		return;
	if (event->type == CONNECTION_EVENT_DOWN) {
		/* Told to the user by whoever runs us, once the rest is undone too; here what it is based on. */
		l->failure = *event->failure;
		l->down = true;
		if (!event->info->seen.known)
			return;
	}
	struct json_object *json = json_of_event(event);
	if (event->type == CONNECTION_EVENT_UP) {
		json_add_identity(json, l->run->profile);
		json_add_plan(json, l->run->profile);
		if (!hooks_of_up(l, json))
			tell_up(l, json);
		return;
	}
	if (json)
		l->run->on_event(l->run->userdata, json);
	json_object_put(json);
}

static int on_timer(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct loop *l = userdata;

	(void)source;
	/* The process was stopped, or the machine didn't come to it: the gateway may have given us up. */
	if (clock_now(NULL) - usec * NSEC_PER_USEC > LATE)
		connection_resumed(l->connection);
	connection_timeout(l->connection);
	return 0;
}

static void on_wake(void *userdata, nsec_t slept)
{
	struct loop *l = userdata;

	syslog(LOG_INFO, "the machine slept for %.1f s", (double)slept / (double)NSEC_PER_SEC);
	connection_resumed(l->connection);
}

/* After each event: the end, or the next deadline. */
static int on_post(sd_event_source *source, void *userdata)
{
	struct loop *l = userdata;
	nsec_t deadline = connection_deadline(l->connection);

	(void)source;
	if (l->down && !(l->hooks && hooks_are_running(l->hooks)))
		return sd_event_exit(l->event, 0);
	if (deadline == NSEC_NEVER)
		return sd_event_source_set_enabled(l->timer, SD_EVENT_OFF);

	/* Rounded up: a timer that fires before its time would fire again at once. */
	int r = sd_event_source_set_time(l->timer, deadline / NSEC_PER_USEC + 1);
	if (r < 0)
		return r;
	return sd_event_source_set_enabled(l->timer, SD_EVENT_ONESHOT);
}

static void close_connection(struct loop *l)
{
	struct failure f = { 0 };

	/* A diagnosis isn't at its end when the connection stands. */
	if (!connection_get_info(l->connection)->worked || l->run->on_progress)
		(void)failure_set(&f, CAUSE_INTERRUPTED, ECANCELED, "while: %s",
				  connection_state_words(
					  connection_get_info(l->connection)->state));
	connection_close(l->connection, &f);
}

/* Hooks that are told of the end run first: their interface still stands. Who asks again is in haste. */
static void disconnect(void *userdata)
{
	struct loop *l = userdata;
	bool first = !l->ending;

	l->ending = true;
	service_stopping();
	if (first && l->told && run_hooks(l, HOOK_DISCONNECT))
		return;
	if (l->hooks)
		hooks_kill(l->hooks);
	close_connection(l);
}

static void on_hooks_warning(void *userdata, const char *text)
{
	tell_warning(userdata, "%s", text);
}

static void on_hooks_done(void *userdata, enum hook_reason reason)
{
	struct loop *l = userdata;

	switch (reason) {
	case HOOK_PRE_INIT:
		connection_start(l->connection);
		return;
	case HOOK_CONNECT:
		tell_up(l, steal_ptr(l->up));
		return;
	case HOOK_DISCONNECT:
		if (!l->closing)
			close_connection(l);
		return;
	case HOOK_ATTEMPT_RECONNECT:
	case HOOK_RECONNECT:
		return;
	}
}

static int on_signal(sd_event_source *source, const struct signalfd_siginfo *info, void *userdata)
{
	(void)source;
	(void)info;
	disconnect(userdata);
	return 0;
}

/* Why the attempts before this one failed. */
static void add_last_failure(const struct loop *l, struct json_object *o)
{
	struct json_object *failure, *last;

	if (connection_get_info(l->connection)->worked)
		return;
	last = last_failure_read(undo_run_dir(), l->run->profile->name);
	if (json_object_object_get_ex(last, "last-failure", &failure))
		json_add(o, "last-failure", json_object_get(failure));
	json_object_put(last);
}

static int status(void *userdata, char *buf, size_t size)
{
	struct loop *l = userdata;
	struct connection_counters counters;

	connection_get_counters(l->connection, &counters);
	struct json_object *o =
		json_of_status(l->run->profile->name, connection_get_info(l->connection), &counters,
			       clock_now(NULL));
	json_add_identity(o, l->run->profile);
	add_last_failure(l, o);
	const char *text = json_text(o);
	size_t len = strlen(text);
	int r = o ? -ENOBUFS : -ENOMEM;
	if (o && len < size) {
		memcpy(buf, text, len + 1);
		r = (int)len;
	}
	json_object_put(o);
	return r;
}

static int add_signals(struct loop *l)
{
	sigset_t set;
	int r;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGCHLD);
	(void)sigaddset(&set, SIGPIPE);
	if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
		return -errno;
	r = sd_event_add_signal(l->event, NULL, SIGINT, on_signal, l);
	if (r < 0)
		return r;
	r = sd_event_add_signal(l->event, NULL, SIGTERM, on_signal, l);
	if (r < 0)
		return r;
	/* The terminal of a connection in the foreground went away. */
	return sd_event_add_signal(l->event, NULL, SIGHUP, on_signal, l);
}

static int add_loop(struct loop *l)
{
	int r = sd_event_new(&l->event);

	if (r < 0)
		return r;
	r = add_signals(l);
	if (r < 0)
		return r;
	r = sd_event_add_time(l->event, &l->timer, CLOCK_BOOTTIME, UINT64_MAX, 1, on_timer, l);
	if (r < 0)
		return r;
	r = wake_new(l->event, on_wake, l, &l->wake);
	if (r < 0)
		return r;
	/* Whether the loop is alive, for a service manager that asks for it. */
	r = sd_event_set_watchdog(l->event, true);
	if (r < 0)
		return r;
	return sd_event_add_post(l->event, &l->post, on_post, l);
}

static int add_hooks(struct loop *l)
{
	const struct hooks_config config = {
		.event = l->event,
		.folder = HOOKS_FOLDER,
		.profile = l->run->profile,
		.userdata = l,
		.on_warning = on_hooks_warning,
		.on_done = on_hooks_done,
	};

	return l->run->on_progress ? 0 : hooks_new(&config, &l->hooks);
}

static int add_edges(struct loop *l, struct failure *f)
{
	const struct control_handler handler = { l, status, disconnect };

	l->system = system_linux_new(l->event, l->undo);
	l->dataplane = dataplane_kernel_new(l->event, l->undo);
	if (!l->system || !l->dataplane)
		return failure_set(f, CAUSE_MEMORY, ENOMEM, "system");
	if (l->run->keylog) {
		int r = keylog_open(l->run->keylog, &l->keylog, f);
		if (r < 0)
			return r;
	}
	if (l->run->capture) {
		int r = capture_open(l->run->capture, &l->capture, f);
		if (r < 0)
			return r;
	}
	return control_listen(l->event, l->run->profile->name, &handler, &l->control, f);
}

/* The command line is nearer to the user than the profile. */
static unsigned int timeout_s(const struct run *run)
{
	if (run->timeout_s > 0)
		return run->timeout_s;
	return run->profile->timeout_s > 0 ? run->profile->timeout_s : TIMEOUT_DEFAULT_S;
}

static int add_connection(struct loop *l)
{
	const struct certificate *certificate = l->run->certificate;
	const struct connection_config config = {
		.profile = l->run->profile,
		.psk = l->run->psk,
		.auth = certificate ? certificate_auth(certificate) : NULL,
		.auth_id = certificate ? certificate_subject(certificate) : NULL,
		.auth_words = certificate ? certificate_words(certificate) : NULL,
		.issued_by = certificate_issued_by,
		.password = l->run->password,
		.l2tp_secret = l->run->l2tp_secret,
		.crypto = &crypto_openssl,
		.l2tp_crypto = &crypto_openssl_l2tp,
		.system = l->system,
		.dataplane = l->dataplane,
		.timeout = timeout_s(l->run) * NSEC_PER_SEC,
		.want_keys = l->run->keylog != NULL,
		.survey = l->run->on_progress != NULL,
		.until = l->run->until,
		.userdata = l,
		.now = clock_now,
		.on_event = on_event,
	};

	int r = connection_new(&config, &l->connection);
	/* The connection is their owner from here on. */
	secret_clear(l->run->psk);
	secret_clear(l->run->password);
	secret_clear(l->run->l2tp_secret);
	return r;
}

static int loop_run(struct loop *l, struct failure *f)
{
	int r = undo_open(l->run->profile->name, run_kinds, &l->undo, f);

	if (r < 0)
		return r;
	r = add_loop(l);
	if (r < 0)
		return failure_set(f, CAUSE_INTERNAL, r, "event loop: %s", strerror(-r));
	r = add_edges(l, f);
	if (r < 0)
		return r;
	r = add_connection(l);
	if (r >= 0)
		r = add_hooks(l);
	if (r < 0)
		return failure_set(f, CAUSE_MEMORY, r, "connection");
	if (!run_hooks(l, HOOK_PRE_INIT))
		connection_start(l->connection);
	r = on_post(NULL, l);
	if (r >= 0)
		r = sd_event_loop(l->event);
	if (r < 0)
		return failure_set(f, CAUSE_INTERNAL, r, "event loop: %s", strerror(-r));
	if (l->failure.cause == CAUSE_NONE)
		return 0;
	*f = l->failure;
	return failure_set(NULL, f->cause, f->error, "%s", f->detail);
}

static void end_capture(struct loop *l)
{
	if (l->capture && capture_is_full(l->capture))
		tell_warning(l,
			     "the capture ends before the connection: it is full, or the disk is");
	l->capture = capture_close(l->capture);
}

int run_connection(const struct run *run, struct failure *ret_failure)
{
	struct loop l = { .run = run };
	int r = loop_run(&l, ret_failure);

	l.hooks = hooks_free(l.hooks);
	json_object_put(l.up);
	l.check = tunnel_check_free(l.check);
	l.dataplane = l.dataplane ? l.dataplane->ops->free(l.dataplane) : NULL;
	l.system = l.system ? l.system->ops->free(l.system) : NULL;
	l.connection = connection_free(l.connection);
	l.keylog = keylog_close(l.keylog);
	end_capture(&l);
	l.undo = undo_close(l.undo);
	/* Last: whoever asked for the end is told when all is undone. */
	l.control = control_free(l.control);
	l.wake = wake_free(l.wake);
	sd_event_source_disable_unref(l.timer);
	sd_event_source_disable_unref(l.post);
	sd_event_unref(l.event);
	return r;
}
