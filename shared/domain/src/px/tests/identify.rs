//! Identify calls, the vendor's sample among them.

use super::*;
use crate::identity::WriteMode;

fn sample() -> Json {
    json!({
        "user": { "id": "unique-user-id", "email": "useremail@address.com",
            "signupDate": 1_516_234_662_215_i64, "firstName": "John", "lastName": "Smith",
            "userHash": "", "plan": "gold", "price": 95.5 },
        "account": { "id": "IBM", "name": "International Business Machine", "Program": "Platinum" },
    })
}

#[test]
fn the_vendors_sample_is_read_whole() {
    let metadata = metadata();
    let call = parse_identify(&sample(), &metadata).unwrap();
    assert_eq!(call.ignored.names(), [""; 0]);
    let person = person(1, call.user.id.as_str(), &call.user.assignments);
    let user = render_row(&PxRow::of_user(&person, &metadata).unwrap());
    assert_eq!((&user["firstName"], &user["lastName"]), (&json!("John"), &json!("Smith")));
    assert_eq!(user["signUpDate"], 1_516_234_662_215_i64);
    assert_eq!(user["accountId"], "IBM");
    assert_eq!(user["customAttributes"], json!({ "plan": "gold", "price": 95.5 }));
    let write = call.account.unwrap();
    assert_eq!(write.mode, WriteMode::Upsert);
    let stored = account("IBM", &write.assignments);
    let stored = render_row(&PxRow::of_account(&stored, &metadata));
    assert_eq!(stored["name"], "International Business Machine");
    assert_eq!(stored["customAttributes"], json!({ "Program": "Platinum" }));
}

#[test]
fn names_ignore_case_and_unknown_ones_are_dropped() {
    let body = json!({ "user": { "ID": 5, "JobTitle": "a", "CITY": "b", "latitude": 1,
        "PLAN": "c", "nope": 1, "aptrinsicId": "x", "location": {} }, "more": 1 });
    let metadata = metadata();
    let call = parse_identify(&body, &metadata).unwrap();
    assert_eq!(call.ignored.names(), ["more", "nope", "aptrinsicId", "location"]);
    assert!(call.account.is_none());
    let person = person(1, call.user.id.as_str(), &call.user.assignments);
    let user = render_row(&PxRow::of_user(&person, &metadata).unwrap());
    assert_eq!((&user["identifyId"], &user["title"]), (&json!("5"), &json!("a")));
    assert_eq!((&user["location"]["city"], &user["accountId"]), (&json!("b"), &json!("")));
    assert_eq!(user["location"]["coordinates"]["latitude"], json!(1.0));
    assert_eq!(user["customAttributes"], json!({ "plan": "c" }));
}

#[test]
fn an_account_that_is_new_has_a_name() {
    let body = json!({ "user": { "id": "u", "accountId": "old" }, "account": { "id": "abc" } });
    let call = parse_identify(&body, &metadata()).unwrap();
    let change = &call.account.unwrap().assignments;
    let name = ("nm".to_owned(), Assignment::SetOnce(text("abc")));
    assert_eq!(change, &[name]);
    let account_id = ("X|ai".to_owned(), Assignment::Set(Some(text("abc"))));
    assert_eq!(call.user.assignments, [account_id]);
}

#[test]
fn faults_of_both_are_named() {
    let fields = |body: Json| -> Vec<_> {
        faults(parse_identify(&body, &metadata())).into_iter().map(|(field, _)| field).collect()
    };
    assert_eq!(fields(json!({})), ["user"]);
    assert_eq!(fields(json!({ "user": [] })), ["user"]);
    assert_eq!(fields(json!({ "user": { "score": "x" }, "account": {} })), ["id", "score", "id"]);
    assert_eq!(fields(json!({ "user": { "id": "u" }, "account": "IBM" })), ["account"]);
}
