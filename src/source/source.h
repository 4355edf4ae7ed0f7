/* SPDX-License-Identifier: MIT */
/*
 * Where events come from. A source is one file that ends in one const struct source_ops, and one
 * line in SOURCES. A source knows nothing of the model: it appends events to an order.
 */
#ifndef TL_SOURCE_SOURCE_H
#define TL_SOURCE_SOURCE_H

#include "core/types.h"
#include "trace/info.h"
#include "trace/order.h"

#include <stdio.h>

/* X(name): the live ones, best rung first; see source.c for the table */
#define SOURCES(X) X(bpf) X(perf) X(shim) X(proc)

struct source_target {
	enum target_kind kind;
	u32 pid;       /* the process to watch with all its descendants; 0 for the whole system */
	bool launched; /* pid is our own child, stopped before its exec until sources are open */
	const char *shm_path; /* the shim's shared memory (see shim/ring.h), NULL without a shim */
	enum locks_level locks;
	bool stacks;
	u64 memory;  /* bytes a source may use for its kernel rings, 0 for its default */
	u32 sources; /* SOURCE_BIT_* of those open beside it: nothing is told twice */
};

struct source_stats {
	u64 events, lost;
	u64 probe_ns; /* time the probe itself took so far; ~0 not measured */
	u64 probe_runs;
};

struct source {
	const struct source_ops *ops;
	void *state; /* the source's own */
};

/* How far a source can see on this machine, for the header and doctor. */
struct source_check {
	bool usable;
	char why[256]; /* what was tried and how it failed (call, errno, missing capability); or how
			  it sees */
	char fix[256]; /* the exact command that provides what is missing; "" where nothing is */
};

struct source_ops {
	const char *name; /* "bpf": the word of the JSON documents */
	u32 bit;          /* SOURCE_BIT_* */

	/* What can be seen here, without leaving a trace of having looked. pid 0: in general. */
	void (*check)(struct source_check *check, u32 pid);

	/*
	 * Begins to watch. Events of what exists already (TASK, NAME, NSTID, BLOCK, FUTEX...) come
	 * with the first drain. 0 or -errno, with the reason in check->why and the way out in
	 * check->fix.
	 */
	int (*open)(
		struct source *s, const struct source_target *target, struct source_check *check);

	/*
	 * Appends what has come since, LOST events included. Never blocks. 0, or -errno when it can
	 * give no more. *complete_until: every event with an earlier stamp has been handed over.
	 */
	int (*drain)(struct source *s, struct order *out, u64 *complete_until);

	/* A descriptor that becomes readable when draining is urgent (a ring half full); or -1. */
	int (*fd)(struct source *s);

	void (*stats)(struct source *s, struct source_stats *stats);
	void (*close)(struct source *s); /* accepts half-open; leaves nothing behind */
};

/* The table, ending in NULL. Sources not built in are left out; see source_missing(). */
extern const struct source_ops *const source_table[];
const struct source_ops *source_by_name(const char *name); /* NULL where there is none */

/* CLOCK_MONOTONIC, ns. */
u64 source_now(void);

/*
 * The test source: a readable script of events, one a line; see tests/fixtures/README.md.
 * 0 or -EINVAL with a message of line and reason in error.
 */
int synth_parse(FILE *in, struct order *out, char *error, size_t size);

/* One event as a line of that same script, for dumps; at most size bytes, returns buf. */
char *synth_print(char *buf, size_t size, const struct event *ev);

#endif
