"""Writes the files of this folder anew. They were made with safetensors 0.8.0, gguf 0.19.0, pyarrow 26.0.1, numpy 2.4.6:

    pip install safetensors gguf pyarrow numpy && python make.py

Other versions may write other bytes that mean the same.
"""

import datetime
import decimal
import json
import struct
import uuid
import zlib

import gguf
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.numpy import save_file

save_file(
    {
        "embed.weight": np.arange(12, dtype=np.float32).reshape(4, 3),
        "layers.0.bias": np.arange(5, dtype=np.float16),
        "mask": np.array([True, False]),
        "empty": np.zeros((0, 3), dtype=np.int64),
        "scale": np.array(2.5, dtype=np.float64),
    },
    "model.safetensors",
    metadata={"format": "pt", "note": "ümlaut"},
)

for name, order in [("little.gguf", gguf.GGUFEndian.LITTLE), ("big.gguf", gguf.GGUFEndian.BIG)]:
    writer = gguf.GGUFWriter(name, "llama", endianess=order)
    writer.add_name("A small garden")
    writer.add_context_length(2048)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q8_0)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(50)
    writer.add_token_list([f"<t{n}>" for n in range(50)])
    writer.add_token_scores([n / 2 for n in range(50)])
    writer.add_bool("llama.tied", True)
    writer.add_tensor("output_norm.weight", np.arange(32, dtype=np.float32))
    quantised = gguf.quants.quantize(np.ones((3, 64), dtype=np.float32), gguf.GGMLQuantizationType.Q8_0)
    writer.add_tensor("token_embd.weight", quantised, raw_dtype=gguf.GGMLQuantizationType.Q8_0)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def png():
    def chunk(kind, data):
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")


ROWS = 120
DAY = datetime.date(2024, 2, 29)
columns = {
    "id": pa.array(range(ROWS), pa.int64()),
    "text": pa.array([None if n % 7 == 3 else f"row {n}: größer \"quoted\"" for n in range(ROWS)]),
    "word": pa.array([["seed", "corn", "field"][n % 3] for n in range(ROWS)]),
    "flag": pa.array([None if n % 5 == 4 else n % 2 == 0 for n in range(ROWS)]),
    "small": pa.array([n % 200 for n in range(ROWS)], pa.uint8()),
    "huge": pa.array([2**64 - 1 - n for n in range(ROWS)], pa.uint64()),
    "half": pa.array([np.float16(n / 4) for n in range(ROWS)], pa.float16()),
    "float": pa.array([n / 8 for n in range(ROWS)], pa.float32()),
    "double": pa.array([n * 1e30 for n in range(ROWS)], pa.float64()),
    "price": pa.array([decimal.Decimal(n - 5) / 100 for n in range(ROWS)], pa.decimal128(9, 2)),
    "day": pa.array([DAY + datetime.timedelta(n) for n in range(ROWS)], pa.date32()),
    "time": pa.array([datetime.time(1, 2, n % 60, 5) for n in range(ROWS)], pa.time64("us")),
    "when": pa.array([datetime.datetime(2024, 1, 1, 0, n % 60) for n in range(ROWS)], pa.timestamp("ms")),
    "key": pa.array([uuid.UUID(int=n).bytes for n in range(ROWS)], pa.binary(16)),
    "vector": pa.array([[float(n), -0.5] for n in range(ROWS)], pa.list_(pa.float32())),
    "tags": pa.array([None if n % 4 == 0 else [f"t{k}" for k in range(n % 4 - 1)] for n in range(ROWS)]),
    "turns": pa.array(
        [[{"role": "user", "content": f"q{n}"}, {"role": None, "content": "a\nb"}][: n % 3] for n in range(ROWS)]
    ),
    "image": pa.array([{"bytes": png(), "path": f"{n}.png"} for n in range(ROWS)]),
    "grid": pa.array([[[n, n + 1], [], None] if n % 2 else [] for n in range(ROWS)], pa.list_(pa.list_(pa.int32()))),
    "map": pa.array([[("a", n), ("b", None)] for n in range(ROWS)], pa.map_(pa.string(), pa.int32())),
}
features = {b"huggingface": json.dumps({"info": {"features": {}}}).encode()}


def write(name, names, rows=ROWS, **options):
    table = pa.table({name: columns[name] for name in names}).slice(0, rows).replace_schema_metadata(features)
    pq.write_table(table, name, **options)


def shown(value):
    """A value as the reader shows it, read back by pyarrow."""
    if isinstance(value, bytes):
        kind = "PNG image" if value.startswith(b"\x89PNG") else "binary"
        return f"@<{kind}, {len(value)} bytes>@"
    if isinstance(value, dict):
        return {key: shown(inner) for key, inner in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], tuple):
        return {key: shown(inner) for key, inner in value}
    if isinstance(value, list):
        return [shown(inner) for inner in value]
    if isinstance(value, np.float16):
        return float(value)
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return str(value) if isinstance(value, decimal.Decimal) else value


def text(value):
    value = shown(value)
    if value is None or isinstance(value, str):
        return value and value.strip("@")
    text = json.dumps(value, ensure_ascii=False)
    return text.replace('"@', "").replace('@"', "").replace("e+", "e")


def expect(*names):
    cells = {}
    for name in names:
        table = pq.read_table(name)
        for column in table.column_names:
            found = [text(value) for value in table[column].slice(0, 5).to_pylist()]
            assert cells.setdefault(column, found) == found, (name, column)
    with open("expected.json", "w") as out:
        out.write("{\n" + ",\n".join(f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)}" for k, v in cells.items()) + "\n}\n")


FLAT = ["id", "text", "word", "flag", "small", "huge", "half", "float", "double", "price", "day", "time", "when", "key"]
NESTED = ["vector", "tags", "turns", "image", "grid", "map"]
write("flat.snappy.parquet", FLAT, compression="snappy")
write("flat.none.v2.parquet", FLAT, compression="none", data_page_version="2.0", use_dictionary=False)
write("nested.zstd.parquet", NESTED, compression="zstd")
write("nested.gzip.v2.parquet", NESTED, compression="gzip", data_page_version="2.0")
delta = {"id": "DELTA_BINARY_PACKED", "text": "DELTA_BYTE_ARRAY", "word": "DELTA_LENGTH_BYTE_ARRAY",
         "float": "BYTE_STREAM_SPLIT", "small": "DELTA_BINARY_PACKED", "flag": "RLE", "key": "DELTA_BYTE_ARRAY"}
write("encodings.lz4.parquet", list(delta), compression="lz4", use_dictionary=False, column_encoding=delta)
write("encodings.zstd.v2.parquet", list(delta), compression="zstd", use_dictionary=False, column_encoding=delta,
      data_page_version="2.0", row_group_size=50)
# Several pages, of which none begins with a row.
write("pages.parquet", ["id", "tags"], compression="snappy", data_page_size=64, write_batch_size=7)
write("brotli.parquet", ["id"], compression="brotli")
pq.write_table(pa.table({"moment": columns["when"]}), "int96.parquet", use_deprecated_int96_timestamps=True)
pq.write_table(pa.table({"a": pa.array([], pa.int32())}), "empty.parquet")
expect("flat.snappy.parquet", "flat.none.v2.parquet", "nested.zstd.parquet", "nested.gzip.v2.parquet",
       "encodings.lz4.parquet", "encodings.zstd.v2.parquet", "pages.parquet", "int96.parquet")
