/* SPDX-License-Identifier: MIT */
/* The words of the spans, the same in every format that lists them. */
#ifndef TL_EXPORT_WORDS_H
#define TL_EXPORT_WORDS_H

#include "model/model.h"

/* What a span of a thread's lane waits for: a lock's, condition's, queue's or thread's label, ""
 * where it names none. Returns buf. */
char *export_what(const struct model *m, const struct span *s, char *buf, size_t size);

const char *export_thread_word(const struct span *s);
const char *export_lock_word(const struct span *s);  /* "free", "held", "wanted", "unknown" */
const char *export_cpu_word(const struct span *s);   /* "idle", "runs", "runs-other", "unknown" */
const char *export_queue_word(const struct span *s); /* "empty", "between", "full" */
const char *export_coroutine_word(const struct span *s); /* "ready", "running", "waiting" */

char *export_coroutine_label(const struct coroutine *c, char *buf, size_t size);

#endif
