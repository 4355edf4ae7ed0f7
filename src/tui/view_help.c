/* SPDX-License-Identifier: MIT */
/* Help, made of the table of keys, the table of looks and the list of views. */
#include "tui/look.h"
#include "core/lang.h"
#include "tui/table.h"

#include <stdio.h>
#include <string.h>

struct help_line {
	char key[24], text[120];
	struct style key_style, text_style;
	u32 glyph;
};

typedef vec(struct help_line) help_lines;

static void help_head(help_lines *h, const char *text)
{
	struct help_line line = {.key_style = STYLE_A(TITLE, ATTR_BOLD)};

	if (h->n)
		vec_push(h, (struct help_line){0});
	snprintf(line.key, sizeof(line.key), "%s", tr(text));
	vec_push(h, line);
}

static void help_states(help_lines *h)
{
	help_head(h, "Lanes");
	for (enum state s = STATE_NONE + 1; s < STATE_COUNT; s++) {
		const struct look *l = look_of(s);
		struct help_line line = {.glyph = l->glyph, .text_style = STYLE(DEFAULT)};

		line.key_style = (struct style){l->colour, COLOUR_DEFAULT, 0};
		if (s == STATE_LOCK)
			line.key_style = (struct style){COLOUR_DEFAULT, COLOUR_LOCK, 0};
		snprintf(line.text, sizeof(line.text), "%s", tr(l->legend));
		vec_push(h, line);
	}
}

static void help_add(
	help_lines *h, const char *key, struct style style, const char *text, u32 glyph)
{
	struct help_line line = {.key_style = style, .text_style = STYLE(DEFAULT), .glyph = glyph};

	snprintf(line.key, sizeof(line.key), "%s", key);
	snprintf(line.text, sizeof(line.text), "%s", tr(text));
	vec_push(h, line);
}

static void help_marks(help_lines *h)
{
	struct style lock = {COLOUR_LOCK_1, COLOUR_DEFAULT, ATTR_BOLD};

	help_add(h, "", STYLE_A(LOCK, ATTR_BOLD),
		"in the running colour: ran, and waited for a lock", '!');
	help_add(h, "", STYLE(RUNNING),
		"ran for a part of the column; amber: was ready for more of it", block_left(4));
	help_add(h, "", STYLE(RUNNABLE), "ran and wanted a CPU in one column", 0x2593);
	help_add(h, "", STYLE(DIM), "no longer kept, or on the axis: events were lost", 0x2571);
	help_add(h, "", STYLE(DIM), "the thread ended", 0xd7);
	help_add(h, "\u2502 \u25bc \u25b2", STYLE_A(MARK, ATTR_BOLD),
		"who woke the chosen lane, or took its CPU; in a lock's colour: handed it on", 0);
	help_add(h, "A\u2500\u2500\u2500", lock, "holds lock A", 0);
	help_add(h, "A\u2501\u2501\u2501", lock, "holds lock A, and others want it", 0);
	help_add(h, "A\u254c\u254c\u254c", lock, "holds lock A for a part of each column", 0);
	help_add(h, "a\u2508\u2508\u2508", lock, "waits for lock A", 0);
	help_add(
		h, "\u2581\u2583\u2586\u2588", STYLE(QUEUE), "a queue's depth; empty is dotted", 0);
}

static void help_own_keys(help_lines *h, const struct config *c)
{
	char key[24], text[120], name[40];

	if (c->n)
		help_head(h, "Your own keys, before those below");
	for (size_t i = 0; i < c->n; i++) {
		enum action a = c->binds[i].action;

		snprintf(text, sizeof(text), "%s%s%s", action_name(a, name, sizeof(name)),
			a == ACT_NONE ? "" : ": ", a == ACT_NONE ? "" : tr(action_info(a)->help));
		help_add(h, key_name(c->binds[i].key, key, sizeof(key)), STYLE_A(MARK, ATTR_BOLD),
			text, 0);
	}
}

/* Signs and letters stand on the keyboard; only this one is a word. */
static const char *help_key(const char *keys)
{
	return strcmp(keys, "space") ? keys : tr("space");
}

static void help_keys(help_lines *h, u32 when)
{
	u32 never = when & WHEN_REPLAY ? WHEN_LIVE : WHEN_REPLAY;

	if (!(when & WHEN_PAIR))
		never |= WHEN_PAIR;
	else if (!(when & WHEN_FIRST))
		never |= WHEN_FIRST;

	help_head(h, "Keys");
	for (enum action a = ACT_NONE + 1; a < ACT_COUNT; a++)
		if (!(action_info(a)->when & never))
			help_add(h, help_key(action_info(a)->keys), STYLE_A(ACCENT, ATTR_BOLD),
				action_info(a)->help, 0);
	help_add(h, tr("mouse"), STYLE_A(ACCENT, ATTR_BOLD),
		"click chooses a lane and a moment; wheel pans, with Ctrl zooms", 0);
}

