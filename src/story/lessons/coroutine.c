/* SPDX-License-Identifier: MIT */
#include "story/lesson.h"

static const struct lesson_variant variants[] = {
	{
		.name = "generator",
		.watch = {N_("two coroutines on one thread"), N_("each gives way after one number"),
			N_("a loop resumes them in turn")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(CORO_SUSPENDED, NULL, "up", 0),
				.ask = N_("The coroutine up has given way. Who decides what runs "
					  "next?"),
				.answers =
					{
						{N_("the loop that resumed it"), OUTCOME_YES},
						{N_("the kernel"), OUTCOME_NO},
					},
				.judge = JUDGE_ANY,
				.why = N_("Giving way returns to whoever resumed: the loop."),
			},
		.meaning = N_("A coroutine runs until it gives way itself. The loop decides who is "
			      "next, and there is never more than one that runs."),
		.file = "coroutine.c",
		.in = "static void give_way(",
		.line = "swapcontext(&self->context",
		.next = "coroutine/switch",
	},
	{
		.name = "switch",
		.watch = {N_("two coroutines that name who is next"), N_("no loop in between"),
			N_("still one thread")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(CORO_RESUMED, NULL, "pong", 0),
				.ask = N_("ping switches to pong. Do they ever run at the same "
					  "time?"),
				.answers =
					{
						{N_("yes, on two CPUs"), OUTCOME_NO},
						{N_("no: they share one thread"), OUTCOME_YES},
					},
				.judge = JUDGE_ANY,
				.why = N_("Coroutines of one thread take turns, however many CPUs "
					  "there are."),
			},
		.meaning = N_("A symmetric switch goes straight from one coroutine to another. "
			      "Nobody else decides, and nobody is asked."),
		.file = "coroutine.c",
		.line = "swapcontext(&self->context, &next->context)",
		.next = "coroutine/generator",
	},
	{
		.name = "io",
		.watch = {N_("five coroutines that read, one thread"),
			N_("epoll says who can go on"), N_("who would wait gives way instead")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(CORO_SUSPENDED, NULL, NULL, 0),
				.ask = N_("A coroutine waits for data. What does its thread do?"),
				.answers =
					{
						{N_("it waits with it"), OUTCOME_NO},
						{N_("it runs another that is ready, and sleeps "
						    "only if none is"),
							OUTCOME_YES},
					},
				.judge = JUDGE_ANY,
				.why = N_("A wait for data is the coroutine's, not the thread's."),
			},
		.meaning = N_("While a coroutine waits for its data the thread runs the others, "
			      "and sleeps only when all of them wait."),
		.file = "coroutine.c",
		.line = "int n = epoll_wait(",
		.next = "coroutine/generator",
	},
	{0},
};

const struct lesson lesson_coroutine = {.name = "coroutine", .variants = variants};
