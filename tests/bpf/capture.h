/* SPDX-License-Identifier: MIT */
/* The bpf source at work, all its events kept. */
#ifndef TL_TESTS_BPF_CAPTURE_H
#define TL_TESTS_BPF_CAPTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/vec.h"
#include "source/source.h"

struct capture {
	struct source source;
	struct order *order;
	vec(struct event) events; /* in order, once finished */
};

extern const struct source_ops source_bpf;

/* Ends the program with status 77 and the reason where probes cannot be loaded here by anybody. */
void capture_needed(void);

/* Of a process and what comes of it; pid 0: everything. memory 0: as usual. Fails the test. */
void capture_open(struct capture *c, u32 pid, u64 memory);
void capture_drain(struct capture *c);
void capture_for(struct capture *c, u64 ns);
void capture_until_dead(struct capture *c, u32 pid); /* the process is not reaped */
void capture_finish(struct capture *c);              /* drains once more, closes, sorts */
void capture_free(struct capture *c);

/* The next event of a kind from index i on, by this tid (~0: any): its index, or events.n. */
size_t capture_next(const struct capture *c, size_t i, u8 kind, u32 tid);
const struct event *capture_find(const struct capture *c, u8 kind, u32 tid); /* the first or NULL */
size_t capture_count(const struct capture *c, u8 kind, u32 tid);

/*
 * Fails where a watched thread goes from a CPU without having come, or a CPU changes hands unseen,
 * outside of gaps that were told. watched: tids, n of them; n 0: all are.
 */
void capture_expect_paired(const struct capture *c, const u32 *watched, size_t n);

void capture_print(const struct capture *c);

#endif
