//! A running `people serve`.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use people_testkit::{Api, Reply};
use serde_json::Value as Json;

/// The timeout of a job, which takes a fraction of it.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A server promises to end within this after a signal.
const END_TIMEOUT: Duration = Duration::from_secs(1);

/// A server, which is killed when it is dropped.
pub(crate) struct RunningServer {
    child: Child,
    /// The one line that it printed.
    pub(crate) announced: Json,
}

/// The command in an empty environment.
pub(crate) fn serve_command(arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_people"));
    command.env_clear().arg("serve").args(arguments.split_whitespace());
    command.env("TMPDIR", env!("CARGO_TARGET_TMPDIR")).env("HOME", env!("CARGO_TARGET_TMPDIR"));
    command
}

/// Runs the command to its end: its exit code and what it wrote to stderr.
pub(crate) fn run_refused(mut command: Command) -> (i32, String) {
    let output = command.output().unwrap();
    assert_eq!(output.stdout, b"");
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

impl RunningServer {
    /// Starts a server on a free port and waits until it answers.
    pub(crate) fn start(arguments: &str) -> Self {
        Self::start_command(serve_command(&format!("--json --port 0 {arguments}")))
    }

    /// Starts a server that keeps its data.
    pub(crate) fn start_with_data(data: &Path) -> Self {
        let mut command = serve_command("--json --port 0 --data");
        command.arg(data);
        Self::start_command(command)
    }

    pub(crate) fn start_command(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let announced = serde_json::from_str(&line).expect("one line of JSON");
        Self { child, announced }
    }

    pub(crate) fn api(&self) -> Api {
        Api::new(self.text("baseUrl"), self.text("accessKey"))
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.announced[name].as_str().unwrap()
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal, and returns how the server ended and what it printed after its line.
    pub(crate) async fn end(mut self, signal: &str) -> (ExitStatus, String) {
        let kill = Command::new("kill").args([signal, &self.id().to_string()]).status().unwrap();
        assert!(kill.success());
        let ended = async {
            loop {
                if let Some(status) = self.child.try_wait().unwrap() {
                    return status;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let status = tokio::time::timeout(END_TIMEOUT, ended).await.expect("the server ends");
        let mut rest = String::new();
        self.child.stdout.as_mut().unwrap().read_to_string(&mut rest).unwrap();
        (status, rest)
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Polls the status of a job until `is_enough`, and returns the last answer.
pub(crate) async fn poll_job(
    api: &Api,
    status_url: &str,
    is_enough: impl Fn(&Reply) -> bool,
) -> Reply {
    let poll = async {
        loop {
            let reply = api.get(&format!("/{status_url}")).await;
            if is_enough(&reply) {
                return reply;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(TIMEOUT, poll).await.expect("in time")
}

pub(crate) fn is_completed(reply: &Reply) -> bool {
    reply.body["data"]["statusType"] == "COMPLETED"
}
