/* SPDX-License-Identifier: MIT */
/*
 * What a lesson says, as data: one file of lessons/ a scenario, one row a variant. Its texts are
 * plain sentences for a person at their first lock; they are translated where they are shown.
 */
#ifndef TL_STORY_LESSON_H
#define TL_STORY_LESSON_H

#include "core/lang.h"
#include "model/model.h"

/* X(c_name): lessons/<c_name>.c ends in const struct lesson lesson_<c_name> */
/* clang-format off */
#define LESSONS(X) \
	X(workers) X(memory) X(daemon) X(zombie) X(timeslice) X(cost) \
	X(race) X(relock) X(deadlock) X(philosophers) \
	X(event) X(market) X(queue) X(semaphore) X(barrier) X(rwlock) \
	X(pipequeue) X(terminate) X(pool) X(coroutine) \
	X(priority) X(convoy) X(preempted) X(spinwait)
/* clang-format on */

/* A moment in the life of the program that a lesson waits for. */
enum cue_kind { CUE_NONE, CUE_HAPPENS, CUE_FINDING, CUE_END };

struct cue {
	enum cue_kind kind;
	enum happening_kind happening;
	const char *thread; /* who acts, NULL anybody */
	const char *object; /* the lock's, condition's, queue's name; a finding's kind; NULL any */
	u32 nth;            /* the how manieth such moment; 0 as 1 */
};

#define WHEN_IT(what, who, on, n)                                                                \
	{                                                                                        \
		.kind = CUE_HAPPENS, .happening = HAPPENING_##what, .thread = who, .object = on, \
		.nth = n                                                                         \
	}

/*
 * How an answer is judged, from what happened and from what the program printed of itself.
 * JUDGE_FINDING: whether there was a finding of kind a; YES or NO.
 * JUDGE_FIGURES: how the figure a compares with b: LESS, SAME or MORE. A figure is a number, or
 *     the KEY of the last KEY=NUMBER that the program printed.
 * JUDGE_WORD: whether the program printed a=b; YES or NO.
 * JUDGE_TAKER: who takes the lock a next after the question; the answer's who.
 * JUDGE_ANY: it is a matter of fact, and the same in each run; YES.
 */
enum judge { JUDGE_ANY, JUDGE_FINDING, JUDGE_FIGURES, JUDGE_WORD, JUDGE_TAKER };

enum outcome {
	OUTCOME_OPEN, /* not known yet */
	OUTCOME_UNKNOWN,
	OUTCOME_NO,
	OUTCOME_YES,
	OUTCOME_LESS,
	OUTCOME_SAME,
	OUTCOME_MORE,
	OUTCOME_WHO,
};

#define ANSWERS_MAX 4

struct answer {
	const char *text;
	enum outcome when; /* right where this came out */
	const char *who;   /* OUTCOME_WHO: a thread's name */
};

struct question {
	struct cue when;
	const char *ask; /* NULL: nothing is asked */
	struct answer answers[ANSWERS_MAX];
	enum judge judge;
	const char *a, *b;
	const char *why; /* the reason, whatever came out */
};

struct lesson_variant {
	const char *name;
	const char *watch[3]; /* what to look for; NULL: no more */
	size_t first;         /* so many of these before the question: the rest answers it; 0 all */
	struct question question;
	const char *meaning; /* at the end: what happened, and why */
	/* the line responsible: the first that holds line, from the one on that holds in */
	const char *file, *in, *line;
	const char *next; /* "race/mutex": what mends it, or shows it from its other side */
};

struct lesson {
	const char *name;                      /* of the scenario */
	const struct lesson_variant *variants; /* ends with name NULL */
};

extern const struct lesson *const lesson_table[]; /* ends in NULL */

/* "race/mutex": the variant's lesson; NULL where there is none. */
const struct lesson_variant *lesson_find(const char *name);

/* How many things to look for are told: all of them, or only what does not answer the question. */
size_t lesson_watched(const struct lesson_variant *v, bool all);

/* A scenario's source, whole ("race.c"); NULL where there is none of that name. */
const char *lesson_source(const char *file);

/*
 * Line number (1..) of a text in a source, from the line that holds in (NULL: the first) on; 0
 * where it is not. text: that line without its indent, cut at size.
 */
int lesson_line(const char *source, const char *in, const char *line, char *text, size_t size);

/* Line number n of a source, with its indent as blanks; NULL where it is none. Returns buf. */
char *lesson_line_text(const char *source, int n, char *buf, size_t size);

#endif
