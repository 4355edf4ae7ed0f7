/* SPDX-License-Identifier: MIT */
/* Where each thread's time went, in the window shown; below, how long it waited for what. */
#include "core/fmt.h"
#include "core/lang.h"
#include "tui/lanes.h"
#include "tui/look.h"
#include "tui/moment.h"
#include "tui/search.h"
#include "tui/table.h"

#include <stdio.h>

#define DECADES 8 /* of a histogram: 100 ns to 10 s */
#define HIST_H  4 /* rows of one */

static const u64 decade_first = 100;

struct shares {
	vec(u32) threads;
};

static void shares_threads(const struct ui *u, const struct model *m, struct shares *s)
{
	for (size_t i = 0; i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];
		const struct process *p = model_process(m, t->process);

		if ((!p || p->target) && shows_thread(u, t->id))
			vec_push(&s->threads, t->id);
	}
}

/* The bar's columns go to the states in proportion; what has any share has at least one. */
static void bar_draw(struct frame *f, struct rect r, const u64 ns[LANE_STATES])
{
	u64 all = 0, sum = 0;
	int x = 0;

	for (int s = 1; s < STATE_COUNT; s++)
		all += ns[s];
	for (enum state s = STATE_NONE + 1; all && s < STATE_COUNT; s++) {
		const struct look *look = look_of(s);
		struct style style = {look->colour, COLOUR_DEFAULT, 0};
		int end;

		if (!ns[s])
			continue;
		sum += ns[s];
		end = (int)((double)sum * r.w / (double)all + 0.5);
		end = MIN(MAX(end, x + 1), r.w);
		if (s == STATE_LOCK)
			style = (struct style){COLOUR_DEFAULT, COLOUR_LOCK, 0};
		for (; x < end; x++)
			grid_put(f->g, r.x + x, r.y, look->glyph, style);
	}
}

/* Fifths of decades: 1, 1.6, 2.5, 4, 6.3 times a power of ten. */
static int hist_bin(u64 ns, int bins)
{
	static const u64 tenths[] = {16, 25, 40, 63, 100};
	u64 edge = decade_first;
	int bin;

	for (bin = 0; bin < bins - 1 && ns >= edge / 10 * tenths[bin % 5]; bin++)
		if (bin % 5 == 4)
			edge *= 10;
	return bin;
}

static void hist_bars(struct frame *f, struct rect r, const struct hist *h)
{
	int bins = MIN(r.w, DECADES * 5);
	u64 count[DECADES * 5] = {0}, top = 1;

	for (size_t b = 0; h->buckets && b < HIST_BUCKETS; b++) {
		int bin = hist_bin(hist_bucket_from(b), bins);

		count[bin] += h->buckets[b];
		top = MAX(top, count[bin]);
	}
	for (int i = 0; i < bins; i++) {
		int eighths = (int)((double)count[i] * HIST_H * 8 / (double)top + 0.999);

		for (int y = 0; y < HIST_H; y++)
			grid_put(f->g, r.x + i, r.y + HIST_H - 1 - y,
				block_up(MAX(0, MIN(eighths - y * 8, 8))), STYLE(ACCENT));
	}
}

static void hist_draw(struct frame *f, struct rect r, const struct hist *h, const char *title)
{
	static const char *const words[DECADES] = {
		"100n", "1us", "10us", ".1ms", "1ms", "10ms", ".1s", "1s"};
	char p50[32], p99[32], max[32];

	grid_text(f->g, r.x, r.y, r.w, title, STYLE_A(DEFAULT, ATTR_BOLD));
	if (!h->count) {
		grid_text(f->g, r.x, r.y + 1, r.w, tr("never"), STYLE(DIM));
		return;
	}
	fmt_duration(p50, sizeof(p50), hist_percentile(h, 0.5));
	fmt_duration(p99, sizeof(p99), hist_percentile(h, 0.99));
	fmt_duration(max, sizeof(max), h->max);
	grid_printf(f->g, r.x, r.y + 1, r.w, STYLE(DIM), "%llu times, median %s, 99 %% %s, most %s",
		(unsigned long long)h->count, p50, p99, max);
	hist_bars(f, (struct rect){r.x, r.y + 2, r.w, HIST_H}, h);
	for (int d = 0; d < DECADES && d * 5 + 5 <= r.w; d++)
		grid_text(f->g, r.x + d * 5, r.y + 2 + HIST_H, 5, words[d], STYLE(AXIS));
}

