"""A list of tokens being read, and how a parser refuses what it finds.

Source: hcl 2.23 `hclsyntax/parser.go`, `token.go` (messages).
"""

from __future__ import annotations

from typing import Final, NoReturn

from auditor.terraform import tokens as t
from auditor.terraform.literals import LiteralError, quoted_text
from auditor.terraform.nodes import Problem
from auditor.terraform.source import Source

MOST_NESTED: Final = 120
"""Expressions and blocks nested deeper than this are refused."""


class Refused(Exception):  # noqa: N818 - how the parser leaves a piece of text
    """A syntax error, on its way to where parsing can go on."""

    def __init__(self, summary: str, detail: str, start: int, end: int) -> None:
        super().__init__(summary)
        self.summary = summary
        self.detail = detail
        self.start = start
        self.end = end


class Reader:
    """Reads one list of tokens; `at` is the index of the next."""

    def __init__(self, source: Source, tokens: t.Tokens) -> None:
        self.source = source
        self.text = source.text
        self.kinds, self.starts, self.ends, self.comments = tokens
        self.at = 0
        self.depth = 0
        self.problems: list[Problem] = []
        self.lost: int | None = None
        self.item = 0

    def refuse(self, summary: str, detail: str, at: int | None = None) -> NoReturn:
        """Raises `Refused` at the token of this index, by default the next; lexical errors win."""
        at = self.at if at is None else at
        kind = self.kinds[at]
        if kind == t.BAD:
            summary, detail = self.bad_character(at)
        elif kind == t.UNTERMINATED and self.starts[at] < len(self.text):
            summary, detail = (
                "Invalid multi-line string",
                "Quoted strings may not be split over multiple lines. To produce a multi-line "
                "string, either use the \\n escape to represent a newline character or use the "
                '"heredoc" multi-line template syntax.',
            )
        raise Refused(summary, detail, self.starts[at], self.ends[at])

    def bad_character(self, at: int) -> tuple[str, str]:
        """What is wrong with a character that means nothing."""
        char = self.text[self.starts[at] : self.ends[at]]
        if char in ("&", "|", "^", "~"):
            meant = {
                "&": ' Did you mean boolean AND ("&&")?',
                "|": ' Did you mean boolean OR ("||")?',
            }
            return "Unsupported operator", "Bitwise operators are not supported." + meant.get(
                char, ""
            )
        details = {
            "'": 'Single quotes are not valid. Use double quotes (") to enclose strings.',
            "`": 'The "`" character is not valid. To create a multi-line string, use the "heredoc" '
            'syntax, like "<<EOT".',
            ";": 'The ";" character is not valid. Use newlines to separate arguments and blocks, '
            "and commas to separate items in collection values.",
            "“": '"Curly quotes" are not valid here.',
            "”": '"Curly quotes" are not valid here.',
        }
        return "Invalid character", details.get(
            char, "This character is not used within the language."
        )

    def note(self, refused: Refused) -> Problem:
        """Keeps a refusal as a problem of the file."""
        span = self.source.span(refused.start, refused.end)
        problem = Problem(refused.summary, refused.detail, span, self.item)
        self.problems.append(problem)
        return problem

    def skip_newlines(self) -> None:
        """Past empty lines."""
        while self.kinds[self.at] == t.NEWLINE:
            self.at += 1

    def deeper(self) -> None:
        """Counts one level of nesting; whoever calls it counts it off again."""
        self.depth += 1
        if self.depth > MOST_NESTED:
            self.refuse(
                "Nested too deeply", f"An audit reads at most {MOST_NESTED} levels of nesting."
            )

    def word(self) -> str:
        """The text of the next token."""
        return self.text[self.starts[self.at] : self.ends[self.at]]

    def quoted(self, at: int) -> str:
        """The text of a plain string token."""
        start, end = self.starts[at] + 1, self.ends[at] - 1
        raw = self.text[start:end]
        if "\\" not in raw:
            return raw
        return self.unescaped(raw, start)

    def unescaped(self, raw: str, start: int) -> str:
        """The text of a quoted literal with its escapes resolved."""
        try:
            return quoted_text(raw)
        except LiteralError as wrong:
            raise Refused(
                "Invalid escape sequence", str(wrong), start + wrong.start, start + wrong.end
            ) from wrong
