//! `record` of a row: what was sent, the ids that were found or made, and the defaults of every
//! part that is no update of what was there (contract: bulk#echo, bulk#echoed-defaults).

use serde_json::{Map, Value as Json};

use super::{Done, Outcome};
use crate::code::Code;
use crate::fault::{Fault, marker};
use crate::ids::gsid::{Gsid, GsidKind};
use crate::ids::mint::Mint;
use crate::people::plan::{KeyPart, Planned};
use crate::people::row::{LISTS, Part};
use crate::people::{self, Held, Person};
use crate::schema::metadata::{Field, Object, Source};
use crate::values::{self, Value};

type Fields = Map<String, Json>;

/// The echo with every null that an answer may show; [`plain`] takes them out.
pub(super) fn echo(done: &Done<'_>, mint: &Mint) -> Json {
    let planned: Vec<_> = done.row.parts().zip(&done.plan.parts).collect();
    let echo = Echo { outcome: done.outcome, mint, planned: &planned, is_short: done.is_short };
    let mut record = echo.person(&done.row.person);
    record.extend(done.row.shown.clone().unwrap_or_default());
    let mut rest = planned.iter().skip(1);
    if let Some(companies) = &done.row.companies {
        let company = |company: &crate::people::row::CompanyPart<'_>| {
            let mut fields =
                rest.next().map(|(part, plan)| echo.company(part, plan)).unwrap_or_default();
            let nested = company.relationships.as_ref().map(|list| {
                let nested = rest.by_ref().take(list.len());
                nested.filter_map(|(part, plan)| echo.relationship(part, plan)).collect()
            });
            fields.extend(nested.map(|nested| ("relationships".to_owned(), nested)));
            Json::Object(fields)
        };
        record.insert("companies".to_owned(), companies.iter().map(company).collect());
    }
    if done.row.relationships.is_some() {
        let direct = rest.filter_map(|(part, plan)| echo.relationship(part, plan));
        record.insert("relationships".to_owned(), direct.collect());
    }
    Json::Object(record)
}

/// The echo of a batch without faults: keys without a value are left out.
pub(super) fn plain(record: &Json) -> Json {
    let strip = |value: &Json| match value {
        Json::Array(list) => list.iter().map(plain).collect(),
        other => other.clone(),
    };
    let Json::Object(fields) = record else { return record.clone() };
    let kept = fields.iter().filter(|(_, value)| !value.is_null());
    let list = |name: &str| LISTS.contains(&name);
    kept.map(|(name, value)| (name.clone(), if list(name) { strip(value) } else { value.clone() }))
        .collect()
}

/// Ids in a record.
const IDS: [&str; 5] = ["Gsid", "Person_ID", "Company_ID", "Relationship_ID", "Company_Person_ID"];

/// A record's ids and the markers of those that were not found, and those of its associations.
pub(super) fn ids(record: &Json) -> Json {
    let Json::Object(fields) = record else { return record.clone() };
    let kept = fields.iter().filter_map(|(name, value)| match value {
        Json::Array(list) if LISTS.contains(&name.as_str()) => {
            Some((name.clone(), list.iter().map(ids).collect()))
        }
        value => {
            let is_id = value.as_str().is_some_and(|text| Gsid::parse(text).is_some());
            let is_kept = is_id || *value == marker(name);
            (is_kept && IDS.contains(&name.as_str())).then(|| (name.clone(), value.clone()))
        }
    });
    Json::Object(kept.collect())
}

struct Echo<'a> {
    outcome: &'a Outcome<'a>,
    mint: &'a Mint,
    planned: &'a [(&'a Part<'a>, &'a Planned)],
    is_short: bool,
}

