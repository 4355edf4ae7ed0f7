/* SPDX-License-Identifier: MIT */
#include "source/libc_sites.h"

#include "core/vec.h"
#include "source/arch.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CODE_MOST  (64u << 20) /* a larger one is no C library */
#define JUMPS_MOST 2           /* functions between a name and the place it jumps to */

struct segment {
	u64 offset, address, size;
};

struct function {
	u64 start, end;
	u8 site;  /* by one of its names */
	bool own; /* all of its names are the library's own (they begin with __) */
};

struct jump { /* from one function into another */
	u64 from, to;
};

struct libc_sites {
	int fd; /* elf reads from it by and by */
	Elf *elf;
	Dwarf_CFI *cfi;
	enum libc_nature nature;
	bool is_static;
	struct segment text;            /* the executable one */
	const u8 *code;                 /* in it; NULL where it was not read */
	vec(struct function) functions; /* with names, by start */
	vec(u64) starts;                /* of all functions, ascending, by .eh_frame_hdr */
	vec(struct jump) jumps;
};

enum libc_nature libc_sites_nature(const struct libc_sites *s)
{
	return s->nature;
}

u64 libc_sites_address(const struct libc_sites *s, u64 offset)
{
	if (offset < s->text.offset || offset - s->text.offset >= s->text.size)
		return 0;
	return s->text.address + (offset - s->text.offset);
}

bool libc_sites_after_syscall(const struct libc_sites *s, u64 address)
{
	u64 at = address - s->text.address;
	Elf_Data *data;

	if (address < s->text.address || at < 4 || at > s->text.size)
		return false;
	data = elf_getdata_rawchunk(s->elf, (int64_t)(s->text.offset + at - 4), 4, ELF_T_BYTE);
	return data && data->d_size == 4 && arch_after_syscall(data->d_buf);
}

