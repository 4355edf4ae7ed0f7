/* SPDX-License-Identifier: MIT */
#include "source/perf_record.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Where less than this is free, a record may not have found room. */
#define RING_FULL PERF_RECORD_ROOM

struct sample_id {
	u32 pid, tid;
	u64 time, id;
};

struct task_record {
	struct perf_event_header header;
	u32 pid, ppid, tid, ptid;
	u64 time;
};

struct comm_record {
	struct perf_event_header header;
	u32 pid, tid;
	char comm[];
};

struct lost_record {
	struct perf_event_header header;
	u64 id, lost;
};

static size_t decode_switch(struct event *ev, u16 misc, const struct sample_id *id, u32 set)
{
	bool out = misc & PERF_RECORD_MISC_SWITCH_OUT;

	if (!id->tid || id->tid == ~0u)
		return 0; /* a CPU's idle thread, or one already without a number */
	ev->kind = out ? EV_OUT : EV_IN;
	if (out)
		ev->flags =
			misc & PERF_RECORD_MISC_SWITCH_OUT_PREEMPT ? OUT_PREEMPTED : OUT_BLOCKED;
	ev->obj = id->pid;
	ev->arg = set;
	return 1;
}

static size_t decode_task(struct event *ev, const struct task_record *r, u32 set)
{
	if (r->header.type == PERF_RECORD_FORK) {
		ev->kind = EV_FORK;
		ev->tid = r->ptid;
		ev->obj = event_pair(r->tid, r->pid);
		ev->arg = event_pair(r->ppid, set);
		return 1;
	}
	ev->kind = EV_EXIT;
	ev->tid = r->tid;
	ev->obj = r->pid;
	ev->arg = set;
	return 1;
}

static size_t decode_comm(struct event ev[2], const struct comm_record *r, size_t room, u32 set)
{
	char text[16] = "";

	ev[0].kind = EV_EXEC;
	ev[0].flags = r->header.misc & PERF_RECORD_MISC_COMM_EXEC ? 1 : 0;
	ev[0].obj = r->pid;
	ev[0].arg = set;
	ev[1] = ev[0];
	ev[1].kind = EV_NAME;
	ev[1].flags = 0;
	ev[1].tid = r->tid;
	memcpy(text, r->comm, strnlen(r->comm, MIN(room, sizeof(text) - 1)));
	memcpy(&ev[1].obj, text, 8);
	memcpy(&ev[1].arg, text + 8, 8);
	return 2;
}

static size_t decode_lost(struct event *ev, const struct lost_record *r)
{
	ev->kind = EV_LOST;
	ev->tid = 0;
	ev->flags = LOST_CPU;
	ev->obj = r->lost;
	return 1;
}

size_t perf_record_decode(struct event ev[PERF_RAW_MAX], const struct perf_event_header *record,
	u16 cpu, const struct idmap *sets)
{
	size_t body = record->size - sizeof(*record);
	struct sample_id id;
	u32 set;

	if (record->size < sizeof(*record) + sizeof(id) || record->size > PERF_RECORD_ROOM)
		return 0;
	memcpy(&id, (const char *)record + record->size - sizeof(id), sizeof(id));
	body -= sizeof(id);
	set = idmap_get(sets, id.id);
	ev[0] = (struct event){.ts = id.time, .tid = id.tid, .cpu = cpu};
	switch (record->type) {
	case PERF_RECORD_SWITCH:
	case PERF_RECORD_SWITCH_CPU_WIDE: return decode_switch(ev, record->misc, &id, set);
	case PERF_RECORD_FORK:
	case PERF_RECORD_EXIT:
		if (body < sizeof(struct task_record) - sizeof(*record))
			return 0;
		return decode_task(ev, (const struct task_record *)record, set);
	case PERF_RECORD_COMM:
		if (body < 8)
			return 0;
		return decode_comm(ev, (const struct comm_record *)record, body - 8, set);
	case PERF_RECORD_LOST:
		if (body < sizeof(struct lost_record) - sizeof(*record))
			return 0;
		return decode_lost(ev, (const struct lost_record *)record);
	default: return 0;
	}
}

int perf_ring_map(struct perf_ring *r, int fd, u16 cpu, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), data = page;
	void *at;

	while (data * 2 <= size)
		data *= 2;
	do {
		at = mmap(NULL, page + data, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	} while (at == MAP_FAILED && (errno == EPERM || errno == ENOMEM) && (data /= 2) >= page);
	if (at == MAP_FAILED)
		return -errno;
	*r = (struct perf_ring){.page = at, .size = data, .fd = fd, .cpu = cpu};
	return 0;
}

void perf_ring_unmap(struct perf_ring *r)
{
	if (r->page)
		munmap(r->page, (size_t)sysconf(_SC_PAGESIZE) + r->size);
	r->page = NULL;
}

/* Copies what may lie around the end of the ring. */
static void ring_copy(const struct perf_ring *r, u64 at, void *to, size_t n)
{
	const char *data = (const char *)r->page + sysconf(_SC_PAGESIZE);
	size_t from = at & (r->size - 1), first = MIN(n, r->size - from);

	memcpy(to, data + from, first);
	memcpy((char *)to + first, data, n - first);
}

void perf_ring_lost(struct perf_ring *r, u64 lost, u64 now, struct order *raw)
{
	struct event ev = {.ts = MAX(now, r->last),
		.kind = EV_LOST,
		.flags = LOST_CPU,
		.cpu = r->cpu,
		.arg = r->last};

	if (lost <= r->told)
		return;
	ev.obj = lost - r->told;
	r->told = lost;
	order_add(raw, &ev, 1);
}

static size_t ring_take(struct perf_ring *r, const struct perf_event_header *record,
	const struct idmap *sets, struct order *raw)
{
	struct event ev[PERF_RAW_MAX];
	size_t n = perf_record_decode(ev, record, r->cpu, sets);

	if (!n)
		return 0;
	if (ev[0].kind == EV_LOST) {
		r->recorded += ev[0].obj;
		perf_ring_lost(r, r->recorded, ev[0].ts, raw);
	} else {
		order_add(raw, ev, n);
	}
	r->last = ev[0].ts;
	return n;
}

size_t perf_ring_drain(struct perf_ring *r, const struct idmap *sets, struct order *raw)
{
	u64 head = __atomic_load_n(&r->page->data_head, __ATOMIC_ACQUIRE);
	u64 tail = r->page->data_tail;
	size_t count = 0;

	r->full = head - tail > r->size - MIN(r->size / 2, (size_t)RING_FULL);
	while (tail < head) {
		_Alignas(u64) char copy[PERF_RECORD_ROOM];
		struct perf_event_header header;

		ring_copy(r, tail, &header, sizeof(header));
		if (header.size < sizeof(header) || header.size > head - tail)
			break;
		if (header.size <= sizeof(copy)) {
			ring_copy(r, tail, copy, header.size);
			count += ring_take(r, (const void *)copy, sets, raw);
		}
		tail += header.size;
	}
	__atomic_store_n(&r->page->data_tail, head, __ATOMIC_RELEASE);
	return count;
}
