/* SPDX-License-Identifier: MIT */
/* Who holds and who waits now: a model at one moment, as text or as threadline.snapshot/1. */
#ifndef TL_EXPORT_SNAPSHOT_H
#define TL_EXPORT_SNAPSHOT_H

#include "findings/findings.h"
#include "model/model.h"

#include <stdio.h>

/* What is known of the look beside the model. */
struct snapshot_facts {
	u64 took_ns;
	const u32 *blind; /* pids of processes whose waits are not ours to see */
	size_t blind_count;
	bool stacks; /* were looked for */
};

void snapshot_text(const struct model *m, const struct findings *f,
	const struct snapshot_facts *facts, FILE *out);
void snapshot_json(const struct model *m, const struct findings *f,
	const struct snapshot_facts *facts, FILE *out);

#endif