static int compare_functions(const void *a, const void *b)
{
	const struct function *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* One entry a start: its names together. */
static void functions_join(struct libc_sites *s)
{
	size_t n = 0;

	if (!s->functions.n)
		return;
	qsort(s->functions.v, s->functions.n, sizeof(*s->functions.v), compare_functions);
	for (size_t i = 1; i < s->functions.n; i++) {
		struct function *kept = &s->functions.v[n], *f = &s->functions.v[i];

		if (f->start != kept->start) {
			s->functions.v[++n] = *f;
			continue;
		}
		kept->end = MAX(kept->end, f->end);
		kept->site = kept->site ? kept->site : f->site;
		kept->own = kept->own && f->own;
	}
	s->functions.n = n + 1;
}

static const struct function *function_at(const struct libc_sites *s, u64 address)
{
	size_t low = 0, high = s->functions.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->functions.v[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low && address < s->functions.v[low - 1].end ? &s->functions.v[low - 1] : NULL;
}

/* The function at an address, by the unwinding table: where it starts and the next one does. */
static bool range_at(const struct libc_sites *s, u64 address, u64 *start, u64 *end)
{
	size_t low = 0, high = s->starts.n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (s->starts.v[middle] <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return false;
	*start = s->starts.v[low - 1];
	*end = low < s->starts.n ? s->starts.v[low] : s->text.address + s->text.size;
	return true;
}

/* A jump out of its function ends it (a tail call) or enters a part laid out elsewhere. */
static void jumps_read(struct libc_sites *s)
{
	u64 start, end;

	for (u64 i = 0; s->code && i + ARCH_JUMP_BYTES <= s->text.size; i++) {
		u64 at = s->text.address + i, to = arch_jump(s->code + i, at);

		if (to < s->text.address || to - s->text.address >= s->text.size)
			continue;
		if (range_at(s, at, &start, &end) && (to < start || to >= end))
			vec_push(&s->jumps, (struct jump){at, to});
	}
}

#define SITES_DIFFER 0xff

/* What the named functions that jump into [start, end) wait for, as far as they agree; else 0. */
static u8 site_of_jumpers(const struct libc_sites *s, u64 start, u64 end, int depth)
{
	u8 site = 0, other;
	u64 from, until;

	for (size_t i = 0; i < s->jumps.n && site != SITES_DIFFER; i++) {
		const struct jump *jump = &s->jumps.v[i];
		const struct function *f = function_at(s, jump->from);

		if (jump->to < start || jump->to >= end)
			continue;
		other = f ? f->site : 0;
		if (!f && depth && range_at(s, jump->from, &from, &until))
			other = site_of_jumpers(s, from, until, depth - 1);
		if (other && site && other != site)
			other = SITES_DIFFER;
		site = other ? other : site;
	}
	return site;
}

static u32 frame_size(Dwarf_Frame *frame)
{
	Dwarf_Op *ops, memory[3];
	size_t n;

	if (dwarf_frame_register(frame, ARCH_REG_RETURN, memory, &ops, &n) || n != 2 ||
		ops[0].atom != DW_OP_call_frame_cfa || ops[1].atom != DW_OP_plus_uconst ||
		(s64)ops[1].number != -8)
		return 0;
	if (dwarf_frame_cfa(frame, &ops, &n) || n != 1)
		return 0;
	if (ops[0].atom == DW_OP_breg0 + ARCH_REG_SP && ops[0].number < 1 << 16)
		return (u32)ops[0].number;
	if (ops[0].atom == DW_OP_bregx && ops[0].number == ARCH_REG_SP && ops[0].number2 < 1 << 16)
		return (u32)ops[0].number2;
	return 0;
}

static u32 frame_at(const struct libc_sites *s, u64 address)
{
	Dwarf_Frame *frame = NULL;
	u32 size = 0;

	if (s->cfi && !dwarf_cfi_addrframe(s->cfi, address, &frame))
		size = frame_size(frame);
	free(frame);
	return size;
}

/* A call's last byte is in the calling function; what it returns to may not be. */
void libc_sites_rule(struct libc_sites *s, u64 address, struct libc_rule *rule)
{
	const struct function *f = function_at(s, address - 1);
	u64 start, end;
	u8 site = 0;

	*rule = (struct libc_rule){.frame = frame_at(s, address - 1)};
	if (s->nature != LIBC_GLIBC)
		return;
	if (f)
		rule->site = f->site;
	rule->last = s->is_static && rule->site;
	if (rule->site || s->is_static)
		return;
	if (f && !f->own)
		rule->site = FUTEX_SITE_LIBC_LOCK;
	else if (f)
		rule->outer = FUTEX_SITE_LIBC_LOCK;
	else if (range_at(s, address - 1, &start, &end))
		site = site_of_jumpers(s, start, end, JUMPS_MOST);
	if (site != SITES_DIFFER && site)
		rule->outer = site;
}

void libc_sites_close(struct libc_sites *s)
{
	if (!s)
		return;
	if (s->cfi)
		dwarf_cfi_end(s->cfi);
	elf_end(s->elf);
	if (s->fd >= 0)
		close(s->fd);
	vec_free(&s->functions);
	vec_free(&s->starts);
	vec_free(&s->jumps);
	free(s);
}

static bool names_glibc(const char *name)
{
	static const char *const only[] = {"gnu_get_libc_version", "__libc_early_init",
		"__nptl_version", "__libc_setup_tls", "_dl_relocate_static_pie",
		"__nptl_create_event", "__pthread_initialize_minimal"};

	for (size_t i = 0; i < ARRAY_LEN(only); i++)
		if (!strcmp(name, only[i]))
			return true;
	return false;
}

struct names {
	bool any, glibc, threads;
};

static void symbol_add(struct libc_sites *s, const GElf_Sym *sym, const char *name, struct names *n)
{
	n->any = true;
	n->glibc = n->glibc || names_glibc(name);
	n->threads = n->threads || !strcmp(name, "pthread_mutex_lock");
	if (!sym->st_size || sym->st_value + sym->st_size < sym->st_value)
		return;
	vec_push(&s->functions, (struct function){.start = sym->st_value,
					.end = sym->st_value + sym->st_size,
					.site = libc_sites_by_name(name),
					.own = name[0] == '_' && name[1] == '_'});
}

static void symbols_read(struct libc_sites *s, u32 type, struct names *names)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;
	GElf_Sym sym;

	while ((section = elf_nextscn(s->elf, section))) {
		Elf_Data *data;

		if (!gelf_getshdr(section, &header) || header.sh_type != type || !header.sh_entsize)
			continue;
		data = elf_getdata(section, NULL);
		for (int i = 0; data && gelf_getsym(data, i, &sym); i++) {
			const char *name = elf_strptr(s->elf, header.sh_link, sym.st_name);
			int kind = GELF_ST_TYPE(sym.st_info);

			if (name && sym.st_shndx != SHN_UNDEF &&
				(kind == STT_FUNC || kind == STT_GNU_IFUNC))
				symbol_add(s, &sym, name, names);
		}
	}
}

/* 8 bytes an entry behind a head of 12, places relative to the table (DW_EH_PE_datarel | sdata4) */
static void starts_read(struct libc_sites *s, const GElf_Phdr *at)
{
	Elf_Data *data =
		elf_getdata_rawchunk(s->elf, (int64_t)at->p_offset, at->p_filesz, ELF_T_BYTE);
	const u8 *table = data ? data->d_buf : NULL;
	s32 count, place;

	if (!table || data->d_size < 12 || table[0] != 1 || table[2] != DW_EH_PE_udata4 ||
		table[3] != (DW_EH_PE_datarel | DW_EH_PE_sdata4))
		return;
	memcpy(&count, table + 8, 4);
	if (count < 0 || (u64)count > (data->d_size - 12) / 8)
		return;
	for (s32 i = 0; i < count; i++) {
		memcpy(&place, table + 12 + (size_t)i * 8, 4);
		if (s->starts.n && at->p_vaddr + (u64)(s64)place < *vec_last(&s->starts))
			continue;
		vec_push(&s->starts, at->p_vaddr + (u64)(s64)place);
	}
}

/* DF_1_PIE: a program, not a library. */
static bool is_program(Elf *elf, const GElf_Phdr *dynamic)
{
	Elf_Data *data =
		elf_getdata_rawchunk(elf, (int64_t)dynamic->p_offset, dynamic->p_filesz, ELF_T_DYN);
	GElf_Dyn dyn;

	for (int i = 0; data && gelf_getdyn(data, i, &dyn); i++)
		if (dyn.d_tag == DT_FLAGS_1)
			return dyn.d_un.d_val & DF_1_PIE;
	return false;
}

/* Whether there is code at all. */
static bool segments_read(struct libc_sites *s)
{
	bool interpreted = false, library = false;
	GElf_Phdr header;
	size_t n = 0;

	elf_getphdrnum(s->elf, &n);
	for (size_t i = 0; i < n; i++) {
		if (!gelf_getphdr(s->elf, (int)i, &header))
			return false;
		interpreted = interpreted || header.p_type == PT_INTERP;
		if (header.p_type == PT_DYNAMIC)
			library = !is_program(s->elf, &header);
		if (header.p_type == PT_GNU_EH_FRAME)
			starts_read(s, &header);
		if (header.p_type == PT_LOAD && header.p_flags & PF_X && !s->text.size)
			s->text =
				(struct segment){header.p_offset, header.p_vaddr, header.p_filesz};
	}
	s->is_static = !interpreted && !library;
	return s->text.size;
}

static void code_read(struct libc_sites *s)
{
	Elf_Data *data;

	if (s->text.size > CODE_MOST)
		return;
	data = elf_getdata_rawchunk(s->elf, (int64_t)s->text.offset, s->text.size, ELF_T_BYTE);
	if (data && data->d_size == s->text.size)
		s->code = data->d_buf;
}

static void nature_judge(struct libc_sites *s, const struct names *names)
{
	if (names->glibc)
		s->nature = LIBC_GLIBC;
	else if (names->threads || (s->is_static && !names->any))
		s->nature = LIBC_UNKNOWN;
	else
		s->nature = LIBC_NONE;
}

struct libc_sites *libc_sites_open(int fd)
{
	struct libc_sites *s = mem_alloc(sizeof(*s));
	struct names names = {0};
	GElf_Ehdr header;

	elf_version(EV_CURRENT);
	s->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	s->elf = elf_begin(s->fd, ELF_C_READ, NULL);
	if (!s->elf || !gelf_getehdr(s->elf, &header) || header.e_machine != ARCH_ELF_MACHINE ||
		!segments_read(s)) {
		libc_sites_close(s);
		return NULL;
	}
	symbols_read(s, s->is_static ? SHT_SYMTAB : SHT_DYNSYM, &names);
	functions_join(s);
	nature_judge(s, &names);
	if (s->nature == LIBC_GLIBC) {
		s->cfi = dwarf_getcfi_elf(s->elf);
		code_read(s);
		jumps_read(s);
	}
	return s;
}
