/* SPDX-License-Identifier: MIT */
/* Every call of threadline.h, once; says what tl_observed() says. With any argument, errno too. */
#include "threadline.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>

int main(void)
{
	static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	static int queue, coro, var;

	errno = 99;
	tl_name(&m, "a");
	tl_name(&m, "a lock with a name of more than 24 bytes");
	tl_queue_new(&queue, "queue", 3);
	tl_queue_put_wait(&queue);
	tl_queue_put(&queue, 1);
	tl_queue_get_wait(&queue);
	tl_queue_get(&queue, 0);
	tl_queue_fail_put(&queue, EAGAIN);
	tl_queue_fail_get(&queue, ETIMEDOUT);
	tl_queue_done(&queue, 2);
	tl_queue_close(&queue);
	tl_coro_new(&coro, "coro");
	tl_coro_resume(&coro);
	tl_coro_suspend(&coro, 5);
	tl_coro_ready(&coro);
	tl_coro_end(&coro);
	tl_read(&var, 10);
	tl_write(&var, 11);
	tl_counter(&var, 12);
	tl_mark("a mark of more than sixteen bytes");
	tl_check_lost_update(100, 97);
	printf("%p %p %p %p %d %d\n", (void *)&m, (void *)&queue, (void *)&coro, (void *)&var,
		tl_observed(), errno);
	return 0;
}
