//! Refuses rows, with all faults that their answers report.

use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::fault::{self, Fault, RowPath};
use people_domain::ids::email::Email;
use people_domain::people::Person;
use people_domain::people::outcome::{RowInFlight, RowOutcome};
use people_domain::people::plan;
use people_domain::people::row::{PersonRef, Row};
use people_domain::schema::metadata::{Metadata, object};
use serde_json::Value as Json;

use super::{FaultPolicy, JobContext, PEOPLE_CONCURRENCY};
use crate::jobs::{RecordedOutcome, StoredRefusal};
use crate::{Result, TenantStore, WriteRefusal};

/// A row that the policy refuses.
pub(super) struct RefusedRow {
    /// Index among the rows of the call.
    pub(super) index: usize,
    /// The faults, except that the person does not exist.
    faults: Vec<Fault>,
    /// Whether a person that does not exist is a fault.
    must_exist: bool,
    /// The GSID of the row's person before the first row was written.
    pub(super) person: Option<String>,
}

impl RefusedRow {
    /// The outcome of the row when this is the GSID of its person.
    pub(super) fn to_outcome(&self, row: &Row<'_>, person: Option<&str>) -> RowOutcome {
        let mut faults = self.faults.clone();
        match person {
            Some(gsid) => plan::set_person_gsid(&mut faults, gsid),
            None if self.must_exist => faults.insert(0, row.person_not_found()),
            None => {}
        }
        RowOutcome::Refused { faults, exists: person.is_some() }
    }
}

impl TenantStore {
    /// Refuses the rows that the policy does not allow. Their outcomes are preliminary: they do not
    /// take into account yet the writes of the rows before them.
    pub(super) async fn refuse_rows(
        &self,
        rows: &mut [RowInFlight<'_>],
        policy: FaultPolicy,
        job: Option<&JobContext>,
    ) -> Result<Vec<RefusedRow>> {
        // A person that an earlier attempt at this chunk created did not exist before the chunk.
        let row_count = rows.len() as u128;
        let is_own = |person: &Person| {
            let since =
                |job: &JobContext| person.created.number().checked_sub(job.chunk.stamp.number());
            job.and_then(since).is_some_and(|since| since < row_count)
        };
        let mut refusals = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            // A row that was written stays so, even if a record that it names was deleted since.
            let has_ended = job.is_some_and(|job| job.chunk.outcomes.outcome_of(at).is_some());
            if !has_ended && !passes_policy(row, policy) {
                refusals.push(self.describe_refusal(at, row, policy, &is_own));
            }
        }
        let refused: Vec<RefusedRow> =
            stream::iter(refusals).buffered(PEOPLE_CONCURRENCY).try_collect().await?;
        for refused in &refused {
            if let Some(row) = rows.get_mut(refused.index) {
                row.outcome = Some(refused.to_outcome(&row.parsed, refused.person.as_deref()));
            }
        }
        Ok(refused)
    }

    /// Refuses the rows that the store refused at an earlier attempt at their chunk.
    pub(super) fn refuse_recorded_rows(
        rows: &mut [RowInFlight<'_>],
        job: &JobContext,
        metadata: &Metadata,
    ) {
        for (at, row) in rows.iter_mut().enumerate() {
            if let (None, Some(RecordedOutcome::Refused(refused))) =
                (&row.outcome, job.chunk.outcomes.outcome_of(at))
            {
                row.outcome = Some(refused_outcome(row, refused, metadata));
            }
        }
    }

    async fn describe_refusal(
        &self,
        at: usize,
        row: &RowInFlight<'_>,
        policy: FaultPolicy,
        is_own: &impl Fn(&Person) -> bool,
    ) -> Result<RefusedRow> {
        let RowInFlight { parsed: row, plan, .. } = row;
        let faults = match policy {
            FaultPolicy::Atomic => plan.faults(),
            FaultPolicy::Partial => plan.person.faults.clone(),
        };
        let wanted = match (&row.person_ref, policy) {
            (PersonRef::Unidentified, _) => false,
            // For an unreadable record an atomic answer reports only that it is unreadable.
            (_, FaultPolicy::Atomic) if row.echoed_lists.is_some() => false,
            (PersonRef::Email(_), FaultPolicy::Atomic) => plan::needs_person_gsid(&faults),
            _ => true,
        };
        let person = if wanted { self.find_person_of_row(row).await? } else { None };
        let person = person.filter(|person| !is_own(person)).map(|person| person.gsid);
        let must_exist =
            wanted && row.echoed_lists.is_none() && !matches!(row.person_ref, PersonRef::Email(_));
        Ok(RefusedRow { index: at, faults, must_exist, person })
    }

    /// Reads the person that a row refers to.
    pub(super) async fn find_person_of_row(&self, row: &Row<'_>) -> Result<Option<Person>> {
        if let Some(query) = row.person_query()
            && self.search_records(query, 1).await?.is_empty()
        {
            return Ok(None);
        }
        match &row.person_ref {
            PersonRef::Gsid(gsid, _) => self.read_person_by_gsid(gsid).await,
            PersonRef::Email(email) | PersonRef::LookedUp(email) => {
                self.read_person_by_email(email).await
            }
            PersonRef::Unidentified => Ok(None),
        }
    }
}

/// The outcome of a row that the store refused.
pub(super) fn refused_outcome(
    row: &RowInFlight<'_>,
    refused: StoredRefusal,
    metadata: &Metadata,
) -> RowOutcome {
    let required = row.plan.write.missing_required_field.as_deref();
    let faults = vec![refusal_to_fault(refused.refusal, &row.parsed, required, metadata)];
    RowOutcome::Refused { faults, exists: refused.exists }
}

fn passes_policy(row: &RowInFlight<'_>, policy: FaultPolicy) -> bool {
    match policy {
        FaultPolicy::Atomic => row.plan.faults().is_empty(),
        FaultPolicy::Partial => row.plan.person_is_valid(),
    }
}

/// The fault that reports the store's refusal of a write to the row's sender.
fn refusal_to_fault(
    refusal: WriteRefusal,
    row: &Row<'_>,
    required: Option<&str>,
    metadata: &Metadata,
) -> Fault {
    match (refusal, &row.email, required) {
        (WriteRefusal::EmailTaken, Some(email), _) => Fault::email_taken(email),
        (WriteRefusal::RequiredMissing, _, Some(name)) => {
            let kind = metadata.standard_object(object::PERSON).field(name).map(|field| field.kind);
            let code = kind.map_or(people_domain::code::Code::String, fault::code_for_type);
            Fault::invalid_field(RowPath::Person, name, Json::Null, code)
        }
        (WriteRefusal::TooLarge, ..) => Fault::limit_exceeded(
            RowPath::Person,
            "The person with all its companies and relationships would be larger than 400 KB; send fewer or shorter values"
                .to_owned(),
        ),
        (WriteRefusal::Erased, Some(email), _) => erased_person_fault(email),
        (WriteRefusal::GivenUp, ..) => Fault::unexpected(),
        _ => row.person_not_found(),
    }
}

/// A job that was accepted before a person's erasure does not create the person again (contract:
/// delete#same-email-later; ADR 8).
fn erased_person_fault(email: &Email) -> Fault {
    let code = people_domain::code::Code::PeopleNotFound;
    Fault::invalid_field(RowPath::Person, "Email", email.as_sent().into(), code)
}
