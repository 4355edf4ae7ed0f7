/* SPDX-License-Identifier: MIT */
/*
 * Every cell of every lane against the model, over random programs with losses, at random windows:
 * drawn idle was idle, the shortest lock wait leaves its mark, what is unknown is drawn unknown.
 */
#include "source/source.h"
#include "tui/look.h"
#include "tui/ui.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define THREADS 6
#define CPUS    2
#define LOCKS   3

static u64 seed;
static struct trace *trace; /* where events are wanted */

static u64 next(u64 n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % n;
}

struct program {
	struct model *m;
	u64 now;
	u32 on[CPUS];             /* tid, 0 idle */
	bool asleep[THREADS + 1]; /* by tid - 10 */
};

static void feed(struct program *p, struct event ev)
{
	ev.ts = p->now;
	model_feed(p->m, &ev, 1);
	if (trace)
		trace_append(trace, &ev, 1);
}

static void program_switch(struct program *p, u16 cpu)
{
	u32 out = p->on[cpu], in = 0;
	u8 how = (u8)(next(3) ? OUT_SLEEP : next(2) ? OUT_PREEMPTED : OUT_DISK);

	for (u32 tries = 0; tries < 4 && !in; tries++) {
		u32 tid = 11 + (u32)next(THREADS);

		if (tid != p->on[0] && tid != p->on[1] && !p->asleep[tid - 10])
			in = tid;
	}
	if (out && how != OUT_PREEMPTED) {
		u64 lock = 0x1000 + next(LOCKS) * 64;

		if (next(2))
			feed(p, (struct event){.tid = out,
					.kind = EV_LOCK_WAIT,
					.obj = lock,
					.arg = LOCK_KIND_MUTEX,
					.cpu = cpu});
		else
			feed(p, (struct event){
					.tid = out, .kind = EV_BLOCK, .obj = 35, .cpu = cpu});
		p->asleep[out - 10] = true;
	}
	feed(p, (struct event){.tid = out,
			.kind = EV_SWITCH,
			.flags = out ? how : OUT_IDLE,
			.cpu = cpu,
			.obj = event_pair(in, in ? 10 : 0),
			.arg = event_pair(out ? 10 : 0, 120)});
	p->on[cpu] = in;
}

static void program_step(struct program *p)
{
	u16 cpu = (u16)next(CPUS);
	u32 tid = 11 + (u32)next(THREADS);
	u64 lock = 0x1000 + next(LOCKS) * 64;
	u32 waker;

	p->now += next(20) ? next(3000) : next(400000);
	switch (next(12)) {
	case 0:
	case 1:
	case 2:
	case 3: program_switch(p, cpu); break;
	case 4:
	case 5:
	case 6:
		waker = next(2) && p->on[cpu] != tid ? p->on[cpu] : 0;
		feed(p, (struct event){.kind = EV_WAKING,
				.tid = waker,
				.flags = waker ? 0 : WAKE_IRQ,
				.cpu = cpu,
				.obj = event_pair(tid, 10)});
		p->asleep[tid - 10] = false;
		break;
	case 7:
	case 8:
		if (p->on[cpu])
			feed(p, (struct event){.tid = p->on[cpu],
					.kind = EV_LOCK_ACQUIRE,
					.obj = lock,
					.arg = LOCK_KIND_MUTEX,
					.cpu = cpu});
		break;
	case 9:
	case 10:
		if (p->on[cpu])
			feed(p, (struct event){.tid = p->on[cpu],
					.kind = EV_LOCK_RELEASE,
					.obj = lock,
					.arg = LOCK_KIND_MUTEX,
					.cpu = cpu});
		break;
	default:
		if (next(10) == 0)
			feed(p, (struct event){.kind = EV_LOST,
					.flags = LOST_CPU,
					.cpu = cpu,
					.obj = 1 + next(9),
					.arg = p->now -
					       next(MIN(p->now - NSEC_PER_SEC, 5000) + 1)});
	}
}

static struct model *program_run(int steps)
{
	struct session_info info;
	struct program p = {.now = NSEC_PER_SEC};

