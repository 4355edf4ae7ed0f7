/* SPDX-License-Identifier: MIT */
/* Each kind of finding: a story that has it, and one that nearly does and must not. */
#include "findings_scenes.h"
#include "findings_script.h"

struct story {
	const char *file;
	const char *kind; /* the only kind it has; NULL: none at all */
	u64 at, ended;    /* since the first event */
	u64 count;
	size_t threads, locks;
	const char *text;
	bool attached; /* seen without the shim */
};

static const struct story stories[] = {
	{"finding-abandoned-lock-killed.txt", "abandoned-lock", 19010000, 0, 1, 2, 1,
		"child was killed by signal 15 (SIGTERM) at 0.019 s while it held ledger; parent "
		"waits for it since 0.029 s; unlock it on every way out, or make it a robust "
		"mutex and recover it"},
	{"finding-abandoned-lock.txt", "abandoned-lock", 19000000, 0, 1, 2, 1,
		"worker ended at 0.019 s while it held ledger; clerk waits for it since 0.029 s; "
		"unlock it on every way out, or make it a robust mutex and recover it"},
	{"finding-deadlock-attached.txt", "deadlock", 19001000, 0, 1, 2, 2,
		"anna waits for mutex 0x10000 held by bert, who waits for mutex 0x10100 held by "
		"anna: neither of the 2 can go on since 0.019 s; let every thread take these "
		"locks in the same order",
		true},
	{"finding-deadlock-half.txt", "deadlock", 19001000, 0, 1, 2, 2,
		"parent waits for mutex 0x10100 held by child, who waits for mutex 0x10000 held by "
		"parent: neither of the 2 can go on since 0.019 s; let every thread take these "
		"locks in the same order"},
	{"finding-deadlock-join.txt", "deadlock", 19000000, 0, 1, 2, 1,
		"main waits for the end of worker, who waits for config held by main: neither of "
		"the 2 can go on since 0.019 s"},
	{"finding-deadlock-killed.txt", "deadlock", 11000000, 1999010000, 1, 2, 2,
		"anna waits for B held by bert, who waits for A held by anna: neither of them "
		"could go on from 0.011 s to 1.999 s; let every thread take these locks in the "
		"same order"},
	{"finding-deadlock-processes.txt", "deadlock", 19000000, 0, 1, 2, 2,
		"parent waits for A held by child, who waits for B held by parent: neither of the "
		"2 can go on since 0.019 s; let every thread take these locks in the same order"},
	{"finding-deadlock-spin.txt", "deadlock", 9003000, 0, 1, 2, 2,
		"left waits for b held by right, who waits for a held by left: neither of the 2 "
		"can go on since 0.009 s; let every thread take these locks in the same order"},
	{"finding-deadlock-timed.txt", "deadlock", 11000000, 251002000, 2, 2, 2,
		"anna waits for B held by bert, who waits for A held by anna: neither of them "
		"could go on from 0.211 s to 0.251 s (seen 2 times, first at 0.011 s); let every "
		"thread take these locks in the same order"},
	{"finding-deadlock-writer.txt", "deadlock", 19000000, 0, 1, 2, 2,
		"reader waits for log held by writer, who waits for table held by reader: neither "
		"of the 2 can go on since 0.019 s; let every thread take these locks in the same "
		"order"},
	{"finding-deadlock.txt", "deadlock", 105002000, 0, 1, 3, 3,
		"plato waits for fork-1 held by kant, who waits for fork-2 held by hume, who "
		"waits for fork-0 held by plato: none of the 3 can go on since 0.105 s; let every "
		"thread take these locks in the same order"},
	{"finding-lock-order-inversion-readers.txt", "lock-order-inversion", 59001000, 0, 1, 2, 2,
		"anna took R and then S (0.049 s) and bert took S and then R (0.059 s): when both "
		"do at the same time, none can go on; take them in one order everywhere"},
	{"finding-lock-order-inversion.txt", "lock-order-inversion", 203000000, 0, 1, 2, 2,
		"anna took A and then B (0.010 s) and bert took B and then A (0.203 s): when both "
		"do at the same time, none can go on; take them in one order everywhere"},
	{"finding-lost-update.txt", "lost-update", 4009000, 0, 1, 3, 0,
		"2,000,000 should have come out and 1,234,567 did: 765,433 updates were lost, as "
		"here: plato read 41 at 0.004000 s, kant read 41 at 0.004002 s, plato wrote 42 at "
		"0.004005 s, kant wrote 42 over it at 0.004009 s; make reading and writing one "
		"step (a lock around both, or an atomic)"},
	{"finding-lost-wakeup-exit.txt", "lost-wakeup", 29002000, 0, 1, 3, 1,
		"baker signalled bread at 0.009 s when nobody waited for it; buyer-1 and buyer-2 "
		"began to wait at 0.029 s and nobody has signalled since, until the process "
		"ended; change and check what is waited for under the condition's mutex"},
	{"finding-lost-wakeup.txt", "lost-wakeup", 29002000, 0, 1, 2, 1,
		"baker signalled bread at 0.009 s when nobody waited for it; buyer began to wait "
		"at 0.029 s and nobody has signalled since, and the process has stood still since "
		"0.029 s: all its 2 threads wait; change and check what is waited for under the "
		"condition's mutex"},
	{"finding-orphan.txt", "orphan", 99000000, 2099000000, 1, 1, 0,
		"process 20 (daemon) lived on when its parent 10 (shell) ended at 0.099 s, for "
		"another 2.00 s; let the parent wait for it or end it, unless it is meant as a "
		"daemon"},
	{"finding-priority-inversion-switches.txt", "priority-inversion", 21010000, 0, 1, 3, 1,
		"high (real-time priority 30) waited 101 ms for bus, held by low (real-time "
		"priority 10), which for 100 ms of that could not run because of middle "
		"(real-time priority 20); give the mutex priority inheritance "
		"(PTHREAD_PRIO_INHERIT)"},
	{"finding-priority-inversion.txt", "priority-inversion", 21010000, 0, 1, 3, 1,
		"high (real-time priority 30) waited 101 ms for bus, held by low (real-time "
		"priority 10), which for 100 ms of that could not run because of middle "
		"(real-time priority 20); give the mutex priority inheritance "
		"(PTHREAD_PRIO_INHERIT)"},
	{"finding-self-deadlock-attached.txt", "self-deadlock", 9001000, 0, 1, 1, 1,
		"server waits since 0.009 s for mutex 0x10000, which it holds itself: it can "
		"never go on; release it before, or make it a recursive mutex",
		true},
	{"finding-self-deadlock.txt", "self-deadlock", 2000000, 0, 1, 1, 1,
		"relock waits since 0.002 s for account, which it holds itself since 0.001 s: it "
		"can never go on; release it before, or make it a recursive mutex"},
	{"finding-zombie.txt", "zombie", 99000000, 3099010000, 1, 1, 0,
		"process 20 (child) ended at 0.099 s and was collected by its parent 10 (parent) "
		"only 3.00 s later; call waitpid() when SIGCHLD comes, or ignore SIGCHLD"},
	{"near-abandoned-lock-slow.txt", NULL},
	{"near-abandoned-lock.txt", NULL},
	{"near-deadlock-attached.txt", NULL, .attached = true},
	{"near-deadlock-lost.txt", NULL},
	{"near-deadlock-passed.txt", NULL, .attached = true},
	{"near-deadlock.txt", NULL},
	{"near-lock-order-inversion.txt", NULL},
	{"near-lost-update.txt", NULL},
	{"near-lost-wakeup-exit.txt", NULL},
	{"near-lost-wakeup-other.txt", NULL},
	{"near-lost-wakeup.txt", NULL},
	{"near-orphan.txt", NULL},
	{"near-priority-inversion-switches.txt", NULL},
	{"near-priority-inversion.txt", NULL},
	{"near-self-deadlock-lost.txt", NULL},
	{"near-self-deadlock-passed.txt", NULL, .attached = true},
	{"near-self-deadlock.txt", NULL},
	{"near-zombie.txt", NULL},
};

