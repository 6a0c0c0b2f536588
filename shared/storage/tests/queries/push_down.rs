//! Queries have the same rows with and without the filter that the store applies (contract:
//! query#nulls-in-conditions, query#equality).

use people_domain::ids::gsid::Gsid;
use people_domain::lookup::Lookups;
use people_domain::schema::metadata::CustomField;
use people_domain::values::FieldType;
use people_testkit::TestTenant;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value as Json, json};

use super::reader::PageReader;

const QUERIES: usize = 60;

const INDEXED_QUERIES: usize = 20;

const PEOPLE: usize = 70;

/// The fields of associations that may be indexed.
const INDEXES: [(&str, &str); 2] =
    [("company_person", "Company_ID"), ("relationship_person", "Relationship_ID")];

/// The tenant's records and people.
struct World {
    test: TestTenant,
    companies: Vec<String>,
    relationships: Vec<String>,
    people: Vec<String>,
}

fn sample<T: std::fmt::Debug>(runner: &mut TestRunner, strategy: impl Strategy<Value = T>) -> T {
    strategy.new_tree(runner).unwrap().current()
}

fn texts() -> BoxedStrategy<Json> {
    prop_oneof![
        4 => prop::sample::select(vec!["a", " a", "ab ", "A", "12", "日本", "gold"]).prop_map(Json::from),
        1 => Just(Json::Null),
    ]
    .boxed()
}

fn numbers() -> BoxedStrategy<Json> {
    prop_oneof![4 => (-1..3_i64).prop_map(Json::from), 1 => Just(json!(0.5)), 1 => Just(Json::Null)]
        .boxed()
}

fn flags() -> BoxedStrategy<Json> {
    prop_oneof![2 => any::<bool>().prop_map(Json::from), 1 => Just(Json::Null)].boxed()
}

