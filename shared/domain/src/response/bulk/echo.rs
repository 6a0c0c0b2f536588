//! Builds `record` of a row's answer: the fields that were sent, the ids that were found or
//! created, and the defaults of every part that did not exist before (contract: bulk#echo,
//! bulk#echoed-defaults).
//!
//! A part of the row is echoed with the part of the plan that has the same path:
//!
//! ```text
//! row.companies[0]            sent     {"Company_ID": "1P02…", "Title": "CEO"}
//! plan.part(Company(0))       key      Company_ID known; name "c…"
//! outcome.person              stored   the association "c…"
//! echo of companies[0]                 {"Company_ID": "1P02…", "Title": "CEO", "Active": "true",
//!                                       "Person_ID": "1P04…", "Gsid": "1C01…"}
//! ```

use serde_json::{Map, Value as Json};

use crate::code::Code;
use crate::fault::{Fault, lookup_error_marker};
use crate::ids::gsid::{Gsid, GsidKind};
use crate::ids::tenant_ids::TenantIds;
use crate::people::outcome::{RowInFlight, RowOutcome};
use crate::people::plan::{AssociationKey, KeyPart, PlannedPart, RowPlan};
use crate::people::row::{ASSOCIATION_LISTS, CompanyPart, Row, RowPart};
use crate::people::{self, Person, StoredAssociation};
use crate::schema::metadata::{Field, FieldOrigin, Object};
use crate::values::{self, Value};

type EchoFields = Map<String, Json>;

/// The echo with every null that an answer may show; [`strip_nulls`] removes them.
pub(super) fn echo_record(
    in_flight: &RowInFlight<'_>,
    outcome: &RowOutcome,
    is_short: bool,
    tenant_ids: &TenantIds,
) -> Json {
    let RowInFlight { parsed: row, plan, .. } = in_flight;
    let echo = RowEcho { row, plan, outcome, is_short, tenant_ids };
    let mut record = echo.echo_person();
    record.extend(row.echoed_lists.clone().unwrap_or_default());
    if let Some(companies) = &row.companies {
        let companies = companies.iter().map(|company| echo.echo_company(company));
        record.insert("companies".to_owned(), companies.collect());
    }
    if let Some(relationships) = &row.relationships {
        record.insert("relationships".to_owned(), echo.echo_relationships(relationships));
    }
    Json::Object(record)
}

/// The echo in a batch without faults: members without a value are left out.
pub(super) fn strip_nulls(record: &Json) -> Json {
    let Json::Object(fields) = record else { return record.clone() };
    let kept = fields.iter().filter(|(_, value)| !value.is_null());
    let kept = kept.map(|(name, value)| match value {
        Json::Array(list) if ASSOCIATION_LISTS.contains(&name.as_str()) => {
            (name.clone(), list.iter().map(strip_nulls).collect())
        }
        value => (name.clone(), value.clone()),
    });
    Json::Object(kept.collect())
}

const ID_FIELDS: [&str; 5] =
    ["Gsid", "Person_ID", "Company_ID", "Relationship_ID", "Company_Person_ID"];

/// The ids of a record and the markers of failed lookups, also those of its associations.
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

/// A part of the row and what was planned for it: parts with the same path.
type PartWithPlan<'a> = (&'a RowPart<'a>, &'a PlannedPart);

struct RowEcho<'a> {
    row: &'a Row<'a>,
    plan: &'a RowPlan,
    outcome: &'a RowOutcome,
    is_short: bool,
    tenant_ids: &'a TenantIds,
}

impl<'a> RowEcho<'a> {
    fn echo_person(&self) -> EchoFields {
        let mut fields = self.row.person.sent_fields();
        fields.extend(self.plan.person.resolved.iter().cloned());
        let existed = match self.outcome {
            RowOutcome::Written(upserted) => !upserted.inserted,
            RowOutcome::Refused { exists, .. } => *exists,
        };
        if !existed && !self.is_short {
            add_defaults(self.row.person.object, &mut fields);
        }
        fields.extend(
            self.written_person().map(|person| ("Gsid".to_owned(), person.gsid.as_str().into())),
        );
        fields
    }

    fn echo_company(&self, CompanyPart { part, relationships }: &'a CompanyPart<'a>) -> Json {
        let part = self.with_plan(part);
        let mut fields = self.echo_association(part.as_slice(), GsidKind::CompanyPerson);
        if let Some(nested) = relationships {
            fields.insert("relationships".to_owned(), self.echo_relationships(nested));
        }
        Json::Object(fields)
    }

