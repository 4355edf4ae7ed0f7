/* SPDX-License-Identifier: MIT */
/* Uses nothing of core but the catalogue: the scenarios' program has it too. */
#include "core/lang.h"

#include "core/catalog.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CATALOG_MOST (16 << 20)

/* Written before there are other threads. */
static struct catalog lang_catalog;
static enum lang lang_chosen;

static bool is_chinese(const char *locale, size_t n)
{
	return n >= 2 && !strncasecmp(locale, "zh", 2) && (n == 2 || strchr("_-.@", locale[2]));
}

static bool is_english(const char *locale, size_t n)
{
	return n >= 2 && !strncasecmp(locale, "en", 2) && (n == 2 || strchr("_-.@", locale[2]));
}

/* Whether text in it is UTF-8: zh_CN.GBK is not. */
static bool is_utf8(const char *locale)
{
	const char *dot = strchr(locale, '.');

	return !dot || !strncasecmp(dot, ".utf8", 5) || !strncasecmp(dot, ".utf-8", 6);
}

static const char *environment_locale(void)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return value;
	}
	return "C";
}

static enum lang environment_lang(void)
{
	const char *locale = environment_locale(), *list = getenv("LANGUAGE");

	if (!strcmp(locale, "C") || !strcmp(locale, "POSIX") || !is_utf8(locale))
		return LANG_EN;
	for (size_t n; list && *list; list += n + (list[n] == ':')) {
		n = strcspn(list, ":");
		if (is_chinese(list, n) || is_english(list, n))
			return is_chinese(list, n) ? LANG_ZH : LANG_EN;
	}
	return is_chinese(locale, strlen(locale)) ? LANG_ZH : LANG_EN;
}

int lang_use_file(enum lang lang, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = 0;
	struct stat st;
	void *bytes;

	if (fd < 0)
		return -ENOENT;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size <= 0 ||
		st.st_size > CATALOG_MOST) {
		close(fd);
		return -ENOENT;
	}
	bytes = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (bytes == MAP_FAILED)
		return -ENOENT;
	err = catalog_open(&lang_catalog, bytes, (size_t)st.st_size);
	if (err) {
		munmap(bytes, (size_t)st.st_size);
		return -ENOENT;
	}
	lang_chosen = lang;
	return 0;
}

/* Beside our own program: build tree, then installed; and both from the folder of the scenarios'.
 */
static int lang_load(enum lang lang, const char *locale)
{
	static const char *const places[] = {".", "..", "../.."};
	char self[3072], path[4096];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (n <= 0)
		return -ENOENT;
	self[n] = 0;
	*strrchr(self, '/') = 0;
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		snprintf(path, sizeof(path), "%s/%s/share/locale/%s/LC_MESSAGES/threadline.mo",
			self, places[i], locale);
		if (!lang_use_file(lang, path))
			return 0;
	}
	return -ENOENT;
}

int lang_use(const char *wish)
{
	enum lang lang = LANG_EN;
	int err;

	if (wish && strcmp(wish, "en") != 0 && strcmp(wish, "zh") != 0)
		return -EINVAL;
	lang = !wish ? environment_lang() : strcmp(wish, "zh") ? LANG_EN : LANG_ZH;
	lang_chosen = LANG_EN;
	lang_catalog = (struct catalog){0};
	if (lang == LANG_EN)
		return 0;
	err = lang_load(lang, "zh_CN");
	/* a machine without that locale gives "C", whose characters are ASCII */
	if (!err && strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
	return err;
}

enum lang lang_now(void)
{
	return lang_chosen;
}

const char *lang_name(void)
{
	return lang_chosen == LANG_ZH ? "zh" : "en";
}

const char *lang_wish(int argc, char **argv)
{
	const char *wish = NULL;

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		if (!strncmp(argv[i], "--lang=", 7))
			wish = argv[i] + 7;
		else if (!strcmp(argv[i], "--lang") && i + 1 < argc)
			wish = argv[i + 1];
	}
	return wish;
}

const char *lang_text(const char *text)
{
	const char *found;

	if (!lang_catalog.count || !text || !*text)
		return text;
	found = catalog_find(&lang_catalog, text);
	return found ? found : text;
}

/* Chinese has one form for all numbers, and it is kept with the singular. */
const char *lang_plural(const char *one, const char *many, u64 n)
{
	const char *found = lang_catalog.count ? catalog_find(&lang_catalog, one) : NULL;

	return found ? found : n == 1 ? one : many;
}

const char *lang_context(const char *key, const char *text)
{
	const char *found = lang_catalog.count ? catalog_find(&lang_catalog, key) : NULL;

	return found ? found : text;
}

const char *lang_context_of(const char *context, const char *text)
{
	char key[1024];

	if (!lang_catalog.count || !text)
		return text;
	snprintf(key, sizeof(key), "%s\004%s", context, text);
	return lang_context(key, text);
}
