/* SPDX-License-Identifier: MIT */
/* What glibc's functions wait for, by their names (nptl/, libio/, stdio-common/, malloc/, stdlib/).
 */
#include "source/libc_sites.h"

#include <stdlib.h>
#include <string.h>

struct site_name {
	const char *name;
	u8 site;
};

#define M FUTEX_SITE_MUTEX_LOCK
#define T FUTEX_SITE_MUTEX_TIMEDLOCK
#define R FUTEX_SITE_RWLOCK_READ
#define W FUTEX_SITE_RWLOCK_WRITE
#define C FUTEX_SITE_COND_WAIT
#define S FUTEX_SITE_SEM_WAIT
#define B FUTEX_SITE_BARRIER
#define J FUTEX_SITE_JOIN
#define F FUTEX_SITE_FILE_LOCK
#define A FUTEX_SITE_ARENA
#define X FUTEX_SITE_RAW

/* In strcmp's order, without leading underscores. */
static const struct site_name site_names[] = {{"aligned_alloc", A}, {"calloc", A}, {"clearerr", F},
	{"cnd_timedwait", C}, {"cnd_wait", C}, {"fclose", F}, {"feof", F}, {"ferror", F},
	{"fflush", F}, {"fgetc", F}, {"fgetpos", F}, {"fgetpos64", F}, {"fgets", F},
	{"fgets_chk", F}, {"fgetwc", F}, {"fgetws", F}, {"fgetws_chk", F}, {"flockfile", F},
	{"fprintf", F}, {"fprintf_chk", F}, {"fputc", F}, {"fputs", F}, {"fputwc", F},
	{"fputws", F}, {"fread", F}, {"fread_chk", F}, {"free", A}, {"freopen", F},
	{"freopen64", F}, {"fscanf", F}, {"fseek", F}, {"fseeko", F}, {"fseeko64", F},
	{"fsetpos", F}, {"fsetpos64", F}, {"ftell", F}, {"ftello", F}, {"ftello64", F},
	{"ftrylockfile", F}, {"fwide", F}, {"fwprintf", F}, {"fwprintf_chk", F}, {"fwrite", F},
	{"fwscanf", F}, {"getc", F}, {"getchar", F}, {"getdelim", F}, {"getline", F}, {"gets", F},
	{"gets_chk", F}, {"getw", F}, {"getwc", F}, {"getwchar", F}, {"isoc23_fscanf", F},
	{"isoc23_scanf", F}, {"isoc99_fscanf", F}, {"isoc99_scanf", F}, {"libc_calloc", A},
	{"libc_free", A}, {"libc_malloc", A}, {"libc_memalign", A}, {"libc_realloc", A},
	{"mallinfo", A}, {"mallinfo2", A}, {"malloc", A}, {"malloc_info", A}, {"malloc_stats", A},
	{"malloc_trim", A}, {"malloc_usable_size", A}, {"mallopt", A}, {"memalign", A},
	{"mtx_lock", M}, {"mtx_timedlock", T}, {"new_sem_wait", S}, {"new_sem_wait_slow64", S},
	{"new_sem_wait_slow64.constprop.0", S}, {"perror", F}, {"posix_memalign", A}, {"printf", F},
	{"printf_chk", F}, {"pthread_barrier_wait", B}, {"pthread_clockjoin_ex", J},
	{"pthread_clockjoin_np", J}, {"pthread_cond_clockwait", C}, {"pthread_cond_timedwait", C},
	{"pthread_cond_wait", C}, {"pthread_join", J}, {"pthread_mutex_clocklock", T},
	{"pthread_mutex_clocklock_common", T}, {"pthread_mutex_lock", M},
	{"pthread_mutex_lock_full", M}, {"pthread_mutex_timedlock", T},
	{"pthread_rwlock_clockrdlock", R}, {"pthread_rwlock_clockwrlock", W},
	{"pthread_rwlock_rdlock", R}, {"pthread_rwlock_timedrdlock", R},
	{"pthread_rwlock_timedwrlock", W}, {"pthread_rwlock_wrlock", W},
	{"pthread_timedjoin_np", J}, {"putc", F}, {"putchar", F}, {"puts", F}, {"putw", F},
	{"putwc", F}, {"putwchar", F}, {"pvalloc", A}, {"realloc", A}, {"reallocarray", A},
	{"rewind", F}, {"scanf", F}, {"sem_clockwait", S}, {"sem_timedwait", S}, {"sem_wait", S},
	{"setbuf", F}, {"setbuffer", F}, {"setlinebuf", F}, {"setvbuf", F}, {"syscall", X},
	{"thrd_join", J}, {"ungetc", F}, {"ungetwc", F}, {"valloc", A}, {"vfprintf", F},
	{"vfprintf_chk", F}, {"vfscanf", F}, {"vfwprintf", F}, {"vfwprintf_chk", F},
	{"vfwscanf", F}, {"vprintf", F}, {"vprintf_chk", F}, {"vscanf", F}, {"vwprintf", F},
	{"vwprintf_chk", F}, {"vwscanf", F}, {"wprintf", F}, {"wprintf_chk", F}, {"wscanf", F}};

static int compare(const void *name, const void *entry)
{
	return strcmp(name, ((const struct site_name *)entry)->name);
}

u8 libc_sites_by_name(const char *name)
{
	const struct site_name *found;

	if (!strncmp(name, "_IO_", 4))
		return FUTEX_SITE_FILE_LOCK;
	while (*name == '_')
		name++;
	if (!strncmp(name, "GI_", 3)) /* an alias inside the library */
		name += 3;
	while (*name == '_')
		name++;
	found = bsearch(name, site_names, sizeof(site_names) / sizeof(*site_names),
		sizeof(*site_names), compare);
	return found ? found->site : 0;
}
