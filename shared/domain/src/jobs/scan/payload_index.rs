//! The index of a payload: the offsets of rows, the keys of people, the text of `lookups`.

use super::PersonLookupSources;
use super::key::{self, KeyEntry, PayloadKeys};
use super::text::trim_key_text;
use super::value_role::{KeyKinds, ValueRole};
use crate::ids::gsid;
use crate::jobs::payload_error::{PayloadError, PayloadMember};
use crate::json;
use crate::limit;
use crate::lookup::Lookups;

/// The index so far.
#[derive(Debug)]
pub(super) struct PayloadIndex {
    max_rows: u32,
    pub(super) starts: Vec<u32>,
    /// The end of `records`.
    pub(super) end: u32,
    pub(super) keys: PayloadKeys,
    pub(super) lookups: Option<Vec<u8>>,
    pub(super) sources: PersonLookupSources,
    /// Sources that came after some rows.
    pub(super) late_sources: Option<PersonLookupSources>,
    /// Whether sources were given, which are those of the payload.
    is_second_pass: bool,
    seen_records: bool,
    seen_lookups: bool,
}

impl PayloadIndex {
    pub(super) fn new(max_rows: u32, sources: Option<PersonLookupSources>) -> Self {
        Self {
            max_rows,
            starts: Vec::new(),
            end: 0,
            keys: PayloadKeys::default(),
            lookups: None,
            is_second_pass: sources.is_some(),
            sources: sources.unwrap_or_default(),
            late_sources: None,
            seen_records: false,
            seen_lookups: false,
        }
    }

    pub(super) fn row_count(&self) -> u32 {
        self.starts.len() as u32
    }

    pub(super) fn has_records(&self) -> bool {
        self.seen_records
    }

    /// The role of the member with this name; records that it is present.
    #[inline]
    pub(super) fn enter_member(
        &mut self,
        container: ValueRole,
        name: &[u8],
    ) -> Result<ValueRole, PayloadError> {
        let role = container.member_role(name, &self.sources);
        match role {
            ValueRole::Records if std::mem::replace(&mut self.seen_records, true) => {
                return Err(PayloadError::RepeatedMember(PayloadMember::Records));
            }
            ValueRole::Lookups if std::mem::replace(&mut self.seen_lookups, true) => {
                return Err(PayloadError::RepeatedMember(PayloadMember::Lookups));
            }
            ValueRole::RowLookups => self.keys.mark_own_lookups(),
            _ => {}
        }
        Ok(role)
    }

    pub(super) fn start_row(&mut self, at: u32) -> Result<(), PayloadError> {
        if self.row_count() >= self.max_rows {
            return Err(PayloadError::TooManyRows(self.max_rows));
        }
        self.starts.push(at);
        self.keys.start_row();
        Ok(())
    }

    /// Adds a text that may be a key.
    #[inline]
    pub(super) fn add_text(&mut self, kinds: KeyKinds, value: &[u8]) -> Result<(), PayloadError> {
        let email = value.contains(&b'@');
        if !email && !kinds.gsid {
            return Ok(());
        }
        match std::str::from_utf8(value).ok().and_then(trim_key_text) {
            Some(text) => self.add_key(kinds, text, email),
            None => Ok(()),
        }
    }

    /// A text without an `@` is not an address, whatever its member: `n/a` in each row links no
    /// rows.
    pub(super) fn add_key(
        &mut self,
        kinds: KeyKinds,
        text: &str,
        email: bool,
    ) -> Result<(), PayloadError> {
        let row = self.row_count().saturating_sub(1);
        if email {
            let entry = KeyEntry::new(key::hash_email(text), row);
            if !kinds.email {
                self.keys.add_candidate(entry);
                return Ok(());
            }
            self.keys.add_entry(entry)?;
        }
        if kinds.gsid && gsid::has_gsid_form(text) {
            self.keys.add_entry(KeyEntry::new(key::hash_gsid(text), row))?;
        }
        Ok(())
    }

    pub(super) fn start_lookups(&mut self) {
        self.lookups = Some(Vec::new());
    }

    pub(super) fn add_lookups(&mut self, more: &[u8]) -> Result<(), PayloadError> {
        let text = self.lookups.get_or_insert_default();
        if text.len() + more.len() > limit::LOOKUPS_BYTES_MAX {
            return Err(PayloadError::LookupsTooLarge);
        }
        text.extend_from_slice(more);
        Ok(())
    }

    /// Reads the sources of the lookups; if rows came before, these were read without.
    pub(super) fn end_lookups(&mut self) -> Result<(), PayloadError> {
        let text = self.lookups.as_deref().unwrap_or_default();
        let lookups = json::parse(text).ok().and_then(|raw| Lookups::parse(&raw));
        let sources =
            PersonLookupSources::from_lookups(&lookups.ok_or(PayloadError::LookupsInvalid)?);
        match (self.is_second_pass, self.starts.is_empty()) {
            (true, _) => {}
            (false, true) => self.sources = sources,
            (false, false) => {
                self.late_sources = Some(sources).filter(|sources| !sources.is_empty())
            }
        }
        Ok(())
    }
}
