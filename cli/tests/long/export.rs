//! Two hundred thousand people: exported, killed and resumed, imported into another tenant, compared, and
//! imported again.

use std::hash::{BuildHasher, Hasher};
use std::io::Write;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

use crate::command::{jobs_command, new_directory, run_people, write_file};
use crate::comparable_rows::read_comparable_rows;
use crate::measured_run::{MeasuredRun, kill_once, run_measured};

/// Unless `EXPORT_PEOPLE` has another number.
const PEOPLE: usize = 200_000;
const COMPANIES: usize = 2_000;

/// People of one file.
const FILE_PEOPLE: usize = 50_000;

/// The most memory that an export may take.
const PEAK_MB_MAX: u64 = 64;

fn person(n: usize, companies: &[String], relationships: &[String]) -> Json {
    let (first, second) = (n % COMPANIES, n * 7 % COMPANIES);
    json!({
        "Email": format!("first{n}.last@company{first}.example"), "FirstName": format!("First{n}"),
        "LastName": "Last", "Location": "New York", "Timezone": "America/New_York",
        "LinkedinUrl": format!("https://linkedin.example/in/first{n}"),
        "Comments": format!("Met at the fair {n}; wants the report by Friday."),
        "EmailOptOut": n.is_multiple_of(3), "MasterAvatarTypeCode": n % 5,
        "companies": [{ "Company_ID": companies[first], "IsPrimaryCompany": true, "Role": "Admin",
            "Title": "Head of Support",
            "relationships": [{ "Relationship_ID": relationships[first], "Role": "User" }] }],
        "relationships": [{ "Relationship_ID": relationships[second], "Title": "Guest" }],
    })
}

async fn create_records(
    test: &TestTenant,
    object: &str,
    record: impl Fn(usize) -> Json,
) -> Vec<String> {
    let store = test.cached_store();
    let mut gsids = Vec::new();
    while gsids.len() < COMPANIES {
        let records: Vec<_> = (gsids.len()..gsids.len() + 50).map(&record).collect();
        let made = store.insert_objects(object, &records, &[]).await.unwrap().unwrap();
        gsids.extend(made.into_iter().map(|record| record.gsid));
    }
    gsids
}

fn import(tenant: &str, path: &Path) -> MeasuredRun {
    let mut command = jobs_command();
    command.args(["import", tenant]).arg(path);
    run_measured(command)
}

fn export_command(tenant: &str, directory: &Path, words: &str) -> std::process::Command {
    let mut command = jobs_command();
    command.args(["export", tenant]).arg(directory).args(words.split_whitespace());
    command
}

async fn create_source(count: usize) -> TestTenant {
    let test = TestTenant::new().await;
    let companies = create_records(&test, "company", |n| json!({ "Name": format!("c{n}") })).await;
    let relationship = |n| json!({ "Name": format!("r{n}"), "Company_ID": companies[n] });
    let relationships = create_records(&test, "relationship", relationship).await;
    for from in (0..count).step_by(FILE_PEOPLE) {
        let to = count.min(from + FILE_PEOPLE);
        let people: Vec<_> = (from..to).map(|n| person(n, &companies, &relationships)).collect();
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        write!(gzip, "{}", json!({ "records": people })).unwrap();
        let path = write_file("people.json.gz", gzip.finish().unwrap());
        import(&test.tenant.id, &path);
        println!("{to} people are there");
    }
    test
}

/// Exports a tenant as JSON lines, checks that each row is there once, and hashes the rows.
fn hash_rows(tenant: &str) -> std::collections::BTreeMap<String, std::collections::BTreeSet<u64>> {
    let directory = new_directory(&format!("{tenant}-rows"));
    let run = run_measured(export_command(tenant, &directory, ""));
    assert!(run.peak_mb <= PEAK_MB_MAX, "{} MB", run.peak_mb);
    println!("{tenant} as JSON lines: {} s, {} MB", run.seconds, run.peak_mb);
    let hasher = std::hash::BuildHasherDefault::<std::hash::DefaultHasher>::default();
    read_comparable_rows(&directory, |row| {
        let mut state = hasher.build_hasher();
        state.write(row.as_bytes());
        state.finish()
    })
}

#[tokio::test]
async fn two_hundred_thousand_people_are_exported_and_imported() {
    let count = std::env::var("EXPORT_PEOPLE").map_or(PEOPLE, |count| count.parse().unwrap());
    let (source, target) = (create_source(count).await, TestTenant::new().await);
    let [source, target] = [source, target].map(|test| test.tenant.id.clone());
    let directory = new_directory(&format!("{source}-payload"));
    let command = || export_command(&source, &directory, "--format payload");
    let killed = kill_once(command(), &directory.join("export.json"), |state| {
        let people = state["people"].as_array().unwrap().iter();
        people.filter(|progress| **progress == json!("done")).count() >= 12
    });
    let resumed = run_measured(command());
    let peak_mb = killed.peak_mb.max(resumed.peak_mb);
    assert!(peak_mb <= PEAK_MB_MAX, "{peak_mb} MB");
    println!("killed after {} s, resumed for {} s, {peak_mb} MB", killed.seconds, resumed.seconds);

    let first = import(&target, &directory);
    assert_eq!(first.result["people"], json!({ "success": count, "partial": 0, "failure": 0 }));
    println!("imported in {} s", first.seconds);
    let imported = format!("{:.3}", jiff::Timestamp::now());
    let [expected, found] = [&source, &target].map(|tenant| hash_rows(tenant));
    for (object, rows) in &expected {
        let differences = rows.symmetric_difference(&found[object]).count();
        assert_eq!(differences, 0, "{object}: {differences} of {} rows", rows.len());
    }
    assert_eq!((expected["person"].len(), expected["company_person"].len() > count), (count, true));

    let second = import(&target, &directory);
    assert_eq!(second.result["people"], first.result["people"]);
    let records = &second.result["records"];
    assert_eq!((&records["unchanged"], &records["inserted"]), (&json!(2 * COMPANIES), &json!(0)));
    let changed = new_directory(&format!("{target}-changed"));
    let changed = run_measured(export_command(&target, &changed, &format!("--since {imported}")));
    let written = changed.result["files"].as_array().unwrap().iter();
    let written: u64 = written.map(|file| file["rows"].as_u64().unwrap()).sum();
    assert_eq!(written, 0, "rows that the second import wrote");
    let counted = run_people(&format!("person count {target}")).assert_success();
    assert_eq!(counted.trim(), count.to_string());
    println!(
        "{count} people: exported in {} s with a kill, {peak_mb} MB at most; imported in {} s, 0 \
         differences; imported again in {} s, 0 rows written",
        killed.seconds + resumed.seconds,
        first.seconds,
        second.seconds,
    );
}
