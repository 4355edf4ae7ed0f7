/* SPDX-License-Identifier: MIT */
/* Which lanes there are, from top to bottom: processes with their threads and queues, then CPUs. */
#include "tui/search.h"

#include <stdlib.h>
#include <string.h>

#define TALL       3   /* rows of a queue's graph */
#define TALL_FROM  20  /* where so many rows would stay empty */
#define PRESS_MOST 400 /* threads that are added up in a frame though nobody asked for it */

static void row_add(struct ui *u, enum row_kind kind, u32 id, int h, int indent)
{
	vec_push(&u->rows, (struct row){.kind = kind, .id = id, .h = h, .indent = indent});
}

/* A thread by its group, then by the order that is asked for. */
struct place {
	u32 group, thread;
	u64 key;
	const char *name; /* NULL unless it goes by name */
};

static int place_compare(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int names = x->name && y->name ? strcmp(x->name, y->name) : 0;

	if (x->group != y->group)
		return x->group < y->group ? -1 : 1;
	if (names)
		return names;
	if (x->key != y->key)
		return x->key > y->key ? -1 : 1;
	return x->thread < y->thread ? -1 : x->thread > y->thread;
}

typedef vec(struct place) places;

static u64 order_key(const struct model *m, const struct thread *t, enum lane_order order)
{
	u64 ns[STATE_COUNT];

	if (order != ORDER_RAN && order != ORDER_WAITED)
		return 0;
	thread_ns(m, t, ns);
	return ns[order == ORDER_RAN ? STATE_RUNNING : STATE_LOCK];
}

static bool is_pinned(const struct ui *u, u32 thread)
{
	for (size_t i = 0; i < u->pinned.n; i++)
		if (u->pinned.v[i] == thread)
			return true;
	return false;
}

static void places_make(struct ui *u, const struct model *m, places *p)
{
	struct groups *g = &u->groups;
	u64 at = ui_moment(u, m);

	g->of.n = 0;
	for (size_t i = 0; i <= m->threads.n; i++)
		vec_push(&g->of, 0);
	for (size_t i = 0; i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];
		const struct process *of = model_process(m, t->process);

		if ((of && !of->target) || !shows_thread(u, t->id))
			continue;
		if (is_pinned(u, t->id))
			continue;
		g->of.v[t->id] = groups_find(g, m, t, at);
		vec_push(p, (struct place){g->of.v[t->id], t->id, order_key(m, t, u->order),
				    u->order == ORDER_NAME ? t->name : NULL});
	}
	if (p->n)
		qsort(p->v, p->n, sizeof(p->v[0]), place_compare);
}

/* A lane that never had to do with a lock needs no second row. */
static int thread_height(const struct thread *t)
{
	return 1 + (t->holds || t->waits_lock || t->ns[STATE_LOCK] > 0);
}

static bool thread_in(const struct thread *t, const struct window *w)
{
	return t->seen < window_end(w) && (t->died == TIME_UNKNOWN || t->died > w->from);
}

static void rows_thread(struct ui *u, const struct model *m, u32 id, bool all)
{
	const struct thread *t = model_thread(m, id);

	if (!all && !thread_in(t, &u->window))
		return;
	row_add(u, ROW_THREAD, id, thread_height(t), 0);
	for (size_t i = 0; i < m->coroutines.n; i++)
		if (m->coroutines.v[i]->thread == id)
			row_add(u, ROW_COROUTINE, m->coroutines.v[i]->id, 1, 0);
}

/* Of a group that is folded for want of room: as many of the first as there is room for. */
static void rows_part(
	struct ui *u, const struct model *m, const places *p, size_t from, size_t until)
{
	size_t most = u->rows.n + (size_t)groups_part(&u->groups, p->v[from].group);

	for (size_t i = from; i < until && u->rows.n < most; i++) {
		size_t before = u->rows.n;

		rows_thread(u, m, p->v[i].thread, false);
		if (u->rows.n > most)
			u->rows.n = most = before;
	}
}

static void rows_queues(struct ui *u, const struct model *m, u32 process)
{
	for (size_t i = 0; i < m->queues.n; i++)
		if (m->queues.v[i]->process == process && shows_queue(u, m->queues.v[i]->id))
			row_add(u, ROW_QUEUE, m->queues.v[i]->id, 1, 0);
}

static int process_depth(const struct model *m, u32 id)
{
	int depth = 0;

	for (const struct process *p = model_process(m, id); p && depth < 8; depth++) {
		p = model_process(m, p->parent);
		if (!p || !p->target)
			break;
	}
	return depth;
}

