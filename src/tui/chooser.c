/* SPDX-License-Identifier: MIT */
/* What is shown and chosen, and the keys. */
#include "tui/chooser.h"

#include "core/fmt.h"

#include <stdio.h>
#include <string.h>

#define CTRL(c) ((c)&0x1f)

void chooser_free(struct chooser *c)
{
	for (int i = 0; i < CHOOSER_LISTS; i++)
		vec_free(&c->lists[i].entries);
}

/* Words are typed in ASCII case or another; what lies beyond ASCII must match as it is. */
static bool holds(const char *text, const char *needle)
{
	return strcasestr(text, needle) != NULL;
}

static bool entry_shown(const struct chooser_entry *e, const char *needle)
{
	if (!*needle || holds(e->title, needle) || holds(e->text, needle) ||
		holds(e->command, needle) || (e->group && holds(e->group, needle)))
		return true;
	for (const struct chooser_variant *v = e->variants; v && v->name; v++)
		if (holds(v->name, needle) || holds(v->summary, needle) || holds(v->finds, needle))
			return true;
	return false;
}

void chooser_lines_make(const struct chooser *c, int list, chooser_lines *lines)
{
	const struct chooser_list *l = &c->lists[list];
	const char *group = NULL;

	lines->n = 0;
	for (size_t i = 0; i < l->entries.n; i++) {
		const struct chooser_entry *e = &l->entries.v[i];

		if (!entry_shown(e, c->needle))
			continue;
		if (e->group && (!group || strcmp(group, e->group) != 0))
			vec_push(lines, CHOOSER_HEAD | i);
		group = e->group;
		vec_push(lines, i);
	}
}

/* The line of an entry, or else of the first one after it, or the last; SIZE_MAX where none. */
static size_t line_of(const chooser_lines *lines, size_t entry)
{
	size_t last = SIZE_MAX;

	for (size_t i = 0; i < lines->n; i++) {
		if (lines->v[i] & CHOOSER_HEAD)
			continue;
		last = i;
		if (lines->v[i] >= entry)
			break;
	}
	return last;
}

static void choose_line(struct chooser *c, const chooser_lines *lines, size_t line)
{
	if (line < lines->n)
		c->places[c->list].chosen = lines->v[line] & ~CHOOSER_HEAD;
}

/* What is chosen must be seen: the first at or after it that is. */
static void chooser_settle(struct chooser *c)
{
	chooser_lines lines = {0};

	chooser_lines_make(c, c->list, &lines);
	choose_line(c, &lines, line_of(&lines, c->places[c->list].chosen));
	vec_free(&lines);
}

void chooser_show(struct chooser *c, int list)
{
	c->list = (list + c->count) % c->count;
	chooser_settle(c);
}

void chooser_fill(struct chooser *c, int list, struct chooser_list *with)
{
	struct chooser_list *l = &c->lists[list];
	struct chooser_place *p = &c->places[list];
	u64 key = p->chosen < l->entries.n ? l->entries.v[p->chosen].key : 0;

	vec_free(&l->entries);
	*l = *with;
	memset(&with->entries, 0, sizeof(with->entries));
	for (size_t i = 0; i < l->entries.n; i++)
		if (key && l->entries.v[i].key == key)
			p->chosen = i;
	if (list == c->list)
		chooser_settle(c);
}

/* By steps of lines; headings are stepped over. */
static int chooser_move(struct chooser *c, long by)
{
	struct chooser_place *p = &c->places[c->list];
	chooser_lines lines = {0};
	size_t chosen = p->chosen;
	long at;

	chooser_lines_make(c, c->list, &lines);
	if (lines.n) {
		at = (long)line_of(&lines, p->chosen) + by;
		at = MAX(MIN(at, (long)lines.n - 1), 0);
		if (by < 0 && at > 0 && lines.v[at] & CHOOSER_HEAD)
			at--;
		if (lines.v[at] & CHOOSER_HEAD)
			at++;
		choose_line(c, &lines, (size_t)at);
		if (at <= 1)
			p->first = 0; /* its heading too */
	}
	vec_free(&lines);
	return p->chosen != chosen ? UI_REDRAW : UI_NOTHING;
}

