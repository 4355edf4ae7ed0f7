/* SPDX-License-Identifier: MIT */
#include "source/code_file.h"

#include "core/idmap.h"
#include "source/arch.h"
#include "source/code_lines.h"
#include "source/code_names.h"
#include "source/code_start.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RULES_MOST 65536
#define TEXT_MOST  512

struct segment {
	u64 offset, address, size;
};

struct code_file {
	int fd; /* elf reads from it by and by */
	Elf *elf;
	vec(struct segment) segments; /* executable ones */
	Dwarf_CFI *cfi, *debug_cfi;
	bool cfi_read, debug_cfi_read;
	struct idmap rule_of; /* address -> place in rules */
	vec(struct unwind_rule *) rules;
	struct code_names *names;
	struct code_lines *lines;
};

static void segments_read(struct code_file *f)
{
	GElf_Phdr h;
	size_t n = 0;

	if (elf_getphdrnum(f->elf, &n))
		return;
	for (size_t i = 0; i < n; i++)
		if (gelf_getphdr(f->elf, (int)i, &h) && h.p_type == PT_LOAD && h.p_flags & PF_X &&
			h.p_filesz && h.p_vaddr + h.p_filesz > h.p_vaddr &&
			h.p_offset + h.p_filesz > h.p_offset)
			vec_push(&f->segments, (struct segment){h.p_offset, h.p_vaddr, h.p_filesz});
}

struct code_file *code_file_open(int fd)
{
	struct code_file *f = mem_alloc(sizeof(*f));
	GElf_Ehdr header;

	elf_version(EV_CURRENT);
	f->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	f->elf = elf_begin(f->fd, ELF_C_READ, NULL); /* mapped, it could be cut short under us */
	if (f->elf && gelf_getehdr(f->elf, &header) && header.e_machine == ARCH_ELF_MACHINE)
		segments_read(f);
	if (!f->segments.n) {
		code_file_close(f);
		return NULL;
	}
	return f;
}

void code_file_close(struct code_file *f)
{
	if (!f)
		return;
	for (size_t i = 0; i < f->rules.n; i++) {
		vec_free(&f->rules.v[i]->ops);
		free(f->rules.v[i]);
	}
	vec_free(&f->rules);
	idmap_free(&f->rule_of);
	if (f->cfi)
		dwarf_cfi_end(f->cfi);
	code_lines_close(f->lines);
	code_names_close(f->names);
	elf_end(f->elf);
	if (f->fd >= 0)
		close(f->fd);
	vec_free(&f->segments);
	free(f);
}

bool code_file_address(const struct code_file *f, u64 offset, u64 *address)
{
	for (size_t i = 0; i < f->segments.n; i++) {
		const struct segment *s = &f->segments.v[i];

		if (offset < s->offset || offset - s->offset >= s->size)
			continue;
		*address = s->address + (offset - s->offset);
		return true;
	}
	return false;
}

/* The bytes of code from an address on; false where not all of them are code. */
static bool code_bytes(const struct code_file *f, u64 address, u8 *bytes, size_t n)
{
	for (size_t i = 0; i < f->segments.n; i++) {
		const struct segment *s = &f->segments.v[i];

		if (address >= s->address && address - s->address < s->size &&
			s->size - (address - s->address) >= n)
			return pread(f->fd, bytes, n,
				       (off_t)(s->offset + (address - s->address))) == (ssize_t)n;
	}
	return false;
}

static struct code_lines *lines_of(struct code_file *f)
{
	if (!f->lines)
		f->lines = code_lines_open(f->elf);
	return f->lines;
}

static bool ops_take(
	struct unwind_rule *rule, struct unwind_way *way, const Dwarf_Op *ops, size_t n)
{
	if (n > UINT8_MAX || rule->ops.n > UINT16_MAX / 2)
		return false;
	way->first = (u16)rule->ops.n;
	way->n = (u8)n;
	for (size_t i = 0; i < n; i++)
		vec_push(
			&rule->ops, (struct unwind_op){ops[i].atom, ops[i].number, ops[i].number2});
	return true;
}

/* libdw ends what gives a value, and not its address, in DW_OP_stack_value; see its libdw.h. */
static void way_read(struct unwind_rule *rule, struct unwind_way *way, Dwarf_Frame *frame, int reg)
{
	Dwarf_Op memory[3], *ops = memory;
	size_t n = 0;

	if (dwarf_frame_register(frame, reg, memory, &ops, &n))
		return;
	if (!n) {
		way->how = ops ? UNWIND_UNKNOWN : UNWIND_SAME;
		return;
	}
	way->how = UNWIND_AT;
	if (ops[n - 1].atom == DW_OP_stack_value) {
		way->how = UNWIND_VALUE;
		n--;
	}
	if (!ops_take(rule, way, ops, n))
		way->how = UNWIND_UNKNOWN;
}

static void rule_from(struct unwind_rule *rule, Dwarf_Frame *frame)
{
	Dwarf_Op *ops;
	bool signal = false;
	size_t n;
	int ra;

	ra = dwarf_frame_info(frame, NULL, NULL, &signal);
	rule->signal = signal;
	if (ra < 0 || ra >= UNWIND_REGS || dwarf_frame_cfa(frame, &ops, &n)) {
		rule->end = STACK_END_NO_TABLE;
		return;
	}
	rule->returns = (u8)ra;
	rule->cfa.how = UNWIND_VALUE;
	if (!ops_take(rule, &rule->cfa, ops, n))
		rule->end = STACK_END_EXPRESSION;
	for (int i = 0; i < UNWIND_REGS; i++)
		way_read(rule, &rule->regs[i], frame, i);
}

