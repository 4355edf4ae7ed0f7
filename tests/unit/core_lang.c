/* SPDX-License-Identifier: MIT */
#include "core/lang.h"

#include "core/catalog.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct pair {
	const char *id, *text;
	size_t id_length; /* 0: strlen */
};

struct mo {
	u8 bytes[1024];
	size_t size;
};

static void put_u32(struct mo *mo, size_t at, u32 value)
{
	for (size_t i = 0; i < 4; i++)
		mo->bytes[at + i] = (u8)(value >> (8 * i));
}

static void put_string(struct mo *mo, size_t entry, const char *s, size_t length)
{
	put_u32(mo, entry, (u32)length);
	put_u32(mo, entry + 4, (u32)mo->size);
	memcpy(mo->bytes + mo->size, s, length);
	mo->size += length + 1;
}

/* As msgfmt writes it; pairs in order of their ids. */
static struct mo mo_make(const struct pair *pairs, size_t n)
{
	struct mo mo = {.size = 28 + 16 * n};

	put_u32(&mo, 0, 0x950412de);
	put_u32(&mo, 8, (u32)n);
	put_u32(&mo, 12, 28);
	put_u32(&mo, 16, (u32)(28 + 8 * n));
	for (size_t i = 0; i < n; i++) {
		size_t length = pairs[i].id_length ? pairs[i].id_length : strlen(pairs[i].id);

		put_string(&mo, 28 + 8 * i, pairs[i].id, length);
		put_string(&mo, 28 + 8 * (n + i), pairs[i].text, strlen(pairs[i].text));
	}
	return mo;
}

static const struct pair some[] = {
	{"", "Language: zh_CN\n"},
	{"%u lock\0%u locks", "%u 个锁", 16},
	{"holder", "持有者"},
	{"left\004free", "剩余"},
	{"state\004free", "空闲"},
};

static void finds_what_is_there(void **state)
{
	struct mo mo = mo_make(some, ARRAY_LEN(some));
	struct catalog c;

	(void)state;
	assert_int_equal(catalog_open(&c, mo.bytes, mo.size), 0);
	assert_string_equal(catalog_find(&c, "holder"), "持有者");
	assert_string_equal(catalog_find(&c, "%u lock"), "%u 个锁");
	assert_string_equal(catalog_find(&c, "state\004free"), "空闲");
	assert_null(catalog_find(&c, "free"));
	assert_null(catalog_find(&c, "zzz"));
	assert_null(catalog_find(&c, "!"));
}

static void refuses_what_is_damaged(void **state)
{
	struct mo good = mo_make(some, ARRAY_LEN(some)), bad;
	struct catalog c;

	(void)state;
	for (size_t size = 0; size < good.size; size++) {
		u8 *exact = malloc(size + !size); /* for the address sanitizer */

		memcpy(exact, good.bytes, size);
		assert_int_equal(catalog_open(&c, exact, size), -EINVAL);
		assert_null(catalog_find(&c, "holder"));
		free(exact);
	}
	for (size_t at = 0; at < 28 + 16 * ARRAY_LEN(some); at += 4) {
		bad = good;
		put_u32(&bad, at, 0xfffffff0);
		if (at < 4 || (at >= 8 && at < 20) || at >= 28)
			assert_int_equal(catalog_open(&c, bad.bytes, bad.size), -EINVAL);
	}
	bad = mo_make((struct pair[]){{"b", "2"}, {"a", "1"}}, 2);
	assert_int_equal(catalog_open(&c, bad.bytes, bad.size), -EINVAL);
}

static void file_write(const struct mo *mo, char *path)
{
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, mo->bytes, mo->size), (ssize_t)mo->size);
	close(fd);
}

static void translates(void **state)
{
	struct mo mo = mo_make(some, ARRAY_LEN(some));
	char path[] = "/tmp/threadline-lang-XXXXXX";

	(void)state;
	assert_string_equal(tr("holder"), "holder");
	assert_string_equal(trn("%u lock", "%u locks", 1), "%u lock");
	assert_string_equal(trn("%u lock", "%u locks", 2), "%u locks");
	file_write(&mo, path);
	assert_int_equal(lang_use_file(LANG_ZH, path), 0);
	unlink(path);
	assert_int_equal(lang_now(), LANG_ZH);
	assert_string_equal(lang_name(), "zh");
	assert_string_equal(tr("holder"), "持有者");
	assert_string_equal(tr("not in it"), "not in it");
	assert_string_equal(tr(""), "");
	assert_string_equal(trn("%u lock", "%u locks", 2), "%u 个锁");
	assert_string_equal(trc("left", "free"), "剩余");
	assert_string_equal(trc_table("state", "free"), "空闲");
	assert_string_equal(trc("other", "free"), "free");
	assert_int_equal(lang_use("en"), 0);
	assert_string_equal(tr("holder"), "holder");
}

static void environment(const char *language, const char *all, const char *lang)
{
	setenv("LANGUAGE", language, 1);
	setenv("LC_ALL", all, 1);
	setenv("LC_MESSAGES", "", 1);
	setenv("LANG", lang, 1);
}

/* Where the translations are not built, the error tells that they were looked for. */
static bool chooses_chinese(const char *wish)
{
	int err = lang_use(wish);

	return err == -ENOENT || lang_now() == LANG_ZH;
}

static void asks_the_environment(void **state)
{
	static const struct {
		const char *language, *all, *lang;
		bool chinese;
	} cases[] = {
		{"", "", "zh_CN.UTF-8", true},
		{"", "", "zh_CN", true},
		{"", "", "zh_TW.utf8", true},
		{"", "", "zh_CN.GBK", false},
		{"", "", "", false},
		{"", "en_US.UTF-8", "zh_CN.UTF-8", false},
		{"", "C", "zh_CN.UTF-8", false},
		{"", "zh_CN.UTF-8", "C", true},
		{"zh_CN:en", "", "de_DE.UTF-8", true},
		{"de:en:zh_CN", "", "zh_CN.UTF-8", false},
		{"zh_CN", "", "C.UTF-8", true},
		{"zh_CN", "", "C", false},
		{"", "", "zhuang", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		environment(cases[i].language, cases[i].all, cases[i].lang);
		assert_int_equal(chooses_chinese(NULL), cases[i].chinese);
	}
	assert_int_equal(lang_use("en"), 0);
	assert_true(chooses_chinese("zh"));
	assert_int_equal(lang_use("fr"), -EINVAL);
}

static void reads_the_wish(void **state)
{
	char *both[] = {"run", "--lang", "en", "x", "--lang=zh", NULL};
	char *behind[] = {"run", "--", "--lang=zh", NULL};
	char *cut[] = {"run", "--lang", NULL};

	(void)state;
	assert_string_equal(lang_wish(5, both), "zh");
	assert_null(lang_wish(3, behind));
	assert_null(lang_wish(2, cut));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_is_there),
		cmocka_unit_test(refuses_what_is_damaged),
		cmocka_unit_test(translates),
		cmocka_unit_test(asks_the_environment),
		cmocka_unit_test(reads_the_wish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
