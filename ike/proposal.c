/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Offers and selections (RFC 2409 5, appendix A; RFC 2407 4.5). A transform is brought to a
 * canonical form, the value of each attribute by its number and the lives by themselves, in which
 * what was selected must equal what was offered: nothing added, changed or missing. The peer may
 * shorten a life, never lengthen it. Proposal and transform numbers are not compared: RFC 2408 4.2
 * only asks the responder to keep them, and the attributes say it all.
 *
 * Policy: algorithms come in the short form only (RFC 2409 appendix A forbids the long one for
 * basic attributes); life durations in either. A repeated attribute refuses the transform.
 */
#include "ike/proposal.h"

#include <string.h>

#include "ike/algorithm.h"
#include "lib/cursor.h"

/* Above every attribute number of both phases. */
#define VALUES_MAX 16

/* A transform's meaning. values[] by attribute number; 0 is absent (no offered value is 0). */
struct values {
	uint16_t values[VALUES_MAX];
	uint32_t life_s, life_kb; /* 0: absent */
};

/* How a phase numbers the attributes of life. */
struct life_numbers {
	uint16_t type, duration;
};

static const struct life_numbers life1 = { ISAKMP_ATTR1_LIFE_TYPE, ISAKMP_ATTR1_LIFE_DURATION };
static const struct life_numbers life2 = { ISAKMP_ATTR2_LIFE_TYPE, ISAKMP_ATTR2_LIFE_DURATION };

/* A life type with the duration that must follow it (RFC 2409 appendix A). */
static int life_take(const struct sa_transform *t, size_t i, uint16_t duration, struct values *v)
{
	uint32_t type, value;

	if (i + 1 >= t->n_attributes || t->attributes[i + 1].type != duration)
		return IKE_DROP_NOT_OFFERED;
	if (sa_attribute_u32(&t->attributes[i], &type) != 0 ||
	    sa_attribute_u32(&t->attributes[i + 1], &value) != 0)
		return IKE_DROP_MALFORMED;
	if (type != ISAKMP_LIFE_SECONDS && type != ISAKMP_LIFE_KILOBYTES)
		return IKE_DROP_NOT_OFFERED;

	uint32_t *life = type == ISAKMP_LIFE_SECONDS ? &v->life_s : &v->life_kb;
	if (*life != 0 || value == 0)
		return IKE_DROP_NOT_OFFERED;
	*life = value;
	return 0;
}

static int values_read(const struct sa_transform *t, const struct life_numbers *numbers,
		       struct values *ret)
{
	struct values v = { .life_s = 0 };

	for (size_t i = 0; i < t->n_attributes; i++) {
		const struct sa_attribute *a = &t->attributes[i];
		uint32_t value;

		if (a->type == numbers->type) {
			int r = life_take(t, i++, numbers->duration, &v);
			if (r != 0)
				return r;
			continue;
		}
		if (a->type >= VALUES_MAX || !a->is_short || v.values[a->type] != 0)
			return IKE_DROP_NOT_OFFERED;
		int r = sa_attribute_u32(a, &value);
		if (r != 0)
			return r;
		if (value == 0)
			return IKE_DROP_NOT_OFFERED;
		v.values[a->type] = (uint16_t)value;
	}
	*ret = v;
	return 0;
}

/* Both absent, or both there and the selected one not longer. */
static bool life_within(uint32_t selected, uint32_t offered)
{
	return selected <= offered && (selected == 0) == (offered == 0);
}

static bool values_match(const struct values *selected, const struct values *offered)
{
	return memcmp(selected->values, offered->values, sizeof(offered->values)) == 0 &&
	       life_within(selected->life_s, offered->life_s) &&
	       life_within(selected->life_kb, offered->life_kb);
}

static struct values values_phase1(const struct ike_config *config, size_t i)
{
	const struct ike_proposal *p = &config->proposals[i];

	return (struct values){
		.values = {
			[ISAKMP_ATTR1_ENCR] = config->ask_refusal ? ISAKMP_ENCR1_PRIVATE
								  : algorithm_encr1(p->encr),
			[ISAKMP_ATTR1_KEY_LENGTH] = p->key_bits,
			[ISAKMP_ATTR1_HASH] = algorithm_hash1(p->hash),
			[ISAKMP_ATTR1_GROUP] = (uint16_t)p->group,
			[ISAKMP_ATTR1_AUTH] =
				(uint16_t)(config->auth ? config->auth->method : IKE_AUTH_PSK),
		},
		.life_s = config->phase1_life_s,
	};
}

