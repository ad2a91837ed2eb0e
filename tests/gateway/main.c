/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The gateway emulator's process: settings, sockets, the loop, and what it is told while it runs.
 *
 *	gateway-emulator KEY=VALUE...	see README.md
 *	gateway-emulator list		the misbehaviours
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "client/kernel/udp.h"
#include "client/kernel/xfrm-message.h"
#include "gateway.h"

#define DATAGRAM_MAX 4096

struct options {
	struct gateway_config config;
	char psk_file[128], secret_file[128], control[128];
};

static nsec_t now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (nsec_t)ts.tv_sec * NSEC_PER_SEC + (nsec_t)ts.tv_nsec;
}

void note(const struct client *c, const char *format, ...)
{
	va_list args;

	printf("%8.3f ", (double)now() / NSEC_PER_SEC);
	if (c)
		printf("client %u ", c->number);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	printf("\n");
}

_Noreturn static void die(const char *what, const char *why)
{
	fprintf(stderr, "gateway-emulator: %s: %s\n", what, why);
	exit(EXIT_FAILURE);
}

/* Settings. */

static void set_text(char *ret, size_t size, const char *value)
{
	if (strlen(value) >= size)
		die("too long", value);
	(void)snprintf(ret, size, "%s", value);
}

static void set_esp(struct gateway_config *config, const char *value)
{
	static const struct {
		const char *name;
		struct ike_esp_proposal esp;
	} known[] = {
		{ "aes128-sha1", { IKE_ENCR_AES_CBC, 128, IKE_HASH_SHA1, IKE_GROUP_NONE } },
		{ "aes256-sha1", { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA1, IKE_GROUP_NONE } },
		{ "3des-sha1", { IKE_ENCR_3DES_CBC, 0, IKE_HASH_SHA1, IKE_GROUP_NONE } },
		{ "aes128-md5", { IKE_ENCR_AES_CBC, 128, IKE_HASH_MD5, IKE_GROUP_NONE } },
		{ "aes256-md5", { IKE_ENCR_AES_CBC, 256, IKE_HASH_MD5, IKE_GROUP_NONE } },
		{ "3des-md5", { IKE_ENCR_3DES_CBC, 0, IKE_HASH_MD5, IKE_GROUP_NONE } },
		{ "aes128-sha256", { IKE_ENCR_AES_CBC, 128, IKE_HASH_SHA256, IKE_GROUP_NONE } },
		{ "aes256-sha256", { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA256, IKE_GROUP_NONE } },
		{ "3des-sha256", { IKE_ENCR_3DES_CBC, 0, IKE_HASH_SHA256, IKE_GROUP_NONE } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (strcmp(known[i].name, value) == 0) {
			config->esp = known[i].esp;
			return;
		}
	die("no such ESP policy", value);
}

static void set_natt(struct gateway_config *config, const char *value)
{
	static const char *const names[] = {
		[RESPONDER_NATT_NONE] = "no", [RESPONDER_NATT_RFC] = "rfc",
		[RESPONDER_NATT_03] = "03",   [RESPONDER_NATT_02_NEWLINE] = "02n",
		[RESPONDER_NATT_02] = "02",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], value) == 0) {
			config->natt = (enum responder_natt)i;
			return;
		}
	die("no such NAT traversal", value);
}

