/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words for grades. The grades themselves are those of the proposals (client/profile/proposals.c). */
#include "client/profile/grade.h"

#include <stdio.h>
#include <string.h>

#include "client/failure/i18n.h"

/* Appends to a text that has room for everything there is to say. */
static void add(char *text, const char *between, const char *word)
{
	size_t used = strlen(text);

	(void)snprintf(text + used, GRADE_WORDS_MAX - used, "%s%s", used ? between : "", word);
}

/* What keeps these three from being better than GRADE. */
static void explain(enum proposal_grade grade, enum ike_encr encr, enum ike_hash hash,
		    enum ike_group group, char *text)
{
	struct ike_proposal best = { IKE_ENCR_AES_CBC, 256, IKE_HASH_SHA256, IKE_GROUP_MODP2048 };
	struct ike_proposal p = best;

	p.encr = encr;
	if (proposal_ike_grade(&p) == grade)
		add(text, _(" and "), ike_encr_name(encr, 0));
	p = best;
	p.hash = hash;
	if (hash != IKE_HASH_NONE && proposal_ike_grade(&p) == grade)
		add(text, _(" and "),
		    grade == PROPOSAL_SOUND ? _("SHA-1 as HMAC") : ike_hash_name(hash));
	p = best;
	p.group = group;
	if (group != IKE_GROUP_NONE && proposal_ike_grade(&p) == grade)
		add(text, _(" and "), ike_group_name(group));
}

const char *grade_name(enum proposal_grade grade)
{
	switch (grade) {
	case PROPOSAL_STRONG:
		return N_("strong");
	case PROPOSAL_SOUND:
		return N_("sound");
	case PROPOSAL_WEAK:
		return N_("weak");
	}
	return N_("unknown");
}

enum proposal_grade grade_of(const struct ike_proposal *phase1,
			     const struct ike_esp_proposal *phase2,
			     char reason[static GRADE_WORDS_MAX])
{
	enum proposal_grade one = phase1 ? proposal_ike_grade(phase1) : PROPOSAL_STRONG;
	enum proposal_grade two = phase2 ? proposal_esp_grade(phase2) : PROPOSAL_STRONG;
	enum proposal_grade worse = one > two ? one : two;
	char words[GRADE_WORDS_MAX] = "";

	reason[0] = '\0';
	if (worse == PROPOSAL_STRONG)
		return worse;
	if (one == worse) {
		explain(worse, phase1->encr, phase1->hash, phase1->group, reason);
		(void)snprintf(words, sizeof(words), _("%s in phase 1"), reason);
		(void)snprintf(reason, GRADE_WORDS_MAX, "%s", words);
	}
	if (two == worse) {
		char parts[GRADE_WORDS_MAX] = "";

		explain(worse, phase2->encr, phase2->auth, phase2->group, parts);
		(void)snprintf(words, sizeof(words), _("%s in phase 2"), parts);
		add(reason, "; ", words);
	}
	return worse;
}

const char *grade_advice(enum proposal_grade grade)
{
	return grade == PROPOSAL_WEAK ? _("ask the gateway's administrator for AES with SHA-256 "
					  "and modp2048 or ecp256")
				      : "";
}