/// Some of these members; the others are not sent.
fn some_members(
    members: Vec<(&'static str, BoxedStrategy<Json>)>,
) -> BoxedStrategy<serde_json::Map<String, Json>> {
    let member = |(name, value): (&'static str, BoxedStrategy<Json>)| {
        prop::option::weighted(0.6, value).prop_map(move |value| Some((name.to_owned(), value?)))
    };
    let members: Vec<_> = members.into_iter().map(member).collect();
    members.prop_map(|members| members.into_iter().flatten().collect()).boxed()
}

impl World {
    async fn new(runner: &mut TestRunner) -> Self {
        let test = TestTenant::new().await;
        let mut world = Self { test, companies: vec![], relationships: vec![], people: vec![] };
        world.write_fields(false).await;
        for n in 0..6 {
            world.companies.push(world.test.create_company(&format!("c{n}")).await);
        }
        for n in 0..10 {
            let gsid =
                world.test.create_relationship(&format!("r{n}"), &world.companies[n % 5]).await;
            world.relationships.push(gsid);
        }
        for n in 0..PEOPLE {
            if n == PEOPLE / 2 {
                world.write_fields(true).await;
            }
            let person = world.new_person(runner, n);
            let gsid = world.upsert(person).await;
            world.people.push(gsid);
        }
        // From now on writes make lookup entries; queries use them once the indexes are complete.
        for (object, field) in INDEXES {
            world.test.begin_association_index(object, field).await;
        }
        world.change_all(runner).await;
        world
    }

    /// Defines fields with defaults; later they have others.
    async fn write_fields(&self, later: bool) {
        let since = |value: Json| (self.test.store.new_stamp().as_str().to_owned(), value);
        for (object, name, kind, code, first, second) in [
            ("person", "Plan__gc", FieldType::String, "z1", json!("gold"), json!("a")),
            ("person", "Score__gc", FieldType::Number, "z2", json!(1), Json::Null),
            ("company_person", "Level__gc", FieldType::Number, "z3", json!(2), json!(0)),
            ("company", "Tier__gc", FieldType::String, "z4", json!("12"), json!("gold")),
        ] {
            let mut defaults = vec![(String::new(), first)];
            defaults.extend(later.then(|| since(second)));
            let field = CustomField { defaults, ..CustomField::new(object, name, kind, code) };
            self.test.uncached_store().write_field(&field).await.unwrap();
        }
    }

    fn new_person(&self, runner: &mut TestRunner, n: usize) -> Json {
        let mut person = sample(runner, self.person_members());
        person.insert("Email".to_owned(), format!("p{n}@abc.com").into());
        Json::Object(person)
    }

    fn person_members(&self) -> BoxedStrategy<serde_json::Map<String, Json>> {
        let relationship = || {
            let ids = prop::sample::select(self.relationships.clone());
            let members = some_members(vec![("Title", texts()), ("Active", flags())]);
            (ids, members).prop_map(|(gsid, mut members)| {
                members.insert("Relationship_ID".to_owned(), gsid.into());
                Json::Object(members)
            })
        };
        // Relationships are nested under any company, their own or another.
        let nested = prop::collection::vec(relationship(), 0..2);
        let company = (
            prop::sample::select(self.companies.clone()),
            some_members(vec![("Title", texts()), ("Active", flags()), ("Level__gc", numbers())]),
            nested,
        );
        let company = company.prop_map(|(gsid, mut members, nested)| {
            members.insert("Company_ID".to_owned(), gsid.into());
            members.insert("relationships".to_owned(), nested.into());
            Json::Object(members)
        });
        some_members(vec![
            ("Location", texts()),
            ("EmailOptOut", flags()),
            ("Plan__gc", texts()),
            ("Score__gc", numbers()),
            ("LastName", texts()),
            ("companies", prop::collection::vec(company, 0..3).prop_map(Json::from).boxed()),
            (
                "relationships",
                prop::collection::vec(relationship(), 0..2).prop_map(Json::from).boxed(),
            ),
        ])
    }

    async fn upsert(&self, body: Json) -> String {
        let store = self.test.uncached_store();
        let made = store.ingest_record(&body, &Lookups::default()).await.unwrap();
        made.unwrap_or_else(|faults| panic!("{body}: {faults:?}")).person.gsid.clone()
    }

    /// People change and move, relationships go to other companies, and a company is deleted.
    async fn change_all(&self, runner: &mut TestRunner) {
        for (n, gsid) in self.people.iter().enumerate().step_by(3) {
            let mut body = sample(runner, self.person_members());
            body.insert("Gsid".to_owned(), gsid.as_str().into());
            if n % 2 == 0 {
                body.insert("Email".to_owned(), format!("moved{n}@abc.com").into());
            }
            self.upsert(Json::Object(body)).await;
        }
        let store = self.test.uncached_store();
        for (n, gsid) in self.relationships.iter().enumerate().step_by(2) {
            let moved =
                json!({ "Gsid": gsid, "Company_ID": self.companies[(n + 3) % 6], "Stage": "a" });
            let keys = ["Gsid".to_owned()];
            store.update_objects("relationship", &keys, &[moved], &[]).await.unwrap().unwrap();
        }
        for (n, gsid) in self.companies.iter().enumerate().step_by(2) {
            let changed = sample(
                runner,
                some_members(vec![("Stage", texts()), ("ARR", numbers()), ("Tier__gc", texts())]),
            );
            let mut changed = changed;
            changed.insert("Gsid".to_owned(), gsid.as_str().into());
            changed.insert("Industry".to_owned(), format!("i{n}").into());
            let keys = ["Gsid".to_owned()];
            store
                .update_objects("company", &keys, &[Json::Object(changed)], &[])
                .await
                .unwrap()
                .unwrap();
        }
        self.remove_associations().await;
        let last = Gsid::parse(&self.companies[5]).unwrap();
        assert!(store.delete_record("company", &last).await.unwrap());
    }

    /// Some people lose a relationship or a company.
    async fn remove_associations(&self) {
        let (store, reader) = (self.test.uncached_store(), PageReader::new(&self.test));
        for object in ["relationship_person", "company_person"] {
            let body = json!({ "select": ["Gsid", "Person_ID"] });
            let rows = reader.read_page(object, &body, 0, 5_000).await.0;
            assert!(rows.len() > 20, "{object}");
            for row in rows.iter().step_by(5) {
                let [gsid, person] = ["Gsid", "Person_ID"]
                    .map(|name| Gsid::parse(row[name].as_str().unwrap()).unwrap());
                assert!(store.remove_association(object, &gsid, &person).await.unwrap());
            }
            // What was removed is not shown, whatever else the person has.
            let left = reader.read_page(object, &body, 0, 5_000).await.0;
            assert!(rows.iter().step_by(5).all(|row| !left.contains(row)), "{object}");
        }
    }

    fn values_of(&self, name: &str) -> BoxedStrategy<Json> {
        let ids = |ids: &[String]| prop::sample::select(ids.to_vec()).prop_map(Json::from).boxed();
        let now = self.test.tenant.created;
        match name {
            "Company_ID" | "Company_ID__gr.Gsid" => ids(&self.companies),
            "Relationship_ID" => ids(&self.relationships),
            "Person_ID" | "Gsid" => ids(&self.people),
            "Company_ID__gr.Name" => (0..6).prop_map(|n| format!("c{n}").into()).boxed(),
            "Relationship_ID__gr.Name" => (0..10).prop_map(|n| format!("r{n}").into()).boxed(),
            "CreatedDate" | "ModifiedDate" => {
                (0..4_000_i64).prop_map(move |millis| Json::from(now + millis)).boxed()
            }
            "Score__gc" | "Level__gc" | "ARR" | "Person_ID__gr.Score__gc" => numbers(),
            "EmailOptOut" | "Active" | "IsPrimaryCompany" => flags(),
            _ => texts(),
        }
    }

    fn conditions(&self, names: &[&'static str]) -> BoxedStrategy<Json> {
        let names = names.iter().map(|name| (*name, self.values_of(name)));
        let condition = prop::sample::select(names.collect::<Vec<_>>());
        let condition = condition.prop_flat_map(|(name, values)| {
            (Just(name), Just(values), prop::sample::select(operators_of(name)))
        });
        let condition = condition.prop_flat_map(|(name, values, operator)| {
            let count = match operator {
                "BTW" => 2..=2,
                "IN" => 1..=3,
                "IS_NULL" | "IS_NOT_NULL" => 0..=0,
                _ => 1..=1,
            };
            let may_be_null = ["EQ", "NE", "IN"].contains(&operator);
            let values =
                values.prop_filter("a value", move |value| may_be_null || !value.is_null());
            let values = prop::collection::vec(values, count);
            values.prop_map(
                move |value| json!({ "name": name, "operator": operator, "value": value }),
            )
        });
        condition.boxed()
    }

    /// A query as it is, and with a condition that no row meets and no filter can express, so that
    /// the store filters nothing.
    fn query_pair(&self, runner: &mut TestRunner, object: &Object) -> [Json; 2] {
        let expressions =
            ["A", "A AND B", "A AND B AND C", "A OR B", "A AND (B OR C)", "(A AND B) OR C"];
        let expression = sample(runner, prop::sample::select(expressions.to_vec()));
        let conditions = (0..3).map(|_| sample(runner, self.conditions(object.conditions)));
        pair_queries(object, conditions.collect(), expression)
    }

    /// Every company and relationship by its id.
    fn reference_queries(&self) -> Vec<(&'static Object, [Json; 2])> {
        let condition =
            |name: &str, gsid: &String| json!({ "name": name, "operator": "EQ", "value": gsid });
        let by_company = self.companies.iter().map(|gsid| condition("Company_ID", gsid));
        let by_relationship =
            self.relationships.iter().map(|gsid| condition("Relationship_ID", gsid));
        let [_, company_person, relationship_person, ..] = &OBJECTS;
        let pair = |object, condition| (object, pair_queries(object, vec![condition], "A"));
        let of_companies = by_company.clone().map(|condition| pair(company_person, condition));
        let of_relationships = by_company.chain(by_relationship);
        of_companies
            .chain(of_relationships.map(|condition| pair(relationship_person, condition)))
            .collect()
    }
}

fn pair_queries(object: &Object, mut conditions: Vec<Json>, expression: &str) -> [Json; 2] {
    let (name, operator, value) = object.never;
    for (condition, alias) in conditions.iter_mut().zip(["A", "B", "C"]) {
        condition["alias"] = alias.into();
    }
    conditions.push(json!({ "name": name, "alias": "N", "operator": operator, "value": value }));
    let query = |expression: String| {
        let filter = json!({ "conditions": conditions, "expression": expression });
        json!({ "select": object.select, "where": filter })
    };
    [query(expression.to_owned()), query(format!("({expression}) OR N"))]
}

/// The operators that apply to a field, the frequent ones more than once.
fn operators_of(name: &str) -> Vec<&'static str> {
    let mut operators = vec!["EQ", "EQ", "EQ", "NE", "IN", "IN", "IS_NULL", "IS_NOT_NULL"];
    let field = name.rsplit('.').next().unwrap_or(name);
    let is_flag = ["EmailOptOut", "Active", "IsPrimaryCompany"].contains(&field);
    let is_number =
        ["Score__gc", "Level__gc", "ARR", "CreatedDate", "ModifiedDate"].contains(&field);
    if !is_flag {
        operators.extend(["LT", "GT", "LTE", "GTE", "BTW"]);
    }
    if !is_flag && !is_number {
        operators.extend(["CONTAINS", "DOES_NOT_CONTAINS", "STARTS_WITH", "ENDS_WITH"]);
    }
    operators
}

/// An object of queries.
struct Object {
    name: &'static str,
    select: &'static [&'static str],
    conditions: &'static [&'static str],
    /// A condition that is never met, and that the store can't evaluate.
    never: (&'static str, &'static str, &'static str),
}

