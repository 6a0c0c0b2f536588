//! BOOLEAN (contract: fields#boolean): JSON booleans, the words in any case, and 1 or 0 as integer
//! or text.

use serde_json::Value as Json;

use crate::code::Code;

/// Reads a BOOLEAN. 1.0 is refused: only an integer is read as a truth value.
pub(super) fn parse_boolean(raw: &Json) -> Result<bool, Code> {
    let flag = match raw {
        Json::Bool(flag) => Some(*flag),
        Json::Number(number) => number.as_u64().and_then(from_digit),
        Json::String(text) => from_text(text),
        _ => None,
    };
    flag.ok_or(Code::Boolean)
}

fn from_digit(number: u64) -> Option<bool> {
    match number {
        1 => Some(true),
        0 => Some(false),
        _ => None,
    }
}

fn from_text(text: &str) -> Option<bool> {
    match text {
        "1" => Some(true),
        "0" => Some(false),
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::code::Code;
    use crate::values::FieldType::Boolean;
    use crate::values::cases::{gives, refuses};

    #[test]
    fn booleans() {
        for raw in [json!(true), json!("true"), json!("True"), json!("TRUE"), json!(1), json!("1")]
        {
            gives(Boolean, &raw, &json!(true));
        }
        for raw in [json!(false), json!("false"), json!("fAlse"), json!(0), json!("0")] {
            gives(Boolean, &raw, &json!(false));
        }
    }

    #[test]
    fn no_booleans() {
        for raw in [
            json!(1.0),
            json!(0.0),
            json!(-0.0),
            json!(2),
            json!(-1),
            json!("yes"),
            json!("t"),
            json!(" true"),
            json!("true "),
            json!("01"),
            json!("1.0"),
            json!("true\u{0}"),
            json!([true]),
            json!({}),
        ] {
            refuses(Boolean, &raw, Code::Boolean);
        }
    }
}
