/* SPDX-License-Identifier: MIT */
/* The locks as a table: who holds and who waits at the moment shown; totals of the session. */
#include "tui/locktable.h"

#include "core/fmt.h"
#include "core/lang.h"
#include "tui/look.h"
#include "tui/moment.h"
#include "tui/search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FEW_LOCKS 8 /* are shown by letter: more, by what was waited for */

enum {
	COL_LOCK,
	COL_HOLDER,
	COL_WAITING,
	COL_TAKEN,
	COL_CONTENDED,
	COL_LONGEST,
	COL_MEDIAN,
	COL_P99,
	COL_HELD,
	COL_RUNNING,
	COL_READY,
	COL_BLOCKED,
	COL_ASLEEP,
	COL_COUNT,
};

static const struct column columns[COL_COUNT] = {
	[COL_LOCK] = {NC_("column", "lock"), 0, 100, false},
	[COL_HOLDER] = {NC_("column", "holder"), 12, 95, false},
	[COL_WAITING] = {NC_("column", "waiting"), 18, 90, false},
	[COL_TAKEN] = {NC_("column", "taken"), 7, 80, true},
	[COL_CONTENDED] = {NC_("column", "contended"), 10, 85, true},
	[COL_LONGEST] = {NC_("column", "longest wait"), 12, 88, true},
	[COL_MEDIAN] = {NC_("column", "median wait"), 11, 10, true},
	[COL_P99] = {NC_("column", "99 % wait"), 9, 11, true},
	[COL_HELD] = {NC_("column", "held"), 9, 30, true},
	[COL_RUNNING] = {NC_("column", "run %"), 5, 24, true},
	[COL_READY] = {NC_("column", "ready %"), 7, 23, true},
	[COL_BLOCKED] = {NC_("column", "block %"), 7, 25, true},
	[COL_ASLEEP] = {NC_("column", "sleep %"), 7, 22, true},
};

/* How long those who wait now have waited already, at most. */
static u64 longest_wait(const struct model *m, const struct lock *l)
{
	u64 most = l->wait.max;

	for (size_t i = 0; i < l->waiters.n; i++) {
		const struct thread *t = model_thread(m, l->waiters.v[i]);

		if (t && t->waits_lock == l->id && m->now > t->wait_since)
			most = MAX(most, m->now - t->wait_since);
	}
	return most;
}

/* Barriers and conditions have tables of their own kind; what nobody used is not shown. */
static bool lock_shown(const struct ui *u, const struct lock *l)
{
	return shows_lock(u, l->id) && l->kind != LOCK_KIND_COND && l->kind != LOCK_KIND_BARRIER &&
	       (l->letter || l->acquisitions || l->contended || l->waiters.n || l->wait.count);
}

size_t locktable_rows(const struct ui *u, const struct model *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->locks.n; i++)
		n += lock_shown(u, m->locks.v[i]);
	return n;
}

/* What the order is made of: the greater first. */
static u64 sort_key(const struct model *m, const struct lock *l, int column, u64 moment)
{
	enum hold hold;
	u64 waiters;
	u64 split = l->hold_split.running + l->hold_split.runnable + l->hold_split.blocked +
		    l->hold_split.sleeping;

	switch (column) {
	case COL_WAITING: moment_holder(l, moment, m->now, &hold, &waiters); return waiters;
	case COL_HOLDER: return moment_holder(l, moment, m->now, &hold, &waiters);
	case COL_TAKEN: return l->acquisitions;
	case COL_CONTENDED: return l->contended;
	case COL_LONGEST: return longest_wait(m, l);
	case COL_MEDIAN: return hist_percentile(&l->wait, 0.5);
	case COL_P99: return hist_percentile(&l->wait, 0.99);
	case COL_HELD: return l->hold.total;
	case COL_RUNNING: return split ? l->hold_split.running * 1000 / split : 0;
	case COL_READY: return split ? l->hold_split.runnable * 1000 / split : 0;
	case COL_BLOCKED: return split ? l->hold_split.blocked * 1000 / split : 0;
	case COL_ASLEEP: return split ? l->hold_split.sleeping * 1000 / split : 0;
	/* by letter, then by what was fought for most */
	default: return l->letter ? ~(u64)l->letter : l->wait.total >> 1;
	}
}

