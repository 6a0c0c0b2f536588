//! A payload is read once, piece by piece, and found sound before anything is sent. Only when its
//! lookups stand behind its rows and tell who they are about is it read again.

use aws_sdk_s3::primitives::ByteStream;
use bytes::{Bytes, BytesMut};
use people_storage::jobs::{Job, ObjectVersion};
use people_storage::{Result, StoreError, failpoint};

use crate::bucket::{Bucket, BucketObject, truncated_body};
use crate::gunzip::{GzipDecoder, INPUT_SLICE_BYTES_MAX, is_gzip};
use crate::multipart::MultipartWriter;
use crate::object_keys;
use people_domain::jobs::{
    ChunkSizes, MalformedPayload, PayloadPlan, PayloadScan, ScanLimits, Scanner, plan_chunks,
};

/// What is sound, or why the payload is refused: the job's message.
pub(crate) type ScanResult<T> = std::result::Result<T, String>;

/// A sound payload.
#[derive(Debug)]
pub(crate) struct ScannedPayload {
    /// Its chunks.
    pub(crate) plan: PayloadPlan,
    /// Where its plain bytes are.
    pub(crate) key: String,
}

/// Scans a job's payload. `limit`: bytes that it may have, plain; `sizes`: of its chunks.
pub(crate) async fn scan_payload(
    bucket: &Bucket,
    tenant: &str,
    job: &Job,
    limit: u32,
    sizes: ChunkSizes,
) -> Result<ScanResult<ScannedPayload>> {
    let (key, pin) = object_keys::locate_payload(job).ok_or_else(payload_missing)?;
    let object = bucket.open_object(key, pin).await?.ok_or_else(payload_missing)?;
    if object.size > limit as usize {
        return Ok(Err(format!("The payload is larger than {} MB", limit / MB)));
    }
    let limits = ScanLimits { bytes: limit, ..ScanLimits::default() };
    let (head, body) = read_head(object).await?;
    let scanner = Scanner::new(limits);
    if !is_gzip(&head) {
        let scanned = scan_plain(head, body, scanner).await?;
        return finish_scan(bucket, key, pin, limits, sizes, scanned).await;
    }
    let plain = object_keys::plain_payload_key(tenant, &job.id);
    let mut copy = MultipartWriter::new(bucket, &plain);
    let unpacked = scan_gzip(head, body, scanner, &mut copy).await?;
    match &unpacked {
        Ok(_) => copy.finish().await?,
        Err(_) => copy.abort().await,
    }
    failpoint("split.plain");
    finish_scan(bucket, &plain, None, limits, sizes, unpacked).await
}

const MB: u32 = 1024 * 1024;

/// Reads the payload again if the first pass asks for it; then its plan.
async fn finish_scan(
    bucket: &Bucket,
    key: &str,
    pin: Option<&ObjectVersion>,
    limits: ScanLimits,
    sizes: ChunkSizes,
    scanned: ScanResult<PayloadScan>,
) -> Result<ScanResult<ScannedPayload>> {
    let sources = scanned.as_ref().ok().and_then(PayloadScan::late_sources).cloned();
    let scanned = match sources {
        None => scanned,
        Some(sources) => {
            let object = bucket.open_object(key, pin).await?.ok_or_else(payload_missing)?;
            scan_plain(Bytes::new(), object.body, Scanner::with_sources(limits, sources)).await?
        }
    };
    Ok(scanned
        .map(|scanned| ScannedPayload { plan: plan_chunks(scanned, sizes), key: key.to_owned() }))
}

/// The first bytes of an object, enough to know gzip by, and the rest.
async fn read_head(object: BucketObject) -> Result<(Bytes, ByteStream)> {
    let (mut head, mut body) = (BytesMut::new(), object.body);
    while head.len() < 2 {
        match body.next().await {
            Some(piece) => head.extend_from_slice(&piece.map_err(|_| truncated_body())?),
            None => break,
        }
    }
    Ok((head.freeze(), body))
}

async fn scan_plain(
    head: Bytes,
    mut body: ByteStream,
    mut scanner: Scanner,
) -> Result<ScanResult<PayloadScan>> {
    let mut piece = Some(head);
    while let Some(bytes) = piece {
        if let Err(malformed) = scanner.push(&bytes) {
            return Ok(refuse_malformed(&malformed));
        }
        piece = body.next().await.transpose().map_err(|_| truncated_body())?;
    }
    Ok(scanner.finish().or_else(|malformed| refuse_malformed(&malformed)))
}

async fn scan_gzip(
    head: Bytes,
    mut body: ByteStream,
    mut scanner: Scanner,
    copy: &mut MultipartWriter<'_>,
) -> Result<ScanResult<PayloadScan>> {
    let (mut gunzip, mut piece) = (GzipDecoder::new(), Some(head));
    while let Some(bytes) = piece {
        for slice in bytes.chunks(INPUT_SLICE_BYTES_MAX) {
            let Ok(plain) = gunzip.decode_slice(slice) else {
                return Ok(Err(INVALID_GZIP_MESSAGE.to_owned()));
            };
            if let Err(malformed) = scanner.push(&plain) {
                return Ok(refuse_malformed(&malformed));
            }
            copy.write_bytes(&plain).await?;
        }
        piece = body.next().await.transpose().map_err(|_| truncated_body())?;
    }
    let Ok(plain) = gunzip.finish() else { return Ok(Err(INVALID_GZIP_MESSAGE.to_owned())) };
    if let Err(malformed) = scanner.push(&plain) {
        return Ok(refuse_malformed(&malformed));
    }
    copy.write_bytes(&plain).await?;
    Ok(scanner.finish().or_else(|malformed| refuse_malformed(&malformed)))
}

const INVALID_GZIP_MESSAGE: &str = "The payload begins as gzip does but is no valid gzip";

fn refuse_malformed<T>(malformed: &MalformedPayload) -> ScanResult<T> {
    Err(malformed.to_string())
}

fn payload_missing() -> StoreError {
    StoreError::Unexpected("a payload that is gone".to_owned())
}
