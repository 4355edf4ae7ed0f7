/* SPDX-License-Identifier: MIT */
/* threadline without arguments: choose from lists, run what was chosen, come back. */
#ifndef TL_CMD_CHOOSE_H
#define TL_CMD_CHOOSE_H

#include "tui/chooser.h"

/* argv[0] is the program's name, then options of a screen only. The exit status. */
int choose(int argc, char **argv);

enum { CHOOSE_COURSE, CHOOSE_PROCESSES, CHOOSE_RECORDINGS, CHOOSE_LISTS };

/* What the lists are made of between two looks. */
struct choose_data {
	struct chooser_variant *variants; /* of all scenarios */
	char (*finds)[96];
	struct choose_seen {
		u64 key, cpu_ns;
	} * seen; /* processes, and what they had used then */
	size_t seen_count;
	u64 seen_at;
};

void choose_data_free(struct choose_data *d);

/* Each makes its list anew. */
void choose_course(struct choose_data *d, struct chooser *c);
void choose_processes(struct choose_data *d, struct chooser *c);
void choose_recordings(struct chooser *c);

#endif
