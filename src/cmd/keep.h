/* SPDX-License-Identifier: MIT */
/* The flight recorder: the last seconds are kept in memory and written when something asks. */
#ifndef TL_CMD_KEEP_H
#define TL_CMD_KEEP_H

#include "cmd/options.h"
#include "cmd/pipeline.h"
#include "model/preamble.h"
#include "trace/ring.h"

struct keep {
	struct ring *ring; /* NULL: everything is recorded, or nothing */
	struct preamble standing;
	const char *output, *on;
	size_t found;     /* findings looked at */
	unsigned written; /* files so far */
	u64 forgot;       /* when the model was last told to forget */
	u64 known_from;   /* before this it forgot; 0 nothing */
	bool failed, quiet, told_short;
	char path[512];    /* the last file written */
	char message[640]; /* for the screen; "" */
};

/* 0, or the exit status to end with once the error was told. Without --keep nothing is opened. */
int keep_open(struct keep *k, const struct options *o);
void keep_close(struct keep *k);

/* Events on their way to the model, which has not been fed them yet. */
void keep_take(struct keep *k, const struct pipeline *p, const struct event *events, size_t n);

/* Writes where a signal asked (keep_ask), or a finding of --on is new. Called with each turn. */
void keep_turn(struct keep *k, struct pipeline *p);

/* The session is over: writes what --on does not leave to a finding. */
void keep_end(struct keep *k, struct pipeline *p);

void keep_ask(void); /* writes at the next turn; may be called from a signal handler */

#endif
