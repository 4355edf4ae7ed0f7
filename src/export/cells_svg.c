/* SPDX-License-Identifier: MIT */
/*
 * Cells as SVG. Blocks and lines are rectangles, never glyphs: fonts leave seams between them. Text
 * is text, a word an element with its own place and length, so that whatever font the reader has,
 * columns stay columns.
 */
#include "export/cells.h"

#include "core/fmt.h"

#include <stdio.h>
#include <string.h>

/* What XML 1.0 cannot hold at all is not among what names are cleaned to, but cells are anybody's.
 */
static void xml_char(FILE *out, u32 cp)
{
	char utf8[4];

	if (cp == '&')
		fputs("&amp;", out);
	else if (cp == '<')
		fputs("&lt;", out);
	else if (cp == '>')
		fputs("&gt;", out);
	else if (cp == '"')
		fputs("&quot;", out);
	else if (cp == '\'')
		fputs("&#39;", out);
	else if ((cp < 0x20 && cp != '\n' && cp != '\t') || (cp & 0xfffe) == 0xfffe)
		fputs("\xef\xbf\xbd", out);
	else
		fwrite(utf8, 1, fmt_utf8_encode(utf8, cp), out);
}

void cells_xml(FILE *out, const char *text)
{
	size_t left = strlen(text);

	while (left) {
		u32 cp;
		size_t n = fmt_utf8_decode(text, left, &cp);

		xml_char(out, cp);
		text += n;
		left -= n;
	}
}

/* " key="1.5"": at most two digits behind the point, no zeros at the end. */
static void attr_number(FILE *out, const char *key, double value)
{
	char buf[32];
	size_t n = (size_t)snprintf(buf, sizeof(buf), "%.2f", value);

	while (n && buf[n - 1] == '0')
		n--;
	if (n && buf[n - 1] == '.')
		n--;
	fprintf(out, " %s=\"%.*s\"", key, (int)n, buf);
}

static void attr_fill(FILE *out, u32 rgb)
{
	fprintf(out, " fill=\"#%06x\"", rgb);
}

struct box {
	double x, y, w, h;
};

static void svg_rect(FILE *out, struct box b, u32 rgb, double opacity)
{
	fputs("<rect", out);
	attr_number(out, "x", b.x);
	attr_number(out, "y", b.y);
	attr_number(out, "width", b.w);
	attr_number(out, "height", b.h);
	attr_fill(out, rgb);
	if (opacity < 1)
		attr_number(out, "fill-opacity", opacity);
	fputs("/>", out);
}

/* Parts of a cell that are filled, in shares of it. */
struct shape {
	struct box box;
	double opacity;
	bool whole; /* as wide as the cell: neighbours join */
};

static bool shape_block(u32 ch, struct shape *s)
{
	*s = (struct shape){{0, 0, 1, 1}, 1, true};
	if (ch == 0x2580) {
		s->box.h = 0.5;
	} else if (ch >= 0x2581 && ch <= 0x2588) {
		s->box.h = (ch - 0x2580) / 8.0;
		s->box.y = 1 - s->box.h;
	} else if (ch >= 0x2589 && ch <= 0x258f) {
		s->box.w = (0x2590 - ch) / 8.0;
		s->whole = false;
	} else if (ch == 0x2590) {
		*s = (struct shape){{0.5, 0, 0.5, 1}, 1, false};
	} else if (ch >= 0x2591 && ch <= 0x2593) {
		s->opacity = (ch - 0x2590) / 4.0;
	} else if (ch == 0x2594) {
		s->box.h = 0.125;
	} else {
		return false;
	}
	return true;
}

/* Lines go from the middle of a cell to some of its edges. */
enum { ARM_LEFT = 1, ARM_RIGHT = 2, ARM_UP = 4, ARM_DOWN = 8 };

static int line_arms(u32 ch)
{
	switch (ch) {
	case 0x2500: return ARM_LEFT | ARM_RIGHT;
	case 0x2502:
	case 0x250a: return ARM_UP | ARM_DOWN;
	case 0x250c: return ARM_RIGHT | ARM_DOWN;
	case 0x2510: return ARM_LEFT | ARM_DOWN;
	case 0x2514: return ARM_RIGHT | ARM_UP;
	case 0x2518: return ARM_LEFT | ARM_UP;
	case 0x251c: return ARM_UP | ARM_DOWN | ARM_RIGHT;
	case 0x252c: return ARM_LEFT | ARM_RIGHT | ARM_DOWN;
	case 0x2534: return ARM_LEFT | ARM_RIGHT | ARM_UP;
	default: return 0;
	}
}

static void svg_line(FILE *out, double x, double y, int cells, int arms, u32 rgb, double opacity)
{
	double left = arms & ARM_LEFT ? x : x + CELL_W / 2 - 0.5;
	double right = arms & ARM_RIGHT ? x + CELL_W * cells : x + CELL_W / 2 + 0.5;
	double top = arms & ARM_UP ? y : y + CELL_H / 2 - 0.5;
	double bottom = arms & ARM_DOWN ? y + CELL_H : y + CELL_H / 2 + 0.5;

	if (arms & (ARM_LEFT | ARM_RIGHT))
		svg_rect(out, (struct box){left, y + CELL_H / 2 - 0.5, right - left, 1}, rgb,
			opacity);
	if (arms & (ARM_UP | ARM_DOWN))
		svg_rect(out, (struct box){x + CELL_W / 2 - 0.5, top, 1, bottom - top}, rgb,
			opacity);
}

