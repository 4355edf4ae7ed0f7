/* SPDX-License-Identifier: MIT */
#include "source/x86_insn.h"

#include <string.h>

#define RSP 4

struct parse {
	const u8 *p, *end;
	bool wide, word, locks, plain; /* plain: no prefix but REX */
	u8 rex, op, map;               /* map: 1 for those behind 0f */
	u8 modrm, reg, rm;
	bool has_modrm;
	u8 immediate; /* bytes */
	s64 value;
};

static bool is_prefix(struct parse *d, u8 byte)
{
	switch (byte) {
	case 0x66: d->word = true; break;
	case 0xf2:
	case 0xf3: break;
	case 0xf0: d->locks = true; break;
	case 0x2e:
	case 0x36:
	case 0x3e:
	case 0x26:
	case 0x64:
	case 0x65: break;
	default: return false;
	}
	d->plain = false;
	return true;
}

static bool opcode_read(struct parse *d)
{
	d->plain = true;
	while (d->p < d->end && is_prefix(d, *d->p))
		d->p++;
	if (d->p < d->end && (*d->p & 0xf0) == 0x40)
		d->rex = *d->p++;
	d->wide = d->rex & 8;
	if (d->p < d->end && *d->p == 0x0f) {
		d->map = 1;
		d->p++;
	}
	if (d->p == d->end)
		return false;
	d->op = *d->p++;
	return true;
}

static u8 size_or_word(const struct parse *d)
{
	return d->word ? 2 : 4;
}

/* Opcodes of one byte. False where there is none such. */
static bool shape_one(struct parse *d)
{
	u8 op = d->op;

	if (op < 0x40) {
		if ((op & 7) > 5)
			return false;
		d->has_modrm = (op & 7) < 4;
		d->immediate = (op & 7) == 4 ? 1 : (op & 7) == 5 ? size_or_word(d) : 0;
		return true;
	}
	if ((op >= 0x50 && op < 0x60) || (op >= 0x90 && op < 0x9a) || (op >= 0xa4 && op < 0xa8) ||
		(op >= 0xaa && op < 0xb0) || op == 0xc3 || op == 0xc9 || op == 0xcc || op == 0xf4)
		return true;
	d->has_modrm = op == 0x63 || op == 0x69 || op == 0x6b || (op >= 0x80 && op < 0x90) ||
		       op == 0xc0 || op == 0xc1 || op == 0xc6 || op == 0xc7 ||
		       (op >= 0xd0 && op < 0xd4) || op == 0xf6 || op == 0xf7 || op >= 0xfe;
	if (op == 0x68 || op == 0x69 || op == 0x81 || op == 0xc7 || op == 0xa9)
		d->immediate = size_or_word(d);
	else if (op == 0x6a || op == 0x6b || (op >= 0x70 && op < 0x80) || op == 0x80 ||
		 op == 0x83 || op == 0xa8 || (op >= 0xb0 && op < 0xb8) || op == 0xc0 ||
		 op == 0xc1 || op == 0xc6 || op == 0xeb)
		d->immediate = 1;
	else if (op >= 0xb8 && op < 0xc0)
		d->immediate = d->wide ? 8 : size_or_word(d);
	else if (op == 0xe8 || op == 0xe9)
		d->immediate = 4;
	else if (op == 0xc2)
		d->immediate = 2;
	return d->has_modrm || d->immediate;
}

/* Opcodes behind 0f. */
static bool shape_two(struct parse *d)
{
	u8 op = d->op;

	if (op == 0x05 || op == 0x0b || op == 0x31 || op == 0xa2 || (op >= 0xc8 && op < 0xd0))
		return true;
	if (op >= 0x80 && op < 0x90) {
		d->immediate = 4;
		return true;
	}
	d->has_modrm = op == 0x01 || (op >= 0x10 && op < 0x20) || (op >= 0x28 && op < 0x30) ||
		       (op >= 0x40 && op < 0x80 && op != 0x77) || (op >= 0x90 && op < 0xa0) ||
		       (op >= 0xa3 && op < 0xa6) || (op >= 0xab && op < 0xc8) || op >= 0xd0;
	if ((op >= 0x70 && op < 0x74) || op == 0xa4 || op == 0xac || op == 0xba || op == 0xc2 ||
		op == 0xc4 || op == 0xc5 || op == 0xc6)
		d->immediate = 1;
	return d->has_modrm;
}

