//! People are listed and counted by conditions that mean what those of queries mean.

use people_testkit::TestTenant;
use serde_json::{Value as Json, json};

use crate::command::{run_command, run_people};
use crate::export_tenant::{PEOPLE, create_tenant};

/// The emails of the listed people, sorted.
fn list_emails(tenant: &str, conditions: &[&str]) -> Vec<String> {
    let [endpoint, table] = crate::command::read_stack();
    let mut command = crate::command::command_at(&endpoint, &table);
    command.args(["person", "list", tenant, "--fields", "Email", "--format", "jsonl"]);
    command.args(["--limit", "1000"]).args(conditions);
    let lines = run_command(command, "").assert_success();
    let rows = lines.lines().map(|line| serde_json::from_str::<Json>(line).unwrap());
    let mut emails: Vec<_> = rows.map(|row| row["Email"].as_str().unwrap().to_owned()).collect();
    emails.sort();
    emails
}

/// The emails of the people that a query of the API finds, sorted, each once.
async fn query_emails(test: &TestTenant, object: &str, conditions: &Json) -> Vec<String> {
    let name = if object == "person" { "Email" } else { "Person_ID__gr.Email" };
    let body = json!({ "select": [name], "where": { "conditions": conditions } });
    let answer = test.api().post(&format!("/v1/data/objects/query/{object}"), &body).await;
    let rows = answer.body["data"]["records"].as_array().unwrap();
    let mut emails: Vec<_> =
        rows.iter().map(|row| row[name].as_str().unwrap().to_owned()).collect();
    emails.sort();
    emails.dedup();
    emails
}

#[tokio::test]
async fn conditions_mean_what_they_mean_in_a_query() {
    let test = create_tenant().await;
    let tenant = &test.tenant.id;
    for (typed, name, operator, value) in [
        ("Plan__gc=gold", "Plan__gc", "EQ", json!("gold")),
        ("Plan__gc!=gold", "Plan__gc", "NE", json!("gold")),
        ("Plan__gc=", "Plan__gc", "IS_NULL", json!([])),
        ("Location!=", "Location", "IS_NOT_NULL", json!([])),
        ("Name~f11", "Name", "CONTAINS", json!("f11")),
        ("Score__gc>1", "Score__gc", "GT", json!(1)),
        ("Score__gc<=1", "Score__gc", "LTE", json!(1)),
        ("EmailOptOut=true", "EmailOptOut", "EQ", json!(true)),
        ("Email=MOVED.10@abc.com", "Email", "EQ", json!("moved.10@abc.com")),
        ("Asset__gr.Serial=2", "Asset__gr.Serial", "EQ", json!("2")),
        ("Tags__gc=c;a;b", "Tags__gc", "EQ", json!("c;a;b")),
    ] {
        let condition = json!([{ "name": name, "operator": operator, "value": value }]);
        let expected = query_emails(&test, "person", &condition).await;
        assert_eq!(list_emails(tenant, &["--where", typed]), expected, "{typed}");
        let count = run_people(&format!("person count {tenant} --where {typed}")).assert_success();
        assert_eq!(count.trim(), expected.len().to_string(), "{typed}");
    }
    let of_company =
        json!([{ "name": "Company_ID__gr.Name", "operator": "EQ", "value": "company 3" }]);
    let expected = query_emails(&test, "company_person", &of_company).await;
    assert!((1..PEOPLE).contains(&expected.len()));
    assert_eq!(list_emails(tenant, &["--company", "company 3"]), expected);
    let both = list_emails(tenant, &["--company", "company 3", "--where", "Plan__gc=gold"]);
    assert!(!both.is_empty() && both.len() < expected.len());
    let all = run_people(&format!("person count {tenant}")).assert_success();
    assert_eq!(all.trim(), PEOPLE.to_string());
}

#[tokio::test]
async fn people_are_listed_in_columns_as_far_as_is_asked() {
    let test = create_tenant().await;
    let tenant = &test.tenant.id;
    let fields = "--fields Email,Asset__gr.Serial,Location";
    let all = run_people(&format!("person list {tenant} {fields} --where Location!="));
    let table = all.assert_success();
    let mut lines = table.lines();
    assert_eq!(
        lines.next().unwrap().split_whitespace().collect::<Vec<_>>(),
        ["Email", "Asset__gr.Serial", "Location"]
    );
    assert!(lines.all(|line| line.ends_with("  2                 here \"there\" é")), "{table}");
    let some = run_people(&format!("person list {tenant} --limit 3"));
    assert!(some.stderr.contains("These are 3 of more people"), "{some:?}");
    assert_eq!(some.assert_success().lines().count(), 4);
    let none = run_people(&format!("person list {tenant} --format jsonl --where Name=nobody"));
    assert_eq!(none.assert_success(), "");
    run_people(&format!("person list {tenant} --where Nothing=1"))
        .assert_failure(1, "where \"Nothing\" is no field or no value of people");
    run_people(&format!("person list {tenant} --where Score__gc=x")).assert_failure(1, "Score__gc");
    run_people(&format!("person count {tenant} --company nobody"))
        .assert_failure(1, "has no company with the name or Gsid");
    run_people(&format!("person count {tenant} --where Nothing")).assert_failure(2, "must be like");
}
