/* SPDX-License-Identifier: MIT */
#include "source/gil.h"

#include "core/idmap.h"
#include "core/vec.h"
#include "source/proc_read.h"
#include "source/source.h"

#include <linux/futex.h>
#include <string.h>
#include <sys/uio.h>

#define INTERVAL    5000  /* sys.setswitchinterval(), as it is unless a program changes it */
#define NEW_MOST    64    /* conditions looked at in one turn */
#define KNOWN_MOST  65536 /* then all is forgotten */
#define GILS_MOST   16    /* whose holders are read in one turn */
#define STATE_WORDS 32    /* of a thread's state, within which its pthread_t stands */
#define NOT_ONE     0     /* known: no GIL; else its index + 1 */

struct gil {
	u32 tgid;
	u64 words;  /* address of its waiters' futexes */
	u64 fields; /* address of its gil_words */
	size_t at;  /* which word of a thread's state is its pthread_t; 0 not found yet */
};

struct sleeper {
	u32 tid, gil; /* index + 1 */
};

struct fresh {
	u32 tid;
	u64 words, ts;
};

struct gils {
	vec(struct gil) gils;
	struct idmap known; /* mix(tid, words) -> index + 1, or NOT_ONE */
	vec(struct sleeper) sleepers;
	vec(struct fresh) fresh;
	struct gil_place *places; /* the probe's, or NULL */
	u32 *places_known;
};

struct gils *gils_new(void)
{
	return mem_alloc(sizeof(struct gils));
}

void gils_share(struct gils *g, struct gil_place places[GIL_PLACES], u32 *known)
{
	g->places = places;
	g->places_known = known;
}

void gils_free(struct gils *g)
{
	if (!g)
		return;
	idmap_free(&g->known);
	vec_free(&g->gils);
	vec_free(&g->sleepers);
	vec_free(&g->fresh);
	free(g);
}

static void sleeper_drop(struct gils *g, u32 tid)
{
	for (size_t i = 0; i < g->sleepers.n; i++)
		if (g->sleepers.v[i].tid == tid)
			g->sleepers.v[i--] = g->sleepers.v[--g->sleepers.n];
}

/* Numbers of threads and addresses mean something else from now on, or too many are known. */
static void gils_forget(struct gils *g)
{
	idmap_free(&g->known);
	g->gils.n = g->sleepers.n = g->fresh.n = 0;
}

static void heard_futex(struct gils *g, const struct event *ev)
{
	u64 words = ev->obj & ~(u64)7;
	u32 cmd = event_hi(ev->arg), gil;

	sleeper_drop(g, ev->tid);
	if ((cmd & FUTEX_CMD_MASK) != FUTEX_WAIT_BITSET || !(cmd & FUTEX_PRIVATE_FLAG) ||
		ev->tid & EVENT_TID_FOREIGN)
		return;
	gil = idmap_get(&g->known, idmap_mix(words, ev->tid));
	if (gil == IDMAP_NONE && g->fresh.n < NEW_MOST)
		vec_push(&g->fresh, (struct fresh){ev->tid, words, ev->ts});
	else if (gil != IDMAP_NONE && gil != NOT_ONE)
		vec_push(&g->sleepers, (struct sleeper){ev->tid, gil});
}

void gils_hear(struct gils *g, const struct event *ev)
{
	switch (ev->kind) {
	case EV_FUTEX: heard_futex(g, ev); break;
	case EV_SWITCH: sleeper_drop(g, event_lo(ev->obj)); break;
	case EV_EXEC: gils_forget(g); break;
	case EV_EXIT:
		sleeper_drop(g, ev->tid);
		if (ev->flags & EXIT_LAST)
			gils_forget(g);
		break;
	default: break;
	}
}

static bool peek(u32 tid, u64 address, void *to, size_t size)
{
	struct iovec local = {to, size}, remote = {(void *)(uintptr_t)address, size};

	return proc_peek(tid, &local, 1, &remote, 1) == (ssize_t)size;
}

static bool looks_gil(const struct gil_words *w)
{
	return w->interval == INTERVAL && w->locked <= 1 && w->holder && !(w->holder & 7) &&
	       !(w->holder >> 47);
}

/* The number in a pthread_t: a struct that begins with its own address, twice. 0: it is none. */
static u32 pthread_tid(u32 tid, u64 pthread)
{
#ifdef __x86_64__
	u64 head[3];
	u32 number;

	if (!pthread || pthread & 63 || pthread >> 47 || !peek(tid, pthread, head, sizeof(head)) ||
		head[0] != pthread || head[2] != pthread ||
		!peek(tid, pthread + GIL_NUMBER_AT, &number, sizeof(number)))
		return 0;
	return number;
#else
	(void)tid;
	(void)pthread;
	return 0;
#endif
}

/* Whose state it is; where in it that stands is found once. */
static u32 state_tid(struct gil *gil, u32 tid, u64 state)
{
	u64 words[STATE_WORDS];
	u32 number = 0;

	if (gil->at)
		return peek(tid, state + gil->at * 8, words, 8) ? pthread_tid(tid, words[0]) : 0;
	if (!peek(tid, state, words, sizeof(words)))
		return 0;
	for (size_t i = 1; i < STATE_WORDS && !number; i++) {
		number = pthread_tid(tid, words[i]);
		if (number)
			gil->at = i;
	}
	return number;
}

