"""Texts, and the searches that find them or do not."""

from __future__ import annotations

#: Text of a ticket, then searches that find it, then searches that do not.
CASES: list[tuple[str, list[str], list[str]]] = [
    (
        "Printer on FIRE",
        ["printer", "PRINTER fire", "on", '"printer"', "+fire", "fire*", "(printer)", "on.fire?",
         "pri", "print", "prin*", "printe fir"],
        ["rinter", "pr", "fi", "o", "pr_nter", "p%r", "printers", "printer smoke"],
    ),
    (
        "Größe STRASSE Ärger gru\u0308n naïveté Čeština",
        ["GRÖSSE", "größe", "straße", "ÄRGER", "ärger", "grün", "GRU\u0308N",
         "Grosse", "arger", "a\u0308rge", "grun", "stras", "Naivete", "cestina", "ČEŠ"],
        ["groesse", "gr", "naieve"],
    ),
    (
        "İstanbul ISPARTA",
        ["istanbul", "ISTANBUL", "ıstanbul", "ısparta", "isparta", "ısta"],
        ["stanbul"],
    ),
    (
        "الطَّابِعَةُ لا تعملـــ أحمد مسؤول شاطئ ٱلإنترنت",
        ["الطابعة", "ٱلطّابعة", "تعمل", "احمد", "إحمد", "آحمد", "مسوول", "شاطي", "الانترنت", "الطا"],
        ["طابعة", "لاا", "ال"],
    ),
    ("שָׁלוֹם עולם", ["שלום", "שלו", "עוֹלם"], ["שלומך", "לום"]),
    ("Ёлка и чай, Київ", ["елка", "ёлка", "ЁЛКА", "чаи", "чай", "киів", "ЧАЙ"], ["лка", "ча"]),
    (
        "프린터가 안 돼요. 앱이 Windows에서 문제를",
        ["프린터", "프린터가", "안", "앱", "windows", "문제", "문제를", "\u1111\u1173린터"],
        ["린터", "이", "에서", "돼", "프린트", "windows에선"],
    ),
    (
        "打印机坏了 カメラ ガラス",
        ["打印机", "印机", "坏", "坏了", "カメラ", "ｶﾒﾗ", "ｶﾞﾗｽ"],
        ["打机", "印坏", "カラ", "カラス"],
    ),
    ("🔥 burning 👩‍🚒", ["burning", "🔥 burning"], ["🔥", "👩‍🚒", "burning 火"]),
    ("नमस्ते दुनिया", ["नमस्ते", "दुनिया नमस्ते", "नमस", "दुन"], ["नम", "मस्ते", "दनिया"]),
    (
        "Mail ann.lee@example.org",
        ["ann.lee@example.org", "EXAMPLE", "lee"],
        ["ann.lee@example.com", "nn.lee"],
    ),
    (
        "error_code_42 in e-mail",
        ["error_code_42", "code", "error-code", "e-mail"],
        ["error_code_43"],
    ),
    ("100% of 3.14 and 007", ["100%", "3.14", "007"], ["10", "7", "314", "1000"]),
    ("O'Brien's \"quoted\" C:\\temp", ["o'brien's", "O’BRIEN", '"quoted"', "c:\\temp"], ["obrien"]),
    ("this AND that OR NOT NEAR them", ["AND", "or not", "near", "NEAR(them that)", "tha*"],
     ["nor", "a"]),
    ("the a of to is it", ["the", "a", "of the", "is it to a"], ["an", "th"]),
    ("zzwstart zzxc3b6 _ sign", ["zzwstart", "zzxc3b6", "sign _", "zzw"],
     ["start", "ö sign", "_", "zz"]),
    (
        "x" * 199 + "y ö" + "z" * 90 + " " + "火" * 3 + "a" * 85 + "b end",
        ["x" * 199 + "y", "x" * 199, "x" * 64, "xxx", "o" + "z" * 85, "ozz", "a" * 82,
         "a" * 85 + "b", "a" * 77],
        ["x" * 200, "xx", "oz", "o" + "z" * 91, "a" * 86, "b"],
    ),
    ("; DROP TABLE support_ticket; -- ' OR '1'='1", ["'; drop table", "' or '1'='1"], ["'", "--"]),
]  # fmt: skip

#: Words for random texts: rare ones, common ones, and those that look alike.
POOL = [
    "a", "A", "the", "THE", "and", "NOT", "near", "_", "%", "*", "-", "🔥", "1", "42", "007",
    "straße", "STRASSE", "größe", "GRÖSSE", "gro\u0308ße", "İ", "i", "ı", "I", "ﬁre", "fire",
    "ＦＩＲＥ", "打印", "打印机", "印机", "机", "カメラ", "ｶﾒﾗ", "नमस्ते", "e-mail", "e_mail",
    "email", "ann@b.org",
    "x" * 70, "x" * 71, "pri", "print", "printer", "Prïntérs", "프린터", "프린터가",
    "앱", "windows에서",
    "windows", "إنترنت", "انترنت", "انت", "ко", "кофе", "кофей", "й", "и",
    "ö" * 40, "K", "k", "ſ", "s", "don't", "don’t", "Σας", "ΣΑΣ", "\u00b2", "2",
]  # fmt: skip
