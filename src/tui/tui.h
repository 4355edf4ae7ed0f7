/* SPDX-License-Identifier: MIT */
/*
 * The screen. ui_draw turns (model, what the user looks at) into a grid and changes neither;
 * ui_key changes what the user looks at. Only term.c knows curses. tui_run ties them to a
 * terminal.
 */
#ifndef TL_TUI_TUI_H
#define TL_TUI_TUI_H

#include "findings/findings.h"
#include "model/model.h"
#include "story/story.h"
#include "tui/grid.h"

/* What the cards say of a scenario; texts of tables, translated where they are shown. */
struct lesson_words {
	const char *name; /* "race/mutex" */
	const char *title, *teaches, *summary;
	const struct lesson_variant *lesson;
	u64 pace_ns;  /* --pace; 0 not slowed */
	double speed; /* --speed; 0: as it is */
};

/* Keys: code points, and these for the rest. */
enum key {
	KEY_NONE_ = 0,
	KEY_ESC_ = 27,
	KEY_UP_ = 0x110000,
	KEY_DOWN_,
	KEY_LEFT_,
	KEY_RIGHT_,
	KEY_S_LEFT_,
	KEY_S_RIGHT_,
	KEY_PGUP_,
	KEY_PGDN_,
	KEY_HOME_,
	KEY_END_,
	KEY_TAB_,
	KEY_BTAB_,
	KEY_ENTER_,
	KEY_BACKSPACE_,
	KEY_RESIZE_,
	KEY_F1_,
	KEY_F2_,
	KEY_F3_,
	KEY_F4_,
	KEY_F5_,
	KEY_F6_,
	KEY_F7_,
	KEY_F8_,
	KEY_F9_,
	KEY_F10_,
	KEY_CLICK_,
	KEY_WHEEL_UP_,
	KEY_WHEEL_DOWN_, /* with ui_input.x, y */
	KEY_C_WHEEL_UP_,
	KEY_C_WHEEL_DOWN_,
	KEY_CLOSED_, /* the terminal went away */
};

struct ui_input {
	u32 key; /* code point or enum key */
	int x, y;
};

/* What is shown beside the model; filled by the session before each frame. */
struct ui_status {
	const char *title;     /* "race/unlocked  pid 4711" */
	const char *rung;      /* "bpf+shim" */
	const char *rung_note; /* what a lower rung does not see; "" on the highest */
	const char *recording; /* file being written, NULL */
	bool live;             /* more may come */
	bool ended;            /* the target ended (live only) */
	bool loading;          /* more of a recording is being read */
	double events_per_s;
	double cost;         /* share of one CPU, < 0 not measured */
	u64 known_from;      /* before this the store has forgotten; 0 nothing */
	struct trace *trace; /* the events as they came, NULL not kept */
	/* one as a line "TIME [tTID] [cpuN] KIND words", NULL: nobody knows how */
	char *(*event_text)(char *buf, size_t size, const struct event *ev);
	const char *output;                /* the target's own output so far (pane), NULL */
	const char *message;               /* a passing note, NULL */
	const struct story *story;         /* what is told of it, NULL */
	const struct lesson_words *lesson; /* NULL: it is no lesson */
};

struct ui; /* what the user looks at: view, window in time, selection, theme, prompt, ... */

struct ui_options {
	bool ascii, mouse, light;
	int colours;           /* 256, 16, 8, 0 */
	bool follow;           /* start at the live edge */
	const char *bookmarks; /* the recording that they are kept beside, NULL: nowhere */
	const char *within;    /* the text of those that it holds itself, NULL: none */
	u64 start;             /* its first moment */
	double speed;          /* a recording plays at once, so fast; 0: it stands, as it opens */
};

struct ui *ui_new(const struct ui_options *options);
void ui_free(struct ui *u);

/* Draws a whole frame. now: the clock a live window follows (ns CLOCK_MONOTONIC; model time). */
void ui_draw(struct ui *u, struct grid *g, const struct model *m, const struct findings *f,
	const struct ui_status *status);

/* What the key asks of the loop. */
enum ui_reaction {
	UI_NOTHING = 0,
	UI_REDRAW = 1,
	UI_QUIT = 2,
	UI_SUSPEND = 4,
	UI_REFRESH = 8,
	UI_HALF = 16,    /* of two that are compared: to the other, */
	UI_ALONE = 32,   /* this one in the whole screen, or both again, */
	UI_END_RUN = 64, /* the first is to end, so that the second begins */
};
int ui_key(
	struct ui *u, const struct ui_input *in, const struct model *m, const struct findings *f);

/* Replay: the moment shown as "now"; the model is whole, the window plays over it. */
void ui_replay(struct ui *u, bool on);
bool ui_wants_frames(const struct ui *u); /* something moves though nothing arrives (playing) */
void ui_tick(struct ui *u, const struct model *m, u64 elapsed_ns); /* playing goes on */

/* What the system tells of a thread and its process. Untrusted text. */
#define INFO_LINES_MAX 64
struct info_lines {
	struct {
		char key[20], text[240]; /* key "": goes on; text "": a heading */
	} v[INFO_LINES_MAX];
	int n;
};

/* The scenario the user asked for as the next one (UI_QUIT follows); "". */
const char *ui_next(const struct ui *u);

/* Whom the info pane shows now (tid 0: a process); false: nobody who lives, or no pane. */
bool ui_inquires(const struct ui *u, u32 *pid, u32 *tid);
void ui_informed(struct ui *u, u32 pid, u32 tid, const struct info_lines *lines); /* NULL: no */

/* What tui_run needs of the session. */
struct tui_host {
	void *ctx;
	const struct model *model;
	const struct findings *findings;
	void (*lock)(void *ctx);
	void (*unlock)(void *ctx);
	void (*status)(void *ctx, struct ui_status *status); /* called with the lock held */
	/*
	 * Asks the system about a thread, now: false where it tells nothing. Called without the
	 * lock. NULL: there is nobody to ask about (a recording).
	 */
	bool (*inquire)(void *ctx, u32 pid, u32 tid, struct info_lines *lines);
	bool (*done)(void *ctx); /* true: leave the screen though the user did not ask (a signal) */
	char next[64];           /* the scenario the user asked to run after this one; "" */
};

/*
 * Takes the terminal until the user quits; puts it back in every case. 0, or -errno where there is
 * no usable terminal (-ENOTTY, or -ENXIO for a TERM that is unknown or cannot address the cursor).
 */
int tui_run(struct tui_host *host, const struct ui_options *options, bool replay);

#endif
