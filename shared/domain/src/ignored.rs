//! Names of members that were sent and ignored, which the answer reports to the caller (contract:
//! envelope#ignored-names).

use serde_json::{Map, Value as Json};

use crate::lookup::{Lookup, Lookups, get_member, list_members};
use crate::people::row::ASSOCIATION_LISTS;
use crate::schema::metadata::{Field, Metadata, Object, object};

/// The most names that are reported.
const NAMES_MAX: usize = 20;

/// The members of a batch that are read.
const BATCH_MEMBERS: &[&str] = &["records", "lookups"];

/// The options of a lookup that are read.
const LOOKUP_OPTIONS: &[&str] =
    &["fields", "lookupField", "objectName", "multiMatchOption", "onNoMatch"];

/// The members of a query, of its filter and of a condition that are read.
const QUERY_MEMBERS: &[&str] = &["select", "where", "orderBy", "limit", "offset"];
const FILTER_MEMBERS: &[&str] = &["conditions", "expression"];
const CONDITION_MEMBERS: &[&str] = &["name", "alias", "value", "operator"];

/// The fields of one kind of item that are read.
struct ReadFields<'a> {
    object: &'a Object,
    lookups: &'a [Lookup],
    /// System fields that are read as keys.
    keys: &'a [&'a str],
}

impl ReadFields<'_> {
    fn ignores(&self, name: &str) -> bool {
        let is_read = self.keys.iter().any(|key| key.eq_ignore_ascii_case(name))
            || self.lookups.iter().any(|lookup| lookup.has_source(name));
        !is_read && self.object.field(name).is_some_and(Field::is_system)
    }
}

/// Ignored names in the order in which they were sent, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IgnoredNames(Vec<String>);

impl IgnoredNames {
    /// The ignored names of one person.
    #[must_use]
    pub fn of_person(record: &Json, shared: &Lookups, metadata: &Metadata) -> Self {
        let mut ignored = Self::default();
        ignored.add_person(record, shared, metadata);
        ignored
    }

    /// The ignored names of a batch of people.
    #[must_use]
    pub fn of_people(body: &Json, shared: &Lookups, metadata: &Metadata) -> Self {
        Self::of_batch(body, |ignored, record| ignored.add_person(record, shared, metadata))
    }

    /// The ignored names of records of an object. `keys` are the fields by which an update finds
    /// its records.
    #[must_use]
    pub fn of_records(
        body: &Json,
        lookups: &[Lookup],
        name: &str,
        keys: &[String],
        metadata: &Metadata,
    ) -> Self {
        let keys: Vec<_> = keys.iter().map(String::as_str).collect();
        let object = metadata.object(name);
        let read = object.map(|object| ReadFields { object, lookups, keys: &keys });
        Self::of_batch(body, |ignored, record| {
            if let (Some(record), Some(read)) = (record.as_object(), &read) {
                let names = list_members(record).into_iter().map(|(name, _)| name);
                names.filter(|name| read.ignores(name)).for_each(|name| ignored.add_name(name));
            }
        })
    }

    /// The ignored names of a query.
    #[must_use]
    pub fn of_query(body: &Json) -> Self {
        let mut ignored = Self::default();
        for (name, value) in body.as_object().map(list_members).into_iter().flatten() {
            ignored.add_unless_read(name, QUERY_MEMBERS);
            if name.eq_ignore_ascii_case("where") {
                ignored.add_filter(value);
            }
        }
        ignored
    }

    /// The members of a body that are not among those that are read.
    #[must_use]
    pub fn of_body(body: &Json, read: &[&str]) -> Self {
        let mut ignored = Self::default();
        for (name, _) in body.as_object().map(list_members).into_iter().flatten() {
            ignored.add_unless_read(name, read);
        }
        ignored
    }

