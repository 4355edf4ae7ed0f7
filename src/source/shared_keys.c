/* SPDX-License-Identifier: MIT */
#include "source/shared_keys.h"

#include "core/idmap.h"
#include "core/mem.h"
#include "source/proc_code.h"
#include "source/source.h"

#include <linux/futex.h>
#include <stdlib.h>

#define RENEW_NS  (500 * NSEC_PER_MSEC)
#define AGAIN_NS  (20 * NSEC_PER_MSEC)
#define SEEN_MOST (1 << 18) /* then all are asked for again */

struct shared_keys {
	struct proc_code *code;
	struct idmap seen; /* address of a process: nothing more to be told of it */
	u64 read;          /* when mappings were read last */
	bool shares;       /* some were told of since */
};

struct shared_keys *shared_keys_new(void)
{
	struct shared_keys *k = mem_alloc(sizeof(*k));

	k->code = proc_code_new();
	return k;
}

void shared_keys_free(struct shared_keys *k)
{
	if (!k)
		return;
	if (k->code)
		proc_code_free(k->code);
	idmap_free(&k->seen);
	free(k);
}

static void forget(struct shared_keys *k)
{
	idmap_free(&k->seen);
	k->seen = (struct idmap){0};
}

static void renew(struct shared_keys *k, u64 now)
{
	proc_code_renew(k->code);
	k->read = now;
}

/* Where nothing was mapped, something may be now. */
static bool is_mapped(struct shared_keys *k, u32 tgid, u64 address, u64 now)
{
	bool is = proc_maps_at(proc_code_maps(k->code, tgid), address);

	if (!is && now > k->read + AGAIN_NS) {
		renew(k, now);
		is = proc_maps_at(proc_code_maps(k->code, tgid), address);
	}
	return is;
}

static size_t key_tell(
	struct shared_keys *k, u32 tgid, const struct event *ev, u64 address, struct event *told)
{
	u64 place = idmap_mix(tgid, address), key;

	if (idmap_get(&k->seen, place) != IDMAP_NONE || !is_mapped(k, tgid, address, ev->ts))
		return 0;
	key = proc_code_key(k->code, tgid, address);
	if (k->seen.n >= SEEN_MOST)
		forget(k);
	idmap_set(&k->seen, place, 1);
	k->shares |= key != 0;
	*told = (struct event){.ts = ev->ts,
		.tid = ev->tid,
		.kind = EV_OBJ_KEY,
		.flags = OBJECT_LOOKED,
		.cpu = EVENT_NO_CPU,
		.obj = address,
		.arg = key};
	return key != 0;
}

/* Where the futex is the word of a lock that begins so many bytes before it. */
static size_t futex_tell(struct shared_keys *k, u32 tgid, const struct event *ev,
	struct event told[SHARED_KEYS_MOST])
{
	size_t n = 0;

	if (event_hi(ev->arg) & FUTEX_PRIVATE_FLAG)
		return 0;
	for (u64 before = 0; before < 4 * SHARED_KEYS_MOST; before += 4)
		n += key_tell(k, tgid, ev, ev->obj - before, &told[n]);
	return n;
}

size_t shared_keys_of(struct shared_keys *k, u32 tgid, const struct event *ev,
	struct event told[SHARED_KEYS_MOST])
{
	size_t n = 0;

	if (!k->code || !tgid)
		return 0;
	if (k->shares && ev->ts > k->read + RENEW_NS) { /* another's memory may be there now */
		renew(k, ev->ts);
		forget(k);
		k->shares = false;
	}
	switch (ev->kind) {
	case EV_FUTEX: return futex_tell(k, tgid, ev, told);
	case EV_COND_WAIT:
		n = key_tell(k, tgid, ev, ev->arg, told); /* its mutex */
	/* fall through */
	case EV_LOCK_WAIT:
	case EV_LOCK_ACQUIRE:
	case EV_LOCK_RELEASE:
	case EV_LOCK_FAIL:
	case EV_SEM_WAIT:
	case EV_SEM_ACQUIRE:
	case EV_SEM_FAIL:
	case EV_SEM_POST:
	case EV_COND_WAKE:
	case EV_COND_SIGNAL:
	case EV_COND_BROADCAST: return n + key_tell(k, tgid, ev, ev->obj, &told[n]);
	default: return 0;
	}
}
