//! `people import`: uploads a file directly to the bucket, whose upload event starts a job.

mod file;
mod file_format;
mod upload;

use people_domain::count::format_count;
use people_jobs::UploadTicket;
use serde_json::json;

use crate::args::job::ImportArgs;
use crate::cli::GlobalArgs;
use crate::error::CommandError;
use crate::output::{CommandOutput, print_message};
use crate::{aws_resources, job, schema, store};
use file::PayloadFile;

pub(crate) async fn run(
    global: GlobalArgs,
    args: ImportArgs,
) -> Result<CommandOutput, CommandError> {
    let payload = PayloadFile::open(&args.file, args.new.payload_limit_mb)?;
    let config = aws_resources::config_for_upload(args.new)?;
    let store =
        schema::find_tenant_store(&store::open_store(global).await?, args.tenant.as_str()).await?;
    let jobs = aws_resources::connect_jobs(config).await;
    let UploadTicket { job: id, url, .. } = jobs.create_upload(&store).await?;
    let size = payload.size;
    let tenant = &args.tenant;
    upload::upload_payload(payload, &url, tenant, &id).await?;
    let bytes = format_count(size, "byte");
    if args.no_wait {
        let result = json!({ "id": id.as_str(), "bytes": size });
        let note = format!("{bytes} sent: `people job wait {tenant} {id}`.");
        return Ok(CommandOutput::new(result, id.to_string()).with_note(note));
    }
    print_message(&format!("{bytes} sent; this is job {id}."));
    let summary = job::wait_for_job(&store, Some(&jobs), &id, args.wait).await?;
    Ok(summary.into_final_output(tenant.as_str()))
}
