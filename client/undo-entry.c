/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text form of what is to be taken back: a word for the kind and its fields, separated by single
 * spaces. The reader is strict, because the record of a killed process is acted on by root: a line
 * that this file would not have written is refused as a whole.
 */
#include "client/undo-entry.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define FIELDS_MAX 12

/* The fields of a line; fields[0] is the word for the kind. */
struct fields {
	char text[UNDO_LINE_MAX];
	const char *field[FIELDS_MAX];
	size_t n;
	bool bad;
};

static bool split(const char *line, struct fields *ret)
{
	size_t len = strnlen(line, UNDO_LINE_MAX);

	if (len == 0 || len >= UNDO_LINE_MAX)
		return false;
	*ret = (struct fields){};
	memcpy(ret->text, line, len + 1);
	for (char *p = ret->text;;) {
		if (ret->n == FIELDS_MAX || *p == ' ' || *p == '\0')
			return false;
		ret->field[ret->n++] = p;
		p = strchr(p, ' ');
		if (!p)
			return true;
		*p++ = '\0';
	}
}

static uint64_t number(struct fields *f, size_t i, uint64_t max)
{
	const char *s = f->field[i];
	char *end = NULL;

	errno = 0;
	unsigned long long v = isdigit((unsigned char)*s) ? strtoull(s, &end, 10) : 0;
	if (!end || *end != '\0' || errno || v > max) {
		f->bad = true;
		return 0;
	}
	return v;
}

static uint32_t number32(struct fields *f, size_t i)
{
	return (uint32_t)number(f, i, UINT32_MAX);
}

static struct endpoint address(struct fields *f, size_t i, uint16_t port)
{
	struct endpoint e = {};

	if (endpoint_parse(f->field[i], port, &e) < 0)
		f->bad = true;
	return e;
}

static void word(struct fields *f, size_t i, char *ret, size_t size)
{
	size_t len = strlen(f->field[i]);

	/* Interfaces may have names beyond ASCII; control characters are in nothing that we write. */
	for (size_t k = 0; k < len; k++)
		if ((unsigned char)f->field[i][k] <= ' ' || f->field[i][k] == 0x7f)
			f->bad = true;
	if (len >= size) {
		f->bad = true;
		return;
	}
	memcpy(ret, f->field[i], len + 1);
}

static void ifname(struct fields *f, size_t i, char ret[static IF_NAMESIZE])
{
	word(f, i, ret, IF_NAMESIZE);
	if (strchr(ret, '/') || strcmp(ret, ".") == 0 || strcmp(ret, "..") == 0)
		f->bad = true;
}

/* An address, or "-" for any. */
static struct endpoint address_or_any(struct fields *f, size_t i)
{
	return strcmp(f->field[i], "-") == 0 ? (struct endpoint){} : address(f, i, 0);
}

/* One of two words. */
static bool choice(struct fields *f, size_t i, const char *yes, const char *no)
{
	bool is = strcmp(f->field[i], yes) == 0;

	if (!is && strcmp(f->field[i], no) != 0)
		f->bad = true;
	return is;
}

static void parse_sa(struct fields *f, struct undo_entry *e)
{
	e->u.sa = (struct undo_sa){
		.src = address(f, 1, 0),
		.dst = address(f, 2, 0),
		.spi = number32(f, 3),
		.reqid = number32(f, 4),
	};
}

static void parse_policy(struct fields *f, struct undo_entry *e)
{
	e->u.policy = (struct undo_policy){
		.out = choice(f, 1, "out", "in"),
		.src = address(f, 2, (uint16_t)number(f, 3, UINT16_MAX)),
		.dst = address(f, 4, (uint16_t)number(f, 5, UINT16_MAX)),
		.reqid = number32(f, 6),
	};
}