static OBJECTS: [Object; 5] = [
    Object {
        name: "person",
        select: &["Gsid", "Email", "Plan__gc", "Location"],
        conditions: &[
            "Location",
            "EmailOptOut",
            "Plan__gc",
            "Score__gc",
            "Name",
            "LastName",
            "Gsid",
            "CreatedDate",
            "ModifiedDate",
        ],
        never: ("Email", "CONTAINS", "\u{1}"),
    },
    Object {
        name: "company_person",
        select: &["Gsid", "Person_ID", "Company_ID", "Title", "Active"],
        conditions: &[
            "Company_ID",
            "Company_ID",
            "Company_ID__gr.Name",
            "Company_ID__gr.Industry",
            "Title",
            "Active",
            "Level__gc",
            "IsPrimaryCompany",
            "CreatedDate",
            "ModifiedDate",
            "Person_ID",
            "Person_ID__gr.Location",
            "Person_ID__gr.Score__gc",
        ],
        never: ("Person_ID__gr.Email", "CONTAINS", "\u{1}"),
    },
    Object {
        name: "relationship_person",
        select: &["Gsid", "Person_ID", "Company_ID", "Relationship_ID", "Title"],
        conditions: &[
            "Company_ID",
            "Relationship_ID",
            "Relationship_ID",
            "Company_ID__gr.Name",
            "Relationship_ID__gr.Name",
            "Title",
            "Active",
            "CreatedDate",
            "Person_ID__gr.Plan__gc",
        ],
        never: ("Person_ID__gr.Email", "CONTAINS", "\u{1}"),
    },
    Object {
        name: "company",
        select: &["Gsid", "Name", "Tier__gc"],
        conditions: &["Stage", "ARR", "Tier__gc", "Industry", "CreatedDate", "ModifiedDate"],
        never: ("Name", "GT", "\u{10FFFF}"),
    },
    Object {
        name: "relationship",
        select: &["Gsid", "Name", "Company_ID"],
        conditions: &[
            "Stage",
            "ARR",
            "Company_ID__gr.Name",
            "Company_ID__gr.Industry",
            "ModifiedDate",
        ],
        never: ("Name", "GT", "\u{10FFFF}"),
    },
];

