/* SPDX-License-Identifier: MIT */
#include "export/cairo_figure.h"

#include <errno.h>
#include <math.h>
#include <pango/pangocairo.h>
#include <string.h>

struct painter {
	cairo_t *cr;
	const struct figure *fig;
	bool dark;
	PangoLayout *layout;
	double top, bottom; /* of what is to be drawn */
};

static void ink(const struct painter *p, u8 which)
{
	u32 rgb = ink_rgb(which, p->dark);

	cairo_set_source_rgb(
		p->cr, (rgb >> 16 & 255) / 255., (rgb >> 8 & 255) / 255., (rgb & 255) / 255.);
}

static void line_to(cairo_t *cr, double x0, double y0, double x1, double y1)
{
	cairo_move_to(cr, x0, y0);
	cairo_line_to(cr, x1, y1);
}

/* Slanted lines d apart over a box: up to the right, or up to the left. */
static void slants(cairo_t *cr, const struct shape *s, double d, bool back)
{
	double first = floor((s->x - s->h) / d) * d;

	for (double x = first; x < s->x + s->w + s->h; x += d)
		if (back)
			line_to(cr, x, s->y, x + s->h, s->y + s->h);
		else
			line_to(cr, x, s->y + s->h, x + s->h, s->y);
}

static void dots(cairo_t *cr, const struct shape *s, double d)
{
	for (double y = ceil(s->y / d) * d - d / 2; y < s->y + s->h; y += d)
		for (double x = ceil(s->x / d) * d - d / 2; x < s->x + s->w; x += d)
			line_to(cr, x - d / 8, y, x + d / 8, y);
}

static void pattern(const struct painter *p, const struct shape *s)
{
	double d = p->fig->unit * 8 / 22;
	cairo_t *cr = p->cr;

	cairo_save(cr);
	cairo_rectangle(cr, s->x, s->y, s->w, s->h);
	cairo_clip(cr);
	switch ((enum pattern)s->pattern) {
	case PATTERN_NONE: break;
	case PATTERN_CROSS: slants(cr, s, d, true); /* fall through */
	case PATTERN_DIAGONAL: slants(cr, s, d, false); break;
	case PATTERN_BACK: slants(cr, s, d, true); break;
	case PATTERN_UPRIGHT:
		for (double x = ceil(s->x / d) * d; x < s->x + s->w; x += d)
			line_to(cr, x, s->y, x, s->y + s->h);
		break;
	case PATTERN_LEVEL:
		for (double y = ceil(s->y / d) * d; y < s->y + s->h; y += d)
			line_to(cr, s->x, y, s->x + s->w, y);
		break;
	case PATTERN_DOTS: dots(cr, s, d); break;
	}
	ink(p, s->line);
	cairo_set_line_width(cr, p->fig->unit * (s->pattern == PATTERN_DOTS ? .09 : .06));
	cairo_stroke(cr);
	cairo_restore(cr);
}

static void round_rect(cairo_t *cr, const struct shape *s)
{
	double r = MIN(s->round, MIN(s->w, s->h) / 2), x = s->x, y = s->y;

	cairo_new_sub_path(cr);
	cairo_arc(cr, x + s->w - r, y + r, r, -M_PI / 2, 0);
	cairo_arc(cr, x + s->w - r, y + s->h - r, r, 0, M_PI / 2);
	cairo_arc(cr, x + r, y + s->h - r, r, M_PI / 2, M_PI);
	cairo_arc(cr, x + r, y + r, r, M_PI, M_PI * 3 / 2);
	cairo_close_path(cr);
}

static void rect(const struct painter *p, const struct shape *s)
{
	bool share = s->class && !strcmp(s->class, "share");

	if (s->fill == INK_NONE)
		return;
	cairo_set_antialias(p->cr, share ? CAIRO_ANTIALIAS_NONE : CAIRO_ANTIALIAS_DEFAULT);
	ink(p, s->fill);
	if (s->round > 0)
		round_rect(p->cr, s);
	else
		cairo_rectangle(p->cr, s->x, s->y, s->w, s->h);
	cairo_fill(p->cr);
	if (s->pattern)
		pattern(p, s);
	cairo_set_antialias(p->cr, CAIRO_ANTIALIAS_DEFAULT);
	if (!s->edged)
		return;
	ink(p, s->line);
	cairo_set_line_width(p->cr, s->thick);
	line_to(p->cr, s->x, s->y + s->thick / 2, s->x + s->w, s->y + s->thick / 2);
	line_to(p->cr, s->x, s->y + s->h - s->thick / 2, s->x + s->w, s->y + s->h - s->thick / 2);
	cairo_stroke(p->cr);
}

