/* SPDX-License-Identifier: MIT */
/*
 * Names for locks and conditions that the program did not name: the variable that lies there, by
 * the symbols of its files. Told as events, so that a recording holds them too.
 */
#ifndef TL_CMD_NAMING_H
#define TL_CMD_NAMING_H

#include "model/model.h"
#include "source/proc_code.h"
#include "trace/order.h"

struct naming {
	struct proc_code *code;
	size_t locks, conds; /* of the model: how many have been looked at */
	u64 renewed;         /* when mappings were read last */
};

void naming_open(struct naming *n);
void naming_close(struct naming *n);

/*
 * Looks at a few of the model's new objects. now: CLOCK_MONOTONIC ns, later than all that out has
 * released.
 */
void naming_turn(struct naming *n, const struct model *m, struct order *out, u64 now);

#endif
