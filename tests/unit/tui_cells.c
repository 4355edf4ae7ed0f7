/* SPDX-License-Identifier: MIT */
/*
 * Every cell of every lane against the model: random programs in all states, with losses and with
 * what was forgotten, at every length of a column from a nanosecond to all of it, in ASCII too. And
 * that the check can fail: lanes that keep a state to themselves, or stand a column beside their
 * time, are found out wherever it shows.
 */
#include "tui_oracle.h"
#include "model_world.h"
#include "tui/lanes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define WIDTH 64

struct bench {
	struct model *m;    /* as it is shown */
	struct model *full; /* the same, and nothing of it was forgotten */
	struct ui *u;
	struct grid *g;
	struct frame f;
	struct drawn d;
};

static u64 far(void)
{
	static const u64 most[] = {3, 60, 900, 20000, 400000};

	return 1 + rnd(most[rnd(20) ? rnd(4) : 4]);
}

/* A condition, a queue, a coroutine, a sleep ...: the states that locks do not make. */
static struct event other_event(struct world *w)
{
	static const u8 kinds[] = {EV_COND_WAIT, EV_COND_WAKE, EV_SEM_WAIT, EV_SEM_ACQUIRE,
		EV_BARRIER_WAIT, EV_BARRIER_LEAVE, EV_JOIN_WAIT, EV_JOIN_DONE, EV_QUEUE_NEW,
		EV_QUEUE_PUT_WAIT, EV_QUEUE_PUT, EV_QUEUE_GET_WAIT, EV_QUEUE_GET, EV_CORO_NEW,
		EV_CORO_RESUME, EV_CORO_SUSPEND, EV_CORO_READY, EV_BLOCK, EV_BLOCK, EV_BLOCK};
	static const u64 calls[] = {0, 7, 23, 35, 61, 202, 230, 232, 247, 270, 271, 281};
	u32 tid = rnd(4) && w->on[0] ? w->on[0] : some_tid();
	u8 kind = kinds[rnd(ARRAY_LEN(kinds))];

	if (kind == EV_BLOCK)
		return world_event(w, tid, EV_BLOCK, calls[rnd(ARRAY_LEN(calls))], 0);
	if (kind == EV_JOIN_WAIT || kind == EV_JOIN_DONE)
		return world_event(w, tid, kind, some_tid(), 0);
	return world_event(w, tid, kind, 0x9000 + 0x40 * rnd(6), rnd(9));
}

/* nonsense: one event in so many is anything at all; 0 none */
static void bench_feed(struct bench *b, int steps, u64 losses, u64 nonsense)
{
	struct world w = {.now = START};
	struct session_info info;
	u64 forget;

	session_info_init(&info);
	info.locks = LOCKS_ALL;
	snprintf(info.arch, sizeof(info.arch), "x86_64");
	b->m = model_new(&info);
	b->full = model_new(&info);
	for (int i = 0; i < steps + TIDS; i++) {
		struct event ev =
			i >= TIDS ? world_step(&w, losses)
				  : world_event(&w, 10 + (u32)i, EV_TASK, event_pair(10, 1), 0);

		if (i < TIDS)
			ev.flags = TASK_RUNNABLE;
		else if (!rnd(4))
			ev = other_event(&w);
		else if (nonsense && !rnd(nonsense))
			ev = any_event(w.now);
		if (ev.kind == EV_SWITCH && ev.flags == OUT_SLEEP && !rnd(4))
			ev.flags = rnd(2) ? OUT_DISK : OUT_STOPPED;
		if (ev.kind == EV_NAME ||
			ev.kind == EV_TEXT) /* names stay what can be told apart */
			ev.kind = EV_LATE;
		model_feed(b->m, &ev, 1);
		model_feed(b->full, &ev, 1);
		w.now += i < TIDS ? 0 : far();
	}
	model_advance(b->m, w.now + 1000);
	model_advance(b->full, w.now + 1000);
	forget = rnd(3) ? 0 : START + rnd(w.now - START);
	if (forget)
		model_forget(b->m, forget);
	b->u->known_from = forget;
}

