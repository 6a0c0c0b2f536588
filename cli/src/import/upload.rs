//! Uploads a file to the bucket: one PUT, streamed. The presigned URL is a secret while it is
//! valid, so no message contains it.

use std::fs::File;
use std::io::{self, Read, Take};
use std::time::Duration;

use bytes::Bytes;
use futures::stream::{self, Stream};
use indicatif::{HumanBytes, HumanDuration, ProgressBar};
use people_storage::jobs::JobId;
use reqwest::header::CONTENT_LENGTH;
use reqwest::{Body, Client, Response};

use super::file::PayloadFile;
use crate::error::CommandError;
use crate::interrupt::run_interruptible;
use crate::output::bar_style;
use crate::parsers::TenantId;
use crate::progress::report_progress;

/// Bytes that are read at a time.
const READ_BYTES_MAX: usize = 256 * 1024;

/// Timeouts for connecting to the bucket and for the whole upload.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(3_600);

/// Uploads a payload to a job's presigned URL.
pub(super) async fn upload_payload(
    payload: PayloadFile,
    url: &str,
    tenant: &TenantId,
    job: &JobId,
) -> Result<(), CommandError> {
    let bar = ProgressBar::new(payload.size).with_message("Sending");
    bar.set_style(bar_style("{msg} {bar:30} {bytes}/{total_bytes}, {bytes_per_sec}, {eta} left"));
    let size = payload.size;
    let body = Body::wrap_stream(stream_file(payload.file.take(size), bar.clone()));
    let client = Client::builder().connect_timeout(CONNECT_TIMEOUT).timeout(UPLOAD_TIMEOUT).build();
    let call =
        client.map_err(describe_transport_error)?.put(url).header(CONTENT_LENGTH, size).body(body);
    let sending =
        async { check_response(call.send().await.map_err(describe_transport_error)?).await };
    let sending = report_progress(sending, || format_progress(&bar));
    let advice = || format_interrupt_advice(bar.position() < size, tenant, job);
    let sent = run_interruptible(sending, advice).await;
    bar.finish_and_clear();
    sent
}

/// Formats the progress bar as plain text.
fn format_progress(bar: &ProgressBar) -> String {
    let (sent, size, rate) = (bar.position(), bar.length().unwrap_or_default(), bar.per_sec());
    format!(
        "Sending {}/{}, {}/s, {:#} left",
        HumanBytes(sent),
        HumanBytes(size),
        HumanBytes(rate as u64),
        HumanDuration(bar.eta())
    )
}

/// Describes the state of an interrupted upload: S3 discards a partial one.
fn format_interrupt_advice(is_partial: bool, tenant: &TenantId, job: &JobId) -> String {
    if is_partial {
        return "nothing was accepted, since the file was not sent to its end: run `people import` again"
            .to_owned();
    }
    format!(
        "the file may have been sent to its end, but the bucket's answer was not awaited; `people job \
         show {tenant} {job}` shows whether it arrived"
    )
}

fn stream_file(file: Take<File>, bar: ProgressBar) -> impl Stream<Item = io::Result<Bytes>> {
    stream::try_unfold((file, bar), |(mut file, bar)| async move {
        let mut piece = vec![0; READ_BYTES_MAX];
        let read = file.read(&mut piece)?;
        piece.truncate(read);
        bar.inc(read as u64);
        Ok((read > 0).then(|| (Bytes::from(piece), (file, bar))))
    })
}

async fn check_response(answer: Response) -> Result<(), CommandError> {
    let status = answer.status();
    if status.is_success() {
        return Ok(());
    }
    let text = answer.text().await.unwrap_or_default();
    let why = find_s3_error_code(&text)
        .map_or_else(|| status.to_string(), |code| format!("{status}, {code}"));
    Err(if status.is_server_error() {
        CommandError::UploadFailed(why)
    } else {
        CommandError::Refused(format!(
            "the bucket did not take the file: {why}; check that --bucket names the stack's own \
             and that these credentials may put objects into it"
        ))
    })
}

fn describe_transport_error(error: reqwest::Error) -> CommandError {
    let error = error.without_url();
    let (mut why, mut source) = (error.to_string(), std::error::Error::source(&error));
    while let Some(cause) = source {
        why = cause.to_string();
        source = cause.source();
    }
    CommandError::UploadFailed(why)
}

/// Finds the error code in S3's XML.
fn find_s3_error_code(xml: &str) -> Option<&str> {
    let (_, rest) = xml.split_once("<Code>")?;
    rest.split_once("</Code>").map(|(code, _)| code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_s3_has_a_word() {
        let xml = "<?xml?><Error><Code>SignatureDoesNotMatch</Code><Message>x</Message></Error>";
        assert_eq!(find_s3_error_code(xml), Some("SignatureDoesNotMatch"));
        assert_eq!(find_s3_error_code("Bad gateway"), None);
    }
}
