/* SPDX-License-Identifier: MIT */
#include "story/lesson.h"

static const struct lesson_variant variants[] = {
	{
		.name = "unreaped",
		.watch = {N_("three children end soon"), N_("their parent does not ask for them"),
			N_("the process view shows them as zombies")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(EXITED, NULL, NULL, 0),
				.ask = N_("A child has ended, and its parent does something else. "
					  "What is left of it?"),
				.answers =
					{
						{N_("nothing"), OUTCOME_SAME},
						{N_("a zombie: its number and its status"),
							OUTCOME_MORE},
					},
				.judge = JUDGE_FIGURES,
				.a = "zombies",
				.b = "0",
				.why = N_("The status must be kept for the parent, which may ask "
					  "at any time."),
			},
		.meaning = N_("A child that ended keeps its number and its exit status until its "
			      "parent calls wait. Until then it is a zombie: it uses no memory and "
			      "no CPU, but a place in the table of processes."),
		.file = "zombie.c",
		.line = "while (count_zombies(children) < CHILDREN)",
		.next = "zombie/reaped",
	},
	{
		.name = "reaped",
		.watch = {N_("three children end"), N_("their parent waits for each"),
			N_("no zombie stays")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(EXITED, NULL, NULL, 0),
				.ask = N_("A child has ended, and its parent is waiting for it. "
					  "Does a zombie stay?"),
				.answers =
					{
						{N_("yes"), OUTCOME_YES},
						{N_("no: it is collected"), OUTCOME_NO},
					},
				.judge = JUDGE_FINDING,
				.a = "zombie",
				.why = N_("The parent was waiting: it got the status at once."),
			},
		.meaning = N_("wait collects the child: the parent has its status, and the kernel "
			      "forgets it."),
		.file = "zombie.c",
		.in = "main waits for each child",
		.line = "collect(children)",
		.next = "zombie/orphan",
	},
	{
		.name = "orphan",
		.watch = {N_("a parent starts a child and ends first"), N_("the child lives on"),
			N_("who is its parent afterwards")},
		.question =
			{
				.when = WHEN_IT(EXITED, NULL, "parent", 0),
				.ask = N_("The parent has ended, its child runs on. Who will "
					  "collect the child?"),
				.answers =
					{
						{N_("another process, which the kernel makes its "
						    "parent"),
							OUTCOME_YES},
						{N_("nobody"), OUTCOME_NO},
					},
				.judge = JUDGE_ANY,
				.why = N_("No process is without a parent: the kernel hands "
					  "orphans to the nearest process that adopts them."),
			},
		.meaning = N_("A child whose parent ended is given another one, here main, which "
			      "had asked to adopt such children; else the first process of the "
			      "system. The new parent must collect it."),
		.file = "zombie.c",
		.line = "while ((now = getppid()) == parent)",
		.next = "zombie/reaped",
	},
	{0},
};

const struct lesson lesson_zombie = {.name = "zombie", .variants = variants};
