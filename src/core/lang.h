/* SPDX-License-Identifier: MIT */
/*
 * What people read, in their language. The keys are the English texts; po/ holds the others.
 * Words that programs read (JSON, options, names of states and findings in it) are never
 * translated.
 *
 * Functions that take a format and tell it to people (usage_error, could_not, die, log_note, say,
 * grid_printf, ...) translate it themselves; po/CMakeLists.txt lists them for xgettext.
 */
#ifndef TL_CORE_LANG_H
#define TL_CORE_LANG_H

#include "core/types.h"

enum lang { LANG_EN, LANG_ZH };

#define tr(text)                 lang_text(text)
#define trc(context, text)       lang_context(context "\004" text, text)
#define trn(one, many, n)        lang_plural(one, many, n)
#define N_(text)                 text /* in tables: found by xgettext, translated where shown */
#define NC_(context, text)       text
#define trc_table(context, text) lang_context_of(context, text) /* shows an NC_ text */

/*
 * Chooses the language: wish is "en" or "zh"; NULL asks the environment (LANGUAGE, LC_ALL,
 * LC_MESSAGES, LANG, as gettext(3) does). English where it says nothing known. Called before there
 * are other threads. Chinese makes LC_CTYPE UTF-8. 0; -EINVAL for another wish; -ENOENT where the
 * translations are not beside the program: English then.
 */
int lang_use(const char *wish);

/* As lang_use(), but with the catalogue in this file; for tests. */
int lang_use_file(enum lang lang, const char *path);

enum lang lang_now(void);
const char *lang_name(void); /* "en", "zh" */

/* The wish of the last "--lang X" or "--lang=X" before "--"; NULL where there is none. */
const char *lang_wish(int argc, char **argv);

/* The text itself where it is not translated. Never NULL unless text is. */
const char *lang_text(const char *text) __attribute__((format_arg(1)));
const char *lang_plural(const char *one, const char *many, u64 n)
	__attribute__((format_arg(1), format_arg(2)));
const char *lang_context(const char *key, const char *text) __attribute__((format_arg(2)));
const char *lang_context_of(const char *context, const char *text) __attribute__((format_arg(2)));

#endif
