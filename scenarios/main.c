/* SPDX-License-Identifier: MIT */
#include "scenario.h"

int main(int argc, char **argv)
{
	return scenario_main(argc, argv);
}
