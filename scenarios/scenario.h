/* SPDX-License-Identifier: MIT */
/*
 * What a scenario says of itself. A scenario is one file that ends in one const struct scenario
 * and one X line below; its code is plain pthread and fork code that uses only threadline.h and
 * stage.h.
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <stdbool.h>
#include <stddef.h>

/* X(c_name): the file's const struct scenario is scenario_<c_name>. As a course would go. */
/* clang-format off */
#define SCENARIOS(X) \
	X(workers) X(memory) X(daemon) X(zombie) X(timeslice) X(cost) \
	X(race) X(relock) X(deadlock) X(philosophers) \
	X(event) X(market) X(queue) X(semaphore) X(barrier) X(rwlock) \
	X(pipequeue) X(terminate) X(pool) X(coroutine) \
	X(priority) X(convoy) X(preempted) X(spinwait)
/* clang-format on */

/* A text of a table that is translated where it is shown. */
#ifndef N_
#define N_(text) text
#endif

struct scenario_variant {
	const char *name;
	const char *summary;
	const char *const *expect; /* kinds of finding it must give, NULL-ended; NULL none */
	const char *const *forbid; /* kinds it must not, beside every kind of severity error that
				      it does not expect; NULL no more */
	int (*run)(void);          /* the exit status */
};

/* What --set may change. */
struct scenario_parameter {
	const char *name;
	long value; /* unless it is set */
	long least, most;
	const char *what;
};

struct scenario {
	const char *name, *title, *teaches;
	const struct scenario_variant *variants; /* ends with name NULL; the first is the default */
	const struct scenario_parameter *parameters; /* ends with name NULL; NULL none */
};

extern const struct scenario *const scenario_table[]; /* ends in NULL */

/* Finds "race" or "race/mutex": the variant, and the scenario in *s; NULL where there is none. */
const struct scenario_variant *scenario_find(const char *name, const struct scenario **s);

/*
 * The "race" or "race/mutex" that name comes nearest to, written into buf; NULL where none is
 * near.
 */
const char *scenario_nearest(const char *name, char *buf, size_t size);

/* What turns the words of scenario_say() into the reader's language; nothing unless set. */
void scenario_words(const char *(*translate)(const char *text));

/* The scenarios' own program: main() of lib/threadline/scenarios calls this. */
int scenario_main(int argc, char **argv);

#endif
