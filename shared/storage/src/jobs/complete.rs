//! Completes jobs: when no pending chunk marker is left, or because the payload was refused.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;

use super::chunk::{self, JobCounts};
use super::{Job, JobId, JobStatus};
use crate::table::call::MeteredCall;
use crate::table::clock::since_epoch;
use crate::table::convert::TableItem;
use crate::table::keys;
use crate::table::update::ItemUpdate;
use crate::{Result, TenantStore};

impl TenantStore {
    /// Whether a chunk of the plan is not settled yet. Markers beyond the plan are ignored: an
    /// earlier attempt may have split the payload into more chunks.
    pub async fn has_pending_chunks(&self, job: &Job) -> Result<bool> {
        Ok(!self.list_job_items(job, keys::PENDING_CHUNK_PREFIX, Some(1)).await?.is_empty())
    }

    /// Sums the counts of a job's settled chunks.
    pub async fn sum_chunks(&self, job: &Job) -> Result<JobCounts> {
        let mut sum = JobCounts::default();
        for item in self.list_job_items(job, keys::CHUNK_PREFIX, None).await? {
            sum = sum.plus(chunk::parse_chunk_counts(item)?);
        }
        Ok(sum)
    }

    /// Completes a planned job with its counts; false when it was completed before.
    pub async fn complete_job(&self, job: &Job, counts: JobCounts) -> Result<bool> {
        let update = self
            .build_completion(counts, None)?
            .if_not_text("state", JobStatus::Completed.as_str())
            .if_present("chunks");
        self.end_job(&job.id, update).await
    }

    /// Completes a job that is not planned, with zero counts; false when it is planned or was
    /// completed before. `message` is the reason, if the payload is invalid.
    pub async fn refuse_job(&self, id: &JobId, message: Option<&str>) -> Result<bool> {
        self.end_job(id, self.build_refusal(message)?).await
    }

    /// Completes a job whose payload was never uploaded; false also when a payload was pinned
    /// meanwhile.
    pub async fn refuse_job_without_payload(&self, id: &JobId, message: &str) -> Result<bool> {
        self.end_job(id, self.build_refusal(Some(message))?.if_absent("payload")).await
    }

    fn build_refusal(&self, message: Option<&str>) -> Result<ItemUpdate> {
        let update = self.build_completion(JobCounts::default(), message)?;
        Ok(update.set_number("chunks", 0).if_present("kind").if_absent("chunks"))
    }

    fn build_completion(&self, counts: JobCounts, message: Option<&str>) -> Result<ItemUpdate> {
        let now = u64::try_from(since_epoch().as_millis()).unwrap_or(u64::MAX);
        let update = ItemUpdate::default()
            .set_text("state", JobStatus::Completed.as_str())
            .set_number("completed", now)
            .set_serialized("counts", &counts)?;
        Ok(match message {
            Some(message) => update.set_text("message", message),
            None => update,
        })
    }

    async fn end_job(&self, id: &JobId, update: ItemUpdate) -> Result<bool> {
        let updated =
            self.store.send_update(&keys::job_key(&self.tenant.id, id.as_str()), update).await?;
        Ok(updated.is_done())
    }

    /// The items of a job's plan whose sort keys begin with `prefix`: all, or the first `limit`.
    pub(super) async fn list_job_items(
        &self,
        job: &Job,
        prefix: &str,
        limit: Option<i32>,
    ) -> Result<Vec<TableItem>> {
        let (mut items, mut from) = (Vec::new(), None);
        loop {
            let call =
                self.build_job_query(job, prefix).set_limit(limit).set_exclusive_start_key(from);
            let answer = call.send_metered(&self.store.meter).await?;
            items.extend(answer.items.unwrap_or_default());
            from = answer.last_evaluated_key;
            if from.is_none() || limit.is_some() {
                return Ok(items);
            }
        }
    }

    fn build_job_query(&self, job: &Job, prefix: &str) -> QueryFluentBuilder {
        let tenant = &self.tenant.id;
        let last = keys::job_item_key(tenant, job.id.as_str(), prefix, job.chunks().unwrap_or(0));
        self.store
            .db
            .query()
            .table_name(&*self.store.table)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":pk", AttributeValue::S(last.pk))
            .expression_attribute_values(":first", AttributeValue::S(format!("{prefix}0000")))
            .expression_attribute_values(":last", AttributeValue::S(last.sk))
    }
}
