//! The codes of data objects (contract: objects#object-codes), and how a fault of a field maps to
//! them.

use serde_json::{Value as Json, json};

use crate::code::Code;
use crate::fault::{Fault, truncate_value};
use crate::schema::metadata::Object;
use crate::values::FieldType;

/// Declares the codes in a line each: variant, wire code.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal;)*) => {
        /// A fault code of data objects.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ObjectCode {
            $($(#[$doc])* $name,)*
        }

        impl ObjectCode {
            /// Every code, for tests and documents that must cover them all.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code on the wire.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }
        }
    };
}

codes! {
    /// Longer than the field takes.
    TooLong = "GSOBJ_1001";
    /// A value, a field, an object or a reference that does not exist or does not fit.
    Invalid = "GSOBJ_1002";
    /// A GSID of bad form in the path.
    Gsid = "GSOBJ_1004";
    /// Not a datetime.
    DateTime = "GSOBJ_1005";
    /// Not a date.
    Date = "GSOBJ_1006";
    /// Null, or nothing, in a required field.
    Required = "GSOBJ_1007";
    /// Not a boolean, or not a percentage.
    BooleanOrPercentage = "GSOBJ_1008";
    /// An update that matches nothing.
    NoMatch = "GSOBJ_1011";
}

impl ObjectCode {
    /// What a value that its type refuses is told.
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

/// What an update that matches nothing is told; clients insert on it.
const NO_MATCH_MESSAGE: &str = "No entity matches the given criteria";

/// One thing wrong with one record.
#[derive(Clone, PartialEq)]
pub struct ObjectFault {
    /// The code.
    pub code: ObjectCode,
    /// The field.
    pub field: String,
    /// The value as sent.
    pub value: Json,
}

impl ObjectFault {
    /// A value that a caller sent, cut to be shown (contract: envelope#cut-values).
    #[must_use]
    pub fn with_value(code: ObjectCode, field: &str, value: impl Into<Json>) -> Self {
        Self { code, field: field.to_owned(), value: truncate_value(value.into()) }
    }

    /// What is said of it.
    #[must_use]
    pub fn message(&self) -> String {
        let shown = self.value.as_str().map_or_else(|| self.value.to_string(), str::to_owned);
        match self.code {
            ObjectCode::TooLong => format!("Value is too long for the field ({})", self.field),
            ObjectCode::NoMatch => NO_MATCH_MESSAGE.to_owned(),
            _ => format!("Invalid field value ({} = {shown})", self.field),
        }
    }

    /// As it stands in the `errors` of an answer.
    #[must_use]
    pub fn to_json(&self) -> Json {
        json!({
            "errorMessage": self.message(),
            "errorCode": self.code.as_str(),
            "fieldName": self.field,
            "invalidValue": self.value,
        })
    }

    /// A fault of a record of `object` in the words of data objects.
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
