/* SPDX-License-Identifier: MIT */
/* What happened, as text for people or as the threadline.report/1 JSON document. */
#ifndef TL_EXPORT_REPORT_H
#define TL_EXPORT_REPORT_H

#include "findings/findings.h"
#include "model/model.h"

#include <stdio.h>

void report_text(const struct model *m, const struct findings *f, FILE *out);
void report_json(const struct model *m, const struct findings *f, FILE *out);

/*
 * --plain: one narrated line per happening, as it happens. Listens to the model; findings are told
 * by plain_findings(), called after each findings_update().
 */
struct plain;
struct plain *plain_new(struct model *m, FILE *out);
void plain_findings(struct plain *p, const struct findings *f);
void plain_end(struct plain *p); /* nothing more will come: counts what it left out */
void plain_free(struct plain *p);

#endif