static void bench_open(struct bench *b, u64 run, bool ascii)
{
	static const struct ui_options options = {.colours = 256};

	seed = run * 0x9e3779b97f4a7c15ull;
	memset(b, 0, sizeof(*b));
	b->u = ui_new(&options);
	b->g = grid_new(WIDTH, 4, ascii);
	bench_feed(b, run % 3 ? 500 : 6000, run % 2 ? 60 : 0, run % 5 ? 0 : 30);
	b->u->window = (struct window){.origin = b->m->start, .columns = WIDTH};
	b->f = (struct frame){.u = b->u, .g = b->g, .m = b->m, .now = b->m->now};
	b->d = (struct drawn){.m = b->full,
		.g = b->g,
		.w = &b->u->window,
		.now = b->m->now,
		.known_from = b->u->known_from};
}

static void bench_close(struct bench *b)
{
	model_free(b->m);
	model_free(b->full);
	grid_free(b->g);
	ui_free(b->u);
}

/* Somewhere, at some length of a column from a nanosecond up; none: all of it. */
static void bench_look(struct bench *b, bool all)
{
	struct window *w = &b->u->window;
	u64 length = b->m->now - b->m->start;

	window_fit(w, b->m->start, b->m->now);
	if (all)
		return;
	for (u64 n = rnd(40); n; n--)
		window_zoom(w, true, b->m->start);
	w->from = b->m->start + rnd(length);
	if (rnd(4) == 0 && b->u->known_from)
		w->from = b->u->known_from - MIN(b->u->known_from, rnd(WIDTH) * w->step);
}

/* What there is to draw of one thing, and to check. */
enum lane_of { OF_THREAD, OF_THREAD_TALL, OF_CPU, OF_LOCK, LANES_OF };

static size_t lanes_of(const struct model *m, enum lane_of of)
{
	return of <= OF_THREAD_TALL ? m->threads.n : of == OF_CPU ? m->cpus.n : m->locks.n;
}

static void bench_draw(struct bench *b, enum lane_of of, size_t i)
{
	struct rect r = {0, 0, WIDTH, of == OF_THREAD || of == OF_CPU ? 1 : 2};

	grid_clear(b->g);
	b->d.h = r.h;
	if (of <= OF_THREAD_TALL)
		lane_draw_thread(&b->f, r, b->m->threads.v[i]);
	else if (of == OF_CPU && b->m->cpus.v[i].lane)
		lane_draw_cpu(&b->f, r, &b->m->cpus.v[i]);
	else if (of == OF_LOCK)
		lane_draw_lock(&b->f, r, b->m->locks.v[i]);
	wanted_free(&b->f.wanted);
}

static const char *bench_check(struct bench *b, enum lane_of of, size_t i)
{
	if (of <= OF_THREAD_TALL)
		return check_thread(&b->d, b->full->threads.v[i]);
	if (of == OF_CPU)
		return b->full->cpus.v[i].lane ? check_cpu(&b->d, &b->full->cpus.v[i]) : NULL;
	return check_lock(&b->d, b->full->locks.v[i]);
}

static void test_every_cell(void **state)
{
	static const char *const words[] = {"thread", "tall thread", "CPU", "lock"};
	u32 states = 0;

	(void)state;
	for (u64 run = 1; run <= 60; run++) {
		struct bench b;

		bench_open(&b, run, run % 4 == 1);
		for (int look = 0; look < 12; look++) {
			bench_look(&b, look == 0);
			for (enum lane_of of = 0; of < LANES_OF; of++)
				for (size_t i = 0; i < lanes_of(b.m, of); i++) {
					const char *problem;

					bench_draw(&b, of, i);
					problem = bench_check(&b, of, i);
					if (problem)
						fail_msg("run %d, look %d, %s %d: %s", (int)run,
							look, words[of], (int)i + 1, problem);
				}
		}
		for (size_t i = 0; i < b.full->threads.n; i++)
			for (u32 s = 0; s < STATE_COUNT; s++)
				states |= b.full->threads.v[i]->ns[s] ? 1u << s : 0;
		bench_close(&b);
	}
	assert_int_equal(
		states | 1u, (1u << STATE_COUNT) - 1); /* there was no state that was not */
}

