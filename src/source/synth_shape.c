/* SPDX-License-Identifier: MIT */
#include "source/synth_shape.h"

#include <errno.h>
#include <string.h>

static const struct synth_word outs[] = {
	{"preempted", OUT_PREEMPTED},
	{"sleep", OUT_SLEEP},
	{"disk", OUT_DISK},
	{"stopped", OUT_STOPPED},
	{"dead", OUT_DEAD},
	{"idle", OUT_IDLE},
	{"blocked", OUT_BLOCKED},
	{"yield", OUT_YIELD},
	{NULL},
};
static const struct synth_word wakes[] = {
	{"irq", WAKE_IRQ},
	{"futex", WAKE_FUTEX},
	{"new", WAKE_NEW},
	{NULL},
};
static const struct synth_word exits[] = {{"last", EXIT_LAST}, {NULL}};
static const struct synth_word tasks[] = {
	{"unknown", TASK_UNKNOWN},
	{"running", TASK_RUNNING},
	{"runnable", TASK_RUNNABLE},
	{"sleep", TASK_SLEEP},
	{"disk", TASK_DISK},
	{"stopped", TASK_STOPPED},
	{"zombie", TASK_ZOMBIE},
	{NULL},
};
static const struct synth_word samples[] = {
	{"sampled", BLOCK_SAMPLED}, {"more", BLOCK_MORE}, {NULL}};
static const struct synth_word losses[] = {
	{"cpu", LOST_CPU},
	{"thread", LOST_THREAD},
	{"calls", LOST_CALLS},
	{NULL},
};
static const struct synth_word texts[] = {{"more", EVENT_MORE}, {"looked", OBJECT_LOOKED}, {NULL}};
static const struct synth_word frame_texts[] = {
	{"more", EVENT_MORE}, {"inlined", FRAME_INLINED}, {NULL}};
static const struct synth_word site_texts[] = {
	{"more", EVENT_MORE}, {"line", CALL_SITE_LINE}, {NULL}};
static const struct synth_word looks[] = {
	{"looked", OBJECT_LOOKED}, {"shared", LOCK_SHARED}, {NULL}};
static const struct synth_word lock_flags[] = {
	{"read", LOCK_READ},
	{"try", LOCK_TRY},
	{"timed", LOCK_TIMED},
	{"nested", LOCK_NESTED},
	{"by-cond", LOCK_COND},
	{"ownerdead", LOCK_OWNERDEAD},
	{"contended", LOCK_CONTENDED},
	{"shared", LOCK_SHARED},
	{NULL},
};
static const struct synth_word lock_attrs[] = {
	{"robust", LOCK_ATTR_ROBUST >> 8},
	{"pi", LOCK_ATTR_PI >> 8},
	{"pshared", LOCK_ATTR_SHARED >> 8},
	{NULL},
};
static const struct synth_word lock_kinds[] = {
#define X(n, NAME, word) {word, n},
	LOCK_KINDS(X)
#undef X
		{NULL},
};
static const struct synth_word futex_sites[] = {
#define X(n, NAME, word) {word, n},
	FUTEX_SITES(X)
#undef X
		{NULL},
};
static const struct synth_word queue_fails[] = {
	{"put", QUEUE_FAIL_PUT},
	{"get", QUEUE_FAIL_GET},
	{"timed", LOCK_TIMED},
	{"try", LOCK_TRY},
	{NULL},
};
static const struct synth_word checks[] = {{"lost-update", CHECK_LOST_UPDATE}, {NULL}};
static const struct synth_word totals[] = {
	{"acquisitions", TOTALS_ACQUISITIONS},
	{"contended", TOTALS_CONTENDED},
	{"wait-ts", TOTALS_WAIT_TS},
	{"waited-ts", TOTALS_WAITED_TS},
	{"acquire-ts", TOTALS_ACQUIRE_TS},
	{"release-ts", TOTALS_RELEASE_TS},
	{"releases", TOTALS_RELEASES},
	{"puts", TOTALS_PUTS},
	{"gets", TOTALS_GETS},
	{"waits", TOTALS_WAITS},
	{"signals", TOTALS_SIGNALS},
	{"broadcasts", TOTALS_BROADCASTS},
	{"uncounted", TOTALS_UNCOUNTED},
	{NULL},
};

static const struct synth_word stands[] = {
#define X(n, NAME, word, obj, arg) {word, n},
	STANDS_KINDS(X)
#undef X
		{NULL},
};

