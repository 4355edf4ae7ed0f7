/* SPDX-License-Identifier: MIT */
/*
 * Lanes in groups: by process, by name ("worker-3" and "worker-12" are "worker-*"), by the CPU they
 * ran on last at the moment looked at. A group is folded into one row by the user, or because there
 * is no room.
 */
#ifndef TL_TUI_GROUPS_H
#define TL_TUI_GROUPS_H

#include "core/vec.h"
#include "model/model.h"

/* X(NAME, "word") */
#define LANE_GROUPS(X)           \
	X(PROCESS, "by process") \
	X(NAME, "by name")       \
	X(CPU, "by the CPU they ran on last")

enum lane_groups {
#define X(NAME, word) GROUPS_##NAME,
	LANE_GROUPS(X)
#undef X
		GROUPS_COUNT
};

struct groups {
	enum lane_groups by;
	vec(u32) of;       /* by thread id: its group, 0 where it has none */
	vec(u64) folded;   /* pair(group, by): by the user */
	vec(u64) opened;   /* the same: to be left open */
	vec(u32) pressed;  /* folded for want of room */
	u32 part;          /* of these the one that there is room for some of; 0 */
	int part_rows;     /* that its first threads have all the same */
	vec(char *) names; /* by group - 1, of GROUPS_NAME */
};

void groups_free(struct groups *g);

/* The group that the thread is in, as of a moment. Grows names. */
u32 groups_find(struct groups *g, const struct model *m, const struct thread *t, u64 at);

u32 groups_of(const struct groups *g, u32 thread);
bool groups_folded(const struct groups *g, u32 group);
size_t groups_size(const struct groups *g, u32 group);
int groups_part(const struct groups *g, u32 group); /* rows that a folded one has below its own */
bool groups_opened(const struct groups *g, u32 group); /* by the user */
void groups_fold(struct groups *g, u32 group, bool fold);
void groups_fold_all(struct groups *g); /* or none, where all are */

/* "worker-*", "CPU 3"; of a process its name. Returns buf. */
char *groups_label(
	const struct groups *g, const struct model *m, u32 group, char *buf, size_t size);

#endif