static void parse_route(struct fields *f, struct undo_entry *e)
{
	struct undo_route *route = &e->u.route;

	route->dest = address(f, 1, 0);
	route->prefix_len = (uint8_t)number(f, 2, 8 * endpoint_addr_len(&route->dest));
	route->table = number32(f, 3);
	route->metric = number32(f, 4);
	ifname(f, 5, route->ifname);
	route->ifindex = number32(f, 6);
}

static void parse_rule(struct fields *f, struct undo_entry *e)
{
	e->u.rule = (struct undo_rule){
		.family = choice(f, 1, "4", "6") ? AF_INET : AF_INET6,
		.priority = number32(f, 2),
		.table = number32(f, 3),
		.mark = number32(f, 4),
		.to = address(f, 5, 0),
		.ignored = (uint8_t)number(f, 7, UNDO_RULE_ALL),
		.sport = (uint16_t)number(f, 8, UINT16_MAX),
		.dport = (uint16_t)number(f, 9, UINT16_MAX),
	};
	e->u.rule.prefix_len = (uint8_t)number(f, 6, 8 * endpoint_addr_len(&e->u.rule.to));
	e->u.rule.from = address_or_any(f, 11);
	if (e->u.rule.to.family != e->u.rule.family ||
	    (e->u.rule.from.family && e->u.rule.from.family != e->u.rule.family))
		f->bad = true;
	if (strcmp(f->field[10], "-") != 0)
		ifname(f, 10, e->u.rule.oif);
}

static void parse_sysctl(struct fields *f, struct undo_entry *e)
{
	struct undo_sysctl *sysctl = &e->u.sysctl;

	word(f, 1, sysctl->path, sizeof(sysctl->path));
	word(f, 2, sysctl->old, sizeof(sysctl->old));
	word(f, 3, sysctl->ours, sizeof(sysctl->ours));
	if (strncmp(sysctl->path, "/proc/sys/net/", 14) != 0 || strstr(sysctl->path, "/.."))
		f->bad = true;
	(void)number(f, 2, INT_MAX);
	(void)number(f, 3, INT_MAX);
}

static const char *const dns_backends[] = {
	[UNDO_DNS_RESOLVED] = "resolved",
	[UNDO_DNS_RESOLVCONF] = "resolvconf",
	[UNDO_DNS_FILE] = "file",
};

static void parse_dns(struct fields *f, struct undo_entry *e)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(dns_backends) && strcmp(f->field[1], dns_backends[i]) != 0)
		i++;
	f->bad |= i == ARRAY_SIZE(dns_backends);
	e->u.dns.backend = (enum undo_dns_backend)i;
	ifname(f, 2, e->u.dns.ifname);
	e->u.dns.ifindex = number32(f, 3);
	e->u.dns.token = number32(f, 4);
}

static void parse_process(struct fields *f, struct undo_entry *e)
{
	e->u.process.pid = (pid_t)number(f, 1, INT_MAX);
	e->u.process.start = number(f, 2, UINT64_MAX);
	if (e->u.process.pid <= 1)
		f->bad = true;
}

static void parse_file(struct fields *f, struct undo_entry *e)
{
	word(f, 1, e->u.file.path, sizeof(e->u.file.path));
	if (strncmp(e->u.file.path, "/run/", 5) != 0 || strstr(e->u.file.path, "/.."))
		f->bad = true;
}

static void parse_barrier(struct fields *f, struct undo_entry *e)
{
	struct undo_barrier *barrier = &e->u.barrier;

	barrier->dest = address(f, 1, 0);
	barrier->prefix_len = (uint8_t)number(f, 2, 8 * endpoint_addr_len(&barrier->dest));
	barrier->table = number32(f, 3);
}

static void parse_guard(struct fields *f, struct undo_entry *e)
{
	e->u.guard = (struct undo_guard){
		.address = address(f, 1, 0),
		.who = (enum undo_guard_who)number(f, 2, UNDO_GUARD_COUNT - 1),
	};
}

