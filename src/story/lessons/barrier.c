/* SPDX-License-Identifier: MIT */
#include "story/lesson.h"

static const struct lesson_variant variants[] = {
	{
		.name = "phases",
		.watch = {N_("four workers, eight phases"), N_("who arrives waits for the others"),
			N_("all leave at once")},
		.first = 1,
		.question =
			{
				.when = WHEN_IT(BARRIER_WAIT, NULL, "end of phase", 2),
				.ask = N_("Two of four have arrived. Does any of them go on before "
					  "the last arrives?"),
				.answers =
					{
						{N_("no"), OUTCOME_SAME},
						{N_("yes, by chance"), OUTCOME_MORE},
					},
				.judge = JUDGE_FIGURES,
				.a = "early",
				.b = "0",
				.why = N_("The barrier opens when the last one arrives."),
			},
		.meaning = N_("A barrier lets nobody into the next phase before all are done with "
			      "this one."),
		.file = "barrier.c",
		.line = "pthread_barrier_wait(&end_of_phase)",
		.next = "barrier/straggler",
	},
	{
		.name = "straggler",
		.watch = {N_("west is slow"), N_("the three others wait for it, in every phase"),
			N_("how much of their time that is")},
		.first = 1,
		.question =
			{
				.when = WHEN_IT(BARRIER_WAIT, NULL, "end of phase", 2),
				.ask = N_("Two have arrived; west is slow. When do they go on?"),
				.answers =
					{
						{N_("when their own work is done"), OUTCOME_NO},
						{N_("when west arrives"), OUTCOME_YES},
					},
				.judge = JUDGE_ANY,
				.why = N_("All leave together."),
			},
		.meaning =
			N_("At a barrier the slowest sets the pace: what the others save, they "
			   "spend waiting. Sharing the work evenly helps, waking faster does not."),
		.file = "barrier.c",
		.line = "pthread_barrier_wait(&end_of_phase)",
		.next = "barrier/phases",
	},
	{0},
};

const struct lesson lesson_barrier = {.name = "barrier", .variants = variants};