static bool modrm_read(struct parse *d)
{
	u8 mod, displacement = 0;

	if (d->p == d->end)
		return false;
	d->modrm = *d->p++;
	mod = d->modrm >> 6;
	d->reg = (u8)((d->modrm >> 3 & 7) | (d->rex & 4) << 1);
	d->rm = (u8)((d->modrm & 7) | (d->rex & 1) << 3);
	if (mod != 3 && (d->modrm & 7) == 4) {
		if (d->p == d->end)
			return false;
		displacement = mod == 0 && (*d->p & 7) == 5 ? 4 : 0;
		d->p++;
	}
	if (mod == 1)
		displacement = 1;
	else if (mod == 2 || (mod == 0 && (d->modrm & 7) == 5))
		displacement = 4;
	if (d->end - d->p < displacement)
		return false;
	d->p += displacement;
	if (!d->map && (d->op == 0xf6 || d->op == 0xf7) && (d->modrm & 0x38) <= 8)
		d->immediate = d->op == 0xf6 ? 1 : size_or_word(d);
	return true;
}

static bool immediate_read(struct parse *d)
{
	u64 raw = 0;

	if (d->end - d->p < d->immediate)
		return false;
	memcpy(&raw, d->p, d->immediate);
	d->p += d->immediate;
	d->value = d->immediate == 1   ? (int8_t)raw
		   : d->immediate == 2 ? (int16_t)raw
		   : d->immediate == 4 ? (int32_t)raw
				       : (s64)raw;
	return true;
}

static bool parse(struct parse *d)
{
	return opcode_read(d) && (d->map ? shape_two(d) : shape_one(d)) &&
	       (!d->has_modrm || modrm_read(d)) && immediate_read(d);
}

static void branch(struct insn *insn, enum insn_kind kind, const struct parse *d)
{
	insn->kind = (u8)kind;
	insn->way = d->op & 15;
	insn->value = d->value;
	insn->cheap = d->plain && !d->rex;
}

static void to(struct insn *insn, u8 reg)
{
	insn->effect = EFFECT_TO;
	insn->to = reg;
	insn->lost = reg == RSP;
}

static void tell_two(struct insn *insn, const struct parse *d)
{
	u8 op = d->op;
	bool in_register = d->modrm >> 6 == 3;

	if (op >= 0x80 && op < 0x90)
		branch(insn, INSN_BRANCH, d);
	else if (op == 0x0b)
		insn->kind = INSN_STOP;
	else if (op >= 0x18 && op < 0x20)
		insn->effect = EFFECT_NONE;
	else if ((op >= 0x40 && op < 0x50) || op == 0xaf || op == 0xb6 || op == 0xb7 ||
		 op == 0xbe || op == 0xbf)
		to(insn, d->reg);
	else if (op >= 0x90 && op < 0xa0 && !in_register)
		insn->effect = EFFECT_NONE;
	else if (op >= 0x90 && op < 0xa0 && d->rex)
		to(insn, d->rm);
}

/* add, or, adc, sbb, and, sub, xor, cmp of two operands */
static void tell_sum(struct insn *insn, const struct parse *d)
{
	u8 what = d->op >> 3 & 7, form = d->op & 7;

	if (!(form & 1))
		return; /* bytes: what the rest holds stays */
	if (what == 7 || (form == 1 && d->modrm >> 6 != 3)) {
		insn->effect = EFFECT_NONE;
		return;
	}
	to(insn, form == 5 ? 0 : form == 1 ? d->rm : d->reg);
	if (what == 6 && form != 5 && d->modrm >> 6 == 3 && d->reg == d->rm && !d->word)
		insn->effect = EFFECT_SET;
}

/* the same with a constant */
static void tell_sum_constant(struct insn *insn, const struct parse *d)
{
	u8 what = d->modrm >> 3 & 7;

	if (d->op == 0x80 && d->modrm >> 6 == 3 && what != 7)
		return;
	if (what == 7 || d->modrm >> 6 != 3) {
		insn->effect = EFFECT_NONE;
		return;
	}
	to(insn, d->rm);
	if (d->rm != RSP || !d->wide || (what != 0 && what != 5))
		return;
	insn->effect = EFFECT_NONE;
	insn->lost = false;
	insn->stack = (s32)(what ? d->value : -d->value);
}

