//! Rows of jobs that name a person by an earlier email.

use people_testkit::TestTenant;
use serde_json::json;

use super::poll::{BULK_ASYNC, wait_for_job};

/// The email is free, and the person that had it is not erased.
#[tokio::test]
async fn a_row_by_an_address_that_its_person_left_makes_another_person() {
    let test = TestTenant::new().await;
    let api = test.api();
    for rows in [1, 600] {
        let address = format!("left{rows}@abc.com");
        let first = api.upsert_person(&json!({ "Email": address })).await.gsid();
        let moved = json!({ "Gsid": first, "Email": format!("new{rows}@abc.com") });
        assert_eq!(api.upsert_person(&moved).await.gsid(), first);
        let others = (1..rows).map(|n| json!({ "Email": format!("p{n}@abc.com") }));
        let records: Vec<_> = others.chain([json!({ "Email": address })]).collect();
        let done =
            wait_for_job(&api, &api.post(BULK_ASYNC, &json!({ "records": records })).await).await;
        assert_eq!(done.body["data"]["response"]["successCount"], rows, "{}", done.body);
        assert_ne!(api.get_person(&address).await.body["data"]["gsid"], first);
    }
}
