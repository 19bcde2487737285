"""Formatting, file sizes, and the sentence that begins each file."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
REVIEW, STOP = 400, 800  # lines


def tracked(*patterns):
    out = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, check=True, capture_output=True, text=True)
    return [name for name in out.stdout.split() if (ROOT / name).exists()]


def check_python(wrong):
    """Width, and the sentence that begins each file."""
    files = tracked("python/cornu/**.py")
    for name in files:
        lines = (ROOT / name).read_text().splitlines()
        wide = [n for n, line in enumerate(lines, 1) if len(line) > 120]
        if wide:
            wrong.append(f"{name}:{wide[0]}: a line of more than 120 characters")
        first = lines[1] if lines and lines[0].startswith("#!") else lines[0] if lines else ""
        if not first.startswith('"""'):
            wrong.append(f"{name}: the first line must say what the file is for")
        if len(lines) > REVIEW:
            print(f"{name}: {len(lines)} lines; does it hold two things?")
    return files


def main():
    wrong = []
    sources = tracked("src/**.cpp", "src/**.h", "src/**.inl", "include/**.h", "tests/**.cpp", "tests/**.h",
                      "examples/*.cpp", "bench/*.cpp", "bench/*.h", "python/bind/*.cpp", "python/bind/*.h")
    formatted = [s for s in sources if not s.endswith(".inl")]
    clang_format = subprocess.run(["clang-format", "--dry-run", "-Werror", *formatted], cwd=ROOT, capture_output=True,
                                  text=True)
    if clang_format.returncode:
        wrong.append("run make format:\n" + "\n".join(clang_format.stderr.splitlines()[:12]))
    for name in sources:
        lines = (ROOT / name).read_text().splitlines()
        if not lines or not lines[0].startswith("//"):
            wrong.append(f"{name}: the first line must say what the file is for")
        if len(lines) > STOP:
            wrong.append(f"{name}: {len(lines)} lines, at most {STOP}")
        elif len(lines) > REVIEW:
            print(f"{name}: {len(lines)} lines; does it hold two things?")
    scripts = check_python(wrong)
    print("\n".join(wrong) or f"style: {len(sources)} sources, {len(scripts)} files of Python")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
