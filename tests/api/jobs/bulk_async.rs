//! `POST bulk/ingestion/async/people`, its status and the results of its chunks, as the article
//! prints them (contract: jobs#job-status, jobs#completed-job, jobs#nulls-in-results), and what it
//! does not print.

use reqwest::Method;
use serde_json::{Value as Json, json};

use super::poll::{BULK_ASYNC, chunk, job};
use crate::bulk::world::*;
use crate::responses::send_gzip;

fn john() -> Json {
    json!({ "Name": "John Smith", "FirstName": "John", "LastName": "Smith",
        "Email": "johnsmith@gs.com", "Location": "California, US" })
}

fn steven() -> Json {
    json!({ "Name": "Steven Ferguson", "FirstName": "Steven", "LastName": "Ferguson",
        "Email": "stevenferguson@gs.com", "Location": "California, US" })
}

fn status(counts: [u64; 3], id: &Json, message: &str, took: &Json, chunks: usize) -> Json {
    let id = id.as_str().unwrap();
    let url = |n| format!("/external/bulk/ingestion/async/{id}/chunk/{n}/results");
    let details: Vec<_> = (1..=chunks).map(|n| json!({ "chunkURL": url(n) })).collect();
    let [success, failure, partial] = counts;
    json!({ "data": { "statusType": "COMPLETED", "response": {
        "status": "Completed", "successCount": success, "failureCount": failure,
        "totalRecords": success + failure + partial, "partialRecords": partial,
        "objectName": "person", "timeTaken": took, "chunkDetails": details,
    } }, "message": message })
}

/// Without what differs from call to call.
fn plain(body: &Json) -> Json {
    json!({ "data": body["data"], "message": body["message"] })
}

#[tokio::test]
async fn success_2376_and_2440() {
    let world = World::new().await;
    let World { first, second, admin: relationship, .. } = &world;
    let api = world.test.api();
    let other = world.test.create_relationship("Second", second).await;
    let id = |id: &str| json!({ "Relationship_ID": id });
    let admin = json!({ "Role": "Admin", "IsPrimaryCompany": "true" });
    let sponsor = json!({ "Role": "Executive Sponsor", "IsPrimaryCompany": "true" });
    let company = |list: Json| json!({ "Company_ID": first, "IsPrimaryCompany": "true", "relationships": list });
    let payload = json!({ "records": [
        with([john(), json!({ "companies": [company(json!([
            with([admin.clone(), id(relationship)]), with([admin.clone(), id(&other)])]))] })]),
        with([steven(), json!({ "companies": [company(json!([with([sponsor.clone(), id(relationship)])])),
            company(json!([with([sponsor.clone(), id(relationship)])]))] })]),
    ] });
    // The second run finds all of it there already.
    job(&api, &api.post(BULK_ASYNC, &payload).await).await;
    let submitted = api.post(BULK_ASYNC, &payload).await;
    let data = &submitted.body["data"];
    assert_eq!(
        data["statusUrl"],
        format!("v1.0/external/bulk/ingestion/async/status/{}", data["jobId"].as_str().unwrap())
    );
    let done = job(&api, &submitted).await;
    let took = done.body["data"]["response"]["timeTaken"].clone();
    assert!(took.is_f64(), "{took}");
    assert_eq!(plain(&done.body), status([2, 0, 0], &data["jobId"], "COMPLETED", &took, 1));

    let (one, two) =
        (world.ids("johnsmith@gs.com").await, world.ids("stevenferguson@gs.com").await);
    let keys = |ids: &Ids| json!({ "Company_ID": first, "Person_ID": ids.person() });
    let nested = |ids: &Ids, role: &Json, relation: &str| {
        with([
            role.clone(),
            id(relation),
            keys(ids),
            json!({
        "Gsid": ids.relationship(first, relation), "Company_Person_ID": ids.company(first) }),
        ])
    };
    let shown = |ids: &Ids, list: Json| {
        with([company(list), keys(ids), json!({ "Gsid": ids.company(first) })])
    };
    let record_one = with([
        john(),
        json!({ "Gsid": one.person(), "companies": [
        shown(&one, json!([nested(&one, &admin, relationship), nested(&one, &admin, &other)]))] }),
    ]);
    let record_two = with([
        steven(),
        json!({ "Gsid": two.person(), "companies": [
        shown(&two, json!([])), shown(&two, json!([nested(&two, &sponsor, relationship)]))] }),
    ]);
    let document = chunk(&api, &done, 1).await;
    assert_eq!(
        document,
        data_of(
            [2, 0, 0],
            &[row(1, "SUCCESS", record_one, &[]), row(2, "SUCCESS", record_two, &[])]
        )
    );
}

