//! One row of a chunk's results, for jobs of every kind.

use people_storage::jobs::JobKind;
use serde_json::{Map, Value as Json};

/// A row's result as the API returns it, with its row number.
#[derive(Debug)]
pub(super) struct ResultRow(Map<String, Json>);

/// The columns of [`ResultRow::cells`].
pub(super) const COLUMNS: [&str; 5] = ["rowNumber", "operationStatus", "email", "gsid", "errors"];

/// The status of a row that was written completely, and of one that was not written at all.
const STATUS_SUCCESS: &str = "SUCCESS";
const STATUS_FAILURE: &str = "FAILURE";

/// Parses the rows of a chunk's results; `None` if the document has another structure.
pub(super) fn parse_rows(kind: JobKind, document: &[u8]) -> Option<Vec<ResultRow>> {
    let mut document: Json = serde_json::from_slice(document).ok()?;
    let rows = match kind {
        JobKind::Async => document,
        _ => document.get_mut("records")?.take(),
    };
    let Json::Array(rows) = rows else { return None };
    let line = |(row, number): (Json, u32)| match row {
        Json::Object(fields) if kind == JobKind::Async => {
            Some(ResultRow::with_number(fields, number))
        }
        Json::Object(fields) => Some(ResultRow(fields)),
        _ => None,
    };
    rows.into_iter().zip(1..).map(line).collect()
}

impl ResultRow {
    /// Adds the row number, which results of people/async lack: they are in the order of the rows.
    fn with_number(fields: Map<String, Json>, number: u32) -> Self {
        let number = ("rowNumber".to_owned(), number.into());
        Self(std::iter::once(number).chain(fields).collect())
    }

    pub(super) fn number(&self) -> Option<u32> {
        self.0.get("rowNumber")?.as_u64()?.try_into().ok()
    }

    /// Whether nothing of the row was written.
    pub(super) fn has_failed(&self) -> bool {
        self.status() == STATUS_FAILURE
    }

    /// Whether the row was written completely.
    pub(super) fn has_succeeded(&self) -> bool {
        self.status() == STATUS_SUCCESS
    }

    pub(super) fn to_json(&self) -> String {
        Json::from(self.0.clone()).to_string()
    }

    /// The row's cells in a table.
    pub(super) fn cells(&self) -> [String; 5] {
        let number = self.number().map(|number| number.to_string()).unwrap_or_default();
        let gsid = text_of_value(self.0.get("personGsid")).or_else(|| self.echoed_field("Gsid"));
        let (email, gsid) =
            (self.echoed_field("Email").unwrap_or_default(), gsid.unwrap_or_default());
        [number, self.status().to_owned(), email, gsid, self.format_faults().join("; ")]
    }

    fn status(&self) -> &str {
        let status = self.0.get("operationStatus").or_else(|| self.0.get("status"));
        status.and_then(Json::as_str).unwrap_or_default()
    }

    /// A field of the echoed person; its name is matched in any case.
    fn echoed_field(&self, name: &str) -> Option<String> {
        let record = self.0.get("record")?.as_object()?;
        let field = record.iter().find(|(field, _)| field.eq_ignore_ascii_case(name));
        text_of_value(field.map(|(_, value)| value))
    }

    /// Formats the row's errors in order, without duplicates.
    fn format_faults(&self) -> Vec<String> {
        let details = self.0.get("error").and_then(|error| error.get("details"));
        let bulk = list_items(details).iter().flat_map(|detail| {
            let errors = list_items(detail.get("errors")).iter();
            errors.filter_map(|error| {
                let lookup =
                    error.get("lookup").and_then(Json::as_object).and_then(format_lookup_values);
                let said =
                    format_fault(detail.get("fieldName"), error.get("message"), error.get("code"))?;
                Some(said + &lookup.unwrap_or_default())
            })
        });
        let single = list_items(self.0.get("errors")).iter().filter_map(|error| {
            let said = format_fault(
                error.get("field"),
                error.get("errorMessage"),
                error.get("errorCode"),
            )?;
            Some(said + &format_async_lookup_values(error).unwrap_or_default())
        });
        let mut faults = Vec::new();
        for fault in bulk.chain(single) {
            if !faults.contains(&fault) {
                faults.push(fault);
            }
        }
        faults
    }
}

/// Formats an error with its field, if it concerns one, and its code, if that differs from the
/// message.
fn format_fault(
    field: Option<&Json>,
    message: Option<&Json>,
    code: Option<&Json>,
) -> Option<String> {
    let text = |value: Option<&Json>| text_of_value(value).filter(|text| !text.is_empty());
    let (message, code) = (text(message), text(code));
    let said = match (message, code) {
        (Some(message), Some(code)) if message != code => format!("{message} ({code})"),
        (message, code) => message.or(code)?,
    };
    Some(text(field).map_or_else(|| said.clone(), |field| format!("{field}: {said}")))
}

/// The code of a lookup that would read more than a chunk may.
const LOOKUP_TOO_LARGE_CODE: &str = "GSOBJ_VCRUDR1001";

