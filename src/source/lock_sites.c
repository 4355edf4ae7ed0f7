/* SPDX-License-Identifier: MIT */
#include "source/lock_sites.h"

#include "core/idmap.h"
#include "source/x86_insn.h"

#include <elf.h>
#include <errno.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NODES_MOST 20000
#define TABLE_MOST 1024
#define BACK_MOST  12 /* instructions before a jump by a table in which its shape is looked for */
#define DEPTH_LOST INT32_MAX
#define REGISTERS  16
#define RDI        7
#define RSI        6
#define HIDDEN     0x8000 /* gnu.version: not the version that is linked to now */
#define ENTRY_MOST 12

static const struct {
	const char *name;
	bool cond, ends;
} calls[LOCK_CALL_MAX] = {
#define WHAT_COND                            true
#define WHAT_MUTEX                           false
#define WHAT_RWLOCK                          false
#define WHAT_SEM                             false
#define WHAT_SPIN                            false
#define X(NAME, function, what, flags, ends) [LOCK_CALL_##NAME] = {function, WHAT_##what, ends},
	LOCK_CALLS(X)
#undef X
};

struct node {
	u64 at;
	struct insn insn;
	s32 depth;
	u32 before; /* the one that runs on into it, + 1; 0 none */
	u8 end;     /* a return: whether its own instruction must be probed */
};

struct look {
	struct lock_sites *s;
	Elf *elf;
	const u8 *image;
	size_t size, phdrs;
	vec(struct node) nodes;
	vec(u32) todo;
	vec(u64) far; /* where tables lead */
	struct idmap by_at, sites;
	u64 starts[LOCK_CALL_MAX];
};

static int refuse(struct look *k, const char *why, u64 at)
{
	snprintf(k->s->why, sizeof(k->s->why), "%s (at 0x%llx)", why, (unsigned long long)at);
	return -ENOTSUP;
}

/* The place in the file of an address, with so many bytes behind it. */
static bool offset_of(const struct look *k, u64 at, bool code, u64 *offset, u64 *left)
{
	GElf_Phdr p;

	for (size_t i = 0; i < k->phdrs; i++) {
		if (!gelf_getphdr(k->elf, (int)i, &p) || p.p_type != PT_LOAD ||
			(code && !(p.p_flags & PF_X)) || at < p.p_vaddr ||
			at - p.p_vaddr >= p.p_filesz || p.p_offset > k->size ||
			p.p_filesz > k->size - p.p_offset)
			continue;
		*offset = p.p_offset + (at - p.p_vaddr);
		*left = p.p_filesz - (at - p.p_vaddr);
		return true;
	}
	return false;
}

/* What runs on into it comes from a call that does not return. */
static bool is_start(const struct look *k, u64 at)
{
	for (u32 call = 1; call < LOCK_CALL_MAX; call++)
		if (k->starts[call] == at)
			return true;
	return false;
}

static int node_at(struct look *k, u64 at, s32 depth, u32 before)
{
	u64 offset, left;
	struct node node = {.at = at, .depth = depth, .before = before};
	u32 known = at <= UINT32_MAX ? idmap_get(&k->by_at, (u32)at) : IDMAP_NONE;

	if (is_start(k, at))
		node.depth = depth = 0;
	if (known != IDMAP_NONE) {
		struct node *n = &k->nodes.v[known];

		if (before)
			n->before = before;
		if (n->depth != depth)
			n->depth = DEPTH_LOST;
		return 0;
	}
	if (at > UINT32_MAX || k->nodes.n == NODES_MOST)
		return refuse(k, "the code of the lock calls is too large", at);
	if (!offset_of(k, at, true, &offset, &left) ||
		!insn_decode(&node.insn, k->image + offset, left))
		return refuse(k, "an instruction of the lock calls is not known", at);
	idmap_set(&k->by_at, (u32)at, (u32)k->nodes.n);
	vec_push(&k->todo, (u32)k->nodes.n);
	vec_push(&k->nodes, node);
	return 0;
}

static s32 depth_after(const struct node *n)
{
	return n->depth == DEPTH_LOST || n->insn.lost ? DEPTH_LOST : n->depth + n->insn.stack;
}