#define X(c_name) extern const struct finding_ops finding_##c_name;
FINDINGS(X)
#undef X

/* What was shown of each kind, as the tests ran: that it is told, and that it is not told wrongly.
 */
static struct pair {
	const struct finding_ops *ops;
	u32 has, near;
} pairs[] = {
#define X(c_name) {&finding_##c_name, 0, 0},
	FINDINGS(X)
#undef X
};

static struct pair *pair_of(const char *kind)
{
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++)
		if (!strcmp(pairs[i].ops->kind, kind))
			return &pairs[i];
	fail_msg("no kind of finding is called %s", kind);
	return NULL;
}

/* Of "near-KIND.txt" and "near-KIND-how.txt". */
static struct pair *pair_nearly(const char *file)
{
	const char *name = file + strlen("near-");

	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		size_t len = strlen(pairs[i].ops->kind);

		if (!strncmp(name, pairs[i].ops->kind, len) && strchr("-.", name[len]))
			return &pairs[i];
	}
	fail_msg("%s: near what?", file);
	return NULL;
}

static char *kinds_told(const struct findings *f)
{
	static char list[1024];

	list[0] = '\0';
	for (size_t i = 0; i < findings_count(f); i++)
		snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s: %s\n",
			findings_get(f, i)->ops->kind, findings_get(f, i)->text);
	return list;
}

