"""Extract what the author wrote from the text of an email."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ..delivery.mail.reply_line import has_reply_line
from .previous_email import (
    find_previous_email,
    without_header_fields,
    without_introduction,
    without_leading_introduction,
)
from .signatures import without_signature

_QUOTED = re.compile(r"\s*>")
_QUOTE_MARKS = re.compile(r"(?:\s*>)+ ?")
#: The maximum number of quoted lines that are kept above a reply to them.
_CONTEXT_LINES = 5
_LINES_MAX = 5_000
#: A placeholder for an image in plain text.
_IMAGE = re.compile(r"\[(?:cid|image): ?[^\]\n]{1,200}\]")


@dataclass
class _Block:
    """Consecutive lines that are all quoted, or all not."""

    is_quote: bool
    lines: list[str] = field(default_factory=list)

    @property
    def is_blank(self) -> bool:
        return not any(_QUOTE_MARKS.sub("", line, count=1).strip() for line in self.lines)


def extract_reply(text: str, *, is_forwarded: bool = False) -> str:
    """Return what the author wrote, without quotations and the signature.

    Replies between quoted lines are kept with the lines above them. A forwarded email is kept,
    unless it is one of ours.
    """
    lines = [line.rstrip() for line in _IMAGE.sub("", text).split("\n")[:_LINES_MAX]]
    place = _find_reply_line(lines)
    if place is None:
        if is_forwarded:
            return _join(lines)
    elif not _QUOTED.match(lines[place]):
        above = lines[:place]
        lines = without_introduction(without_header_fields(above))
    blocks = _blocks_of(lines)
    if not any(block.is_quote for block in blocks):
        lines = lines[: find_previous_email(lines)]
        return _join(without_signature(lines))
    return _join(_answers(blocks))


def _find_reply_line(lines: Sequence[str]) -> int | None:
    """Return the index of our reply line, which can be wrapped."""
    for index in range(len(lines)):
        pair = " ".join(_QUOTE_MARKS.sub("", line, count=1) for line in lines[index : index + 2])
        if has_reply_line(pair):
            is_whole = has_reply_line(lines[index]) or index + 1 == len(lines)
            return index if is_whole or not has_reply_line(lines[index + 1]) else index + 1
    return None


def _blocks_of(lines: Sequence[str]) -> list[_Block]:
    """Split the lines into quotations and the text between them, without blank parts."""
    blocks: list[_Block] = []
    for line in lines:
        is_quote = bool(_QUOTED.match(line))
        if not blocks or (blocks[-1].is_quote != is_quote and (line or not blocks[-1].is_quote)):
            blocks.append(_Block(is_quote))
        blocks[-1].lines.append(line)
    for block, following in pairwise(blocks):
        if following.is_quote:
            block.lines = without_introduction(block.lines)
    return [block for block in blocks if block.lines and not block.is_blank]


def _answers(blocks: Sequence[_Block]) -> list[str]:
    """Return the text, with the end of each quotation above a reply."""
    blocks = [*_above_previous_email(blocks)]
    has_text = False
    for block in blocks:
        if not block.is_quote:
            # Below other replies, a name alone is a signature.
            above = ["…"] if has_text else []
            block.lines = without_signature([*above, *block.lines])[len(above) :]
            has_text |= not block.is_blank
    blocks = [block for block in blocks if not block.is_blank]
    is_single = sum(not block.is_quote for block in blocks) == 1
    lines: list[str] = []
    for block, following in pairwise([*blocks, _Block(is_quote=True)]):
        if not block.is_quote:
            lines += [*block.lines, ""]
        elif not is_single and not following.is_quote:
            lines += [*_end_of_quotation(block), ""]
    return lines


def _above_previous_email(blocks: Sequence[_Block]) -> Iterator[_Block]:
    """Yield the blocks above a previous email that is not marked as quoted."""
    has_text = False
    for block in blocks:
        end = len(block.lines) if block.is_quote else find_previous_email(block.lines)
        is_cut = end < len(block.lines)
        block.lines = block.lines[:end]
        yield block
        has_text |= not (block.is_quote or block.is_blank)
        if is_cut and has_text:
            return


def _end_of_quotation(block: _Block) -> list[str]:
    """Return the last paragraph of a quotation."""
    content = [_QUOTE_MARKS.sub("", line, count=1) for line in block.lines]
    content = without_leading_introduction(_strip(content))
    paragraph: list[str] = []
    for line in reversed(_strip(content)):
        if not line.strip() or has_reply_line(line) or len(paragraph) == _CONTEXT_LINES:
            break
        paragraph.insert(0, f"> {line}")
    return paragraph


def _strip(lines: Sequence[str]) -> list[str]:
    """Remove the blank lines at both ends."""
    used = [index for index, line in enumerate(lines) if line.strip()]
    return list(lines[used[0] : used[-1] + 1]) if used else []


def _join(lines: Sequence[str]) -> str:
    text = "\n".join(lines).strip()
    return re.sub(r"\n{3,}", "\n\n", text)