static struct values values_phase2(const struct ike_config *config, size_t i, uint16_t mode)
{
	const struct ike_esp_proposal *p = &config->esp[i];

	return (struct values){
		.values = {
			[ISAKMP_ATTR2_MODE] = mode,
			[ISAKMP_ATTR2_AUTH] = algorithm_auth2(p->auth),
			[ISAKMP_ATTR2_KEY_LENGTH] = p->key_bits,
			[ISAKMP_ATTR2_GROUP] = (uint16_t)p->group,
		},
		.life_s = config->phase2_life_s,
		.life_kb = config->phase2_life_kb,
	};
}

/* The attributes in this order, those that are absent left out. */
static void values_build(struct sa_builder *sb, const struct values *v, const uint8_t *order,
			 size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (v->values[order[i]] != 0)
			sa_attribute_short(sb, order[i], v->values[order[i]]);
}

static void life_build(struct sa_builder *sb, const struct life_numbers *numbers, uint16_t type,
		       uint32_t value)
{
	if (value == 0)
		return;
	sa_attribute_short(sb, numbers->type, type);
	sa_attribute_long(sb, numbers->duration, value);
}

void proposal_build_phase1(struct builder *b, const struct ike_config *config)
{
	static const uint8_t order[] = { ISAKMP_ATTR1_ENCR, ISAKMP_ATTR1_KEY_LENGTH,
					 ISAKMP_ATTR1_HASH, ISAKMP_ATTR1_GROUP, ISAKMP_ATTR1_AUTH };
	struct sa_builder sb = sa_open(b);

	sa_proposal_open(&sb, 1, ISAKMP_PROTOCOL_ISAKMP, (struct chunk){ NULL, 0 });
	for (size_t i = 0; i < config->n_proposals; i++) {
		struct values v = values_phase1(config, i);

		sa_transform_open(&sb, (uint8_t)(i + 1), ISAKMP_TRANSFORM_KEY_IKE);
		values_build(&sb, &v, order, ARRAY_SIZE(order));
		life_build(&sb, &life1, ISAKMP_LIFE_SECONDS, v.life_s);
		sa_transform_close(&sb);
	}
	sa_proposal_close(&sb);
}

void proposal_build_phase2(struct builder *b, const struct ike_config *config, uint32_t spi,
			   uint16_t mode)
{
	static const uint8_t order[] = { ISAKMP_ATTR2_MODE, ISAKMP_ATTR2_AUTH,
					 ISAKMP_ATTR2_KEY_LENGTH, ISAKMP_ATTR2_GROUP };
	uint8_t spi_octets[ISAKMP_SPI_LEN];
	struct builder sb_spi = builder_init(spi_octets, sizeof(spi_octets));
	struct sa_builder sb = sa_open(b);

	builder_u32(&sb_spi, spi);
	for (size_t i = 0; i < config->n_esp; i++) {
		struct values v = values_phase2(config, i, mode);

		sa_proposal_open(&sb, (uint8_t)(i + 1), ISAKMP_PROTOCOL_ESP,
				 (struct chunk){ spi_octets, sizeof(spi_octets) });
		sa_transform_open(&sb, 1, algorithm_esp(config->esp[i].encr));
		life_build(&sb, &life2, ISAKMP_LIFE_SECONDS, v.life_s);
		life_build(&sb, &life2, ISAKMP_LIFE_KILOBYTES, v.life_kb);
		values_build(&sb, &v, order, ARRAY_SIZE(order));
		sa_transform_close(&sb);
		sa_proposal_close(&sb);
	}
}

/* The one transform of a selection (RFC 2409 5: exactly one), of this protocol. */
static int selection_parse(struct chunk body, uint8_t protocol, const struct life_numbers *numbers,
			   struct sa *sa, struct values *ret)
{
	int r = sa_parse(body, sa);

