//! The table of an id and an email in one call, a test a row (contract: identify#one-call).

use people_domain::identity::IdentityRefusal;
use people_domain::ids::gsid::Gsid;
use serde_json::json;

use super::*;

#[tokio::test]
async fn an_unknown_id_and_a_free_email_are_a_new_person() {
    let test = TestTenant::new().await;
    let store = test.cached_store();
    for (kind, id, email) in [(Px, "u1", "u1@abc.com"), (GoSquared, "u1", "g1@abc.com")] {
        let seen = write(&store, &build_write(kind, id, Some(email), "a")).await;
        assert!(seen.created && !seen.joined);
        assert_eq!(gsid_of(&test, kind, id).await.as_ref(), Some(&seen.gsid));
        assert_eq!(gsid_of_email(&test, email).await.as_ref(), Some(&seen.gsid));
        let again = write(&store, &build_write(kind, id, Some(email), "b")).await;
        assert_eq!((again.gsid, again.created), (seen.gsid, false));
    }
    let seen = write(&store, &build_write(Ptengine, "u1", None, "a")).await;
    assert!(seen.created);
    assert_eq!(gsid_of(&test, Ptengine, "u1").await, Some(seen.gsid));
    assert_whole(&test).await;
}

#[tokio::test]
async fn the_person_of_the_email_takes_an_unknown_id() {
    let test = TestTenant::new().await;
    let store = test.cached_store();
    let person = upsert_people(&store, json!({ "Email": "Q@abc.com", "FirstName": "Q" })).await;
    let seen = write(&store, &build_write(Px, "q", Some("q@abc.com"), "a")).await;
    assert_eq!((seen.gsid.as_str(), seen.joined), (person.person.gsid.as_str(), true));
    assert_eq!(gsid_of(&test, Px, "q").await.as_ref(), Some(&seen.gsid));
    // A second system joins by the same email, and a third person has the same id elsewhere.
    let gosquared = write(&store, &build_write(GoSquared, "q", Some("q@abc.com"), "b")).await;
    assert_eq!(gosquared.gsid, seen.gsid);
    let ptengine = write(&store, &build_write(Ptengine, "q", None, "c")).await;
    assert_ne!(ptengine.gsid, seen.gsid);
    assert_whole(&test).await;
}

#[tokio::test]
async fn a_second_id_shows_the_email_of_a_person_that_has_one() {
    let test = TestTenant::new().await;
    let store = test.cached_store();
    let first = write(&store, &build_write(Px, "first", Some("shared@abc.com"), "a")).await;
    let second = write(&store, &build_write(Px, "second", Some("shared@abc.com"), "b")).await;
    assert!(second.created && !second.joined && second.gsid != first.gsid);
    assert_eq!(second.printed.as_deref(), Some("shared@abc.com"));
    assert_eq!(gsid_of_email(&test, "shared@abc.com").await.as_ref(), Some(&first.gsid));
    // The People API does not know whoever holds no email.
    let gsid = Gsid::parse(&second.gsid).unwrap();
    assert!(store.read_person_by_gsid(&gsid).await.unwrap().is_none());
    let by_gsid = json!({ "Gsid": second.gsid, "FirstName": "S" });
    assert!(store.ingest_record(&by_gsid, &Lookups::default()).await.unwrap().is_err());
    assert_whole(&test).await;
}

#[tokio::test]
async fn a_known_id_takes_a_free_email_and_frees_the_one_it_held() {
    let test = TestTenant::new().await;
    let store = test.cached_store();
    // Of a person that lives in the slot of its id, and of one that lives in that of its email.
    let of_id = write(&store, &build_write(Px, "of-id", Some("a1@abc.com"), "a")).await;
    let of_email =
        upsert_people(&store, json!({ "Email": "b1@abc.com" })).await.person.gsid.clone();
    write(&store, &build_write(Px, "of-email", Some("b1@abc.com"), "a")).await;
    for (id, gsid, emails) in [
        ("of-id", &of_id.gsid, ["a1@abc.com", "a2@abc.com", "a3@abc.com"]),
        ("of-email", &of_email, ["b1@abc.com", "b2@abc.com", "b3@abc.com"]),
    ] {
        for pair in emails.windows(2) {
            let seen = write(&store, &build_write(Px, id, Some(pair[1]), "b")).await;
            assert_eq!((&seen.gsid, seen.printed.as_deref()), (gsid, Some(pair[1])));
            assert_eq!(gsid_of_email(&test, pair[1]).await.as_ref(), Some(gsid));
            assert_eq!(gsid_of_email(&test, pair[0]).await, None);
        }
        let back = write(&store, &build_write(Px, id, Some(emails[0]), "c")).await;
        assert_eq!(&back.gsid, gsid);
        assert_eq!(gsid_of(&test, Px, id).await.as_ref(), Some(gsid));
        // The People API meets the same person under the new email.
        let by_email = upsert_people(&store, json!({ "Email": emails[0], "LastName": "L" })).await;
        assert_eq!((&by_email.person.gsid, by_email.inserted), (gsid, false));
    }
    assert_whole(&test).await;
}

