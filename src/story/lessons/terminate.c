/* SPDX-License-Identifier: MIT */
#include "story/lesson.h"

static const struct lesson_variant variants[] = {
	{
		.name = "plain",
		.watch = {N_("the owner takes a lock that processes share"), N_("it is killed"),
			N_("two others want the lock")},
		.question =
			{
				.when = WHEN_IT(LOCK_WAIT, NULL, "shared-lock", 0),
				.ask = N_("The owner of the lock will be killed. Who gets the lock "
					  "then?"),
				.answers =
					{
						{N_("the next who waits"), OUTCOME_MORE},
						{N_("nobody, for ever"), OUTCOME_SAME},
					},
				.judge = JUDGE_FIGURES,
				.a = "entered",
				.b = "0",
				.why = N_("Only its owner unlocks a mutex, and the owner is gone."),
			},
		.meaning = N_("A process that is killed gives nothing back. The lock in shared "
			      "memory stays taken, by nobody, and half-done work stays half done."),
		.file = "terminate.c",
		.line = "pause(); /*",
		.next = "terminate/robust",
	},
	{
		.name = "robust",
		.watch = {N_("the same, with a robust mutex"),
			N_("the next one is told that the owner died"),
			N_("it puts things right and goes on")},
		.first = 1,
		.question =
			{
				.when = WHEN_IT(LOCK_WAIT, NULL, "shared-lock", 0),
				.ask = N_("The owner of this robust lock will be killed. Who gets "
					  "the lock then?"),
				.answers =
					{
						{N_("nobody"), OUTCOME_SAME},
						{N_("a waiter, which is told that the owner died"),
							OUTCOME_MORE},
					},
				.judge = JUDGE_FIGURES,
				.a = "recovered",
				.b = "0",
				.why = N_("The kernel knows which robust locks a dying thread "
					  "holds, and marks them."),
			},
		.meaning = N_("For a robust mutex the kernel tells the next one who locks: "
			      "EOWNERDEAD. It must repair what the lock guards, and say so by "
			      "pthread_mutex_consistent."),
		.file = "terminate.c",
		.line = "pthread_mutex_consistent(",
		.next = "terminate/plain",
	},
	{0},
};

const struct lesson lesson_terminate = {.name = "terminate", .variants = variants};
