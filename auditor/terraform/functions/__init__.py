"""Terraform's built-in functions, one module for each family, imported when first called.

`try` and `can` are the evaluator's own, as their arguments may fail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from auditor.terraform.function import Function

_FAMILIES: Final = {
    "strings": "chomp endswith indent join lower split startswith strcontains strrev substr title "
    "trim trimprefix trimspace trimsuffix upper",
    "regexes": "regex regexall replace",
    "formatting": "format formatlist",
    "collections": "alltrue anytrue coalesce coalescelist contains element index length matchkeys "
    "one",
    "sequences": "chunklist compact concat distinct flatten range reverse slice sort sum",
    "mappings": "keys lookup merge transpose values zipmap",
    "sets": "setintersection setproduct setsubtract setunion",
    "conversions": "ephemeralasnull issensitive nonsensitive sensitive tobool tolist tomap "
    "tonumber toset tostring",
    "numeric": "abs ceil floor log max min parseint pow signum",
    "json_text": "jsondecode jsonencode",
    "yaml_text": "yamldecode yamlencode",
    "csv_text": "csvdecode",
    "encoding": "base64decode base64encode base64gzip textdecodebase64 textencodebase64 urlencode",
    "hashing": "base64sha256 base64sha512 bcrypt md5 rsadecrypt sha1 sha256 sha512 uuid uuidv5",
    "times": "formatdate plantimestamp timeadd timecmp timestamp",
    "networks": "cidrhost cidrnetmask cidrsubnet cidrsubnets",
    "filesystem": "abspath basename dirname file filebase64 filebase64sha256 filebase64sha512 "
    "fileexists filemd5 fileset filesha1 filesha256 filesha512 pathexpand",
    "templates": "templatefile templatestring",
    "retired": "list map",
}

MODULES: Final = {name: family for family, names in _FAMILIES.items() for name in names.split()}
"""Which module of this package has a function."""

FILE_READERS: Final = frozenset({
    "file", "fileexists", "fileset", "filebase64", "filebase64sha256", "filebase64sha512",
    "filemd5", "filesha1", "filesha256", "filesha512", "templatefile",
})  # fmt: skip
"""Functions whose results depend on the files around; `templatestring` refuses them."""

TEMPLATE_READERS: Final = frozenset(("templatefile", "templatestring"))
"""Functions that evaluate templates, which no template may call."""


@lru_cache(maxsize=512)
def find(name: str) -> Function:
    """The function of this name, with or without `core::`; raises `KeyError` where none is.

    Of functions that providers bring (`provider::aws::arn_parse`) any name is one.
    """
    if name.startswith("provider::"):
        from auditor.terraform.functions import provider_functions

        return provider_functions.find(name)
    plain = name.removeprefix("core::")
    module = import_module(f"{__name__}.{MODULES[plain]}")
    found: Function = module.FUNCTIONS[plain]
    return found


class Builtins(Mapping[str, "Function"]):
    """Every built-in function by name; a family is imported when one of it is looked up."""

    def __getitem__(self, name: str) -> Function:
        return find(name)

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        return name.startswith("provider::") or name.removeprefix("core::") in MODULES

    def __iter__(self) -> Iterator[str]:
        return iter(MODULES)

    def __len__(self) -> int:
        return len(MODULES)
