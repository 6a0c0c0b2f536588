//! `record` of a row: what was sent, the ids that were found or made, and the defaults of every
//! part that is no update of what was there (contract: bulk#echo, bulk#echoed-defaults).

use serde_json::{Map, Value as Json};

use super::{FinishedRow, RowOutcome};
use crate::code::Code;
use crate::fault::{Fault, lookup_error_marker};
use crate::ids::gsid::{Gsid, GsidKind};
use crate::ids::tenant_ids::TenantIds;
use crate::people::plan::{KeyPart, PlannedPart};
use crate::people::row::{ASSOCIATION_LISTS, RowPart};
use crate::people::{self, Person, StoredAssociation};
use crate::schema::metadata::{Field, FieldOrigin, Object};
use crate::values::{self, Value};

type EchoFields = Map<String, Json>;

/// The echo with every null that an answer may show; [`plain`] takes them out.
pub(super) fn echo_record(done: &FinishedRow<'_>, tenant_ids: &TenantIds) -> Json {
    let planned: Vec<_> = done.row.parts().zip(&done.plan.parts).collect();
    let echo =
        RowEcho { outcome: done.outcome, tenant_ids, planned: &planned, is_short: done.is_short };
    let mut record = echo.echo_person(&done.row.person);
    record.extend(done.row.echoed_lists.clone().unwrap_or_default());
    let mut rest = planned.iter().skip(1);
    if let Some(companies) = &done.row.companies {
        let company = |company: &crate::people::row::CompanyPart<'_>| {
            let mut fields =
                rest.next().map(|(part, plan)| echo.echo_company(part, plan)).unwrap_or_default();
            let nested = company.relationships.as_ref().map(|list| {
                let nested = rest.by_ref().take(list.len());
                nested.filter_map(|(part, plan)| echo.echo_relationship(part, plan)).collect()
            });
            fields.extend(nested.map(|nested| ("relationships".to_owned(), nested)));
            Json::Object(fields)
        };
        record.insert("companies".to_owned(), companies.iter().map(company).collect());
    }
    if done.row.relationships.is_some() {
        let direct = rest.filter_map(|(part, plan)| echo.echo_relationship(part, plan));
        record.insert("relationships".to_owned(), direct.collect());
    }
    Json::Object(record)
}

/// The echo of a batch without faults: keys without a value are left out.
pub(super) fn strip_nulls(record: &Json) -> Json {
    let strip = |value: &Json| match value {
        Json::Array(list) => list.iter().map(strip_nulls).collect(),
        other => other.clone(),
    };
    let Json::Object(fields) = record else { return record.clone() };
    let kept = fields.iter().filter(|(_, value)| !value.is_null());
    let list = |name: &str| ASSOCIATION_LISTS.contains(&name);
    kept.map(|(name, value)| (name.clone(), if list(name) { strip(value) } else { value.clone() }))
        .collect()
}

/// Ids in a record.
const ID_FIELDS: [&str; 5] =
    ["Gsid", "Person_ID", "Company_ID", "Relationship_ID", "Company_Person_ID"];

/// A record's ids and the markers of those that were not found, and those of its associations.
pub(super) fn extract_ids(record: &Json) -> Json {
    let Json::Object(fields) = record else { return record.clone() };
    let kept = fields.iter().filter_map(|(name, value)| match value {
        Json::Array(list) if ASSOCIATION_LISTS.contains(&name.as_str()) => {
            Some((name.clone(), list.iter().map(extract_ids).collect()))
        }
        value => {
            let is_id = value.as_str().is_some_and(|text| Gsid::parse(text).is_some());
            let is_kept = is_id || *value == lookup_error_marker(name);
            (is_kept && ID_FIELDS.contains(&name.as_str())).then(|| (name.clone(), value.clone()))
        }
    });
    Json::Object(kept.collect())
}

struct RowEcho<'a> {
    outcome: &'a RowOutcome<'a>,
    tenant_ids: &'a TenantIds,
    planned: &'a [(&'a RowPart<'a>, &'a PlannedPart)],
    is_short: bool,
}

