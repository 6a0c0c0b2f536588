//! The long `--help` text of `people serve`.

pub(crate) const SERVE: &str = "\
Runs the whole service in this process: every endpoint, its jobs and uploads, with a table, a bucket
and queues of its own, and one tenant with an access key. It is for a first look, for tests and for
CI, not for production: one process, no copies of its data.

Without --data nothing is kept, and each start has a new access key. With --data DIR the folder keeps
people, jobs, files and the key: the next start goes on with jobs that were under way. SIGINT
(Ctrl-C) and SIGTERM end the server within a second, and lose nothing that it has acknowledged.

It listens on the loopback interface. --host with another address is for containers: it needs --data,
and a key of your own in PEOPLE_ACCESS_KEY, which a first start on loopback prints.

With --json, stdout is one line once the server answers: {\"baseUrl\", \"accessKey\", \"pid\"}. Failures
are logged to stderr as lines of JSON; --verbose logs every request and message there.

The other commands work on this server in a shell that has read the file of variables that it names:
DIR/serve.env with --data, ~/.people/serve-PORT.env without it.

Environment:
  PEOPLE_ACCESS_KEY  the access key of the tenant; it replaces the generated one

Exit codes: 0 ended by SIGINT or SIGTERM, 1 refused, 2 usage.

Examples:
  people serve
  people serve --data ./people-data --schema schema.yaml
  people serve --json --port 0 > server.json &
  people serve --limits documented --tenant acme";