/* What was waited for most, in steps of twice as long so that lines keep their places; by letter.
 */
static u64 fought_key(const struct lock *l)
{
	u64 steps = l->wait.total ? 64 - (u64)__builtin_clzll(l->wait.total) : 0;

	return steps << 8 | (l->letter ? 0xffu - l->letter : 0);
}

struct order_item {
	u64 key;
	u32 lock;
};

static int order_compare(const void *a, const void *b)
{
	const struct order_item *x = a, *y = b;

	if (x->key != y->key)
		return x->key > y->key ? -1 : 1;
	return x->lock < y->lock ? -1 : x->lock > y->lock;
}

void locktable_order(const struct ui *u, const struct model *m, u64 moment, const struct list *list,
	lock_order *order)
{
	struct order_item *items = mem_array(m->locks.n + 1, sizeof(*items));
	size_t n = 0;

	for (size_t i = 0; i < m->locks.n; i++) {
		const struct lock *l = m->locks.v[i];

		if (lock_shown(u, l))
			items[n++] = (struct order_item){sort_key(m, l, list->sort, moment), l->id};
	}
	for (size_t i = 0; i < n && list->sort == COL_LOCK && n > FEW_LOCKS; i++)
		items[i].key = fought_key(model_lock(m, items[i].lock));
	qsort(items, n, sizeof(*items), order_compare);
	order->n = 0;
	for (size_t i = 0; i < n; i++)
		vec_push(order, items[list->inverted ? n - 1 - i : i].lock);
	free(items);
}

struct locktable {
	struct frame *f;
	lock_order order;
};

#define WARM_THREADS 64 /* at once */

/* Memory is asked for the lanes of threads [from, until) before any of them is looked at. */
static void waits_warm(const struct model *m, u64 moment, size_t from, size_t until)
{
	for (int pass = 0; pass < LANE_PASSES; pass++)
		for (size_t i = from; i < until; i++)
			lane_warm(m->threads.v[i]->lane, moment, pass);
}

/* Everyone who waits at the moment shown: found again where that or what is known has changed. */
static void waits_find(const struct frame *f)
{
	const struct model *m = f->m;
	struct waits_at *w = &f->u->waits;

	if (w->of == m && w->moment == f->moment && w->now == f->now && w->events == m->events)
		return;
	w->of = m;
	w->moment = f->moment;
	w->now = f->now;
	w->events = m->events;
	w->pairs.n = 0;
	for (size_t i = 0; i < m->threads.n; i++) {
		const struct lane *l = m->threads.v[i]->lane;
		size_t at;

		if (i % WARM_THREADS == 0)
			waits_warm(m, f->moment, i, MIN(i + WARM_THREADS, m->threads.n));
		at = lane_at(l, f->moment);
		if (at != SIZE_MAX && lane_state(l, at) == STATE_LOCK)
			vec_push(&w->pairs, event_pair(m->threads.v[i]->id, lane_brief(l, at).obj));
	}
}

static void entry_waiting(const struct locktable *t, const struct lock *l, struct entry *e)
{
	const struct waits_at *w = &t->f->u->waits;
	char name[80];
	size_t n = 0, count = 0;

	for (size_t i = 0; i < w->pairs.n; i++) {
		if (event_hi(w->pairs.v[i]) != l->id || n >= sizeof(e->text) - 1)
			continue;
		thread_label(t->f->m, event_lo(w->pairs.v[i]), name, sizeof(name));
		n += (size_t)snprintf(e->text + n, sizeof(e->text) - n, "%s%s", n ? " " : "", name);
		count++;
	}
	if (count > 1 && grid_text_width(e->text) > columns[COL_WAITING].width)
		snprintf(e->text, sizeof(e->text), tr("%zu threads"), count);
	if (count)
		e->style = STYLE(BAD);
}

