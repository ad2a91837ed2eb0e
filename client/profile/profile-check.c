/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `tsunagu check` says about a profile: what it will do, in the words of its keys, what it is
 * worth, and what to mend. Nothing is sent, nobody is asked, no command is run. The kernel's side
 * of `check` is elsewhere.
 */
#include "client/profile/profile-check.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "client/profile/grade.h"
#include "client/failure/i18n.h"
#include "client/profile/identity.h"
#include "client/profile/private-file.h"
#include "client/profile/proposals.h"
#include "client/profile/secret-source.h"
#include "client/profile/secrets.h"
#include "client/profile/text.h"
#include "lib/latin1.h"
#include "lib/endpoint.h"

#define PSK_BITS_MIN 80
#define WORD_BITS    800 /* hundredths, as all below: a word of a list everybody tries first */
#define SERIES_BITS  100 /* a character that follows from the two before it */

void check_add(struct check_report *report, enum check_level level, const char *format, ...)
{
	if (report->n == CHECK_ROWS_MAX)
		return;

	struct check_row *row = &report->rows[report->n++];
	va_list args;

	row->level = level;
	va_start(args, format);
	(void)vsnprintf(row->text, sizeof(row->text), _(format), args);
	va_end(args);
	i18n_trim(row->text);
	text_make_printable(row->text); /* paths in it may be of any octets */
}

/* Hundredths of the logarithm to base 2, linear between powers of two: off by 0.09 at most. */
static unsigned int log2_hundredths(unsigned int n)
{
	unsigned int k = 0;

	while (n >> (k + 1))
		k++;
	return 100 * k + 100 * (n - (1u << k)) / (1u << k);
}

/* How many different characters the key chooses from, as far as it shows. */
static unsigned int alphabet(const uint8_t *data, size_t len)
{
	bool digit = false, lower = false, upper = false, other = false;

	for (size_t i = 0; i < len; i++) {
		if (data[i] < 0x20 || data[i] >= 0x7f)
			return 256;
		digit |= isdigit(data[i]) != 0;
		lower |= islower(data[i]) != 0;
		upper |= isupper(data[i]) != 0;
		other |= !isalnum(data[i]);
	}
	return (digit ? 10 : 0) + (lower ? 26 : 0) + (upper ? 26 : 0) + (other ? 33 : 0);
}

/* Length of the well-known word at the beginning of the data, or 0. */
static size_t known_word(const uint8_t *data, size_t len)
{
	/* clang-format off */
	static const char *const words[] = {
		"password", "passwort", "passwd", "secret",  "admin",   "letmein", "welcome", "changeme",
		"default",  "office",	"company", "yamaha", "router",  "gateway", "preshared", "shared",
		"qwerty",   "asdfgh",	"test",	   "l2tp",   "ipsec",	"vpn",	   "psk",     "key",
		"remote",   "tunnel",	"tokyo",   "japan",  "network", "server",  "guest",   "user",
	};
	/* clang-format on */

	for (size_t i = 0; i < ARRAY_SIZE(words); i++) {
		size_t n = strlen(words[i]);

		if (n <= len && strncasecmp((const char *)data, words[i], n) == 0)
			return n;
	}
	return 0;
}

/* Whether the character goes on with a repetition, or counts on up or down as the two before did.
 */
static bool in_series(const uint8_t *data, size_t i)
{
	if (i >= 1 && data[i] == data[i - 1])
		return true;
	return i >= 2 && (data[i] - data[i - 1] == 1 || data[i - 1] - data[i] == 1) &&
	       data[i] - data[i - 1] == data[i - 1] - data[i - 2];
}

unsigned int psk_strength_bits(const struct secret *psk)
{
	unsigned int hundredths = 0, each;
	size_t word;

	if (psk->len == 0)
		return 0;
	each = log2_hundredths(alphabet(psk->data, psk->len));
	for (size_t i = 0; i < psk->len; i += word ? word : 1) {
		word = known_word(psk->data + i, psk->len - i);
		hundredths += word ? WORD_BITS : in_series(psk->data, i) ? SERIES_BITS : each;
	}
	return hundredths / 100;
}

static void check_proposals(const struct profile *p, struct check_report *report)
{
	char first[PROPOSAL_NAME_MAX];
	enum proposal_grade worst = PROPOSAL_STRONG;

	for (size_t i = 0; i < p->n_ike; i++)
		if (proposal_ike_grade(&p->ike[i]) > worst)
			worst = proposal_ike_grade(&p->ike[i]);
	check_add(report, CHECK_OK, "phase 1 offers %zu proposals, %s first; the least is %s",
		  p->n_ike, proposal_ike_name(&p->ike[0], first), _(grade_name(worst)));
	worst = PROPOSAL_STRONG;
	for (size_t i = 0; i < p->n_esp; i++)
		if (proposal_esp_grade(&p->esp[i]) > worst)
			worst = proposal_esp_grade(&p->esp[i]);
	check_add(report, CHECK_OK, "phase 2 offers %zu proposals, %s first, %s; the least is %s",
		  p->n_esp, proposal_esp_name(&p->esp[0], first),
		  p->pfs ? _("with PFS") : _("without PFS"), _(grade_name(worst)));
}

static void check_source(const char *name, const struct profile_secret *source,
			 struct check_report *report)
{
	_cleanup_(private_file_clear) struct private_file file = { 0 };
	const char *reason = "";

	if (source->value.len > 0)
		return;
	if (source->file[0]) {
		if (private_file_read(source->file, false, SECRET_LINE_MAX, &file, &reason) < 0)
			check_add(report, CHECK_ERROR, "%s: %.200s: %s", name, source->file,
				  reason);
		else if (file.exposed)
			check_add(report, CHECK_ERROR,
				  "%s: %.200s: others may read it: chmod 600 it", name,
				  source->file);
	} else if (source->argv[0] && access(source->argv[0], X_OK) < 0) {
		check_add(report, CHECK_ERROR, "%s: %.200s can't be run", name, source->argv[0]);
	}
}

