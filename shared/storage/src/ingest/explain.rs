//! Rows that may not go, with all that is to be said of them.

use std::collections::HashSet;

use futures::stream::{self, StreamExt, TryStreamExt};
use people_domain::email::Email;
use people_domain::fault::{self, Fault, Place};
use people_domain::metadata::{Metadata, object};
use people_domain::person::Person;
use people_domain::plan;
use people_domain::row::{Row, Who};
use serde_json::Value as Json;

use super::{IN_FLIGHT, JobRun, Passing, Policy, State};
use crate::job::{Refused, RowEnd};
use crate::{Refusal, Result, TenantStore};

impl TenantStore {
    /// Ends the way of rows that the policy does not let go.
    pub(super) async fn refuse(
        &self,
        passing: &mut [Passing<'_>],
        policy: Policy,
        run: Option<&JobRun>,
    ) -> Result<()> {
        // Whom an earlier attempt at this chunk made was not there before it.
        let rows = passing.len() as u128;
        let made = |person: &Person| {
            let since = |run: &JobRun| person.born.number().checked_sub(run.chunk.stamp.number());
            run.and_then(since).is_some_and(|since| since < rows)
        };
        let refused = |passing: &&mut Passing<'_>| !may_go(passing, policy);
        let mut refused: Vec<_> = passing.iter_mut().filter(refused).collect();
        let mut ends = Vec::with_capacity(refused.len());
        for passing in &refused {
            ends.push(self.refusal(passing, policy, &made));
        }
        let ends: Vec<State> = stream::iter(ends).buffered(IN_FLIGHT).try_collect().await?;
        for (passing, end) in refused.iter_mut().zip(ends) {
            passing.state = Some(end);
        }
        Ok(())
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
        passing: &Passing<'_>,
        policy: Policy,
        made: &impl Fn(&Person) -> bool,
    ) -> Result<State> {
        let Passing { row, plan, .. } = passing;
        let mut faults = match policy {
            Policy::Atomic => plan.faults(),
            Policy::Partial => {
                plan.parts.first().map(|person| person.faults.clone()).unwrap_or_default()
            }
        };
        let wanted = match (&row.who, policy) {
            (Who::Nobody, _) => false,
            (Who::Email(_), Policy::Atomic) => plan::wants_person(&faults),
            _ => true,
        };
        let person = if wanted { self.person_of(row).await? } else { None };
        let person = person.filter(|person| !made(person));
        match &person {
            Some(person) => plan::name_person(&mut faults, &person.gsid),
            None if wanted && !matches!(row.who, Who::Email(_)) => {
                faults.insert(0, row.person_not_found());
            }
            None => {}
        }
        Ok(State::Refused { faults, exists: person.is_some() })
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
    pub(super) fn refused(&self, refused: Refused, metadata: &Metadata) -> State {
        let required = self.plan.write.required.as_deref();
        let faults = vec![explain(refused.refusal, &self.row, required, metadata)];
        State::Refused { faults, exists: refused.exists }
    }
}

/// Whom a row made is there for the refused rows after it.
pub(super) fn know_made(passing: &mut [Passing<'_>]) {
    let mut made = HashSet::new();
    for Passing { row, state, .. } in passing {
        let Who::Email(email) = &row.who else { continue };
        match state {
            Some(State::Written { .. }) => _ = made.insert(email.key()),
            Some(State::Refused { exists, .. }) => *exists |= made.contains(email.key()),
            None => {}
        }
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

/// A job that was accepted before a person's erasure does not bring it back (contract 11).
fn erased(email: &Email) -> Fault {
    let code = people_domain::code::Code::PeopleNotFound;
    Fault::field(Place::Person, "Email", email.as_sent().into(), code)
}