#[tokio::test]
async fn a_known_id_shows_an_email_that_another_person_holds() {
    let test = TestTenant::new().await;
    let store = test.cached_store();
    let holder =
        upsert_people(&store, json!({ "Email": "held@abc.com" })).await.person.gsid.clone();
    let own = write(&store, &build_write(GoSquared, "g", Some("own@abc.com"), "a")).await;
    let shows = write(&store, &build_write(GoSquared, "g", Some("Held@abc.com"), "b")).await;
    assert_eq!((&shows.gsid, shows.printed.as_deref()), (&own.gsid, Some("Held@abc.com")));
    assert_eq!(gsid_of_email(&test, "held@abc.com").await, Some(holder));
    assert_eq!(gsid_of_email(&test, "own@abc.com").await.as_ref(), Some(&own.gsid));
    // The same email again, in another spelling, is shown; its own email is held and printed.
    let again = write(&store, &build_write(GoSquared, "g", Some("HELD@abc.com"), "c")).await;
    assert_eq!(again.printed.as_deref(), Some("HELD@abc.com"));
    let back = write(&store, &build_write(GoSquared, "g", Some("own@abc.com"), "d")).await;
    assert_eq!(back.printed.as_deref(), Some("own@abc.com"));
    // A text that is no address is shown too.
    let ill = write(&store, &build_write(GoSquared, "g", Some("no address"), "e")).await;
    assert_eq!(ill.printed.as_deref(), Some("no address"));
    // A change by the People API ends that.
    upsert_people(&store, json!({ "Gsid": own.gsid, "Email": "new@abc.com" })).await;
    let person = store.read_person_by_id(&external_id(GoSquared, "g")).await.unwrap().unwrap();
    assert_eq!(person.printed_email(), Some("new@abc.com"));
    assert_whole(&test).await;
}

#[tokio::test]
async fn gosquared_identify_merges_and_the_gsid_leads_on() {
    let test = TestTenant::new().await;
    let store = test.cached_store();
    let anonymous = write(&store, &build_write(GoSquared, "g", None, "anonymous")).await;
    let email = json!({ "Email": "q@abc.com", "FirstName": "Q" });
    let holder = upsert_people(&store, email).await.person.gsid.clone();
    // Another call than identify shows the email, as it would for any other person.
    let mut identify = build_write(GoSquared, "g", Some("q@abc.com"), "identified");
    identify.merges = true;
    let merged = write(&store, &identify).await;
    assert_eq!((&merged.gsid, merged.joined, merged.created), (&holder, true, false));
    assert_eq!(gsid_of(&test, GoSquared, "g").await.as_ref(), Some(&holder));
    let gsid = Gsid::parse(&anonymous.gsid).unwrap();
    let found = store.read_person_by_gsid(&gsid).await.unwrap().unwrap();
    assert_eq!(found.gsid, holder);
    // An upsert by the former GSID writes to the person, its email change too.
    let by_gsid = upsert_people(&store, json!({ "Gsid": anonymous.gsid, "LastName": "L" })).await;
    assert_eq!(by_gsid.person.gsid, holder);
    let moved = json!({ "Gsid": anonymous.gsid, "Email": "q2@abc.com" });
    assert_eq!(upsert_people(&store, moved).await.person.gsid, holder);
    assert_eq!(gsid_of(&test, GoSquared, "g").await.as_ref(), Some(&holder));
    // Nobody is taken in twice.
    write(&store, &build_write(GoSquared, "other", None, "x")).await;
    let mut identify = build_write(GoSquared, "other", Some("q2@abc.com"), "y");
    identify.merges = true;
    let other = write(&store, &identify).await;
    assert!(other.gsid != holder && !other.joined);
    assert_eq!(other.printed.as_deref(), Some("q2@abc.com"));
    assert_whole(&test).await;
}