static void path(const struct painter *p, const struct shape *s)
{
	const struct point *at = p->fig->points.v + s->points;
	double dash[] = {p->fig->unit * .3, p->fig->unit * .2};

	cairo_move_to(p->cr, at[0].x, at[0].y);
	if (s->kind == SHAPE_CURVE)
		cairo_curve_to(p->cr, at[1].x, at[1].y, at[2].x, at[2].y, at[3].x, at[3].y);
	for (size_t i = 1; i < s->n && s->kind != SHAPE_CURVE; i++)
		cairo_line_to(p->cr, at[i].x, at[i].y);
	if (s->kind == SHAPE_AREA) {
		cairo_close_path(p->cr);
		ink(p, s->fill);
		cairo_fill(p->cr);
		return;
	}
	ink(p, s->line);
	cairo_set_line_width(p->cr, s->thick);
	cairo_set_dash(p->cr, dash, s->dashed ? 2 : 0, 0);
	cairo_stroke(p->cr);
	cairo_set_dash(p->cr, NULL, 0, 0);
}

static void text(const struct painter *p, const struct shape *s)
{
	PangoFontDescription *font = pango_font_description_from_string(
		"Helvetica,Arial,Liberation Sans,Nimbus Sans,Noto Sans,Noto Sans CJK SC,Sans");
	int width, height;
	double x = s->x;

	pango_font_description_set_absolute_size(font, s->size * PANGO_SCALE);
	pango_font_description_set_weight(font, s->bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
	pango_layout_set_font_description(p->layout, font);
	pango_layout_set_text(p->layout, figure_text(p->fig, s), -1);
	pango_layout_get_size(p->layout, &width, &height);
	if (s->anchor != ANCHOR_START)
		x -= (double)width / PANGO_SCALE / (s->anchor == ANCHOR_MIDDLE ? 2 : 1);
	ink(p, s->fill);
	cairo_move_to(p->cr, x, s->y - (double)pango_layout_get_baseline(p->layout) / PANGO_SCALE);
	pango_cairo_show_layout(p->cr, p->layout);
	pango_font_description_free(font);
}

/* Nothing of it is in the band that is drawn. */
static bool outside(const struct painter *p, const struct shape *s)
{
	double most = 2 * MAX(p->fig->unit, s->size), top = s->y, bottom = s->y + s->h;

	for (size_t i = 0; i < s->n; i++) {
		double y = p->fig->points.v[s->points + i].y;

		top = i ? MIN(top, y) : y;
		bottom = i ? MAX(bottom, y) : y;
	}
	return bottom + most < p->top || top - most > p->bottom;
}

void cairo_paper(cairo_t *cr, bool dark)
{
	const struct painter p = {.cr = cr, .dark = dark};

	ink(&p, INK_PAPER);
	cairo_paint(cr);
}

void cairo_figure(cairo_t *cr, const struct figure *fig, bool dark)
{
	struct painter p = {.cr = cr, .fig = fig, .dark = dark};
	double left, right;

	cairo_clip_extents(cr, &left, &p.top, &right, &p.bottom);
	p.layout = pango_cairo_create_layout(cr);
	for (size_t i = 0; i < fig->shapes.n; i++) {
		const struct shape *s = &fig->shapes.v[i];

		if (outside(&p, s))
			continue;
		switch ((enum shape_kind)s->kind) {
		case SHAPE_RECT: rect(&p, s); break;
		case SHAPE_LINE:
		case SHAPE_CURVE:
		case SHAPE_AREA: path(&p, s); break;
		case SHAPE_TEXT: text(&p, s); break;
		case SHAPE_GROUP:
		case SHAPE_END: break;
		}
	}
	g_object_unref(p.layout);
}

static int why_not; /* the errno of the last write that failed: cairo goes on and loses it */

cairo_status_t cairo_to_file(void *file, const unsigned char *bytes, unsigned n)
{
	if (fwrite(bytes, 1, n, file) == n)
		return CAIRO_STATUS_SUCCESS;
	why_not = errno;
	return CAIRO_STATUS_WRITE_ERROR;
}

int cairo_result(const struct export_job *job, cairo_status_t status)
{
	int err = export_result(job);

	if (why_not)
		return -why_not;
	if (err || status == CAIRO_STATUS_SUCCESS)
		return err;
	return status == CAIRO_STATUS_NO_MEMORY ? -ENOMEM : -EIO;
}
