//! The list of a tenant's jobs, newest first (ADR 41). A line only names a job; its state is that of
//! the job's item at the time of the call, so no step of a job writes the line.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use people_domain::limit::{JOB_LINES_MAX, LISTED_JOBS_MAX};

use super::{Job, JobId, JobStatus, item};
use crate::table::call::MeteredCall;
use crate::table::clock::since_epoch;
use crate::table::convert::{TableItem, item_number};
use crate::table::keys::{self, ItemKey, SK};
use crate::{Result, StoreError, TenantStore};

/// Attribute of the time at which DynamoDB removes an item.
const TTL: &str = "ttl";

/// Lines that are read at once: the jobs of one `BatchGetItem`.
const LINES_PER_READ: usize = LISTED_JOBS_MAX;

/// The jobs that a page of the list is to hold.
#[derive(Debug, Clone)]
pub struct JobListQuery {
    /// Only jobs in this state.
    pub state: Option<JobStatus>,
    /// The most jobs in the page: 1 to [`LISTED_JOBS_MAX`].
    pub limit: usize,
    /// The end of the page before; the page begins with the next older job.
    pub cursor: Option<JobId>,
}

/// A page of the list of jobs.
#[derive(Debug, Clone)]
pub struct JobPage {
    /// Newest first.
    pub jobs: Vec<Job>,
    /// Where the next page begins: the id of the last line that was read. `None` when no line is
    /// left.
    pub cursor: Option<JobId>,
}

/// A job's line.
struct JobLine {
    id: JobId,
    ttl: u64,
}

impl TenantStore {
    /// Lists jobs, strongly consistent. Jobs that have expired are left out. A page is shorter than
    /// its limit when no line is left, or after [`JOB_LINES_MAX`] lines.
    pub async fn list_jobs(&self, query: &JobListQuery) -> Result<JobPage> {
        let limit = query.limit.clamp(1, LISTED_JOBS_MAX);
        let (mut jobs, mut cursor, mut read) = (Vec::new(), query.cursor.clone(), 0);
        while jobs.len() < limit && read < JOB_LINES_MAX {
            // Most lines lead to a job that matches, unless the query names a state.
            let is_sure = query.state.is_none() && read == 0;
            let count = if is_sure { limit } else { LINES_PER_READ.min(JOB_LINES_MAX - read) };
            let (lines, mut is_end) = self.read_job_lines(cursor.as_ref(), count).await?;
            read += lines.len();
            let mut found = self.read_listed_jobs(&lines).await?;
            let mut lines = lines.into_iter();
            for line in lines.by_ref() {
                let job = found.remove(&line.id);
                jobs.extend(job.filter(|job| query.matches(job)));
                cursor = Some(line.id);
                if jobs.len() == limit {
                    break;
                }
            }
            is_end &= lines.len() == 0;
            if is_end {
                return Ok(JobPage { jobs, cursor: None });
            }
        }
        Ok(JobPage { jobs, cursor })
    }

    /// Lists all jobs that are not completed, newest first, in one pass: a job that goes from one
    /// state to the next meanwhile is not missed.
    pub async fn list_unfinished_jobs(&self) -> Result<Vec<Job>> {
        let (mut unfinished, mut cursor) = (Vec::new(), None);
        loop {
            let query = JobListQuery { state: None, limit: LISTED_JOBS_MAX, cursor };
            let page = self.list_jobs(&query).await?;
            let is_unfinished = |job: &Job| job.state.status() != JobStatus::Completed;
            unfinished.extend(page.jobs.into_iter().filter(is_unfinished));
            cursor = page.cursor;
            if cursor.is_none() {
                return Ok(unfinished);
            }
        }
    }

    /// Reads at most `count` lines that are older than `before`, newest first, and whether they are
    /// the last.
    async fn read_job_lines(
        &self,
        before: Option<&JobId>,
        count: usize,
    ) -> Result<(Vec<JobLine>, bool)> {
        let condition = if before.is_some() { "pk = :pk AND sk < :before" } else { "pk = :pk" };
        let pk = AttributeValue::S(keys::job_list_partition(&self.tenant.id));
        let mut call = self
            .store
            .db
            .query()
            .table_name(&*self.store.table)
            .consistent_read(true)
            .scan_index_forward(false)
            .key_condition_expression(condition)
            .expression_attribute_values(":pk", pk)
            // One more shows whether these are the last: DynamoDB says so only after them.
            .limit(i32::try_from(count + 1).unwrap_or(i32::MAX));
        if let Some(before) = before {
            let before = AttributeValue::S(before.as_str().to_owned());
            call = call.expression_attribute_values(":before", before);
        }
        let answer = call.send_metered(&self.store.meter).await?;
        let lines = answer.items.unwrap_or_default();
        let is_end = answer.last_evaluated_key.is_none() && lines.len() <= count;
        let lines: Option<_> = lines.iter().take(count).map(parse_job_line).collect();
        Ok((lines.ok_or_else(|| StoreError::corrupt("line of a job"))?, is_end))
    }

    /// Reads the jobs of lines that have not expired.
    async fn read_listed_jobs(&self, lines: &[JobLine]) -> Result<HashMap<JobId, Job>> {
        let now = since_epoch().as_secs();
        let current: HashMap<ItemKey, &JobId> = lines
            .iter()
            .filter(|line| line.ttl > now)
            .map(|line| (keys::job_key(&self.tenant.id, line.id.as_str()), &line.id))
            .collect();
        let items = self.batch_get_items(current.keys().cloned().collect()).await?;
        let mut jobs = HashMap::with_capacity(items.len());
        for (key, item) in items {
            let Some(id) = current.get(&key) else { continue };
            jobs.extend(item::parse_job(id, item)?.map(|job| (JobId::clone(id), job)));
        }
        Ok(jobs)
    }

    pub(super) fn build_job_line(&self, id: &JobId, ttl: u64) -> TableItem {
        let mut line = keys::job_list_key(&self.tenant.id, id.as_str()).to_attributes();
        line.insert(TTL.to_owned(), AttributeValue::N(ttl.to_string()));
        line
    }
}

impl JobListQuery {
    fn matches(&self, job: &Job) -> bool {
        self.state.is_none_or(|state| job.state.status() == state)
    }
}

fn parse_job_line(item: &TableItem) -> Option<JobLine> {
    let id = JobId::parse(item.get(SK)?.as_s().ok()?)?;
    Some(JobLine { id, ttl: item_number(item, TTL)? })
}
