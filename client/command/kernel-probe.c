/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tries each part of the system that a connection needs by using it: a socket opened and closed, an
 * SA on the loopback address made and removed (it would also expire by itself). The kernel loads its
 * modules on such a request, so what fails here would fail in earnest. Remedies name the module and
 * the package of the distribution at hand.
 */
#include "client/command/kernel-probe.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "client/failure/i18n.h"
#include "client/kernel/module-ban.h"
#include "client/kernel/pppd/pppd-info.h"
#include "client/kernel/pppol2tp.h"
#include "client/kernel/udp.h"
#include "client/kernel/xfrm-message.h"
#include "client/kernel/xfrm.h"
#include "client/network/dns.h"

enum distribution {
	OTHER,
	DEBIAN,
	UBUNTU,
	FEDORA, /* and RHEL with its relatives */
	ARCH,
	SUSE,
};

struct machine {
	enum distribution distribution;
	bool container;
	struct utsname name;
};

static const struct {
	const char *word;
	enum distribution distribution;
} distributions[] = {
	{ "ubuntu", UBUNTU }, { "debian", DEBIAN }, { "fedora", FEDORA }, { "rhel", FEDORA },
	{ "centos", FEDORA }, { "arch", ARCH },	    { "suse", SUSE },
};

/* ID comes before ID_LIKE in every os-release(5) there is, but the more special word wins anyway. */
static enum distribution find_distribution(void)
{
	char line[256];
	enum distribution found = OTHER;
	FILE *f = fopen("/etc/os-release", "re");

	if (!f)
		return OTHER;
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, "ID=", 3) != 0 && strncmp(line, "ID_LIKE=", 8) != 0)
			continue;
		for (size_t i = 0; i < ARRAY_SIZE(distributions) && found == OTHER; i++)
			if (strstr(line, distributions[i].word))
				found = distributions[i].distribution;
	}
	(void)fclose(f);
	return found;
}

static struct machine look_at_machine(void)
{
	struct machine m = { .distribution = find_distribution() };

	(void)uname(&m.name);
	m.container = access("/run/systemd/container", F_OK) == 0 ||
		      access("/run/.containerenv", F_OK) == 0 || access("/.dockerenv", F_OK) == 0;
	return m;
}

static void _printf_(3, 4) say(struct probe *p, enum probe_verdict verdict, const char *format, ...)
{
	va_list ap;

	p->verdict = verdict;
	va_start(ap, format);
	(void)vsnprintf(p->detail, sizeof(p->detail), _(format), ap);
	va_end(ap);
	i18n_trim(p->detail);
}

/* How a kernel module comes to this machine. */
static void remedy_module(const struct machine *m, struct probe *p, const char *modules)
{
	char *ret = p->remedy;
	size_t size = sizeof(p->remedy);

	if (m->container) {
		(void)snprintf(ret, size, _("This is a container: load %s on its host."), modules);
		return;
	}
	switch (m->distribution) {
	case UBUNTU:
		(void)snprintf(ret, size,
			       _("modprobe -a %s; if there is no such module: "
				 "apt install linux-modules-extra-%.64s"),
			       modules, m->name.release);
		return;
	case FEDORA:
		(void)snprintf(
			ret, size,
			_("dnf install kernel-modules-extra-%.64s; its modules are blacklisted: "
			  "remove those lines from /etc/modprobe.d/*-blacklist.conf, then "
			  "modprobe -a %s"),
			m->name.release, modules);
		return;
	case DEBIAN:
		(void)snprintf(
			ret, size,
			_("modprobe -a %s; the kernels of linux-image-amd64 have them, the cloud "
			  "kernels don't"),
			modules);
		return;
	case ARCH:
		(void)snprintf(ret, size,
			       _("modprobe -a %s; after an upgrade of the kernel reboot first"),
			       modules);
		return;
	case SUSE:
		(void)snprintf(ret, size, _("modprobe -a %s; zypper install kernel-default"),
			       modules);
		return;
	case OTHER:
		break;
	}
	(void)snprintf(ret, size, _("modprobe -a %s, with a kernel that was built with them"),
		       modules);
}

static void remedy_package(const struct machine *m, struct probe *p, const char *package)
{
	static const char *const commands[] = {
		[OTHER] = N_("install the package"),
		[DEBIAN] = "apt install",
		[UBUNTU] = "apt install",
		[FEDORA] = "dnf install",
		[ARCH] = "pacman -S",
		[SUSE] = "zypper install",
	};

	(void)snprintf(p->remedy, sizeof(p->remedy), "%s %s", _(commands[m->distribution]),
		       package);
}

