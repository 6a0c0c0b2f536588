//! The list of a tenant's jobs: order, pages, states, and jobs that are gone.

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use people_domain::limit::{JOB_LINES_MAX, LISTED_JOBS_MAX};
use people_storage::jobs::{JobId, JobKind, JobListQuery, JobPage, JobStatus, Submission};
use people_storage::{TenantStore, keys};
use people_testkit::{TestTenant, new_pending_chunk, new_submission, new_upload_submission};

async fn list_page(
    store: &TenantStore,
    state: Option<JobStatus>,
    limit: usize,
    cursor: Option<JobId>,
) -> JobPage {
    store.list_jobs(&JobListQuery { state, limit, cursor }).await.unwrap()
}

fn ids(page: &JobPage) -> Vec<JobId> {
    page.jobs.iter().map(|job| job.id.clone()).collect()
}

/// Reads page after page, and runs `between` after each.
async fn list_all(
    store: &TenantStore,
    state: Option<JobStatus>,
    limit: usize,
    between: impl AsyncFn(),
) -> Vec<JobId> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let page = list_page(store, state, limit, cursor).await;
        all.extend(ids(&page));
        cursor = page.cursor;
        if cursor.is_none() {
            return all;
        }
        between().await;
    }
}

async fn create_jobs(store: &TenantStore, count: usize) -> Vec<JobId> {
    let mut made = Vec::new();
    for _ in 0..count {
        let submission = new_submission(JobKind::Bulk);
        store.create_job(&submission).await.unwrap();
        made.insert(0, submission.id);
    }
    made
}

/// Creates a job of each state, the newest last.
async fn create_job_of_each_state(test: &TestTenant) -> [JobId; 4] {
    let store = test.uncached_store();
    let completed = new_submission(JobKind::Bulk);
    store.create_completed_job(&completed, Some("The payload is not JSON")).await.unwrap();
    let running = new_submission(JobKind::Async);
    store.create_planned_job(&running, &[new_pending_chunk(1)], None).await.unwrap();
    let job = store.read_job(&running.id, &[JobKind::Async]).await.unwrap().unwrap();
    store.acquire_lease(&job, 1, Duration::ZERO).await.unwrap();
    let accepted = new_submission(JobKind::Delete);
    store.create_planned_job(&accepted, &[new_pending_chunk(1)], None).await.unwrap();
    let awaited = new_upload_submission(i64::MAX);
    store.create_job(&awaited).await.unwrap();
    [completed.id, running.id, accepted.id, awaited.id]
}

#[tokio::test]
async fn every_way_of_creating_a_job_adds_a_line_and_the_newest_is_first() {
    let (test, other) = (TestTenant::new().await, TestTenant::new().await);
    let mut made = create_job_of_each_state(&test).await;
    made.reverse();
    let page = list_page(&test.uncached_store(), None, 100, None).await;
    assert_eq!((ids(&page), &page.cursor), (made.to_vec(), &None));
    for job in page.jobs {
        let read = test.uncached_store().read_job(&job.id, &[job.kind]).await.unwrap();
        assert_eq!(Some(job), read);
    }
    let others = list_page(&other.uncached_store(), None, 100, None).await;
    assert_eq!((others.jobs, others.cursor), (Vec::new(), None), "another tenant has no jobs");
}

#[tokio::test]
async fn pages_miss_and_repeat_nothing_while_jobs_come() {
    let test = TestTenant::new().await;
    let store = test.uncached_store();
    let made = create_jobs(&store, 12).await;
    for limit in [1, 5, 12, 100] {
        let all = list_all(&store, None, limit, async || {
            create_jobs(&store, 1).await;
        })
        .await;
        // Jobs of the passes before are newer than these.
        assert_eq!(all[all.len() - 12..], made, "limit {limit}");
        assert!(all.is_sorted_by(|newer, older| newer.as_str() > older.as_str()), "{all:?}");
        assert_eq!(list_page(&store, None, limit, None).await.jobs.len(), limit.min(all.len()));
    }
    let last_page = list_page(&store, None, 3, Some(made[8].clone())).await;
    assert_eq!(ids(&last_page), made[9..]);
    assert_eq!(last_page.cursor, None, "a full page that is the last says so");
}

#[tokio::test]
async fn a_page_holds_at_least_one_job_and_at_most_a_hundred() {
    let test = TestTenant::new().await;
    let store = test.uncached_store();
    create_jobs(&store, LISTED_JOBS_MAX + 1).await;
    for (limit, expected) in [(0, 1), (LISTED_JOBS_MAX + 1, LISTED_JOBS_MAX)] {
        let page = list_page(&store, None, limit, None).await;
        assert_eq!(page.jobs.len(), expected);
        assert_eq!(page.cursor, page.jobs.last().map(|job| job.id.clone()));
    }
}

