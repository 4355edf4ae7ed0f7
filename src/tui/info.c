/* SPDX-License-Identifier: MIT */
#include "tui/info.h"

#include "core/fmt.h"
#include "core/lang.h"
#include "tui/look.h"
#include "tui/moment.h"
#include "tui/ui.h"

#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void info_free(struct info *i)
{
	free(i->lines);
	i->lines = NULL;
}

bool ui_inquires(const struct ui *u, u32 *pid, u32 *tid)
{
	*pid = u->info.pid;
	*tid = u->info.tid;
	return u->info.shown && u->info.pid;
}

void ui_informed(struct ui *u, u32 pid, u32 tid, const struct info_lines *lines)
{
	struct info *i = &u->info;

	/* of whom something was told already that is said on: it ended since */
	i->refused = !lines;
	if (!lines && i->lines && i->of_pid == pid && i->of_tid == tid)
		return;
	info_free(i);
	i->of_pid = pid;
	i->of_tid = tid;
	if (!lines)
		return;
	i->lines = mem_alloc(sizeof(*lines));
	*i->lines = *lines;
}

__attribute__((format(printf, 3, 4))) static void add(
	struct info_lines *l, const char *key, const char *fmt, ...)
{
	va_list ap;

	if (l->n == INFO_LINES_MAX)
		return;
	snprintf(l->v[l->n].key, sizeof(l->v[0].key), "%s", key);
	va_start(ap, fmt);
	vsnprintf(l->v[l->n].text, sizeof(l->v[0].text), fmt, ap);
	va_end(ap);
	l->n++;
}

/* Since the session began, or "before it". */
static const char *since(const struct frame *f, u64 at, char *buf, size_t size)
{
	if (at == TIME_UNKNOWN || at < f->u->window.origin)
		return tr("before the session");
	return fmt_stamp(buf, size, at - f->u->window.origin, 1);
}

static const char *policy_word(s32 policy)
{
	switch (policy) {
	case SCHED_OTHER: return "other";
	case SCHED_FIFO: return "fifo";
	case SCHED_RR: return "rr";
	case SCHED_BATCH: return "batch";
	case SCHED_IDLE: return "idle";
	default: return tr("not known");
	}
}

/* A recording holds nothing else of what the system knew: that is said, not left out. */
static void recorded_process(struct frame *f, struct info_lines *l, const struct process *p)
{
	const struct process *parent = model_process(f->m, p->parent);
	u64 ns[STATE_COUNT], ran = 0;
	char born[32], died[32], cpu[32];
	u32 threads = 0;

	for (size_t i = 0; i < f->m->threads.n; i++) {
		if (f->m->threads.v[i]->process != p->id)
			continue;
		thread_ns(f->m, f->m->threads.v[i], ns);
		ran += ns[STATE_RUNNING];
		threads++;
	}
	add(l, tr("process"), "%u %s", p->pid, p->name);
	if (p->ppid)
		add(l, tr("parent"), "%u %s", p->ppid, parent ? parent->name : "");
	else
		add(l, tr("parent"), tr("not known"));
	add(l, tr("created"), "%s", since(f, p->born, born, sizeof(born)));
	if (p->died != TIME_UNKNOWN)
		add(l, tr("ended"), "%s%s", since(f, p->died, died, sizeof(died)),
			p->reaped == TIME_UNKNOWN ? tr(", not collected") : "");
	add(l, tr("CPU time"), tr("%s in the session; user and system not told apart"),
		fmt_duration(cpu, sizeof(cpu), ran));
	add(l, tr("threads"), tr("%u in the session, %u at its end"), threads, p->threads_alive);
	add(l, tr("not recorded"), tr("command, user, executable, folder, memory,"));
	add(l, "", tr("bytes read and written, connections, limits"));
}

static void recorded_thread(struct frame *f, struct info_lines *l, const struct thread *t)
{
	struct moment mo = moment_of(t->lane, f->moment, f->now);
	u64 ns[STATE_COUNT];
	char name[80], born[32], cpu[32];

	thread_ns(f->m, t, ns);
	add(l, tr("thread"), "%u %s", t->tid, thread_label(f->m, t->id, name, sizeof(name)));
	add(l, tr("status"), "%s",
		mo.span ? tr(look_of(moment_state(&mo))->legend) : thread_absent(t, f->moment));
	add(l, tr("created"), "%s", since(f, t->born, born, sizeof(born)));
	add(l, tr("CPU time"), tr("%s in the session"),
		fmt_duration(cpu, sizeof(cpu), ns[STATE_RUNNING]));
	if (t->nice == INT32_MIN)
		add(l, tr("class"), tr("not recorded"));
	else
		add(l, tr("class"), "%s, %s %d", policy_word(t->policy),
			t->policy == SCHED_FIFO || t->policy == SCHED_RR ? tr("priority")
									 : tr("nice"),
			t->nice);
	add(l, tr("affinity"), tr("not recorded"));
	add(l, tr("switches"), tr("%llu own, %llu preempted in the session"),
		(unsigned long long)t->voluntary, (unsigned long long)t->preempted);
}

