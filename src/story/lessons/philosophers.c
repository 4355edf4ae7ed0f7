/* SPDX-License-Identifier: MIT */
#include "story/lesson.h"

static const struct lesson_variant variants[] = {
	{
		.name = "naive",
		.watch = {N_("each takes the left fork, then the right one"),
			N_("first one after the other: all goes well"), N_("then all at once")},
		.question =
			{
				.when = WHEN_IT(LOCK_WAIT, NULL, NULL, 0),
				.ask = N_("All have their left forks, and the first wants the "
					  "right one too. Who will eat?"),
				.answers =
					{
						{N_("they eat in turn"), OUTCOME_NO},
						{N_("nobody"), OUTCOME_YES},
					},
				.judge = JUDGE_FINDING,
				.a = "deadlock",
				.why = N_("Each fork wanted is in the hand of a neighbour who "
					  "waits as well."),
			},
		.meaning = N_("Five philosophers hold their left forks and wait for their right "
			      "ones: a circle of five, in which nobody lets go."),
		.file = "philosophers.c",
		.in = "the unlucky moment",
		.line = "pthread_mutex_lock(right_of(seat))",
		.next = "philosophers/ordered",
	},
	{
		.name = "ordered",
		.watch = {N_("each takes the fork with the lower number first"),
			N_("the last one takes the right fork before the left"),
			N_("no circle can close")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(LOCK_WAIT, NULL, NULL, 0),
				.ask = N_("One waits for a fork. Will all eat?"),
				.answers =
					{
						{N_("yes"), OUTCOME_NO},
						{N_("no: they will be stuck"), OUTCOME_YES},
					},
				.judge = JUDGE_FINDING,
				.a = "deadlock",
				.why = N_("All take forks in one order: a circle would need "
					  "somebody who does not."),
			},
		.meaning = N_("Who holds the fork with the highest number waits for none: there is "
			      "always one who can eat."),
		.file = "philosophers.c",
		.line = "pthread_mutex_lock(left < right ? left : right)",
		.next = "philosophers/waiter",
	},
	{
		.name = "waiter",
		.watch = {N_("one lock, the waiter, guards the taking of forks"),
			N_("only one at a time takes forks"),
			N_("some wait more than they would have to")},
		.question =
			{
				.when = WHEN_IT(LOCK_WAIT, NULL, "waiter", 0),
				.ask = N_("One waits for the waiter. Will all have eaten their "
					  "meals in the end?"),
				.answers =
					{
						{N_("yes"), OUTCOME_SAME},
						{N_("no"), OUTCOME_LESS},
					},
				.judge = JUDGE_FIGURES,
				.a = "meals",
				.b = "expected",
				.why = N_("The waiter lets one after the other take both forks."),
			},
		.meaning = N_("Nobody can be caught with one fork while another takes forks: no "
			      "circle. But who waits for a fork with the waiter at his side holds "
			      "all others up."),
		.file = "philosophers.c",
		.line = "pthread_mutex_lock(&waiter)",
		.next = "philosophers/ordered",
	},
	{0},
};

const struct lesson lesson_philosophers = {.name = "philosophers", .variants = variants};
