//! Bodies of creates and updates, and what is read back.

use super::*;
use crate::identity::{SentEmail, WriteMode};

#[test]
fn a_created_user_is_answered_with_every_field_in_order() {
    let answer = created_user(&new_user(json!({})));
    let location = json!({ "countryName": "", "countryCode": "", "stateName": "", "stateCode": "",
        "city": "", "street": "", "postalCode": "", "continent": "", "regionName": "",
        "timeZone": "", "coordinates": { "latitude": 0.0, "longitude": 0.0 } });
    let want = json!({
        "aptrinsicId": tenant_ids(1).expand_gsid(crate::ids::gsid::GsidKind::Person, "000000000000000007"),
        "identifyId": "u-1", "type": "USER", "gender": "EMPTY_GENDER", "email": "",
        "firstName": "", "lastName": "", "lastSeenDate": 0, "signUpDate": 0, "firstVisitDate": 0,
        "title": "", "phone": "", "score": 0, "role": "", "subscriptionId": "", "accountId": "",
        "numberOfVisits": 0, "location": location, "propertyKeys": ["AP-1"],
        "createDate": CREATED_MILLIS, "lastModifiedDate": UPDATED_MILLIS,
        "customAttributes": null, "globalUnsubscribe": false, "sfdcContactId": "",
        "lastVisitedUserAgentData": null, "id": "u-1", "lastInferredLocation": location,
    });
    assert_eq!(answer.to_string(), want.to_string());
}

#[test]
fn an_account_is_answered_with_every_field_in_order() {
    let body = json!({ "id": "IBM", "name": "International Business Machine",
        "propertyKeys": ["AP-1"], "customAttributes": { "program": "Platinum" },
        "numberOfEmployees": "400", "numberOfUsers": 3 });
    let metadata = metadata();
    let write = parse_new_account(&body, &metadata).unwrap();
    assert_eq!(write.mode, WriteMode::Create);
    assert_eq!(write.ignored.names(), ["numberOfUsers"]);
    let stored = account(write.id.as_str(), &write.assignments);
    let answer = render_row(&PxRow::of_account(&stored, &metadata));
    let names: Vec<_> = answer.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "id",
            "name",
            "trackedSubscriptionId",
            "sfdcId",
            "lastSeenDate",
            "dunsNumber",
            "industry",
            "numberOfEmployees",
            "sicCode",
            "website",
            "naicsCode",
            "plan",
            "location",
            "propertyKeys",
            "createDate",
            "lastModifiedDate",
            "customAttributes",
            "parentGroupId",
            "renewalDate",
            "healthScore",
            "gsId",
            "nps",
            "csm"
        ]
    );
    assert_eq!(answer["customAttributes"], json!({ "Program": "Platinum" }));
    assert_eq!((&answer["numberOfEmployees"], &answer["healthScore"]), (&json!(400), &json!(0.0)));
}

/// The field mapping of the vendor's loader, sent as the loader sends it.
#[test]
fn what_the_loader_sends_is_read_back() {
    let answer = created_user(&new_user(json!({
        "title": "Engineer", "phone": "555-0100",
        "location": { "city": "Berlin", "stateCode": "BE",
            "coordinates": { "latitude": "52.5", "longitude": "13.4" } },
        "customAttributes": { "strtmp1": "x", "acceptDate": 1_516_234_662_000_i64, "Active": "true" },
    })));
    assert_eq!((&answer["title"], &answer["phone"]), (&json!("Engineer"), &json!("555-0100")));
    let location = &answer["location"];
    assert_eq!((&location["city"], &location["stateCode"]), (&json!("Berlin"), &json!("BE")));
    assert_eq!(location["coordinates"], json!({ "latitude": 52.5, "longitude": 13.4 }));
    let custom = json!({ "strtmp1": "x", "acceptDate": 1_516_234_662_000_i64, "Active": true });
    assert_eq!(answer["customAttributes"], custom);
}

#[test]
fn an_update_changes_what_was_sent_alone() {
    let metadata = metadata();
    let first = parse_new_user(
        &new_user(json!({ "title": "a", "signUpDate": 5, "firstName": "John",
            "location": { "city": "b", "street": "c" },
            "customAttributes": { "plan": "gold", "price": 95.5 } })),
        &metadata,
    );
    let body = json!({ "title": null, "signUpDate": 0, "firstName": "",
        "location": { "street": "", "countryName": "d" }, "propertyKeys": ["AP-2"],
        "customAttributes": { "plan": "", "price": null } });
    let second = parse_user_update(&body, Some("u-1"), &metadata).unwrap();
    let changes = [first.unwrap().assignments, second.assignments].concat();
    let person = person(1, "u-1", &changes);
    let answer = render_row(&PxRow::of_user(&person, &metadata).unwrap());
    assert_eq!((&answer["title"], &answer["signUpDate"]), (&json!("a"), &json!(0)));
    assert_eq!(answer["firstName"], "");
    assert!(matches!(person.attributes.get("fn"), Some(None)), "cleared for other systems too");
    let location = &answer["location"];
    assert_eq!((&location["city"], &location["street"]), (&json!("b"), &json!("")));
    assert_eq!(location["countryName"], "d");
    assert_eq!(answer["propertyKeys"], json!(["AP-2"]));
    assert_eq!(answer["customAttributes"], json!({ "price": 95.5 }));
}

