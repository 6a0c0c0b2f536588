//! A folder of data: it keeps people, keys and upload URLs, and has one server at a time.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use serde_json::json;

use crate::server::{RunningServer, run_refused, serve_command};

#[tokio::test]
async fn people_and_the_key_are_there_after_every_kind_of_end() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("people-data");
    let mut key = None;
    for (n, signal) in ["-TERM", "-INT", "-HUP", "-KILL"].into_iter().enumerate() {
        let server = RunningServer::start_with_data(&data);
        let api = server.api();
        let known = key.get_or_insert_with(|| server.text("accessKey").to_owned());
        assert_eq!(server.text("accessKey"), known);
        for earlier in 0..n {
            let person = api.get_person(&format!("{earlier}@abc.com")).await;
            assert_eq!(person.status.as_u16(), 200, "after {signal}");
        }
        api.upsert_person(&json!({ "Email": format!("{n}@abc.com") })).await.gsid();
        let (status, _) = server.end(signal).await;
        assert_eq!(status.code(), (signal != "-KILL").then_some(0));
    }
    let server = RunningServer::start_with_data(&data);
    assert_eq!(server.api().get_person("3@abc.com").await.status.as_u16(), 200);
}

#[tokio::test]
async fn an_upload_url_is_valid_after_a_restart_at_the_same_port() {
    let folder = tempfile::tempdir().unwrap();
    let first = RunningServer::start_with_data(folder.path());
    let base = first.text("baseUrl").to_owned();
    let path = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/people/uploads";
    let upload = first.api().post(path, &json!({})).await;
    first.end("-TERM").await;
    let port = base.rsplit(':').next().unwrap();
    let mut command = serve_command(&format!("--json --port {port} --data"));
    command.arg(folder.path());
    let second = RunningServer::start_command(command);
    let url = upload.body["data"]["uploadUrl"].as_str().unwrap();
    let body = r#"{"records":[{"Email":"a@abc.com"}]}"#;
    let put = reqwest::Client::new().put(url).body(body).send().await.unwrap();
    assert_eq!(put.status().as_u16(), 200);
    let status_url = upload.body["data"]["statusUrl"].as_str().unwrap();
    crate::server::poll_job(&second.api(), status_url, crate::server::is_completed).await;
}

#[tokio::test]
async fn a_folder_has_one_server_and_its_secrets_one_reader() {
    let folder = tempfile::tempdir().unwrap();
    let server = RunningServer::start_with_data(folder.path());
    let mut second = serve_command("--json --port 0 --data");
    second.arg(folder.path());
    let (code, said) = run_refused(second);
    assert_eq!(code, 1);
    assert!(said.contains("another server uses this folder"), "{said}");
    server
        .api()
        .post(
            "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/people",
            &json!({ "records": [{}] }),
        )
        .await;
    let mut folders = vec![folder.path().to_owned()];
    let mut files = 0;
    while let Some(inner) = folders.pop() {
        for entry in std::fs::read_dir(inner).unwrap() {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0, "{}", entry.path().display());
            files += 1;
            if entry.path().is_dir() {
                folders.push(entry.path());
            }
        }
    }
    assert!(files > 6, "table, secrets, variables, lock and the objects of a job: {files}");
    server.end("-TERM").await;
    assert!(!folder.path().join("serve.env").exists(), "it names a server that has ended");
}

#[tokio::test]
async fn the_other_commands_work_in_a_shell_with_its_variables() {
    let folder = tempfile::tempdir().unwrap();
    let server = RunningServer::start_with_data(folder.path());
    let file = folder.path().join("people.json");
    std::fs::write(&file, r#"{"records":[{"Email":"a@abc.com"},{"Email":"nobody"}]}"#).unwrap();
    let script = r#". "$1/serve.env"; "$2" tenant list --json; "$2" import demo "$1/people.json""#;
    let mut shell = Command::new("sh");
    shell.env_clear().args(["-c", script, "sh"]).arg(folder.path());
    let output = shell.arg(env!("CARGO_BIN_EXE_people")).output().unwrap();
    let (stdout, stderr) =
        (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(stdout.contains(r#""id": "demo""#), "{stdout}\n{stderr}");
    assert_eq!(output.status.code(), Some(4), "a row failed: {stdout}\n{stderr}");
    assert_eq!(server.api().get_person("a@abc.com").await.status.as_u16(), 200);
}