/// Runs queries with and without what narrows them down. Returns how many have rows, and how many of
/// those few.
async fn compare_queries(world: &World, queries: Vec<(&'static Object, [Json; 2])>) -> [usize; 2] {
    let reader = PageReader::new(&world.test);
    let (mut found, mut narrowed) = (0, 0);
    for (object, [filtered, plain]) in queries {
        let (rows, _) = reader.read_page(object.name, &filtered, 0, 5_000).await;
        let (all, _) = reader.read_page(object.name, &plain, 0, 5_000).await;
        assert_eq!(rows, all, "{} {filtered}", object.name);
        found += usize::from(!rows.is_empty());
        narrowed += usize::from(!rows.is_empty() && rows.len() < PEOPLE / 2);
    }
    [found, narrowed]
}

#[tokio::test]
async fn the_store_keeps_no_matching_row_back() {
    let mut runner = TestRunner::deterministic();
    let mut world = World::new(&mut runner).await;
    let mut queries = world.reference_queries();
    for n in 0..QUERIES {
        let object = &OBJECTS[n % OBJECTS.len()];
        queries.push((object, world.query_pair(&mut runner, object)));
    }
    let [found, narrowed] = compare_queries(&world, queries).await;
    assert!(found > QUERIES / 3 && narrowed > QUERIES / 5, "{found}, {narrowed} of {QUERIES}");

    // The same of associations once their indexes are complete, as a new process finds them.
    for (object, field) in INDEXES {
        world.test.complete_association_index(object, field).await;
    }
    world.test.store = world.test.store.without_cache();
    let mut queries = world.reference_queries();
    for n in 0..INDEXED_QUERIES {
        let object = &OBJECTS[1 + n % INDEXES.len()];
        queries.push((object, world.query_pair(&mut runner, object)));
    }
    let [found, _] = compare_queries(&world, queries).await;
    assert!(found > INDEXED_QUERIES / 3, "{found}");
    let reader = PageReader::new(&world.test);
    for (object, [filtered, _]) in world.reference_queries() {
        let (rows, _) = reader.read_page(object.name, &filtered, 0, 5_000).await;
        assert_eq!(reader.read_pages(object.name, &filtered, 25).await, rows, "{filtered}");
    }
}

/// Of a relationship under two companies, what is left is still found by the relationship.
#[tokio::test]
async fn a_nested_relationship_is_found_when_the_other_is_removed() {
    let test = TestTenant::new().await;
    let (own, other) = (test.create_company("own").await, test.create_company("other").await);
    let relationship = test.create_relationship("r", &own).await;
    let under = |company: &String| json!({ "Company_ID": company, "relationships": [{ "Relationship_ID": relationship }] });
    let body = json!({ "Email": "a@abc.com", "companies": [under(&own), under(&other)] });
    let store = test.uncached_store();
    let person = store.ingest_record(&body, &Lookups::default()).await.unwrap().unwrap();
    let person = Gsid::parse(&person.person.gsid).unwrap();
    let reader = PageReader::new(&test);
    let find = async |name: &str, gsid: &String| {
        let condition = json!({ "name": name, "operator": "EQ", "value": gsid });
        let body =
            json!({ "select": ["Gsid", "Company_ID"], "where": { "conditions": [condition] } });
        reader.read_page("relationship_person", &body, 0, 10).await.0
    };
    assert_eq!(find("Relationship_ID", &relationship).await.len(), 2);
    let removed = find("Company_ID", &own).await.remove(0);
    let gsid = Gsid::parse(removed["Gsid"].as_str().unwrap()).unwrap();
    assert!(store.remove_association("relationship_person", &gsid, &person).await.unwrap());
    let left = find("Relationship_ID", &relationship).await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["Company_ID"], json!(other));
}
