//! Messages name work and never carry it. A message that can't be read is refused, not guessed.

use people_storage::jobs::{JobId, ObjectVersion, PendingChunk};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::object_keys::UPLOAD_PREFIX;
use crate::{Error, Result};

/// A chunk to apply or to erase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChunkMessage {
    pub tenant: String,
    pub job: JobId,
    /// The chunk's number, from 1.
    pub chunk: u32,
    /// The chunk's part of the plan file, as the first byte and the one after the last; absent when
    /// the chunk is the whole payload.
    pub plan: Option<(u64, u64)>,
}

/// An object that arrived at the upload URL of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadEvent {
    pub tenant: String,
    pub job: JobId,
    /// Which it is of the objects that were put there.
    pub version: ObjectVersion,
}

/// A payload to split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SplitMessage {
    pub tenant: String,
    pub job: JobId,
}

/// A message whose step kept failing.
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
    pub(crate) fn new(tenant: &str, job: &JobId, pending: &PendingChunk) -> Self {
        let PendingChunk { chunk, plan, .. } = *pending;
        Self { tenant: tenant.to_owned(), job: job.clone(), chunk, plan }
    }

    /// Parses the message of a queue.
    pub fn parse(text: &str) -> Result<Self> {
        parse_chunk(&parse_json(text)?).ok_or(Error::UnreadableMessage)
    }

    pub(crate) fn to_json(&self) -> String {
        json!({ "tenant": self.tenant, "job": self.job.as_str(), "chunk": self.chunk, "plan": self.plan })
            .to_string()
    }
}

impl UploadEvent {
    /// Parses an event of the bucket. The event by which S3 tests the queue has no uploads.
    pub fn parse_s3_event(text: &str) -> Result<Vec<Self>> {
        parse_upload_events(&parse_json(text)?).ok_or(Error::UnreadableMessage)
    }
}

impl SplitMessage {
    /// Parses the message of a queue.
    pub fn parse(text: &str) -> Result<Self> {
        let (tenant, job) = parse_job(&parse_json(text)?).ok_or(Error::UnreadableMessage)?;
        Ok(Self { tenant, job })
    }

    pub(crate) fn format_json(tenant: &str, job: &JobId) -> String {
        json!({ "tenant": tenant, "job": job.as_str() }).to_string()
    }
}

impl DeadLetter {
    /// Parses the message of any queue.
    pub fn parse(text: &str) -> Result<Self> {
        let json = parse_json(text)?;
        if json.get("chunk").is_some() {
            return parse_chunk(&json).map(Self::Chunk).ok_or(Error::UnreadableMessage);
        }
        let split = parse_job(&json).map(|(tenant, job)| Self::Split(SplitMessage { tenant, job }));
        let message = split.or_else(|| parse_upload_events(&json).map(Self::Uploads));
        message.ok_or(Error::UnreadableMessage)
    }
}

fn parse_json(text: &str) -> Result<Json> {
    serde_json::from_str(text).map_err(|_| Error::UnreadableMessage)
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

/// The members of a record of an S3 event that are read.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct S3Record {
    event_name: String,
    s3: S3Entity,
}

#[derive(Deserialize)]
struct S3Entity {
    object: S3Object,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct S3Object {
    key: String,
    e_tag: String,
    version_id: Option<String>,
}

/// Returns `None` for a record of something else than an upload to a job.
fn parse_upload_event(record: &Json) -> Option<UploadEvent> {
    let S3Record { event_name, s3: S3Entity { object } } = S3Record::deserialize(record).ok()?;
    // S3 writes a blank of a key as a plus.
    let key = object.key.replace('+', " ");
    let key = percent_decode_str(&key).decode_utf8().ok()?;
    let (folder, rest) = key.split_once('/')?;
    let (tenant, job) = rest.split_once('/')?;
    let etag = object.e_tag.trim_matches('"').to_owned();
    let version = object.version_id.filter(|version| !version.is_empty());
    let is_upload = folder == UPLOAD_PREFIX && event_name.contains("ObjectCreated");
    let job = JobId::parse(job).filter(|_| is_upload)?;
    let version = ObjectVersion { etag, version };
    Some(UploadEvent { tenant: tenant.to_owned(), job, version })
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
        let text = event("ObjectCreated:Put", &format!("upload/demo/{JOB}"));
        let version = ObjectVersion { etag: "abc".to_owned(), version: Some("v1".to_owned()) };
        let uploads = vec![UploadEvent { tenant: "demo".to_owned(), job, version }];
        let parsed =
            (UploadEvent::parse_s3_event(&text).unwrap(), DeadLetter::parse(&text).unwrap());
        assert_eq!(parsed, (uploads.clone(), DeadLetter::Uploads(uploads)));
        for no_upload in [
            r#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}"#.to_owned(),
            r#"{"Records":[]}"#.to_owned(),
            event("ObjectCreated:Put", &format!("plain/demo/{JOB}")),
            event("ObjectCreated:Put", "upload/demo/nothing"),
            event("ObjectRemoved:Delete", &format!("upload/demo/{JOB}")),
        ] {
            assert_eq!(UploadEvent::parse_s3_event(&no_upload).unwrap(), []);
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
