/* SPDX-License-Identifier: MIT */
/* Who holds and who waits now: a model at one moment, as text or as threadline.snapshot/1. */
#ifndef TL_EXPORT_SNAPSHOT_H
#define TL_EXPORT_SNAPSHOT_H

#include "findings/findings.h"
#include "model/model.h"

#include <stdio.h>

void snapshot_text(const struct model *m, const struct findings *f, u64 took_ns, FILE *out);
void snapshot_json(const struct model *m, const struct findings *f, u64 took_ns, FILE *out);

#endif
