/* SPDX-License-Identifier: MIT */
#include "source/bpf_copies.h"

#include "core/mem.h"
#include "core/vec.h"
#include "source/images.h"
#include "source/source.h"

#include <stdlib.h>
#include <string.h>

#define RENEW_AFTER  (500 * NSEC_PER_MSEC) /* libraries may have been loaded since */
#define NAMES_A_TURN 256 /* of frames, so that what waits in the rings does not wait long */
#define KEPT_MOST    2048
#define VAIN_MOST    8 /* times that what is mapped was read anew and the stack still led nowhere */

struct exec {
	u32 tgid;
	u64 ts;
};

struct bpf_copies {
	struct stacks *stacks;
	struct proc_code *code;
	struct stack_piece piece;
	vec(struct probe_copy) v;
	vec(struct exec) execs; /* of this drain */
	struct images images;
	u64 read; /* when what is mapped was read last: before is before this */
	u32 vain;
	bool exits; /* what is known of its maps does for what it did, and no longer */
};

struct bpf_copies *bpf_copies_open(void)
{
	struct bpf_copies *c;

	if (!stacks_known())
		return NULL;
	c = mem_alloc(sizeof(*c));
	c->stacks = stacks_new(0);
	c->code = proc_code_new();
	c->images.by = IMAGE_START_STACK;
	return c;
}

void bpf_copies_close(struct bpf_copies *c)
{
	if (!c)
		return;
	stacks_free(c->stacks);
	proc_code_free(c->code);
	vec_free(&c->piece.bytes);
	vec_free(&c->v);
	vec_free(&c->execs);
	images_free(&c->images);
	free(c);
}

bool bpf_copies_add(struct bpf_copies *c, const struct probe_copy *copy)
{
	if (c)
		vec_push(&c->v, *copy);
	return c && c->v.n >= KEPT_MOST;
}

void bpf_copies_exec(struct bpf_copies *c, u32 tgid, u64 ts)
{
	if (c)
		vec_push(&c->execs, (struct exec){tgid, ts});
}

void bpf_copies_exit(struct bpf_copies *c)
{
	if (c)
		c->exits = true;
}

/* What is mapped now says nothing of where it was. */
static bool is_of_old(const struct bpf_copies *c, const struct probe_copy *copy)
{
	for (size_t i = 0; i < c->execs.n; i++)
		if (c->execs.v[i].tgid == copy->tgid && copy->head.ts < c->execs.v[i].ts)
			return true;
	return false;
}

/* The registers a function keeps for its caller, as DWARF numbers them. */
static void copy_start(struct stack_start *start, const struct probe_copy *copy)
{
	static const u8 numbers[] = {3, 6, 12, 13, 14, 15};

	*start = (struct stack_start){
		.tgid = copy->tgid, .tid = copy->head.tid, .wakee = copy->wakee};
	stack_start_of(start,
		&(struct proc_syscall){.call = copy->call ? PROC_CALL_BLOCKED : PROC_CALL_OUTSIDE,
			.sp = copy->head.arg,
			.pc = copy->head.obj});
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		start->regs.value[numbers[i]] = copy->regs[i];
		start->regs.known |= 1ull << numbers[i];
	}
}

static void renew(struct bpf_copies *c)
{
	proc_code_renew(c->code);
	images_renew(&c->images);
	c->read = source_now();
}

/* Code that was mapped after it was last read is looked for once more, unless that is in vain. */
static bool may_be_newer(const struct bpf_copies *c, const struct probe_copy *copy)
{
	return copy->head.ts > c->read && c->vain < VAIN_MOST;
}

/* Its frames are stamped so that none comes after a stack that has it, whatever CPU that is of. */
static void copy_tell(
	struct bpf_copies *c, struct order *out, u64 complete, const struct probe_copy *copy)
{
	u32 size = MIN(copy->size, (u32)COPY_BYTES);
	bool newer = may_be_newer(c, copy);
	struct stack_start start;

	if (image_of(&c->images, c->code, copy->tgid) != copy->image) {
		if (!newer)
			return;
		renew(c);
		newer = false;
		if (image_of(&c->images, c->code, copy->tgid) != copy->image)
			return;
	}
	copy_start(&start, copy);
	c->piece.sp = copy->head.arg;
	c->piece.bytes.n = 0;
	vec_reserve(&c->piece.bytes, COPY_BYTES);
	memcpy(c->piece.bytes.v, copy->bytes, size);
	c->piece.bytes.n = size;
	if (stacks_tell(
		    c->stacks, c->code, out, complete, copy->head.ts, &start, &c->piece, !newer))
		return;
	if (!newer)
		return;
	renew(c);
	if (image_of(&c->images, c->code, copy->tgid) != copy->image)
		return;
	c->vain = stacks_tell(
			  c->stacks, c->code, out, complete, copy->head.ts, &start, &c->piece, true)
			  ? 0
			  : c->vain + 1;
}

void bpf_copies_tell(struct bpf_copies *c, struct order *out, u64 complete)
{
	if (!c)
		return;
	if (c->execs.n || (c->v.n && source_now() > c->read + RENEW_AFTER)) {
		renew(c);
		c->vain = 0;
	}
	for (size_t i = 0; i < c->v.n; i++)
		if (!is_of_old(c, &c->v.v[i]))
			copy_tell(c, out, complete, &c->v.v[i]);
	c->v.n = c->execs.n = 0;
	if (c->exits)
		renew(c);
	c->exits = false;
	stacks_name(c->stacks, out, complete, NAMES_A_TURN);
}
