/* SPDX-License-Identifier: MIT */
/* The sources of one session: chosen from the best rung down, drained and closed together. */
#ifndef TL_CMD_RUNGS_H
#define TL_CMD_RUNGS_H

#include "cmd/options.h"
#include "source/source.h"

struct model;

struct rungs {
	struct source sources[5];
	size_t n;
	enum locks_level locks;
	bool every;     /* the last source sees every lock call of a running program */
	char note[640]; /* what a better rung would add and how to get it; "" on the best */
};

/* 0, or the exit status to end with once the error was told. */
int rungs_open(struct rungs *r, const struct options *o, struct source_target *target);
void rungs_close(struct rungs *r);

/* Drains all; until when every event has been handed over. */
u64 rungs_drain(struct rungs *r, struct order *out, u64 now);
void rungs_wait(struct rungs *r, int ms); /* until draining is urgent, at most ms */

u32 rungs_bits(const struct rungs *r);
enum locks_level rungs_locks(const struct rungs *r);
void rungs_note(const struct rungs *r, char *buf, size_t size);
u64 rungs_events(const struct rungs *r, u32 bit); /* that this source gave so far */
/* Whether every lock is seen no more, as that cost too much. */
bool rungs_gave_up(struct rungs *r, char *why, size_t size);
/* Whether processes were started of which less is seen. */
bool rungs_children(const struct rungs *r, const struct model *m, char *why, size_t size);
void rungs_cost(const struct rungs *r, struct session_info *info, u64 elapsed);

const char *rungs_word(u32 bits); /* "bpf+shim" */

#endif
