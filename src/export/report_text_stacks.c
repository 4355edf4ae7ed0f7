/* SPDX-License-Identifier: MIT */
/* Where waits for locks began: those that go on first. */
#include "export/report_text.h"

#include "core/fmt.h"
#include "core/lang.h"
#include "export/stack_words.h"
#include "export/text_table.h"

#include <stdlib.h>

#define STACKS_TOLD 6 /* of all locks */

struct place { /* waits for one lock that began in one stack */
	const struct lock *lock;
	struct lock_stack stack;
};

typedef vec(struct place) places;

static void line_print(void *ctx, const char *line)
{
	fprintf(ctx, "%*s%s\n", 2 * INDENT + 2, "", line);
}

static void place_print(const struct model *m, const struct place *p, FILE *out)
{
	const struct lock_stack *s = &p->stack;
	char name[96];

	fprintf(out, "\n%*s", INDENT, "");
	lock_label(m, p->lock->id, name, sizeof(name));
	fprintf(out,
		trn("%s: %s wait, %s in all", "%s: %s waits, %s in all", (unsigned long)s->count),
		name, COUNT(s->count), DURATION(s->wait_ns));
	if (s->waiting)
		fprintf(out, trn("; %u goes on", "; %u go on", s->waiting), s->waiting);
	fputs(":\n", out);
	stack_lines(m, s->frame, line_print, out);
	if (s->end)
		fprintf(out, "%*s... %s\n", 2 * INDENT + 2, "",
			tr(stack_end_why((enum stack_end)s->end)));
}

/* What is known of none is summed in *left. */
static void places_find(const struct model *m, places *all, struct lock_stack *left)
{
	for (size_t i = 0; i < m->locks.n; i++) {
		size_t n;
		struct lock_stack *v = lock_stacks(m, m->locks.v[i], &n);

		for (size_t k = 0; k < n; k++) {
			if (v[k].frame) {
				vec_push(all, (struct place){m->locks.v[i], v[k]});
				continue;
			}
			left->count += v[k].count;
			left->wait_ns += v[k].wait_ns;
			left->waiting += v[k].waiting;
		}
		free(v);
	}
}

void report_text_stacks(const struct model *m, FILE *out)
{
	struct lock_stack left = {0};
	places all = {0};
	size_t *order, shown;
	u64 *weights;

	if (!m->frames.n)
		return;
	places_find(m, &all, &left);
	weights = mem_array(all.n + 1, sizeof(*weights));
	for (size_t i = 0; i < all.n; i++)
		weights[i] = all.v[i].stack.wait_ns + (all.v[i].stack.waiting ? UINT64_MAX / 2 : 0);
	order = most_weighty(weights, all.n, STACKS_TOLD, &shown);
	if (shown || left.count)
		fputs(tr("\nwhere waits began\n"), out);
	for (size_t i = 0; i < shown; i++)
		place_print(m, &all.v[order[i]], out);
	if (shown)
		and_more(out, all.n, shown);
	if (left.count)
		fprintf(out,
			trn("%*sof %s wait no stack is known (%s, %u go on)\n",
				"%*sof %s waits no stack is known (%s, %u go on)\n",
				(unsigned long)left.count),
			INDENT, "", COUNT(left.count), DURATION(left.wait_ns), left.waiting);
	free(order);
	free(weights);
	vec_free(&all);
}
