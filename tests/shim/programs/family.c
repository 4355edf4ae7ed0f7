/* SPDX-License-Identifier: MIT */
/*
 * family HOW: processes made and ended in all ways. Each takes a lock so and so often and says
 * "PID PARENT LOCK COUNT"; a process that collects a child says "collected PID COLLECTOR STATUS".
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static int out = 1;
extern char **environ;

static void say(const char *text)
{
	if (write(out, text, strlen(text)) < 0)
		abort();
}

static void use(int times)
{
	char line[96];

	for (int i = 0; i < times; i++) {
		pthread_mutex_lock(&m);
		pthread_mutex_unlock(&m);
	}
	snprintf(line, sizeof(line), "%d %d %lx %d\n", getpid(), getppid(), (unsigned long)&m,
		times);
	say(line);
}

static void collect(pid_t pid)
{
	char line[96];
	int status = 0;

	if (waitpid(pid, &status, 0) != pid)
		abort();
	snprintf(line, sizeof(line), "collected %d %d %x\n", pid, getpid(), status);
	say(line);
}

static void by_fork(void)
{
	pid_t pid = fork();

	if (!pid) {
		use(30);
		exit(7);
	}
	use(20);
	collect(pid);
}

/* A child that does nothing that is seen, but to live. */
static void by_silent_fork(void)
{
	char line[96];
	pid_t pid = fork();

	if (!pid)
		_exit(3);
	use(2);
	snprintf(line, sizeof(line), "%d %d %lx 0\n", pid, getpid(), (unsigned long)&m);
	say(line);
	collect(pid);
}

/* A fork that the C library does not know of. */
static void by_system_call(void)
{
	pid_t pid = (pid_t)syscall(SYS_fork);

	if (!pid) {
		use(31);
		_exit(8);
	}
	use(21);
	collect(pid);
}

static void by_vfork(void)
{
	char *const argv[] = {"family", "alone", NULL};
	pid_t pid;

	use(5);
	pid = vfork();
	if (!pid) {
		execv("/proc/self/exe", argv);
		_exit(127);
	}
	use(6);
	collect(pid);
	pid = vfork();
	if (!pid)
		_exit(9);
	use(7);
	collect(pid);
}

static void by_spawn(void)
{
	char *const argv[] = {"family", "alone", NULL};
	pid_t pid;

	use(5);
	if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv, environ))
		abort();
	use(6);
	collect(pid);
}

static void by_exec(void)
{
	char *const argv[] = {"family", "alone", NULL};

	use(17);
	execv("/proc/self/exe", argv);
}

static _Atomic int waiting;

static void *waits(void *arg)
{
	pthread_mutex_lock(&m);
	pthread_mutex_unlock(&m);
	waiting++;
	for (;;)
		pause();
	return arg;
}

/* exec by a thread that is not the first one, while there are others. */
static void *execs(void *arg)
{
	char *const argv[] = {"family", "alone", NULL};

	(void)arg;
	execv("/proc/self/exe", argv);
	return NULL;
}

static void by_thread_exec(void)
{
	pthread_t a, b;

	pthread_create(&a, NULL, waits, NULL);
	while (!waiting)
		usleep(1000);
	pthread_create(&b, NULL, execs, NULL);
	pthread_join(b, NULL);
}

static void closes_all(void)
{
	struct rlimit limit;
	pid_t pid;

	getrlimit(RLIMIT_NOFILE, &limit);
	out = fcntl(1, F_DUPFD, 200);
	for (int fd = 0; fd < (int)limit.rlim_cur && fd < 65536; fd++)
		if (fd != out)
			close(fd);
	use(11);
	pid = fork();
	if (!pid) {
		use(12);
		_exit(0);
	}
	collect(pid);
}

static void no_environment(void)
{
	char *const argv[] = {"family", "unseen", NULL}, *const none[] = {NULL};
	pid_t pid;

	use(4);
	pid = fork();
	if (!pid) {
		execve("/proc/self/exe", argv, none);
		_exit(127);
	}
	collect(pid);
}

static pthread_key_t first_key, last_key;

static void uses_lock(void *arg)
{
	pthread_mutex_lock(&m);
	pthread_mutex_unlock(&m);
	if (arg == &first_key) /* once more, in a later round */
		pthread_setspecific(first_key, &last_key);
}

static void *with_destructors(void *arg)
{
	pthread_setspecific(first_key, &first_key);
	pthread_setspecific(last_key, &last_key);
	return arg;
}

static void in_destructors(void)
{
	char line[96];
	pthread_t t;

	pthread_key_create(&first_key, uses_lock);
	pthread_key_create(&last_key, uses_lock);
	pthread_create(&t, NULL, with_destructors, NULL);
	pthread_join(t, NULL);
	snprintf(line, sizeof(line), "%d %d %lx %d\n", getpid(), getppid(), (unsigned long)&m, 3);
	say(line);
}

static void leaves_threads(void)
{
	pthread_t t;

	for (int i = 0; i < 3; i++)
		pthread_create(&t, NULL, waits, NULL);
	while (waiting < 3)
		usleep(1000);
	use(8);
	_exit(5);
}

/* A thread is called by another. */
static void named(void)
{
	char line[96];
	pthread_t t;

	pthread_create(&t, NULL, waits, NULL);
	while (!waiting)
		usleep(1000);
	pthread_setname_np(t, "other");
	pthread_setname_np(pthread_self(), "own");
	snprintf(line, sizeof(line), "%d %d %lx 1\n", getpid(), getppid(), (unsigned long)&m);
	say(line);
}

static void owns_and_dies(void)
{
	pthread_mutex_lock(&m);
	raise(SIGKILL);
}

static void forever(void)
{
	for (;;) {
		pthread_mutex_lock(&m);
		pthread_mutex_unlock(&m);
	}
}

static void many(void)
{
	for (int i = 0; i < 60; i++) {
		pid_t pid = fork();

		if (!pid) {
			use(3);
			_exit(i);
		}
		collect(pid);
	}
}

static void alone(void)
{
	use(13);
}

static void unseen(void)
{
	pthread_mutex_lock(&m);
	pthread_mutex_unlock(&m);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} ways[] = {{"fork", by_fork}, {"silent-fork", by_silent_fork}, {"named", named},
		{"system-call", by_system_call}, {"vfork", by_vfork}, {"spawn", by_spawn},
		{"exec", by_exec}, {"thread-exec", by_thread_exec}, {"close-all", closes_all},
		{"no-environment", no_environment}, {"destructors", in_destructors},
		{"leaves-threads", leaves_threads}, {"dies", owns_and_dies}, {"forever", forever},
		{"many", many}, {"alone", alone}, {"unseen", unseen}};

	for (size_t i = 0; argc > 1 && i < sizeof(ways) / sizeof(ways[0]); i++) {
		if (strcmp(ways[i].name, argv[1]))
			continue;
		ways[i].run();
		return 0;
	}
	return 2;
}
