//! The options of `people serve`.

use serde_json::json;

use crate::server::{RunningServer, run_refused, serve_command};

#[tokio::test]
async fn limits_are_none_or_those_that_are_documented() {
    for (options, limit) in
        [("", "1000000000"), ("--limits none", "1000000000"), ("--limits documented", "100")]
    {
        let server = RunningServer::start(options);
        let reply = server.api().get_person("a@abc.com").await;
        assert_eq!(reply.headers["ratelimit-limit"], limit, "{options}");
    }
}

#[tokio::test]
async fn a_schema_is_applied_to_the_tenant() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("schema.yaml");
    std::fs::write(&file, "objects:\n  person:\n    fields:\n      Color__gc: { type: STRING }\n")
        .unwrap();
    let server = RunningServer::start(&format!("--tenant acme --schema {}", file.display()));
    let person = json!({ "Email": "a@abc.com", "Color__gc": "red" });
    server.api().upsert_person(&person).await.gsid();
    assert_eq!(server.api().get_person("a@abc.com").await.body["data"]["color__gc"], "red");
    std::fs::write(&file, "objects: 1\n").unwrap();
    let command = serve_command(&format!("--json --port 0 --schema {}", file.display()));
    let (code, said) = run_refused(command);
    assert_eq!(code, 1);
    assert!(said.contains("schema.yaml:1"), "{said}");
}

#[test]
fn other_machines_are_served_with_data_and_a_known_key_only() {
    let folder = tempfile::tempdir().unwrap();
    let host = "--json --port 0 --host 0.0.0.0";
    let with_data = format!("{host} --data {}", folder.path().display());
    let mut malformed = serve_command("--json --port 0");
    malformed.env("PEOPLE_ACCESS_KEY", "secret");
    for (command, expected) in [
        (serve_command(host), "needs --data DIR"),
        (serve_command(&with_data), "PEOPLE_ACCESS_KEY"),
        (malformed, "PEOPLE_ACCESS_KEY is no access key"),
    ] {
        let (code, said) = run_refused(command);
        assert_eq!(code, 2, "{said}");
        assert!(said.contains(expected), "{said}");
        assert!(!said.contains("secret"), "{said}");
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_named_with_the_way_out() {
    let server = RunningServer::start("");
    let port = server.text("baseUrl").rsplit(':').next().unwrap().to_owned();
    let (code, said) = run_refused(serve_command(&format!("--json --port {port}")));
    assert_eq!(code, 1);
    assert!(said.contains(&format!("127.0.0.1:{port}")) && said.contains("--port 0"), "{said}");
}

#[tokio::test]
async fn a_given_key_is_the_only_key() {
    let first = RunningServer::start("");
    let key = first.text("accessKey").to_owned();
    let mut command = serve_command("--json --port 0");
    command.env("PEOPLE_ACCESS_KEY", &key);
    let second = RunningServer::start_command(command);
    assert_eq!(second.text("accessKey"), key);
    second.api().upsert_person(&json!({ "Email": "a@abc.com" })).await.gsid();
}