static void story_holds(struct script *s, const struct story *story)
{
	const struct finding *f = story->kind ? script_finding(s, story->kind) : NULL;

	if (findings_count(s->findings) != (story->kind != NULL) || (story->kind && !f))
		fail_msg("%s: not only %s was found:\n%s", story->file,
			story->kind ? story->kind : "nothing", kinds_told(s->findings));
	if (!f)
		return;
	assert_string_equal(f->text, story->text);
	assert_int_equal(f->at_ns - s->model->start, story->at);
	assert_int_equal(f->ended_ns ? f->ended_ns - s->model->start : 0, story->ended);
	assert_int_equal(f->count, story->count);
	assert_int_equal(f->threads.n, story->threads);
	assert_int_equal(f->locks.n, story->locks);
}

static void story_run(struct script *s, const struct story *story, bool recorded)
{
	script_info(s);
	s->recorded = recorded;
	if (story->attached) {
		s->info.sources = SOURCE_BIT_BPF;
		s->info.locks = LOCKS_CONTENDED;
	}
	script_file(s, story->file);
}

static void stories_hold(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_LEN(stories); i++) {
		struct script s;

		story_run(&s, &stories[i / 2], i % 2);
		story_holds(&s, &stories[i / 2]);
		if (stories[i / 2].kind)
			pair_of(stories[i / 2].kind)->has++;
		else
			pair_nearly(stories[i / 2].file)->near++;
		script_close(&s);
	}
}

static void scene_gives(char *text, const char *kind)
{
	struct script s;

	script_info(&s);
	script_text(&s, text);
	if (!script_finding(&s, kind))
		fail_msg("no %s in\n%.2000s\nonly\n%s", kind, text, kinds_told(s.findings));
	pair_of(kind)->has++;
	script_close(&s);
	free(text);
}

/* Nothing is told: it only looks a little like this kind. */
static void scene_nearly(char *text, const char *kind)
{
	struct story story = {.file = text};
	struct script s;

	script_info(&s);
	script_text(&s, text);
	story_holds(&s, &story);
	pair_of(kind)->near++;
	script_close(&s);
	free(text);
}

