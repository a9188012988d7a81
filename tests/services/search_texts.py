"""Texts, and the searches that find them or do not."""

from __future__ import annotations

#: Text of a ticket, then searches that find it, then searches that do not.
CASES: list[tuple[str, list[str], list[str]]] = [
    (
        "Printer on FIRE",
        ["printer", "PRINTER fire", "on", '"printer"', "+fire", "fire*", "(printer)", "on.fire?"],
        ["print", "rinter", "prin*", "pr_nter", "p%r", "printers", "printer smoke"],
    ),
    (
        "Größe STRASSE Ärger gru\u0308n",
        ["GRÖSSE", "größe", "straße", "ÄRGER", "ärger", "grün", "GRU\u0308N"],
        ["Grosse", "arger", "a\u0308rge", "grun"],
    ),
    ("İstanbul ISPARTA", ["istanbul", "ISTANBUL", "ıstanbul", "ısparta", "isparta"], ["stanbul"]),
    (
        "打印机坏了 カメラ",
        ["打印机", "印机", "坏", "坏了", "カメラ", "ｶﾒﾗ"],
        ["打机", "印坏", "カラ"],
    ),
    ("🔥 burning 👩‍🚒", ["burning", "🔥 burning"], ["🔥", "👩‍🚒", "burning 火"]),
    ("नमस्ते दुनिया", ["नमस्ते", "दुनिया नमस्ते"], ["नमस", "दुन"]),
    (
        "Mail ann.lee@example.org",
        ["ann.lee@example.org", "EXAMPLE", "lee"],
        ["ann.lee@example.com"],
    ),
    (
        "error_code_42 in e-mail",
        ["error_code_42", "code", "error-code", "e-mail"],
        ["error_code_43"],
    ),
    ("100% of 3.14 and 007", ["100%", "3.14", "007"], ["10", "7", "314"]),
    ("O'Brien's \"quoted\" C:\\temp", ["o'brien's", "O’BRIEN", '"quoted"', "c:\\temp"], ["obrien"]),
    ("this AND that OR NOT NEAR them", ["AND", "or not", "near", "NEAR(them that)"], ["nor"]),
    ("the a of to is it", ["the", "a", "of the", "is it to a"], ["an"]),
    ("zzwstart zzxc3b6 _ sign", ["zzwstart", "zzxc3b6", "sign _"], ["start", "ö sign", "_", "zzw"]),
    ("x" * 199 + "y end", ["x" * 199 + "y"], ["x" * 200, "x" * 199, "x" * 64]),
    ("; DROP TABLE support_ticket; -- ' OR '1'='1", ["'; drop table", "' or '1'='1"], ["'", "--"]),
]

#: Words for random texts: rare ones, common ones, and those that look alike.
POOL = [
    "a", "A", "the", "THE", "and", "NOT", "near", "_", "%", "*", "-", "🔥", "1", "42", "007",
    "straße", "STRASSE", "größe", "GRÖSSE", "gro\u0308ße", "İ", "i", "ı", "I", "ﬁre", "fire",
    "ＦＩＲＥ", "打印", "打印机", "印机", "机", "カメラ", "ｶﾒﾗ", "नमस्ते", "e-mail", "e_mail",
    "email", "ann@b.org",
    "x" * 70, "x" * 71, "ö" * 40, "K", "k", "ſ", "s", "don't", "don’t", "Σας", "ΣΑΣ", "\u00b2", "2",
]  # fmt: skip