fn data_of([success, failure, partial]: [u64; 3], rows: &[Json]) -> Json {
    crate::bulk::world::data(success, failure, partial, rows)
}

fn without_email(mut person: Json) -> Json {
    person.as_object_mut().unwrap().remove("Email");
    person
}

/// A company whose person failed.
fn shown(company: Json) -> Json {
    let more = json!({ "Active": "true", "Person_ID": null, "cp_checkbox_default__gc": "true" });
    with([company, more])
}

/// A relationship whose person failed.
fn refused(sent: &Json, company: &str) -> Json {
    let more = json!({ "Active": "true", "Person_ID": null, "Company_ID": company,
        "rp_checkbox_default__gc": "true", "Company_Person_ID": null });
    with([sent.clone(), more])
}

/// A failed row as a chunk has it.
fn failed(number: u64, record: Json, details: &[Json]) -> Json {
    let mut row = with([row(number, "FAILURE", record, details), json!({ "operationType": null })]);
    row["error"]["record"] = Json::Null;
    row
}

/// An entry as a chunk with a fault has it.
fn again_null(key: &str) -> Json {
    with([again(key), json!({ "fieldName": null, "values": null })])
}

#[tokio::test]
async fn failure_2403_and_2557() {
    let world = World::new().await;
    let World { first, second, admin: relationship, .. } = &world;
    let api = world.test.api();
    let id = json!({ "Relationship_ID": relationship });
    let admin = with([json!({ "Role": "Admin", "IsPrimaryCompany": "true" }), id.clone()]);
    let sponsor =
        with([json!({ "Role": "Executive Sponsor", "IsPrimaryCompany": "true" }), id.clone()]);
    let company = |id: &str, list: Json| {
        json!({ "Company_ID": id, "IsPrimaryCompany": "true",
        "multi__gc": null, "relationships": list })
    };
    let (john, steven) = (without_email(john()), without_email(steven()));
    let payload = json!({ "records": [
        with([john.clone(), json!({ "companies": [company(first, json!([admin, admin]))] })]),
        with([steven.clone(), json!({ "companies": [company(first, json!([])), company(second, json!([sponsor]))] })]),
    ] });
    let submitted = api.post(BULK_ASYNC, &payload).await;
    let done = job(&api, &submitted).await;
    let took = done.body["data"]["response"]["timeTaken"].clone();
    assert_eq!(
        plain(&done.body),
        status([0, 2, 0], &submitted.body["data"]["jobId"], "COMPLETED", &took, 1)
    );

    let defaults =
        json!({ "EmailOptOut": "false", "p_checkbox_default__gc": "true", "fff__gc": "true" });
    let record_one = with([
        john,
        defaults.clone(),
        json!({ "companies": [
        shown(company(first, json!([refused(&admin, first), refused(&admin, first)])))] }),
    ]);
    let record_two = with([
        steven,
        defaults,
        json!({ "companies": [shown(company(first, json!([]))),
        shown(company(second, json!([refused(&sponsor, second)])))] }),
    ]);
    let known = |company: &str| json!({ "Company_ID": company });
    let nested =
        |company: &str| key(RELATIONSHIP_KEY, with([known(company), id.clone()]), "Person_ID");
    let details_one = [
        key("Email", json!({}), "Email"),
        key(COMPANY_KEY, known(first), "Person_ID"),
        nested(first),
        nested(first),
        again_null(&format!(
            "{{Company_ID={first}, Person_ID=null, Relationship_ID={relationship}}}"
        )),
    ];
    let details_two = [
        key("Email", json!({}), "Email"),
        again_null("{Email=null}"),
        key(COMPANY_KEY, known(first), "Person_ID"),
        again_null(&format!("{{Company_ID={first}, Person_ID=null}}")),
        key(COMPANY_KEY, known(second), "Person_ID"),
        nested(second),
    ];
    let rows = [failed(1, record_one, &details_one), failed(2, record_two, &details_two)];
    let document = chunk(&api, &done, 1).await;
    assert_eq!(document, with([data_of([0, 2, 0], &rows), json!({ "outPutFilePath": null })]));
}

