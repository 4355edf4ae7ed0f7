/* SPDX-License-Identifier: MIT */
/* Who is where: threads with the same stack together. */
#include "export/report_text.h"
#include "export/snapshot_facts.h"
#include "export/stack_words.h"
#include "export/text_table.h"

#include "core/idmap.h"
#include "core/lang.h"

#include <stdlib.h>

#define NAMES_MOST 4
#define CELL       128

struct crowd { /* threads that stopped in one stack */
	u32 frame;
	enum stack_end end;
	vec(u32) threads;
};

typedef vec(struct crowd) crowds;

static void crowd_join(crowds *all, struct idmap *by_stack, u32 frame, enum stack_end end, u32 t)
{
	u64 key = event_pair(frame, end);
	u32 i = idmap_get(by_stack, key);

	if (i == IDMAP_NONE) {
		i = (u32)all->n;
		vec_push(all, (struct crowd){.frame = frame, .end = end});
		idmap_set(by_stack, key, i);
	}
	vec_push(&all->v[i].threads, t);
}

static void names_print(const struct model *m, const struct crowd *c, FILE *out)
{
	size_t shown = MIN(c->threads.n, (size_t)NAMES_MOST);
	char name[CELL];

	fprintf(out, "\n%*s", INDENT, "");
	for (size_t i = 0; i < shown; i++) {
		const struct thread *t = model_thread(m, c->threads.v[i]);

		fprintf(out, "%s", i ? ", " : "");
		if (t->name[0])
			fprintf(out, "%s %u", t->name, t->tid);
		else
			fputs(thread_label(m, t->id, name, sizeof(name)), out);
	}
	if (c->threads.n > shown)
		fprintf(out, tr(" and %zu more"), c->threads.n - shown);
	fputs(":\n", out);
}

static void line_print(void *ctx, const char *line)
{
	fprintf(ctx, "%*s%s\n", 2 * INDENT + 2, "", line);
}

static void crowd_print(const struct model *m, struct crowd *c, FILE *out)
{
	names_print(m, c, out);
	stack_lines(m, c->frame, line_print, out);
	if (c->end)
		fprintf(out, "%*s... %s\n", 2 * INDENT + 2, "", tr(stack_end_why(c->end)));
	vec_free(&c->threads);
}

void snapshot_stacks(const struct model *m, FILE *out)
{
	struct idmap by_stack = {0};
	enum stack_end end;
	crowds all = {0};
	size_t others = 0;
	u32 frame;

	for (size_t i = 0; i < m->threads.n; i++) {
		const struct thread *t = m->threads.v[i];

		if (model_stack(m, t->id, &frame, &end))
			crowd_join(&all, &by_stack, frame, end, t->id);
		else
			others += t->alive;
	}
	fputs(tr("\nstacks\n"), out);
	for (size_t i = 0; i < all.n; i++)
		crowd_print(m, &all.v[i], out);
	if (others) {
		fprintf(out, "\n%*s", INDENT, "");
		fprintf(out,
			trn("%zu thread did not stand still: no stack is known of it\n",
				"%zu threads did not stand still: no stack is known of them\n",
				others),
			others);
	}
	vec_free(&all);
	idmap_free(&by_stack);
}