#[tokio::test]
async fn a_merge_fills_gaps_and_overwrites_nothing() {
    let test = TestTenant::new().await;
    let store = test.cached_store();
    let set = |name: &str, text: &str| {
        (name.to_owned(), Assignment::Set(Some(Value::Text(text.to_owned()))))
    };
    // More values than one expression takes.
    for count in [3, 400] {
        let (id, email) = (format!("g{count}"), format!("q{count}@abc.com"));
        let mut first = build_write(GoSquared, &id, None, "anonymous");
        let value = |n: usize| GoSquared.value_attribute(&format!("v{n}"));
        first.assignments.extend((0..count).map(|n| set(&value(n), "p")));
        first.assignments.extend([set("fn", "P"), set("ln", "P")]);
        write(&store, &first).await;
        upsert_people(&store, json!({ "Email": email, "FirstName": "Q" })).await;
        let mut identify = build_write(GoSquared, &id, Some(&email), "called");
        identify.merges = true;
        identify.assignments.push(set(&value(0), "called"));
        write(&store, &identify).await;
        let person = store.read_person_by_id(&external_id(GoSquared, &id)).await.unwrap().unwrap();
        let text = |name: &str| match &person.attributes[name] {
            Some(Value::Text(text)) => text.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!([text("fn"), text("ln")], ["Q", "P"]);
        assert_eq!(
            [text(&value(0)), text(&value(1)), text(&value(count - 1))],
            ["called", "p", "p"]
        );
        assert_eq!(text(&GoSquared.value_attribute("note")), "called");
    }
    assert_whole(&test).await;
}

#[tokio::test]
async fn a_create_needs_an_unknown_id_and_an_update_a_known_one() {
    let test = TestTenant::new().await;
    let store = test.cached_store();
    let refuse = async |mode, id: &str, email: Option<&str>| {
        let mut call = build_write(Px, id, email, "x");
        call.mode = mode;
        match store.write_identity(&call).await.unwrap() {
            IdentityOutcome::Refused(refusal) => Some(refusal),
            IdentityOutcome::Written { .. } => None,
        }
    };
    for email in [None, Some("a@abc.com")] {
        let (id, other) = (format!("a{}", email.is_some()), Some("b@abc.com"));
        assert_eq!(refuse(WriteMode::Update, &id, email).await, Some(IdentityRefusal::Unknown));
        assert_eq!(refuse(WriteMode::Create, &id, email).await, None);
        assert_eq!(refuse(WriteMode::Create, &id, email).await, Some(IdentityRefusal::Known));
        assert_eq!(refuse(WriteMode::Create, &id, other).await, Some(IdentityRefusal::Known));
        assert_eq!(refuse(WriteMode::Update, &id, email).await, None);
    }
    assert_eq!(gsid_of_email(&test, "b@abc.com").await, None, "a refused call takes no email");
    // Each user has one entry, and what was refused has none.
    assert_eq!(test.read_px_user_entries().await.len(), 2);
    assert_whole(&test).await;
}

#[tokio::test]
async fn a_long_update_of_an_unknown_id_leaves_nothing_behind() {
    let test = TestTenant::new().await;
    let store = test.cached_store();
    for email in [None, Some("a@abc.com")] {
        let mut update = build_write(Px, "u", email, "secret");
        update.mode = WriteMode::Update;
        // One expression can't hold so many.
        update.assignments = (0..350)
            .map(|n| (Px.value_attribute(&format!("c{n}")), update.assignments[0].1.clone()))
            .collect();
        let outcome = store.write_identity(&update).await.unwrap();
        assert!(
            matches!(outcome, IdentityOutcome::Refused(IdentityRefusal::Unknown)),
            "{outcome:?}"
        );
    }
    let items = serde_json::to_string(&test.read_items().await).unwrap();
    assert!(!items.contains("secret"), "the next user with this id would have it: {items}");
}
