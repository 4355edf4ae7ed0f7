/* SPDX-License-Identifier: GPL-2.0 OR MIT */
/*
 * Every lock call of a process whose program was not changed: probes where its C library's calls
 * begin and end. What began is kept for each thread until its end is met at the same place on the
 * stack; what is told is what the shim would tell.
 */
#include "event.h"
#include "locks.h"
#include "quirks.bpf.h"

char LICENSE[] SEC("license") = "Dual MIT/GPL";

#define EBUSY_      16
#define OWNERDEAD   130
#define UNRECOVERED 131
#define GONE        125 /* ECANCELED: with its frame, too */
#define PENDING     2   /* calls of one thread: one in a signal handler may be met in another */

enum { WHAT_MUTEX, WHAT_RWLOCK, WHAT_COND, WHAT_SEM, WHAT_SPIN };

struct user_regs {
	unsigned long r15, r14, r13, r12, bp, bx, r11, r10, r9, r8, ax, cx, dx, si, di, orig_ax, ip,
		cs, flags, sp, ss;
};

struct bpf_pidns_info { /* include/uapi/linux/bpf.h */
	__u32 pid, tgid;
};

struct pending {
	__u64 sp, obj, mutex;
	__u32 call, flags, kind, mutex_flags;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 8 << 20);
} lock_ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LOCK_SITES);
	__type(key, __u32);
	__type(value, struct lock_site);
} sites SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 4096);
	__type(key, __u32);
	__type(value, struct lock_hits);
} hits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u32);
	__type(value, struct pending[PENDING]);
} pendings SEC(".maps");

/* In the reader's namespace where that is the target's own, else as the kernel numbers it. */
const volatile __u32 target;
const volatile __u64 pidns_dev, pidns_ino;
const volatile bool same_space; /* the target's numbers are the reader's */
const volatile __u64 urgent;
const volatile bool tell_callers;
/* A thread without calls. Not on the stack: all calls together have 512 bytes of it. */
const volatile __u64 nothing[PENDING * sizeof(struct pending) / 8];
__u32 live;     /* set once all probes stand */
bool measuring; /* probes stand in the reader's own code, to learn what they cost */

struct here {
	__u32 tid, own; /* for the reader; in the target's namespace */
	__u32 tgid;     /* as the target is numbered */
	__u16 cpu;
	__u64 ts;
	struct lock_hits *hits;
};

static __always_inline void tell(struct here *h, __u8 kind, __u32 flags, __u64 obj, __u64 arg)
{
	struct event *ev;
	__u64 wake = BPF_RB_NO_WAKEUP;

	if (h->hits->lost) {
		ev = bpf_ringbuf_reserve(&lock_ring, sizeof(*ev), 0);
		if (ev) {
			ev->ts = h->ts;
			ev->tid = 0;
			ev->kind = EV_LOST;
			ev->flags = LOST_CALLS;
			ev->cpu = EVENT_NO_CPU;
			ev->arg = h->hits->lost_since;
			ev->obj = __sync_lock_test_and_set(&h->hits->lost, 0);
			bpf_ringbuf_submit(ev, BPF_RB_NO_WAKEUP);
		}
	}
	ev = bpf_ringbuf_reserve(&lock_ring, sizeof(*ev), 0);
	if (!ev) {
		if (!h->hits->lost)
			h->hits->lost_since = h->ts;
		__sync_fetch_and_add(&h->hits->lost, 1);
		return;
	}
	ev->ts = h->ts = bpf_ktime_get_ns();
	ev->tid = h->tid;
	ev->kind = kind;
	ev->flags = (__u8)flags;
	ev->cpu = h->cpu;
	ev->obj = obj;
	ev->arg = arg;
	if (bpf_ringbuf_query(&lock_ring, BPF_RB_AVAIL_DATA) > urgent && !h->hits->woken) {
		h->hits->woken = 1;
		wake = BPF_RB_FORCE_WAKEUP;
	}
	bpf_ringbuf_submit(ev, wake);
}

struct mutex {
	__u32 lock, count, owner, users, kind;
};

static __always_inline __u64 mutex_arg(__u32 kind)
{
	__u32 shared = kind & 0x10 ? 0 : (kind & 0x80) << 3; /* all robust ones are marked so */

	return (1 + (kind & 3)) | (kind & 0x30) << 4 | shared;
}

