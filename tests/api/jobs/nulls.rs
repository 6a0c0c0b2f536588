//! Fields and keys that were sent as null are null in results that have an error (contract:
//! jobs#which-parts-are-null).

use people_testkit::TestTenant;
use serde_json::json;

use super::poll::{BULK_ASYNC, read_chunk, wait_for_job};

#[tokio::test]
async fn keys_that_were_sent_as_null_are_shown_so() {
    let test = TestTenant::new().await;
    let api = test.api();
    let relationship = json!({ "Relationship_ID": null, "Title": null });
    let company = json!({ "Company_ID": null, "relationships": [relationship, {}] });
    let row = json!({ "Email": null, "companies": [company, { "Title": "T" }] });
    let posted = api.post(BULK_ASYNC, &json!({ "records": [row] })).await;
    let document = read_chunk(&api, &wait_for_job(&api, &posted).await, 1).await;
    let shown = &document["records"][0]["record"];
    let companies = &shown["companies"];
    let relationships = &companies[0]["relationships"];
    for (part, key, is_shown) in [
        (shown, "Email", true),
        (&companies[0], "Company_ID", true),
        (&companies[1], "Company_ID", false),
        (&relationships[0], "Relationship_ID", true),
        (&relationships[0], "Title", true),
        (&relationships[1], "Relationship_ID", false),
    ] {
        let expected = is_shown.then_some(&serde_json::Value::Null);
        assert_eq!(part.get(key), expected, "{key} of {part}");
    }
}