#[test]
fn a_create_needs_its_members() {
    let missing = |body| faults(parse_new_user(&body, &metadata()));
    let named = |names: &[&str]| -> Vec<_> {
        names.iter().map(|name| ((*name).to_owned(), "must not be empty".to_owned())).collect()
    };
    assert_eq!(missing(json!({})), named(&["identifyId", "propertyKeys"]));
    assert_eq!(
        missing(json!({ "identifyId": "", "propertyKeys": [] })),
        named(&["identifyId", "propertyKeys"])
    );
    let account = faults(parse_new_account(&json!({ "propertyKeys": null }), &metadata()));
    assert_eq!(account, named(&["id", "name", "propertyKeys"]));
    let whole = parse_new_user(&json!([]), &metadata()).unwrap_err();
    assert_eq!(whole.faults, []);
}

#[test]
fn every_fault_of_a_body_is_named() {
    let body = new_user(json!({ "type": "x", "score": 1.5, "location": 3, "email": 4,
        "customAttributes": { "nope": 1, "price": "x" }, "firstName": "a".repeat(256) }));
    let fields: Vec<_> =
        faults(parse_new_user(&body, &metadata())).into_iter().map(|(field, _)| field).collect();
    assert_eq!(
        fields,
        [
            "type",
            "score",
            "location",
            "email",
            "customAttributes.nope",
            "customAttributes.price",
            "firstName"
        ]
    );
}

#[test]
fn what_a_call_can_not_set_is_ignored() {
    let body = new_user(json!({ "aptrinsicId": "x", "id": "y", "lastSeenDate": "soon",
        "numberOfVisits": 3, "createDate": 1, "lastVisitedUserAgentData": [], "extra": {},
        "location": { "planet": "Mars" }, "lastInferredLocation": {} }));
    let write = parse_new_user(&body, &metadata()).unwrap();
    assert_eq!(
        write.ignored.names(),
        [
            "aptrinsicId",
            "id",
            "lastSeenDate",
            "numberOfVisits",
            "createDate",
            "lastVisitedUserAgentData",
            "extra",
            "location.planet",
            "lastInferredLocation"
        ]
    );
    assert_eq!(write.assignments.len(), 1, "propertyKeys");
}

#[test]
fn the_id_of_an_update_is_that_of_the_path() {
    let parse = |body: Json, path| parse_user_update(&body, path, &metadata());
    assert_eq!(parse(json!({}), Some("u-1")).unwrap().id.as_str(), "u-1");
    assert_eq!(parse(json!({ "identifyId": 7 }), Some("7")).unwrap().id.as_str(), "7");
    assert_eq!(parse(json!({ "identifyId": "u-1" }), None).unwrap().id.as_str(), "u-1");
    assert_eq!(faults(parse(json!({ "identifyId": "u-2" }), Some("u-1")))[0].0, "identifyId");
    assert_eq!(faults(parse(json!({}), None))[0].0, "identifyId");
    let long = "a".repeat(256);
    assert_eq!(parse(json!({}), Some(&long)).unwrap_err().status, PxStatus::NotFound);
    let ids = parse_user_delete(&json!({ "identifyId": "u-1" }), &metadata());
    assert_eq!(ids.unwrap().as_str(), "u-1");
}

#[test]
fn an_email_is_valid_ill_formed_or_not_sent() {
    let email =
        |raw: Json| parse_new_user(&new_user(json!({ "email": raw })), &metadata()).unwrap().email;
    assert_eq!(
        email(json!("A@abc.com")),
        Some(SentEmail::Valid(Email::parse("A@abc.com").unwrap()))
    );
    assert_eq!(email(json!("nobody")), Some(SentEmail::IllFormed("nobody".to_owned())));
    assert_eq!((email(json!("")), email(Json::Null)), (None, None));
}

#[test]
fn preferences_are_null_until_set() {
    let body = json!({ "identifyId": "u-1", "surveys": "true", "trackUsage": false,
        "guidedTours": null, "extra": 1 });
    let metadata = metadata();
    let parsed = parse_preferences(&body, &metadata).unwrap();
    assert_eq!(parsed.ignored.names(), ["extra"]);
    let person = person(1, "u-1", &parsed.assignments);
    let answer = render_preferences(&PxRow::of_user(&person, &metadata).unwrap());
    let want = json!({ "guidedTours": null, "onboardingBot": null, "productUpdates": null,
        "surveys": true, "trackUsage": false });
    assert_eq!(answer.to_string(), want.to_string());
    assert_eq!(faults(parse_preferences(&json!({ "surveys": 1 }), &metadata))[0].0, "surveys");
}
