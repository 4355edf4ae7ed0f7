/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a recording. Where the first byte is odd, checksums are first made right, so that
 * what they protect is reached too; the byte itself is no part of the file.
 */
#include "fuzz.h"

#include "trace/recording.h"
#include "trace/recording_format.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MOST_EVENTS 2000000u /* a small file may hold many; time is what a fuzzer lacks */

static void mend_chunk(const struct crc *crc, u8 *header, size_t len)
{
	u64 stored = get_le(header + 16, 4);

	if (stored <= len - CHUNK_HEADER)
		put_le(header + 28, crc_of(crc, header + CHUNK_HEADER, stored), 4);
	put_le(header + 68, crc_of(crc, header, 68), 4);
}

static void mend(u8 *data, size_t len)
{
	struct crc crc;

	crc_init(&crc);
	for (size_t at = 0; at + CHUNK_HEADER <= len; at++)
		if (!memcmp(data + at, CHUNK_MAGIC, CHUNK_MAGIC_LEN))
			mend_chunk(&crc, data + at, len - at);
}

static u64 read_all(struct recording *r)
{
	const struct event *events;
	u64 count = 0, ts = 0;
	ssize_t n = 0;

	while (count < MOST_EVENTS && (n = recording_next(r, &events)) > 0) {
		for (ssize_t i = 0; i < n; i++) {
			fuzz_check(events[i].ts >= ts && events[i].ts <= 1ull << 62);
			ts = events[i].ts;
		}
		count += (u64)n;
	}
	fuzz_check(n >= 0 && ts <= recording_end(r));
	return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64];
	struct recording *r;
	u64 count;
	u8 *copy;
	int fd;

	if (!size)
		return 0;
	copy = malloc(size);
	memcpy(copy, data + 1, size - 1);
	if (data[0] & 1)
		mend(copy, size - 1);
	fd = memfd_create("fuzz", 0);
	fuzz_check(write(fd, copy, size - 1) == (ssize_t)size - 1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!recording_open(&r, path)) {
		count = read_all(r);
		free(recording_marks(r));
		free(recording_lesson(r));
		recording_rewind(r);
		fuzz_check(read_all(r) == count);
		recording_close(r);
	}
	close(fd);
	free(copy);
	return 0;
}
