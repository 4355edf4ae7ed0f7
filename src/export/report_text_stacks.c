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

static void place_print(const struct model *m, const struct place *p, bool held, FILE *out)
{
	const struct lock_stack *s = &p->stack;
	const char *how =
		held ? trn("%s: taken %s time, held %s in all",
			       "%s: taken %s times, held %s in all", (unsigned long)s->count)
		     : trn("%s: %s wait, %s in all", "%s: %s waits, %s in all",
			       (unsigned long)s->count);
	char name[96];

	fprintf(out, "\n%*s", INDENT, "");
	lock_label(m, p->lock->id, name, sizeof(name));
	fprintf(out, how, name, COUNT(s->count), DURATION(s->wait_ns));
	if (s->waiting && held)
		fputs(tr("; it is held still"), out);
	else if (s->waiting)
		fprintf(out, trn("; %u goes on", "; %u go on", s->waiting), s->waiting);
	fputs(":\n", out);
	stack_lines(m, s->frame, line_print, out);
	if (s->end && !held)
		fprintf(out, "%*s... %s\n", 2 * INDENT + 2, "",
			tr(stack_end_why((enum stack_end)s->end)));
}

/* What is known of none is summed in *left. */
static void places_add(
	places *all, struct lock_stack *left, const struct lock *l, struct lock_stack *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (v[i].frame) {
			vec_push(all, (struct place){l, v[i]});
			continue;
		}
		left->count += v[i].count;
		left->wait_ns += v[i].wait_ns;
		left->waiting += v[i].waiting;
	}
	free(v);
}

/* The most weighty; how many there were. */
static void places_print(
	const struct model *m, places *all, const char *title, bool held, FILE *out)
{
	u64 *weights = mem_array(all->n + 1, sizeof(*weights));
	size_t *order, shown;

	for (size_t i = 0; i < all->n; i++)
		weights[i] =
			all->v[i].stack.wait_ns + (all->v[i].stack.waiting ? UINT64_MAX / 2 : 0);
	order = most_weighty(weights, all->n, STACKS_TOLD, &shown);
	if (shown)
		fputs(title, out);
	for (size_t i = 0; i < shown; i++)
		place_print(m, &all->v[order[i]], held, out);
	and_more(out, all->n, shown);
	free(order);
	free(weights);
	vec_free(all);
}

void report_text_stacks(const struct model *m, FILE *out)
{
	struct lock_stack left = {0}, unknown = {0}, nowhere = {0};
	places begun = {0}, ended = {0}, taken = {0};
	size_t n;

	if (!m->frames.n)
		return;
	for (size_t i = 0; i < m->locks.n; i++) {
		const struct lock *l = m->locks.v[i];
		struct lock_stack *v = lock_stacks(m, l, &n);

		places_add(&begun, &left, l, v, n);
		v = lock_wakers(l, &n);
		places_add(&ended, &unknown, l, v, n);
		v = lock_takers(m, l, &n);
		places_add(&taken, &nowhere, l, v, n);
	}
	places_print(m, &begun, tr("\nwhere waits began\n"), false, out);
	if (left.count)
		fprintf(out,
			trn("%*sof %s wait no stack is known (%s, %u go on)\n",
				"%*sof %s waits no stack is known (%s, %u go on)\n",
				(unsigned long)left.count),
			INDENT, "", COUNT(left.count), DURATION(left.wait_ns), left.waiting);
	places_print(m, &ended, tr("\nwhere waits were ended, by whoever let go\n"), false, out);
	if (unknown.count)
		fprintf(out,
			trn("%*sof %s wait it is not known (%s)\n",
				"%*sof %s waits it is not known (%s)\n",
				(unsigned long)unknown.count),
			INDENT, "", COUNT(unknown.count), DURATION(unknown.wait_ns));
	places_print(m, &taken, tr("\nwhere locks were taken\n"), true, out);
}
