/* SPDX-License-Identifier: MIT */
/* A file small enough to be damaged a few hundred times, with the names of a C library. */
const char *gnu_get_libc_version(void);
int pthread_mutex_lock(int *mutex);
static int wait_for(int *mutex, int n);

const char *gnu_get_libc_version(void)
{
	return "0";
}

__attribute__((noinline)) static int wait_for(int *mutex, int n)
{
	volatile int room[8] = {n};

	return *mutex + room[n & 7];
}

int pthread_mutex_lock(int *mutex)
{
	return *mutex > 2 ? wait_for(mutex, 3) : wait_for(mutex, 4) + 1;
}