	session_info_init(&info);
	info.locks = LOCKS_ALL;
	p.m = model_new(&info);
	feed(&p, (struct event){.tid = 10,
			 .kind = EV_TASK,
			 .flags = TASK_SLEEP,
			 .cpu = EVENT_NO_CPU,
			 .obj = event_pair(10, 1)});
	for (u32 tid = 11; tid <= 10 + THREADS; tid++)
		feed(&p, (struct event){.tid = 10,
				 .kind = EV_FORK,
				 .cpu = 0,
				 .obj = event_pair(tid, 10),
				 .arg = 10});
	for (int i = 0; i < steps; i++)
		program_step(&p);
	model_advance(p.m, p.now + 1000);
	return p.m;
}

/* Brute force: every span of the lane that touches [from, until). */
static u32 states_in(const struct lane *l, u64 from, u64 until, u64 now)
{
	u32 mask = 0;

	for (size_t i = 0; i < lane_count(l); i++) {
		u64 a = MAX(lane_span(l, i)->from, from), b = MIN(lane_until(l, i, now), until);

		if (a < b)
			mask |= 1u << lane_span(l, i)->state;
	}
	return mask;
}

static bool gap_in(const struct model *m, const struct thread *t, u64 from, u64 until)
{
	for (size_t i = 0; i < m->gaps.n; i++)
		if (m->gaps.v[i].cpu != EVENT_NO_CPU && m->gaps.v[i].from < until &&
			m->gaps.v[i].until > from && m->gaps.v[i].from >= t->seen)
			return true;
	return false;
}

static bool cell_is_quiet(const struct cell *c)
{
	for (enum state s = STATE_NONE + 1; s < STATE_COUNT; s++)
		if (state_is_quiet(s) && c->ch == look_of(s)->glyph)
			return true;
	/* holds a lock in a quiet column */
	return c->ch >= 'A' && c->ch <= 'Z' && c->bg == COLOUR_DEFAULT;
}

static bool cell_is_arrow(const struct cell *c)
{
	return c->ch == 0x2502 || c->ch == 0x25b2 || c->ch == 0x25bc;
}

/* A line passes behind what may not be overlooked; a sign leaves its colour to be seen. */
static void check_arrow(const struct cell *c, u32 mask)
{
	assert_int_equal(mask & (1u << STATE_LOCK | 1u << STATE_UNKNOWN), 0);
	if (mask & (1u << STATE_RUNNING | 1u << STATE_RUNNABLE))
		assert_true(c->bg == COLOUR_RUNNING || c->bg == COLOUR_RUNNABLE);
}

/* Something was done to the thread by another in that time, or it let go of a lock. */
static bool arrow_belongs(const struct model *m, const struct thread *t, u64 from, u64 until)
{
	for (size_t i = 0; i < lane_count(t->lane); i++) {
		const struct span *s = lane_span(t->lane, i);

		if (s->from >= from && s->from < until && s->by && s->by != t->id &&
			(s->state == STATE_RUNNABLE || s->state == STATE_RUNNING))
			return true;
	}
	for (size_t k = 0; k < m->locks.n; k++) {
		const struct lane *l = m->locks.v[k]->lane;

		for (size_t i = 1; i < lane_count(l); i++)
			if (lane_span(l, i)->from >= from && lane_span(l, i)->from < until &&
				lane_span(l, i - 1)->by &&
				lane_span(l, i - 1)->by != lane_span(l, i)->by)
				return true;
	}
	return false;
}

/* A row of a group: what no lane of it may hide, it does not hide. */
static void check_group_cell(const struct ui *u, const struct model *m, u32 group,
	const struct cell *c, u64 from, u64 until)
{
	const u32 busy =
		1u << STATE_RUNNING | 1u << STATE_RUNNABLE | 1u << STATE_LOCK | 1u << STATE_UNKNOWN;
	u32 mask = 0;

	if (cell_is_arrow(c))
		return;
	for (size_t i = 0; i < m->threads.n; i++)
		if (groups_of(&u->groups, m->threads.v[i]->id) == group)
			mask |= states_in(m->threads.v[i]->lane, from, until, m->now);
	if (cell_is_quiet(c))
		assert_int_equal(mask & busy, 0);
	if (c->ch == 0x2588)
		assert_int_equal(mask & ~1u, 1u << STATE_RUNNING);
	if (mask >> STATE_LOCK & 1)
		assert_int_equal(c->ch, '!');
	else if (mask >> STATE_UNKNOWN & 1)
		assert_int_equal(c->ch, look_of(STATE_UNKNOWN)->glyph);
	if (mask & ~1u)
		assert_int_not_equal(c->ch, ' ');
}