/// What is no payload completes as a job with nothing in it, which says where.
#[tokio::test]
async fn a_malformed_payload_writes_nothing_and_says_where() {
    let world = World::new().await;
    let api = world.test.api();
    let deep = format!(
        r#"{{"records":[{{"Email":"a@abc.com","X":{}1{}}}]}}"#,
        "[".repeat(40),
        "]".repeat(40)
    );
    for (payload, message) in [
        (r#"{"records":[{"Email":"a@abc.com"},{"Email":"b@abc.com",}]}"#, "in row 2"),
        (r#"{"records":[{"Email":"a@abc.com"}]} x"#, "more after its end at byte 36"),
        (r#"{"records":{}}"#, "`records` is no list"),
        (r#"{"record":[]}"#, "no list `records`"),
        ("not json", "The payload is no object at byte 0"),
        (r#"{"records":[nul]}"#, "The payload is not JSON"),
        ("", "empty"),
        (r#"{"records":[{"Email":"a@abc.com"}],"lookups":[]}"#, "`lookups` is no object"),
        (r#"{"records":[],"records":[]}"#, "`records` is there twice"),
        (deep.as_str(), "nests deeper than 32 levels"),
    ] {
        let request = api.request(Method::POST, BULK_ASYNC).body(payload.to_owned());
        let submitted = api.send(request).await;
        let done = job(&api, &submitted).await;
        let told = done.body["message"].as_str().unwrap().to_owned();
        assert!(told.contains(message), "{payload}: {told}");
        let took = done.body["data"]["response"]["timeTaken"].clone();
        assert_eq!(
            plain(&done.body),
            status([0, 0, 0], &submitted.body["data"]["jobId"], &told, &took, 0)
        );
    }
    assert!(world.test.read_items().await.is_empty());
}

#[tokio::test]
async fn no_records_and_a_record_that_is_none() {
    let world = World::new().await;
    let api = world.test.api();
    let submitted = api.post(BULK_ASYNC, &json!({ "records": [] })).await;
    let done = job(&api, &submitted).await;
    assert_eq!(
        (&done.body["message"], &done.body["data"]["response"]["totalRecords"]),
        (&json!("COMPLETED"), &json!(0))
    );
    assert_eq!(done.body["data"]["response"]["chunkDetails"], json!([]));

    let lookups = json!({ "companies": { "Company_ID": { "fields": { "N": "Name" } } } });
    let body = json!({ "lookups": lookups, "records": [7, { "Email": "a@abc.com", "companies": [{ "N": "Broadcom" }] }] });
    let done = job(&api, &api.post(BULK_ASYNC, &body).await).await;
    let document = chunk(&api, &done, 1).await;
    assert_eq!((&document["successCount"], &document["failureCount"]), (&json!(1), &json!(1)));
    let error = json!({ "fieldName": null, "values": null,
        "errors": [{ "message": "Row Info cannot be null", "code": "GSOBJ_VCRUDR1001" }] });
    assert_eq!(document["records"][0]["error"]["details"], json!([error]));
    let defaults =
        json!({ "EmailOptOut": "false", "p_checkbox_default__gc": "true", "fff__gc": "true" });
    assert_eq!(document["records"][0]["record"], defaults);
    let row = document["records"][1].as_object().unwrap();
    assert!(row.contains_key("operationType") && !row.contains_key("error"));
}

/// An answer of a function has its limit; what is larger, any client that follows redirects gets.
#[tokio::test]
async fn results_that_are_no_answer_lie_elsewhere() {
    let world = World::new().await;
    let api = world.test.api();
    // Within Lambda's answer each of them is four bytes.
    let text = "\"".repeat(2_000_000);
    let rows = [json!({ "Email": "a@abc.com", "Comments": text }), json!({ "Email": "b@abc.com" })];
    let records = json!({ "records": rows });
    let submitted = send_gzip(&api, Method::POST, BULK_ASYNC, &records).await;
    let done = job(&api, &submitted).await;
    let urls = done.body["data"]["response"]["chunkDetails"].as_array().unwrap();
    assert_eq!(urls.len(), 2, "a row of this size is a chunk of its own");
    let moved = api.get(urls[0]["chunkURL"].as_str().unwrap()).await;
    assert_eq!(moved.status.as_u16(), 307, "{}", moved.body);
    let url = moved.headers["location"].to_str().unwrap();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let document: Json = client.get(url).send().await.unwrap().json().await.unwrap();
    assert_eq!(document["failureCount"], 1);
    assert_eq!(document["records"][0]["record"]["Comments"], text);
    assert_eq!(chunk(&api, &done, 2).await["successCount"], 1);
}