	if (r != 0)
		return r;
	if (sa->n_proposals != 1 || sa->n_transforms != 1 || sa->proposals[0].protocol != protocol)
		return IKE_DROP_NOT_OFFERED;
	return values_read(&sa->transforms[0], numbers, ret);
}

int proposal_match_phase1(struct chunk body, const struct ike_config *config,
			  struct ike_proposal *ret, uint32_t *ret_life_s)
{
	struct sa sa;
	struct values selected;
	int r = selection_parse(body, ISAKMP_PROTOCOL_ISAKMP, &life1, &sa, &selected);

	if (r != 0)
		return r;
	if (sa.transforms[0].id != ISAKMP_TRANSFORM_KEY_IKE)
		return IKE_DROP_NOT_OFFERED;
	for (size_t i = 0; i < config->n_proposals; i++) {
		struct values offered = values_phase1(config, i);
		if (!values_match(&selected, &offered))
			continue;
		*ret = config->proposals[i];
		*ret_life_s = selected.life_s;
		return 0;
	}
	return IKE_DROP_NOT_OFFERED;
}

int proposal_match_phase2(struct chunk body, const struct ike_config *config, uint16_t mode,
			  struct proposal_child *ret)
{
	struct sa sa;
	struct values selected;
	int r = selection_parse(body, ISAKMP_PROTOCOL_ESP, &life2, &sa, &selected);

	if (r != 0)
		return r;

	struct cursor c = cursor_init(sa.proposals[0].spi.data, sa.proposals[0].spi.len);
	uint32_t spi = cursor_u32(&c);
	if (!cursor_done(&c) || spi < ISAKMP_SPI_MIN)
		return IKE_DROP_MALFORMED;
	for (size_t i = 0; i < config->n_esp; i++) {
		struct values offered = values_phase2(config, i, mode);
		if (sa.transforms[0].id != algorithm_esp(config->esp[i].encr) ||
		    !values_match(&selected, &offered))
			continue;
		*ret = (struct proposal_child){ .algorithms = config->esp[i],
						.spi = spi,
						.life_s = selected.life_s,
						.life_kb = selected.life_kb };
		return 0;
	}
	return IKE_DROP_NOT_OFFERED;
}

static void life_shorten(uint32_t *life, uint32_t value)
{
	if (value != 0 && (*life == 0 || value < *life))
		*life = value;
}

void proposal_responder_lifetime(struct chunk data, uint8_t protocol, uint32_t *life_s,
				 uint32_t *life_kb)
{
	const struct life_numbers *numbers = protocol == ISAKMP_PROTOCOL_ISAKMP ? &life1 : &life2;
	struct sa_transform t;
	struct values v;

	if (sa_attributes_parse(data, &t) != 0 || values_read(&t, numbers, &v) != 0)
		return;
	life_shorten(life_s, v.life_s);
	life_shorten(life_kb, v.life_kb);
}

/* PFS that was asked for must be there; the gateway may ask for it, by a group that we know. */
static bool group_allowed(const struct ike_config *config, uint16_t group)
{
	if (group == IKE_GROUP_NONE || group == (uint16_t)config->esp[0].group)
		return group == (uint16_t)config->esp[0].group;
	for (size_t i = 0; i < config->n_proposals; i++)
		if (group == (uint16_t)config->proposals[i].group)
			return true;
	return false;
}

/* RFC 2408 4.2: proposals of one number belong together, as ESP with something else. */
static bool stands_alone(const struct sa *sa, const struct sa_proposal *p)
{
	for (size_t i = 0; i < sa->n_proposals; i++)
		if (&sa->proposals[i] != p && sa->proposals[i].number == p->number)
			return false;
	return true;
}

/* Whether this transform of the gateway's is the configuration's Ith. */
static bool choice_match(const struct ike_config *config, size_t i, uint16_t mode,
			 const struct sa_transform *t, struct proposal_child *ret)
{
	struct values wanted = values_phase2(config, i, mode), offered;

	if (t->id != algorithm_esp(config->esp[i].encr) || values_read(t, &life2, &offered) != 0 ||
	    !group_allowed(config, offered.values[ISAKMP_ATTR2_GROUP]))
		return false;
	wanted.values[ISAKMP_ATTR2_GROUP] = offered.values[ISAKMP_ATTR2_GROUP];
	if (memcmp(wanted.values, offered.values, sizeof(wanted.values)) != 0)
		return false;
	life_shorten(&wanted.life_s, offered.life_s);
	life_shorten(&wanted.life_kb, offered.life_kb);
	ret->algorithms = config->esp[i];
	ret->algorithms.group = (enum ike_group)offered.values[ISAKMP_ATTR2_GROUP];
	ret->life_s = wanted.life_s;
	ret->life_kb = wanted.life_kb;
	return true;
}

