/* SPDX-License-Identifier: MIT */
#include "source/proc_reason.h"

#include <elf.h>
#include <errno.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>

/* glibc 2.31 to 2.42: where in struct pthread its own address and its tid are (nptl/descr.h) */
#ifdef __x86_64__
#define PTHREAD_SELF 0x10
#define PTHREAD_TID  0x2d0
#else
#define PTHREAD_SELF 0
#define PTHREAD_TID  0 /* not known */
#endif

static const s32 run_places[REASON_RUNS] = {0, 4, -4};

static bool futex_waits(const struct proc_syscall *call)
{
	if (call->call != PROC_CALL_BLOCKED || call->number != SYS_futex)
		return false;
	switch (call->args[1] & FUTEX_CMD_MASK) {
	case FUTEX_WAIT:
	case FUTEX_WAIT_BITSET:
	case FUTEX_WAIT_REQUEUE_PI:
	case FUTEX_LOCK_PI:
	case 13: return true; /* FUTEX_LOCK_PI2, Linux 5.14 */
	default: return false;
	}
}

/* A run at the edge of a mapping ends the reading: what came before it counts. */
static u32 words_read(u32 words[REASON_RUNS][4], u32 tgid, u64 address)
{
	struct iovec local = {words, sizeof(u32[REASON_RUNS][4])}, remote[REASON_RUNS];
	ssize_t n;

	for (size_t i = 0; i < REASON_RUNS; i++)
		remote[i] = (struct iovec){
			(void *)(uintptr_t)(address + (u64)(run_places[i] * 4)), sizeof(words[i])};
	memset(words, 0, sizeof(u32[REASON_RUNS][4]));
	n = proc_peek(tgid, &local, 1, remote, REASON_RUNS);
	return n < 0 ? 0 : (u32)((size_t)n / sizeof(words[0]));
}

int proc_reason_read(struct proc_reason *r, u32 tgid, u32 tid)
{
	char text[256];
	ssize_t n = proc_read(tgid, tid, "syscall", text, sizeof(text));
	int err;

	*r = (struct proc_reason){0};
	if (n < 0)
		return n == -ENOENT ? -ESRCH : (int)n;
	err = proc_parse_syscall(&r->call, text, (size_t)n);
	if (err)
		return err;
	if (r->call.call == PROC_CALL_NONE)
		return -EAGAIN;
	r->futex = futex_waits(&r->call);
	if (r->futex)
		r->runs = words_read(r->words, tgid, r->call.args[0]);
	return 0;
}

bool proc_reason_refresh(struct proc_reason *r, u32 tgid)
{
	u32 words[REASON_RUNS][4], runs;

	if (!r->futex)
		return false;
	runs = words_read(words, tgid, r->call.args[0]);
	if (runs == r->runs && !memcmp(words, r->words, sizeof(words)))
		return false;
	r->runs = runs;
	memcpy(r->words, words, sizeof(words));
	return true;
}

u32 proc_reason_stream_owner(const struct proc_reason *r, u32 tgid, u64 *pthread)
{
	u64 at = event_pair(r->words[0][2], r->words[0][3]), self = 0;
	u32 tid = 0;
	struct iovec local[2] = {{&self, sizeof(self)}, {&tid, sizeof(tid)}};
	struct iovec remote[2] = {{(void *)(uintptr_t)(at + PTHREAD_SELF), sizeof(self)},
		{(void *)(uintptr_t)(at + PTHREAD_TID), sizeof(tid)}};

	*pthread = at;
	if (!r->futex || !r->runs || !PTHREAD_TID || at & 63 || at < 1 << 20 || at >> 47)
		return 0;
	if (proc_peek(tgid, local, 2, remote, 2) != sizeof(self) + sizeof(tid))
		return 0;
	return self == at && tid <= 1 << 22 ? tid : 0;
}

static void tell_futex(const struct proc_reason *r, struct order *out, struct event ev)
{
	ev.kind = EV_FUTEX;
	ev.flags = BLOCK_SAMPLED | BLOCK_MORE;
	ev.obj = r->call.args[0];
	ev.arg = event_pair((u32)r->call.args[2], (u32)r->call.args[1]);
	order_add(out, &ev, 1);
	ev.kind = EV_FUTEX_WORDS;
	for (u32 i = 0; i < r->runs; i++) {
		ev.flags = (u8)run_places[i];
		ev.obj = event_pair(r->words[i][0], r->words[i][1]);
		ev.arg = event_pair(r->words[i][2], r->words[i][3]);
		order_add(out, &ev, 1);
	}
	ev.kind = EV_FUTEX_SITE;
	ev.flags = 0;
	ev.obj = r->site;
	ev.arg = r->caller;
	order_add(out, &ev, 1);
}

void proc_reason_tell(const struct proc_reason *r, struct order *out, u64 ts, u32 tid)
{
	struct event ev = {.ts = ts, .tid = tid, .flags = BLOCK_SAMPLED, .cpu = EVENT_NO_CPU};

	if (r->futex) {
		tell_futex(r, out, ev);
		return;
	}
	ev.kind = EV_BLOCK;
	ev.obj = (u64)r->call.number;
	ev.arg = r->call.args[0];
	order_add(out, &ev, 1);
}

bool proc_native(u32 tgid)
{
	char head[EI_NIDENT + 1];
	ssize_t n = proc_read(proc_reachable(tgid), 0, "exe", head, sizeof(head));

	return n > EI_CLASS && !memcmp(head, ELFMAG, SELFMAG) &&
	       head[EI_CLASS] == (sizeof(long) == 8 ? ELFCLASS64 : ELFCLASS32);
}
