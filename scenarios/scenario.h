/* SPDX-License-Identifier: MIT */
/*
 * What a scenario says of itself. A scenario is one file that ends in one const struct scenario
 * and one X line below; its code is plain pthread and fork code that uses only threadline.h.
 */
#ifndef SCENARIO_H
#define SCENARIO_H

#include <stdbool.h>
#include <stddef.h>

/* X(c_name): the file's const struct scenario is scenario_<c_name> */
#define SCENARIOS(X) X(race) X(market) X(queue) X(pool) X(deadlock)

struct scenario_variant {
	const char *name;
	const char *summary;
	const char *const *expect; /* kinds of finding it must give, NULL-ended; NULL none */
	const char *const *forbid; /* kinds it must not; NULL: every kind of severity error */
	int (*run)(void);          /* the exit status */
};

struct scenario {
	const char *name, *title, *teaches;
	const struct scenario_variant *variants; /* ends with name NULL; the first is the default */
};

extern const struct scenario *const scenario_table[]; /* ends in NULL */

/* Finds "race" or "race/mutex": the variant, and the scenario in *s; NULL where there is none. */
const struct scenario_variant *scenario_find(const char *name, const struct scenario **s);

/* For the scenarios: a parameter given by --set KEY=VALUE, or the default. */
long scenario_param(const char *key, long otherwise);
double scenario_speed(void);         /* --speed: 1 as designed; 0 no pauses at all */
void scenario_pause(double seconds); /* sleeps seconds / speed */
unsigned scenario_seed(void);        /* --seed: fixed unless given */
void scenario_say(const char *fmt, ...)
	__attribute__((format(printf, 1, 2))); /* stdout, and a MARK */

/* The scenarios' own program: main() of lib/threadline/scenarios calls this. */
int scenario_main(int argc, char **argv);

#endif
