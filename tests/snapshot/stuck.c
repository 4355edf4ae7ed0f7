/* SPDX-License-Identifier: MIT */
/*
 * Programs that stand still, or never do, and know the truth about themselves:
 *
 *	wait TID KIND OWNER ADDRESS     TID is to be found waiting so; OWNER 0: nobody can tell
 *	ready                           all of them are asleep
 *
 * Usage: stuck abba | ring | self | shared | zoo | handover | names | crowd N
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS_MAX 10000

struct actor {
	void (*act)(struct actor *a);
	const char *kind; /* what it is to be found in */
	const int *owner; /* whose tid, NULL: nobody can tell */
	void *object;
	int i, tid;
};

static struct actor actors[THREADS_MAX];
static int actor_count;
static pthread_barrier_t all_hold;

static pthread_mutex_t accounts = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t ledger = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t recursive, errorcheck, adaptive, robust, inherits;
static pthread_rwlock_t written = PTHREAD_RWLOCK_INITIALIZER,
			read_only = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t not_empty = PTHREAD_COND_INITIALIZER;
static pthread_mutex_t not_empty_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t never_full;
static sem_t none_left;
static FILE *stream;

static void forever(void)
{
	for (;;)
		pause();
}

static void in_seconds(struct timespec *ts, int seconds)
{
	clock_gettime(CLOCK_REALTIME, ts);
	ts->tv_sec += seconds;
}

/* State and system call of a thread: asleep in one for good. */
static int sleeps(int tid)
{
	char path[64], text[512] = "", *state;
	int fd;
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	fd = open(path, O_RDONLY);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	state = n > 0 ? strrchr(text, ')') : NULL;
	return state && !strncmp(state, ") S", 3);
}

static void *begin(void *arg)
{
	struct actor *a = arg;

	__atomic_store_n(&a->tid, gettid(), __ATOMIC_RELEASE);
	a->act(a);
	return NULL;
}

static struct actor *add(void (*act)(struct actor *), const char *kind, void *object)
{
	struct actor *a = &actors[actor_count];

	*a = (struct actor){.act = act, .kind = kind, .object = object, .i = actor_count++};
	return a;
}

static pthread_t start(struct actor *a)
{
	pthread_attr_t small;
	pthread_t t;

	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 64 << 10);
	if (pthread_create(&t, &small, begin, a))
		exit(1);
	while (!__atomic_load_n(&a->tid, __ATOMIC_ACQUIRE))
		usleep(100);
	return t;
}

/* Tells the truth once all have been asleep for a while. */
static void tell(void)
{
	for (int still = 0; still < 5; usleep(5000)) {
		still++;
		for (int i = 0; i < actor_count; i++)
			still = sleeps(actors[i].tid) ? still : 0;
	}
	for (int i = 0; i < actor_count; i++)
		if (actors[i].kind)
			printf("wait %d %s %d 0x%llx\n", actors[i].tid, actors[i].kind,
				actors[i].owner ? *actors[i].owner : 0,
				(unsigned long long)(uintptr_t)actors[i].object);
	printf("ready\n");
	fflush(stdout);
}

/* abba */

static void embrace(struct actor *a)
{
	pthread_mutex_t *own = a->i ? &ledger : &accounts;

	pthread_setname_np(pthread_self(), a->i ? "dido" : "aeneas");
	pthread_mutex_lock(own);
	pthread_barrier_wait(&all_hold);
	pthread_mutex_lock(a->object);
}

static void abba(void)
{
	pthread_barrier_init(&all_hold, NULL, 2);
	add(embrace, "lock", &ledger)->owner = &actors[1].tid;
	add(embrace, "lock", &accounts)->owner = &actors[0].tid;
	start(&actors[0]);
	start(&actors[1]);
	tell();
	forever();
}

/* A ring over a rwlock, a mutex and one that inherits priority. */

static void ring_actor(struct actor *a)
{
	if (a->i == 0)
		pthread_rwlock_wrlock(&written);
	else
		pthread_mutex_lock(a->i == 1 ? &accounts : &inherits);
	pthread_barrier_wait(&all_hold);
	if (a->i == 2)
		pthread_rwlock_rdlock(&written);
	else
		pthread_mutex_lock(a->i == 0 ? &accounts : &inherits);
}

static void mutexes(void)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&recursive, &attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&errorcheck, &attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ADAPTIVE_NP);
	pthread_mutex_init(&adaptive, &attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_NORMAL);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&robust, &attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_STALLED);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&inherits, &attr);
}

