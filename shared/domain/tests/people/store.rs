//! A tenant in memory, for one caller at a time.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use people_domain::export::render_person_payloads;
use people_domain::fault::Fault;
use people_domain::ids::gsid::GsidKind;
use people_domain::ids::stamp::Stamp;
use people_domain::ids::tenant_ids::TenantIds;
use people_domain::objects::{self, ObjectWrite, record::Record};
use people_domain::people::needs::{Known, LookupQuery, Needs};
use people_domain::people::outcome::UpsertedPerson;
use people_domain::people::plan::PersonWrite;
use people_domain::people::row::{PersonRef, Row};
use people_domain::people::{Person, WriteContext, apply_assignments, build_assignments, view};
use people_domain::response;
use people_domain::schema::metadata::{
    CustomField, CustomObject, DropdownCategory, Metadata, TenantSchema,
};
use people_domain::schema::{SchemaChange, SchemaFile, diff_schemas};
use people_fixtures::{GivenState, IdNames};
use serde_json::Value as Json;

/// Creation time of the first record of a test; each further one is a second later.
const BEGIN: i64 = 1_528_200_196_000;

type Attributes = people_domain::objects::record::Attributes;

/// A tenant, its records and its people.
pub(crate) struct MemoryTenant {
    pub(crate) metadata: Metadata,
    pub(crate) tenant_ids: TenantIds,
    pub(crate) names: IdNames,
    records: Vec<Arc<Record>>,
    /// Items by the key of their email.
    people: BTreeMap<String, Attributes>,
    /// Labels of dropdown items by category and GSID.
    labels: HashMap<(String, String), Arc<str>>,
    made: i64,
}

impl MemoryTenant {
    /// A tenant in the state of a fixture.
    pub(crate) fn new(given: &GivenState) -> Self {
        let schema = given.schema.clone().unwrap_or_else(|| serde_json::json!({}));
        let definition = define_schema(&serde_json::from_value(schema).expect("a schema"));
        let mut tenant = Self {
            metadata: Metadata::with_tenant_schema(given.multi_currency, &definition),
            tenant_ids: TenantIds::new(&[1; 32], "QNK6ENCURXXDZW").unwrap(),
            names: IdNames::default(),
            records: Vec::new(),
            people: BTreeMap::new(),
            labels: HashMap::new(),
            made: 0,
        };
        for (object, record) in given.records() {
            let gsid = tenant.insert_one(object, &tenant.names.fill_ids(record));
            tenant.names.add_record(object, record, &gsid);
        }
        for person in &given.people {
            tenant.upsert_person(&tenant.names.fill_ids(person)).expect("the person is sound");
            tenant.name_person(person["Email"].as_str().expect("an email"));
        }
        tenant
    }

    /// Names the ids of a person and its associations.
    pub(crate) fn name_person(&mut self, email: &str) {
        let data = self.print_person(email).unwrap_or_else(|| panic!("no person {email}"));
        self.names.add_person(email, &data);
    }

    pub(crate) fn next_stamp(&mut self) -> Stamp {
        self.made += 1;
        Stamp::from_millis(BEGIN + self.made * 1_000)
    }

    fn insert_one(&mut self, object: &str, record: &Json) -> String {
        let metadata = self.metadata.clone();
        let object = metadata.object(object).expect("an object");
        let row = objects::parse_record(record, object, &[], &metadata);
        let mut needs = Needs::default();
        row.add_needs(&mut needs);
        let plan = objects::plan_insert(&row, &self.find_known(&needs));
        assert_eq!(plan.faults, []);
        self.insert_record(&object.name, object.record_kind().unwrap(), plan.write)
    }

    /// Creates a record.
    pub(crate) fn insert_record(
        &mut self,
        object: &str,
        kind: GsidKind,
        write: ObjectWrite,
    ) -> String {
        let created = self.next_stamp();
        let gsid = self.tenant_ids.new_gsid(kind, u128::try_from(self.made).unwrap());
        let attributes = write.values.into_iter().collect();
        let record = Record { object: object.to_owned(), gsid: gsid.clone(), created, attributes };
        self.records.push(Arc::new(record));
        gsid
    }

