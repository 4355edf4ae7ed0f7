/* SPDX-License-Identifier: MIT */
#include "tui/card.h"

#include "core/fmt.h"
#include "core/mem.h"
#include "tui/ui.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDEST 74

void card_open(struct card *c, const struct grid *g)
{
	*c = (struct card){.width = MAX(MIN(WIDEST, g->width - 4), 10)};
}

static void card_line(struct card *c, int indent, struct style style, char *text)
{
	if (c->n == CARD_LINES) {
		free(text);
		return;
	}
	c->v[c->n].text = text;
	c->v[c->n].style = style;
	c->v[c->n].indent = indent;
	c->n++;
}

void card_add(struct card *c, int indent, struct style style, const char *text)
{
	if (!*text)
		card_line(c, 0, style, mem_strdup(""));
	while (*text) {
		size_t n = grid_wrap(text, c->width - indent);

		card_line(c, indent, style, mem_printf("%.*s", (int)n, text));
		text += n + strspn(text + n, " ");
	}
}

void card_printf(struct card *c, int indent, struct style style, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	card_add(c, indent, style, text);
}

static void card_drop(struct card *c, int at)
{
	free(c->v[at].text);
	memmove(&c->v[at], &c->v[at + 1], (size_t)(c->n - at - 1) * sizeof(c->v[0]));
	c->n--;
}

static void card_fit(struct card *c, int rows)
{
	for (int i = c->n - 1; i >= 0 && c->n > rows; i--)
		if (!c->v[i].text[0])
			card_drop(c, i);
	while (c->n > MAX(rows, 1))
		card_drop(c, c->n > 1 ? c->n - 2 : 0);
}

static void card_put(struct card *c, struct grid *g, int y)
{
	struct rect r = {.y = y, .w = MIN(c->width + 4, g->width), .h = c->n + 2};

	r.x = (g->width - r.w) / 2;
	box_frame(g, r, STYLE(TITLE));
	for (int i = 0; i < c->n; i++) {
		grid_text(g, r.x + 2 + c->v[i].indent, r.y + 1 + i, r.w - 3 - c->v[i].indent,
			c->v[i].text, c->v[i].style);
		free(c->v[i].text);
	}
	c->n = 0;
}

void card_draw(struct card *c, struct grid *g)
{
	card_fit(c, g->height - 2);
	card_put(c, g, (g->height - c->n - 2) / 2);
}

void card_draw_above(struct card *c, struct grid *g, int row)
{
	if (row < c->n + 2)
		row = g->height;
	card_fit(c, row - 2);
	card_put(c, g, row - c->n - 2);
}

const char *pace_words(char *buf, size_t size, u64 pace_ns)
{
	char pace[32];

	buf[0] = 0;
	if (pace_ns)
		snprintf(buf, size,
			tr("--pace %s: it waits so long before and after each lock, queue or wait "
			   "call."),
			fmt_duration(pace, sizeof(pace), pace_ns));
	return buf;
}

const char *speed_words(char *buf, size_t size, double speed)
{
	buf[0] = 0;
	if (speed > 0 && speed < 1)
		snprintf(buf, size,
			tr("--speed %.3g: its pauses and its work last %.3g times as long; its "
			   "locks are as fast as ever."),
			speed, 1 / speed);
	else if (speed > 1)
		snprintf(buf, size,
			tr("--speed %.3g: its pauses and its work are %.3g times shorter; its "
			   "locks are as fast as ever."),
			speed, speed);
	return buf;
}

void card_add_slowed(struct card *c, const struct lesson_words *words)
{
	char text[256];

	if (*pace_words(text, sizeof(text), words->pace_ns))
		card_add(c, 0, STYLE(WARN), text);
	if (*speed_words(text, sizeof(text), words->speed))
		card_add(c, 0, STYLE(WARN), text);
}

void card_title_draw(struct grid *g, const struct lesson_words *words)
{
	struct card c;

	grid_clear(g);
	card_open(&c, g);
	card_add(&c, 0, STYLE_A(TITLE, ATTR_BOLD), tr(words->title));
	card_add(&c, 0, STYLE(DIM), words->name);
	card_add(&c, 0, STYLE(DEFAULT), "");
	card_add(&c, 0, STYLE(DEFAULT), tr(words->teaches));
	card_add(&c, 0, STYLE(DEFAULT), "");
	card_add(&c, 0, STYLE_A(ACCENT, ATTR_BOLD), tr("Watch for"));
	for (size_t i = 0; i < lesson_watched(words->lesson, false); i++)
		card_printf(&c, 0, STYLE(DEFAULT), "%zu  %s", i + 1, tr(words->lesson->watch[i]));
	if (words->pace_ns || words->speed > 0)
		card_add(&c, 0, STYLE(DEFAULT), "");
	card_add_slowed(&c, words);
	card_add(&c, 0, STYLE(DEFAULT), "");
	card_add(&c, 0, STYLE(ACCENT), tr("Enter begins; q leaves"));
	card_draw(&c, g);
}
