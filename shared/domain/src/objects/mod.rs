//! Data objects: inserts and updates of companies, relationships and custom objects (contract:
//! objects#insert-and-update).

mod code;
mod plan;
pub mod record;

pub use code::{ObjectCode, ObjectFault};
pub use plan::{ObjectPlan, ObjectWrite, plan_insert, plan_update};

use serde_json::{Map, Value as Json};

use crate::fault::RowPath;
use crate::ids::gsid::Gsid;
use crate::lookup::{self, Lookup};
use crate::people::needs::{Known, LookupQuery, Needs};
use crate::people::row::RowPart;
use crate::schema::metadata::{Metadata, Object, object};
use crate::values::Value;
use record::COMPANY_ID_CODE;

/// One record of a data object, as sent.
#[derive(Debug, Clone)]
pub struct ObjectRow<'m> {
    pub part: RowPart<'m>,
    /// The fields as sent, for the echo of an update: each name once, in its last spelling.
    pub sent: Map<String, Json>,
    /// The value that was sent in place of a record.
    pub(crate) not_an_object: Option<&'m Json>,
}

/// The outcome of one sent record.
#[derive(Debug, Clone)]
pub struct WrittenRecord {
    /// The fields as sent, for the echo of an update.
    pub sent: Map<String, Json>,
    /// The GSID of the first record that was written for it.
    pub gsid: String,
    /// The number of records that were written for it: an update changes all matches (contract:
    /// objects#several-matches-of-an-update).
    pub count: usize,
}

/// Parses a record. A value that is not an object has no fields, and so lacks the required ones.
#[must_use]
pub fn parse_record<'m>(
    raw: &'m Json,
    object: &'m Object,
    lookups: &[Lookup],
    metadata: &'m Metadata,
) -> ObjectRow<'m> {
    let mut part = RowPart::empty(RowPath::Person, object);
    if let Some(sent) = raw.as_object() {
        part.read_fields(sent, lookups, metadata, &[]);
    }
    let not_an_object = (!raw.is_object()).then_some(raw);
    let sent = raw.as_object().map(lookup::list_members).into_iter().flatten();
    let sent = sent.map(|(name, value)| (name.clone(), value.clone())).collect();
    ObjectRow { part, sent, not_an_object }
}

impl ObjectRow<'_> {
    /// Adds the reads that the record requires: its lookups, and the company of a relationship.
    pub fn add_needs(&self, needs: &mut Needs) {
        self.part.add_needs(needs);
        needs.records.extend(self.company_id().map(|id| (object::COMPANY, id.to_owned())));
    }

    /// The Company_ID of a relationship.
    fn company_id(&self) -> Option<&str> {
        let is_company = |code: Option<&str>| {
            self.part.object.name == object::RELATIONSHIP && code == Some(COMPANY_ID_CODE)
        };
        self.part.values.iter().find_map(|(field, value)| match value {
            Some(Value::Text(id)) if is_company(field.code()) => Some(id.as_str()),
            _ => None,
        })
    }

    /// The search for the records that an update by `keys` (canonical names) changes, once the
    /// lookups of the record are resolved; `None` if the record lacks one of the keys.
    #[must_use]
    pub fn key_query(&self, keys: &[String], known: &Known) -> Option<LookupQuery> {
        let values = crate::people::plan::resolve_values(&self.part, known, &mut Vec::new()).stored;
        let text = |key: &String| match self.part.object.field(key)? {
            field if field.code().is_none() => {
                let sent = lookup::get_member(&self.sent, key)?.as_str()?;
                Gsid::parse(sent).map(|gsid| gsid.as_str().to_owned())
            }
            field => {
                let (_, value) =
                    values.iter().find(|(code, _)| Some(code.as_str()) == field.code())?;
                record::comparable_text(field.kind, value.as_ref()?)
            }
        };
        let conditions = keys.iter().map(|key| Some((key.clone(), text(key)?)));
        let conditions = conditions.collect::<Option<Vec<_>>>()?;
        Some(LookupQuery { object: self.part.object.name.clone(), conditions })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json;

    #[test]
    fn the_last_of_a_name_in_any_spelling_counts_and_is_shown_once() {
        let metadata = Metadata::new(false, &[]);
        let object = metadata.object("company").unwrap();
        for (text, sent, faults) in [
            (r#"{"Name":"1","name":"2","Name":"3"}"#, r#"{"Name":"3"}"#, 0),
            (r#"{"Name":1,"ARR":5,"name":"2"}"#, r#"{"ARR":5,"name":"2"}"#, 0),
            (r#"{"name":"2","Name":1}"#, r#"{"Name":1}"#, 1),
        ] {
            let raw = json::parse(text.as_bytes()).unwrap();
            let row = parse_record(&raw, object, &[], &metadata);
            let shown = Json::Object(row.sent.clone()).to_string();
            assert_eq!((shown.as_str(), row.part.faults.len()), (sent, faults), "{text}");
        }
    }
}
