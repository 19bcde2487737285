"""IDX files of a folder, as the MNIST family has them."""
import gzip
import os
import struct

import numpy


def read(path):
    with gzip.open(path, "rb") as f:
        magic, = struct.unpack(">I", f.read(4))
        if magic >> 8 != 8:
            raise ValueError(f"{path}: not an IDX file of bytes")
        shape = struct.unpack(f">{magic & 255}I", f.read(4 * (magic & 255)))
        return numpy.frombuffer(f.read(), numpy.uint8).reshape(shape).copy()


def load(folders, hint):
    """((x_train, y_train), (x_test, y_test)) from the first folder that is there."""
    for folder in folders:
        if folder and os.path.exists(os.path.join(folder, "train-images-idx3-ubyte.gz")):
            parts = [read(os.path.join(folder, f"{part}-{kind}-ubyte.gz"))
                     for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")]
            return (parts[0], parts[1]), (parts[2], parts[3])
    raise FileNotFoundError(hint)
