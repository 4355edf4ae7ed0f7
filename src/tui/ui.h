/* SPDX-License-Identifier: MIT */
/* What the user looks at, and what a view is. Private to src/tui. */
#ifndef TL_TUI_UI_H
#define TL_TUI_UI_H

#include "tui/config.h"
#include "core/lang.h"
#include "tui/groups.h"
#include "tui/info.h"
#include "tui/keys.h"
#include "tui/layout.h"
#include "tui/lesson.h"
#include "tui/marks.h"
#include "trace/trace.h"
#include "tui/prompt.h"
#include "model/sift.h"
#include "tui/tui.h"
#include "tui/wanted.h"
#include "tui/window.h"

/*
 * X(name): the views in the order of their keys 1, 2, ...; each is one file that ends in
 * const struct view view_<name>
 */
#define VIEWS(X)    \
	X(timeline) \
	X(locks) X(graph) X(cpus) X(queues) X(processes) X(shares) X(findings) X(events) X(help)

/* A place in a list: which line is chosen and which is the first shown. */
struct list {
	int chosen, first;
	int sort; /* column */
	bool inverted;
};

enum row_kind { ROW_NONE, ROW_PROCESS, ROW_GROUP, ROW_THREAD, ROW_COROUTINE, ROW_QUEUE, ROW_CPU };

struct row {
	enum row_kind kind;
	u32 id;      /* model id; a CPU's index + 1; a group's number */
	int y, h;    /* from the top of all lanes; h rows */
	int indent;  /* of a process in the tree */
	bool pinned; /* stands above what scrolls */
};

/* X(NAME, "word"): the order of a process's threads */
#define LANE_ORDERS(X)                    \
	X(SEEN, N_("as they came"))       \
	X(RAN, N_("most CPU time first")) \
	X(WAITED, N_("most time in waits for locks first")) X(NAME, N_("by name"))

enum lane_order {
#define X(NAME, word) ORDER_##NAME,
	LANE_ORDERS(X)
#undef X
		ORDER_COUNT
};

enum pane { PANE_LANES, PANE_TABLE };

#define TRAIL_MAX 32

/* Which part of the screen it fills; in a half the bottom lines are left to whoever draws both. */
enum half { HALF_NONE, HALF_UPPER, HALF_LOWER };

/* Pairs (thread, lock) of everyone who waited for one, as found for what stands before them. */
struct waits_at {
	const struct model *of;
	u64 moment, now, events;
	vec(u64) pairs;
};

struct ui {
	struct ui_options options;
	const struct config *config;    /* the user's keys; never NULL */
	const struct view *view, *back; /* back: where Esc leads from help */
	struct window window;
	bool placed;           /* the window was given its first place */
	bool follow, widening; /* widening: grows with a young session until the user zooms */
	bool fitted;           /* shows all, and goes on to */
	bool replay, playing;
	bool over;    /* the program ended while it was watched */
	bool touched; /* a key was pressed since */
	bool loading; /* as of the last frame */
	u64 end;      /* then: when */
	double speed;
	u64 cursor; /* meant where !follow */
	u64 known_from;
	struct row chosen; /* kind and id; y of its last place */
	u32 lock;          /* chosen lock, 0 */
	enum pane pane;
	int scroll; /* of the lanes, in rows */
	bool details, output, no_cpus;
	enum half half;
	char letter; /* of one of two that are compared; 0 */
	bool active; /* of two: keys go to this one */
	bool led;    /* the other says where the window stands */
	u32 of_pair; /* WHEN_PAIR and what else holds of the two */
	u64 reach;   /* ns the axis is long at least: the other's length */
	u64 focus;   /* ns after the start: where a recording opens; TIME_UNKNOWN */
	struct info info;
	struct lesson_state lesson;
	struct groups groups;
	vec(u32) pinned; /* thread ids, top to bottom */
	int pinned_rows; /* that they fill */
	enum lane_order order;
	vec(struct row) rows;
	struct {
		struct row row;
		u64 at;
	} trail[TRAIL_MAX]; /* where { was pressed */
	int trails;
	struct marks marks;
	struct prompt prompt;
	struct sift filter, search;   /* of no terms: none */
	struct hit event;             /* the line the cursor stands on in the list of events */
	struct trace *trace;          /* as of the last frame; NULL */
	bool raw;                     /* its events are asked for, and not changes of state */
	struct trace_place raw_place; /* there the line is this one, */
	u64 raw_at;                   /* where the cursor is here */
	struct hit hit;               /* gone to */
	u64 hits, rank;               /* of the search, as of then */
	size_t finding;               /* index + 1 of the one gone to; 0 */
	struct waits_at waits;        /* for the table of locks */
	struct list lists[16];        /* of each view by its number; [0] the lock pane */
	struct layout at;             /* as last drawn, for the mouse and for pages */
	u32 when;                     /* as last drawn */
	char note[240];               /* why the last key did nothing; until the next key */
};

