//! Payloads of about the right shape, with faults strewn in.

/// Xorshift: small, seeded, the same everywhere.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % end.max(1)
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of.get(self.below(of.len())).copied().unwrap_or_default()
    }
}

const BLANKS: &[&str] = &["", "", "", " ", "\n", "\t\r\n ", "          "];

const SCALARS: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "1.5",
    "1e3",
    "1e-400",
    "1e308",
    "-12345678901234567890123",
    "0.1e-7",
    r#""""#,
    r#""x""#,
    r#""\u00e9\ud83d\ude00\n\/""#,
    r#""é😀""#,
    r#""a@b.co""#,
    r#"" A@B.co\u2003""#,
    r#""\u0061@b.co""#,
    r#""c@d.co""#,
    r#""e@f.co ""#,
    r#""1P04QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7D""#,
    r#""1P04QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7E""#,
    "\"\u{7f}\"",
    "[[1,[]],{}]",
    r#"{"Email":"z@z.co","records":[{}]}"#,
    "[]",
    "{}",
];

/// Each makes its payload one to refuse.
const BAD: &[&str] = &["1E+400", "1.8e308", r#""\ud83d""#, r#""\udc00""#, "01", "nul", "\"\t\""];

const NAMES: &[&str] = &[
    "Email",
    "email",
    "EMAIL",
    r"\u0045mail",
    "Gsid",
    "gsid",
    "Person_ID",
    "person_id",
    r"Person\u005FID",
    "Name",
    "Src",
    "src",
    "Other",
    "companies",
    "relationships",
    "lookups",
    "records",
    "",
    r#"\""#,
];

const LOOKUPS: &[&str] = &[
    r#"{"person":{"Person_ID":{"fields":{"Src":"Email"}}}}"#,
    r#"{"companies":{"PERSON_ID":{"fields":{"s\u0072c":"email","Other":"Name"}}}}"#,
    r#"{"Relationships":{"Person_ID":{"fields":{"Src":"Email"}}},"companies":{}}"#,
    r#"{"person":{"Person_ID":{"fields":{"Email":"Email"}}}}"#,
    "null",
    "{}",
];

/// Bytes that are likely to break something.
const FAULTS: &[u8] = b"{}[],:\"\\u0-9.eE+\x00\x1f \n\x80\xC3\xE2\xED\xF0\xFFtnfD";

/// One payload; about every second is as it should be.
pub(crate) fn payload(random: &mut Random) -> Vec<u8> {
    let mut text = String::new();
    let members = ["lookups", "junk", "junk", "junk", r"l\u006fokups", "Records"];
    let (order, count) = (random.below(4), 1 + random.below(3));
    let mut parts = Vec::new();
    for n in 0..count {
        let name = if n == order % count { "records" } else { random.pick(&members) };
        let value = match name {
            "records" | "Records" => list(random, 6, |random| item(random, 0)),
            "junk" => random.pick(SCALARS).to_owned(),
            _ if random.below(8) == 0 => random.pick(&["[]", "1", r#"{"people":{}}"#]).to_owned(),
            _ => random.pick(LOOKUPS).to_owned(),
        };
        parts.push(member(random, name, &value));
    }
    text.push_str(random.pick(BLANKS));
    text.push_str(&format!("{{{}}}", parts.join(",")));
    text.push_str(random.pick(BLANKS));
    let mut bytes = text.into_bytes();
    for _ in 0..random.below(4).saturating_sub(1) {
        break_one(random, &mut bytes);
    }
    bytes
}

fn member(random: &mut Random, name: &str, value: &str) -> String {
    let mut blank = || random.pick(BLANKS);
    format!("{}\"{name}\"{}:{}{value}{}", blank(), blank(), blank(), blank())
}

fn list(random: &mut Random, most: usize, one: impl Fn(&mut Random) -> String) -> String {
    let items: Vec<_> = (0..random.below(most + 1))
        .map(|_| format!("{}{}{}", random.pick(BLANKS), one(random), random.pick(BLANKS)))
        .collect();
    format!("[{}{}]", random.pick(BLANKS), items.join(","))
}

fn scalar(random: &mut Random) -> String {
    let of = if random.below(100) == 0 { BAD } else { SCALARS };
    random.pick(of).to_owned()
}

/// A row, a company or a relationship, by its level.
fn item(random: &mut Random, level: usize) -> String {
    if random.below(12) == 0 {
        return scalar(random);
    }
    let mut members = Vec::new();
    for _ in 0..random.below(5) {
        let name = random.pick(NAMES);
        let value = match name {
            "companies" | "relationships" if level < 3 => {
                list(random, 3, |random| item(random, level + 1))
            }
            "lookups" => random.pick(LOOKUPS).to_owned(),
            _ => scalar(random),
        };
        members.push(member(random, name, &value));
    }
    format!("{{{}{}}}", random.pick(BLANKS), members.join(","))
}

/// Changes, adds or drops a byte, repeats the end, nests deep or ends early.
fn break_one(random: &mut Random, bytes: &mut Vec<u8>) {
    let at = random.below(bytes.len());
    let fault = FAULTS.get(random.below(FAULTS.len())).copied().unwrap_or_default();
    match random.below(8) {
        0 => bytes.truncate(at),
        1 if at < bytes.len() => drop(bytes.remove(at)),
        2 => bytes.insert(at, fault),
        3 => {
            let levels = 26 + random.below(10);
            let deep = "[".repeat(levels) + &"]".repeat(levels);
            if let Some(null) = bytes.windows(4).position(|four| four == b"null") {
                bytes.splice(null..null + 4, deep.into_bytes());
            }
        }
        4 => drop(bytes.splice(0..0, *b"\xEF\xBB\xBF")),
        5 => bytes.extend_from_within(at..),
        _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = fault),
    }
}
