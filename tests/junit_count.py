#!/usr/bin/env python3
"""Says what a file that CTest wrote with --output-junit counts, in the words that tools/test adds up.

    tests/junit_count.py FILE
"""

import sys
import xml.etree.ElementTree as tree

suite = tree.parse(sys.argv[1]).getroot()
cases = list(suite.iter("testcase"))
failed = sum(case.find("failure") is not None or case.get("status") == "fail" for case in cases)
skipped = sum(case.find("skipped") is not None or case.get("status") in ("notrun", "disabled")
              for case in cases)
line = f"{len(cases) - failed - skipped} passed, {failed} failed"
print(line + (f", {skipped} skipped" if skipped else ""))
sys.exit(1 if failed or not cases else 0)
