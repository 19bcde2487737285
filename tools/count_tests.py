"""Adds up the JUnit reports that the test programs leave: one line with passed, failed and skipped tests."""

import pathlib
import sys
import xml.etree.ElementTree as ET


def main():
    total = failed = skipped = 0
    for report in sorted(pathlib.Path(sys.argv[1]).glob("*.xml")):
        root = ET.parse(report).getroot()
        total += int(root.get("tests"))
        failed += int(root.get("failures")) + int(root.get("errors"))
        skipped += int(root.get("disabled") or 0) + sum(
            case.get("result") == "skipped" for case in root.iter("testcase"))
    print(f"{total - failed - skipped} passed, {failed} failed, {skipped} skipped")
    return failed > 0 or total == 0


if __name__ == "__main__":
    sys.exit(main())
