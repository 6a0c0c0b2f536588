//! Long `--help` texts of people.

pub(crate) const PERSON: &str = "\
Both commands read the tenant's people through the table, eight partitions at a time: a read unit
for 4 KB, whatever the conditions. All conditions must be met, and mean what a query of the API
means by them: text is compared exactly but for blanks at its ends, ~ ignores case, != is also met
by a field without a value, and a field of another row is named as in Asset__gr.Serial. A value is
typed as the field takes it: a number, true, a date, a label. FIELD= is met by a field without a
value, FIELD!= by one that has any. Quote conditions with < or >.

Examples:
  people person list acme --company 'abc, Inc.'
  people person count acme --where Location=Berlin";

pub(crate) const LIST: &str = "\
People are listed by Gsid. If there are more than --limit, these are any of them. --format jsonl
prints values as a query of the API answers them, as --json does in one list.

Examples:
  people person list acme --limit 10
  people person list acme --company 'abc, Inc.' --fields Gsid,Email,Location
  people person list acme --where Name~smith --where 'ModifiedDate>=2026-01-31T12:00:00Z'
  people person list acme --where Location= --format jsonl | jq -r .Email";

pub(crate) const COUNT: &str = "\
Without conditions the store counts by itself, and a person whose email changes meanwhile may count
twice or not at all.

Examples:
  people person count acme
  people person count acme --company 'abc, Inc.' --where EmailOptOut=true";
