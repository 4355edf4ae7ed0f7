/* SPDX-License-Identifier: MIT */
/* Joining the session: the process maps the shared memory, each of its threads claims a ring. */
#include "shim.h"

#include <limits.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif
#ifndef MADV_WIPEONFORK
#define MADV_WIPEONFORK 18
#endif

/* In the last round the thread sanitizer lets go of a thread, where one looks at this code. */
#ifdef STAMP_PLAIN
#define LAST_ROUND (PTHREAD_DESTRUCTOR_ITERATIONS - 1)
#else
#define LAST_ROUND PTHREAD_DESTRUCTOR_ITERATIONS
#endif

#define REFUSED_RETRY 4096 /* operations until a thread without a ring looks for one again */

static struct shim_page no_page;
static const tl_u32 no_cpu = EVENT_NO_CPU;

/*
 * For a thread without one: a handler that forks in the middle of a record leaves, in the child, a
 * caller that is sure to have a ring. Only its first line is ever touched.
 */
static struct ring no_ring;

struct shim shim = {.page = &no_page};
HIDDEN_TLS struct self self;

static long sys_gettid(void)
{
	return syscall(SYS_gettid);
}

static struct self self_without(void)
{
	return (struct self){.ring = &no_ring, .cpu = &no_cpu, .busy = true};
}

/* What has no memory behind it would end the program with SIGBUS: better to do without a ring. */
static bool populate(void *start, size_t size)
{
	if (!madvise(start, size, MADV_POPULATE_WRITE))
		return true;
	return errno == EINVAL; /* before Linux 5.14 there is no way to ask */
}

#define CHUNK_EVENTS (RING_EVENTS / 4)

static bool chunk_ready(struct self *s, tl_u64 at)
{
	unsigned chunk = (unsigned)((at & (RING_EVENTS - 1)) / CHUNK_EVENTS);
	struct ring_event *first = &s->ring->events[chunk * CHUNK_EVENTS];
	int err = errno;

	if (s->chunks & 1u << chunk)
		return true;
	if (populate(first, CHUNK_EVENTS * sizeof(*first)))
		s->chunks |= (tl_u8)(1u << chunk);
	errno = err;
	return s->chunks & 1u << chunk;
}

bool self_counters_ready(struct self *s)
{
	int err = errno;

	if (!s->counters)
		s->counters = populate(s->ring, offsetof(struct ring, events));
	errno = err;
	return s->counters;
}

static bool kind_is_rare(unsigned kind)
{
	return kind < EV_LOCK_WAIT || kind == EV_LOCK_INIT || kind == EV_LOCK_DESTROY ||
	       (kind >= EV_THREAD_CREATE && kind <= EV_QUEUE_NEW) || kind == EV_MARK ||
	       kind == EV_CHECK || kind == RING_KIND_SUBJECT;
}

static bool kind_begins_wait(unsigned kind)
{
	return kind == EV_LOCK_WAIT || kind == EV_COND_WAIT || kind == EV_SEM_WAIT ||
	       kind == EV_BARRIER_WAIT || kind == EV_JOIN_WAIT || kind == EV_CHILD_WAIT;
}

/* The ring had been full: says from when to when, in its place among the events. */
static void gap_end(struct self *s)
{
	struct ring *r = s->ring;
	tl_u64 since = __atomic_load_n(&r->lost_since, __ATOMIC_RELAXED);

	__atomic_store_n(&r->lost_since, 0, __ATOMIC_RELAXED);
	record_at(s, EV_LOST, 0, __atomic_load_n(&r->lost, __ATOMIC_RELAXED), since, false);
}

/* The births and names without which other events mean nothing, and beginnings of waits. */
static tl_u64 kind_room(const struct self *s, unsigned kind)
{
	if (s->closing || kind_is_rare(kind))
		return RING_EVENTS - RING_MARGIN;
	if (kind_begins_wait(kind))
		return RING_EVENTS - RING_MARGIN - RING_RARE;
	return 0;
}

