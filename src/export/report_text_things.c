/* SPDX-License-Identifier: MIT */
#include "export/report_text.h"

#include "core/fmt.h"
#include "core/lang.h"
#include "export/text_table.h"

#include <stdlib.h>
#include <string.h>

#define PROCESSES_TOLD 16
#define THREADS_TOLD   24
#define CPUS_TOLD      16
#define LOCKS_TOLD     12
#define OTHERS_TOLD    8
#define BLAME_TOLD     8
#define STATES_TOLD    7 /* columns of states; the rest is one more */

#define LABEL(what, m, id) what##_label(m, id, (char[96]){0}, 96)

static void opt_duration(struct text_table *t, bool known, u64 ns)
{
	if (!known)
		text_cell(t, "-");
	else if (!ns)
		text_cell(t, ".");
	else
		text_cell(t, "%s", DURATION(ns));
}

static void opt_count(struct text_table *t, bool known, u64 n)
{
	if (known)
		text_cell(t, "%s", COUNT(n));
	else
		text_cell(t, "-");
}

/* The longest, where only a part was seen one by one as "more than". */
static void longest(struct text_table *t, const struct hist *h)
{
	if (!h->count && !h->total)
		text_cell(t, ".");
	else
		text_cell(t, "%s%s", hist_max_known(h) ? "" : ">", DURATION(h->max));
}

static void split_cells(struct text_table *t, const struct split *s, bool known)
{
	u64 sum = known ? split_sum(s) : 0;

	text_cell(t, "%s", PERCENT(s->running, sum));
	text_cell(t, "%s", PERCENT(s->runnable, sum));
	text_cell(t, "%s", PERCENT(s->blocked, sum));
	text_cell(t, "%s", PERCENT(s->sleeping, sum));
}

static void process_row(struct text_table *t, const struct model *m, const struct process *p)
{
	u64 from = p->born == TIME_UNKNOWN ? m->start : MAX(p->born, m->start);
	u64 until = p->died == TIME_UNKNOWN ? m->now : p->died;

	text_cell(t, "%s", p->name);
	text_cell(t, "%u", p->pid);
	if (p->ppid)
		text_cell(t, "%u", p->ppid);
	else
		text_cell(t, "-");
	text_cell(t, "%s", DURATION(until > from ? until - from : 0));
	if (p->died == TIME_UNKNOWN)
		text_cell(t, "lives");
	else if (p->signal > 0)
		text_cell(t, "signal %d (%s)", p->signal, strsignal(p->signal));
	else if (p->exit_code >= 0)
		text_cell(t, "status %d", p->exit_code);
	else
		text_cell(t, "ended, status not seen");
}

void report_text_processes(const struct model *m, FILE *out)
{
	static const char *const titles[] = {NC_("column", "process"), NC_("column", ">pid"),
		NC_("column", ">parent"), NC_("column", ">life"), NC_("column", "end"), NULL};
	struct text_table t;
	size_t all = 0, shown = 0;

	for (size_t i = 0; i < m->processes.n; i++)
		all += process_shown(m->processes.v[i]);
	if (all < 2)
		return;
	text_table_open(&t, titles);
	for (size_t i = 0; i < m->processes.n && shown < PROCESSES_TOLD; i++) {
		if (!process_shown(m->processes.v[i]))
			continue;
		process_row(&t, m, m->processes.v[i]);
		shown++;
	}
	fputc('\n', out);
	text_table_close(&t, out, 0, text_terminal_width(out));
	and_more(out, all, shown);
}

static u64 times_sum(const u64 ns[STATE_COUNT])
{
	u64 sum = 0;

	for (int s = STATE_NONE + 1; s < STATE_COUNT; s++)
		sum += ns[s];
	return sum;
}