#[tokio::test]
async fn a_state_selects_jobs_by_their_present_state() {
    let test = TestTenant::new().await;
    let store = test.uncached_store();
    let [completed, running, accepted, awaited] = create_job_of_each_state(&test).await;
    for limit in [1, 2, 100] {
        for (state, expected) in [
            (JobStatus::Init, vec![awaited.clone(), accepted.clone()]),
            (JobStatus::InProgress, vec![running.clone()]),
            (JobStatus::Completed, vec![completed.clone()]),
        ] {
            assert_eq!(list_all(&store, Some(state), limit, async || {}).await, expected);
        }
    }
    let unfinished: Vec<_> =
        store.list_unfinished_jobs().await.unwrap().into_iter().map(|job| job.id).collect();
    assert_eq!(unfinished, [awaited.clone(), accepted, running]);
    assert!(store.refuse_job_without_payload(&awaited, "nothing came").await.unwrap());
    let found = list_all(&store, Some(JobStatus::Completed), 100, async || {}).await;
    assert_eq!(found, [awaited, completed]);
}

#[tokio::test]
async fn jobs_that_expired_or_are_gone_are_left_out() {
    let test = TestTenant::new().await;
    let store = test.uncached_store();
    let made = create_jobs(&store, 3).await;
    let late = Submission { retention: Duration::ZERO, ..new_submission(JobKind::Bulk) };
    store.create_job(&late).await.unwrap();
    let newest = create_jobs(&store, 1).await;
    // DynamoDB may remove a job's item before its line.
    let key = keys::job_key(&test.tenant.id, made[1].as_str());
    let call = test.stack.client().delete_item().table_name(&test.stack.table);
    let call = call.key("pk", AttributeValue::S(key.pk)).key("sk", AttributeValue::S(key.sk));
    call.send().await.unwrap();
    let expected = [newest[0].clone(), made[0].clone(), made[2].clone()];
    for limit in [1, 2, 100] {
        assert_eq!(list_all(&store, None, limit, async || {}).await, expected, "limit {limit}");
    }
}

/// Puts lines without jobs, newer than those of other tests.
async fn put_lines(test: &TestTenant, count: usize) {
    let lines: Vec<_> = (0..count).map(|n| format!("0199ffff-0000-7000-8000-{n:012x}")).collect();
    let put = |id: &String| {
        let key = keys::job_list_key(&test.tenant.id, id);
        let put = PutRequest::builder().item("pk", AttributeValue::S(key.pk));
        let put = put.item("sk", AttributeValue::S(key.sk));
        let put = put.item("ttl", AttributeValue::N("99999999999".to_owned()));
        WriteRequest::builder().put_request(put.build().unwrap()).build()
    };
    for some in lines.chunks(25) {
        let puts = some.iter().map(put).collect();
        let call = test.stack.client().batch_write_item().request_items(&test.stack.table, puts);
        call.send().await.unwrap();
    }
}

#[tokio::test]
async fn a_call_reads_a_thousand_lines_and_the_next_one_goes_on() {
    let test = TestTenant::new().await;
    let store = test.uncached_store();
    let made = create_jobs(&store, 2).await;
    put_lines(&test, JOB_LINES_MAX + 1).await;
    for (state, limit) in [(None, 1), (None, 100), (Some(JobStatus::Init), 100)] {
        let first = list_page(&store, state, limit, None).await;
        assert_eq!(first.jobs, []);
        let oldest_read = JobId::parse("0199ffff-0000-7000-8000-000000000001");
        assert_eq!(first.cursor, oldest_read, "one of the lines is left");
        let second = list_page(&store, state, 100, first.cursor).await;
        assert_eq!((ids(&second), second.cursor), (made.clone(), None));
    }
    assert!(store.usage().calls < 100, "lines are read by the hundred");
}

#[tokio::test]
async fn a_job_is_created_once() {
    let test = TestTenant::new().await;
    let store = test.uncached_store();
    let made = new_submission(JobKind::Bulk);
    store.create_completed_job(&made, None).await.unwrap();
    let error = store.create_job(&made).await.unwrap_err();
    assert!(error.to_string().contains("exists already"), "{error}");
    let page = list_page(&store, None, 100, None).await;
    assert_eq!(page.jobs.len(), 1);
    assert_eq!(page.jobs[0].state.status(), JobStatus::Completed, "and is as it was");
}
