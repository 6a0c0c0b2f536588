//! A lookup of a row that is not resolved yet (contract: lookups).

use serde_json::{Map, Value as Json};

use crate::code::Code;
use crate::fault::{Fault, RowPath, truncate_value};
use crate::ids::email::{self, Email};
use crate::lookup::{Lookup, MultiMatch, NoMatch};
use crate::objects::record;
use crate::people::needs::LookupQuery;
use crate::schema::metadata::{Field, FieldOrigin, Object};
use crate::values::{self, FieldType};

/// A lookup of a row that is not resolved yet (contract: lookups).
#[derive(Debug, Clone)]
pub struct PendingLookup<'m> {
    /// The field to fill; `None` for `Person_ID`, which the person has no field for.
    pub field: Option<&'m Field>,
    /// The target as answers spell it.
    pub target: String,
    /// The search; `None` if a source has no value, which counts as no match.
    pub query: Option<LookupQuery>,
    /// The field of the found record whose value is taken.
    pub value_field: &'m Field,
    pub on_multiple: MultiMatch,
    pub on_no_match: NoMatch,
    /// The values to search for as sent, by LookupField name.
    pub searched_values: Map<String, Json>,
    /// The address among them, if a person is searched.
    email: Option<Email>,
}

impl<'m> PendingLookup<'m> {
    /// Reads the lookup of one item with the values of its sources.
    ///
    /// # Errors
    /// The member that names a field which the searched object lacks, with its value.
    pub(super) fn new(
        field: Option<&'m Field>,
        lookup: &Lookup,
        searched: &'m Object,
        sent: &[Option<&Json>],
    ) -> Result<Self, (String, Json)> {
        let can_be_taken = |field: &&Field| {
            matches!(field.origin, FieldOrigin::Gsid | FieldOrigin::Email) || field.code().is_some()
        };
        let value_field = searched.field(&lookup.lookup_field).filter(can_be_taken);
        let value_field = value_field
            .ok_or_else(|| ("lookupField".to_owned(), lookup.lookup_field.as_str().into()))?;
        let (mut searched_values, mut conditions, mut email) = (Map::new(), Some(Vec::new()), None);
        for ((_, name), raw) in lookup.fields.iter().zip(sent) {
            let raw = raw.cloned().unwrap_or_default();
            let Some(searched_field) = searched.field(name) else {
                return Err((name.clone(), raw));
            };
            if searched_field.origin == FieldOrigin::Email
                && !searched_values.contains_key(&searched_field.name)
            {
                email = raw.as_str().and_then(|text| Email::parse(text).ok());
            }
            conditions =
                conditions.zip(search_text(searched_field, &raw)).map(|(mut list, text)| {
                    list.push((searched_field.name.clone(), text));
                    list
                });
            searched_values.insert(searched_field.name.clone(), truncate_value(raw));
        }
        let target = field.map_or_else(|| "Person_ID".to_owned(), |field| field.name.clone());
        let query =
            conditions.map(|conditions| LookupQuery { object: searched.name.clone(), conditions });
        let (on_multiple, on_no_match) = (lookup.on_multiple, lookup.on_no_match);
        Ok(Self {
            field,
            target,
            query,
            value_field,
            on_multiple,
            on_no_match,
            searched_values,
            email,
        })
    }

    /// The fault of a lookup without a match, unless the lookup allows it (contract:
    /// lookups#no-match, upsert#invalid-values-of-lookups).
    #[must_use]
    pub fn unresolved_fault(&self, path: RowPath) -> Option<Fault> {
        (self.on_no_match == NoMatch::Error).then(|| self.lookup_fault(path))
    }

    /// The fault of a failed lookup.
    #[must_use]
    pub fn lookup_fault(&self, path: RowPath) -> Fault {
        let code = Code::LookupNotResolved;
        let mut fault = Fault::invalid_field(path, &self.target, Json::Null, code);
        fault.searched_values = self.searched_values.clone();
        fault.values = self.searched_values.clone();
        fault.values.insert(self.target.clone(), code.as_str().into());
        fault
    }

    /// The fault of a search that would exceed the read limit of a call; `remedy` is its message.
    #[must_use]
    pub fn unsearched_fault(&self, path: RowPath, remedy: &str) -> Fault {
        let (field, searched_values) = (Some(self.target.clone()), self.searched_values.clone());
        Fault {
            field,
            values: searched_values.clone(),
            searched_values,
            ..Fault::limit_exceeded(path, remedy.to_owned())
        }
    }

    /// The email that a `Person_ID` lookup searches for.
    #[must_use]
    pub fn email(&self) -> Option<Email> {
        self.email.clone().filter(|_| self.query.is_some())
    }
}

/// The text that a stored value must equal; `None` if no stored value can.
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
    // A value that is not stored as text is compared in its stored form.
    let stored = match field.kind {
        FieldType::String | FieldType::RichTextArea | FieldType::Gsid => None,
        FieldType::Email => return Some(email::comparable_text(&text)),
        kind => values::parse(kind, field.max_length, &text.clone().into()).ok().flatten(),
    };
    Some(stored.and_then(|stored| record::comparable_text(field.kind, &stored)).unwrap_or(text))
}
