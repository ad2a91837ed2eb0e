/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The environment of a hook. A name that isn't in it hasn't got a value: scripts ask with ${NAME:-}.
 * The texts are the profile's, so that they could be anything root has written there; what can't be
 * shown is left out all the same.
 */
#include "client/run/hooks-environment.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/connection/request.h"
#include "client/profile/text.h"

static const char *const reasons[] = {
#define X(name, id) [HOOK_##name] = (id),
	HOOK_REASONS(X)
#undef X
};

const char *hook_reason_id(enum hook_reason reason)
{
	return reasons[reason];
}

/* What doesn't fit makes `n` too large, which is looked at in the end. */
static void add(struct hooks_environment *e, const char *format, ...) _printf_(2, 3);

static void add(struct hooks_environment *e, const char *format, ...)
{
	size_t left = sizeof(e->text) - e->len;
	va_list args;

	va_start(args, format);
	int n = vsnprintf(e->text + e->len, left, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= left || e->n >= HOOKS_VARIABLES_MAX) {
		e->n = HOOKS_VARIABLES_MAX + 1;
		return;
	}
	const char *text = e->text + e->len;
	if (!text_is_printable(text))
		return;
	e->variables[e->n++] = text;
	e->len += (size_t)n + 1;
}

static void add_address(struct hooks_environment *e, const char *name, const struct endpoint *a)
{
	char buf[ENDPOINT_STRLEN];

	if (a->family)
		add(e, "%s=%s", name, endpoint_addr_str(a, buf));
}

/* A list in one value. Nothing when it is empty or too long. */
struct list {
	char text[4096];
	size_t len;
};

static void list_add(struct list *list, char separator, const char *word)
{
	size_t len = strlen(word), left = sizeof(list->text) - list->len;

	if (len + 2 > left)
		return;
	if (list->len > 0)
		list->text[list->len++] = separator;
	memcpy(list->text + list->len, word, len + 1);
	list->len += len;
}

static void add_servers(struct hooks_environment *e, const char *name, int family,
			const struct connection_info *info)
{
	struct list list = { .len = 0 };
	char buf[ENDPOINT_STRLEN];

	for (size_t i = 0; i < info->n_dns; i++)
		if (info->dns[i].family == family)
			list_add(&list, ' ', endpoint_addr_str(&info->dns[i], buf));
	if (list.len > 0)
		add(e, "%s=%s", name, list.text);
}

/* "~" marks a domain that names are only sent by and not completed with; "~." is all of them. */
static void add_domains(struct hooks_environment *e, const struct sys_network *network)
{
	struct list search = { .len = 0 }, split = { .len = 0 };

	for (size_t i = 0; i < network->n_search; i++) {
		const char *domain = network->search[i];

		if (domain[0] != '~')
			list_add(&search, ' ', domain);
		if (strcmp(domain, "~.") != 0)
			list_add(&split, ',', domain[0] == '~' ? domain + 1 : domain);
	}
	if (search.len > 0)
		add(e, "CISCO_DEF_DOMAIN=%s", search.text);
	if (split.len > 0 && !network->default_route)
		add(e, "CISCO_SPLIT_DNS=%s", split.text);
}

static void netmask(uint8_t prefix_len, char ret[static ENDPOINT_STRLEN])
{
	struct endpoint mask = { .family = AF_INET };

	for (size_t bit = 0; bit < prefix_len && bit < 32; bit++)
		mask.addr[bit / 8] |= (uint8_t)(0x80U >> (bit % 8));
	(void)endpoint_addr_str(&mask, ret);
}

/* What goes into the tunnel beside everything. */
static void add_routes(struct hooks_environment *e, const struct sys_network *network, int family)
{
	const char *name = family == AF_INET ? "CISCO_SPLIT_INC" : "CISCO_IPV6_SPLIT_INC";
	char buf[ENDPOINT_STRLEN];
	unsigned int n = 0;

	for (size_t i = 0; i < network->n_routes; i++) {
		const struct sys_route *route = &network->routes[i];

		if (route->dest.family != family)
			continue;
		add(e, "%s_%u_ADDR=%s", name, n, endpoint_addr_str(&route->dest, buf));
		netmask(route->prefix_len, buf);
		if (family == AF_INET)
			add(e, "%s_%u_MASK=%s", name, n, buf);
		add(e, "%s_%u_MASKLEN=%u", name, n, route->prefix_len);
		n++;
	}
	if (n > 0)
		add(e, "%s=%u", name, n);
}

static void add_network(struct hooks_environment *e, const struct profile *profile,
			const struct connection_info *info)
{
	struct sys_network network;

	request_network(profile, info, &network);
	add_servers(e, "INTERNAL_IP4_DNS", AF_INET, info);
	add_servers(e, "INTERNAL_IP6_DNS", AF_INET6, info);
	add_domains(e, &network);
	if (network.default_route)
		return; /* vpnc-script takes routes of these names for a split tunnel */
	add_routes(e, &network, AF_INET);
	add_routes(e, &network, AF_INET6);
}

int hooks_environment_make(enum hook_reason reason, const struct profile *profile,
			   const struct connection_info *info, const struct endpoint *address6,
			   struct hooks_environment *ret)
{
	*ret = (struct hooks_environment){ .n = 0 };
	add(ret, "PATH=/usr/sbin:/usr/bin:/sbin:/bin");
	add(ret, "reason=%s", hook_reason_id(reason));
	add(ret, "TSUNAGU_NAME=%s", profile->name);
	add(ret, "VPNPID=%d", (int)getpid());
	add_address(ret, "VPNGATEWAY", &info->gateway);
	if (info->ifname[0])
		add(ret, "TUNDEV=%s", info->ifname);
	if (info->address_known) {
		add_address(ret, "INTERNAL_IP4_ADDRESS", &info->address);
		add(ret, "INTERNAL_IP4_NETMASK=255.255.255.255");
		add(ret, "INTERNAL_IP4_NETMASKLEN=32");
		add(ret, "INTERNAL_IP4_MTU=%u", info->mtu);
		add_address(ret, "INTERNAL_IP6_ADDRESS", address6);
		add_network(ret, profile, info);
	}
	return ret->n > HOOKS_VARIABLES_MAX ? -ENOBUFS : 0;
}