/* The lane, but where it was in that state the one before it goes on. */
static struct lane *lane_without(const struct lane *l, u32 dropped)
{
	struct lane *copy = lane_new();

	for (size_t i = 0; i < lane_count(l); i++) {
		struct span s = lane_copy(l, i);

		if (s.state != dropped)
			lane_push(copy, &s);
	}
	return copy;
}

static struct lane *lane_later(const struct lane *l, u64 by)
{
	struct lane *copy = lane_new();

	for (size_t i = 0; i < lane_count(l); i++) {
		struct span s = lane_copy(l, i);

		s.from += by;
		lane_push(copy, &s);
	}
	return copy;
}

static struct lane **bench_lane(struct bench *b, enum lane_of of, size_t i)
{
	if (of <= OF_THREAD_TALL)
		return &b->m->threads.v[i]->lane;
	return of == OF_CPU ? &b->m->cpus.v[i].lane : &b->m->locks.v[i]->lane;
}

/* Text in a lane may stand elsewhere, or not at all, and tell nothing else. */
static bool shows(const struct bench *b, struct grid *before)
{
	for (int x = 0; x < WIDTH; x++) {
		const struct cell *a = grid_cell(before, x, 0), *c = grid_cell(b->g, x, 0);

		if (a->ch < 0x80 && a->ch != '!' && a->ch != '~' && a->ch != '-')
			continue;
		if (c->ch < 0x80 && c->ch != '!' && c->ch != '~' && c->ch != '-')
			continue;
		if (a->ch != c->ch || (a->attr & ATTR_REVERSE) != (c->attr & ATTR_REVERSE))
			return true;
	}
	return false;
}

/* How many lanes drawn from these others than the true ones could be told, and were. */
static size_t wrong_lanes(struct bench *b, enum lane_of of, u32 dropped)
{
	struct grid *before = grid_new(WIDTH, 4, false);
	size_t told = 0;

	for (size_t i = 0; i < lanes_of(b->m, of); i++) {
		struct lane **at = bench_lane(b, of, i), *own = *at;

		if (!own || !lane_count(own))
			continue;
		bench_draw(b, of, i);
		if (bench_check(b, of, i))
			fail_msg("lane %d of %d: %s", (int)i + 1, of, b->d.problem);
		for (int y = 0; y < 4; y++)
			for (int x = 0; x < WIDTH; x++)
				*grid_cell(before, x, y) = *grid_cell(b->g, x, y);
		*at = dropped ? lane_without(own, dropped) : lane_later(own, b->u->window.step);
		if (lane_count(*at)) {
			bench_draw(b, of, i);
			if (shows(b, before)) {
				if (!bench_check(b, of, i))
					fail_msg("lane %d of %d without %u: nobody noticed",
						(int)i + 1, of, dropped);
				told++;
			}
		}
		lane_free(*at);
		*at = own;
	}
	grid_free(before);
	return told;
}

/* dropped 0: the lanes stand a column later than they are. */
static void nothing_is_kept_back(enum lane_of of, u32 dropped, size_t least)
{
	size_t told = 0;

	for (u64 run = 1; run <= 15; run++) {
		struct bench b;

		bench_open(&b, run, false);
		for (int look = 0; look < 6; look++) {
			bench_look(&b, look == 0);
			told += wrong_lanes(&b, of, dropped);
		}
		bench_close(&b);
	}
	if (told < least)
		fail_msg("only %d lanes of %d without %u", (int)told, of, dropped);
}

