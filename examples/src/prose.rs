//! What people write into text fields, and the cells that break careless exports.

use std::borrow::Cow;

use crate::random::Random;

/// A sentence or a few, with line ends, quotes, scripts and symbols that notes are full of.
pub(crate) fn note(random: &mut Random) -> Cow<'static, str> {
    let first = sentence(random);
    match random.below(6) {
        0 => first.into(),
        1 => format!("{first}\n{}", sentence(random)).into(),
        2 => format!("{first}\r\n{}\r\n", sentence(random)).into(),
        3 => format!("{first} {} {}", sentence(random), sentence(random)).into(),
        4 => format!("{first}\n\n- {}\n- {}\t(done)", sentence(random), sentence(random)).into(),
        _ if random.one_in(40) => format!("{first} ").repeat(60).into(),
        _ => format!("{} — {first}", random.between(1, 99)).into(),
    }
}

pub(crate) fn sentence(random: &mut Random) -> &'static str {
    random.pick([
        "Customer called twice, wants it back before Friday.",
        "She said \"call me after 5\", and hung up.",
        "It's the owner's second phone; don't mix them up.",
        "Paid in cash, 20,00 € deposit; receipt handed over.",
        "Photos are in C:\\Users\\front desk\\new\\table.jpg",
        "Display cracked 📱, battery swollen 🔋⚠️ — handle with care",
        "Great meeting 🎉👩🏽‍💻, send the offer tomorrow",
        "العميل يريد استرجاع البيانات قبل الإصلاح.",
        "הלקוחה ביקשה להתקשר אליה מחר בבוקר.",
        "Der Kunde möchte eine Quittung für das Finanzamt (§ 14 UStG).",
        "L'écran a été remplacé, mais le haut-parleur grésille.",
        "お客様は来週の月曜日に受け取りに来ます。",
        "Клиент просил не сбрасывать настройки.",
        "Price agreed: 1.299,50 / 1,299.50 depending on whom you ask",
        "Mixed: abc אבג 123 ابت xyz",
        "Follow up in Q3 | owner: sales | <b>important</b> & urgent",
    ])
}

/// A cell that some reader, writer or spreadsheet is known to mangle; `None` is NULL, which is not the empty string.
pub(crate) fn awkward(random: &mut Random) -> Option<&'static str> {
    random.pick([
        None,
        Some(""),
        Some("NULL"),
        Some("null"),
        Some("\\N"),
        Some("\\."),
        Some("\\"),
        Some("\""),
        Some("\"\""),
        Some("'"),
        Some("''; drop table customers; --"),
        Some("=1+1"),
        Some("=HYPERLINK(\"http://example.com\",\"click\")"),
        Some("+49 30 5550100"),
        Some("-2+3+cmd|' /C calc'!A0"),
        Some("@SUM(A1:A9)"),
        Some("\t=tab first"),
        Some("\r=carriage return first"),
        Some(" spaces on both sides "),
        Some("line one\nline two"),
        Some("line one\r\nline two"),
        Some("ends with a line end\n"),
        Some("a,b;c|d\te"),
        Some("00123"),
        Some("1e5"),
        Some("9007199254740993"),
        Some("1.10"),
        Some("3-4"),
        Some("TRUE"),
        Some("\u{feff}starts with a byte order mark"),
        Some("no\u{a0}break, zero\u{200b}width, line\u{2028}separator"),
        Some("e\u{301} is not é"),
        Some("bell\u{7} backspace\u{8} vertical\u{b}tab form\u{c}feed escape\u{1b} delete\u{7f}"),
        Some("👨‍👩‍👧‍👦 🇺🇳 𝒳 𠜎"),
        Some("مرحبا \"بالعالم\", ثم 123"),
        Some("שלום, עולם; 'ציטוט'"),
        Some("$1 ${HOME} $$ {{name}} %s %00 \\u0000 \\x00"),
        Some("<script>alert('x')</script>&amp;"),
        Some("{\"looks\": [\"like\", \"json\"]}"),
        Some("2024-02-30"),
    ])
}

/// The same where the column may not be NULL.
pub(crate) fn awkward_text(random: &mut Random) -> &'static str {
    awkward(random).unwrap_or("")
}
