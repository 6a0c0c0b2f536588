//! One part of a record as sent: the person, a Company Person or a Relationship Person.

use serde_json::{Map, Value as Json};

use super::PendingLookup;
use crate::code::Code;
use crate::fault::{Fault, RowPath};
use crate::ids::gsid::{self, Gsid};
use crate::limit;
use crate::lookup::{self, Lookup};
use crate::people::needs::Needs;
use crate::schema::metadata::{Field, FieldOrigin, Metadata, Object, is_dropdown, object};
use crate::values::{self, Value};

/// The ids of an association that were sent as ids, not found by lookups.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssociationIds {
    pub person: Option<Gsid>,
    pub company: Option<Gsid>,
    pub relationship: Option<Gsid>,
}

#[derive(Debug, Clone)]
pub struct RowPart<'m> {
    pub path: RowPath,
    /// The object that it is a row of.
    pub object: &'m Object,
    /// Checked values; `None` clears the field.
    pub values: Vec<(&'m Field, Option<Value>)>,
    pub ids: AssociationIds,
    /// The lookups that fill its fields.
    pub pending_lookups: Vec<PendingLookup<'m>>,
    /// The lookup of the person itself.
    pub person_lookup: Option<PendingLookup<'m>>,
    pub faults: Vec<Fault>,
    /// The fields that were sent, in canonical spelling, without the sources of lookups and the
    /// fields that only the service sets.
    pub sent: Vec<(&'m str, &'m Json)>,
    /// The JSON of the part; `None` if nothing of it was read.
    raw: Option<&'m Map<String, Json>>,
}

impl<'m> RowPart<'m> {
    /// A part without fields.
    #[must_use]
    pub fn empty(path: RowPath, object: &'m Object) -> Self {
        Self {
            path,
            object,
            values: Vec::new(),
            ids: AssociationIds::default(),
            pending_lookups: Vec::new(),
            person_lookup: None,
            faults: Vec::new(),
            sent: Vec::new(),
            raw: None,
        }
    }

    /// Reads the fields of `raw`, without `skipped` (lower case) and the sources of lookups.
    pub fn read_fields(
        &mut self,
        raw: &'m Map<String, Json>,
        lookups: &[Lookup],
        metadata: &'m Metadata,
        skipped: &[&str],
    ) {
        self.raw = Some(raw);
        if raw.len() > limit::RECORD_MEMBERS_MAX {
            let message = format!(
                "A record takes at most {} members, not {}",
                limit::RECORD_MEMBERS_MAX,
                raw.len()
            );
            return self.faults.push(Fault::limit_exceeded(self.path, message));
        }
        for lookup in lookups {
            self.read_lookup(raw, lookup, metadata);
        }
        for (name, value) in lookup::list_members(raw) {
            let is_skipped = skipped.iter().any(|own| own.eq_ignore_ascii_case(name));
            if !is_skipped && !lookups.iter().any(|lookup| lookup.has_source(name)) {
                self.read_field(name, value);
            }
        }
    }

    fn read_field(&mut self, name: &'m str, raw: &'m Json) {
        let field = self.object.field(name);
        if field.is_some_and(Field::is_system) {
            return;
        }
        let name = field.map_or(name, |field| &field.name);
        self.keep_sent(name, raw);
        if self.faults.len() >= limit::ROW_FAULTS_MAX {
            return;
        }
        let Some(field) = field else {
            return self.refuse_value(name, raw, Code::UnknownField);
        };
        match values::parse(field.kind, field.max_length, raw) {
            Err(code) => self.refuse_value(&field.name, raw, code),
            // Without a literal the lookup decides the value.
            Ok(None) if self.pending_lookups.iter().any(|lookup| lookup.target == field.name) => {}
            Ok(value) => self.set_value(field, value),
        }
    }

    /// Keeps a field as sent, for the echo.
    pub(super) fn keep_sent(&mut self, name: &'m str, raw: &'m Json) {
        self.sent.push((name, raw));
    }

