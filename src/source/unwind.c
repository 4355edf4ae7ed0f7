/* SPDX-License-Identifier: MIT */
#include "source/unwind.h"

#include <dwarf.h>
#include <string.h>

#define DEPTH 16

struct reckoning {
	const struct unwind_regs *regs;
	const struct stack_piece *piece;
	u64 cfa;
	u64 stack[DEPTH];
	u32 n;
};

static bool piece_word(const struct stack_piece *p, u64 address, u64 *word)
{
	u64 at = address - p->sp;

	if (address < p->sp || p->bytes.n < sizeof(*word) || at > p->bytes.n - sizeof(*word))
		return false;
	memcpy(word, p->bytes.v + at, sizeof(*word));
	return true;
}

static enum stack_end push(struct reckoning *r, u64 value)
{
	if (r->n == DEPTH)
		return STACK_END_EXPRESSION;
	r->stack[r->n++] = value;
	return STACK_END_WHOLE;
}

static enum stack_end push_register(struct reckoning *r, u64 number, u64 offset)
{
	if (number >= UNWIND_REGS || !(r->regs->known >> number & 1))
		return STACK_END_REGISTER;
	return push(r, r->regs->value[number] + offset);
}

static bool binary(u8 atom, u64 a, u64 b, u64 *value)
{
	switch (atom) {
	case DW_OP_plus: *value = a + b; return true;
	case DW_OP_minus: *value = a - b; return true;
	case DW_OP_and: *value = a & b; return true;
	case DW_OP_shl: *value = b < 64 ? a << b : 0; return true;
	case DW_OP_ge: *value = (s64)a >= (s64)b; return true;
	default: return false;
	}
}

static enum stack_end operate(struct reckoning *r, const struct unwind_op *op)
{
	u64 value;

	if (op->atom >= DW_OP_lit0 && op->atom <= DW_OP_lit31)
		return push(r, (u64)(op->atom - DW_OP_lit0));
	if (op->atom >= DW_OP_breg0 && op->atom <= DW_OP_breg31)
		return push_register(r, (u64)(op->atom - DW_OP_breg0), op->number);
	if (op->atom == DW_OP_bregx)
		return push_register(r, op->number, op->number2);
	if (op->atom == DW_OP_call_frame_cfa)
		return push(r, r->cfa);
	if (op->atom >= DW_OP_const1u && op->atom <= DW_OP_consts)
		return push(r, op->number);
	if (!r->n)
		return STACK_END_EXPRESSION;
	if (op->atom == DW_OP_plus_uconst) {
		r->stack[r->n - 1] += op->number;
		return STACK_END_WHOLE;
	}
	if (op->atom == DW_OP_deref)
		return piece_word(r->piece, r->stack[r->n - 1], &r->stack[r->n - 1])
			       ? STACK_END_WHOLE
			       : STACK_END_BEYOND;
	if (r->n < 2 || !binary(op->atom, r->stack[r->n - 2], r->stack[r->n - 1], &value))
		return STACK_END_EXPRESSION;
	r->stack[--r->n - 1] = value;
	return STACK_END_WHOLE;
}

static enum stack_end reckon(struct reckoning *r, const struct unwind_rule *rule,
	const struct unwind_way *way, u64 *value)
{
	enum stack_end end = STACK_END_WHOLE;

	r->n = 0;
	if (way->how < UNWIND_AT || way->first + (size_t)way->n > rule->ops.n)
		return STACK_END_EXPRESSION;
	for (u32 i = 0; i < way->n && !end; i++)
		end = operate(r, &rule->ops.v[way->first + i]);
	if (!end && !r->n)
		end = STACK_END_EXPRESSION;
	if (end)
		return end;
	*value = r->stack[r->n - 1];
	if (way->how == UNWIND_AT && !piece_word(r->piece, *value, value))
		end = STACK_END_BEYOND;
	return end;
}

/* What its table wants the frame pointer for, the function's own beginning may tell. */
static enum stack_end frame_of(
	struct reckoning *r, const struct unwind_rule *rule, unwind_calls *calls, void *ctx)
{
	enum stack_end end = reckon(r, rule, &rule->cfa, &r->cfa);
	u64 back;

	if (end != STACK_END_REGISTER || !rule->body)
		return end;
	r->cfa = r->regs->value[rule->sp] + rule->body;
	if (!piece_word(r->piece, r->cfa - sizeof(back), &back))
		return STACK_END_BEYOND;
	return calls && calls(ctx, back, rule) ? STACK_END_WHOLE : STACK_END_REGISTER;
}

/* The caller's registers, as far as they can be told. */
static void registers_up(
	struct reckoning *r, const struct unwind_rule *rule, struct unwind_regs *up)
{
	for (u32 i = 0; i < UNWIND_REGS; i++) {
		const struct unwind_way *way = &rule->regs[i];

		if (way->how == UNWIND_SAME && r->regs->known >> i & 1)
			up->value[i] = r->regs->value[i];
		else if (way->how < UNWIND_AT || reckon(r, rule, way, &up->value[i]))
			continue;
		up->known |= 1ull << i;
	}
}

enum stack_end unwind_up(const struct unwind_rule *rule, struct unwind_regs *regs,
	const struct stack_piece *piece, unwind_calls *calls, void *ctx)
{
	struct reckoning r = {.regs = regs, .piece = piece};
	struct unwind_regs up = {0};
	u64 below = regs->value[rule->sp];
	enum stack_end end = rule->end;

	if (end)
		return end;
	if (rule->regs[rule->returns].how == UNWIND_UNKNOWN) {
		*regs = up;
		return STACK_END_WHOLE;
	}
	end = frame_of(&r, rule, calls, ctx);
	if (end)
		return end;
	if (!rule->signal && r.cfa <= below)
		return STACK_END_WRONG;
	end = reckon(&r, rule, &rule->regs[rule->returns], &up.pc);
	if (end)
		return end;
	registers_up(&r, rule, &up);
	if (!(up.known >> rule->sp & 1))
		up.value[rule->sp] = r.cfa;
	up.known |= 1ull << rule->sp;
	if (!rule->signal && up.value[rule->sp] <= below)
		return STACK_END_WRONG;
	*regs = up;
	return STACK_END_WHOLE;
}
