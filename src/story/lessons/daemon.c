/* SPDX-License-Identifier: MIT */
#include "story/lesson.h"

static const struct lesson_variant variants[] = {
	{
		.name = "thread",
		.watch = {N_("two printers and two savers run side by side"),
			N_("main joins the printers only"),
			N_("where the lanes of the savers end")},
		.question =
			{
				.when = WHEN_IT(ENDED, "printer-1", NULL, 0),
				.ask = N_("A printer is done. The savers never end by themselves. "
					  "What becomes of them when main returns?"),
				.answers =
					{
						{N_("the process waits for them"), OUTCOME_SAME},
						{N_("they are cut off in the middle"),
							OUTCOME_MORE},
					},
				.judge = JUDGE_FIGURES,
				.a = "cut",
				.b = "0",
				.why = N_("A process ends when its main thread returns; it waits "
					  "for no other thread."),
			},
		.meaning = N_("When main returns, the process ends, and every thread that still "
			      "runs is cut off where it is: no cleanup, no last line written."),
		.file = "daemon.c",
		.line = "pthread_detach(",
		.next = "daemon/process",
	},
	{
		.name = "process",
		.watch = {N_("two printers and two savers, each a process"),
			N_("main waits for the printers"), N_("how the savers end")},
		.question =
			{
				.when = WHEN_IT(EXITED, NULL, "printer-1", 0),
				.ask = N_("A printer is done. The savers are processes that never "
					  "end by themselves. What ends them?"),
				.answers =
					{
						{N_("main does, by a signal"), OUTCOME_MORE},
						{N_("nothing: they go on alone"), OUTCOME_SAME},
					},
				.judge = JUDGE_FIGURES,
				.a = "cut",
				.b = "0",
				.why = N_("Processes are not cut off with their parent; it must "
					  "end them."),
			},
		.meaning = N_("A child process does not end with its parent: main has to end its "
			      "background processes itself, here by SIGTERM, and to collect them."),
		.file = "daemon.c",
		.line = "kill(savers[i], SIGTERM)",
		.next = "daemon/thread",
	},
	{0},
};

const struct lesson lesson_daemon = {.name = "daemon", .variants = variants};
