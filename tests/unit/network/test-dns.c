/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What systemd-resolved is told, word for word: a bus of our own (dbus-daemon) with a service of that
 * name which writes down what it is asked. The interface is the loopback one, which is always there.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <systemd/sd-event.h>
#include <unistd.h>

#include "client/network/dns-backend.h"
#include "client/network/dns.h"
#include "client/run/run-kinds.h"

static char dir[64];
static pid_t bus_pid = -1, service_pid = -1;
static int transcript = -1; /* what the service was asked, a line for each call */
static unsigned int undone;
static sd_event *event;
static struct dns *dns;
static struct failure ready; /* what the listener was told */
static unsigned int n_ready;

static int note(const struct undo_entry *e)
{
	assert_ptr_equal(e->kind, &dns_kind);
	undone++;
	return 0;
}

static int on_dns(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	int *out = userdata, ifindex, family;
	const void *addr;
	size_t len;

	(void)error;
	(void)sd_bus_message_read(m, "i", &ifindex);
	(void)dprintf(*out, "SetLinkDNS %d", ifindex);
	(void)sd_bus_message_enter_container(m, 'a', "(iay)");
	while (sd_bus_message_enter_container(m, 'r', "iay") > 0) {
		(void)sd_bus_message_read(m, "i", &family);
		(void)sd_bus_message_read_array(m, 'y', &addr, &len);
		(void)dprintf(*out, " %d/%zu/%u", family, len, ((const uint8_t *)addr)[len - 1]);
		(void)sd_bus_message_exit_container(m);
	}
	(void)dprintf(*out, "\n");
	return sd_bus_reply_method_return(m, NULL);
}

static int on_domains(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	int *out = userdata, ifindex, route_only;
	const char *domain;

	(void)sd_bus_message_read(m, "i", &ifindex);
	(void)dprintf(*out, "SetLinkDomains %d", ifindex);
	(void)sd_bus_message_enter_container(m, 'a', "(sb)");
	while (sd_bus_message_read(m, "(sb)", &domain, &route_only) > 0) {
		(void)dprintf(*out, " %s%s", route_only ? "~" : "", domain);
		if (strcmp(domain, "refused.test") == 0) {
			(void)dprintf(*out, "\n");
			return sd_bus_error_set(error, SD_BUS_ERROR_ACCESS_DENIED, "not today");
		}
	}
	(void)dprintf(*out, "\n");
	return sd_bus_reply_method_return(m, NULL);
}

static int on_default(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	int *out = userdata, ifindex, enable;

	(void)error;
	(void)sd_bus_message_read(m, "ib", &ifindex, &enable);
	(void)dprintf(*out, "SetLinkDefaultRoute %d %s\n", ifindex, enable ? "yes" : "no");
	return sd_bus_reply_method_return(m, NULL);
}

static int on_revert(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
	int *out = userdata, ifindex;

	(void)error;
	(void)sd_bus_message_read(m, "i", &ifindex);
	(void)dprintf(*out, "RevertLink %d\n", ifindex);
	return sd_bus_reply_method_return(m, NULL);
}

