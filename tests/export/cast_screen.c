/* SPDX-License-Identifier: MIT */
/*
 * cast_screen RECORDING COLUMNS ROWS NS: what a terminal shows after the bytes on stdin, cell by
 * cell beside the screen of the recording NS after its start; that screen is printed. Status 1
 * where they differ.
 */
#include "export/cells.h"
#include "trace/recording.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vterm.h>

#define LOOK_EVERY (50 * NSEC_PER_MSEC)

struct session {
	struct model *m;
	struct findings *f;
};

static void feed(struct session *s, const struct event *events, size_t n, u64 *next)
{
	for (size_t i = 0; i < n; i++) {
		if (events[i].ts >= *next) {
			model_advance(s->m, events[i].ts);
			findings_update(s->f, s->m, false);
			*next = events[i].ts + LOOK_EVERY;
		}
		model_feed(s->m, &events[i], 1);
	}
}

static bool load(struct session *s, const char *path)
{
	const struct event *events;
	struct recording *r;
	u64 next = 0;
	ssize_t n;

	if (recording_open(&r, path))
		return false;
	*s = (struct session){model_new(recording_info(r)), findings_new()};
	findings_attach(s->f, s->m);
	while ((n = recording_next(r, &events)) > 0)
		feed(s, events, (size_t)n, &next);
	model_advance(s->m, MAX(s->m->now, recording_end(r)));
	findings_update(s->f, s->m, true);
	recording_close(r);
	return true;
}

/* At once: libvterm does not keep a character that is cut between two writes. */
static void emulate(VTerm *vt)
{
	vec(char) bytes = {0};
	size_t n;

	vterm_set_utf8(vt, 1);
	vterm_screen_reset(vterm_obtain_screen(vt), 1);
	do {
		vec_reserve(&bytes, bytes.n + 65536);
		n = fread(bytes.v + bytes.n, 1, 65536, stdin);
		bytes.n += n;
	} while (n);
	vterm_input_write(vt, bytes.v, bytes.n);
	vec_free(&bytes);
}

static const char *rung_of(const struct model *m)
{
	switch (m->info.sources & (SOURCE_BIT_BPF | SOURCE_BIT_SHIM)) {
	case SOURCE_BIT_BPF: return "bpf";
	case SOURCE_BIT_SHIM: return "shim";
	default: return "bpf+shim";
	}
}

static bool colour_is(const VTermColor *c, int index, bool fore)
{
	if (index < 0)
		return fore ? VTERM_COLOR_IS_DEFAULT_FG(c) : VTERM_COLOR_IS_DEFAULT_BG(c);
	return VTERM_COLOR_IS_INDEXED(c) && c->indexed.idx == index;
}

static bool cell_is(const VTermScreenCell *seen, const struct cell *c, const struct theme *t)
{
	struct paint p = theme_paint(t, c);
	u32 ch = seen->chars[0] ? seen->chars[0] : ' ';

	if (!c->ch) /* the right half of what stands before it */
		return true;
	return ch == c->ch && seen->width == c->width && colour_is(&seen->bg, p.bg, false) &&
	       (ch == ' ' || colour_is(&seen->fg, p.fg, true)) &&
	       seen->attrs.bold == !!(p.attr & ATTR_BOLD) &&
	       seen->attrs.reverse == !!(p.attr & ATTR_REVERSE);
}

static int compare(VTerm *vt, const struct grid *g, const struct theme *t)
{
	int wrong = 0;

	for (int y = 0; y < g->height; y++) {
		for (int x = 0; x < g->width; x++) {
			VTermScreenCell seen;

			vterm_screen_get_cell(vterm_obtain_screen(vt), (VTermPos){y, x}, &seen);
			if (cell_is(&seen, &g->cells[y * g->width + x], t))
				continue;
			if (!wrong++)
				fprintf(stderr, "row %d, column %d: U+%04x, not U+%04x\n", y, x,
					seen.chars[0], g->cells[y * g->width + x].ch);
		}
	}
	return wrong;
}

int main(int argc, char **argv)
{
	struct export_job job;
	struct session s;
	struct picture *p;
	struct grid *g;
	VTerm *vt;
	int wrong;

	if (argc != 5 || !load(&s, argv[1]))
		return 2;
	job = (struct export_job){.model = s.m,
		.findings = s.f,
		.from = s.m->start,
		.until = s.m->now,
		.columns = atoi(argv[2]),
		.rows = atoi(argv[3]),
		.title = s.m->info.target_name,
		.rung = rung_of(s.m)};
	p = cells_picture(&job, (double)(job.until - job.from) / 1e9 * cells_slow(&job));
	g = picture_draw(p, s.m->start + (u64)atoll(argv[4]));
	vt = vterm_new(job.rows, job.columns);
	emulate(vt);
	wrong = compare(vt, g, &(struct theme){.colours = 256, .light = true});
	grid_dump(g, stdout, false);
	vterm_free(vt);
	picture_free(p);
	findings_free(s.f);
	model_free(s.m);
	return wrong ? 1 : 0;
}
