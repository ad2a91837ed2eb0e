/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file of any content through the keyfile reader, the table of keys and the check. */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "client/profile/profile-check.h"
#include "client/profile/profile-internal.h"
#include "client/profile/profile.h"
#include "client/profile/proposals.h"
#include "client/profile/text.h"

static void check_line(const char *text)
{
	MUST(!text_has_control(text, strlen(text)));
	MUST(text_cut(text, strlen(text)) == strlen(text) && text_cut(text, 20) <= 20);
}

/* What profile.h promises to those who use the fields. */
static void check_profile(const struct profile *p)
{
	char name[PROPOSAL_NAME_MAX];

	MUST(p->gateway[0] && p->user[0] && p->ppp.user[0] && p->id[0]);
	MUST(text_is_printable(p->id) && text_is_printable(p->ppp.user));
	MUST(p->n_ike > 0 && p->n_ike <= IKE_PROPOSALS_MAX);
	MUST(p->n_esp > 0 && p->n_esp <= IKE_PROPOSALS_MAX);
	for (size_t i = 0; i < p->n_ike; i++)
		MUST(!strstr(proposal_ike_name(&p->ike[i], name), "unknown"));
	for (size_t i = 0; i < p->n_esp; i++) {
		MUST(!strstr(proposal_esp_name(&p->esp[i], name), "unknown"));
		MUST((p->esp[i].group != IKE_GROUP_NONE) == p->pfs);
	}
	MUST(p->ike_life_s >= 2 && p->sa_life_s >= 2);
	MUST(p->mtu >= 576 && p->mtu <= 1500 && p->mru >= 576 && p->mru <= 1500);
	MUST(p->local_id.len <= IKE_ID_MAX && p->remote_id.len <= IKE_ID_MAX);
	MUST(p->n_routes <= SYS_ROUTES_MAX && p->n_dns <= SYS_DNS_MAX &&
	     p->n_search <= SYS_SEARCH_MAX);
	for (size_t i = 0; i < p->n_routes; i++)
		MUST(p->routes[i].prefix_len <= 128);
	MUST(p->psk.value.len <= SECRET_MAX && p->password.value.len <= PROFILE_PASSWORD_MAX);
	MUST(p->ppp.password.len == 0);
	for (size_t i = 0; i < p->n_warnings; i++)
		check_line(p->warnings[i].text);
}

/* The check looks at the files that a profile names; those of the input are nobody's. */
static void check_report(const struct profile *p)
{
	static struct check_report report;

	if (p->psk.file[0] || p->password.file[0] || p->psk.argv[0] || p->password.argv[0])
		return;
	report.n = 0;
	profile_check(p, &report);
	MUST(report.n > 0);
	for (size_t i = 0; i < report.n; i++)
		check_line(report.rows[i].text);
}

static void check_no_file(const struct profile_secret *s)
{
	MUST(!s->file[0] && !s->argv[0] && s->value.len == 0);
}

/* As a file that somebody else wrote: no more of them are taken, and none of those names what we run, or read and send. */
static void check_others(const uint8_t *data, size_t size, bool taken)
{
	_cleanup_(profile_freep) struct profile *p = calloc(1, sizeof(*p));
	char *text = calloc(1, size + 1);
	struct failure why = { 0 };
	bool foreign;

	MUST(p && text);
	if (size > 0)
		memcpy(text, data, size);
	memcpy(p->name, "fuzz", sizeof("fuzz"));
	p->others = true;
	int r = profile_read(p, text, size, &foreign, &why);
	free(text);
	MUST(r <= 0 && (r < 0 || taken));
	check_line(why.detail);
	if (r < 0)
		return;
	profile_forget_secrets(p);
	check_no_file(&p->psk);
	check_no_file(&p->password);
	check_no_file(&p->l2tp_secret);
	check_no_file(&p->certpass);
	check_no_file(&p->machine_certpass);
}

/* What no input of a fuzzer's size and none at all has: too many octets, and a name that is none. */
static void refuse_odd_calls(void)
{
	static const uint8_t many[PROFILE_FILE_MAX + 1];
	struct profile *p = NULL;
	struct failure why = { 0 };

	MUST(profile_parse("fuzz", many, sizeof(many), &p, &why) < 0 && !p);
	MUST(profile_parse("a/b", many, 1, &p, &why) < 0 && !p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_(profile_freep) struct profile *p = NULL;
	struct failure why = { 0 };
	if (size == 0)
		refuse_odd_calls();
	int r = profile_parse("fuzz", data, size, &p, &why);

	MUST(r <= 0 && (r == 0) == (p != NULL) && (r == 0) == (why.cause == CAUSE_NONE));
	check_line(why.detail);
	check_others(data, size, r == 0);
	if (r < 0) {
		MUST(why.detail[0]);
		return 0;
	}
	check_profile(p);
	check_report(p);
	return 0;
}
