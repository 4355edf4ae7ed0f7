/* SPDX-License-Identifier: MIT */
/* Two threads hold a lock each, want the other's, and stay so for a minute. Says so once it is so.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t lock[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_barrier_t both;
static int tids[2];

static void *embrace(void *arg)
{
	int i = (int)(long)arg;

	tids[i] = gettid();
	pthread_setname_np(pthread_self(), i ? "dido" : "aeneas");
	pthread_mutex_lock(&lock[i]);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(&lock[!i]);
	return NULL;
}

/* Asleep in the call it made last: the lock. */
static int sleeps(int tid)
{
	char path[64], text[256] = "", *state;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	fd = open(path, O_RDONLY);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		return 0;
	close(fd);
	state = strrchr(text, ')');
	return state && !strncmp(state, ") S", 3);
}

int main(void)
{
	pthread_t t[2];

	pthread_barrier_init(&both, NULL, 2);
	for (long i = 0; i < 2; i++)
		pthread_create(&t[i], NULL, embrace, (void *)i);
	/* asleep for a while without a pause: no barrier takes that long */
	for (int still = 0; still < 20; usleep(10000))
		still = tids[0] && tids[1] && sleeps(tids[0]) && sleeps(tids[1]) ? still + 1 : 0;
	printf("%d\n", (int)getpid());
	fclose(stdout);
	sleep(60);
	return 0;
}