/*
 * Looks again how far there is room, at a limit or a part of the ring not used before. After a gap
 * half of the ring must be free, or gaps would follow each other closely.
 */
bool record_room(struct self *s, unsigned kind)
{
	struct ring *r = s->ring;
	tl_u64 head = __atomic_load_n(&r->head, __ATOMIC_RELAXED);
	tl_u64 tail = __atomic_load_n(&r->tail, __ATOMIC_ACQUIRE);
	tl_u64 most = RING_EVENTS - RING_MARGIN - RING_RARE - RING_WAITS, limit = tail + most;
	bool gap = __atomic_load_n(&r->lost_since, __ATOMIC_RELAXED);

	if (!s->slot || !chunk_ready(s, head))
		return false;
	if (head - tail >= (gap ? RING_EVENTS / 2 : most))
		return head - tail < kind_room(s, kind);
	if (s->chunks != 0xf) {
		tl_u64 chunk_end = (head | (CHUNK_EVENTS - 1)) + 1;

		limit = chunk_end < limit ? chunk_end : limit;
	}
	s->limit = limit;
	if (gap)
		gap_end(s);
	return true;
}

static void record_name(struct self *s)
{
	char comm[17] = "";

	if (!prctl(PR_GET_NAME, comm))
		record_text(s, EV_NAME, NULL, comm);
}

