"""Records small files of every kind that src/io reads, with their contents as JSON, into tests/golden/io.

Needs h5py and numpy: python tools/record_io.py tests/golden/io
"""

import gzip
import io
import json
import struct
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np

out = Path(sys.argv[1])
out.mkdir(parents=True, exist_ok=True)
contents = {}


def described(values):
    """What the C++ tests compare: type, shape and the little-endian bytes in hexadecimal, or strings."""
    values = np.asarray(values)
    if values.dtype.kind in "OSU":
        flat = [v.decode() if isinstance(v, bytes) else str(v) for v in values.reshape(-1).tolist()]
        return {"type": "string", "dims": list(values.shape), "strings": flat}
    kind = "opaque" if values.dtype.kind == "V" else values.dtype.name
    raw = np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<")).tobytes()
    return {"type": kind, "dims": list(values.shape), "hex": raw.hex()}


def record_h5(name, fill, **options):
    path = out / name
    with h5py.File(path, "w", **options) as f:
        fill(f)
    found = {"datasets": {}, "attributes": {}, "groups": []}
    with h5py.File(path, "r") as f:

        def visit(where, node):
            attributes = {}
            for key, value in node.attrs.items():
                if isinstance(value, h5py.Empty):
                    attributes[key] = {"null": True}
                else:
                    attributes[key] = described(value)
            if attributes:
                found["attributes"][where] = attributes
            if isinstance(node, h5py.Dataset):
                if node.shape is None:
                    found["datasets"][where] = {"null": True}
                elif h5py.check_string_dtype(node.dtype):
                    found["datasets"][where] = described(node.asstr()[()])
                else:
                    found["datasets"][where] = described(node[()])
            else:
                found["groups"].append(where)

        visit("", f)
        f.visititems(visit)
    contents[name] = found


def numbers(f):
    rng = np.random.default_rng(1)
    for t in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
        f["little/" + t] = rng.integers(0, 100, (2, 3)).astype("<" + t)
        f["big/" + t] = rng.integers(0, 100, (2, 3)).astype(">" + t)
    f["bool"] = np.array([True, False, True])
    f["scalar"] = np.float32(1.5)
    f["empty"] = np.zeros((0, 3), "f4")
    f["null"] = h5py.Empty("f4")
    f["opaque"] = np.array([b"\x80\x3f", b"\x00\x40"], "V2")
    f["bfloat16"] = np.array([b"\x80\x3f", b"\x00\x40"], "V2")
    f["bfloat16"].attrs["dtype"] = "bfloat16"
    f.create_dataset("fixed", data=np.array([b"ab", b"cde", b""], "S4"))
    f.create_dataset("text", data=["one", "zwölf", ""], dtype=h5py.string_dtype())
    f.create_dataset("one_text", data="alone", dtype=h5py.string_dtype())


def attributes(f):
    g = f.create_group("g")
    for where in (f, g):
        where.attrs["text"] = "grüße"
        where.attrs["bytes"] = np.bytes_(b"ascii")
        where.attrs["number"] = 7
        where.attrs["real"] = np.float32(0.5)
        where.attrs["flag"] = True
        where.attrs["list"] = np.arange(5, dtype=">i2")
        where.attrs["none"] = np.zeros((0,))
        where.attrs["null"] = h5py.Empty("f4")
        where.attrs["names"] = np.array(["a/kernel:0", "b"], dtype=h5py.string_dtype())
        where.attrs["fixed_names"] = np.array([b"dense", b"x"])
    f.attrs["long"] = "x" * 5000


