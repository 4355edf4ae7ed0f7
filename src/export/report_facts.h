/* SPDX-License-Identifier: MIT */
/* What both forms of the report say, and when they must not say it. */
#ifndef TL_EXPORT_REPORT_FACTS_H
#define TL_EXPORT_REPORT_FACTS_H

#include "findings/findings.h"
#include "model/model.h"

/* What the sources of this session can know at all. */
struct sight {
	bool switches; /* who runs, how often it lost its CPU */
	bool ready;    /* ready to run told from running and from waiting */
	bool calls;    /* every call on a lock or condition, also those that did not wait */
	bool locks;    /* any waits for locks */
};

struct sight model_sight(const struct model *m);

/* The session's length as the model knows it. */
u64 model_duration(const struct model *m);

/*
 * Time of t in each state: it adds up to its death (or the end) less its birth (or the start). A
 * thread that was there before, but was noticed only later, was in no known state till then.
 */
void thread_times(const struct model *m, const struct thread *t, u64 ns[STATE_COUNT]);

/* Since when it lived in the session before it was noticed (t->seen); TIME_UNKNOWN: it did not. */
u64 thread_unnoticed(const struct model *m, const struct thread *t);

/* Percentages of a split; the whole in ns. */
u64 split_sum(const struct split *s);

/* The process is one of those under observation. */
bool process_shown(const struct process *p);
bool thread_shown(const struct model *m, const struct thread *t);

u32 thread_tid(const struct model *m, u32 thread); /* 0 for 0 */
u32 process_pid(const struct model *m, u32 process);

/* The holder as of now, 0 where it is free or cannot be known. */
u32 lock_holder_known(const struct lock *l);

/* Whether it is of a kind that one thread, or readers, own: no semaphore or barrier. */
bool lock_has_owner(const struct lock *l);

/* Whether its holds were seen: every acquisition is, and it is of a kind that is held. */
bool lock_holds_seen(const struct lock *l);

/* The mean depth over the queue's life; < 0 where it has none. */
double queue_depth_mean(const struct model *m, const struct queue *q);

const char *lock_kind_word(enum lock_kind kind);
const char *target_kind_word(enum target_kind kind);
const char *locks_level_word(enum locks_level level);

/* Calls fn for the word of each source of the session, best first. */
void sources_each(u32 bits, void (*fn)(void *ctx, const char *word), void *ctx);

/* Indices of the findings: errors first, then as told. To be freed. */
size_t *findings_by_weight(const struct findings *f);

#endif