static void test_a_wrong_thread_is_found_out(void **state)
{
	(void)state;
	for (u32 s = 0; s < STATE_COUNT; s++) {
		bool often = !s || s == STATE_RUNNING || s == STATE_RUNNABLE || s == STATE_LOCK ||
			     s == STATE_UNKNOWN;

		nothing_is_kept_back(OF_THREAD, s, often ? 40 : 0);
		nothing_is_kept_back(OF_THREAD_TALL, s, often ? 40 : 0);
	}
}

static void test_a_wrong_cpu_is_found_out(void **state)
{
	(void)state;
	for (u32 s = 0; s <= CPU_UNKNOWN; s++)
		nothing_is_kept_back(OF_CPU, s, s == CPU_OTHER ? 0 : 20);
}

static void test_a_wrong_lock_is_found_out(void **state)
{
	(void)state;
	for (u32 s = 0; s <= HOLD_UNKNOWN; s++)
		nothing_is_kept_back(OF_LOCK, s, 20);
}

/* Any other letter in a letter's place names a lock that it had nothing to do with. */
static void test_a_wrong_letter_is_found_out(void **state)
{
	size_t letters = 0;

	(void)state;
	for (u64 run = 1; run <= 20; run++) {
		struct bench b;

		bench_open(&b, run, false);
		bench_look(&b, false);
		for (size_t i = 0; i < b.m->threads.n * 2; i++) {
			enum lane_of of = i % 2 ? OF_THREAD_TALL : OF_THREAD;

			bench_draw(&b, of, i / 2);
			for (int x = 0; x < WIDTH; x++) {
				struct cell *c = grid_cell(b.g, x, of == OF_THREAD_TALL);
				u32 was = c->ch;

				if (!is_letter(was) || c->fg == COLOUR_WARN) /* a zombie */
					continue;
				c->ch = was >= 'a' ? 'z' : 'Z'; /* no lock has that one */
				assert_non_null(bench_check(&b, of, i / 2));
				c->ch = was;
				if (bench_check(&b, of, i / 2))
					fail_msg("lane %d: %s", (int)i / 2 + 1, b.d.problem);
				letters++;
			}
		}
		bench_close(&b);
	}
	assert_true(letters > 200);
}

/* A mark of the reader's or the cursor may stand there; else it is said that something is missing.
 */
static const char *check_axis(struct bench *b)
{
	static const u32 marks[] = {0x2571, 0x25bc, 0x25c6, 0x25c7, 'A', 'B'};
	u64 from, until;

	for (int i = 0; drawn_time(&b->d, i, &from, &until); i++) {
		const struct cell *c = grid_cell(b->g, b->d.x + i, b->u->at.axis.y);
		bool gap = from < b->u->known_from, told = false;

		for (size_t k = 0; k < b->m->gaps.n; k++)
			gap |= b->m->gaps.v[k].from < until && b->m->gaps.v[k].until > from;
		for (size_t k = 0; k < ARRAY_LEN(marks); k++)
			told |= c->ch == as_shown(b->g, marks[k]);
		if (gap && !told)
			return wrong(&b->d, i, "on the axis tells of no gap", c);
	}
	return NULL;
}

static const char *check_rows(struct bench *b, size_t *rows)
{
	const struct ui *u = b->u;
	const char *problem = u->at.axis.h ? check_axis(b) : NULL;

	for (size_t i = 0; !problem && i < u->rows.n; i++) {
		const struct row *r = &u->rows.v[i];
		int y = rows_y(u, r);

		if (y < 0 || y >= u->at.lanes.h)
			continue;
		b->d.y = u->at.lanes.y + y;
		b->d.h = MIN(r->h, u->at.lanes.h - y);
		(*rows)++;
		if (r->kind == ROW_THREAD)
			problem = check_thread(&b->d, model_thread(b->full, r->id));
		else if (r->kind == ROW_CPU)
			problem = check_cpu(&b->d, &b->full->cpus.v[r->id - 1]);
		else
			(*rows)--;
	}
	return problem;
}

/* Whole screens: folded, grouped, filtered, pinned, scrolled, zoomed, with a cursor and its arrows.
 */
