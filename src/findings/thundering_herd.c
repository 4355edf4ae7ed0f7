/* SPDX-License-Identifier: MIT */
/*
 * Broadcasts that wake many of whom most find nothing to do: they go back to wait on the same
 * condition without having left its mutex in between.
 */
#include "core/lang.h"
#include "findings/kind.h"
#include "findings/limits.h"

struct herd { /* of one condition */
	u64 called;
	u64 woken, vain, calls;
	u64 first;
	u32 largest;
};

struct roused { /* of one thread: it woke by a broadcast and has not shown yet what for */
	u32 cond;
	u64 waits_since;
};

struct herds {
	vec(struct herd) conds;     /* by cond id */
	vec(struct roused) threads; /* by thread id */
};

const struct finding_ops finding_thundering_herd;

static struct herd *herd_of(struct herds *h, u32 cond)
{
	while (h->conds.n <= cond)
		vec_push(&h->conds, (struct herd){0});
	return &h->conds.v[cond];
}

static struct roused *roused_of(struct herds *h, u32 thread)
{
	while (h->threads.n <= thread)
		vec_push(&h->threads, (struct roused){0});
	return &h->threads.v[thread];
}

static void herd_called(struct herds *all, const struct happening *h)
{
	struct herd *herd = herd_of(all, h->obj);

	if (h->value < HERD_SIZE)
		return;
	herd->called = h->at;
	herd->calls++;
	herd->largest = MAX(herd->largest, (u32)h->value);
	herd->first = herd->first ? herd->first : h->at;
}

static void herd_waits(struct herds *all, const struct happening *h)
{
	struct roused *r = roused_of(all, h->thread);

	if (r->cond && r->cond == h->obj)
		herd_of(all, h->obj)->vain++;
	*r = (struct roused){.waits_since = h->at};
}

static void herd_woken(struct herds *all, const struct happening *h)
{
	struct roused *r = roused_of(all, h->thread);
	struct herd *herd = herd_of(all, h->obj);

	if (!herd->called || r->waits_since >= herd->called)
		return;
	herd->woken++;
	r->cond = h->obj;
}

static void herd_observe(struct findings *f, const struct model *m, const struct happening *h)
{
	struct herds *all = findings_state(f, &finding_thundering_herd);
	const struct cond *c;
	struct roused *r;

	switch (h->kind) {
	case HAPPENING_COND_BROADCAST: herd_called(all, h); break;
	case HAPPENING_COND_WAIT: herd_waits(all, h); break;
	case HAPPENING_COND_WOKEN: herd_woken(all, h); break;
	default: /* LOCK_FREED: it did something with what it woke for */
		r = h->flags & LOCK_COND ? NULL : roused_of(all, h->thread);
		c = r ? model_cond(m, r->cond) : NULL;
		if (c && c->mutex == h->obj)
			r->cond = 0;
	}
}

static void herd_tell(
	struct findings *all, const struct model *m, const struct cond *c, const struct herd *h)
{
	struct finding *f = findings_report(all, &finding_thundering_herd, c->id);
	struct sentence s = {0};

	f->at_ns = h->first;
	f->count = h->calls;
	finding_lock(f, c->mutex);
	say(&s,
		"%s broadcasts on %s woke %s threads (up to %u at once), and %s of these went back "
		"to wait at once; signal one where one can go on, or give each reason to wait its "
		"own condition",
		NUMBER(h->calls), COND_LABEL(m, c->id), NUMBER(h->woken), h->largest,
		NUMBER(h->vain));
	finding_says(f, &s);
}

static void herd_check(struct findings *f, const struct model *m, bool final)
{
	struct herds *all = findings_state(f, &finding_thundering_herd);

	(void) final;
	for (size_t i = 0; i < m->conds.n; i++) {
		const struct herd *h = herd_of(all, m->conds.v[i]->id);

		if (h->vain >= HERD_VAIN && percent(h->vain, h->woken) >= HERD_SHARE)
			herd_tell(f, m, m->conds.v[i], h);
	}
}

static void herds_free(void *state)
{
	struct herds *all = state;

	vec_free(&all->conds);
	vec_free(&all->threads);
}

const struct finding_ops finding_thundering_herd = {
	.kind = NC_("finding", "thundering-herd"),
	.severity = SEVERITY_WARNING,
	.check = herd_check,
	.observe = herd_observe,
	.hears = HEARS(COND_BROADCAST) | HEARS(COND_WAIT) | HEARS(COND_WOKEN) | HEARS(LOCK_FREED),
	.state_size = sizeof(struct herds),
	.state_free = herds_free,
};