    /// The field as sent, by its canonical name.
    pub(crate) fn as_sent(&self, name: &str) -> Option<&'m Json> {
        self.sent.iter().find(|(known, _)| *known == name).map(|(_, raw)| *raw)
    }

    /// The fields as sent, for the echo.
    pub(crate) fn sent_fields(&self) -> Map<String, Json> {
        self.sent.iter().map(|(name, raw)| ((*name).to_owned(), (*raw).clone())).collect()
    }

    /// The rank of a fault within its part: lookups first, then fields in the order in which they
    /// were sent, then keys that lack a part (contract: bulk#order-within-an-item).
    pub(crate) fn fault_rank(&self, fault: &Fault) -> (u8, Option<usize>) {
        let name = fault.field.as_deref().unwrap_or_default();
        let is = |other: &str| other.eq_ignore_ascii_case(name);
        if fault.is_lookup_failure() {
            return (0, self.pending_lookups.iter().position(|pending| is(&pending.target)));
        }
        match fault.code {
            Code::KeyMissing => (2, None),
            _ => (1, self.raw.and_then(|raw| raw.keys().rposition(|key| is(key)))),
        }
    }

    fn refuse_value(&mut self, name: &str, raw: &Json, code: Code) {
        self.faults.push(Fault::invalid_field(self.path, name, raw.clone(), code));
    }

    fn set_value(&mut self, field: &'m Field, value: Option<Value>) {
        let id = |value: Option<Value>| match value {
            Some(Value::Text(text)) => Gsid::parse(&text),
            _ => None,
        };
        match field.origin {
            FieldOrigin::PersonId => self.ids.person = id(value),
            FieldOrigin::CompanyId => self.ids.company = id(value),
            FieldOrigin::RelationshipId => self.ids.relationship = id(value),
            _ => self.values.push((field, value)),
        }
    }

    fn read_lookup(&mut self, raw: &Map<String, Json>, lookup: &Lookup, metadata: &'m Metadata) {
        // A source or a literal that is null or empty counts as not sent (contract:
        // lookups#sources-not-sent).
        let has_value = |value: &&Json| !value.is_null() && value.as_str() != Some("");
        let value = |name: &str| lookup::get_member(raw, name).filter(has_value);
        let sent: Vec<_> = lookup.fields.iter().map(|(source, _)| value(source)).collect();
        let literal = value(&lookup.target).is_some() && !lookup.has_source(&lookup.target);
        if literal || sent.iter().all(Option::is_none) {
            return;
        }
        let field = self.object.field(&lookup.target);
        let names_person = field.is_some_and(|field| field.origin == FieldOrigin::PersonId);
        let is_person = names_person
            || self.object.name == object::PERSON
                && lookup.target.eq_ignore_ascii_case("Person_ID");
        let searched = lookup.object_name().and_then(|name| metadata.object(&name));
        if field.is_none() && !is_person {
            return self.refuse_value(&lookup.target, &Json::Null, Code::UnknownField);
        }
        let Some(searched) = searched else {
            let unknown = ("objectName".to_owned(), lookup.object.as_deref().into());
            return self.faults.push(Fault::invalid_lookup(self.path, &lookup.target, unknown));
        };
        match PendingLookup::new(field, lookup, searched, &sent) {
            Err(unknown) => {
                self.faults.push(Fault::invalid_lookup(self.path, &lookup.target, unknown))
            }
            Ok(pending) if is_person => self.person_lookup = Some(pending),
            Ok(pending) => self.pending_lookups.push(pending),
        }
    }

    /// Adds the reads that this part requires.
    pub fn add_needs(&self, needs: &mut Needs) {
        let ids =
            [(object::COMPANY, &self.ids.company), (object::RELATIONSHIP, &self.ids.relationship)];
        for (name, id) in ids {
            needs.records.extend(id.iter().map(|id| (name, id.as_str().to_owned())));
        }
        needs.queries.extend(self.pending_lookups.iter().filter_map(|lookup| lookup.query.clone()));
        for (field, value) in &self.values {
            let (true, Some(category)) = (is_dropdown(field.kind), &field.category) else {
                continue;
            };
            for text in picklist_texts(value.as_ref()) {
                if gsid::is_dropdown_item(text) {
                    needs.items.insert((category.clone(), text.to_owned()));
                } else {
                    needs.labels.insert((category.clone(), text.to_owned()));
                }
            }
        }
    }
}

/// The texts of a PICKLIST or MULTISELECTDROPDOWNLIST.
pub(crate) fn picklist_texts(value: Option<&Value>) -> &[String] {
    match value {
        Some(Value::List(list)) => list,
        Some(Value::Text(text)) => std::slice::from_ref(text),
        _ => &[],
    }
}
