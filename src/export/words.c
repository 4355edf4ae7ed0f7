/* SPDX-License-Identifier: MIT */
#include "export/words.h"

#include <stdio.h>

char *export_what(const struct model *m, const struct span *s, char *buf, size_t size)
{
	buf[0] = 0;
	if (!s->obj)
		return buf;
	switch ((enum state)s->state) {
	case STATE_LOCK:
	case STATE_SEM:
	case STATE_BARRIER: return lock_label(m, s->obj, buf, size);
	case STATE_COND: return cond_label(m, s->obj, buf, size);
	case STATE_QUEUE: return queue_label(m, s->obj, buf, size);
	case STATE_JOIN: return thread_label(m, s->obj, buf, size);
	default: return buf;
	}
}

const char *export_thread_word(const struct span *s)
{
	return state_word((enum state)s->state);
}

static const char *word_of(const struct span *s, const char *const *words, size_t n)
{
	return words[MIN(s->state, n - 1)];
}

const char *export_lock_word(const struct span *s)
{
	static const char *const words[] = {"none", "free", "held", "wanted", "unknown"};

	return word_of(s, words, ARRAY_LEN(words));
}

const char *export_cpu_word(const struct span *s)
{
	static const char *const words[] = {"none", "idle", "runs", "runs-other", "unknown"};

	return word_of(s, words, ARRAY_LEN(words));
}

const char *export_queue_word(const struct span *s)
{
	static const char *const words[] = {"none", "empty", "between", "full"};

	return word_of(s, words, ARRAY_LEN(words));
}

const char *export_coroutine_word(const struct span *s)
{
	static const char *const words[] = {"none", "ready", "running", "waiting"};

	return word_of(s, words, ARRAY_LEN(words));
}

char *export_coroutine_label(const struct coroutine *c, char *buf, size_t size)
{
	if (c->name[0])
		snprintf(buf, size, "%s", c->name);
	else
		snprintf(buf, size, "coroutine %u", c->id);
	return buf;
}