static void set_asks(struct gateway_config *config, const char *value)
{
	static const char *const names[] = {
		[RESPONDER_ASKS_NOTHING] = "nothing",
		[RESPONDER_ASKS_XAUTH] = "xauth",
		[RESPONDER_SETS_ADDRESS] = "address",
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (strcmp(names[i], value) == 0) {
			config->asks = (enum responder_asking)i;
			return;
		}
	die("no such question", value);
}

static unsigned int number(const char *value)
{
	char *end;
	unsigned long n = strtoul(value, &end, 10);

	if (*value == '\0' || *end != '\0' || n > 1000000)
		die("no number", value);
	return (unsigned int)n;
}

/* The LNS's ways, with commas between. */
static void set_lns(struct gateway_config *c, const char *value)
{
	const struct {
		const char *name;
		bool *target;
	} known[] = {
		{ "hides", &c->hides },
		{ "chatty", &c->chatty },
		{ "sequencing", &c->sequencing },
		{ "no-bearer", &c->no_bearer },
		{ "ends-with-call", &c->ends_with_call },
		{ "drops-challenge", &c->drops_challenge },
	};

	while (*value) {
		size_t len = strcspn(value, ","), i = 0;

		while (i < ARRAY_SIZE(known) &&
		       (strlen(known[i].name) != len || strncmp(known[i].name, value, len) != 0))
			i++;
		if (i == ARRAY_SIZE(known))
			die("no such way of an LNS", value);
		*known[i].target = true;
		value += len + (value[len] == ',');
	}
}

static void set_option(struct options *o, const char *key, const char *value)
{
	struct gateway_config *c = &o->config;

	if (strcmp(key, "address") == 0) {
		if (endpoint_parse(value, 500, &c->local) < 0)
			die("no address", value);
	} else if (strcmp(key, "inside") == 0) {
		if (endpoint_parse(value, 0, &c->inside) < 0)
			die("no address", value);
	} else if (strcmp(key, "psk-file") == 0) {
		set_text(o->psk_file, sizeof(o->psk_file), value);
	} else if (strcmp(key, "secret-file") == 0) {
		set_text(o->secret_file, sizeof(o->secret_file), value);
	} else if (strcmp(key, "control") == 0) {
		set_text(o->control, sizeof(o->control), value);
	} else if (strcmp(key, "pool") == 0) {
		set_text(c->pool, sizeof(c->pool), value);
	} else if (strcmp(key, "ppp-options") == 0) {
		set_text(c->ppp_options, sizeof(c->ppp_options), value);
	} else if (strcmp(key, "esp") == 0) {
		set_esp(c, value);
	} else if (strcmp(key, "hello") == 0) {
		c->hello_s = number(value);
	} else if (strcmp(key, "idle") == 0) {
		c->idle_s = number(value);
	} else if (strcmp(key, "cut") == 0) {
		c->cut_s = number(value);
	} else if (strcmp(key, "natt") == 0) {
		set_natt(c, value);
	} else if (strcmp(key, "dpd") == 0) {
		c->dpd = number(value) != 0;
	} else if (strcmp(key, "method") == 0) {
		c->method = number(value);
	} else if (strcmp(key, "asks") == 0) {
		set_asks(c, value);
	} else if (strcmp(key, "lns") == 0) {
		set_lns(c, value);
	} else if (strcmp(key, "redirect") == 0) {
		set_text(c->redirect, sizeof(c->redirect), value);
	} else if (strcmp(key, "challenges") == 0) {
		c->challenges = number(value) != 0;
	} else {
		die("no such setting", key);
	}
}

/* A file's first line. */
static void read_secret(const char *path, char *ret, size_t size)
{
	FILE *f = fopen(path, "re");

	if (!f || !fgets(ret, (int)size, f))
		die(path, strerror(errno));
	ret[strcspn(ret, "\n")] = '\0';
	(void)fclose(f);
}

static void read_options(struct options *o, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		char *value = strchr(argv[i], '=');
		if (!value)
			die("no KEY=VALUE", argv[i]);
		*value++ = '\0';
		set_option(o, argv[i], value);
	}
	if (o->config.local.family == 0 || !o->psk_file[0] || !o->control[0] || !o->config.pool[0])
		die("settings", "address, psk-file, pool and control are needed");
	if (o->config.inside.family == 0)
		o->config.inside = o->config.local;
	read_secret(o->psk_file, o->config.psk, sizeof(o->config.psk));
	if (o->secret_file[0])
		read_secret(o->secret_file, o->config.l2tp_secret, sizeof(o->config.l2tp_secret));
}

/* Sockets. */

static int open_port(const struct gateway *g, uint16_t port, bool natt)
{
	struct udp_request request = {
		.local = g->config.local,
		.bypass = true,
		.esp_in_udp = natt,
	};
	struct failure failure = { 0 };
	uint16_t got;
	int fd;

	request.local.port = port;
	if (udp_open(&request, &fd, &got, &failure) < 0)
		die("socket", failure.detail);
	if (got != port)
		die("socket", "the port is taken");
	return fd;
}