static __always_inline __u32 mutex_nested(const struct mutex *m)
{
	return (m->kind & 3) == 1 && m->count > 1 ? LOCK_NESTED : 0;
}

static __always_inline bool mutex_refuses(const struct mutex *m, __u32 own)
{
	if (m->kind & 0x10)
		return (m->lock & 0x3fffffff) != own;
	if (!(m->kind & 3) || (m->kind & 3) == 3)
		if (!(m->kind & 0x20))
			return false;
	return m->owner != own;
}

static __always_inline __u32 call_what(__u32 call)
{
	switch (call) {
#define X(NAME, function, what, flags, ends) \
	case LOCK_CALL_##NAME: return WHAT_##what;
		LOCK_CALLS(X)
#undef X
	}
	return WHAT_MUTEX;
}

static __always_inline __u32 call_flags(__u32 call)
{
	switch (call) {
#define X(NAME, function, what, flags, ends) \
	case LOCK_CALL_##NAME: return flags;
		LOCK_CALLS(X)
#undef X
	}
	return 0;
}

static __always_inline bool call_ends(__u32 call)
{
	switch (call) {
#define X(NAME, function, what, flags, ends) \
	case LOCK_CALL_##NAME: return ends;
		LOCK_CALLS(X)
#undef X
	}
	return false;
}

static __always_inline bool mutex_read(struct mutex *m, __u64 at)
{
	return !bpf_probe_read_user(m, sizeof(*m), (const void *)at);
}

/* The stack pointer is as it was when the call began: what it returns to lies there. */
static __always_inline void tell_caller(struct here *h, __u64 sp, __u64 at)
{
	__u64 caller;

	if (tell_callers && !bpf_probe_read_user(&caller, sizeof(caller), (const void *)sp))
		tell(h, EV_LOCK_CALLER, 0, at, caller);
}

static __always_inline void end_mutex(struct here *h, __u64 sp, __u64 at, __u32 flags, __s32 err)
{
	struct mutex m;

	if (!mutex_read(&m, at))
		return;
	if (err && err != OWNERDEAD) {
		tell(h, EV_LOCK_FAIL, flags & ~LOCK_CONTENDED, at,
			event_pair(mutex_arg(m.kind) & LOCK_KIND_MASK, (__u32)err));
		return;
	}
	tell(h, EV_LOCK_ACQUIRE, flags | mutex_nested(&m) | (err ? LOCK_OWNERDEAD : 0), at,
		mutex_arg(m.kind));
	tell_caller(h, sp, at);
}

static __noinline int end_call(struct here *h, struct pending *p, __s32 err)
{
	if (!h || !p)
		return 0;
	switch (call_what(p->call)) {
	case WHAT_MUTEX: end_mutex(h, p->sp, p->obj, p->flags, err); break;
	case WHAT_COND:
		tell(h, EV_COND_WAKE, 0, p->obj, (__u32)err);
		end_mutex(h, err == GONE ? 0 : p->sp, p->mutex, LOCK_COND,
			err == UNRECOVERED ? err : 0);
		break;
	case WHAT_SEM:
		if (err) /* errno has the reason: 0, not known, where there are several */
			tell(h, EV_SEM_FAIL, p->flags & ~LOCK_CONTENDED, p->obj,
				p->flags & LOCK_TRY ? 11 : 0);
		else
			tell(h, EV_SEM_ACQUIRE, p->flags, p->obj, ~0ull);
		break;
	default:
		if (err)
			tell(h, EV_LOCK_FAIL, p->flags & ~LOCK_CONTENDED, p->obj,
				event_pair(p->kind & LOCK_KIND_MASK, (__u32)err));
		else
			tell(h, EV_LOCK_ACQUIRE, p->flags, p->obj, p->kind);
		if (!err)
			tell_caller(h, p->sp, p->obj);
	}
	return 0;
}

