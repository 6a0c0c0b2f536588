//! The error document, the list of attributes and the check of events.

use std::collections::{BTreeSet, HashSet};

use super::*;

#[test]
fn errors_have_the_documented_shape() {
    let not_found = PxError::not_found(PxObject::User, "absent-id").to_json();
    let want = json!({ "externalapierror": { "status": "NOT_FOUND",
        "message": "User was not found for parameters {id=absent-id}",
        "debugMessage": null, "subErrors": null } });
    assert_eq!(not_found.to_string(), want.to_string());
    let exists = PxError::already_exists(PxObject::Account, "x");
    assert_eq!(
        (exists.status.code(), exists.message.as_str()),
        (400, "Account already exists for parameters {id=x}")
    );
    let invalid = parse_new_user(&new_user(json!({ "score": "x" })), &metadata()).unwrap_err();
    assert_eq!(
        invalid.to_json()["externalapierror"]["subErrors"],
        json!([{ "object": "user",
        "field": "score", "rejectedValue": "x", "message": "score must be an integer of 64 bits" }])
    );
    for code in [400, 401, 404, 413, 429, 500, 501, 503] {
        assert_eq!(PxStatus::from_code(code).code(), code);
    }
}

#[test]
fn attributes_are_default_ones_then_the_tenants_own() {
    for object in PxObject::ALL {
        let list = list_attributes(object, &metadata());
        let list = list.as_array().unwrap();
        let texts = |name: &str| -> Vec<_> {
            list.iter().map(|one| one[name].as_str().unwrap().to_owned()).collect()
        };
        let ids: HashSet<_> = texts("id").into_iter().collect();
        assert_eq!(ids.len(), list.len(), "ids differ");
        assert!(texts("origin").is_sorted_by(|a, b| a >= b), "DEFAULT before CUSTOM");
        let names: BTreeSet<_> = texts("apiName").into_iter().collect();
        let some = ["id", "city", "coordinates.latitude", "timeZone", "createDate"];
        assert!(some.iter().all(|name| names.contains(*name)), "{names:?}");
        assert!(!names.contains("identifyId") && !names.contains("customAttributes"));
        let kinds: BTreeSet<_> = texts("type").into_iter().collect();
        let known = ["BOOLEAN", "DATE_TIME", "NUMBER", "STRING"];
        assert!(kinds.iter().all(|kind| known.contains(&kind.as_str())));
    }
    let list = list_attributes(PxObject::User, &metadata());
    let accept_date = list.as_array().unwrap().iter().find(|one| one["apiName"] == "acceptDate");
    let accept_date = accept_date.unwrap();
    assert_eq!(
        (&accept_date["type"], &accept_date["origin"]),
        (&json!("DATE_TIME"), &json!("CUSTOM"))
    );
}

#[test]
fn events_need_four_members() {
    let event = json!({ "eventName": "e", "identifyId": "u", "propertyKey": "AP-1", "userType": "USER",
        "attributes": {} });
    assert_eq!(check_custom_event(&event, &metadata()), Ok(()));
    for name in ["eventName", "identifyId", "propertyKey", "userType"] {
        let mut event = event.clone();
        event[name] = Json::Null;
        let named: Vec<_> = faults(check_custom_event(&event, &metadata()));
        assert_eq!(named, [(name.to_owned(), "must not be empty".to_owned())]);
    }
}

#[test]
fn storage_codes_are_unique() {
    for object in PxObject::ALL {
        let attribute = |field: &PxField| match field.source {
            PxFieldSource::Stored(code) => Some(object.value_attribute(code)),
            PxFieldSource::Shared(name) => Some(name.to_owned()),
            _ => None,
        };
        let all: Vec<_> = object.fields().iter().filter_map(attribute).collect();
        let distinct: HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        let reserved = ["b", "v", "pk", "sk", "g", "e", "m", "X"];
        assert!(all.iter().all(|name| !reserved.contains(&name.as_str())));
    }
}