/* Marks the states that get a column: those in which most time passed, running in any case. */
static void states_choose(const struct model *m, bool chosen[STATE_COUNT], bool *others)
{
	u64 sums[STATE_COUNT] = {0}, ns[STATE_COUNT];
	size_t *order, shown;

	for (size_t i = 0; i < m->threads.n; i++) {
		if (!thread_shown(m, m->threads.v[i]))
			continue;
		memset(ns, 0, sizeof(ns));
		thread_times(m, m->threads.v[i], ns);
		for (int s = STATE_NONE + 1; s < STATE_COUNT; s++)
			sums[s] += ns[s];
	}
	sums[STATE_RUNNING] += sums[STATE_RUNNING] ? UINT64_MAX / 2 : 0;
	sums[STATE_LOCK] += sums[STATE_LOCK] ? UINT64_MAX / 4 : 0;
	order = most_weighty(sums, STATE_COUNT, STATES_TOLD, &shown);
	for (size_t i = 0; i < shown; i++)
		chosen[order[i]] = sums[order[i]] > 0;
	for (int s = STATE_NONE + 1; s < STATE_COUNT; s++)
		*others |= sums[s] && !chosen[s];
	free(order);
}

static void thread_row(struct text_table *t, const struct model *m, const struct thread *th,
	const bool chosen[STATE_COUNT], bool others)
{
	struct sight sight = model_sight(m);
	u64 ns[STATE_COUNT] = {0}, sum, rest = 0;

	thread_times(m, th, ns);
	sum = times_sum(ns);
	text_cell(t, "%s", LABEL(thread, m, th->id));
	text_cell(t, "%u", th->tid);
	text_cell(t, "%s", DURATION(sum));
	for (int s = STATE_NONE + 1; s < STATE_COUNT; s++) {
		if (chosen[s])
			text_cell(t, "%s", PERCENT(ns[s], sum));
		else
			rest += ns[s];
	}
	if (others)
		text_cell(t, "%s", PERCENT(rest, sum));
	opt_count(t, sight.switches, th->voluntary);
	opt_count(t, sight.switches, th->preempted);
	opt_duration(t, sight.ready && th->runq.count, th->runq.max);
}

static void threads_head(struct text_table *t, const bool chosen[STATE_COUNT], bool others)
{
	static const char *const titles[] = {
		NC_("column", "thread"), NC_("column", ">tid"), NC_("column", ">life"), NULL};

	text_table_open(t, titles);
	for (int s = STATE_NONE + 1; s < STATE_COUNT; s++) {
		char word[32];

		snprintf(word, sizeof(word), "%s>%s", s > STATE_LOCK ? "-" : "",
			s == STATE_RUNNABLE ? trc("column", "ready") : state_text((enum state)s));
		if (chosen[s])
			text_column(t, word);
	}
	if (others)
		text_column(t, NC_("column", ">other"));
	text_column(t, NC_("column", "->gave way"));
	text_column(t, NC_("column", "->preempted"));
	text_column(t, NC_("column", "->longest ready"));
}

void report_text_threads(const struct model *m, FILE *out)
{
	bool chosen[STATE_COUNT] = {false}, others = false;
	u64 *weights = mem_array(m->threads.n + 1, sizeof(*weights));
	size_t *order, shown, all = 0;
	struct text_table t;

	states_choose(m, chosen, &others);
	for (size_t i = 0; i < m->threads.n; i++) {
		u64 ns[STATE_COUNT] = {0};

		if (!thread_shown(m, m->threads.v[i]))
			continue;
		thread_times(m, m->threads.v[i], ns);
		weights[i] = times_sum(ns) + 1;
		all++;
	}
	order = most_weighty(weights, m->threads.n, MIN(THREADS_TOLD, all), &shown);
	threads_head(&t, chosen, others);
	for (size_t i = 0; i < shown; i++)
		thread_row(&t, m, m->threads.v[order[i]], chosen, others);
	fputc('\n', out);
	text_table_close(&t, out, 0, text_terminal_width(out));
	and_more(out, all, shown);
	free(order);
	free(weights);
}

/* The heaviest first. */
/* The thread of ours that had it longest, for `least` ns or more; 0 none. */
static u32 cpu_mostly(const struct model *m, const struct cpu *c, u64 least)
{
	u64 *ns = mem_array(m->threads.n + 1, sizeof(*ns));
	u32 most = 0;

	for (size_t i = 0; i < lane_count(c->lane); i++) {
		struct span s = lane_copy(c->lane, i);

		if (s.state != CPU_OURS || s.by > m->threads.n)
			continue;
		ns[s.by] += lane_until(c->lane, i, m->now) - s.from;
		most = ns[s.by] > ns[most] ? s.by : most;
	}
	most = ns[most] >= least ? most : 0;
	free(ns);
	return most;
}

