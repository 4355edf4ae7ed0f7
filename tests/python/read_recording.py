#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A second reader of recordings, written from docs/format.md alone.

    read_recording.py FILE      prints the META lines, then one line an event:
                                ts tid kind flags cpu obj arg

Only whole recordings are printed; a damaged one ends with status 1 and the reason.
"""
import ctypes
import struct
import sys
import zlib

MAGIC = b"\x89TLR\r\n\x1a\n"
HEADER = struct.Struct("<8sHHBBHIIIIQQQQII")
META, EVENTS, INDEX, END, MARKS, LESSON = 1, 2, 3, 4, 5, 6
SWITCH = 1
LIMIT = 4 << 20

zstd = ctypes.CDLL("libzstd.so.1")
zstd.ZSTD_decompress.restype = ctypes.c_size_t
zstd.ZSTD_decompress.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p,
                                 ctypes.c_size_t]


class Damaged(Exception):
    pass


def need(condition, what):
    if not condition:
        raise Damaged(what)


class Chunk:
    def __init__(self, data, at):
        need(at + HEADER.size <= len(data), f"cut off in the header at {at}")
        (magic, self.major, self.minor, self.kind, self.coding, _, stored, self.raw, self.count,
         payload_crc, self.first_event, self.first_ts, self.last_ts, self.lost, _,
         header_crc) = HEADER.unpack_from(data, at)
        need(magic == MAGIC, f"no chunk at {at}")
        need(zlib.crc32(data[at:at + 68]) == header_crc, f"damaged header at {at}")
        need(self.major == 1, f"major version {self.major}")
        need(stored <= LIMIT and self.raw <= LIMIT and self.count <= 65536, f"too large at {at}")
        self.at, self.end = at, at + HEADER.size + stored
        need(self.end <= len(data), f"cut off in the payload at {at}")
        self.stored = data[at + HEADER.size:self.end]
        need(zlib.crc32(self.stored) == payload_crc, f"damaged payload at {at}")

    def payload(self):
        if self.coding == 0:
            return self.stored
        need(self.coding == 1, f"coding {self.coding} at {self.at}")
        out = ctypes.create_string_buffer(self.raw + 1)
        n = zstd.ZSTD_decompress(out, self.raw, self.stored, len(self.stored))
        need(n == self.raw, f"zstd frame at {self.at}")
        return out.raw[:n]


class Column:
    def __init__(self, data):
        self.data, self.at = data, 0

    def byte(self):
        need(self.at < len(self.data), "a column ends too early")
        self.at += 1
        return self.data[self.at - 1]

    def varint(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7f) << shift
            shift += 7
            if byte < 0x80:
                return value & (1 << 64) - 1
            need(shift < 70, "a varint is too long")

    def value(self):
        need(self.at + 8 <= len(self.data), "a column ends too early")
        self.at += 8
        return int.from_bytes(self.data[self.at - 8:self.at], "little")


def columns(payload):
    lengths = struct.unpack_from("<9I", payload)
    at, out = 36, []
    for length in lengths:
        out.append(Column(payload[at:at + length]))
        at += length
    need(at == len(payload), "columns do not fill the payload")
    return out


def numbered(column, values, known):
    number = column.varint()
    if number:
        need(number <= len(known), "a number not yet given")
        return known[number - 1]
    value = values.value()
    if len(known) < 4095:
        known.append(value)
    return value


def events(chunk):
    ts_col, kinds, differ, cpus, tids, flag_col, objs, args, values = columns(chunk.payload())
    ts, cpu, left, like, known_tids, known = chunk.first_ts, 0, [0] * 256, {}, [], []
    for _ in range(chunk.count):
        ts = (ts + ts_col.varint()) & (1 << 64) - 1
        kind, differs = kinds.byte(), differ.byte()
        cpu = cpus.varint() if differs & 1 else cpu
        tid = numbered(tids, values, known_tids) if differs & 2 else left[cpu % 256]
        place = (((tid << 8 | kind) & 0xffffffff) * 2654435761 & 0xffffffff) >> 20
        flags, obj, arg = like.get(place, (0, 0, 0))
        if differs & 4:
            flags = flag_col.byte()
        if differs & 8:
            obj = numbered(objs, values, known)
        if differs & 16:
            arg = numbered(args, values, known)
        like[place] = flags, obj, arg
        left[cpu % 256] = obj & 0xffffffff if kind == SWITCH else tid
        yield ts, tid, kind, flags, cpu, obj, arg
    for column in (ts_col, kinds, differ, cpus, tids, flag_col, objs, args, values):
        need(column.at == len(column.data), "a column is not used up")


def read(data, texts=None):
    """The last META's text and all events; texts[kind]: the last text of that kind. May raise
    Damaged."""
    meta, meta_at, out, index, told, index_at, end, at = "", None, [], [], [], None, None, 0
    texts = {} if texts is None else texts
    while at < len(data):
        chunk = Chunk(data, at)
        if end is not None:  # something was added later: it ends as a recording does
            need(chunk.kind == META, "something else than META follows the end")
            told, index_at, end = [], None, None
            texts.clear()
        need(chunk.first_event == len(out), "an event number is wrong")
        if chunk.kind in (MARKS, LESSON):
            texts[chunk.kind] = chunk.payload().decode()
        elif chunk.kind == META:
            meta, meta_at = chunk.payload().decode(), at
        elif chunk.kind == EVENTS:
            need(index_at is None, "events follow an index")
            batch = list(events(chunk))
            need(batch[0][0] == chunk.first_ts and batch[-1][0] == chunk.last_ts, "wrong stamps")
            need(sum(e[5] for e in batch if e[2] == 17) == chunk.lost, "wrong count of lost")
            index.append((at, len(out), chunk.first_ts, chunk.last_ts, chunk.lost, chunk.end - at,
                          chunk.count))
            out += batch
        elif chunk.kind == INDEX:
            entries = list(struct.iter_unpack("<QQQQQII", chunk.payload()))
            need(len(entries) == chunk.count, "an index of another length")
            told += entries
            index_at = at if index_at is None else index_at
        elif chunk.kind == END:
            end = struct.unpack("<6Q", chunk.payload())
        at = chunk.end
    need(end is not None, "no end")
    need(told == index, "the index differs")
    need(end[:3] == (index_at, meta_at, len(out)), "the end differs")
    need(end[3] == sum(entry[4] for entry in index), "the end's count of lost differs")
    if out:
        need(end[4:] == (index[0][2], index[-1][3]), "the end's stamps differ")
    return meta, out


def main():
    try:
        with open(sys.argv[1], "rb") as file:
            meta, out = read(file.read())
    except (OSError, Damaged) as reason:
        sys.exit(f"{sys.argv[1]}: {reason}")
    sys.stdout.write(meta)
    for event in out:
        print(*event)


if __name__ == "__main__":
    main()