/* futex(2)'s commands, linux/futex.h */
const struct synth_word synth_futex_ops[] = {
	{"wait", 0},
	{"wake", 1},
	{"requeue", 3},
	{"cmp-requeue", 4},
	{"wake-op", 5},
	{"lock-pi", 6},
	{"unlock-pi", 7},
	{"trylock-pi", 8},
	{"wait-bitset", 9},
	{"wake-bitset", 10},
	{"wait-requeue-pi", 11},
	{"cmp-requeue-pi", 12},
	{"lock-pi2", 13},
	{NULL},
};
const struct synth_word synth_errnos[] = {
	{"eperm", EPERM},
	{"eintr", EINTR},
	{"eagain", EAGAIN},
	{"ebusy", EBUSY},
	{"einval", EINVAL},
	{"edeadlk", EDEADLK},
	{"etimedout", ETIMEDOUT},
	{"eownerdead", EOWNERDEAD},
	{"enotrecoverable", ENOTRECOVERABLE},
	{NULL},
};

#define OBJ(key, form)                              \
	{                                           \
		key, SYNTH_OBJ, 0, 64, SYNTH_##form \
	}
#define OBJ_LO(key, form)                           \
	{                                           \
		key, SYNTH_OBJ, 0, 32, SYNTH_##form \
	}
#define OBJ_HI(key, form)                            \
	{                                            \
		key, SYNTH_OBJ, 32, 32, SYNTH_##form \
	}
#define ARG(key, form)                              \
	{                                           \
		key, SYNTH_ARG, 0, 64, SYNTH_##form \
	}
#define ARG_LO(key, form)                           \
	{                                           \
		key, SYNTH_ARG, 0, 32, SYNTH_##form \
	}
#define ARG_HI(key, form)                            \
	{                                            \
		key, SYNTH_ARG, 32, 32, SYNTH_##form \
	}
#define ARG_AT(key, at, bits, form)                    \
	{                                              \
		key, SYNTH_ARG, at, bits, SYNTH_##form \
	}
#define BITS(key, words)                                  \
	{                                                 \
		key, SYNTH_FLAGS, 0, 8, SYNTH_BITS, words \
	}
#define WORD(key, words)                                  \
	{                                                 \
		key, SYNTH_FLAGS, 0, 8, SYNTH_WORD, words \
	}
#define ERRNO_AT(at, bits)                                             \
	{                                                              \
		"errno", SYNTH_ARG, at, bits, SYNTH_WORD, synth_errnos \
	}
#define LOCK_KIND                                               \
	{                                                       \
		"kind", SYNTH_ARG, 0, 8, SYNTH_WORD, lock_kinds \
	}
#define LOCK_ATTRS                                               \
	{                                                        \
		"attr", SYNTH_ARG, 8, 24, SYNTH_BITS, lock_attrs \
	}
#define FLAGS BITS("flags", lock_flags)

