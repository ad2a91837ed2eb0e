/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proposals in words. What is accepted is written in words again and reads the same. */
#include <string.h>

#include "client/profile/proposals.h"
#include "tests/fuzz/fuzz.h"

#define TEXT_MAX 400

static void check_ike(const char *text)
{
	struct ike_proposal list[IKE_PROPOSALS_MAX], again[IKE_PROPOSALS_MAX];
	char error[PROPOSAL_ERROR_MAX], name[PROPOSAL_NAME_MAX];
	size_t n = 0;

	if (proposals_parse_ike(text, list, &n, error) != 0) {
		MUST(error[0] && memchr(error, '\0', sizeof(error)));
		return;
	}
	MUST(n <= IKE_PROPOSALS_MAX);
	for (size_t i = 0; i < n; i++) {
		size_t m = 0;
		MUST(proposals_parse_ike(proposal_ike_name(&list[i], name), again, &m, error) == 0);
		MUST(m == 1 && again[0].encr == list[i].encr && again[0].hash == list[i].hash &&
		     again[0].key_bits == list[i].key_bits && again[0].group == list[i].group);
		MUST(proposal_ike_grade(&list[i]) <= PROPOSAL_WEAK);
	}
}

static void check_esp(const char *text)
{
	struct ike_esp_proposal list[IKE_PROPOSALS_MAX], again[IKE_PROPOSALS_MAX];
	char error[PROPOSAL_ERROR_MAX], name[PROPOSAL_NAME_MAX];
	size_t n = 0;

	if (proposals_parse_esp(text, list, &n, error) != 0) {
		MUST(error[0] && memchr(error, '\0', sizeof(error)));
		return;
	}
	MUST(n <= IKE_PROPOSALS_MAX);
	for (size_t i = 0; i < n; i++) {
		size_t m = 0;
		MUST(list[i].group == list[0].group);
		MUST(proposals_parse_esp(proposal_esp_name(&list[i], name), again, &m, error) == 0);
		MUST(m == 1 && again[0].encr == list[i].encr && again[0].auth == list[i].auth &&
		     again[0].key_bits == list[i].key_bits && again[0].group == list[i].group);
		MUST(proposal_esp_grade(&list[i]) <= PROPOSAL_WEAK);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[TEXT_MAX];

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	check_ike(text);
	check_esp(text);
	return 0;
}