static void test_every_screen(void **state)
{
	static const char keys[] = "jjjjjjbbbxXccpoohHlLGgAm++++++++++++++----Z}{([,].,";
	struct ui_status status = {.title = "t", .rung = "r", .rung_note = "", .cost = -1};
	size_t rows = 0;

	(void)state;
	for (u64 run = 1; run <= 24; run++) {
		struct bench b;

		bench_open(&b, run, run % 4 == 1);
		grid_free(b.g);
		b.d.g = b.g = grid_new(60 + (int)rnd(120), 14 + (int)rnd(50), run % 4 == 1);
		status.known_from = b.u->known_from;
		ui_replay(b.u, true);
		ui_draw(b.u, b.g, b.m, NULL, &status);
		for (int i = 0; i < 120; i++) {
			static const char *const filters[] = {"1", "lock", "thread 12", "!14"};
			const char *typed = rnd(30) ? "" : filters[rnd(ARRAY_LEN(filters))];
			struct ui_input in = {.key = (u32)keys[rnd(sizeof(keys) - 1)]};
			const char *problem;

			if (*typed)
				in.key = 'f';
			ui_key(b.u, &in, b.m, NULL);
			for (; *typed; typed++)
				ui_key(b.u, &(struct ui_input){.key = (u32)*typed}, b.m, NULL);
			ui_key(b.u, &(struct ui_input){.key = rnd(4) ? KEY_ENTER_ : KEY_ESC_}, b.m,
				NULL);
			b.u->details = false;
			ui_draw(b.u, b.g, b.m, NULL, &status);
			b.d.x = b.u->at.label;
			b.d.now = b.m->now;
			problem = check_rows(&b, &rows);
			if (problem)
				fail_msg("run %d, key %d: %s", (int)run, i, problem);
		}
		bench_close(&b);
	}
	if (rows < 10000)
		fail_msg("only %d rows", (int)rows);
}

/* A run that is not known for a moment: the name that is written on it does not hide that. */
static void a_moment_unknown(u8 state, enum lane_of of)
{
	struct bench b;
	struct lane **at;

	bench_open(&b, 2, false);
	b.u->known_from = b.d.known_from = 0;
	for (size_t i = 0; i < lanes_of(b.m, of); i++) {
		struct lane *own = *bench_lane(&b, of, i), *long_run = lane_new();
		struct model *full = b.full;
		u64 at_ns = b.m->start;

		lane_push(long_run,
			&(struct span){.from = at_ns, .state = state, .by = 1, .detail = 1});
		lane_push(long_run, &(struct span){.from = at_ns + 4100, .state = CPU_UNKNOWN});
		lane_push(long_run,
			&(struct span){.from = at_ns + 4200, .state = state, .by = 1, .detail = 1});
		b.u->window.from = at_ns;
		b.u->window.step = 1000;
		at = bench_lane(&b, of, i);
		*at = long_run;
		b.full = b.m;
		b.d.m = b.m;
		bench_draw(&b, of, i);
		if (bench_check(&b, of, i))
			fail_msg("lane %d of %d: %s", (int)i + 1, of, b.d.problem);
		assert_int_equal(grid_cell(b.g, 4, 0)->ch, look_of(STATE_UNKNOWN)->glyph);
		*at = own;
		b.full = full;
		b.d.m = full;
		lane_free(long_run);
	}
	bench_close(&b);
}

static void test_a_name_hides_nothing(void **state)
{
	(void)state;
	a_moment_unknown(CPU_OURS, OF_CPU);
	a_moment_unknown(HOLD_HELD, OF_LOCK);
	a_moment_unknown(HOLD_WANTED, OF_LOCK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_cell),
		cmocka_unit_test(test_every_screen),
		cmocka_unit_test(test_a_name_hides_nothing),
		cmocka_unit_test(test_a_wrong_thread_is_found_out),
		cmocka_unit_test(test_a_wrong_cpu_is_found_out),
		cmocka_unit_test(test_a_wrong_lock_is_found_out),
		cmocka_unit_test(test_a_wrong_letter_is_found_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
