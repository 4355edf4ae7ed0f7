/* SPDX-License-Identifier: MIT */
#include "source/code_lines.h"

#include "core/vec.h"
#include "source/code_names.h"

#include <dwarf.h>
#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define UNITS_MOST   (1 << 20)
#define INLINED_MOST 16
#define ID_MOST      64

struct unit { /* a range of code and who tells of it */
	u64 start, end;
	Dwarf_CU *cu;
};

struct code_lines {
	int fd; /* of the file of its own, -1 none */
	Elf *elf;
	Dwarf *dwarf;
	bool units_read;
	vec(struct unit) units; /* by start */
};

/* The path that a build id stands for. */
static bool debug_path(char *path, size_t size, const u8 *id, size_t n)
{
	int at;

	if (n < 3 || n > ID_MOST)
		return false;
	at = snprintf(path, size, "/usr/lib/debug/.build-id/%02x/", id[0]);
	for (size_t i = 1; i < n; i++)
		at += snprintf(path + at, size - (size_t)at, "%02x", id[i]);
	snprintf(path + at, size - (size_t)at, ".debug");
	return true;
}

static bool same_id(Elf *elf, const void *id, size_t n)
{
	const void *other;

	return elf && dwelf_elf_gnu_build_id(elf, &other) == (ssize_t)n && !memcmp(id, other, n);
}

/* Its debugging information in a file of its own, where it has such. */
static void open_own_file(struct code_lines *l, Elf *elf)
{
	char path[64 + 2 * ID_MOST];
	const void *id;
	ssize_t n = dwelf_elf_gnu_build_id(elf, &id);
	struct stat st;

	if (n <= 0 || !debug_path(path, sizeof(path), id, (size_t)n))
		return;
	l->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (l->fd < 0 || fstat(l->fd, &st) || !S_ISREG(st.st_mode))
		return;
	l->elf = elf_begin(l->fd, ELF_C_READ, NULL);
	if (same_id(l->elf, id, (size_t)n))
		l->dwarf = dwarf_begin_elf(l->elf, DWARF_C_READ, NULL);
}

struct code_lines *code_lines_open(Elf *elf)
{
	struct code_lines *l = mem_alloc(sizeof(*l));
	Dwarf_CU *first = NULL;

	l->fd = -1;
	l->dwarf = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
	if (l->dwarf && !dwarf_get_units(l->dwarf, NULL, &first, NULL, NULL, NULL, NULL))
		return l;
	dwarf_end(l->dwarf); /* nothing but, perhaps, .debug_frame */
	l->dwarf = NULL;
	open_own_file(l, elf);
	if (!l->dwarf)
		l->dwarf = dwarf_begin_elf(elf, DWARF_C_READ, NULL);
	return l;
}

void code_lines_close(struct code_lines *l)
{
	if (!l)
		return;
	dwarf_end(l->dwarf);
	elf_end(l->elf);
	if (l->fd >= 0)
		close(l->fd);
	vec_free(&l->units);
	free(l);
}

Dwarf *code_lines_dwarf(const struct code_lines *l)
{
	return l->dwarf;
}

Elf *code_lines_elf(const struct code_lines *l)
{
	return l->elf;
}

static int compare(const void *a, const void *b)
{
	const struct unit *x = a, *y = b;

	return x->start < y->start ? -1 : x->start > y->start;
}

/* Not every compiler writes .debug_aranges: the units themselves are asked. */
static void units_read(struct code_lines *l)
{
	Dwarf_Addr base, start, end;
	Dwarf_CU *cu = NULL;
	Dwarf_Die die;

	l->units_read = true;
	while (l->dwarf && l->units.n < UNITS_MOST &&
		!dwarf_get_units(l->dwarf, cu, &cu, NULL, NULL, &die, NULL)) {
		ptrdiff_t at = 0;

		if (dwarf_tag(&die) != DW_TAG_compile_unit)
			continue;
		while (l->units.n < UNITS_MOST &&
			(at = dwarf_ranges(&die, at, &base, &start, &end)) > 0)
			if (start < end)
				vec_push(&l->units, (struct unit){start, end, cu});
	}
	if (l->units.n)
		qsort(l->units.v, l->units.n, sizeof(*l->units.v), compare);
}

static bool unit_at(struct code_lines *l, u64 address, Dwarf_Die *die)
{
	size_t low = 0, high;

	if (!l->units_read)
		units_read(l);
	high = l->units.n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (l->units.v[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low && address < l->units.v[low - 1].end &&
	       dwarf_cu_die(l->units.v[low - 1].cu, die, NULL, NULL, NULL, NULL, NULL, NULL);
}

static const char *base_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path;
}

/* Where the function that encloses an inlined one has it inlined. */
static const char *call_file(Dwarf_Die *unit, Dwarf_Die *inlined, int *line)
{
	Dwarf_Attribute attr;
	Dwarf_Files *files;
	Dwarf_Word number, at;
	size_t n;

	if (dwarf_formudata(dwarf_attr(inlined, DW_AT_call_line, &attr), &at) ||
		dwarf_formudata(dwarf_attr(inlined, DW_AT_call_file, &attr), &number) ||
		dwarf_getsrcfiles(unit, &files, &n) || number >= n)
		return NULL;
	*line = (int)at;
	return base_name(dwarf_filesrc(files, number, NULL, NULL));
}

static const char *line_at(Dwarf_Die *unit, u64 address, int *line)
{
	Dwarf_Line *at = dwarf_getsrc_die(unit, address);

	if (!at || dwarf_lineno(at, line) || *line <= 0)
		return NULL;
	return base_name(dwarf_linesrc(at, NULL, NULL));
}

static void inlined_tell(
	Dwarf_Die *die, code_lines_tell *tell, void *ctx, const char *file, int line)
{
	Dwarf_Attribute attr;
	const char *name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_linkage_name, &attr));
	char *plain = name ? code_names_plain(name) : NULL;

	if (!plain)
		name = dwarf_diename(die);
	tell(ctx, plain ? plain : name ? name : "?", file, line);
	free(plain);
}

/*
 * The scopes around an address as they lie in the code. (dwarf_getscopes() goes on from an inlined
 * function to where that one was written.)
 */
static int scopes_at(Dwarf_Die *unit, u64 address, Dwarf_Die **scopes)
{
	Dwarf_Die *inner = NULL;
	int n = dwarf_getscopes(unit, address, &inner);

	n = n > 0 ? dwarf_getscopes_die(&inner[0], scopes) : 0;
	free(inner);
	return n;
}

void code_lines_at(struct code_lines *l, u64 address, code_lines_tell *tell, void *ctx)
{
	Dwarf_Die unit, *scopes = NULL;
	const char *file = NULL;
	int line = 0, n, told = 0;

	if (!unit_at(l, address, &unit)) {
		tell(ctx, NULL, NULL, 0);
		return;
	}
	file = line_at(&unit, address, &line);
	n = scopes_at(&unit, address, &scopes);
	for (int i = 0; i < n && told < INLINED_MOST; i++) {
		if (dwarf_tag(&scopes[i]) == DW_TAG_subprogram)
			break;
		if (dwarf_tag(&scopes[i]) != DW_TAG_inlined_subroutine)
			continue;
		inlined_tell(&scopes[i], tell, ctx, file, line);
		file = call_file(&unit, &scopes[i], &line);
		told++;
	}
	tell(ctx, NULL, file, line);
	free(scopes);
}
