/* SPDX-License-Identifier: MIT */
/* CPUs over time, and how each thread fared with them: in the window shown. */
#include "core/fmt.h"
#include "core/lang.h"
#include "tui/lanes.h"
#include "tui/look.h"
#include "tui/moment.h"
#include "tui/search.h"
#include "tui/table.h"

#include <stdio.h>
#include <stdlib.h>

#define TAKERS_LOOK 2000 /* spans looked at for who took a thread's CPU */

enum {
	COL_THREAD,
	COL_CPU,
	COL_RAN,
	COL_READY,
	COL_P50,
	COL_P99,
	COL_LOST,
	COL_BY,
	COL_OWN,
	COL_MOVED,
	COL_MAX
};

static const struct column columns[COL_MAX] = {
	[COL_THREAD] = {NC_("column", "thread"), 0, 100, false},
	[COL_CPU] = {NC_("column", "CPU"), 4, 60, true},
	[COL_RAN] = {NC_("column", "ran %"), 6, 95, true},
	[COL_READY] = {NC_("column", "ready %"), 7, 94, true},
	[COL_P50] = {NC_("column", "median wait"), 11, 40, true},
	[COL_P99] = {NC_("column", "99 % wait"), 9, 70, true},
	[COL_LOST] = {NC_("column", "preempted"), 9, 80, true},
	[COL_BY] = {NC_("column", "mostly by"), 16, 45, false},
	[COL_OWN] = {NC_("column", "gave way"), 8, 50, true},
	[COL_MOVED] = {NC_("column", "moved"), 6, 65, true},
};

struct cpus {
	struct frame *f;
	vec(u32) order; /* thread ids */
	u64 length;     /* of the window, as far as it is known */
};

struct cpu_item {
	u64 key;
	u32 thread;
};

static int item_compare(const void *a, const void *b)
{
	const struct cpu_item *x = a, *y = b;

	if (x->key != y->key)
		return x->key > y->key ? -1 : 1;
	return x->thread < y->thread ? -1 : x->thread > y->thread;
}

static u64 item_key(struct frame *f, const struct thread *t, int column)
{
	u64 ns[LANE_STATES];

	switch (column) {
	case COL_THREAD: return ~(u64)t->id;
	case COL_CPU: return ~(u64)t->cpu;
	case COL_READY: lane_window(f, t->lane, ns); return ns[STATE_RUNNABLE];
	case COL_P50: return hist_percentile(&t->runq, 0.5);
	case COL_P99: return hist_percentile(&t->runq, 0.99);
	case COL_BY:
	case COL_LOST: return t->preempted;
	case COL_OWN: return t->voluntary;
	case COL_MOVED: return t->migrations;
	default: lane_window(f, t->lane, ns); return ns[STATE_RUNNING];
	}
}

static void cpus_order(struct cpus *c, const struct list *list)
{
	const struct model *m = c->f->m;
	struct cpu_item *items = mem_array(m->threads.n + 1, sizeof(*items));
	size_t n = 0;

	for (size_t i = 0; i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];
		const struct process *p = model_process(m, t->process);

		if ((!p || p->target) && shows_thread(c->f->u, t->id))
			items[n++] = (struct cpu_item){item_key(c->f, t, list->sort), t->id};
	}
	qsort(items, n, sizeof(*items), item_compare);
	for (size_t i = 0; i < n; i++)
		vec_push(&c->order, items[list->inverted ? n - 1 - i : i].thread);
	free(items);
}

static void share_text(u64 part, u64 all, struct entry *e)
{
	if (all)
		snprintf(e->text, sizeof(e->text), "%.1f", (double)part * 100 / (double)all);
}

/* Who took a thread's CPU, and how often. */
struct takers {
	u32 id[8], count[8];
	size_t n;
	bool more; /* not all of the window was looked at */
};

static void taker_add(struct takers *t, u32 id)
{
	size_t i = 0;

	while (i < t->n && t->id[i] != id)
		i++;
	if (i == ARRAY_LEN(t->id))
		return;
	t->id[i] = id;
	t->n = MAX(t->n, i + 1);
	t->count[i]++;
}

/* In the window that is shown; those nobody knows of are not counted. */
static void takers_find(struct frame *f, const struct thread *t, struct takers *by)
{
	const u32 ready = 1u << STATE_RUNNABLE;
	u64 end = window_end(&f->u->window);
	size_t i = lane_at(t->lane, f->u->window.from);
	int left = TAKERS_LOOK;

	for (i = lane_next(t->lane, i == SIZE_MAX ? 0 : i, ready); i != SIZE_MAX;
		i = lane_next(t->lane, i + 1, ready)) {
		const struct span *s = lane_span(t->lane, i);

		if (s->from >= end)
			return;
		by->more = !left--;
		if (by->more)
			return;
		if (s->flags & SPAN_PREEMPTED && s->by)
			taker_add(by, s->by);
	}
}

