//! A changed email moves the person; its GSID still finds it.

use aws_sdk_dynamodb::types::AttributeValue;
use people_domain::fault::Fault;
use people_domain::ids::email::Email;
use people_domain::ids::gsid::Gsid;
use people_domain::lookup::Lookups;
use people_storage::{UpsertedPerson, keys};
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

async fn upsert(test: &TestTenant, body: Json) -> Result<UpsertedPerson, Vec<Fault>> {
    test.cached_store().ingest_record(&body, &Lookups::default()).await.expect("the store works")
}

async fn email_of(test: &TestTenant, gsid: &str) -> Option<String> {
    let gsid = Gsid::parse(gsid).unwrap();
    test.uncached_store().read_person_by_gsid(&gsid).await.unwrap().map(|person| person.email)
}

async fn gsid_of(test: &TestTenant, email: &str) -> Option<String> {
    let email = Email::parse(email).unwrap();
    test.uncached_store().read_person_by_email(&email).await.unwrap().map(|person| person.gsid)
}

#[tokio::test]
async fn a_moved_person_is_found_by_its_gsid_and_the_old_email_is_free() {
    let test = TestTenant::new().await;
    let gsid = upsert(&test, json!({ "Email": "a@abc.com", "FirstName": "A" }))
        .await
        .unwrap()
        .person
        .gsid
        .clone();
    let moved = upsert(&test, json!({ "Gsid": gsid, "Email": "B@abc.com", "LastName": "B" }))
        .await
        .unwrap();
    assert_eq!((moved.person.gsid.as_str(), moved.inserted), (gsid.as_str(), false));
    assert_eq!(email_of(&test, &gsid).await.as_deref(), Some("B@abc.com"));
    assert_eq!(gsid_of(&test, "b@abc.com").await.as_ref(), Some(&gsid));
    assert_eq!(gsid_of(&test, "a@abc.com").await, None);

    let second = upsert(&test, json!({ "Email": "a@abc.com" })).await.unwrap();
    assert!(second.inserted);
    assert_ne!(second.person.gsid.clone(), gsid);
    assert_eq!(email_of(&test, &gsid).await.as_deref(), Some("B@abc.com"));

    // By GSID alone, by the new email, and after another move it is the same person.
    upsert(&test, json!({ "Person_ID": gsid, "Location": "X" })).await.unwrap();
    let by_email = upsert(&test, json!({ "Email": "b@abc.com", "Timezone": "Y" })).await.unwrap();
    assert_eq!(by_email.person.gsid.clone(), gsid);
    upsert(&test, json!({ "Gsid": gsid, "Email": "c@abc.com" })).await.unwrap();
    assert_eq!(email_of(&test, &gsid).await.as_deref(), Some("c@abc.com"));
    let person = test
        .uncached_store()
        .read_person_by_email(&Email::parse("c@abc.com").unwrap())
        .await
        .unwrap()
        .unwrap();
    let rendered = test.uncached_store().render_person(&person).await.unwrap();
    assert_eq!(
        (&rendered["location"], &rendered["timezone"], &rendered["name"]),
        (&json!("X"), &json!("Y"), &json!("A B"))
    );
}

#[tokio::test]
async fn a_person_that_moves_home_is_found_there_without_a_forward() {
    let test = TestTenant::new().await;
    let gsid = upsert(&test, json!({ "Email": "home@abc.com" })).await.unwrap().person.gsid.clone();
    for email in ["away@abc.com", "HOME@abc.com"] {
        upsert(&test, json!({ "Gsid": gsid, "Email": email })).await.unwrap();
    }
    let items = test.read_items().await;
    assert!(items.iter().all(|item| item.contains_key("v") && !item.contains_key("to")));
    assert_eq!(items.iter().filter(|item| item.contains_key("g")).count(), 1);
    assert_eq!(email_of(&test, &gsid).await.as_deref(), Some("HOME@abc.com"));
}

#[tokio::test]
async fn a_taken_email_fails_and_changes_nothing() {
    let test = TestTenant::new().await;
    let gsid = upsert(&test, json!({ "Email": "a@abc.com" })).await.unwrap().person.gsid.clone();
    upsert(&test, json!({ "Email": "taken@abc.com" })).await.unwrap();
    let before = test.read_items().await;
    let faults = upsert(&test, json!({ "Gsid": gsid, "Email": "Taken@abc.com", "FirstName": "X" }))
        .await
        .unwrap_err();
    assert_eq!(faults.len(), 1);
    assert_eq!(
        faults[0].message,
        "Row with the given resolution key already exists : {Email=Taken@abc.com}"
    );
    assert_eq!(test.read_items().await, before);
}

