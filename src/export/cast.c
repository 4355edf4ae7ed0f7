/* SPDX-License-Identifier: MIT */
/*
 * asciicast v2 (docs.asciinema.org/manual/asciicast/v2): the screen plays over the recording, with
 * the recording's own time as its clock, and a marker at each mark and finding.
 */
#include "export/cells.h"

#include "core/fmt.h"
#include "core/json.h"
#include "core/lang.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_LEAST 40000000.0 /* ns of playing between two frames */
#define FRAMES_MOST 2000.0

struct cast {
	const struct export_job *job;
	struct picture *picture;
	struct theme theme;
	struct grid *shown;
	double slow;
	char *text; /* what the terminal is sent */
	size_t size;
	FILE *out; /* into text */
	struct paint paint;
	int x, y; /* the terminal's cursor; x -1 not known */
};

static void cast_sgr(struct cast *c, const struct paint *p)
{
	if (c->x >= 0 && p->fg == c->paint.fg && p->bg == c->paint.bg && p->attr == c->paint.attr)
		return;
	fputs("\033[0", c->out);
	if (p->attr & ATTR_BOLD)
		fputs(";1", c->out);
	if (p->attr & ATTR_DIM)
		fputs(";2", c->out);
	if (p->attr & ATTR_UNDERLINE)
		fputs(";4", c->out);
	if (p->attr & ATTR_REVERSE)
		fputs(";7", c->out);
	if (p->fg >= 0)
		fprintf(c->out, ";38;5;%d", p->fg);
	if (p->bg >= 0)
		fprintf(c->out, ";48;5;%d", p->bg);
	fputc('m', c->out);
	c->paint = *p;
}

static void cast_cell(struct cast *c, int x, int y, const struct cell *cell)
{
	struct paint p = theme_paint(&c->theme, cell);
	char utf8[4];

	cast_sgr(c, &p);
	if (c->x != x || c->y != y)
		fprintf(c->out, "\033[%d;%dH", y + 1, x + 1);
	fwrite(utf8, 1, fmt_utf8_encode(utf8, cell->ch), c->out);
	c->x = x + cell->width;
	c->y = y;
	if (c->x >= c->shown->width)
		c->x = c->shown->width + 1; /* whether it wraps now is the terminal's affair */
}

static bool cell_same(const struct cell *a, const struct cell *b)
{
	return a->ch == b->ch && a->fg == b->fg && a->bg == b->bg && a->attr == b->attr &&
	       a->width == b->width;
}

static void cast_line(struct cast *c, double at, const char *code, const char *text)
{
	struct json j;

	json_open(&j, c->job->out, false);
	json_array(&j, NULL);
	json_key(&j, NULL);
	fprintf(c->job->out, "%.6f", at);
	json_str(&j, NULL, code);
	json_str(&j, NULL, text);
	json_array_end(&j);
	fputc('\n', c->job->out);
}

static double cast_time(const struct cast *c, u64 at)
{
	return (double)(at - c->job->from) * c->slow / 1e9;
}

/* Sends what was gathered since the last time. */
static void cast_flush(struct cast *c, u64 at)
{
	fputc(0, c->out);
	fflush(c->out);
	if (c->text[0])
		cast_line(c, cast_time(c, at), "o", c->text);
	rewind(c->out);
	fflush(c->out);
}

static void cast_frame(struct cast *c, u64 at)
{
	const struct grid *g = picture_draw(c->picture, at);
	size_t n = (size_t)g->width * (size_t)g->height;

	for (size_t i = 0; i < n; i++)
		if (g->cells[i].ch && !cell_same(&g->cells[i], &c->shown->cells[i]))
			cast_cell(c, (int)i % g->width, (int)i / g->width, &g->cells[i]);
	memcpy(c->shown->cells, g->cells, n * sizeof(g->cells[0]));
	cast_flush(c, at);
}

static void cast_theme(struct json *j, const struct theme *t)
{
	char colour[8], palette[16 * 8];
	size_t n = 0;

	json_object(j, "theme");
	snprintf(colour, sizeof(colour), "#%06x", cells_default_fg(t));
	json_str(j, "fg", colour);
	snprintf(colour, sizeof(colour), "#%06x", cells_default_bg(t));
	json_str(j, "bg", colour);
	for (int i = 0; i < 16; i++)
		n += (size_t)snprintf(
			palette + n, sizeof(palette) - n, "%s#%06x", i ? ":" : "", theme_rgb(i));
	json_str(j, "palette", palette);
	json_end(j);
}

static void cast_header(struct cast *c)
{
	char title[256];
	struct json j;

	snprintf(title, sizeof(title), c->slow > 1 ? "%s, %.0f times slower" : "%s", c->job->title,
		c->slow);
	json_open(&j, c->job->out, false);
	json_object(&j, NULL);
	json_u64(&j, "version", 2);
	json_u64(&j, "width", (u64)c->job->columns);
	json_u64(&j, "height", (u64)c->job->rows);
	json_key(&j, "duration");
	fprintf(c->job->out, "%.6f", cast_time(c, c->job->until));
	json_u64(&j, "idle_time_limit", 2);
	json_str(&j, "title", title);
	json_object(&j, "env");
	json_str(&j, "TERM", "xterm-256color");
	json_end(&j);
	cast_theme(&j, &c->theme);
	json_end(&j);
	fputc('\n', c->job->out);
}

static void cast_marker(struct cast *c, const struct moment_named *m)
{
	char *label = mem_printf("%s%s%s", m->kind, m->kind[0] ? ": " : "", m->text);

	cast_line(c, cast_time(c, m->at), "m", label);
	free(label);
}

/* Frames at even distances, and one at each moment that has a name. */
static void cast_play(struct cast *c)
{
	const struct export_job *job = c->job;
	double passed = (double)(job->until - job->from);
	u64 step = (u64)MAX(MAX(FRAME_LEAST / c->slow, passed / FRAMES_MOST), 1);
	size_t n, next = 0;
	struct moment_named *moments = cells_moments(job, &n);

	for (u64 at = job->from; at < job->until && !ferror(job->out); at += step) {
		for (; next < n && moments[next].at < at; next++) {
			cast_frame(c, moments[next].at);
			cast_marker(c, &moments[next]);
		}
		cast_frame(c, at);
	}
	for (; next < n; next++) {
		cast_frame(c, moments[next].at);
		cast_marker(c, &moments[next]);
	}
	cast_frame(c, job->until);
	free(moments);
}

static int cast_write(const struct export_job *job)
{
	struct cast c = {.job = job, .theme = cells_theme(job), .slow = cells_slow(job), .x = -1};

	c.picture = cells_picture(job, (double)(job->until - job->from) * c.slow / 1e9);
	if (!c.picture)
		return -EINVAL;
	c.out = open_memstream(&c.text, &c.size);
	if (!c.out)
		die("no memory");
	c.shown = grid_new(job->columns, job->rows, false);
	cast_header(&c);
	fputs("\033[?25l\033[0m\033[2J", c.out);
	cast_play(&c);
	fprintf(c.out, "\033[0m\033[?25h\033[%d;1H", job->rows);
	/* A moment after the end: a player has no dot for a marker that is at the very end. */
	cast_flush(&c, job->until + (u64)(1e6 / c.slow) + 1);
	fclose(c.out);
	free(c.text);
	grid_free(c.shown);
	picture_free(c.picture);
	return export_result(job);
}

const struct export_ops export_cast = {
	.name = "cast",
	.summary = N_(
		"a film of the screen for asciinema (asciicast v2), markers at marks and findings"),
	.made_of = EXPORT_SCREEN,
	.write = cast_write,
};