static void ring_used_raise(struct ring_header *h, tl_u32 used)
{
	tl_u32 now = __atomic_load_n(&h->ring_used, __ATOMIC_RELAXED);

	while (now < used && !__atomic_compare_exchange_n(&h->ring_used, &now, used, false,
				     __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
}

static tl_u64 unmapped[RING_MAX / 64]; /* a bit a ring */

static bool ring_is_mapped(tl_u32 i)
{
	return !(__atomic_load_n(&unmapped[i / 64], __ATOMIC_SEQ_CST) >> i % 64 & 1);
}

static bool slot_take(struct ring_slot *slot)
{
	tl_u32 state = RING_FREE;

	return __atomic_load_n(&slot->state, __ATOMIC_RELAXED) == RING_FREE &&
	       __atomic_compare_exchange_n(&slot->state, &state, RING_CLAIMED, false,
		       __ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
}

static bool slot_is_anothers(struct ring_slot *slot)
{
	tl_u32 state = __atomic_load_n(&slot->state, __ATOMIC_SEQ_CST);

	return (state == RING_LIVE || state == RING_ENDED) &&
	       (slot->tgid != shim.pid || slot->pidns != shim.pidns);
}

/*
 * Who takes a slot looks then whether its ring is mapped, and here it is said first that it is not:
 * so a ring is let go where nobody has it, or another process, and no thread comes to it any more.
 */
static void ring_let_go(struct ring_header *h, tl_u32 i)
{
	tl_u64 bit = 1ull << i % 64;
	bool taken;

	if (__atomic_fetch_or(&unmapped[i / 64], bit, __ATOMIC_SEQ_CST) & bit)
		return;
	taken = slot_take(&h->slots[i]);
	if (taken || slot_is_anothers(&h->slots[i]))
		real.munmap(ring_at(h, i), sizeof(struct ring));
	else
		__atomic_fetch_and(&unmapped[i / 64], ~bit, __ATOMIC_SEQ_CST);
	if (taken)
		__atomic_store_n(&h->slots[i].state, RING_FREE, __ATOMIC_RELEASE);
}

void rings_keep(tl_u32 n)
{
	struct ring_header *h = __atomic_load_n(&shim.header, __ATOMIC_ACQUIRE);

	for (tl_u32 i = 0; h && i < shim.ring_max; i++) {
		tl_u32 state = __atomic_load_n(&h->slots[i].state, __ATOMIC_RELAXED);

		if (state == RING_FREE && ring_is_mapped(i) && n)
			n--;
		else if (state == RING_FREE || slot_is_anothers(&h->slots[i]))
			ring_let_go(h, i);
	}
}

static bool ring_claim(struct self *s, struct ring_header *h, tl_u32 i)
{
	struct ring_slot *slot = &h->slots[i];

	if (!slot_take(slot))
		return false;
	if (!ring_is_mapped(i)) {
		__atomic_store_n(&slot->state, RING_FREE, __ATOMIC_RELEASE);
		return false;
	}
	*s = (struct self){.ring = ring_at(h, i), .slot = slot, .busy = true};
	s->tid = (tl_u32)sys_gettid();
	s->cpu = stamp_cpu_place();
	if (!s->cpu)
		s->cpu = &no_cpu;
	if (!populate(s->ring, RING_PAGE) || !chunk_ready(s, s->ring->head)) {
		__atomic_store_n(&slot->state, RING_FREE, __ATOMIC_RELEASE);
		*s = self_without();
		return false;
	}
	slot->tid = s->tid;
	slot->tgid = shim.pid;
	slot->ppid = shim.ppid;
	slot->pidns = shim.pidns;
	slot->image = shim.image;
	slot->life++;
	ring_used_raise(h, i + 1);
	__atomic_store_n(&slot->state, RING_LIVE, __ATOMIC_RELEASE);
	return true;
}

/* creator: tid of the thread that made this one; for a process's first, its parent's pid. */
static bool ring_find(struct self *s, struct ring_header *h, tl_u32 creator)
{
	for (tl_u32 i = 0; i < shim.ring_max; i++) {
		if (!ring_claim(s, h, i))
			continue;
		threads_note(pthread_self(), s->tid);
		record_at(s, EV_THREAD_START, 0, event_pair(shim.pid, creator), 0, false);
		record_name(s);
		if (shim.has_key)
			pthread_setspecific(shim.key, s);
		return true;
	}
	__atomic_fetch_add(&h->no_ring, 1, __ATOMIC_RELAXED);
	s->refused = REFUSED_RETRY;
	return false;
}

/*
 * A thread ends. Other destructors may take locks still, so this one runs again until the last
 * round there is.
 */
static void self_end(void *value)
{
	struct self *s = &self;
	struct ring_slot *slot;

	(void)value;
	if (!s->slot || !shim.page->header)
		return;
	if (++s->rounds < LAST_ROUND) {
		pthread_setspecific(shim.key, s);
		return;
	}
	record_at(s, EV_THREAD_EXIT, 0, shim.pid, 0, true);
	slot = s->slot;
	*s = self_without();
	s->ended = true;
	__atomic_store_n(&slot->state, RING_ENDED, __ATOMIC_RELEASE);
}

static tl_u32 pid_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) ? 0 : (tl_u32)st.st_ino;
}

static struct ring_header *process_join(struct ring_header *h)
{
	shim.pidns = pid_namespace();
	shim.pid = (tl_u32)getpid();
	shim.ppid = (tl_u32)getppid();
	shared_forked();
	self = self_without();
	__atomic_store_n(&shim.page->header, h, __ATOMIC_RELEASE);
	return h;
}

/* The page that tells a child from its parent; without it a child made by other means is not told.
 */
static struct shim_page *page_new(void)
{
	void *page =
		mmap(NULL, RING_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return NULL;
	if (madvise(page, RING_PAGE, MADV_WIPEONFORK)) {
		munmap(page, RING_PAGE);
		return NULL;
	}
	return page;
}

/* The threads of the program that this one replaced (exec) are gone, and nobody else can tell. */
static bool process_replaces(struct ring_header *h, tl_u32 pid, tl_u32 pidns)
{
	tl_u32 used = __atomic_load_n(&h->ring_used, __ATOMIC_ACQUIRE);
	bool found = false;

	for (tl_u32 i = 0; i < used && i < shim.ring_max; i++) {
		struct ring_slot *slot = &h->slots[i];
		tl_u32 state = __atomic_load_n(&slot->state, __ATOMIC_ACQUIRE);

		if ((state != RING_LIVE && state != RING_ENDED) || slot->tgid != pid ||
			slot->pidns != pidns)
			continue;
		found = true;
		__atomic_store_n(&slot->state, RING_DEAD, __ATOMIC_RELEASE);
	}
	return found;
}

void process_open(struct ring_header *h, tl_u32 ring_max)
{
	struct shim_page *page = page_new();
	struct self *s = &self;
	bool replaced;

	if (!page)
		return;
	shim.ring_max = ring_max;
	shim.tsc = h->clock == RING_CLOCK_TSC;
	shim.image = getauxval(AT_EXECFN);
	shim.has_key = !pthread_key_create(&shim.key, self_end);
	shim.page = page;
	replaced = process_replaces(h, (tl_u32)getpid(), pid_namespace());
	process_join(h);
	__atomic_store_n(&shim.header, h, __ATOMIC_RELEASE);
	s->busy = false;
	if (self_begin(shim.pid == (tl_u32)sys_gettid() ? shim.ppid : 0) && replaced)
		record_at(s, EV_EXEC, 0, event_pair(s->tid, shim.pid), 0, false);
}

/* Threads started by the trampoline know who made them; others (creator 0) are found when met. */
bool self_begin(tl_u32 creator)
{
	struct ring_header *h = shim.page->header;
	struct self *s = &self;
	bool found;

	if (!h || s->busy || s->slot || s->ended)
		return false;
	s->busy = true;
	found = __atomic_load_n(&h->control, __ATOMIC_RELAXED) & RING_ACTIVE &&
		ring_find(s, h, creator);
	s->busy = false;
	return found;
}

static struct self *self_refused(struct self *s, struct ring_header *h)
{
	__atomic_fetch_add(&h->no_ring_lost, 1, __ATOMIC_RELAXED);
	if (s->refused)
		s->refused--;
	return NULL;
}

/* The thread is not observed: not yet, not any more, or not at all. */
static struct self *self_meet(void)
{
	struct ring_header *h = shim.page->header;
	struct self *s = &self;
	int err = errno;

	if (!real.resolved)
		real_resolve();
	if (!shim.header) {
		shim_open();
		errno = err;
		if (!shim.header)
			return NULL;
		h = shim.page->header;
	}
	if (!h) /* a child with its own memory: all it has of the session is its parent's */
		h = process_join(shim.header);
	else if (!(__atomic_load_n(&h->control, __ATOMIC_RELAXED) & RING_ACTIVE))
		return NULL;
	else if (s->ended || s->refused || s->busy)
		return self_refused(s, h);
	s->busy = false;
	if (!s->slot)
		self_begin(s->tid || shim.pid != (tl_u32)sys_gettid() ? 0 : shim.ppid);
	errno = err;
	return s->slot ? s : self_refused(s, h);
}

/*
 * It has half of the ring at most, so that nothing else is lost for it. Where that is full, from
 * where the thread calls is not known, and is told so.
 */
static void site_tell(struct self *s, tl_u64 site)
{
	const struct ring *r = s->ring;

	if (__atomic_load_n(&r->head, __ATOMIC_RELAXED) -
			__atomic_load_n(&r->tail, __ATOMIC_RELAXED) >=
		RING_EVENTS / 2)
		site = 0;
	if (site == s->site)
		return;
	s->site = site;
	record_at(s, EV_CALL_SITE, 0, site, 0, false);
}

/* It is not observed, or it is told from where it calls. */
struct self *self_enter_slow(const void *site)
{
	const struct ring_header *h = shim.page->header;
	struct self *s = &self;
	tl_u32 control = h ? __atomic_load_n(&h->control, __ATOMIC_RELAXED) : 0;

	if (!(control & RING_ACTIVE) || !s->slot)
		s = self_meet();
	if (s && __atomic_load_n(&shim.header->control, __ATOMIC_RELAXED) & RING_CALLS)
		site_tell(s, (tl_u64)(uintptr_t)site);
	return s;
}
