//! A payload is read once, piece by piece, and scanned to its end before anything is sent (ADR 15).
//! It is read again only when its lookups come after its rows and decide whom the rows are about.

use aws_sdk_s3::primitives::ByteStream;
use bytes::{Bytes, BytesMut};
use people_domain::jobs::{
    ChunkSizes, MalformedPayload, PayloadPlan, PayloadScan, ScanLimits, Scanner, plan_chunks,
};
use people_storage::failpoint;
use people_storage::jobs::{Job, ObjectVersion};

use crate::bucket::{Bucket, BucketObject, BucketResult, truncated_body};
use crate::error::ServiceError;
use crate::gunzip::{GzipDecoder, INPUT_SLICE_BYTES_MAX, is_gzip};
use crate::multipart::MultipartWriter;
use crate::object_keys;

/// The result of a scan, or the message of a job whose payload is refused.
pub(crate) type ScanResult<T> = std::result::Result<T, String>;

/// A payload that was scanned to its end and can be split.
#[derive(Debug)]
pub(crate) struct ScannedPayload {
    pub(crate) plan: PayloadPlan,
    /// The key of its plain bytes.
    pub(crate) key: String,
}

/// Scans a job's payload, which may have `limit` plain bytes, and plans chunks of these sizes.
pub(crate) async fn scan_payload(
    bucket: &Bucket,
    tenant: &str,
    job: &Job,
    limit: u32,
    sizes: ChunkSizes,
) -> BucketResult<ScanResult<ScannedPayload>> {
    let (key, version) = object_keys::locate_payload(job).ok_or_else(payload_missing)?;
    let object = bucket.open_object(key, version).await?.ok_or_else(payload_missing)?;
    if object.size > limit as usize {
        return Ok(Err(format!("The payload is larger than {} MB", limit / MB)));
    }
    let limits = ScanLimits { bytes: limit, ..ScanLimits::default() };
    let (head, body) = read_head(object).await?;
    let scanner = Scanner::new(limits);
    if !is_gzip(&head) {
        let scanned = scan_plain(head, body, scanner).await?;
        return finish_scan(bucket, key, version, limits, sizes, scanned).await;
    }
    let plain = object_keys::plain_payload_key(tenant, &job.id);
    let mut copy = MultipartWriter::new(bucket, &plain);
    let scanned = scan_gzip(head, body, scanner, &mut copy).await?;
    match &scanned {
        Ok(_) => copy.finish().await?,
        Err(_) => copy.abort().await,
    }
    failpoint("split.plain");
    finish_scan(bucket, &plain, None, limits, sizes, scanned).await
}

const MB: u32 = 1024 * 1024;

/// Plans the chunks of a scanned payload, which is read again if the first pass asks for that.
async fn finish_scan(
    bucket: &Bucket,
    key: &str,
    version: Option<&ObjectVersion>,
    limits: ScanLimits,
    sizes: ChunkSizes,
    scanned: ScanResult<PayloadScan>,
) -> BucketResult<ScanResult<ScannedPayload>> {
    let sources = scanned.as_ref().ok().and_then(PayloadScan::late_sources).cloned();
    let scanned = match sources {
        None => scanned,
        Some(sources) => {
            let object = bucket.open_object(key, version).await?.ok_or_else(payload_missing)?;
            scan_plain(Bytes::new(), object.body, Scanner::with_sources(limits, sources)).await?
        }
    };
    Ok(scanned
        .map(|scanned| ScannedPayload { plan: plan_chunks(scanned, sizes), key: key.to_owned() }))
}

/// Reads the first bytes of an object, enough to recognise gzip, and returns them with the rest.
async fn read_head(object: BucketObject) -> BucketResult<(Bytes, ByteStream)> {
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
) -> BucketResult<ScanResult<PayloadScan>> {
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
) -> BucketResult<ScanResult<PayloadScan>> {
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

fn payload_missing() -> ServiceError {
    ServiceError::refused("the payload is missing")
}
