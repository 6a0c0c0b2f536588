//! `people job results`: what became of each row, chunk by chunk; a few chunks are held, never all.

use std::io::{self, Write};
use std::path::Path;

use futures::stream::{self, Stream, StreamExt, TryStreamExt};
use people_jobs::Jobs;
use people_storage::TenantStore;
use people_storage::job::Job;
use serde_json::json;

use super::draft::Draft;
use super::line::{Line, lines};
use super::sheet::Sheet;
use super::{completed, of};
use crate::args::job::{Format, Results};
use crate::cli::Global;
use crate::failure::Failure;
use crate::output::Answer;
use crate::place;

/// Chunks that are read at the same time.
const READS: usize = 4;

const CSV_AND_JSON: &str = "stdout can't be CSV and JSON at once: leave out --json or --format csv, \
    or write the CSV into a file with --output FILE";

pub(super) async fn run(global: Global, args: Results) -> Result<Answer, Failure> {
    let file = args.output.as_deref().filter(|path| *path != Path::new("-"));
    let list = global.json && file.is_none();
    if list && args.format == Format::Csv {
        return Err(Failure::Usage(CSV_AND_JSON));
    }
    let config = place::reading(args.bucket)?;
    let store = of(global, &args.job).await?;
    let job = completed(&store, &args.job.job).await?;
    let jobs = place::open(config).await;
    let chunks = results(&jobs, &store, &job).map_ok(|lines| {
        lines.into_iter().filter(|line| !(args.failed && line.succeeded())).collect()
    });
    match file {
        None => {
            let mut sheet = Sheet::new(io::stdout().lock(), args.format, list);
            write(&mut sheet, chunks, "stdout").await?;
            Ok(Answer::written())
        }
        Some(path) => {
            let shown = path.display().to_string();
            let failed = |error| unwritten(&shown, &error);
            let mut sheet = Sheet::new(Draft::new(path).map_err(failed)?, args.format, false);
            write(&mut sheet, chunks, &shown).await?;
            sheet.out.done().map_err(failed)?;
            let rows = sheet.rows;
            let text = format!("{rows} rows written to {shown}");
            Ok(Answer::new(json!({ "rows": rows, "file": shown }), text))
        }
    }
}

/// The rows of each chunk, in the order of the chunks.
pub(super) fn results<'a>(
    jobs: &'a Jobs,
    store: &'a TenantStore,
    job: &'a Job,
) -> impl Stream<Item = Result<Vec<Line>, Failure>> + 'a {
    let read = move |chunk| async move {
        let bytes = jobs.result_bytes(store, job, chunk).await?;
        let found = bytes.and_then(|bytes| lines(job.kind, &bytes));
        found.ok_or_else(|| {
            Failure::Refused(format!(
                "the results of chunk {chunk} of job {} are not in the bucket, or not any more; \
                 check that --bucket names the stack's own",
                job.id
            ))
        })
    };
    stream::iter(1..=job.chunks().unwrap_or(0)).map(read).buffered(READS)
}

fn unwritten(to: &str, error: &io::Error) -> Failure {
    Failure::Refused(format!("the results can't be written to {to}: {error}"))
}

/// Writes all rows. A reader that has seen enough is no failure.
async fn write(
    sheet: &mut Sheet<impl Write>,
    chunks: impl Stream<Item = Result<Vec<Line>, Failure>>,
    to: &str,
) -> Result<(), Failure> {
    let mut chunks = std::pin::pin!(chunks);
    let written = loop {
        match chunks.try_next().await? {
            None => break sheet.finish(),
            Some(lines) => {
                if let Err(error) = lines.iter().try_for_each(|line| sheet.row(line)) {
                    break Err(error);
                }
            }
        }
    };
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(unwritten(to, &error)),
        _ => Ok(()),
    }
}
