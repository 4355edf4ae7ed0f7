/* SPDX-License-Identifier: MIT */
/* Any bytes as the bookmarks beside a recording. What was read and written comes out the same. */
#include "fuzz.h"

#include "core/fmt.h"
#include "trace/bookmarks.h"

#include <string.h>
#include <unistd.h>

static void written_is_read(const bookmarks *b, uint64_t start)
{
	char recording[64];
	bookmarks again = {0};

	snprintf(recording, sizeof(recording), "/tmp/fuzz-bookmarks-%d", (int)getpid());
	fuzz_check(!bookmarks_write(b, recording, false, start));
	fuzz_check(!bookmarks_read(&again, recording, NULL, start));
	fuzz_check(again.n == b->n);
	for (size_t i = 0; i < b->n; i++)
		fuzz_check(again.v[i].at == b->v[i].at &&
			   !strcmp(again.v[i].caption, b->v[i].caption));
	bookmarks_free(&again);
	fuzz_check(!bookmarks_write(&again, recording, false, start)); /* takes the file away */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint64_t start = size * 0x9e3779b97f4a7c15ull >> (size % 48);
	char *text = malloc(size + 1);
	bookmarks b = {0};

	memcpy(text, data, size);
	text[size] = 0;
	bookmarks_parse(&b, text, start);
	free(text);
	fuzz_check(b.n <= BOOKMARKS_MOST);
	for (size_t i = 0; i < b.n; i++) {
		char clean[2048];

		fuzz_check(!i || b.v[i - 1].at < b.v[i].at);
		fuzz_check(b.v[i].at >= start);
		fmt_clean(clean, sizeof(clean), b.v[i].caption, SIZE_MAX, false);
		fuzz_check(!strcmp(clean, b.v[i].caption));
	}
	written_is_read(&b, start);
	bookmarks_free(&b);
	return 0;
}
