"""Remove signatures."""

from __future__ import annotations

import re
from collections.abc import Sequence

_SEPARATORS = frozenset({"--", "—", "__"})
_DEVICE_MAX = 120
#: The lines that phones and mail services add to emails.
_DEVICE = re.compile(
    r"""\s*(?:
      sent\s+(?:from|with|via)\s+\[?(?:my|the|yahoo|proton|outlook|mail|gmail|samsung)\b
    | get\s+(?:outlook|bluemail)\s+for\b | yahoo\s+mail\s*[:-]
    | (?:diese\s+nachricht\s+wurde\s+)?von\s+meine[mr]\b.{1,40}\bgesendet
    | gesendet\s+(?:von|mit)\b
    | (?:holen\s+sie\s+sich\s+)?outlook\s+für\b
    | envoyé\s+(?:de\s+mon|depuis|à\s+partir|avec)\b | (?:télécharge[rz]|obtenir)\s+outlook\b
    | enviado\s+(?:desde|con)\b | obten(?:er|ga)\s+outlook\b
    | (?:أُ?رسلت?|تم\s+ال[إا]رسال|مرسل)\s+(?:من|بواسطة|باستخدام)\b | الحصول\s+على\s+outlook\b
    ).*""",
    re.IGNORECASE | re.VERBOSE,
)
#: Closing phrases. They begin a signature only if a name follows.
_CLOSING = re.compile(
    r"""\s*(?:
      (?:(?:with\s+)?(?:best|kind|warm|many|my\s+best)\s+)?(?:regards|wishes)
    | all\s+the\s+best | best | cheers | thanks(?:\s+(?:again|a\s+lot|in\s+advance))?
    | (?:many\s+thanks|thank\s+you)(?:\s+(?:very\s+much|so\s+much|in\s+advance))?
    | (?:yours\s+)?(?:sincerely|faithfully|truly)(?:\s+yours)?
    | mit\s+(?:(?:freundliche[nm]?|besten|herzlichen|vielen)\s+)?gr(?:ü|ue)(?:ß|ss)en
    | (?:(?:viele|liebe|beste|freundliche|herzliche|schöne)\s+)?gr(?:ü|ue)(?:ß|ss)e
    | (?:lieben?|besten?)?\s*gru(?:ß|ss)
    | (?:vielen|besten|herzlichen)\s+dank | danke | mfg | vg | lg
    | (?:bien\s+)?cordialement | (?:bien\s+)?à\s+vous
    | (?:meilleures\s+)?salutations(?:\s+distinguées)?
    | bonne\s+journée | merci(?:\s+(?:d['’]avance|beaucoup))?
    | (?:(?:un\s+)?(?:cordial\s+)?saludos?|saludos\s+cordiales) | atentamente | cordialmente
    | (?:muchas\s+)?gracias(?:\s+de\s+antemano)?
    | (?:مع\s+)?(?:خالص\s+|أطيب\s+|فائق\s+)?(?:ال)?تحي(?:ة|ات|اتي)(?:\s+الطيبة)?
    | شكر(?:ا|اً|ًا)(?:\s+جزيلا)?
    )[\s,.!،:)-]*""",
    re.IGNORECASE | re.VERBOSE,
)
#: A signature has at most this number of lines, which are no longer than that.
_LINES_MAX, _LENGTH_MAX = 12, 100
_NAME_WORDS_MAX = 5


def without_signature(lines: Sequence[str]) -> list[str]:
    """Return the lines above the signature. If there are none, a name is not a signature."""
    kept = _without_devices(_above_separator(list(lines)))
    return _above_closing(kept)


def _above_separator(lines: list[str]) -> list[str]:
    for index, line in enumerate(lines):
        if line.rstrip() in _SEPARATORS and any(each.strip() for each in lines[:index]):
            return lines[:index]
    return lines


def _without_devices(lines: list[str]) -> list[str]:
    """Remove lines such as "Sent from my iPhone" from the end."""
    kept = list(lines)
    while kept and (not kept[-1].strip() or _is_device(kept[-1])):
        kept.pop()
    return kept


def _is_device(line: str) -> bool:
    return len(line) <= _DEVICE_MAX and bool(_DEVICE.fullmatch(line.strip("<>[]* ")))


def _above_closing(lines: list[str]) -> list[str]:
    """Remove "Kind regards", the name below it, and other short lines at the end."""
    first = max(1, len(lines) - 2 * _LINES_MAX)
    for index in range(first, len(lines)):
        below = [line.strip() for line in lines[index + 1 :] if line.strip()]
        is_signature = (
            _CLOSING.fullmatch(lines[index][:_LENGTH_MAX])
            and 1 <= len(below) <= _LINES_MAX
            and all(len(line) <= _LENGTH_MAX for line in below)
            and _is_name(below[0])
        )
        if is_signature and any(line.strip() for line in lines[:index]):
            return lines[:index]
    return lines


def _is_name(line: str) -> bool:
    return len(line.split()) <= _NAME_WORDS_MAX and not line.endswith((".", "?", "!", ":", "؟"))
