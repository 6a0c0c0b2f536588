//! `people job results`: writes each row's result, chunk by chunk. Only a few chunks are in memory
//! at a time.

use std::io::{self, Write};
use std::path::Path;

use futures::stream::{self, Stream, StreamExt, TryStreamExt};
use people_domain::count::format_count;
use people_jobs::Jobs;
use people_storage::TenantStore;
use people_storage::jobs::{Job, JobState};
use serde_json::json;

use super::result_row::{ResultRow, parse_rows};
use super::row_writer::{OutputFormat, RowWriter};
use super::{failed_rows, find_completed_job, open_job_store};
use crate::args::job::{ResultFormat, ResultsArgs};
use crate::atomic_file::AtomicFile;
use crate::aws_resources;
use crate::cli::GlobalArgs;
use crate::error::CommandError;
use crate::output::CommandOutput;

/// Chunks that are read at the same time.
const CONCURRENCY: usize = 4;

const CSV_AND_JSON: &str = "stdout can't be CSV and JSON at once: leave out --json or --format csv, \
    or write the CSV into a file with --output FILE";

pub(super) async fn write_results(
    global: GlobalArgs,
    args: ResultsArgs,
) -> Result<CommandOutput, CommandError> {
    let file = args.output.as_deref().filter(|path| *path != Path::new("-"));
    let output_format = match (args.format, global.json && file.is_none()) {
        (ResultFormat::Csv, true) => return Err(CommandError::Usage(CSV_AND_JSON)),
        (ResultFormat::Csv, false) => OutputFormat::Csv,
        (_, true) => OutputFormat::List,
        (_, false) => OutputFormat::Lines,
    };
    let config = aws_resources::config_for_reads(args.bucket)?;
    let store = open_job_store(global, &args.job).await?;
    let job = find_completed_job(&store, &args.job.job).await?;
    let jobs = aws_resources::connect_jobs(config).await;
    let wanted = RowSelection { jobs: &jobs, store: &store, job: &job, failed: args.failed };
    let Some(path) = file else {
        return match wanted.write_rows(&mut io::stdout().lock(), args.format, output_format).await?
        {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(describe_write_error("stdout", &error))
            }
            // A reader that closes the pipe is not an error.
            _ => Ok(CommandOutput::already_written()),
        };
    };
    let target_name = path.display().to_string();
    let failed = |error| describe_write_error(&target_name, &error);
    let mut target = AtomicFile::new(path).map_err(failed)?;
    let rows = wanted.write_rows(&mut target, args.format, output_format).await?.map_err(failed)?;
    target.commit().map_err(failed)?;
    let text = format!("{} written to {target_name}", format_count(rows, "row"));
    Ok(CommandOutput::new(json!({ "rows": rows, "file": target_name }), text))
}

/// The rows to write.
struct RowSelection<'a> {
    jobs: &'a Jobs,
    store: &'a TenantStore,
    job: &'a Job,
    /// Only rows that failed, completely or in part.
    failed: bool,
}

impl RowSelection<'_> {
    /// Writes the rows. Returns their number, or why the output can't be written.
    async fn write_rows(
        &self,
        out: &mut impl Write,
        format: ResultFormat,
        output_format: OutputFormat,
    ) -> Result<io::Result<u64>, CommandError> {
        match format {
            ResultFormat::Payload => self.write_payload(out).await,
            ResultFormat::Jsonl | ResultFormat::Csv => {
                self.write_formatted(RowWriter::new(out, output_format)).await
            }
        }
    }

    async fn write_formatted(
        &self,
        mut writer: RowWriter<impl Write>,
    ) -> Result<io::Result<u64>, CommandError> {
        let mut chunks = std::pin::pin!(stream_results(self.jobs, self.store, self.job));
        while let Some(lines) = chunks.try_next().await? {
            let mut lines = lines.iter().filter(|row| !(self.failed && row.has_succeeded()));
            if let Err(error) = lines.try_for_each(|row| writer.write_row(row)) {
                return Ok(Err(error));
            }
        }
        Ok(writer.write_end().map(|()| writer.rows))
    }

    async fn write_payload(&self, out: &mut impl Write) -> Result<io::Result<u64>, CommandError> {
        if let JobState::Completed { message: Some(message), .. } = &self.job.state {
            return Err(CommandError::Refused(format!(
                "the payload of job {} was refused as a whole: {message}; fix the file itself",
                self.job.id
            )));
        }
        let numbers = failed_rows::find_failed_rows(self.jobs, self.store, self.job, true).await?;
        let payload = failed_rows::build_payload(self.jobs, self.store, self.job, &numbers).await?;
        let written = out.write_all(&payload).and_then(|()| writeln!(out));
        Ok(written.and_then(|()| out.flush()).map(|()| numbers.len() as u64))
    }
}

/// Streams the rows of each chunk, in the order of the chunks.
pub(super) fn stream_results<'a>(
    jobs: &'a Jobs,
    store: &'a TenantStore,
    job: &'a Job,
) -> impl Stream<Item = Result<Vec<ResultRow>, CommandError>> + 'a {
    let read = move |chunk| async move {
        let bytes = jobs.read_result_bytes(store, job, chunk).await?;
        let found = bytes.and_then(|bytes| parse_rows(job.kind, &bytes));
        found.ok_or_else(|| {
            CommandError::Refused(format!(
                "the results of chunk {chunk} of job {} are not in the bucket, or not any more; \
                 check that --bucket names the stack's own",
                job.id
            ))
        })
    };
    stream::iter(1..=job.chunks().unwrap_or(0)).map(read).buffered(CONCURRENCY)
}

fn describe_write_error(to: &str, error: &io::Error) -> CommandError {
    CommandError::Refused(format!("the results can't be written to {to}: {error}"))
}