static void entry_holder(struct frame *f, const struct lock *l, struct entry *e)
{
	enum hold hold;
	u64 waiters;
	u32 holder = moment_holder(l, f->moment, f->now, &hold, &waiters);

	if (holder) {
		thread_label(f->m, holder, e->text, sizeof(e->text));
		e->style = STYLE_A(DEFAULT, ATTR_BOLD);
		return;
	}
	e->style = STYLE(DIM);
	if (l->died != TIME_UNKNOWN && l->died <= f->moment)
		snprintf(e->text, sizeof(e->text), tr("destroyed"));
	else if (hold == HOLD_FREE)
		snprintf(e->text, sizeof(e->text), tr("free"));
	else if (hold == HOLD_HELD && l->kind == LOCK_KIND_RWLOCK)
		snprintf(e->text, sizeof(e->text), tr("readers"));
	else if (hold != HOLD_NONE)
		snprintf(e->text, sizeof(e->text), tr("not known"));
}

static void entry_share(u64 part, const struct split *s, struct entry *e)
{
	u64 all = s->running + s->runnable + s->blocked + s->sleeping;

	if (all)
		snprintf(e->text, sizeof(e->text), "%.0f", (double)part * 100 / (double)all);
}

static void entry_duration(u64 ns, bool known, struct entry *e)
{
	if (known)
		fmt_duration(e->text, sizeof(e->text), ns);
}

static void locktable_entry(void *ctx, size_t line, int column, struct entry *e)
{
	struct locktable *t = ctx;
	struct frame *f = t->f;
	const struct lock *l = model_lock(f->m, t->order.v[line]);
	const struct split *s = &l->hold_split;

	switch (column) {
	case COL_LOCK:
		lock_title(f->m, l->id, e->text, sizeof(e->text));
		e->style = (struct style){
			letter_colour(l), COLOUR_DEFAULT, l->id == f->u->lock ? ATTR_BOLD : 0};
		break;
	case COL_HOLDER: entry_holder(f, l, e); break;
	case COL_WAITING: entry_waiting(t, l, e); break;
	case COL_TAKEN:
		if (l->exact)
			fmt_count(e->text, sizeof(e->text), l->acquisitions);
		break;
	case COL_CONTENDED: fmt_count(e->text, sizeof(e->text), l->contended); break;
	case COL_LONGEST: {
		u64 longest = longest_wait(f->m, l);

		/* "more than" where one waited already as it was found */
		if (longest && l->wait.at_least)
			snprintf(e->text, sizeof(e->text), ">");
		if (longest)
			fmt_duration(e->text + strlen(e->text), sizeof(e->text) - strlen(e->text),
				longest);
		break;
	}
	case COL_MEDIAN:
		entry_duration(hist_percentile(&l->wait, 0.5), hist_spread_known(&l->wait), e);
		break;
	case COL_P99:
		entry_duration(hist_percentile(&l->wait, 0.99), hist_spread_known(&l->wait), e);
		break;
	case COL_HELD: entry_duration(l->hold.total, l->exact && l->acquisitions, e); break;
	case COL_RUNNING: entry_share(s->running, s, e); break;
	case COL_READY: entry_share(s->runnable, s, e); break;
	case COL_BLOCKED: entry_share(s->blocked, s, e); break;
	default: entry_share(s->sleeping, s, e);
	}
}

void locktable_draw(struct frame *f, struct rect r, struct list *list, bool focused, bool sorted)
{
	struct locktable t = {.f = f};
	struct table table = {.columns = columns,
		.count = COL_COUNT,
		.entry = locktable_entry,
		.ctx = &t,
		.list = list,
		.focused = focused,
		.sorted = sorted};

	locktable_order(f->u, f->m, f->moment, list, &t.order);
	waits_find(f);
	table.lines = t.order.n;
	table_draw(f, r, &table);
	vec_free(&t.order);
}

u32 locktable_lock(
	const struct ui *u, const struct model *m, u64 moment, const struct list *list, int line)
{
	lock_order order = {0};
	u32 id = 0;

	locktable_order(u, m, moment, list, &order);
	if (line >= 0 && (size_t)line < order.n)
		id = order.v[line];
	vec_free(&order);
	return id;
}

int locktable_line(
	const struct ui *u, const struct model *m, u64 moment, const struct list *list, u32 lock)
{
	lock_order order = {0};
	int line = -1;

	locktable_order(u, m, moment, list, &order);
	for (size_t i = 0; i < order.n; i++)
		if (order.v[i] == lock)
			line = (int)i;
	vec_free(&order);
	return line;
}

int locktable_columns(void)
{
	return COL_COUNT;
}
