/* SPDX-License-Identifier: MIT */
#include "story/lesson.h"

static const struct lesson_variant variants[] = {
	{
		.name = "busy",
		.watch = {N_("the taker looks again and again whether an item is there"),
			N_("the CPU time for each item"), N_("its lane runs all the time")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(JOIN_WAIT, NULL, NULL, 0),
				.ask = N_("The taker looks again and again. What does its waiting "
					  "cost?"),
				.answers =
					{
						{N_("next to nothing"), OUTCOME_NO},
						{N_("a whole CPU"), OUTCOME_YES},
					},
				.judge = JUDGE_ANY,
				.why = N_("To look is to run."),
			},
		.meaning = N_("The taker used a whole CPU to find out, most of the time, that "
			      "nothing is there."),
		.file = "spinwait.c",
		.line = "atomic_load(&ready) < i; looks++",
		.next = "spinwait/blocking",
	},
	{
		.name = "blocking",
		.watch = {N_("the taker waits at a semaphore"), N_("the CPU time for each item"),
			N_("its lane sleeps between items")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(SEM_WAIT, "taker", "made", 0),
				.ask = N_("The taker waits at a semaphore. What does its waiting "
					  "cost?"),
				.answers =
					{
						{N_("next to nothing"), OUTCOME_YES},
						{N_("a whole CPU"), OUTCOME_NO},
					},
				.judge = JUDGE_ANY,
				.why = N_("It sleeps, and is woken when an item is there."),
			},
		.meaning = N_("A thread that waits in the kernel uses no CPU until it is woken."),
		.file = "spinwait.c",
		.line = "while (sem_wait(&made))",
		.next = "spinwait/busy",
	},
	{0},
};

const struct lesson lesson_spinwait = {.name = "spinwait", .variants = variants};
