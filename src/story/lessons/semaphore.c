/* SPDX-License-Identifier: MIT */
#include "story/lesson.h"

static const struct lesson_variant variants[] = {
	{
		.name = "permits",
		.watch = {N_("eight cars, three spaces"), N_("who comes when there is none waits"),
			N_("never more than three are inside")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(SEM_WAIT, NULL, "spaces", 0),
				.ask = N_("All spaces are taken and a car waits. How many are "
					  "parked at most?"),
				.answers =
					{
						{N_("as many as there are spaces"), OUTCOME_SAME},
						{N_("one more"), OUTCOME_MORE},
					},
				.judge = JUDGE_FIGURES,
				.a = "parked_max",
				.b = "spaces",
				.why = N_("There are no more permits than spaces."),
			},
		.meaning = N_("A semaphore counts permits: taking one lowers it, and at 0 who "
			      "wants one waits until somebody gives one back."),
		.file = "semaphore.c",
		.line = "sem_wait(&spaces)",
		.next = "semaphore/signal",
	},
	{
		.name = "signal",
		.watch = {N_("a semaphore that begins at 0"),
			N_("the reader waits, the writer posts"),
			N_("one thread takes what another gave")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(SEM_WAIT, "reader", "letters", 0),
				.ask = N_("The reader waits at a semaphore of 0. Who can let it go "
					  "on?"),
				.answers =
					{
						{N_("only who took a permit before"), OUTCOME_NO},
						{N_("any thread that posts"), OUTCOME_YES},
					},
				.judge = JUDGE_ANY,
				.why = N_("A semaphore has a number, and no owner."),
			},
		.meaning = N_("A semaphore has no owner: the one who waits and the one who posts "
			      "may be different threads. So it can say: something is there."),
		.file = "semaphore.c",
		.line = "sem_post(&letters)",
		.next = "semaphore/permits",
	},
	{0},
};

const struct lesson lesson_semaphore = {.name = "semaphore", .variants = variants};
