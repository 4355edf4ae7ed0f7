/* SPDX-License-Identifier: MIT */
/* Real programs watched through perf, by root and by an ordinary user. */
#include "live.h"

#include "core/idmap.h"
#include "source/perf.h"

#include <sys/select.h>

extern const struct source_ops source_perf;

/* What a thread counts of its own switches between two moments. */
struct counted {
	struct notes *notes;
	int i;
	int(*pipe_in), (*pipe_out);
};

static void count_from(struct notes *n, int i)
{
	struct rusage usage;

	n->tid[i] = own_tid();
	n->from[i] = source_now();
	getrusage(RUSAGE_THREAD, &usage);
	n->voluntary[i] = (u64)usage.ru_nvcsw;
	n->involuntary[i] = (u64)usage.ru_nivcsw;
}

static void count_until(struct notes *n, int i)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	n->until[i] = source_now();
	n->voluntary[i] = (u64)usage.ru_nvcsw - n->voluntary[i];
	n->involuntary[i] = (u64)usage.ru_nivcsw - n->involuntary[i];
}

static int ball[2][2]; /* two pipes, in the program watched */

static void *player(void *arg)
{
	struct counted *c = arg;
	char byte = 0;

	notes_ready(c->notes);
	while ((u64)__atomic_load_n(&c->notes->ready, __ATOMIC_ACQUIRE) < 2 + c->notes->value[0])
		pause_ms(1);
	count_from(c->notes, c->i);
	for (int round = 0; round < 2000; round++) {
		if (c->i && write(*c->pipe_out, &byte, 1) != 1)
			break;
		if (read(*c->pipe_in, &byte, 1) != 1)
			break;
		if (!c->i && write(*c->pipe_out, &byte, 1) != 1)
			break;
	}
	count_until(c->notes, c->i);
	return NULL;
}

/* Two threads pass a byte to and fro; value[0] holds them back until they are watched. */
static int play(struct notes *n)
{
	struct counted c[2] = {{n, 0, &ball[0][0], &ball[1][1]}, {n, 1, &ball[1][0], &ball[0][1]}};
	pthread_t t[2];

	if (pipe(ball[0]) || pipe(ball[1]))
		return 1;
	for (int i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, player, &c[i]);
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	return 7;
}

/* Its switches are those it counted itself, but for the two between stamp and count. */
static void assert_counted(const struct watch *w, const struct notes *n, int i)
{
	u64 blocked = 0, preempted = 0;

	for (size_t k = 0; k < w->events.n; k++) {
		const struct event *ev = &w->events.v[k];

		if (ev->tid != n->tid[i] || ev->kind != EV_OUT || ev->ts < n->from[i] ||
			ev->ts > n->until[i])
			continue;
		blocked += ev->flags == OUT_BLOCKED;
		preempted += ev->flags == OUT_PREEMPTED;
	}
	assert_true(n->voluntary[i] > 100);
	assert_int_equal(event_count(w, EV_LOST, 0), 0);
	assert_in_range(blocked, n->voluntary[i] - 1, n->voluntary[i] + 1);
	assert_in_range(preempted, MAX(n->involuntary[i], 1) - 1, n->involuntary[i] + 1);
}

/* IN and OUT of a thread take turns, none after its exit. */
static void assert_turns(const struct watch *w, u32 tid)
{
	u8 last = EV_NONE;

	for (size_t i = 0; i < w->events.n; i++) {
		const struct event *ev = &w->events.v[i];

		if (ev->tid != tid ||
			(ev->kind != EV_IN && ev->kind != EV_OUT && ev->kind != EV_EXIT))
			continue;
		assert_int_not_equal(last, EV_EXIT);
		assert_int_not_equal(last, ev->kind);
		last = ev->kind;
	}
}

