/* SPDX-License-Identifier: MIT */
/* The parts of the report for people. Each prints nothing where there is nothing to say. */
#ifndef TL_EXPORT_REPORT_TEXT_H
#define TL_EXPORT_REPORT_TEXT_H

#include "export/report_facts.h"

#include <stdio.h>

#define TEXT_WIDTH 100
#define INDENT     2

/* Text that lives until the end of the enclosing block. */
#define DURATION(ns) fmt_duration((char[32]){0}, 32, ns)
#define COUNT(n)     fmt_count((char[32]){0}, 32, n)
#define PERCENT(part, whole)                                                                     \
	percent_text((char[16]){0}, part, whole) /* "12 %", "<1 %", "." for none, "-" of nothing \
						  */

char *percent_text(char buf[16], u64 part, u64 whole);

void report_text_processes(const struct model *m, FILE *out);
void report_text_threads(const struct model *m, FILE *out);
void report_text_cpus(const struct model *m, FILE *out);
void report_text_locks(const struct model *m, FILE *out);
void report_text_stacks(const struct model *m, FILE *out); /* nothing where none were asked for */
void report_text_conds(const struct model *m, FILE *out);
void report_text_queues(const struct model *m, FILE *out);
void report_text_coroutines(const struct model *m, FILE *out);
void report_text_blame(const struct model *m, FILE *out);

/*
 * The numbers of the things worth a line: the at most max of n that weigh most, in their own
 * order. To be freed; *shown: how many.
 */
size_t *most_weighty(const u64 *weights, size_t n, size_t max, size_t *shown);

/* "  and 12 more (report --json has them all)" */
void and_more(FILE *out, size_t all, size_t shown);

#endif
