/* SPDX-License-Identifier: MIT */
/* replay_NAME FILE...: what a fuzzer once found interesting goes through again, without a fuzzer.
 */
#include "fuzz.h"

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		FILE *f = fopen(argv[i], "rb");
		uint8_t *data = malloc(1 << 20);
		size_t size;

		fuzz_check(f && data);
		size = fread(data, 1, 1 << 20, f);
		fclose(f);
		LLVMFuzzerTestOneInput(data, size);
		free(data);
	}
	printf("%d files\n", argc - 1);
	return argc > 1 ? 0 : 1;
}