static void shares_line(struct frame *f, struct rect r, u32 thread, bool chosen)
{
	const struct thread *t = model_thread(f->m, thread);
	u64 ns[LANE_STATES], all = 0;
	int name = MIN(20, r.w / 4), x = r.x + 2;
	char text[80];

	lane_window(f, t->lane, ns);
	for (int s = 1; s < STATE_COUNT; s++)
		all += ns[s];
	if (chosen)
		grid_put(f->g, r.x, r.y, 0x25b8, STYLE_A(MARK, ATTR_BOLD));
	grid_text(f->g, x, r.y, name, thread_label(f->m, thread, text, sizeof(text)),
		STYLE_A(DEFAULT, chosen ? ATTR_BOLD : 0));
	x += name + 1;
	if (all)
		grid_printf(f->g, x, r.y, 6, STYLE(RUNNING), "%4.0f %%",
			(double)ns[STATE_RUNNING] * 100 / (double)all);
	x += 7;
	if (all && ns[STATE_LOCK])
		grid_printf(f->g, x, r.y, 6, STYLE(BAD), "%4.0f %%",
			(double)ns[STATE_LOCK] * 100 / (double)all);
	x += 8;
	bar_draw(f, (struct rect){x, r.y, r.x + r.w - x - 1, 1}, ns);
}

/* Of the chosen thread, and of the chosen lock or the one most waited for. */
static void shares_hists(struct frame *f, struct rect r, const struct thread *t)
{
	const struct lock *l = model_lock(f->m, f->u->lock);
	char title[160], name[96];
	struct rect half = {r.x + 2, r.y, r.w / 2 - 4, r.h};

	snprintf(title, sizeof(title), tr("%s: wants a CPU until it has one"),
		thread_label(f->m, t->id, name, sizeof(name)));
	hist_draw(f, half, &t->runq, title);
	half.x = r.x + r.w / 2 + 2;
	if (!l && f->m->locks.n)
		l = f->m->locks.v[0];
	for (size_t i = 0; !f->u->lock && i < f->m->locks.n; i++)
		if (f->m->locks.v[i]->wait.total > l->wait.total)
			l = f->m->locks.v[i];
	if (!l)
		return;
	snprintf(title, sizeof(title), tr("%s: waits for it"),
		lock_title(f->m, l->id, name, sizeof(name)));
	hist_draw(f, half, &l->wait, title);
}

static void shares_draw(struct frame *f)
{
	struct rect r = f->at.body;
	struct list *list = ui_list(f->u);
	struct shares s = {0};
	int below = r.h >= 16 ? HIST_H + 4 : 0;
	int room = r.h - 1 - below;

	shares_threads(f->u, f->m, &s);
	list->chosen = MAX(0, MIN(list->chosen, (int)s.threads.n - 1));
	if (list->chosen < list->first)
		list->first = list->chosen;
	if (list->chosen >= list->first + room)
		list->first = list->chosen - room + 1;
	grid_text(f->g, r.x + 2 + MIN(20, r.w / 4) + 1, r.y, r.w, tr("  ran   lock"), STYLE(DIM));
	for (int i = 0; i < room && (size_t)(list->first + i) < s.threads.n; i++)
		shares_line(f, (struct rect){r.x, r.y + 1 + i, r.w, 1},
			s.threads.v[list->first + i], list->first + i == list->chosen);
	if (s.threads.n) {
		u32 id = s.threads.v[list->chosen];

		f->u->chosen = (struct row){.kind = ROW_THREAD, .id = id, .y = -1};
		if (below)
			shares_hists(f, (struct rect){r.x, r.y + r.h - below + 1, r.w, below - 1},
				model_thread(f->m, id));
	}
	vec_free(&s.threads);
}

static int shares_act(struct ui *u, enum action a, const struct ui_input *in, const struct model *m,
	const struct findings *f)
{
	(void)in;
	(void)f;
	if (a == ACT_ENTER)
		return ui_goto_thread(u, u->chosen.kind == ROW_THREAD ? u->chosen.id : 0);
	if (a == ACT_FIRST || a == ACT_LAST)
		return UI_NOTHING;
	return list_act(ui_list(u), a, m->threads.n, u->at.body.h - HIST_H - 5, 0);
}

const struct view view_shares = {
	.name = NC_("view", "shares"),
	.brief = NC_("view", "shares"),
	.title = N_("where each thread's time went"),
	.when = WHEN_TIME | WHEN_LIST,
	.draw = shares_draw,
	.act = shares_act,
};
