"""Adds up the JUnit reports that the test programs leave: one line with passed, failed and skipped tests."""

import pathlib
import sys
import xml.etree.ElementTree as ET


def main():
    total = failed = skipped = 0
    for report in sorted(pathlib.Path(sys.argv[1]).glob("*.xml")):
        root = ET.parse(report).getroot()
        for suites in [root] if root.get("tests") else root:  # pytest's root has no numbers
            total += int(suites.get("tests"))
            failed += int(suites.get("failures")) + int(suites.get("errors"))
            skipped += int(suites.get("disabled") or 0)
        skipped += sum(case.get("result") == "skipped" or case.find("skipped") is not None
                       for case in root.iter("testcase"))
    print(f"{total - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return failed > 0 or total == 0


if __name__ == "__main__":
    sys.exit(main())
