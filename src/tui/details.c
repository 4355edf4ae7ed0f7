/* SPDX-License-Identifier: MIT */
/* The box of Enter: all that is known of what is chosen, at the moment shown. */
#include "core/fmt.h"
#include "core/lang.h"
#include "model/stack_words.h"
#include "tui/arrows.h"
#include "tui/look.h"
#include "tui/moment.h"
#include "tui/ui.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define LINES_MAX       32
#define WAKER_LINES_END 16
#define STACK_LINES_END 24 /* what else is told has room below */

struct box {
	struct {
		char key[20], text[200];
		bool stack;
	} v[LINES_MAX];
	int n;
	char title[120];
};

__attribute__((format(printf, 3, 4))) static void box_add(
	struct box *b, const char *key, const char *fmt, ...)
{
	va_list ap;

	if (b->n == LINES_MAX)
		return;
	snprintf(b->v[b->n].key, sizeof(b->v[0].key), "%s", tr(key));
	fmt = tr(fmt);
	va_start(ap, fmt);
	vsnprintf(b->v[b->n].text, sizeof(b->v[0].text), fmt, ap);
	va_end(ap);
	b->n++;
}

static char *stamp(const struct frame *f, u64 at, char *buf, size_t size)
{
	u64 origin = f->u->window.origin;

	return fmt_stamp(buf, size, at > origin ? at - origin : 0, 1);
}

static void box_span(struct frame *f, struct box *b, const struct moment *mo)
{
	char from[32], until[32], length[32];

	stamp(f, mo->span->from, from, sizeof(from));
	stamp(f, mo->until, until, sizeof(until));
	fmt_duration(length, sizeof(length), mo->until - mo->span->from);
	box_add(b, "from", mo->span->flags & SPAN_FOUND ? N_("%s or before") : "%s", from);
	box_add(b, "until", "%s%s", mo->going_on ? tr("now, ") : "", until);
	box_add(b, "lasts", mo->span->flags & SPAN_FOUND ? N_("at least %s%s") : "%s%s", length,
		mo->span->flags & SPAN_SAMPLED ? tr(", its ends are samples") : "");
}

static void took_line_add(void *ctx, const char *line)
{
	box_add(ctx, N_("taken at"), "%s", line);
}

/* Where who has it now took it, where it had it then */
static void box_took(struct frame *f, struct box *b, const struct lock *l, u32 holder)
{
	const struct held *h = lock_held(f->m, l, holder);

	if (h && h->took && h->since <= f->moment)
		stack_lines(f->m, h->took, took_line_add, b);
}

static void box_lock(struct frame *f, struct box *b, const struct moment *mo)
{
	const struct lock *l = model_lock(f->m, mo->span->obj);
	enum hold hold = HOLD_NONE;
	u64 waiters = 0;
	char name[96];
	u32 holder;

	if (!l || mo->span->state != STATE_LOCK)
		return;
	holder = moment_holder(l, f->moment, f->now, &hold, &waiters);
	box_add(b, "lock", "%s at 0x%llx", lock_title(f->m, l->id, name, sizeof(name)),
		(unsigned long long)l->addr);
	if (mo->span->by)
		box_add(b, "held as it began", "by %s",
			thread_label(f->m, mo->span->by, name, sizeof(name)));
	box_add(b, "held at this moment", "%s",
		holder              ? thread_label(f->m, holder, name, sizeof(name))
		: hold == HOLD_FREE ? tr("by nobody")
				    : tr("not known by whom"));
	box_took(f, b, l, holder);
	box_add(b, "waiting", "%u", (unsigned)waiters);
}

static void line_of(struct box *b, const char *key, int end, const char *line)
{
	bool goes_on = b->n && b->v[b->n - 1].stack;

	if (b->n <= end)
		box_add(b, goes_on ? "" : key, "%s", b->n < end ? line : "\u2026");
	if (b->n)
		b->v[b->n - 1].stack = true;
}

static void line_add(void *ctx, const char *line)
{
	line_of(ctx, N_("stack"), STACK_LINES_END, line);
}

static void waker_line_add(void *ctx, const char *line)
{
	line_of(ctx, N_("woken from"), WAKER_LINES_END, line);
}

/* Where who woke it was then: at the end of its wait, or before it runs. */
static void box_waker(
	struct frame *f, struct box *b, const struct thread *t, const struct moment *mo)
{
	bool ready = mo->span->state == STATE_RUNNABLE;
	const struct stop *s = model_wake(t, ready ? mo->span->from : mo->until);

