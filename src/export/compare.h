/* SPDX-License-Identifier: MIT */
/*
 * Two recordings held against each other. Things are matched by name: those of one name (the
 * threads of a pool, say) are one thing; locks that have none are one thing per kind. What was not
 * observed is not compared.
 */
#ifndef TL_EXPORT_COMPARE_H
#define TL_EXPORT_COMPARE_H

#include "findings/findings.h"
#include "model/model.h"

#include <stdio.h>

enum compare_class { COMPARE_SESSION, COMPARE_LOCK, COMPARE_THREAD, COMPARE_QUEUE };
enum compare_unit { UNIT_NS, UNIT_COUNT };

/* X(NAME, word, unit): what --fail-if and the JSON document call it */
#define COMPARE_METRICS(X)                          \
	X(DURATION, "duration", UNIT_NS)            \
	X(ACQUISITIONS, "acquisitions", UNIT_COUNT) \
	X(CONTENDED, "contended", UNIT_COUNT)       \
	X(WAIT_TOTAL, "wait.total", UNIT_NS)        \
	X(WAIT_P50, "wait.p50", UNIT_NS)            \
	X(WAIT_P99, "wait.p99", UNIT_NS)            \
	X(WAIT_MAX, "wait.max", UNIT_NS)            \
	X(HOLD_TOTAL, "hold.total", UNIT_NS)        \
	X(HOLD_P50, "hold.p50", UNIT_NS)            \
	X(HOLD_P99, "hold.p99", UNIT_NS)            \
	X(HOLD_MAX, "hold.max", UNIT_NS)            \
	X(RUNNING, "running", UNIT_NS)              \
	X(RUNNABLE, "runnable", UNIT_NS)            \
	X(RUNQ_P99, "runq.p99", UNIT_NS)            \
	X(LOCK_WAIT, "lock", UNIT_NS)               \
	X(SLEEP, "sleep", UNIT_NS)                  \
	X(PREEMPTED, "preempted", UNIT_COUNT)       \
	X(PUTS, "puts", UNIT_COUNT)                 \
	X(GETS, "gets", UNIT_COUNT)                 \
	X(GETS_PER_S, "gets_per_s", UNIT_COUNT)     \
	X(PUT_WAIT, "put_wait", UNIT_NS)            \
	X(GET_WAIT, "get_wait", UNIT_NS)            \
	X(DEPTH_MEAN, "depth_mean", UNIT_COUNT)

enum compare_metric {
#define X(name, word, unit) METRIC_##name,
	COMPARE_METRICS(X)
#undef X
		METRIC_COUNT,
};

struct compare_thing {
	enum compare_class class;
	char name[96];
	u32 members[2]; /* of A and of B; 0: it is not there */
	bool known[2][METRIC_COUNT];
	double value[2][METRIC_COUNT];
};

struct comparison {
	const struct model *model[2];
	const struct findings *findings[2];
	vec(struct compare_thing) things;
};

void compare_open(struct comparison *c, const struct model *const model[2],
	const struct findings *const findings[2]);
void compare_close(struct comparison *c);

const char *compare_class_word(enum compare_class class); /* "lock" */
const char *compare_metric_word(enum compare_metric metric);
enum compare_unit compare_metric_unit(enum compare_metric metric);

/* How many findings of the kind a side has. */
size_t compare_findings(const struct comparison *c, int side, const char *kind);

/* "x2.50", "-35 %", "from none", "to none", "same". Returns buf. */
char *compare_change(char *buf, size_t size, double a, double b);

/* The figures that matter most, those of all first; for a screen. What was not seen says so. */
struct compare_line {
	char what[80], a[24], b[24], change[24];
	bool better, worse; /* only of what is plain: findings, and waits */
};

size_t compare_lines(const struct comparison *c, struct compare_line *lines, size_t max);

void compare_text(const struct comparison *c, const char *const names[2], FILE *out);
void compare_json(const struct comparison *c, const char *const names[2], FILE *out);

/*
 * A rule: "[NAME:] METRIC OP VALUE", as "wait.p99 > 1.2x" (B more than 1.2 times A, of anything
 * that has it), "accounts: wait.max > 5ms" (in B), or "findings > 0" (of severity error or warning
 * that are in B and not in A).
 */
struct compare_rule {
	char name[96]; /* "": any */
	bool findings;
	enum compare_metric metric;
	enum { RULE_MORE, RULE_LESS } op;
	bool ratio;
	double value;
};

/* 0, or with *why the word that is wrong: -ENOENT where no figure is called so, else -EINVAL. */
int compare_rule_read(struct compare_rule *rule, const char *text, const char **why);

enum verdict { VERDICT_HOLDS, VERDICT_FAILS, VERDICT_UNKNOWN };

/*
 * Whether the rule's condition (the failure) is met; tells each case on out. UNKNOWN: nothing has
 * the figure on both sides.
 */
enum verdict compare_judge(const struct comparison *c, const struct compare_rule *rule, FILE *out);

#endif
