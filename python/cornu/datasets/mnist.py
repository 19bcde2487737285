"""The 70,000 handwritten digits, from files on this machine."""
import os

from . import _idx


def load_data(path="mnist.npz"):
    """((x_train, y_train), (x_test, y_test)): from ``path``, there or in ~/.keras/datasets, or IDX files in
    CORNU_MNIST."""
    import numpy
    for known in (path, os.path.join(os.path.expanduser("~/.keras/datasets"), path)):
        if os.path.exists(known):
            with numpy.load(known) as f:
                return (f["x_train"], f["y_train"]), (f["x_test"], f["y_test"])
    if path != "mnist.npz":
        raise FileNotFoundError(f"mnist: there is no file '{path}', nor one of that name in ~/.keras/datasets; nothing "
                                "is downloaded")
    return _idx.load([os.environ.get("CORNU_MNIST")],
                     "mnist: put mnist.npz into ~/.keras/datasets, or the folder of the IDX files into CORNU_MNIST; "
                     "nothing is downloaded")