/* The verdict of a step that may have failed for want of privilege. */
static void conclude(const struct machine *m, struct probe *p, const struct failure *f,
		     const char *modules)
{
	if (f->cause == CAUSE_PRIVILEGE || f->error == EPERM || f->error == EACCES) {
		say(p, PROBE_UNTESTED, "not tested: needs root");
		return;
	}
	say(p, PROBE_MISSING, "%.300s", f->detail);
	char ban[MODULE_BAN_MAX];
	if (module_ban_find("", modules, ban))
		(void)snprintf(p->remedy, sizeof(p->remedy), _("Remove %s; then modprobe -a %s"),
			       ban, modules);
	else
		remedy_module(m, p, modules);
}

static void probe_privilege(const struct machine *m, struct probe *p)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {};

	(void)m;
	if (syscall(SYS_capget, &header, data) == 0 && data[0].effective & (1U << CAP_NET_ADMIN)) {
		say(p, PROBE_OK, "CAP_NET_ADMIN");
		return;
	}
	say(p, PROBE_MISSING, "no CAP_NET_ADMIN");
	(void)snprintf(p->remedy, sizeof(p->remedy), _("Run it as root, for example with sudo."));
}

static void probe_xfrm(const struct machine *m, struct probe *p)
{
	struct netlink nl = NETLINK_CLOSED;
	struct failure f = {};

	if (xfrm_open(&nl, &f) == 0)
		say(p, PROBE_OK, "netlink XFRM");
	else
		conclude(m, p, &f, "xfrm_user");
	netlink_close(&nl);
}

static void probe_esp(const struct machine *m, struct probe *p)
{
	struct netlink nl = NETLINK_CLOSED;
	struct failure f = {};
	struct secret encr = { .len = 32 }, auth = { .len = 20 };
	struct xfrm_sa sa = {
		.out = true,
		.src = { .family = AF_INET, .addr = { 127, 0, 0, 1 }, .port = 4500 },
		.udp_encap = true,
		.algorithms = { .encr = IKE_ENCR_AES_CBC, .key_bits = 256, .auth = IKE_HASH_SHA1 },
		.encr_key = &encr,
		.auth_key = &auth,
	};

	sa.dst = sa.sel_src = sa.sel_dst = sa.src;
	int r = getrandom(&sa.spi, sizeof(sa.spi), 0) < 0 ||
				getrandom(encr.data, encr.len, 0) < 0 ||
				getrandom(auth.data, auth.len, 0) < 0
			? failure_set(&f, CAUSE_INTERNAL, errno, "no random numbers")
			: 0;
	sa.spi |= 0x80000000;
	sa.reqid = sa.spi & 0x7fffffff;
	if (r == 0)
		r = xfrm_open(&nl, &f);
	if (r == 0)
		r = xfrm_add_sa(&nl, &sa, &f);
	if (r == 0) {
		(void)xfrm_del_sa(&nl, &(struct xfrm_sa_id){ sa.src, sa.dst, sa.spi, sa.reqid });
		say(p, PROBE_OK, "AES-CBC with HMAC-SHA-1, in UDP");
	} else {
		conclude(m, p, &f, "esp4 authenc cbc");
	}
	netlink_close(&nl);
}

static void probe_udp(const struct machine *m, struct probe *p)
{
	struct failure f = {};
	uint16_t port;
	int fd;
	struct udp_request request = {
		.local = { .family = AF_INET, .addr = { 127, 0, 0, 1 } },
		.mark = 1,
		.bypass = true,
		.esp_in_udp = true,
	};

	if (udp_open(&request, &fd, &port, &f) < 0) {
		conclude(m, p, &f, "xfrm_user esp4");
		return;
	}
	(void)close(fd);
	say(p, PROBE_OK, "encapsulation and exemption of sockets");
}

static void probe_ppp(const struct machine *m, struct probe *p)
{
	struct failure f = {};
	int fd = open("/dev/ppp", O_RDWR | O_CLOEXEC);

	if (fd >= 0) {
		(void)close(fd);
		say(p, PROBE_OK, "/dev/ppp");
		return;
	}
	(void)failure_set(&f, CAUSE_KERNEL_PPP, errno, "/dev/ppp: %s", strerror(errno));
	conclude(m, p, &f, "ppp_generic");
}

