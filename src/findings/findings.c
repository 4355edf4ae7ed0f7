/* SPDX-License-Identifier: MIT */
#include "findings/findings.h"

#include "core/idmap.h"
#include "core/lang.h"

#include <string.h>

#define X(name) extern const struct finding_ops finding_##name;
FINDINGS(X)
#undef X

static const struct finding_ops *const finding_table[] = {
#define X(name) &finding_##name,
	FINDINGS(X)
#undef X
};

#define KINDS       ARRAY_LEN(finding_table)
#define HAPPENINGS_ 64 /* as many as have a bit in hears */

struct findings {
	vec(struct finding *) told;
	struct idmap index; /* of kind and key -> place in told */
	void *states[KINDS];
	u8 hearers[HAPPENINGS_][KINDS + 1]; /* by happening: kinds that hear it, number + 1 */
	const struct model *model;          /* attached to */
	u64 version, now;                   /* of the model when last looked at */
	bool looked;
};

static size_t ops_number(const struct finding_ops *ops)
{
	for (size_t i = 0; i < KINDS; i++)
		if (finding_table[i] == ops)
			return i;
	die("a kind of finding that is not in the table");
}

bool finding_is_kind(const char *word, size_t n)
{
	for (size_t i = 0; i < KINDS; i++)
		if (strlen(finding_table[i]->kind) == n &&
			!strncmp(finding_table[i]->kind, word, n))
			return true;
	return false;
}

struct findings *findings_new(void)
{
	struct findings *f = mem_alloc(sizeof(*f));

	for (size_t h = 0; h < HAPPENINGS_; h++) {
		size_t n = 0;

		for (size_t i = 0; i < KINDS; i++)
			if (finding_table[i]->observe && finding_table[i]->hears >> h & 1)
				f->hearers[h][n++] = (u8)(i + 1);
	}
	return f;
}

static void finding_free(struct finding *f)
{
	vec_free(&f->threads);
	vec_free(&f->locks);
	free(f->text);
	free(f);
}

void findings_free(struct findings *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < KINDS; i++) {
		if (f->states[i] && finding_table[i]->state_free)
			finding_table[i]->state_free(f->states[i]);
		free(f->states[i]);
	}
	for (size_t i = 0; i < f->told.n; i++)
		finding_free(f->told.v[i]);
	vec_free(&f->told);
	idmap_free(&f->index);
	free(f);
}

static void findings_hear(void *ctx, const struct happening *h)
{
	struct findings *f = ctx;

	for (const u8 *kind = f->hearers[h->kind % HAPPENINGS_]; *kind; kind++)
		finding_table[*kind - 1]->observe(f, f->model, h);
}

void findings_attach(struct findings *f, struct model *m)
{
	f->model = m;
	model_observe(m, findings_hear, f);
}

void findings_update(struct findings *f, const struct model *m, bool final)
{
	if (f->looked && !final && f->version == m->version && f->now == m->now)
		return;
	f->looked = true;
	f->version = m->version;
	f->now = m->now;
	for (size_t i = 0; i < KINDS; i++)
		finding_table[i]->check(f, m, final);
}

size_t findings_count(const struct findings *f)
{
	return f->told.n;
}

const struct finding *findings_get(const struct findings *f, size_t i)
{
	return f->told.v[i];
}

bool finding_fits(const struct finding *f, const struct sift *s)
{
	for (size_t i = 0; i < f->threads.n; i++)
		if (sift_thread(s, f->threads.v[i]))
			return true;
	for (size_t i = 0; i < f->locks.n; i++)
		if (sift_lock(s, f->locks.v[i]))
			return true;
	return !f->threads.n && !f->locks.n;
}

void findings_sift(struct findings *f, const struct sift *s)
{
	size_t n = 0;

	for (size_t i = 0; i < f->told.n; i++)
		if (finding_fits(f->told.v[i], s))
			f->told.v[n++] = f->told.v[i];
		else
			finding_free(f->told.v[i]);
	f->told.n = n;
	idmap_free(&f->index);
}

struct finding *findings_report(struct findings *f, const struct finding_ops *ops, u64 key)
{
	u64 mixed = idmap_mix(ops_number(ops) + 1, key);
	u32 place = idmap_get(&f->index, mixed);
	struct finding *finding;

	if (place != IDMAP_NONE)
		return f->told.v[place];
	finding = mem_alloc(sizeof(*finding));
	*finding = (struct finding){.ops = ops, .key = key, .count = 1};
	idmap_set(&f->index, mixed, (u32)f->told.n);
	vec_push(&f->told, finding);
	return finding;
}

void *findings_state(struct findings *f, const struct finding_ops *ops)
{
	size_t i = ops_number(ops);

	if (!f->states[i])
		f->states[i] = mem_alloc(ops->state_size);
	return f->states[i];
}

const char *finding_kind_text(const struct finding_ops *ops)
{
	return trc_table("finding", ops->kind);
}

const char *severity_word(enum severity s)
{
	static const char *const words[] = {
		NC_("severity", "info"), NC_("severity", "warning"), NC_("severity", "error")};

	return words[s];
}
