/* SPDX-License-Identifier: MIT */
/*
 * Threads that stand at the end of chains of calls that are known, and say so: "stack TID NAME:LINE
 * NAME:LINE ...", the innermost first, and "ready".
 */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#ifdef __clang__
#define APART __attribute__((noinline))
#else
#define APART __attribute__((noinline, noclone))
#endif

enum wait { LOCK, COND, SEM, SLEEP, READ, HANDLER, WAITS };
enum place { INNER, MIDDLE, OUTER, THREAD, HANDLES, PLACES };

static const char *const names[] = {"inner", "middle", "outer", "thread", "handler"};
static int lines[WAITS][PLACES], tids[WAITS];
static pthread_mutex_t taken = PTHREAD_MUTEX_INITIALIZER, free_one = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t never = PTHREAD_COND_INITIALIZER;
static sem_t none;
static int pipes[2];
static __thread int wait_of;
volatile int sink;

#define HERE(place) (lines[wait_of][place] = __LINE__)

APART static void handler(int number)
{
	HERE(HANDLES), pause();
	sink += number;
}

/* What it does after the call keeps it from being a jump. */
APART static int inner(int n)
{
	char byte;

	switch (n) {
	case LOCK: HERE(INNER), sink += pthread_mutex_lock(&taken); break;
	case COND: HERE(INNER), sink += pthread_cond_wait(&never, &free_one); break;
	case SEM: HERE(INNER), sink += sem_wait(&none); break;
	case SLEEP: HERE(INNER), sink += (int)sleep(1000); break;
	case READ: HERE(INNER), sink += (int)read(pipes[0], &byte, 1); break;
	default: HERE(INNER), sink += raise(SIGUSR1); break;
	}
	return n + sink;
}

APART static int middle(int n, int a, int b, int c, int d, int e, int f, int g)
{
	char text[200];
	int got;

	snprintf(text, sizeof(text), "%d", a + b + c + d + e + f + g);
	HERE(MIDDLE), got = inner(n);
	return got + text[sink & 1];
}

APART static int outer(int n)
{
	int got;

	HERE(OUTER), got = middle(n, 1, 2, 3, 4, 5, 6, sink);
	return got + 1;
}

APART static void *thread(void *arg)
{
	wait_of = (int)(intptr_t)arg;
	if (wait_of == COND)
		pthread_mutex_lock(&free_one);
	__atomic_store_n(&tids[wait_of], gettid(), __ATOMIC_RELEASE);
	HERE(THREAD), sink += outer(wait_of);
	return NULL;
}

static int sleeps(int tid)
{
	char path[64], text[512] = "", *state;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/stat", tid);
	f = fopen(path, "r");
	if (f && !fgets(text, sizeof(text), f))
		text[0] = 0;
	if (f)
		fclose(f);
	state = strrchr(text, ')');
	return state && state[2] == 'S';
}

static void tell(int n)
{
	printf("stack %d", tids[n]);
	if (n == HANDLER)
		printf(" %s:%d", names[HANDLES], lines[n][HANDLES]);
	for (int i = INNER; i <= THREAD; i++)
		printf(" %s:%d", names[i], lines[n][i]);
	putchar('\n');
}

static void start(void *(*fn)(void *), int n)
{
	pthread_t t;

	if (pthread_create(&t, NULL, fn, (void *)(intptr_t)n))
		exit(1);
	while (!__atomic_load_n(&tids[n], __ATOMIC_ACQUIRE))
		usleep(100);
	usleep(20000);
	while (!sleeps(tids[n]))
		usleep(1000);
}

/* Code in memory of no file: pause, return. */
static void *made_up(void *arg)
{
	static const unsigned char code[] = {0xb8, 34, 0, 0, 0, 0x0f, 0x05, 0xc3};
	void *at = mmap(
		NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	void (*run)(void);

	memcpy(at, code, sizeof(code));
	memcpy(&run, &at, sizeof(run));
	tids[(intptr_t)arg] = gettid();
	run();
	return NULL;
}

/*
 * A stack that is none: the stack pointer is in a field of numbers, each of which could be a place
 * in the stack or in code, while the thread is in pause(2).
 */
static void *garbage(void *arg)
{
#ifdef __x86_64__
	static uintptr_t words[3][1024];
	int n = (int)(intptr_t)arg;

	for (size_t i = 0; i < 1024; i++)
		words[n][i] = n == 0   ? (uintptr_t)&words[n][i]
			      : n == 1 ? (uintptr_t)outer + i
				       : i * 0x9e3779b97f4a7c15u;
	__atomic_store_n(&tids[n], gettid(), __ATOMIC_RELEASE);
	__asm__ volatile(
		"mov %%rsp, %%rbx; mov %0, %%rsp; mov $34, %%eax; syscall; mov %%rbx, %%rsp"
		:
		: "r"(&words[n][8])
		: "rax", "rbx", "rcx", "r11", "memory");
#else
	tids[(intptr_t)arg] = gettid();
	pause();
#endif
	return NULL;
}

int main(int argc, char **argv)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGUSR1, handler);
	sem_init(&none, 0, 0);
	if (pipe(pipes))
		return 1;
	pthread_mutex_lock(&taken);
	if (argc > 1 && !strcmp(argv[1], "made-up")) {
		start(made_up, 0);
		printf("made-up %d\n", tids[0]);
	} else if (argc > 1 && !strcmp(argv[1], "garbage")) {
		for (int i = 0; i < 3; i++) {
			start(garbage, i);
			printf("garbage %d\n", tids[i]);
		}
	} else {
		for (int i = 0; i < WAITS; i++)
			start(thread, i);
		for (int i = 0; i < WAITS; i++)
			tell(i);
	}
	puts("ready");
	fflush(stdout);
	for (;;)
		pause();
}
