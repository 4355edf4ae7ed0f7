/* SPDX-License-Identifier: MIT */
/*
 * Names for locks and conditions that the program did not name: the variable that lies there, by
 * the symbols of its files. And the lines of code that primitives are called from. Told as events,
 * so that a recording holds them too.
 */
#ifndef TL_CMD_NAMING_H
#define TL_CMD_NAMING_H

#include "model/model.h"
#include "source/proc_code.h"
#include "source/code_sites.h"
#include "trace/order.h"

struct naming {
	struct proc_code *code;
	size_t locks, conds; /* of the model: how many have been looked at */
	u64 renewed;         /* when mappings were read last */
	struct code_sites *sites;
	struct proc_code *site_code; /* renewed where it has to be: who has ended tells no more */
	size_t sites_seen, spaces;   /* of the model's; and the latest address space among them */
};

void naming_open(struct naming *n);
void naming_close(struct naming *n);

/*
 * Looks at a few of the model's new objects. now: CLOCK_MONOTONIC ns, later than all that out has
 * released.
 */
void naming_turn(struct naming *n, const struct model *m, struct order *out, u64 now);

#endif