static int chooser_choose(struct chooser *c, size_t variant, struct chooser_choice *choice)
{
	const struct chooser_list *l = &c->lists[c->list];
	size_t entry = c->places[c->list].chosen, n = 0;

	if (entry >= l->entries.n || !entry_shown(&l->entries.v[entry], c->needle))
		return UI_NOTHING;
	while (l->entries.v[entry].variants && l->entries.v[entry].variants[n].name)
		n++;
	if (variant && variant >= n)
		return UI_NOTHING;
	*choice = (struct chooser_choice){c->list, entry, variant};
	return CHOOSER_CHOSEN;
}

static int click_body(struct chooser *c, int y, struct chooser_choice *choice)
{
	struct chooser_place *p = &c->places[c->list];
	size_t line = p->first + (size_t)(y - c->body.y), was = p->chosen;
	chooser_lines lines = {0};
	bool hit;

	chooser_lines_make(c, c->list, &lines);
	hit = line < lines.n && !(lines.v[line] & CHOOSER_HEAD);
	if (hit)
		choose_line(c, &lines, line);
	vec_free(&lines);
	if (!hit)
		return UI_NOTHING;
	return p->chosen == was ? chooser_choose(c, 0, choice) : UI_REDRAW;
}

/* A list's title shows it, a line is chosen, the line that is chosen starts, a variant starts. */
static int chooser_click(
	struct chooser *c, const struct ui_input *in, struct chooser_choice *choice)
{
	const struct rect *b = &c->body;

	if (in->y == 1) {
		for (int i = 0; i < c->count; i++)
			if (in->x >= c->tabs[i] && in->x < c->tabs[i + 1])
				chooser_show(c, i);
		return UI_REDRAW;
	}
	if (in->y >= b->y && in->y < b->y + b->h && in->x < b->x + b->w)
		return click_body(c, in->y, choice);
	for (size_t v = 1; v < ARRAY_LEN(c->variants); v++)
		if (c->variants[v] && in->y == c->variants[v])
			return chooser_choose(c, v - 1, choice);
	return UI_NOTHING;
}

static void needle_set(struct chooser *c, const char *needle)
{
	snprintf(c->needle, sizeof(c->needle), "%s", needle);
	c->places[c->list].first = 0;
	chooser_settle(c);
}

static void needle_cut(struct chooser *c)
{
	char needle[sizeof(c->needle)];
	size_t n = strlen(c->needle);

	while (n && ((u8)c->needle[--n] & 0xc0) == 0x80)
		;
	snprintf(needle, sizeof(needle), "%.*s", (int)n, c->needle);
	needle_set(c, needle);
}

static void needle_add(struct chooser *c, u32 key)
{
	char needle[sizeof(c->needle)] = "", utf8[4];
	size_t n = fmt_utf8_encode(utf8, key), len = strlen(c->needle);

	if (len + n >= sizeof(needle))
		return;
	memcpy(needle, c->needle, len);
	memcpy(needle + len, utf8, n);
	needle_set(c, needle);
}

/* While a word is typed, only what moves and ends does anything else. */
static int chooser_typed(struct chooser *c, u32 key)
{
	switch (key) {
	case KEY_ESC_:
		c->typing = false;
		needle_set(c, "");
		return UI_REDRAW;
	case KEY_BACKSPACE_:
		if (!c->needle[0])
			c->typing = false;
		needle_cut(c);
		return UI_REDRAW;
	case KEY_ENTER_: c->typing = false; return UI_REDRAW;
	default:
		if (key < ' ' || key >= KEY_UP_)
			return UI_NOTHING;
		needle_add(c, key);
		return UI_REDRAW;
	}
}

