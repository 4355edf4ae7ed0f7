/* SPDX-License-Identifier: MIT */
#include "story/lesson.h"

static const struct lesson_variant variants[] = {
	{
		.name = "holding",
		.watch = {N_("four threads share one CPU"),
			N_("two compute with the lock in their hands"),
			N_("what happens when the holder loses the CPU")},
		.question =
			{
				.when = WHEN_IT(PREEMPTED, NULL, "results", 0),
				.ask = N_("The holder has lost its CPU. Can those who wait for its "
					  "lock go on?"),
				.answers =
					{
						{N_("yes: the lock is given to them"), OUTCOME_NO},
						{N_("no: they wait until it has a CPU again, and "
						    "is done"),
							OUTCOME_YES},
					},
				.judge = JUDGE_ANY,
				.why = N_(
					"A lock belongs to its holder, whether that runs or not."),
			},
		.meaning = N_("The holder lost its CPU with the lock in hand. While it waited for "
			      "the CPU, the others waited for it: a wait for nobody who worked."),
		.file = "preempted.c",
		.in = "static void *compute_with_lock(",
		.line = "pthread_mutex_lock(&results)",
		.next = "preempted/brief",
	},
	{
		.name = "brief",
		.watch = {N_("the same work, done before the lock is taken"),
			N_("the lock is held for a moment only"), N_("nobody is caught with it")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(LOCK_TAKEN, NULL, "results", 2),
				.ask = N_("The lock is held for a moment only. Will others wait "
					  "for a holder that lost its CPU?"),
				.answers =
					{
						{N_("yes, often"), OUTCOME_YES},
						{N_("hardly ever"), OUTCOME_NO},
					},
				.judge = JUDGE_FINDING,
				.a = "preempted-holder",
				.why = N_("The scheduler would have to come in just that moment."),
			},
		.meaning = N_("Where the hold is short the holder is hardly ever without a CPU in "
			      "the middle of it."),
		.file = "preempted.c",
		.in = "static void *compute_before(",
		.line = "pthread_mutex_lock(&results)",
		.next = "preempted/holding",
	},
	{0},
};

const struct lesson lesson_preempted = {.name = "preempted", .variants = variants};