#[tokio::test]
async fn two_that_want_one_email_do_not_both_get_it() {
    let test = TestTenant::new().await;
    let mut gsids = Vec::new();
    for n in 0..6 {
        gsids.push(
            upsert(&test, json!({ "Email": format!("{n}@abc.com") }))
                .await
                .unwrap()
                .person
                .gsid
                .clone(),
        );
    }
    let moves = gsids.iter().cloned().map(|gsid| {
        let test = test.clone();
        tokio::spawn(async move {
            upsert(&test, json!({ "Gsid": gsid, "Email": "wanted@abc.com" })).await.is_ok()
        })
    });
    let mut won = 0;
    for moved in moves.collect::<Vec<_>>() {
        won += usize::from(moved.await.unwrap());
    }
    assert_eq!(won, 1);
    for gsid in &gsids {
        assert!(email_of(&test, gsid).await.is_some(), "no person is lost");
    }
}

#[tokio::test]
async fn a_pointer_leads_to_the_person_that_another_id_made() {
    let test = TestTenant::new().await;
    let gsid = upsert(&test, json!({ "Email": "made@abc.com" })).await.unwrap().person.gsid.clone();
    overwrite_alias(&test, &gsid, "made@abc.com", "pointed@abc.com").await;
    assert_eq!(gsid_of(&test, "pointed@abc.com").await.as_ref(), Some(&gsid));
    let written =
        upsert(&test, json!({ "Email": "Pointed@abc.com", "FirstName": "P" })).await.unwrap();
    assert_eq!((written.person.gsid.as_str(), written.inserted), (gsid.as_str(), false));

    // When its email changes, the person stays, the alias moves, and the old address is free.
    upsert(&test, json!({ "Gsid": gsid, "Email": "next@abc.com" })).await.unwrap();
    assert_eq!(gsid_of(&test, "next@abc.com").await.as_ref(), Some(&gsid));
    assert_eq!(email_of(&test, &gsid).await.as_deref(), Some("next@abc.com"));
    assert!(upsert(&test, json!({ "Email": "pointed@abc.com" })).await.unwrap().inserted);
}

/// Gives a person an email whose slot holds only an alias, as for a person created by another id.
async fn overwrite_alias(test: &TestTenant, gsid: &str, home: &str, email: &str) {
    let tenant_ids = &test.tenant.ids;
    let gsid = Gsid::parse(gsid).unwrap();
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let key = |key: keys::ItemKey| {
        [(keys::PK, text(&key.pk)), (keys::SK, text(&key.sk))].map(|(n, v)| (n.to_owned(), v))
    };
    let slot_key = |email: &str| {
        keys::slot_key(&test.tenant.id, &tenant_ids.locator(&Email::parse(email).unwrap()))
    };
    let client = test.stack.client();
    let update = client
        .update_item()
        .table_name(&test.stack.table)
        .set_key(Some(key(slot_key(home)).into()));
    let update =
        update.update_expression("SET e = :e").expression_attribute_values(":e", text(email));
    update.send().await.unwrap();
    let mut alias: std::collections::HashMap<_, _> = key(slot_key(email)).into();
    alias.insert("at".to_owned(), text(tenant_ids.person_record_part(&gsid).unwrap()));
    client.put_item().table_name(&test.stack.table).set_item(Some(alias)).send().await.unwrap();
}

#[tokio::test]
async fn a_tombstone_is_nobody_and_may_be_filled_with_a_new_life() {
    let test = TestTenant::new().await;
    let gsid = upsert(&test, json!({ "Email": "gone@abc.com", "FirstName": "Old" }))
        .await
        .unwrap()
        .person
        .gsid
        .clone();
    let key = keys::slot_key(
        &test.tenant.id,
        &test.tenant.ids.locator(&Email::parse("gone@abc.com").unwrap()),
    );
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let tombstone =
        [(keys::PK, text(&key.pk)), (keys::SK, text(&key.sk)), ("x", text("0H1FZK0000000000"))];
    let tombstone = tombstone.map(|(name, value)| (name.to_owned(), value)).into();
    test.stack
        .client()
        .put_item()
        .table_name(&test.stack.table)
        .set_item(Some(tombstone))
        .send()
        .await
        .unwrap();
    assert_eq!((gsid_of(&test, "gone@abc.com").await, email_of(&test, &gsid).await), (None, None));
    assert!(upsert(&test, json!({ "Gsid": gsid, "FirstName": "X" })).await.is_err());

    let again = upsert(&test, json!({ "Email": "gone@abc.com" })).await.unwrap();
    assert!(again.inserted);
    assert_ne!(again.person.gsid.clone(), gsid);
    assert_eq!(again.person.name(), None);

    // A person may move to the slot of a tombstone, too.
    let mover =
        upsert(&test, json!({ "Email": "mover@abc.com" })).await.unwrap().person.gsid.clone();
    upsert(&test, json!({ "Gsid": again.person.gsid.clone(), "Email": "away@abc.com" }))
        .await
        .unwrap();
    upsert(&test, json!({ "Gsid": mover, "Email": "gone@abc.com" })).await.unwrap();
    assert_eq!(gsid_of(&test, "gone@abc.com").await, Some(mover));
}
