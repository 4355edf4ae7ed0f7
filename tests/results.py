# SPDX-License-Identifier: MIT
"""Counts of a ctest result file: passed, failed, skipped, and the names of what failed."""
import sys
import xml.etree.ElementTree

passed, failed, skipped = 0, [], 0
for case in xml.etree.ElementTree.parse(sys.argv[1]).getroot().iter("testcase"):
    if case.get("status") == "run":
        passed += 1
    elif case.get("status") in ("notrun", "disabled") and "SKIP" in str(
            [e.get("message") for e in case.iter("skipped")]):
        skipped += 1
    else:
        failed.append(case.get("name"))
print(passed, len(failed), skipped, *failed)
