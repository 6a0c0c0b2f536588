//! The record-level error codes of contract: envelope#record-level-codes, each with its one
//! documented message.

use std::fmt;

/// Declares the codes in a line each: variant, wire code, documented message.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $message:literal;)*) => {
        /// A record-level fault, as callers see it (contract: envelope#record-level-codes).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// Every code, for tests and documents that must cover them all.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The code on the wire, such as `GSOBJ_VDTEMAIL1001`.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The documented message; keys and row faults append to it.
            #[must_use]
            pub fn message(self) -> &'static str {
                match self { $(Self::$name => $message,)* }
            }
        }
    };
}

codes! {
    /// Unknown person, company or relationship.
    PeopleNotFound = "GSOBJ_PEOPLE1001", "People entities do not exist";
    /// GET by Email with no Email.
    QueryParamsEmpty = "GSOBJ_VQP1001", "Query params are null or empty";
    /// Not a boolean.
    Boolean = "GSOBJ_VDTBOOL1001", "Invalid boolean value";
    /// Not a number.
    Number = "GSOBJ_VDTNUM1001", "Invalid number value";
    /// A number beyond 1e15 in size; for currencies and percentages too.
    NumberRange = "GSOBJ_VDTNUM1002", "Number is out of range";
    /// Not a text, or longer than the field takes.
    String = "GSOBJ_VDTBSTR1001", "Invalid string value";
    /// Not a date or a datetime.
    DateTime = "GSOBJ_VDTDATIME1001", "Invalid datetime value";
    /// Not an amount.
    Currency = "GSOBJ_VDTCURREN1001", "Invalid currency value";
    /// Commas that do not group thousands.
    CurrencyComma = "GSOBJ_VDTCURREN1002", "Invalid representation of comma as thousand separator";
    /// Not an email address.
    Email = "GSOBJ_VDTEMAIL1001", "Invalid email value";
    /// Not of a GSID's form.
    Gsid = "GSOBJ_VDTGSID1001", "Invalid gsid value";
    /// Not a percentage.
    Percentage = "GSOBJ_VDTPERCENT1001", "Invalid percentage value";
    /// Not a Salesforce id.
    Sfdcid = "GSOBJ_VDTSFDCID1001", "SFDCID must be alphanumeric 15 or 18 characters";
    /// A picklist field whose category is gone.
    PicklistCategory = "GSOBJ_VDTPKLST1001", "Dropdownlist category not found";
    /// A label or an item id that the list does not have.
    PicklistItem = "GSOBJ_VDTPKLST1002", "Dropdownlist item not found";
    /// Not a URL.
    Url = "GSOBJ_VDTURL1001", "Invalid URL value";
    /// A record that is null, empty or not an object.
    RowInfo = "GSOBJ_VCRUDR1001", "Row Info cannot be null";
    /// A field, object or lookup field that does not exist.
    UnknownField = "GSOBJ_VCRUDR1002", "Fields do not exist in object";
    /// Another row holds the key.
    KeyTaken = "GSOBJ_VCUSTOM1007", "Row with the given resolution key already exists";
    /// A part of the key is missing.
    KeyMissing = "GSOBJ_VCUSTOM1012", "Resolution key value is null or empty";
    /// Bulk: a lookup found nothing.
    LookupMarker = "GSOBJ_RLS012", "GSOBJ_RLS012";
    /// A row that met a bug of ours, or whose chunk could never be finished.
    Unexpected = "GU_1101", "Oops, something went wrong";
    /// Single and async upserts: a lookup found nothing, or several under MARKASERROR.
    LookupNotResolved = "RLS_SOURCE_LOOKUP_FIELD_NOT_RESOLVED",
        "ResolveLookupService source lookup field not resolved";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.as_str(), self.message())
    }
}
