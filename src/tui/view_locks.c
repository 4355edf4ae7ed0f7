/* SPDX-License-Identifier: MIT */
/* Every lock: a table that can be sorted, and below it the locks over time. */
#include "tui/lanes.h"
#include "core/lang.h"
#include "tui/locktable.h"
#include "tui/look.h"
#include "tui/moment.h"
#include "tui/search.h"

/* The upper part is the table, the lower the lanes. */
static struct rect locks_table(const struct ui *u, size_t locks)
{
	struct rect r = u->at.body;
	int h = MIN((int)MIN(locks, 1000) + 1, MAX(r.h / 2, 3));

	r.h = MIN(h, r.h);
	return r;
}

static void locks_lanes(struct frame *f, struct rect r)
{
	struct list *list = ui_list(f->u);
	struct rect label = {r.x, r.y, f->at.label, 1};
	struct rect lane = {r.x + f->at.label, r.y, r.w - f->at.label, 1};
	lock_order order = {0};
	char text[96];
	int tall;

	axis_draw(f, label, lane);
	locktable_order(f->u, f->m, f->moment, list, &order);
	tall = 1 + ((int)MIN(order.n, 1000) * 2 < r.h);
	for (int i = 0; (i + 1) * tall < r.h && (size_t)(list->first + i) < order.n; i++) {
		const struct lock *l = model_lock(f->m, order.v[list->first + i]);
		bool chosen = list->first + i == list->chosen;

		lane.y = label.y = r.y + 1 + i * tall;
		lane.h = tall;
		if (chosen)
			grid_put(f->g, label.x, label.y, 0x25b8, STYLE_A(MARK, ATTR_BOLD));
		grid_text(f->g, label.x + 2, label.y, label.w - 3,
			lock_title(f->m, l->id, text, sizeof(text)),
			(struct style){letter_colour(l), COLOUR_DEFAULT, chosen ? ATTR_BOLD : 0});
		if (tall > 1 && l->waiters_max)
			grid_text(f->g, label.x + 4, label.y + 1, label.w - 5, tr("waiting"),
				STYLE(DIM));
		lane_draw_lock(f, lane, l);
	}
	vec_free(&order);
}

static void locks_draw(struct frame *f)
{
	struct rect r = f->at.body;
	size_t n = locktable_rows(f->u, f->m);
	struct rect table;

	table = locks_table(f->u, n);
	if (!n) {
		grid_text(f->g, r.x + 2, r.y + 2, r.w - 4,
			!shows_all(f->u) ? tr("No lock fits the filter; Esc ends it.")
			: f->m->info.locks == LOCKS_NONE
				? tr("Locks are not observed in this session.")
				: tr("No lock was used so far."),
			STYLE(DIM));
		return;
	}
	locktable_draw(f, table, ui_list(f->u), true, true);
	f->u->lock = locktable_lock(f->u, f->m, f->moment, ui_list(f->u), ui_list(f->u)->chosen);
	r.h -= table.y + table.h + 1 - r.y;
	r.y = table.y + table.h + 1;
	if (r.h >= 2)
		locks_lanes(f, r);
}

static int locks_enter(struct ui *u, const struct model *m)
{
	const struct lock *l = model_lock(m, u->lock);
	enum hold hold;
	u64 waiters;
	u32 holder = l ? moment_holder(l, ui_moment(u, m), m->now, &hold, &waiters) : 0;

	return ui_goto_thread(u, holder);
}

static int locks_act(struct ui *u, enum action a, const struct ui_input *in, const struct model *m,
	const struct findings *f)
{
	size_t n = locktable_rows(u, m);
	struct rect r = locks_table(u, n);
	struct list *list = ui_list(u);

	(void)f;
	if (in->key == KEY_CLICK_) {
		int line = list_line(list, r, in->y, n);

		list->chosen = line >= 0 ? line : list->chosen;
		return UI_REDRAW;
	}
	if (a == ACT_ENTER)
		return locks_enter(u, m);
	if (a == ACT_FIRST || a == ACT_LAST)
		return UI_NOTHING;
	return list_act(list, a, n, r.h - 1, locktable_columns());
}

const struct view view_locks = {
	.name = NC_("view", "locks"),
	.brief = NC_("view", "locks"),
	.title = N_("every lock: who holds it, who waits, how long, and why"),
	.when = WHEN_TIME | WHEN_LIST | WHEN_SORTED,
	.draw = locks_draw,
	.act = locks_act,
};
