/* SPDX-License-Identifier: MIT */
#include "model/store.h"

#define LOOK_EVERY   32768 /* events: what they take at most is little beside the least limit */
#define PART         8     /* of the time that is known is forgotten at once */
#define PARTS_A_TURN 16

u64 store_bytes(const struct store *s, const struct model *m)
{
	return model_bytes(m) + (s->trace ? trace_bytes(s->trace) : 0);
}

static void store_forget(struct store *s, struct model *m)
{
	u64 known = MAX(s->known_from, m->start);

	s->known_from = known + (m->now - known) / PART;
	model_forget(m, s->known_from);
	if (s->trace)
		trace_forget(s->trace, s->known_from);
}

void store_take(struct store *s, struct model *m, const struct event *events, size_t n)
{
	if (s->trace)
		trace_append(s->trace, events, n);
	s->fed += n;
	if (!s->limit || s->fed < LOOK_EVERY)
		return;
	s->fed = 0;
	for (int i = 0; i < PARTS_A_TURN && store_bytes(s, m) > s->limit; i++)
		store_forget(s, m);
}
