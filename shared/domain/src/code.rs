//! The record-level error codes of contract: envelope#record-level-codes, each with its documented
//! message.

use std::fmt;

/// Declares the codes, one a line: variant, code on the wire, documented message.
macro_rules! record_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $message:literal;)*) => {
        /// The code of a record-level fault (contract: envelope#record-level-codes).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code, for tests and documents that cover them all.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code on the wire, for example `GSOBJ_VDTEMAIL1001`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The documented message; faults of keys and rows append to it.
            #[must_use]
            pub fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }
        }
    };
}

record_codes! {
    /// The person, company or relationship does not exist.
    PeopleNotFound = "GSOBJ_PEOPLE1001", "People entities do not exist";
    /// A GET by Email lacks the Email.
    QueryParamsEmpty = "GSOBJ_VQP1001", "Query params are null or empty";
    Boolean = "GSOBJ_VDTBOOL1001", "Invalid boolean value";
    Number = "GSOBJ_VDTNUM1001", "Invalid number value";
    /// A number, currency or percentage exceeds 1e15 in magnitude.
    NumberRange = "GSOBJ_VDTNUM1002", "Number is out of range";
    /// Not a text, or longer than the field allows.
    String = "GSOBJ_VDTBSTR1001", "Invalid string value";
    DateTime = "GSOBJ_VDTDATIME1001", "Invalid datetime value";
    Currency = "GSOBJ_VDTCURREN1001", "Invalid currency value";
    /// The commas of an amount do not group thousands.
    CurrencyComma = "GSOBJ_VDTCURREN1002", "Invalid representation of comma as thousand separator";
    Email = "GSOBJ_VDTEMAIL1001", "Invalid email value";
    /// The text does not have the form of a GSID.
    Gsid = "GSOBJ_VDTGSID1001", "Invalid gsid value";
    Percentage = "GSOBJ_VDTPERCENT1001", "Invalid percentage value";
    /// Not a Salesforce id of 15 or 18 characters.
    Sfdcid = "GSOBJ_VDTSFDCID1001", "SFDCID must be alphanumeric 15 or 18 characters";
    /// The dropdown category of a picklist field no longer exists.
    PicklistCategory = "GSOBJ_VDTPKLST1001", "Dropdownlist category not found";
    /// The dropdown list lacks the label or item id.
    PicklistItem = "GSOBJ_VDTPKLST1002", "Dropdownlist item not found";
    Url = "GSOBJ_VDTURL1001", "Invalid URL value";
    /// The record is null, empty or not an object.
    RowInfo = "GSOBJ_VCRUDR1001", "Row Info cannot be null";
    /// The field, object or lookup field does not exist.
    UnknownField = "GSOBJ_VCRUDR1002", "Fields do not exist in object";
    /// Another row already has the key.
    KeyTaken = "GSOBJ_VCUSTOM1007", "Row with the given resolution key already exists";
    /// The key lacks a part.
    KeyMissing = "GSOBJ_VCUSTOM1012", "Resolution key value is null or empty";
    /// Bulk: a lookup found no record.
    LookupMarker = "GSOBJ_RLS012", "GSOBJ_RLS012";
    /// Processing the row panicked, or its chunk could never be completed.
    Unexpected = "GU_1101", "Oops, something went wrong";
    /// Single and async upserts: a lookup found no record, or several under MARKASERROR.
    LookupNotResolved = "RLS_SOURCE_LOOKUP_FIELD_NOT_RESOLVED",
        "ResolveLookupService source lookup field not resolved";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.as_str(), self.message())
    }
}
