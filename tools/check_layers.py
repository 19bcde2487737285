"""Fails on an #include that src/LAYERS does not allow, and on public headers that name private or third-party ones."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.M)
# Headers below all layers: plain data that several of them exchange.
SHARED = {"runtime/tile.h", "runtime/tile_text.h", "runtime/kernel.h", "ops/formulas.inl"}


def read_layers():
    direct = {}
    for line in (ROOT / "src/LAYERS").read_text().splitlines():
        line = line.split("#")[0].strip()
        if line:
            name, rest = line.split(":")
            direct[name.strip()] = rest.split()

    def reach(name, seen):
        for below in direct[name]:
            if below not in seen:
                seen.add(below)
                reach(below, seen)
        return seen

    return {name: reach(name, {name}) for name in direct}


def main():
    allowed = read_layers()
    standard = re.compile(r"^[a-z_0-9]+(\.h)?$")
    wrong = []
    for path in sorted((ROOT / "src").rglob("*")):
        if path.suffix not in {".h", ".cpp", ".inl"}:
            continue
        layer = path.relative_to(ROOT / "src").parts[0]
        for _, target in INCLUDE.findall(path.read_text()):
            folder = target.split("/")[0]
            if folder in allowed and folder not in allowed[layer] and target not in SHARED:
                wrong.append(f"{path.relative_to(ROOT)}: {layer} may not include {target}")
    for path in sorted((ROOT / "include").rglob("*.h")):
        for mark, target in INCLUDE.findall(path.read_text()):
            if mark == '"' or not (target.startswith("cornu/") or standard.match(target)):
                wrong.append(f"{path.relative_to(ROOT)}: a public header may not include {target}")
    print("\n".join(wrong) or f"layers: {len(allowed)} folders in order")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
