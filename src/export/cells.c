/* SPDX-License-Identifier: MIT */
#include "export/cells.h"

#include "core/fmt.h"
#include "core/lang.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECONDS_LEAST 2.0

struct theme cells_theme(const struct export_job *job)
{
	return (struct theme){.colours = 256, .light = !job->dark};
}

struct picture *cells_picture(const struct export_job *job, double seconds)
{
	double passed = (double)(job->until - job->from) / 1e9;

	return picture_new(&(struct picture_options){.width = job->columns,
				   .height = job->rows,
				   .light = !job->dark,
				   .view = job->view,
				   .filter = job->sift ? job->sift->filter.text : NULL,
				   .title = job->title,
				   .rung = job->rung,
				   .from = job->from,
				   .until = job->until,
				   .speed = seconds > 0 ? passed / seconds : 0},
		job->model, job->findings);
}

u32 cells_default_fg(const struct theme *t)
{
	return t->light ? 0x24292f : 0xd0d7de;
}

u32 cells_default_bg(const struct theme *t)
{
	return t->light ? 0xffffff : 0x15181e;
}

struct cell_paint cells_paint(const struct theme *t, const struct cell *c)
{
	struct paint p = theme_paint(t, c);
	struct cell_paint out = {
		.fg = p.fg < 0 ? cells_default_fg(t) : theme_rgb(p.fg),
		.bg = p.bg < 0 ? cells_default_bg(t) : theme_rgb(p.bg),
		.own_bg = p.bg < 0,
		.attr = p.attr,
	};
	u32 fg = out.fg;

	if (!(p.attr & ATTR_REVERSE))
		return out;
	out.fg = out.bg;
	out.bg = fg;
	out.own_bg = false;
	return out;
}

double cells_slow(const struct export_job *job)
{
	double seconds = (double)(job->until - job->from) / 1e9, slow = 1;

	while (seconds * slow < SECONDS_LEAST && slow < 1e9)
		slow *= 10;
	return slow;
}

static int moment_compare(const void *a, const void *b)
{
	const struct moment_named *x = a, *y = b;

	return (x->at > y->at) - (x->at < y->at);
}

struct moment_named *cells_moments(const struct export_job *job, size_t *n)
{
	const struct model *m = job->model;
	size_t findings = findings_count(job->findings);
	struct moment_named *all = mem_array(m->marks.n + findings + 1, sizeof(*all));

	*n = 0;
	for (size_t i = 0; i < m->marks.n; i++)
		if (export_inside(job, m->marks.v[i].at) && export_shows_mark(job, &m->marks.v[i]))
			all[(*n)++] =
				(struct moment_named){m->marks.v[i].at, "", m->marks.v[i].text};
	for (size_t i = 0; i < findings; i++) {
		const struct finding *f = findings_get(job->findings, i);

		if (export_inside(job, f->at_ns))
			all[(*n)++] =
				(struct moment_named){f->at_ns, finding_kind_text(f->ops), f->text};
	}
	qsort(all, *n, sizeof(*all), moment_compare);
	return all;
}

void cells_describe(const struct export_job *job, char *buf, size_t size)
{
	char at[32], from[32], until[32];
	u64 start = job->model->start;
	size_t n = 0;

	fmt_stamp(at, sizeof(at), job->at - start, NSEC_PER_USEC);
	fmt_stamp(from, sizeof(from), job->from - start, NSEC_PER_USEC);
	fmt_stamp(until, sizeof(until), job->until - start, NSEC_PER_USEC);
	n += (size_t)snprintf(buf, size,
		tr("The screen of threadline for %s at %s, from %s to %s."), job->title, at, from,
		until);
	for (size_t i = 0; i < findings_count(job->findings) && n < size; i++) {
		const struct finding *f = findings_get(job->findings, i);

		n += (size_t)snprintf(
			buf + n, size - n, " %s: %s.", finding_kind_text(f->ops), f->text);
	}
	fmt_clean(buf, size, buf, size, false); /* it may have been cut inside a character */
}
