/* SPDX-License-Identifier: MIT */
#include "export/compare.h"

#include "core/lang.h"
#include "core/mem.h"
#include "export/report_facts.h"

#include <math.h>
#include <string.h>

const char *compare_class_word(enum compare_class class)
{
	static const char *const words[] = {NC_("compared", "session"), NC_("compared", "lock"),
		NC_("compared", "thread"), NC_("compared", "queue")};

	return words[class];
}

const char *compare_metric_word(enum compare_metric metric)
{
	static const char *const words[] = {
#define X(name, word, unit) [METRIC_##name] = word,
		COMPARE_METRICS(X)
#undef X
	};

	return words[metric];
}

enum compare_unit compare_metric_unit(enum compare_metric metric)
{
	static const enum compare_unit units[] = {
#define X(name, word, unit) [METRIC_##name] = unit,
		COMPARE_METRICS(X)
#undef X
	};

	return units[metric];
}

static struct compare_thing *thing_of(
	struct comparison *c, enum compare_class class, const char *name)
{
	for (size_t i = 0; i < c->things.n; i++)
		if (c->things.v[i].class == class && !strcmp(c->things.v[i].name, name))
			return &c->things.v[i];
	vec_push(&c->things, (struct compare_thing){.class = class});
	snprintf(vec_last(&c->things)->name, sizeof(c->things.v->name), "%s", name);
	return vec_last(&c->things);
}

static void put(struct compare_thing *t, int side, enum compare_metric metric, double value)
{
	t->known[side][metric] = true;
	t->value[side][metric] = value;
}

/* Of none at all each figure is 0. */
static bool none_seen(const struct hist *h)
{
	return !h->count && !h->total && !h->at_least;
}

/* Adds up over the members; one that is not known makes the sum unknown. */
static void put_sum(
	struct compare_thing *t, int side, enum compare_metric metric, bool known, double value)
{
	bool first = t->members[side] == 1;

	t->known[side][metric] = known && (first || t->known[side][metric]);
	t->value[side][metric] += value;
}

static void put_hist(
	struct compare_thing *t, int side, enum compare_metric p50, const struct hist *h)
{
	if (none_seen(h) || hist_spread_known(h)) {
		put(t, side, p50, (double)hist_percentile(h, 0.5));
		put(t, side, p50 + 1, (double)hist_percentile(h, 0.99));
	}
	if (none_seen(h) || hist_max_known(h))
		put(t, side, p50 + 2, (double)h->max);
}

static const char *lock_name(const struct lock *l, char *buf, size_t size)
{
	if (l->name[0])
		snprintf(buf, size, "%s", l->name);
	else
		snprintf(buf, size, "unnamed %s", lock_kind_word(l->kind));
	return buf;
}

static void locks_add(struct comparison *c, int side, const char *name)
{
	const struct model *m = c->model[side];
	struct compare_thing *t = thing_of(c, COMPARE_LOCK, name);
	struct hist wait = {0}, hold = {0};
	bool holds = true;
	char own[96];

	if (t->members[side])
		return;
	for (size_t i = 0; i < m->locks.n; i++) {
		const struct lock *l = m->locks.v[i];

		if (strcmp(lock_name(l, own, sizeof(own)), name) != 0)
			continue;
		t->members[side]++;
		hist_merge(&wait, &l->wait);
		hist_merge(&hold, &l->hold);
		holds &= lock_holds_seen(l);
		put_sum(t, side, METRIC_ACQUISITIONS, l->exact, (double)l->acquisitions);
		put_sum(t, side, METRIC_CONTENDED, true, (double)l->contended);
	}
	put(t, side, METRIC_WAIT_TOTAL, (double)wait.total);
	put_hist(t, side, METRIC_WAIT_P50, &wait);
	if (holds) {
		put(t, side, METRIC_HOLD_TOTAL, (double)hold.total);
		put_hist(t, side, METRIC_HOLD_P50, &hold);
	}
	hist_free(&wait);
	hist_free(&hold);
}