    /// The names, at most 20.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.0
    }

    fn of_batch(body: &Json, mut record: impl FnMut(&mut Self, &Json)) -> Self {
        let mut ignored = Self::default();
        for (name, value) in body.as_object().map(list_members).into_iter().flatten() {
            ignored.add_unless_read(name, BATCH_MEMBERS);
            if name.eq_ignore_ascii_case("lookups") {
                ignored.add_options(value);
            }
            if name.eq_ignore_ascii_case("records") {
                value.as_array().into_iter().flatten().for_each(|one| record(&mut ignored, one));
            }
        }
        ignored
    }

    fn add_person(&mut self, record: &Json, shared: &Lookups, metadata: &Metadata) {
        let Some(record) = record.as_object() else { return };
        let own = get_member(record, "lookups").and_then(Lookups::parse).unwrap_or_default();
        let lookups = own.merge_over(shared);
        let person = metadata.standard_object(object::PERSON);
        let read =
            ReadFields { object: person, lookups: &lookups.person, keys: &["Gsid", "Person_ID"] };
        self.add_part(record, &read, |ignored, list| {
            ignored.add_associations(list, &lookups, metadata);
        });
    }

    /// Adds the ignored names of the list `companies` or `relationships`.
    fn add_associations(
        &mut self,
        (name, list): (&str, &Json),
        lookups: &Lookups,
        metadata: &Metadata,
    ) {
        let (object, lookups_of_list) = if name.eq_ignore_ascii_case("companies") {
            (object::COMPANY_PERSON, &lookups.companies)
        } else {
            (object::RELATIONSHIP_PERSON, &lookups.relationships)
        };
        let object = metadata.standard_object(object);
        let read = ReadFields { object, lookups: lookups_of_list, keys: &[] };
        for item in list.as_array().into_iter().flatten().filter_map(Json::as_object) {
            self.add_part(item, &read, |ignored, list| {
                ignored.add_associations(list, lookups, metadata);
            });
        }
    }

    fn add_part(
        &mut self,
        record: &Map<String, Json>,
        read: &ReadFields<'_>,
        mut add_list: impl FnMut(&mut Self, (&str, &Json)),
    ) {
        for (name, value) in list_members(record) {
            if name.eq_ignore_ascii_case("lookups") && read.object.name == object::PERSON {
                self.add_options(value);
            } else if ASSOCIATION_LISTS.iter().any(|list| list.eq_ignore_ascii_case(name)) {
                add_list(self, (name, value));
            } else if read.ignores(name) {
                self.add_name(name);
            }
        }
    }

    /// Adds unknown options of lookups, which are given by target, or by group and target.
    fn add_options(&mut self, lookups: &Json) {
        for (_, target) in lookups.as_object().map(list_members).into_iter().flatten() {
            match target.as_object() {
                Some(options) if get_member(options, "fields").is_some() => {
                    for (name, _) in list_members(options) {
                        self.add_unless_read(name, LOOKUP_OPTIONS);
                    }
                }
                _ => self.add_options(target),
            }
        }
    }

    fn add_filter(&mut self, filter: &Json) {
        for (name, value) in filter.as_object().map(list_members).into_iter().flatten() {
            self.add_unless_read(name, FILTER_MEMBERS);
            if name.eq_ignore_ascii_case("conditions") {
                let conditions = value.as_array().into_iter().flatten();
                for (name, _) in conditions.filter_map(Json::as_object).flat_map(list_members) {
                    self.add_unless_read(name, CONDITION_MEMBERS);
                }
            }
        }
    }

    fn add_unless_read(&mut self, name: &str, read: &[&str]) {
        if !read.iter().any(|read| read.eq_ignore_ascii_case(name)) {
            self.add_name(name);
        }
    }

    pub(crate) fn add_name(&mut self, name: &str) {
        let is_known = self.0.iter().any(|known| known.eq_ignore_ascii_case(name));
        if self.0.len() < NAMES_MAX && !is_known && !name.is_empty() {
            self.0.push(name.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn metadata() -> Metadata {
        Metadata::new(false, &[])
    }

    #[test]
    fn of_people_system_fields_and_unknown_members_are_named() {
        let record = json!({ "Gsid": "x", "Email": "a@abc.com", "CreatedDate": 1,
            "companies": [{ "Company_ID": "c", "gsid": "y", "relationships": [{ "ModifiedDate": 1 }] }],
            "ModifiedBy": null, "relationships": [{ "Gsid": "z" }, 7] });
        let names = ["CreatedDate", "gsid", "ModifiedDate", "ModifiedBy"];
        let of_person = IgnoredNames::of_person(&record, &Lookups::default(), &metadata());
        assert_eq!(of_person.names(), names);
        let body = json!({ "lookup": {}, "Records": [record, record, null], "extra": 1 });
        let of_people = IgnoredNames::of_people(&body, &Lookups::default(), &metadata());
        assert_eq!(of_people.names(), [&["lookup"][..], &names, &["extra"]].concat());
        let lookups = json!({ "person": { "Location": { "fields": { "CreatedDate": "Name" }, "objectName": "company" } } });
        let mut record = json!({ "CreatedDate": "a", "lookups": lookups });
        let of_source = IgnoredNames::of_person(&record, &Lookups::default(), &metadata());
        assert_eq!(of_source, IgnoredNames::default());
        record["lookups"]["person"]["Location"]["onNoMatsh"] = "NULLABLE".into();
        let of_option = IgnoredNames::of_person(&record, &Lookups::default(), &metadata());
        assert_eq!(of_option.names(), ["onNoMatsh"]);
        let body = json!({ "lookups": { "Company_ID": { "fields": { "a": "Name" }, "x": 1 } }, "": 1, "X": 1 });
        let of_records = IgnoredNames::of_records(&body, &[], "company", &[], &metadata());
        assert_eq!(of_records.names(), ["x"]);
    }

    #[test]
    fn of_records_ids_are_named_unless_they_are_keys() {
        let body = json!({ "records": [{ "GSID": "x", "Name": "a" }] });
        let of =
            |keys: &[String]| IgnoredNames::of_records(&body, &[], "Company", keys, &metadata());
        assert_eq!(of(&[]).names(), ["GSID"]);
        assert_eq!(of(&["Gsid".to_owned()]), IgnoredNames::default());
    }

    #[test]
    fn of_a_query_what_is_unknown_is_named() {
        let body = json!({ "select": ["Name"], "page": 2, "where": { "conditions": [{ "name": "Name", "values": [] }], "x": 1 },
            "wheer": {}, "LIMIT": 1 });
        assert_eq!(IgnoredNames::of_query(&body).names(), ["page", "values", "x", "wheer"]);
    }

    #[test]
    fn no_more_than_twenty_are_named() {
        let body = (0..50).map(|n| (format!("x{n}"), Json::Null)).collect();
        assert_eq!(IgnoredNames::of_query(&Json::Object(body)).names().len(), 20);
    }
}
