/* SPDX-License-Identifier: MIT */
/* Real programs looked at through /proc alone, and what is left to say beside a better source. */
#include "live.h"
#include "source/arch.h"
#include "source/proc_code.h"

#include <linux/futex.h>

extern const struct source_ops source_proc;

/* Two threads that have each taken one lock want the other's. notes: tid, value = its address. */
static pthread_mutex_t lock[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_barrier_t both;

struct actor {
	struct notes *notes;
	int i;
};

static void *embrace(void *arg)
{
	struct actor *a = arg;

	a->notes->tid[a->i] = own_tid();
	a->notes->value[a->i] = (u64)(uintptr_t)&lock[a->i];
	pthread_mutex_lock(&lock[a->i]);
	pthread_barrier_wait(&both);
	notes_ready(a->notes);
	pthread_mutex_lock(&lock[!a->i]);
	return NULL;
}

static int deadlock(struct notes *n)
{
	struct actor a[2] = {{n, 0}, {n, 1}};
	pthread_t t[2];

	pthread_barrier_init(&both, NULL, 2);
	for (int i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, embrace, &a[i]);
	pthread_join(t[0], NULL);
	return 0;
}

static void deadlock_ready(struct subject *s)
{
	subject_ready(s, 2);
	for (int i = 0; i < 2; i++)
		wait_futex((u32)s->pid, s->notes->tid[i], s->notes->value[!i]);
}

/* The words of the futex event at index i whose first stands at place; NULL where there are none.
 */
static const struct event *words_of(const struct watch *w, const struct event *futex, int place)
{
	for (const struct event *ev = futex + 1; ev < w->events.v + w->events.n; ev++) {
		if (ev->kind != EV_FUTEX_WORDS || ev->tid != futex->tid)
			return NULL;
		if ((int8_t)ev->flags == place)
			return ev;
	}
	return NULL;
}

/* Whether call sites can be told here at all: read with libdw, on x86-64. */
static bool libc_known(void)
{
	struct proc_code *c = proc_code_new();

	proc_code_free(c);
	return c && ARCH_HAS_SITES;
}

static void assert_embraced(const struct watch *w, const struct notes *n)
{
	for (int i = 0; i < 2; i++) {
		const struct event *futex = event_find(w, EV_FUTEX, n->tid[i]), *words, *site;

		assert_non_null(futex);
		assert_int_equal(futex->obj, n->value[!i]);
		assert_int_equal(event_lo(futex->arg), 2);
		assert_int_equal(event_hi(futex->arg) & FUTEX_CMD_MASK, FUTEX_WAIT);
		assert_int_equal(futex->flags, BLOCK_SAMPLED | BLOCK_MORE);
		site = event_find(w, EV_FUTEX_SITE, n->tid[i]);
		assert_non_null(site);
		assert_true(site->obj == FUTEX_SITE_MUTEX_LOCK || !libc_known());
		words = words_of(w, futex, 0);
		assert_non_null(words);
		assert_int_equal(event_lo(words->obj), 2);
		assert_int_equal(event_lo(words->arg), n->tid[!i]);
		assert_non_null(words_of(w, futex, 4));
		assert_non_null(words_of(w, futex, -4));
	}
}

static void test_deadlock_alone(void **state)
{
	struct subject s = subject_new(deadlock);
	struct source_target target = {.pid = (u32)s.pid};
	const struct event *task;
	struct watch w;

	(void)state;
	deadlock_ready(&s);
	assert_int_equal(watch_open(&w, &source_proc, &target), 0);
	watch_drain(&w);
	assert_embraced(&w, s.notes);
	for (int i = 0; i < 2; i++) {
		task = event_find(&w, EV_TASK, s.notes->tid[i]);
		assert_non_null(task);
		assert_int_equal(task->flags, TASK_SLEEP);
		assert_true(task->obj == event_pair((u32)s.pid, (u32)getpid()));
		assert_true(event_find(&w, EV_NAME, s.notes->tid[i]) == task + 1);
		assert_int_equal(event_find(&w, EV_SAMPLE, s.notes->tid[i])->obj, 'S');
	}
	assert_non_null(event_find(&w, EV_FUTEX, (u32)s.pid)); /* joins */
	watch_close(&w);
	subject_end(&s);
}

/* What does not change is not told again. */
static void test_told_once(void **state)
{
	struct subject s = subject_new(deadlock);
	struct source_target target = {.pid = (u32)s.pid};
	struct watch w;
	size_t n;

	(void)state;
	deadlock_ready(&s);
	assert_int_equal(watch_open(&w, &source_proc, &target), 0);
	watch_drain(&w);
	n = w.events.n;
	watch_for(&w, 200);
	assert_int_equal(w.events.n, n);
	watch_close(&w);
	subject_end(&s);
}

static void test_deadlock_beside_perf(void **state)
{
	struct subject s = subject_new(deadlock);
	struct source_target target = {.pid = (u32)s.pid, .sources = SOURCE_BIT_PERF};
	struct watch w;

	(void)state;
	deadlock_ready(&s);
	assert_int_equal(watch_open(&w, &source_proc, &target), 0);
	watch_drain(&w);
	watch_for(&w, 50);
	assert_embraced(&w, s.notes);
	for (size_t i = 0; i < w.events.n; i++)
		assert_in_set(w.events.v[i].kind,
			((const unsigned long[]){EV_FUTEX, EV_FUTEX_WORDS, EV_FUTEX_SITE}), 3);
	watch_close(&w);
	subject_end(&s);
}

static void test_silent_beside_bpf(void **state)
{
	struct subject s = subject_new(deadlock);
	struct source_target target = {.pid = (u32)s.pid, .sources = SOURCE_BIT_BPF};
	struct watch w;
	u64 now = source_now();

	(void)state;
	subject_ready(&s, 2);
	assert_int_equal(watch_open(&w, &source_proc, &target), 0);
	assert_true(watch_drain(&w) >= now);
	watch_for(&w, 100);
	assert_int_equal(w.events.n, 0);
	watch_close(&w);
	subject_end(&s);
}

/* A waiter sleeps on the first of these words; the others change meanwhile. */
static u32 words[12] __attribute__((aligned(64)));

static void *word_waiter(void *arg)
{
	struct notes *n = arg;

	n->tid[0] = own_tid();
	notes_ready(n);
	syscall(SYS_futex, &words[4], FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	return NULL;
}

static int change_words(struct notes *n)
{
	pthread_t t;

	pthread_create(&t, NULL, word_waiter, n);
	while (!notes_stop(n))
		pause_ms(1);
	words[6] = 4711;
	pause();
	return 0;
}

static void words_change(u32 beside)
{
	struct subject s = subject_new(change_words);
	struct source_target target = {.pid = (u32)s.pid, .sources = beside};
	const struct event *futex;
	struct watch w;
	size_t n;

	subject_ready(&s, 1);
	wait_futex((u32)s.pid, s.notes->tid[0], (u64)(uintptr_t)&words[4]);
	assert_int_equal(watch_open(&w, &source_proc, &target), 0);
	futex = watch_until(&w, 0, EV_FUTEX, s.notes->tid[0]);
	assert_non_null(futex);
	assert_int_equal(event_lo(words_of(&w, futex, 0)->arg), 0);
	n = w.events.n;
	__atomic_store_n(&s.notes->stop, 1, __ATOMIC_RELEASE);
	futex = watch_until(&w, n, EV_FUTEX, s.notes->tid[0]);
	assert_non_null(futex);
	assert_int_equal(event_lo(words_of(&w, futex, 0)->arg), 4711);
	watch_close(&w);
	subject_end(&s);
}

static void test_words_change(void **state)
{
	(void)state;
	words_change(0);
	words_change(SOURCE_BIT_PERF);
}

static void *brief(void *arg)
{
	struct notes *n = arg;

	n->tid[0] = own_tid();
	prctl(PR_SET_NAME, "ev)il\n(\x1b[2J");
	notes_ready(n);
	while (!notes_stop(n))
		pause_ms(1);
	return NULL;
}

/* Stage by stage as the watcher says: a thread, a child, and the child collected. */
static int live_and_die(struct notes *n)
{
	pthread_t t;
	pid_t pid;

	notes_ready(n);
	while (!notes_stop(n))
		pause_ms(1);
	__atomic_store_n(&n->stop, 0, __ATOMIC_RELEASE);
	pthread_create(&t, NULL, brief, n);
	pthread_join(t, NULL);
	pid = fork();
	if (!pid)
		_exit(9);
	n->tid[1] = (u32)pid;
	waitid(P_PID, (id_t)pid, NULL, WEXITED | WNOWAIT);
	__atomic_store_n(&n->stop, 0, __ATOMIC_RELEASE);
	notes_ready(n);
	while (!notes_stop(n))
		pause_ms(1);
	waitpid(pid, NULL, 0);
	notes_ready(n);
	pause();
	return 0;
}

static void stage(struct subject *s)
{
	__atomic_store_n(&s->notes->stop, 1, __ATOMIC_RELEASE);
}

static void test_births_and_deaths(void **state)
{
	struct subject s = subject_new(live_and_die);
	struct source_target target = {.pid = (u32)s.pid};
	const struct event *ev;
	struct watch w;

	(void)state;
	subject_ready(&s, 1);
	assert_int_equal(watch_open(&w, &source_proc, &target), 0);
	watch_drain(&w);
	stage(&s);
	do
		pause_ms(1);
	while (__atomic_load_n(&s.notes->ready, __ATOMIC_ACQUIRE) < 2);
	assert_non_null(watch_until(&w, 0, EV_TASK, s.notes->tid[0]));
	ev = watch_until(&w, 0, EV_NAME, s.notes->tid[0]);
	if (memcmp(&ev->obj, "ev)", 3) != 0) /* as it was before it named itself */
		ev = watch_until(&w, (size_t)(ev - w.events.v) + 1, EV_NAME, s.notes->tid[0]);
	assert_memory_equal(&ev->obj, "ev)il\n(\x1b[2J\0\0\0\0\0", 16);
	assert_null(event_find(&w, EV_EXIT, 0));
	stage(&s);
	ev = watch_until(&w, 0, EV_EXIT, s.notes->tid[0]);
	assert_non_null(ev);
	assert_int_equal(ev->flags, 0);
	assert_true(ev->arg == ~0ull);
	do
		pause_ms(1);
	while (__atomic_load_n(&s.notes->ready, __ATOMIC_ACQUIRE) < 3);
	assert_int_equal(watch_until(&w, 0, EV_TASK, s.notes->tid[1])->flags, TASK_ZOMBIE);
	assert_null(event_find(&w, EV_REAP, 0));
	stage(&s);
	assert_int_equal(watch_until(&w, 0, EV_REAP, 0)->obj, s.notes->tid[1]);
	kill(s.pid, SIGTERM);
	ev = watch_until(&w, 0, EV_EXIT, (u32)s.pid);
	assert_int_equal(ev->flags, EXIT_LAST);
	assert_int_equal(ev->arg, SIGTERM);
	waitpid(s.pid, NULL, 0);
	assert_int_equal(watch_until(&w, (size_t)(ev - w.events.v), EV_REAP, 0)->obj, s.pid);
	assert_int_equal(event_count(&w, EV_EXIT, 0), 2);
	watch_close(&w);
	munmap(s.notes, sizeof(*s.notes));
}

static int spin(struct notes *n)
{
	n->tid[0] = own_tid();
	notes_ready(n);
	while (!notes_stop(n))
		;
	return 0;
}

static void test_samples(void **state)
{
	struct subject s = subject_new(spin);
	struct source_target target = {.pid = (u32)s.pid};
	const struct event *first, *last = NULL;
	struct watch w;

	(void)state;
	subject_ready(&s, 1);
	assert_int_equal(watch_open(&w, &source_proc, &target), 0);
	watch_for(&w, 200);
	assert_int_equal(event_find(&w, EV_TASK, (u32)s.pid)->flags, TASK_UNKNOWN);
	first = event_find(&w, EV_SAMPLE, (u32)s.pid);
	assert_int_equal(first->obj, 'R');
	assert_int_not_equal(first->cpu, EVENT_NO_CPU);
	for (size_t i = 0; i < w.events.n; i++)
		if (w.events.v[i].kind == EV_SAMPLE)
			last = &w.events.v[i];
	assert_true(last->arg > first->arg);
	kill(s.pid, SIGSTOP);
	wait_state((u32)s.pid, (u32)s.pid, 'T');
	watch_for(&w, 100);
	assert_int_equal(vec_last(&w.events)->kind, EV_SAMPLE);
	assert_int_equal(vec_last(&w.events)->obj, 'T');
	watch_close(&w);
	subject_end(&s);
}

static int sleepy(struct notes *n)
{
	notes_ready(n);
	pause_ms(60000);
	return 0;
}

static void test_system_call(void **state)
{
	struct subject s = subject_new(sleepy);
	struct source_target target = {.pid = (u32)s.pid, .sources = SOURCE_BIT_PERF};
	const struct event *block;
	struct watch w;

	(void)state;
	subject_ready(&s, 1);
	wait_state((u32)s.pid, (u32)s.pid, 'S');
	assert_int_equal(watch_open(&w, &source_proc, &target), 0);
	watch_drain(&w);
	block = event_find(&w, EV_BLOCK, (u32)s.pid);
	assert_non_null(block);
	assert_int_equal(block->obj, SYS_clock_nanosleep);
	assert_int_equal(block->flags, BLOCK_SAMPLED);
	watch_close(&w);
	subject_end(&s);
}

static int make_namespace(struct notes *n)
{
	pid_t inner;

	if (!unshare(CLONE_NEWPID)) {
		inner = fork();
		if (!inner)
			pause();
		n->tid[0] = (u32)inner;
	}
	notes_ready(n);
	pause();
	return 0;
}

static void test_namespace(void **state)
{
	struct subject s = subject_new(make_namespace);
	struct source_target target = {.pid = (u32)s.pid, .sources = SOURCE_BIT_PERF};
	struct watch w;

	(void)state;
	subject_ready(&s, 1);
	assert_int_equal(watch_open(&w, &source_proc, &target), 0);
	watch_drain(&w);
	assert_null(event_find(&w, EV_NSTID, (u32)s.pid));
	if (s.notes->tid[0]) {
		assert_non_null(event_find(&w, EV_NSTID, s.notes->tid[0]));
		assert_true(event_find(&w, EV_NSTID, s.notes->tid[0])->obj == event_pair(1, 1));
		kill((pid_t)s.notes->tid[0], SIGKILL);
	} else {
		print_message("no rights for a namespace of one's own\n");
	}
	watch_close(&w);
	subject_end(&s);
}

static void test_refusals(void **state)
{
	struct subject s = subject_new(sleepy);
	struct source_target target = {.pid = (u32)s.pid};
	struct proc_stat stat;
	struct watch w;

	(void)state;
	subject_end(&s);
	assert_int_equal(watch_open(&w, &source_proc, &target), -ESRCH);
	assert_non_null(strstr(w.check.why, "no process"));
	watch_close(&w);
	target.pid = 2;
	if (!proc_stat(2, 0, &stat) && stat.kernel) {
		assert_int_equal(watch_open(&w, &source_proc, &target), -EINVAL);
		assert_non_null(strstr(w.check.why, "kernel thread"));
		watch_close(&w);
	}
}

/* Another user's process: its state can be seen, what it waits for cannot. */
static void test_foreign(void **state)
{
	struct source_target target = {.pid = 1};
	struct source_check check;
	struct watch w;

	(void)state;
	if (!geteuid())
		return;
	source_proc.check(&check, 1);
	assert_true(check.usable);
	assert_string_equal(check.fix, "sudo threadline attach 1");
	assert_int_equal(watch_open(&w, &source_proc, &target), 0);
	watch_for(&w, 50);
	assert_non_null(event_find(&w, EV_TASK, 1));
	assert_null(event_find(&w, EV_FUTEX, 1));
	assert_null(event_find(&w, EV_BLOCK, 1));
	watch_close(&w);
}

static int group(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_deadlock_alone),
		cmocka_unit_test(test_told_once),
		cmocka_unit_test(test_deadlock_beside_perf),
		cmocka_unit_test(test_silent_beside_bpf),
		cmocka_unit_test(test_words_change),
		cmocka_unit_test(test_births_and_deaths),
		cmocka_unit_test(test_samples),
		cmocka_unit_test(test_system_call),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_foreign),
		cmocka_unit_test(test_namespace),
	};

	return cmocka_run_group_tests_name(
		geteuid() ? "/proc, ordinary user" : "/proc, root", tests, NULL, NULL);
}

int main(void)
{
	return run_as_nobody(group) | group() ? 1 : 0;
}
