//! Names, firms and addresses as they stand in the files of real shops: in many languages and scripts.

use crate::random::Random;

/// A given name and a family name that belong to one language.
pub(crate) fn name(random: &mut Random) -> (&'static str, &'static str) {
    let (given, family) = random.pick([
        (["Emma", "Liam", "Olivia", "Noah"], ["Smith", "O'Brien", "Taylor-Joy", "Nguyen"]),
        (["Jürgen", "Anneliese", "Björn", "Käthe"], ["Müller", "Weiß", "Schröder", "von der Heide"]),
        (["Zoë", "François", "Hélène", "Léo"], ["Lefèvre", "D'Artagnan", "Garçon", "Noël"]),
        (["José", "Begoña", "Íñigo", "María"], ["Núñez", "García Ramírez", "Peña", "Ibáñez"]),
        (["Łukasz", "Żaneta", "Světlana", "Ağça"], ["Wójcik", "Dvořák", "Yılmaz", "Kovačević"]),
        (["محمد", "فاطمة", "يوسف", "ليلى"], ["العلي", "حداد", "الخطيب", "منصور"]),
        (["דוד", "שרה", "נועה", "איתי"], ["כהן", "לוי", "מזרחי", "פרץ"]),
        (["美咲", "健太", "さくら", "蓮"], ["佐藤", "鈴木", "高橋", "田中"]),
        (["伟", "芳", "娜", "敏"], ["王", "李", "张", "刘"]),
        (["Елена", "Дмитрий", "Ольга", "Юрий"], ["Иванова", "Щербаков", "Ёлкина", "Кузнецов"]),
        (["Αλέξανδρος", "Ελένη", "Νίκος", "Μαρία"], ["Παπαδόπουλος", "Οικονόμου", "Γεωργίου", "Λάμπρου"]),
        (["สมชาย", "मीरा", "지훈", "Ngọc"], ["ใจดี", "शर्मा", "김", "Trần"]),
    ]);
    (random.pick(given), random.pick(family))
}

pub(crate) fn full_name(random: &mut Random) -> String {
    let (given, family) = name(random);
    format!("{given} {family}")
}

pub(crate) fn firm(random: &mut Random) -> String {
    let head = random.pick([
        "Northwind",
        "Blauer Löwe",
        "Café Olé",
        "Ünlü Elektronik",
        "Pixel & Co",
        "Fratelli Rossi",
        "三和",
        "الأمل",
        "Ключ",
        "Smørrebrød",
        "O'Neill",
        "Tamir \"Quick\"",
        "Açaí",
        "100% Mobile",
        "@home",
        "Two, Three; Four",
    ]);
    let tail = random.pick([
        "Ltd",
        "GmbH",
        "S.à r.l.",
        "Pty Ltd",
        "AG",
        "株式会社",
        "LLC",
        "& Sons",
        "Oy",
        "A/S",
        "s.r.o.",
        "للتجارة",
    ]);
    format!("{head} {tail}")
}

pub(crate) fn street_address(random: &mut Random) -> String {
    let number = random.between(1, 240);
    let street = random.pick([
        "High Street",
        "Königsallee",
        "Rue de l'Église",
        "Calle Mayor",
        "ul. Świętokrzyska",
        "شارع الملك فهد",
        "דרך מנחם בגין",
        "道玄坂",
        "Невский проспект",
        "Rua São João",
    ]);
    let city = random.pick([
        "London",
        "Düsseldorf",
        "Orléans",
        "A Coruña",
        "Łódź",
        "الرياض",
        "תל אביב",
        "東京",
        "Санкт-Петербург",
        "São Paulo",
    ]);
    if random.one_in(3) { format!("{street} {number}\n{city}") } else { format!("{street} {number}, {city}") }
}

/// A number of a range that is kept free for fiction.
pub(crate) fn phone(random: &mut Random) -> String {
    let line = random.between(0, 99);
    let area = random.between(201, 989);
    match random.below(4) {
        0 => format!("+1 {area} 555 01{line:02}"),
        1 => format!("0{area}-555-01{line:02}"),
        2 => format!("({area}) 55501{line:02}"),
        _ => format!("+44 20 7946 0{area}"),
    }
}

/// An address under `example`, which never receives mail (RFC 2606); `number` makes it the only one.
pub(crate) fn email(random: &mut Random, number: i64) -> String {
    let local = random.pick(["emma", "j.mueller", "zoe+shop", "o'brien", "info", "SALES", "front_desk", "k-t"]);
    let domain = random.pick(["example.com", "example.org", "mail.example.net", "xn--bcher-kva.example"]);
    format!("{local}.{number}@{domain}")
}

pub(crate) fn user_agent(random: &mut Random) -> &'static str {
    random.pick([
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
        "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
        "curl/8.5.0",
    ])
}

/// An address of a range that is kept free for documentation (RFC 5737, RFC 3849).
pub(crate) fn ip_address(random: &mut Random) -> String {
    let host = random.between(1, 254);
    match random.below(3) {
        0 => format!("192.0.2.{host}"),
        1 => format!("203.0.113.{host}"),
        _ => format!("2001:db8:{:x}::{host:x}", random.below(0xffff)),
    }
}
