/* SPDX-License-Identifier: MIT */
/* Stacks, told as they stand. */
#include "model/teller.h"

static u32 number_of(const struct teller *p, u32 frame)
{
	const struct stack_frame *f = model_frame(p->m, frame);

	return f ? f->number : 0;
}

/* 8 bytes in the first event, 16 in each after it. */
static void line_tell(struct teller *p, u32 number, const char *text, size_t n, bool inlined)
{
	struct event ev = {.kind = EV_FRAME_NAME, .cpu = EVENT_NO_CPU, .obj = number};
	u64 part[2];

	memcpy(&ev.arg, text, MIN(n, sizeof(ev.arg)));
	ev.flags = (u8)((inlined ? FRAME_INLINED : 0) | (n > sizeof(ev.arg) ? EVENT_MORE : 0));
	teller_event(p, ev);
	for (size_t at = sizeof(ev.arg); at < n; at += sizeof(part)) {
		memset(part, 0, sizeof(part));
		memcpy(part, text + at, MIN(n - at, sizeof(part)));
		teller_event(p, (struct event){.kind = EV_TEXT,
					.flags = n - at > sizeof(part) ? EVENT_MORE : 0,
					.cpu = EVENT_NO_CPU,
					.obj = part[0],
					.arg = part[1]});
	}
}

static void name_tell(struct teller *p, const struct stack_frame *f)
{
	const char *at = f->text;

	for (int i = 1; i <= f->lines; i++) {
		size_t n = strcspn(at, "\n");

		line_tell(p, f->number, at, n, i < f->lines || !f->named);
		at += n + 1;
	}
}

void teller_frames(struct teller *p)
{
	const struct model *m = p->m;

	for (size_t i = 0; i < m->frames.n; i++) {
		const struct stack_frame *f = &m->frames.v[i];

		teller_event(p, (struct event){.kind = EV_FRAME,
					.cpu = EVENT_NO_CPU,
					.obj = event_pair(f->number, number_of(p, f->caller)),
					.arg = f->address});
		name_tell(p, f);
	}
}

void teller_reason_stack(struct teller *p, const struct thread *t)
{
	const struct thread_machine *own = t->machine;
	const struct reason *r = &own->reason;
	const struct stop *s = t->stops.n ? vec_last(&t->stops) : NULL;
	bool stands = own->run == RUN_OFF && s && s->at >= own->off_since && s->frame == r->stack &&
		      s->end == r->stack_end;

	if (r->stacked)
		teller_stands(p, t->tid, STANDS_REASON_STACK, number_of(p, r->stack),
			event_pair(r->stack_end, stands));
}

void teller_wait_stack(struct teller *p, const struct thread *t, const struct wait *w)
{
	if (w->stacked)
		teller_stands(p, t->tid, STANDS_WAIT_STACK, number_of(p, w->stack), w->stack_end);
}

void teller_hold_stack(struct teller *p, const struct thread *t, const struct held *h)
{
	if (h->took)
		teller_stands(p, t->tid, STANDS_HOLD_TAKEN, number_of(p, h->took), h->took_end);
}
