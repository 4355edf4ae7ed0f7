/* SPDX-License-Identifier: MIT */
/* Inside the figure: what its parts share while it is drawn. */
#ifndef TL_EXPORT_FIGURE_DRAW_H
#define TL_EXPORT_FIGURE_DRAW_H

#include "export/figure.h"

/* A span narrower than NARROW units is not drawn to scale by itself but folded with its like. */
#define NARROW  .14
#define CELL    .5  /* units: folded stretches are cut into cells of it */
#define SLIVER  .07 /* units: nothing that happened is drawn narrower */
#define LABEL_H 1.02

enum row_kind { ROW_PROCESS, ROW_THREAD, ROW_CORO, ROW_QUEUE, ROW_REST };

struct row_hold {
	u64 from, until;
	u32 lock;
	u32 level;
	u32 count; /* holds folded into it; 1: it is one, and to scale */
	bool sampled, read;
};

struct row {
	enum row_kind kind;
	u32 id;                /* of the process, thread, coroutine or queue */
	u32 owner;             /* thread id of a coroutine */
	double y, bar, height; /* of its top, its bar (or graph), and in all */
	double weight;
	u32 levels;
	double level; /* height of one level of holds */
	bool striped;
	vec(struct row_hold) holds;
	char label[160], number[24];
	double label_width;
};

/* What of the legend's occurs */
enum extra {
	EXTRA_HOLD = 1,
	EXTRA_WAITS_FOR = 2,
	EXTRA_WAKES = 4,
	EXTRA_FOLD = 8,
	EXTRA_GAP = 16,
	EXTRA_END = 32,
	EXTRA_SAMPLED = 64,
	EXTRA_READ = 128,
};

struct wait_words {
	const struct row *row;
	u64 from, until;
	u32 lock;
};

struct arrow_tip {
	struct point at;
	double dx, dy; /* where to */
	u8 ink;
};

struct sketch {
	struct figure *fig;
	const struct export_job *job;
	const struct model *m;
	double unit, gap, bar;
	u64 narrow;               /* ns: NARROW units, about */
	size_t holds_most, holds; /* brackets that are kept (0: all), and those that are */
	vec(struct row) rows;
	vec(struct wait_words) waits;
	vec(struct arrow_tip) tips;
	vec(u32) rest;             /* threads without a row of their own */
	vec(const char *) unnamed; /* kinds of findings whose line had no room for it */
	u32 seen;                  /* states that occur, by bit */
	u32 seen_coro;
	u32 extras;
	u64 folded;
	u64 locks[2][16]; /* by id, those drawn somewhere without and with their name */
	size_t notes;     /* marks told below */
	size_t more_queues, more_coros; /* that are not drawn */
	double flag_row;                /* height of the row above the lanes, 0 none */
};

/* Shapes. Each returned pointer is good until the next is drawn. */
struct shape *draw_rect(struct sketch *sk, double x, double y, double w, double h, u8 fill);
struct shape *draw_line(
	struct sketch *sk, const struct point *points, size_t n, u8 ink, double thick);
struct shape *draw_curve(struct sketch *sk, const struct point four[4], u8 ink, double thick);
struct shape *draw_area(struct sketch *sk, const struct point *points, size_t n, u8 fill);
struct shape *draw_text(struct sketch *sk, double x, double y, enum anchor anchor, u8 ink,
	double size, bool bold, const char *words);
void draw_group(struct sketch *sk, const char *class, u32 id, const char *what);
void draw_end(struct sketch *sk);
void draw_about(struct sketch *sk, struct shape *s, const char *what);

/* A bar of a state: its look, in the middle of the height given. */
struct shape *draw_state(
	struct sketch *sk, enum state state, double x, double y, double w, double height);

double draw_x(const struct sketch *sk, u64 at);

/* figure_rows.c: which rows, how high; then where */
void rows_choose(struct sketch *sk);
void rows_place(struct sketch *sk);
void rows_free(struct sketch *sk);
const struct row *row_of_thread(const struct sketch *sk, u32 thread);
void rows_names(struct sketch *sk); /* draws them */

/* figure_holds.c */
void holds_collect(struct sketch *sk); /* of all rows; finds their levels */
void holds_draw(struct sketch *sk, const struct row *row);
void holds_words(struct sketch *sk, const struct row *row);

/* figure_bars.c */
void bars_words(struct sketch *sk); /* over the arrows */
void bars_draw(struct sketch *sk, const struct row *row);
void bars_of_lane(struct sketch *sk, const struct row *row, const struct lane *lane);
void rest_draw(struct sketch *sk, const struct row *row);

/* figure_graphs.c */
u64 queue_top(const struct sketch *sk, const struct queue *q); /* of its scale */
double queue_scale_width(const struct sketch *sk, const struct row *row);
void queue_draw(struct sketch *sk, const struct row *row);
void coroutine_draw(struct sketch *sk, const struct row *row);
enum state coroutine_state(u8 state); /* the thread's state it looks like */

/* figure_arrows.c */
void arrows_draw(struct sketch *sk);
void arrow_tips_draw(struct sketch *sk); /* over the words */

/* figure_frame.c */
double frame_flags_height(const struct sketch *sk);
size_t frame_notes(const struct sketch *sk);    /* how many marks are told below */
const char *sight_words(const struct model *m); /* what could be seen of locks */
char *moment_words(const struct sketch *sk, char *buf, size_t size); /* of --at */
void frame_title(struct sketch *sk);
void frame_axis(struct sketch *sk);
void frame_flags(struct sketch *sk);
void frame_foot(struct sketch *sk); /* legend and caption; sets the figure's height */

/* The lock is drawn: the legend says what it is called, unless it is said where it is. */
static inline void lock_drawn(struct sketch *sk, u32 lock, bool named)
{
	if (lock < 1024)
		sk->locks[named][lock / 64] |= 1ull << lock % 64;
}

/* "A journal", "A" of a lock that is called A, "journal" of one without a letter. */
char *lock_words(const struct sketch *sk, u32 lock, char *buf, size_t size);

/* Words over whatever is there. */
void draw_words(struct sketch *sk, const struct row *row, double x, double y, double h, u8 ink,
	u8 back, const char *words);

/* Whether the thread waits for a lock, a condition, ...: what an arrow may explain. */
static inline bool state_waits(u8 state)
{
	return (state >= STATE_LOCK && state <= STATE_FUTEX) || state == STATE_CHILD;
}

#endif
