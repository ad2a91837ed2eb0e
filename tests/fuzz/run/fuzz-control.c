/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests to the control socket, through a real one: for each an octet that says which of four
 * clients sends it (bit 7: it closes instead), a length (an octet) and the request. The
 * connection behind it answers everything at once.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "client/run/control.h"
#include "client/undo/undo.h"
#include "tests/fuzz/fuzz.h"
#include "lib/cursor.h"

#define CLIENTS	     4
#define REQUESTS_MAX 64
#define NAME	     "fuzz"

static unsigned int disconnects;
static char run_dir[64];

/* In the place of undo.c's: the socket is nobody's but this process's. */
const char *undo_run_dir(void)
{
	return run_dir;
}

static int give_status(void *userdata, char *buf, size_t size)
{
	(void)userdata;
	return snprintf(buf, size, "{\"status\":\"fuzzed\"}");
}

static void note_disconnect(void *userdata)
{
	(void)userdata;
	disconnects++;
}

static void clean_up(void)
{
	char path[CONTROL_PATH_MAX];

	if (control_path(NAME, path) == 0)
		(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/" NAME, run_dir);
	(void)rmdir(path);
	(void)rmdir(run_dir);
}

static void make_run_dir(void)
{
	char path[CONTROL_PATH_MAX];

	if (run_dir[0])
		return;
	(void)snprintf(run_dir, sizeof(run_dir), "/tmp/tsunagu-fuzz-XXXXXX");
	MUST(mkdtemp(run_dir));
	(void)snprintf(path, sizeof(path), "%s/" NAME, run_dir);
	MUST(mkdir(path, 0700) == 0);
	MUST(atexit(clean_up) == 0);
}

static int connect_client(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	MUST(fd >= 0 && control_path(NAME, address.sun_path) == 0);
	MUST(connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0);
	return fd;
}

static void turn(sd_event *event)
{
	while (sd_event_run(event, 0) > 0)
		;
}

/* "status" gets the status, "disconnect" nothing until the end, and all else an error. */
static void check_answer(int fd, struct chunk request, unsigned int before)
{
	char text[CONTROL_ANSWER_MAX];
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
	/* A request ends with its first NUL or with what there is room for. */
	size_t len = strnlen(request.data,
			     request.len < CONTROL_REQUEST_MAX ? request.len : CONTROL_REQUEST_MAX);

	if (len == 10 && memcmp(request.data, "disconnect", 10) == 0) {
		MUST(n < 0 && disconnects == before + 1);
		return;
	}
	MUST(disconnects == before && n > 0);
	text[n] = '\0';
	bool status = len == 6 && memcmp(request.data, "status", 6) == 0;
	MUST(strcmp(text, status ? "{\"status\":\"fuzzed\"}" : "{\"error\":\"request\"}") == 0);
}

static void talk(sd_event *event, struct cursor *c)
{
	int fds[CLIENTS] = { -1, -1, -1, -1 };

	for (int i = 0; i < REQUESTS_MAX && cursor_left(c) > 0; i++) {
		uint8_t who = cursor_u8(c);
		int *fd = &fds[who % CLIENTS];
		struct chunk request = cursor_chunk(c, cursor_u8(c));
		if (*fd < 0)
			*fd = connect_client();
		if (who & 0x80) {
			(void)close(*fd);
			*fd = -1;
		} else if (request.len > 0) {
			unsigned int before = disconnects;
			MUST(send(*fd, request.data, request.len, MSG_NOSIGNAL) ==
			     (ssize_t)request.len);
			turn(event);
			check_answer(*fd, request, before);
		}
		turn(event);
	}
	for (int i = 0; i < CLIENTS; i++)
		if (fds[i] >= 0)
			(void)close(fds[i]);
	turn(event);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct control_handler handler = { .status = give_status,
							.disconnect = note_disconnect };
	struct cursor c = cursor_init(data, size);
	struct control *control;
	struct failure why = { 0 };
	sd_event *event;

	make_run_dir();
	disconnects = 0;
	MUST(sd_event_new(&event) == 0);
	MUST(control_listen(event, NAME, &handler, &control, &why) == 0);
	talk(event, &c);
	control = control_free(control);
	sd_event_unref(event);
	return 0;
}