static void test_launched(void **state)
{
	struct subject s = subject_new(play);
	struct source_target target = {.pid = (u32)s.pid, .launched = true};
	const struct event *fork;
	struct watch w;

	(void)state;
	assert_int_equal(watch_open(&w, &source_perf, &target), 0);
	subject_go(&s);
	assert_int_equal(WEXITSTATUS(watch_to_end(&w, &s)), 7);
	assert_non_null(event_find(&w, EV_TASK, (u32)s.pid));
	for (int i = 0; i < 2; i++) {
		assert_counted(&w, s.notes, i);
		assert_turns(&w, s.notes->tid[i]);
		assert_int_equal(event_count(&w, EV_EXIT, s.notes->tid[i]), 1);
		assert_int_equal(event_find(&w, EV_EXIT, s.notes->tid[i])->flags, 0);
	}
	fork = event_find(&w, EV_FORK, (u32)s.pid);
	assert_non_null(fork);
	assert_true(fork->obj == event_pair(s.notes->tid[0], (u32)s.pid) ||
		    fork->obj == event_pair(s.notes->tid[1], (u32)s.pid));
	assert_int_equal(fork->arg, s.pid);
	assert_int_equal(event_count(&w, EV_EXIT, (u32)s.pid), 1);
	assert_int_equal(event_find(&w, EV_EXIT, (u32)s.pid)->flags, EXIT_LAST);
	assert_int_equal(event_count(&w, EV_LOST, 0), 0);
	watch_close(&w);
	munmap(s.notes, sizeof(*s.notes));
}

static void test_attached(void **state)
{
	struct subject s = subject_new(play);
	struct source_target target = {.pid = (u32)s.pid};
	struct watch w;

	(void)state;
	s.notes->value[0] = 1;
	subject_ready(&s, 2);
	assert_int_equal(watch_open(&w, &source_perf, &target), 0);
	notes_ready(s.notes);
	watch_to_end(&w, &s);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(event_count(&w, EV_TASK, s.notes->tid[i]), 1);
		assert_counted(&w, s.notes, i);
		assert_turns(&w, s.notes->tid[i]);
		assert_int_equal(event_count(&w, EV_EXIT, s.notes->tid[i]), 1);
	}
	assert_int_equal(event_find(&w, EV_EXIT, (u32)s.pid)->flags, EXIT_LAST);
	watch_close(&w);
	munmap(s.notes, sizeof(*s.notes));
}

static int run_shell(struct notes *n)
{
	(void)n;
	execl("/bin/sh", "sh", "-c", "sleep 0.05; (exit 3); exit 5", NULL);
	return 1;
}

static void test_exec_and_children(void **state)
{
	struct subject s = subject_new(run_shell);
	struct source_target target = {.pid = (u32)s.pid, .launched = true};
	const struct event *exec;
	struct watch w;
	char name[17] = "";
	u32 child;

	(void)state;
	assert_int_equal(watch_open(&w, &source_perf, &target), 0);
	subject_go(&s);
	assert_int_equal(WEXITSTATUS(watch_to_end(&w, &s)), 5);
	exec = event_find(&w, EV_EXEC, (u32)s.pid);
	assert_non_null(exec);
	assert_true(exec->obj == event_pair((u32)s.pid, (u32)s.pid));
	memcpy(name, &event_after(&w, (size_t)(exec - w.events.v), EV_NAME, (u32)s.pid)->obj, 16);
	assert_string_equal(name, "sh");
	assert_int_equal(event_count(&w, EV_FORK, (u32)s.pid), 2);
	child = event_lo(event_find(&w, EV_FORK, (u32)s.pid)->obj);
	assert_non_null(event_find(&w, EV_EXEC, child));
	assert_non_null(event_find(&w, EV_NAME, child));
	assert_int_equal(event_find(&w, EV_EXIT, child)->flags, EXIT_LAST);
	watch_close(&w);
	munmap(s.notes, sizeof(*s.notes));
}

static void *exec_thread(void *arg)
{
	struct notes *n = arg;

	n->tid[0] = own_tid();
	execl("/bin/true", "true", NULL);
	return NULL;
}

