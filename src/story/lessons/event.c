/* SPDX-License-Identifier: MIT */
#include "story/lesson.h"

static const struct lesson_variant variants[] = {
	{
		.name = "set",
		.watch = {N_("ten runners wait on one condition"),
			N_("who comes later finds the flag up"),
			N_("one broadcast ends all waits")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(COND_BROADCAST, NULL, "start", 0),
				.ask = N_("The flag is up and all were woken. How many of the ten "
					  "go on?"),
				.answers =
					{
						{N_("one"), OUTCOME_MORE},
						{N_("all"), OUTCOME_SAME},
					},
				.judge = JUDGE_FIGURES,
				.a = "gave_up",
				.b = "0",
				.why = N_("Each looks at the flag when it has the lock again, and "
					  "finds it up."),
			},
		.meaning = N_("An event is a flag, a lock and a condition. set raises the flag and "
			      "wakes all; who comes later sees the flag and does not wait."),
		.file = "event.c",
		.in = "static bool event_wait(",
		.line = "while (!e->flag && !err)",
		.next = "event/clear",
	},
	{
		.name = "clear",
		.watch = {N_("the flag goes up: a round"), N_("three rounds"),
			N_("it goes down: who comes now waits")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(COND_BROADCAST, NULL, "start", 0),
				.ask = N_("All were let go. After clear, what of those who come "
					  "again?"),
				.answers =
					{
						{N_("they wait"), OUTCOME_YES},
						{N_("they go through: they were let go before"),
							OUTCOME_NO},
					},
				.judge = JUDGE_ANY,
				.why = N_("Each looks at the flag when it comes, and it is down."),
			},
		.meaning = N_("clear takes the flag down. It stops nobody who is already through; "
			      "it makes those wait who come after."),
		.file = "event.c",
		.in = "static void event_clear(",
		.line = "e->flag = false",
		.next = "event/set",
	},
	{
		.name = "timeout",
		.watch = {N_("ten wait, one of them for a limited time"),
			N_("the others wait for the start"), N_("its wait ends alone")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(COND_WAIT, "impatient", "start", 0),
				.ask = N_("One waits for 0.6 s at most, and the start comes later. "
					  "What does it do?"),
				.answers =
					{
						{N_("it waits on with the others"), OUTCOME_SAME},
						{N_("it gives up, alone"), OUTCOME_MORE},
					},
				.judge = JUDGE_FIGURES,
				.a = "gave_up",
				.b = "0",
				.why = N_("Its time is over before the flag is up."),
			},
		.meaning = N_("A wait with a limit ends in one of two ways, and its caller must "
			      "ask which: the flag is up, or the time is over."),
		.file = "event.c",
		.line = "pthread_cond_timedwait(",
		.next = "event/set",
	},
	{
		.name = "broadcast",
		.watch = {N_("ten wait; a call wakes them, and no flag is set"),
			N_("one comes later"), N_("what it waits for")},
		.question =
			{
				.when = WHEN_IT(COND_BROADCAST, NULL, "start", 0),
				.ask = N_(
					"A call, but no flag. One comes after it. Does it go on?"),
				.answers =
					{
						{N_("yes"), OUTCOME_NO},
						{N_("no: it waits for the next call"), OUTCOME_YES},
					},
				.judge = JUDGE_ANY,
				.why = N_(
					"A condition has no memory; the flag of an event is one."),
			},
		.meaning = N_("A broadcast is heard by those who wait at that moment. Nothing "
			      "remembers it: who comes later waits for the next."),
		.file = "event.c",
		.in = "static void *wait_for_call(",
		.line = "pthread_cond_wait(&event.changed",
		.next = "event/set",
	},
	{0},
};

const struct lesson lesson_event = {.name = "event", .variants = variants};
