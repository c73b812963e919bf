"""Writes the files of this folder anew, with nothing but Python 3: `python make.py`. The calls that they hold are of `id`, and nobody
loads them."""

import collections
import gzip
import io
import os
import pickle
import tarfile
import zipfile


class Call:
    def __reduce__(self):
        return (os.system, ("id",))


def entry(name, method):
    info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
    info.compress_type = method
    return info


for name, what in [("data.zip", collections.OrderedDict(weight=[1.0, 2.0])), ("call.zip", Call())]:
    with zipfile.ZipFile(name, "w") as archive:
        archive.writestr(entry("archive/version", zipfile.ZIP_STORED), "3\n")
        # As large files are written.
        with archive.open(entry("archive/data/0", zipfile.ZIP_STORED), "w", force_zip64=True) as file:
            file.write(bytes(range(256)))
        archive.writestr(entry("archive/data.pkl", zipfile.ZIP_DEFLATED), pickle.dumps(what, 2))

for name, form in [("call.pax.tar.gz", tarfile.PAX_FORMAT), ("call.gnu.tar.gz", tarfile.GNU_FORMAT)]:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as archive:
        for path, data in [("long/" * 30 + "config.json", b"{}"), ("weights.ckpt", pickle.dumps(Call(), 4))]:
            info = tarfile.TarInfo(path)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    with open(name, "wb") as file:
        file.write(gzip.compress(out.getvalue(), mtime=0))
