/* SPDX-License-Identifier: MIT */
#include "story/lesson.h"

static const struct lesson_variant variants[] = {
	{
		.name = "each",
		.watch = {N_("six workers take one lock for each line"),
			N_("there is always a queue in front of it"),
			N_("all go at the pace of the lock")},
		.first = 1,
		.question =
			{
				.when = WHEN_IT(LOCK_WAIT, NULL, "journal", 5),
				.ask = N_("All take the lock for each single line. What becomes of "
					  "it?"),
				.answers =
					{
						{N_("now and then one waits a little"), OUTCOME_NO},
						{N_("a queue that never ends: a convoy"),
							OUTCOME_YES},
					},
				.judge = JUDGE_FINDING,
				.a = "convoy",
				.why = N_("Whoever unlocks soon comes back and stands at the end "
					  "of the queue."),
			},
		.meaning = N_("Each hold is short, but there is always somebody who wants it. Six "
			      "workers get as much done as one: the lock is the bottleneck."),
		.file = "convoy.c",
		.in = "static void *write_each(",
		.line = "write_lines(1)",
		.next = "convoy/batched",
	},
	{
		.name = "batched",
		.watch = {N_("the same lines, but many under one lock"),
			N_("it is taken far less often"), N_("hardly anybody waits")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(LOCK_TAKEN, NULL, "journal", 0),
				.ask = N_("The lock is taken for many lines at once. Will there be "
					  "a convoy?"),
				.answers =
					{
						{N_("yes"), OUTCOME_YES},
						{N_("no"), OUTCOME_NO},
					},
				.judge = JUDGE_FINDING,
				.a = "convoy",
				.why = N_("It is wanted so rarely that it is mostly free."),
			},
		.meaning = N_("The same lines were written with a fraction of the locking. The "
			      "lock is free most of the time."),
		.file = "convoy.c",
		.in = "static void *write_in_batches(",
		.line = "write_lines(kept)",
		.next = "convoy/each",
	},
	{0},
};

const struct lesson lesson_convoy = {.name = "convoy", .variants = variants};
