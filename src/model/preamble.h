/* SPDX-License-Identifier: MIT */
/*
 * What stands at a moment, as events: fed into an empty model, and the events after that moment
 * behind them, they give what the whole would have given from then on, or unknown where that cannot
 * be told; never anything else. Times of what began before (waits, holds) are true ones. Counts and
 * sums begin anew.
 */
#ifndef TL_MODEL_PREAMBLE_H
#define TL_MODEL_PREAMBLE_H

#include "core/vec.h"
#include "model/model.h"

struct preamble {
	vec(struct event) events;
	size_t unclear; /* threads that wait for what is no more: told as unknown */
};

/*
 * As m stands now; every event is stamped ts, which is not before the last event fed and not after
 * the next. Replaces what out has. False where it cannot be told just now, as a text or a row of
 * totals is only half told: ask again after the next events.
 */
bool model_preamble(const struct model *m, u64 ts, struct preamble *out);

#endif