/* What else there is of one that waits or may not: whether it was seen taken. */
static __always_inline bool looks_taken(struct here *h, struct pending *p)
{
	struct mutex m;
	__u32 words[8];

	switch (call_what(p->call)) {
	case WHAT_MUTEX:
		if (!mutex_read(&m, p->obj))
			return false;
		p->kind = (__u32)mutex_arg(m.kind);
		return (m.kind & 0x40 ? m.lock & 0x7ffff : m.lock & 0x3fffffff) &&
		       m.owner != h->own;
	case WHAT_RWLOCK:
		if (bpf_probe_read_user(words, sizeof(words), (const void *)p->obj))
			return false;
		p->kind = LOCK_KIND_RWLOCK | (words[7] ? LOCK_ATTR_SHARED : 0);
		return words[6] ? words[6] != h->own : !(p->flags & LOCK_READ) && words[0] >> 3;
	case WHAT_SEM: return !bpf_probe_read_user(words, 4, (const void *)p->obj) && !words[0];
	case WHAT_SPIN:
		p->kind = LOCK_KIND_SPIN;
		return !bpf_probe_read_user(words, 4, (const void *)p->obj) && words[0] != 1;
	}
	return false;
}

static __always_inline void begin_cond(struct here *h, struct pending *p)
{
	struct mutex m;

	if (mutex_read(&m, p->mutex))
		tell(h, EV_LOCK_RELEASE, LOCK_COND | mutex_nested(&m), p->mutex, mutex_arg(m.kind));
	tell(h, EV_COND_WAIT, p->flags, p->obj, p->mutex);
}

static __always_inline void begin_call(struct here *h, struct pending *p)
{
	__u32 what = call_what(p->call);

	if (what == WHAT_COND) {
		begin_cond(h, p);
		return;
	}
	if (!looks_taken(h, p) || p->flags & LOCK_TRY)
		return;
	tell(h, what == WHAT_SEM ? EV_SEM_WAIT : EV_LOCK_WAIT, p->flags, p->obj,
		what == WHAT_SEM ? 0 : p->kind);
	p->flags |= LOCK_CONTENDED;
}

static __always_inline void call_once(struct here *h, __u32 call, __u64 obj)
{
	struct mutex m;
	__u32 words[8];

	switch (call) {
	case LOCK_CALL_MUTEX_UNLOCK:
		if (mutex_read(&m, obj) && !mutex_refuses(&m, h->own))
			tell(h, EV_LOCK_RELEASE, mutex_nested(&m), obj, mutex_arg(m.kind));
		break;
	case LOCK_CALL_RWLOCK_UNLOCK:
		if (!bpf_probe_read_user(words, sizeof(words), (const void *)obj))
			tell(h, EV_LOCK_RELEASE, words[6] == h->own ? 0 : LOCK_READ, obj,
				LOCK_KIND_RWLOCK | (words[7] ? LOCK_ATTR_SHARED : 0));
		break;
	case LOCK_CALL_SPIN_UNLOCK: tell(h, EV_LOCK_RELEASE, 0, obj, LOCK_KIND_SPIN); break;
	case LOCK_CALL_SEM_POST:
		if (!bpf_probe_read_user(words, 4, (const void *)obj) && words[0] != 0x7fffffff)
			tell(h, EV_SEM_POST, 0, obj, words[0]);
		break;
	case LOCK_CALL_COND_SIGNAL: tell(h, EV_COND_SIGNAL, 0, obj, 0); break;
	case LOCK_CALL_COND_BROADCAST: tell(h, EV_COND_BROADCAST, 0, obj, 0); break;
	}
}

/* A call whose frame is gone will not end any more: it was cancelled, or jumped out of. */
static __always_inline void forget_dead(struct here *h, struct pending *stack, __u64 sp)
{
	if (stack[1].call && stack[1].sp <= sp) {
		end_call(h, &stack[1], GONE);
		stack[1].call = 0;
	}
	if (stack[0].call && stack[0].sp <= sp) {
		end_call(h, &stack[0], GONE);
		stack[0].call = 0;
	}
}

static __always_inline void enter(
	struct here *h, __u32 call, __u64 sp, __u64 obj, __u64 mutex, bool over)
{
	struct pending *stack, *p;

