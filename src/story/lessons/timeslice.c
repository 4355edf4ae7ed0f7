/* SPDX-License-Identifier: MIT */
#include "story/lesson.h"

static const struct lesson_variant variants[] = {
	{
		.name = "one-cpu",
		.watch = {N_("three threads that never sleep, all bound to one CPU"),
			N_("runnable means: it could run, but has no CPU"),
			N_("on that CPU's row they take turns")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(BARRIER_LEFT, NULL, "together", 0),
				.ask = N_(
					"Three threads want one CPU all the time. How does it go?"),
				.answers =
					{
						{N_("one after the other, each to its end"),
							OUTCOME_NO},
						{N_("in turns, many times a second"), OUTCOME_YES},
					},
				.judge = JUDGE_WORD,
				.a = "interleaved",
				.b = "yes",
				.why = N_("The scheduler takes the CPU away after a slice and "
					  "gives it to who had least."),
			},
		.meaning = N_("One CPU runs one thread at a time. The scheduler slices its time, "
			      "and in the end each had its share."),
		.file = "timeslice.c",
		.line = "pthread_setaffinity_np(pthread_self()",
		.next = "timeslice/all-cpus",
	},
	{
		.name = "all-cpus",
		.watch = {N_("three threads that never sleep, on all CPUs"),
			N_("lanes that run at the same moment run in parallel"),
			N_("with fewer than three CPUs some still take turns")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(BARRIER_LEFT, NULL, "together", 0),
				.ask = N_(
					"Three threads want a CPU all the time, and nothing "
					"binds them to one. How many can run at the same moment?"),
				.answers =
					{
						{N_("one: they take turns"), OUTCOME_NO},
						{N_("as many as there are CPUs"), OUTCOME_YES},
						{N_("all three, however many CPUs there are"),
							OUTCOME_NO},
					},
				.judge = JUDGE_ANY,
				.why = N_("A CPU runs one thread at a time: who finds none free "
					  "waits "
					  "for its turn, runnable."),
			},
		.meaning = N_("Several CPUs run several threads at the same time, but never more "
			      "than there are CPUs."),
		.file = "timeslice.c",
		.line = "threads[i] = scenario_thread(",
		.next = "timeslice/one-cpu",
	},
	{
		.name = "nice",
		.watch = {N_("three threads on one CPU, with niceness 0, 5 and 10"),
			N_("nobody is kept from running altogether"),
			N_("the nicer a thread, the less it runs")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(BARRIER_LEFT, NULL, "together", 0),
				.ask = N_("spinner-1 has niceness 0, spinner-3 has niceness 10. "
					  "Who gets more of the CPU?"),
				.answers =
					{
						{N_("spinner-1"), OUTCOME_MORE},
						{N_("spinner-3"), OUTCOME_LESS},
						{N_("both the same"), OUTCOME_SAME},
					},
				.judge = JUDGE_FIGURES,
				.a = "share_of_1",
				.b = "share_of_3",
				.why = N_("To be nice is to leave the CPU to others: the higher "
					  "the number, the smaller the share."),
			},
		.meaning = N_("Niceness sets a thread's weight: each step is about a tenth more or "
			      "less of the CPU where others want it too."),
		.file = "timeslice.c",
		.line = "setpriority(PRIO_PROCESS",
		.next = "timeslice/one-cpu",
	},
	{
		.name = "fifo",
		.watch = {N_("three real-time threads of one priority, on one CPU"),
			N_("no slices: who runs, runs until it is done"),
			N_("the others are runnable all that time")},
		.first = 1,
		.question =
			{
				.when = WHEN_IT(BARRIER_LEFT, NULL, "together", 0),
				.ask = N_("Three SCHED_FIFO threads of one priority want one CPU. "
					  "How does it go?"),
				.answers =
					{
						{N_("in turns"), OUTCOME_YES},
						{N_("one after the other, each to its end"),
							OUTCOME_NO},
					},
				.judge = JUDGE_WORD,
				.a = "interleaved",
				.b = "yes",
				.why = N_("First in, first out knows no time slice among equals."),
			},
		.meaning = N_("SCHED_FIFO takes the CPU from a thread only for one of higher "
			      "priority. Equals wait until it is done or sleeps."),
		.file = "timeslice.c",
		.line = "pthread_setschedparam(pthread_self()",
		.next = "timeslice/rr",
	},
	{
		.name = "rr",
		.watch = {N_("three real-time threads of one priority, on one CPU"),
			N_("slices of a fixed length"),
			N_("compare with fifo: the same but for the slices")},
		.first = 1,
		.question =
			{
				.when = WHEN_IT(BARRIER_LEFT, NULL, "together", 0),
				.ask = N_("Three SCHED_RR threads of one priority want one CPU. "
					  "How does it go?"),
				.answers =
					{
						{N_("in turns"), OUTCOME_YES},
						{N_("one after the other, each to its end"),
							OUTCOME_NO},
					},
				.judge = JUDGE_WORD,
				.a = "interleaved",
				.b = "yes",
				.why = N_(
					"Round robin: a fixed slice for each, around and around."),
			},
		.meaning = N_("SCHED_RR is SCHED_FIFO with a slice: when it is used up, the next "
			      "of the same priority has its turn."),
		.file = "timeslice.c",
		.line = "pthread_setschedparam(pthread_self()",
		.next = "timeslice/fifo",
	},
	{0},
};

const struct lesson lesson_timeslice = {.name = "timeslice", .variants = variants};
