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

/// A schema file without a field that the tenant has is refused: removing it hides its values.
#[tokio::test]
async fn a_schema_at_the_start_removes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().join("data"), folder.path().join("schema.yaml"));
    let schema = |field: &str| {
        let text = format!("objects:\n  person:\n    fields:\n      {field}: {{ type: STRING }}\n");
        std::fs::write(&file, text).unwrap();
        let mut command = serve_command("--json --port 0 --data");
        command.arg(&data).arg("--schema").arg(&file);
        command
    };
    RunningServer::start_command(schema("Color__gc")).end("-TERM").await;
    let (code, said) = run_refused(schema("Size__gc"));
    assert_eq!(code, 1);
    assert!(said.contains("- field person.Color__gc"), "{said}");
}

#[test]
fn other_machines_are_served_with_data_and_a_known_key_only() {
    let folder = tempfile::tempdir().unwrap();
    let host = "--json --port 0 --host 0.0.0.0";
    let with_data = format!("{host} --data {}", folder.path().display());
    let path = "--json --port 0 --public-url http://a/b";
    let mut malformed = serve_command("--json --port 0");
    malformed.env("PEOPLE_ACCESS_KEY", "secret");
    for (command, expected) in [
        (serve_command(host), "needs --data DIR"),
        (serve_command(&with_data), "an access key of your own in PEOPLE_ACCESS_KEY"),
        (malformed, "PEOPLE_ACCESS_KEY is no access key"),
        (serve_command(path), "without a path"),
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

/// The generated key of a folder is worth nothing once another is given.
#[tokio::test]
async fn a_given_key_replaces_the_generated_one() {
    let folder = tempfile::tempdir().unwrap();
    let generated = RunningServer::start_with_data(folder.path());
    let old = generated.text("accessKey").to_owned();
    generated.end("-TERM").await;
    let given = RunningServer::start("").text("accessKey").to_owned();
    let mut command = serve_command("--json --port 0 --data");
    command.arg(folder.path()).env("PEOPLE_ACCESS_KEY", &given);
    let server = RunningServer::start_command(command);
    assert_eq!(server.text("accessKey"), given);
    server.api().upsert_person(&json!({ "Email": "a@abc.com" })).await.gsid();
    let api = people_testkit::Api::new(server.text("baseUrl"), &old);
    assert_eq!(api.get_person("a@abc.com").await.status.as_u16(), 401);
    server.end("-TERM").await;
    let server = RunningServer::start_with_data(folder.path());
    assert_eq!(server.text("accessKey"), given, "the folder keeps it");
}

/// Each tenant of a folder has a key of its own.
#[tokio::test]
async fn a_folder_serves_several_tenants_one_after_the_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut keys = Vec::new();
    for tenant in ["demo", "acme", "demo"] {
        let mut command = serve_command(&format!("--json --port 0 --tenant {tenant} --data"));
        command.arg(folder.path());
        let server = RunningServer::start_command(command);
        keys.push(server.text("accessKey").to_owned());
        server.api().upsert_person(&json!({ "Email": "a@abc.com" })).await.gsid();
        server.end("-TERM").await;
    }
    assert!(keys[0] == keys[2] && keys[0] != keys[1]);
}