static void help_views(help_lines *h)
{
	static const struct view *const views[] = {
#define X(name) &view_##name,
		VIEWS(X)
#undef X
	};
	char key[8];

	help_head(h, "Views");
	for (size_t i = 0; i < ARRAY_LEN(views); i++) {
		snprintf(key, sizeof(key), "%zu", i + 1);
		help_add(h, i < 9 && views[i] != &view_help ? key : "?", STYLE_A(ACCENT, ATTR_BOLD),
			views[i]->title, 0);
	}
}

static size_t help_make(const struct config *c, u32 when, help_lines *keys, help_lines *signs)
{
	help_own_keys(keys, c);
	help_keys(keys, when);
	help_states(signs);
	help_marks(signs);
	help_views(signs);
	return MAX(keys->n, signs->n);
}

static void help_column(struct frame *f, struct rect r, const help_lines *h, size_t first, int key)
{
	for (int y = 0; y < r.h && first + (size_t)y < h->n; y++) {
		const struct help_line *l = &h->v[first + (size_t)y];

		if (l->glyph)
			grid_fill(f->g, r.x, r.y + y, 3, 1, l->glyph, l->key_style);
		else
			grid_text(f->g, r.x, r.y + y, l->text[0] ? key - 1 : r.w, l->key,
				l->key_style);
		grid_text(f->g, r.x + key, r.y + y, r.w - key, l->text, l->text_style);
	}
}

static bool help_wide(const struct ui *u)
{
	return u->at.body.w >= 120;
}

/* What of the keys has no room in their column goes below the signs, where all fits so. */
static void help_balance(help_lines *keys, help_lines *signs, size_t room)
{
	size_t over = keys->n > room ? keys->n - room : 0;

	if (!over || signs->n + 1 + over > room)
		return;
	vec_push(signs, (struct help_line){0});
	for (size_t i = room; i < keys->n; i++)
		vec_push(signs, keys->v[i]);
	keys->n = room;
}

#define MORE_WIDTH 9

/* That there is more above or below. */
static void help_more(struct frame *f, struct rect r, size_t first, size_t n)
{
	bool above = first > 0, below = first + (size_t)r.h < n;

	if (!above && !below)
		return;
	grid_fill(f->g, r.x + r.w - MORE_WIDTH, r.y + r.h - 1, MORE_WIDTH, 1, ' ', STYLE(DEFAULT));
	grid_printf(f->g, r.x + r.w - MORE_WIDTH + 1, r.y + r.h - 1, MORE_WIDTH - 1,
		STYLE_A(ACCENT, ATTR_BOLD), N_("%s more"),
		above && below ? "\u2191\u2193"
		: below        ? "\u2193"
			       : "\u2191");
}

static void help_draw(struct frame *f)
{
	struct rect r = f->at.body;
	help_lines keys = {0}, signs = {0};
	struct list *list = ui_list(f->u);
	size_t n = help_make(f->u->config, f->u->when, &keys, &signs);

	r.x += 2;
	r.w -= 4;
	if (!help_wide(f->u)) {
		vec_push(&keys, (struct help_line){0});
		for (size_t i = 0; i < signs.n; i++)
			vec_push(&keys, signs.v[i]);
		n = keys.n;
	}
	if (help_wide(f->u)) {
		help_balance(&keys, &signs, (size_t)r.h);
		n = MAX(keys.n, signs.n);
	}
	list->chosen = MAX(0, MIN(list->chosen, (int)n - r.h));
	if (help_wide(f->u)) {
		struct rect half = {r.x, r.y, r.w / 2 - 2, r.h};

		help_column(f, half, &keys, (size_t)list->chosen, 12);
		half.x += r.w / 2;
		help_column(f, half, &signs, (size_t)list->chosen, 6);
	} else {
		help_column(f, r, &keys, (size_t)list->chosen, 10);
	}
	help_more(f, r, (size_t)list->chosen, n);
	vec_free(&keys);
	vec_free(&signs);
}

static int help_act(struct ui *u, enum action a, const struct ui_input *in, const struct model *m,
	const struct findings *f)
{
	(void)in;
	(void)m;
	(void)f;
	if (a == ACT_QUIT || a == ACT_CANCEL || a == ACT_HELP) {
		u->view = u->back ? u->back : &view_timeline;
		return UI_REDRAW;
	}
	return list_act(ui_list(u), a, 1000, u->at.body.h, 0);
}

const struct view view_help = {
	.name = NC_("view", "help"),
	.brief = NC_("view", "help"),
	.title = N_("this help"),
	.when = WHEN_LIST,
	.draw = help_draw,
	.act = help_act,
};