impl Echo<'_> {
    fn written(&self) -> Option<&Person> {
        match self.outcome {
            Outcome::Written { person, .. } => Some(person),
            Outcome::Refused { .. } => None,
        }
    }

    /// Whether the lookup of the person found none.
    fn has_no_person(&self) -> bool {
        let Outcome::Refused { faults, .. } = self.outcome else { return false };
        let is_lookup = |fault: &Fault| fault.code == Code::LookupNotResolved;
        faults.iter().any(|fault| is_lookup(fault) && fault.field.as_deref() == Some("Person_ID"))
    }

    fn person(&self, part: &Part<'_>) -> Fields {
        let mut fields = part.sent_fields();
        if let Some((_, planned)) = self.planned.first() {
            fields.extend(planned.resolved.iter().cloned());
        }
        let was_there = match self.outcome {
            Outcome::Written { inserted, .. } => !inserted,
            Outcome::Refused { exists, .. } => *exists,
        };
        if !was_there && !self.is_short {
            defaults(part.object, &mut fields);
        }
        fields
            .extend(self.written().map(|person| ("Gsid".to_owned(), person.gsid.as_str().into())));
        fields
    }

    fn company(&self, part: &Part<'_>, planned: &Planned) -> Fields {
        self.association(&[(part, planned)], GsidKind::CompanyPerson)
    }

    /// Equal relationships are shown once, at the place of the last (contract:
    /// bulk#merged-associations).
    fn relationship(&self, part: &Part<'_>, planned: &Planned) -> Option<Json> {
        let kind = GsidKind::RelationshipPerson;
        let name = planned.name.as_ref().filter(|_| self.written().is_some());
        let Some(name) = name else {
            return Some(Json::Object(self.association(&[(part, planned)], kind)));
        };
        let equal = self.planned.iter().filter(|(_, other)| other.name.as_ref() == Some(name));
        let equal: Vec<_> = equal.copied().collect();
        let is_last = equal.last().is_some_and(|(_, last)| last.place == planned.place);
        is_last.then(|| Json::Object(self.association(&equal, kind)))
    }

    /// One association, from all the parts that are it.
    fn association(&self, equal: &[(&Part<'_>, &Planned)], kind: GsidKind) -> Fields {
        let mut fields = Fields::new();
        for (part, planned) in equal {
            fields.extend(part.sent_fields());
            fields.extend(planned.resolved.iter().cloned());
        }
        let Some((part, planned)) = equal.last() else { return fields };
        let held = planned.name.as_deref().and_then(|name| self.held(name));
        let sound = equal.iter().any(|(_, planned)| planned.faults.is_empty());
        let made = |held: &Held| match self.outcome {
            Outcome::Written { made, .. } => made.contains(&held.name),
            Outcome::Refused { .. } => true,
        };
        if held.is_none_or(made) && !self.is_short {
            defaults(part.object, &mut fields);
        }
        self.keys(planned, &mut fields);
        if part.person_lookup.is_some() && self.has_no_person() {
            fields.insert("Person_ID".to_owned(), marker("Person_ID"));
        }
        if let (Some(person), Some(held), true) = (self.written(), held, sound) {
            let gsid = self.mint.association(kind, &person.gsid, &held.name);
            fields.insert("Gsid".to_owned(), gsid.into());
        }
        fields
    }

    /// The ids of an association: those that were found; null where one is not known.
    fn keys(&self, planned: &Planned, fields: &mut Fields) {
        let Some(key) = &planned.key else { return };
        for (name, part) in key.parts() {
            match part.map(KeyPart::shown) {
                Some(Some(id)) => _ = fields.insert(name.to_owned(), id),
                // What was sent as null is shown so.
                Some(None) => fields.retain(|known, sent| known != name || sent.is_null()),
                None => {}
            }
        }
        let person = self.written();
        let known = || fields.get("Person_ID").cloned().unwrap_or_default();
        let id = person.map_or_else(known, |person| person.gsid.as_str().into());
        fields.insert("Person_ID".to_owned(), id);
        if key.relationship.is_some() {
            let company = match &key.company {
                KeyPart::Known(company) => Some(people::company_name(self.mint, company)),
                _ => None,
            };
            let kind = GsidKind::CompanyPerson;
            let held = company.and_then(|name| self.held(&name)).zip(person);
            let gsid =
                held.map(|(held, person)| self.mint.association(kind, &person.gsid, &held.name));
            fields.insert("Company_Person_ID".to_owned(), gsid.into());
        }
    }

    fn held(&self, name: &str) -> Option<&Held> {
        let person = self.written()?;
        person.companies.iter().chain(&person.relationships).find(|held| held.name == name)
    }
}

/// Adds what the object gives to a new row, as text, where nothing was sent.
fn defaults(object: &Object, fields: &mut Fields) {
    let stored = object.fields().iter().filter(|field| matches!(field.source, Source::Stored(_)));
    for field in stored.filter(|field| !fields.contains_key(&field.name)).collect::<Vec<_>>() {
        if let Some(value) = field.default_now() {
            fields.insert(field.name.clone(), text(field, value));
        }
    }
}

fn text(field: &Field, value: &Value) -> Json {
    match values::print(field.kind, value) {
        Json::Bool(flag) => flag.to_string().into(),
        Json::Number(number) => number.to_string().into(),
        other => other,
    }
}
