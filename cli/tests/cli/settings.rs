//! Missing and invalid settings are reported before a command runs, and soon.

use std::process::Command;
use std::time::{Duration, Instant};

use crate::command::{UNREACHABLE_URL, bare_command, command_at, read_stack, run_command};

/// The longest time within which a missing setting must be reported.
const SETTINGS_TIMEOUT: Duration = Duration::from_secs(10);

fn command_without(setting: &str) -> Command {
    let mut command = command_at(UNREACHABLE_URL, "people");
    command.env_remove(setting);
    command
}

#[test]
fn each_missing_setting_is_named_in_one_line() {
    for (missing, expected) in [
        ("TABLE_NAME", "no table is named: pass --table"),
        ("AWS_REGION", "no AWS region is set: set AWS_REGION"),
        ("AWS_ACCESS_KEY_ID", "no AWS credentials can be loaded"),
    ] {
        let (start, run) = (Instant::now(), run_command(command_without(missing), "tenant list"));
        run.assert_failure(2, expected);
        assert_eq!(run.stderr.lines().count(), 1, "{run:?}");
        assert!(start.elapsed() < SETTINGS_TIMEOUT, "{missing}: {:?}", start.elapsed());
    }
}

#[test]
fn usage_is_checked_first() {
    for (words, expected) in [
        ("tenant create Acme", "must begin with a letter a-z"),
        ("tenant create a_b", "must have only a-z, 0-9 and -"),
        ("tenant create acme --sync-per-day -1", "unexpected argument"),
        ("tenant create acme --sync-per-day many", "invalid digit"),
        ("key revoke acme", "KEYID"),
        ("tenant list --endpoint-url localhost", "must be like http://"),
        ("tenant", "Usage: people tenant"),
        ("tenants", "unrecognized subcommand"),
    ] {
        run_command(bare_command(), words).assert_failure(2, expected);
    }
}

#[test]
fn a_usage_line_asks_for_nothing_that_is_set() {
    let mut command = command_at(UNREACHABLE_URL, "people");
    command.env("PAYLOAD_BUCKET", "bucket");
    let run = run_command(command, "job results --failed --format csv");
    run.assert_failure(2, "\nUsage: people job results [OPTIONS] <TENANT> <JOB>\n");
}

#[test]
fn a_separator_before_the_command_changes_nothing() {
    run_command(bare_command(), "-- tenant create Acme")
        .assert_failure(2, "must begin with a letter a-z");
    assert_eq!(
        run_command(bare_command(), "-- --help").assert_success(),
        run_command(bare_command(), "--help").assert_success()
    );
}

#[test]
fn a_store_that_does_not_answer_has_an_exit_code_of_its_own() {
    let start = Instant::now();
    for words in ["tenant list", "tenant create acme", "key create acme"] {
        run_command(command_at(UNREACHABLE_URL, "people"), words)
            .assert_failure(3, "the store is unavailable: no connection");
    }
    assert!(start.elapsed() < 3 * SETTINGS_TIMEOUT, "{:?}", start.elapsed());
}

#[test]
fn options_win_over_the_environment() {
    let [endpoint, table] = read_stack();
    let words = format!("tenant list --endpoint-url {endpoint} --table {table}");
    run_command(command_at(UNREACHABLE_URL, "no-such-table"), &words).assert_success();
}

#[test]
fn an_empty_variable_is_none() {
    let [endpoint, table] = read_stack();
    let mut command = command_at(&endpoint, &table);
    for name in ["PAYLOAD_BUCKET", "PAYLOAD_LIMIT_MB", "JOB_RETENTION_DAYS", "SPLIT_QUEUE_URL"] {
        command.env(name, "");
    }
    run_command(command, "import acme people.json").assert_failure(1, "people.json: can't be read");
    let mut command = command_at(&endpoint, &table);
    command.env("PAYLOAD_BUCKET", "").env("TABLE_NAME", "");
    run_command(command, "tenant list").assert_failure(2, "no table is named");
    let mut command = command_at(UNREACHABLE_URL, &table);
    command.env("AWS_ENDPOINT_URL_DYNAMODB", "");
    run_command(command, &format!("tenant list --endpoint-url {endpoint}")).assert_success();
    let mut command = command_at(&endpoint, &table);
    command.env("AWS_REGION", "");
    run_command(command, "tenant list").assert_failure(2, "no AWS region is set");
}

#[test]
fn a_table_that_is_not_there_is_no_outage() {
    let [endpoint, _] = read_stack();
    run_command(command_at(&endpoint, "no-such-table"), "tenant list")
        .assert_failure(1, "--table names the service's");
}

#[test]
fn help_needs_no_setting_and_lists_the_exit_codes() {
    let help = run_command(bare_command(), "--help").assert_success();
    for expected in ["A tenant is", "An access key", "TABLE_NAME", "Exit codes:", "Examples:"] {
        assert!(help.contains(expected), "{expected} in {help}");
    }
}