/// Formats the values that a lookup searched for.
fn format_lookup_values(values: &Map<String, Json>) -> Option<String> {
    let values: Vec<_> = values.iter().map(|(name, value)| format!("{name} {value}")).collect();
    (!values.is_empty()).then(|| format!(", looked for {}", values.join(" and ")))
}

/// Formats the searched values of a people/async error. Its values are the searched ones together
/// with the field's own code, or only the searched ones if the search was refused as too large.
fn format_async_lookup_values(error: &Json) -> Option<String> {
    let (field, code) = (error.get("field")?.as_str()?, error.get("errorCode")?);
    let items = list_items(error.get("invalidValue")).iter().filter_map(Json::as_object);
    let is_of_lookup = |values: &&Map<String, Json>| match values.get(field) {
        Some(value) => value == code,
        None => code == LOOKUP_TOO_LARGE_CODE,
    };
    let of_lookups = items.filter(is_of_lookup);
    let own = |values: &Map<String, Json>| {
        let values = values.iter().filter(|(name, _)| *name != field);
        format_lookup_values(&values.map(|(name, value)| (name.clone(), value.clone())).collect())
    };
    let sought: Vec<_> = of_lookups.filter_map(own).collect();
    (!sought.is_empty()).then(|| sought.concat())
}

fn list_items(list: Option<&Json>) -> &[Json] {
    list.and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

fn text_of_value(value: Option<&Json>) -> Option<String> {
    match value? {
        Json::Null => None,
        Json::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn cells(kind: JobKind, document: &Json) -> Vec<[String; 5]> {
        let lines = parse_rows(kind, document.to_string().as_bytes()).unwrap();
        lines.iter().map(ResultRow::cells).collect()
    }

    #[test]
    fn a_bulk_row_tells_its_number_person_and_faults() {
        let error = |field: Json, message: &str, code: &str| {
            let errors = json!([{ "message": message, "code": code }]);
            json!({ "fieldName": field, "values": {}, "errors": errors })
        };
        let gsid = || error(json!("Company_ID"), "Invalid gsid value", "GSOBJ_VDTGSID1001");
        let row = json!({ "errors": [{ "message": "Nor \"so\"", "code": "X" }] });
        let mut lookup = gsid();
        lookup["errors"][0]["lookup"] = json!({ "Name": "Missing \"Ltd\"", "ARR": 7 });
        let marker = error(Json::Null, "GSOBJ_RLS012", "GSOBJ_RLS012");
        let details = json!([gsid(), row, gsid(), marker, lookup]);
        let document = json!({ "records": [
            { "record": { "email": "a@abc.com", "Gsid": "1P01" }, "rowNumber": 7,
              "operationStatus": "SUCCESS", "operationType": null },
            { "record": { "Email": null }, "rowNumber": 9, "operationStatus": "FAILURE",
              "error": { "rowNum": 9, "details": details } },
        ] });
        let faults = concat!(
            r#"Company_ID: Invalid gsid value (GSOBJ_VDTGSID1001); Nor "so" (X); GSOBJ_RLS012; "#,
            r#"Company_ID: Invalid gsid value (GSOBJ_VDTGSID1001), looked for Name "Missing \"Ltd\"" and ARR 7"#,
        );
        let expected =
            [["7", "SUCCESS", "a@abc.com", "1P01", ""], ["9", "FAILURE", "", "", faults]];
        assert_eq!(cells(JobKind::Bulk, &document), expected);
    }

    #[test]
    fn an_async_row_is_numbered_by_its_place() {
        let errors = json!([
            { "field": "Email", "invalidValue": [], "errorCode": "X", "errorMessage": "No" },
            { "field": null, "invalidValue": [], "errorCode": "Y", "errorMessage": "Nor so" },
            { "field": "Company_ID", "invalidValue": [{ "Name": "Nope Inc", "Company_ID": "Z" }],
              "errorCode": "Z", "errorMessage": "Not resolved" },
        ]);
        let document = json!([
            { "status": "SUCCESS", "personGsid": "1P01" },
            { "status": "FAILURE", "errors": errors },
        ]);
        let expected = [
            ["1", "SUCCESS", "", "1P01", ""],
            [
                "2",
                "FAILURE",
                "",
                "",
                "Email: No (X); Nor so (Y); Company_ID: Not resolved (Z), looked for Name \"Nope Inc\"",
            ],
        ];
        assert_eq!(cells(JobKind::Async, &document), expected);
        let lines = parse_rows(JobKind::Async, document.to_string().as_bytes()).unwrap();
        assert!(lines[0].to_json().starts_with(r#"{"rowNumber":1,"status""#));
    }

    #[test]
    fn what_is_no_document_has_no_rows() {
        for text in ["", "{}", r#"{"records":{}}"#, r#"{"records":[1]}"#] {
            assert!(parse_rows(JobKind::Bulk, text.as_bytes()).is_none(), "{text}");
        }
    }
}
