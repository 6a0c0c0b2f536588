//! The error codes of data objects (contract: objects#object-codes), and how a fault of a field
//! maps to them.

use serde_json::{Value as Json, json};

use crate::code::Code;
use crate::fault::{Fault, truncate_value};
use crate::schema::metadata::Object;
use crate::values::FieldType;

/// Declares the codes, one a line: variant, code on the wire.
macro_rules! object_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        /// The code of a fault of data objects.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ObjectCode {
            $($(#[$doc])* $name,)*
        }

        impl ObjectCode {
            /// Every code, for tests and documents that cover them all.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code on the wire.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
        }
    };
}

object_codes! {
    /// The value is longer than the field allows.
    TooLong = "GSOBJ_1001";
    /// The value, field, object or reference does not exist or is invalid.
    Invalid = "GSOBJ_1002";
    /// The GSID in the path, or that of the person, is malformed.
    Gsid = "GSOBJ_1004";
    DateTime = "GSOBJ_1005";
    Date = "GSOBJ_1006";
    /// A required field is null or absent.
    Required = "GSOBJ_1007";
    BooleanOrPercentage = "GSOBJ_1008";
    /// The update matches no record.
    NoMatch = "GSOBJ_1011";
}

impl ObjectCode {
    /// The code for a value that its type refuses.
    #[must_use]
    pub fn from_code(code: Code, kind: FieldType) -> Self {
        match (code, kind) {
            (Code::DateTime, FieldType::Date) => Self::Date,
            (Code::DateTime, _) => Self::DateTime,
            (Code::Boolean | Code::Percentage, _) => Self::BooleanOrPercentage,
            _ => Self::Invalid,
        }
    }
}

/// The message of an update that matches no record; clients insert on it.
const NO_MATCH_MESSAGE: &str = "No entity matches the given criteria";

/// One validation error of a record.
#[derive(Clone, PartialEq)]
pub struct ObjectFault {
    pub code: ObjectCode,
    pub field: String,
    pub value: Json,
}

impl ObjectFault {
    /// A fault with the value as sent, truncated (contract: envelope#cut-values).
    #[must_use]
    pub fn with_value(code: ObjectCode, field: &str, value: impl Into<Json>) -> Self {
        Self { code, field: field.to_owned(), value: truncate_value(value.into()) }
    }

    /// The message that callers see.
    #[must_use]
    pub fn message(&self) -> String {
        let shown = self.value.as_str().map_or_else(|| self.value.to_string(), str::to_owned);
        match self.code {
            ObjectCode::TooLong => format!("Value is too long for the field ({})", self.field),
            ObjectCode::NoMatch => NO_MATCH_MESSAGE.to_owned(),
            _ => format!("Invalid field value ({} = {shown})", self.field),
        }
    }

    /// The fault as an item of `errors`.
    #[must_use]
    pub fn to_json(&self) -> Json {
        json!({
            "errorMessage": self.message(),
            "errorCode": self.code.as_str(),
            "fieldName": self.field,
            "invalidValue": self.value,
        })
    }

    /// Converts a fault of a record of `object` to the codes of data objects.
    #[must_use]
    pub fn from_fault(fault: &Fault, object: &Object) -> Self {
        let field = fault.field.clone().unwrap_or_default();
        let value = fault.values.get(&field).cloned().unwrap_or_default();
        let kind = object.field(&field).map(|known| (known.kind, known.max_length));
        let too_long = |max: usize| fault.text_chars.is_some_and(|length| length > max);
        let code = match (fault.code, kind) {
            (Code::String | Code::Url | Code::Email | Code::PicklistItem, Some((_, max)))
                if too_long(max) =>
            {
                ObjectCode::TooLong
            }
            (code, Some((kind, _))) => ObjectCode::from_code(code, kind),
            (_, None) => ObjectCode::Invalid,
        };
        Self { code, field, value }
    }
}

impl std::fmt::Debug for ObjectFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.code.as_str(), self.field)
    }
}
