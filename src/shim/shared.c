/* SPDX-License-Identifier: MIT */
/*
 * Objects that several processes use lie at different addresses in each. What is the same in all
 * is the file (or anonymous shared memory) that is mapped, and the place in it: /proc/self/maps
 * tells. It is read once for each region and remembered, and forgotten when anything is unmapped.
 */
#include "shim.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define KNOWN   4096 /* a power of two */
#define REACH   8
#define REGIONS 16

/* An object seen in this process: address | 1 where it is shared (no such object is at odd ones).
 */
static tl_u64 known[KNOWN];
static tl_u64 lowest = ~0ull, highest;

struct region {
	tl_u64 start, end;
	tl_u64 file; /* a mix of device and inode */
	tl_u64 offset;
	tl_u32 era; /* of the mappings as they were read */
	bool shared;
};
static struct region regions[REGIONS];
static tl_u32 region_next;
static bool regions_used;
static tl_u32 era; /* grows when something is unmapped */

static tl_u64 mix(tl_u64 x)
{
	x ^= x >> 30;
	x *= 0xbf58476d1ce4e5b9ull;
	x ^= x >> 27;
	x *= 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

/* Reads the map file a byte at a time, from a small buffer: a signal handler's stack may be so. */
struct reader {
	int fd;
	int at, n;
	char buf[1024];
};

static int next_char(struct reader *r)
{
	if (r->at == r->n) {
		r->at = 0;
		r->n = (int)syscall(SYS_read, r->fd, r->buf, sizeof(r->buf));
		if (r->n <= 0) {
			r->n = 0;
			return -1;
		}
	}
	return (unsigned char)r->buf[r->at++];
}

static int digit(int c, unsigned base)
{
	int d = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : 99;

	return d < (int)base ? d : -1;
}

/* A number up to the character that ends it, which is read too. */
static tl_u64 next_number(struct reader *r, unsigned base)
{
	tl_u64 value = 0;
	int c, d;

	while ((c = next_char(r)) >= 0 && (d = digit(c, base)) >= 0)
		value = value * base + (tl_u64)d;
	return value;
}

/* "start-end rwxs offset major:minor inode path" */
static bool next_region(struct reader *r, struct region *out)
{
	tl_u64 major, minor, inode;
	int c;

	out->start = next_number(r, 16);
	out->end = next_number(r, 16);
	for (int i = 0; i < 3; i++)
		next_char(r);
	out->shared = next_char(r) == 's';
	next_char(r);
	out->offset = next_number(r, 16);
	major = next_number(r, 16);
	minor = next_number(r, 16);
	inode = next_number(r, 10);
	out->file = mix(mix(major << 32 | minor) ^ inode);
	/* next_number() ate the newline where no path follows, or the first blank before one */
	for (c = r->at ? (unsigned char)r->buf[r->at - 1] : -1; c >= 0 && c != '\n';)
		c = next_char(r);
	return out->end > out->start;
}

static bool region_read(tl_u64 addr, struct region *out)
{
	struct reader r = {0};
	bool found = false;

	out->era = __atomic_load_n(&era, __ATOMIC_ACQUIRE);
	r.fd = (int)syscall(SYS_openat, AT_FDCWD, "/proc/self/maps", O_RDONLY | O_CLOEXEC);
	if (r.fd < 0)
		return false;
	while (!found && next_region(&r, out))
		found = addr >= out->start && addr < out->end;
	syscall(SYS_close, r.fd);
	return found;
}

/* Whoever finds the regions in use does without them: nobody waits, no handler for its own thread.
 */
static bool regions_begin(void)
{
	return !__atomic_exchange_n(&regions_used, true, __ATOMIC_ACQUIRE);
}

static void regions_end(void)
{
	__atomic_store_n(&regions_used, false, __ATOMIC_RELEASE);
}

static void region_keep(const struct region *r)
{
	if (!regions_begin())
		return;
	regions[region_next++ % REGIONS] = *r;
	regions_end();
}

static bool region_kept(tl_u64 addr, struct region *out)
{
	bool found = false;

	if (!regions_begin())
		return false;
	for (unsigned i = 0; i < REGIONS && !found; i++) {
		found = addr >= regions[i].start && addr < regions[i].end &&
			regions[i].era == __atomic_load_n(&era, __ATOMIC_ACQUIRE);
		if (found)
			*out = regions[i];
	}
	regions_end();
	return found;
}

static bool region_find(tl_u64 addr, struct region *out)
{
	int err = errno;
	bool found = region_kept(addr, out);

	if (!found && region_read(addr, out)) {
		found = true;
		region_keep(out);
	}
	errno = err;
	return found;
}

static void bounds_widen(tl_u64 addr)
{
	if (addr < __atomic_load_n(&lowest, __ATOMIC_RELAXED))
		__atomic_store_n(&lowest, addr, __ATOMIC_RELAXED);
	if (addr > __atomic_load_n(&highest, __ATOMIC_RELAXED))
		__atomic_store_n(&highest, addr, __ATOMIC_RELAXED);
}

/* Where addr is, or may be put: the entry that has it, a free one, or one to be displaced. */
static tl_u64 *known_place(tl_u64 addr)
{
	tl_u64 first = mix(addr);
	tl_u64 *free_place = NULL;

	for (unsigned n = 0; n < REACH; n++) {
		tl_u64 *place = &known[(first + n) & (KNOWN - 1)];
		tl_u64 is = __atomic_load_n(place, __ATOMIC_RELAXED);

		if ((is & ~1ull) == addr)
			return place;
		if (!is && !free_place)
			free_place = place;
	}
	return free_place ? free_place : &known[first & (KNOWN - 1)];
}

static unsigned shared_learn(struct self *s, tl_u64 addr, tl_u64 *place)
{
	struct region r;
	tl_u64 key;

	if (!region_find(addr, &r)) {
		__atomic_fetch_add(&shim.header->unkeyed, 1, __ATOMIC_RELAXED);
		return 0;
	}
	bounds_widen(addr);
	if (r.shared) {
		key = mix(r.file ^ mix(r.offset + (addr - r.start)));
		record_at(s, EV_OBJ_KEY, LOCK_SHARED, addr, key ? key : 1, false);
	}
	if (r.era == __atomic_load_n(&era, __ATOMIC_ACQUIRE))
		__atomic_store_n(place, addr | r.shared, __ATOMIC_RELAXED);
	return r.shared ? LOCK_SHARED : 0;
}

unsigned shared_flag(struct self *s, const volatile void *obj)
{
	tl_u64 addr = (tl_u64)(uintptr_t)obj & ~1ull;
	tl_u64 *place = known_place(addr);
	tl_u64 is = __atomic_load_n(place, __ATOMIC_RELAXED);

	if (likely((is & ~1ull) == addr))
		return is & 1 ? LOCK_SHARED : 0;
	return shared_learn(s, addr, place);
}

void shared_forget(const volatile void *obj)
{
	tl_u64 addr = (tl_u64)(uintptr_t)obj & ~1ull;
	tl_u64 *place = known_place(addr);

	if ((__atomic_load_n(place, __ATOMIC_RELAXED) & ~1ull) == addr)
		__atomic_store_n(place, 0, __ATOMIC_RELAXED);
}

void shared_forget_all(void)
{
	if (!__atomic_load_n(&highest, __ATOMIC_RELAXED))
		return;
	__atomic_fetch_add(&era, 1, __ATOMIC_RELEASE);
	__atomic_store_n(&lowest, ~0ull, __ATOMIC_RELAXED);
	__atomic_store_n(&highest, 0, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < KNOWN; i++)
		__atomic_store_n(&known[i], 0, __ATOMIC_RELAXED);
}

void shared_forked(void)
{
	__atomic_store_n(&regions_used, false, __ATOMIC_RELAXED); /* by a thread of the parent */
	shared_forget_all();
}

void shared_forget_range(const void *start, size_t size)
{
	tl_u64 from = (tl_u64)(uintptr_t)start;

	if (from <= __atomic_load_n(&highest, __ATOMIC_RELAXED) &&
		from + size > __atomic_load_n(&lowest, __ATOMIC_RELAXED))
		shared_forget_all();
}
