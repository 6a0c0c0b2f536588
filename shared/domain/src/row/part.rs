//! One part of a record: a person, a Company Person or a Relationship Person, as sent.

use serde_json::{Map, Value as Json};

use crate::code::Code;
use crate::email::Email;
use crate::fault::{Fault, Place};
use crate::gsid::{self, Gsid};
use crate::limit;
use crate::lookup::{self, Lookup, MultiMatch, NoMatch};
use crate::metadata::{Field, Metadata, Object, Source, is_dropdown, object};
use crate::need::{Needs, Query};
use crate::person;
use crate::record;
use crate::value::{self, FieldType, Value};

/// The ids of an association that were sent as such.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Keys {
    /// `Person_ID`.
    pub person: Option<Gsid>,
    /// `Company_ID`.
    pub company: Option<Gsid>,
    /// `Relationship_ID`.
    pub relationship: Option<Gsid>,
}

/// A field that a lookup has yet to fill.
#[derive(Debug, Clone)]
pub struct Pending<'m> {
    /// The field to fill; for `Person_ID` none is needed, so that a person may have it too.
    pub field: Option<&'m Field>,
    /// The target as spelled in answers.
    pub target: String,
    /// What to search; none when a source was missing, which is no match.
    pub query: Option<Query>,
    /// The storage code of the value that is taken; none takes the record's GSID.
    pub take: Option<String>,
    /// What several matches mean.
    pub several: MultiMatch,
    /// What no match means.
    pub none: NoMatch,
    /// LookupField names with the values looked for, as sent.
    pub sought: Map<String, Json>,
}

impl Pending<'_> {
    /// The fault of a lookup that found nothing, unless that is allowed (contract-details 12).
    #[must_use]
    pub fn unresolved(&self, place: Place) -> Option<Fault> {
        (self.none == NoMatch::Error).then(|| self.failed(place))
    }

    /// The fault of a lookup that failed.
    #[must_use]
    pub fn failed(&self, place: Place) -> Fault {
        let code = Code::LookupNotResolved;
        let mut fault = Fault::field(place, &self.target, Json::Null, code);
        fault.values = self.sought.clone();
        fault.values.insert(self.target.clone(), code.as_str().into());
        fault
    }

    /// The email that a `Person_ID` lookup searches.
    #[must_use]
    pub fn email(&self) -> Option<Email> {
        let query = self.query.as_ref()?;
        let (_, text) = query.conditions.iter().find(|(field, _)| field == "Email")?;
        Email::parse(text).ok()
    }
}

/// One part as sent.
#[derive(Debug, Clone)]
pub struct Part<'m> {
    /// Where it stands in the record.
    pub place: Place,
    /// The object it is a row of.
    pub object: &'m Object,
    /// Checked values; `None` clears the field.
    pub values: Vec<(&'m Field, Option<Value>)>,
    /// Ids sent as such.
    pub keys: Keys,
    /// Lookups to resolve.
    pub pending: Vec<Pending<'m>>,
    /// A lookup of the person itself.
    pub person_lookup: Option<Pending<'m>>,
    /// What is wrong with it.
    pub faults: Vec<Fault>,
}

impl<'m> Part<'m> {
    /// A part in which nothing was sent.
    #[must_use]
    pub fn empty(place: Place, object: &'m Object) -> Self {
        Self {
            place,
            object,
            values: Vec::new(),
            keys: Keys::default(),
            pending: Vec::new(),
            person_lookup: None,
            faults: Vec::new(),
        }
    }

    /// Reads the fields of `raw`, all but `skipped` (lower case) and the sources of lookups.
    pub fn read(
        &mut self,
        raw: &Map<String, Json>,
        lookups: &[Lookup],
        metadata: &'m Metadata,
        skipped: &[&str],
    ) {
        if raw.len() > limit::MEMBERS {
            let message =
                format!("A record takes at most {} members, not {}", limit::MEMBERS, raw.len());
            return self.faults.push(Fault::limit(self.place, message));
        }
        for lookup in lookups {
            self.read_lookup(raw, lookup, metadata);
        }
        for (name, value) in raw {
            let skip = skipped.iter().any(|own| own.eq_ignore_ascii_case(name));
            if !skip && !lookups.iter().any(|lookup| lookup.consumes(name)) {
                self.read_field(name, value);
            }
        }
    }

    fn read_field(&mut self, name: &str, raw: &Json) {
        let Some(field) = self.object.field(name) else {
            return self.refuse(name, raw, Code::UnknownField);
        };
        if field.is_system() {
            return;
        }
        match value::parse(field.kind, field.max_length, raw) {
            Err(code) => self.refuse(&field.name, raw, code),
            Ok(value) => self.set(field, value),
        }
    }

    fn refuse(&mut self, name: &str, raw: &Json, code: Code) {
        self.faults.push(Fault::field(self.place, name, raw.clone(), code));
    }

