//! Long `--help` texts of exports.

pub(crate) const EXPORT: &str = "\
Reads the whole tenant through the table, by key, and writes gzip files and export.json, which lists
them. Without --objects these are companies, relationships, custom objects, people and their
associations, in this order.

  --format jsonl    company.jsonl.gz, person.jsonl.gz, company_person.jsonl.gz, …: one row a line
                    with every field of its object; dates as text in UTC, dropdown values as labels
  --format payload  company.0001.json.gz, person.0001.json.gz, …: {\"records\":[…]}, one record a
                    line, up to 64 MB plain. A person holds its associations. `people import` takes
                    the directory, for this tenant or another one

It may be killed at any time: the same command goes on where the last durable piece ends. The files
are no snapshot of one moment: a row is as it was when it was read. Each person is met once, also
if its email changes meanwhile.

At its end it prints the time for --since. With it, the next export has what was written since: each
changed person with all its associations, so that a reader replaces a person's rows. Rows of a
minute are repeated. People that were erased and records that were deleted are in no such export.

It costs a read unit for 4 KB and takes a few dozen MB of memory, however large the tenant is.

Examples:
  people export acme acme-export
  people export acme acme-people --objects person,company_person
  people export acme acme-monday --since 2026-01-31T12:00:00Z
  people export acme acme-copy --format payload
  zcat acme-export/person.jsonl.gz | jq -r .Email";
