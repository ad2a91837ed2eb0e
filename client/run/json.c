/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The connection in JSON, by json-c. */
#include "client/run/json.h"

#include <stdio.h>
#include <string.h>

#include "client/profile/grade.h"
#include "client/profile/identity.h"
#include "ike/ike.h"
#include "ppp/method.h"

/* json-c ends the program when it is to add to no object. */
void json_add(struct json_object *o, const char *key, struct json_object *value_take)
{
	if (value_take && (!o || json_object_object_add(o, key, value_take) < 0))
		json_object_put(value_take);
}

void json_add_string(struct json_object *o, const char *key, const char *value)
{
	if (value)
		json_add(o, key, json_object_new_string(value));
}

void json_append(struct json_object *array, struct json_object *value_take)
{
	if (value_take && (!array || json_object_array_add(array, value_take) < 0))
		json_object_put(value_take);
}

const char *json_text(struct json_object *o)
{
	const char *text =
		json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
							  JSON_C_TO_STRING_NOSLASHESCAPE);

	return o && text ? text : "{}";
}

/* What isn't known has no member. */
static void add_known(struct json_object *o, const char *key, const char *value)
{
	if (value && value[0])
		json_add_string(o, key, value);
}

static void add_int(struct json_object *o, const char *key, int64_t value)
{
	json_add(o, key, json_object_new_int64(value));
}

static void add_bool(struct json_object *o, const char *key, bool value)
{
	json_add(o, key, json_object_new_boolean(value));
}

/* Seconds with milliseconds. */
static void add_seconds(struct json_object *o, const char *key, nsec_t value)
{
	char text[32];
	double seconds = (double)value / (double)NSEC_PER_SEC;

	(void)snprintf(text, sizeof(text), "%.3f", seconds);
	json_add(o, key, json_object_new_double_s(seconds, text));
}

static void add_address(struct json_object *o, const char *key, const struct endpoint *e)
{
	char text[ENDPOINT_STRLEN];

	if (e->family)
		add_known(o, key, endpoint_addr_str(e, text));
}

static void add_addresses(struct json_object *o, const char *key, const struct endpoint *list,
			  size_t n)
{
	struct json_object *array = json_object_new_array();
	char text[ENDPOINT_STRLEN];

	for (size_t i = 0; i < n; i++)
		if (list[i].family)
			json_append(array,
				    json_object_new_string(endpoint_addr_str(&list[i], text)));
	json_add(o, key, array);
}

/* The key of the one that is missing: the detail begins with it. */
static void add_secret(struct json_object *o, const struct failure *f)
{
	size_t len = strcspn(f->detail, ":");

	if (f->cause == CAUSE_SECRET_MISSING)
		json_add(o, "secret", json_object_new_string_len(f->detail, (int)len));
}

struct json_object *json_of_failure(const struct failure *f)
{
	const struct cause_info *info = cause_info(f->cause);
	struct json_object *o = json_object_new_object();

	add_known(o, "cause", cause_id(f->cause));
	add_int(o, "exit", cause_exit_code(f->cause));
	add_known(o, "message", cause_sentence(f->cause));
	add_known(o, "detail", f->detail);
	add_secret(o, f);
	add_known(o, "remedy", info->remedy);
	add_known(o, "remedy-gateway", info->admin);
	add_known(o, "remedy-yamaha", info->yamaha);
	add_known(o, "stage", stage_id(info->stage));
	add_known(o, "certainty", certainty_id(info->sure));
	if (info->windows)
		add_int(o, "windows-error", info->windows);
	return o;
}

static struct json_object *json_of_nat(const struct connection_info *info)
{
	struct json_object *o = json_object_new_object();

	add_bool(o, "local", info->local_nat);
	add_bool(o, "gateway", info->remote_nat);
	add_bool(o, "encapsulated", info->udp_encap);
	add_bool(o, "forced", info->forced_encap);
	if (info->natt_variant)
		add_known(o, "traversal", info->natt_variant);
	return o;
}

static void add_counts(struct json_object *o, const char *key, uint64_t sent, uint64_t received)
{
	struct json_object *counts = json_object_new_object();

	add_int(counts, "sent", (int64_t)sent);
	add_int(counts, "received", (int64_t)received);
	json_add(o, key, counts);
}

/* What the failure was concluded from: packets, addresses, ports, notifies, times. */
static struct json_object *json_of_evidence(const struct connection_info *info)
{
	const struct connection_seen *seen = &info->seen;
	struct json_object *o = json_object_new_object();
	char id[IDENTITY_TEXT_MAX];

