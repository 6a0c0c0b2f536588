//! Messages: they name work and never carry it. Whatever can't be read is refused, not guessed.

use people_storage::jobs::{JobId, ObjectVersion, PendingChunk};
use people_storage::{Result, StoreError};
use percent_encoding::percent_decode_str;
use serde_json::{Value as Json, json};

use crate::object_keys::UPLOAD_PREFIX;

/// A chunk to apply or to erase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkMessage {
    /// The tenant's id.
    pub tenant: String,
    /// The job.
    pub job: JobId,
    /// Which chunk, from 1.
    pub chunk: u32,
    /// Its part of the plan, as the first byte and the one after the last; none when the chunk is
    /// the whole payload.
    pub plan: Option<(u64, u64)>,
}

/// A payload that came through an upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadEvent {
    /// The tenant's id.
    pub tenant: String,
    /// The job.
    pub job: JobId,
    /// Which object it is, of those that may be put there.
    pub version: ObjectVersion,
}

/// A payload to split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitMessage {
    /// The tenant's id.
    pub tenant: String,
    /// The job.
    pub job: JobId,
}

/// A message that its step did not manage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeadLetter {
    /// An event of the bucket.
    Uploads(Vec<UploadEvent>),
    /// A payload to split.
    Split(SplitMessage),
    /// A chunk to apply or to erase.
    Chunk(ChunkMessage),
}

impl ChunkMessage {
    /// For a chunk that is to be done.
    pub(crate) fn new(tenant: &str, job: &JobId, todo: &PendingChunk) -> Self {
        Self { tenant: tenant.to_owned(), job: job.clone(), chunk: todo.chunk, plan: todo.plan }
    }

    /// Reads a message.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self> {
        parse_chunk(&parse_json(text)?).ok_or_else(unreadable_message)
    }

    pub(crate) fn to_json(&self) -> String {
        json!({ "tenant": self.tenant, "job": self.job.as_str(), "chunk": self.chunk, "plan": self.plan })
            .to_string()
    }
}

impl UploadEvent {
    /// Reads what the bucket tells; none when it only tests the queue.
    ///
    /// # Errors
    /// When it is no event of a bucket.
    pub fn parse_s3_event(text: &str) -> Result<Vec<Self>> {
        parse_upload_events(&parse_json(text)?).ok_or_else(unreadable_message)
    }
}

impl SplitMessage {
    /// Reads a message.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self> {
        let (tenant, job) = parse_job(&parse_json(text)?).ok_or_else(unreadable_message)?;
        Ok(Self { tenant, job })
    }

    pub(crate) fn format_json(tenant: &str, job: &JobId) -> String {
        json!({ "tenant": tenant, "job": job.as_str() }).to_string()
    }
}

impl DeadLetter {
    /// Reads a message of any queue.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(text: &str) -> Result<Self> {
        let json = parse_json(text)?;
        if json.get("chunk").is_some() {
            return parse_chunk(&json).map(Self::Chunk).ok_or_else(unreadable_message);
        }
        let split = parse_job(&json).map(|(tenant, job)| Self::Split(SplitMessage { tenant, job }));
        let message = split.or_else(|| parse_upload_events(&json).map(Self::Uploads));
        message.ok_or_else(unreadable_message)
    }
}

fn parse_json(text: &str) -> Result<Json> {
    serde_json::from_str(text).map_err(|_| unreadable_message())
}

fn unreadable_message() -> StoreError {
    StoreError::Unexpected("a message that can't be read".to_owned())
}

fn parse_job(json: &Json) -> Option<(String, JobId)> {
    let text = |name: &str| json.get(name).and_then(Json::as_str);
    Some((text("tenant")?.to_owned(), JobId::parse(text("job")?)?))
}

fn parse_chunk(json: &Json) -> Option<ChunkMessage> {
    let (tenant, job) = parse_job(json)?;
    let chunk = u32::try_from(json.get("chunk")?.as_u64()?).ok().filter(|chunk| *chunk > 0)?;
    let plan = match json.get("plan")? {
        Json::Null => None,
        Json::Array(range) => match range.as_slice() {
            [start, end] => Some((start.as_u64()?, end.as_u64()?)),
            _ => return None,
        },
        _ => return None,
    };
    Some(ChunkMessage { tenant, job, chunk, plan })
}