static void parse_wall(struct fields *f, struct undo_entry *e)
{
	struct undo_wall *wall = &e->u.wall;

	wall->forwarded = choice(f, 1, "forwarded", "all");
	wall->ifindex = number32(f, 2);
	wall->from = address_or_any(f, 3);
	wall->to = address(f, 4, 0);
	wall->prefix_len = (uint8_t)number(f, 5, 8 * endpoint_addr_len(&wall->to));
	wall->protocol = (uint8_t)number(f, 6, UINT8_MAX);
	wall->sport = (uint16_t)number(f, 7, UINT16_MAX);
	wall->dport = (uint16_t)number(f, 8, UINT16_MAX);
	wall->what = (enum undo_wall_what)number(f, 9, UNDO_WALL_COUNT - 1);
	if (wall->from.family && wall->from.family != wall->to.family)
		f->bad = true;
}

static void parse_claim(struct fields *f, struct undo_entry *e)
{
	word(f, 1, e->u.claim.name, sizeof(e->u.claim.name));
	if (f->field[1][strspn(f->field[1], "abcdefghijklmnopqrstuvwxyz0123456789-")])
		f->bad = true;
}

static void parse_closed(struct fields *f, struct undo_entry *e)
{
	(void)f;
	(void)e;
}

static const struct kind {
	const char *word;
	size_t n_fields; /* with the word */
	void (*parse)(struct fields *f, struct undo_entry *e);
} kinds[] = {
	[UNDO_SA] = { "sa", 5, parse_sa },
	[UNDO_POLICY] = { "policy", 7, parse_policy },
	[UNDO_ROUTE] = { "route", 7, parse_route },
	[UNDO_RULE] = { "rule", 12, parse_rule },
	[UNDO_SYSCTL] = { "sysctl", 4, parse_sysctl },
	[UNDO_DNS] = { "dns", 5, parse_dns },
	[UNDO_PROCESS] = { "process", 3, parse_process },
	[UNDO_FILE] = { "file", 2, parse_file },
	[UNDO_BARRIER] = { "barrier", 4, parse_barrier },
	[UNDO_GUARD] = { "guard", 3, parse_guard },
	[UNDO_WALL] = { "wall", 10, parse_wall },
	[UNDO_CLAIM] = { "claim", 2, parse_claim },
	[UNDO_CLOSED] = { "closed", 1, parse_closed },
	[UNDO_GATE] = { "gate", 10, parse_wall },
};

int undo_entry_parse(const char *line, struct undo_entry *ret)
{
	struct fields f;

	if (!split(line, &f))
		return -EBADMSG;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		struct undo_entry e = { .kind = (enum undo_kind)i };
		if (strcmp(f.field[0], kinds[i].word) != 0)
			continue;
		if (f.n != kinds[i].n_fields)
			return -EBADMSG;
		kinds[i].parse(&f, &e);
		if (f.bad)
			return -EBADMSG;
		*ret = e;
		return 0;
	}
	return -EBADMSG;
}

static const char *address_or_dash(const struct endpoint *e, char buf[static ENDPOINT_STRLEN])
{
	return e->family ? endpoint_addr_str(e, buf) : "-";
}

static int format_rule(const char *kind, const struct undo_rule *rule, char *ret, size_t size)
{
	char a[ENDPOINT_STRLEN], b[ENDPOINT_STRLEN];

	return snprintf(ret, size, "%s %s %u %u %u %s %u %u %u %u %s %s", kind,
			rule->family == AF_INET ? "4" : "6", rule->priority, rule->table,
			rule->mark, endpoint_addr_str(&rule->to, a), rule->prefix_len,
			rule->ignored, rule->sport, rule->dport, rule->oif[0] ? rule->oif : "-",
			address_or_dash(&rule->from, b));
}

static int format_wall(const char *kind, const struct undo_wall *wall, char *ret, size_t size)
{
	char a[ENDPOINT_STRLEN], b[ENDPOINT_STRLEN];

	return snprintf(ret, size, "%s %s %u %s %s %u %u %u %u %u", kind,
			wall->forwarded ? "forwarded" : "all", wall->ifindex,
			address_or_dash(&wall->from, a), endpoint_addr_str(&wall->to, b),
			wall->prefix_len, wall->protocol, wall->sport, wall->dport,
			(unsigned int)wall->what);
}

