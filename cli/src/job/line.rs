//! One row of a chunk's results, whichever call its job is of.

use people_storage::jobs::JobKind;
use serde_json::{Map, Value as Json};

/// A row's result as the API answers it, with its number.
#[derive(Debug)]
pub(super) struct Line(Map<String, Json>);

/// The columns of [`Line::cells`].
pub(super) const COLUMNS: [&str; 5] = ["rowNumber", "operationStatus", "email", "gsid", "errors"];

/// How a row ended that was written whole, and one of which nothing was.
const SUCCESS: &str = "SUCCESS";
const FAILURE: &str = "FAILURE";

/// The rows of a chunk's document; none when it is no such document.
pub(super) fn lines(kind: JobKind, document: &[u8]) -> Option<Vec<Line>> {
    let mut document: Json = serde_json::from_slice(document).ok()?;
    let rows = match kind {
        JobKind::Async => document,
        _ => document.get_mut("records")?.take(),
    };
    let Json::Array(rows) = rows else { return None };
    let line = |(row, number): (Json, u32)| match row {
        Json::Object(fields) if kind == JobKind::Async => Some(Line::numbered(fields, number)),
        Json::Object(fields) => Some(Line(fields)),
        _ => None,
    };
    rows.into_iter().zip(1..).map(line).collect()
}

impl Line {
    /// The results of people/async are in order, and say no numbers.
    fn numbered(fields: Map<String, Json>, number: u32) -> Self {
        let number = ("rowNumber".to_owned(), number.into());
        Self(std::iter::once(number).chain(fields).collect())
    }

    pub(super) fn number(&self) -> Option<u32> {
        self.0.get("rowNumber")?.as_u64()?.try_into().ok()
    }

    /// Whether nothing of it was written.
    pub(super) fn failed(&self) -> bool {
        self.status() == FAILURE
    }

    /// Whether all of it was.
    pub(super) fn succeeded(&self) -> bool {
        self.status() == SUCCESS
    }

    pub(super) fn json(&self) -> String {
        Json::from(self.0.clone()).to_string()
    }

    /// What a table has of it.
    pub(super) fn cells(&self) -> [String; 5] {
        let number = self.number().map(|number| number.to_string()).unwrap_or_default();
        let gsid = text(self.0.get("personGsid")).or_else(|| self.sent("Gsid"));
        let (email, gsid) = (self.sent("Email").unwrap_or_default(), gsid.unwrap_or_default());
        [number, self.status().to_owned(), email, gsid, self.faults().join("; ")]
    }

    fn status(&self) -> &str {
        let status = self.0.get("operationStatus").or_else(|| self.0.get("status"));
        status.and_then(Json::as_str).unwrap_or_default()
    }

    /// A field of the person as it is echoed, under a name of any case.
    fn sent(&self, name: &str) -> Option<String> {
        let record = self.0.get("record")?.as_object()?;
        let field = record.iter().find(|(field, _)| field.eq_ignore_ascii_case(name));
        text(field.map(|(_, value)| value))
    }

    /// Each fault once, in order.
    fn faults(&self) -> Vec<String> {
        let details = self.0.get("error").and_then(|error| error.get("details"));
        let bulk = items(details).iter().flat_map(|detail| {
            let errors = items(detail.get("errors")).iter();
            errors.filter_map(|error| {
                let lookup = error.get("lookup").and_then(Json::as_object).and_then(print_sought);
                let said = told(detail.get("fieldName"), error.get("message"), error.get("code"))?;
                Some(said + &lookup.unwrap_or_default())
            })
        });
        let single = items(self.0.get("errors")).iter().filter_map(|error| {
            let said = told(error.get("field"), error.get("errorMessage"), error.get("errorCode"))?;
            Some(said + &print_sought_of_async(error).unwrap_or_default())
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

/// A fault with its field, if it is of one, and its code, if that is more than the message.
fn told(field: Option<&Json>, message: Option<&Json>, code: Option<&Json>) -> Option<String> {
    let text = |value: Option<&Json>| text(value).filter(|text| !text.is_empty());
    let (message, code) = (text(message), text(code));
    let said = match (message, code) {
        (Some(message), Some(code)) if message != code => format!("{message} ({code})"),
        (message, code) => message.or(code)?,
    };
    Some(text(field).map_or_else(|| said.clone(), |field| format!("{field}: {said}")))
}

/// The code of a lookup that would have to read more than a chunk may.
const TOO_MUCH: &str = "GSOBJ_VCRUDR1001";

/// Prints the values that a lookup searched for.
fn print_sought(values: &Map<String, Json>) -> Option<String> {
    let values: Vec<_> = values.iter().map(|(name, value)| format!("{name} {value}")).collect();
    (!values.is_empty()).then(|| format!(", looked for {}", values.join(" and ")))
}

/// Prints them for an error of people/async: its values are those and the field's own code, or those
/// alone where nothing was searched.
fn print_sought_of_async(error: &Json) -> Option<String> {
    let (field, code) = (error.get("field")?.as_str()?, error.get("errorCode")?);
    let items = items(error.get("invalidValue")).iter().filter_map(Json::as_object);
    let is_of_lookup = |values: &&Map<String, Json>| match values.get(field) {
        Some(value) => value == code,
        None => code == TOO_MUCH,
    };
    let of_lookups = items.filter(is_of_lookup);
    let own = |values: &Map<String, Json>| {
        let values = values.iter().filter(|(name, _)| *name != field);
        print_sought(&values.map(|(name, value)| (name.clone(), value.clone())).collect())
    };
    let sought: Vec<_> = of_lookups.filter_map(own).collect();
    (!sought.is_empty()).then(|| sought.concat())
}

fn items(list: Option<&Json>) -> &[Json] {
    list.and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

fn text(value: Option<&Json>) -> Option<String> {
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
        let lines = lines(kind, document.to_string().as_bytes()).unwrap();
        lines.iter().map(Line::cells).collect()
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
        let lines = lines(JobKind::Async, document.to_string().as_bytes()).unwrap();
        assert!(lines[0].json().starts_with(r#"{"rowNumber":1,"status""#));
    }

    #[test]
    fn what_is_no_document_has_no_rows() {
        for text in ["", "{}", r#"{"records":{}}"#, r#"{"records":[1]}"#] {
            assert!(lines(JobKind::Bulk, text.as_bytes()).is_none(), "{text}");
        }
    }
}
