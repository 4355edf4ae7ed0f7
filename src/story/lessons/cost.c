/* SPDX-License-Identifier: MIT */
#include "story/lesson.h"

static const struct lesson_variant variants[] = {
	{
		.name = "process",
		.watch = {N_("processes are made and ended, one after the other"),
			N_("then two play ping-pong over pipes"),
			N_("the figures printed at the end")},
		.question =
			{
				.when = WHEN_IT(EXITED, NULL, NULL, 0),
				.ask = N_("What costs more?"),
				.answers =
					{
						{N_("to create and end a process"), OUTCOME_YES},
						{N_("to switch once from one process to another"),
							OUTCOME_NO},
					},
				.judge = JUDGE_ANY,
				.why = N_("Creating copies tables of memory and sets up a whole "
					  "process; a switch only changes which one is used."),
			},
		.meaning = N_(
			"A new process needs its own tables of memory, a thread only a stack, a "
			"coroutine not even the kernel. Compare the three figures for creating."),
		.file = "cost.c",
		.line = "scenario_wait(scenario_process(\"child\"",
		.next = "cost/thread",
	},
	{
		.name = "thread",
		.watch = {N_("threads are made and joined, one after the other"),
			N_("then two play ping-pong with semaphores"),
			N_("the figures printed at the end")},
		.question =
			{
				.when = WHEN_IT(SEM_WAIT, NULL, NULL, 0),
				.ask = N_("A thread waits for the other's semaphore. Who decides "
					  "what runs next on this CPU?"),
				.answers =
					{
						{N_("the kernel's scheduler"), OUTCOME_YES},
						{N_("the thread itself"), OUTCOME_NO},
					},
				.judge = JUDGE_ANY,
				.why = N_("A thread that blocks enters the kernel, and the "
					  "scheduler picks the next one."),
			},
		.meaning = N_("Threads share one memory: none has to be copied to make one. A "
			      "switch still goes through the kernel."),
		.file = "cost.c",
		.line = "pthread_join(scenario_thread(\"child\"",
		.next = "cost/coroutine",
	},
	{
		.name = "coroutine",
		.watch = {N_("coroutines are made and ended"),
			N_("then two switch to each other on one thread"),
			N_("the figures printed at the end")},
		.question =
			{
				.when = WHEN_IT(CORO_RESUMED, NULL, NULL, 0),
				.ask = N_("A coroutine is resumed. Does the kernel's scheduler "
					  "take part in it?"),
				.answers =
					{
						{N_("yes"), OUTCOME_NO},
						{N_("no: the thread goes on, with other registers"),
							OUTCOME_YES},
					},
				.judge = JUDGE_ANY,
				.why = N_(
					"For the kernel it is one thread that runs all the time."),
			},
		.meaning = N_(
			"A switch between coroutines saves and loads registers within one thread; "
			"no scheduler takes part. That is why it is the cheapest of the three."),
		.file = "cost.c",
		.line = "swapcontext(&main_context, &other_context)",
		.next = "cost/chart",
	},
	{
		.name = "chart",
		.watch = {N_("processes, then threads, then coroutines"),
			N_("two of each kind play ping-pong"), N_("the chart printed at the end")},
		.question =
			{
				.when = WHEN_IT(SEM_WAIT, NULL, NULL, 0),
				.ask = N_("The processes are done, the threads play, the "
					  "coroutines come last. Which will cost least to switch "
					  "to?"),
				.answers =
					{
						{N_("a thread: the kernel is made for it"),
							OUTCOME_NO},
						{N_("a coroutine"), OUTCOME_YES},
					},
				.judge = JUDGE_WORD,
				.a = "cheapest",
				.b = "coroutine",
				.why = N_("It enters the kernel for nothing, and no memory but its "
					  "stack is its own."),
			},
		.meaning = N_("Side by side: creating costs what must be copied and set up, "
			      "switching what the kernel has to do for it. A coroutine asks it "
			      "for neither."),
		.file = "cost.c",
		.in = "static void play_coroutines(",
		.line = "swapcontext(&main_context, &other_context)",
		.next = "cost/process",
	},
	{0},
};

const struct lesson lesson_cost = {.name = "cost", .variants = variants};