static int format_kind(const struct undo_entry *e, char *ret, size_t size)
{
	const char *kind = kinds[e->kind].word;
	char a[ENDPOINT_STRLEN], b[ENDPOINT_STRLEN];

	switch (e->kind) {
	case UNDO_SA:
		return snprintf(ret, size, "%s %s %s %u %u", kind,
				endpoint_addr_str(&e->u.sa.src, a),
				endpoint_addr_str(&e->u.sa.dst, b), e->u.sa.spi, e->u.sa.reqid);
	case UNDO_POLICY:
		return snprintf(ret, size, "%s %s %s %u %s %u %u", kind,
				e->u.policy.out ? "out" : "in",
				endpoint_addr_str(&e->u.policy.src, a), e->u.policy.src.port,
				endpoint_addr_str(&e->u.policy.dst, b), e->u.policy.dst.port,
				e->u.policy.reqid);
	case UNDO_ROUTE:
		return snprintf(ret, size, "%s %s %u %u %u %s %u", kind,
				endpoint_addr_str(&e->u.route.dest, a), e->u.route.prefix_len,
				e->u.route.table, e->u.route.metric, e->u.route.ifname,
				e->u.route.ifindex);
	case UNDO_RULE:
		return format_rule(kind, &e->u.rule, ret, size);
	case UNDO_SYSCTL:
		return snprintf(ret, size, "%s %s %s %s", kind, e->u.sysctl.path, e->u.sysctl.old,
				e->u.sysctl.ours);
	case UNDO_DNS:
		return snprintf(ret, size, "%s %s %s %u %u", kind, dns_backends[e->u.dns.backend],
				e->u.dns.ifname, e->u.dns.ifindex, e->u.dns.token);
	case UNDO_PROCESS:
		return snprintf(ret, size, "%s %d %llu", kind, e->u.process.pid,
				(unsigned long long)e->u.process.start);
	case UNDO_FILE:
		return snprintf(ret, size, "%s %s", kind, e->u.file.path);
	case UNDO_BARRIER:
		return snprintf(ret, size, "%s %s %u %u", kind,
				endpoint_addr_str(&e->u.barrier.dest, a), e->u.barrier.prefix_len,
				e->u.barrier.table);
	case UNDO_GUARD:
		return snprintf(ret, size, "%s %s %u", kind,
				endpoint_addr_str(&e->u.guard.address, a),
				(unsigned int)e->u.guard.who);
	case UNDO_WALL:
	case UNDO_GATE:
		return format_wall(kind, &e->u.wall, ret, size);
	case UNDO_CLAIM:
		return snprintf(ret, size, "%s %s", kind, e->u.claim.name);
	case UNDO_CLOSED:
		return snprintf(ret, size, "%s", kind);
	}
	return -1;
}

int undo_entry_format(const struct undo_entry *e, char ret[static UNDO_LINE_MAX])
{
	char line[UNDO_LINE_MAX];
	struct undo_entry again;

	int len = format_kind(e, line, sizeof(line));
	if (len < 0 || (size_t)len >= sizeof(line))
		return -EINVAL;
	for (int i = 0; i < len; i++)
		if (iscntrl((unsigned char)line[i]))
			return -EINVAL;
	/* What couldn't be read back would be lost after a crash. */
	if (undo_entry_parse(line, &again) < 0)
		return -EINVAL;
	memcpy(ret, line, (size_t)len + 1);
	return len;
}

bool undo_entry_equal(const struct undo_entry *a, const struct undo_entry *b)
{
	char x[UNDO_LINE_MAX], y[UNDO_LINE_MAX];

	if (a->kind != b->kind)
		return false;
	return undo_entry_format(a, x) > 0 && undo_entry_format(b, y) > 0 && strcmp(x, y) == 0;
}
