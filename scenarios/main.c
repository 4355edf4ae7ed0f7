/* SPDX-License-Identifier: MIT */
#include "scenario.h"

#include "core/lang.h"

#include <errno.h>
#include <locale.h>

int main(int argc, char **argv)
{
	setlocale(LC_CTYPE, "");
	if (lang_use(lang_wish(argc, argv)) == -EINVAL)
		lang_use(NULL);
	scenario_words(lang_text);
	return scenario_main(argc, argv);
}
