/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recording tables: they do what they are told, and remember it. */
#include "tests/unit/connection/recording.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void append(char *list, size_t size, const char *word)
{
	size_t used = strlen(list);

	(void)snprintf(list + used, size - used, " %s", word);
}

unsigned int recording_count(const char *list, const char *word)
{
	unsigned int n = 0;
	size_t len = strlen(word);

	for (const char *p = list; (p = strstr(p, word)); p += len)
		if ((p == list || p[-1] == ' ') && (p[len] == ' ' || p[len] == '\0'))
			n++;
	return n;
}

/* Notes the call. Return: 0; -EIO when it is the one that is to fail. */
static int call(struct recording *r, const char *word, struct failure *f)
{
	append(r->log, sizeof(r->log), word);
	if (++r->calls != r->fail_at && (!r->fail || strcmp(r->fail, word) != 0))
		return 0;
	return failure_set(f, r->fail_cause, EIO, "as the test wants it");
}

static struct recording *of_system(struct system *sys)
{
	return (struct recording *)((char *)sys - offsetof(struct recording, system));
}

static struct recording *of_dataplane(struct dataplane *dp)
{
	return (struct recording *)((char *)dp - offsetof(struct recording, dataplane));
}

static int sys_resolve(struct system *sys, const char *name, uint32_t beside, struct failure *f)
{
	(void)name;
	return call(of_system(sys), beside ? "resolve-beside" : "resolve", f);
}

static int sys_find_path(struct system *sys, const struct sys_ike_sockets *request,
			 struct sys_ike_local *ret, struct failure *f)
{
	const struct recording *r = of_system(sys);

	(void)request;
	if (!r->uplink)
		return failure_set(f, CAUSE_NO_ROUTE, ENETUNREACH, "no way");
	*ret = (struct sys_ike_local){ .path_mtu = 1500 };
	(void)snprintf(ret->uplink, sizeof(ret->uplink), "%s", r->uplink);
	return endpoint_parse(r->address, 0, &ret->local);
}

static int sys_open_ike(struct system *sys, const struct sys_ike_sockets *request,
			struct sys_ike_local *ret, struct failure *f)
{
	int r = call(of_system(sys), "open-ike", f);

	if (r < 0)
		return r;
	r = sys_find_path(sys, request, ret, f);
	if (r < 0)
		return r;
	if (request->remote.family == AF_INET6)
		(void)endpoint_parse("2001:db8:10::11", 0, &ret->local);
	ret->local.port = 500;
	ret->natt_port = 4500;
	return 0;
}

static int sys_send_ike(struct system *sys, bool natt, const struct endpoint *to,
			const uint8_t *data, size_t len)
{
	struct recording *r = of_system(sys);

	if (call(r, "send-ike", NULL) < 0)
		return -ENETUNREACH;
	if (r->n_sent < RECORDING_DATAGRAMS_MAX) {
		r->sent[r->n_sent].call = r->calls;
		r->sent[r->n_sent].natt = natt;
		r->sent[r->n_sent].to = *to;
		r->sent[r->n_sent].len = len;
		memcpy(r->sent[r->n_sent].data, data, len);
		r->n_sent++;
	}
	return 0;
}

static void sys_close_ike(struct system *sys)
{
	(void)call(of_system(sys), "close-ike", NULL);
}

static int sys_apply_network(struct system *sys, const struct sys_network *network,
			     struct failure *f)
{
	of_system(sys)->network = *network;
	int r = call(of_system(sys), "apply-network", f);
	return r < 0 ? r : of_system(sys)->names_follow;
}

static void sys_hold_network(struct system *sys)
{
	(void)call(of_system(sys), "hold-network", NULL);
}

static int sys_guard_network(struct system *sys, const struct sys_network *network,
			     struct failure *f)
{
	of_system(sys)->network = *network;
	return call(of_system(sys), "guard-network", f);
}

static bool sys_undo_network(struct system *sys, bool open)
{
	of_system(sys)->opened = open;
	(void)call(of_system(sys), "undo-network", NULL);
	return !open && of_system(sys)->network.kill_switch;
}

static int sys_random(struct system *sys, void *ret, size_t len)
{
	memset(ret, of_system(sys)->random, len);
	return 0;
}

static struct system *sys_free(struct system *sys)
{
	(void)sys;
	return NULL;
}

static const struct system_ops system_ops = {
	.resolve = sys_resolve,
	.open_ike = sys_open_ike,
	.find_path = sys_find_path,
	.send_ike = sys_send_ike,
	.close_ike = sys_close_ike,
	.guard_network = sys_guard_network,
	.apply_network = sys_apply_network,
	.hold_network = sys_hold_network,
	.undo_network = sys_undo_network,
	.random = sys_random,
	.free = sys_free,
};

static int dp_open(struct dataplane *dp, const struct dp_config *config, uint16_t *ret_port,
		   struct failure *f)
{
	struct recording *r = of_dataplane(dp);

	r->dataplane_config = *config;
	r->kernel_tunnel = 0;
	*ret_port = config->local.port && !r->port_taken ? config->local.port : 40000;
	return call(of_dataplane(dp), "open", f);
}

static int dp_prepare_ppp(struct dataplane *dp, const struct dp_ppp *ppp, struct failure *f)
{
	(void)ppp;
	return call(of_dataplane(dp), "prepare-ppp", f);
}

static int dp_install_child(struct dataplane *dp, const struct ike_child *child, struct failure *f)
{
	of_dataplane(dp)->child = *child;
	return call(of_dataplane(dp), "install-child", f);
}

