//! Runs requests through the rules in the order of the service: rows, needs, known records, plans,
//! writes, responses.

use people_domain::fault::Fault;
use people_domain::lookup::Lookups;
use people_domain::objects::{self, ObjectFault, WrittenRecord};
use people_domain::people::needs::{Known, Needs};
use people_domain::people::outcome::{RowInFlight, RowOutcome};
use people_domain::people::plan::{self, RowPlan};
use people_domain::people::row::{self, PersonRef, Row};
use people_domain::response::bulk::{RowResponse, SeenKeys};
use people_domain::schema::metadata::{Metadata, object};
use serde_json::Value as Json;

use crate::store::MemoryTenant;

/// Which rows are written.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum UpsertPolicy {
    /// Rows without any fault.
    Atomic,
    /// Rows whose person has no fault.
    Partial,
}

impl MemoryTenant {
    /// Resolves the needs of rows.
    pub(crate) fn resolve_rows(&self, rows: &[Row<'_>]) -> Known {
        let mut needs = Needs::default();
        rows.iter().for_each(|row| row.add_needs(&mut needs));
        let mut known = self.find_known(&needs);
        let more = rows.iter().flat_map(|row| row.companies_of_relationships(&known));
        let records = more.map(|id| (object::COMPANY, id)).collect();
        known.records.extend(self.find_known(&Needs { records, ..Needs::default() }).records);
        known
    }

    /// Upserts one record, all or nothing. Returns its GSID, or its faults.
    pub(crate) fn upsert_person(&mut self, record: &Json) -> Result<String, Vec<Fault>> {
        match self
            .upsert_all(std::slice::from_ref(record), &Lookups::default(), UpsertPolicy::Atomic)
            .remove(0)
        {
            RowOutcome::Written(written) => Ok(written.person.gsid.clone()),
            RowOutcome::Refused { faults, .. } => Err(faults),
        }
    }

    /// Upserts records one after the other.
    pub(crate) fn upsert_all(
        &mut self,
        records: &[Json],
        shared: &Lookups,
        policy: UpsertPolicy,
    ) -> Vec<RowOutcome> {
        let metadata = self.metadata.clone();
        let rows = parse_rows(records, shared, &metadata);
        let (known, plans) = self.plan_rows(&rows);
        rows.iter()
            .zip(&plans)
            .map(|(row, plan)| self.apply_row(row, plan, &known, policy))
            .collect()
    }

    /// Upserts a batch and renders its rows.
    pub(crate) fn upsert_bulk(&mut self, body: &Json) -> Vec<RowResponse> {
        let shared = body.get("lookups").map(|raw| Lookups::parse(raw).expect("lookups"));
        let records = body["records"].as_array().expect("records");
        self.upsert_rows(records, &shared.unwrap_or_default(), false)
    }

    /// Upserts records and renders their rows; `is_short` as in an answer that would be too large.
    pub(crate) fn upsert_rows(
        &mut self,
        records: &[Json],
        shared: &Lookups,
        is_short: bool,
    ) -> Vec<RowResponse> {
        let metadata = self.metadata.clone();
        let rows = parse_rows(records, shared, &metadata);
        let (known, plans) = self.plan_rows(&rows);
        let mut seen = SeenKeys::new();
        let mut answers = Vec::new();
        for (number, (row, plan)) in (1..).zip(rows.into_iter().zip(plans)) {
            let outcome = Some(self.apply_row(&row, &plan, &known, UpsertPolicy::Partial));
            let in_flight = RowInFlight { number, parsed: row, plan, outcome };
            answers.push(RowResponse::new(&in_flight, is_short, &self.tenant_ids, &mut seen));
        }
        answers
    }

    /// Plans rows, and returns the known records that the plans are based on.
    pub(crate) fn plan_rows(&self, rows: &[Row<'_>]) -> (Known, Vec<RowPlan>) {
        let known = self.resolve_rows(rows);
        let plans = rows.iter().map(|row| plan::plan_row(row, &known, &self.tenant_ids)).collect();
        (known, plans)
    }

    fn apply_row(
        &mut self,
        row: &Row<'_>,
        plan: &RowPlan,
        known: &Known,
        policy: UpsertPolicy,
    ) -> RowOutcome {
        let may_go = match policy {
            UpsertPolicy::Atomic => plan.faults().is_empty(),
            UpsertPolicy::Partial => plan.person_is_valid(),
        };
        if !may_go {
            return self.refuse_row(row, plan, policy);
        }
        match self.write_person(row, &plan.write) {
            Ok(written) => {
                for (category, label) in &known.new_labels {
                    self.learn_label(category, label);
                }
                RowOutcome::Written(written)
            }
            Err(fault) => {
                RowOutcome::Refused { faults: vec![*fault], exists: self.person_of(row).is_some() }
            }
        }
    }

    /// The outcome of a row that is not written: its faults name the person, or require that it exists.
    fn refuse_row(&self, row: &Row<'_>, plan: &RowPlan, policy: UpsertPolicy) -> RowOutcome {
        let mut faults = match policy {
            UpsertPolicy::Atomic => plan.faults(),
            UpsertPolicy::Partial => plan.person.faults.clone(),
        };
        let person = self.person_of(row);
        match &person {
            Some(person) => plan::set_person_gsid(&mut faults, &person.gsid),
            None if matches!(row.person_ref, PersonRef::Gsid(..) | PersonRef::LookedUp(_)) => {
                faults.insert(0, row.person_not_found());
            }
            None => {}
        }
        RowOutcome::Refused { faults, exists: person.is_some() }
    }

    /// Inserts records of an object, all or nothing.
    pub(crate) fn insert_all(&mut self, name: &str, records: &[Json]) -> RecordsOutcome {
        let metadata = self.metadata.clone();
        let object = metadata.object(name).expect("an object");
        let rows: Vec<_> =
            records.iter().map(|raw| objects::parse_record(raw, object, &[], &metadata)).collect();
        let mut needs = Needs::default();
        rows.iter().for_each(|row| row.add_needs(&mut needs));
        let known = self.find_known(&needs);
        let plans: Vec<_> = rows.iter().map(|row| objects::plan_insert(row, &known)).collect();
        if plans.iter().any(|plan| !plan.faults.is_empty()) {
            return Err(plans.into_iter().map(|plan| plan.faults).collect());
        }
        let kind = object.record_kind().expect("an object that is written");
        let made = plans.into_iter().map(|plan| self.insert_record(&object.name, kind, plan.write));
        let written = |gsid| WrittenRecord { sent: serde_json::Map::new(), gsid, count: 1 };
        Ok(made.map(written).collect())
    }

    /// Finds the records that an update by keys changes, all or nothing. Stores no values.
    pub(crate) fn find_for_update(
        &self,
        name: &str,
        keys: &[String],
        records: &[Json],
    ) -> RecordsOutcome {
        let object = self.metadata.object(name).expect("an object");
        let keys: Vec<_> = keys.iter().map(|key| object.field(key).unwrap().name.clone()).collect();
        let parse = |raw| objects::parse_record(raw, object, &[], &self.metadata);
        let rows: Vec<_> = records.iter().map(parse).collect();
        let mut needs = Needs::default();
        rows.iter().for_each(|row| row.add_needs(&mut needs));
        let mut known = self.find_known(&needs);
        let queries = rows.iter().filter_map(|row| row.key_query(&keys, &known)).collect();
        known.matches.extend(self.search_records(&queries));
        let plans: Vec<_> =
            rows.iter().map(|row| objects::plan_update(row, &keys, &known)).collect();
        if plans.iter().any(|plan| !plan.faults.is_empty()) {
            return Err(plans.into_iter().map(|plan| plan.faults).collect());
        }
        let written = rows.into_iter().zip(plans).map(|(row, plan)| WrittenRecord {
            sent: row.sent,
            gsid: plan.targets[0].gsid.clone(),
            count: plan.targets.len(),
        });
        Ok(written.collect())
    }
}

/// The outcome of each record, or the faults of each.
pub(crate) type RecordsOutcome = Result<Vec<WrittenRecord>, Vec<Vec<ObjectFault>>>;

/// Records as rows.
pub(crate) fn parse_rows<'m>(
    records: &'m [Json],
    shared: &Lookups,
    metadata: &'m Metadata,
) -> Vec<Row<'m>> {
    records.iter().map(|raw| row::parse(raw, shared, metadata)).collect()
}

/// A tenant of the samples of bulk calls: two companies, a relationship of the first, and checkboxes
/// of its own with defaults.
pub(crate) fn tenant_of_bulk() -> MemoryTenant {
    MemoryTenant::new(&people_fixtures::Fixture::load("bulk-upsert/email-invalid").given)
}

/// A document with the names of these people's ids in place of the ids.
pub(crate) fn restore_names(tenant: &mut MemoryTenant, emails: &[&str], document: &Json) -> Json {
    emails.iter().for_each(|email| tenant.name_person(email));
    tenant.names.restore_names(document)
}