/* cmp $N,...; ...; lea TABLE(%rip),%r; movslq (%r,...,4),...; add; jmp *: gcc's switch. */
static int table_follow(struct look *k, const struct node *n)
{
	u64 table = 0, entries = 0, offset, left;
	u32 before = n->before;
	s32 depth = n->depth; /* the node may move */
	int err = 0;

	for (int i = 0; before && i < BACK_MOST && !(table && entries); i++) {
		const struct node *b = &k->nodes.v[before - 1];
		const u8 *code;

		if (!offset_of(k, b->at, true, &offset, &left))
			break;
		code = k->image + offset;
		if ((code[0] & 0xfb) == 0x48 && code[1] == 0x8d && (code[2] & 0xc7) == 5) {
			s32 far;

			memcpy(&far, code + 3, sizeof(far));
			table = b->at + 7 + (u64)(s64)far;
		} else if (!entries && code[0] == 0x83 && (code[1] & 0xf8) == 0xf8) {
			entries = (u64)code[2] + 1;
		} else if (!entries && code[0] == 0x3d) {
			entries = (u64)code[1] + ((u64)code[2] << 8) + 1;
		}
		before = b->before;
	}
	if (!table || !entries || entries > TABLE_MOST ||
		!offset_of(k, table, false, &offset, &left) || left < entries * sizeof(s32))
		return refuse(k, "where the lock calls go on is not known", n->at);
	for (u64 i = 0; i < entries && !err; i++) {
		s32 far;

		memcpy(&far, k->image + offset + i * sizeof(far), sizeof(far));
		vec_push(&k->far, table + (u64)(s64)far);
		err = node_at(k, table + (u64)(s64)far, depth, 0);
	}
	return err;
}

static int node_follow(struct look *k, u32 index)
{
	struct node n = k->nodes.v[index];
	u64 next = n.at + n.insn.size;
	int err = 0;

	if (n.insn.kind == INSN_FAR)
		return table_follow(k, &n);
	if (n.insn.kind == INSN_BRANCH || n.insn.kind == INSN_JUMP)
		err = node_at(k, next + (u64)n.insn.value, n.depth, 0);
	if (!err && (n.insn.kind == INSN_PLAIN || n.insn.kind == INSN_BRANCH ||
			    n.insn.kind == INSN_CALL))
		err = node_at(k, next, depth_after(&n), index + 1);
	return err;
}

static int follow(struct look *k)
{
	int err = 0;

	while (k->todo.n && !err)
		err = node_follow(k, k->todo.v[--k->todo.n]);
	return err;
}

static int compare_nodes(const void *a, const void *b)
{
	const struct node *const *x = a, *const *y = b;

	return (*x)->at < (*y)->at ? -1 : (*x)->at > (*y)->at;
}

/* Two ways that see different instructions in the same bytes: one of them is none. */
static int overlaps(struct look *k)
{
	struct node **sorted = malloc((k->nodes.n + 1) * sizeof(struct node *));
	int err = sorted ? 0 : -ENOMEM;

	for (size_t i = 0; i < k->nodes.n && sorted; i++)
		sorted[i] = &k->nodes.v[i];
	if (sorted)
		qsort(sorted, k->nodes.n, sizeof(struct node *), compare_nodes);
	for (size_t i = 1; i < k->nodes.n && !err; i++)
		if (sorted[i - 1]->at + sorted[i - 1]->insn.size > sorted[i]->at)
			err = refuse(k, "instructions of the lock calls overlap", sorted[i]->at);
	free(sorted);
	return err;
}

static struct node *node_find(struct look *k, u64 at)
{
	u32 index = at <= UINT32_MAX ? idmap_get(&k->by_at, (u32)at) : IDMAP_NONE;

	return index == IDMAP_NONE ? NULL : &k->nodes.v[index];
}

static struct lock_site *site_at(struct look *k, const struct node *n)
{
	u32 index = idmap_get(&k->sites, (u32)n->at);
	u64 offset = 0, left;

	if (index == IDMAP_NONE) {
		offset_of(k, n->at, true, &offset, &left);
		index = (u32)k->s->sites.n;
		idmap_set(&k->sites, (u32)n->at, index);
		vec_push(&k->s->sites, (struct lock_site){.depth = n->depth, .way = LOCK_ALWAYS});
		vec_push(&k->s->offsets, offset);
		vec_last(&k->s->sites)->cheap = n->insn.cheap;
		k->s->dear += !n->insn.cheap;
	}
	return &k->s->sites.v[index];
}

struct run { /* what registers hold, as of a place before */
	struct {
		u8 known, from; /* known: 0 nothing, 1 a value, 2 what `from` held */
		s64 value;
	} r[REGISTERS];
};

static bool run_step(struct run *run, const struct insn *insn)
{
	if (insn->locks || insn->kind != INSN_PLAIN || insn->effect == EFFECT_OTHER)
		return false;
	if (insn->effect == EFFECT_TO)
		run->r[insn->to].known = 0;
	if (insn->effect == EFFECT_SET) {
		run->r[insn->to].known = 1;
		run->r[insn->to].value = insn->value;
	}
	if (insn->effect == EFFECT_COPY)
		run->r[insn->to] = run->r[insn->from];
	return true;
}

