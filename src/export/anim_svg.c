/* SPDX-License-Identifier: MIT */
/*
 * The screen as a film that any browser plays as an image, with no script: each distinct row of
 * ground or ink is told once, a frame says which it shows, and CSS shows one frame after the other.
 * Where nothing animates (print, slides as PDF, a reader who wants no motion) the frame of --at is
 * seen.
 */
#include "export/cells.h"

#include "core/idmap.h"
#include "core/lang.h"
#include "core/vec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define UNITS         100 /* frames at most */
#define UNITS_AT_END  8   /* for which the last one stays */
#define SECONDS_LEAST 4.0
#define SECONDS_MOST  20.0

struct frame_run { /* a frame and for how many units it is shown */
	int from, units;
	u32 *rows; /* its layers' rows, grounds first: numbers into defs */
};

struct anim {
	const struct export_job *job;
	struct theme theme;
	struct picture *picture;
	double seconds;   /* of one round */
	struct idmap ids; /* a row's hash -> its number */
	vec(char *) rows;
	vec(struct frame_run) frames;
	size_t poster;
	size_t layered; /* rows of both layers */
	u32 *stills;    /* like a frame's rows; IDMAP_NONE: it changes */
};

static u64 hash_of(const char *text)
{
	u64 hash = 14695981039346656037ull;

	for (; *text; text++)
		hash = (hash ^ (u8)*text) * 1099511628211ull;
	return hash;
}

/* A layer's row by its number, a new one where there was none like it. */
static u32 row_number(struct anim *a, const struct grid *g, size_t row)
{
	int y = (int)row % g->height;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	u64 hash;
	u32 at;

	if (!out)
		die("no memory");
	(row < (size_t)g->height ? cells_svg_ground : cells_svg_ink)(out, g, y, 0, &a->theme);
	fclose(out);
	for (hash = hash_of(text);; hash++) {
		at = idmap_get(&a->ids, hash);
		if (at == IDMAP_NONE || !strcmp(a->rows.v[at], text))
			break;
	}
	if (at != IDMAP_NONE) {
		free(text);
		return at;
	}
	at = (u32)a->rows.n;
	vec_push(&a->rows, text);
	idmap_set(&a->ids, hash, at);
	return at;
}

/* The moment of a unit; the one nearest to --at is --at. */
static u64 unit_time(const struct anim *a, int unit, int poster)
{
	u64 passed = a->job->until - a->job->from;

	if (unit == poster)
		return a->job->at;
	return a->job->from + (u64)((double)passed * unit / (UNITS - 1));
}

static void anim_unit(struct anim *a, int unit, u64 at)
{
	const struct grid *g = picture_draw(a->picture, at);
	struct frame_run f = {unit, 1, mem_array(a->layered, sizeof(u32))};

	for (size_t i = 0; i < a->layered; i++)
		f.rows[i] = row_number(a, g, i);
	if (a->frames.n && !memcmp(vec_last(&a->frames)->rows, f.rows, a->layered * sizeof(u32))) {
		vec_last(&a->frames)->units++;
		free(f.rows);
		return;
	}
	vec_push(&a->frames, f);
}

static void anim_frames(struct anim *a)
{
	double share = (double)(a->job->at - a->job->from) / (double)(a->job->until - a->job->from);
	int poster = (int)(share * (UNITS - 1) + 0.5);

	for (int unit = 0; unit < UNITS; unit++) {
		anim_unit(a, unit, unit_time(a, unit, poster));
		if (unit == poster)
			a->poster = a->frames.n - 1;
	}
	vec_last(&a->frames)->units += UNITS_AT_END;
}

/* Rows that are the same in every frame are drawn once. */
static void anim_stills(struct anim *a)
{
	a->stills = mem_array(a->layered, sizeof(u32));
	for (size_t row = 0; row < a->layered; row++) {
		a->stills[row] = a->frames.v[0].rows[row];
		for (size_t i = 1; i < a->frames.n; i++)
			if (a->frames.v[i].rows[row] != a->stills[row])
				a->stills[row] = IDMAP_NONE;
	}
}

