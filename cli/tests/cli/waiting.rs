//! Commands that wait: their progress lines without a terminal, and the effect of a signal.

use std::io::{BufRead, BufReader, Read};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStderr, Command, Stdio};

use people_storage::jobs::JobId;
use people_testkit::{TestTenant, new_upload_submission};

use crate::command::{jobs_command, write_file};

/// A running command whose stderr is read as it is written.
struct WaitingCommand {
    child: Child,
    stderr: BufReader<ChildStderr>,
    output: String,
}

impl WaitingCommand {
    fn start(mut command: Command, words: &str) -> Self {
        command.args(words.split_whitespace()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Self { child, stderr, output: String::new() }
    }

    /// Reads until a line has this prefix.
    #[track_caller]
    fn wait_for_line(&mut self, start: &str) {
        while !self.output.lines().last().is_some_and(|line| line.starts_with(start)) {
            let read = self.stderr.read_line(&mut self.output).unwrap();
            assert!(read > 0, "it ended before it said {start}: {}", self.output);
        }
    }

    /// Sends a signal and checks that the command ends with this code and last line, and without a
    /// result.
    #[track_caller]
    fn assert_ended_by(mut self, signal: &str, code: i32, last: &str) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        self.stderr.read_to_string(&mut self.output).unwrap();
        let output = self.child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", self.output);
        assert_eq!(self.output.lines().last(), Some(last), "{}", self.output);
        assert!(output.stdout.is_empty(), "{output:?}");
    }
}

/// A bucket that accepts a request and never answers it.
struct SilentBucket(TcpListener);

impl SilentBucket {
    fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").unwrap())
    }

    /// Starts an import of a file of this size and returns the bucket's side of its connection too.
    fn start_import(&self, tenant: &str, mb: usize) -> (WaitingCommand, TcpStream) {
        let name = format!("{tenant}-{mb}.json");
        let payload =
            write_file(&name, format!("{}{{\"records\":[]}}", " ".repeat(mb * 1024 * 1024)));
        let mut command = jobs_command();
        let address = format!("http://{}", self.0.local_addr().unwrap());
        command.env("AWS_ENDPOINT_URL_S3", address);
        let import =
            WaitingCommand::start(command, &format!("import {tenant} {}", payload.display()));
        (import, self.0.accept().unwrap().0)
    }
}

#[tokio::test]
async fn a_signal_ends_the_wait_and_not_the_job() {
    let test = TestTenant::new().await;
    let tenant = &test.tenant.id;
    let submission = new_upload_submission(i64::MAX);
    let id = submission.id.clone();
    test.uncached_store().create_job(&submission).await.unwrap();
    let last = format!("job {id} goes on; `people job wait {tenant} {id}` shows it again");
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut wait =
            WaitingCommand::start(jobs_command(), &format!("job wait {tenant} {id} --timeout 60"));
        wait.wait_for_line("The payload's arrival is awaited, ");
        wait.assert_ended_by(signal, code, &last);
    }
}

#[tokio::test]
async fn a_file_that_was_sent_in_part_is_not_accepted() {
    let test = TestTenant::new().await;
    let bucket = SilentBucket::new();
    // More than the socket buffers hold.
    let (mut import, connection) = bucket.start_import(&test.tenant.id, 64);
    import.wait_for_line("Sending ");
    let last =
        "nothing was accepted, since the file was not sent to its end: run `people import` again";
    import.assert_ended_by("INT", 130, last);
    drop(connection);
}

#[tokio::test]
async fn a_file_that_was_sent_may_have_arrived() {
    let test = TestTenant::new().await;
    let bucket = SilentBucket::new();
    let (import, mut connection) = bucket.start_import(&test.tenant.id, 1);
    let mut taken = Vec::new();
    while !taken.ends_with(b"{\"records\":[]}") {
        let mut piece = [0; 4096];
        let read = connection.read(&mut piece).unwrap();
        assert!(read > 0, "it ended before all was sent");
        taken.extend(&piece[..read]);
    }
    let request = String::from_utf8_lossy(&taken);
    let job = request.split(['/', '?']).find(|part| JobId::parse(part).is_some()).unwrap();
    let shown = format!("`people job show {} {job}`", test.tenant.id);
    let last = format!(
        "the file may have been sent to its end, but the bucket's answer was not awaited; {shown} shows whether \
         it arrived"
    );
    import.assert_ended_by("TERM", 143, &last);
}