void gateway_send(struct gateway *g, const struct responder_datagram *d)
{
	if (!g->silent &&
	    udp_send(d->natt ? g->natt_fd : g->ike_fd, &d->remote, d->data, d->len) < 0)
		note(NULL, "can't send");
}

static void receive_ike(struct gateway *g, int fd, bool natt)
{
	struct endpoint from;
	uint8_t data[DATAGRAM_MAX];
	size_t len;

	for (;;) {
		int r = udp_receive(fd, &from, data, sizeof(data), &len);
		if (r == -EAGAIN)
			return;
		if (r == 0)
			clients_input(g, &from, natt, data, len);
		else if (r != -EMSGSIZE && udp_read_error(fd, &from) <= 0)
			return;
	}
}

static int open_control(const char *path)
{
	(void)unlink(path);
	if (mkfifo(path, 0600) < 0)
		die(path, strerror(errno));
	/* For writing as well, so that it doesn't end with each writer. */
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		die(path, strerror(errno));
	return fd;
}

/* Commands. */

static void forget_all(struct gateway *g)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (g->clients[i])
			clients_forget(g, g->clients[i]);
}

static void command_delete(struct gateway *g, struct client *c, const char *what)
{
	struct responder_child *child = responder_child(&c->responder);

	if (strcmp(what, "child") == 0 && child)
		(void)responder_delete_child(&c->responder, child, g->now);
	else if (strcmp(what, "sa") == 0)
		(void)responder_delete_sa(&c->responder, g->now);
}

/* Those that are about one client, the newest. RESULT and ERROR are L2TP's. */
static bool client_command(struct gateway *g, struct client *c, const char *verb, const char *rest)
{
	unsigned int result = 1, error = 0;
	int at = 0;
	const char *words = NULL;

	if (sscanf(rest, "%u %u %n", &result, &error, &at) >= 2 && rest[at])
		words = rest + at;
	if (strcmp(verb, "delete") == 0)
		command_delete(g, c, rest);
	else if (strcmp(verb, "stopccn") == 0)
		lns_stop(&c->lns, (uint16_t)result, (uint16_t)error, words, g->now);
	else if (strcmp(verb, "cdn") == 0)
		lns_clear_call(&c->lns, (uint16_t)result, (uint16_t)error, words, g->now);
	else if (strcmp(verb, "rekey") == 0 && strcmp(rest, "child") == 0)
		(void)responder_start_quick(&c->responder, g->now);
	else if (strcmp(verb, "rekey") == 0)
		(void)responder_start_main(&c->responder, g->now);
	else if (strcmp(verb, "life") == 0)
		c->responder.config.phase2_life_kb = result;
	else if (strcmp(verb, "probe") == 0)
		(void)responder_probe(&c->responder, result, g->now);
	else
		return false;
	plane_sync(g, c);
	return true;
}

static void command(struct gateway *g, const char *line)
{
	char verb[32] = "", rest[128] = "";
	struct client *c = clients_newest(g);

	(void)sscanf(line, "%31s %127[^\n]", verb, rest);
	bool known = true;
	if (strcmp(verb, "silent") == 0)
		g->silent = true;
	else if (strcmp(verb, "speak") == 0)
		g->silent = false;
	else if (strcmp(verb, "meet") == 0)
		g->meets = strcmp(rest, "no") != 0;
	else if (strcmp(verb, "forget") == 0)
		forget_all(g);
	else if (strcmp(verb, "misbehave") == 0)
		known = (g->next = misbehave_find(rest)) != NULL;
	else if (strcmp(verb, "misbehave-by-life") == 0)
		known = sscanf(rest, "%u", &g->misbehave_life) == 1;
	else
		known = c && client_command(g, c, verb, rest);
	note(NULL, "%s: %s", known ? "told" : "can't", line);
}

static void read_commands(struct gateway *g, int fd)
{
	char text[512];
	char *save;
	ssize_t n = read(fd, text, sizeof(text) - 1);

	if (n <= 0)
		return;
	text[n] = '\0';
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		command(g, line);
	clients_drain(g);
}

/* The loop. */

static volatile sig_atomic_t asked_to_end;

static void on_signal(int signal)
{
	(void)signal;
	asked_to_end = 1;
}