	add_address(o, "gateway", &info->gateway);
	add_address(o, "local", &info->local);
	add_int(o, "local-port", info->local.port);
	add_int(o, "local-natt-port", info->natt_port);
	if (info->natt_known)
		json_add(o, "nat", json_of_nat(info));
	add_known(o, "ike-stage", ike_stage_name(seen->ike.stage));
	add_counts(o, "ike", seen->ike.sent, seen->ike.received);
	add_int(o, "ike-repeated-by-gateway", seen->repeats);
	if (info->peer_id.type != IKE_ID_ANY)
		add_known(o, "gateway-identity", identity_format(&info->peer_id, id));
	if (seen->notify)
		add_known(o, "notify", ike_notify_name(seen->notify));
	if (seen->icmp)
		add_known(o, "icmp", strerror(seen->icmp));
	if (seen->esp_known) {
		add_counts(o, "esp", seen->esp_sent, seen->esp_received);
		add_counts(o, "l2tp", seen->l2tp.sent, seen->l2tp.received);
	}
	add_seconds(o, "step-time", seen->step);
	return o;
}

static nsec_t life_left(nsec_t since, uint32_t life_s, nsec_t now)
{
	nsec_t end = since + life_s * NSEC_PER_SEC;

	return end > now ? end - now : 0;
}

static struct json_object *json_of_phase1(const struct connection_info *info, nsec_t now)
{
	struct json_object *o = json_object_new_object();

	add_known(o, "encryption", ike_encr_name(info->phase1.encr, info->phase1.key_bits));
	add_known(o, "hash", ike_hash_name(info->phase1.hash));
	add_known(o, "group", ike_group_name(info->phase1.group));
	add_known(o, "grade", grade_name(proposal_ike_grade(&info->phase1)));
	add_seconds(o, "life-left", life_left(info->phase1_since, info->phase1_life_s, now));
	add_bool(o, "dead-peer-detection", info->dpd);
	return o;
}

static struct json_object *json_of_child(const struct connection_info *info,
					 const struct dp_counters *counters, nsec_t now)
{
	struct json_object *o = json_object_new_object();
	char spi[16];

	add_known(o, "encryption", ike_encr_name(info->esp.encr, info->esp.key_bits));
	add_known(o, "integrity",
		  info->esp.auth == IKE_HASH_NONE ? "AES-GCM" : ike_hash_name(info->esp.auth));
	add_known(o, "group", ike_group_name(info->esp.group));
	add_known(o, "grade", grade_name(proposal_esp_grade(&info->esp)));
	(void)snprintf(spi, sizeof(spi), "%08x", info->spi_in);
	add_known(o, "spi-in", spi);
	(void)snprintf(spi, sizeof(spi), "%08x", info->spi_out);
	add_known(o, "spi-out", spi);
	add_seconds(o, "life-left", life_left(info->child_since, info->child_life_s, now));
	add_int(o, "packets-in", (int64_t)counters->esp_in_packets);
	add_int(o, "packets-out", (int64_t)counters->esp_out_packets);
	return o;
}

/* What both phases are worth together, why, and what to do about it. */
static struct json_object *json_of_cryptography(const struct connection_info *info)
{
	struct json_object *o = json_object_new_object();
	char reason[GRADE_WORDS_MAX];
	enum proposal_grade grade =
		grade_of(&info->phase1, info->child_known ? &info->esp : NULL, reason);

	add_known(o, "grade", grade_name(grade));
	add_known(o, "reason", reason);
	add_known(o, "advice", grade_advice(grade));
	return o;
}

static struct json_object *json_of_l2tp(const struct connection_info *info)
{
	struct json_object *o = json_object_new_object();

	add_known(o, "server", info->lns_name);
	add_known(o, "vendor", info->lns_vendor);
	add_int(o, "source-port", info->l2tp_port);
	add_int(o, "tunnel", info->tunnel_id);
	add_int(o, "peer-tunnel", info->peer_tunnel_id);
	add_int(o, "session", info->session_id);
	add_int(o, "peer-session", info->peer_session_id);
	return o;
}

/* How we proved who we are; within EAP it is only known by what was sent. */
static void add_method(struct json_object *o, const struct ppp_findings *found)
{
	enum ppp_method method = found->used ? found->used : found->agreed;

	if (method == PPP_METHOD_NONE)
		return;
	add_known(o, "authentication", ppp_method_name(method));
	add_bool(o, "gateway-reads-password", method == PPP_METHOD_PAP);
}

