/* SPDX-License-Identifier: MIT */
#include "story/lesson.h"

static const struct lesson_variant variants[] = {
	{
		.name = "abba",
		.watch = {N_("anna takes A and then B, bert takes B and then A"),
			N_("first in turn: it goes well"),
			N_("then at once: each has one and wants the other")},
		.question =
			{
				.when = WHEN_IT(LOCK_WAIT, NULL, NULL, 0),
				.ask = N_("anna and bert have a lock each, and one wants the "
					  "other's. Who goes on?"),
				.answers =
					{
						{N_("both, one after the other"), OUTCOME_NO},
						{N_("neither: each waits for the other"),
							OUTCOME_YES},
					},
				.judge = JUDGE_FINDING,
				.a = "deadlock",
				.why = N_("The second soon wants the first one's lock as well, "
					  "with its own in hand: the circle is closed."),
			},
		.meaning = N_("Each holds the lock that the other waits for. Neither can go on, so "
			      "neither unlocks: a circle. The two opposite orders could be seen "
			      "long before."),
		.file = "deadlock.c",
		.in = "transfer_at_once(struct account",
		.line = "pthread_mutex_lock(&to->lock)",
		.next = "deadlock/ordered",
	},
	{
		.name = "ordered",
		.watch = {N_("both take A before B, whichever way the money goes"),
			N_("one waits a little for the first lock"), N_("both get there")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(LOCK_WAIT, NULL, NULL, 0),
				.ask = N_("One waits for a lock that the other has. Who goes on?"),
				.answers =
					{
						{N_("both, one after the other"), OUTCOME_NO},
						{N_("neither: each waits for the other"),
							OUTCOME_YES},
					},
				.judge = JUDGE_FINDING,
				.a = "deadlock",
				.why = N_("All take the locks in one order: whoever has the last "
					  "one waits for nobody."),
			},
		.meaning = N_("With one order for all no circle can close: whoever waits for B "
			      "holds A at most, and whoever holds B wants nothing more."),
		.file = "deadlock.c",
		.line = "struct account *first = from < to",
		.next = "deadlock/abba",
	},
	{
		.name = "trylock",
		.watch = {N_("opposite orders again"),
			N_("who does not get the second lock gives the first back"),
			N_("and tries again a little later")},
		.first = 1,
		.question =
			{
				.when = WHEN_IT(LOCK_FAILED, NULL, NULL, 0),
				.ask = N_("A second lock was not to be had. Will they be stuck?"),
				.answers =
					{
						{N_("yes: each waits for the other"), OUTCOME_YES},
						{N_("no: the first lock is given back"),
							OUTCOME_NO},
					},
				.judge = JUDGE_FINDING,
				.a = "deadlock",
				.why = N_("A deadlock needs somebody who holds one lock while "
					  "waiting for another."),
			},
		.meaning = N_("Nobody waits with a lock in hand, so nobody can be waited for in a "
			      "circle. The price: work is done again."),
		.file = "deadlock.c",
		.line = "pthread_mutex_trylock(&to->lock)",
		.next = "deadlock/ordered",
	},
	{0},
};

const struct lesson lesson_deadlock = {.name = "deadlock", .variants = variants};
