//! The queues of jobs. Each tenant is a message group, so that the many chunks of one do not delay
//! the few of another (SQS fair queues; ADR 23).

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use people_storage::CallLog;
use people_storage::jobs::{JobId, JobKind, PendingChunk};

use crate::config::Config;
use crate::error::ServiceError;
use crate::message::{ChunkMessage, SplitMessage};
use crate::{Error, Jobs, Result};

/// A queue of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobQueue {
    /// Events of the bucket about uploads.
    UploadEvent,
    /// Payloads to split.
    Split,
    /// Chunks to apply, of jobs that have several.
    Chunk,
    /// Jobs of one chunk to apply. A function of their own reads them, so that ten rows don't wait
    /// behind a file.
    SmallJob,
    /// Chunks to erase.
    Delete,
}

/// The client of the queues.
#[derive(Debug, Clone)]
pub struct JobQueues {
    sqs: Client,
    config: Arc<Config>,
}

/// Messages in one call, as SQS limits them.
const BATCH_MESSAGES_MAX: usize = 10;

/// How often messages that SQS did not accept are sent.
const SEND_ATTEMPTS_MAX: u32 = 5;

/// Seconds until a message that failed is delivered again: the first time, and at most.
const RETRY_DELAY_SECONDS_MIN: i32 = 15;
const RETRY_DELAY_SECONDS_MAX: i32 = 720;

/// The longest that one attempt of a call may take, and all its attempts.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1_500);
const OPERATION_TIMEOUT: Duration = Duration::from_secs(5);

impl Jobs {
    /// Returns the result of the work at a message. A failed message is made visible again soon,
    /// later each time: by itself the queue hides it for as long as a worker that died may have
    /// leased its chunk. `queue_arn` is that of the queue that delivered it.
    ///
    /// # Errors
    /// The error of the work.
    pub async fn retry_later<T>(
        &self,
        queue_arn: &str,
        receipt: &str,
        receive_count: u32,
        result: Result<T>,
    ) -> Result<T> {
        if result.is_err() {
            self.queues.change_visibility(queue_arn, receipt, receive_count).await;
        }
        result
    }
}

impl JobQueue {
    const ALL: [Self; 5] =
        [Self::UploadEvent, Self::Split, Self::Chunk, Self::SmallJob, Self::Delete];

    /// The queue for the chunks of a job of this many chunks.
    pub(crate) fn for_chunks(kind: JobKind, chunks: usize) -> Self {
        match (kind, chunks) {
            (JobKind::Delete, _) => Self::Delete,
            (_, 1) => Self::SmallJob,
            _ => Self::Chunk,
        }
    }
}

/// Seconds until a message that failed is delivered again: few after a slip of the network, more
/// while the store is down.
fn retry_delay_seconds(receive_count: u32) -> i32 {
    (RETRY_DELAY_SECONDS_MIN << receive_count.saturating_sub(1).min(10))
        .min(RETRY_DELAY_SECONDS_MAX)
}

