//! What `--help` teaches of jobs.

pub(crate) const IMPORT: &str = "\
The file is what a bulk call sends, as JSON or gzip of it:

  {
    \"records\": [
      { \"Email\": \"jsmith@abc.com\", \"FirstName\": \"John\",
        \"companies\": [{ \"CompanyName\": \"abc, Inc.\" }] }
    ],
    \"lookups\": { \"companies\": { \"Company_ID\": { \"fields\": { \"CompanyName\": \"Name\" } } } }
  }

It is put into the bucket straight from here, and its arrival starts the job. Interrupted while it
sends, nothing is accepted. Interrupted while it waits, the command ends and the job does not:
`people job wait` goes on waiting. CSV, XLSX, JSON lines, a list alone and UTF-16 are refused before
they are sent. A file that is no sound JSON writes nothing, and the summary says where it breaks.

Where stderr is no terminal, a line every 5 s takes the place of the bar.

Exit codes: 4 rows failed, wholly or in part; 5 the --timeout passed; the others as always.

Examples:
  people import acme people.json
  people import acme people.json.gz --timeout 600
  JOB=$(people import acme people.json --no-wait)";

pub(crate) const JOB: &str = "\
A job is what a bulk, people/async or delete call starts: a payload, cut into chunks that are applied
at the same time, of up to 500 rows and 1 MB each, or more for a payload that would else have more
than 1,000 chunks. Its id is the jobId, statusId or deleteRequestId that the caller was given. It is
kept for the days that the stack says (7), results included.

  INIT        accepted; its payload is being uploaded or looked through, or its chunks wait
  INPROGRESS  chunks are being applied
  COMPLETED   every row has its result, or the payload was refused and nothing was written

Examples:
  people job show acme 01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4
  people job wait acme 01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4
  people job results acme 01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4 --failed --format csv
  people job retry-failed acme 01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4";

pub(crate) const SHOW: &str = "\
Until the job is completed, the counts are those of the chunks that are settled. `seconds` count to
completion from acceptance, of an upload from its arrival. `refused` says that the payload was refused
and nothing was written; `message` says why.

A job whose upload never came is completed once somebody asks after it, as by the API; for that the
bucket has to be named.

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
Rows come chunk by chunk: neighbours in the file mostly, but rows of a person that the file has
more than once come behind the others. `rowNumber` is the place in the file, from 1. Of
people/async a result has no email. An error in CSV is `field: message (code)`. With --json, stdout
is one JSON list.

--failed --format payload writes the rows themselves as they were sent, in the order of the file:
{\"lookups\": …, \"records\": […]}. Mend them and `people import` the file: their numbers count anew
from 1, and what `people job retry-failed --help` cautions of holds for them too.

Examples:
  people job results acme 01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4 | jq -r .operationStatus | sort | uniq -c
  people job results acme 01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4 --failed --format csv --output failed.csv
  people job results acme 01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4 --failed --format payload --output again.json";

pub(crate) const RETRY_FAILED: &str = "\
The rows are taken from the job's payload as they were sent, with its lookups, and become a job of
their own, in the same order: of people/async one whose rows are written whole or not at all again,
of all else a bulk job. The row numbers of that job count anew from 1, in the order of the old ones.
Mend first what made them fail: a company
that was missing, a field, a list.

CAUTION: a row that is sent again counts as the latest. Where a later row of the same person
succeeded, in this job or since, older values come back over its own. Look first with
`people job results --failed` whether such people are among them.

Exit codes: 4 rows failed again, 5 the --timeout passed; the others as always.

Examples:
  people job retry-failed acme 01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4
  people job retry-failed acme 01997b6e-4c1f-7d30-9a55-0f6f3ab1c2d4 --partial --no-wait";
