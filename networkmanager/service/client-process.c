/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "networkmanager/service/client-process.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>

/* Where the child finds the profile. */
#define PROFILE_FD   3
#define PROFILE_PATH "/proc/self/fd/3"

struct client {
	struct client_listener listener;
	GSubprocess *process;
	GDataInputStream *events;
	GCancellable *cancel;
	bool at_end, exited;
};

/* What is awaited holds a reference to the cancellable alone: that is how it knows whether CLIENT still is. */
struct awaited {
	struct client *client;
	GCancellable *cancel;
};

static struct awaited *await(struct client *c)
{
	struct awaited *a = g_new(struct awaited, 1);

	*a = (struct awaited){ c, g_object_ref(c->cancel) };
	return a;
}

/* The client it was awaited for, or NULL. */
static struct client *arrived(struct awaited *a)
{
	struct client *c = g_cancellable_is_cancelled(a->cancel) ? NULL : a->client;

	g_object_unref(a->cancel);
	g_free(a);
	return c;
}

static int exit_status(const struct client *c)
{
	return g_subprocess_get_if_exited(c->process) ? g_subprocess_get_exit_status(c->process)
						      : -1;
}

/* After its last words and its end, in whatever order they come. */
static void tell_end(struct client *c)
{
	if (c->at_end && c->exited)
		c->listener.on_end(c->listener.userdata, exit_status(c)); /* may free C */
}

static void read_line(struct client *c);

/* False: C is gone. */
static bool take_line(struct client *c, const char *line)
{
	g_autoptr(GCancellable) cancel = g_object_ref(c->cancel);
	struct json_object *event = json_tokener_parse(line);

	if (event)
		c->listener.on_event(c->listener.userdata, event);
	json_object_put(event);
	return !g_cancellable_is_cancelled(cancel);
}

static void on_line(GObject *source, GAsyncResult *result, gpointer userdata)
{
	g_autofree char *line = g_data_input_stream_read_line_finish(G_DATA_INPUT_STREAM(source),
								     result, NULL, NULL);
	struct client *c = arrived(userdata);

	if (!c)
		return;
	if (line) {
		if (take_line(c, line))
			read_line(c);
		return;
	}
	c->at_end = true;
	tell_end(c);
}

static void read_line(struct client *c)
{
	g_data_input_stream_read_line_async(c->events, G_PRIORITY_DEFAULT, c->cancel, on_line,
					    await(c));
}

static void on_exit_of(GObject *source, GAsyncResult *result, gpointer userdata)
{
	(void)g_subprocess_wait_finish(G_SUBPROCESS(source), result, NULL);
	struct client *c = arrived(userdata);

	if (!c)
		return;
	c->exited = true;
	tell_end(c);
}

/* In the child. Nobody would end it when the service is killed. */
static void die_with_parent(gpointer userdata)
{
	(void)userdata;
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
}

static GSubprocess *spawn(const int *files, size_t n_files, unsigned int timeout_s, GError **error)
{
	g_autoptr(GSubprocessLauncher) launcher =
		g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE);
	g_autofree char *seconds = g_strdup_printf("%u", timeout_s);
	const char *argv[] = { TSUNAGU_PROGRAM, "connect", PROFILE_PATH,
			       "--foreground",	"--json",  "--managed",
			       "--timeout",	seconds,   NULL };

	if (timeout_s == 0)
		argv[6] = NULL;
	g_subprocess_launcher_set_child_setup(launcher, die_with_parent, NULL, NULL);
	for (size_t i = 0; i < n_files; i++)
		g_subprocess_launcher_take_fd(launcher, fcntl(files[i], F_DUPFD_CLOEXEC, 0),
					      PROFILE_FD + (int)i);
	return g_subprocess_launcher_spawnv(launcher, argv, error);
}

struct client *client_start(const int *files, size_t n_files, unsigned int timeout_s,
			    const struct client_listener *listener, GError **error)
{
	GSubprocess *process = spawn(files, n_files, timeout_s, error);

	if (!process)
		return NULL;
	struct client *c = g_new(struct client, 1);
	*c = (struct client){
		.listener = *listener,
		.process = process,
		.events = g_data_input_stream_new(g_subprocess_get_stdout_pipe(process)),
		.cancel = g_cancellable_new(),
	};
	read_line(c);
	g_subprocess_wait_async(c->process, c->cancel, on_exit_of, await(c));
	return c;
}

void client_stop(struct client *c)
{
	g_subprocess_send_signal(c->process, SIGTERM);
}

struct client *client_free(struct client *c)
{
	if (!c)
		return NULL;
	if (!c->exited)
		client_stop(c);
	g_cancellable_cancel(c->cancel);
	g_object_unref(c->cancel);
	g_object_unref(c->events);
	g_object_unref(c->process);
	g_free(c);
	return NULL;
}
