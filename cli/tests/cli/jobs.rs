//! Jobs: imports a file, shows its results and sends failed rows again.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use people_testkit::TestTenant;
use serde_json::{Value, json};

use crate::command::{Run, UNREACHABLE_URL, jobs_command, run_command, write_file};

fn run_people(words: &str) -> Run {
    run_command(jobs_command(), words)
}

#[tokio::test]
async fn a_file_is_imported_told_and_what_failed_sent_again() {
    let test = TestTenant::new().await;
    let tenant = &test.tenant.id;
    let row = |n: usize| match n {
        2 => json!({ "Email": "nobody" }),
        _ => json!({ "Email": format!("p{n}@abc.com"), "companies": [{ "N": "abc, Inc." }] }),
    };
    let lookups = json!({ "companies": { "Company_ID": { "fields": { "N": "Name" } } } });
    let body = json!({ "records": (1..=3).map(row).collect::<Vec<_>>(), "lookups": lookups });
    let path = write_file("people.json", body.to_string());

    let imported = run_people(&format!("--json import {tenant} {} --timeout 60", path.display()));
    assert_eq!(imported.code, 4, "{imported:?}");
    let summary: Value = serde_json::from_str(&imported.stdout).unwrap();
    assert_eq!((&summary["rows"]["partial"], &summary["rows"]["failure"]), (&json!(2), &json!(1)));
    let job = summary["id"].as_str().unwrap();

    let table = run_people(&format!("job results {tenant} {job} --format csv")).assert_success();
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(lines[0], "rowNumber,operationStatus,email,gsid,errors");
    let fault = "Email: Invalid email value (GSOBJ_VDTEMAIL1001)";
    let sought =
        r#"Company_ID: Invalid gsid value (GSOBJ_VDTGSID1001), looked for Name ""abc, Inc.""#;
    assert!(lines[1].contains(sought), "{table}");
    assert!(lines[2].starts_with("2,FAILURE,nobody,,") && lines[2].contains(fault), "{table}");
    let failed = run_people(&format!("job results {tenant} {job} --failed")).assert_success();
    assert_eq!(failed.lines().count(), 3, "{failed}");
    assert!(run_people(&format!("job show {tenant} {job}")).assert_success().contains("COMPLETED"));
    let payload = write_file("failed.json", "what was there");
    let words = "--failed --format payload --output";
    run_people(&format!("job results {tenant} {job} {words} {}", payload.display()))
        .assert_success();
    let payload: Value = serde_json::from_slice(&std::fs::read(payload).unwrap()).unwrap();
    assert_eq!(payload, body, "all rows failed in part at least");

    test.create_company("abc, Inc.").await;
    let again =
        run_people(&format!("--json job retry-failed {tenant} {job} --partial --timeout 60"));
    assert_eq!(again.code, 4, "{again:?}");
    let summary: Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!((&summary["rows"]["success"], &summary["rows"]["failure"]), (&json!(2), &json!(1)));
    assert_eq!(summary["retryOf"], job);
}

#[tokio::test]
async fn rows_of_people_async_are_sent_again_whole_or_not_at_all() {
    let test = TestTenant::new().await;
    let tenant = &test.tenant.id;
    let person = json!({ "Email": "p1@abc.com", "companies": [{ "Company_ID": "1P0" }] });
    let records = json!([person, { "Email": "p2@abc.com" }]);
    let answer = test.api().put("/v1/peoplemgmt/v1.0/people/async", &records).await;
    let job = answer.body["data"]["statusId"].as_str().unwrap();
    assert_eq!(run_people(&format!("job wait {tenant} {job} --timeout 60")).code, 4);
    let again = run_people(&format!("--json job retry-failed {tenant} {job} --timeout 60"));
    assert_eq!(again.code, 4, "{again:?}");
    let summary: Value = serde_json::from_str(&again.stdout).unwrap();
    assert!(again.stderr.contains("1 row sent again as job "), "{again:?}");
    assert_eq!((&summary["kind"], &summary["rows"]["total"]), (&json!("async"), &json!(1)));
    assert_eq!((&summary["rows"]["partial"], &summary["rows"]["failure"]), (&json!(0), &json!(1)));
    assert!(again.stderr.contains("Careful"), "{again:?}");
}

#[tokio::test]
async fn what_can_not_be_a_payload_is_said_before_it_is_sent() {
    let test = TestTenant::new().await;
    let tenant = &test.tenant.id;
    run_people(&format!("import {tenant} /nowhere/people.json")).assert_failure(1, "can't be read");
    let empty = write_file("empty.json", "");
    run_people(&format!("import {tenant} {}", empty.display())).assert_failure(1, "is empty");
    let cut = write_file("cut.json.gz", [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1, 2]);
    run_people(&format!("import {tenant} {}", cut.display())).assert_failure(1, "not valid gzip");
    for (name, text, expected) in [
        ("people.csv", "Email,Name\na@abc.com,Ann\n", "looks like CSV"),
        ("people.xlsx", "PK\x03\x04", "looks like XLSX"),
        ("list.json", "[{}]", "looks like a JSON list alone"),
        ("people.jsonl", "{\"Email\":\"a\"}\n{\"Email\":\"b\"}\n", "looks like JSON lines"),
    ] {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(text.as_bytes()).unwrap();
        let packed = write_file(&format!("{name}.gz"), gzip.finish().unwrap());
        for path in [write_file(name, text), packed] {
            let mut command = jobs_command();
            command.env("AWS_ENDPOINT_URL_S3", UNREACHABLE_URL);
            let expected = format!("{}: {expected}", path.display());
            run_command(command, &format!("import {tenant} {}", path.display()))
                .assert_failure(1, &expected);
        }
    }
    let unknown = "01890000-0000-7000-8000-000000000000";
    run_people(&format!("job show {tenant} {unknown}")).assert_failure(1, "has no job");
}

#[tokio::test]
async fn a_refused_payload_is_told_wherever_its_job_is() {
    let test = TestTenant::new().await;
    let tenant = &test.tenant.id;
    let broken = write_file("broken.json", r#"{"records":[{]}"#);
    let imported = run_people(&format!("--json import {tenant} {} --timeout 60", broken.display()));
    let summary: Value = serde_json::from_str(&imported.stdout).unwrap();
    let job = summary["id"].as_str().unwrap();
    let wait = run_people(&format!("--json job wait {tenant} {job} --timeout 60"));
    let show = run_people(&format!("--json job show {tenant} {job}"));
    let expected = "The payload was refused; nothing was written: The payload is not JSON: an unexpected \
        character at byte 13, in row 1";
    for (run, code) in [(imported, 1), (wait, 1), (show, 0)] {
        assert_eq!(run.code, code, "{run:?}");
        assert_eq!(run.stderr.lines().last(), Some(expected), "{run:?}");
        let shown: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!((&shown["refused"], &shown["rows"]["total"]), (&json!(true), &json!(0)));
    }
    let text = run_people(&format!("job show {tenant} {job}")).assert_success();
    assert!(text.contains("COMPLETED, the payload was refused"), "{text}");
}