/* One frame being drawn. */
struct frame {
	struct ui *u;
	struct grid *g;
	const struct model *m;
	const struct findings *f;
	const struct ui_status *status;
	struct layout at;
	u64 now;    /* until when things are known */
	u64 moment; /* the time the words speak of */
	struct wanted wanted;
};

struct view {
	const char *name;  /* "timeline" */
	const char *brief; /* where there is little room */
	const char *title; /* "who runs, who waits" */
	u32 when;          /* WHEN_TIME, WHEN_LIST, WHEN_SORTED */
	void (*wants)(struct frame *f, struct layout_wants *wants); /* NULL: nothing but the body */
	void (*draw)(struct frame *f);
	/* UI_NOTHING: not this view's affair */
	int (*act)(struct ui *u, enum action a, const struct ui_input *in, const struct model *m,
		const struct findings *f);
};

#define X(name) extern const struct view view_##name;
VIEWS(X)
#undef X

void ui_configure(struct ui *u, const struct config *c); /* c stays the caller's */
size_t ui_view_number(const struct view *v);             /* 1.. */
struct list *ui_list(struct ui *u);                      /* of the view that is shown */
int ui_goto_thread(struct ui *u, u32 thread);            /* on the timeline */
void ui_note(struct ui *u, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
u64 ui_moment(const struct ui *u, const struct model *m);
u64 ui_cursor(const struct ui *u, const struct model *m); /* on the axis: also after the end */
u64 ui_end(const struct ui *u, const struct model *m);    /* of what there is to look at */
u64 ui_reach(const struct ui *u, const struct model *m);  /* of the axis: ui_end() or later */
/* That a half of the grid's width could fill. */
int ui_rows(struct ui *u, struct grid *g, const struct model *m, const struct findings *f);
/* Note and footer, or the prompt. */
void ui_bottom(struct ui *u, struct grid *g, const struct model *m, const struct findings *f,
	const struct ui_status *status, struct rect note, struct rect footer);

/* Styles by name. */
#define STYLE(colour)      ((struct style){COLOUR_##colour, COLOUR_DEFAULT, 0})
#define STYLE_A(colour, a) ((struct style){COLOUR_##colour, COLOUR_DEFAULT, (a)})

/* header.c: the first line, the findings, the footer, the narrating line */
void header_draw(struct frame *f);
int findings_rows(struct frame *f); /* that they would fill */
void findings_draw(struct frame *f);
void finding_brief(struct frame *f, struct rect r); /* where there is no room for more */
void footer_draw(struct frame *f);
void note_draw(struct frame *f);
void tabs_draw(struct frame *f, struct rect r); /* the views there are */

/* details.c: the box of Enter */
void details_draw(struct frame *f);
void box_frame(struct grid *g, struct rect r, struct style style); /* and nothing in it */

/* axis.c */
void axis_draw(struct frame *f, struct rect label, struct rect lanes);
/* One mark for each tick on a row of its own. */
void axis_ticks(struct frame *f, struct rect lanes);

/* rows.c: the lanes there are, top to bottom, into u->rows; room: rows on the screen. */
int rows_build(struct ui *u, const struct model *m, int room);
int rows_y(const struct ui *u, const struct row *row); /* on the screen; < 0: scrolled away */
int rows_find(const struct ui *u, enum row_kind kind, u32 id); /* index, -1 */
size_t rows_folded(const struct ui *u, u32 group); /* its threads that have no row of their own */
enum row_kind rows_head(const struct ui *u);       /* of a group's heading */
/* Of the thread's lane, or of what it is folded into; -1. */
int rows_of_thread(const struct ui *u, const struct model *m, u32 thread);

/* travel.c: keys that move through time and from effect to cause */
int travel(struct ui *u, enum action a, const struct ui_input *in, const struct model *m,
	const struct findings *f);
void travel_to(struct ui *u, u64 at);

/* cause.c */
int cause(struct ui *u, enum action a, const struct model *m);
void ui_choose(struct ui *u, u32 thread);
bool travel_finding(struct ui *u, const struct model *m, const struct findings *f, size_t index);

#endif
