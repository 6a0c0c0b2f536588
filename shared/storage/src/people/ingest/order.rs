//! A call reports its rows as separate calls, one after the other, would (contract:
//! bulk#rows-that-change-an-email, bulk#echo-of-one-record): a refused row finds whom the rows
//! before it left there, and no row shows what only a later one made.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use people_domain::people::outcome::{RowInFlight, RowOutcome, UpsertedPerson};
use people_domain::people::row::{PersonRef, Row};
use people_domain::people::{Person, StoredAssociation};
use people_domain::schema::metadata::Metadata;

use super::refusals::RefusedRow;
use crate::objects::search::matching_person_record;

/// The people at each place, as far as the rows so far tell.
#[derive(Default)]
struct SeenPeople {
    by_email: HashMap<String, Arc<Person>>,
    /// The last email of each person, by GSID.
    emails: HashMap<String, String>,
}

/// Ends refused rows anew, now that it is known what became of the rows before them.
pub(super) fn reassess_refused_rows(
    passing: &mut [RowInFlight<'_>],
    refused: Vec<RefusedRow>,
    metadata: &Metadata,
) {
    let mut refused = refused.into_iter().peekable();
    let mut seen = SeenPeople::default();
    for (at, passing) in passing.iter_mut().enumerate() {
        if let Some(RowOutcome::Written(upserted)) = &passing.outcome {
            seen.add_person(&passing.row, &upserted.person);
        }
        if let Some(refused) = refused.next_if(|refused| refused.index == at) {
            let person = seen.find_person_gsid(&passing.row, refused.person.as_deref(), metadata);
            passing.outcome = Some(refused.to_outcome(&passing.row, person));
        }
    }
}

impl SeenPeople {
    fn add_person(&mut self, row: &Row<'_>, person: &Arc<Person>) {
        let email = match &row.person_ref {
            PersonRef::LookedUp(email) => Some(email),
            _ => row.email.as_ref(),
        };
        if let Some(email) = email.map(|email| email.key().to_owned()) {
            self.emails.insert(person.gsid.clone(), email.clone());
            self.by_email.insert(email, Arc::clone(person));
        }
    }

    /// The person that a row finds; `before`: the one that it found before all rows.
    fn find_person_gsid<'s>(
        &'s self,
        row: &Row<'_>,
        before: Option<&'s str>,
        metadata: &Metadata,
    ) -> Option<&'s str> {
        let (PersonRef::Email(email) | PersonRef::LookedUp(email)) = &row.person_ref else {
            return before;
        };
        let has_query = |person: &Person| {
            let Some(query) = row.person_query() else { return true };
            let object = metadata.object(&query.object);
            object.is_some_and(|object| {
                matching_person_record(person.clone(), query, object).is_some()
            })
        };
        let gsid = match self.by_email.get(email.key()) {
            Some(person) => Some(person.gsid.as_str()).filter(|_| has_query(person)),
            None => before,
        };
        let is_here = |gsid: &&str| self.emails.get(*gsid).is_none_or(|at| at == email.key());
        gsid.filter(is_here)
    }
}

/// Takes from the person of each row the associations that only rows after it made. They are told
/// apart where a part of the row was not written: of what it wrote itself none is later.
pub(super) fn remove_later_associations(passing: &mut [RowInFlight<'_>]) {
    let mut later: HashMap<String, HashSet<String>> = HashMap::new();
    for RowInFlight { plan, outcome, .. } in passing.iter_mut().rev() {
        let Some(RowOutcome::Written(upserted)) = outcome else { continue };
        let UpsertedPerson { person, created_associations: made, .. } = upserted;
        let gsid = person.gsid.clone();
        let is_whole = plan.parts().all(|part| part.is_valid());
        if let Some(later) = later.get(&gsid).filter(|_| !is_whole) {
            let was_there = |held: &StoredAssociation| !later.contains(&held.name);
            let mut before = Person::clone(person);
            before.companies.retain(was_there);
            before.relationships.retain(was_there);
            *person = Arc::new(before);
        }
        if !made.is_empty() {
            later.entry(gsid).or_default().extend(made.iter().cloned());
        }
    }
}
