//! Exports: their files, what changed since one, and an import into another tenant.

use std::path::Path;
use std::process::Stdio;

use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

use crate::command::{
    Run, command_at, jobs_command, new_directory, read_stack, run_command, run_people,
};
use crate::comparable_rows::{read_comparable_rows, read_rows};
use crate::export_tenant::{COMPANIES, PEOPLE, apply_schema, create_tenant};
use crate::stalling_proxy::StallingProxy;

fn export(tenant: &str, directory: &std::path::Path, flags: &str) -> Run {
    run_people(&format!("--json export {tenant} {} {flags}", directory.display()))
}

fn summary(run: Run) -> Json {
    serde_json::from_str(&run.assert_success()).unwrap()
}

#[tokio::test]
async fn every_row_of_a_tenant_is_in_the_file_of_its_object() {
    let test = create_tenant().await;
    let tenant = &test.tenant.id;
    let directory = new_directory(tenant);
    let run = summary(export(tenant, &directory, ""));
    let counts: Vec<_> = run["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| (&file["object"], &file["rows"]))
        .collect();
    // Each person but one has three companies, or four where a relationship is in another one.
    let associations = read_rows(&directory.join("company_person.jsonl.gz")).len();
    let nested = read_rows(&directory.join("relationship_person.jsonl.gz")).len();
    let expected = [
        ("company", COMPANIES),
        ("relationship", COMPANIES),
        ("asset", 2),
        ("px_account", 1),
        ("px_user", 2),
        ("person", PEOPLE),
        ("company_person", associations),
        ("relationship_person", nested),
    ];
    let expected: Vec<_> = expected.map(|(name, rows)| (json!(name), json!(rows))).into();
    assert_eq!(counts, expected.iter().map(|(a, b)| (a, b)).collect::<Vec<_>>());
    assert_eq!((associations > 3 * (PEOPLE - 1), nested), (true, 3 * (PEOPLE - 1)));

    let again = export(tenant, &directory, "");
    again.assert_failure(1, "holds a complete export");
    export(tenant, &new_directory(&format!("{tenant}-x")), "--objects people").assert_failure(
        1,
        "--objects people is none of the tenant's: company, relationship, asset",
    );

    // A user without an email is no row of person.
    let users = read_rows(&directory.join("px_user.jsonl.gz"));
    let mut users: Vec<_> =
        users.iter().map(|user| (&user["identifyId"], &user["email"])).collect();
    users.sort_by_key(|(id, _)| id.to_string());
    assert_eq!(users, [(&json!("u1"), &json!("")), (&json!("u2"), &json!("moved.10@abc.com"))]);

    let people = read_rows(&directory.join("person.jsonl.gz"));
    let changed = people.iter().find(|row| row["Email"] == "moved.10@abc.com").unwrap();
    assert_eq!(changed["Tags__gc"], json!(["a;b", "c"]));
    assert_eq!(changed["Seen__gc"], "2026-01-02T03:04:05.006");
    // Since the mark that was printed all rows changed; since now, one does.
    let since = run["nextSince"].as_str().unwrap();
    let all = new_directory(&format!("{tenant}-all"));
    summary(export(tenant, &all, &format!("--objects person --since {since}")));
    assert_eq!(read_rows(&all.join("person.jsonl.gz")).len(), PEOPLE);
    let dates = people.iter().map(|row| row["ModifiedDate"].as_str().unwrap());
    let last: jiff::Timestamp = format!("{}Z", dates.max().unwrap()).parse().unwrap();
    let after = last + std::time::Duration::from_millis(1);
    let update = json!({ "Gsid": changed["Gsid"], "FirstName": "changed" });
    let lookups = people_domain::lookup::Lookups::default();
    test.cached_store().ingest_record(&update, &lookups).await.unwrap().unwrap();
    let some = new_directory(&format!("{tenant}-some"));
    summary(export(tenant, &some, &format!("--since {after}")));
    let row = &read_rows(&some.join("person.jsonl.gz"))[0];
    assert_eq!((&row["Gsid"], &row["FirstName"]), (&changed["Gsid"], &json!("changed")));
    let counts = ["company", "person", "company_person"]
        .map(|name| read_rows(&some.join(format!("{name}.jsonl.gz"))).len());
    assert_eq!((counts[0], counts[1], counts[2] >= 2), (0, 1, true));
}

#[tokio::test]
async fn an_export_that_was_killed_goes_on_and_its_import_makes_an_equal_tenant() {
    let (source, target) = (create_tenant().await, TestTenant::new().await);
    let [source, target] = [&source, &target].map(|test| test.tenant.id.clone());
    let directory = new_directory(&format!("{source}-payload"));
    kill_export_midway(&source, &directory);
    let again = export(&source, &directory, "--format payload");
    assert!(again.stderr.contains("going on with the export"), "{again:?}");
    let rows: u64 = summary(again)["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file["rows"].as_u64().unwrap())
        .sum();
    assert_eq!(rows, (2 * COMPANIES + 2 + PEOPLE) as u64);

    let import = || {
        let words = format!("--json import {target} {} --timeout 60", directory.display());
        run_command(jobs_command(), &words)
    };
    let before_schema = import();
    before_schema.assert_failure(1, "has no object asset");
    apply_schema(&target);
    let first = summary(import());
    let people = json!({ "success": PEOPLE, "partial": 0, "failure": 0 });
    assert_eq!((&first["people"], &first["unresolvedPeople"]), (&people, &json!(0)));
    let [before, after] = ["a", "b"].map(|name| new_directory(&format!("{target}-{name}")));
    summary(export(&source, &before, ""));
    let exported = summary(export(&target, &after, ""));
    let [expected, found] =
        [&before, &after].map(|directory| read_comparable_rows(directory, |row| row));
    for (object, rows) in &expected {
        let missing: Vec<_> = rows.difference(&found[object]).collect();
        let added: Vec<_> = found[object].difference(rows).collect();
        assert_eq!((missing, added), (Vec::new(), Vec::new()), "{object}");
    }

    // Another time nothing is written: no row has changed since the export of the target.
    let second = summary(import());
    let records =
        json!({ "inserted": 0, "updated": 0, "unchanged": 2 * COMPANIES + 2, "failed": 0 });
    assert_eq!((&second["records"], &second["people"]), (&records, &people));
    let modified = |directory: &Path| {
        let files = ["company", "relationship", "asset", "person"];
        let rows = files.map(|name| read_rows(&directory.join(format!("{name}.jsonl.gz"))));
        let dates = rows.into_iter().flatten();
        dates.map(|row| row["ModifiedDate"].as_str().unwrap().to_owned()).max().unwrap()
    };
    let last = new_directory(&format!("{target}-c"));
    summary(export(&target, &last, ""));
    assert_eq!(modified(&last), modified(&after), "{exported}");
}

/// Starts an export through a proxy that stops to answer after a while, waits until a part of it is
/// durable, and kills it.
fn kill_export_midway(tenant: &str, directory: &Path) {
    let [dynamodb, table] = read_stack();
    let start_export = |proxy: &StallingProxy, directory: &Path| {
        let mut command = command_at(&proxy.url, &table);
        command.args(["export", tenant]).arg(directory).args(["--format", "payload"]);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    };
    let open = StallingProxy::start(&dynamodb, usize::MAX);
    let whole = new_directory(&format!("{tenant}-whole"));
    assert!(start_export(&open, &whole).wait().unwrap().success());
    let bytes = usize::MAX - open.bytes_left();
    let proxy = StallingProxy::start(&dynamodb, bytes * 3 / 4);
    let mut child = start_export(&proxy, directory);
    let read_people = || {
        let state = std::fs::read(directory.join("export.json")).ok()?;
        let state: Json = serde_json::from_slice(&state).unwrap();
        Some(state["people"].as_array().unwrap().clone())
    };
    while !read_people().is_some_and(|people| people.contains(&json!("done"))) {
        assert!(child.try_wait().unwrap().is_none(), "it waits for answers");
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(read_people().unwrap().contains(&json!("unread")));
}