static bool process_has_queue(const struct model *m, u32 process)
{
	for (size_t i = 0; i < m->queues.n; i++)
		if (m->queues.v[i]->process == process)
			return true;
	return false;
}

/* A process, with its threads and queues; a child of one thread is its own heading. */
static void rows_process(
	struct ui *u, const struct model *m, const places *p, size_t from, size_t until, bool all)
{
	u32 process = p->v[from].group;
	int depth = process_depth(m, process);
	bool alone = until - from == 1 && depth > 0 && !process_has_queue(m, process);
	bool folded = !alone && groups_folded(&u->groups, process);
	size_t head = u->rows.n;

	if (!alone)
		row_add(u, ROW_PROCESS, process, 1, depth);
	for (size_t i = from; i < until && !folded; i++)
		rows_thread(u, m, p->v[i].thread, all);
	if (folded)
		rows_part(u, m, p, from, until);
	if (alone && u->rows.n > head)
		u->rows.v[head].indent = depth;
	if (!folded)
		rows_queues(u, m, process);
	if (!folded && !alone && u->rows.n == head + 1)
		u->rows.n = head;
}

/* One that is alone needs no heading. */
static void rows_group(
	struct ui *u, const struct model *m, const places *p, size_t from, size_t until, bool all)
{
	u32 group = p->v[from].group;
	bool alone = until - from == 1 && u->groups.by == GROUPS_NAME;
	bool folded = !alone && groups_folded(&u->groups, group);
	size_t head = u->rows.n;

	if (!alone)
		row_add(u, ROW_GROUP, group, 1, 0);
	for (size_t i = from; i < until && !folded; i++)
		rows_thread(u, m, p->v[i].thread, all);
	if (folded)
		rows_part(u, m, p, from, until);
	if (!folded && !alone && u->rows.n == head + 1)
		u->rows.n = head;
}

static void rows_all(struct ui *u, const struct model *m, const places *p, bool all, bool cpus)
{
	bool rest = u->groups.by != GROUPS_PROCESS || !shows_all(u);

	u->rows.n = 0;
	for (size_t i = 0; i < u->pinned.n; i++) {
		const struct thread *t = model_thread(m, u->pinned.v[i]);

		row_add(u, ROW_THREAD, t->id, thread_height(t), 0);
		vec_last(&u->rows)->pinned = true;
	}
	for (size_t i = 0, j; i < p->n; i = j) {
		for (j = i + 1; j < p->n && p->v[j].group == p->v[i].group;)
			j++;
		if (u->groups.by == GROUPS_PROCESS)
			rows_process(u, m, p, i, j, all);
		else
			rows_group(u, m, p, i, j, all);
	}
	if (u->groups.by == GROUPS_PROCESS)
		rows_queues(u, m, 0);
	for (size_t i = 0; rest && i < m->queues.n;
		i++) /* whose threads are elsewhere, or hidden */
		if (shows_queue(u, m->queues.v[i]->id) &&
			rows_find(u, ROW_QUEUE, m->queues.v[i]->id) < 0)
			row_add(u, ROW_QUEUE, m->queues.v[i]->id, 1, 0);
	for (size_t i = 0; cpus && i < m->cpus.n; i++)
		if (m->cpus.v[i].lane && lane_count(m->cpus.v[i].lane))
			row_add(u, ROW_CPU, (u32)i + 1, 1, 0);
}

static int rows_height(const struct ui *u)
{
	int sum = 0;

	for (size_t i = 0; i < u->rows.n; i++)
		sum += u->rows.v[i].h;
	return sum;
}

static void rows_single(struct ui *u)
{
	for (size_t i = 0; i < u->rows.n; i++)
		u->rows.v[i].h = 1;
}

static void rows_drop_cpus(struct ui *u)
{
	while (u->rows.n && vec_last(&u->rows)->kind == ROW_CPU)
		u->rows.n--;
}

static int rows_cpus(const struct ui *u)
{
	int n = 0;

	for (size_t i = u->rows.n; i > 0 && u->rows.v[i - 1].kind == ROW_CPU; i--)
		n++;
	return n;
}

/* Where there is plenty of room a queue's graph is taller. */
static void rows_tall(struct ui *u, int room)
{
	for (size_t i = 0; i < u->rows.n; i++)
		if (u->rows.v[i].kind == ROW_QUEUE && room - rows_height(u) >= TALL_FROM)
			u->rows.v[i].h = TALL;
}

struct head {
	u32 group;
	size_t below; /* rows of its threads */
};

static bool row_is_head(const struct row *r)
{
	return r->kind == ROW_PROCESS || r->kind == ROW_GROUP;
}

