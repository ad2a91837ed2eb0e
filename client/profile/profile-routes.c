/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A profile's routes, in NetworkManager's notation and in that of NetworkManager-l2tp's exports. What can't
 * be read is an error: traffic would go where the user doesn't think it goes.
 */
#include "client/profile/profile-routes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "client/failure/i18n.h"
#include "client/profile/keyfile.h"
#include "client/profile/text.h"

/* Clears the bits behind the prefix, which NetworkManager does too: 192.168.1.5/24 is a network. */
static void mask(struct sys_route *route)
{
	for (unsigned int bit = route->prefix_len; bit < 8 * endpoint_addr_len(&route->dest); bit++)
		route->dest.addr[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
}

static bool is_unspecified(const struct endpoint *e)
{
	for (size_t i = 0; i < endpoint_addr_len(e); i++)
		if (e->addr[i])
			return false;
	return true;
}

/* A route in words, and the family it has to be of. */
struct route_words {
	char *dest, *hop, *metric;
	int family;
};

/* "10.0.0.0/8,10.1.1.1,5" */
static int split_route(char *text, struct route_words *ret)
{
	char *parts[3] = { 0 };
	size_t n;

	if (keyfile_split(text, ',', parts, ARRAY_SIZE(parts), &n) < 0 || n == 0)
		return -EINVAL;
	ret->dest = parts[0];
	ret->hop = parts[1];
	ret->metric = parts[2];
	return 0;
}

/* "10.0.0.0/8 via 10.1.1.1 metric 5", as NetworkManager-l2tp exports it */
static int split_exported(char *text, struct route_words *ret)
{
	char *words[5];
	size_t n;

	if (keyfile_split(text, ' ', words, ARRAY_SIZE(words), &n) < 0 || n % 2 == 0)
		return -EINVAL;
	ret->dest = words[0];
	for (size_t i = 1; i < n; i += 2) {
		if (strcmp(words[i], "via") == 0)
			ret->hop = words[i + 1];
		else if (strcmp(words[i], "metric") == 0)
			ret->metric = words[i + 1];
		else
			return -EINVAL;
	}
	return 0;
}

static int parse_route(const struct route_words *words, struct sys_route *ret,
		       struct endpoint *ret_hop)
{
	char *slash = strchr(words->dest, '/');
	uint32_t prefix;

	*ret = (struct sys_route){ 0 };
	*ret_hop = (struct endpoint){ .family = words->family };
	if (!slash ||
	    text_parse_uint(slash + 1, 0, words->family == AF_INET6 ? 128 : 32, &prefix) < 0)
		return -EINVAL;
	*slash = '\0';
	if (endpoint_parse(words->dest, 0, &ret->dest) < 0 ||
	    (words->hop && endpoint_parse(words->hop, 0, ret_hop) < 0) ||
	    ret->dest.family != words->family || ret_hop->family != words->family)
		return -EINVAL;
	if (words->metric && text_parse_uint(words->metric, 0, UINT32_MAX, &ret->metric) < 0)
		return -EINVAL;
	ret->prefix_len = (uint8_t)prefix;
	mask(ret);
	return 0;
}

static int add_route(struct profile *p, struct profile_value *v, char *text, int family)
{
	struct route_words words = { .family = family };
	struct sys_route route;
	struct endpoint hop;

	if (p->n_routes == SYS_ROUTES_MAX) {
		(void)snprintf(v->error, sizeof(v->error), _("is one route too many; %d fit"),
			       SYS_ROUTES_MAX);
		return -EINVAL;
	}
	int r = strstr(text, " via ") || strstr(text, " metric ") ? split_exported(text, &words)
								  : split_route(text, &words);
	if (r < 0 || parse_route(&words, &route, &hop) < 0)
		return profile_value_invalid(v);
	if (!is_unspecified(&hop))
		profile_warn(p, v->line,
			     "the next hop is without effect: a tunnel has one end only");
	p->routes[p->n_routes++] = route;
	return 0;
}

int profile_set_route(struct profile *p, struct profile_value *v)
{
	return add_route(p, v, v->text, AF_INET);
}

int profile_set_route6(struct profile *p, struct profile_value *v)
{
	return add_route(p, v, v->text, AF_INET6);
}

int profile_set_routes(struct profile *p, struct profile_value *v)
{
	char *items[SYS_ROUTES_MAX + 1];
	size_t n;
	int r = 0;

	if (keyfile_split(v->text, ';', items, ARRAY_SIZE(items), &n) < 0)
		n = ARRAY_SIZE(items); /* one more than fits, which add_route() says */
	for (size_t i = 0; i < n && r == 0; i++)
		r = add_route(p, v, items[i], AF_INET);
	return r;
}