/* Whether the words are those of a condition behind a GIL's fields, in either of glibc's forms. */
static bool gil_find(struct gil *gil, u32 tid, u64 words)
{
	static const u8 before[] = {40, 32}; /* g_signals: up to glibc 2.37, since 2.38 to 2.41 */
	struct gil_words w;

	for (size_t i = 0; i < ARRAY_LEN(before); i++) {
		*gil = (struct gil){.words = words, .fields = words - before[i] - sizeof(w)};
		if (peek(tid, gil->fields, &w, sizeof(w)) && looks_gil(&w))
			return true;
	}
	return false;
}

static void gil_tell(const struct gil *gil, u32 tid, u64 ts, u64 told,
	void (*fn)(void *ctx, const struct event *ev), void *ctx)
{
	fn(ctx, &(struct event){.ts = ts,
			.tid = tid,
			.kind = EV_GIL,
			.cpu = EVENT_NO_CPU,
			.obj = gil->words,
			.arg = told});
}

/* From now on the probe reads it too, as each waiter stops. */
static void gil_share(struct gils *g, const struct gil *gil)
{
	for (u32 i = 0; g->places && i < GIL_REACH; i++) {
		struct gil_place *place = &g->places[(site_hash(gil->words) + i) % GIL_PLACES];

		if (place->words == gil->words)
			return;
		if (place->words)
			continue;
		place->behind = (u32)(gil->words - gil->fields);
		place->state_at = (u32)(gil->at * 8);
		__atomic_store_n(&place->words, gil->words, __ATOMIC_RELEASE);
		__atomic_fetch_add(g->places_known, 1, __ATOMIC_RELEASE);
		return;
	}
}

/* Its index: threads of one process share it. */
static u32 gil_keep(struct gils *g, const struct gil *gil)
{
	for (size_t i = 0; i < g->gils.n; i++)
		if (g->gils.v[i].tgid == gil->tgid && g->gils.v[i].words == gil->words)
			return (u32)i;
	gil_share(g, gil);
	vec_push(&g->gils, *gil);
	return (u32)g->gils.n - 1;
}

/* Believed to be one where the last holder is a thread's state, which on x86-64 names a thread. */
static void fresh_look(struct gils *g, const struct fresh *f,
	void (*fn)(void *ctx, const struct event *ev), void *ctx)
{
	u64 key = idmap_mix(f->words, f->tid);
	struct gil_words w;
	struct proc_ids ids;
	struct gil gil;

	if (!gil_find(&gil, f->tid, f->words)) {
		idmap_set(&g->known, key, NOT_ONE);
		return;
	}
	if (!peek(f->tid, gil.fields, &w, sizeof(w)) || !state_tid(&gil, f->tid, w.holder))
		return; /* its last holder may have ended just now: it is looked at again */
	if (proc_ids(f->tid, 0, &ids))
		return;
	gil.tgid = ids.tgid;
	idmap_set(&g->known, key, gil_keep(g, &gil) + 1);
	gil_tell(&gil, f->tid, f->ts - 1, event_pair(0, GIL_SEEN), fn, ctx);
}

/*
 * Fields that are the same before and after the holder's name was looked for, and nobody in the
 * mutex between, under which they are written: it had the lock at that moment.
 */
static void gil_read(
	struct gil *gil, u32 tid, void (*fn)(void *ctx, const struct event *ev), void *ctx)
{
	struct gil_words before, after;
	u32 number = 0, mutex;
	u64 at;

	if (!peek(tid, gil->fields, &before, sizeof(before)) || !looks_gil(&before))
		return;
	at = source_now();
	if (!peek(tid, gil->fields + GIL_MUTEX_AT, &mutex, sizeof(mutex)) || mutex)
		return;
	if (before.locked)
		number = state_tid(gil, tid, before.holder);
	if (!peek(tid, gil->fields, &after, sizeof(after)) || after.locked != before.locked ||
		after.holder != before.holder || after.switches != before.switches ||
		(before.locked && !number))
		return;
	gil_tell(gil, tid, at, event_pair(number, gil_counted(before.switches)), fn, ctx);
}

void gils_turn(struct gils *g, void (*fn)(void *ctx, const struct event *ev), void *ctx)
{
	u32 asked[GILS_MOST];
	size_t n = 0;

	for (size_t i = 0; i < g->fresh.n; i++)
		fresh_look(g, &g->fresh.v[i], fn, ctx);
	g->fresh.n = 0;
	for (size_t i = 0; i < g->sleepers.n && n < GILS_MOST; i++) {
		const struct sleeper *s = &g->sleepers.v[i];
		struct gil *gil = &g->gils.v[s->gil - 1];
		bool again = false;

		for (size_t k = 0; k < n; k++)
			again |= asked[k] == s->gil;
		if (again)
			continue;
		asked[n++] = s->gil;
		gil_read(gil, s->tid, fn, ctx);
	}
	if (g->known.n > KNOWN_MOST)
		gils_forget(g);
}
