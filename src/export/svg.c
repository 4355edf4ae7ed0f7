/* SPDX-License-Identifier: MIT */
/*
 * A drawn figure, of the kind a textbook prints: lanes with state bars of true length, each lock's
 * holds as labelled brackets in its colour, waits joined to their holder, an axis, a legend of what
 * occurs, a caption. Text stays text. Where more than one span falls on a pixel the bar shows the
 * shares of the states there, and the lane says how many spans were folded.
 */
#include "export/export.h"

#include "core/fmt.h"

#include <math.h>
#include <string.h>

#define LABEL_WIDTH 150
#define MARGIN      24
#define TOP         78
#define ROW         46
#define BAR         18
#define BRACKET_Y   (BAR + 5)
#define FOLD_PIXEL  3.0 /* spans narrower than this, in a row, are folded */
#define LEGEND_STEP 118

struct figure {
	const struct export_job *job;
	const struct model *m;
	double left, width, height; /* of the lanes' area */
	vec(u32) rows;              /* thread ids, top to bottom */
	u32 seen;                   /* states that occur */
	u64 folded;
};

/* Fill in light and dark, and the glyph-free pattern grey print needs: lightness differs too. */
static const struct {
	const char *light, *dark, *word;
} looks[STATE_COUNT] = {
	[STATE_RUNNING] = {"#1b9e4b", "#5fffaf", "running"},
	[STATE_RUNNABLE] = {"#f5b301", "#ffaf00", "wants a CPU"},
	[STATE_LOCK] = {"#c1121f", "#e0423c", "waits for a lock"},
	[STATE_COND] = {"#8e44ad", "#c39bd3", "waits for a condition"},
	[STATE_SEM] = {"#7a5195", "#b48ac9", "semaphore"},
	[STATE_BARRIER] = {"#7a5195", "#b48ac9", "barrier"},
	[STATE_JOIN] = {"#9fa8b5", "#76808f", "joins"},
	[STATE_QUEUE] = {"#0f7b8a", "#58c4d4", "waits at a queue"},
	[STATE_FUTEX] = {"#a04000", "#e08e5a", "futex"},
	[STATE_SLEEP] = {"#dfe3e8", "#3a3f47", "asleep"},
	[STATE_POLL] = {"#bcd6ee", "#2f4b66", "waits for input"},
	[STATE_IO] = {"#2c7fb8", "#4aa3df", "disk"},
	[STATE_CHILD] = {"#c7cbd1", "#565d68", "waits for a child"},
	[STATE_STOPPED] = {"#6b7280", "#9ca3af", "stopped"},
	[STATE_IDLE_WAIT] = {"#dfe3e8", "#3a3f47", "waits"},
	[STATE_UNKNOWN] = {"url(#hatch)", "url(#hatch)", "unknown"},
};

static const char *const lock_colours[2][6] = {
	{"#c1121f", "#1d5fbf", "#8a6d00", "#6a1b9a", "#00796b", "#b3541e"},
	{"#ff7b72", "#79b8ff", "#e3c24a", "#d2a8ff", "#56d4c4", "#ffa657"},
};

static const char *state_fill(const struct figure *fig, enum state s)
{
	const char *fill = fig->job->dark ? looks[s].dark : looks[s].light;

	return fill ? fill : "none";
}

static const char *lock_colour(const struct figure *fig, const struct lock *l)
{
	return lock_colours[fig->job->dark][(l->letter ? l->letter - 'A' : l->id) % 6];
}

static double x_of(const struct figure *fig, u64 at)
{
	u64 span = MAX(fig->job->until - fig->job->from, 1);

	return fig->left + fig->width * (double)(at - fig->job->from) / (double)span;
}

static double y_of(const struct figure *fig, u32 thread)
{
	for (size_t i = 0; i < fig->rows.n; i++)
		if (fig->rows.v[i] == thread)
			return TOP + ROW * (double)i;
	return -1;
}

