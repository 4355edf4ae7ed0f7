/* SPDX-License-Identifier: MIT */
/*
 * What to look for, in words: terms with blanks between, all of which must hold.
 *
 *	thread:worker*   process:NAME|PID   lock:NAME|LETTER|0xADDRESS   queue:NAME
 *	state:lock,cond  also state:holds (a lock) and state:waits (for another thread)
 *	event:waking     in the list of single events; nothing else is left out by it
 *	dur>1ms          and < >= <=: how long a span lasts
 *	word             in the name of a thread, a process, a lock or a queue
 *
 * A "-" before a term means: not so. Names are found in part, in either case; with * or ? the whole
 * name must fit. Commas part alternatives; "..." holds what has blanks.
 */
#ifndef TL_MODEL_FILTER_H
#define TL_MODEL_FILTER_H

#include "core/types.h"

#define FILTER_TEXT_MAX  256
#define FILTER_TERMS_MAX 16
#define FILTER_HOLDS     (1u << 31) /* in states: holds a lock */

enum filter_key {
	FILTER_WORD,
	FILTER_THREAD,
	FILTER_PROCESS,
	FILTER_LOCK,
	FILTER_QUEUE,
	FILTER_EVENT, /* says nothing of spans */
	FILTER_STATE,
	FILTER_DURATION,
};

struct filter_term {
	enum filter_key key;
	bool negated;
	char pattern[FILTER_TEXT_MAX]; /* of names */
	u32 states;                    /* bits of enum state, FILTER_HOLDS */
	u64 least, most;               /* ns */
};

struct filter {
	char text[FILTER_TEXT_MAX]; /* as it was given */
	struct filter_term terms[FILTER_TERMS_MAX];
	size_t n;   /* 0: everything */
	u32 states; /* that a span may be in, by all terms together */
	u64 least, most;
	bool spans; /* a state or a duration is asked for */
};

/* Untrusted text. 0, or -EINVAL with a sentence in error. */
int filter_parse(struct filter *f, const char *text, char *error, size_t size);

/* Whether a name fits one of a pattern's alternatives. */
bool filter_fits(const char *pattern, const char *name);

/* The words before ":" and the states, for completion; NULL after the last. */
const char *filter_word(size_t i);
const char *filter_state(size_t i);

#endif
