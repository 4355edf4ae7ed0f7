/* SPDX-License-Identifier: MIT */
#include "trace/trace.h"

#include "core/mem.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_EVENTS 8192u /* 256 KiB */
#define BLOCK_BYTES  (BLOCK_EVENTS * sizeof(struct event))
#define BLOCK_PLACES (4 * sizeof(struct event *)) /* at most that many in blocks for one held */

/* All blocks but the last are full. */
struct trace {
	struct event **blocks;
	size_t head, n, room; /* blocks[head .. head + n) are held */
	size_t most;          /* blocks allowed, 0 for no limit */
	u64 first, count;     /* first is a multiple of BLOCK_EVENTS */
};

struct trace *trace_new(u64 limit_bytes)
{
	struct trace *t = mem_alloc(sizeof(*t));

	if (limit_bytes)
		t->most = MAX(limit_bytes / (BLOCK_BYTES + BLOCK_PLACES), 2);
	return t;
}

void trace_free(struct trace *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++)
		free(t->blocks[t->head + i]);
	free(t->blocks);
	free(t);
}

/* Memory for a block: that of the oldest where the limit is reached. */
static struct event *trace_block(struct trace *t)
{
	if (!t->most || t->n < t->most)
		return mem_resize(NULL, BLOCK_EVENTS, sizeof(struct event));
	t->n--;
	t->first += BLOCK_EVENTS;
	return t->blocks[t->head++];
}

static void trace_block_add(struct trace *t)
{
	struct event *block = trace_block(t);

	if (t->head + t->n == t->room && t->head > t->n) {
		memmove(t->blocks, t->blocks + t->head, t->n * sizeof(*t->blocks));
		t->head = 0;
	} else if (t->head + t->n == t->room) {
		t->room = t->room ? 2 * t->room : 16;
		t->blocks = mem_resize(t->blocks, t->room, sizeof(*t->blocks));
	}
	t->blocks[t->head + t->n++] = block;
}

void trace_append(struct trace *t, const struct event *events, size_t n)
{
	while (n) {
		size_t used = t->count % BLOCK_EVENTS, part = MIN(n, BLOCK_EVENTS - used);

		if (!used)
			trace_block_add(t);
		memcpy(t->blocks[t->head + t->n - 1] + used, events, part * sizeof(*events));
		t->count += part;
		events += part;
		n -= part;
	}
}

u64 trace_first(const struct trace *t)
{
	return t->first;
}

u64 trace_count(const struct trace *t)
{
	return t->count;
}

const struct event *trace_at(const struct trace *t, u64 number)
{
	u64 i = number - t->first;

	if (number < t->first || number >= t->count)
		return NULL;
	return &t->blocks[t->head + i / BLOCK_EVENTS][i % BLOCK_EVENTS];
}

u64 trace_find(const struct trace *t, u64 ts)
{
	u64 low = t->first, high = t->count;

	while (low < high) {
		u64 middle = low + (high - low) / 2;

		if (trace_at(t, middle)->ts < ts)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

u64 trace_bytes(const struct trace *t)
{
	return sizeof(*t) + t->n * BLOCK_BYTES + t->room * sizeof(*t->blocks);
}