static int exec_from_thread(struct notes *n)
{
	pthread_t t;

	pthread_create(&t, NULL, exec_thread, n);
	pause();
	return 1;
}

static void test_exec_from_thread(void **state)
{
	struct subject s = subject_new(exec_from_thread);
	struct source_target target = {.pid = (u32)s.pid, .launched = true};
	const struct event *exec;
	struct watch w;

	(void)state;
	assert_int_equal(watch_open(&w, &source_perf, &target), 0);
	subject_go(&s);
	assert_int_equal(WEXITSTATUS(watch_to_end(&w, &s)), 0);
	exec = event_find(&w, EV_EXEC, (u32)s.pid);
	assert_non_null(exec);
	assert_true(exec->obj == event_pair(s.notes->tid[0], (u32)s.pid));
	assert_int_equal(vec_last(&w.events)->kind, EV_EXIT);
	assert_int_equal(vec_last(&w.events)->flags, EXIT_LAST);
	watch_close(&w);
	munmap(s.notes, sizeof(*s.notes));
}

static void *spin(void *arg)
{
	struct notes *n = arg;

	n->tid[1] = own_tid();
	notes_ready(n);
	while (!notes_stop(n))
		;
	return NULL;
}

static void *doze(void *arg)
{
	struct notes *n = arg;

	n->tid[2] = own_tid();
	notes_ready(n);
	pause_ms(60000);
	return NULL;
}

static int spin_and_doze(struct notes *n)
{
	pthread_t t;
	pid_t pid = fork();

	if (!pid)
		_exit(0);
	n->tid[3] = (u32)pid;
	waitid(P_PID, (id_t)pid, NULL, WEXITED | WNOWAIT);
	pthread_create(&t, NULL, spin, n);
	pthread_create(&t, NULL, doze, n);
	pause_ms(60000);
	return 0;
}

static void test_first_states(void **state)
{
	struct subject s = subject_new(spin_and_doze);
	struct source_target target = {.pid = (u32)s.pid};
	const struct event *task;
	struct watch w;

	(void)state;
	subject_ready(&s, 2);
	wait_state((u32)s.pid, (u32)s.pid, 'S');
	wait_state((u32)s.pid, s.notes->tid[2], 'S');
	assert_int_equal(watch_open(&w, &source_perf, &target), 0);
	watch_drain(&w);
	task = event_find(&w, EV_TASK, s.notes->tid[1]);
	assert_non_null(task);
	assert_true(task->flags == TASK_RUNNING || task->flags == TASK_RUNNABLE);
	assert_true(task->flags == TASK_RUNNABLE || task->cpu != EVENT_NO_CPU);
	assert_true(task->obj == event_pair((u32)s.pid, (u32)getpid()));
	assert_int_equal(event_find(&w, EV_TASK, s.notes->tid[2])->flags, TASK_SLEEP);
	assert_int_equal(event_find(&w, EV_TASK, (u32)s.pid)->flags, TASK_SLEEP);
	task = event_find(&w, EV_TASK, s.notes->tid[3]);
	assert_int_equal(task->flags, TASK_ZOMBIE);
	assert_true(task->obj == event_pair(s.notes->tid[3], (u32)s.pid));
	watch_close(&w);
	subject_end(&s);
}

static void *brief(void *arg)
{
	(void)arg;
	sched_yield();
	usleep(200);
	return NULL;
}

static void *breeder(void *arg)
{
	struct notes *n = arg;
	pthread_t t;

	while (!notes_stop(n)) {
		pthread_create(&t, NULL, brief, NULL);
		__atomic_add_fetch(&n->value[0], 1, __ATOMIC_RELAXED);
		notes_ready(n);
		pthread_join(t, NULL);
	}
	return NULL;
}

static int breed(struct notes *n)
{
	pthread_t t[3];

	for (int i = 0; i < 3; i++)
		pthread_create(&t[i], NULL, breeder, n);
	for (int i = 0; i < 3; i++)
		pthread_join(t[i], NULL);
	return 0;
}