/* MS-CHAP is about the password's characters, and pppd knows those of ISO 8859-1 alone (lib/latin1.h). */
static void check_letters(const struct profile *p, struct check_report *report)
{
	const struct secret *password = &p->password.value;
	enum latin1_fit fit = latin1_fit(password->data, password->len);

	if (p->ppp.tls.wanted || (p->ppp.refuse_mschap && p->ppp.refuse_mschapv2))
		return;
	if (fit == LATIN1_BEYOND)
		check_add(
			report, CHECK_WARNING,
			"the password has letters that MS-CHAPv2 can't be given right by pppd (it "
			"knows those of ISO 8859-1 alone): a gateway that keeps them as Windows "
			"does "
			"refuses it; choose one of ASCII");
	else if (fit == LATIN1_FITS)
		check_add(report, CHECK_WARNING,
			  "the password has letters outside ASCII: MS-CHAPv2 sends them as Windows "
			  "does, and a gateway that keeps them otherwise refuses it");
}

static void check_methods(const struct profile *p, struct check_report *report)
{
	bool others = !p->ppp.refuse_chap || !p->ppp.refuse_mschap || !p->ppp.refuse_mschapv2;

	if (p->ppp.tls.wanted || p->ppp.refuse_pap)
		return;
	if (others)
		check_add(
			report, CHECK_OK,
			"a gateway that knows nothing better gets the password by PAP and can read "
			"it; refuse-pap=yes forbids that");
	else
		check_add(report, CHECK_WARNING,
			  "PAP is all that is allowed: the gateway reads the password");
}

static void check_secrets(const struct profile *p, struct check_report *report)
{
	unsigned int bits = psk_strength_bits(&p->psk.value);

	if (p->certificates) {
		check_add(report, CHECK_OK, "certificate: %.200s, its key's passphrase: %s",
			  p->machine_cert, _(secrets_origin(p, SECRET_MACHINE_CERTPASS)));
		check_source(_("passphrase"), &p->machine_certpass, report);
	} else {
		check_add(report, CHECK_OK, "pre-shared key: %s", _(secrets_origin(p, SECRET_PSK)));
		check_source(_("pre-shared key"), &p->psk, report);
	}
	if (p->certificates && p->remote_id_given && p->remote_id.type == IKE_ID_ANY)
		check_add(report, CHECK_WARNING,
			  "ipsec-remote-id=%%any: whoever has a certificate of machine-ca's "
			  "authorities is taken for the gateway");
	if (p->psk.value.len > 0 && bits < PSK_BITS_MIN)
		check_add(report, CHECK_WARNING,
			  "the pre-shared key is weak (at most about %u bits): whoever takes the "
			  "gateway's "
			  "place once can find it by trying; 14 random letters and digits are the "
			  "least",
			  bits);
	check_add(report, CHECK_OK, "password: %s", _(secrets_origin(p, SECRET_PASSWORD)));
	check_source(_("password"), &p->password, report);
	check_letters(p, report);
	check_methods(p, report);
	if (strcmp(secrets_origin(p, SECRET_L2TP), "not required") != 0)
		check_add(report, CHECK_OK, "L2TP tunnel secret: %s",
			  _(secrets_origin(p, SECRET_L2TP)));
	check_source(_("L2TP tunnel secret"), &p->l2tp_secret, report);
}

/* The @ makes a name of anything (strongSwan's way to write it), and a gateway shows an address as one. */
static void check_identity(const char *key, const struct ike_id *id, struct check_report *report)
{
	char text[IDENTITY_TEXT_MAX];
	struct endpoint e;

	if (id->type != IKE_ID_FQDN || id->len >= sizeof(text))
		return;
	memcpy(text, id->data, id->len);
	text[id->len] = '\0';
	if (endpoint_parse(text, 0, &e) == 0)
		check_add(report, CHECK_WARNING,
			  "%s=@%s is a name and not an address: without the @ it is the address",
			  key, text);
}

static void check_network(const struct profile *p, struct check_report *report)
{
	if (!p->never_default)
		check_add(report, CHECK_OK, "everything goes through the tunnel");
	else if (p->n_routes == 0)
		check_add(report, CHECK_WARNING,
			  "never-default without a route: nothing but the gateway's end of the "
			  "tunnel is "
			  "reached; name the office's networks, route1=192.168.0.0/24");
	else
		check_add(report, CHECK_OK, "networks through the tunnel: %zu", p->n_routes);
	if (p->n_dns > 0 || !p->ignore_auto_dns)
		check_add(report, CHECK_OK, "name servers: %zu named here%s; domains: %zu",
			  p->n_dns, p->ignore_auto_dns ? "" : _(" and the gateway's"), p->n_search);
}

void profile_check(const struct profile *p, struct check_report *report)
{
	check_add(report, CHECK_OK, "profile %.200s can be read", p->path[0] ? p->path : p->name);
	check_add(report, CHECK_OK, "gateway %.200s, user %.100s", p->gateway, p->ppp.user);
	check_proposals(p, report);
	check_secrets(p, report);
	check_identity("ipsec-remote-id", &p->remote_id, report);
	check_identity("ipsec-local-id", &p->local_id, report);
	check_network(p, report);
	for (size_t i = 0; i < p->n_warnings; i++) {
		const struct profile_warning *w = &p->warnings[i];

		if (w->line > 0)
			check_add(report, CHECK_WARNING, "line %u: %s", w->line, w->text);
		else
			check_add(report, CHECK_WARNING, "%s", w->text);
	}
}