static Dwarf_Frame *frame_at(struct code_file *f, u64 address)
{
	Dwarf_Frame *frame = NULL;
	Dwarf *debug;

	if (!f->cfi_read)
		f->cfi = dwarf_getcfi_elf(f->elf);
	f->cfi_read = true;
	if (f->cfi && !dwarf_cfi_addrframe(f->cfi, address, &frame))
		return frame;
	if (!f->debug_cfi_read) {
		debug = code_lines_dwarf(lines_of(f));
		f->debug_cfi = debug ? dwarf_getcfi(debug) : NULL;
	}
	f->debug_cfi_read = true;
	if (f->debug_cfi && !dwarf_cfi_addrframe(f->debug_cfi, address, &frame))
		return frame;
	return NULL;
}

static bool view_row(void *ctx, u64 address, struct code_row *row)
{
	Dwarf_Frame *frame = frame_at(ctx, address);
	Dwarf_Op *ops;
	size_t n;

	row->reg = -1;
	if (!frame)
		return false;
	dwarf_frame_info(frame, &row->start, &row->end, NULL);
	if (!dwarf_frame_cfa(frame, &ops, &n) && n == 1 && ops[0].atom == DW_OP_bregx) {
		row->reg = ops[0].number < UNWIND_REGS ? (int)ops[0].number : -1;
		row->offset = (s64)ops[0].number2;
	}
	free(frame);
	return true;
}

static bool view_bytes(void *ctx, u64 address, u8 *bytes, size_t n)
{
	return code_bytes(ctx, address, bytes, n);
}

/* Where the frame is told by the frame pointer. */
static bool needs_frame(const struct unwind_rule *rule)
{
	const struct unwind_op *op;

	if (rule->end || rule->cfa.n != 1)
		return false;
	op = &rule->ops.v[rule->cfa.first];
	return op->atom == DW_OP_bregx && op->number == ARCH_REG_FRAME && op->number2 == 16;
}

bool code_file_calls(struct code_file *f, u64 address, u64 start)
{
	u8 before[ARCH_CALL_BYTES];

	return address >= sizeof(before) &&
	       code_bytes(f, address - sizeof(before), before, sizeof(before)) &&
	       arch_calls(before, address, start);
}

static struct unwind_rule *rule_read(struct code_file *f, u64 address)
{
	struct unwind_rule *rule = mem_alloc(sizeof(*rule));
	Dwarf_Frame *frame = frame_at(f, address);

	rule->sp = ARCH_REG_SP;
	rule->returns = ARCH_REG_RETURN;
	rule->end = frame ? STACK_END_WHOLE : STACK_END_NO_TABLE;
	if (frame)
		rule_from(rule, frame);
	free(frame);
	rule->called = code_file_calls(f, address + 1, 0);
	if (needs_frame(rule))
		code_start_read(&(struct code_view){f, view_row, view_bytes}, address, rule);
	return rule;
}

const struct unwind_rule *code_file_rule(struct code_file *f, u64 address)
{
	static const struct unwind_rule none = {.end = STACK_END_NO_TABLE, .sp = ARCH_REG_SP};
	u32 i = idmap_get(&f->rule_of, address);

	if (i != IDMAP_NONE)
		return f->rules.v[i];
	if (f->rules.n == RULES_MOST)
		return &none;
	idmap_set(&f->rule_of, address, (u32)f->rules.n);
	vec_push(&f->rules, rule_read(f, address));
	return *vec_last(&f->rules);
}

struct naming {
	code_file_tell *tell;
	void *ctx;
	const char *function; /* the outermost, not inlined one */
	u64 into;
};

static void line_tell(void *ctx, const char *inlined, const char *file, int line)
{
	const struct naming *n = ctx;
	char text[TEXT_MOST], at[TEXT_MOST / 2] = "";

	if (file)
		snprintf(at, sizeof(at), " (%.64s:%d)", file, line);
	if (inlined)
		snprintf(text, sizeof(text), "%.140s%s", inlined, at);
	else
		snprintf(text, sizeof(text), "%.140s+0x%" PRIx64 "%s", n->function, n->into, at);
	n->tell(n->ctx, text, inlined);
}

bool code_file_names(struct code_file *f, u64 address, bool call, code_file_tell *tell, void *ctx)
{
	struct naming n = {.tell = tell, .ctx = ctx};
	u64 at = address - call, start;

	if (!f->names)
		f->names = code_names_open(f->elf, code_lines_elf(lines_of(f)));
	n.function = code_names_at(f->names, at, &start);
	if (!n.function)
		return false;
	n.into = address - start;
	code_lines_at(lines_of(f), at, line_tell, &n);
	return true;
}

struct place {
	char *buf;
	size_t size;
};

static void place_tell(void *ctx, const char *inlined, const char *file, int line)
{
	const struct place *p = ctx;
	size_t n = file ? strlen(file) : 0;

	(void)inlined;
	if (!p->buf[0] && n > 2 && strcmp(file + n - 2, ".h"))
		snprintf(p->buf, p->size, "%.63s:%d", file, line);
}

bool code_file_line(struct code_file *f, u64 address, bool call, char *buf, size_t size)
{
	buf[0] = 0;
	code_lines_at(lines_of(f), address - call, place_tell, &(struct place){buf, size});
	return buf[0];
}