	if (!s || !s->frame || mo->span->state == STATE_RUNNING)
		return;
	stack_lines(f->m, s->frame, waker_line_add, b);
	if (s->end)
		waker_line_add(b, tr(stack_end_why((enum stack_end)s->end)));
	if (b->n)
		b->v[b->n - 1].stack = false; /* another follows */
}

/* Where it waits, or waited. */
static void box_stack(
	struct frame *f, struct box *b, const struct thread *t, const struct moment *mo)
{
	const struct stop *s = model_stop(t, mo->span->from, mo->until);

	if (!s || !s->frame || mo->span->state == STATE_RUNNING)
		return;
	stack_lines(f->m, s->frame, line_add, b);
	if (s->end)
		line_add(b, tr(stack_end_why((enum stack_end)s->end)));
}

static void box_held(struct frame *f, struct box *b, const struct thread *t)
{
	struct moment mo = moment_of(t->holds, f->moment, f->now);
	char name[96], length[32];

	if (!mo.span || mo.span->state != HOLD_HELD)
		return;
	fmt_duration(length, sizeof(length), f->moment - mo.span->from);
	box_add(b, "holds", "%s, for %s", lock_title(f->m, mo.span->obj, name, sizeof(name)),
		length);
	if (model_lock(f->m, mo.span->obj))
		box_took(f, b, model_lock(f->m, mo.span->obj), t->id);
}

/* Who ended its wait, who gave it the lock, to whom it gives one. */
static void box_arrows(struct frame *f, struct box *b, const struct thread *t)
{
	static const char *const words[][2] = {
		[ARROW_WAKES] = {N_("woken by"), N_("wakes")},
		[ARROW_DISPLACES] = {N_("displaced by"), N_("displaces")},
		[ARROW_HANDS] = {N_("handed over by"), N_("handed on to")},
	};
	struct arrow v[ARROWS_MAX];
	size_t n = arrows_of(f->m, t, f->moment, v);
	char name[80], when[32], lock[96];

	for (size_t i = 0; i < n; i++) {
		const struct arrow *a = &v[i];
		bool gives = a->from == t->id;

		thread_label(f->m, gives ? a->to : a->from, name, sizeof(name));
		stamp(f, a->at, when, sizeof(when));
		if (a->kind == ARROW_HANDS)
			box_add(b, words[a->kind][gives], "%s at %s, lock %s", name, when,
				lock_title(f->m, a->lock, lock, sizeof(lock)));
		else
			box_add(b, words[a->kind][gives], "%s at %s", name, when);
	}
}

static void box_totals(struct frame *f, struct box *b, const struct thread *t)
{
	u64 ns[STATE_COUNT], all = 0;
	char text[200] = "", one[64], length[32];
	size_t n = 0;

	thread_ns(f->m, t, ns);
	for (int s = 1; s < STATE_COUNT; s++)
		all += ns[s];
	for (int s = 1; s < STATE_COUNT; s++) {
		if (!ns[s])
			continue;
		snprintf(one, sizeof(one), "%s %s (%.1f %%)", state_text((enum state)s),
			fmt_duration(length, sizeof(length), ns[s]),
			(double)ns[s] * 100 / (double)all);
		if (grid_text_width(text) + grid_text_width(one) > 56) {
			box_add(b,
				b->n && strcmp(b->v[b->n - 1].key, tr("in all")) ? tr("in all")
										 : "",
				"%s", text);
			n = 0;
			text[0] = 0;
		}
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s", n ? ", " : "", one);
	}
	if (n)
		box_add(b, "", "%s", text);
	box_add(b, "switches", "%llu own, %llu preempted, %llu migrations",
		(unsigned long long)t->voluntary, (unsigned long long)t->preempted,
		(unsigned long long)t->migrations);
}

static void box_thread(struct frame *f, struct box *b, const struct thread *t)
{
	struct moment mo = moment_of(t->lane, f->moment, f->now);
	const struct process *p = model_process(f->m, t->process);
	char name[80];

	snprintf(b->title, sizeof(b->title), tr("%s  tid %u%s%s"),
		thread_label(f->m, t->id, name, sizeof(name)), t->tid, p ? tr("  in ") : "",
		p ? p->name : "");
	box_add(b, "state", "%s",
		mo.span ? tr(look_of(moment_state(&mo))->legend) : thread_absent(t, f->moment));
	if (mo.span) {
		box_span(f, b, &mo);
		box_lock(f, b, &mo);
		if (mo.span->cpu != EVENT_NO_CPU)
			box_add(b, "CPU", "%u", mo.span->cpu);
		if ((mo.span->state == STATE_RUNNABLE || mo.span->state == STATE_RUNNING) &&
			!mo.span->by)
			box_add(b,
				mo.span->flags & SPAN_PREEMPTED ? N_("displaced by")
								: N_("woken by"),
				tr("not known"));
	}
	box_held(f, b, t);
	box_arrows(f, b, t);
	if (mo.span)
		box_waker(f, b, t, &mo);
	if (mo.span)
		box_stack(f, b, t, &mo);
	box_totals(f, b, t);
}

