/* SPDX-License-Identifier: MIT */
/*
 * How far the stack pointer is below a function's frame, by how the function begins. Functions
 * that keep a frame pointer (unoptimised ones do) have a table that needs its value, and a blocked
 * thread's is not always to be had.
 */
#ifndef TL_SOURCE_CODE_START_H
#define TL_SOURCE_CODE_START_H

#include "source/unwind.h"

/* A stretch of code with one rule for the frame: register + offset. */
struct code_row {
	u64 start, end;
	int reg; /* -1: no such rule */
	s64 offset;
};

struct code_view {
	void *ctx;
	bool (*row)(void *ctx, u64 address, struct code_row *row);
	bool (*bytes)(void *ctx, u64 address, u8 *bytes, size_t n); /* all of them or none */
};

/* Fills rule->start and rule->body; leaves body 0 where it cannot be told. */
void code_start_read(const struct code_view *view, u64 address, struct unwind_rule *rule);

#endif
