/* SPDX-License-Identifier: MIT */
#include "source/shim_reader.h"

#include "core/log.h"
#include "source/proc_read.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HOLD_BACK                                                                            \
	(20 * NSEC_PER_USEC)      /* between a processor's stamp and others seeing the claim \
				   */
#define LOOKS        32           /* threads looked after at each drain: are they still there? */
#define ZOMBIES      16           /* drains */
#define STUCK_LONG   NSEC_PER_SEC /* a claimed slot is given up after this */
#define SAME_PROCESS NSEC_PER_SEC /* no namespace gives a number to another so soon */

static bool thread_gone(const struct shim_source *s, const struct ring_reader *r)
{
	struct proc_stat stat;

	if (r->tid & EVENT_TID_FOREIGN)
		return false;
	if (syscall(SYS_tgkill, r->tgid, r->tid, 0) < 0)
		return errno == ESRCH;
	/* a process's first thread stays as a zombie until it is collected: not looked for often */
	return r->tid == r->tgid && s->drains % ZOMBIES == 0 &&
	       !proc_stat(r->tgid, r->tid, &stat) && (stat.state == 'Z' || stat.state == 'X');
}

/* Whether nothing more comes from its thread. */
static bool ring_over(
	const struct shim_source *s, const struct ring_reader *r, u32 state, bool look)
{
	if (state == RING_DEAD || state == RING_ENDED)
		return true;
	return (look || r->stuck) && thread_gone(s, r);
}

/*
 * Of a process in another pid namespace. What its other threads were told to be of it is too: once
 * it has ended it cannot be found any more, and what stands for its number is never given twice.
 */
static u32 process_number(const struct shim_source *s, const struct ring_reader *r)
{
	for (u32 i = 0; i < s->ring_max; i++) {
		const struct ring_reader *other = &s->rings[i];

		if (other != r && other->foreign && other->pidns == r->pidns &&
			other->ns_tgid == r->ns_tgid &&
			(other->live || other->last + SAME_PROCESS > s->now))
			return other->tgid;
	}
	return shim_pidns_find(r->pidns, r->ns_tgid, r->ns_tgid);
}

static void reader_begin(struct shim_source *s, struct ring_reader *r, const struct ring_slot *slot)
{
	r->live = true;
	r->exit_told = false;
	r->life = __atomic_load_n(&slot->life, __ATOMIC_RELAXED);
	r->ns_tid = r->tid = __atomic_load_n(&slot->tid, __ATOMIC_RELAXED);
	r->ns_tgid = r->tgid = __atomic_load_n(&slot->tgid, __ATOMIC_RELAXED);
	r->pidns = __atomic_load_n(&slot->pidns, __ATOMIC_RELAXED);
	r->image = __atomic_load_n(&slot->image, __ATOMIC_RELAXED);
	r->foreign = r->pidns && s->pidns && r->pidns != s->pidns;
	r->clean = s->now;
	r->gap_until = 0;
	r->last = r->stuck = 0;
	r->subject = 0;
	r->subject_unknown = false;
	if (!r->foreign)
		return;
	r->tgid = process_number(s, r);
	r->tid = r->ns_tid == r->ns_tgid ? r->tgid
					 : shim_pidns_find(r->pidns, r->ns_tgid, r->ns_tid);
	if (!(r->tid & EVENT_TID_FOREIGN) || s->foreign_told)
		return;
	s->foreign_told = true;
	log_note(LOG_WARN, "the target is in another pid namespace, and ended before its "
			   "numbers in ours could be found");
}

/* Takes what is whole from tail on; its count. *end: where the claims ended as it looked. */
static u64 ring_take(struct shim_source *s, struct ring_reader *r, struct ring *ring, u64 *end)
{
	u64 head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE), from = r->tail;

	s->limit = shim_clock_now(&s->clock);
	if (head - r->tail > RING_EVENTS) { /* no writer of ours does that */
		s->dropped++;
		r->tail = from = head;
	}
	for (; r->tail != head; r->tail++) {
		const struct ring_event *e = &ring->events[r->tail & (RING_EVENTS - 1)];
		u64 word = __atomic_load_n(&e->head, __ATOMIC_ACQUIRE);
		struct event ev;

		if ((u32)word != (u32)(r->tail + 1))
			break;
		ev.ts = __atomic_load_n(&e->ts, __ATOMIC_RELAXED);
		ev.kind = (u8)(word >> 32);
		ev.flags = (u8)(word >> 40);
		ev.cpu = (u16)(word >> 48);
		ev.obj = __atomic_load_n(&e->obj, __ATOMIC_RELAXED);
		ev.arg = __atomic_load_n(&e->arg, __ATOMIC_RELAXED);
		shim_event_take(s, r, &ev);
	}
	*end = head;
	return r->tail - from;
}

