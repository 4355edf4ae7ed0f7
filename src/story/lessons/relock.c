/* SPDX-License-Identifier: MIT */
#include "story/lesson.h"

static const struct lesson_variant variants[] = {
	{
		.name = "mutex",
		.watch = {N_("the clerk takes the ledger's lock"),
			N_("then calls a function that takes it again"), N_("who could let it go")},
		.question =
			{
				.when = WHEN_IT(LOCK_WAIT, "clerk", "ledger", 0),
				.ask = N_("The clerk waits for a lock that it holds itself. When "
					  "does it go on?"),
				.answers =
					{
						{N_("soon"), OUTCOME_NO},
						{N_("never again"), OUTCOME_YES},
					},
				.judge = JUDGE_FINDING,
				.a = "self-deadlock",
				.why = N_("Only the owner could unlock it, and the owner is the "
					  "one who waits."),
			},
		.meaning = N_(
			"A plain mutex does not know that the one who wants it is the one who has "
			"it: the clerk waits for its own unlock, which comes after the wait."),
		.file = "relock.c",
		.line = "int err = pthread_mutex_lock(&ledger)",
		.next = "relock/recursive",
	},
	{
		.name = "recursive",
		.watch = {N_("the same two functions, with a recursive mutex"),
			N_("the second lock is let in at once"),
			N_("it is free after the second unlock only")},
		.first = 1,
		.question =
			{
				.when = WHEN_IT(LOCK_TAKEN, "clerk", "ledger", 2),
				.ask = N_("The clerk has taken the lock twice. After one unlock, "
					  "is it free?"),
				.answers =
					{
						{N_("yes"), OUTCOME_NO},
						{N_("no: it must be given back twice"),
							OUTCOME_YES},
					},
				.judge = JUDGE_ANY,
				.why = N_("A recursive mutex counts."),
			},
		.meaning = N_("A recursive mutex counts how often its owner took it, and is free "
			      "again when it was given back as often."),
		.file = "relock.c",
		.line = "pthread_mutexattr_settype(",
		.next = "relock/errorcheck",
	},
	{
		.name = "errorcheck",
		.watch = {N_("the same two functions, with an errorcheck mutex"),
			N_("the second lock fails at once"), N_("nobody waits")},
		.first = 1,
		.question =
			{
				.when = WHEN_IT(LOCK_FAILED, "clerk", "ledger", 0),
				.ask = N_("The clerk wanted the lock again and was refused. Does "
					  "it wait?"),
				.answers =
					{
						{N_("yes"), OUTCOME_NO},
						{N_("no: it is told EDEADLK and goes on"),
							OUTCOME_YES},
					},
				.judge = JUDGE_ANY,
				.why = N_("The mutex knows its owner, and tells it."),
			},
		.meaning = N_("An errorcheck mutex answers EDEADLK instead of waiting for ever. It "
			      "does not mend the program, but it says what is wrong with it."),
		.file = "relock.c",
		.line = "int err = pthread_mutex_lock(&ledger)",
		.next = "relock/recursive",
	},
	{0},
};

const struct lesson lesson_relock = {.name = "relock", .variants = variants};
