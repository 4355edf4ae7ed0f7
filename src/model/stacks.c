/* SPDX-License-Identifier: MIT */
/* Stacks: frames by number, what they are called, and which a thread stopped in. */
#include "model/machine.h"

#include "core/fmt.h"

#include <stdlib.h>

#define FRAME_LINES_MOST 32

const struct stack_frame *model_frame(const struct model *m, u32 id)
{
	return id && id <= m->frames.n ? &m->frames.v[id - 1] : NULL;
}

bool model_stack(const struct model *m, u32 thread, u32 *frame, enum stack_end *end)
{
	const struct thread *t = model_thread(m, thread);
	const struct thread_machine *own = t ? t->machine : NULL;

	if (!t || !t->alive || own->run != RUN_OFF || !own->reason.stacked)
		return false;
	*frame = own->reason.stack;
	*end = (enum stack_end)own->reason.stack_end;
	return true;
}

const char *stack_end_why(enum stack_end end)
{
	static const char *const words[] = {
#define X(n, NAME, why) why,
		STACK_ENDS(X)
#undef X
	};

	return (unsigned)end < ARRAY_LEN(words) ? words[end] : "it ends for a reason of the future";
}

/* Its caller was told before it: so that there is no circle. */
void feed_frame(struct model *m, const struct event *ev)
{
	u32 number = event_lo(ev->obj), caller = event_hi(ev->obj);
	u32 up = caller ? idmap_get(&m->machine->frames, caller) : 0;

	if (!number || up == IDMAP_NONE || idmap_get(&m->machine->frames, number) != IDMAP_NONE)
		return;
	vec_push(&m->frames, (struct stack_frame){.caller = up, .address = ev->arg});
	idmap_set(&m->machine->frames, number, (u32)m->frames.n);
}

void frame_named(struct model *m, u32 number, bool inlined, const char *text)
{
	u32 id = idmap_get(&m->machine->frames, number);
	struct stack_frame *f = id == IDMAP_NONE ? NULL : &m->frames.v[id - 1];
	char clean[3 * sizeof(((struct pending *)0)->text)], *lines;

	if (!f || f->named || f->lines == FRAME_LINES_MOST)
		return;
	fmt_clean(clean, sizeof(clean), text, strlen(text), false);
	lines = f->text ? mem_printf("%s\n%s", f->text, clean) : mem_strdup(clean);
	free(f->text);
	f->text = lines;
	f->lines++;
	f->named = !inlined;
}

void feed_stack(struct model *m, const struct event *ev)
{
	struct thread *t = tid_thread(m, ev->tid);
	u32 frame = ev->obj > UINT32_MAX ? IDMAP_NONE : (u32)ev->obj;

	if (frame)
		frame = frame == IDMAP_NONE ? frame : idmap_get(&m->machine->frames, frame);
	if (!t || frame == IDMAP_NONE)
		return;
	t->machine->reason.stacked = true;
	t->machine->reason.stack = frame;
	t->machine->reason.stack_end = (u8)MIN(ev->arg, (u64)STACK_ENDINGS);
	m->version++;
}

void frames_free(struct model *m)
{
	for (size_t i = 0; i < m->frames.n; i++)
		free(m->frames.v[i].text);
	vec_free(&m->frames);
	idmap_free(&m->machine->frames);
}
