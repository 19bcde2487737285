"""The 70,000 images of clothes, from the distribution's package ``dataset-fashion-mnist``."""
import os

from . import _idx


def load_data():
    """((x_train, y_train), (x_test, y_test)): uint8 images of 28 x 28, labels 0 to 9."""
    return _idx.load([os.environ.get("CORNU_FASHION_MNIST"), "/usr/share/datasets/fashion-mnist"],
                     "fashion_mnist: install the package dataset-fashion-mnist, or name the folder of its files in "
                     "CORNU_FASHION_MNIST")
