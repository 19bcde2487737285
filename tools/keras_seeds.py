#!/usr/bin/env python3
"""Write the seeds of tests/fuzz/keras_fuzz: each `.keras` file, and its config and weights without the archive.

    tools/keras_seeds.py tests/golden/files build-fuzz/corpus/keras
"""

import pathlib
import sys
import zipfile

source, target = map(pathlib.Path, sys.argv[1:])
target.mkdir(parents=True, exist_ok=True)
for path in sorted(source.glob("*.keras")):
    (target / path.name).write_bytes(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        config, weights = archive.read("config.json"), archive.read("model.weights.h5")
    (target / f"{path.stem}.parts").write_bytes(len(config).to_bytes(4, "little") + config + weights)
