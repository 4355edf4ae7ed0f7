/* SPDX-License-Identifier: MIT */
/* The figure as SVG: text stays text, nothing is fetched, and every bar says what it stands for. */
#include "export/svg.h"

#include "core/lang.h"
#include "export/figure_type.h"

#include <string.h>

void svg_escape(FILE *out, const char *words)
{
	for (const char *c = words; *c; c++) {
		switch (*c) {
		case '<': fputs("&lt;", out); break;
		case '>': fputs("&gt;", out); break;
		case '&': fputs("&amp;", out); break;
		case '"': fputs("&quot;", out); break;
		case '\'': fputs("&#39;", out); break;
		default: fputc(*c, out);
		}
	}
}

struct svg {
	const struct figure *fig;
	FILE *out;
	bool dark;
};

static void svg_ink(const struct svg *svg, const char *what, u8 ink)
{
	if (ink == INK_NONE)
		fprintf(svg->out, " %s=\"none\"", what);
	else
		fprintf(svg->out, " %s=\"#%06x\"", what, ink_rgb(ink, svg->dark));
}

static void svg_fill(const struct svg *svg, const struct shape *s)
{
	if (s->pattern)
		fprintf(svg->out, " fill=\"url(#p%d)\"", s->fill);
	else
		svg_ink(svg, "fill", s->fill);
}

static void svg_about(const struct svg *svg, const struct shape *s, const char *end)
{
	if (!s->text) {
		fputs("/>\n", svg->out);
		return;
	}
	fputs("><title>", svg->out);
	svg_escape(svg->out, figure_text(svg->fig, s));
	fprintf(svg->out, "</title></%s>\n", end);
}

static void svg_class(const struct svg *svg, const struct shape *s)
{
	u64 start = svg->fig->job->model->start;

	if (s->class)
		fprintf(svg->out, " class=\"%s\"", s->class);
	if (s->until)
		fprintf(svg->out, " data-from=\"%llu\" data-until=\"%llu\"",
			(unsigned long long)(s->from - start),
			(unsigned long long)(s->until - start));
	if (s->id)
		fprintf(svg->out, " data-id=\"%u\"", s->id);
}

static void svg_rect(const struct svg *svg, const struct shape *s)
{
	fprintf(svg->out, "<rect x=\"%.3f\" y=\"%.2f\" width=\"%.3f\" height=\"%.2f\"", s->x, s->y,
		s->w, s->h);
	svg_fill(svg, s);
	if (s->class && !strcmp(s->class, "share"))
		fputs(" shape-rendering=\"crispEdges\"", svg->out);
	if (s->round > 0)
		fprintf(svg->out, " rx=\"%.2f\"", s->round);
	if (s->fill == INK_NONE)
		fputs(" pointer-events=\"all\"", svg->out);
	svg_class(svg, s);
	svg_about(svg, s, "rect");
	if (!s->edged)
		return;
	fprintf(svg->out, "<path d=\"M%.3f %.2fH%.3fM%.3f %.2fH%.3f\" stroke-width=\"%.2f\"", s->x,
		s->y + s->thick / 2, s->x + s->w, s->x, s->y + s->h - s->thick / 2, s->x + s->w,
		s->thick);
	svg_ink(svg, "stroke", s->line);
	fputs("/>\n", svg->out);
}

static void svg_path(const struct svg *svg, const struct shape *s)
{
	const struct point *p = svg->fig->points.v + s->points;

	fputs("<path d=\"", svg->out);
	for (size_t i = 0; i < s->n; i++)
		fprintf(svg->out, "%s%.2f %.2f",
			i == 0                             ? "M"
			: s->kind == SHAPE_CURVE && i == 1 ? "C"
			: s->kind == SHAPE_LINE && i == 1  ? "L"
			: s->kind == SHAPE_AREA && i == 1  ? "L"
							   : " ",
			p[i].x, p[i].y);
	fputs(s->kind == SHAPE_AREA ? "z\"" : "\"", svg->out);
	svg_ink(svg, "fill", s->kind == SHAPE_AREA ? s->fill : INK_NONE);
	if (s->kind != SHAPE_AREA) {
		svg_ink(svg, "stroke", s->line);
		fprintf(svg->out, " stroke-width=\"%.2f\"", s->thick);
		if (s->dashed)
			fprintf(svg->out, " stroke-dasharray=\"%.1f %.1f\"", svg->fig->unit * .3,
				svg->fig->unit * .2);
	}
	svg_class(svg, s);
	svg_about(svg, s, "path");
}

