/* SPDX-License-Identifier: MIT */
/* What of a model fits a filter: which threads, locks, queues; how many spans, and where. */
#ifndef TL_MODEL_SIFT_H
#define TL_MODEL_SIFT_H

#include "model/model.h"
#include "model/filter.h"

struct sift {
	struct filter filter;
	u64 at, version;           /* of the model then: now and version */
	size_t sizes[3];           /* threads, locks, queues there were */
	u32 *bits[3];              /* by id: the terms whose name fits */
	u8 *thread, *lock, *queue; /* by id: whether it is shown */
	size_t threads;            /* shown ones */
	u64 spans;                 /* that fit */
	bool more; /* not all spans were looked at: what was not is shown, not counted */
};

enum { SIFT_THREAD, SIFT_LOCK, SIFT_QUEUE };

void sift_free(struct sift *s);

/* Looks at the model, at budget spans at most (0: at all of them). */
void sift_make(struct sift *s, const struct filter *f, const struct model *m, u64 budget);

bool sift_thread(const struct sift *s, u32 thread); /* true too for one that came later */
bool sift_lock(const struct sift *s, u32 lock);
bool sift_queue(const struct sift *s, u32 queue);

/* Whether holds are asked for, as spans of their own. */
bool sift_holds(const struct sift *s);

/* Whether hits are spans; otherwise they are things that have such a name. */
bool sift_in_time(const struct sift *s);

struct hit {
	enum { HIT_NONE, HIT_SPAN, HIT_THREAD, HIT_LOCK, HIT_QUEUE } kind;
	u32 thread, lock, queue; /* of a span: whose, and what it is about */
	u64 at;                  /* of a span: its beginning */
	bool holds;              /* of a span: it is a hold */
};

struct hits {
	struct hit before, after; /* the nearest ones, in a circle */
	u64 count, rank;          /* rank: how many come before and with `from` */
};

/* The hits around one, or around a moment (HIT_SPAN with thread 0). Reads every span that fits. */
void sift_hits(
	const struct sift *s, const struct model *m, const struct hit *from, struct hits *hits);

/* A single event: its kind's name (NULL: it has none), and what it is about; ids, 0 none. */
struct sift_event {
	const char *kind;
	u32 threads[2], lock, queue;
};

/* By the names that are asked for; states and durations are no event's. */
bool sift_event(const struct sift *s, const struct sift_event *ev);

/* The order of hits: by kind, then in time. < 0: a comes first. */
int hit_compare(const struct hit *a, const struct hit *b);

/* For one span of a thread's lane of states, or of holds. */
bool sift_span(const struct sift *s, u32 thread, const struct span *span, u64 until, bool holds);

#endif