static void ring(void)
{
	pthread_barrier_init(&all_hold, NULL, 3);
	mutexes();
	add(ring_actor, "lock", &accounts)->owner = &actors[1].tid;
	add(ring_actor, "lock", &inherits)->owner = &actors[2].tid;
	add(ring_actor, "lock", &written)->owner = &actors[0].tid;
	for (int i = 0; i < 3; i++)
		start(&actors[i]);
	tell();
	forever();
}

/* A thread that waits for itself. */

static void twice(struct actor *a)
{
	pthread_mutex_lock(a->object);
	pthread_mutex_lock(a->object);
}

static void self(void)
{
	add(twice, "lock", &accounts)->owner = &actors[0].tid;
	start(&actors[0]);
	tell();
	forever();
}

/* Two processes, two locks in memory they share, at different addresses. */

struct shared {
	pthread_mutex_t lock[2];
	pthread_barrier_t both;
	int tid[2];
};

static struct shared *map_shared(int fd, int away)
{
	if (away) /* so that it comes to lie elsewhere */
		mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return mmap(NULL, sizeof(struct shared), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

static void shared_init(struct shared *s)
{
	pthread_mutexattr_t mutex;
	pthread_barrierattr_t barrier;

	pthread_mutexattr_init(&mutex);
	pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&s->lock[0], &mutex);
	pthread_mutex_init(&s->lock[1], &mutex);
	pthread_barrierattr_init(&barrier);
	pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&s->both, &barrier, 2);
}

static void cross(struct shared *s, int i)
{
	s->tid[i] = gettid();
	pthread_mutex_lock(&s->lock[i]);
	pthread_barrier_wait(&s->both);
	pthread_mutex_lock(&s->lock[!i]);
}

static struct shared *between;

static void cross_here(struct actor *a)
{
	(void)a;
	cross(between, 0);
}

static void shared(void)
{
	int fd = memfd_create("shared", 0);
	pid_t child;

	if (ftruncate(fd, sizeof(struct shared)))
		exit(1);
	between = map_shared(fd, 0);
	shared_init(between);
	child = fork();
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		cross(map_shared(fd, 1), 1);
		_exit(0);
	}
	add(cross_here, "lock", &between->lock[1])->owner = &between->tid[1];
	start(&actors[0]);
	while (!between->tid[1] || !sleeps(between->tid[1]))
		usleep(1000);
	printf("wait %d lock %d 0\n", between->tid[1], actors[0].tid);
	tell();
	forever();
}

/* zoo: each kind of wait */

static void hold_all(struct actor *a)
{
	(void)a;
	pthread_setname_np(pthread_self(), "holder");
	pthread_mutex_lock(&accounts);
	pthread_mutex_lock(&recursive);
	pthread_mutex_lock(&errorcheck);
	pthread_mutex_lock(&adaptive);
	pthread_mutex_lock(&robust);
	pthread_mutex_lock(&inherits);
	pthread_rwlock_wrlock(&written);
	pthread_rwlock_rdlock(&read_only);
	flockfile(stream);
	forever();
}

static void want_mutex(struct actor *a)
{
	pthread_mutex_lock(a->object);
}

static void want_timed(struct actor *a)
{
	struct timespec ts;

	in_seconds(&ts, 1000);
	pthread_mutex_timedlock(a->object, &ts);
}

static void want_read(struct actor *a)
{
	pthread_rwlock_rdlock(a->object);
}

static void want_write(struct actor *a)
{
	pthread_rwlock_wrlock(a->object);
}

static void want_signal(struct actor *a)
{
	struct timespec ts;

	in_seconds(&ts, 1000);
	pthread_mutex_lock(&not_empty_lock);
	if (a->i % 2)
		pthread_cond_wait(&not_empty, &not_empty_lock);
	else
		pthread_cond_timedwait(&not_empty, &not_empty_lock, &ts);
}

static void want_one(struct actor *a)
{
	struct timespec ts;

	in_seconds(&ts, 1000);
	if (a->i % 2)
		sem_wait(a->object);
	else
		sem_timedwait(a->object, &ts);
}

static void want_company(struct actor *a)
{
	pthread_barrier_wait(a->object);
}

static void want_stream(struct actor *a)
{
	(void)a;
	fputs("never", stream);
}

static void want_end(struct actor *a)
{
	pthread_join(*(pthread_t *)a->object, NULL);
}

static void want_input(struct actor *a)
{
	struct pollfd fd = {*(int *)a->object, POLLIN, 0};

	poll(&fd, 1, -1);
}