    /// Deletes a record that a fixture names.
    pub(crate) fn delete_record(&mut self, placeholder: &str) {
        let gsid = self.names.fill_text(placeholder);
        self.records.retain(|record| record.gsid != gsid);
    }

    /// Finds the needed records that exist.
    pub(crate) fn find_known(&self, needs: &Needs) -> Known {
        let mut known = Known::default();
        let wanted = |record: &&Arc<Record>| {
            needs
                .records
                .iter()
                .any(|(object, gsid)| record.object == *object && record.gsid == *gsid)
        };
        let records = self.records.iter().filter(wanted);
        known.records = records.map(|record| (record.gsid.clone(), record.clone())).collect();
        known.matches = self.search_records(&needs.queries);
        let labels = needs.labels.iter().map(|(category, label)| {
            (category, self.tenant_ids.dropdown_item_gsid(category, label), Some(label))
        });
        let items = needs.items.iter().map(|(category, gsid)| (category, gsid.clone(), None));
        for (category, gsid, label) in labels.chain(items) {
            match (self.labels.get(&(category.clone(), gsid.clone())), label) {
                (Some(label), _) => _ = known.items.insert(gsid, label.clone()),
                (None, Some(label)) => known.new_labels.push((category.clone(), label.clone())),
                (None, None) => {}
            }
        }
        known
    }

    /// The matches of searches, in the order of creation.
    pub(crate) fn search_records(
        &self,
        queries: &BTreeSet<LookupQuery>,
    ) -> HashMap<LookupQuery, Vec<Arc<Record>>> {
        let people = self.people.values().map(|item| {
            let Person { gsid, created, values, .. } = self.read_item(item);
            Arc::new(Record { object: "person".to_owned(), gsid, created, attributes: values })
        });
        let all: Vec<_> = self.records.iter().cloned().chain(people).collect();
        let matches = |query: &LookupQuery| {
            let object = self.metadata.object(&query.object).expect("an object");
            let has = |record: &&Arc<Record>| {
                let mut conditions = query.conditions.iter();
                record.object == query.object
                    && conditions.all(|(name, text)| {
                        record.comparable_value(object, name).as_ref() == Some(text)
                    })
            };
            (query.clone(), all.iter().filter(has).cloned().collect())
        };
        queries.iter().map(matches).collect()
    }

    fn read_item(&self, item: &Attributes) -> Person {
        Person::from_attributes(item.clone(), &self.tenant_ids)
            .expect("an item of people is a person")
    }

    /// The email key of the person of a row.
    fn key_of(&self, person_ref: &PersonRef) -> Option<String> {
        match person_ref {
            PersonRef::Email(email) | PersonRef::LookedUp(email) => {
                self.people.contains_key(email.key()).then(|| email.key().to_owned())
            }
            PersonRef::Gsid(gsid, _) => {
                let mut people = self.people.iter();
                let found = people.find(|(_, item)| self.read_item(item).gsid == gsid.as_str());
                found.map(|(key, _)| key.clone())
            }
            PersonRef::Unidentified => None,
        }
    }

    /// The person of a row.
    pub(crate) fn person_of(&self, row: &Row<'_>) -> Option<Person> {
        let wanted = row.person_query().map(|query| BTreeSet::from([query.clone()]));
        let fits = wanted
            .is_none_or(|query| self.search_records(&query).values().all(|all| !all.is_empty()));
        let key = self.key_of(&row.person_ref).filter(|_| fits)?;
        self.people.get(&key).map(|item| self.read_item(item))
    }