impl RowEcho<'_> {
    fn written_person(&self) -> Option<&Person> {
        match self.outcome {
            RowOutcome::Written { person, .. } => Some(person),
            RowOutcome::Refused { .. } => None,
        }
    }

    /// Whether the lookup of the person found none.
    fn has_no_person(&self) -> bool {
        let RowOutcome::Refused { faults, .. } = self.outcome else { return false };
        let is_lookup = |fault: &Fault| fault.code == Code::LookupNotResolved;
        faults.iter().any(|fault| is_lookup(fault) && fault.field.as_deref() == Some("Person_ID"))
    }

    fn echo_person(&self, part: &RowPart<'_>) -> EchoFields {
        let mut fields = part.sent_fields();
        if let Some((_, planned)) = self.planned.first() {
            fields.extend(planned.resolved.iter().cloned());
        }
        let was_there = match self.outcome {
            RowOutcome::Written { inserted, .. } => !inserted,
            RowOutcome::Refused { exists, .. } => *exists,
        };
        if !was_there && !self.is_short {
            add_defaults(part.object, &mut fields);
        }
        fields.extend(
            self.written_person().map(|person| ("Gsid".to_owned(), person.gsid.as_str().into())),
        );
        fields
    }

    fn echo_company(&self, part: &RowPart<'_>, planned: &PlannedPart) -> EchoFields {
        self.echo_association(&[(part, planned)], GsidKind::CompanyPerson)
    }

    /// Equal relationships are shown once, at the place of the last (contract:
    /// bulk#merged-associations).
    fn echo_relationship(&self, part: &RowPart<'_>, planned: &PlannedPart) -> Option<Json> {
        let kind = GsidKind::RelationshipPerson;
        let name = planned.name.as_ref().filter(|_| self.written_person().is_some());
        let Some(name) = name else {
            return Some(Json::Object(self.echo_association(&[(part, planned)], kind)));
        };
        let equal = self.planned.iter().filter(|(_, other)| other.name.as_ref() == Some(name));
        let equal: Vec<_> = equal.copied().collect();
        let is_last = equal.last().is_some_and(|(_, last)| last.path == planned.path);
        is_last.then(|| Json::Object(self.echo_association(&equal, kind)))
    }

    /// One association, from all the parts that are it.
    fn echo_association(
        &self,
        equal: &[(&RowPart<'_>, &PlannedPart)],
        kind: GsidKind,
    ) -> EchoFields {
        let mut fields = EchoFields::new();
        for (part, planned) in equal {
            fields.extend(part.sent_fields());
            fields.extend(planned.resolved.iter().cloned());
        }
        let Some((part, planned)) = equal.last() else { return fields };
        let held = planned.name.as_deref().and_then(|name| self.find_association(name));
        let sound = equal.iter().any(|(_, planned)| planned.faults.is_empty());
        let made = |held: &StoredAssociation| match self.outcome {
            RowOutcome::Written { created_associations: made, .. } => made.contains(&held.name),
            RowOutcome::Refused { .. } => true,
        };
        if held.is_none_or(made) && !self.is_short {
            add_defaults(part.object, &mut fields);
        }
        self.add_key_ids(planned, &mut fields);
        if part.person_lookup.is_some() && self.has_no_person() {
            fields.insert("Person_ID".to_owned(), lookup_error_marker("Person_ID"));
        }
        if let (Some(person), Some(held), true) = (self.written_person(), held, sound) {
            let gsid = self.tenant_ids.association_gsid(kind, &person.gsid, &held.name);
            fields.insert("Gsid".to_owned(), gsid.into());
        }
        fields
    }

    /// The ids of an association: those that were found; null where one is not known.
    fn add_key_ids(&self, planned: &PlannedPart, fields: &mut EchoFields) {
        let Some(key) = &planned.key else { return };
        for (name, part) in key.parts() {
            match part.map(KeyPart::to_json) {
                Some(Some(id)) => _ = fields.insert(name.to_owned(), id),
                // What was sent as null is shown so.
                Some(None) => fields.retain(|known, sent| known != name || sent.is_null()),
                None => {}
            }
        }
        let person = self.written_person();
        let known = || fields.get("Person_ID").cloned().unwrap_or_default();
        let id = person.map_or_else(known, |person| person.gsid.as_str().into());
        fields.insert("Person_ID".to_owned(), id);
        if key.relationship.is_some() {
            let company = match &key.company {
                KeyPart::Known(company) => {
                    Some(people::company_association_name(self.tenant_ids, company))
                }
                _ => None,
            };
            let kind = GsidKind::CompanyPerson;
            let held = company.and_then(|name| self.find_association(&name)).zip(person);
            let gsid = held.map(|(held, person)| {
                self.tenant_ids.association_gsid(kind, &person.gsid, &held.name)
            });
            fields.insert("Company_Person_ID".to_owned(), gsid.into());
        }
    }

    fn find_association(&self, name: &str) -> Option<&StoredAssociation> {
        let person = self.written_person()?;
        person.companies.iter().chain(&person.relationships).find(|held| held.name == name)
    }
}

/// Adds what the object gives to a new row, as text, where nothing was sent.
fn add_defaults(object: &Object, fields: &mut EchoFields) {
    let stored =
        object.fields().iter().filter(|field| matches!(field.origin, FieldOrigin::Stored(_)));
    for field in stored.filter(|field| !fields.contains_key(&field.name)).collect::<Vec<_>>() {
        if let Some(value) = field.default_now() {
            fields.insert(field.name.clone(), format_value(field, value));
        }
    }
}

fn format_value(field: &Field, value: &Value) -> Json {
    match values::to_json(field.kind, value) {
        Json::Bool(flag) => flag.to_string().into(),
        Json::Number(number) => number.to_string().into(),
        other => other,
    }
}