/* Whoever is born while threads come and go is told of once, with one exit each. */
static void test_attach_while_threads_are_born(void **state)
{
	struct subject s = subject_new(breed);
	struct source_target target = {.pid = (u32)s.pid};
	struct idmap births = {0}, exits = {0};
	u64 before, after;
	struct watch w;

	(void)state;
	subject_ready(&s, 50);
	assert_int_equal(watch_open(&w, &source_perf, &target), 0);
	before = __atomic_load_n(&s.notes->value[0], __ATOMIC_RELAXED);
	watch_for(&w, 100);
	after = __atomic_load_n(&s.notes->value[0], __ATOMIC_RELAXED);
	__atomic_store_n(&s.notes->stop, 1, __ATOMIC_RELEASE);
	watch_to_end(&w, &s);
	assert_int_equal(event_count(&w, EV_LOST, 0), 0);
	assert_true(event_count(&w, EV_FORK, 0) >= after - before);
	for (size_t i = 0; i < w.events.n; i++) {
		const struct event *ev = &w.events.v[i];
		u32 tid = ev->kind == EV_FORK ? event_lo(ev->obj) : ev->tid;

		if (ev->kind == EV_FORK || ev->kind == EV_TASK)
			idmap_set(&births, tid, 1);
		if (ev->kind == EV_IN || ev->kind == EV_OUT || ev->kind == EV_EXIT)
			assert_int_equal(idmap_get(&births, tid), 1);
		if (ev->kind == EV_EXIT)
			assert_int_equal(idmap_get(&exits, tid), IDMAP_NONE);
		if (ev->kind == EV_EXIT)
			idmap_set(&exits, tid, 1);
	}
	for (size_t i = 0; i < births.room; i++)
		if (births.values[i] != IDMAP_NONE) {
			assert_int_equal(idmap_get(&exits, births.keys[i]), 1);
			assert_turns(&w, (u32)births.keys[i]);
		}
	idmap_free(&births);
	idmap_free(&exits);
	watch_close(&w);
	munmap(s.notes, sizeof(*s.notes));
}

static void *relay(void *arg)
{
	struct notes *n = arg;
	pthread_t t;

	notes_ready(n);
	if (!notes_stop(n) && !pthread_create(&t, NULL, relay, n))
		pthread_detach(t);
	return NULL;
}

static int run_relay(struct notes *n)
{
	relay(n);
	while (!notes_stop(n))
		pause_ms(1);
	return 0;
}

/* One thread at a time, which makes the next and ends: whoever is listed may be gone already. */
static void test_attach_to_a_relay(void **state)
{
	struct subject s = subject_new(run_relay);
	struct source_target target = {.pid = (u32)s.pid};
	struct watch w;
	size_t forks;

	(void)state;
	subject_ready(&s, 50);
	assert_int_equal(watch_open(&w, &source_perf, &target), 0);
	watch_drain(&w);
	forks = event_count(&w, EV_FORK, 0);
	watch_for(&w, 50);
	assert_true(event_count(&w, EV_FORK, 0) > forks);
	__atomic_store_n(&s.notes->stop, 1, __ATOMIC_RELEASE);
	watch_close(&w);
	subject_end(&s);
}

/* The rings are a page and are read only after the program has ended: no record can follow. */
static void test_loss_at_the_end_is_told(void **state)
{
	struct subject s = subject_new(play);
	struct source_target target = {.pid = (u32)s.pid, .launched = true, .memory = 1};
	struct source_stats stats;
	const struct event *lost;
	struct watch w;
	u64 told = 0;

	(void)state;
	assert_int_equal(watch_open(&w, &source_perf, &target), 0);
	subject_go(&s);
	waitpid(s.pid, NULL, 0);
	watch_drain(&w);
	lost = event_find(&w, EV_LOST, 0);
	assert_non_null(lost);
	for (size_t i = 0; i < w.events.n; i++) {
		if (w.events.v[i].kind != EV_LOST)
			continue;
		assert_true(w.events.v[i].flags & LOST_CPU);
		assert_int_not_equal(w.events.v[i].cpu, EVENT_NO_CPU);
		assert_true(w.events.v[i].arg <= w.events.v[i].ts);
		told += w.events.v[i].obj;
	}
	assert_true(told > 0);
	source_perf.stats(&w.source, &stats);
	assert_int_equal(stats.lost, told);
	watch_close(&w);
	munmap(s.notes, sizeof(*s.notes));
}

