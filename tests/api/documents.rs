//! Runs the commands of README and docs/ as they are written, so that they work when pasted.

use std::path::{Path, PathBuf};

use people_testkit::{TestStack, TestTenant};
use serde_json::json;
use tokio::process::Command;

use crate::jobs::poll::{BULK_ASYNC, wait_for_job};
use crate::jobs::uploads::gzip;

/// Commands that start, build or deploy a stack; `.ci/run` runs those of them that need no account.
const NOT_RUN: [&str; 5] = ["cargo serve", "cargo xtask ", "cargo install ", "sam ", ".ci/run"];

/// A prelude of the commands: `curl` fails on an error and saves its output for `answered`.
const SHELL: &str = r#"
set -euo pipefail
curl() { command curl -sS --fail-with-body "$@" | tee answer; echo; }
answered() { python3 -c 'import json; print(json.load(open("answer"))["data"]["'"$1"'"])'; }
"#;

fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the workspace").to_owned()
}

/// Returns the code blocks of a language in a document.
fn code_blocks(document: &str, language: &str) -> Vec<String> {
    let text = std::fs::read_to_string(workspace_root().join(document)).expect("the document");
    let start = format!("```{language}\n");
    let blocks = text.split(&start).skip(1);
    blocks.map(|rest| rest.split("```").next().unwrap_or_default().to_owned()).collect()
}

/// Replaces the placeholders of a line, and expects the exit code that its comment names.
fn fill_in(line: &str) -> String {
    let name = line.split_once("=…").map(|(name, _)| name);
    match name {
        Some("KEY") => return "KEY=$TEST_KEY".to_owned(),
        Some("UPLOAD_URL") => return "UPLOAD_URL=$(answered uploadUrl)".to_owned(),
        Some("STATUS_URL") => return "STATUS_URL=$(answered statusUrl)".to_owned(),
        Some("JOB") => return "JOB=$(cat job)".to_owned(),
        Some(name) => panic!("the placeholder {name} has no value in this test"),
        None => {}
    }
    let (command, comment) = line.split_once(" # ").unwrap_or((line, ""));
    match comment.split_once("exit code ").and_then(|(_, code)| code.split(' ').next()) {
        Some(code) => format!("{command} || test $? = {code}"),
        None => line.to_owned(),
    }
}

/// Joins the commands of a document into one script. Its `acme` is `tenant`, and its `demo` the
/// tenant that a server has from its start.
fn build_script(document: &str, tenant: &str, demo: &str) -> String {
    let lines = code_blocks(document, "sh").concat();
    let lines = lines.lines().filter(|line| !NOT_RUN.iter().any(|start| line.starts_with(start)));
    let lines: Vec<String> = lines.map(fill_in).collect();
    let script = format!("{SHELL}{}\n", lines.join("\n"));
    let key_id = r#""$(cargo people --json key list TENANT | python3 -c 'import json,sys; print(json.load(sys.stdin)[0]["id"])')""#;
    script
        .replace("http://127.0.0.1:9000", "$TEST_BASE")
        .replace("~/.people/serve-9000.env", "$TEST_ENVIRONMENT")
        .replace("KEYID", &key_id.replace("TENANT", "acme"))
        .replace(" acme", &format!(" {tenant}"))
        .replace(" demo", &format!(" {demo}"))
}

/// Runs the commands of a document in a directory with these files and returns their stdout.
async fn run_document(
    document: &str,
    (tenant, demo): (&str, &str),
    key: &str,
    files: &[(&str, Vec<u8>)],
) -> String {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(document.replace('/', "-"));
    // Files of an earlier run would answer for this one.
    _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    for (name, bytes) in files {
        std::fs::write(folder.join(name), bytes).expect("a file");
    }
    let stack = std::env::var("PEOPLE_STACK").expect("a stack");
    let built = std::env::current_exe().expect("a test");
    let built = built.parent().and_then(Path::parent).expect("target/debug");
    let path = std::env::var("PATH").expect("a path");
    let base = TestStack::from_env().base_url;
    let mut shell = Command::new("bash");
    // As in a reader's shell, without the variables that Cargo sets for a test.
    shell.env_clear().current_dir(&folder).arg("-c").arg(build_script(document, tenant, demo));
    for name in ["HOME", "CARGO_HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"] {
        shell.envs(std::env::var(name).map(|value| (name, value)));
    }
    shell.env("PATH", format!("{}:{path}", built.display()));
    shell.env("TEST_KEY", key).env("TEST_BASE", base);
    shell.env("TEST_ENVIRONMENT", stack.replace(".json", ".env"));
    let output = shell.output().await.expect("bash");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{document}: {}\n{stdout}\n{stderr}", output.status);
    stdout
}

#[tokio::test]
async fn the_readme_works_as_written() {
    let test = TestTenant::new().await;
    let tenant = format!("{}-doc", test.tenant.id);
    let stdout = run_document("README.md", (&tenant, &test.tenant.id), &test.key, &[]).await;
    assert!(stdout.contains(r#""statusUrl""#), "the bulk job is accepted: {stdout}");
    assert!(stdout.contains("Invalid email value"), "the failed row is explained: {stdout}");
    assert!(stdout.contains("Usage: people"), "the last command prints help: {stdout}");
}

#[tokio::test]
async fn the_document_of_the_server_works_as_written() {
    let stdout = run_document("docs/serve.md", ("", ""), "", &[]).await;
    assert!(stdout.contains(r#""email":"a@abc.com""#), "{stdout}");
}

#[tokio::test]
async fn the_schema_document_works_as_written() {
    let test = TestTenant::new().await;
    let schema = code_blocks("docs/schema.md", "yaml").remove(0);
    let files = [("phones.yaml", schema.into_bytes())];
    let stdout = run_document("docs/schema.md", ("", &test.tenant.id), &test.key, &files).await;
    assert!(stdout.contains(r#""Deskphone__gr.Number":"9234567891""#), "{stdout}");
}

#[tokio::test]
async fn the_document_of_exports_works_as_written() {
    let test = TestTenant::new().await;
    let company = test.create_company("abc, Inc.").await;
    let person = json!({ "Email": "jsmith@abc.com", "FirstName": "John",
        "companies": [{ "Company_ID": company }] });
    test.api().upsert_person(&person).await.gsid();
    let copy = format!("{}-doc", test.tenant.id);
    let stdout = run_document("docs/export.md", (&copy, &test.tenant.id), "", &[]).await;
    assert!(stdout.contains(r#""Email":"jsmith@abc.com""#), "the person is listed: {stdout}");
    assert!(stdout.contains("people success     1"), "the person is imported: {stdout}");
}

#[tokio::test]
async fn the_document_of_jobs_works_as_written() {
    let test = TestTenant::new().await;
    let payload = json!({ "records": [{ "Email": "a@abc.com" }, { "Email": "nobody" }] });
    let posted = test.api().post(BULK_ASYNC, &payload).await;
    let id = posted.body["data"]["jobId"].as_str().expect("a job").to_owned();
    wait_for_job(&test.api(), &posted).await;
    let payload = payload.to_string().into_bytes();
    let files =
        [("people.json.gz", gzip(&payload)), ("people.json", payload), ("job", id.into_bytes())];
    let stdout = run_document("docs/jobs.md", (&test.tenant.id, ""), &test.key, &files).await;
    assert!(stdout.contains(r#""statusType":"#), "{stdout}");
}
