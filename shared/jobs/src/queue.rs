//! The queues of work. A tenant is a message group, so that the many chunks of one do not hold up
//! the few of another (SQS: fair queues).

use std::sync::Arc;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use people_storage::jobs::{JobId, JobKind};
use people_storage::{CallLog, Result, StoreError};

use crate::Jobs;
use crate::config::Config;
use crate::message::SplitMessage;

/// Which queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobQueue {
    /// Events of the bucket about uploads.
    UploadEvent,
    /// Payloads to split.
    Split,
    /// Chunks to apply, of jobs that have several.
    Chunk,
    /// Jobs of one chunk to apply. A function of their own reads them, so that ten rows don't wait
    /// for a file.
    SmallJob,
    /// Chunks to erase.
    Delete,
}

/// The queues.
#[derive(Debug, Clone)]
pub struct JobQueues {
    sqs: Client,
    config: Arc<Config>,
}

/// Messages in one call.
const BATCH_MESSAGES_MAX: usize = 10;

/// How often messages that a call did not take are sent again.
const SEND_ATTEMPTS_MAX: u32 = 5;

/// Seconds until a message that failed comes again, the first time and at most.
const RETRY_DELAY_SECONDS_MIN: i32 = 15;
const RETRY_DELAY_SECONDS_MAX: i32 = 720;

/// One try may take this long, and all of one call.
const ATTEMPT_TIMEOUT: Duration = Duration::from_millis(1_500);
const OPERATION_TIMEOUT: Duration = Duration::from_secs(5);

impl Jobs {
    /// Passes on how the work at a message ended. One that failed is shown again soon, later each
    /// time: a queue hides its messages for as long as a worker that died may have held their work.
    /// `queue_arn`: of the queue that delivered it.
    ///
    /// # Errors
    /// Those of the work.
    pub async fn retry_later<T>(
        &self,
        queue_arn: &str,
        receipt: &str,
        received: u32,
        done: Result<T>,
    ) -> Result<T> {
        if done.is_err() {
            self.queues.change_visibility(queue_arn, receipt, received).await;
        }
        done
    }
}

impl JobQueue {
    const ALL: [Self; 5] =
        [Self::UploadEvent, Self::Split, Self::Chunk, Self::SmallJob, Self::Delete];

    /// The queue for the chunks of a job that has so many.
    pub(crate) fn for_chunks(kind: JobKind, chunks: usize) -> Self {
        match (kind, chunks) {
            (JobKind::Delete, _) => Self::Delete,
            (_, 1) => Self::SmallJob,
            _ => Self::Chunk,
        }
    }
}

/// Seconds until a message that failed comes again: some for a slip of the network, some more for a
/// store that is down.
fn retry_delay_seconds(received: u32) -> i32 {
    (RETRY_DELAY_SECONDS_MIN << received.saturating_sub(1).min(10)).min(RETRY_DELAY_SECONDS_MAX)
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

    /// Shows a message that was received once more, so many times by now.
    async fn change_visibility(&self, queue_arn: &str, receipt: &str, received: u32) {
        let Some(url) = self.url_by_arn(queue_arn) else { return };
        let call = self.sqs.change_message_visibility().queue_url(url);
        let call = call.receipt_handle(receipt).visibility_timeout(retry_delay_seconds(received));
        // Without it the queue shows the message when its own time is over.
        _ = call.send().await;
    }

    /// Sends every message, or fails. Then some may be sent: every step takes a message twice.
    pub(crate) async fn send_messages(
        &self,
        queue: JobQueue,
        tenant: &str,
        bodies: &[String],
    ) -> Result<()> {
        for batch in bodies.chunks(BATCH_MESSAGES_MAX) {
            self.send_batch(queue, tenant, batch, Duration::ZERO).await?;
        }
        Ok(())
    }

    /// Asks the splitter for a job.
    pub(crate) async fn send_split_message(&self, tenant: &str, job: &JobId) -> Result<()> {
        self.send_messages(JobQueue::Split, tenant, &[SplitMessage::format_json(tenant, job)]).await
    }

    /// Sends a message that is shown only after so long.
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
        for (at, body) in batch.iter().enumerate() {
            let entry = SendMessageBatchRequestEntry::builder().id(at.to_string());
            let entry =
                entry.message_body(body).message_group_id(tenant).delay_seconds(delay).build();
            entries.push(entry.map_err(|_| StoreError::Unexpected("a message".to_owned()))?);
        }
        for attempt in 0..SEND_ATTEMPTS_MAX {
            let call = self.sqs.send_message_batch().queue_url(self.url(queue));
            let answer = call.set_entries(Some(entries.clone())).send().await?;
            entries.retain(|entry| answer.failed().iter().any(|failed| failed.id == entry.id));
            if entries.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20 << attempt)).await;
        }
        Err(StoreError::Unavailable("a queue that takes no messages".to_owned()))
    }

    /// The URL of one of these queues: it ends in the queue's name, as the ARN does.
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
        let of = |kind| [0, 1, 2, 1_000].map(|chunks| JobQueue::for_chunks(kind, chunks));
        for kind in [JobKind::Async, JobKind::Bulk, JobKind::Upload] {
            assert_eq!(of(kind)[1..], [JobQueue::SmallJob, JobQueue::Chunk, JobQueue::Chunk]);
        }
        assert_eq!(of(JobKind::Delete), [JobQueue::Delete; 4]);
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
        let pauses: Vec<_> = [0, 1, 2, 3, 6, 7, 100].map(retry_delay_seconds).into();
        assert_eq!(pauses, [15, 15, 30, 60, 480, 720, 720]);
    }
}
