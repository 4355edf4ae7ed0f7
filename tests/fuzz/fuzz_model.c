/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as events of a few threads, locks and CPUs, 10 bytes an event. Whatever they tell, the
 * model's invariants hold.
 */
#include "fuzz.h"

#include "../unit/model_check.h"

#define BYTES 10

/* One more than the greatest kind there is. */
static u8 kinds(void)
{
	u8 most = 0;

#define X(number, ...) most = MAX(most, number);
	EVENT_KINDS(X)
#undef X
	return most + 1;
}

/* A byte as what an obj or arg may be: an address, a pair of tid and tgid, a stamp, a number. */
static u64 value(u8 form, u8 b, u64 now)
{
	switch (form & 7) {
	case 0: return 0x1000 + 0x40 * (b & 7) + (b >> 6) * 4;
	case 1: return event_pair(10 + (b & 15), 10 + (b >> 6));
	case 2: return now - b * 64ull;
	case 3: return b;
	case 4: return event_pair(b & 3, (b >> 2) | 128);
	case 5: return event_pair(b & 15, 10 + (b >> 4));
	case 6: return ~(u64)0 - b;
	default: return (u64)b << 56 | b;
	}
}

static struct event event_of(const u8 *b, u64 now)
{
	return (struct event){.ts = now,
		.tid = b[0] & 0x80 ? 0 : 10 + (b[0] & 15),
		.kind = b[1] % kinds(),
		.flags = b[2],
		.cpu = b[3] & 4 ? EVENT_NO_CPU : b[3] & 3,
		.obj = value(b[4] >> 4, b[5], now),
		.arg = value(b[4], b[6], now)};
}

static void check(struct model *m, u64 now)
{
	const char *problem;

	model_advance(m, now);
	problem = check_model(m);
	if (problem)
		fprintf(stderr, "%s\n", problem);
	fuzz_check(!problem);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct session_info info = {.locks = LOCKS_ALL};
	u64 now = NSEC_PER_SEC;
	struct model *m;

	info.target = size && data[0] & 1 ? TARGET_SYSTEM : TARGET_COMMAND;
	m = model_new(&info);
	for (size_t i = 0; i + BYTES <= size; i += BYTES) {
		struct event ev = event_of(data + i, now);

		model_feed(m, &ev, 1);
		now += data[i + 7] * 8;
		if (data[i + 8] > 250)
			model_forget(m, now - data[i + 9] * 64);
		else if (data[i + 8] > 240)
			model_advance(m, now);
	}
	check(m, now + 100);
	model_free(m);
	return 0;
}