static void svg_text(const struct svg *svg, const struct shape *s)
{
	static const char *const anchors[] = {
		"", " text-anchor=\"middle\"", " text-anchor=\"end\""};

	fprintf(svg->out, "<text x=\"%.2f\" y=\"%.2f\" font-size=\"%.2f\"%s%s", s->x, s->y, s->size,
		anchors[s->anchor], s->bold ? " font-weight=\"bold\"" : "");
	svg_ink(svg, "fill", s->fill);
	fputc('>', svg->out);
	svg_escape(svg->out, figure_text(svg->fig, s));
	fputs("</text>\n", svg->out);
}

static void svg_group(const struct svg *svg, const struct shape *s)
{
	fputs("<g", svg->out);
	svg_class(svg, s);
	if (s->text) {
		fputs(" aria-label=\"", svg->out);
		svg_escape(svg->out, figure_text(svg->fig, s));
		fputc('"', svg->out);
	}
	fputs(">\n", svg->out);
}

/* The lines of a pattern within a square of side d. */
static const char *pattern_path(u8 pattern)
{
	static const char *const paths[] = {
		[PATTERN_NONE] = "",
		[PATTERN_DIAGONAL] = "M-2 2L2-2M0 8L8 0M6 10L10 6",
		[PATTERN_BACK] = "M-2 6L2 10M0 0L8 8M6-2L10 2",
		[PATTERN_UPRIGHT] = "M4 0V8",
		[PATTERN_LEVEL] = "M0 4H8",
		[PATTERN_CROSS] = "M0 0L8 8M0 8L8 0",
		[PATTERN_DOTS] = "M3 4H5",
	};

	return paths[pattern];
}

static void svg_patterns(const struct svg *svg)
{
	double scale = svg->fig->unit / 22;
	u64 done[(INK_COUNT + 63) / 64] = {0};

	fputs("<defs>\n", svg->out);
	for (size_t i = 0; i < svg->fig->shapes.n; i++) {
		const struct shape *s = &svg->fig->shapes.v[i];

		if (!s->pattern || s->kind != SHAPE_RECT || done[s->fill / 64] >> s->fill % 64 & 1)
			continue;
		done[s->fill / 64] |= 1ull << s->fill % 64;
		fprintf(svg->out,
			"<pattern id=\"p%d\" width=\"8\" height=\"8\" "
			"patternUnits=\"userSpaceOnUse\" patternTransform=\"scale(%.3f)\">"
			"<rect width=\"8\" height=\"8\" fill=\"#%06x\"/>"
			"<path d=\"%s\" stroke=\"#%06x\" stroke-width=\"%s\" fill=\"none\"/>"
			"</pattern>\n",
			s->fill, scale, ink_rgb(s->fill, svg->dark), pattern_path(s->pattern),
			ink_rgb(s->line, svg->dark), s->pattern == PATTERN_DOTS ? "2" : "1.3");
	}
	fputs("</defs>\n", svg->out);
}

static void svg_head(const struct svg *svg)
{
	fprintf(svg->out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" "
		"viewBox=\"0 0 %.0f %.0f\" width=\"%.0f\" height=\"%.0f\" "
		"font-family=\"" TYPE_FAMILY "\">\n<title>",
		svg->fig->width, svg->fig->height, svg->fig->width, svg->fig->height);
	svg_escape(svg->out, svg->fig->title);
	fputs("</title>\n<desc>", svg->out);
	svg_escape(svg->out, svg->fig->about);
	fputs("</desc>\n", svg->out);
}

void svg_figure(const struct figure *fig, bool dark, FILE *out)
{
	struct svg svg = {.fig = fig, .out = out, .dark = dark};

	svg_head(&svg);
	svg_patterns(&svg);
	for (size_t i = 0; i < fig->shapes.n; i++) {
		const struct shape *s = &fig->shapes.v[i];

		switch ((enum shape_kind)s->kind) {
		case SHAPE_RECT: svg_rect(&svg, s); break;
		case SHAPE_LINE:
		case SHAPE_CURVE:
		case SHAPE_AREA: svg_path(&svg, s); break;
		case SHAPE_TEXT: svg_text(&svg, s); break;
		case SHAPE_GROUP: svg_group(&svg, s); break;
		case SHAPE_END: fputs("</g>\n", out); break;
		}
	}
	fputs("</svg>\n", out);
}

static int svg_write(const struct export_job *job)
{
	struct figure *fig = figure_new(job);

	svg_figure(fig, job->dark, job->out);
	figure_free(fig);
	return export_result(job);
}

const struct export_ops export_svg = {
	.name = "svg",
	.summary = N_("a drawn figure: lanes, holds, waits and their holders, legend, caption"),
	.made_of = EXPORT_FIGURE | EXPORT_MOMENT,
	.write = svg_write,
};