static void thread_add(struct compare_thing *t, int side, const struct model *m,
	const struct thread *thread, struct sight sight)
{
	u64 ns[STATE_COUNT];

	thread_times(m, thread, ns);
	t->members[side]++;
	put_sum(t, side, METRIC_RUNNING, sight.switches, (double)ns[STATE_RUNNING]);
	put_sum(t, side, METRIC_RUNNABLE, sight.ready, (double)ns[STATE_RUNNABLE]);
	put_sum(t, side, METRIC_LOCK_WAIT, sight.locks, (double)ns[STATE_LOCK]);
	put_sum(t, side, METRIC_SLEEP, sight.switches, (double)ns[STATE_SLEEP]);
	put_sum(t, side, METRIC_PREEMPTED, sight.switches, (double)thread->preempted);
}

static void threads_add(struct comparison *c, int side, const char *name)
{
	const struct model *m = c->model[side];
	struct compare_thing *t = thing_of(c, COMPARE_THREAD, name);
	struct sight sight = model_sight(m);
	struct hist runq = {0};

	if (t->members[side])
		return;
	for (size_t i = 0; i < m->threads.n; i++) {
		const struct thread *thread = m->threads.v[i];

		if (!thread_shown(m, thread) || strcmp(thread->name, name) != 0)
			continue;
		thread_add(t, side, m, thread, sight);
		hist_merge(&runq, &thread->runq);
	}
	if (sight.ready && hist_spread_known(&runq))
		put(t, side, METRIC_RUNQ_P99, (double)hist_percentile(&runq, 0.99));
	hist_free(&runq);
}

static void queue_add(struct comparison *c, int side, const struct queue *q)
{
	const struct model *m = c->model[side];
	struct compare_thing *t = thing_of(c, COMPARE_QUEUE, q->name[0] ? q->name : "unnamed");
	double seconds = (double)model_duration(m) / 1e9, mean = queue_depth_mean(m, q);

	t->members[side]++;
	put_sum(t, side, METRIC_PUTS, true, (double)q->puts);
	put_sum(t, side, METRIC_GETS, true, (double)q->gets);
	put_sum(t, side, METRIC_GETS_PER_S, seconds > 0,
		seconds > 0 ? (double)q->gets / seconds : 0);
	put_sum(t, side, METRIC_PUT_WAIT, true, (double)q->put_wait.total);
	put_sum(t, side, METRIC_GET_WAIT, true, (double)q->get_wait.total);
	put_sum(t, side, METRIC_DEPTH_MEAN, mean >= 0, mean >= 0 ? mean : 0);
}

static void side_add(struct comparison *c, int side)
{
	const struct model *m = c->model[side];
	struct compare_thing *session = thing_of(c, COMPARE_SESSION, "session");
	char name[96];

	session->members[side] = 1;
	put(session, side, METRIC_DURATION, (double)model_duration(m));
	for (size_t i = 0; i < m->locks.n; i++)
		locks_add(c, side, lock_name(m->locks.v[i], name, sizeof(name)));
	for (size_t i = 0; i < m->threads.n; i++)
		if (thread_shown(m, m->threads.v[i]))
			threads_add(c, side, m->threads.v[i]->name);
	for (size_t i = 0; i < m->queues.n; i++)
		if (!m->queues.v[i]->counter)
			queue_add(c, side, m->queues.v[i]);
}

void compare_open(struct comparison *c, const struct model *const model[2],
	const struct findings *const findings[2])
{
	*c = (struct comparison){
		.model = {model[0], model[1]}, .findings = {findings[0], findings[1]}};
	side_add(c, 0);
	side_add(c, 1);
}

void compare_close(struct comparison *c)
{
	vec_free(&c->things);
}

char *compare_change(char *buf, size_t size, double a, double b)
{
	if (a == b || (a && fabs(b / a - 1) < 0.005))
		snprintf(buf, size, "%s", tr("same"));
	else if (a == 0)
		snprintf(buf, size, "%s", tr("from none"));
	else if (b == 0)
		snprintf(buf, size, "%s", tr("to none"));
	else if (b >= 2 * a)
		snprintf(buf, size, "x%.3g", b / a);
	else
		snprintf(buf, size, "%+.0f %%", 100 * (b / a - 1));
	return buf;
}

size_t compare_findings(const struct comparison *c, int side, const char *kind)
{
	size_t n = 0;

	for (size_t i = 0; i < findings_count(c->findings[side]); i++)
		n += !strcmp(findings_get(c->findings[side], i)->ops->kind, kind);
	return n;
}