    /// Writes the person of a row, or returns the fault that refuses it.
    pub(crate) fn write_person(
        &mut self,
        row: &Row<'_>,
        write: &PersonWrite,
    ) -> Result<UpsertedPerson, Box<Fault>> {
        let old = self.key_of(&row.person_ref);
        let new = match (&write.email, &old) {
            (Some(email), _) => email.key().to_owned(),
            (None, Some(old)) => old.clone(),
            (None, None) => return Err(Box::new(row.person_not_found())),
        };
        if old.is_none() && !matches!(row.person_ref, PersonRef::Email(_)) {
            return Err(Box::new(row.person_not_found()));
        }
        if let Some(email) = write.email.as_ref().filter(|_| old.as_ref() != Some(&new))
            && self.people.contains_key(&new)
        {
            return Err(Box::new(Fault::email_taken(email)));
        }
        let stamp = self.next_stamp();
        let mut item = old.as_ref().and_then(|key| self.people.remove(key)).unwrap_or_default();
        let before = Person::from_attributes(item.clone(), &self.tenant_ids);
        let home = self.tenant_ids.locator(&people_domain::ids::email::Email::parse(&new).unwrap());
        let incarnation = TenantIds::new_incarnation(&home, u128::try_from(self.made).unwrap());
        apply_assignments(
            &mut item,
            &build_assignments(write, &WriteContext::new(stamp), &incarnation),
        );
        let person = self.read_item(&item);
        self.people.insert(new, item);
        let held =
            before.iter().flat_map(|before| before.companies.iter().chain(&before.relationships));
        let held: HashSet<_> = held.map(|held| held.name.clone()).collect();
        let named = write.associations.iter().map(|association| association.name.clone());
        let created_associations = named.filter(|name| !held.contains(name)).collect();
        let inserted = before.is_none();
        Ok(UpsertedPerson { person: person.into(), inserted, created_associations })
    }

    /// Adds a label to an open list.
    pub(crate) fn learn_label(&mut self, category: &str, label: &str) {
        let gsid = self.tenant_ids.dropdown_item_gsid(category, label);
        self.labels.insert((category.to_owned(), gsid), label.into());
    }

    /// The `data` of GET by an email or a GSID.
    pub(crate) fn print_person(&self, id: &str) -> Option<Json> {
        let email = people_domain::ids::email::Email::parse(id).ok();
        let item = match email {
            Some(email) => self.people.get(email.key()),
            None => self.people.values().find(|item| self.read_item(item).gsid == id),
        };
        let person = self.read_item(item?);
        let records = self.associated_records(&person);
        response::get::render_person(&person, &records, &self.metadata, &self.tenant_ids)
    }

    /// The records with which a person is exported.
    pub(crate) fn export_person(&self, email: &str) -> Vec<Json> {
        let email = people_domain::ids::email::Email::parse(email).unwrap();
        let person = self.read_item(&self.people[email.key()]);
        let records = self.associated_records(&person);
        let companies = view::list_companies(&person, &records, &self.tenant_ids);
        render_person_payloads(&person, &companies, &self.metadata)
    }

    /// The existing records of a person's associations.
    fn associated_records(&self, person: &Person) -> HashMap<String, Arc<Record>> {
        let mut wanted: Vec<_> =
            view::list_references(person).into_iter().map(|(_, id)| id).collect();
        let there = |wanted: &[String]| -> HashMap<_, _> {
            let records = self.records.iter().filter(|record| wanted.contains(&record.gsid));
            records.map(|record| (record.gsid.clone(), record.clone())).collect()
        };
        wanted.extend(view::companies_of_relationships(person, &there(&wanted)));
        there(&wanted)
    }
}

/// A schema in its stored form.
fn define_schema(schema: &SchemaFile) -> TenantSchema {
    let mut own = TenantSchema::default();
    for change in diff_schemas(&SchemaFile::default(), schema) {
        match change {
            SchemaChange::PutDropdown(name, list, _) => {
                own.categories.push(DropdownCategory { name, closed: list.closed });
            }
            SchemaChange::PutObject(name, label, _) => {
                own.objects.push(CustomObject { name, label })
            }
            SchemaChange::PutField(object, name, field, _) => {
                let code = format!("z{}", own.fields.len());
                let default = (Stamp::from_millis(0).as_str().to_owned(), field.default.clone());
                own.fields.push(CustomField {
                    required: field.required,
                    category: field.dropdown.map(|name| name.to_ascii_lowercase()),
                    lookup: field.lookup.map(|name| name.to_ascii_lowercase()),
                    defaults: vec![default],
                    ..CustomField::new(&object.to_ascii_lowercase(), &name, field.kind, &code)
                });
            }
            other => panic!("a fixture's schema only adds: {other}"),
        }
    }
    own
}
