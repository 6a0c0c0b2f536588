//! A field that a lookup has yet to fill (contract: lookups).

use serde_json::{Map, Value as Json};

use crate::code::Code;
use crate::fault::{Fault, RowPath, truncate_value};
use crate::ids::email::{self, Email};
use crate::lookup::{Lookup, MultiMatch, NoMatch};
use crate::objects::record;
use crate::people::needs::LookupQuery;
use crate::schema::metadata::{Field, FieldOrigin, Object};
use crate::values::{self, FieldType};

/// A field that a lookup has yet to fill.
#[derive(Debug, Clone)]
pub struct PendingLookup<'m> {
    /// The field to fill; for `Person_ID` none is needed, so that a person may have it too.
    pub field: Option<&'m Field>,
    /// The target as spelled in answers.
    pub target: String,
    /// What to search; none when a source was missing, which is no match.
    pub query: Option<LookupQuery>,
    /// The field of the found record whose value is taken.
    pub take_field: &'m Field,
    /// What several matches mean.
    pub on_multiple: MultiMatch,
    /// What no match means.
    pub on_no_match: NoMatch,
    /// LookupField names with the values looked for, as sent.
    pub searched_values: Map<String, Json>,
    /// The address among them, when a person is searched.
    email: Option<Email>,
}

impl<'m> PendingLookup<'m> {
    /// The lookup of one item that sent these sources.
    ///
    /// # Errors
    /// The member that names a field which the searched object does not have, with its value.
    pub(super) fn new(
        field: Option<&'m Field>,
        lookup: &Lookup,
        searched: &'m Object,
        sent: &[Option<&Json>],
    ) -> Result<Self, (String, Json)> {
        let can_be_taken = |field: &&Field| {
            matches!(field.origin, FieldOrigin::Gsid | FieldOrigin::Email) || field.code().is_some()
        };
        let take = searched.field(&lookup.lookup_field).filter(can_be_taken);
        let take =
            take.ok_or_else(|| ("lookupField".to_owned(), lookup.lookup_field.as_str().into()))?;
        let (mut sought, mut conditions, mut email) = (Map::new(), Some(Vec::new()), None);
        for ((_, name), raw) in lookup.fields.iter().zip(sent) {
            let raw = raw.cloned().unwrap_or_default();
            let Some(wanted) = searched.field(name) else { return Err((name.clone(), raw)) };
            if wanted.origin == FieldOrigin::Email && !sought.contains_key(&wanted.name) {
                email = raw.as_str().and_then(|text| Email::parse(text).ok());
            }
            conditions = conditions.zip(search_text(wanted, &raw)).map(|(mut list, text)| {
                list.push((wanted.name.clone(), text));
                list
            });
            sought.insert(wanted.name.clone(), truncate_value(raw));
        }
        let target = field.map_or_else(|| "Person_ID".to_owned(), |field| field.name.clone());
        let query =
            conditions.map(|conditions| LookupQuery { object: searched.name.clone(), conditions });
        let (several, none) = (lookup.on_multiple, lookup.on_no_match);
        Ok(Self {
            field,
            target,
            query,
            take_field: take,
            on_multiple: several,
            on_no_match: none,
            searched_values: sought,
            email,
        })
    }

    /// The fault of a lookup that found nothing, unless that is allowed (contract:
    /// lookups#no-match, upsert#invalid-values-of-lookups).
    #[must_use]
    pub fn unresolved_fault(&self, place: RowPath) -> Option<Fault> {
        (self.on_no_match == NoMatch::Error).then(|| self.lookup_fault(place))
    }

    /// The fault of a lookup that failed.
    #[must_use]
    pub fn lookup_fault(&self, place: RowPath) -> Fault {
        let code = Code::LookupNotResolved;
        let mut fault = Fault::invalid_field(place, &self.target, Json::Null, code);
        fault.searched_values = self.searched_values.clone();
        fault.values = self.searched_values.clone();
        fault.values.insert(self.target.clone(), code.as_str().into());
        fault
    }

    /// The fault of a lookup that would have to read more than a call may; `told` says what to do.
    #[must_use]
    pub fn unsearched_fault(&self, place: RowPath, told: &str) -> Fault {
        let (field, sought) = (Some(self.target.clone()), self.searched_values.clone());
        Fault {
            field,
            values: sought.clone(),
            searched_values: sought,
            ..Fault::limit_exceeded(place, told.to_owned())
        }
    }

    /// The email that a `Person_ID` lookup searches.
    #[must_use]
    pub fn email(&self) -> Option<Email> {
        self.email.clone().filter(|_| self.query.is_some())
    }
}

/// The text that a stored value has to equal; none when nothing can.
fn search_text(field: &Field, raw: &Json) -> Option<String> {
    let text = match raw {
        Json::String(text) => text.trim().to_owned(),
        Json::Number(_) => {
            let number = values::parse(FieldType::Number, 0, raw).ok()??;
            record::comparable_text(FieldType::Number, &number)?
        }
        Json::Bool(flag) => flag.to_string(),
        _ => return None,
    };
    if text.is_empty() {
        return None;
    }
    // What is kept as something else than text is compared in the form in which it is kept.
    let stored = match field.kind {
        FieldType::String | FieldType::RichTextArea | FieldType::Gsid => None,
        FieldType::Email => return Some(email::comparable_text(&text)),
        kind => values::parse(kind, field.max_length, &text.clone().into()).ok().flatten(),
    };
    Some(stored.and_then(|stored| record::comparable_text(field.kind, &stored)).unwrap_or(text))
}