static void box_queue(struct frame *f, struct box *b, const struct queue *q)
{
	struct moment mo = moment_of(q->lane, f->moment, f->now);

	queue_label(f->m, q->id, b->title, sizeof(b->title));
	if (q->capacity)
		box_add(b, "capacity", "%llu", (unsigned long long)q->capacity);
	else
		box_add(b, "capacity", "no limit");
	if (mo.span)
		box_add(b, "depth", "%llu", (unsigned long long)mo.span->detail);
	box_add(b, "in all", "%llu put, %llu got, at most %llu deep, %llu gave up",
		(unsigned long long)q->puts, (unsigned long long)q->gets,
		(unsigned long long)q->depth_max, (unsigned long long)q->timeouts);
}

static void box_cpu(struct frame *f, struct box *b, const struct cpu *c)
{
	struct moment mo = moment_of(c->lane, f->moment, f->now);
	char name[80];

	snprintf(b->title, sizeof(b->title), tr("CPU %u"), c->number);
	if (!mo.span)
		return;
	if (mo.span->state == CPU_OURS)
		box_add(b, "runs", "%s", thread_label(f->m, mo.span->by, name, sizeof(name)));
	else if (mo.span->state == CPU_OTHER)
		box_add(b, "runs", "a thread of another program, tid %llu",
			(unsigned long long)mo.span->detail);
	else
		box_add(b, "runs", "%s",
			mo.span->state == CPU_IDLE ? N_("nothing: idle") : N_("not known"));
	box_span(f, b, &mo);
}

static bool box_fill(struct frame *f, struct box *b)
{
	const struct row *r = &f->u->chosen;

	if (r->kind == ROW_THREAD && model_thread(f->m, r->id))
		box_thread(f, b, model_thread(f->m, r->id));
	else if (r->kind == ROW_QUEUE && model_queue(f->m, r->id))
		box_queue(f, b, model_queue(f->m, r->id));
	else if (r->kind == ROW_CPU && r->id <= f->m->cpus.n)
		box_cpu(f, b, &f->m->cpus.v[r->id - 1]);
	return b->n > 0;
}

void box_frame(struct grid *g, struct rect r, struct style style)
{
	grid_fill(g, r.x, r.y, r.w, r.h, ' ', STYLE(DEFAULT));
	for (int x = r.x + 1; x < r.x + r.w - 1; x++) {
		grid_put(g, x, r.y, 0x2500, style);
		grid_put(g, x, r.y + r.h - 1, 0x2500, style);
	}
	for (int y = r.y + 1; y < r.y + r.h - 1; y++) {
		grid_put(g, r.x, y, 0x2502, style);
		grid_put(g, r.x + r.w - 1, y, 0x2502, style);
	}
	grid_put(g, r.x, r.y, 0x250c, style);
	grid_put(g, r.x + r.w - 1, r.y, 0x2510, style);
	grid_put(g, r.x, r.y + r.h - 1, 0x2514, style);
	grid_put(g, r.x + r.w - 1, r.y + r.h - 1, 0x2518, style);
}

void details_draw(struct frame *f)
{
	struct box b = {0};
	struct rect r = f->at.body;
	int key = 0, w = 0, y;

	if (!box_fill(f, &b))
		return;
	for (int i = 0; i < b.n; i++) {
		key = MAX(key, grid_text_width(b.v[i].key) + 2);
		w = MAX(w, grid_text_width(b.v[i].text));
	}
	w = MIN(MAX(w + key, grid_text_width(b.title)) + 4, r.w - 2);
	y = MIN(b.n + 2, r.h);
	r = (struct rect){r.x + r.w - w - 1, r.y + r.h - y, w, y};
	box_frame(f->g, r, STYLE(ACCENT));
	grid_printf(f->g, r.x + 2, r.y, r.w - 4, STYLE_A(TITLE, ATTR_BOLD), " %s ", b.title);
	for (int i = 0; i < b.n && i < r.h - 2; i++) {
		grid_text(f->g, r.x + 2, r.y + 1 + i, key - 1, b.v[i].key, STYLE(DIM));
		grid_text(f->g, r.x + 2 + key, r.y + 1 + i, r.w - key - 4, b.v[i].text,
			STYLE(DEFAULT));
	}
}
