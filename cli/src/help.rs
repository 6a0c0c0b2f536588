//! Long texts of `--help`: concepts, environment, exit codes, examples.

pub(crate) mod export;
pub(crate) mod job;
pub(crate) mod person;
pub(crate) mod schema;
#[cfg(feature = "serve")]
pub(crate) mod serve;

pub(crate) const ABOUT: &str = "\
Manage the tenants of a People API, their access keys, their schemas and their jobs.

A tenant is one customer of the service: its people, companies, fields, limits and ids are its
own, and no tenant sees another's. An access key lets a program act for one tenant; it is sent
in the header `Accesskey`. A tenant may have several keys at once, so that one can be replaced
without a pause. A key never expires, is shown once, and works until it is revoked.

A schema is what a tenant has of its own: objects, fields and dropdown lists. It is a file, kept
under version control and applied as a difference.

A job is many people at once: a file that is imported, or a bulk, async or delete call. It is cut
into chunks that are applied at the same time, and has a result for each row.";

pub(crate) const ROOT: &str = "\
Environment:
  TABLE_NAME                 the DynamoDB table, as --table
  AWS_ENDPOINT_URL_DYNAMODB  where DynamoDB answers, as --endpoint-url
  PAYLOAD_BUCKET             the bucket of payloads and results, as --bucket: `import`, `job`
  SPLIT_QUEUE_URL, SMALL_JOB_QUEUE_URL
                             the queues of jobs, as --split-queue-url and
                             --small-job-queue-url: `job retry-failed`
  PAYLOAD_LIMIT_MB, JOB_RETENTION_DAYS
                             as the stack has them, when not 80 and 7
  AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL_SQS
                             where S3 and SQS answer, when not at the region's own endpoints
  AWS_REGION, AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN
                             region and credentials, as every AWS tool takes them
A variable that is empty counts as unset.

Results go to stdout and messages to stderr; with --json, stdout is one JSON document.

Exit codes:
  0  done
  1  refused or not found; of `schema diff`, there are differences
  2  usage: the command line, or a missing table, region or credentials
  3  the store, the bucket or a queue can't be reached; try again later
  4  rows of the job failed, wholly or in part; `people job results --failed` shows them
  5  the job was not completed within --timeout; it goes on
  129, 130, 143
     ended by SIGHUP, Ctrl-C (SIGINT) or SIGTERM; a job that was waited for goes on

Examples:
  people --table people tenant create acme
  people --table people key create acme
  people tenant list                            with TABLE_NAME set
  people --json tenant show acme | jq .limits
  people schema apply acme acme.yaml
  people import acme people.json.gz
  people export acme acme-export";

pub(crate) const TENANT: &str = "\
Examples:
  people tenant create acme
  people tenant list
  people tenant show acme
  people tenant update acme --sync-per-minute 500";

pub(crate) const TENANT_CREATE: &str = "\
The limits count calls in fixed windows on the clock; a limit of 0 refuses every call.

Examples:
  people tenant create acme
  people tenant create acme --sync-per-minute 500 --multi-currency
  people --json tenant create acme | jq -r .created";

pub(crate) const TENANT_LIST: &str = "\
Examples:
  people tenant list
  people --json tenant list | jq -r '.[].id'";

pub(crate) const TENANT_SHOW: &str = "\
Examples:
  people tenant show acme
  people --json tenant show acme | jq .limits";

pub(crate) const TENANT_UPDATE: &str = "\
A change takes effect within 60 s: running processes remember a tenant for so long. The limits
count calls in fixed windows on the clock; what was counted in them stays. A limit of 0 refuses
every call.

Events are not stored. A tenant either refuses the calls that send them (501), or has them checked,
answered as if they were stored, and dropped; a header of the answer says so.

Examples:
  people tenant update acme --sync-per-minute 500
  people tenant update acme --async-per-hour 0 --delete-per-hour 0
  people tenant update acme --events drop";

pub(crate) const KEY: &str = "\
To replace a key: create a second one, give it to the program, then revoke the first.

Examples:
  people key create acme
  people key list acme
  people key revoke acme 1S8K0ZQ4T7XW2";

pub(crate) const KEY_CREATE: &str = "\
The key is on stdout and all else on stderr, so that it can go straight into a secret store.

A key may be narrowed to groups of routes, such as one that stands in an app or goes to a partner:
people, px, gosquared-tracking (which reads nobody), gosquared-people, ptengine.

Examples:
  people key create acme
  people key create acme --for px
  people --json key create acme | jq -r .accessKey";

pub(crate) const KEY_LIST: &str = "\
Examples:
  people key list acme
  people --json key list acme | jq -r '.[] | select(.revoked == null) | .id'";

pub(crate) const KEY_REVOKE: &str = "\
Revoking is for good and takes effect within 60 s. A second revocation changes nothing.

Examples:
  people key revoke acme 1S8K0ZQ4T7XW2";
