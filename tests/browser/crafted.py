"""Small files whose names, metadata and values a test chooses: safetensors, GGUF, Parquet, notebooks, media."""

import base64
import json
import struct

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
WAV = b"RIFF\x28\0\0\0WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 1, 8000, 8000, 1, 8) + b"data\4\0\0\0" + b"\x80" * 4
WEBM = bytes.fromhex("1a45dfa3 9f 4286810142f7810142f2810442f381084282847765626d 42878104 42858102")
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"


def safetensors(tensors: list[str], metadata: dict[str, str]) -> bytes:
    """Of one byte a tensor (safetensors format: length, JSON header, data)."""
    header: dict[str, object] = {"__metadata__": metadata}
    for at, name in enumerate(tensors):
        header[name] = {"dtype": "U8", "shape": [1], "data_offsets": [at, at + 1]}
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(len(tensors))


def _counted(text: str) -> bytes:
    return struct.pack("<Q", len(text.encode())) + text.encode()


def gguf(tensors: list[str], pairs: dict[str, str | list[str]]) -> bytes:
    """Of one number a tensor; values are texts and lists of texts (GGUF specification, version 3)."""
    text, many, f32, alignment = 8, 9, 0, 32
    out = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(pairs))
    for key, value in pairs.items():
        out += _counted(key)
        if isinstance(value, str):
            out += struct.pack("<I", text) + _counted(value)
        else:
            out += struct.pack("<IIQ", many, text, len(value)) + b"".join(map(_counted, value))
    for number, name in enumerate(tensors):
        out += _counted(name) + struct.pack("<IQIQ", 1, 1, f32, number * alignment)
    return out + bytes(-len(out) % alignment) + bytes(alignment * len(tensors))


_I32, _I64, _BYTES, _LIST, _STRUCT = 5, 6, 8, 9, 12


def _number(value: int) -> bytes:
    """Base 128, least significant first."""
    out = b""
    while value >= 0x80:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def _text(text: str) -> bytes:
    return _number(len(text.encode())) + text.encode()


def _record(*fields: tuple[int, int, int | str | bytes | list[int] | list[str] | list[bytes]]) -> bytes:
    """A struct of Thrift's compact protocol: number, type and value of each field. Bytes are structs made before."""
    spell = {int: lambda value: _number(value << 1), str: _text, bytes: bytes}
    out, last = b"", 0
    for number, kind, value in fields:
        out += bytes([(number - last) << 4 | kind])
        last = number
        if isinstance(value, list):
            of = {int: _I32, str: _BYTES, bytes: _STRUCT}[type(value[0])] if value else _STRUCT
            out += bytes([0xF0 | of]) + _number(len(value)) + b"".join(spell[type(one)](one) for one in value)
        else:
            out += spell[type(value)](value)
    return out + b"\0"


def parquet(columns: dict[str, list[str]], metadata: dict[str, str], created_by: str = "by hand") -> bytes:
    """Columns of text, one plain page each, and the file's own metadata (Parquet format and `parquet.thrift`)."""
    rows, text, plain, rle, required, utf8 = len(next(iter(columns.values()))), 6, 0, 3, 0, 0
    file, schema, chunks = b"PAR1", [_record((4, _BYTES, "schema"), (5, _I32, len(columns)))], []
    for name, values in columns.items():
        page = b"".join(struct.pack("<I", len(value.encode())) + value.encode() for value in values)
        data = _record((1, _I32, rows), (2, _I32, plain), (3, _I32, rle), (4, _I32, rle))
        head = _record((1, _I32, 0), (2, _I32, len(page)), (3, _I32, len(page)), (5, _STRUCT, data))
        at, size = len(file), len(head + page)
        file += head + page
        about = _record(
            *[(1, _I32, text), (2, _LIST, [plain]), (3, _LIST, [name]), (4, _I32, 0), (5, _I64, rows)],
            *[(6, _I64, size), (7, _I64, size), (9, _I64, at)],
        )
        chunks.append(_record((2, _I64, at), (3, _STRUCT, about)))
        schema.append(_record((1, _I32, text), (3, _I32, required), (4, _BYTES, name), (6, _I32, utf8)))
    group = _record((1, _LIST, chunks), (2, _I64, len(file) - 4), (3, _I64, rows))
    pairs = [_record((1, _BYTES, key), (2, _BYTES, value)) for key, value in metadata.items()]
    footer = _record(
        *[(1, _I32, 1), (2, _LIST, schema), (3, _I64, rows), (4, _LIST, [group]), (5, _LIST, pairs)],
        (6, _BYTES, created_by),
    )
    return file + footer + struct.pack("<I", len(footer)) + b"PAR1"


def notebook(cells: list[str]) -> str:
    """Each cell as Markdown, as code, and as what code put out in HTML."""
    made: list[dict[str, object]] = []
    for text in cells:
        output = {"output_type": "display_data", "metadata": {}, "data": {"text/html": [text]}}
        made.append({"cell_type": "markdown", "metadata": {}, "source": [text]})
        made.append({"cell_type": "code", "metadata": {}, "execution_count": 1, "source": [text], "outputs": [output]})
    return json.dumps({"cells": made, "metadata": {"title": cells[0]}, "nbformat": 4, "nbformat_minor": 5})