static const sd_bus_vtable vtable[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("SetLinkDNS", "ia(iay)", "", on_dns, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("SetLinkDomains", "ia(sb)", "", on_domains, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("SetLinkDefaultRoute", "ib", "", on_default, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("RevertLink", "i", "", on_revert, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

/* The service; says "ready" in the transcript when its name is taken. */
static void serve(int out)
{
	sd_bus *bus = NULL;

	if (sd_bus_open_system(&bus) < 0 ||
	    sd_bus_add_object_vtable(bus, NULL, "/org/freedesktop/resolve1",
				     "org.freedesktop.resolve1.Manager", vtable, &out) < 0 ||
	    sd_bus_request_name(bus, "org.freedesktop.resolve1", 0) < 0)
		_exit(1);
	(void)dprintf(out, "ready\n");
	for (;;) {
		int r = sd_bus_process(bus, NULL);
		if (r == 0)
			r = sd_bus_wait(bus, UINT64_MAX);
		if (r < 0)
			_exit(0);
	}
}

static void read_line(char *ret, size_t size)
{
	size_t len = 0;
	struct pollfd p = { .fd = transcript, .events = POLLIN };

	while (len + 1 < size && poll(&p, 1, 10000) == 1 && read(transcript, ret + len, 1) == 1)
		if (ret[len++] == '\n')
			break;
	ret[len] = '\0';
}

static void assert_asked(const char *line)
{
	char text[256];

	read_line(text, sizeof(text));
	assert_string_equal(text, line);
}

static bool write_config(const char *path)
{
	FILE *f = fopen(path, "we");

	if (!f)
		return false;
	(void)fprintf(
		f,
		"<busconfig><type>session</type><listen>unix:path=%s/bus</listen>"
		"<auth>EXTERNAL</auth><policy context=\"default\"><allow send_destination=\"*\"/>"
		"<allow receive_sender=\"*\"/><allow own=\"*\"/></policy></busconfig>\n",
		dir);
	return fclose(f) == 0;
}

/* Starts the bus; it writes its address when it is ready. */
static int start_bus(void)
{
	char path[128], text[256];
	int fds[2];

	(void)snprintf(path, sizeof(path), "%s/config", dir);
	if (!write_config(path) || pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	bus_pid = fork();
	if (bus_pid == 0) {
		char option[160];
		(void)snprintf(option, sizeof(option), "--config-file=%s", path);
		(void)dup2(fds[1], 1);
		(void)execlp("dbus-daemon", "dbus-daemon", option, "--nofork", "--print-address",
			     (char *)NULL);
		_exit(127);
	}
	(void)close(fds[1]);
	ssize_t n = read(fds[0], text, sizeof(text) - 1);
	(void)close(fds[0]);
	if (n <= 0)
		return -1;
	(void)snprintf(text, sizeof(text), "unix:path=%s/bus", dir);
	return setenv("DBUS_SYSTEM_BUS_ADDRESS", text, 1);
}

static int start_service(void)
{
	char text[64];
	int fds[2];

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	service_pid = fork();
	if (service_pid == 0)
		serve(fds[1]);
	(void)close(fds[1]);
	transcript = fds[0];
	read_line(text, sizeof(text));
	return strcmp(text, "ready\n") == 0 ? 0 : -1;
}

static void end(pid_t *pid)
{
	if (*pid > 0) {
		(void)kill(*pid, SIGKILL);
		(void)waitpid(*pid, NULL, 0);
	}
	*pid = -1;
}

static void clean_up(void)
{
	char path[128];

	end(&service_pid);
	end(&bus_pid);
	(void)snprintf(path, sizeof(path), "%s/config", dir);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/bus", dir);
	(void)unlink(path);
	(void)rmdir(dir);
}

static struct sys_network network(bool default_route)
{
	struct sys_network n = { .ifname = "lo", .default_route = default_route };

	assert_int_equal(endpoint_parse("192.168.100.10", 0, &n.dns[0]), 0);
	assert_int_equal(endpoint_parse("2001:db8::35", 0, &n.dns[1]), 0);
	n.n_dns = 2;
	strcpy(n.search[0], "office.test");
	n.n_search = 1;
	return n;
}

static void on_ready(void *userdata, const struct failure *f)
{
	(void)userdata;
	ready = *f;
	n_ready++;
}

static struct undo *begin(void)
{
	struct undo *u = NULL;

	undone = n_ready = 0;
	assert_int_equal(undo_open_at(dir, "office", run_kinds, note, &u, NULL), 0);
	assert_int_equal(sd_event_new(&event), 0);
	assert_int_equal(dns_new(event, u, on_ready, NULL, &dns), 0);
	return u;
}

/* What is left on the undo list is counted in UNDONE. */
static void end_all(struct undo *u)
{
	dns = dns_free(dns);
	event = sd_event_unref(event);
	(void)undo_close(u);
}

/* The loop, until the listener has been told N times. */
static void run_until_ready(unsigned int n)
{
	for (int i = 0; i < 1000 && n_ready < n; i++)
		assert_true(sd_event_run(event, 100 * 1000) >= 0);
	assert_int_equal(n_ready, n);
}

/* And until nothing of it is under way any more: nobody else is on that loop. */
static void run_until_quiet(void)
{
	while (sd_event_run(event, 300 * 1000) > 0)
		;
}

static void test_everything(void **state)
{
	struct sys_network n = network(true);

	(void)state;
	assert_string_equal(dns_find_backend(), "systemd-resolved");
	struct undo *u = begin();
	assert_int_equal(dns_set(dns, &n, &ready), 1);
	assert_int_equal(n_ready, 0); /* from the loop alone */
	run_until_ready(1);
	assert_int_equal(ready.cause, CAUSE_NONE);
	assert_asked("SetLinkDNS 1 2/4/10 10/16/53\n");
	assert_asked("SetLinkDomains 1 office.test ~.\n");
	assert_asked("SetLinkDefaultRoute 1 yes\n");
	end_all(u);
	assert_int_equal(undone, 1);
}

static void test_split(void **state)
{
	struct sys_network n = network(false);

	(void)state;
	struct undo *u = begin();
	assert_int_equal(dns_set(dns, &n, &ready), 1);
	run_until_ready(1);
	assert_asked("SetLinkDNS 1 2/4/10 10/16/53\n");
	assert_asked("SetLinkDomains 1 office.test\n");
	assert_asked("SetLinkDefaultRoute 1 no\n");
	n.n_dns = 0; /* nothing to tell: nobody is asked */
	assert_int_equal(dns_set(dns, &n, &ready), 0);
	/* Without domains all names go there; and once more is no second entry. */
	n.n_dns = 1;
	n.n_search = 0;
	assert_int_equal(dns_set(dns, &n, &ready), 1);
	run_until_ready(2);
	assert_asked("SetLinkDNS 1 2/4/10\n");
	assert_asked("SetLinkDomains 1 ~.\n");
	assert_asked("SetLinkDefaultRoute 1 yes\n");
	end_all(u);
	assert_int_equal(undone, 1);
}

static void test_refused(void **state)
{
	struct sys_network n = network(false);

	(void)state;
	strcpy(n.search[0], "refused.test");
	struct undo *u = begin();
	assert_int_equal(dns_set(dns, &n, &ready), 1);
	run_until_ready(1);
	assert_int_equal(ready.cause, CAUSE_DNS_SETUP);
	assert_non_null(strstr(ready.detail, "not today"));
	assert_asked("SetLinkDNS 1 2/4/10 10/16/53\n");
	assert_asked("SetLinkDomains 1 refused.test\n");
	assert_asked("SetLinkDefaultRoute 1 no\n");
	end_all(u);
	assert_int_equal(undone, 1); /* half of it was done */
}

/* Held while it is being set, and set anew: one after the other, and the listener hears of the last. */
static void test_change_of_mind(void **state)
{
	struct sys_network n = network(true);

	(void)state;
	struct undo *u = begin();
	assert_int_equal(dns_set(dns, &n, &ready), 1);
	dns_revert(dns);
	n.n_dns = 1;
	assert_int_equal(dns_set(dns, &n, &ready), 1);
	run_until_ready(1);
	assert_asked("SetLinkDNS 1 2/4/10 10/16/53\n");
	assert_asked("SetLinkDomains 1 office.test ~.\n");
	assert_asked("SetLinkDefaultRoute 1 yes\n");
	assert_asked("RevertLink 1\n");
	assert_asked("SetLinkDNS 1 2/4/10\n");
	assert_asked("SetLinkDomains 1 office.test ~.\n");
	assert_asked("SetLinkDefaultRoute 1 yes\n");
	dns_revert(dns);
	run_until_quiet();
	assert_asked("RevertLink 1\n");
	assert_int_equal(n_ready, 1);
	end_all(u);
	assert_int_equal(undone, 0); /* the list knew of it already */
}

/* A service that hangs: the loop goes on, and the connection comes up without it. */
static void test_hanging(void **state)
{
	struct sys_network n = network(true);
	uint64_t before, after;

	(void)state;
	struct undo *u = begin();
	(void)kill(service_pid, SIGSTOP);
	assert_true(sd_event_now(event, CLOCK_BOOTTIME, &before) >= 0);
	assert_int_equal(dns_set(dns, &n, &ready), 1);
	run_until_ready(1);
	assert_true(sd_event_now(event, CLOCK_BOOTTIME, &after) >= 0);
	assert_true(after - before >= 2 * UINT64_C(1000000));
	assert_non_null(strstr(ready.detail, "no answer for 2 s"));
	assert_int_equal(ready.cause, CAUSE_DNS_SETUP);
	(void)kill(service_pid, SIGCONT);
	run_until_quiet();
	assert_int_equal(n_ready, 1);
	assert_asked("SetLinkDNS 1 2/4/10 10/16/53\n");
	assert_asked("SetLinkDomains 1 office.test ~.\n");
	assert_asked("SetLinkDefaultRoute 1 yes\n");
	end_all(u);
	assert_int_equal(undone, 1);
}

static void test_take_back(void **state)
{
	struct dns_record record = { .backend = DNS_BY_RESOLVED, .ifname = "lo", .ifindex = 1 };

	(void)state;
	assert_int_equal(dns_kind.take_back(&record), 0);
	assert_asked("RevertLink 1\n");
	record.ifindex = 4711; /* another interface of the same name: not ours */
	assert_int_equal(dns_kind.take_back(&record), 0);
	record.ifindex = 1;
	assert_int_equal(dns_kind.take_back(&record), 0);
	assert_asked("RevertLink 1\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_everything), cmocka_unit_test(test_split),
		cmocka_unit_test(test_refused),	   cmocka_unit_test(test_change_of_mind),
		cmocka_unit_test(test_hanging),	   cmocka_unit_test(test_take_back),
	};

	strcpy(dir, "/tmp/test-dns.XXXXXX");
	if (!mkdtemp(dir) || if_nametoindex("lo") != 1)
		return 77;
	if (start_bus() < 0 || start_service() < 0) {
		clean_up();
		(void)fprintf(stderr, "skipped: no dbus-daemon\n");
		return 77;
	}
	int r = cmocka_run_group_tests(tests, NULL, NULL);
	clean_up();
	return r;
}
