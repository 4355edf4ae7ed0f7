/* SPDX-License-Identifier: MIT */
/* One frame up: by each kind of rule, and whatever the rule and the memory are. */
#include "source/unwind.h"

#include <dwarf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SP 7
#define FP 6
#define RA 16

static const u64 memory[8] = {1, 2, 3, 4, 0x4000, 6, 7, 8};

static struct stack_piece piece_of(const void *bytes, size_t size, u64 sp)
{
	struct stack_piece p = {.sp = sp};

	vec_reserve(&p.bytes, size + 1);
	memcpy(p.bytes.v, bytes, size);
	p.bytes.n = size;
	return p;
}

static struct unwind_way way(struct unwind_rule *r, u8 how, struct unwind_op a, struct unwind_op b)
{
	struct unwind_way w = {.how = how, .n = b.atom ? 2 : 1, .first = (u16)r->ops.n};

	vec_push(&r->ops, a);
	if (b.atom)
		vec_push(&r->ops, b);
	return w;
}

/* The frame is `size` bytes above register `reg`; the return address right below it. */
static struct unwind_rule rule_of(u64 reg, u64 size)
{
	struct unwind_rule r = {.returns = RA, .sp = SP};
	struct unwind_op none = {0}, cfa = {.atom = DW_OP_call_frame_cfa};

	r.cfa = way(&r, UNWIND_VALUE, (struct unwind_op){DW_OP_bregx, reg, size}, none);
	r.regs[RA] = way(&r, UNWIND_AT, cfa, (struct unwind_op){DW_OP_plus_uconst, (u64)-8, 0});
	r.regs[FP] = way(&r, UNWIND_AT, cfa, (struct unwind_op){DW_OP_plus_uconst, (u64)-16, 0});
	r.regs[SP] = way(&r, UNWIND_VALUE, cfa, none);
	r.regs[3].how = UNWIND_SAME;
	return r;
}

static struct unwind_regs regs_at(u64 sp)
{
	struct unwind_regs regs = {.known = 1 << SP | 1 << 3, .pc = 0x1000};

	regs.value[SP] = sp;
	regs.value[3] = 33;
	return regs;
}

static void goes_up(void **state)
{
	struct stack_piece p = piece_of(memory, sizeof(memory), 0x100);
	struct unwind_rule r = rule_of(SP, 40);
	struct unwind_regs regs = regs_at(0x100);

	(void)state;
	assert_int_equal(unwind_up(&r, &regs, &p, NULL, NULL), STACK_END_WHOLE);
	assert_int_equal(regs.pc, 0x4000);
	assert_int_equal(regs.value[SP], 0x128);
	assert_int_equal(regs.value[FP], 4);
	assert_int_equal(regs.value[3], 33);
	assert_int_equal(regs.known, 1 << SP | 1 << FP | 1 << RA | 1 << 3);
	vec_free(&p.bytes);
	vec_free(&r.ops);
}

static void unknown_stays_unknown(void **state)
{
	struct stack_piece p = piece_of(memory, sizeof(memory), 0x100);
	struct unwind_rule r = rule_of(FP, 16);
	struct unwind_regs regs = regs_at(0x100), before = regs;

	(void)state;
	assert_int_equal(unwind_up(&r, &regs, &p, NULL, NULL), STACK_END_REGISTER);
	assert_memory_equal(&regs, &before, sizeof(regs));
	regs = regs_at(0x118);
	vec_free(&r.ops);
	r = rule_of(SP, 48);
	assert_int_equal(unwind_up(&r, &regs, &p, NULL, NULL), STACK_END_BEYOND);
	r.regs[RA].how = UNWIND_UNKNOWN;
	assert_int_equal(unwind_up(&r, &regs, &p, NULL, NULL), STACK_END_WHOLE);
	assert_int_equal(regs.pc, 0);
	vec_free(&p.bytes);
	vec_free(&r.ops);
}

static bool calls(void *ctx, u64 address, const struct unwind_rule *rule)
{
	return address == *(u64 *)ctx && rule->body == 40;
}

/* By how the function begins, and only where the one it returns to has called it. */
static void begins(void **state)
{
	struct stack_piece p = piece_of(memory, sizeof(memory), 0x100);
	struct unwind_rule r = rule_of(FP, 16);
	struct unwind_regs regs = regs_at(0x100);
	u64 from = 0x4001;

	(void)state;
	r.body = 40;
	assert_int_equal(unwind_up(&r, &regs, &p, calls, &from), STACK_END_REGISTER);
	from = 0x4000;
	assert_int_equal(unwind_up(&r, &regs, &p, calls, &from), STACK_END_WHOLE);
	assert_int_equal(regs.pc, 0x4000);
	assert_int_equal(regs.value[SP], 0x128);
	vec_free(&p.bytes);
	vec_free(&r.ops);
}

static u64 dice(u64 *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

static void rule_thrown(struct unwind_rule *r, u64 *seed)
{
	static const u8 atoms[] = {DW_OP_bregx, DW_OP_call_frame_cfa, DW_OP_plus_uconst,
		DW_OP_deref, DW_OP_plus, DW_OP_minus, DW_OP_and, DW_OP_shl, DW_OP_ge, DW_OP_lit3,
		DW_OP_breg7, DW_OP_const8u, DW_OP_xor, 0, 255};

	*r = (struct unwind_rule){.returns = RA, .sp = SP, .signal = dice(seed) % 4 == 0};
	r->body = dice(seed) % 3 ? 0 : (u32)dice(seed);
	for (u64 n = dice(seed) % 64; n; n--)
		vec_push(&r->ops, (struct unwind_op){atoms[dice(seed) % sizeof(atoms)],
					  dice(seed) % 3 ? dice(seed) % 64 : dice(seed) << 40,
					  dice(seed) % 256});
	for (int i = -1; i < UNWIND_REGS; i++)
		*(i < 0 ? &r->cfa : &r->regs[i]) = (struct unwind_way){
			(u8)(dice(seed) % 5), (u8)(dice(seed) % 6), (u16)(dice(seed) % 80)};
}

/* Nothing outside is read, a stack only grows, and where there is no way nothing is changed. */
static void whatever_comes(void **state)
{
	u64 seed = 4711, bytes[32], from = 0;

	(void)state;
	for (int i = 0; i < 200000; i++) {
		struct stack_piece p;
		struct unwind_rule r;
		struct unwind_regs regs = regs_at(0x100 + dice(&seed) % 64), before;
		enum stack_end end;

		for (size_t n = 0; n < ARRAY_LEN(bytes); n++)
			bytes[n] = dice(&seed) % 2 ? 0x100 + dice(&seed) % 300 : dice(&seed) << 32;
		p = piece_of(bytes, dice(&seed) % (sizeof(bytes) + 1), 0x100);
		regs.known = dice(&seed) << 20 | dice(&seed) | 1 << SP;
		before = regs;
		rule_thrown(&r, &seed);
		end = unwind_up(&r, &regs, &p, calls, &from);
		if (end)
			assert_memory_equal(&regs, &before, sizeof(regs));
		else if (regs.pc && !r.signal)
			assert_true(regs.value[SP] > before.value[SP]);
		vec_free(&p.bytes);
		vec_free(&r.ops);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(goes_up),
		cmocka_unit_test(unknown_stays_unknown),
		cmocka_unit_test(begins),
		cmocka_unit_test(whatever_comes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