const struct synth_field synth_shapes[EV_KIND_MAX][SYNTH_FIELDS] = {
	[EV_SWITCH] = {OBJ("next", PAIR), ARG_LO("prev", TGID), ARG_AT("prio", 32, 8, NUM),
		ARG_AT("next-prio", 40, 8, NUM), WORD("out", outs)},
	[EV_WAKING] = {OBJ("wakee", PAIR), ARG("addr", ADDR), BITS("flags", wakes)},
	[EV_FORK] = {OBJ("child", PAIR), ARG("parent", TGID)},
	[EV_EXEC] = {OBJ_LO("old", TID), OBJ_HI("tgid", TGID)},
	[EV_EXIT] = {ARG("code", NUM), OBJ("tgid", TGID), BITS("flags", exits)},
	[EV_REAP] = {OBJ("tgid", TID)},
	[EV_NAME] = {OBJ("text", TEXT), BITS("flags", texts)},
	[EV_TEXT] = {OBJ("text", TEXT), BITS("flags", texts)},
	[EV_TASK] = {OBJ_LO("tgid", TID), OBJ_HI("parent", TID), ARG("start", TIME),
		WORD("state", tasks)},
	[EV_NSTID] = {OBJ("own", PAIR)},
	[EV_IN] = {OBJ("tgid", TGID)},
	[EV_OUT] = {OBJ("tgid", TGID), WORD("out", outs)},
	[EV_BLOCK] = {OBJ("call", CALL), ARG("first", HEX), BITS("flags", samples)},
	[EV_FUTEX] = {OBJ("addr", ADDR), ARG_LO("val", NUM), ARG_HI("op", FUTEXOP),
		BITS("flags", samples)},
	[EV_FUTEX_WORDS] = {OBJ_LO("w0", HEX), OBJ_HI("w1", HEX), ARG_LO("w2", HEX),
		ARG_HI("w3", HEX), {"at", SYNTH_FLAGS, 0, 8, SYNTH_NUM, NULL, true}},
	[EV_FUTEX_WORD] = {OBJ("futex", ADDR), ARG("word", HEX),
		{"at", SYNTH_FLAGS, 0, 8, SYNTH_NUM, NULL, true}},
	[EV_GIL] = {OBJ("words", ADDR), ARG_LO("holder", TID), ARG_HI("told", NUM)},
	[EV_FRAME] = {OBJ_LO("frame", NUM), OBJ_HI("caller", NUM), ARG("addr", ADDR)},
	[EV_FRAME_NAME] = {OBJ("of", NUM), ARG("text", TEXT), BITS("flags", frame_texts)},
	[EV_STACK] = {OBJ("frame", NUM), {"end", SYNTH_ARG, 0, 64, SYNTH_NUM, NULL}},
	[EV_CALL_SITE] = {OBJ("at", ADDR), ARG("line", TEXT), BITS("flags", site_texts)},
	[EV_WAKER_STACK] = {OBJ("frame", NUM), ARG_LO("end", NUM), ARG_HI("wakee", TID)},
	[EV_HOLD_STACK] = {OBJ("lock", ADDR), ARG_LO("frame", NUM), ARG_HI("end", NUM)},
	[EV_FUTEX_SITE] = {{"site", SYNTH_OBJ, 0, 64, SYNTH_WORD, futex_sites}, ARG("caller", HEX)},
	[EV_LOST] = {OBJ("count", NUM), ARG("since", TIME), BITS("flags", losses)},
	[EV_SAMPLE] = {{"letter", SYNTH_OBJ, 0, 8, SYNTH_CHAR}, ARG("cputime", TIME)},
	[EV_PRIO] = {OBJ_LO("policy", NUM), {"value", SYNTH_OBJ, 32, 32, SYNTH_NUM, NULL, true}},
	[EV_THREAD_START] = {OBJ_LO("tgid", TGID), OBJ_HI("creator", TID)},
	[EV_THREAD_EXIT] = {OBJ("tgid", TGID)},
	[EV_LOCK_WAIT] = {OBJ("lock", ADDR), LOCK_KIND, LOCK_ATTRS, FLAGS},
	[EV_LOCK_ACQUIRE] = {OBJ("lock", ADDR), LOCK_KIND, LOCK_ATTRS, FLAGS},
	[EV_LOCK_FAIL] = {OBJ("lock", ADDR), {"kind", SYNTH_ARG, 0, 32, SYNTH_WORD, lock_kinds},
		ERRNO_AT(32, 32), FLAGS},
	[EV_LOCK_RELEASE] = {OBJ("lock", ADDR), LOCK_KIND, LOCK_ATTRS, FLAGS},
	[EV_LOCK_INIT] = {OBJ("lock", ADDR), LOCK_KIND, LOCK_ATTRS, FLAGS},
	[EV_LOCK_DESTROY] = {OBJ("lock", ADDR), LOCK_KIND, LOCK_ATTRS, FLAGS},
	[EV_COND_WAIT] = {OBJ("cond", ADDR), ARG("mutex", ADDR), FLAGS},
	[EV_COND_WAKE] = {OBJ("cond", ADDR), ERRNO_AT(0, 64), FLAGS},
	[EV_COND_SIGNAL] = {OBJ("cond", ADDR), FLAGS},
	[EV_COND_BROADCAST] = {OBJ("cond", ADDR), FLAGS},
	[EV_SEM_WAIT] = {OBJ("sem", ADDR), FLAGS},
	[EV_SEM_ACQUIRE] = {OBJ("sem", ADDR), ARG("value", NUM), FLAGS},
	[EV_SEM_POST] = {OBJ("sem", ADDR), ARG("value", NUM), FLAGS},
	[EV_SEM_FAIL] = {OBJ("sem", ADDR), ERRNO_AT(0, 64), FLAGS},
	[EV_BARRIER_WAIT] = {OBJ("barrier", ADDR), FLAGS},
	[EV_BARRIER_LEAVE] = {OBJ("barrier", ADDR), FLAGS},
	[EV_JOIN_WAIT] = {OBJ("tid", TID), FLAGS},
	[EV_JOIN_DONE] = {OBJ("tid", TID), ERRNO_AT(0, 64), FLAGS},
	[EV_THREAD_CREATE] = {OBJ("pthread", HEX), ARG("tid", TID), BITS("flags", looks)},
	[EV_THREAD_DETACH] = {OBJ("tid", TID)},
	[EV_OBJ_NAME] = {OBJ("of", ADDR), ARG("text", TEXT), BITS("flags", texts)},
	[EV_OBJ_KEY] = {OBJ("of", ADDR), ARG("key", ADDR), BITS("flags", looks)},
	[EV_QUEUE_NEW] = {OBJ("queue", ADDR), ARG("capacity", NUM), FLAGS},
	[EV_QUEUE_PUT_WAIT] = {OBJ("queue", ADDR), FLAGS},
	[EV_QUEUE_PUT] = {OBJ("queue", ADDR), ARG("depth", NUM), FLAGS},
	[EV_QUEUE_GET_WAIT] = {OBJ("queue", ADDR), FLAGS},
	[EV_QUEUE_GET] = {OBJ("queue", ADDR), ARG("depth", NUM), FLAGS},
	[EV_QUEUE_FAIL] = {OBJ("queue", ADDR), ERRNO_AT(0, 64), BITS("flags", queue_fails)},
	[EV_QUEUE_DONE] = {OBJ("queue", ADDR), ARG("unfinished", NUM), FLAGS},
	[EV_QUEUE_CLOSE] = {OBJ("queue", ADDR), FLAGS},
	[EV_CORO_NEW] = {OBJ("coro", ADDR)},
	[EV_CORO_RESUME] = {OBJ("coro", ADDR)},
	[EV_CORO_SUSPEND] = {OBJ("coro", ADDR), ARG("on", HEX)},
	[EV_CORO_END] = {OBJ("coro", ADDR)},
	[EV_CORO_READY] = {OBJ("coro", ADDR)},
	[EV_VALUE_READ] = {OBJ("var", ADDR), ARG("value", NUM)},
	[EV_VALUE_WRITE] = {OBJ("var", ADDR), ARG("value", NUM)},
	[EV_COUNTER] = {OBJ("of", ADDR), ARG("value", NUM)},
	[EV_MARK] = {OBJ("text", TEXT), BITS("flags", texts)},
	[EV_CHECK] = {OBJ("expected", NUM), ARG("found", NUM), WORD("kind", checks)},
	[EV_TOTALS] = {OBJ("of", ADDR), ARG("amount", NUM), WORD("what", totals)},
	[EV_CHILD_WAIT] = {{"pid", SYNTH_OBJ, 0, 64, SYNTH_NUM, NULL, true}},
	[EV_STANDS] = {OBJ("obj", HEX), ARG("arg", HEX), WORD("what", stands)},
	[EV_CHILD_DONE] = {OBJ("pid", TID), ARG("status", NUM)},
};

