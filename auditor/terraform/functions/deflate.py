"""Gzip, byte for byte as Go writes it: `base64gzip` of one text is the same everywhere.

Other compressors choose other matches and codes for the same text, so the choices are Go's: hash
chains of four bytes with lazy matching, the smallest of stored, fixed and dynamic blocks, and
length-limited codes by the boundary package-merge algorithm.

Source: RFC 1951 and 1952; Go 1.23 `compress/flate` at its default level, `compress/gzip`.
"""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Final

_WINDOW: Final = 1 << 15
_SHORTEST: Final = 4
_LONGEST: Final = 258
_LOOKAHEAD: Final = _SHORTEST + _LONGEST
_LAZY: Final = 16
_NICE: Final = 128
_CHAIN: Final = 128
_MOST_TOKENS: Final = 1 << 14
_LARGEST_STORED: Final = 65535

Token = tuple[int, int]
"""A literal byte and 0, or the length of a match and its distance."""


def gzip(data: bytes) -> bytes:
    """The gzip stream of some bytes, written at once, flushed and closed."""
    out = _Bits()
    for tokens, raw in _blocks(data):
        _Block(tokens, raw).write(out)
    out.stored_header(0, last=False)
    out.stored_header(0, last=True)
    header = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    return header + bytes(out.done) + struct.pack("<II", zlib.crc32(data), len(data) & 0xFFFFFFFF)


# -- matches ---------------------------------------------------------------------------------


def _blocks(data: bytes) -> Iterator[tuple[list[Token], bytes | None]]:
    """The tokens of each block, and the bytes that they stand for as far as Go still has them."""
    search = _Search(data)
    tokens: list[Token] = []
    start = 0
    for token, end in search.tokens():
        tokens.append(token)
        if len(tokens) == _MOST_TOKENS:
            yield tokens, data[start:end] if start >= search.base else None
            tokens, start = [], end
    if tokens:
        yield tokens, data[start:] if start >= search.base else None


