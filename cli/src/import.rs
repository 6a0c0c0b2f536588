//! `people import`: a file goes straight into the bucket, and its arrival starts a job.

mod file;
mod form;
mod send;

use people_domain::count::print_count;
use people_jobs::Offer;
use serde_json::json;

use crate::args::job::Import;
use crate::cli::Global;
use crate::failure::Failure;
use crate::output::{Answer, say};
use crate::{job, place, schema, store};
use file::Payload;

pub(crate) async fn run(global: Global, args: Import) -> Result<Answer, Failure> {
    let payload = Payload::open(&args.file, args.new.payload_limit_mb)?;
    let config = place::uploading(args.new)?;
    let store = schema::of(&store::open(global).await?, args.tenant.as_str()).await?;
    let jobs = place::open(config).await;
    let Offer { job: id, url, .. } = jobs.offer_upload(&store).await?;
    let size = payload.size;
    let tenant = &args.tenant;
    send::put(payload, &url, tenant, &id).await?;
    let bytes = print_count(size, "byte");
    if args.no_wait {
        let result = json!({ "id": id.as_str(), "bytes": size });
        let note = format!("{bytes} sent: `people job wait {tenant} {id}`.");
        return Ok(Answer::new(result, id.to_string()).note(note));
    }
    say(&format!("{bytes} sent; this is job {id}."));
    let summary = job::wait(&store, Some(&jobs), &id, args.patience).await?;
    Ok(summary.ended(tenant.as_str()))
}