    /// Keeps a value; of two spellings of one field the last wins.
    pub fn set(&mut self, field: &'m Field, value: Option<Value>) {
        let id = |value: Option<Value>| match value {
            Some(Value::Text(text)) => Gsid::parse(&text),
            _ => None,
        };
        match field.source {
            Source::PersonId => self.keys.person = id(value),
            Source::CompanyId => self.keys.company = id(value),
            Source::RelationshipId => self.keys.relationship = id(value),
            _ => {
                self.values.retain(|(known, _)| known.name != field.name);
                self.values.push((field, value));
            }
        }
    }

    fn read_lookup(&mut self, raw: &Map<String, Json>, lookup: &Lookup, metadata: &'m Metadata) {
        let sent =
            lookup.fields.iter().map(|(source, _)| lookup::get(raw, source)).collect::<Vec<_>>();
        let has_value = |value: &Json| !value.is_null() && value.as_str() != Some("");
        let literal = lookup::get(raw, &lookup.target).is_some_and(has_value)
            && !lookup.consumes(&lookup.target);
        if literal || sent.iter().all(Option::is_none) {
            return;
        }
        let is_person = lookup.target.eq_ignore_ascii_case("Person_ID");
        let field = self.object.field(&lookup.target);
        let searched = lookup.object_name().and_then(|name| metadata.object(&name));
        let (true, Some(searched)) = (field.is_some() || is_person, searched) else {
            return self.refuse(&lookup.target, &Json::Null, Code::UnknownField);
        };
        match pending(field, lookup, searched, &sent) {
            None => self.refuse(&lookup.target, &Json::Null, Code::UnknownField),
            Some(pending) if is_person => self.person_lookup = Some(pending),
            Some(pending) => self.pending.push(pending),
        }
    }

    /// Adds what this part needs to know.
    pub fn add_needs(&self, needs: &mut Needs) {
        let ids = [
            (object::COMPANY, &self.keys.company),
            (object::RELATIONSHIP, &self.keys.relationship),
        ];
        for (name, id) in ids {
            needs.records.extend(id.iter().map(|id| (name, id.as_str().to_owned())));
        }
        needs.queries.extend(self.pending.iter().filter_map(|pending| pending.query.clone()));
        for (field, value) in &self.values {
            let (true, Some(category)) = (is_dropdown(field.kind), &field.category) else {
                continue;
            };
            for text in texts(value.as_ref()) {
                if gsid::is_dropdown_item(text) {
                    needs.items.insert((category.clone(), text.to_owned()));
                } else {
                    needs.labels.insert((category.clone(), text.to_owned()));
                }
            }
        }
    }
}

/// The texts of a picklist or a multi-select.
pub(crate) fn texts(value: Option<&Value>) -> &[String] {
    match value {
        Some(Value::List(list)) => list,
        Some(Value::Text(text)) => std::slice::from_ref(text),
        _ => &[],
    }
}

/// The search of a lookup; none when it names a field that the object does not have.
fn pending<'m>(
    field: Option<&'m Field>,
    lookup: &Lookup,
    searched: &Object,
    sent: &[Option<&Json>],
) -> Option<Pending<'m>> {
    let taken = searched.field(&lookup.lookup_field)?;
    let take = match taken.source {
        Source::Email => Some(person::EMAIL_AS_SENT.to_owned()),
        _ => taken.code().map(str::to_owned),
    };
    let mut sought = Map::new();
    let mut conditions = Some(Vec::new());
    for ((_, name), raw) in lookup.fields.iter().zip(sent) {
        let wanted = searched.field(name)?;
        let raw = raw.cloned().unwrap_or_default();
        conditions = conditions.zip(search_text(wanted, &raw)).map(|(mut list, text)| {
            list.push((wanted.name.clone(), text));
            list
        });
        sought.insert(wanted.name.clone(), raw);
    }
    let target = field.map_or_else(|| "Person_ID".to_owned(), |field| field.name.clone());
    let query = conditions.map(|conditions| Query { object: searched.name.clone(), conditions });
    Some(Pending { field, target, query, take, several: lookup.several, none: lookup.none, sought })
}

/// The text that a stored value has to equal; none when nothing can.
fn search_text(field: &Field, raw: &Json) -> Option<String> {
    let text = match raw {
        Json::String(text) => text.trim().to_owned(),
        Json::Number(_) => record::comparable(&value::parse(FieldType::Number, 0, raw).ok()??)?,
        Json::Bool(flag) => flag.to_string(),
        _ => return None,
    };
    if text.is_empty() {
        return None;
    }
    // What is kept as something else than text is compared in the form in which it is kept.
    match field.kind {
        FieldType::String | FieldType::RichTextArea | FieldType::Email | FieldType::Gsid => {
            Some(text)
        }
        kind => {
            let stored = value::parse(kind, field.max_length, &text.clone().into()).ok().flatten();
            Some(stored.as_ref().and_then(record::comparable).unwrap_or(text))
        }
    }
}