static void text(const struct figure *fig, double x, double y, const char *class, const char *words)
{
	FILE *out = fig->job->out;
	char clean[512];

	fprintf(out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, x, y);
	fmt_clean(clean, sizeof(clean), words, SIZE_MAX, false);
	for (const char *c = clean; *c; c++) {
		switch (*c) {
		case '<': fputs("&lt;", out); break;
		case '>': fputs("&gt;", out); break;
		case '&': fputs("&amp;", out); break;
		case '"': fputs("&quot;", out); break;
		default: fputc(*c, out);
		}
	}
	fputs("</text>\n", out);
}

static void rect(const struct figure *fig, double x, double y, double w, double h, const char *fill)
{
	fprintf(fig->job->out,
		"<rect x=\"%.2f\" y=\"%.2f\" width=\"%.2f\" height=\"%.2f\" fill=\"%s\"/>\n", x, y,
		w, h, fill);
}

static void head(const struct figure *fig, double height)
{
	const char *ink = fig->job->dark ? "#e6e6e6" : "#1c1f24";
	const char *paper = fig->job->dark ? "#16181d" : "#ffffff";
	const char *grey = fig->job->dark ? "#8b919b" : "#6b7280";

	fprintf(fig->job->out,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 %d %.0f\" "
		"width=\"%d\" height=\"%.0f\">\n"
		"<style>text{font-family:'DejaVu Sans','Noto Sans','Noto Sans CJK "
		"SC',Helvetica,Arial,"
		"sans-serif;fill:%s}.title{font-size:20px;font-weight:bold}.note{font-size:13px;"
		"fill:%s}"
		".name{font-size:15px}.tick{font-size:12px;fill:%s;text-anchor:middle}"
		".lock{font-size:12px;font-weight:bold}.caption{font-size:16px}"
		".legend{font-size:12px}</style>\n"
		"<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" "
		"patternUnits=\"userSpaceOnUse\" "
		"patternTransform=\"rotate(45)\"><rect width=\"6\" height=\"6\" fill=\"%s\"/>"
		"<path d=\"M0 0V6\" stroke=\"%s\" stroke-width=\"2\"/></pattern>"
		"<marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"6\" "
		"markerHeight=\"6\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" "
		"fill=\"%s\"/></marker></defs>\n",
		fig->job->width, height, fig->job->width, height, ink, grey, grey, paper, grey,
		grey);
	rect(fig, 0, 0, fig->job->width, height, paper);
}

/* A step of 1, 2 or 5 that gives about eight ticks. */
static u64 tick_step(u64 span)
{
	double rough = (double)MAX(span, 8) / 8, power = pow(10, floor(log10(rough)));

	for (int i = 0; i < 3; i++) {
		static const double nice[] = {1, 2, 5};

		if (nice[i] * power >= rough)
			return (u64)(nice[i] * power);
	}
	return (u64)(10 * power);
}

static void axis(const struct figure *fig)
{
	u64 start = fig->m->start, step = tick_step(fig->job->until - fig->job->from);
	u64 first = (fig->job->from - start + step - 1) / step * step + start;

	for (u64 at = first; at <= fig->job->until; at += step) {
		char stamp[40];
		double x = x_of(fig, at);

		fprintf(fig->job->out,
			"<path d=\"M%.1f %dV%.0f\" stroke=\"#8b919b\" stroke-opacity=\".35\" "
			"stroke-dasharray=\"2 4\"/>\n",
			x, TOP - 8, TOP + fig->height);
		text(fig, x, TOP - 14, "tick", fmt_stamp(stamp, sizeof(stamp), at - start, step));
	}
}

/* Spans too narrow to be drawn one by one: the shares of their states, stacked. */
static void fold_draw(
	struct figure *fig, const struct thread *t, double y, u64 from, u64 until, u64 n)
{
	u64 ns[LANE_STATES], span = MAX(until - from, 1);
	double x = x_of(fig, from), w = MAX(x_of(fig, until) - x, 0.5), top = y;

	lane_sum(t->lane, from, until, fig->m->now, ns);
	for (int s = STATE_RUNNING; s < STATE_COUNT; s++) {
		double h = BAR * (double)ns[s] / (double)span;

		if (!ns[s])
			continue;
		fig->seen |= 1u << s;
		rect(fig, x, top, w, h, state_fill(fig, (enum state)s));
		top += h;
	}
	fig->folded += n;
}