static bool ink_like(const struct cell_paint *a, const struct cell_paint *b)
{
	return a->fg == b->fg && a->attr == b->attr;
}

void cells_svg_ground(FILE *out, const struct grid *g, int y, double top, const struct theme *t)
{
	const struct cell *row = &g->cells[y * g->width];

	for (int x = 0, end; x < g->width; x = end) {
		struct cell_paint p = cells_paint(t, &row[x]), next;

		for (end = x + 1; end < g->width; end++) {
			next = cells_paint(t, &row[end]);
			if (next.own_bg != p.own_bg || next.bg != p.bg)
				break;
		}
		if (!p.own_bg)
			svg_rect(out, (struct box){x * CELL_W, top, (end - x) * CELL_W, CELL_H},
				p.bg, 1);
	}
}

/* A row whose ink is being drawn. */
struct ink_row {
	FILE *out;
	const struct cell *cells;
	int width;
	double top;
	const struct theme *theme;
};

/* The column after those like x: the same character, the same ink. */
static int run_of(const struct ink_row *r, int x, const struct cell_paint *p)
{
	int end = x + 1;

	for (; end < r->width && r->cells[end].ch == r->cells[x].ch; end++) {
		struct cell_paint next = cells_paint(r->theme, &r->cells[end]);

		if (!ink_like(p, &next))
			break;
	}
	return end;
}

/* Where something is drawn from x on, the column after it; else x. */
static int row_drawn(const struct ink_row *r, int x, const struct cell_paint *p)
{
	u32 ch = r->cells[x].ch;
	int arms = line_arms(ch), end = x + 1;
	struct shape s;

	if (arms) {
		if (arms == (ARM_LEFT | ARM_RIGHT))
			end = run_of(r, x, p);
		svg_line(r->out, x * CELL_W, r->top, end - x, arms, p->fg, ch == 0x250a ? 0.5 : 1);
		return end;
	}
	if (!shape_block(ch, &s))
		return x;
	if (s.whole)
		end = run_of(r, x, p);
	svg_rect(r->out,
		(struct box){(x + s.box.x) * CELL_W, r->top + s.box.y * CELL_H,
			(end - x - 1 + s.box.w) * CELL_W, s.box.h * CELL_H},
		p->fg, s.opacity);
	return end;
}

static bool is_text(const struct cell *c)
{
	struct shape s;

	return c->ch && c->ch != ' ' && !line_arms(c->ch) && !shape_block(c->ch, &s);
}

/* The end of a word; a wide character stands alone, for not every reader keeps lengths. */
static int word_end(const struct ink_row *r, int x, const struct cell_paint *p)
{
	int end = x + 1;

	if (r->cells[x].width == 2)
		return MIN(x + 2, r->width);
	for (; end < r->width && is_text(&r->cells[end]) && r->cells[end].width == 1; end++) {
		struct cell_paint next = cells_paint(r->theme, &r->cells[end]);

		if (!ink_like(p, &next))
			break;
	}
	return end;
}

static int row_text(const struct ink_row *r, int x, const struct cell_paint *p)
{
	int end = word_end(r, x, p);

	fputs("<text", r->out);
	attr_number(r->out, "x", x * CELL_W);
	attr_number(r->out, "y", r->top + CELL_H * 0.76);
	attr_number(r->out, "textLength", (end - x) * CELL_W);
	attr_fill(r->out, p->fg);
	if (p->attr & ATTR_BOLD)
		fputs(" font-weight=\"bold\"", r->out);
	if (p->attr & ATTR_UNDERLINE)
		fputs(" text-decoration=\"underline\"", r->out);
	fputc('>', r->out);
	for (int i = x; i < end; i++)
		if (r->cells[i].ch)
			xml_char(r->out, r->cells[i].ch);
	fputs("</text>", r->out);
	return end;
}

void cells_svg_ink(FILE *out, const struct grid *g, int y, double top, const struct theme *t)
{
	struct ink_row r = {out, &g->cells[y * g->width], g->width, top, t};

	for (int x = 0; x < g->width;) {
		struct cell_paint p = cells_paint(t, &r.cells[x]);
		int end = row_drawn(&r, x, &p);

		if (end == x && is_text(&r.cells[x]))
			end = row_text(&r, x, &p);
		x = MAX(end, x + 1);
	}
}

void cells_svg_open(FILE *out, const struct export_job *job, const char *desc, const char *style)
{
	double width = job->columns * CELL_W, height = job->rows * CELL_H;
	struct theme t = cells_theme(job);

	fputs("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\"", out);
	attr_number(out, "width", width);
	attr_number(out, "height", height);
	fprintf(out, " viewBox=\"0 0 %.6g %.6g\" font-size=\"%d\"", width, height, CELL_FONT);
	fputs(" font-family=\"DejaVu Sans Mono, Menlo, Consolas, Liberation Mono, Noto Sans Mono "
	      "CJK SC, monospace\">\n<title>threadline: ",
		out);
	cells_xml(out, job->title);
	fputs("</title>\n<desc>", out);
	cells_xml(out, desc);
	fputs("</desc>\n", out);
	if (style)
		fprintf(out, "<style>\n%s</style>\n", style);
	svg_rect(out, (struct box){0, 0, width, height}, cells_default_bg(&t), 1);
	fputc('\n', out);
}
