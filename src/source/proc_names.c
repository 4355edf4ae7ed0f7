/* SPDX-License-Identifier: MIT */
#include "source/proc_names.h"

#include "core/vec.h"
#include "source/code_names.h"

#include <gelf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME_MOST    48        /* bytes of a name: a lock's has to fit its label */
#define MANGLED_MOST 1000      /* bytes of one that is read as its program's text has it */
#define SYMBOLS_MOST (1 << 20) /* variables that are kept */

struct segment {
	u64 offset, address, in_file, in_memory;
	bool writes;
};

struct variable {
	u64 start, size;
	u32 name; /* place in text */
};

struct proc_names {
	vec(struct segment) segments;
	vec(struct variable) variables; /* by start */
	vec(char) text;
};

static void segments_read(struct proc_names *n, Elf *elf)
{
	size_t count = 0;
	GElf_Phdr h;

	if (elf_getphdrnum(elf, &count))
		return;
	for (size_t i = 0; i < count; i++)
		if (gelf_getphdr(elf, (int)i, &h) && h.p_type == PT_LOAD &&
			h.p_vaddr + h.p_memsz >= h.p_vaddr)
			vec_push(&n->segments, (struct segment){h.p_offset, h.p_vaddr, h.p_filesz,
						       h.p_memsz, h.p_flags & PF_W});
}

static void variable_add(struct proc_names *n, const GElf_Sym *sym, const char *name)
{
	bool mangled = name[0] == '_' && name[1] == 'Z';
	size_t len = strnlen(name, mangled ? MANGLED_MOST : NAME_MOST);

	if (!len || n->variables.n == SYMBOLS_MOST || n->text.n > UINT32_MAX / 2)
		return;
	vec_push(&n->variables, (struct variable){sym->st_value, sym->st_size, (u32)n->text.n});
	vec_reserve(&n->text, n->text.n + len + 1);
	memcpy(n->text.v + n->text.n, name, len);
	n->text.v[n->text.n + len] = 0;
	n->text.n += len + 1;
}

static void table_read(struct proc_names *n, Elf *elf, Elf_Scn *section, const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(section, NULL);
	const char *name;
	GElf_Sym sym;

	for (int i = 0; data && header->sh_entsize &&
			(u64)i < header->sh_size / header->sh_entsize && gelf_getsym(data, i, &sym);
		i++) {
		if (GELF_ST_TYPE(sym.st_info) != STT_OBJECT || sym.st_shndx == SHN_UNDEF ||
			!sym.st_size || sym.st_value + sym.st_size < sym.st_value)
			continue;
		name = elf_strptr(elf, header->sh_link, sym.st_name);
		if (name)
			variable_add(n, &sym, name);
	}
}

/* The full table has all that the dynamic one has; a stripped file has only that. */
static void symbols_read(struct proc_names *n, Elf *elf)
{
	static const u32 types[] = {SHT_SYMTAB, SHT_DYNSYM};
	GElf_Shdr header;

	for (size_t i = 0; i < ARRAY_LEN(types) && !n->variables.n; i++) {
		Elf_Scn *section = NULL;

		while ((section = elf_nextscn(elf, section)))
			if (gelf_getshdr(section, &header) && header.sh_type == types[i])
				table_read(n, elf, section, &header);
	}
}

static int compare(const void *a, const void *b)
{
	const struct variable *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

struct proc_names *proc_names_open(int fd)
{
	struct proc_names *n = mem_alloc(sizeof(*n));
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (elf && elf_kind(elf) == ELF_K_ELF) {
		segments_read(n, elf);
		symbols_read(n, elf);
	}
	elf_end(elf);
	if (!n->variables.n) {
		proc_names_close(n);
		return NULL;
	}
	qsort(n->variables.v, n->variables.n, sizeof(*n->variables.v), compare);
	return n;
}

void proc_names_close(struct proc_names *n)
{
	if (!n)
		return;
	vec_free(&n->segments);
	vec_free(&n->variables);
	vec_free(&n->text);
	free(n);
}

/* The file's own address of that memory; 0 where it is of no segment. */
static u64 address_of(const struct proc_names *n, u64 offset, bool writes, u64 away)
{
	u64 page = (u64)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < n->segments.n; i++) {
		const struct segment *s = &n->segments.v[i];
		u64 into = offset + away - s->offset;

		if (s->writes != writes || offset + page <= s->offset ||
			offset >= s->offset + s->in_file || offset + away < s->offset ||
			into >= s->in_memory)
			continue;
		return s->address + into;
	}
	return 0;
}

/* Of one that is too long the end, which tells it from others of its kind. */
static void name_say(const char *name, u64 away, char *buf, size_t size)
{
	char *plain = code_names_plain(name), more[24] = "";
	const char *text = plain ? plain : name;
	size_t len = strlen(text), cut = len > NAME_MOST ? len - NAME_MOST + 3 : 0;

	while (cut && (text[cut] & 0xc0) == 0x80)
		cut++;
	if (away)
		snprintf(more, sizeof(more), "+0x%" PRIx64, away);
	snprintf(buf, size, "%s%s%s", cut ? "…" : "", text + cut, more);
	free(plain);
}

bool proc_names_at(const struct proc_names *n, u64 offset, bool writes, u64 away, u64 whole,
	char *buf, size_t size)
{
	u64 address = address_of(n, offset, writes, away);
	size_t low = 0, high = n->variables.n;
	const struct variable *v;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (n->variables.v[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!address || !low)
		return false;
	v = &n->variables.v[low - 1];
	if (address - v->start >= v->size)
		return false;
	name_say(n->text.v + v->name, v->size == whole ? 0 : address - v->start, buf, size);
	return true;
}
