//! Data objects: inserting and updating companies, relationships and their like (contract 12).

mod code;
mod plan;

pub use code::{ObjectCode, ObjectFault};
pub use plan::{ObjectPlan, ObjectWrite, plan_insert, plan_update};

use serde_json::{Map, Value as Json};

use crate::fault::Place;
use crate::gsid::Gsid;
use crate::lookup::Lookup;
use crate::metadata::{Metadata, Object, object};
use crate::need::{Known, Needs, Query};
use crate::record::{self, COMPANY_ID};
use crate::row::Part;
use crate::value::Value;

/// One record of a data object, as sent.
#[derive(Debug, Clone)]
pub struct ObjectRow<'m> {
    /// Its fields.
    pub part: Part<'m>,
    /// What was sent, for the echo of an update.
    pub sent: Map<String, Json>,
    /// What was sent in place of a record.
    pub(crate) nothing: Option<&'m Json>,
}

/// Parses a record. One that is no object has no fields at all, and so lacks what is required.
#[must_use]
pub fn parse<'m>(
    raw: &'m Json,
    object: &'m Object,
    lookups: &[Lookup],
    metadata: &'m Metadata,
) -> ObjectRow<'m> {
    let mut part = Part::empty(Place::Person, object);
    if let Some(sent) = raw.as_object() {
        part.read(sent, lookups, metadata, &[]);
    }
    let nothing = (!raw.is_object()).then_some(raw);
    ObjectRow { part, sent: raw.as_object().cloned().unwrap_or_default(), nothing }
}

impl ObjectRow<'_> {
    /// Adds what the record needs to know: its lookups, and the company of a relationship.
    pub fn add_needs(&self, needs: &mut Needs) {
        self.part.add_needs(needs);
        needs.records.extend(self.company().map(|id| (object::COMPANY, id.to_owned())));
    }

    /// The id of the company that a relationship is sent with.
    fn company(&self) -> Option<&str> {
        let is_company = |code: Option<&str>| {
            self.part.object.name == object::RELATIONSHIP && code == Some(COMPANY_ID)
        };
        self.part.values.iter().find_map(|(field, value)| match value {
            Some(Value::Text(id)) if is_company(field.code()) => Some(id.as_str()),
            _ => None,
        })
    }

    /// The search for the records that an update by `keys` (canonical names) means, once what the
    /// record needs is known; none when it lacks one of them.
    #[must_use]
    pub fn key_query(&self, keys: &[String], known: &Known) -> Option<Query> {
        let values = crate::plan::values(&self.part, known, &mut Vec::new()).stored;
        let text = |key: &String| match self.part.object.field(key)? {
            field if field.code().is_none() => {
                let sent = crate::lookup::get(&self.sent, key)?.as_str()?;
                Gsid::parse(sent).map(|gsid| gsid.as_str().to_owned())
            }
            field => {
                let (_, value) =
                    values.iter().find(|(code, _)| Some(code.as_str()) == field.code())?;
                record::comparable(field.kind, value.as_ref()?)
            }
        };
        let conditions = keys.iter().map(|key| Some((key.clone(), text(key)?)));
        let conditions = conditions.collect::<Option<Vec<_>>>()?;
        Some(Query { object: self.part.object.name.clone(), conditions })
    }
}
