"""Ranges of a prefix list that are resources of their own become entries of their list."""

from __future__ import annotations

from auditor.model import Model
from auditor.quirks.folding import fold
from auditor.values import Undetermined


def fold_prefix_list_entries(model: Model) -> None:
    """Folds each `aws_ec2_managed_prefix_list_entry` into the list that it names."""
    for entry in model.by_type.get("aws_ec2_managed_prefix_list_entry", ()):
        if entry.exists is not True:
            continue
        try:
            whole = entry.follow("prefix_list_id")
        except Undetermined:
            continue
        if whole is not None:
            names = ("cidr", "description")
            fold(entry, whole, "entry", {n: entry.data.get(n) for n in names}, {})
