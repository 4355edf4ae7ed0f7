/* SPDX-License-Identifier: MIT */
#include "story/lesson.h"

static const struct lesson_variant variants[] = {
	{
		.name = "plain",
		.watch = {N_("low holds the lock, high waits for it"), N_("how long high waits"),
			N_("mid wants neither, but runs instead of low")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(LOCK_WAIT, "high", "L", 0),
				.ask = N_("high waits for the lock of low, and mid is about to "
					  "run. When does high get the lock?"),
				.answers =
					{
						{N_("after mid is done"), OUTCOME_YES},
						{N_("before mid is done"), OUTCOME_NO},
					},
				.judge = JUDGE_WORD,
				.a = "waited_for_mid",
				.b = "yes",
				.why = N_(
					"low must run to unlock, and mid is before it on the CPU."),
			},
		.meaning = N_("high waits for low, and low cannot run because mid, which is more "
			      "important than low, does. So mid holds up high, with no lock "
			      "between them: priority inversion."),
		.file = "priority.c",
		.in = "static void *high_body(",
		.line = "pthread_mutex_lock(&lock)",
		.next = "priority/inherit",
	},
	{
		.name = "inherit",
		.watch = {N_("the same three threads"),
			N_("the lock lends low the priority of high"),
			N_("low goes on before mid")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(LOCK_WAIT, "high", "L", 0),
				.ask = N_("high waits for the lock of low, which inherits its "
					  "priority. When does high get the lock?"),
				.answers =
					{
						{N_("after mid is done"), OUTCOME_YES},
						{N_("before mid is done"), OUTCOME_NO},
					},
				.judge = JUDGE_WORD,
				.a = "waited_for_mid",
				.b = "yes",
				.why = N_(
					"low runs with the priority of high, so mid has to wait."),
			},
		.meaning = N_("With priority inheritance low is as important as high for as long "
			      "as high waits for it. It finishes, unlocks, and high goes on."),
		.file = "priority.c",
		.line = "pthread_mutexattr_setprotocol(",
		.next = "priority/plain",
	},
	{0},
};

const struct lesson lesson_priority = {.name = "priority", .variants = variants};
