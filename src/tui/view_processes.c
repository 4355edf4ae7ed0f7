/* SPDX-License-Identifier: MIT */
/* The tree of processes: who made whom, who ended how, who was not collected. */
#include "core/fmt.h"
#include "core/lang.h"
#include "tui/moment.h"
#include "tui/search.h"
#include "tui/table.h"

#include <stdio.h>
#include <string.h>

enum { COL_NAME, COL_PID, COL_PARENT, COL_THREADS, COL_BORN, COL_LIVED, COL_END, COL_MAX };

static const struct column columns[COL_MAX] = {
	[COL_NAME] = {NC_("column", "process"), 0, 100, false},
	[COL_PID] = {NC_("column", "pid"), 8, 95, true},
	[COL_PARENT] = {NC_("column", "parent"), 8, 60, true},
	[COL_THREADS] = {NC_("column", "threads"), 7, 80, true},
	[COL_BORN] = {NC_("column", "born"), 12, 70, true},
	[COL_LIVED] = {NC_("column", "lived"), 9, 65, true},
	[COL_END] = {NC_("column", "end"), 28, 90, false},
};

struct process_line {
	u32 id;
	int depth;
};

struct processes {
	struct frame *f;
	vec(struct process_line) lines;
};

/* Children after their parent, in the order of birth. */
static void tree_add(struct processes *t, u32 parent, int depth)
{
	const struct model *m = t->f->m;

	for (size_t i = 0; i < m->processes.n && depth < 64; i++) {
		const struct process *p = m->processes.v[i];
		const struct process *of = model_process(m, p->parent);
		bool shown;
		u32 under = of && of->target ? p->parent : 0;

		if (!p->target || under != parent || p->id == parent)
			continue;
		shown = shows_process(t->f->u, m, p->id);
		if (shown)
			vec_push(&t->lines, (struct process_line){p->id, depth});
		tree_add(t, p->id, depth + shown);
	}
}

static void process_end(const struct process *p, struct entry *e)
{
	bool reaped = p->reaped != TIME_UNKNOWN;

	if (p->died == TIME_UNKNOWN) {
		snprintf(e->text, sizeof(e->text), tr("lives"));
		e->style = STYLE(GOOD);
		return;
	}
	if (p->signal > 0)
		snprintf(e->text, sizeof(e->text), tr("killed by signal %d%s"), p->signal,
			reaped ? "" : tr(", not collected"));
	else if (p->exit_code >= 0)
		snprintf(e->text, sizeof(e->text), tr("exit status %d%s"), p->exit_code,
			reaped ? "" : tr(", not collected"));
	else
		snprintf(e->text, sizeof(e->text), tr("ended%s"),
			reaped ? "" : tr(", not collected"));
	e->style = reaped ? STYLE(DIM) : STYLE(WARN);
}

static void process_entry(void *ctx, size_t line, int column, struct entry *e)
{
	struct processes *t = ctx;
	struct frame *f = t->f;
	const struct process *p = model_process(f->m, t->lines.v[line].id);
	u64 origin = f->u->window.origin;
	u64 end = p->died == TIME_UNKNOWN ? f->now : p->died;

	switch (column) {
	case COL_NAME:
		snprintf(e->text, sizeof(e->text), "%*s%s", MIN(t->lines.v[line].depth, 8) * 2, "",
			p->name[0] ? p->name : tr("process"));
		break;
	case COL_PID: snprintf(e->text, sizeof(e->text), "%u", p->pid); break;
	case COL_PARENT:
		if (p->ppid)
			snprintf(e->text, sizeof(e->text), "%u", p->ppid);
		break;
	case COL_THREADS: snprintf(e->text, sizeof(e->text), "%u", p->threads_alive); break;
	case COL_BORN:
		if (p->born == TIME_UNKNOWN || p->born < origin)
			snprintf(e->text, sizeof(e->text), tr("before"));
		else
			fmt_stamp(e->text, sizeof(e->text), p->born - origin, NSEC_PER_USEC);
		break;
	case COL_LIVED:
		if (p->born != TIME_UNKNOWN && end > p->born)
			fmt_duration(e->text, sizeof(e->text), end - p->born);
		break;
	default: process_end(p, e);
	}
}

static void processes_draw(struct frame *f)
{
	struct processes t = {.f = f};
	struct table table = {.columns = columns,
		.count = COL_MAX,
		.entry = process_entry,
		.ctx = &t,
		.list = ui_list(f->u),
		.focused = true};

	tree_add(&t, 0, 0);
	table.lines = t.lines.n;
	table_draw(f, f->at.body, &table);
	if (table.list->chosen >= 0 && (size_t)table.list->chosen < t.lines.n)
		f->u->chosen = (struct row){
			.kind = ROW_PROCESS, .id = t.lines.v[table.list->chosen].id, .y = -1};
	vec_free(&t.lines);
}

static int processes_act(struct ui *u, enum action a, const struct ui_input *in,
	const struct model *m, const struct findings *f)
{
	(void)f;
	if (in->key == KEY_CLICK_) {
		int line = list_line(ui_list(u), u->at.body, in->y, m->processes.n);

		ui_list(u)->chosen = line >= 0 ? line : ui_list(u)->chosen;
		return UI_REDRAW;
	}
	if (a == ACT_ENTER)
		return ui_goto_thread(u, 0);
	return list_act(ui_list(u), a, m->processes.n, u->at.body.h - 1, 0);
}

const struct view view_processes = {
	.name = NC_("view", "processes"),
	.brief = NC_("view", "procs"),
	.title = N_("the tree of processes, and how they ended"),
	.when = WHEN_LIST,
	.draw = processes_draw,
	.act = processes_act,
};
