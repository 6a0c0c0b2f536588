//! Parameters, filters and orders by example, and scrollIds.

use super::*;

fn request(parameters: &[(&str, &str)]) -> Result<ListRequest, PxError> {
    ListRequest::parse(PxObject::User, parameters.iter().copied(), &tenant_ids(1))
}

fn sample_user() -> IdentifiedPerson {
    let metadata = metadata();
    let body = new_user(json!({ "firstName": "Jané", "score": 42, "signUpDate": 1_000,
        "location": { "city": "New York" }, "propertyKeys": ["AP-1", "AP-2"],
        "customAttributes": { "plan": "Gold", "price": 95.5, "Active": true } }));
    let write = parse_new_user(&body, &metadata).unwrap();
    person(7, "Id-7", &[write.assignments, email_changes("Jane@abc.com")].concat())
}

#[test]
fn filters_by_example() {
    let (metadata, user) = (metadata(), sample_user());
    let row = PxRow::of_user(&user, &metadata).unwrap();
    for (filters, want) in [
        (&["firstName==jANÉ"][..], true),
        (&["firstName!=JANÉ"], false),
        (&["email==jane@ABC.com"], true),
        (&["email~*@abc.???"], true),
        (&["email!~*@abc.com"], false),
        (&["id==id-7"], true),
        (&["identifyId==id-7"], true),
        (&["location.cityName==new york"], true),
        (&["location.city~new*"], true),
        (&["city==New York"], true),
        (&["score>=42;score<43"], true),
        (&["score>100"], false),
        (&["score>5"], true),
        (&["signUpDate>=1000;signUpDate<=1000"], true),
        (&["firstVisitDate==0"], true),
        (&["customAttributes.plan==gold"], true),
        (&["plan~g?ld"], true),
        (&["customAttributes.price>95;price<=95.5"], true),
        (&["price~95*"], true),
        (&["customAttributes.acceptDate>0"], false),
        (&["customAttributes.acceptDate!=0"], true),
        (&["strtmp1=="], true),
        (&["Active==TRUE"], true),
        (&["propertyKeys==ap-2"], true),
        (&["propertyKeys!=ap-2"], false),
        (&["type==USER;gender==EMPTY_GENDER"], true),
        (&["role=="], true),
        (&["role!="], false),
        (&["score==1", "score==42"], true),
        (&["score==1", "score==2"], false),
        (&[";;score==42;"], true),
        (&[";"], true),
        (&["lastInferredLocation.countryName==x"], false),
    ] {
        let parameters: Vec<_> = filters.iter().map(|filter| ("filter", *filter)).collect();
        let request = request(&parameters).unwrap();
        let query = ListQuery::from_request(&request, &metadata).unwrap();
        assert_eq!(query.filter.matches(&row), want, "{filters:?}");
    }
}

#[test]
fn unknown_names_and_broken_terms_are_refused() {
    for (name, value) in [
        ("filter", "nope==1"),
        ("filter", "customAttributes==1"),
        ("filter", "lastVisitedUserAgentData==1"),
        ("filter", "score"),
        ("filter", "score=1"),
        ("filter", "score==many"),
        ("filter", "score=="),
        ("filter", "Active==1"),
        ("filter", "signUpDate>2024-01-01"),
        ("sort", "nope"),
        ("sort", "-"),
        ("sort", "score;score;score;score;score;score"),
    ] {
        let request = request(&[(name, value)]).unwrap();
        let refused = ListQuery::from_request(&request, &metadata()).unwrap_err();
        assert_eq!((refused.status, refused.faults.len()), (PxStatus::BadRequest, 0), "{value}");
    }
    for (name, value) in [
        ("pageSize", "0"),
        ("pageSize", "1001"),
        ("pageSize", "x"),
        ("scrollId", "x"),
        ("filter", &"a==b;".repeat(1_000)),
    ] {
        assert_eq!(request(&[(name, value)]).unwrap_err().status, PxStatus::BadRequest, "{name}");
    }
}

#[test]
fn empty_parameters_are_not_sent() {
    let empty = [("filter", ""), ("sort", ""), ("pageSize", ""), ("scrollId", ""), ("other", "x")];
    let request = request(&empty).unwrap();
    assert_eq!(request.page_size, PAGE_SIZE_DEFAULT);
    let query = ListQuery::from_request(&request, &metadata())
        .map(|query| query.filter.is_empty() && query.sort.is_empty());
    assert_eq!(query, Ok(true));
}

#[test]
fn a_scroll_id_is_enough_and_is_the_tenants_own() {
    let (metadata, user) = (metadata(), sample_user());
    let row = PxRow::of_user(&user, &metadata).unwrap();
    let sort = "-firstName;price;Active;acceptDate;email";
    let first = request(&[("filter", "score>1"), ("sort", sort), ("pageSize", "1")]).unwrap();
    let query = ListQuery::from_request(&first, &metadata).unwrap();
    let position = query.position(&row);
    let page = ListPage { rows: vec![render_row(&row)], last: Some(position.clone()), total: 1 };
    let answer = page.to_json(&first, &tenant_ids(1));
    assert_eq!(answer["totalHits"], 2, "more than the rows so far");
    let scroll = answer["scrollId"].as_str().unwrap();
    let next = request(&[("scrollId", scroll), ("filter", "nope"), ("pageSize", "")]).unwrap();
    assert_eq!((next.page_size, &next.filters, next.rows_before()), (1, &first.filters, 1));
    assert_eq!(next.progress.as_ref().map(|progress| &progress.after), Some(&position));
    assert_eq!(request(&[("scrollId", scroll), ("pageSize", "9")]).unwrap().page_size, 9);
    let other =
        ListRequest::parse(PxObject::User, [("scrollId", scroll)].into_iter(), &tenant_ids(2));
    assert_eq!(other.unwrap_err().status, PxStatus::BadRequest);
    let other =
        ListRequest::parse(PxObject::Account, [("scrollId", scroll)].into_iter(), &tenant_ids(1));
    assert!(other.is_err(), "a scrollId of users lists no accounts");
    for at in 0..scroll.len() {
        let mut changed = scroll.as_bytes().to_vec();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(request(&[("scrollId", &changed)]).is_err(), "{at}");
    }
    let last = ListPage { rows: Vec::new(), last: None, total: 1 };
    let answer = last.to_json(&next, &tenant_ids(1));
    assert_eq!((&answer["scrollId"], &answer["totalHits"]), (&Json::Null, &json!(1)));
}

/// The longest values in the position, filters and sort.
#[test]
fn a_scroll_id_fits_an_address() {
    let metadata = metadata();
    let id = "😀".repeat(255);
    let long = "😀".repeat(1_024);
    let body = json!({ "id": id, "name": "😀".repeat(255), "propertyKeys": [long],
        "industry": long, "website": long, "plan": long, "csm": long });
    let write = parse_new_account(&body, &metadata).unwrap();
    let stored = account(write.id.as_str(), &write.assignments);
    let row = PxRow::of_account(&stored, &metadata);
    let sort = "name;industry;website;plan;csm".to_owned();
    let filters = vec!["a".repeat(1_500)];
    let request =
        ListRequest { object: PxObject::Account, page_size: 1_000, filters, sort, progress: None };
    let sort = Sort::parse(&request.sort, request.object, row.custom).unwrap();
    let page = ListPage { rows: Vec::new(), last: Some(sort.position(&row)), total: 1 };
    let answer = page.to_json(&request, &tenant_ids(1));
    assert!(answer["scrollId"].as_str().unwrap().len() < 6_000);
}