static void want_bytes(struct actor *a)
{
	char byte;

	if (read(*(int *)a->object, &byte, 1) < 0)
		exit(1);
}

static void want_time(struct actor *a)
{
	(void)a;
	sleep(1000);
}

static void want_child(struct actor *a)
{
	pid_t child = fork();

	(void)a;
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		forever();
	}
	waitpid(child, NULL, 0);
}

static void zoo(void)
{
	static pthread_t holder;
	static int pipes[2];
	const int *owner = &actors[0].tid;

	if (pipe(pipes))
		exit(1);
	mutexes();
	stream = tmpfile();
	sem_init(&none_left, 0, 0);
	pthread_barrier_init(&never_full, NULL, 100);
	add(hold_all, NULL, NULL);
	add(want_mutex, "lock:mutex", &accounts)->owner = owner;
	add(want_mutex, "lock:recursive", &recursive)->owner = owner;
	add(want_mutex, "lock:errorcheck", &errorcheck)->owner = owner;
	add(want_mutex, "lock:adaptive", &adaptive)->owner = owner;
	add(want_mutex, "lock:mutex", &robust)->owner = owner;
	add(want_mutex, "lock:mutex", &inherits)->owner = owner;
	add(want_timed, "lock:mutex", &accounts)->owner = owner;
	add(want_read, "lock:rwlock", &written)->owner = owner;
	add(want_write, "lock:rwlock", &written)->owner = owner;
	add(want_write, "lock:rwlock", &read_only);
	add(want_signal, "cond", &not_empty);
	add(want_signal, "cond", &not_empty);
	add(want_one, "sem:sem", &none_left);
	add(want_one, "sem:sem", &none_left);
	add(want_company, "barrier:barrier", &never_full);
	add(want_stream, "lock:file", NULL)->owner = owner;
	add(want_end, "join", &holder)->owner = owner;
	add(want_input, "poll", &pipes[0]);
	add(want_bytes, "poll", &pipes[0]);
	add(want_time, "sleep", NULL);
	add(want_child, "child", NULL);
	holder = start(&actors[0]);
	while (!sleeps(actors[0].tid))
		usleep(1000);
	for (int i = 1; i < actor_count; i++)
		start(&actors[i]);
	tell();
	forever();
}

/* handover: two locks, always in the same order, handed over as quickly as can be; none is ever
 * stuck. Some back off where another would embrace. */

static void hand_over(struct actor *a)
{
	for (;;) {
		if (a->i % 2) {
			pthread_mutex_lock(&accounts);
			pthread_mutex_lock(&ledger);
		} else {
			pthread_mutex_lock(&ledger);
			while (pthread_mutex_trylock(&accounts)) {
				pthread_mutex_unlock(&ledger);
				pthread_mutex_lock(&ledger);
			}
		}
		pthread_mutex_unlock(&ledger);
		pthread_mutex_unlock(&accounts);
	}
}

static void handover(void)
{
	for (int i = 0; i < 4; i++)
		add(hand_over, NULL, NULL);
	for (int i = 0; i < 4; i++)
		start(&actors[i]);
	printf("ready\n");
	fflush(stdout);
	forever();
}

/* names: such as nobody should take for anything but a name */

static const char rtl[] = "\xe2\x80\xaertl";
static const char *const hostile[] = {"\"}],\"x\":[", "a\nState:\tR", "\033[31mred\033[0m",
	"\xff\xfe\x80", ") R 1 1", "\\u0000\\", rtl, "' ; rm -rf"};

static void be_called(struct actor *a)
{
	prctl(PR_SET_NAME, hostile[a->i]);
	forever();
}

static void names(void)
{
	for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++)
		add(be_called, "idle-wait", NULL);
	for (int i = 0; i < actor_count; i++)
		start(&actors[i]);
	tell();
	forever();
}

static void crowd(int n)
{
	pthread_mutex_lock(&accounts);
	for (int i = 0; i < n; i++)
		add(want_mutex, "lock:mutex", &accounts);
	for (int i = 0; i < n; i++)
		start(&actors[i]);
	tell();
	forever();
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} all[] = {{"abba", abba}, {"ring", ring}, {"self", self}, {"shared", shared}, {"zoo", zoo},
		{"handover", handover}, {"names", names}};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (argc > 2 && !strcmp(argv[1], "crowd") && atoi(argv[2]) <= THREADS_MAX)
		crowd(atoi(argv[2]));
	for (size_t i = 0; argc > 1 && i < sizeof(all) / sizeof(*all); i++)
		if (!strcmp(all[i].name, argv[1]))
			all[i].run();
	return 2;
}