/* In good order: everybody is told, and the kernel has nothing of ours left. */
static void end(struct gateway *g)
{
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (g->clients[i] && g->clients[i]->lns.state != LNS_IDLE &&
		    g->clients[i]->lns.state != LNS_CLOSED)
			lns_stop(&g->clients[i]->lns, 6, 0, NULL, g->now);
	clients_drain(g);
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		if (g->clients[i])
			(void)responder_delete_sa(&g->clients[i]->responder, g->now);
	clients_drain(g);
	forget_all(g);
}

enum {
	POLL_IKE,
	POLL_NATT,
	POLL_CONTROL,
	POLL_CLIENTS,
};

static int timeout_ms(const struct gateway *g)
{
	nsec_t deadline = clients_deadline(g), t = now();

	if (deadline == NSEC_NEVER)
		return -1;
	return deadline <= t ? 0 : (int)nsec_min((deadline - t) / NSEC_PER_MSEC + 1, 60000);
}

static void on_ppp_end(struct gateway *g, struct client *c)
{
	note(c, "pppd ended");
	plane_stop_ppp(c);
	if (c->lns.state == LNS_UP)
		lns_stop(&c->lns, 1, 0, NULL, g->now);
	clients_drain(g);
}

static void turn(struct gateway *g, int control)
{
	struct pollfd fds[POLL_CLIENTS + 2 * CLIENTS_MAX] = {
		[POLL_IKE] = { g->ike_fd, POLLIN, 0 },
		[POLL_NATT] = { g->natt_fd, POLLIN, 0 },
		[POLL_CONTROL] = { control, POLLIN, 0 },
	};

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *c = g->clients[i];
		fds[POLL_CLIENTS + 2 * i] = (struct pollfd){ c ? c->udp_fd : -1, POLLIN, 0 };
		fds[POLL_CLIENTS + 2 * i + 1] = (struct pollfd){ c ? c->pppd_fd : -1, POLLIN, 0 };
	}
	if (poll(fds, ARRAY_SIZE(fds), timeout_ms(g)) < 0) {
		if (errno != EINTR)
			die("poll", strerror(errno));
		return;
	}

	g->now = now();
	if (fds[POLL_IKE].revents)
		receive_ike(g, g->ike_fd, false);
	if (fds[POLL_NATT].revents)
		receive_ike(g, g->natt_fd, true);
	if (fds[POLL_CONTROL].revents)
		read_commands(g, control);
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		/* Whoever came meanwhile has other descriptors: reading these is harmless. */
		if (g->clients[i] && fds[POLL_CLIENTS + 2 * i].revents)
			clients_l2tp(g, g->clients[i]);
		if (g->clients[i] && fds[POLL_CLIENTS + 2 * i + 1].revents &&
		    fds[POLL_CLIENTS + 2 * i + 1].fd == g->clients[i]->pppd_fd)
			on_ppp_end(g, g->clients[i]);
	}
	clients_timeout(g);
}

int main(int argc, char **argv)
{
	struct options o = {
		.config = {
			.esp = { IKE_ENCR_AES_CBC, 128, IKE_HASH_SHA1, IKE_GROUP_NONE },
			.natt = RESPONDER_NATT_RFC,
			.dpd = true,
			.method = 1,
			.hello_s = 10,
			.idle_s = 60,
			.cut_s = 30,
			.ppp_options = "/etc/ppp/options.lns",
		},
	};
	static struct gateway g;
	struct failure failure = { 0 };

	if (argc == 2 && strcmp(argv[1], "list") == 0) {
		misbehave_list();
		return EXIT_SUCCESS;
	}
	(void)setvbuf(stdout, NULL, _IOLBF, 0);
	read_options(&o, argc, argv);
	g.config = o.config;
	g.now = now();
	if (xfrm_open(&g.xfrm, &failure) < 0)
		die("XFRM", failure.detail);
	g.ike_fd = open_port(&g, 500, false);
	g.natt_fd = open_port(&g, 4500, true);
	int control = open_control(o.control);
	note(NULL, "ready");
	(void)signal(SIGTERM, on_signal);
	(void)signal(SIGPIPE, SIG_IGN);
	while (!asked_to_end)
		turn(&g, control);
	end(&g);
	return EXIT_SUCCESS;
}
