/* SPDX-License-Identifier: MIT */
#include "story/lesson.h"

static const struct lesson_variant variants[] = {
	{
		.name = "bounded",
		.watch = {N_("a belt for three items, a fast maker, a slow packer"),
			N_("the belt's graph never rises above its limit"),
			N_("the maker waits when it is full")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(PUT_WAIT, NULL, "belt", 0),
				.ask = N_("The belt is full, and the maker has another item. Will "
					  "an item be lost?"),
				.answers =
					{
						{N_("no: the maker waits until there is room"),
							OUTCOME_SAME},
						{N_("yes"), OUTCOME_LESS},
					},
				.judge = JUDGE_FIGURES,
				.a = "packed",
				.b = "made",
				.why = N_("put waits until the packer has taken one."),
			},
		.meaning = N_("A bounded queue makes the fast one wait for the slow one. That is "
			      "what it is for: the memory used is bounded too."),
		.file = "queue.c",
		.in = "static void *make_items(",
		.line = "channel_put(",
		.next = "queue/unbounded",
	},
	{
		.name = "unbounded",
		.watch = {N_("a belt without a limit"), N_("the maker never waits"),
			N_("the belt's graph rises as long as it is faster")},
		.first = 1,
		.question =
			{
				.when = WHEN_IT(PUT, NULL, "belt", 6),
				.ask = N_("The maker is faster than the packer, and the belt has "
					  "no limit. How long does it get?"),
				.answers =
					{
						{N_("about three"), OUTCOME_SAME},
						{N_("longer and longer, until the maker stops"),
							OUTCOME_MORE},
					},
				.judge = JUDGE_FIGURES,
				.a = "queue.belt.depth_max",
				.b = "3",
				.why = N_("Nothing makes the fast one wait."),
			},
		.meaning = N_("Without a limit nobody waits to put, and what is not yet dealt with "
			      "grows as long as the maker is faster: in the end, memory runs out."),
		.file = "queue.c",
		.line = "channel_open(&belt, \"belt\", capacity, false)",
		.next = "queue/bounded",
	},
	{
		.name = "lifo",
		.watch = {N_("plates on a stack"), N_("the stack's graph rises, then falls"),
			N_("what was put last is taken first")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(PUT, NULL, "stack", 3),
				.ask = N_("Plates are put on a stack. Which one is taken first?"),
				.answers =
					{
						{N_("the one put first"), OUTCOME_NO},
						{N_("the one put last"), OUTCOME_YES},
					},
				.judge = JUDGE_ANY,
				.why = N_("Last in, first out."),
			},
		.meaning = N_("A last-in-first-out queue serves the newest first. What came early "
			      "may wait very long."),
		.file = "queue.c",
		.line = "channel_open(&belt, \"stack\", 0, true)",
		.next = "queue/bounded",
	},
	{
		.name = "timeout",
		.watch = {N_("a maker that waits half a second for room"),
			N_("a packer that waits half a second for an item"), N_("both give up")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(PUT_WAIT, NULL, "belt", 0),
				.ask = N_("The belt is full and nobody takes anything. The maker "
					  "waits half a second at most. And then?"),
				.answers =
					{
						{N_("it gives up and is told so"), OUTCOME_MORE},
						{N_("it waits on"), OUTCOME_SAME},
					},
				.judge = JUDGE_FIGURES,
				.a = "full",
				.b = "0",
				.why = N_("The time was over before there was room."),
			},
		.meaning = N_("A wait with a limit ends by itself, and the caller is told: Full or "
			      "Empty. What to do then is its own affair."),
		.file = "queue.c",
		.line = "err = channel_put(&belt, item, patience)",
		.next = "queue/nowait",
	},
	{
		.name = "nowait",
		.watch = {N_("nobody waits at this belt"), N_("full: the maker is told so at once"),
			N_("empty: so is the packer")},
		.first = 1,
		.question =
			{
				.when = WHEN_IT(QUEUE_FAILED, NULL, "belt", 0),
				.ask = N_("The belt was full. How long did the maker wait?"),
				.answers =
					{
						{N_("not at all"), OUTCOME_YES},
						{N_("until there was room"), OUTCOME_NO},
					},
				.judge = JUDGE_ANY,
				.why = N_("It asked not to wait."),
			},
		.meaning = N_("put_nowait and get_nowait never block: they answer at once, with "
			      "the item or with Full or Empty."),
		.file = "queue.c",
		.line = "err = channel_put(&belt, item, patience)",
		.next = "queue/timeout",
	},
	{
		.name = "join",
		.watch = {N_("thirty items, two packers"),
			N_("an item taken is not yet an item done"),
			N_("main waits until all are done")},
		.first = 2,
		.question =
			{
				.when = WHEN_IT(GOT, NULL, "belt", 0),
				.ask = N_("Main waits in join. When does it go on?"),
				.answers =
					{
						{N_("when the belt is empty"), OUTCOME_NO},
						{N_("when the last item was reported done"),
							OUTCOME_YES},
					},
				.judge = JUDGE_ANY,
				.why = N_("The last item taken is still being packed when the belt "
					  "is empty."),
			},
		.meaning =
			N_("join waits for the count of unfinished items, which task_done lowers. "
			   "An empty queue is not enough: somebody may still be at work."),
		.file = "queue.c",
		.line = "channel_join(&belt)",
		.next = "queue/bounded",
	},
	{0},
};

const struct lesson lesson_queue = {.name = "queue", .variants = variants};
