//! Long `--help` texts of jobs and imports.

pub(crate) const IMPORT: &str = "\
The file is what a bulk call sends, as JSON or gzip of it:

  {
    \"records\": [
      { \"Email\": \"jsmith@abc.com\", \"FirstName\": \"John\",
        \"companies\": [{ \"CompanyName\": \"abc, Inc.\" }] }
    ],
    \"lookups\": { \"companies\": { \"Company_ID\": { \"fields\": { \"CompanyName\": \"Name\" } } } }
  }

The file is uploaded directly to the bucket, and its arrival starts the job. If the command is
interrupted while it sends, nothing is accepted. If it is interrupted while it waits, the job goes
on: `people job wait` goes on waiting. CSV, XLSX, JSON lines, a list alone and UTF-16 are refused
before they are sent. A file that is not valid JSON writes nothing, and the summary says where the
error is.

FILE may also be the directory of a `people export --format payload`, of this tenant or another one
with the same schema. Its companies, relationships and custom objects are written first, through the
table, then its people, by jobs. Records get ids that are derived from their old ones, people are
found by their emails, and fields that hold such ids get the new ones. What is there and equal is
not written, so a repeated import costs no writes of rows, and one that was killed is repeated.

If stderr is not a terminal, a line every 5 s replaces the progress bar.

Exit codes: 4 rows failed, wholly or in part; 5 the --timeout passed; the others as always.

Examples:
  people import acme people.json
  people import acme people.json.gz --timeout 600
  JOB=$(people import acme people.json --no-wait)
  people import beta acme-copy                  the directory of an export";

pub(crate) const JOB: &str = "\
A bulk, people/async or delete call starts a job: its payload is cut into chunks that are applied at
the same time. A chunk has up to 500 rows and 1 MB, or more in a payload that would otherwise have
more than 1,000 chunks. The job's id is the jobId, statusId or deleteRequestId that the caller
received; `people job list` shows it too. The job and its results are kept for the stack's retention
days (7, if not set).

  INIT        accepted; its payload is being uploaded or scanned, or its chunks wait
  INPROGRESS  chunks are being applied
  COMPLETED   every row has its result, or the payload was refused and nothing was written

Examples:
  people job list acme
  people job show acme 01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4
  people job wait acme 01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4
  people job results acme 01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4 --failed --format csv
  people job retry-failed acme 01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4";

pub(crate) const LIST: &str = "\
Counts of rows are known once a job is COMPLETED; of a delete they are those of the people that it
erased. `people job show` has the progress of a job that is not completed. The list ends no job and
sends no message. Jobs that an earlier version than the list accepted are not in it.

Examples:
  people job list acme
  people job list acme --state INPROGRESS
  people job list acme --limit 100 --before 01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4
  people --json job list acme | jq -r '.[] | select(.rows.failure > 0) | .id'";

pub(crate) const SHOW: &str = "\
Until the job is completed, the counts cover the settled chunks only. `seconds` is the time from
acceptance, or from the arrival of an upload, to completion. `refused` says that the payload was
refused and nothing was written; `message` says why.

A job whose upload never came is completed when its status is requested, by this command or by the
API. This command needs the bucket for it: pass --bucket.

Examples:
  people job show acme 01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4
  people --json job show acme 01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4 | jq .rows";

pub(crate) const WAIT: &str = "\
Exit codes: 1 the payload was refused or never came, 4 rows failed, wholly or in part, 5 the
--timeout passed; the others as always.

Examples:
  people job wait acme 01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4
  people job wait acme 01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4 --timeout 60";

pub(crate) const RESULTS: &str = "\
Rows are printed chunk by chunk, mostly in the order of the file; rows of a person that the file has
more than once come after the others. `rowNumber` is the row's position in the file, from 1. Results
of people/async have no email. An error in CSV is `field: message (code)`. With --json, stdout is
one JSON list.

--failed --format payload writes the rows themselves as they were sent, in the order of the file:
{\"lookups\": …, \"records\": […]}. Fix them and `people import` the file: they are numbered from 1
again, and the caution of `people job retry-failed --help` applies to them too.

Examples:
  people job results acme 01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4 | jq -r .operationStatus | sort | uniq -c
  people job results acme 01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4 --failed --format csv --output failed.csv
  people job results acme 01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4 --failed --format payload --output again.json";

pub(crate) const RETRY_FAILED: &str = "\
The rows are taken from the job's payload as they were sent, with its lookups, and become a new job
in the same order, numbered from 1 again. Rows of people/async are written completely or not at all,
as before; rows of every other job become a bulk job. First fix what made them fail: a missing
company, a field, a dropdown list.

CAUTION: a row that is sent again counts as the latest. If a later row of the same person succeeded,
in this job or since, the older values overwrite its values. Check with `people job results
--failed` first whether such people are among them.

Exit codes: 4 rows failed again, 5 the --timeout passed; the others as always.

Examples:
  people job retry-failed acme 01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4
  people job retry-failed acme 01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4 --partial --no-wait";