/* The first transform of a proposal that is the configuration's Ith. */
static bool choose_from(const struct sa *sa, const struct sa_proposal *p,
			const struct ike_config *config, size_t i, uint16_t mode,
			struct proposal_choice *ret)
{
	struct cursor c = cursor_init(p->spi.data, p->spi.len);
	uint32_t spi = cursor_u32(&c);

	if (p->protocol != ISAKMP_PROTOCOL_ESP || !cursor_done(&c) || spi < ISAKMP_SPI_MIN ||
	    !stands_alone(sa, p))
		return false;
	for (size_t t = p->first; t < p->first + p->n_transforms; t++) {
		if (!choice_match(config, i, mode, &sa->transforms[t], &ret->child))
			continue;
		ret->child.spi = spi;
		ret->number = p->number;
		ret->protocol = p->protocol;
		ret->transform = sa->transforms[t];
		return true;
	}
	return false;
}

int proposal_choose_phase2(struct chunk body, const struct ike_config *config, uint16_t mode,
			   struct proposal_choice *ret)
{
	struct sa sa;
	int r = sa_parse(body, &sa);

	if (r != 0)
		return r;
	for (size_t i = 0; i < config->n_esp; i++)
		for (size_t p = 0; p < sa.n_proposals; p++)
			if (choose_from(&sa, &sa.proposals[p], config, i, mode, ret))
				return 0;
	return IKE_DROP_NOT_OFFERED;
}

/* Whether this transform of the gateway's is the configuration's Ith. */
static bool choice_match1(const struct ike_config *config, size_t i, const struct sa_transform *t,
			  struct proposal_choice *ret)
{
	struct values wanted = values_phase1(config, i), offered;

	if (t->id != ISAKMP_TRANSFORM_KEY_IKE || values_read(t, &life1, &offered) != 0 ||
	    memcmp(wanted.values, offered.values, sizeof(wanted.values)) != 0)
		return false;
	life_shorten(&wanted.life_s, offered.life_s);
	ret->phase1 = config->proposals[i];
	ret->life_s = wanted.life_s;
	ret->transform = *t;
	return true;
}

/* RFC 2409 5: there is one proposal, whose transforms are the alternatives. */
int proposal_choose_phase1(struct chunk body, const struct ike_config *config,
			   struct proposal_choice *ret)
{
	struct sa sa;
	int r = sa_parse(body, &sa);

	if (r != 0)
		return r;
	if (sa.n_proposals != 1 || sa.proposals[0].protocol != ISAKMP_PROTOCOL_ISAKMP)
		return IKE_DROP_NOT_OFFERED;
	ret->number = sa.proposals[0].number;
	ret->protocol = ISAKMP_PROTOCOL_ISAKMP;
	for (size_t i = 0; i < config->n_proposals; i++)
		for (size_t t = 0; t < sa.n_transforms; t++)
			if (choice_match1(config, i, &sa.transforms[t], ret))
				return 0;
	return IKE_DROP_NOT_OFFERED;
}

void proposal_build_choice(struct builder *b, const struct proposal_choice *choice, uint32_t spi)
{
	uint8_t spi_octets[ISAKMP_SPI_LEN];
	struct builder sb_spi = builder_init(spi_octets, sizeof(spi_octets));
	struct sa_builder sb = sa_open(b);

	builder_u32(&sb_spi, spi);
	size_t spi_len = choice->protocol == ISAKMP_PROTOCOL_ESP ? sizeof(spi_octets) : 0;
	sa_proposal_open(&sb, choice->number, choice->protocol,
			 (struct chunk){ spi_octets, spi_len });
	sa_transform_copy(&sb, &choice->transform);
	sa_proposal_close(&sb);
}
