/* SPDX-License-Identifier: MIT */
/* Any bytes as a catalogue of translations: what it answers lies within them and ends. */
#include "fuzz.h"

#include "core/catalog.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const ids[] = {"", "a", "holder", "state\004lock", "\xff"};
	struct catalog c;

	if (catalog_open(&c, data, size))
		fuzz_check(!c.count);
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		const char *text = catalog_find(&c, ids[i]);

		if (!text)
			continue;
		fuzz_check((const uint8_t *)text >= data);
		fuzz_check((const uint8_t *)text + strlen(text) < data + size);
	}
	return 0;
}