static void convoy(void **state)
{
	(void)state;
	scene_gives(scene_convoy(4, 100, 100, 0), "convoy");
	scene_nearly(
		scene_convoy(4, 100, 100, 1000), "convoy"); /* they keep out of each other's way */
	scene_nearly(scene_convoy(3, 300, 100, 0), "convoy"); /* two in line are no queue */
	scene_gives(scene_burst(8, 60, 100, 100, 0), "convoy");
	scene_nearly(scene_burst(8, 60, 100, 2000, 0), "convoy"); /* it dissolves each time */
	scene_nearly(scene_burst(8, 60, 100, 100, 20), "convoy"); /* mostly it is free */
	scene_nearly(scene_pair(600, 100), "convoy");             /* mostly two alternate */
	scene_nearly(scene_convoy(4, 40, 100, 0), "convoy");      /* too short to be sure */
}

static void starvation(void **state)
{
	(void)state;
	scene_gives(scene_writer(100, 500), "starvation");
	scene_nearly(scene_writer(100, 100), "starvation"); /* not for long */
	scene_nearly(scene_writer(10, 500), "starvation");  /* long, but few came before it */
}

static void thundering_herd(void **state)
{
	(void)state;
	scene_gives(scene_herd(6, 5, 1), "thundering-herd");
	scene_nearly(scene_herd(6, 20, 4), "thundering-herd"); /* most could go on */
	scene_nearly(scene_herd(3, 20, 0), "thundering-herd"); /* two are no herd */
	scene_nearly(scene_herd(6, 1, 1), "thundering-herd");  /* once is no habit */
}

static void busy_wait(void **state)
{
	(void)state;
	scene_gives(scene_tries(5000, 20, 1), "busy-wait");
	scene_nearly(scene_tries(5000, 20, 0), "busy-wait"); /* sleeps in between */
	scene_nearly(scene_tries(60, 40, 1), "busy-wait");   /* a short spin */
	scene_nearly(scene_tries(500, 200, 1), "busy-wait"); /* looks in now and then as it works */
	scene_gives(scene_reads(5000, 20, 1), "busy-wait");
	scene_nearly(scene_reads(5000, 20, 0), "busy-wait"); /* it changes */
	scene_nearly(
		scene_reads(90, 1000, 1), "busy-wait"); /* a worker that looks whether to stop */
}

static void oversubscribed(void **state)
{
	(void)state;
	scene_gives(scene_crowd(8, 4, 2500, 0), "oversubscribed");
	scene_nearly(scene_crowd(2, 4, 2500, 0), "oversubscribed"); /* as many as CPUs */
	scene_nearly(scene_crowd(8, 4, 600, 0), "oversubscribed");  /* a burst */
	scene_nearly(scene_crowd(8, 4, 2500, 5),
		"oversubscribed"); /* others had the CPUs half the time */
}

static void preempted_holder(void **state)
{
	(void)state;
	scene_gives(scene_preempted(10, 5, 1), "preempted-holder");
	scene_nearly(scene_preempted(2, 5, 1), "preempted-holder"); /* chance */
	scene_nearly(
		scene_preempted(10, 5, 50), "preempted-holder"); /* a small part of the waiting */
}

/* A kind that comes anew shows both, here or in a file of tests/fixtures. */
static void every_kind_has_both(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		if (!pairs[i].has)
			fail_msg("nothing here has a finding of kind %s", pairs[i].ops->kind);
		if (!pairs[i].near)
			fail_msg("nothing here nearly has one of kind %s", pairs[i].ops->kind);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stories_hold), cmocka_unit_test(convoy),
		cmocka_unit_test(starvation), cmocka_unit_test(thundering_herd),
		cmocka_unit_test(busy_wait), cmocka_unit_test(oversubscribed),
		cmocka_unit_test(preempted_holder),
		cmocka_unit_test(every_kind_has_both), /* of those above: last */
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
