/* SPDX-License-Identifier: MIT */
#include "tui/prompt.h"

#include "core/fmt.h"
#include "tui/tui.h"

#include <stdio.h>
#include <string.h>

#define CTRL(c) ((c)&0x1f)
#define DEL     0x7f

void prompt_open(struct prompt *p, enum prompt_kind kind, const char *text)
{
	p->kind = kind;
	p->recalled = 0;
	snprintf(p->text, sizeof(p->text), "%s", text);
	p->at = strlen(p->text);
}

/* Takes out the bytes [from, until). */
static void prompt_cut(struct prompt *p, size_t from, size_t until)
{
	memmove(p->text + from, p->text + until, strlen(p->text + until) + 1);
	p->at = from;
}

static void prompt_insert(struct prompt *p, const char *text, size_t n)
{
	size_t length = strlen(p->text);

	if (length + n >= sizeof(p->text))
		return;
	memmove(p->text + p->at + n, p->text + p->at, length - p->at + 1);
	memcpy(p->text + p->at, text, n);
	p->at += n;
}

static size_t left_of(const struct prompt *p, size_t at)
{
	while (at > 0 && (p->text[--at] & 0xc0) == 0x80)
		;
	return at;
}

static size_t right_of(const struct prompt *p, size_t at)
{
	if (p->text[at])
		at++;
	while ((p->text[at] & 0xc0) == 0x80)
		at++;
	return at;
}

const char *prompt_word(const struct prompt *p, size_t *n)
{
	size_t from = p->at;

	while (from > 0 && p->text[from - 1] != ' ')
		from--;
	*n = p->at - from;
	return p->text + from;
}

static size_t word_left(const struct prompt *p)
{
	size_t from = p->at;

	while (from > 0 && p->text[from - 1] == ' ')
		from--;
	while (from > 0 && p->text[from - 1] != ' ')
		from--;
	return from;
}

/* The same line twice in a row is kept once. */
static void history_add(struct prompt_history *h, const char *line)
{
	if (!*line || (h->n && !strcmp(h->lines[h->n - 1], line)))
		return;
	if (h->n == PROMPT_HISTORY) {
		memmove(h->lines[0], h->lines[1], sizeof(h->lines) - sizeof(h->lines[0]));
		h->n--;
	}
	memcpy(h->lines[h->n++], line, strlen(line) + 1);
}

static void prompt_recall(struct prompt *p, int by)
{
	const struct prompt_history *h = &p->history[p->kind];
	int back = p->recalled + by;

	if (back < 0 || back > h->n)
		return;
	if (!p->recalled)
		memcpy(p->typed, p->text, sizeof(p->typed));
	p->recalled = back;
	memcpy(p->text, back ? h->lines[h->n - back] : p->typed, sizeof(p->text));
	p->at = strlen(p->text);
}

static enum prompt_result prompt_leave(struct prompt *p)
{
	p->kind = PROMPT_NONE;
	return PROMPT_LEFT;
}

static enum prompt_result prompt_rub_out(struct prompt *p)
{
	if (!p->text[0])
		return prompt_leave(p);
	prompt_cut(p, left_of(p, p->at), p->at);
	return PROMPT_GOES_ON;
}

static enum prompt_result prompt_enter(struct prompt *p)
{
	history_add(&p->history[p->kind], p->text);
	p->kind = PROMPT_NONE;
	return PROMPT_ENTERED;
}

static void prompt_type(struct prompt *p, u32 key)
{
	char utf8[4], clean[16];
	size_t n;

	if (key < ' ' || key == DEL || key >= 0x110000)
		return;
	n = fmt_utf8_encode(utf8, key);
	fmt_clean(clean, sizeof(clean), utf8, n, false);
	prompt_insert(p, clean, strlen(clean));
}

enum prompt_result prompt_key(struct prompt *p, u32 key)
{
	switch (key) {
	case KEY_ENTER_: return prompt_enter(p);
	case KEY_ESC_:
	case CTRL('c'): return prompt_leave(p);
	case KEY_TAB_: return PROMPT_COMPLETE;
	case KEY_BACKSPACE_:
	case DEL:
	case CTRL('h'): return prompt_rub_out(p);
	case KEY_LEFT_: p->at = left_of(p, p->at); break;
	case KEY_RIGHT_: p->at = right_of(p, p->at); break;
	case KEY_HOME_:
	case CTRL('a'): p->at = 0; break;
	case KEY_END_:
	case CTRL('e'): p->at = strlen(p->text); break;
	case KEY_UP_: prompt_recall(p, 1); break;
	case KEY_DOWN_: prompt_recall(p, -1); break;
	case CTRL('u'): prompt_cut(p, 0, p->at); break;
	case CTRL('k'): p->text[p->at] = 0; break;
	case CTRL('w'): prompt_cut(p, word_left(p), p->at); break;
	default: prompt_type(p, key);
	}
	return PROMPT_GOES_ON;
}

void prompt_complete(struct prompt *p, const candidates *c, bool whole)
{
	size_t n, same;

	if (!c->n)
		return;
	same = strlen(c->v[0].text);
	for (size_t i = 1; i < c->n; i++)
		for (size_t j = 0; j < same; j++)
			if (c->v[i].text[j] != c->v[0].text[j])
				same = j;
	while (same && (c->v[0].text[same] & 0xc0) == 0x80)
		same--; /* not half of a character */
	prompt_word(p, &n);
	if (same < n)
		return;
	prompt_cut(p, p->at - n, p->at);
	prompt_insert(p, c->v[0].text, same);
	if (whole && c->n == 1)
		prompt_insert(p, " ", 1);
}