def chunks(f):
    data = np.arange(7 * 5, dtype="f4").reshape(7, 5)
    f.create_dataset("plain", data=data, chunks=(3, 2))
    f.create_dataset("gzip", data=data, chunks=(3, 2), compression="gzip")
    f.create_dataset("shuffled", data=data, chunks=(4, 5), compression="gzip", shuffle=True)
    f.create_dataset("checked", data=data, chunks=(2, 2), compression="gzip", shuffle=True, fletcher32=True)
    f.create_dataset("big_end", data=data.astype(">f8"), chunks=(7, 5), shuffle=True, fletcher32=True)
    f.create_dataset("bytes", data=np.arange(33, dtype="u1"), chunks=(5,), fletcher32=True)
    f.create_dataset("many", data=np.arange(150, dtype="i2"), chunks=(1,))
    f.create_dataset("deep", data=np.arange(120, dtype="i4").reshape(2, 3, 4, 5), chunks=(1, 2, 3, 2))
    grown = f.create_dataset("grown", (3, 3), "i4", maxshape=(None, None), chunks=(2, 2), fillvalue=-1)
    grown[0, 0] = 4
    f.create_dataset("unwritten", (4,), "f4", fillvalue=2.5)
    f.create_dataset("texts", data=["a", "bb", "ccc"], dtype=h5py.string_dtype(), chunks=(2,), compression="gzip")
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_layout(h5py.h5d.COMPACT)
    h5py.h5d.create(f.id, b"compact", h5py.h5t.NATIVE_FLOAT, h5py.h5s.create_simple((2, 2)), plist).write(
        h5py.h5s.ALL, h5py.h5s.ALL, np.arange(4, dtype="f4")
    )


def latest_chunks(f):
    data = np.arange(7 * 5, dtype="f4").reshape(7, 5)
    f.create_dataset("fixed", data=data, chunks=(3, 2))
    f.create_dataset("fixed_gzip", data=data, chunks=(3, 2), compression="gzip", shuffle=True)
    f.create_dataset("single", data=data, chunks=(7, 5))
    f.create_dataset("single_gzip", data=data, chunks=(7, 5), compression="gzip")


def tree(count):
    def fill(f):
        for i in range(count):
            f.create_group(f"layers/dense_{i}/vars")
            if i < 3:
                f[f"layers/dense_{i}/vars/0"] = np.full((2,), i, "f4")

    return fill


def many(count):
    def fill(f):
        for i in range(count):
            f[str(i)] = np.uint8(i % 200)
        for i in range(12):
            f.attrs[f"a{i}"] = i

    return fill


def linked(f):
    f["real"] = np.zeros(2, "f4")
    f["soft"] = h5py.SoftLink("/real")


def external_link(f):
    f["outside"] = h5py.ExternalLink("other.h5", "/x")


def external_data(f):
    f.create_dataset("data", (4,), "f4", external=[("raw.bin", 0, 16)])


