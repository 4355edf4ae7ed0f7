/* SPDX-License-Identifier: MIT */
#include "source/poll.h"

#include "core/idmap.h"
#include "core/vec.h"
#include "source/gil.h"
#include "source/proc_read.h"

#include <linux/futex.h>
#include <string.h>
#include <sys/uio.h>

#define LOCKS_MOST 64 /* read in one turn */
#define WAITS_MOST 4096
#define WAITS_LONG (1 * NSEC_PER_MSEC)
#define WORDS      5 /* from the futex on: a mutex' owner is 2, a rwlock's writer 3 or 4 */
#define WAITERS    0x80000000u
#define LOCK_PI2   13 /* FUTEX_LOCK_PI2, Linux 5.14 */

struct waiting {
	u32 tid, tgid; /* tgid 0: not told yet */
	u64 since, address;
	u32 op, val;
	u8 site;
	u32 told; /* the owner's word */
};

struct poll {
	struct gils *gils;
	vec(struct waiting) waits;
	struct idmap by_tid; /* -> place in waits */
	size_t next;         /* where the next turn begins */
	u32 task, task_tgid; /* of the TASK event last heard: its FUTEX comes next, and no SWITCH */
};

struct poll *poll_new(void)
{
	struct poll *p = mem_alloc(sizeof(*p));

	p->gils = gils_new();
	return p;
}

void poll_free(struct poll *p)
{
	if (!p)
		return;
	gils_free(p->gils);
	vec_free(&p->waits);
	idmap_free(&p->by_tid);
	free(p);
}

static struct waiting *wait_of(struct poll *p, u32 tid)
{
	u32 i = p->waits.n ? idmap_get(&p->by_tid, tid) : IDMAP_NONE;

	return i == IDMAP_NONE ? NULL : &p->waits.v[i];
}

static void wait_drop(struct poll *p, u32 tid)
{
	struct waiting *w = wait_of(p, tid), *last;

	if (!w)
		return;
	last = vec_last(&p->waits);
	idmap_del(&p->by_tid, tid);
	if (w != last) {
		*w = *last;
		idmap_set(&p->by_tid, w->tid, (u32)(w - p->waits.v));
	}
	p->waits.n--;
}

/* Whether the wait can be one for a lock whose memory names its owner. */
static bool has_owner(const struct waiting *w)
{
	u32 cmd = w->op & FUTEX_CMD_MASK;

	switch (w->site) {
	case FUTEX_SITE_MUTEX_LOCK:
	case FUTEX_SITE_MUTEX_TIMEDLOCK:
	case FUTEX_SITE_COND_RELOCK:
	case FUTEX_SITE_RWLOCK_READ:
	case FUTEX_SITE_RWLOCK_WRITE: return true;
	case FUTEX_SITE_UNKNOWN:
		return cmd == FUTEX_LOCK_PI || cmd == LOCK_PI2 ||
		       (cmd == FUTEX_WAIT && (w->val == 2 || w->val & WAITERS));
	default: return false;
	}
}

static void wait_add(struct poll *p, const struct event *ev)
{
	struct waiting w = {.tid = ev->tid,
		.tgid = ev->tid == p->task ? p->task_tgid : 0,
		.since = ev->ts,
		.address = ev->obj,
		.val = event_lo(ev->arg),
		.op = event_hi(ev->arg)};

	wait_drop(p, ev->tid);
	if (p->waits.n == WAITS_MOST || ev->tid & EVENT_TID_FOREIGN)
		return;
	idmap_set(&p->by_tid, w.tid, (u32)p->waits.n);
	vec_push(&p->waits, w);
}

static void wait_sited(struct poll *p, const struct event *ev)
{
	struct waiting *w = wait_of(p, ev->tid);

	if (!w)
		return;
	w->site = (u8)ev->obj;
	if (!has_owner(w))
		wait_drop(p, ev->tid);
}

void poll_share(struct poll *p, struct gil_place places[GIL_PLACES], u32 *known)
{
	gils_share(p->gils, places, known);
}

/* Who leaves its CPU waits; who comes to one waits no more. It may be told late, but not earlier.
 */
static void switched(struct poll *p, const struct event *ev)
{
	struct waiting *next = wait_of(p, event_lo(ev->obj)), *w;

	if (next && next->since <= ev->ts)
		wait_drop(p, next->tid);
	w = wait_of(p, ev->tid);

	if (w && !w->tgid)
		w->tgid = event_lo(ev->arg);
	if (w && !has_owner(w))
		wait_drop(p, ev->tid);
	p->task = 0;
}