/* Whom the pane is about: the chosen thread and its process, the chosen process, or the first. */
static const struct process *info_whom(struct frame *f, const struct thread **thread)
{
	const struct row *r = &f->u->chosen;

	*thread = r->kind == ROW_THREAD ? model_thread(f->m, r->id) : NULL;
	if (*thread)
		return model_process(f->m, (*thread)->process);
	if (r->kind == ROW_PROCESS)
		return model_process(f->m, r->id);
	for (size_t i = 0; i < f->m->processes.n; i++)
		if (f->m->processes.v[i]->target)
			return f->m->processes.v[i];
	return NULL;
}

/* The system is asked about who lives; it numbers others anew. */
static void info_ask(struct frame *f, const struct process *p, const struct thread *t)
{
	struct info *i = &f->u->info;
	bool alive = f->status->live && !f->u->over && p && p->died == TIME_UNKNOWN &&
		     (!t || t->alive) && !(p->pid & EVENT_TID_FOREIGN) &&
		     !(t && t->tid & EVENT_TID_FOREIGN);

	i->pid = alive ? p->pid : 0;
	i->tid = alive && t ? t->tid : 0;
}

static bool info_told(const struct info *i, const struct process *p, const struct thread *t)
{
	return i->lines && p && i->of_pid == p->pid && i->of_tid == (t ? t->tid : 0);
}

static int lines_key(const struct info_lines *l)
{
	int key = 0;

	for (int n = 0; n < l->n; n++)
		key = MAX(key, grid_text_width(l->v[n].key) + 2);
	return key;
}

/* One line, on as many rows as its text takes; how many. y: of the first, as it would stand. */
static int line_draw(
	struct frame *f, struct rect in, int y, int key, const char *name, const char *text)
{
	const char *unknown = trc("what such words begin with", "not ");
	struct style style = strncmp(text, unknown, strlen(unknown)) ? STYLE(DEFAULT) : STYLE(DIM);
	int rows = 0;

	do {
		size_t n = grid_wrap(text, MAX(in.w - key, 2));
		char part[240];
		bool seen = y + rows >= in.y && y + rows < in.y + in.h;

		snprintf(part, sizeof(part), "%.*s", (int)n, text);
		if (seen && !rows)
			grid_text(f->g, in.x, y, key - 1, name, STYLE(DIM));
		if (seen)
			grid_text(f->g, in.x + key, y + rows, in.w - key, part, style);
		text += n + strspn(text + n, " ");
		rows++;
	} while (*text);
	return rows;
}

/* All of them; h of in may be 0 to measure. */
static int lines_rows(struct frame *f, struct rect in, const struct info_lines *l, int scroll)
{
	int key = lines_key(l), rows = 0;

	for (int n = 0; n < l->n; n++)
		rows += line_draw(f, in, in.y - scroll + rows, key, l->v[n].key, l->v[n].text);
	return rows;
}

static void lines_more(struct frame *f, struct rect r, int rows)
{
	int scroll = f->u->info.scroll;
	const char *text;

	if (rows <= r.h - 2)
		return;
	text = scroll + r.h - 2 < rows ? tr(" PgDn: more ") : tr(" PgUp: back ");
	grid_text(f->g, r.x + r.w - 2 - grid_text_width(text), r.y + r.h - 1, r.w - 4, text,
		STYLE(ACCENT));
}

static void lines_draw(struct frame *f, const struct info_lines *l, const char *title)
{
	struct rect r = f->at.body, in;
	int key = lines_key(l), w = grid_text_width(title) + 2, rows;

	for (int n = 0; n < l->n; n++)
		w = MAX(w, key + grid_text_width(l->v[n].text));
	w = MIN(w + 4, r.w);
	in = (struct rect){r.x + r.w - w + 2, r.y + 1, w - 4, 0};
	rows = lines_rows(f, in, l, 0);
	r = (struct rect){r.x + r.w - w, r.y, w, MIN(rows + 2, r.h)};
	in.h = r.h - 2;
	f->u->info.scroll = MAX(0, MIN(f->u->info.scroll, rows - in.h));
	box_frame(f->g, r, STYLE(ACCENT));
	grid_printf(f->g, r.x + 2, r.y, r.w - 4, STYLE_A(TITLE, ATTR_BOLD), " %s ", title);
	lines_rows(f, in, l, f->u->info.scroll);
	lines_more(f, r, rows);
}

bool info_key(struct info *i, u32 key)
{
	if (!i->shown || (key != KEY_PGUP_ && key != KEY_PGDN_))
		return false;
	i->scroll += key == KEY_PGDN_ ? 10 : -10;
	return true;
}

void info_draw(struct frame *f)
{
	const struct info *i = &f->u->info;
	const struct thread *t;
	const struct process *p = info_whom(f, &t);
	struct info_lines recorded = {0};

	info_ask(f, p, t);
	if (info_told(i, p, t)) {
		lines_draw(f, i->lines,
			!i->pid || i->refused ? tr("as the system told before it ended")
					      : tr("what the system tells now"));
		return;
	}
	if (t)
		recorded_thread(f, &recorded, t);
	if (p)
		recorded_process(f, &recorded, p);
	if (!recorded.n)
		add(&recorded, "", tr("no process is known yet"));
	lines_draw(f, &recorded,
		i->pid && i->refused ? tr("the system tells nothing; as seen in the session")
				     : tr("as seen in the session"));
}
