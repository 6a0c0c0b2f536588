//! A started server: its announcement, its sockets, its endpoints.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use serde_json::json;

use crate::server::{RunningServer, is_completed, poll_job, serve_command};

const BULK_ASYNC: &str = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async/people";

#[tokio::test]
async fn it_serves_people_jobs_and_uploads_and_ends_by_a_signal() {
    let server = RunningServer::start("");
    assert_eq!(server.announced["pid"], server.id());
    assert_eq!(server.announced.as_object().unwrap().len(), 3);
    let api = server.api();
    let gsid = api.upsert_person(&json!({ "Email": "a@abc.com", "FirstName": "Ann" })).await.gsid();
    assert_eq!(api.get_person("a@abc.com").await.body["data"]["gsid"], *gsid);
    assert_eq!(api.get("/nope").await.status.as_u16(), 404);
    let posted = api.post(BULK_ASYNC, &json!({ "records": [{ "Email": "b@abc.com" }] })).await;
    let status_url = posted.body["data"]["statusUrl"].as_str().unwrap();
    let done = poll_job(&api, status_url, is_completed).await;
    assert_eq!(done.body["data"]["response"]["successCount"], 1);
    let upload = api.post(&format!("{BULK_ASYNC}/uploads"), &json!({})).await;
    let upload = &upload.body["data"];
    let url = upload["uploadUrl"].as_str().unwrap();
    assert!(url.starts_with(server.text("baseUrl")), "{url}");
    for body in [r#"{"records":[{"Email":"c@abc.com"}]}"#, r#"{"records":[]}"#] {
        let put = reqwest::Client::new().put(url).body(body).send().await.unwrap();
        assert_eq!(put.status().as_u16(), 200, "the later one is answered and dropped");
    }
    let done = poll_job(&api, upload["statusUrl"].as_str().unwrap(), is_completed).await;
    assert_eq!(done.body["data"]["response"]["successCount"], 1);
    let (status, rest) = server.end("-TERM").await;
    assert_eq!((status.code(), rest.as_str()), (Some(0), ""), "stdout is one line");
}

/// The two calls that a server prints work when they are pasted.
#[tokio::test]
async fn the_printed_lines_work() {
    let mut command = serve_command("--port 0");
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut calls = String::new();
    loop {
        let line = lines.next().unwrap().unwrap();
        if line.starts_with("curl ") {
            calls += &format!("{line}\n");
        }
        if line.starts_with("Not for production") {
            break;
        }
    }
    let output = Command::new("sh").arg("-ec").arg(&calls).output().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(calls.lines().count(), 2);
    assert!(said.contains("personGsid") && said.contains("\"lastname\":\"Smith\""), "{said}");
}

/// Table and queues are for programs that know the server's own key id, and for no page in a browser.
#[tokio::test]
async fn the_table_is_closed_to_others() {
    let server = RunningServer::start("");
    let client = reqwest::Client::new();
    for (id, origin) in [("test", None), ("", None), ("test", Some("http://example.com"))] {
        let request = client.post(server.text("baseUrl"));
        let request = request.header("X-Amz-Target", "DynamoDB_20120810.ListTables").body("{}");
        let request = request.header(
            "Authorization",
            format!("AWS4-HMAC-SHA256 Credential={id}/20260101/us-east-1/dynamodb/aws4_request"),
        );
        let request =
            origin.iter().fold(request, |request, origin| request.header("Origin", *origin));
        let reply = request.send().await.unwrap();
        assert_eq!(reply.status().as_u16(), 404, "{id:?} {origin:?}");
        assert!(!reply.headers().contains_key("access-control-allow-origin"));
    }
}

/// Of two puts of one URL at the same time one is refused, and can be sent again.
#[tokio::test]
async fn two_puts_at_once_are_one_payload() {
    let server = RunningServer::start("");
    let api = server.api();
    let upload = api.post(&format!("{BULK_ASYNC}/uploads"), &json!({})).await;
    let upload = &upload.body["data"];
    let url = upload["uploadUrl"].as_str().unwrap();
    let put = |n: usize| {
        let row = format!(r#"{{"Email":"u{n}@abc.com"}}"#);
        let body = format!(r#"{{"records":[{}]}}"#, vec![row; 20_000 + n].join(","));
        let request = reqwest::Client::new().put(url).body(body);
        async move { request.send().await.unwrap().status().as_u16() }
    };
    let statuses = futures::future::join_all((0..4).map(put)).await;
    assert!(statuses.iter().all(|status| [200, 409].contains(status)), "{statuses:?}");
    assert!(statuses.contains(&200), "{statuses:?}");
    assert_eq!(put(9).await, 200);
    let done = poll_job(&api, upload["statusUrl"].as_str().unwrap(), is_completed).await;
    let rows = done.body["data"]["response"]["totalRecords"].as_u64().unwrap();
    assert!((20_000..20_004).contains(&rows), "one of the first: {rows}");
}

#[tokio::test]
async fn the_bucket_refuses_what_nobody_signed() {
    let server = RunningServer::start("");
    let upload = server.api().post(&format!("{BULK_ASYNC}/uploads"), &json!({})).await;
    let url = upload.body["data"]["uploadUrl"].as_str().unwrap();
    let (plain, _) = url.split_once('?').unwrap();
    let client = reqwest::Client::new();
    for url in [plain.to_owned(), url.replace("Signature=", "Signature=0"), format!("{url}0")] {
        let put = client.put(&url).body("{}").send().await.unwrap();
        assert!(put.status().is_client_error(), "{}", put.status());
        let get = client.get(&url).send().await.unwrap();
        assert!(get.status().is_client_error(), "{}", get.status());
    }
}

#[tokio::test]
async fn every_socket_is_one_of_the_loopback_interface() {
    let server = RunningServer::start("");
    // Calls open connections too, which must not leave the machine either.
    server.api().upsert_person(&json!({ "Email": "a@abc.com" })).await.gsid();
    let descriptors = std::fs::read_dir(format!("/proc/{}/fd", server.id())).unwrap();
    let sockets: HashSet<String> = descriptors
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .filter_map(|link| {
            let link = link.to_str()?.strip_prefix("socket:[")?;
            Some(link.strip_suffix(']')?.to_owned())
        })
        .collect();
    let mut listening = 0;
    for table in ["tcp", "tcp6"] {
        let text = std::fs::read_to_string(format!("/proc/{}/net/{table}", server.id())).unwrap();
        for line in text.lines().skip(1) {
            let columns: Vec<_> = line.split_whitespace().collect();
            if sockets.contains(columns[9]) {
                // 127.0.0.1 in the order of bytes of this machine.
                assert!(columns[1].starts_with("0100007F:"), "{line}");
                listening += usize::from(columns[3] == "0A");
            }
        }
    }
    assert_eq!(listening, 1, "the API");
}
