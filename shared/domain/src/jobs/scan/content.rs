//! What is kept of a payload while it passes: where rows start, keys, the text of `lookups`.

use super::Sources;
use super::key::{self, Entry, Keys};
use super::meaning::{Kinds, Meaning};
use super::text::key_text;
use crate::ids::gsid;
use crate::jobs::malformed::{Member, Problem};
use crate::json;
use crate::limit;
use crate::lookup::Lookups;

/// What was found so far.
#[derive(Debug)]
pub(super) struct Content {
    max_rows: u32,
    /// Where each row starts.
    pub(super) starts: Vec<u32>,
    /// Where `records` ends.
    pub(super) end: u32,
    pub(super) keys: Keys,
    pub(super) lookups: Option<Vec<u8>>,
    pub(super) sources: Sources,
    /// Sources that came too late for the rows before them.
    pub(super) late: Option<Sources>,
    /// Sources were given: those in the payload are the same.
    second: bool,
    seen_records: bool,
    seen_lookups: bool,
}

impl Content {
    pub(super) fn new(max_rows: u32, sources: Option<Sources>) -> Self {
        Self {
            max_rows,
            starts: Vec::new(),
            end: 0,
            keys: Keys::default(),
            lookups: None,
            second: sources.is_some(),
            sources: sources.unwrap_or_default(),
            late: None,
            seen_records: false,
            seen_lookups: false,
        }
    }

    pub(super) fn rows(&self) -> u32 {
        self.starts.len() as u32
    }

    pub(super) fn has_records(&self) -> bool {
        self.seen_records
    }

    /// What the member with this name is; notes what its mere presence says.
    #[inline]
    pub(super) fn member(&mut self, of: Meaning, name: &[u8]) -> Result<Meaning, Problem> {
        let meaning = of.member(name, &self.sources);
        match meaning {
            Meaning::Records if std::mem::replace(&mut self.seen_records, true) => {
                return Err(Problem::Repeated(Member::Records));
            }
            Meaning::Lookups if std::mem::replace(&mut self.seen_lookups, true) => {
                return Err(Problem::Repeated(Member::Lookups));
            }
            Meaning::OwnLookups => self.keys.has_own_lookups(),
            _ => {}
        }
        Ok(meaning)
    }

    pub(super) fn start_row(&mut self, at: u32) -> Result<(), Problem> {
        if self.rows() >= self.max_rows {
            return Err(Problem::TooManyRows(self.max_rows));
        }
        self.starts.push(at);
        self.keys.start_row();
        Ok(())
    }

    /// A text where a key may stand.
    #[inline]
    pub(super) fn text(&mut self, kinds: Kinds, value: &[u8]) -> Result<(), Problem> {
        let email = value.contains(&b'@');
        if !email && !kinds.gsid {
            return Ok(());
        }
        match std::str::from_utf8(value).ok().and_then(key_text) {
            Some(text) => self.key(kinds, text, email),
            None => Ok(()),
        }
    }

    /// A text without an `@` is no address, whatever it came as: `n/a` in each row links none.
    pub(super) fn key(&mut self, kinds: Kinds, text: &str, email: bool) -> Result<(), Problem> {
        let row = self.rows().saturating_sub(1);
        if email {
            let entry = Entry::new(key::of_email(text), row);
            if !kinds.email {
                self.keys.add_maybe(entry);
                return Ok(());
            }
            self.keys.add(entry)?;
        }
        if kinds.gsid && gsid::has_form(text) {
            self.keys.add(Entry::new(key::of_gsid(text), row))?;
        }
        Ok(())
    }

    pub(super) fn start_lookups(&mut self) {
        self.lookups = Some(Vec::new());
    }

    pub(super) fn add_lookups(&mut self, more: &[u8]) -> Result<(), Problem> {
        let text = self.lookups.get_or_insert_default();
        if text.len() + more.len() > limit::LOOKUPS_TEXT {
            return Err(Problem::LookupsTooLarge);
        }
        text.extend_from_slice(more);
        Ok(())
    }

    /// Learns whom the lookups name; rows that are past were read without.
    pub(super) fn end_lookups(&mut self) -> Result<(), Problem> {
        let text = self.lookups.as_deref().unwrap_or_default();
        let lookups = json::parse(text).ok().and_then(|raw| Lookups::parse(&raw));
        let sources = Sources::of(&lookups.ok_or(Problem::LookupsShape)?);
        match (self.second, self.starts.is_empty()) {
            (true, _) => {}
            (false, true) => self.sources = sources,
            (false, false) => self.late = Some(sources).filter(|sources| !sources.is_empty()),
        }
        Ok(())
    }
}
