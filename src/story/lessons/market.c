/* SPDX-License-Identifier: MIT */
#include "story/lesson.h"

static const struct lesson_variant variants[] = {
	{
		.name = "notify",
		.watch = {N_("farmers wait for room, buyers wait for goods: two conditions"),
			N_("the graph of the stock"), N_("each signal wakes one who can go on")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(COND_SIGNAL, NULL, "goods", 0),
				.ask = N_("A farmer brought goods and signals. How many who wait "
					  "does one signal wake?"),
				.answers =
					{
						{N_("one at most"), OUTCOME_YES},
						{N_("all"), OUTCOME_NO},
					},
				.judge = JUDGE_ANY,
				.why = N_("pthread_cond_signal wakes one of those who wait, or "
					  "none where nobody waits."),
			},
		.meaning = N_("With a condition for each reason to wait, a signal goes to somebody "
			      "who can use it."),
		.file = "market.c",
		.line = "pthread_cond_signal(&goods)",
		.next = "market/notify-all",
	},
	{
		.name = "notify-all",
		.watch = {N_("one condition for farmers and buyers"),
			N_("each change wakes everybody"), N_("most go back to waiting")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(COND_BROADCAST, NULL, "changed", 20),
				.ask = N_("Everybody is woken for each change. What do most of "
					  "them do?"),
				.answers =
					{
						{N_("they go on with their work"), OUTCOME_NO},
						{N_("they look, and wait again"), OUTCOME_YES},
					},
				.judge = JUDGE_ANY,
				.why = N_("What changed is of use to few of them; the others look, "
					  "find nothing for them, and wait again."),
			},
		.meaning =
			N_("All who wait are woken for each change, though one or none can go on: "
			   "they take the lock in turn, look, and wait again. Right, but dear."),
		.file = "market.c",
		.in = "static void *farmer",
		.line = "pthread_cond_broadcast(",
		.next = "market/notify",
	},
	{
		.name = "if-not-while",
		.watch = {N_("who is woken does not look again"),
			N_("the stock against its limits"), N_("another may have come first")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(COND_WOKEN, NULL, "changed", 3),
				.ask = N_("Who is woken goes on without looking again. Does the "
					  "stock keep its limits?"),
				.answers =
					{
						{N_("yes: it was woken because it may go on"),
							OUTCOME_SAME},
						{N_("no: somebody else may have been first"),
							OUTCOME_MORE},
					},
				.judge = JUDGE_FIGURES,
				.a = "broken",
				.b = "0",
				.why = N_("A wake-up says: look again. It does not say: it is so."),
			},
		.meaning = N_("Between the signal and the moment the woken thread has the lock "
			      "again, another may change the stock. Who only asked if, and not "
			      "while, acts on what was true a while ago."),
		.file = "market.c",
		.in = "static void *buyer_if(",
		.line = "if (stock < LOW",
		.next = "market/notify",
	},
	{
		.name = "lost-signal",
		.watch = {N_("buyers look, without the lock, and find too little"),
			N_("then the farmers bring and signal"), N_("then the buyers wait")},
		.question =
			{
				.when = WHEN_IT(COND_SIGNAL, NULL, "goods", 0),
				.ask = N_("A farmer signals, and nobody waits yet. Those who wait "
					  "later: will they be woken by it?"),
				.answers =
					{
						{N_("yes: the signal is kept for them"),
							OUTCOME_SAME},
						{N_("no: it is lost"), OUTCOME_MORE},
					},
				.judge = JUDGE_FIGURES,
				.a = "waiting",
				.b = "0",
				.why = N_("A condition remembers no signal."),
			},
		.meaning =
			N_("The signals came after the look and before the wait: nobody heard "
			   "them, and there will be no more. Look and wait belong under one lock."),
		.file = "market.c",
		.line = "bool enough = stock >= LOW;",
		.next = "market/notify",
	},
	{0},
};

const struct lesson lesson_market = {.name = "market", .variants = variants};
