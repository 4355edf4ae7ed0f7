/* SPDX-License-Identifier: MIT */
#include "source/code_names.h"

#include "core/vec.h"

#include <dlfcn.h>
#include <gelf.h>
#include <stdio.h>
#include <string.h>

#define FUNCTIONS_MOST (1 << 22)
#define NAME_MOST      1024 /* a longer one stays as it is */

struct function {
	u64 start, size;
	const char *name; /* in the file's own memory */
	u8 rank;          /* of several at one place, the least is told */
	bool plain;       /* name is the program's own, and ours to free */
	bool tried;
};

struct code_names {
	vec(struct function) functions; /* by start */
};

/* Of the names of one place, those for others' use come first, and those without underscores. */
static u8 rank_of(const GElf_Sym *sym, const char *name)
{
	u8 rank = GELF_ST_BIND(sym->st_info) == STB_LOCAL ? 4 : 0;

	rank = (u8)(rank + !strncmp(name, "__GI_", 5));
	return (u8)(rank + (name[0] == '_') + (name[0] == '_' && name[1] == '_') + !sym->st_size);
}

static void table_read(struct code_names *n, Elf *elf, Elf_Scn *section, const GElf_Shdr *header)
{
	Elf_Data *data = elf_getdata(section, NULL);
	const char *name;
	GElf_Sym sym;

	for (int i = 0; data && header->sh_entsize &&
			(u64)i < header->sh_size / header->sh_entsize && gelf_getsym(data, i, &sym);
		i++) {
		int type = GELF_ST_TYPE(sym.st_info);

		if ((type != STT_FUNC && type != STT_GNU_IFUNC) || sym.st_shndx == SHN_UNDEF ||
			sym.st_value + sym.st_size < sym.st_value ||
			n->functions.n == FUNCTIONS_MOST)
			continue;
		name = elf_strptr(elf, header->sh_link, sym.st_name);
		if (name && *name)
			vec_push(&n->functions, (struct function){sym.st_value, sym.st_size, name,
							rank_of(&sym, name), false, false});
	}
}

static void symbols_read(struct code_names *n, Elf *elf)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while (elf && (section = elf_nextscn(elf, section)))
		if (gelf_getshdr(section, &header) &&
			(header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM))
			table_read(n, elf, section, &header);
}

static int compare(const void *a, const void *b)
{
	const struct function *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->rank != y->rank ? x->rank - y->rank : strcmp(x->name, y->name);
}

struct code_names *code_names_open(Elf *elf, Elf *debug)
{
	struct code_names *n = mem_alloc(sizeof(*n));
	size_t kept = 0;

	symbols_read(n, elf);
	symbols_read(n, debug);
	if (n->functions.n)
		qsort(n->functions.v, n->functions.n, sizeof(*n->functions.v), compare);
	for (size_t i = 0; i < n->functions.n; i++)
		if (!i || n->functions.v[i].start != n->functions.v[kept - 1].start)
			n->functions.v[kept++] = n->functions.v[i];
	n->functions.n = kept;
	return n;
}

void code_names_close(struct code_names *n)
{
	if (!n)
		return;
	for (size_t i = 0; i < n->functions.n; i++)
		if (n->functions.v[i].plain)
			free((char *)n->functions.v[i].name);
	vec_free(&n->functions);
	free(n);
}

typedef char *demangler(const char *name, char *buf, size_t *size, int *status);

/* libstdc++ has one, and whoever runs C++ programs has libstdc++. */
static demangler *find_demangler(void)
{
	void *lib = dlopen("libstdc++.so.6", RTLD_LAZY | RTLD_LOCAL);

	return lib ? (demangler *)dlsym(lib, "__cxa_demangle") : NULL;
}

char *code_names_plain(const char *name)
{
	static demangler *demangle;
	static bool looked;
	int status = 0;

	if (name[0] != '_' || name[1] != 'Z' || strnlen(name, NAME_MOST) == NAME_MOST)
		return NULL;
	if (!looked)
		demangle = find_demangler();
	looked = true;
	return demangle ? demangle(name, NULL, NULL, &status) : NULL;
}

static const char *name_of(struct function *f)
{
	char *plain = f->tried ? NULL : code_names_plain(f->name);

	f->tried = true;
	if (plain) {
		f->name = plain;
		f->plain = true;
	}
	return f->name;
}

const char *code_names_at(struct code_names *n, u64 address, u64 *start)
{
	size_t low = 0, high = n->functions.n;
	struct function *f;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (n->functions.v[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low)
		return NULL;
	f = &n->functions.v[low - 1];
	if (f->size && address - f->start >= f->size)
		return NULL;
	*start = f->start;
	return name_of(f);
}