void report_text_cpus(const struct model *m, FILE *out)
{
	static const char *const titles[] = {NC_("column", "CPU"), NC_("column", ">the program"),
		NC_("column", ">others"), NC_("column", ">idle"), NC_("column", ">not known"),
		NC_("column", "mostly"), NULL};
	size_t shown = model_sight(m).switches ? MIN(m->cpus.n, CPUS_TOLD) : 0;
	struct text_table t;

	if (!shown)
		return;
	text_table_open(&t, titles);
	for (size_t i = 0; i < shown; i++) {
		const struct cpu *c = &m->cpus.v[i];
		u64 ns[LANE_STATES], all;
		u32 mostly;

		lane_sum(c->lane, m->start, m->now, m->now, ns);
		all = ns[CPU_IDLE] + ns[CPU_OURS] + ns[CPU_OTHER] + ns[CPU_UNKNOWN];
		mostly = cpu_mostly(m, c, all / 100);
		text_cell(&t, "%u", c->number);
		text_cell(&t, "%s", PERCENT(ns[CPU_OURS], all));
		text_cell(&t, "%s", PERCENT(ns[CPU_OTHER], all));
		text_cell(&t, "%s", PERCENT(ns[CPU_IDLE], all));
		text_cell(&t, "%s", PERCENT(ns[CPU_UNKNOWN], all));
		text_cell(&t, "%s", mostly ? LABEL(thread, m, mostly) : "-");
	}
	fputc('\n', out);
	text_table_close(&t, out, 0, text_terminal_width(out));
	and_more(out, m->cpus.n, shown);
}

static void order_by(size_t *order, size_t n, const u64 *weights)
{
	for (size_t i = 1; i < n; i++)
		for (size_t k = i; k && weights[order[k]] > weights[order[k - 1]]; k--) {
			size_t other = order[k];

			order[k] = order[k - 1];
			order[k - 1] = other;
		}
}

static size_t waiters_alive(const struct model *m, const u32 *v, size_t n)
{
	size_t alive = 0;

	for (size_t i = 0; i < n; i++) {
		const struct thread *t = model_thread(m, v[i]);

		alive += t && t->alive;
	}
	return alive;
}

/* How the lock stands at the end: only what is known. */
static void lock_now(struct text_table *t, const struct model *m, const struct lock *l)
{
	const struct span *tip = l->lane ? lane_tip(l->lane) : NULL;
	u32 holder = lock_holder_known(l);
	size_t waiters = waiters_alive(m, l->waiters.v, l->waiters.n);
	char who[96];

	snprintf(who, sizeof(who), "%s", tr("not known"));
	if (holder)
		thread_label(m, holder, who, sizeof(who));
	else if (l->readers.n)
		snprintf(who, sizeof(who), tr("%zu readers"), l->readers.n);
	else if (!tip || tip->state == HOLD_FREE || tip->state == HOLD_NONE)
		snprintf(who, sizeof(who), "%s", waiters ? tr("free") : ".");
	if (waiters)
		text_cell(t, tr("%s, %zu wait"), who, waiters);
	else
		text_cell(t, "%s", who);
}

static bool any_holds_seen(const struct model *m)
{
	for (size_t i = 0; i < m->locks.n; i++)
		if (lock_holds_seen(m->locks.v[i]))
			return true;
	return false;
}

static void locks_head(struct text_table *t, bool holds)
{
	static const char *const titles[] = {NC_("column", "lock"), NC_("column", "-kind"),
		NC_("column", ">taken"), NC_("column", ">contended"), NC_("column", ">waited"),
		NC_("column", ">longest"), NULL};
	static const char *const held[] = {NC_("column", "->held"),
		NC_("column", "->of it running"), NC_("column", "->ready"),
		NC_("column", "->blocked"), NC_("column", "->asleep")};

	text_table_open(t, titles);
	for (size_t i = 0; holds && i < ARRAY_LEN(held); i++)
		text_column(t, held[i]);
	text_column(t, NC_("column", "at the end"));
}