static const char *const kind_words[EV_KIND_MAX] = {
#define X(n, NAME, name, obj, arg) [n] = name,
	EVENT_KINDS(X)
#undef X
};

int synth_kind(const char *word)
{
	static const struct synth_word aliases[] = {
		{"want", EV_LOCK_WAIT},
		{"lock", EV_LOCK_ACQUIRE},
		{"unlock", EV_LOCK_RELEASE},
		{"put", EV_QUEUE_PUT},
		{"get", EV_QUEUE_GET},
		{"signal", EV_COND_SIGNAL},
		{"broadcast", EV_COND_BROADCAST},
		{"wake", EV_WAKING},
		{"words", EV_FUTEX_WORDS},
		{"site", EV_FUTEX_SITE},
		{NULL},
	};

	for (int i = 1; i < EV_KIND_MAX; i++)
		if (kind_words[i] && !strcmp(kind_words[i], word))
			return i;
	for (const struct synth_word *a = aliases; a->word; a++)
		if (!strcmp(a->word, word))
			return (int)a->value;
	return 0;
}

const char *synth_kind_word(int kind)
{
	return kind_words[kind & 0xff];
}

static u64 synth_mask(u8 width)
{
	return width >= 64 ? ~(u64)0 : ((u64)1 << width) - 1;
}

u64 synth_field_get(const struct event *ev, const struct synth_field *f)
{
	const u64 parts[SYNTH_WHERES] = {ev->obj, ev->arg, ev->flags};
	u64 v = parts[f->where] >> f->shift & synth_mask(f->width);

	if (f->is_signed && f->width < 64 && v >> (f->width - 1))
		v |= ~synth_mask(f->width);
	return v;
}

void synth_field_set(struct event *ev, const struct synth_field *f, u64 value)
{
	u64 mask = synth_mask(f->width) << f->shift;
	u64 v = value << f->shift & mask;

	if (f->where == SYNTH_OBJ)
		ev->obj = (ev->obj & ~mask) | v;
	else if (f->where == SYNTH_ARG)
		ev->arg = (ev->arg & ~mask) | v;
	else
		ev->flags = (u8)((ev->flags & ~mask) | v);
}