/* The group that most rows can be saved by, of those that may be folded; below 0: none. */
static struct head head_largest(const struct ui *u, u32 keep, size_t most)
{
	struct head best = {0};

	for (size_t i = 0, j; i < u->rows.n; i = j) {
		const struct row *r = &u->rows.v[i];

		for (j = i + 1; j < u->rows.n && u->rows.v[j].kind == ROW_THREAD;)
			j++;
		if (row_is_head(r) && r->id != keep && j - i - 1 > MAX(best.below, 1) &&
			j - i - 1 <= most && !groups_opened(&u->groups, r->id) &&
			!groups_folded(&u->groups, r->id))
			best = (struct head){r->id, j - i - 1};
	}
	return best;
}

/*
 * One row per group, the largest first, until all have room; but not so many that most of the room
 * would stay empty. The one that is being looked at stays. What room is left shows the first
 * threads of the group folded last.
 */
static void rows_press(struct ui *u, int room)
{
	u32 keep = u->chosen.kind == ROW_THREAD ? groups_of(&u->groups, u->chosen.id) : 0;
	size_t budget = PRESS_MOST;
	int height = rows_height(u);

	while (height > room) {
		struct head h =
			head_largest(u, keep, MIN(budget, (size_t)MAX(height - room / 2, 0)));

		if (!h.below)
			break;
		vec_push(&u->groups.pressed, h.group);
		height -= (int)h.below;
		budget -= h.below;
		u->groups.part = h.group;
	}
	u->groups.part_rows = MAX(room - height, 0);
}

/* Who is chosen is not folded away. */
static void rows_open(struct ui *u)
{
	u32 group = u->chosen.kind == ROW_THREAD ? groups_of(&u->groups, u->chosen.id) : 0;

	u->groups.pressed.n = 0;
	u->groups.part = 0;
	if (group && groups_folded(&u->groups, group))
		groups_fold(&u->groups, group, false);
}

/*
 * Where there is not room for all: first the CPUs go, then the rows of locks, then the CPUs again,
 * then threads that did not live in the window, then groups are folded.
 */
int rows_build(struct ui *u, const struct model *m, int room)
{
	places p = {0};
	int y = 0, cpus;

	places_make(u, m, &p);
	rows_open(u);
	rows_all(u, m, &p, true, !u->no_cpus);
	cpus = rows_cpus(u);
	if (rows_height(u) > room && rows_height(u) - cpus <= room) {
		rows_drop_cpus(u);
	} else if (rows_height(u) > room) {
		rows_single(u);
		if (rows_height(u) > room)
			rows_drop_cpus(u);
		if (rows_height(u) > room)
			rows_all(u, m, &p, false, false);
		if (rows_height(u) > room)
			rows_single(u);
		if (rows_height(u) > room)
			rows_press(u, room);
		if (u->groups.pressed.n)
			rows_all(u, m, &p, false, false);
		if (rows_height(u) > room)
			rows_single(u);
	}
	rows_tall(u, room);
	for (size_t i = 0; i < u->rows.n; i++) {
		u->rows.v[i].y = y;
		y += u->rows.v[i].h;
	}
	u->pinned_rows = 0;
	for (size_t i = 0; i < u->rows.n && u->rows.v[i].pinned; i++)
		u->pinned_rows += u->rows.v[i].h;
	vec_free(&p);
	return y;
}

int rows_y(const struct ui *u, const struct row *row)
{
	int y = row->y - u->scroll;

	if (row->pinned)
		return row->y;
	return y < u->pinned_rows ? -1 : y;
}

int rows_find(const struct ui *u, enum row_kind kind, u32 id)
{
	for (size_t i = 0; i < u->rows.n; i++)
		if (u->rows.v[i].kind == kind && u->rows.v[i].id == id)
			return (int)i;
	return -1;
}

int rows_of_thread(const struct ui *u, const struct model *m, u32 thread)
{
	const struct thread *t = model_thread(m, thread);
	int i = rows_find(u, ROW_THREAD, thread);
	u32 group = groups_of(&u->groups, thread);

	if (i >= 0 || !t || !groups_folded(&u->groups, group))
		return i;
	return rows_find(u, rows_head(u), group);
}

enum row_kind rows_head(const struct ui *u)
{
	return u->groups.by == GROUPS_PROCESS ? ROW_PROCESS : ROW_GROUP;
}

size_t rows_folded(const struct ui *u, u32 group)
{
	size_t n = groups_size(&u->groups, group);

	for (size_t i = 0; i < u->rows.n; i++)
		n -= u->rows.v[i].kind == ROW_THREAD &&
		     groups_of(&u->groups, u->rows.v[i].id) == group;
	return n;
}
