//! Long `--help` texts of schemas, objects, fields and dropdown lists.

pub(crate) const SCHEMA: &str = "\
A schema file says all that a tenant has of its own; what it does not say is removed. Removing a
field hides its values and deletes nothing. Names ignore case; a field's type can't change.

  dropdowns:
    plans: { closed: true, items: [gold, silver] }
  objects:
    phones:                      # an object of the tenant's own
      fields:
        Number: { type: STRING, indexed: true }
    company_person:              # a standard object; its new fields end in __gc
      fields:
        Phone__gc: { type: GSID, lookup: phones }
        Plan__gc: { type: PICKLIST, dropdown: plans, default: silver }

Of a field: type, label, maxLength, required, indexed, default, dropdown, lookup.
Types: STRING RICHTEXTAREA BOOLEAN NUMBER CURRENCY PERCENTAGE DATE DATETIME EMAIL URL GSID SFDCID
PICKLIST MULTISELECTDROPDOWNLIST

Examples:
  people schema export acme > acme.yaml
  people schema diff acme acme.yaml
  people schema apply acme acme.yaml";

pub(crate) const APPLY: &str = "\
Applying the same file again has nothing to do. Interrupted, it goes on when started again.
Running processes see a change within 60 s; a field of old records that becomes indexed is
therefore indexed 60 s later, while this command waits.

Examples:
  people schema apply acme acme.yaml --dry-run
  people schema apply acme acme.yaml
  people schema apply acme acme.yaml --yes        in a script";

pub(crate) const EXPORT: &str = "\
Examples:
  people schema export acme > acme.yaml
  people schema export acme --format json | jq .objects";

pub(crate) const DIFF: &str = "\
`+` is added, `~` changed or unfinished, `-` removed, `!` can't be done. An index that an interrupted
`apply` left unfinished is a difference, until `people schema index` finishes it.
Exit codes: 0 nothing differs, 1 something differs or the file is bad; the others as always.

Examples:
  people schema diff acme acme.yaml
  people --json schema diff acme acme.yaml | jq length";

pub(crate) const INDEX: &str = "\
It waits up to 60 s first, until no running process writes without these indexes. A wait that was
interrupted begins anew, since the clocks of two machines may differ by 60 s: it is 60 s in the first
minute after the change, less in the second, and none from then on. An index that has some of its
entries is not waited for again.

Examples:
  people schema index acme";

pub(crate) const OBJECT: &str = "\
Examples:
  people object list acme
  people object show acme company";

pub(crate) const OBJECT_LIST: &str = "\
Examples:
  people object list acme
  people --json object list acme | jq -r '.[] | select(.custom) | .name'";

pub(crate) const OBJECT_SHOW: &str = "\
Examples:
  people object show acme company";

pub(crate) const FIELD: &str = "\
Examples:
  people field list acme person
  people field show acme person Email";

pub(crate) const FIELD_LIST: &str = "\
Examples:
  people field list acme person
  people --json field list acme company | jq -r '.[] | select(.indexed) | .name'";

pub(crate) const FIELD_SHOW: &str = "\
Examples:
  people field show acme person Email";

pub(crate) const DROPDOWN: &str = "\
An open list learns labels as they are written; a closed one takes its items alone.

Examples:
  people dropdown list acme
  people dropdown show acme role";

pub(crate) const DROPDOWN_LIST: &str = "\
Examples:
  people dropdown list acme";

pub(crate) const DROPDOWN_SHOW: &str = "\
A record may name an item by its label or by its GSID.

Examples:
  people dropdown show acme role
  people --json dropdown show acme role | jq '.items[].label'";