static void test_wakes_when_half_full(void **state)
{
	struct subject s = subject_new(play);
	struct source_target target = {.pid = (u32)s.pid, .launched = true, .memory = 1};
	struct watch w;
	u64 end = source_now() + 20 * NSEC_PER_SEC;
	fd_set set;
	int fd;

	(void)state;
	assert_int_equal(watch_open(&w, &source_perf, &target), 0);
	fd = source_perf.fd(&w.source);
	FD_ZERO(&set);
	FD_SET(fd, &set);
	subject_go(&s);
	assert_int_equal(select(fd + 1, &set, NULL, NULL, &(struct timeval){.tv_sec = 20}), 1);
	assert_true(source_now() < end);
	watch_to_end(&w, &s);
	watch_drain(&w);
	FD_SET(fd, &set);
	/* ended descriptors hang up for good: they must not keep the reader awake */
	assert_int_equal(select(fd + 1, &set, NULL, NULL, &(struct timeval){0}), 0);
	watch_close(&w);
	munmap(s.notes, sizeof(*s.notes));
}

static void test_system(void **state)
{
	struct source_target target = {.kind = TARGET_SYSTEM, .memory = 16 << 20};
	struct subject s = subject_new(play);
	struct watch w;
	int err = watch_open(&w, &source_perf, &target);

	(void)state;
	assert_int_equal(!err, perf_sees_system());
	if (err) {
		assert_int_equal(err, -EACCES);
		assert_non_null(strstr(w.check.why, "perf_event_paranoid"));
		assert_string_equal(w.check.fix, "sudo threadline record -a");
		subject_end(&s);
		watch_close(&w);
		return;
	}
	subject_go(&s);
	watch_to_end(&w, &s);
	for (int i = 0; i < 2; i++) {
		assert_counted(&w, s.notes, i);
		assert_turns(&w, s.notes->tid[i]);
	}
	assert_int_equal(event_find(&w, EV_EXIT, (u32)s.pid)->flags, EXIT_LAST);
	assert_non_null(event_find(&w, EV_TASK, 1));
	assert_int_equal(event_count(&w, EV_IN, ~0u), 0);
	watch_close(&w);
	munmap(s.notes, sizeof(*s.notes));
}

static int group_live(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_launched),
		cmocka_unit_test(test_attached),
		cmocka_unit_test(test_exec_and_children),
		cmocka_unit_test(test_exec_from_thread),
		cmocka_unit_test(test_first_states),
		cmocka_unit_test(test_attach_while_threads_are_born),
		cmocka_unit_test(test_attach_to_a_relay),
		cmocka_unit_test(test_loss_at_the_end_is_told),
		cmocka_unit_test(test_wakes_when_half_full),
		cmocka_unit_test(test_system),
	};

	struct source_check check;

	source_perf.check(&check, 0);
	if (!check.usable) {
		print_message("skipped: %s\n", check.why);
		return 0;
	}
	return cmocka_run_group_tests_name(
		geteuid() ? "perf, ordinary user" : "perf, root", tests, NULL, NULL);
}

int main(void)
{
	struct source_check check;
	int status;

	source_perf.check(&check, 0);
	if (!check.usable) {
		printf("live tests skipped: %s\n", check.why);
		return 77;
	}
	status = run_as_nobody(group_live) | group_live();
	return status ? 1 : 0;
}
