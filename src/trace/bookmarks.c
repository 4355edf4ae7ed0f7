/* SPDX-License-Identifier: MIT */
#include "trace/bookmarks.h"

#include "core/fmt.h"
#include "core/mem.h"
#include "trace/recording.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENDING      ".marks"
#define FILE_MOST   (256 * 1024)
#define CAPTION_MAX 400 /* bytes, with the NUL */

static size_t place_of(const bookmarks *b, u64 at)
{
	size_t i = 0;

	while (i < b->n && b->v[i].at < at)
		i++;
	return i;
}

const struct bookmark *bookmarks_at(const bookmarks *b, u64 at)
{
	size_t i = place_of(b, at);

	return i < b->n && b->v[i].at == at ? &b->v[i] : NULL;
}

bool bookmarks_set(bookmarks *b, u64 at, const char *caption)
{
	char clean[CAPTION_MAX];
	size_t i = place_of(b, at);

	fmt_clean(clean, sizeof(clean), caption, SIZE_MAX, false);
	if (i < b->n && b->v[i].at == at) {
		free(b->v[i].caption);
	} else {
		if (b->n == BOOKMARKS_MOST)
			return false;
		vec_push(b, (struct bookmark){0});
		memmove(&b->v[i + 1], &b->v[i], (b->n - 1 - i) * sizeof(*b->v));
	}
	b->v[i] = (struct bookmark){at, mem_strdup(clean)};
	return true;
}

bool bookmarks_remove(bookmarks *b, u64 at)
{
	size_t i = place_of(b, at);

	if (i == b->n || b->v[i].at != at)
		return false;
	free(b->v[i].caption);
	b->n--;
	memmove(&b->v[i], &b->v[i + 1], (b->n - i) * sizeof(*b->v));
	return true;
}

void bookmarks_free(bookmarks *b)
{
	for (size_t i = 0; i < b->n; i++)
		free(b->v[i].caption);
	vec_free(b);
}

/* A regular file of moderate size, whole and NUL-ended: NULL with errno, 0 where none is there. */
static char *file_text(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	char *text = NULL;
	ssize_t n;

	if (fd < 0) {
		errno = errno == ENOENT ? 0 : errno;
		return NULL;
	}
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size > FILE_MOST) {
		close(fd);
		errno = EINVAL;
		return NULL;
	}
	text = mem_alloc(FILE_MOST + 1);
	n = read(fd, text, FILE_MOST);
	close(fd);
	text[MAX(n, 0)] = 0;
	return text;
}

/* "1.5s what is seen here". An empty line and one that begins with # say nothing. */
static bool line_take(bookmarks *b, char *line, u64 start)
{
	size_t n = strcspn(line, " \t");
	char *caption = line + n;
	u64 after;

	if (!*line || *line == '#' || *line == '\r')
		return true;
	caption += strspn(caption, " \t");
	caption[strcspn(caption, "\r")] = 0;
	line[n] = 0;
	return !fmt_parse_duration(line, &after) && start + after >= start &&
	       bookmarks_set(b, start + after, caption);
}

int bookmarks_parse(bookmarks *b, char *text, u64 start)
{
	int err = 0;

	for (char *line; (line = strsep(&text, "\n"));)
		if (!line_take(b, line, start))
			err = -EBADMSG;
	return err;
}

int bookmarks_read(bookmarks *b, const char *recording, const char *within, u64 start)
{
	char *path = mem_printf("%s" ENDING, recording), *text = file_text(path);
	int err = text ? 0 : -errno;

	if (!text && !err && within)
		text = mem_strdup(within);
	if (text)
		err = bookmarks_parse(b, text, start);
	free(text);
	free(path);
	return err;
}

static int write_all(const bookmarks *b, u64 start, FILE *out)
{
	for (size_t i = 0; i < b->n; i++) {
		u64 after = b->v[i].at - MIN(start, b->v[i].at);

		fprintf(out, "%llu.%09llus%s%s\n", (unsigned long long)(after / NSEC_PER_SEC),
			(unsigned long long)(after % NSEC_PER_SEC), *b->v[i].caption ? " " : "",
			b->v[i].caption);
	}
	return fflush(out) || ferror(out) ? -EIO : 0;
}

/* Beside it first, then in its place: a disk that is full takes nothing away. */
static int file_replace(const bookmarks *b, const char *path, u64 start)
{
	char *beside = mem_printf("%s.new", path);
	FILE *out = fopen(beside, "we");
	int err = out ? write_all(b, start, out) : -errno;

	if (out && fclose(out) && !err)
		err = -errno;
	if (!err && rename(beside, path))
		err = -errno;
	if (err && out)
		unlink(beside);
	free(beside);
	return err;
}

int bookmarks_put(const bookmarks *b, const char *recording, u64 start)
{
	char *text = NULL, *path = mem_printf("%s" ENDING, recording);
	size_t len;
	FILE *out = open_memstream(&text, &len);
	int err;

	if (!out || write_all(b, start, out) || fclose(out))
		die("out of memory");
	err = recording_put_marks(recording, text);
	if (!err && unlink(path) && errno != ENOENT)
		err = -errno;
	free(text);
	free(path);
	return err;
}

int bookmarks_write(const bookmarks *b, const char *recording, bool within, u64 start)
{
	char *path = mem_printf("%s" ENDING, recording);
	int err = 0;

	if (b->n || within)
		err = file_replace(b, path, start);
	else if (unlink(path) && errno != ENOENT)
		err = -errno;
	free(path);
	return err;
}
