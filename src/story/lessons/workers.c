/* SPDX-License-Identifier: MIT */
#include "story/lesson.h"

static const struct lesson_variant variants[] = {
	{
		.name = "threads",
		.watch = {N_("five lanes are born one after the other, each with its name"),
			N_("main waits in a join for one at a time, in the order of starting"),
			N_("who ends early stays known until it is joined")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(JOIN_WAIT, NULL, NULL, 0),
				.ask = N_("Main waits for the first worker. What if another worker "
					  "ends before it?"),
				.answers =
					{
						{N_("its value is lost: main was not waiting for "
						    "it"),
							OUTCOME_NO},
						{N_("its value is kept until main joins it"),
							OUTCOME_YES},
					},
				.judge = JUDGE_ANY,
				.why = N_("A thread that ended is kept until it is joined. Joining "
					  "in a fixed order loses nothing."),
			},
		.meaning = N_("Each thread ended by itself and left a value. pthread_join waits "
			      "for the end of one thread and hands its value over; a thread that "
			      "ended earlier is joined at once."),
		.file = "workers.c",
		.line = "scenario_must(pthread_join(",
		.next = "workers/processes",
	},
	{
		.name = "processes",
		.watch = {N_("five processes are forked, each with a lane of its own"),
			N_("main waits for one child at a time"),
			N_("a child that ended stays until its parent has asked for its status")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(EXITED, NULL, NULL, 0),
				.ask = N_("A process has ended. Can its parent still learn how?"),
				.answers =
					{
						{N_("yes: its exit status is kept until the parent "
						    "waits for it"),
							OUTCOME_YES},
						{N_("no: it is gone"), OUTCOME_NO},
					},
				.judge = JUDGE_ANY,
				.why = N_("The kernel keeps number and status of a dead child "
					  "until its parent calls wait."),
			},
		.meaning = N_("Each child left an exit status of one byte. waitpid gives it to the "
			      "parent; memory of the child cannot be looked at any more."),
		.file = "workers.c",
		.in = "int run_processes(",
		.line = "status = scenario_wait(",
		.next = "workers/threads",
	},
	{0},
};

const struct lesson lesson_workers = {.name = "workers", .variants = variants};
