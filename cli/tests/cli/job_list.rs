//! `people job list`: a table for people, a list for programs, and where the list goes on.

use people_storage::jobs::JobKind;
use people_testkit::{TestTenant, new_pending_chunk, new_submission, new_upload_submission};
use serde_json::{Value, json};

use crate::command::{new_tenant_id, run_json, run_people};

/// Creates a completed, a refused, a planned and an awaited job. Returns their ids, newest first.
async fn create_jobs(test: &TestTenant) -> [String; 4] {
    let store = test.uncached_store();
    let empty = new_submission(JobKind::Delete);
    store.create_completed_job(&empty, None).await.unwrap();
    let refused = new_submission(JobKind::Bulk);
    store.create_completed_job(&refused, Some("The payload is not JSON")).await.unwrap();
    let planned = new_submission(JobKind::Async);
    store.create_planned_job(&planned, &[new_pending_chunk(1)], None).await.unwrap();
    let awaited = new_upload_submission(i64::MAX);
    store.create_job(&awaited).await.unwrap();
    [awaited, planned, refused, empty].map(|made| made.id.to_string())
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn jobs_are_listed_as_a_table_and_as_json() {
    let test = TestTenant::new().await;
    let tenant = &test.tenant.id;
    let made = create_jobs(&test).await;
    let list = run_json(&format!("job list {tenant}"));
    assert_eq!(ids(&list), made);
    let awaited = json!({ "id": made[0], "kind": "upload", "state": "INIT",
        "accepted": list[0]["accepted"], "completed": null, "rows": null, "refused": false,
        "message": null });
    assert_eq!(list[0], awaited);
    let rows = json!({ "total": 0, "success": 0, "partial": 0, "failure": 0 });
    let refused = json!({ "id": made[2], "kind": "bulk", "state": "COMPLETED",
        "accepted": list[2]["accepted"], "completed": list[2]["accepted"], "rows": rows,
        "refused": true, "message": "The payload is not JSON" });
    assert_eq!(list[2], refused);

    let run = run_people(&format!("job list {tenant}"));
    assert_eq!(run.stderr, "", "no job is left");
    let table = run.assert_success();
    let lines = table.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let lines: Vec<_> = lines.collect();
    let header: Vec<_> = "JOB KIND STATE ACCEPTED ROWS PARTIAL FAILED".split(' ').collect();
    assert_eq!(lines[0], header);
    let accepted = list[1]["accepted"].as_str().unwrap();
    assert_eq!(lines[2], [&made[1], "async", "INIT", accepted, "-", "-", "-"]);
    assert_eq!(lines[3][1..4], ["bulk", "COMPLETED,", "refused"]);
    assert_eq!(lines[4][2..], ["COMPLETED", list[3]["accepted"].as_str().unwrap(), "0", "0", "0"]);
}

#[tokio::test]
async fn a_list_says_where_it_goes_on() {
    let test = TestTenant::new().await;
    let tenant = &test.tenant.id;
    let made = create_jobs(&test).await;
    let first = run_people(&format!("--json job list {tenant} --limit 1 --state completed"));
    let next = format!("`people job list {tenant} --state COMPLETED --before {}`", made[2]);
    assert!(first.stderr.contains(&next), "{first:?}");
    assert_eq!(ids(&serde_json::from_str(&first.stdout).unwrap()), made[2..3]);
    let rest = format!("job list {tenant} --state COMPLETED --before {}", made[2]);
    assert_eq!(ids(&run_json(&rest)), made[3..]);
    assert_eq!(ids(&run_json(&format!("job list {tenant} --state init"))), made[..2]);
    for _ in 0..120 {
        test.uncached_store().create_job(&new_submission(JobKind::Bulk)).await.unwrap();
    }
    assert_eq!(ids(&run_json(&format!("job list {tenant}"))).len(), 20);
    assert_eq!(ids(&run_json(&format!("job list {tenant} --limit 1000"))).len(), 124);
}

#[tokio::test]
async fn a_list_without_jobs_says_so() {
    let test = TestTenant::new().await;
    let run = run_people(&format!("--json job list {} --state INPROGRESS", test.tenant.id));
    assert!(run.stderr.starts_with("No such jobs: `people job list "), "{run:?}");
    assert_eq!(run.assert_success(), "[]\n");
    let run = run_people(&format!("job list {}", test.tenant.id));
    assert!(run.stderr.starts_with("No jobs: `people import "), "{run:?}");
    run_people(&format!("job list {}", new_tenant_id())).assert_failure(1, "there is no tenant");
    for (option, said) in [
        ("--state DONE", "a state is INIT, INPROGRESS or COMPLETED"),
        ("--limit 0", "0 is not in 1..=1000"),
        ("--before x", "a job's id is like"),
    ] {
        run_people(&format!("job list {} {option}", test.tenant.id)).assert_failure(2, said);
    }
}