/* Whether from here on nothing but a return comes, and with what result. */
static bool run_out(struct look *k, u64 at, struct lock_edge *edge, struct node **last)
{
	struct run run;
	struct node *n = node_find(k, at);

	for (int i = 0; i < REGISTERS; i++)
		run.r[i].known = 2, run.r[i].from = (u8)i;
	while (n && n->insn.kind != INSN_RETURN) {
		if (n->depth == DEPTH_LOST || !run_step(&run, &n->insn))
			return false;
		n = node_find(k, n->at + n->insn.size);
	}
	*last = n;
	if (!n || !run.r[0].known)
		return false;
	*edge = (struct lock_edge){.ends = 1,
		.known = run.r[0].known == 1,
		.reg = run.r[0].from,
		.value = (s32)run.r[0].value};
	return true;
}

/* The return that a place runs into without going anywhere else; NULL none. */
static struct node *return_after(struct look *k, u64 at)
{
	struct node *n = node_find(k, at);

	while (n && n->insn.kind == INSN_PLAIN)
		n = node_find(k, n->at + n->insn.size);
	return n && n->insn.kind == INSN_RETURN ? n : NULL;
}

/* One way out of a place: whether the return behind it must be probed itself. */
static void way_judge(struct look *k, const struct node *n, u64 target)
{
	struct node *end = return_after(k, target), *last;
	bool cheap = n->insn.cheap && n->insn.kind != INSN_CALL && n->depth != DEPTH_LOST &&
		     n->insn.way <= 15;
	struct lock_edge edge;

	if (end && (!cheap || !run_out(k, target, &edge, &last)))
		end->end = 1;
}

/* A jump's number of condition is no condition. */
static u64 target_of(const struct node *n)
{
	return n->at + n->insn.size + (u64)n->insn.value;
}

static void ways_judge(struct look *k)
{
	for (size_t i = 0; i < k->nodes.n; i++) {
		const struct node *n = &k->nodes.v[i];

		if (n->insn.kind == INSN_BRANCH || n->insn.kind == INSN_JUMP)
			way_judge(k, n, target_of(n));
		if (n->insn.kind == INSN_BRANCH || n->insn.kind == INSN_CALL)
			way_judge(k, n, n->at + n->insn.size);
	}
}

static void edge_set(struct look *k, const struct node *n, u64 target, int taken)
{
	struct lock_edge edge;
	struct node *last;

	if (n->depth == DEPTH_LOST || !n->insn.cheap || n->insn.way > 15 ||
		!run_out(k, target, &edge, &last) || last->end)
		return;
	site_at(k, n)->way = n->insn.kind == INSN_JUMP ? LOCK_ALWAYS : n->insn.way;
	site_at(k, n)->edge[taken] = edge;
}

static int ends_set(struct look *k)
{
	for (size_t i = 0; i < k->nodes.n; i++) {
		struct node *n = &k->nodes.v[i];

		if (n->insn.kind == INSN_RETURN && n->end) {
			n->depth = 0; /* it is, where it is the call's own */
			site_at(k, n)->edge[1] = (struct lock_edge){.ends = 1};
		} else if (n->insn.kind == INSN_JUMP) {
			edge_set(k, n, target_of(n), 1);
		} else if (n->insn.kind == INSN_BRANCH) {
			edge_set(k, n, target_of(n), 1);
			edge_set(k, n, n->at + n->insn.size, 0);
		}
	}
	return 0;
}

/* The first place that is cheap and where the arguments are what they were. */
static const struct node *entry_of(struct look *k, enum lock_call call)
{
	const struct node *first = node_find(k, k->starts[call]), *n = first;

	for (int i = 0; n && i < ENTRY_MOST; i++) {
		const struct insn *insn = &n->insn;

		if (insn->cheap && insn->kind != INSN_CALL && n->depth != DEPTH_LOST)
			return n;
		if (insn->kind != INSN_PLAIN || insn->effect == EFFECT_OTHER)
			break;
		if (insn->locks && call != LOCK_CALL_SPIN_LOCK) /* it goes round to there */
			break;
		if (insn->effect != EFFECT_NONE &&
			(insn->to == RDI || (calls[call].cond && insn->to == RSI)))
			break;
		n = node_find(k, n->at + insn->size);
	}
	return first;
}

/*
 * Somebody may come to it otherwise than from the call's first instruction. Where the end is seen
 * too, one that begins anew is told from one that goes round.
 */
static bool entered_again(struct look *k, u64 first, u64 site)
{
	for (size_t i = 0; i < k->nodes.n && site != first; i++) {
		const struct node *n = &k->nodes.v[i];
		u64 target = target_of(n);

		if ((n->insn.kind == INSN_BRANCH || n->insn.kind == INSN_JUMP) && target > first &&
			target <= site)
			return true;
	}
	return false;
}

