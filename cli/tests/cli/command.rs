//! Runs `people` in an empty environment, so that no setting of the machine affects it.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

/// A reserved port: connections to it are refused at once.
pub(crate) const UNREACHABLE_URL: &str = "http://127.0.0.1:1";

/// The outcome of a run.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    fn new(command: &mut Command) -> Self {
        let Output { status, stdout, stderr } = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { code: status.code().unwrap(), stdout: text(stdout), stderr: text(stderr) }
    }

    /// Checks that the run failed with this code and printed this on stderr only.
    #[track_caller]
    pub(crate) fn assert_failure(&self, code: i32, said: &str) {
        assert_eq!(self.code, code, "{self:?}");
        assert!(self.stderr.contains(said), "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
    }

    /// Checks that the run succeeded and returns its stdout.
    #[track_caller]
    pub(crate) fn assert_success(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.stdout
    }
}

/// The command without settings.
pub(crate) fn bare_command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_people"));
    command.env_clear().env("AWS_EC2_METADATA_DISABLED", "true");
    command.env("HOME", env!("CARGO_TARGET_TMPDIR"));
    command
}

/// The command with credentials, a region and a table of this endpoint.
pub(crate) fn command_at(endpoint: &str, table: &str) -> Command {
    let mut command = bare_command();
    command.envs([
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL_DYNAMODB", endpoint),
        ("TABLE_NAME", table),
    ]);
    command
}

/// The command with the test stack's bucket and queues.
pub(crate) fn jobs_command() -> Command {
    let path = std::env::var("PEOPLE_STACK").expect("run `cargo xtask test`");
    let stack: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let text = |pointer: &str| stack.pointer(pointer).unwrap().as_str().unwrap().to_owned();
    let mut command = command_at(&text("/dynamodbUrl"), &text("/table"));
    command.envs([
        ("AWS_ENDPOINT_URL_S3", text("/s3Url")),
        ("AWS_ENDPOINT_URL_SQS", text("/sqsUrl")),
        ("PAYLOAD_BUCKET", text("/bucket")),
        ("SPLIT_QUEUE_URL", text("/queues/SplitQueue")),
        ("SMALL_JOB_QUEUE_URL", text("/queues/SmallJobQueue")),
    ]);
    command
}

/// Runs a prepared command with these arguments.
pub(crate) fn run_command(mut command: Command, words: &str) -> Run {
    Run::new(command.args(words.split_whitespace()))
}

/// Runs the command on the test stack.
pub(crate) fn run_people(words: &str) -> Run {
    let [endpoint, table] = read_stack();
    run_command(command_at(&endpoint, &table), words)
}

/// Runs the command on the test stack with `--json`, checks that it succeeded and returns the
/// document.
#[track_caller]
pub(crate) fn run_json(words: &str) -> Value {
    serde_json::from_str(&run_people(&format!("--json {words}")).assert_success()).unwrap()
}

/// Returns DynamoDB's URL and the table of the test stack.
pub(crate) fn read_stack() -> [String; 2] {
    let path = std::env::var("PEOPLE_STACK").expect("run `cargo xtask test`");
    let stack = std::fs::read(path).expect("run `cargo xtask test`");
    let stack: Value = serde_json::from_slice(&stack).unwrap();
    ["dynamodbUrl", "table"].map(|key| stack[key].as_str().unwrap().to_owned())
}

/// A tenant id that no other test and no earlier run has used.
pub(crate) fn new_tenant_id() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
    format!("t{now}-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Creates a tenant and returns its id.
pub(crate) fn create_tenant() -> String {
    let id = new_tenant_id();
    run_people(&format!("tenant create {id}")).assert_success();
    id
}

/// Writes a file whose name is unique to this process.
pub(crate) fn write_file(name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path =
        PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path
}

/// A directory of this test run that does not exist yet.
pub(crate) fn new_directory(name: &str) -> PathBuf {
    let path =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", std::process::id()));
    assert!(!path.exists());
    path
}
