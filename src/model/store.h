/* SPDX-License-Identifier: MIT */
/*
 * What --memory bounds: the events as they came, and what the model keeps of them, together. Where
 * it does not do, the oldest is forgotten in both.
 */
#ifndef TL_MODEL_STORE_H
#define TL_MODEL_STORE_H

#include "model/model.h"
#include "trace/trace.h"

#define STORE_MEMORY ((u64)512 << 20) /* of a live session, where nothing is said */

struct store {
	struct trace *trace; /* NULL: events are not kept */
	u64 limit;           /* bytes, 0 none */
	u64 known_from;      /* stamp before which it was forgotten; 0 nothing */
	u64 fed;             /* since the last look */
};

/* Of events that the model was just fed. */
void store_take(struct store *s, struct model *m, const struct event *events, size_t n);
u64 store_bytes(const struct store *s, const struct model *m);

#endif
