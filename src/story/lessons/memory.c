/* SPDX-License-Identifier: MIT */
#include "story/lesson.h"

static const struct lesson_variant variants[] = {
	{
		.name = "threads",
		.watch = {N_("four lanes inside one process"),
			N_("one counter, and a lock around it"), N_("what main reads at the end")},
		.question =
			{
				.when = WHEN_IT(LOCK_TAKEN, NULL, "counter-lock", 20),
				.ask = N_("Four threads raise the counter. What does main read at "
					  "the end?"),
				.answers =
					{
						{N_("all that the workers added"), OUTCOME_SAME},
						{N_("less than that"), OUTCOME_LESS},
					},
				.judge = JUDGE_FIGURES,
				.a = "seen_by_main",
				.b = "seen_by_workers",
				.why = N_("Threads share the memory of their process, and the lock "
					  "lets no update be lost."),
			},
		.meaning = N_("All threads of a process use the same memory: what one wrote, the "
			      "others and main read. That is why the lock is needed."),
		.file = "memory.c",
		.line = "threads[i] = scenario_thread(",
		.next = "memory/processes",
	},
	{
		.name = "processes",
		.watch = {N_("four processes, each with its own lane"),
			N_("each adds to \"the counter\""), N_("what main reads at the end")},
		.question =
			{
				.when = WHEN_IT(LOCK_TAKEN, NULL, "counter-lock", 20),
				.ask = N_("Each child raises the counter. What does main read at "
					  "the end?"),
				.answers =
					{
						{N_("0"), OUTCOME_SAME},
						{N_("what the children added"), OUTCOME_MORE},
					},
				.judge = JUDGE_FIGURES,
				.a = "seen_by_main",
				.b = "0",
				.why = N_("A forked process has a copy of its parent's memory. "
					  "What it writes there, the parent does not see."),
			},
		.meaning = N_(
			"fork gave each child a copy of the memory. The children raised their "
			"copies, and these went with them; the counter of main was never touched."),
		.file = "memory.c",
		.line = "children[i] = scenario_process(",
		.next = "memory/shared",
	},
	{
		.name = "shared",
		.watch = {N_("four processes, as before"),
			N_("the counter and its lock lie in shared memory"),
			N_("what main reads at the end")},
		.question =
			{
				.when = WHEN_IT(LOCK_TAKEN, NULL, "counter-lock", 20),
				.ask = N_("Each child raises the counter in shared memory. What "
					  "does main read at the end?"),
				.answers =
					{
						{N_("0"), OUTCOME_LESS},
						{N_("all that the children added"), OUTCOME_SAME},
					},
				.judge = JUDGE_FIGURES,
				.a = "seen_by_main",
				.b = "seen_by_workers",
				.why = N_("Shared memory is one for all processes that map it."),
			},
		.meaning = N_("Memory that is mapped as shared is one and the same for parent and "
			      "children, and so is a lock in it that was made process-shared."),
		.file = "memory.c",
		.line = "PTHREAD_PROCESS_SHARED",
		.next = "memory/processes",
	},
	{0},
};

const struct lesson lesson_memory = {.name = "memory", .variants = variants};