/* How long each state took on the way up. */
static struct json_object *json_of_stages(const struct connection_info *info)
{
	struct json_object *o = json_object_new_object();

	for (int s = CONNECTION_RESOLVE; s < CONNECTION_UP; s++) {
		nsec_t next = info->entered[s + 1];

		if (info->entered[s] >= info->attempt && next >= info->entered[s])
			add_seconds(o, connection_state_id((enum connection_state)s),
				    next - info->entered[s]);
	}
	if (info->entered[CONNECTION_UP])
		add_seconds(o, "total", info->entered[CONNECTION_UP] - info->attempt);
	return o;
}

static const char *level_name(enum repair_level level)
{
	return level == REPAIR_CALL ? "call" : "all";
}

static struct json_object *json_of_repaired(const struct connection_repaired *repaired)
{
	struct json_object *o = json_object_new_object();

	add_known(o, "cause", cause_id(repaired->cause));
	add_known(o, "level", level_name(repaired->level));
	add_seconds(o, "at", repaired->at);
	add_seconds(o, "took", repaired->took);
	add_int(o, "tries", repaired->tries);
	return o;
}

/* How often, and the last ones. */
static struct json_object *json_of_repairs(const struct connection_info *info)
{
	struct json_object *o = json_object_new_object(), *last = json_object_new_array();
	unsigned int kept = CONNECTION_REPAIRS_MAX;

	add_int(o, "count", info->n_repairs);
	for (unsigned int i = info->n_repairs > kept ? info->n_repairs - kept : 0;
	     i < info->n_repairs; i++)
		json_append(last, json_of_repaired(&info->repairs[i % kept]));
	json_add(o, "last", last);
	return o;
}

/* What is being repaired now: the loss, and why the last try failed. */
static struct json_object *json_of_repairing(const struct connection_info *info, nsec_t now)
{
	struct json_object *o = json_object_new_object();

	add_known(o, "cause", cause_id(info->repairing));
	add_known(o, "message", cause_sentence(info->repairing));
	add_seconds(o, "since", now - info->repair_since);
	add_int(o, "tries", info->repair_tries);
	add_bool(o, "held", info->repair_held);
	json_add(o, "failure", json_of_failure(&info->repair_last));
	return o;
}

static void add_network(struct json_object *o, const struct connection_info *info)
{
	add_known(o, "interface", info->ifname);
	if (info->ifindex)
		add_int(o, "ifindex", info->ifindex);
	add_address(o, "address", &info->address);
	add_address(o, "peer-address", &info->peer_address);
	if (info->address6_known) {
		add_address(o, "link-local", &info->address6);
		add_address(o, "peer-link-local", &info->peer_address6);
	}
	add_addresses(o, "dns", info->dns, info->n_dns);
	add_int(o, "mtu", info->mtu);
}

static void add_traffic(struct json_object *o, const struct connection_counters *counters)
{
	if (counters->dataplane.address6.family)
		add_address(o, "address6", &counters->dataplane.address6);
	add_int(o, "bytes-in", (int64_t)counters->dataplane.rx_bytes);
	add_int(o, "bytes-out", (int64_t)counters->dataplane.tx_bytes);
	add_int(o, "packets-in", (int64_t)counters->dataplane.rx_packets);
	add_int(o, "packets-out", (int64_t)counters->dataplane.tx_packets);
	if (counters->l2tp.round_trip || counters->ike.round_trip)
		add_seconds(o, "round-trip",
			    counters->l2tp.round_trip ? counters->l2tp.round_trip
						      : counters->ike.round_trip);
}

/* How far PPP's login is. */
static const char *login_word(const struct ppp_findings *found)
{
	static const char *const words[] = {
		[PPP_LOGIN_NONE] = "none",
		[PPP_LOGIN_SENT] = "sent",
		[PPP_LOGIN_ACCEPTED] = "accepted",
		[PPP_LOGIN_REFUSED] = "refused",
	};

	return found->checking ? "checking" : words[found->login];
}

