//! Puts people into the table as upserts would store them, many at a time.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use futures::{StreamExt, stream};
use people_domain::ids::email::Email;
use people_domain::ids::gsid::GsidKind;
use people_domain::ids::stamp::{LOW_BITS, Stamp};
use people_domain::ids::tenant_ids::TenantIds;
use people_domain::people;
use people_storage::keys;
use people_testkit::TestTenant;

use super::{CHANGED, COMPANIES};

/// Items of one call.
const BATCH: usize = 25;

/// Calls at the same time.
const CALLS: usize = 8;

/// A large tenant.
pub(crate) struct LargeTenant {
    pub(crate) test: TestTenant,
    /// The GSIDs of all people.
    pub(super) people: Vec<String>,
    /// The last one has one person, the others equal numbers.
    pub(super) companies: Vec<String>,
    /// When the first of the changed people was changed, in milliseconds since 1970.
    pub(super) changed_since: i64,
}

impl LargeTenant {
    /// A tenant with so many people.
    pub(crate) async fn of(count: usize) -> Self {
        let test = TestTenant::new().await;
        let mut companies = Vec::new();
        for n in 0..=COMPANIES {
            companies.push(test.create_company(&format!("company {n}")).await);
        }
        let loaded = test.tenant.created - 2_000_000;
        let batches = stream::iter((0..count).step_by(BATCH)).map(|first| {
            let numbers = first..(first + BATCH).min(count);
            let people = numbers.map(|n| {
                let company = &companies[if n == 0 { COMPANIES } else { n % COMPANIES }];
                build_person(&test, n, company, loaded + i64::from(n < CHANGED) * 1_000_000)
            });
            put_people(&test, people.collect())
        });
        let people: Vec<Vec<String>> = batches.buffer_unordered(CALLS).collect().await;
        let people = people.into_iter().flatten().collect();
        Self { test, people, companies, changed_since: loaded + 1_000_000 }
    }
}

/// A person's GSID, and its item of about 500 bytes.
fn build_person(
    test: &TestTenant,
    n: usize,
    company: &str,
    millis: i64,
) -> (String, HashMap<String, AttributeValue>) {
    let (tenant, email) = (&test.tenant, format!("person{n}@mail{}.example.com", n % 100));
    let email = Email::parse(&email).unwrap();
    let slot = tenant.ids.locator(&email);
    let part = TenantIds::new_incarnation(&slot, n as u128);
    let stamp = Stamp::new(((millis as u128) << LOW_BITS) | n as u128);
    let key = keys::slot_key(&tenant.id, &slot);
    let association = people::company_association_name(&tenant.ids, company);
    let attribute = |code| people::association_attribute(&association, code);
    let texts = [
        ("pk".to_owned(), key.pk),
        ("sk".to_owned(), key.sk),
        ("b".to_owned(), stamp.as_str().to_owned()),
        ("v".to_owned(), stamp.as_str().to_owned()),
        ("g".to_owned(), part.clone()),
        ("e".to_owned(), email.key().to_owned()),
        ("fn".to_owned(), format!("Given{}", n % 997)),
        ("ln".to_owned(), format!("Family{}", n % 9_973)),
        ("lo".to_owned(), format!("City {}, Country {}", n % 500, n % 60)),
        ("tz".to_owned(), "Europe/Berlin".to_owned()),
        ("co".to_owned(), format!("Met at the fair of {}; asked for a call.", 1990 + n % 35)),
        (attribute("b"), stamp.as_str().to_owned()),
        (attribute("v"), stamp.as_str().to_owned()),
        (attribute("ti"), format!("Head of Department {}", n % 50)),
        (attribute("ro"), "Decision Maker".to_owned()),
    ];
    let item = texts.into_iter().map(|(name, text)| (name, AttributeValue::S(text)));
    (tenant.ids.gsid_of_part(GsidKind::Person, &part), item.collect())
}

async fn put_people(
    test: &TestTenant,
    people: Vec<(String, HashMap<String, AttributeValue>)>,
) -> Vec<String> {
    let (gsids, items): (Vec<_>, Vec<_>) = people.into_iter().unzip();
    let put = |item| {
        let put = PutRequest::builder().set_item(Some(item)).build().unwrap();
        WriteRequest::builder().put_request(put).build()
    };
    let requests = items.into_iter().map(put).collect();
    let call = test.stack.client().batch_write_item();
    let written = call.request_items(&test.stack.table, requests).send().await.unwrap();
    assert!(written.unprocessed_items.unwrap_or_default().is_empty());
    gsids
}
