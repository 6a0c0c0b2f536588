//! Reports the rows of a call as if each had been a call of its own (contract:
//! bulk#rows-that-change-an-email, bulk#echo-of-one-record): a refused row refers to the person
//! that earlier rows left at its email, and no row shows associations that only a later row
//! created.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use people_domain::people::outcome::{RowInFlight, RowOutcome, UpsertedPerson};
use people_domain::people::row::{PersonRef, Row};
use people_domain::people::{Person, StoredAssociation};
use people_domain::schema::metadata::Metadata;

use super::refusals::RefusedRow;
use crate::objects::search::matching_person_record;

/// The people at each email, as far as the earlier rows determine them.
#[derive(Default)]
struct SeenPeople {
    by_email: HashMap<String, Arc<Person>>,
    /// The last email of each person, by GSID.
    emails: HashMap<String, String>,
}

/// Replaces the outcomes of refused rows, now that the outcomes of the rows before them are known.
pub(super) fn reassess_refused_rows(
    rows: &mut [RowInFlight<'_>],
    refused: Vec<RefusedRow>,
    metadata: &Metadata,
) {
    let mut refused = refused.into_iter().peekable();
    let mut seen = SeenPeople::default();
    for (at, row) in rows.iter_mut().enumerate() {
        if let Some(RowOutcome::Written(upserted)) = &row.outcome {
            seen.add_person(&row.parsed, &upserted.person);
        }
        if let Some(refused) = refused.next_if(|refused| refused.index == at) {
            let person = seen.find_person_gsid(&row.parsed, refused.person.as_deref(), metadata);
            row.outcome = Some(refused.to_outcome(&row.parsed, person));
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

    /// The person that a row refers to. `before` is the person that it referred to before the first
    /// row was written.
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

/// Removes from the person of each row the associations that only later rows created. Only rows
/// with a part that was not written are affected: a row that was written whole shows its own
/// associations alone.
pub(super) fn remove_later_associations(rows: &mut [RowInFlight<'_>]) {
    let mut later: HashMap<String, HashSet<String>> = HashMap::new();
    for RowInFlight { plan, outcome, .. } in rows.iter_mut().rev() {
        let Some(RowOutcome::Written(upserted)) = outcome else { continue };
        let UpsertedPerson { person, created_associations, .. } = upserted;
        let gsid = person.gsid.clone();
        let is_complete = plan.parts().all(|part| part.is_valid());
        if let Some(later) = later.get(&gsid).filter(|_| !is_complete) {
            let existed = |stored: &StoredAssociation| !later.contains(&stored.name);
            let mut earlier = Person::clone(person);
            earlier.companies.retain(existed);
            earlier.relationships.retain(existed);
            *person = Arc::new(earlier);
        }
        if !created_associations.is_empty() {
            later.entry(gsid).or_default().extend(created_associations.iter().cloned());
        }
    }
}