/* A slot was claimed and never filled: its thread is gone, or left the handler it was in for good.
 */
static void slot_give_up(struct shim_source *s, struct ring_reader *r)
{
	r->tail++;
	r->stuck = 0;
	shim_lost_tell(s, r, 1, MAX(r->last, r->clean), s->now);
}

/* Whether all that was claimed has been taken, or given up. */
static bool ring_settle(struct shim_source *s, struct ring_reader *r, struct ring *ring, bool over)
{
	u64 end;

	for (;;) {
		ring_take(s, r, ring, &end);
		if (r->tail == end)
			break;
		if (!r->stuck)
			r->stuck = s->now;
		if (!over && s->now - r->stuck < STUCK_LONG)
			return false;
		slot_give_up(s, r);
	}
	r->stuck = 0;
	return true;
}

/* The last of a thread; the ring goes to the next. */
static void ring_free(struct shim_source *s, struct ring_reader *r, struct ring_slot *slot)
{
	struct event ev = {.ts = s->limit,
		.tid = r->tid,
		.kind = EV_THREAD_EXIT,
		.cpu = EVENT_NO_CPU,
		.obj = r->tgid};
	bool execed =
		__atomic_load_n(&slot->state, __ATOMIC_RELAXED) == RING_DEAD && r->tid == r->tgid;

	if (!r->exit_told && !execed && !s->deaths_told)
		shim_batch_add(s, &ev);
	r->live = false;
	__atomic_store_n(&slot->state, RING_FREE, __ATOMIC_RELEASE);
}

static void ring_drain(struct shim_source *s, u32 i, bool look)
{
	struct ring_slot *slot = &s->head->slots[i];
	struct ring_reader *r = &s->rings[i];
	u32 state = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE);
	struct ring *ring = ring_at(s->head, i);
	bool over, settled;

	if (state != RING_LIVE && state != RING_ENDED && state != RING_DEAD)
		return;
	if (!r->live)
		reader_begin(s, r, slot);
	over = ring_over(s, r, state, look);
	settled = ring_settle(s, r, ring, over);
	if (settled)
		r->clean = s->now;
	shim_loss_tell(s, r, ring);
	if (__atomic_load_n(&ring->tail, __ATOMIC_RELAXED) != r->tail)
		__atomic_store_n(&ring->tail, r->tail, __ATOMIC_RELEASE);
	if (over && settled)
		ring_free(s, r, slot);
}

/* Threads that found no ring: whose events they were is not known. */
static void refused_tell(struct shim_source *s)
{
	u64 lost = __atomic_load_n(&s->head->no_ring_lost, __ATOMIC_RELAXED);
	struct event ev = {
		.ts = s->now, .kind = EV_LOST, .cpu = EVENT_NO_CPU, .arg = s->refused_at};

	if (lost != s->no_ring_told) {
		if (!s->no_ring_told)
			log_note(LOG_WARN,
				"the shim does not observe some threads: it has rings for %u at a "
				"time, and memory for them may be short",
				s->ring_max);
		ev.obj = lost - s->no_ring_told;
		s->no_ring_told = lost;
		s->lost += ev.obj;
		shim_batch_add(s, &ev);
	}
	s->refused_at = s->now;
	if (!s->unkeyed_told && __atomic_load_n(&s->head->unkeyed, __ATOMIC_RELAXED)) {
		s->unkeyed_told = true;
		log_note(LOG_WARN, "which memory some process-shared objects lie in could not be "
				   "found out: they are told apart by process");
	}
}

/* Then it is the last chance to look after all of them. */
static bool target_gone(const struct shim_source *s)
{
	return s->target && kill((pid_t)s->target, 0) < 0 && errno == ESRCH;
}

u64 shim_drain(struct shim_source *s, struct order *out)
{
	u32 used, groups;
	u64 complete;

	s->out = out;
	s->now = s->limit = complete = shim_clock_tick(&s->clock);
	used = MIN(__atomic_load_n(&s->head->ring_used, __ATOMIC_ACQUIRE), s->ring_max);
	groups = target_gone(s) ? 1 : (used + LOOKS - 1) / LOOKS;
	s->drains++;
	for (u32 i = 0; i < used; i++) {
		ring_drain(s, i, i % groups == s->drains % groups);
		if (s->rings[i].live)
			complete = MIN(complete, s->rings[i].clean);
	}
	refused_tell(s);
	shim_batch_flush(s);
	callers_tell(s->callers, out, MAX(s->complete, s->started));
	s->out = NULL;
	s->complete = complete - HOLD_BACK;
	return s->complete;
}
