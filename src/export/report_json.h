/* SPDX-License-Identifier: MIT */
/* The parts of the report's JSON document. Each writes one member of the object j is in. */
#ifndef TL_EXPORT_REPORT_JSON_H
#define TL_EXPORT_REPORT_JSON_H

#include "core/json.h"
#include "export/report_facts.h"

void report_json_threads(struct json *j, const struct model *m);
void report_json_locks(struct json *j, const struct model *m);
void report_json_conds(struct json *j, const struct model *m);
void report_json_queues(struct json *j, const struct model *m);
void report_json_counters(struct json *j, const struct model *m);
void report_json_coroutines(struct json *j, const struct model *m);
void report_json_blame(struct json *j, const struct model *m);
void report_json_findings(struct json *j, const struct model *m, const struct findings *f);

/* { "total", "p50", "p99", "max", "max_seen" }: null where not known, percentiles of nothing too.
 * max is null too where some were not seen whole; max_seen is then the longest as far as seen. */
void json_hist(struct json *j, const char *key, const struct hist *h, bool known);
void json_split(struct json *j, const char *key, const struct split *s, bool known);
void json_time(struct json *j, const char *key, u64 ns);           /* TIME_UNKNOWN: null */
void json_id(struct json *j, const char *key, u32 id);             /* 0: null */
void json_name(struct json *j, const char *key, const char *name); /* "": null */
void json_waiters(struct json *j, const struct model *m, const u32 *v, size_t n); /* living tids */

#endif