static void lock_row(struct text_table *t, const struct model *m, const struct lock *l, bool holds)
{
	text_cell(t, "%s", LABEL(lock, m, l->id));
	text_cell(t, "%s", lock_kind_text(l->kind));
	opt_count(t, l->exact, l->acquisitions);
	text_cell(t, "%s", COUNT(l->contended));
	opt_duration(t, true, l->wait.total);
	longest(t, &l->wait);
	if (holds) {
		opt_duration(t, lock_holds_seen(l), l->hold.total);
		split_cells(t, &l->hold_split, lock_holds_seen(l));
	}
	lock_now(t, m, l);
}

void report_text_locks(const struct model *m, FILE *out)
{
	u64 *weights = mem_array(m->locks.n + 1, sizeof(*weights));
	bool holds = any_holds_seen(m);
	size_t *order, shown;
	struct text_table t;

	for (size_t i = 0; i < m->locks.n; i++) {
		const struct lock *l = m->locks.v[i];

		weights[i] = l->wait.total + l->acquisitions + (l->waiters.n ? UINT64_MAX / 2 : 0);
	}
	order = most_weighty(weights, m->locks.n, LOCKS_TOLD, &shown);
	order_by(order, shown, weights);
	if (shown) {
		fputc('\n', out);
		locks_head(&t, holds);
		for (size_t i = 0; i < shown; i++)
			lock_row(&t, m, m->locks.v[order[i]], holds);
		text_table_close(&t, out, 0, text_terminal_width(out));
		and_more(out, m->locks.n, shown);
	}
	free(order);
	free(weights);
}

void report_text_conds(const struct model *m, FILE *out)
{
	static const char *const titles[] = {NC_("column", "condition"), NC_("column", ">waits"),
		NC_("column", ">signals"), NC_("column", ">broadcasts"),
		NC_("column", ">nobody heard"), NC_("column", ">waited"), NC_("column", ">longest"),
		NC_("column", ">wait still"), NULL};
	u64 *weights;
	size_t *order, shown;
	struct text_table t;

	if (!m->conds.n)
		return;
	weights = mem_array(m->conds.n, sizeof(*weights));
	for (size_t i = 0; i < m->conds.n; i++)
		weights[i] = m->conds.v[i]->wait.total + m->conds.v[i]->waits;
	order = most_weighty(weights, m->conds.n, OTHERS_TOLD, &shown);
	order_by(order, shown, weights);
	text_table_open(&t, titles);
	for (size_t i = 0; i < shown; i++) {
		const struct cond *c = m->conds.v[order[i]];

		text_cell(&t, "%s", LABEL(cond, m, c->id));
		text_cell(&t, "%s", COUNT(c->waits));
		opt_count(&t, c->exact, c->signals);
		opt_count(&t, c->exact, c->broadcasts);
		opt_count(&t, c->exact, c->unheard);
		opt_duration(&t, true, c->wait.total);
		longest(&t, &c->wait);
		text_cell(&t, "%zu", waiters_alive(m, c->waiters.v, c->waiters.n));
	}
	fputc('\n', out);
	text_table_close(&t, out, 0, text_terminal_width(out));
	and_more(out, m->conds.n, shown);
	free(order);
	free(weights);
}

static void queue_row(struct text_table *t, const struct model *m, const struct queue *q)
{
	double mean = queue_depth_mean(m, q);

	text_cell(t, "%s", LABEL(queue, m, q->id));
	if (q->counter)
		text_cell(t, "%s", tr("a figure"));
	else if (q->capacity)
		text_cell(t, "%s", COUNT(q->capacity));
	else
		text_cell(t, "%s", tr("no limit"));
	opt_count(t, !q->counter, q->puts);
	opt_count(t, !q->counter, q->gets);
	text_cell(t, "%s", COUNT(q->depth_max));
	if (mean < 0)
		text_cell(t, "-");
	else
		text_cell(t, "%.1f", mean);
	opt_duration(t, !q->counter, q->put_wait.total);
	opt_duration(t, !q->counter, q->get_wait.total);
	opt_count(t, !q->counter, q->timeouts);
}

