//! Rows that may not go, with all that is to be said of them.

use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::fault::{self, Fault, Place};
use people_domain::ids::email::Email;
use people_domain::people::Person;
use people_domain::people::plan;
use people_domain::people::row::{Row, Who};
use people_domain::schema::metadata::{Metadata, object};
use serde_json::Value as Json;

use super::{IN_FLIGHT, JobRun, Passing, Policy, State};
use crate::jobs::{RowEnd, StoredRefusal};
use crate::{Refusal, Result, TenantStore};

/// A row that may not go.
pub(super) struct Refused {
    /// Its place among the rows of the call.
    pub(super) at: usize,
    /// The row's faults, its person apart.
    faults: Vec<Fault>,
    /// Whether it is a fault that its person is not there.
    has_to_exist: bool,
    /// Its person before the first row was written, as a GSID.
    pub(super) person: Option<String>,
}

impl Refused {
    /// How the row ends when this is its person.
    pub(super) fn state(&self, row: &Row<'_>, person: Option<&str>) -> State {
        let mut faults = self.faults.clone();
        match person {
            Some(gsid) => plan::name_person(&mut faults, gsid),
            None if self.has_to_exist => faults.insert(0, row.person_not_found()),
            None => {}
        }
        State::Refused { faults, exists: person.is_some() }
    }
}

impl TenantStore {
    /// Ends the way of rows that the policy does not let go, as far as can be told before the rows
    /// before them are written.
    pub(super) async fn refuse(
        &self,
        passing: &mut [Passing<'_>],
        policy: Policy,
        run: Option<&JobRun>,
    ) -> Result<Vec<Refused>> {
        // Whom an earlier attempt at this chunk made was not there before it.
        let rows = passing.len() as u128;
        let made = |person: &Person| {
            let since = |run: &JobRun| person.born.number().checked_sub(run.chunk.stamp.number());
            run.and_then(since).is_some_and(|since| since < rows)
        };
        let mut asked = Vec::new();
        for (at, passing) in passing.iter().enumerate() {
            // A row that was written stays so, though what it names has gone since.
            let has_ended = run.is_some_and(|run| run.chunk.ended.end_of(at).is_some());
            if !has_ended && !may_go(passing, policy) {
                asked.push(self.refusal(at, passing, policy, &made));
            }
        }
        let refused: Vec<Refused> = stream::iter(asked).buffered(IN_FLIGHT).try_collect().await?;
        for refused in &refused {
            if let Some(passing) = passing.get_mut(refused.at) {
                passing.state = Some(refused.state(&passing.row, refused.person.as_deref()));
            }
        }
        Ok(refused)
    }

    /// Ends the way of rows that the store refused at an earlier attempt at their chunk.
    pub(super) fn refuse_again(passing: &mut [Passing<'_>], run: &JobRun, metadata: &Metadata) {
        for (at, passing) in passing.iter_mut().enumerate() {
            if let (None, Some(RowEnd::Refused(refused))) =
                (&passing.state, run.chunk.ended.end_of(at))
            {
                passing.state = Some(passing.refused(refused, metadata));
            }
        }
    }

    async fn refusal(
        &self,
        at: usize,
        passing: &Passing<'_>,
        policy: Policy,
        made: &impl Fn(&Person) -> bool,
    ) -> Result<Refused> {
        let Passing { row, plan, .. } = passing;
        let faults = match policy {
            Policy::Atomic => plan.faults(),
            Policy::Partial => {
                plan.parts.first().map(|person| person.faults.clone()).unwrap_or_default()
            }
        };
        let wanted = match (&row.who, policy) {
            (Who::Nobody, _) => false,
            // Of a record that is not read an atomic answer says nothing but that.
            (_, Policy::Atomic) if row.shown.is_some() => false,
            (Who::Email(_), Policy::Atomic) => plan::wants_person(&faults),
            _ => true,
        };
        let person = if wanted { self.person_of(row).await? } else { None };
        let person = person.filter(|person| !made(person)).map(|person| person.gsid);
        let has_to_exist = wanted && row.shown.is_none() && !matches!(row.who, Who::Email(_));
        Ok(Refused { at, faults, has_to_exist, person })
    }

    /// The person that a row is about, as it stands in the store.
    pub(super) async fn person_of(&self, row: &Row<'_>) -> Result<Option<Person>> {
        if let Some(query) = row.person_query()
            && self.search(query, 1).await?.is_empty()
        {
            return Ok(None);
        }
        match &row.who {
            Who::Gsid(gsid, _) => self.person_by_gsid(gsid).await,
            Who::Email(email) | Who::Found(email) => self.person_by_email(email).await,
            Who::Nobody => Ok(None),
        }
    }
}

impl Passing<'_> {
    /// How the row ends that the store refused.
    pub(super) fn refused(&self, refused: StoredRefusal, metadata: &Metadata) -> State {
        let required = self.plan.write.required.as_deref();
        let faults = vec![explain(refused.refusal, &self.row, required, metadata)];
        State::Refused { faults, exists: refused.exists }
    }
}

fn may_go(passing: &Passing<'_>, policy: Policy) -> bool {
    match policy {
        Policy::Atomic => passing.plan.faults().is_empty(),
        Policy::Partial => passing.plan.person_is_sound(),
    }
}

/// What the store's refusal of a write means to the row's sender.
fn explain(refusal: Refusal, row: &Row<'_>, required: Option<&str>, metadata: &Metadata) -> Fault {
    match (refusal, &row.email, required) {
        (Refusal::EmailTaken, Some(email), _) => Fault::email_taken(email),
        (Refusal::RequiredMissing, _, Some(name)) => {
            let kind = metadata.standard(object::PERSON).field(name).map(|field| field.kind);
            let code = kind.map_or(people_domain::code::Code::String, fault::code_of);
            Fault::field(Place::Person, name, Json::Null, code)
        }
        (Refusal::TooLarge, ..) => Fault::limit(
            Place::Person,
            "The person with all its companies and relationships would be larger than 400 KB; send fewer or shorter values"
                .to_owned(),
        ),
        (Refusal::Erased, Some(email), _) => erased(email),
        (Refusal::GivenUp, ..) => Fault::unexpected(),
        _ => row.person_not_found(),
    }
}

/// A job that was accepted before a person's erasure does not bring it back (contract:
/// delete#same-email-later; ADR 8).
fn erased(email: &Email) -> Fault {
    let code = people_domain::code::Code::PeopleNotFound;
    Fault::field(Place::Person, "Email", email.as_sent().into(), code)
}
