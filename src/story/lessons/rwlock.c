/* SPDX-License-Identifier: MIT */
#include "story/lesson.h"

static const struct lesson_variant variants[] = {
	{
		.name = "fair",
		.watch = {N_("many readers at once, a writer alone"),
			N_("readers who come while a writer waits, wait behind it"),
			N_("the writer has its turn")},
		.first = 1,
		.question =
			{
				.when = WHEN_IT(LOCK_WAIT, "writer", "board", 0),
				.ask = N_("The writer waits while others read, and more readers "
					  "come. Who is first?"),
				.answers =
					{
						{N_("the writer: new readers wait behind it"),
							OUTCOME_NO},
						{N_("the readers, again and again"), OUTCOME_YES},
					},
				.judge = JUDGE_FINDING,
				.a = "starvation",
				.why = N_("The lock was made to prefer writers."),
			},
		.meaning = N_("This lock prefers writers who wait: new readers queue behind them, "
			      "so no stream of readers can keep a writer out."),
		.file = "rwlock.c",
		.line = "pthread_rwlock_wrlock(&board)",
		.next = "rwlock/writer-starved",
	},
	{
		.name = "writer-starved",
		.watch = {N_("readers leave only when another is there"),
			N_("the lock is never free"), N_("the writer waits")},
		.first = 1,
		.question =
			{
				.when = WHEN_IT(LOCK_WAIT, "writer", "board", 0),
				.ask = N_("The writer waits while others read, and more readers "
					  "come. Who is first?"),
				.answers =
					{
						{N_("the writer: new readers wait behind it"),
							OUTCOME_NO},
						{N_("the readers, again and again"), OUTCOME_YES},
					},
				.judge = JUDGE_FINDING,
				.a = "starvation",
				.why = N_("The lock prefers readers: as long as one reads, the "
					  "next is let in."),
			},
		.meaning = N_(
			"This lock lets readers in as long as others read. As they overlap, the "
			"lock is never free, and the writer starves though each reader is quick."),
		.file = "rwlock.c",
		.in = "static void *starved_writer(",
		.line = "pthread_rwlock_wrlock(&board)",
		.next = "rwlock/fair",
	},
	{0},
};

const struct lesson lesson_rwlock = {.name = "rwlock", .variants = variants};
