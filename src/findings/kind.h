/* SPDX-License-Identifier: MIT */
/* What the kinds of finding share: how they speak and a few questions to the model. */
#ifndef TL_FINDINGS_KIND_H
#define TL_FINDINGS_KIND_H

#include "core/fmt.h"
#include "findings/findings.h"

#define LABEL_SIZE 96

/* Each gives text that lives until the end of the enclosing block. */
#define THREAD_LABEL(m, id) thread_label(m, id, (char[LABEL_SIZE]){0}, LABEL_SIZE)
#define LOCK_LABEL(m, id)   lock_label(m, id, (char[LABEL_SIZE]){0}, LABEL_SIZE)
#define COND_LABEL(m, id)   cond_label(m, id, (char[LABEL_SIZE]){0}, LABEL_SIZE)
#define DURATION(ns)        fmt_duration((char[32]){0}, 32, ns)
#define STAMP(m, at)        fmt_stamp((char[40]){0}, 40, session_time(m, at), NSEC_PER_MSEC)
#define FINE_STAMP(m, at)   fmt_stamp((char[40]){0}, 40, session_time(m, at), NSEC_PER_USEC)
#define NUMBER(n)           fmt_grouped((char[32]){0}, 32, n)

/* Time since the session's start; 0 for what was before. */
u64 session_time(const struct model *m, u64 at);

/*
 * A sentence that grows. Each piece is a clause of its own in every language: what is told in one
 * breath stands in one format, so that a translation can give it another order.
 */
struct sentence {
	char *text;
	size_t n, room;
};

void say(struct sentence *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The finding says this from now on (and owns it). */
void finding_says(struct finding *f, struct sentence *s);

/* Adds an id where it is not there yet. */
void finding_thread(struct finding *f, u32 thread);
void finding_lock(struct finding *f, u32 lock);
void finding_clear(struct finding *f); /* its threads and locks */

/* Locks that one thread owns: mutexes, rwlocks, spin locks; not semaphores or barriers. */
bool lock_is_owned(const struct lock *l);

/* Whether t, which waits for a lock now, wants it only for reading. */
bool thread_waits_to_read(const struct thread *t);

/* Time that t spent in state s within [from, until). */
u64 thread_time_in(
	const struct model *m, const struct thread *t, enum state s, u64 from, u64 until);

/* A share in percent, rounded; 0 where whole is 0. */
unsigned percent(u64 part, u64 whole);

#endif
