//! The rows of an export of JSON lines in a form in which two tenants can be compared.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use serde_json::{Value as Json, json};

/// Objects whose rows others refer to, each with the field that names a row in every tenant.
const NAMED_OBJECTS: [(&str, &str); 4] =
    [("company", "Name"), ("relationship", "Name"), ("asset", "Serial"), ("person", "Email")];

const ASSOCIATIONS: [&str; 2] = ["company_person", "relationship_person"];

/// Fields that differ between equal tenants.
const OWN_FIELDS: [&str; 4] = ["Gsid", "CreatedDate", "ModifiedDate", "Company_Person_ID"];

/// Reads the rows of a file, one at a time.
fn stream_rows(path: &Path) -> impl Iterator<Item = Json> + use<> {
    let lines = BufReader::new(MultiGzDecoder::new(File::open(path).unwrap())).lines();
    lines.map(|line| serde_json::from_str(&line.unwrap()).unwrap())
}

/// The rows of a file of an export.
pub(crate) fn read_rows(path: &Path) -> Vec<Json> {
    stream_rows(path).collect()
}

/// All rows of an exported tenant by object, with names in place of ids and without dates, each in
/// the form that `keep` makes of its text. No row is there twice.
pub(crate) fn read_comparable_rows<T: Ord>(
    directory: &Path,
    keep: impl Fn(String) -> T,
) -> BTreeMap<String, BTreeSet<T>> {
    let file = |object: &str| directory.join(format!("{object}.jsonl.gz"));
    let named = NAMED_OBJECTS.iter().filter(|(object, _)| file(object).exists());
    let names = named.flat_map(|(object, field)| {
        let text = |row: &Json, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        stream_rows(&file(object)).map(move |row| (text(&row, "Gsid"), text(&row, field)))
    });
    let names: HashMap<String, String> = names.collect();
    let objects = NAMED_OBJECTS.iter().map(|(object, _)| *object).chain(ASSOCIATIONS);
    let objects = objects.filter(|object| file(object).exists());
    let rows = objects.map(|object| {
        let rows = stream_rows(&file(object));
        let (mut set, mut count) = (BTreeSet::new(), 0);
        for row in rows {
            set.insert(keep(name_references(&row, &names)));
            count += 1;
        }
        assert_eq!(set.len(), count, "{object}: no row twice");
        (object.to_owned(), set)
    });
    rows.collect()
}

fn name_references(row: &Json, names: &HashMap<String, String>) -> String {
    let fields = row.as_object().unwrap().iter();
    let fields = fields.filter(|(name, _)| !OWN_FIELDS.contains(&name.as_str()));
    let named = |value: &Json| {
        value.as_str().and_then(|text| names.get(text)).map_or(value.clone(), |name| json!(name))
    };
    Json::Object(fields.map(|(name, value)| (name.clone(), named(value))).collect()).to_string()
}
