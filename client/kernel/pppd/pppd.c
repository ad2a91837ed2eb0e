/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pppd is the slowest thing to start on the way to a connection, so it starts at its beginning: its
 * options come from a pipe as an options file, the sizes and the one that names the L2TP session last,
 * and until those are written pppd waits in read(), loaded and with its plugin. Nothing secret is ever in its
 * arguments, its environment or a file.
 *
 * /etc/ppp is empty for it where that can be had (a mount namespace): what a machine has there for its
 * modems, options that override and scripts that delay, changes nothing for us.
 *
 * It tells us its end by its process descriptor, its result by ppp-event (ppp-result.c), its reasons
 * by its log (pppd-log.c). If it never gets the last line, the end of the pipe ends it as well.
 */
#include "client/kernel/pppd/pppd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/certificate/user-certificate.h"
#include "client/kernel/pppd/ppp-result.h"
#include "client/kernel/pppd/pppd-info.h"
#include "client/kernel/pppd/pppd-log.h"
#include "client/kernel/pppd/pppd-options.h"
#include "client/kernel/pppd/pppd-process.h"
#include "client/kernel/pppd/pppd-verdict.h"
#include "client/process/process.h"

/* The places of the child's descriptors. */
enum {
	CHILD_SESSION_FD = 3,
	CHILD_OPTIONS_FD = 4,
	CHILD_CA_FD = 5, /* these three as paths below */
	CHILD_CERT_FD = 6,
	CHILD_KEY_FD = 7,
};

#define EVENT_PROGRAM  TSUNAGU_LIBEXEC_DIR "/ppp-event"
#define END_TIMEOUT_MS 1000

struct pppd {
	sd_event *event;
	struct undo *undo;
	struct pppd_process process; /* on the undo list */
	pppd_fn fn;
	void *userdata;
	pid_t pid;
	int pidfd;	/* -1: it has ended and was waited for */
	int options_fd; /* write end of the options; -1: it has everything */
	int hold_fd;	/* the read end as well, so that writing can't raise SIGPIPE */
	int log_fd, result_fd;
	struct user_certificate certificate; /* until pppd has it */
	sd_event_source *exit_source, *log_source, *result_source;
	struct pppd_log log;
	struct ppp_findings found; /* by our plugin */
	bool found_known;
	enum latin1_fit letters; /* of the password */
	struct pppd_features has;
	bool asked, up;
	bool repeats; /* by our plugin */
	bool missing; /* it has told of it */
};

