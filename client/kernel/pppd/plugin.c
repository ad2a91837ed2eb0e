/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tsunagu.so, a plugin of pppd: shows the frames to repeat.c, sends what it wants repeated, hands pppd what it kept,
 * and tells what the gateway owes in pppd's log, where the client reads it. What observe.c finds in the same frames goes
 * to the client's socket, which is the one that pppd's result goes to. Its options say how fast the path is.
 *
 * pppd has no other event loop than its own, and one connection: so what is kept is kept here.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "client/kernel/pppd/pppd-interface.h" /* before whatever brings <stdbool.h> */

#include "client/kernel/pppd/plugin-mark.h"
#include "client/kernel/pppd/plugin-method.h"
#include "client/kernel/pppd/plugin-unit.h"
#include "lib/macros.h"
#include "ppp/observe.h"
#include "ppp/repeat.h"

/* pppd's own names, which it looks for; the version has to be the one that it has. */
char pppd_version[] = PPPD_VERSION;
/* For the client, which looks into the file. */
static const char mark[] __attribute__((used)) = PLUGIN_MARK PPPD_VERSION;
void plugin_init(void);

static int pause_ms, patience_ms, lossy, mppe;
static struct ppp_repeat repeat;
static struct ppp_observe observe;
static uint8_t told[PPP_FINDINGS_MAX]; /* the findings that the client has */
static size_t told_len;
static int client_fd = -1;
static bool repeating; /* what is sent now was shown already */
static void (*next_received)(unsigned char *frame, int len);
static void (*next_sent)(unsigned char *frame, int len);

static option_t options[] = {
	{ "tsunagu-pause", o_int, &pause_ms, "Milliseconds before a message is repeated" },
	{ "tsunagu-patience", o_int, &patience_ms,
	  "Milliseconds to wait for what the peer has to say" },
	{ "tsunagu-lossy", o_int, &lossy,
	  "Whether the path is known to lose messages (1) or not (0)" },
	{ "tsunagu-mppe", o_int, &mppe, "MPPE that is demanded: 40 bits (1), 128 (2), any (3)" },
	{ NULL },
};

static char *const names[] = {
	[PPP_MISSING_LCP] = "Configure-Request of LCP",
	[PPP_MISSING_AUTH] = "request for authentication",
	[PPP_MISSING_IPCP] = "Configure-Request of IPCP",
};

static nsec_t now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (nsec_t)t.tv_sec * NSEC_PER_SEC + (nsec_t)t.tv_nsec;
}

/* By way of /proc, because the path of the folder may be longer than a socket's address. */
static int connect_to(int fd, const char *path)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');

	if (!slash || (size_t)(slash - path) >= sizeof(dir))
		return -1;
	memcpy(dir, path, (size_t)(slash - path));
	dir[slash - path] = '\0';
	int dir_fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return -1;
	int n = snprintf(sa.sun_path, sizeof(sa.sun_path), "/proc/self/fd/%d%s", dir_fd, slash);
	int r = n > 0 && (size_t)n < sizeof(sa.sun_path)
			? connect(fd, (struct sockaddr *)&sa, sizeof(sa))
			: -1;
	(void)close(dir_fd);
	return r;
}

/* The client's socket, once. Without one the client has pppd's words. */
static int client(void)
{
	const char *path = ppp_ipparam();

	if (client_fd >= 0 || !path)
		return client_fd;
	client_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (client_fd >= 0 && connect_to(client_fd, path) < 0) {
		(void)close(client_fd);
		client_fd = -1;
	}
	return client_fd;
}

/*
 * What is new, all of it, after whatever may have changed it. When the client has no room for it just now, it is told with
 * the next frame, or at the end.
 */
static void tell(void)
{
	uint8_t data[PPP_FINDINGS_MAX];

	observe.found.checking = ppp_repeat_checking(&repeat);
	size_t len = ppp_findings_write(&observe.found, data);
	if (len == told_len && memcmp(data, told, len) == 0)
		return;
	if (client() < 0 || send(client_fd, data, len, MSG_NOSIGNAL) < 0)
		return;
	memcpy(told, data, len);
	told_len = len;
}

static void on_time(void *userdata);