static int dp_use_child(struct dataplane *dp, uint32_t spi_in, struct failure *f)
{
	of_dataplane(dp)->used_spi_in = spi_in;
	return call(of_dataplane(dp), "use-child", f);
}

static int dp_remove_child(struct dataplane *dp, uint32_t spi_in)
{
	(void)spi_in;
	return call(of_dataplane(dp), "remove-child", NULL);
}

static int dp_send_l2tp(struct dataplane *dp, const uint8_t *data, size_t len)
{
	struct recording *r = of_dataplane(dp);
	int result = call(r, "send-l2tp", NULL);

	if (r->n_l2tp < RECORDING_DATAGRAMS_MAX) {
		r->l2tp[r->n_l2tp].call = r->calls;
		r->l2tp[r->n_l2tp].by = r->dataplane_config;
		r->l2tp[r->n_l2tp].len = len;
		memcpy(r->l2tp[r->n_l2tp].data, data, len);
		r->n_l2tp++;
	}
	return result;
}

static int dp_open_session(struct dataplane *dp, const struct dp_session *session,
			   struct failure *f)
{
	struct recording *r = of_dataplane(dp);

	/* The kernel has one tunnel for each socket. */
	if (r->kernel_tunnel != 0 && r->kernel_tunnel != session->local_tunnel_id)
		return failure_set(f, CAUSE_KERNEL_L2TP, ENOENT, "another tunnel's socket");
	r->kernel_tunnel = session->local_tunnel_id;
	r->session = *session;
	return call(of_dataplane(dp), "open-session", f);
}

static int dp_start_ppp(struct dataplane *dp, const struct dp_link *link, struct failure *f)
{
	of_dataplane(dp)->link = *link;
	return call(of_dataplane(dp), "start-ppp", f);
}

static int dp_stop_ppp(struct dataplane *dp)
{
	return call(of_dataplane(dp), "stop-ppp", NULL);
}

static void dp_get_ppp_reason(struct dataplane *dp, bool ended, struct failure *ret)
{
	(void)ended;
	*ret = of_dataplane(dp)->ppp_reason;
}

static int dp_get_counters(struct dataplane *dp, struct dp_counters *ret)
{
	*ret = of_dataplane(dp)->counters;
	return 0;
}

static void dp_close_session(struct dataplane *dp)
{
	(void)call(of_dataplane(dp), "close-session", NULL);
}

static int dp_renew_tunnel(struct dataplane *dp, struct failure *f)
{
	of_dataplane(dp)->kernel_tunnel = 0;
	return call(of_dataplane(dp), "renew-tunnel", f);
}

static bool dp_is_ppp_stuck(struct dataplane *dp)
{
	return of_dataplane(dp)->ppp_stuck;
}

static void dp_close(struct dataplane *dp)
{
	(void)call(of_dataplane(dp), "close", NULL);
}

static struct dataplane *dp_free(struct dataplane *dp)
{
	(void)dp;
	return NULL;
}

static const struct dataplane_ops dataplane_ops = {
	.open = dp_open,
	.prepare_ppp = dp_prepare_ppp,
	.install_child = dp_install_child,
	.use_child = dp_use_child,
	.remove_child = dp_remove_child,
	.send_l2tp = dp_send_l2tp,
	.open_session = dp_open_session,
	.start_ppp = dp_start_ppp,
	.stop_ppp = dp_stop_ppp,
	.get_ppp_reason = dp_get_ppp_reason,
	.get_counters = dp_get_counters,
	.close_session = dp_close_session,
	.renew_tunnel = dp_renew_tunnel,
	.is_ppp_stuck = dp_is_ppp_stuck,
	.close = dp_close,
	.free = dp_free,
};

void recording_init(struct recording *r)
{
	*r = (struct recording){
		.now = NSEC_PER_SEC,
		.fail_cause = CAUSE_INTERNAL,
		.uplink = "eth0",
		.address = "192.168.10.11",
		.random = 0x5a,
	};
	r->system.ops = &system_ops;
	r->dataplane.ops = &dataplane_ops;
	(void)endpoint_parse("198.51.100.2", 0, &r->resolved);
}

nsec_t recording_now(void *userdata)
{
	return ((struct recording *)userdata)->now;
}

void recording_on_event(void *userdata, const struct connection_event *event)
{
	struct recording *r = userdata;
	char word[64];

	if (event->type == CONNECTION_EVENT_STATE) {
		(void)snprintf(word, sizeof(word), "state:%s",
			       connection_state_id(event->info->state));
		append(r->events, sizeof(r->events), word);
	} else if (event->type == CONNECTION_EVENT_STEP) {
		append(r->steps, sizeof(r->steps), event->text);
		append(r->steps, sizeof(r->steps), "\n");
	} else if (event->type == CONNECTION_EVENT_UP) {
		append(r->events, sizeof(r->events), event->repaired ? "up-again" : "up");
	} else if (event->type == CONNECTION_EVENT_REPAIR) {
		(void)snprintf(word, sizeof(word), "repair:%s", cause_id(event->failure->cause));
		append(r->events, sizeof(r->events), word);
	} else if (event->type == CONNECTION_EVENT_DOWN) {
		(void)snprintf(word, sizeof(word), "down:%s", cause_id(event->failure->cause));
		append(r->events, sizeof(r->events), word);
		r->downs++;
		r->failure = *event->failure;
	}
}

void recording_step(struct recording *r, struct connection *c)
{
	nsec_t deadline = connection_deadline(c);

	if (deadline == NSEC_NEVER)
		return;
	if (deadline > r->now)
		r->now = deadline;
	connection_timeout(c);
}
