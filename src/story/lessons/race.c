/* SPDX-License-Identifier: MIT */
#include "story/lesson.h"

static const struct lesson_variant variants[] = {
	{
		.name = "unlocked",
		.watch = {N_("two threads raise one counter, nothing guards it"),
			N_("at first slowly: both read the same number, both write it back plus 1"),
			N_("then at full speed")},
		.question =
			{
				.when = WHEN_IT(BARRIER_LEFT, NULL, "together", 0),
				.ask = N_("Two threads add 1 to one counter, equally often and "
					  "with no lock. What will it be in the end?"),
				.answers =
					{
						{N_("exactly what they added together"),
							OUTCOME_SAME},
						{N_("less"), OUTCOME_LESS},
						{N_("more"), OUTCOME_MORE},
					},
				.judge = JUDGE_FIGURES,
				.a = "counter",
				.b = "expected",
				.why = N_("An update is lost whenever one thread writes between "
					  "the other's read and write."),
			},
		.meaning = N_("counter = counter + 1 is a read, an addition and a write. Both "
			      "threads read the same value, and the later write covers the earlier "
			      "one: one update is lost each time."),
		.file = "race.c",
		.in = "add_unlocked(void *arg)",
		.line = "counter = counter + 1;",
		.next = "race/mutex",
	},
	{
		.name = "mutex",
		.watch = {N_("the same two threads, with a mutex around the three steps"),
			N_("while one is between read and write, the other waits"),
			N_("upper case: holds the lock; lower case: waits for it")},
		.question =
			{
				.when = WHEN_IT(LOCK_WAIT, NULL, "counter-lock", 0),
				.ask = N_("One adder holds counter-lock, the other waits for it. "
					  "Who takes it next?"),
				.answers =
					{
						{N_("adder-1"), OUTCOME_WHO, "adder-1"},
						{N_("adder-2"), OUTCOME_WHO, "adder-2"},
					},
				.judge = JUDGE_TAKER,
				.a = "counter-lock",
				.why = N_("An unlock frees the mutex and wakes a waiter; it is not "
					  "handed over. Whoever takes it first has it: the waiter "
					  "here, if the other pauses long enough."),
			},
		.meaning = N_("The mutex makes read, add and write one step for all who take it. "
			      "None is lost; the price is the waiting."),
		.file = "race.c",
		.in = "add_with_mutex(void *arg)",
		.line = "pthread_mutex_lock(&mutex)",
		.next = "race/atomic",
	},
	{
		.name = "atomic",
		.watch = {N_("one indivisible addition instead of three steps"),
			N_("nobody waits for anybody"), N_("the counter's graph only rises")},
		.question =
			{
				.when = WHEN_IT(BARRIER_LEFT, NULL, "together", 0),
				.ask = N_("No lock, but an atomic addition. What will the counter "
					  "be?"),
				.answers =
					{
						{N_("exactly what they added together"),
							OUTCOME_SAME},
						{N_("less"), OUTCOME_LESS},
					},
				.judge = JUDGE_FIGURES,
				.a = "counter",
				.b = "expected",
				.why = N_("An atomic addition cannot be split: there is no moment "
					  "between its read and its write."),
			},
		.meaning = N_("The processor does read, add and write as one instruction, and no "
			      "other CPU gets in between. For a single number that is enough, and "
			      "nobody waits."),
		.file = "race.c",
		.in = "add_atomically(void *arg)",
		.line = "atomic_fetch_add(",
		.next = "race/mutex",
	},
	{
		.name = "spin",
		.watch = {N_("a spinlock instead of the mutex"),
			N_("what that costs when the lock is held for long"),
			N_("who waits does not sleep: its lane runs")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(LOCK_WAIT, NULL, "counter-lock", 0),
				.ask = N_("A thread waits for a spinlock. What does it do "
					  "meanwhile?"),
				.answers =
					{
						{N_("it sleeps until it is woken"), OUTCOME_NO},
						{N_("it runs, and looks again and again"),
							OUTCOME_YES},
					},
				.judge = JUDGE_ANY,
				.why = N_("A spinlock never enters the kernel: it pays off only "
					  "where the wait is shorter than going to sleep."),
			},
		.meaning = N_("A spinlock tries again and again until it is free. No update is "
			      "lost, but whoever waits keeps a CPU busy with waiting."),
		.file = "race.c",
		.in = "add_with_spinlock(void *arg)",
		.line = "pthread_spin_lock(",
		.next = "race/mutex",
	},
	{0},
};

const struct lesson lesson_race = {.name = "race", .variants = variants};