static void arm(void)
{
	nsec_t deadline = ppp_repeat_deadline(&repeat), t = now();

	ppp_untimeout(on_time, NULL);
	if (deadline == NSEC_NEVER)
		return;
	nsec_t left = deadline > t ? deadline - t : 0;
	ppp_timeout(on_time, NULL, (int)(left / NSEC_PER_SEC),
		    (int)(left % NSEC_PER_SEC / NSEC_PER_USEC) + 1);
}

/* pppd's way with a frame that was read: the protocol's own function gets what follows the protocol field. */
static void hand_in(const uint8_t *early, size_t len)
{
	uint8_t frame[PPP_REPEAT_FRAME_MAX];
	int protocol = early[2] << 8 | early[3];

	memcpy(frame, early, len);
	for (size_t i = 0; protocols[i]; i++)
		if (protocols[i]->protocol == protocol && protocols[i]->enabled_flag)
			protocols[i]->input(0, frame + 4, (int)len - 4);
}

static void hand_in_all(void)
{
	const uint8_t *early;
	size_t len = 0;

	while ((early = ppp_repeat_early(&repeat, &len)))
		hand_in(early, len);
}

static void on_time(void *userdata)
{
	uint8_t frame[PPP_REPEAT_FRAME_MAX];
	const uint8_t *due;
	size_t len = 0;
	nsec_t t = now();

	(void)userdata;
	while ((due = ppp_repeat_due(&repeat, t, &len))) {
		memcpy(frame, due, len); /* pppd's function takes what it may change */
		repeating = true;
		output(0, frame, (int)len);
		repeating = false;
	}
	hand_in_all();
	enum ppp_missing missing = ppp_repeat_missing(&repeat, t);
	if (missing != PPP_MISSING_NOTHING)
		notice("tsunagu: the gateway's %s is missing", names[missing]);
	arm();
	tell();
}

static void end_ppp(void *userdata)
{
	static char reason[] = "MPPE isn't as it is demanded";

	(void)userdata;
	lcp_close(0, reason);
}

/* pppd mustn't be ended from within what it shows. It may know already, and then this changes nothing. */
static void hold_to_mppe(void)
{
	static bool ending;

	if (observe.found.mppe_unmet && !ending)
		ppp_timeout(end_ppp, NULL, 0, 0);
	ending = observe.found.mppe_unmet;
}

/* Whether frames are to be shown to repeat.c, which the first one begins. */
static bool wanted(void)
{
	if (pause_ms <= 0 || patience_ms <= 0)
		return false;
	if (repeat.pause == 0)
		ppp_repeat_init(&repeat, (nsec_t)pause_ms * NSEC_PER_MSEC,
				(nsec_t)patience_ms * NSEC_PER_MSEC, lossy != 0);
	return true;
}

static void on_received(unsigned char *frame, int len)
{
	if (next_received)
		next_received(frame, len);
	if (len < 0)
		return;
	plugin_method_received(frame, (size_t)len);
	observe.mppe_demand = (unsigned int)mppe;
	ppp_observe_received(&observe, frame, (size_t)len);
	hold_to_mppe();
	if (wanted()) {
		ppp_repeat_received(&repeat, frame, (size_t)len, now());
		arm();
	}
	tell();
}

static void on_sent(unsigned char *frame, int len)
{
	if (next_sent)
		next_sent(frame, len);
	if (len < 0 || repeating)
		return;
	plugin_method_sent(frame, (size_t)len);
	observe.mppe_demand = (unsigned int)mppe;
	ppp_observe_sent(&observe, frame, (size_t)len);
	hold_to_mppe();
	if (wanted()) {
		ppp_repeat_sent(&repeat, frame, (size_t)len, now());
		arm();
	}
	tell();
}

static void on_up(void *userdata, int argument)
{
	(void)userdata;
	(void)argument;
	ppp_repeat_up(&repeat);
	arm();
}

/* The last chance. */
static void on_end(void *userdata, int argument)
{
	(void)userdata;
	(void)argument;
	tell();
}

void plugin_init(void)
{
	ppp_add_options(options);
	plugin_method_init();
	plugin_unit_init();
	next_received = snoop_recv_hook;
	next_sent = snoop_send_hook;
	snoop_recv_hook = on_received;
	snoop_send_hook = on_sent;
	ppp_add_notify(NF_IP_UP, on_up, NULL);
	ppp_add_notify(NF_EXIT, on_end, NULL);
}