impl JobQueues {
    pub(crate) fn connect(shared: &SdkConfig, config: &Config) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .operation_timeout(OPERATION_TIMEOUT)
            .build();
        let mut own = aws_sdk_sqs::config::Builder::from(shared)
            .timeout_config(timeouts)
            .retry_config(RetryConfig::standard().with_max_attempts(4));
        if let Some(log) = CallLog::from_env() {
            own.push_interceptor(log);
        }
        Self { sqs: Client::from_conf(own.build()), config: Arc::new(config.clone()) }
    }

    async fn change_visibility(&self, queue_arn: &str, receipt: &str, receive_count: u32) {
        let Some(url) = self.url_by_arn(queue_arn) else { return };
        let delay = retry_delay_seconds(receive_count);
        let call = self.sqs.change_message_visibility().queue_url(url).receipt_handle(receipt);
        // If this fails, the queue delivers the message when its own visibility timeout is over.
        _ = call.visibility_timeout(delay).send().await;
    }

    /// Sends every message, or fails. A failure may come after some were sent: every step accepts a
    /// message twice.
    async fn send_messages(&self, queue: JobQueue, tenant: &str, bodies: &[String]) -> Result<()> {
        for batch in bodies.chunks(BATCH_MESSAGES_MAX) {
            self.send_batch(queue, tenant, batch, Duration::ZERO).await?;
        }
        Ok(())
    }

    /// Sends chunks of a job.
    pub(crate) async fn send_chunks<'a>(
        &self,
        queue: JobQueue,
        tenant: &str,
        job: &JobId,
        chunks: impl Iterator<Item = &'a PendingChunk>,
    ) -> Result<()> {
        let bodies = chunks.map(|chunk| ChunkMessage::new(tenant, job, chunk).to_json());
        self.send_messages(queue, tenant, &bodies.collect::<Vec<_>>()).await
    }

    /// Sends a job to the splitter.
    pub(crate) async fn send_split_message(&self, tenant: &str, job: &JobId) -> Result<()> {
        self.send_messages(JobQueue::Split, tenant, &[SplitMessage::format_json(tenant, job)]).await
    }

    /// Sends a message that is delivered after the delay.
    pub(crate) async fn send_delayed_message(
        &self,
        queue: JobQueue,
        tenant: &str,
        body: &str,
        delay: Duration,
    ) -> Result<()> {
        self.send_batch(queue, tenant, &[body.to_owned()], delay).await
    }

    async fn send_batch(
        &self,
        queue: JobQueue,
        tenant: &str,
        batch: &[String],
        delay: Duration,
    ) -> Result<()> {
        let delay = i32::try_from(delay.as_secs()).unwrap_or_default();
        let mut entries = Vec::with_capacity(batch.len());
        let failed = |error| Error::Queue(queue, error);
        for (index, body) in batch.iter().enumerate() {
            let entry = SendMessageBatchRequestEntry::builder()
                .id(index.to_string())
                .message_body(body)
                .message_group_id(tenant)
                .delay_seconds(delay)
                .build();
            entries.push(entry.map_err(|error| failed(ServiceError::refused(error.to_string())))?);
        }
        for attempt in 0..SEND_ATTEMPTS_MAX {
            let call = self.sqs.send_message_batch().queue_url(self.url(queue));
            let output = call.set_entries(Some(entries.clone())).send().await;
            let output = output.map_err(|error| failed(error.into()))?;
            entries.retain(|entry| output.failed().iter().any(|failed| failed.id == entry.id));
            if entries.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20 << attempt)).await;
        }
        Err(failed(ServiceError::unavailable(format!("{} messages not accepted", entries.len()))))
    }

    /// Finds the URL of a queue by its ARN: both end in the queue's name.
    fn url_by_arn(&self, arn: &str) -> Option<&str> {
        let name = arn.rsplit(':').next().filter(|name| !name.is_empty())?;
        let mut urls = JobQueue::ALL.iter().map(|queue| self.url(*queue));
        urls.find(|url| url.rsplit('/').next() == Some(name))
    }

    fn url(&self, queue: JobQueue) -> &str {
        match queue {
            JobQueue::UploadEvent => &self.config.upload_event_queue,
            JobQueue::Split => &self.config.split_queue,
            JobQueue::Chunk => &self.config.chunk_queue,
            JobQueue::SmallJob => &self.config.small_job_queue,
            JobQueue::Delete => &self.config.delete_queue,
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_config::BehaviorVersion;

    use super::*;

    #[test]
    fn jobs_of_one_chunk_have_a_queue_of_their_own() {
        let queues = |kind| [0, 1, 2, 1_000].map(|chunks| JobQueue::for_chunks(kind, chunks));
        for kind in [JobKind::Async, JobKind::Bulk, JobKind::Upload] {
            assert_eq!(queues(kind)[1..], [JobQueue::SmallJob, JobQueue::Chunk, JobQueue::Chunk]);
        }
        assert_eq!(queues(JobKind::Delete), [JobQueue::Delete; 4]);
    }

    #[tokio::test]
    async fn a_queue_is_known_by_its_arn() {
        let url = |name: &str| format!("https://sqs.eu-west-1.amazonaws.com/123456789012/{name}");
        let (small_job_queue, chunk_queue) = (url("x-SmallJobQueue-1"), url("x-ChunkQueue-2"));
        let config = Config { small_job_queue, chunk_queue, ..Config::from_env() };
        let shared = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build();
        let queues = JobQueues::connect(&shared, &config);
        let arn = |name: &str| format!("arn:aws:sqs:eu-west-1:123456789012:{name}");
        assert_eq!(queues.url_by_arn(&arn("x-ChunkQueue-2")), Some(&*config.chunk_queue));
        for unknown in
            [arn("ChunkQueue-2"), arn("x-ChunkQueue-2-dead"), "x".to_owned(), String::new()]
        {
            assert_eq!(queues.url_by_arn(&unknown), None, "{unknown}");
        }
    }

    #[test]
    fn what_failed_comes_again_later_each_time() {
        let delays: Vec<_> = [0, 1, 2, 3, 6, 7, 100].map(retry_delay_seconds).into();
        assert_eq!(delays, [15, 15, 30, 60, 480, 720, 720]);
    }
}