static int entries_set(struct look *k)
{
	for (u32 call = 1; call < LOCK_CALL_MAX; call++) {
		const struct node *n;
		struct lock_site *site;

		if (!k->starts[call])
			continue;
		n = entry_of(k, call);
		if ((!calls[call].ends || calls[call].cond) &&
			entered_again(k, k->starts[call], n->at))
			n = node_find(k, k->starts[call]);
		if (n->insn.locks)
			return refuse(k, "a lock call begins with what cannot be probed", n->at);
		site = site_at(k, n);
		if (site->enters)
			continue; /* the same function under another name */
		site->enters = (u8)call;
	}
	return 0;
}

static enum lock_call call_named(const char *name)
{
	for (u32 i = 1; name && i < LOCK_CALL_MAX; i++)
		if (!strcmp(calls[i].name, name))
			return i;
	return LOCK_CALL_NONE;
}

/* A condition's functions of old have another shape; of the others all versions are one. */
static void symbols_read(struct look *k, Elf_Scn *scn, Elf_Data *versions)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	GElf_Shdr shdr;
	GElf_Sym sym;

	if (!data || !gelf_getshdr(scn, &shdr) || !shdr.sh_entsize)
		return;
	for (size_t i = 0; i < data->d_size / shdr.sh_entsize; i++) {
		enum lock_call call;
		GElf_Versym version = 0;

		if (!gelf_getsym(data, (int)i, &sym) || !sym.st_value ||
			GELF_ST_TYPE(sym.st_info) != STT_FUNC)
			continue;
		call = call_named(elf_strptr(k->elf, shdr.sh_link, sym.st_name));
		if (versions && !gelf_getversym(versions, (int)i, &version))
			continue;
		if (!call || version & HIDDEN)
			continue;
		k->s->calls += !k->starts[call];
		k->starts[call] = sym.st_value;
	}
}

static void calls_find(struct look *k, u32 wanted)
{
	Elf_Data *versions = NULL;
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;

	while (wanted == SHT_DYNSYM && (scn = elf_nextscn(k->elf, scn)))
		if (gelf_getshdr(scn, &shdr) && shdr.sh_type == SHT_GNU_versym)
			versions = elf_getdata(scn, NULL);
	scn = NULL;
	while ((scn = elf_nextscn(k->elf, scn)))
		if (gelf_getshdr(scn, &shdr) && shdr.sh_type == wanted)
			symbols_read(k, scn, versions);
}

static int look(struct look *k)
{
	int err = 0;

	calls_find(k, SHT_DYNSYM);
	if (!k->s->calls)
		calls_find(k, SHT_SYMTAB);
	if (!k->s->calls)
		return -ENOENT;
	for (u32 call = 1; call < LOCK_CALL_MAX && !err; call++)
		if (k->starts[call] && calls[call].ends)
			err = node_at(k, k->starts[call], 0, 0);
	if (!err)
		err = follow(k);
	if (!err)
		err = overlaps(k);
	if (err)
		return err;
	for (u32 call = 1; call < LOCK_CALL_MAX; call++) {
		struct node *end = k->starts[call] ? return_after(k, k->starts[call]) : NULL;

		if (end && calls[call].ends)
			end->end = 1;
	}
	for (size_t i = 0; i < k->far.n; i++) {
		struct node *end = return_after(k, k->far.v[i]);

		if (end)
			end->end = 1;
	}
	ways_judge(k);
	err = ends_set(k);
	for (u32 call = 1; call < LOCK_CALL_MAX && !err; call++)
		if (k->starts[call] && !calls[call].ends)
			err = node_at(k, k->starts[call], 0, 0);
	if (!err)
		err = follow(k);
	if (!err)
		err = overlaps(k);
	if (!err)
		err = entries_set(k);
	if (!err && k->s->sites.n > LOCK_SITES)
		err = refuse(k, "the lock calls have too many ends", 0);
	return err;
}

int lock_sites_read(struct lock_sites *s, int fd)
{
	struct look k = {.s = s};
	int err;

	*s = (struct lock_sites){0};
	elf_version(EV_CURRENT);
	k.elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	k.image = k.elf ? (const u8 *)elf_rawfile(k.elf, &k.size) : NULL;
	if (!k.image || elf_getphdrnum(k.elf, &k.phdrs) || gelf_getclass(k.elf) != ELFCLASS64)
		err = -ENOEXEC;
	else
		err = look(&k);
	vec_free(&k.nodes);
	vec_free(&k.todo);
	vec_free(&k.far);
	idmap_free(&k.by_at);
	idmap_free(&k.sites);
	elf_end(k.elf);
	return err;
}

void lock_sites_free(struct lock_sites *s)
{
	vec_free(&s->sites);
	vec_free(&s->offsets);
}
