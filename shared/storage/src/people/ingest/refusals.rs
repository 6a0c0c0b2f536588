//! Rows that may not go, with all that is to be said of them.

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

/// A row that may not go.
pub(super) struct RefusedRow {
    /// Its place among the rows of the call.
    pub(super) index: usize,
    /// The row's faults, its person apart.
    faults: Vec<Fault>,
    /// Whether it is a fault that its person is not there.
    must_exist: bool,
    /// Its person before the first row was written, as a GSID.
    pub(super) person: Option<String>,
}

impl RefusedRow {
    /// How the row ends when this is its person.
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
    /// Ends the way of rows that the policy does not let go, as far as can be told before the rows
    /// before them are written.
    pub(super) async fn refuse_rows(
        &self,
        passing: &mut [RowInFlight<'_>],
        policy: FaultPolicy,
        run: Option<&JobContext>,
    ) -> Result<Vec<RefusedRow>> {
        // Whom an earlier attempt at this chunk made was not there before it.
        let rows = passing.len() as u128;
        let made = |person: &Person| {
            let since =
                |run: &JobContext| person.created.number().checked_sub(run.chunk.stamp.number());
            run.and_then(since).is_some_and(|since| since < rows)
        };
        let mut asked = Vec::new();
        for (at, passing) in passing.iter().enumerate() {
            // A row that was written stays so, though what it names has gone since.
            let has_ended = run.is_some_and(|run| run.chunk.outcomes.outcome_of(at).is_some());
            if !has_ended && !passes_policy(passing, policy) {
                asked.push(self.describe_refusal(at, passing, policy, &made));
            }
        }
        let refused: Vec<RefusedRow> =
            stream::iter(asked).buffered(PEOPLE_CONCURRENCY).try_collect().await?;
        for refused in &refused {
            if let Some(passing) = passing.get_mut(refused.index) {
                passing.outcome = Some(refused.to_outcome(&passing.row, refused.person.as_deref()));
            }
        }
        Ok(refused)
    }

    /// Ends the way of rows that the store refused at an earlier attempt at their chunk.
    pub(super) fn refuse_recorded_rows(
        passing: &mut [RowInFlight<'_>],
        run: &JobContext,
        metadata: &Metadata,
    ) {
        for (at, passing) in passing.iter_mut().enumerate() {
            if let (None, Some(RecordedOutcome::Refused(refused))) =
                (&passing.outcome, run.chunk.outcomes.outcome_of(at))
            {
                passing.outcome = Some(refused_outcome(passing, refused, metadata));
            }
        }
    }

    async fn describe_refusal(
        &self,
        at: usize,
        passing: &RowInFlight<'_>,
        policy: FaultPolicy,
        made: &impl Fn(&Person) -> bool,
    ) -> Result<RefusedRow> {
        let RowInFlight { row, plan, .. } = passing;
        let faults = match policy {
            FaultPolicy::Atomic => plan.faults(),
            FaultPolicy::Partial => plan.person.faults.clone(),
        };
        let wanted = match (&row.person_ref, policy) {
            (PersonRef::Unidentified, _) => false,
            // Of a record that is not read an atomic answer says nothing but that.
            (_, FaultPolicy::Atomic) if row.echoed_lists.is_some() => false,
            (PersonRef::Email(_), FaultPolicy::Atomic) => plan::needs_person_gsid(&faults),
            _ => true,
        };
        let person = if wanted { self.find_person_of_row(row).await? } else { None };
        let person = person.filter(|person| !made(person)).map(|person| person.gsid);
        let has_to_exist =
            wanted && row.echoed_lists.is_none() && !matches!(row.person_ref, PersonRef::Email(_));
        Ok(RefusedRow { index: at, faults, must_exist: has_to_exist, person })
    }

    /// The person that a row is about, as it stands in the store.
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
    passing: &RowInFlight<'_>,
    refused: StoredRefusal,
    metadata: &Metadata,
) -> RowOutcome {
    let required = passing.plan.write.required.as_deref();
    let faults = vec![refusal_to_fault(refused.refusal, &passing.row, required, metadata)];
    RowOutcome::Refused { faults, exists: refused.exists }
}

fn passes_policy(passing: &RowInFlight<'_>, policy: FaultPolicy) -> bool {
    match policy {
        FaultPolicy::Atomic => passing.plan.faults().is_empty(),
        FaultPolicy::Partial => passing.plan.person_is_valid(),
    }
}

/// What the store's refusal of a write means to the row's sender.
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

/// A job that was accepted before a person's erasure does not bring it back (contract:
/// delete#same-email-later; ADR 8).
fn erased_person_fault(email: &Email) -> Fault {
    let code = people_domain::code::Code::PeopleNotFound;
    Fault::invalid_field(RowPath::Person, "Email", email.as_sent().into(), code)
}