    fn echo_relationships(&self, parts: &'a [RowPart<'a>]) -> Json {
        let parts = parts.iter().filter_map(|part| self.with_plan(part));
        parts.filter_map(|part| self.echo_relationship(part)).collect()
    }

    /// Equal relationships of a written person are shown once, in place of the last (contract:
    /// bulk#merged-associations).
    fn echo_relationship(&self, part: PartWithPlan<'a>) -> Option<Json> {
        let (_, planned) = part;
        let name = planned.name.as_ref().filter(|_| self.written_person().is_some());
        let equal = match name {
            Some(name) => self.parts_named(name),
            None => vec![part],
        };
        let is_last = equal.last().is_some_and(|(_, last)| last.path == planned.path);
        let echo = || Json::Object(self.echo_association(&equal, GsidKind::RelationshipPerson));
        is_last.then(echo)
    }

    /// One association, from all the parts of the row that name it.
    fn echo_association(&self, equal: &[PartWithPlan<'_>], kind: GsidKind) -> EchoFields {
        let mut fields = EchoFields::new();
        for (part, planned) in equal {
            fields.extend(part.sent_fields());
            fields.extend(planned.resolved.iter().cloned());
        }
        let Some((part, planned)) = equal.last() else { return fields };
        let stored = planned.name.as_deref().and_then(|name| self.find_association(name));
        let is_new = stored.is_none_or(|association| self.was_created(association));
        if is_new && !self.is_short {
            add_defaults(part.object, &mut fields);
        }
        if let Some(key) = &planned.key {
            self.add_key_ids(key, &mut fields);
        }
        if part.person_lookup.is_some() && self.has_failed_person_lookup() {
            fields.insert("Person_ID".to_owned(), lookup_error_marker("Person_ID"));
        }
        let is_written = equal.iter().any(|(_, planned)| planned.faults.is_empty());
        if let (true, Some(person), Some(association)) = (is_written, self.written_person(), stored)
        {
            let gsid = self.tenant_ids.association_gsid(kind, &person.gsid, &association.name);
            fields.insert("Gsid".to_owned(), gsid.into());
        }
        fields
    }

    /// Adds the ids of an association: those that were found, null for one that is not known.
    fn add_key_ids(&self, key: &AssociationKey, fields: &mut EchoFields) {
        for (name, part) in key.parts() {
            match part.map(KeyPart::to_json) {
                Some(Some(id)) => _ = fields.insert(name.to_owned(), id),
                // A null that was sent stays.
                Some(None) => fields.retain(|known, sent| known != name || sent.is_null()),
                None => {}
            }
        }
        let person = self.written_person();
        let person_id = match person {
            Some(person) => person.gsid.as_str().into(),
            None => fields.get("Person_ID").cloned().unwrap_or_default(),
        };
        fields.insert("Person_ID".to_owned(), person_id);
        if key.relationship.is_some() {
            let association = match &key.company {
                KeyPart::Known(company) => self
                    .find_association(&people::company_association_name(self.tenant_ids, company)),
                _ => None,
            };
            let kind = GsidKind::CompanyPerson;
            let gsid = association.zip(person).map(|(association, person)| {
                self.tenant_ids.association_gsid(kind, &person.gsid, &association.name)
            });
            fields.insert("Company_Person_ID".to_owned(), gsid.into());
        }
    }

    fn with_plan(&self, part: &'a RowPart<'a>) -> Option<PartWithPlan<'a>> {
        Some((part, self.plan.part(part.path)?))
    }

    /// All parts of the row that name one association.
    fn parts_named(&self, name: &str) -> Vec<PartWithPlan<'a>> {
        let equal = self.plan.associations();
        let equal = equal.filter(|planned| planned.name.as_deref() == Some(name));
        equal.filter_map(|planned| Some((self.row.part(planned.path)?, planned))).collect()
    }

    fn written_person(&self) -> Option<&Person> {
        match self.outcome {
            RowOutcome::Written(upserted) => Some(&upserted.person),
            RowOutcome::Refused { .. } => None,
        }
    }

    fn find_association(&self, name: &str) -> Option<&StoredAssociation> {
        let person = self.written_person()?;
        let mut associations = person.companies.iter().chain(&person.relationships);
        associations.find(|association| association.name == name)
    }

    fn was_created(&self, association: &StoredAssociation) -> bool {
        match self.outcome {
            RowOutcome::Written(upserted) => {
                upserted.created_associations.contains(&association.name)
            }
            RowOutcome::Refused { .. } => true,
        }
    }

    /// Whether the row was refused because the lookup of its person found nobody.
    fn has_failed_person_lookup(&self) -> bool {
        let RowOutcome::Refused { faults, .. } = self.outcome else { return false };
        let is_person_lookup = |fault: &Fault| {
            fault.code == Code::LookupNotResolved && fault.field.as_deref() == Some("Person_ID")
        };
        faults.iter().any(is_person_lookup)
    }
}

/// Adds the defaults of a new row of the object, as text, for fields that were not sent.
fn add_defaults(object: &Object, fields: &mut EchoFields) {
    let stored =
        object.fields().iter().filter(|field| matches!(field.origin, FieldOrigin::Stored(_)));
    for field in stored {
        if let (false, Some(value)) = (fields.contains_key(&field.name), field.default_now()) {
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
