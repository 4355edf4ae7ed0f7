/* SPDX-License-Identifier: MIT */
#include "stage.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define STUCK_LEAST 0.5 /* seconds; enough for every thread to get where it gets stuck */

void scenario_must(int err, const char *what)
{
	if (!err)
		return;
	fprintf(stderr, "threadline-scenarios: cannot %s: %s\n", what, strerror(err));
	_exit(1);
}

struct role {
	char name[16];
	void *(*body)(void *);
	void *arg;
};

static void *enter(void *arg)
{
	struct role role = *(struct role *)arg;

	free(arg);
	pthread_setname_np(pthread_self(), role.name);
	return role.body(role.arg);
}

pthread_t scenario_thread(const char *name, void *(*body)(void *), void *arg)
{
	struct role *role = malloc(sizeof(*role));
	pthread_t thread;

	scenario_must(role ? 0 : ENOMEM, "start a thread");
	*role = (struct role){.body = body, .arg = arg};
	snprintf(role->name, sizeof(role->name), "%s", name);
	scenario_must(pthread_create(&thread, NULL, enter, role), "start a thread");
	return thread;
}

pid_t scenario_process(const char *name, int (*body)(void *), void *arg)
{
	pid_t parent = getpid(), child = fork();

	scenario_must(child < 0 ? errno : 0, "start a process");
	if (child)
		return child;
	prctl(PR_SET_NAME, name);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	_exit(body(arg));
}

int scenario_wait(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		scenario_must(errno == EINTR ? 0 : errno, "wait for a child");
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

void *scenario_shared(size_t bytes)
{
	void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	scenario_must(memory == MAP_FAILED ? errno : 0, "share memory");
	return memory;
}

bool scenario_read(int fd, void *message, size_t size)
{
	ssize_t n;

	do
		n = read(fd, message, size);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)size;
}

void scenario_write(int fd, const void *message, size_t size)
{
	ssize_t n;

	do
		n = write(fd, message, size);
	while (n < 0 && errno == EINTR);
	scenario_must(n == (ssize_t)size ? 0 : EPIPE, "write to another process");
}

bool scenario_join(const pthread_t *threads, int n, double seconds)
{
	struct timespec deadline = scenario_deadline(seconds, STUCK_LEAST);
	bool all = true;

	for (int i = 0; i < n; i++)
		if (pthread_clockjoin_np(threads[i], NULL, CLOCK_MONOTONIC, &deadline))
			all = false;
	if (!all)
		scenario_say("stuck: stopping");
	return all;
}