/* How many rows of groups there are. */
static size_t check_groups(const struct ui *u, struct grid *g, const struct model *m)
{
	size_t groups = 0;

	for (size_t i = 0; i < u->rows.n; i++) {
		const struct row *r = &u->rows.v[i];
		int y = rows_y(u, r);

		if (r->kind != rows_head(u) || !groups_folded(&u->groups, r->id) || y < 0 ||
			y >= u->at.lanes.h)
			continue;
		groups++;
		for (int x = 0; x < u->window.columns; x++) {
			u64 from = window_time(&u->window, x);
			u64 until = MIN(from + u->window.step, m->now);

			if (from < until)
				check_group_cell(u, m, r->id,
					grid_cell(g, u->at.label + x, u->at.lanes.y + y), from,
					until);
		}
	}
	return groups;
}

/* How many columns have an arrow. */
static size_t check_arrows(const struct ui *u, struct grid *g, const struct model *m)
{
	size_t columns = 0;

	for (int x = 0; x < u->window.columns; x++) {
		u64 from = window_time(&u->window, x);
		bool any = false;

		for (int y = 0; y < u->at.lanes.h; y++)
			any |= cell_is_arrow(grid_cell(g, u->at.label + x, u->at.lanes.y + y));
		if (any)
			assert_true(arrow_belongs(
				m, model_thread(m, u->chosen.id), from, from + u->window.step));
		columns += any;
	}
	return columns;
}

static void check_cell(
	const struct model *m, const struct thread *t, const struct cell *c, u64 from, u64 until)
{
	const u32 busy =
		1u << STATE_RUNNING | 1u << STATE_RUNNABLE | 1u << STATE_LOCK | 1u << STATE_UNKNOWN;
	u32 mask = states_in(t->lane, from, until, m->now);

	if (cell_is_arrow(c)) {
		check_arrow(c, mask);
		return;
	}
	if (cell_is_quiet(c)) {
		assert_int_equal(mask & busy, 0);
		assert_false(gap_in(m, t, from, until));
	}
	if (c->ch == 0x2588)
		assert_int_equal(mask, 1u << STATE_RUNNING);
	if (mask >> STATE_LOCK & 1)
		assert_true(c->ch == '!' || (c->ch >= 'a' && c->ch <= 'z'));
	else if (mask >> STATE_UNKNOWN & 1)
		assert_int_equal(c->ch, look_of(STATE_UNKNOWN)->glyph);
	if (mask && mask != 1u << STATE_NONE)
		assert_int_not_equal(c->ch, ' ');
}

static void check_screen(const struct ui *u, struct grid *g, const struct model *m)
{
	for (size_t i = 0; i < u->rows.n; i++) {
		const struct row *r = &u->rows.v[i];
		const struct thread *t = model_thread(m, r->id);

		if (r->kind != ROW_THREAD || r->y >= u->at.lanes.h)
			continue;
		for (int x = 0; x < u->window.columns; x++) {
			u64 from = window_time(&u->window, x);
			u64 until = MIN(from + u->window.step, m->now);
			struct cell *c = grid_cell(g, u->at.label + x, u->at.lanes.y + r->y);

			if (from < until)
				check_cell(m, t, c, from, until);
			else
				assert_int_equal(c->ch, ' ');
		}
	}
}

/* Goes to where another thread did something to one, if the dice find such a moment. */
static void somebody_acted(struct ui *u, const struct model *m)
{
	u64 at = m->start + next(m->now - m->start);

	for (int tries = 0; tries < 30; tries++) {
		const struct thread *t = m->threads.v[next(m->threads.n)];
		size_t n = lane_count(t->lane);
		const struct span *s = n ? lane_span(t->lane, next(n)) : NULL;

		if (!s || !s->by || s->by == t->id)
			continue;
		ui_choose(u, t->id);
		at = s->from;
	}
	travel_to(u, at);
}