static int chooser_moved(struct chooser *c, u32 key)
{
	switch (key) {
	case KEY_UP_:
	case KEY_WHEEL_UP_: return chooser_move(c, -1);
	case KEY_DOWN_:
	case KEY_WHEEL_DOWN_: return chooser_move(c, 1);
	case KEY_PGUP_:
	case CTRL('u'): return chooser_move(c, -MAX(c->body.h - 1, 1));
	case KEY_PGDN_:
	case CTRL('d'): return chooser_move(c, MAX(c->body.h - 1, 1));
	case KEY_HOME_: return chooser_move(c, -INT32_MAX);
	case KEY_END_: return chooser_move(c, INT32_MAX);
	case KEY_TAB_:
	case KEY_RIGHT_: chooser_show(c, c->list + 1); return UI_REDRAW;
	case KEY_BTAB_:
	case KEY_LEFT_: chooser_show(c, c->list - 1); return UI_REDRAW;
	case CTRL('l'):
	case KEY_RESIZE_: return UI_REFRESH;
	case CTRL('z'): return UI_SUSPEND;
	case KEY_CLOSED_:
	case CTRL('c'):
	case CTRL('\\'):
	case KEY_F10_: return UI_QUIT;
	default: return UI_NOTHING;
	}
}

static int chooser_letter(struct chooser *c, u32 key)
{
	switch (key) {
	case 'k': return chooser_move(c, -1);
	case 'j': return chooser_move(c, 1);
	case 'g': return chooser_move(c, -INT32_MAX);
	case 'G': return chooser_move(c, INT32_MAX);
	case 'l': chooser_show(c, c->list + 1); return UI_REDRAW;
	case 'h': chooser_show(c, c->list - 1); return UI_REDRAW;
	case '/': c->typing = true; return UI_REDRAW;
	case '?':
	case KEY_F1_: c->help = !c->help; return UI_REDRAW;
	case 'q':
	case 'Q': return UI_QUIT;
	case KEY_ESC_:
		c->help = false;
		needle_set(c, "");
		return UI_REDRAW;
	default: return UI_NOTHING;
	}
}

int chooser_key(struct chooser *c, const struct ui_input *in, struct chooser_choice *choice)
{
	int reaction = chooser_moved(c, in->key);

	if (reaction)
		return reaction;
	if (in->key == KEY_CLICK_)
		return chooser_click(c, in, choice);
	if (c->typing)
		return chooser_typed(c, in->key);
	if (in->key == KEY_ENTER_)
		return chooser_choose(c, 0, choice);
	if (in->key >= '1' && in->key <= '9')
		return chooser_choose(c, in->key - '1', choice);
	return chooser_letter(c, in->key);
}

u32 chooser_bound(const struct config *config, u32 key)
{
	static const struct {
		enum action action;
		u32 key;
	} own[] = {
		{ACT_UP, KEY_UP_},
		{ACT_DOWN, KEY_DOWN_},
		{ACT_PAGE_UP, KEY_PGUP_},
		{ACT_PAGE_DOWN, KEY_PGDN_},
		{ACT_TOP, KEY_HOME_},
		{ACT_FIRST, KEY_HOME_},
		{ACT_BOTTOM, KEY_END_},
		{ACT_LAST, KEY_END_},
		{ACT_PAN_LEFT, KEY_LEFT_},
		{ACT_PAN_RIGHT, KEY_RIGHT_},
		{ACT_PANE, KEY_TAB_},
		{ACT_ENTER, KEY_ENTER_},
		{ACT_SEARCH, '/'},
		{ACT_FILTER, '/'},
		{ACT_HELP, '?'},
		{ACT_CANCEL, KEY_ESC_},
		{ACT_QUIT, 'q'},
	};
	size_t n = config->n;

	while (n && config->binds[n - 1].key != key)
		n--;
	if (!n)
		return key;
	for (size_t i = 0; i < ARRAY_LEN(own); i++)
		if (own[i].action == config->binds[n - 1].action)
			return own[i].key;
	return 0;
}
