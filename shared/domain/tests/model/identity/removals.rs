//! Releases of ids and erasures, as the storage drives them.

use std::collections::HashMap;

use people_domain::identity::{
    ErasedPerson, ExternalId, IdentityKind, SeenPerson, is_of_px_alone, plan_erasure, plan_release,
};
use people_domain::ids::stamp::Stamp;
use people_domain::ids::tenant_ids::Locator;
use people_domain::people::{Erasure, Slot};

use super::calls::{Outcome, Progress, Step, tenant_ids};
use super::io::{Asked, Io};
use super::reads::{Holder, find_holder, find_person};

/// One attempt to take a Gainsight PX id from its person.
pub(super) fn release_id(io: &mut Io<'_>, progress: &mut Progress, id: &str) -> Asked<Step> {
    let done = Ok(Step::Done(Outcome::Released));
    let Some(id) = ExternalId::parse(IdentityKind::Px, id) else { return done };
    let person = match find_holder(io, &id)? {
        Holder::Nobody => return done,
        Holder::Moved => return Ok(Step::Again),
        Holder::Person(person) => person,
    };
    if is_of_px_alone(&person, &id, tenant_ids()) && io.rules.erases_on_release {
        return try_erase(io, progress, &person, true);
    }
    progress.stamps.renew(io);
    let stamp = progress.stamps.last();
    let plan = || plan_release(&person, &id, Stamp::new(stamp), tenant_ids());
    match io.write(plan, stamp)? {
        Ok(_) => done,
        // The clock of the model is later than all stamps, and so is that of the next attempt.
        Err(_) => Ok(Step::Again),
    }
}

/// One attempt to erase the person with a record part.
pub(super) fn erase(io: &mut Io<'_>, progress: &mut Progress, part: &str) -> Asked<Step> {
    let done = Ok(Step::Done(Outcome::Erased));
    let Some(erased) = progress.erased.clone() else {
        let Some(person) = find_person(io, part)? else { return done };
        progress.erased = Some(person.part().to_owned());
        return Ok(Step::Again);
    };
    match find_person(io, &erased)? {
        Some(person) => try_erase(io, progress, &person, false),
        None => done,
    }
}

fn try_erase(
    io: &mut Io<'_>,
    progress: &mut Progress,
    person: &SeenPerson,
    must_be_unchanged: bool,
) -> Asked<Step> {
    progress.stamps.renew(io);
    let stamp = progress.stamps.last();
    let home = Locator::from_record_part(person.part());
    let home_item = match home.filter(|home| home.as_str() != person.sort_key) {
        Some(home) => io.read(home.as_str())?,
        None => None,
    };
    let home_item = home_item.as_ref().map(|item| &item.0);
    let erasure = Erasure { stamp: Stamp::new(stamp), job: "j".to_owned(), number: 1 };
    let aliases = progress.aliases.iter().map(|(key, item)| (key.clone(), item.0.clone()));
    let aliases: HashMap<_, _> = aliases.collect();
    let erased = ErasedPerson { person, home_item, alias_items: &aliases, must_be_unchanged };
    let plan = || plan_erasure(erased, &erasure, tenant_ids());
    match io.write(plan, stamp)? {
        Ok(_) if must_be_unchanged => Ok(Step::Done(Outcome::Released)),
        Ok(_) => Ok(Step::Done(Outcome::Erased)),
        // The clock of the model is later than all stamps, and so is that of the next attempt.
        Err(missed) => {
            let writes = plan();
            for (at, item) in missed {
                let Some((write, item)) = writes.get(at).zip(item) else { continue };
                if matches!(Slot::parse(&item.0), Slot::Alias(_)) {
                    progress.aliases.insert(write.sort_key.clone(), item);
                }
            }
            Ok(Step::Again)
        }
    }
}