static void bar_title(const struct figure *fig, const struct span *s, u64 from, u64 until)
{
	char length[32], label[96];

	fprintf(fig->job->out, "<title>%s %s", state_word(s->state),
		fmt_duration(length, sizeof(length), until - from));
	if (s->state == STATE_LOCK && s->obj) {
		lock_label(fig->m, s->obj, label, sizeof(label));
		fprintf(fig->job->out, " for lock %u", s->obj);
	}
	fputs("</title>", fig->job->out);
}

static void thread_bar(struct figure *fig, const struct thread *t, double y)
{
	double pixel = (double)(fig->job->until - fig->job->from) / fig->width;
	u64 fold_from = 0, fold_until = 0, fold_n = 0;

	for (size_t i = 0; i < lane_count(t->lane); i++) {
		const struct span *s = lane_span(t->lane, i);
		u64 from = s->from, until = lane_until(t->lane, i, fig->m->now);

		if (s->state == STATE_NONE || !export_clip(fig->job, &from, &until))
			continue;
		if ((double)(until - from) < FOLD_PIXEL * pixel) {
			fold_from = fold_n++ ? fold_from : from;
			fold_until = until;
			if ((double)(fold_until - fold_from) < 2 * FOLD_PIXEL * pixel)
				continue;
			fold_draw(fig, t, y, fold_from, fold_until, fold_n);
			fold_n = 0;
			continue;
		}
		if (fold_n)
			fold_draw(fig, t, y, fold_from, fold_until, fold_n);
		fold_n = 0;
		fig->seen |= 1u << s->state;
		fprintf(fig->job->out, "<g>");
		bar_title(fig, s, from, until);
		rect(fig, x_of(fig, from), y, x_of(fig, until) - x_of(fig, from), BAR,
			state_fill(fig, (enum state)s->state));
		fputs("</g>\n", fig->job->out);
	}
	if (fold_n)
		fold_draw(fig, t, y, fold_from, fold_until, fold_n);
}

/* Holds of the thread: a bracket below the bar, labelled where there is room. */
static void thread_holds(const struct figure *fig, const struct thread *t, double y)
{
	for (size_t i = 0; t->holds && i < lane_count(t->holds); i++) {
		const struct span *s = lane_span(t->holds, i);
		const struct lock *l = model_lock(fig->m, s->obj);
		u64 from = s->from, until = lane_until(t->holds, i, fig->m->now);
		double x, w;
		char label[96];

		if (!l || !export_clip(fig->job, &from, &until))
			continue;
		x = x_of(fig, from);
		w = x_of(fig, until) - x;
		if (w < 1)
			continue;
		fprintf(fig->job->out,
			"<path d=\"M%.1f %.1fv5H%.1fv-5\" fill=\"none\" stroke=\"%s\" "
			"stroke-width=\"2\"/>\n",
			x + 1, y + BRACKET_Y - 3, x + w - 1, lock_colour(fig, l));
		lock_label(fig->m, l->id, label, sizeof(label));
		if (w > 8.0 * (double)strlen(label))
			text(fig, x + 4, y + BRACKET_Y + 14, "lock", label);
	}
}

/* From the beginning of a wait to who held the lock then. */
static void thread_waits(const struct figure *fig, const struct thread *t, double y)
{
	for (size_t i = lane_next(t->lane, 0, 1u << STATE_LOCK); i != SIZE_MAX;
		i = lane_next(t->lane, i + 1, 1u << STATE_LOCK)) {
		const struct span *s = lane_span(t->lane, i);
		const struct lock *l = model_lock(fig->m, s->obj);
		u64 from = s->from, until = lane_until(t->lane, i, fig->m->now);
		double holder = y_of(fig, s->by), x = 0;

		if (!l || !s->by || s->by == t->id || holder < 0 ||
			!export_clip(fig->job, &from, &until))
			continue;
		x = x_of(fig, from);
		if (x_of(fig, until) - x < FOLD_PIXEL)
			continue;
		fprintf(fig->job->out,
			"<path d=\"M%.1f %.1fV%.1f\" stroke=\"%s\" stroke-width=\"1.5\" "
			"marker-end=\"url(#tip)\"/>\n",
			x, holder > y ? y + BAR : y, holder > y ? holder : holder + BAR + 8,
			lock_colour(fig, l));
	}
}

