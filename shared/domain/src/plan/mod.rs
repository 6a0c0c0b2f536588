//! From a row and what is known of the store to one write of one person, or the faults that
//! keep it from being written (design: "one pipeline").

mod planner;
mod values;

use planner::Planner;
pub(crate) use values::values;

use crate::code::Code;
use crate::email::Email;
use crate::fault::Fault;
use crate::mint::Mint;
use crate::need::Known;
use crate::person::Association;
use crate::row::{Row, Who};
use crate::value::Value;

/// What one upsert writes.
#[derive(Debug, Clone)]
pub struct PersonWrite {
    /// Whose item it is.
    pub who: Who,
    /// The address the person shall have, when one was sent.
    pub email: Option<Email>,
    /// The person's fields by storage code; `None` clears.
    pub fields: Vec<(String, Option<Value>)>,
    /// Associations, each once, in the order in which they were first sent.
    pub associations: Vec<Association>,
    /// The company that is primary from now on, as its association's name.
    pub primary: Option<String>,
    /// A required field that was not sent: only an existing person may be written.
    pub required: Option<String>,
}

/// A row after planning.
#[derive(Debug)]
pub struct Plan {
    /// The write; incomplete when there are faults.
    pub write: PersonWrite,
    /// All that is wrong, in the order of answers.
    pub faults: Vec<Fault>,
}

/// Plans a row. The write may go only when there are no faults: all or nothing.
#[must_use]
pub fn plan(row: &Row<'_>, known: &Known, mint: &Mint) -> Plan {
    let mut planner = Planner::new(row, known, mint);
    let fields = planner.plan();
    let primary = planner.primary();
    let Planner { mut faults, associations, .. } = planner;
    faults.sort_by_key(|fault| fault.place);
    let has = |code: &str| fields.iter().any(|(known, value)| known == code && value.is_some());
    let required = row.person.object.fields().iter().filter(|field| field.required);
    let mut missing = required.filter(|field| field.code().is_some_and(|code| !has(code)));
    let required =
        missing.find(|field| field.default_now().is_none()).map(|field| field.name.clone());
    let (who, email) = (row.who.clone(), row.email.clone());
    Plan { write: PersonWrite { who, email, fields, associations, primary, required }, faults }
}

/// Whether a row's faults want the person's GSID, which only the store knows (contract-details 11).
#[must_use]
pub fn wants_person(faults: &[Fault]) -> bool {
    faults
        .iter()
        .any(|fault| fault.code == Code::KeyMissing && !fault.values.contains_key("Person_ID"))
}

/// Names the person in the faults of keys that it is a part of.
pub fn name_person(faults: &mut [Fault], gsid: &str) {
    let keys =
        |fault: &&mut Fault| fault.field.as_deref().is_some_and(|key| key.contains("Person_ID"));
    for fault in faults.iter_mut().filter(|fault| fault.code == Code::KeyMissing).filter(keys) {
        fault.values.insert("Person_ID".to_owned(), gsid.into());
    }
}
