/* SPDX-License-Identifier: MIT */
#include "story/lesson.h"

static const struct lesson_variant variants[] = {
	{
		.name = "queue",
		.watch = {N_("a buffer, a feeder thread, a small pipe"),
			N_("put returns before the item is in the pipe"),
			N_("the producer waits for its feeder")},
		.question =
			{
				.when = WHEN_IT(PUT, NULL, "buffer", 0),
				.ask = N_("The producer joins its feeder before it ends. Will "
					  "items be lost?"),
				.answers =
					{
						{N_("no"), OUTCOME_SAME},
						{N_("yes"), OUTCOME_MORE},
					},
				.judge = JUDGE_FIGURES,
				.a = "lost",
				.b = "0",
				.why = N_("The process stays until the feeder has written all."),
			},
		.meaning = N_("put only fills the buffer; the feeder writes into the pipe. Joining "
			      "the feeder makes sure that all is through before the process ends."),
		.file = "pipequeue.c",
		.line = "pthread_join(q->feeder, NULL)",
		.next = "pipequeue/cancel-join",
	},
	{
		.name = "cancel-join",
		.watch = {N_("the same queue"),
			N_("the producer ends without waiting for its feeder"),
			N_("what is in the buffer goes with it")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(PUT, NULL, "buffer", 0),
				.ask = N_("The producer will end without waiting for its feeder. "
					  "Will items be lost?"),
				.answers =
					{
						{N_("no: put has returned, so they are there"),
							OUTCOME_SAME},
						{N_("yes: what the feeder has not written"),
							OUTCOME_MORE},
					},
				.judge = JUDGE_FIGURES,
				.a = "lost",
				.b = "0",
				.why = N_("put means: in the buffer. It does not mean: at the "
					  "other end."),
			},
		.meaning = N_("When the process ended, its feeder was cut off with the rest of the "
			      "buffer. put had long returned."),
		.file = "pipequeue.c",
		.in = "static int produce_and_leave(",
		.line = "start_producing(",
		.next = "pipequeue/queue",
	},
	{
		.name = "manager",
		.watch = {N_("one process has the queue"), N_("the others ask it over sockets"),
			N_("each put and each get is a round trip")},
		.question =
			{
				.when = WHEN_IT(PUT, NULL, "managed", 0),
				.ask = N_("Two put and one gets, each by asking the manager. Does "
					  "all that was put arrive?"),
				.answers =
					{
						{N_("yes"), OUTCOME_SAME},
						{N_("no"), OUTCOME_LESS},
					},
				.judge = JUDGE_FIGURES,
				.a = "got",
				.b = "put",
				.why = N_("One process does it all, one question after the other."),
			},
		.meaning =
			N_("A manager keeps the queue in one process and answers the others. "
			   "Nothing is shared, and each operation costs a question and an answer."),
		.file = "pipequeue.c",
		.line = "serve(&queue, &clients[i], &waiting)",
		.next = "pipequeue/queue",
	},
	{0},
};

const struct lesson lesson_pipequeue = {.name = "pipequeue", .variants = variants};
