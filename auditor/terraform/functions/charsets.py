"""Text in other character sets, by their IANA names.

Source: the IANA registry of character sets, as far as `golang.org/x/text` 0.22 supports it; the
codecs are Python's, checked against Terraform 1.11.4 character by character.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

_NAMES: Final = {
    "utf-8": "utf-8 csutf8",
    "utf-16": "utf-16 csutf16",
    "utf-16-be": "utf-16be csutf16be",
    "utf-16-le": "utf-16le csutf16le",
    "ascii": "us-ascii iso-ir-6 ansi_x3.4-1968 ansi_x3.4-1986 iso_646.irv:1991 iso646-us us "
    "ibm367 cp367 csascii",
    "cp037": "ibm037 cp037 ebcdic-cp-us ebcdic-cp-ca ebcdic-cp-wt ebcdic-cp-nl csibm037",
    "cp437": "ibm437 cp437 437 cspc8codepage437",
    "cp850": "ibm850 cp850 850 cspc850multilingual",
    "cp852": "ibm852 cp852 852 cspcp852",
    "cp855": "ibm855 cp855 855 csibm855",
    "cp858": "ibm00858 ccsid00858 cp00858 pc-multilingual-850+euro csibm00858",
    "cp860": "ibm860 cp860 860 csibm860",
    "cp862": "ibm862 cp862 862 cspc862latinhebrew",
    "cp863": "ibm863 cp863 863 csibm863",
    "cp865": "ibm865 cp865 865 csibm865",
    "cp866": "ibm866 cp866 866 csibm866",
    "cp1140": "ibm01140 ccsid01140 cp01140 ebcdic-us-37+euro csibm01140",
    "iso8859_1": "iso_8859-1:1987 iso-ir-100 iso_8859-1 iso-8859-1 latin1 l1 ibm819 cp819 "
    "csisolatin1",
    "iso8859_2": "iso_8859-2:1987 iso-ir-101 iso_8859-2 iso-8859-2 latin2 l2 csisolatin2",
    "iso8859_3": "iso_8859-3:1988 iso-ir-109 iso_8859-3 iso-8859-3 latin3 l3 csisolatin3",
    "iso8859_4": "iso_8859-4:1988 iso-ir-110 iso_8859-4 iso-8859-4 latin4 l4 csisolatin4",
    "iso8859_5": "iso_8859-5:1988 iso-ir-144 iso_8859-5 iso-8859-5 cyrillic csisolatincyrillic",
    "iso8859_6": "iso_8859-6:1987 iso-ir-127 iso_8859-6 iso-8859-6 ecma-114 asmo-708 arabic "
    "csisolatinarabic iso_8859-6-e iso-8859-6-e csiso88596e iso_8859-6-i iso-8859-6-i csiso88596i",
    "iso8859_7": "iso_8859-7:1987 iso-ir-126 iso_8859-7 iso-8859-7 elot_928 ecma-118 greek greek8 "
    "csisolatingreek",
    "iso8859_8": "iso_8859-8:1988 iso-ir-138 iso_8859-8 iso-8859-8 hebrew csisolatinhebrew "
    "iso_8859-8-e iso-8859-8-e csiso88598e iso_8859-8-i iso-8859-8-i csiso88598i",
    "iso8859_9": "iso_8859-9:1989 iso-ir-148 iso_8859-9 iso-8859-9 latin5 l5 csisolatin5",
    "iso8859_10": "iso-8859-10 iso-ir-157 l6 iso_8859-10:1992 csisolatin6 latin6",
    "iso8859_13": "iso-8859-13 csiso885913",
    "iso8859_14": "iso-8859-14 iso-ir-199 iso_8859-14:1998 iso_8859-14 latin8 iso-celtic l8 "
    "csiso885914",
    "iso8859_15": "iso-8859-15 iso_8859-15 latin-9 csiso885915",
    "iso8859_16": "iso-8859-16 iso-ir-226 iso_8859-16:2001 iso_8859-16 latin10 l10 csiso885916",
    "koi8_r": "koi8-r cskoi8r",
    "koi8_u": "koi8-u cskoi8u",
    "mac_roman": "macintosh mac csmacintosh",
    "cp874": "windows-874 cswindows874",
    "cp1250": "windows-1250 cswindows1250",
    "cp1251": "windows-1251 cswindows1251",
    "cp1252": "windows-1252 cswindows1252",
    "cp1253": "windows-1253 cswindows1253",
    "cp1254": "windows-1254 cswindows1254",
    "cp1255": "windows-1255 cswindows1255",
    "cp1256": "windows-1256 cswindows1256",
    "cp1257": "windows-1257 cswindows1257",
    "cp1258": "windows-1258 cswindows1258",
    "euc_jp": "euc-jp extended_unix_code_packed_format_for_japanese cseucpkdfmtjapanese",
    "iso2022_jp": "iso-2022-jp csiso2022jp",
    "cp932": "shift_jis ms_kanji csshiftjis",
    "cp949": "euc-kr cseuckr",
    "gb18030": "gb18030 csgb18030",
    "gbk": "gbk cp936 ms936 windows-936 csgbk",
    "hz": "hz-gb-2312",
    "big5hkscs": "big5 csbig5",
}


@lru_cache(maxsize=1)
def _codecs() -> dict[str, str]:
    return {name: codec for codec, names in _NAMES.items() for name in names.split()}


def codec_of(name: str) -> str | None:
    """Python's name of the codec for an IANA name or alias; None for one that is not supported."""
    return _codecs().get(name.strip().lower())


