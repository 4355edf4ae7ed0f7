/* SPDX-License-Identifier: MIT */
/*
 * What is wrong. A kind of finding is one file that ends in one const struct finding_ops and one
 * X line. Each looks at the model and reports; what it reported before is not told again.
 */
#ifndef TL_FINDINGS_FINDINGS_H
#define TL_FINDINGS_FINDINGS_H

#include "core/types.h"
#include "core/vec.h"
#include "model/model.h"
#include "model/sift.h"

/* X(c_name): the file's const struct finding_ops is finding_<c_name> */
#define FINDINGS(X)             \
	X(deadlock)             \
	X(self_deadlock)        \
	X(lost_wakeup)          \
	X(lost_update)          \
	X(abandoned_lock)       \
	X(lock_order_inversion) \
	X(priority_inversion)   \
	X(preempted_holder)     \
	X(convoy)               \
	X(starvation) X(thundering_herd) X(oversubscribed) X(zombie) X(orphan) X(busy_wait)

enum severity { SEVERITY_INFO, SEVERITY_WARNING, SEVERITY_ERROR };

struct finding {
	const struct finding_ops *ops;
	u64 at_ns;        /* when it came about */
	bool found;       /* it stood already at at_ns: since when is not known */
	u64 ended_ns;     /* when it was over; 0 while it lasts or where that means nothing */
	vec(u32) threads; /* model ids, in the order of the sentence */
	vec(u32) locks;   /* lock ids (conds are told in the text) */
	u64 key;          /* what makes it the same finding when seen again */
	u64 count;        /* how often seen */
	char *text;       /* one plain sentence: names, numbers, times */
};

struct findings;

struct finding_ops {
	const char *kind; /* "deadlock": the word of the JSON documents */
	enum severity severity;
	/* Looks at the model as of model->now. final: no event will come after. */
	void (*check)(struct findings *all, const struct model *m, bool final);
	/* What happens, as it happens: the kinds in hears. NULL where looking now and then does. */
	void (*observe)(struct findings *all, const struct model *m, const struct happening *h);
	u64 hears;         /* HEARS(LOCK_WAIT) | ... */
	size_t state_size; /* what findings_state() gives */
	void (*state_free)(void *state);
};

#define HEARS(NAME) (1ull << HAPPENING_##NAME)

struct findings *findings_new(void);
void findings_free(struct findings *f);

/*
 * Lets the checks see what happens between two updates (orders of locks, deadlocks that dissolve).
 * Call it before the model is fed; without it only what can still be seen later is found.
 */
void findings_attach(struct findings *f, struct model *m);

/* Runs every check. Cheap where nothing changed; called about ten times a second and at the end. */
void findings_update(struct findings *f, const struct model *m, bool final);

size_t findings_count(const struct findings *f);
const struct finding *findings_get(const struct findings *f, size_t i); /* in order of telling */

/* Whether a filter leaves it in sight: a thread or a lock of it is. */
bool finding_fits(const struct finding *f, const struct sift *s);

/* Forgets those that a filter hides; for a reader that looks once, when all is known. */
void findings_sift(struct findings *f, const struct sift *s);

/*
 * For the checks: the finding of this kind with this key, made if new (then text is NULL and the
 * caller fills it in).
 */
struct finding *findings_report(struct findings *f, const struct finding_ops *ops, u64 key);

/* The kind's own memory: ops->state_size bytes, zeroed at first. */
void *findings_state(struct findings *f, const struct finding_ops *ops);

bool finding_is_kind(const char *word, size_t n); /* whether a kind is called by these n bytes */

const char *severity_word(enum severity s);                   /* "error" */
const char *finding_kind_text(const struct finding_ops *ops); /* the kind for people */

#endif