void poll_hear(struct poll *p, const struct event *ev)
{
	gils_hear(p->gils, ev);
	switch (ev->kind) {
	case EV_TASK:
		p->task = ev->tid;
		p->task_tgid = event_lo(ev->obj);
		break;
	case EV_FUTEX: wait_add(p, ev); break;
	case EV_FUTEX_SITE: wait_sited(p, ev); break;
	case EV_SWITCH: switched(p, ev); break;
	case EV_EXIT: wait_drop(p, ev->tid); break;
	default: break;
	}
}

static int owner_place(const struct waiting *w)
{
	u32 cmd = w->op & FUTEX_CMD_MASK;

	if (cmd == FUTEX_LOCK_PI || cmd == LOCK_PI2)
		return 0;
	if (w->site == FUTEX_SITE_RWLOCK_READ || w->site == FUTEX_SITE_RWLOCK_WRITE)
		return w->address & 4 ? 3 : 4;
	return 2;
}

/*
 * Whether the owner's release will be seen: it wakes somebody only where the lock is marked as
 * wanted. One that was taken between a release and the waking of who waited is not.
 */
static bool is_wanted(const struct waiting *w, u32 word)
{
	u32 cmd = w->op & FUTEX_CMD_MASK;
	bool marked = cmd == FUTEX_LOCK_PI || cmd == LOCK_PI2 || w->val & WAITERS;

	if (w->site == FUTEX_SITE_RWLOCK_READ || w->site == FUTEX_SITE_RWLOCK_WRITE)
		return true;
	return marked ? word & WAITERS : word == 2;
}

static bool is_one_of(const struct waiting *w, struct waiting *const *chosen, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (chosen[i]->tgid == w->tgid && chosen[i]->address == w->address)
			return true;
	return false;
}

/* Of each lock that is waited for long enough one waiter, beginning where the last turn stopped. */
static size_t choose(struct poll *p, u64 now, struct waiting **chosen)
{
	size_t n = 0, i, at = p->next;

	for (i = 0; i < p->waits.n && n < LOCKS_MOST; i++, at++) {
		struct waiting *w = &p->waits.v[at % p->waits.n];

		if (w->tgid && !(w->tgid & EVENT_TID_FOREIGN) && now - w->since >= WAITS_LONG &&
			now > w->since && !is_one_of(w, chosen, n))
			chosen[n++] = w;
	}
	p->next = p->waits.n ? at % p->waits.n : 0;
	return n;
}

static void tell(struct waiting *w, const u32 *words, u64 now,
	void (*fn)(void *ctx, const struct event *ev), void *ctx)
{
	int place = owner_place(w);
	u32 owner = is_wanted(w, words[0]) ? words[place] : 0;

	if (!owner && !w->told)
		return;
	w->told = owner;
	fn(ctx, &(struct event){.ts = now,
			.tid = w->tid,
			.kind = EV_FUTEX_WORD,
			.flags = (u8)place,
			.cpu = EVENT_NO_CPU,
			.obj = w->address,
			.arg = owner});
}

/* Those of one process, from the first chosen on: how many could be read. */
static size_t read_run(struct waiting *const *chosen, size_t n, u32 words[][WORDS])
{
	struct iovec local = {words, n * sizeof(*words)}, remote[LOCKS_MOST];
	ssize_t got;

	for (size_t i = 0; i < n; i++)
		remote[i] = (struct iovec){(void *)(uintptr_t)chosen[i]->address, sizeof(*words)};
	got = proc_peek(chosen[0]->tgid, &local, 1, remote, n);
	return got < 0 ? 0 : (size_t)got / sizeof(*words);
}

void poll_turn(struct poll *p, u64 now, void (*fn)(void *ctx, const struct event *ev), void *ctx)
{
	struct waiting *chosen[LOCKS_MOST];
	u32 words[LOCKS_MOST][WORDS];
	size_t n = choose(p, now, chosen), run, got;

	for (size_t i = 0; i < n; i += run) {
		for (run = 1; i + run < n && chosen[i + run]->tgid == chosen[i]->tgid;)
			run++;
		got = read_run(chosen + i, run, words);
		for (size_t k = 0; k < got; k++)
			tell(chosen[i + k], words[k], now, fn, ctx);
		if (got < run) { /* what stopped it is not asked again */
			chosen[i + got]->since = ~0ull;
			run = got + 1;
		}
	}
	gils_turn(p->gils, fn, ctx);
}
