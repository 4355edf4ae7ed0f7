/* SPDX-License-Identifier: MIT */
#include "story/lesson.h"

static const struct lesson_variant variants[] = {
	{
		.name = "threads",
		.watch = {N_("a few workers, more tasks"), N_("tasks wait in a queue, not workers"),
			N_("each worker takes the next task when it is free")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(PUT, NULL, "tasks", 0),
				.ask = N_("There are more tasks than workers. Are all done in the "
					  "end?"),
				.answers =
					{
						{N_("yes: each worker takes one after the other"),
							OUTCOME_SAME},
						{N_("no: only as many as there are workers"),
							OUTCOME_LESS},
					},
				.judge = JUDGE_FIGURES,
				.a = "sum",
				.b = "expected",
				.why = N_("A worker that is done takes the next task."),
			},
		.meaning = N_("Starting a worker costs more than a small task. A pool starts a few "
			      "and uses them again; the tasks wait."),
		.file = "pool.c",
		.line = "while (!channel_get(&tasks, &task",
		.next = "pool/processes",
	},
	{
		.name = "processes",
		.watch = {N_("worker processes, tasks sent over sockets"),
			N_("one task at a time for each"), N_("the workers are used again")},
		.question =
			{
				.when = WHEN_IT(GOT, NULL, "tasks", 0),
				.ask = N_("A worker was given a task. How many will be at work at "
					  "the same time?"),
				.answers =
					{
						{N_("one"), OUTCOME_SAME},
						{N_("several"), OUTCOME_MORE},
					},
				.judge = JUDGE_FIGURES,
				.a = "busy_max",
				.b = "1",
				.why = N_("Main hands out tasks as long as a worker is free."),
			},
		.meaning = N_("The workers share no memory with main: tasks and results travel as "
			      "messages."),
		.file = "pool.c",
		.line = "w->pid = scenario_process(",
		.next = "pool/async",
	},
	{
		.name = "apply",
		.watch = {N_("main asks for one result and waits for it"), N_("one worker is busy"),
			N_("the others have nothing to do")},
		.first = 1,
		.question =
			{
				.when = WHEN_IT(GOT, NULL, "tasks", 0),
				.ask = N_("Main asks for one result at a time and waits for it. "
					  "How many workers are busy at the same time?"),
				.answers =
					{
						{N_("one"), OUTCOME_SAME},
						{N_("several"), OUTCOME_MORE},
					},
				.judge = JUDGE_FIGURES,
				.a = "busy_max",
				.b = "1",
				.why = N_("The next task is given when the last is back."),
			},
		.meaning = N_("apply waits for its result before the next task is given: the pool "
			      "is there, and one worker does it all."),
		.file = "pool.c",
		.in = "static int run_apply(",
		.line = "while (give_next())",
		.next = "pool/async",
	},
	{
		.name = "async",
		.watch = {N_("main asks for all results at once"),
			N_("main does something else, and asks when it likes"),
			N_("all workers are busy")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(GOT, NULL, "tasks", 0),
				.ask = N_("Main asks for all results and waits for none. How many "
					  "workers are busy at the same time?"),
				.answers =
					{
						{N_("one"), OUTCOME_SAME},
						{N_("several"), OUTCOME_MORE},
					},
				.judge = JUDGE_FIGURES,
				.a = "busy_max",
				.b = "1",
				.why = N_("All tasks are there at once, and every free worker "
					  "takes one."),
			},
		.meaning = N_("apply_async gives a promise of a result at once. get may come too "
			      "early; with a timeout it says so instead of waiting."),
		.file = "pool.c",
		.in = "static int run_async(",
		.line = "while (!(w = next_to_answer(",
		.next = "pool/apply",
	},
	{
		.name = "close",
		.watch = {N_("no new tasks after close"), N_("then the workers go home"),
			N_("those that are there will be done")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(GOT, NULL, "tasks", 0),
				.ask = N_("The pool is closed while tasks wait. What of them?"),
				.answers =
					{
						{N_("they are done"), OUTCOME_SAME},
						{N_("they are dropped"), OUTCOME_LESS},
					},
				.judge = JUDGE_FIGURES,
				.a = "done",
				.b = "tasks",
				.why = N_("close refuses new tasks only."),
			},
		.meaning = N_("close is the gentle end: what was accepted is done, what comes "
			      "after is refused."),
		.file = "pool.c",
		.in = "static int run_close(",
		.line = "closed = true",
		.next = "pool/terminate",
	},
	{
		.name = "terminate",
		.watch = {N_("the workers are ended in the middle"),
			N_("tasks that wait or run are dropped"), N_("how many")},
		.first = 1,
		.question =
			{
				.when = WHEN_IT(GOT, NULL, "tasks", 0),
				.ask = N_("The workers will be ended by a signal. Will tasks be "
					  "dropped?"),
				.answers =
					{
						{N_("no"), OUTCOME_SAME},
						{N_("yes: those that wait or run"), OUTCOME_MORE},
					},
				.judge = JUDGE_FIGURES,
				.a = "dropped",
				.b = "0",
				.why = N_("A signal waits for no task."),
			},
		.meaning = N_("terminate ends the workers at once. Tasks that waited, and those "
			      "that were being worked on, are gone."),
		.file = "pool.c",
		.in = "static int run_terminate(",
		.line = "kill(crew[i].pid, SIGTERM)",
		.next = "pool/close",
	},
	{
		.name = "crash",
		.watch = {N_("one task kills its worker"),
			N_("the pool notices, and starts another worker"),
			N_("the other tasks are done")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(GOT, NULL, "tasks", 0),
				.ask = N_("One task will kill its worker. How many tasks will be "
					  "done?"),
				.answers =
					{
						{N_("all"), OUTCOME_SAME},
						{N_("all but that one"), OUTCOME_LESS},
					},
				.judge = JUDGE_FIGURES,
				.a = "done",
				.b = "tasks",
				.why = N_("The task is lost with its worker; the place is filled "
					  "again."),
			},
		.meaning = N_("The task that killed its worker is reported as failed, a new worker "
			      "takes the place, and the rest is done."),
		.file = "pool.c",
		.in = "static void replace(",
		.line = "start_worker()",
		.next = "pool/processes",
	},
	{0},
};

const struct lesson lesson_pool = {.name = "pool", .variants = variants};
