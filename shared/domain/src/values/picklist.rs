//! PICKLIST and MULTISELECTDROPDOWNLIST (contract: fields#picklist,
//! fields#multiselectdropdownlist): labels or item ids, as sent.
//!
//! Whether the category has them is checked later, with the metadata.

use serde_json::Value as Json;

use super::text::fits_length;
use crate::code::Code;

/// Items of one field.
const LIST_ITEMS_MAX: usize = 100;

/// Reads one label or item id and keeps it as sent: labels compare exactly.
pub(super) fn parse_label(raw: &Json, max_length: usize) -> Result<String, Code> {
    let label =
        raw.as_str().filter(|text| fits_length(text, max_length)).ok_or(Code::PicklistItem)?;
    Ok(label.to_owned())
}

/// Reads an array of texts, or one text split at `;` (a label in an array may contain one). Items
/// are trimmed; empty items, nulls and repetitions are dropped. `None` if no item is left.
pub(super) fn parse_labels(raw: &Json, max_length: usize) -> Result<Option<Vec<String>>, Code> {
    match raw {
        Json::String(text) => collect_items(text.split(';').map(Some), max_length),
        Json::Array(items) => collect_items(items.iter().map(item_text), max_length),
        _ => Err(Code::PicklistItem),
    }
}

/// An item's text, `""` for null; `None` for other JSON types.
fn item_text(raw: &Json) -> Option<&str> {
    if raw.is_null() { Some("") } else { raw.as_str() }
}

/// Stops at the first item beyond the limit, so that a hostile list costs no quadratic time.
fn collect_items<'a>(
    items: impl Iterator<Item = Option<&'a str>>,
    max_length: usize,
) -> Result<Option<Vec<String>>, Code> {
    let mut kept: Vec<String> = Vec::new();
    for item in items {
        let item = item.ok_or(Code::PicklistItem)?.trim();
        if item.is_empty() || kept.iter().any(|other| other == item) {
            continue;
        }
        if !fits_length(item, max_length) || kept.len() == LIST_ITEMS_MAX {
            return Err(Code::PicklistItem);
        }
        kept.push(item.to_owned());
    }
    Ok(if kept.is_empty() { None } else { Some(kept) })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::LIST_ITEMS_MAX;
    use crate::code::Code;
    use crate::values::FieldType::{MultiSelectDropdownList as Multi, Picklist};
    use crate::values::cases::{gives, is_null, keeps, refuses};

    #[test]
    fn one() {
        for label in ["Champion", " padded ", "a;b", "😀", "nul\u{0}", "0"] {
            keeps(Picklist, label);
        }
        keeps(Picklist, &"é".repeat(254));
        keeps(Picklist, &"é".repeat(255));
        refuses(Picklist, &json!("é".repeat(256)), Code::PicklistItem);
        for raw in [json!(1), json!(true), json!(["a"]), json!({})] {
            refuses(Picklist, &raw, Code::PicklistItem);
        }
    }

    #[test]
    fn many() {
        for (raw, want) in [
            (json!("a"), json!(["a"])),
            (json!("b; a ;;b;"), json!(["b", "a"])),
            (json!(["b", " a ", "", null, "b"]), json!(["b", "a"])),
            (json!(["a;b"]), json!(["a;b"])),
            (json!(["A", "a"]), json!(["A", "a"])),
            (json!([" 😀 "]), json!(["😀"])),
        ] {
            gives(Multi, &raw, &want);
        }
        for raw in [json!([]), json!(["", " "]), json!(";"), json!(" ; "), json!([null])] {
            is_null(Multi, &raw);
        }
        for raw in [json!(1), json!(true), json!({}), json!(["a", 1]), json!([["a"]])] {
            refuses(Multi, &raw, Code::PicklistItem);
        }
    }

    #[test]
    fn limits() {
        let labels = |count: usize| (0..count).map(|n| n.to_string()).collect::<Vec<_>>();
        gives(Multi, &json!(labels(LIST_ITEMS_MAX)), &json!(labels(LIST_ITEMS_MAX)));
        gives(Multi, &json!(vec!["a"; LIST_ITEMS_MAX + 1]), &json!(["a"]));
        refuses(Multi, &json!(labels(LIST_ITEMS_MAX + 1)), Code::PicklistItem);
        refuses(Multi, &json!(labels(LIST_ITEMS_MAX + 1).join(";")), Code::PicklistItem);
        gives(Multi, &json!(format!(" {} ", "x".repeat(255))), &json!(["x".repeat(255)]));
        refuses(Multi, &json!(["a", "x".repeat(256)]), Code::PicklistItem);
    }
}