static void findings_marks(const struct figure *fig)
{
	for (size_t i = 0; i < findings_count(fig->job->findings); i++) {
		const struct finding *f = findings_get(fig->job->findings, i);
		double x;

		if (f->at_ns < fig->job->from || f->at_ns > fig->job->until)
			continue;
		x = x_of(fig, f->at_ns);
		fprintf(fig->job->out,
			"<path d=\"M%.1f %dV%.0f\" stroke=\"#c1121f\" stroke-width=\"1.5\"/>\n", x,
			TOP - 6, TOP + fig->height);
		text(fig, x + 4, TOP + fig->height - 2, "lock", f->ops->kind);
	}
}

static double legend(const struct figure *fig, double y)
{
	double x = fig->left;

	for (int s = STATE_RUNNING; s < STATE_COUNT; s++) {
		if (!(fig->seen >> s & 1))
			continue;
		if (x + LEGEND_STEP > fig->job->width - MARGIN) {
			x = fig->left;
			y += 20;
		}
		rect(fig, x, y - 10, 14, 12, state_fill(fig, (enum state)s));
		text(fig, x + 20, y, "legend", looks[s].word);
		x += LEGEND_STEP + 14;
	}
	return y;
}

static void title(const struct figure *fig)
{
	const struct session_info *info = &fig->m->info;
	char note[256], span[32];

	text(fig, MARGIN, 32, "title", info->target_name);
	snprintf(note, sizeof(note), "%s shown; locks: %s; %llu events lost",
		fmt_duration(span, sizeof(span), fig->job->until - fig->job->from),
		info->locks == LOCKS_ALL ? "every acquisition seen"
					 : "only waits that blocked seen",
		(unsigned long long)fig->m->lost);
	text(fig, MARGIN, 50, "note", note);
}

static void foot(const struct figure *fig)
{
	double y = legend(fig, TOP + fig->height + 30);
	const char *caption = fig->job->caption;
	char folded[96];

	if (!caption && findings_count(fig->job->findings))
		caption = findings_get(fig->job->findings, 0)->text;
	if (fig->folded) {
		snprintf(folded, sizeof(folded),
			"%llu changes too short to draw are folded into shares of their stretch",
			(unsigned long long)fig->folded);
		text(fig, fig->left, y + 22, "note", folded);
	}
	if (caption)
		text(fig, MARGIN, y + 50, "caption", caption);
	fputs("</svg>\n", fig->job->out);
}

static void rows_choose(struct figure *fig)
{
	for (size_t i = 0; i < fig->m->threads.n; i++) {
		const struct thread *t = fig->m->threads.v[i];
		u64 from = lane_begin(t->lane),
		    until = t->died == TIME_UNKNOWN ? fig->m->now : t->died;

		if (from != TIME_UNKNOWN && export_clip(fig->job, &from, &until))
			vec_push(&fig->rows, t->id);
	}
}

static int svg_write(const struct export_job *job)
{
	struct figure fig = {.job = job, .m = job->model, .left = MARGIN + LABEL_WIDTH};
	char name[80];

	rows_choose(&fig);
	fig.width = MAX(job->width - fig.left - MARGIN, 100);
	fig.height = ROW * (double)fig.rows.n;
	head(&fig, TOP + fig.height + 130);
	title(&fig);
	axis(&fig);
	for (size_t i = 0; i < fig.rows.n; i++) {
		const struct thread *t = model_thread(fig.m, fig.rows.v[i]);
		double y = TOP + ROW * (double)i;

		text(&fig, MARGIN, y + 14, "name", thread_label(fig.m, t->id, name, sizeof(name)));
		thread_bar(&fig, t, y);
		thread_holds(&fig, t, y);
	}
	for (size_t i = 0; i < fig.rows.n; i++)
		thread_waits(&fig, model_thread(fig.m, fig.rows.v[i]), TOP + ROW * (double)i);
	findings_marks(&fig);
	foot(&fig);
	vec_free(&fig.rows);
	return export_result(job);
}

const struct export_ops export_svg = {
	.name = "svg",
	.summary = "a drawn figure: lanes, holds, waits and their holders, legend, caption",
	.write = svg_write,
};