	stack = bpf_map_lookup_elem(&pendings, &h->tid);
	if (stack && stack[0].call && stack[0].sp == sp && stack[0].call == call &&
		stack[0].obj == obj)
		return; /* it goes round */
	if (stack)
		forget_dead(h, stack, sp);
	if (!call_ends(call)) {
		call_once(h, call, obj);
		return;
	}
	if (!stack) {
		bpf_map_update_elem(&pendings, &h->tid, (const void *)nothing, BPF_ANY);
		stack = bpf_map_lookup_elem(&pendings, &h->tid);
		if (!stack) {
			if (!h->hits->lost)
				h->hits->lost_since = h->ts;
			__sync_fetch_and_add(&h->hits->lost, 1);
			return;
		}
	}
	p = stack[0].call ? &stack[1] : &stack[0];
	p->sp = sp;
	p->obj = obj;
	p->mutex = mutex;
	p->call = call;
	p->flags = call_flags(call);
	p->kind = LOCK_KIND_SPIN;
	if (!over)
		begin_call(h, p);
}

static __always_inline bool goes(__u32 way, __u64 flags)
{
	bool cf = flags & 1, pf = flags & 4, zf = flags & 0x40, sf = flags & 0x80,
	     of = flags & 0x800, is;

	switch (way >> 1) {
	case 0: is = of; break;
	case 1: is = cf; break;
	case 2: is = zf; break;
	case 3: is = cf || zf; break;
	case 4: is = sf; break;
	case 5: is = pf; break;
	case 6: is = sf != of; break;
	case 7: is = zf || sf != of; break;
	default: return true;
	}
	return is != (way & 1);
}

static __always_inline __s32 reg_value(const struct user_regs *r, __u32 reg)
{
	switch (reg) {
	case 0: return (__s32)r->ax;
	case 1: return (__s32)r->cx;
	case 2: return (__s32)r->dx;
	case 3: return (__s32)r->bx;
	case 5: return (__s32)r->bp;
	case 6: return (__s32)r->si;
	case 7: return (__s32)r->di;
	case 8: return (__s32)r->r8;
	case 9: return (__s32)r->r9;
	case 10: return (__s32)r->r10;
	case 11: return (__s32)r->r11;
	case 12: return (__s32)r->r12;
	case 13: return (__s32)r->r13;
	case 14: return (__s32)r->r14;
	default: return (__s32)r->r15;
	}
}

static __always_inline void leave(struct here *h, __u64 sp, __s32 result)
{
	struct pending *stack = bpf_map_lookup_elem(&pendings, &h->tid);

	if (!stack)
		return;
	if (stack[1].call && stack[1].sp == sp) {
		end_call(h, &stack[1], result);
		stack[1].call = 0;
	} else if (stack[0].call && stack[0].sp == sp) {
		end_call(h, &stack[0], result);
		stack[0].call = 0;
	}
}

static __always_inline bool here_now(struct here *h)
{
	struct bpf_pidns_info ns = {};
	__u32 cpu = bpf_get_smp_processor_id();

	h->hits = bpf_map_lookup_elem(&hits, &cpu);
	if (!h->hits)
		return false;
	if (bpf_get_ns_current_pid_tgid(pidns_dev, pidns_ino, &ns, sizeof(ns)) && !measuring)
		return false;
	h->own = ns.pid;
	h->tid = same_space ? ns.pid : (__u32)bpf_get_current_pid_tgid();
	h->tgid = same_space ? ns.tgid : (__u32)(bpf_get_current_pid_tgid() >> 32);
	h->cpu = (__u16)cpu;
	h->ts = bpf_ktime_get_ns();
	return true;
}

SEC("kprobe")
int on_site(struct user_regs *ctx)
{
	__u32 id = (__u32)bpf_get_attach_cookie(ctx);
	struct lock_site *site = bpf_map_lookup_elem(&sites, &id);
	struct user_regs regs;
	struct lock_edge edge;
	struct here h;
	__u64 sp;

	if (!live || !site || !here_now(&h))
		return 0;
	if (site->cheap)
		h.hits->cheap++;
	else
		h.hits->dear++;
	if (h.tgid != target && !measuring)
		return 0;
	bpf_probe_read_kernel(&regs, sizeof(regs), ctx);
	sp = regs.sp + site->depth;
	edge = goes(site->way, regs.flags) ? site->edge[1] : site->edge[0];
	if (site->enters)
		enter(&h, site->enters, sp, regs.di, regs.si,
			edge.ends && site->enters == LOCK_CALL_SPIN_LOCK);
	if (edge.ends)
		leave(&h, sp, edge.known ? edge.value : reg_value(&regs, edge.reg));
	return 0;
}