void report_text_queues(const struct model *m, FILE *out)
{
	static const char *const titles[] = {NC_("column", "queue"), NC_("column", ">capacity"),
		NC_("column", ">puts"), NC_("column", ">gets"), NC_("column", ">most"),
		NC_("column", ">mean"), NC_("column", ">waited to put"),
		NC_("column", ">waited to get"), NC_("column", ">timeouts"), NULL};
	size_t shown = MIN(m->queues.n, OTHERS_TOLD);
	struct text_table t;

	if (!shown)
		return;
	text_table_open(&t, titles);
	for (size_t i = 0; i < shown; i++)
		queue_row(&t, m, m->queues.v[i]);
	fputc('\n', out);
	text_table_close(&t, out, 0, text_terminal_width(out));
	and_more(out, m->queues.n, shown);
}

void report_text_coroutines(const struct model *m, FILE *out)
{
	static const char *const titles[] = {NC_("column", "coroutine"), NC_("column", "thread"),
		NC_("column", ">resumes"), NC_("column", ">running"), NC_("column", ">ready"),
		NC_("column", ">waiting"), NULL};
	size_t shown = MIN(m->coroutines.n, OTHERS_TOLD);
	struct text_table t;

	if (!shown)
		return;
	text_table_open(&t, titles);
	for (size_t i = 0; i < shown; i++) {
		const struct coroutine *c = m->coroutines.v[i];

		text_cell(&t, "%s", c->name[0] ? c->name : "-");
		text_cell(&t, "%s", c->thread ? LABEL(thread, m, c->thread) : "-");
		text_cell(&t, "%s", COUNT(c->resumes));
		opt_duration(&t, true, c->running_ns);
		opt_duration(&t, true, c->ready_ns);
		opt_duration(&t, true, c->waiting_ns);
	}
	fputc('\n', out);
	text_table_close(&t, out, 0, text_terminal_width(out));
	and_more(out, m->coroutines.n, shown);
}

static void blame_row(struct text_table *t, const struct model *m, const struct blame *b)
{
	bool free = b->holder == HELD_BY_NOBODY;

	text_cell(t, "%s", LABEL(thread, m, b->waiter));
	text_cell(t, "%s",
		free        ? tr("nobody: it was free")
		: b->holder ? LABEL(thread, m, b->holder)
			    : tr("not known"));
	text_cell(t, "%s", LABEL(lock, m, b->lock));
	text_cell(t, "%s", COUNT(b->count));
	text_cell(t, "%s", DURATION(b->ns));
	split_cells(t, &b->split, b->holder && !free);
}

void report_text_blame(const struct model *m, FILE *out)
{
	static const char *const titles[] = {NC_("column", "who waited"), NC_("column", "for whom"),
		NC_("column", "lock"), NC_("column", ">times"), NC_("column", ">in all"),
		NC_("column", "->while it was running"), NC_("column", "->ready"),
		NC_("column", "->blocked"), NC_("column", "->asleep"), NULL};
	u64 *weights = mem_array(m->blame.n + 1, sizeof(*weights));
	size_t *order, shown, all = 0;
	struct text_table t;

	for (size_t i = 0; i < m->blame.n; i++)
		weights[i] =
			lock_has_owner(model_lock(m, m->blame.v[i].lock)) ? m->blame.v[i].ns : 0;
	for (size_t i = 0; i < m->blame.n; i++)
		all += weights[i] > 0;
	order = most_weighty(weights, m->blame.n, MIN(BLAME_TOLD, all), &shown);
	order_by(order, shown, weights);
	if (shown) {
		fputc('\n', out);
		text_table_open(&t, titles);
		for (size_t i = 0; i < shown; i++)
			blame_row(&t, m, &m->blame.v[order[i]]);
		text_table_close(&t, out, 0, text_terminal_width(out));
		and_more(out, all, shown);
	}
	free(order);
	free(weights);
}