static void probe_l2tp(const struct machine *m, struct probe *p)
{
	struct failure f = {};
	int fd;

	if (pppol2tp_open(&fd, &f) < 0) {
		conclude(m, p, &f, "pppox l2tp_core l2tp_netlink l2tp_ppp");
		return;
	}
	(void)close(fd);
	say(p, PROBE_OK, "PPPoL2TP sockets");
}

/* What it costs that this pppd lacks something. */
static void add_cost(struct probe *p, bool has, const char *cost)
{
	size_t len = strlen(p->detail);

	if (has)
		return;
	(void)snprintf(p->detail + len, sizeof(p->detail) - len, "; %s", cost);
	i18n_trim(p->detail);
	p->verdict = PROBE_LACKING;
}

static void add_costs(struct probe *p, const struct pppd_info *info)
{
	add_cost(p, info->own != PPPD_PLUGIN_NONE,
		 _("without tsunagu.so what gets lost of PPP costs seconds, and why a login fails "
		   "is "
		   "taken from pppd's words"));
	add_cost(p, info->own != PPPD_PLUGIN_OTHER,
		 _("its tsunagu.so is for another version and isn't used: what gets lost of PPP "
		   "costs "
		   "seconds, and why a login fails is taken from pppd's words"));
	add_cost(p, info->has.mschap, _("without MS-CHAP most gateways can't be used"));
	add_cost(p, info->has.eap_tls, _("without EAP-TLS there is no login by a certificate"));
	add_cost(p, info->has.mppe, _("without MPPE no profile that demands it connects"));
	add_cost(p, info->has.ipv6, _("without IPv6CP there is no IPv6 in the tunnel"));
}

static void probe_pppd(const struct machine *m, struct probe *p)
{
	struct pppd_info info;

	pppd_find(&info);
	if (!info.path) {
		say(p, PROBE_MISSING, "no pppd");
	} else if (!info.pppol2tp) {
		say(p, PROBE_MISSING, "%s, without its plugin pppol2tp.so", info.path);
	} else {
		say(p, PROBE_OK,
		    info.own == PPPD_PLUGIN_OURS
			    ? "%s, version %u.%u.%u, with pppol2tp.so and tsunagu.so"
			    : N_("%s, version %u.%u.%u, with pppol2tp.so"),
		    info.path, info.version[0], info.version[1], info.version[2]);
		add_costs(p, &info);
	}
	if (p->verdict == PROBE_MISSING)
		remedy_package(m, p, "ppp");
	else if (info.own != PPPD_PLUGIN_OURS)
		(void)snprintf(
			p->remedy, sizeof(p->remedy), "%s",
			_("Install the package of Tsunagu's plugin for this pppd, or build "
			  "Tsunagu anew with the headers of this pppd (ppp-dev, ppp-devel)."));
}

static void probe_dns(const struct machine *m, struct probe *p)
{
	const char *backend = dns_find_backend();

	if (backend) {
		say(p, PROBE_OK, "%s", backend);
		return;
	}
	say(p, PROBE_LACKING, "the gateway's name servers will not be used");
	remedy_package(m, p,
		       m->distribution == FEDORA
			       ? _("systemd-resolved, and start it")
			       : _("systemd-resolved (and start it) or openresolv"));
}

static const struct {
	const char *id, *what;
	void (*probe)(const struct machine *m, struct probe *p);
} probes[] = {
	{ "privilege", N_("privilege"), probe_privilege },
	{ "xfrm", N_("kernel IPsec"), probe_xfrm },
	{ "esp", N_("kernel ESP"), probe_esp },
	{ "udp-encap", N_("ESP in UDP"), probe_udp },
	{ "ppp", N_("kernel PPP"), probe_ppp },
	{ "l2tp", N_("kernel L2TP"), probe_l2tp },
	{ "pppd", "pppd", probe_pppd },
	{ "dns", N_("name servers"), probe_dns },
};

static_assert(ARRAY_SIZE(probes) <= KERNEL_PROBES_MAX, "room for all");

size_t kernel_probe(struct probe ret[static KERNEL_PROBES_MAX])
{
	struct machine m = look_at_machine();

	for (size_t i = 0; i < ARRAY_SIZE(probes); i++) {
		ret[i] = (struct probe){ .id = probes[i].id, .what = probes[i].what };
		probes[i].probe(&m, &ret[i]);
	}
	return ARRAY_SIZE(probes);
}
