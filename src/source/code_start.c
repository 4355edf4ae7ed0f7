/* SPDX-License-Identifier: MIT */
#include "source/code_start.h"

#include "source/arch.h"

#include <dwarf.h>
#include <string.h>

#define ROWS_MOST   64 /* back from an address to where its function begins */
#define BEGIN_BYTES 64 /* within so many its frame is made */
#define BODY_BYTES  (64 << 10)
#define BODY_MOST   (1 << 20)

/* How deep below the frame the registers lie that the function keeps for its caller. */
static u64 saved_depth(const struct unwind_rule *rule)
{
	u64 depth = 0;

	for (u32 i = 0; i < UNWIND_REGS; i++) {
		const struct unwind_way *way = &rule->regs[i];
		const struct unwind_op *op;

		if (way->how != UNWIND_AT || way->n != 2)
			continue;
		op = &rule->ops.v[way->first];
		if (op[0].atom != DW_OP_call_frame_cfa || op[1].atom != DW_OP_plus_uconst ||
			(s64)op[1].number >= 0)
			continue;
		depth = MAX(depth, -op[1].number);
	}
	return depth;
}

/* The rows of a beginning that keeps the frame pointer: sp+8, then sp+16, then it. */
static bool find_begin(const struct code_view *v, u64 address, u64 *start, u64 *made)
{
	struct code_row row, up, first;

	if (!v->row(v->ctx, address, &row))
		return false;
	for (int i = 0; i < ROWS_MOST; i++) {
		if (!v->row(v->ctx, row.start - 1, &up))
			return false;
		if (row.reg == ARCH_REG_FRAME && up.reg == ARCH_REG_SP && up.offset == 16 &&
			v->row(v->ctx, up.start - 1, &first) && first.reg == ARCH_REG_SP &&
			first.offset == 8) {
			*start = first.start;
			*made = row.start;
			return true;
		}
		if (up.start >= row.start)
			return false;
		row = up;
	}
	return false;
}

/* Where the function ends: at the latest where the next begins like that. */
static u64 find_end(const struct code_view *v, u64 address)
{
	struct code_row row, last = {.reg = -1};

	for (int i = 0; i < ROWS_MOST && v->row(v->ctx, address, &row); i++) {
		if (row.reg == ARCH_REG_SP && row.offset == 16 && last.reg == ARCH_REG_SP &&
			last.offset == 8)
			return row.start;
		if (row.end <= address)
			break;
		last = row;
		address = row.end;
	}
	return address;
}

/* What is taken from the stack pointer first, 0 nothing. */
static u64 room_made(const u8 *code, size_t n)
{
	u32 room;

	for (size_t i = 0; i + 7 <= n; i++) {
		size_t wide = arch_makes_room(code + i);

		if (!wide)
			continue;
		if (wide == 1)
			return code[i + 3] < 0x80 ? code[i + 3] : 0;
		memcpy(&room, code + i + 3, sizeof(room));
		return room;
	}
	return 0;
}

/* One whose frame grows as it runs cannot be told this way. */
static bool grows(const u8 *code, size_t n)
{
	for (size_t i = 0; i + 3 <= n; i++)
		if (arch_grows_stack(code + i))
			return true;
	return false;
}

void code_start_read(const struct code_view *v, u64 address, struct unwind_rule *rule)
{
	u64 made, depth = saved_depth(rule), size, begin;
	u8 *code;

	rule->body = 0;
	if (!ARCH_HAS_SITES || !depth || !find_begin(v, address, &rule->start, &made))
		return;
	size = find_end(v, address) - rule->start;
	begin = made - rule->start;
	if (size > BODY_BYTES || size <= begin)
		return;
	code = mem_alloc(size);
	if (v->bytes(v->ctx, rule->start, code, size) && !grows(code, size)) {
		depth += room_made(code + begin, MIN(size - begin, (u64)BEGIN_BYTES));
		rule->body = depth < BODY_MOST ? (u32)depth : 0;
	}
	free(code);
}
