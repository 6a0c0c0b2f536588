//! The position of a row in the default order (contract: query#default-order). It is all that is
//! remembered of a row between two pages.

use std::fmt;

use crate::ids::gsid::PART_CHARS;
use crate::people::view::View;

/// The second half of a GSID: the first is the same in all rows of an object.
type RecordPart = [u8; PART_CHARS];

/// A row's record part, for an association after that of its person.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RowKey {
    person: Option<RecordPart>,
    row: RecordPart,
}

impl RowKey {
    #[must_use]
    pub fn from_view(view: View<'_>) -> Self {
        let person = match view {
            View::Record(_) | View::Person(_) => None,
            View::Company(person, _) | View::Relationship(person, ..) => {
                Some(record_part(&person.gsid))
            }
        };
        Self { person, row: record_part(view.gsid()) }
    }

    /// The inverse of [`Self::to_text`].
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let part = |from: usize| -> Option<RecordPart> {
            text.as_bytes().get(from..from + PART_CHARS)?.try_into().ok()
        };
        match text.len() {
            len if !text.is_ascii() || len > 2 * PART_CHARS => None,
            PART_CHARS => Some(Self { person: None, row: part(0)? }),
            _ => Some(Self { person: Some(part(0)?), row: part(PART_CHARS)? }),
        }
    }

    /// The parts as 18 characters each.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{}{}", self.person.as_ref().map_or("", part_text), part_text(&self.row))
    }

    /// The record part of the person whose item has the row, or of the record itself.
    #[must_use]
    pub fn item_part(&self) -> &str {
        part_text(self.person.as_ref().unwrap_or(&self.row))
    }
}

impl fmt::Debug for RowKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

/// The last 18 bytes of a GSID, which has 36.
fn record_part(gsid: &str) -> RecordPart {
    let last = gsid.len().checked_sub(PART_CHARS).and_then(|at| gsid.as_bytes().get(at..));
    last.and_then(|part| part.try_into().ok()).unwrap_or([b'0'; PART_CHARS])
}

fn part_text(part: &RecordPart) -> &str {
    // The parts of GSIDs are ASCII.
    std::str::from_utf8(part).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_text_and_sorts_like_it() {
        let part = |c: char| c.to_string().repeat(PART_CHARS);
        let mut keys: Vec<_> = [("A", "9"), ("A", "B"), ("0", "Z")]
            .map(|(person, row)| {
                part(person.chars().next().unwrap()) + &part(row.chars().next().unwrap())
            })
            .map(|text| RowKey::parse(&text).unwrap())
            .to_vec();
        keys.sort();
        assert!(keys.iter().map(RowKey::to_text).is_sorted());
        assert_eq!(keys[0].item_part(), part('0'));
        assert_eq!(RowKey::parse(&part('A')).unwrap().to_text(), part('A'));
        for text in ["", "A", &part('A')[1..], &part('é'), &(part('A') + "A"), &part('A').repeat(3)]
        {
            assert_eq!(RowKey::parse(text), None, "{text}");
        }
    }
}