fn parse_upload_events(json: &Json) -> Option<Vec<UploadEvent>> {
    if json.get("Event").and_then(Json::as_str) == Some("s3:TestEvent") {
        return Some(Vec::new());
    }
    let records = json.get("Records")?.as_array()?;
    Some(records.iter().filter_map(parse_upload_event).collect())
}

/// None for what is no upload of ours.
fn parse_upload_event(record: &Json) -> Option<UploadEvent> {
    let name = record.get("eventName")?.as_str()?;
    let object = record.pointer("/s3/object")?;
    let text = |name: &str| object.get(name).and_then(Json::as_str);
    // S3 writes a blank of a key as a plus.
    let key = text("key")?.replace('+', " ");
    let key = percent_decode_str(&key).decode_utf8().ok()?;
    let (folder, rest) = key.split_once('/')?;
    let (tenant, job) = rest.split_once('/')?;
    let etag = text("eTag")?.trim_matches('"').to_owned();
    let version = text("versionId").filter(|version| !version.is_empty()).map(str::to_owned);
    let pin = ObjectVersion { etag, version };
    let is_upload = folder == UPLOAD_PREFIX && name.contains("ObjectCreated");
    let job = JobId::parse(job).filter(|_| is_upload)?;
    Some(UploadEvent { tenant: tenant.to_owned(), job, version: pin })
}

#[cfg(test)]
mod tests {
    use super::*;

    const JOB: &str = "0199c0de-0000-7000-8000-000000000001";

    fn event(name: &str, key: &str) -> String {
        let object = json!({ "key": key, "size": 7, "eTag": "abc", "versionId": "v1" });
        json!({ "Records": [{ "eventName": name, "s3": { "object": object } }] }).to_string()
    }

    #[test]
    fn a_chunk_survives_the_queue() {
        let job = JobId::parse(JOB).unwrap();
        for plan in [None, Some((3, 9))] {
            let message =
                ChunkMessage { tenant: "demo".to_owned(), job: job.clone(), chunk: 7, plan };
            assert_eq!(ChunkMessage::parse(&message.to_json()).unwrap(), message);
            let dead = DeadLetter::parse(&message.to_json()).unwrap();
            assert_eq!(dead, DeadLetter::Chunk(message));
        }
    }

    #[test]
    fn a_split_survives_the_queue_and_the_bucket_tells_of_arrivals() {
        let job = JobId::parse(JOB).unwrap();
        let ours = SplitMessage { tenant: "demo".to_owned(), job: job.clone() };
        let printed = SplitMessage::format_json("demo", &job);
        assert_eq!(SplitMessage::parse(&printed).unwrap(), ours);
        assert_eq!(DeadLetter::parse(&printed).unwrap(), DeadLetter::Split(ours));
        let told = event("ObjectCreated:Put", &format!("upload/demo/{JOB}"));
        let pin = ObjectVersion { etag: "abc".to_owned(), version: Some("v1".to_owned()) };
        let arrival = UploadEvent { tenant: "demo".to_owned(), job, version: pin };
        let told = (UploadEvent::parse_s3_event(&told).unwrap(), DeadLetter::parse(&told).unwrap());
        let arrivals = vec![arrival];
        assert_eq!(told, (arrivals.clone(), DeadLetter::Uploads(arrivals)));
        for nothing in [
            r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}"#.to_owned(),
            r#"{"Records":[]}"#.to_owned(),
            event("ObjectCreated:Put", &format!("plain/demo/{JOB}")),
            event("ObjectCreated:Put", "upload/demo/nothing"),
            event("ObjectRemoved:Delete", &format!("upload/demo/{JOB}")),
        ] {
            assert_eq!(UploadEvent::parse_s3_event(&nothing).unwrap(), []);
        }
    }

    #[test]
    fn what_is_no_message_is_refused() {
        let chunk = |chunk: &str, plan: &str| {
            format!(r#"{{"tenant":"demo","job":"{JOB}","chunk":{chunk},"plan":{plan}}}"#)
        };
        for text in [
            String::new(),
            "[]".to_owned(),
            r#"{"tenant":"demo","job":"x"}"#.to_owned(),
            chunk("0", "null"),
            chunk("-1", "null"),
            chunk("1", "[1]"),
            chunk("1", "{}"),
        ] {
            assert!(ChunkMessage::parse(&text).is_err(), "{text}");
            assert!(UploadEvent::parse_s3_event(&text).is_err(), "{text}");
            assert!(DeadLetter::parse(&text).is_err(), "{text}");
        }
    }
}
