//! `people job results`: what became of each row, chunk by chunk; a few chunks are held, never all.

use std::io::{self, Write};
use std::path::Path;

use futures::stream::{self, Stream, StreamExt, TryStreamExt};
use people_domain::count::print_count;
use people_jobs::Jobs;
use people_storage::TenantStore;
use people_storage::jobs::{Job, JobState};
use serde_json::json;

use super::draft::Draft;
use super::line::{Line, lines};
use super::sheet::{Look, Sheet};
use super::{completed, of, picked};
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
    let look = match (args.format, global.json && file.is_none()) {
        (Format::Csv, true) => return Err(Failure::Usage(CSV_AND_JSON)),
        (Format::Csv, false) => Look::Csv,
        (_, true) => Look::List,
        (_, false) => Look::Lines,
    };
    let config = place::reading(args.bucket)?;
    let store = of(global, &args.job).await?;
    let job = completed(&store, &args.job.job).await?;
    let jobs = place::open(config).await;
    let wanted = Wanted { jobs: &jobs, store: &store, job: &job, failed: args.failed };
    let Some(path) = file else {
        return match wanted.write(&mut io::stdout().lock(), args.format, look).await? {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(unwritten("stdout", &error))
            }
            // A reader that has seen enough is no failure.
            _ => Ok(Answer::written()),
        };
    };
    let shown = path.display().to_string();
    let failed = |error| unwritten(&shown, &error);
    let mut draft = Draft::new(path).map_err(failed)?;
    let rows = wanted.write(&mut draft, args.format, look).await?.map_err(failed)?;
    draft.done().map_err(failed)?;
    let text = format!("{} written to {shown}", print_count(rows, "row"));
    Ok(Answer::new(json!({ "rows": rows, "file": shown }), text))
}

/// Rows that are to be written.
struct Wanted<'a> {
    jobs: &'a Jobs,
    store: &'a TenantStore,
    job: &'a Job,
    /// Whether only those that failed, wholly or in part.
    failed: bool,
}

impl Wanted<'_> {
    /// Writes them; how many they were, or why the last could not be.
    async fn write(
        &self,
        out: &mut impl Write,
        format: Format,
        look: Look,
    ) -> Result<io::Result<u64>, Failure> {
        match format {
            Format::Payload => self.payload(out).await,
            Format::Jsonl | Format::Csv => self.sheet(Sheet::new(out, look)).await,
        }
    }

    async fn sheet(&self, mut sheet: Sheet<impl Write>) -> Result<io::Result<u64>, Failure> {
        let mut chunks = std::pin::pin!(results(self.jobs, self.store, self.job));
        while let Some(lines) = chunks.try_next().await? {
            let mut lines = lines.iter().filter(|line| !(self.failed && line.succeeded()));
            if let Err(error) = lines.try_for_each(|line| sheet.row(line)) {
                return Ok(Err(error));
            }
        }
        Ok(sheet.finish().map(|()| sheet.rows))
    }

    async fn payload(&self, out: &mut impl Write) -> Result<io::Result<u64>, Failure> {
        if let JobState::Completed { message: Some(message), .. } = &self.job.state {
            return Err(Failure::Refused(format!(
                "the payload of job {} was refused as a whole: {message}; mend the file itself",
                self.job.id
            )));
        }
        let numbers = picked::numbers(self.jobs, self.store, self.job, true).await?;
        let payload = picked::payload(self.jobs, self.store, self.job, &numbers).await?;
        let written = out.write_all(&payload).and_then(|()| writeln!(out));
        Ok(written.and_then(|()| out.flush()).map(|()| numbers.len() as u64))
    }
}

/// The rows of each chunk, in the order of the chunks.
pub(super) fn results<'a>(
    jobs: &'a Jobs,
    store: &'a TenantStore,
    job: &'a Job,
) -> impl Stream<Item = Result<Vec<Line>, Failure>> + 'a {
    let read = move |chunk| async move {
        let bytes = jobs.result_bytes(store, job, chunk).await.map_err(Failure::bucket)?;
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