static size_t look_around(const struct model *m, int height)
{
	struct ui_options options = {.colours = 256};
	struct ui_status status = {.title = "t", .rung = "r", .rung_note = "", .cost = -1};
	struct ui *u = ui_new(&options);
	struct grid *g = grid_new(90, height, false);
	struct findings *f = findings_new();
	size_t arrows = 0;
	static const char keys[] = "++++l+l--Z+h+++z---";

	ui_replay(u, true);
	ui_draw(u, g, m, f, &status);
	check_screen(u, g, m);
	for (const char *k = keys; *k; k++) {
		struct ui_input in = {.key = (u32)*k};

		ui_key(u, &in, m, f);
		ui_draw(u, g, m, f, &status);
		check_screen(u, g, m);
		if (next(3) == 0) {
			somebody_acted(u, m);
			ui_draw(u, g, m, f, &status);
			check_screen(u, g, m);
			arrows += check_arrows(u, g, m);
		}
	}
	findings_free(f);
	grid_free(g);
	ui_free(u);
	return arrows;
}

static void test_groups_agree_with_the_model(void **state)
{
	static const char keys[] = "X+++lb+XhZb++X-lb";
	struct ui_options options = {.colours = 256};
	struct ui_status status = {.title = "t", .rung = "r", .rung_note = "", .cost = -1};
	struct findings *f = findings_new();
	size_t groups = 0;

	(void)state;
	for (u64 run = 1; run <= 20; run++) {
		struct ui *u = ui_new(&options);
		struct grid *g = grid_new(90, run % 2 ? 40 : 14, false);
		struct model *m;

		seed = run * 0x9e3779b97f4a7c15ull;
		m = program_run(run % 4 ? 300 : 3000);
		ui_replay(u, true);
		ui_draw(u, g, m, f, &status);
		for (const char *k = keys; *k; k++) {
			ui_key(u, &(struct ui_input){.key = (u32)*k}, m, f);
			if (next(2))
				travel_to(u, m->start + next(m->now - m->start));
			ui_draw(u, g, m, f, &status);
			groups += check_groups(u, g, m);
		}
		model_free(m);
		grid_free(g);
		ui_free(u);
	}
	findings_free(f);
	assert_true(groups > 200);
}

static void test_cells_agree_with_the_model(void **state)
{
	size_t gaps = 0, arrows = 0;

	(void)state;
	for (u64 run = 1; run <= 40; run++) {
		struct model *m;

		seed = run * 0x9e3779b97f4a7c15ull;
		m = program_run(run % 4 ? 300 : 3000);
		arrows += look_around(m, 40);
		arrows += look_around(m, 14); /* lanes of one row */
		gaps += m->gaps.n;
		model_free(m);
	}
	assert_true(gaps > 50);
	assert_true(arrows > 50);
}

/* Whatever is pressed, at whatever size: every cell holds a character that may be shown. */
static void press_anything(const struct model *m, bool replay)
{
	struct ui_options options = {.colours = 256, .follow = !replay, .ascii = next(2)};
	struct ui_status status = {.title = "t",
		.rung = "r",
		.rung_note = "sees little",
		.output = "out\nput",
		.trace = trace,
		.event_text = synth_print,
		.live = !replay};
	struct ui *u = ui_new(&options);
	struct findings *f = findings_new();

	findings_update(f, m, true);
	ui_replay(u, replay);
	for (int i = 0; i < 400; i++) {
		struct grid *g = grid_new((int)next(240), (int)next(70), options.ascii);
		struct ui_input in = {.key = next(3) ? (u32)next(128)
						     : KEY_UP_ + (u32)next(KEY_CLOSED_ - KEY_UP_),
			.x = (int)next(250),
			.y = (int)next(80)};

		status.ended = !replay && i > 200;
		if (!replay && i == 300)
			trace_forget(trace, m->start + (m->now - m->start) / 2);
		ui_draw(u, g, m, f, &status);
		for (int c = 0; c < g->width * g->height; c++)
			assert_true(g->cells[c].ch == 0 || g->cells[c].ch >= 0x20);
		ui_key(u, &in, m, f);
		ui_tick(u, m, next(50000000));
		grid_free(g);
	}
	findings_free(f);
	ui_free(u);
}

static void test_any_key_at_any_size(void **state)
{
	(void)state;
	for (u64 run = 1; run <= 8; run++) {
		struct model *m;

		seed = run * 0x9e3779b97f4a7c15ull;
		trace = trace_new();
		m = program_run(run == 1 ? 0 : 400);
		press_anything(m, run & 1);
		model_free(m);
		trace_free(trace);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells_agree_with_the_model),
		cmocka_unit_test(test_groups_agree_with_the_model),
		cmocka_unit_test(test_any_key_at_any_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