def virtual(f):
    layout = h5py.VirtualLayout((2,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", (2,))
    f.create_virtual_dataset("data", layout)


def cycle(f):
    inner = f.create_group("a/b")
    inner["again"] = f["a"]


def compound(f):
    f["data"] = np.zeros(2, [("x", "f4"), ("y", "i4")])
    f["complex"] = np.zeros(2, "c8")


def lzf(f):
    f.create_dataset("data", data=np.arange(9, dtype="f4"), chunks=(3,), compression="lzf")


def bomb(f):
    f.create_dataset("data", (1 << 31,), "f4", chunks=(1 << 20,), compression="gzip")
    f.create_dataset("middle", (1 << 28,), "u1", chunks=(1 << 20,), compression="gzip")[0] = 1
    f.create_dataset("declared", (1 << 30,), "f4")


record_h5("numbers.h5", numbers)
record_h5("numbers_latest.h5", numbers, libver="latest")
record_h5("numbers_v108.h5", numbers, libver=("v108", "v108"))
record_h5("attributes.h5", attributes)
record_h5("attributes_latest.h5", attributes, libver="latest")
record_h5("chunks.h5", chunks)
record_h5("chunks_latest.h5", latest_chunks, libver="latest")
record_h5("tree.h5", tree(20))
record_h5("tree_latest.h5", tree(20), libver="latest")
record_h5("many_latest.h5", many(150), libver="latest")
record_h5("ordered.h5", tree(5), track_order=True)
record_h5("userblock.h5", tree(1), userblock_size=512)
for name, fill in [
    ("soft_link", linked),
    ("external_link", external_link),
    ("external_data", external_data),
    ("virtual", virtual),
    ("cycle", cycle),
    ("compound", compound),
    ("lzf", lzf),
    ("bomb", bomb),
]:
    with h5py.File(out / f"refused_{name}.h5", "w") as f:
        fill(f)

rng = np.random.default_rng(2)
for t in ["f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
    for order in "<>":
        name = f"{t}_{'little' if order == '<' else 'big'}.npy"
        values = rng.integers(0, 100, (2, 3)).astype(order + t)
        np.save(out / name, values)
        contents[name] = described(values)
special = {
    "bool.npy": np.array([True, False]),
    "scalar.npy": np.array(2.5),
    "empty.npy": np.zeros((0, 4), "f4"),
    "fortran.npy": np.asfortranarray(np.arange(24, dtype=">i4").reshape(2, 3, 4)),
}
for name, values in special.items():
    np.save(out / name, values)
    contents[name] = described(values)
for version in [(2, 0), (3, 0)]:
    name = f"version{version[0]}.npy"
    with open(out / name, "wb") as f:
        np.lib.format.write_array(f, np.arange(3, dtype="f4"), version=version)
    contents[name] = described(np.arange(3, dtype="f4"))
np.save(out / "refused_object.npy", np.array([{}, 1], object), allow_pickle=True)
np.save(out / "refused_record.npy", np.zeros(2, [("x", "f4")]))
np.save(out / "refused_text.npy", np.array(["a"]))
np.save(out / "refused_complex.npy", np.zeros(2, "c8"))
members = {"x_train": np.arange(12, dtype="u1").reshape(3, 4), "y": np.ones(2, "f8")}
np.savez(out / "stored.npz", **members)
np.savez_compressed(out / "deflated.npz", **members)
for name in ["stored.npz", "deflated.npz"]:
    contents[name] = {key: described(value) for key, value in members.items()}

idx_types = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}
for t, code in idx_types.items():
    values = rng.integers(0, 100, (2, 3, 2)).astype(">" + t)
    raw = bytes([0, 0, code, 3]) + struct.pack(">III", 2, 3, 2) + values.tobytes()
    (out / f"{t}.idx").write_bytes(raw)
    contents[f"{t}.idx"] = described(values)
    if t == "u1":
        (out / "u1.idx.gz").write_bytes(gzip.compress(raw, mtime=0))
        contents["u1.idx.gz"] = described(values)


def zipped(name, entries, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(out / name, "w", method) as z:
        for key, value in entries:
            z.writestr(zipfile.ZipInfo(key) if isinstance(key, str) else key, value, method)


link = zipfile.ZipInfo("link")
link.create_system = 3
link.external_attr = 0o120777 << 16
zipped("stored.zip", [("metadata.json", "{}"), ("assets/", ""), ("assets/words.txt", "a\nb\n" * 20)])
zipped("deflated.zip", [("config.json", "[1, 2]" * 50)], zipfile.ZIP_DEFLATED)
zipped("refused_parent.zip", [("a/../../b", "x")])
zipped("refused_absolute.zip", [("/etc/x", "x")])
zipped("refused_link.zip", [(link, "target")])
zipped("refused_method.zip", [("x", "x" * 50)], zipfile.ZIP_BZIP2)

values = [0.1, 1.0, -0.0, 1e-7, 0.0010000000474974513, 1e16, 123456789012345680.0, 1e15, 1e-4, 1e-5, 1.5e300, 5e-324, 100.0]
texts = ["plain", "tab\tquote\"back\\", "grüße", "\U0001f600", "\x7f\x1f/"]
document = {"numbers": values, "texts": texts, "nested": {"a": [], "b": {}, "c": [None, True, False, -3, 2**62]}}
document["odd"] = [float("nan"), float("inf"), float("-inf")]
(out / "document.json").write_text(json.dumps(document))
(out / "document_indented.json").write_text(json.dumps(document, indent=2))

table = 'name;"weight; kg";note\r\nAnna;1.5;"two\r\nlines"\r\nBo;?;"said ""hi"""\r\n\r\n"";2;\r\n'
(out / "table.csv").write_bytes(b"\xef\xbb\xbf" + table.encode())
(out / "numbers.csv").write_text("1,2,3\n4,5,6\n")
(out / "tabs.tsv").write_text("a\tb\n1\tx,y\n2\tz\n")
(out / "contents.json").write_text(json.dumps(contents, indent=0, sort_keys=True) + "\n")