static void taker_text(struct frame *f, const struct thread *t, struct entry *e)
{
	struct takers by = {0};
	size_t best = 0;
	char name[80];

	takers_find(f, t, &by);
	for (size_t i = 1; i < by.n; i++)
		best = by.count[i] > by.count[best] ? i : best;
	if (by.n)
		snprintf(e->text, sizeof(e->text), "%s %u%s",
			thread_label(f->m, by.id[best], name, sizeof(name)), by.count[best],
			by.more ? "+" : "");
}

static void cpus_entry(void *ctx, size_t line, int column, struct entry *e)
{
	struct cpus *c = ctx;
	const struct thread *t = model_thread(c->f->m, c->order.v[line]);
	u64 ns[LANE_STATES];

	switch (column) {
	case COL_THREAD: thread_label(c->f->m, t->id, e->text, sizeof(e->text)); break;
	case COL_CPU:
		if (t->cpu != EVENT_NO_CPU)
			snprintf(e->text, sizeof(e->text), "%u", t->cpu);
		break;
	case COL_RAN:
		lane_window(c->f, t->lane, ns);
		share_text(ns[STATE_RUNNING], c->length, e);
		e->style = STYLE(RUNNING);
		break;
	case COL_READY:
		lane_window(c->f, t->lane, ns);
		share_text(ns[STATE_RUNNABLE], c->length, e);
		e->style = STYLE(RUNNABLE);
		break;
	case COL_P50:
	case COL_P99:
		if (t->runq.count)
			fmt_duration(e->text, sizeof(e->text),
				hist_percentile(&t->runq, column == COL_P50 ? 0.5 : 0.99));
		break;
	case COL_LOST: fmt_count(e->text, sizeof(e->text), t->preempted); break;
	case COL_BY: taker_text(c->f, t, e); break;
	case COL_OWN: fmt_count(e->text, sizeof(e->text), t->voluntary); break;
	default: fmt_count(e->text, sizeof(e->text), t->migrations);
	}
}

static int cpus_lanes(struct frame *f, struct rect r)
{
	struct rect label = {r.x, r.y, f->at.label, 1};
	struct rect lane = {r.x + f->at.label, r.y, r.w - f->at.label, 1};
	int y = 0;

	axis_draw(f, label, lane);
	for (size_t i = 0; i < f->m->cpus.n && y < r.h - 1; i++) {
		const struct cpu *c = &f->m->cpus.v[i];
		u64 ns[LANE_STATES], all;

		if (!c->lane || !lane_count(c->lane))
			continue;
		lane_window(f, c->lane, ns);
		all = ns[CPU_IDLE] + ns[CPU_OURS] + ns[CPU_OTHER] + ns[CPU_UNKNOWN];
		lane.y = r.y + ++y;
		grid_printf(f->g, r.x + 2, lane.y, 8, STYLE(DEFAULT), "CPU %u", c->number);
		if (all && label.w >= 24)
			grid_printf(f->g, r.x + 10, lane.y, label.w - 11, STYLE(DIM),
				"%.0f %% ours %.0f %%",
				(double)(all - ns[CPU_IDLE]) * 100 / (double)all,
				(double)ns[CPU_OURS] * 100 / (double)all);
		lane_draw_cpu(f, lane, c);
	}
	return y + 1;
}

static void cpus_draw(struct frame *f)
{
	struct rect r = f->at.body, upper = r;
	struct cpus c = {.f = f};
	struct list *list = ui_list(f->u);
	struct table t = {.columns = columns,
		.count = COL_MAX,
		.entry = cpus_entry,
		.ctx = &c,
		.list = list,
		.focused = true,
		.sorted = true};
	u64 until = MIN(window_end(&f->u->window), f->now);
	int used;

	upper.h = MAX(r.h / 2, 3);
	used = cpus_lanes(f, upper) + 1;
	c.length = until > f->u->window.from ? until - f->u->window.from : 0;
	cpus_order(&c, list);
	t.lines = c.order.n;
	table_draw(f, (struct rect){r.x, r.y + used, r.w, r.h - used}, &t);
	if (list->chosen >= 0 && (size_t)list->chosen < c.order.n)
		f->u->chosen =
			(struct row){.kind = ROW_THREAD, .id = c.order.v[list->chosen], .y = -1};
	vec_free(&c.order);
}

static int cpus_act(struct ui *u, enum action a, const struct ui_input *in, const struct model *m,
	const struct findings *f)
{
	(void)in;
	(void)f;
	if (a == ACT_ENTER)
		return ui_goto_thread(u, u->chosen.kind == ROW_THREAD ? u->chosen.id : 0);
	if (a == ACT_FIRST || a == ACT_LAST)
		return UI_NOTHING;
	return list_act(ui_list(u), a, m->threads.n, u->at.body.h / 2, COL_MAX);
}

const struct view view_cpus = {
	.name = NC_("view", "CPUs"),
	.brief = NC_("view", "CPUs"),
	.title = N_("what each CPU runs, and how long threads wait for one"),
	.when = WHEN_TIME | WHEN_LIST | WHEN_SORTED,
	.draw = cpus_draw,
	.act = cpus_act,
};
