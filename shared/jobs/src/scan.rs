//! A payload is read once, piece by piece, and found sound before anything is sent. Only when its
//! lookups stand behind its rows and tell who they are about is it read again.

use aws_sdk_s3::primitives::ByteStream;
use bytes::{Bytes, BytesMut};
use people_storage::jobs::{Job, Pin};
use people_storage::{Result, StoreError, point};

use crate::bucket::{Bucket, Object, broken};
use crate::gunzip::{Gunzip, SLICE, is_gzip};
use crate::multipart::Multipart;
use crate::objects;
use people_domain::jobs::{Limits, Malformed, Plan, Scanned, Scanner, Sizes, plan};

/// What is sound, or why the payload is refused: the job's message.
pub(crate) type Verdict<T> = std::result::Result<T, String>;

/// A sound payload.
#[derive(Debug)]
pub(crate) struct Sound {
    /// Its chunks.
    pub(crate) plan: Plan,
    /// Where its plain bytes are.
    pub(crate) key: String,
}

/// Scans a job's payload. `limit`: bytes that it may have, plain; `sizes`: of its chunks.
pub(crate) async fn scan(
    bucket: &Bucket,
    tenant: &str,
    job: &Job,
    limit: u32,
    sizes: Sizes,
) -> Result<Verdict<Sound>> {
    let (key, pin) = objects::source(job).ok_or_else(gone)?;
    let object = bucket.open(key, pin).await?.ok_or_else(gone)?;
    if object.size > limit as usize {
        return Ok(Err(format!("The payload is larger than {} MB", limit / MB)));
    }
    let limits = Limits { bytes: limit, ..Limits::default() };
    let (head, body) = head(object).await?;
    let scanner = Scanner::new(limits);
    if !is_gzip(&head) {
        let scanned = read(head, body, scanner).await?;
        return finish(bucket, key, pin, limits, sizes, scanned).await;
    }
    let plain = objects::plain(tenant, &job.id);
    let mut copy = Multipart::new(bucket, &plain);
    let unpacked = unpack(head, body, scanner, &mut copy).await?;
    match &unpacked {
        Ok(_) => copy.finish().await?,
        Err(_) => copy.abort().await,
    }
    point("split.plain");
    finish(bucket, &plain, None, limits, sizes, unpacked).await
}

const MB: u32 = 1024 * 1024;

/// Reads the payload again if the first pass asks for it; then its plan.
async fn finish(
    bucket: &Bucket,
    key: &str,
    pin: Option<&Pin>,
    limits: Limits,
    sizes: Sizes,
    scanned: Verdict<Scanned>,
) -> Result<Verdict<Sound>> {
    let sources = scanned.as_ref().ok().and_then(Scanned::needs_second_pass).cloned();
    let scanned = match sources {
        None => scanned,
        Some(sources) => {
            let object = bucket.open(key, pin).await?.ok_or_else(gone)?;
            read(Bytes::new(), object.body, Scanner::with_sources(limits, sources)).await?
        }
    };
    Ok(scanned.map(|scanned| Sound { plan: plan(scanned, sizes), key: key.to_owned() }))
}

/// The first bytes of an object, enough to know gzip by, and the rest.
async fn head(object: Object) -> Result<(Bytes, ByteStream)> {
    let (mut head, mut body) = (BytesMut::new(), object.body);
    while head.len() < 2 {
        match body.next().await {
            Some(piece) => head.extend_from_slice(&piece.map_err(|_| broken())?),
            None => break,
        }
    }
    Ok((head.freeze(), body))
}

async fn read(head: Bytes, mut body: ByteStream, mut scanner: Scanner) -> Result<Verdict<Scanned>> {
    let mut piece = Some(head);
    while let Some(bytes) = piece {
        if let Err(malformed) = scanner.push(&bytes) {
            return Ok(refused(&malformed));
        }
        piece = body.next().await.transpose().map_err(|_| broken())?;
    }
    Ok(scanner.finish().or_else(|malformed| refused(&malformed)))
}

async fn unpack(
    head: Bytes,
    mut body: ByteStream,
    mut scanner: Scanner,
    copy: &mut Multipart<'_>,
) -> Result<Verdict<Scanned>> {
    let (mut gunzip, mut piece) = (Gunzip::new(), Some(head));
    while let Some(bytes) = piece {
        for slice in bytes.chunks(SLICE) {
            let Ok(plain) = gunzip.push(slice) else { return Ok(Err(NO_GZIP.to_owned())) };
            if let Err(malformed) = scanner.push(&plain) {
                return Ok(refused(&malformed));
            }
            copy.push(&plain).await?;
        }
        piece = body.next().await.transpose().map_err(|_| broken())?;
    }
    let Ok(plain) = gunzip.finish() else { return Ok(Err(NO_GZIP.to_owned())) };
    if let Err(malformed) = scanner.push(&plain) {
        return Ok(refused(&malformed));
    }
    copy.push(&plain).await?;
    Ok(scanner.finish().or_else(|malformed| refused(&malformed)))
}

const NO_GZIP: &str = "The payload begins as gzip does but is no valid gzip";

fn refused<T>(malformed: &Malformed) -> Verdict<T> {
    Err(malformed.to_string())
}

fn gone() -> StoreError {
    StoreError::Unexpected("a payload that is gone".to_owned())
}