struct json_object *json_of_status(const char *name, const struct connection_info *info,
				   const struct connection_counters *counters, nsec_t now)
{
	struct json_object *o = json_object_new_object();

	add_known(o, "name", name);
	add_known(o, "state", connection_state_id(info->state));
	add_address(o, "gateway", &info->gateway);
	add_address(o, "local", &info->local);
	add_known(o, "uplink", info->uplink);
	if (info->natt_known)
		json_add(o, "nat", json_of_nat(info));
	if (info->phase1_known)
		json_add(o, "phase1", json_of_phase1(info, now));
	if (info->child_known)
		json_add(o, "phase2", json_of_child(info, &counters->dataplane, now));
	if (info->phase1_known)
		json_add(o, "cryptography", json_of_cryptography(info));
	if (info->tunnel_known)
		json_add(o, "l2tp", json_of_l2tp(info));
	if (info->address_known)
		add_method(o, &info->found);
	if (info->address_known) {
		add_network(o, info);
		add_traffic(o, counters);
	}
	if (info->found.heard)
		add_known(o, "login", login_word(&info->found));
	json_add(o, "stages", json_of_stages(info));
	if (info->state == CONNECTION_UP)
		add_seconds(o, "up-for", now - info->entered[CONNECTION_UP]);
	if (info->repairing != CAUSE_NONE)
		json_add(o, "repairing", json_of_repairing(info, now));
	if (info->n_repairs > 0)
		json_add(o, "repairs", json_of_repairs(info));
	return o;
}

static const char *event_name(enum connection_event_type type)
{
	switch (type) {
	case CONNECTION_EVENT_STATE:
		return "state";
	case CONNECTION_EVENT_STEP:
		return "step";
	case CONNECTION_EVENT_WARNING:
		return "warning";
	case CONNECTION_EVENT_LOG:
		return "log";
	case CONNECTION_EVENT_UP:
		return "up";
	case CONNECTION_EVENT_REPAIR:
		return "repair";
	case CONNECTION_EVENT_DOWN:
		return "evidence";
	case CONNECTION_EVENT_PHASE1_KEY:
	case CONNECTION_EVENT_CHILD_KEY:
		break;
	}
	return "key";
}

static struct json_object *event_object(const struct connection_event *event)
{
	struct json_object *o = json_object_new_object();

	add_known(o, "event", event_name(event->type));
	add_seconds(o, "at", event->at);
	add_known(o, "state", connection_state_id(event->info->state));
	if (event->text)
		add_known(o, "text", event->text);
	if (event->type == CONNECTION_EVENT_UP) {
		add_address(o, "gateway", &event->info->gateway);
		add_network(o, event->info);
		json_add(o, "stages", json_of_stages(event->info));
		if (event->repaired)
			json_add(o, "repaired", json_of_repaired(event->repaired));
	}
	if (event->type == CONNECTION_EVENT_REPAIR)
		json_add(o, "failure", json_of_failure(event->failure));
	if (event->type == CONNECTION_EVENT_DOWN)
		json_add(o, "evidence", json_of_evidence(event->info));
	return o;
}

/* Once more when memory was short for a moment: who waits for how an attempt ends would wait for ever. */
struct json_object *json_of_event(const struct connection_event *event)
{
	struct json_object *o = event_object(event);

	if (!json_get_string(o, "event", NULL)) {
		json_object_put(o);
		o = event_object(event);
	}
	return o;
}

void json_add_identity(struct json_object *o, const struct profile *p)
{
	add_known(o, "id", p->id);
	add_known(o, "uuid", p->uuid);
}

void json_add_plan(struct json_object *o, const struct profile *p)
{
	struct json_object *search = json_object_new_array();

	add_bool(o, "full-tunnel", !p->never_default);
	add_bool(o, "full-tunnel6", !p->never_default6);
	for (size_t i = 0; i < p->n_search; i++)
		json_append(search, json_object_new_string(p->search[i]));
	json_add(o, "search", search);
}

struct json_object *json_of_end(const struct failure *f)
{
	struct json_object *o = json_object_new_object();

	add_known(o, "event", "down");
	json_add(o, "failure", json_of_failure(f));
	return o;
}

struct json_object *json_of_warning(const char *text)
{
	struct json_object *o = json_object_new_object();

	add_known(o, "event", event_name(CONNECTION_EVENT_WARNING));
	add_known(o, "text", text);
	return o;
}

const char *json_get_string(struct json_object *o, const char *key, const char *missing)
{
	struct json_object *value;

	if (!json_object_object_get_ex(o, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return missing;
	return json_object_get_string(value);
}

double json_get_double(struct json_object *o, const char *key, double missing)
{
	struct json_object *value;

	if (!json_object_object_get_ex(o, key, &value))
		return missing;
	return json_object_get_double(value);
}

int json_get_int(struct json_object *o, const char *key, int missing)
{
	struct json_object *value;

	if (!json_object_object_get_ex(o, key, &value))
		return missing;
	return json_object_get_int(value);
}
