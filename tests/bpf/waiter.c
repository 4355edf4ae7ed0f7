/* SPDX-License-Identifier: MIT */
/* waiter HOW: a thread of it waits in that way for half a second. Linked in several ways. */
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static sem_t sem;
static int word = 2;
static const char *how;

static void *wait_body(void *arg)
{
	if (!strcmp(how, "mutex"))
		pthread_mutex_lock(&mutex);
	else if (!strcmp(how, "sem"))
		sem_wait(&sem);
	else
		syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	how = argc > 1 ? argv[1] : "mutex";
	pthread_mutex_lock(&mutex);
	sem_init(&sem, 0, 0);
	pthread_create(&thread, NULL, wait_body, NULL);
	usleep(500000);
	word = 0;
	pthread_mutex_unlock(&mutex);
	sem_post(&sem);
	syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	pthread_join(thread, NULL);
	return 0;
}