static char *anim_style(const struct anim *a)
{
	bool told[UNITS + UNITS_AT_END + 1] = {false};
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		die("no memory");
	fprintf(out,
		".f{visibility:hidden;animation-duration:%.2fs;"
		"animation-timing-function:step-end;animation-iteration-count:infinite}\n"
		".p{visibility:visible}\n",
		a->seconds);
	for (size_t i = 0; i < a->frames.n; i++) {
		int units = a->frames.v[i].units;

		if (told[units])
			continue;
		told[units] = true;
		fprintf(out,
			"@keyframes k%d{0%%{visibility:visible}%.4f%%{visibility:hidden}"
			"100%%{visibility:hidden}}\n",
			units, 100.0 * units / (UNITS + UNITS_AT_END));
	}
	fputs("@media (prefers-reduced-motion:reduce){.f{animation:none!important}}\n"
	      "@media print{.f{animation:none!important}}\n",
		out);
	fclose(out);
	return text;
}

static void svg_use(const struct anim *a, u32 number, size_t row)
{
	if (a->rows.v[number][0])
		fprintf(a->job->out, "<use href=\"#r%u\" y=\"%.6g\"/>", number,
			(double)(row % (size_t)a->job->rows) * CELL_H);
}

static void anim_frame(const struct anim *a, size_t i, size_t layer)
{
	const struct frame_run *f = &a->frames.v[i];
	double unit = a->seconds / (UNITS + UNITS_AT_END);
	FILE *out = a->job->out;

	fprintf(out, "<g class=\"f%s\" style=\"animation-name:k%d;animation-delay:%.4fs\">",
		i == a->poster ? " p" : "", f->units, f->from * unit - a->seconds);
	for (size_t row = layer; row < layer + (size_t)a->job->rows; row++)
		if (a->stills[row] == IDMAP_NONE)
			svg_use(a, f->rows[row], row);
	fputs("</g>\n", out);
}

/* What stands still, then what moves; a single frame is all still. */
static void anim_layer(const struct anim *a, size_t layer)
{
	for (size_t row = layer; row < layer + (size_t)a->job->rows; row++)
		if (a->stills[row] != IDMAP_NONE)
			svg_use(a, a->stills[row], row);
	fputc('\n', a->job->out);
	for (size_t i = 0; i < a->frames.n && a->frames.n > 1; i++)
		anim_frame(a, i, layer);
}

static void anim_draw(const struct anim *a)
{
	FILE *out = a->job->out;
	char *style = anim_style(a), desc[1024];

	cells_describe(a->job, desc, sizeof(desc));
	cells_svg_open(out, a->job, desc, style);
	free(style);
	fputs("<defs>\n", out);
	for (size_t i = 0; i < a->rows.n; i++)
		fprintf(out, "<g id=\"r%zu\">%s</g>\n", i, a->rows.v[i]);
	fputs("</defs>\n", out);
	anim_layer(a, 0);
	anim_layer(a, (size_t)a->job->rows);
	fputs("</svg>\n", out);
}

static void anim_free(struct anim *a)
{
	for (size_t i = 0; i < a->rows.n; i++)
		free(a->rows.v[i]);
	for (size_t i = 0; i < a->frames.n; i++)
		free(a->frames.v[i].rows);
	vec_free(&a->rows);
	vec_free(&a->frames);
	idmap_free(&a->ids);
	free(a->stills);
	picture_free(a->picture);
}

static int anim_svg_write(const struct export_job *job)
{
	double seconds = (double)(job->until - job->from) / 1e9 * cells_slow(job);
	struct anim a = {.job = job, .theme = cells_theme(job), .layered = 2 * (size_t)job->rows};

	seconds = MIN(MAX(seconds, SECONDS_LEAST), SECONDS_MOST);
	a.seconds = seconds * (UNITS + UNITS_AT_END) / UNITS;
	a.picture = cells_picture(job, seconds);
	if (!a.picture)
		return -EINVAL;
	anim_frames(&a);
	anim_stills(&a);
	anim_draw(&a);
	anim_free(&a);
	return export_result(job);
}

const struct export_ops export_anim_svg = {
	.name = "anim-svg",
	.summary = N_("a film of the screen as SVG: an image that plays in any browser"),
	.made_of = EXPORT_SCREEN | EXPORT_MOMENT,
	.write = anim_svg_write,
};
