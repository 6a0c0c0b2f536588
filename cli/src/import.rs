//! `people import`: uploads a file directly to the bucket, whose upload event starts a job. The
//! directory of an export is imported in steps.

mod directory;
mod file;
mod file_format;
mod upload;

use people_domain::count::format_count;
use people_jobs::{Jobs, UploadTicket};
use people_storage::TenantStore;
use people_storage::jobs::JobId;
use serde_json::json;

use crate::args::job::ImportArgs;
use crate::cli::GlobalArgs;
use crate::error::CommandError;
use crate::output::{CommandOutput, print_message};
use crate::parsers::TenantId;
use crate::{aws_resources, job, schema, store};
use file::PayloadFile;

pub(crate) async fn run(
    global: GlobalArgs,
    args: ImportArgs,
) -> Result<CommandOutput, CommandError> {
    if args.file.is_dir() {
        return directory::import_directory(global, args).await;
    }
    let payload = PayloadFile::open(&args.file, args.new.payload_limit_mb)?;
    let config = aws_resources::config_for_upload(args.new)?;
    let store =
        schema::find_tenant_store(&store::open_store(global).await?, args.tenant.as_str()).await?;
    let jobs = aws_resources::connect_jobs(config).await;
    let (size, tenant) = (payload.size, &args.tenant);
    let id = send_payload(&store, &jobs, payload, tenant).await?;
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

/// Uploads a payload as a new job.
async fn send_payload(
    store: &TenantStore,
    jobs: &Jobs,
    payload: PayloadFile,
    tenant: &TenantId,
) -> Result<JobId, CommandError> {
    let UploadTicket { job, url, .. } = jobs.create_upload(store).await?;
    upload::upload_payload(payload, &url, tenant, &job).await?;
    Ok(job)
}