static void tell_move(struct insn *insn, const struct parse *d)
{
	bool in_register = d->modrm >> 6 == 3, stores = d->op == 0x89;

	if (stores && !in_register) {
		insn->effect = EFFECT_NONE;
		return;
	}
	to(insn, stores ? d->rm : d->reg);
	if (!in_register || d->word)
		return;
	insn->effect = EFFECT_COPY;
	insn->from = stores ? d->reg : d->rm;
}

static void tell_ff(struct insn *insn, const struct parse *d)
{
	switch (d->modrm >> 3 & 7) {
	case 0:
	case 1:
		if (d->modrm >> 6 == 3)
			to(insn, d->rm);
		else
			insn->effect = EFFECT_NONE;
		break;
	case 2:
	case 3: insn->kind = INSN_CALL; break;
	case 4:
	case 5: insn->kind = INSN_FAR; break;
	default: insn->stack = 8;
	}
}

/* c7, c6: a constant to memory or a register; c7 f8 is xbegin, which may go on elsewhere */
static void tell_c7(struct insn *insn, const struct parse *d)
{
	if (d->modrm == 0xf8 && d->op == 0xc7) {
		branch(insn, INSN_BRANCH, d);
		insn->way = 16;
		insn->cheap = false;
	} else if (d->modrm >> 6 != 3) {
		insn->effect = EFFECT_NONE;
	} else if (d->op == 0xc7 && !d->word) {
		to(insn, d->rm);
		insn->effect = EFFECT_SET;
		insn->value = d->value;
	}
}

static bool tell_flow(struct insn *insn, const struct parse *d)
{
	u8 op = d->op;

	if (op >= 0x70 && op < 0x80)
		branch(insn, INSN_BRANCH, d);
	else if (op == 0xe9 || op == 0xeb)
		branch(insn, INSN_JUMP, d);
	else if (op == 0xe8)
		branch(insn, INSN_CALL, d);
	else if (op == 0xc3 || op == 0xc2)
		insn->kind = INSN_RETURN;
	else if (op == 0xf4 || op == 0xcc)
		insn->kind = INSN_STOP;
	else if (op == 0xff)
		tell_ff(insn, d);
	else
		return false;
	return true;
}

static void tell_stack(struct insn *insn, const struct parse *d)
{
	if (d->op < 0x58) {
		insn->stack = 8;
		insn->effect = EFFECT_NONE;
		insn->cheap = d->plain;
		return;
	}
	to(insn, (u8)((d->op & 7) | (d->rex & 1) << 3));
	insn->stack = -8;
}

static void tell_one(struct insn *insn, const struct parse *d)
{
	u8 op = d->op;

	if (tell_flow(insn, d))
		return;
	if (op < 0x40)
		tell_sum(insn, d);
	else if (op >= 0x50 && op < 0x60)
		tell_stack(insn, d);
	else if (op == 0x80 || op == 0x81 || op == 0x83)
		tell_sum_constant(insn, d);
	else if (op == 0x89 || op == 0x8b)
		tell_move(insn, d);
	else if (op == 0x8d || op == 0x63)
		to(insn, d->reg);
	else if (op == 0x84 || op == 0x85 || op == 0x90 || op == 0xa8 || op == 0xa9)
		insn->effect = EFFECT_NONE;
	else if (op == 0x88 && d->modrm >> 6 != 3)
		insn->effect = EFFECT_NONE;
	else if (op >= 0xb8 && op < 0xc0 && !d->word) {
		to(insn, (u8)((op & 7) | (d->rex & 1) << 3));
		insn->effect = EFFECT_SET;
		insn->value = d->value;
	} else if (op == 0xc6 || op == 0xc7)
		tell_c7(insn, d);
	else if ((op == 0xc1 || op == 0xd1 || op == 0xd3) && d->modrm >> 6 == 3)
		to(insn, d->rm);
	else if (op == 0xc9 || op == 0x8f || op == 0x68 || op == 0x6a || op == 0x9c || op == 0x9d)
		insn->lost = true;
}

bool insn_decode(struct insn *insn, const u8 *code, size_t n)
{
	struct parse d = {.p = code, .end = code + (n < 15 ? n : 15)};

	*insn = (struct insn){0};
	if (!parse(&d))
		return false;
	if (d.map)
		tell_two(insn, &d);
	else
		tell_one(insn, &d);
	if (d.locks)
		insn->locks = true;
	insn->size = (u8)(d.p - code);
	return true;
}