static void close_fd(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

/* Older than what any distribution still maintains. A version that isn't known is not. */
static bool is_too_old(const struct pppd_info *info)
{
	return info->version[0] != 0 && pppd_version_number(info) < 20407;
}

/* What the profile demands and this pppd has not. */
static int check_features(const struct dp_ppp *ppp, const struct pppd_info *info, struct failure *f)
{
	if (ppp->tls.wanted && !info->has.eap_tls)
		return failure_set(f, CAUSE_PPPD_LACKING, ENOTSUP, "%s knows no EAP-TLS",
				   info->path);
	if (pppd_options_mppe(ppp) && !info->has.mppe)
		return failure_set(f, CAUSE_PPPD_LACKING, ENOTSUP, "%s knows no MPPE", info->path);
	return 0;
}

static int open_certificate(struct pppd *p, const struct dp_ppp *ppp, struct failure *f)
{
	return ppp->tls.wanted
		       ? user_certificate_open(&ppp->tls, &ppp->password, &p->certificate, f)
		       : 0;
}

static void emit_log(struct pppd *p)
{
	struct dp_ppp_event e = { .state = DP_PPP_LOG };

	memcpy(e.text, p->log.line, sizeof(e.text));
	p->fn(p->userdata, &e);
	p->missing |= pppd_log_missing(p->log.line);
	if (!pppd_log_ipv6(&p->log))
		return;
	e.state = DP_PPP_ADDRESS6;
	e.local = p->log.local6;
	e.peer = p->log.peer6;
	p->fn(p->userdata, &e);
}

static void drain_log(struct pppd *p)
{
	char buf[1024];

	for (;;) {
		ssize_t n = read(p->log_fd, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			(void)sd_event_source_set_enabled(p->log_source, SD_EVENT_OFF);
		if (n <= 0)
			return;
		for (ssize_t i = 0; i < n; i++)
			if (pppd_log_put(&p->log, buf[i]))
				emit_log(p);
	}
}

static int on_log(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct pppd *p = userdata;

	(void)source;
	(void)fd;
	(void)revents;
	drain_log(p);
	if (p->missing) {
		const struct dp_ppp_event e = { .state = DP_PPP_MISSING };

		p->missing = false;
		p->fn(p->userdata, &e); /* may free P */
	}
	return 0;
}

/* What the kernel says of the interface; 0: nothing. */
static void look_at_interface(struct dp_ppp_event *e)
{
	struct ifreq ifr = {};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	memcpy(ifr.ifr_name, e->ifname, strnlen(e->ifname, sizeof(ifr.ifr_name) - 1));
	if (ioctl(fd, SIOCGIFMTU, &ifr) == 0 && ifr.ifr_mtu >= 0 && ifr.ifr_mtu <= UINT16_MAX)
		e->mtu = (uint16_t)ifr.ifr_mtu;
	if (ioctl(fd, SIOCGIFINDEX, &ifr) == 0 && ifr.ifr_ifindex > 0)
		e->ifindex = (uint32_t)ifr.ifr_ifindex;
	(void)close(fd);
}

/* Takes the next datagram. Return: 0; an errno when there is none, or it isn't from root or not what ours write. */
static int take_result(struct pppd *p, struct dp_ppp_event *ret)
{
	int r = ppp_result_read(p->result_fd, ret);

	if (r < 0)
		return r;
	if (ret->state == DP_PPP_FOUND) {
		p->found = ret->found;
		p->found_known = true;
		return 0;
	}
	look_at_interface(ret);
	p->up = true;
	pppd_log_up(&p->log);
	return 0;
}

static int on_result(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct pppd *p = userdata;
	struct dp_ppp_event e;

	(void)source;
	(void)fd;
	(void)revents;
	if (p->pidfd >= 0 && take_result(p, &e) == 0)
		p->fn(p->userdata, &e);
	return 0;
}

/* What was found up to the end. */
static void drain_results(struct pppd *p)
{
	struct dp_ppp_event e;
	int r;

	do
		r = take_result(p, &e);
	while (r == 0 || r == -EBADMSG || r == -EPERM);
}

static struct pppd_evidence evidence(const struct pppd *p)
{
	return (struct pppd_evidence){
		.found = p->found_known ? &p->found : NULL,
		.log = &p->log,
		.up = p->up,
		.letters = p->letters,
	};
}

/* Takes the exit status of the ended process. */
static void reap(struct pppd *p, siginfo_t *ret)
{
	*ret = (siginfo_t){};
	while (waitid(P_PID, (id_t)p->pid, ret, WEXITED) < 0 && errno == EINTR)
		continue;
	(void)sd_event_source_disable_unref(steal_ptr(p->exit_source));
	close_fd(&p->pidfd);
	undo_done(p->undo, &(struct undo_entry){ &pppd_process_kind, &p->process });
	if (ret->si_code != CLD_EXITED)
		pppd_remove_pid_file(p->pid);
}

static int on_exit_event(sd_event_source *source, int fd, uint32_t revents, void *userdata)
{
	struct pppd *p = userdata;
	struct dp_ppp_event e = { .state = DP_PPP_DOWN };
	siginfo_t info;

	(void)source;
	(void)fd;
	(void)revents;
	reap(p, &info);
	/* Its last words were written before its end. */
	drain_log(p);
	drain_results(p);
	const struct pppd_evidence known = evidence(p);
	e.found = p->found;
	pppd_verdict(&known, info.si_code, info.si_status, p->asked, &e.failure);
	p->fn(p->userdata, &e); /* may free P */
	return 0;
}

/* Writes what pppd is to know at once. The pipe holds all of it, nobody waits. */
static int write_options(struct pppd *p, const struct pppd_request *request, struct failure *f)
{
	uint8_t text[PPPD_OPTIONS_MAX];
	char socket_path[PATH_MAX];
	struct builder b = builder_init(text, sizeof(text));
	struct pppd_options options = {
		.ppp = request->ppp,
		.event_program = EVENT_PROGRAM,
		.event_socket = socket_path,
		.has = p->has,
		.repeats = p->repeats,
		.keeps = request->unit >= 0,
		.unit = request->unit,
		.ca = "/proc/self/fd/5",
		.cert = "/proc/self/fd/6",
		.key = "/proc/self/fd/7",
	};

	int n = snprintf(socket_path, sizeof(socket_path), "%s/ppp", undo_dir(p->undo));
	if (n < 0 || (size_t)n >= sizeof(socket_path))
		return failure_set(f, CAUSE_RUN_DIR, ENAMETOOLONG, "%s", undo_dir(p->undo));
	int r = pppd_options_write(&options, &b);
	if (r == 0 && write(p->options_fd, text, builder_len(&b)) != (ssize_t)builder_len(&b))
		r = -EIO;
	explicit_bzero(text, sizeof(text));
	if (r == -EINVAL)
		return failure_set(f, CAUSE_PROFILE_INVALID, r,
				   "pppd takes no such user name or password");
	if (r < 0)
		return failure_set(f, CAUSE_PPPD_FAILED, r, "options: %s", strerror(-r));
	return 0;
}

static int open_channels(struct pppd *p, int *ret_log_write, struct failure *f)
{
	int options[2], log[2];

	if (pipe2(options, O_CLOEXEC) < 0)
		return failure_set(f, CAUSE_PPPD_FAILED, errno, "pipe");
	p->hold_fd = options[0];
	p->options_fd = options[1];
	if (pipe2(log, O_CLOEXEC) < 0)
		return failure_set(f, CAUSE_PPPD_FAILED, errno, "pipe");
	p->log_fd = log[0];
	*ret_log_write = log[1];
	if (fcntl(p->log_fd, F_SETFL, O_NONBLOCK) < 0)
		return failure_set(f, CAUSE_PPPD_FAILED, errno, "pipe");
	p->result_fd = ppp_result_open(undo_dir(p->undo));
	if (p->result_fd < 0)
		return failure_set(f, CAUSE_RUN_DIR, p->result_fd, "%s/ppp: %s", undo_dir(p->undo),
				   strerror(-p->result_fd));
	return 0;
}

static int spawn(struct pppd *p, const char *path, int session_fd, int log_write, struct failure *f)
{
	const char *argv[] = { "pppd", "file", "/proc/self/fd/4", "logfd", "2", NULL };
	int fds[] = {
		-1,
		log_write,
		log_write,
		[CHILD_SESSION_FD] = session_fd,
		[CHILD_OPTIONS_FD] = p->hold_fd,
		[CHILD_CA_FD] = p->certificate.ca_fd,
		[CHILD_CERT_FD] = p->certificate.cert_fd,
		[CHILD_KEY_FD] = p->certificate.key_fd,
	};

	struct process_request request = {
		.path = path,
		.argv = argv,
		.fds = fds,
		.n_fds = p->certificate.cert_fd >= 0 ? ARRAY_SIZE(fds) : CHILD_CA_FD,
		/* Options and scripts for modems are not for us, nor is the file it writes there. */
		.empty_dir = "/etc/ppp",
	};

	int r = process_spawn(&request, &p->pid);
	if (r < 0)
		return failure_set(f, CAUSE_PPPD_FAILED, r, "starting %s: %s", path, strerror(-r));
	p->process = (struct pppd_process){ .pid = p->pid };
	r = process_open(p->pid, &p->pidfd);
	if (r < 0) {
		(void)kill(p->pid, SIGKILL);
		(void)waitpid(p->pid, NULL, 0);
		return failure_set(f, CAUSE_PPPD_FAILED, r, "pidfd: %s", strerror(-r));
	}
	r = process_start_time(p->pid, &p->process.start);
	if (r == 0)
		r = undo_add(p->undo, &(struct undo_entry){ &pppd_process_kind, &p->process });
	if (r < 0)
		return failure_set(f, CAUSE_RUN_DIR, r, "%s", strerror(-r));
	return 0;
}

static int watch(struct pppd *p, struct failure *f)
{
	int r = sd_event_add_io(p->event, &p->exit_source, p->pidfd, EPOLLIN, on_exit_event, p);
	if (r >= 0)
		r = sd_event_add_io(p->event, &p->log_source, p->log_fd, EPOLLIN, on_log, p);
	if (r >= 0)
		r = sd_event_add_io(p->event, &p->result_source, p->result_fd, EPOLLIN, on_result,
				    p);
	/* The result first: an interface that comes and goes at once is told in this order. */
	if (r >= 0)
		r = sd_event_source_set_priority(p->result_source, SD_EVENT_PRIORITY_IMPORTANT);
	return r < 0 ? failure_set(f, CAUSE_INTERNAL, r, "event loop") : 0;
}

static int begin(struct pppd *p, const struct pppd_request *request, struct failure *f)
{
	const struct dp_ppp *ppp = request->ppp;
	struct pppd_info info;
	int log_write = -1;

	pppd_find(&info);
	if (!info.path)
		return failure_set(f, CAUSE_PPPD_MISSING, ENOENT,
				   "no pppd in /usr/sbin, package ppp");
	if (is_too_old(&info))
		return failure_set(f, CAUSE_PPPD_LACKING, ENOTSUP,
				   "pppd %u.%u.%u is older than 2.4.7", info.version[0],
				   info.version[1], info.version[2]);
	if (!info.pppol2tp && info.dir[0])
		return failure_set(f, CAUSE_PPPD_MISSING, ENOENT,
				   "%s has no plugin pppol2tp.so in %s", info.path, info.dir);
	if (!info.pppol2tp)
		return failure_set(f, CAUSE_PPPD_MISSING, ENOENT, "%s has no plugin pppol2tp.so",
				   info.path);
	if (access(EVENT_PROGRAM, X_OK) < 0)
		return failure_set(f, CAUSE_PPPD_FAILED, errno, "%s: %s", EVENT_PROGRAM,
				   strerror(errno));
	p->repeats = info.own == PPPD_PLUGIN_OURS;
	p->has = info.has;
	p->letters = latin1_fit(ppp->password.data, ppp->password.len);
	int r = check_features(ppp, &info, f);
	if (r == 0)
		r = open_certificate(p, ppp, f);
	if (r == 0)
		r = open_channels(p, &log_write, f);
	if (r == 0)
		r = write_options(p, request, f);
	if (r == 0)
		r = spawn(p, info.path, request->session_fd, log_write, f);
	close_fd(&log_write);
	user_certificate_close(&p->certificate);
	return r < 0 ? r : watch(p, f);
}

bool pppd_takes_units(void)
{
	struct pppd_info info;

	pppd_find(&info);
	return info.own == PPPD_PLUGIN_OURS && info.own_units && info.has.units;
}

int pppd_new(sd_event *event, struct undo *undo, const struct pppd_request *request, pppd_fn fn,
	     void *userdata, struct pppd **ret, struct failure *ret_failure)
{
	struct pppd *p = calloc(1, sizeof(*p));

	if (!p)
		return failure_set(ret_failure, CAUSE_MEMORY, ENOMEM, "pppd");
	*p = (struct pppd){
		.event = event,
		.undo = undo,
		.fn = fn,
		.userdata = userdata,
		.pidfd = -1,
		.options_fd = -1,
		.hold_fd = -1,
		.log_fd = -1,
		.result_fd = -1,
		.certificate = USER_CERTIFICATE_NONE,
	};
	int r = begin(p, request, ret_failure);
	if (r < 0) {
		pppd_free(p);
		return r;
	}
	*ret = p;
	return 0;
}

int pppd_start(struct pppd *p, const struct dp_link *link, struct failure *ret_failure)
{
	uint8_t text[PPPD_OPTIONS_LAST_MAX];
	struct builder b = builder_init(text, sizeof(text));
	struct dp_link possible = *link;

	if (p->options_fd < 0)
		return 0;
	/* pppd would try to give an address that this kernel doesn't know. */
	possible.ipv6 = link->ipv6 && access("/proc/net/if_inet6", F_OK) == 0;
	int r = pppd_options_write_last(&possible, p->repeats, &p->has, CHILD_SESSION_FD, &b);
	if (r == 0 && write(p->options_fd, text, builder_len(&b)) != (ssize_t)builder_len(&b))
		r = -EIO;
	close_fd(&p->options_fd); /* the end of the file */
	close_fd(&p->hold_fd);
	return r < 0 ? failure_set(ret_failure, CAUSE_PPPD_FAILED, r, "options") : 0;
}

bool pppd_repeats(const struct pppd *p)
{
	return p->repeats;
}

int pppd_stop(struct pppd *p)
{
	if (p->pidfd < 0)
		return -ENOTCONN;
	p->asked = true;
	return process_signal(p->pidfd, SIGTERM);
}

void pppd_kill(struct pppd *p)
{
	if (p->pidfd >= 0)
		(void)process_signal(p->pidfd, SIGKILL);
}

bool pppd_is_stuck(const struct pppd *p)
{
	return p->pidfd >= 0 && process_is_stopped(p->pid);
}

void pppd_get_reason(const struct pppd *p, bool ended, struct failure *ret)
{
	const struct pppd_evidence known = evidence(p);

	pppd_reason(&known, ended, ret);
}

struct pppd *pppd_free(struct pppd *p)
{
	siginfo_t info;

	if (!p)
		return NULL;
	if (p->pidfd >= 0) {
		(void)process_signal(p->pidfd, p->options_fd >= 0 ? SIGKILL : SIGTERM);
		if (process_wait(p->pidfd, END_TIMEOUT_MS) < 0)
			(void)process_signal(p->pidfd, SIGKILL);
		reap(p, &info);
	}
	(void)sd_event_source_disable_unref(p->exit_source);
	(void)sd_event_source_disable_unref(p->log_source);
	(void)sd_event_source_disable_unref(p->result_source);
	close_fd(&p->options_fd);
	close_fd(&p->hold_fd);
	close_fd(&p->log_fd);
	close_fd(&p->result_fd);
	free(p);
	return NULL;
}
