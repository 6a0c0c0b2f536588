//! Failures of jobs: a missing bucket or queue, an upload that never came, a reader that closed the
//! pipe.

use std::process::{Command, Stdio};

use people_testkit::{TestTenant, new_upload_submission};
use serde_json::{Value, json};

use crate::command::{Run, UNREACHABLE_URL, jobs_command, run_command, write_file};

/// Creates a job whose only row failed.
fn create_failed_job(tenant: &str) -> String {
    let path = write_file(
        &format!("{tenant}.json"),
        json!({ "records": [{ "Email": "no" }] }).to_string(),
    );
    let run = run_command(
        jobs_command(),
        &format!("--json import {tenant} {} --timeout 60", path.display()),
    );
    let summary: Value = serde_json::from_str(&run.stdout).unwrap();
    summary["id"].as_str().unwrap().to_owned()
}

fn jobs_command_with(name: &str, value: &str) -> Command {
    let mut command = jobs_command();
    command.env(name, value);
    command
}

#[tokio::test]
async fn what_fails_is_named_with_its_setting() {
    let test = TestTenant::new().await;
    let tenant = &test.tenant.id;
    let job = create_failed_job(tenant);
    let (results, retry) = (
        format!("job results {tenant} {job}"),
        format!("job retry-failed {tenant} {job} --timeout 60"),
    );
    let queue = format!("{}/000000000000/none", test.stack.sqs_url);
    for (variable, value, words, code, said) in [
        ("PAYLOAD_BUCKET", "no-such-bucket", &results, 1, "--bucket"),
        ("AWS_ENDPOINT_URL_S3", UNREACHABLE_URL, &results, 3, "AWS_ENDPOINT_URL_S3"),
        ("SMALL_JOB_QUEUE_URL", &queue, &retry, 1, "--small-job-queue-url"),
        ("AWS_ENDPOINT_URL_SQS", UNREACHABLE_URL, &retry, 3, "AWS_ENDPOINT_URL_SQS"),
    ] {
        let run = run_command(jobs_command_with(variable, value), words);
        run.assert_failure(code, said);
        assert!(!run.stderr.contains("--endpoint-url"), "{run:?}");
    }
    let there = write_file(&format!("{tenant}.csv"), "what was there");
    let words = format!("{results} --format csv --output {}", there.display());
    run_command(jobs_command_with("PAYLOAD_BUCKET", "no-such-bucket"), &words)
        .assert_failure(1, "--bucket");
    assert_eq!(std::fs::read_to_string(there).unwrap(), "what was there");
}

#[tokio::test]
async fn an_upload_that_never_came_ends_when_somebody_asks() {
    let test = TestTenant::new().await;
    let tenant = &test.tenant.id;
    let submission = new_upload_submission(0);
    let id = submission.id.clone();
    test.uncached_store().create_job(&submission).await.unwrap();
    let show = format!("job show {tenant} {id}");
    let awaited = "awaiting its upload until 1970-01-01";
    let shown = run_command(jobs_command_with("PAYLOAD_BUCKET", ""), &show).assert_success();
    assert!(shown.contains(awaited), "{shown}");
    run_command(jobs_command_with("PAYLOAD_BUCKET", "no-such-bucket"), &show)
        .assert_failure(1, "--bucket");
    let wait = format!("job wait {tenant} {id} --timeout 5");
    run_command(jobs_command_with("PAYLOAD_BUCKET", ""), &wait).assert_failure(1, awaited);
    let Run { code, stdout, .. } = run_command(jobs_command(), &wait);
    assert_eq!((code, stdout.contains("COMPLETED")), (1, true), "{stdout}");
    assert!(run_command(jobs_command(), &show).assert_success().contains("Nothing was uploaded"));
}

#[tokio::test]
async fn a_reader_that_left_is_no_failure() {
    let test = TestTenant::new().await;
    let (tenant, job) = (&test.tenant.id, create_failed_job(&test.tenant.id));
    for words in [format!("job results {tenant} {job}"), format!("--json job show {tenant} {job}")]
    {
        let mut command = jobs_command();
        command.args(words.split_whitespace()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said.as_str()), (Some(0), ""), "{words}");
    }
}
