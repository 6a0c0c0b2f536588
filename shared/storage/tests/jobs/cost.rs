//! The cost of the ways to create a job, and of the list of jobs (ADR 41).

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use people_storage::jobs::{
    JobId, JobKind, JobListQuery, PENDING_CHUNKS_PER_TRANSACTION_MAX, PendingChunk,
};
use people_storage::{TenantStore, keys};
use people_testkit::{TestTenant, new_pending_chunk, new_submission};

/// Write units that the job and its line took, by DynamoDB's price of a transaction: two for each
/// KB of an item. DynamoDB Local answers 2 for every transaction.
async fn write_units(test: &TestTenant, id: &JobId) -> usize {
    let partition = keys::job_partition(&test.tenant.id, id.as_str());
    let mut items = query_partition(test, &partition).await;
    let list = query_partition(test, &keys::job_list_partition(&test.tenant.id)).await;
    items.extend(list.into_iter().filter(|line| line["sk"].as_s().unwrap() == id.as_str()));
    items.iter().map(|item| 2 * item_bytes(item).div_ceil(1_024)).sum()
}

async fn query_partition(test: &TestTenant, pk: &str) -> Vec<HashMap<String, AttributeValue>> {
    let call = test.stack.client().query().table_name(&test.stack.table).consistent_read(true);
    let call = call.key_condition_expression("pk = :pk");
    let call = call.expression_attribute_values(":pk", AttributeValue::S(pk.to_owned()));
    call.send().await.unwrap().items.unwrap_or_default()
}

/// No less than DynamoDB counts: a number takes half a byte for each digit.
fn item_bytes(item: &HashMap<String, AttributeValue>) -> usize {
    item.iter().map(|(name, value)| name.len() + format!("{value:?}").len()).sum()
}

fn planned(chunks: u32) -> Vec<PendingChunk> {
    (1..=chunks).map(new_pending_chunk).collect()
}

#[tokio::test]
async fn a_job_is_created_with_its_line_in_one_call() {
    let test = TestTenant::new().await;
    let check = async |store: &TenantStore, id: &JobId, units: usize| {
        assert_eq!((store.usage().calls, write_units(&test, id).await), (1, units));
    };
    let (store, made) = (test.uncached_store(), new_submission(JobKind::Upload));
    store.create_job(&made).await.unwrap();
    check(&store, &made.id, 4).await;

    let (store, made) = (test.uncached_store(), new_submission(JobKind::Bulk));
    store.create_completed_job(&made, None).await.unwrap();
    check(&store, &made.id, 4).await;

    // A delete of 5,000 people has ten chunks; the last is what a transaction may have.
    let most = u32::try_from(PENDING_CHUNKS_PER_TRANSACTION_MAX).unwrap();
    for (chunks, units) in [(1, 6), (10, 24), (most, 200)] {
        let (store, made) = (test.uncached_store(), new_submission(JobKind::Delete));
        store.create_planned_job(&made, &planned(chunks), None).await.unwrap();
        check(&store, &made.id, units).await;
    }
}

#[tokio::test]
async fn a_page_is_two_calls() {
    let test = TestTenant::new().await;
    for _ in 0..20 {
        test.uncached_store().create_job(&new_submission(JobKind::Upload)).await.unwrap();
    }
    let store = test.uncached_store();
    let query = JobListQuery { state: None, limit: 20, cursor: None };
    assert_eq!(store.list_jobs(&query).await.unwrap().jobs.len(), 20);
    // A read unit for each job, and one for all lines.
    assert_eq!((store.usage().calls, store.usage().units), (2, 21.0));
}