class _Search:
    """The search for repeats, with a match put off by a byte when the next one is longer.

    base: where Go's window of 64 KB begins; it moves on by half when it is full.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.base = 0
        self.heads: dict[int, int] = {}
        self.before: dict[int, int] = {}

    def tokens(self) -> Iterator[tuple[Token, int]]:
        """Each token, and where in the data the block ends that it is the last of."""
        data, size = self.data, len(self.data)
        index, length, distance = 0, _SHORTEST - 1, 0
        pending, head = False, -1
        while index < size:
            self._slide(index)
            if index < size - _SHORTEST + 1:
                head = self._insert(index)
            last_length, last_distance = length, distance
            length, distance = _SHORTEST - 1, 0
            lookahead = size - index
            least = max(index - _WINDOW, self.base)
            if head >= least and lookahead > last_length and last_length < _LAZY:
                length, distance = self._longest(index, head, lookahead)
            if last_length >= _SHORTEST and length <= last_length:
                end = index + last_length - 1
                for place in range(index + 1, min(end, size - _SHORTEST + 1)):
                    self._insert(place)
                index, length, pending = end, _SHORTEST - 1, False
                yield (last_length, last_distance), index
                continue
            if pending:
                yield (data[index - 1], 0), index
            index, pending = index + 1, True
        if pending:
            yield (data[index - 1], 0), index

    def _slide(self, index: int) -> None:
        end = self.base + 2 * _WINDOW
        if end < len(self.data) and end - index < _LOOKAHEAD:
            self.base += _WINDOW

    def _insert(self, index: int) -> int:
        """Enters the four bytes at a place; returns the last place that had the same hash."""
        key = self._hash(index)
        head = self.heads.get(key, -1)
        self.before[index & _WINDOW - 1] = head
        self.heads[key] = index
        return head

    def _hash(self, index: int) -> int:
        word = int.from_bytes(self.data[index : index + _SHORTEST], "big")
        return (word * 0x1E35A7BD & 0xFFFFFFFF) >> 15

    def _longest(self, index: int, head: int, lookahead: int) -> tuple[int, int]:
        """Length and distance of the longest match along the chain; too short where none is."""
        data = self.data
        most = min(_LONGEST, lookahead)
        nice = min(most, _NICE)
        length, distance = _SHORTEST - 1, 0
        least = index - _WINDOW
        place = head
        for _ in range(_CHAIN):
            if length < most and data[place + length] == data[index + length]:
                found = self._common(place, index, most)
                if found > length and (found > _SHORTEST or index - place <= 4096):
                    length, distance = found, index - place
                    if found >= nice:
                        break
            if place == least:
                break
            place = self.before[place & _WINDOW - 1]
            if place < least or place < self.base:
                break
        return length, distance

    def _common(self, first: int, second: int, most: int) -> int:
        data = self.data
        count = 0
        while count < most and data[first + count] == data[second + count]:
            count += 1
        return count


# -- codes -----------------------------------------------------------------------------------

Code = tuple[int, int]
"""The bits of a code, first bit lowest, and how many they are."""

_LENGTH_BASES: Final = (
    3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
    163, 195, 227, 258,
)  # fmt: skip
_LENGTH_EXTRA: Final = (
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
)  # fmt: skip
_DISTANCE_EXTRA: Final = tuple(max(0, code // 2 - 1) for code in range(30))
_DISTANCE_BASES: Final = tuple(
    1 + sum(1 << extra for extra in _DISTANCE_EXTRA[:code]) for code in range(30)
)
_RUN_ORDER: Final = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
_END: Final = 256


def _reversed(bits: int, size: int) -> int:
    return int(format(bits, f"0{size}b")[::-1], 2)


def _codes(frequencies: Sequence[int], limit: int) -> list[Code]:
    """A code for each symbol that occurs; (0, 0) for the others."""
    found: list[Code] = [(0, 0)] * len(frequencies)
    used = [symbol for symbol, frequency in enumerate(frequencies) if frequency]
    if len(used) <= 2:
        for place, symbol in enumerate(used):
            found[symbol] = (place, 1)
        return found
    used.sort(key=lambda symbol: (frequencies[symbol], symbol))
    code = 0
    for size, count in enumerate(_counts([frequencies[symbol] for symbol in used], limit)):
        code <<= 1
        if not count:
            continue
        for symbol in sorted(used[-count:]):
            found[symbol] = (_reversed(code, size), size)
            code += 1
        del used[-count:]
    return found


_NEVER: Final = 1 << 62


class _Level:
    """One level of the package-merge: what it added last, may add next, and still has to."""

    def __init__(self, frequencies: Sequence[int], number: int) -> None:
        self.last = frequencies[1]
        self.next_leaf = frequencies[2]
        self.next_pair = _NEVER if number == 1 else frequencies[0] + frequencies[1]
        self.needed = 0


def _counts(frequencies: list[int], limit: int) -> list[int]:
    """How many codes there are of each size from 0, for frequencies in rising order."""
    count = len(frequencies)
    limit = min(limit, count - 1)
    leaves = [*frequencies, _NEVER]
    levels = [_Level(leaves, number) for number in range(limit + 2)]
    levels[0].needed = 0
    left = [[0] * (limit + 1) for _ in range(limit + 1)]
    for number in range(1, limit + 1):
        left[number][number] = 2
    levels[limit].needed = 2 * count - 4
    number = limit
    while True:
        level = levels[number]
        if level.next_pair == _NEVER and level.next_leaf == _NEVER:
            level.needed = 0
            levels[number + 1].next_pair = _NEVER
            number += 1
            continue
        before = level.last
        if level.next_leaf < level.next_pair:
            left[number][number] += 1
            level.last = level.next_leaf
            level.next_leaf = leaves[left[number][number]]
        else:
            level.last = level.next_pair
            left[number][:number] = left[number - 1][:number]
            levels[number - 1].needed = 2
        level.needed -= 1
        if level.needed:
            while levels[number - 1].needed > 0:
                number -= 1
        elif number == limit:
            break
        else:
            levels[number + 1].next_pair = before + level.last
            number += 1
    top = left[limit]
    return [0, *(top[number] - top[number - 1] for number in range(limit, 0, -1))]


def _fixed_literal(symbol: int) -> Code:
    if symbol < 144:
        return _reversed(symbol + 48, 8), 8
    if symbol < 256:
        return _reversed(symbol + 256, 9), 9
    if symbol < 280:
        return _reversed(symbol - 256, 7), 7
    return _reversed(symbol - 88, 8), 8


# -- blocks ----------------------------------------------------------------------------------


class _Block:
    """The tokens of one block, and the frequencies of the symbols that write them."""

    def __init__(self, tokens: list[Token], raw: bytes | None) -> None:
        self.tokens = tokens
        self.raw = raw
        self.literals = [0] * 286
        self.distances = [0] * 30
        self.literals[_END] = 1
        for length, distance in tokens:
            if distance:
                self.literals[257 + bisect_right(_LENGTH_BASES, length) - 1] += 1
                self.distances[bisect_right(_DISTANCE_BASES, distance) - 1] += 1
            else:
                self.literals[length] += 1
        if not any(self.distances):
            self.distances[0] = 1

    def write(self, out: _Bits) -> None:
        """Writes the block in the smallest of the three forms."""
        # Go counts the extra bits only where storing the block is a choice too.
        raw = self.raw if self.raw is not None and len(self.raw) <= _LARGEST_STORED else None
        extra = 0
        if raw is not None:
            extra = _bits(self.literals[257:], _LENGTH_EXTRA) + _bits(
                self.distances, _DISTANCE_EXTRA
            )
        literal_codes = [_fixed_literal(symbol) for symbol in range(286)]
        distance_codes = [(_reversed(code, 5), 5) for code in range(30)]
        size = 3 + extra + _cost(self.literals, literal_codes)
        size += _cost(self.distances, distance_codes)
        dynamic = _Dynamic(self.literals, self.distances)
        is_dynamic = dynamic.size + extra < size
        if is_dynamic:
            size = dynamic.size + extra
        if raw is not None and (len(raw) + 5) * 8 < size:
            out.stored_header(len(raw), last=False)
            out.raw(raw)
            return
        if is_dynamic:
            dynamic.write(out)
            literal_codes, distance_codes = dynamic.literals, dynamic.distances
        else:
            out.add(2, 3)
        self._write_tokens(out, literal_codes, distance_codes)

    def _write_tokens(self, out: _Bits, literals: list[Code], distances: list[Code]) -> None:
        for length, distance in self.tokens:
            if not distance:
                out.add(*literals[length])
                continue
            code = bisect_right(_LENGTH_BASES, length) - 1
            out.add(*literals[257 + code])
            out.add(length - _LENGTH_BASES[code], _LENGTH_EXTRA[code])
            code = bisect_right(_DISTANCE_BASES, distance) - 1
            out.add(*distances[code])
            out.add(distance - _DISTANCE_BASES[code], _DISTANCE_EXTRA[code])
        out.add(*literals[_END])


def _bits(frequencies: Sequence[int], sizes: Sequence[int]) -> int:
    return sum(frequency * size for frequency, size in zip(frequencies, sizes, strict=True))


def _cost(frequencies: Sequence[int], codes: Sequence[Code]) -> int:
    return _bits(frequencies, [size for _, size in codes])


class _Dynamic:
    """Codes made for one block, and the runs that write their sizes."""

    def __init__(self, literals: list[int], distances: list[int]) -> None:
        self.literals = _codes(literals, 15)
        self.distances = _codes(distances, 15)
        self._literal_count = _last_used(literals)
        self._distance_count = _last_used(distances)
        sizes = [size for _, size in self.literals[: self._literal_count]]
        sizes += [size for _, size in self.distances[: self._distance_count]]
        self._runs = list(_runs(sizes))
        used = [0] * 19
        for symbol, _, _ in self._runs:
            used[symbol] += 1
        self._run_codes = _codes(used, 7)
        self._run_count = 19
        while self._run_count > 4 and not used[_RUN_ORDER[self._run_count - 1]]:
            self._run_count -= 1
        self.size = 17 + 3 * self._run_count + _cost(used, self._run_codes)
        self.size += used[16] * 2 + used[17] * 3 + used[18] * 7
        self.size += _cost(literals, self.literals) + _cost(distances, self.distances)

    def write(self, out: _Bits) -> None:
        """Writes the header of the block."""
        out.add(4, 3)
        out.add(self._literal_count - 257, 5)
        out.add(self._distance_count - 1, 5)
        out.add(self._run_count - 4, 4)
        for symbol in _RUN_ORDER[: self._run_count]:
            out.add(self._run_codes[symbol][1], 3)
        for symbol, extra, bits in self._runs:
            out.add(*self._run_codes[symbol])
            out.add(extra, bits)


def _last_used(frequencies: Sequence[int]) -> int:
    return max(place for place, frequency in enumerate(frequencies, start=1) if frequency)


def _runs(sizes: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Sizes of codes with repeats shortened: a symbol, the extra number, and its bits."""
    start = 0
    while start < len(sizes):
        size, count = sizes[start], 1
        while start + count < len(sizes) and sizes[start + count] == size:
            count += 1
        start += count
        if size:
            yield size, 0, 0
            count -= 1
            while count >= 3:
                part = min(6, count)
                yield 16, part - 3, 2
                count -= part
        else:
            while count >= 11:
                part = min(138, count)
                yield 18, part - 11, 7
                count -= part
            if count >= 3:
                yield 17, count - 3, 3
                count = 0
        for _ in range(count):
            yield size, 0, 0


class _Bits:
    """Bits written from the lowest on."""

    def __init__(self) -> None:
        self.done = bytearray()
        self._bits = 0
        self._count = 0

    def add(self, bits: int, count: int) -> None:
        self._bits |= bits << self._count
        self._count += count
        while self._count >= 8:
            self.done.append(self._bits & 0xFF)
            self._bits >>= 8
            self._count -= 8

    def stored_header(self, length: int, *, last: bool) -> None:
        """The start of a block that is not compressed, which begins on a whole byte."""
        self.add(1 if last else 0, 3)
        if self._count:
            self.add(0, 8 - self._count)
        self.raw(struct.pack("<HH", length, length ^ 0xFFFF))

    def raw(self, data: bytes) -> None:
        self.done += data