def encode(text: str, codec: str) -> bytes:
    """The text in a character set; raises `UnicodeError` where it cannot be written in it."""
    match codec:
        case "utf-16":
            return b"\xfe\xff" + text.encode("utf-16-be")
        case "gbk":
            return b"\x80".join(part.encode("gbk") for part in text.split("€"))
        case "hz":
            return text.encode("hz").removesuffix(b"~}")
        case "koi8_u":
            _refuse(text, "╝╬")
            return text.translate(str.maketrans("ўЎ", "╝╬")).encode(codec)
        case "cp1255":
            return b"\xca".join(part.encode(codec) for part in text.split("\u05ba"))
    return _checked(text, codec).encode(codec)


def decode(data: bytes, codec: str) -> str:
    """The text that bytes write in a character set; raises `UnicodeError`."""
    match codec:
        case "utf-16":
            return data.decode("utf-16" if data[:2] in _MARKS else "utf-16-be")
        case "gbk" | "gb18030":
            return _with_euro(data, codec)
        case "koi8_u":
            return data.decode(codec).translate(str.maketrans("╝╬", "ўЎ"))
        case "cp1255":
            return "\u05ba".join(part.decode(codec) for part in data.split(b"\xca"))
    return _checked(data.decode(codec), codec)


_MARKS: Final = (b"\xfe\xff", b"\xff\xfe")


def _checked(text: str, codec: str) -> str:
    """The text; raises `UnicodeError` for characters that only Python has in the character set."""
    if codec == "cp932":
        # Python has private characters for codes that mean nothing.
        _refuse(text, "".join(map(chr, (*range(0xE000, 0xE758), *range(0xF8F0, 0xF8F4)))))
    elif codec.startswith("iso8859_") and codec not in ("iso8859_1", "iso8859_9"):
        _refuse(text, "".join(map(chr, range(0x80, 0xA0))))
    return text


def _refuse(text: str, characters: str) -> None:
    if not set(text).isdisjoint(characters):
        raise UnicodeError("not in this character set")


def _with_euro(data: bytes, codec: str) -> str:
    """Text in which a byte 0x80 that begins no character is the euro sign."""
    out: list[str] = []
    while data:
        try:
            out.append(data.decode(codec))
            break
        except UnicodeDecodeError as stop:
            if data[stop.start] != 0x80:
                raise
            out += [data[: stop.start].decode(codec), "€"]
            data = data[stop.start + 1 :]
    return "".join(out)
