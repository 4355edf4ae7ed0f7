/* SPDX-License-Identifier: MIT */
/* Runs a program under the shim and keeps all that the source tells of it. */
#ifndef TESTS_SHIM_WATCH_H
#define TESTS_SHIM_WATCH_H

#include "event.h"
#include "core/types.h"
#include "core/vec.h"
#include "source/source.h"

typedef vec(struct event) event_list;

struct watch_options {
	u64 pace_ns;
	bool no_tsc;  /* stamps by the kernel's clock, as where the processor's is not usable */
	u32 every_us; /* between drains; 0: 5 ms */
	u32 first_us; /* before the first drain */
	bool to_file; /* its output and errors go to the caller's descriptor */
	int output;
	const char *also;  /* a variable to set for it, "NAME=VALUE" */
	int kill_after_ms; /* SIGKILL, 0 never */
};

struct watched {
	event_list events; /* in order */
	int status;        /* as waitpid gives it */
	u32 pid;
	u64 late; /* events that came after their turn */
	u64 began, ended;
	struct source_stats stats;
};

/* Whether the shim can be found at all; otherwise says so on stderr. */
bool watch_possible(void);

/* Fails the test where it cannot be done. argv[0] is a path, or a name in PATH. */
void watch_run(struct watched *w, char *const argv[], const struct watch_options *o);
void watched_free(struct watched *w);

/* How many events of that kind (of obj, of tid; 0 any) there are. */
u64 watched_count(const struct watched *w, enum event_kind kind, u64 obj, u32 tid);

/* What the TOTALS of obj (of tid; 0 any) add up to. */
u64 watched_total(const struct watched *w, enum event_totals which, u64 obj, u32 tid);

#endif
