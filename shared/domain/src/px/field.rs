//! The default fields of users and accounts, each a line of a table in the order of answers.

use PxFieldSource::{Created, CustomAttributes, Email, Gsid, Id, IdAgain, Modified};
use PxFieldType::{Boolean, Date, Float, Gender, Integer, Text, TextList, UserType};

/// Code points of a name.
pub(super) const NAME_CHARS_MAX: usize = 255;

/// Code points of any other text.
pub(super) const TEXT_CHARS_MAX: usize = 1_024;

/// The values of `type`; the first is the default.
pub(super) const USER_TYPES: [&str; 4] = ["USER", "LEAD", "VISITOR", "EMPTY_USER_TYPE"];

/// The values of `gender`; the first is the default.
pub(super) const GENDERS: [&str; 4] = ["EMPTY_GENDER", "MALE", "FEMALE", "OTHER"];

/// The type of a default field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PxFieldType {
    /// At most so many code points.
    Text(usize),
    /// A 64-bit integer.
    Integer,
    Float,
    /// Of a custom attribute: an integer of 64 bits, or a float.
    Number,
    Boolean,
    /// Milliseconds since 1970-01-01 UTC.
    Date,
    TextList,
    UserType,
    Gender,
}

/// Names the values that a filter may compare with.
impl std::fmt::Display for PxFieldType {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text(_) | Self::TextList | Self::UserType | Self::Gender => "a text",
            Self::Integer => "an integer",
            Self::Float | Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Date => "milliseconds since 1970-01-01 UTC",
        })
    }
}

/// The source of a default field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PxFieldSource {
    /// PX's own value with this storage code.
    Stored(&'static str),
    /// The attribute of the person, which other systems share.
    Shared(&'static str),
    /// The identifyId, or the account's id.
    Id,
    /// The identifyId once more.
    IdAgain,
    Email,
    /// The GSID of the person.
    Gsid,
    Created,
    Modified,
    CustomAttributes,
    /// Always empty, because visits are not recorded.
    Empty,
    /// Always null, for the same reason.
    Null,
}

/// A default field.
#[derive(Debug, Clone, Copy)]
pub struct PxField {
    /// Its path in the object, dotted.
    pub path: &'static str,
    pub kind: PxFieldType,
    pub source: PxFieldSource,
}

impl PxField {
    /// The name in the list of attributes, where a location's fields are flat.
    #[must_use]
    pub fn api_name(&self) -> &'static str {
        match self.source {
            Id => "id",
            _ => self.path.strip_prefix("location.").unwrap_or(self.path),
        }
    }

    /// Whether the list of attributes has it.
    #[must_use]
    pub fn is_listed(&self) -> bool {
        !matches!(self.source, PxFieldSource::Null | IdAgain | CustomAttributes)
            && self.kind != TextList
            && !self.path.starts_with("lastInferredLocation.")
    }

    /// Whether a call can set it.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        matches!(self.source, PxFieldSource::Stored(_) | PxFieldSource::Shared(_))
    }
}

const fn stored(path: &'static str, kind: PxFieldType, code: &'static str) -> PxField {
    PxField { path, kind, source: PxFieldSource::Stored(code) }
}

const fn shared(path: &'static str, attribute: &'static str) -> PxField {
    PxField { path, kind: NAME, source: PxFieldSource::Shared(attribute) }
}

const fn text(path: &'static str, source: PxFieldSource) -> PxField {
    PxField { path, kind: TEXT, source }
}

const fn date(path: &'static str, source: PxFieldSource) -> PxField {
    PxField { path, kind: Date, source }
}

const fn empty(path: &'static str, kind: PxFieldType) -> PxField {
    PxField { path, kind, source: PxFieldSource::Empty }
}

const NAME: PxFieldType = Text(NAME_CHARS_MAX);
const TEXT: PxFieldType = Text(TEXT_CHARS_MAX);

/// The storage code of an account's name.
pub(super) const ACCOUNT_NAME_CODE: &str = "nm";

/// The storage code of a user's account.
pub(super) const ACCOUNT_ID_CODE: &str = "ai";

pub(super) const USER_FIELDS: &[PxField] = &[
    text("aptrinsicId", Gsid),
    text("identifyId", Id),
    stored("type", UserType, "ty"),
    stored("gender", Gender, "ge"),
    text("email", Email),
    shared("firstName", "fn"),
    shared("lastName", "ln"),
    empty("lastSeenDate", Date),
    stored("signUpDate", Date, "su"),
    stored("firstVisitDate", Date, "fv"),
    stored("title", TEXT, "ti"),
    stored("phone", TEXT, "ph"),
    stored("score", Integer, "sc"),
    stored("role", TEXT, "ro"),
    stored("subscriptionId", TEXT, "sb"),
    stored("accountId", Text(NAME_CHARS_MAX), ACCOUNT_ID_CODE),
    empty("numberOfVisits", Integer),
    stored("location.countryName", TEXT, "l1"),
    stored("location.countryCode", TEXT, "l2"),
    stored("location.stateName", TEXT, "l3"),
    stored("location.stateCode", TEXT, "l4"),
    stored("location.city", TEXT, "l5"),
    stored("location.street", TEXT, "l6"),
    stored("location.postalCode", TEXT, "l7"),
    stored("location.continent", TEXT, "l8"),
    stored("location.regionName", TEXT, "l9"),
    stored("location.timeZone", TEXT, "lz"),
    stored("location.coordinates.latitude", Float, "la"),
    stored("location.coordinates.longitude", Float, "lo"),
    stored("propertyKeys", TextList, "ky"),
    date("createDate", Created),
    date("lastModifiedDate", Modified),
    text("customAttributes", CustomAttributes),
    stored("globalUnsubscribe", Boolean, "gu"),
    stored("sfdcContactId", TEXT, "sf"),
    text("lastVisitedUserAgentData", PxFieldSource::Null),
    text("id", IdAgain),
    empty("lastInferredLocation.countryName", TEXT),
    empty("lastInferredLocation.countryCode", TEXT),
    empty("lastInferredLocation.stateName", TEXT),
    empty("lastInferredLocation.stateCode", TEXT),
    empty("lastInferredLocation.city", TEXT),
    empty("lastInferredLocation.street", TEXT),
    empty("lastInferredLocation.postalCode", TEXT),
    empty("lastInferredLocation.continent", TEXT),
    empty("lastInferredLocation.regionName", TEXT),
    empty("lastInferredLocation.timeZone", TEXT),
    empty("lastInferredLocation.coordinates.latitude", Float),
    empty("lastInferredLocation.coordinates.longitude", Float),
];

pub(super) const ACCOUNT_FIELDS: &[PxField] = &[
    text("id", Id),
    stored("name", NAME, ACCOUNT_NAME_CODE),
    stored("trackedSubscriptionId", TEXT, "ts"),
    stored("sfdcId", TEXT, "sf"),
    stored("lastSeenDate", Date, "ls"),
    stored("dunsNumber", TEXT, "dn"),
    stored("industry", TEXT, "in"),
    stored("numberOfEmployees", Integer, "em"),
    stored("sicCode", TEXT, "si"),
    stored("website", TEXT, "we"),
    stored("naicsCode", TEXT, "na"),
    stored("plan", TEXT, "pl"),
    stored("location.countryName", TEXT, "l1"),
    stored("location.countryCode", TEXT, "l2"),
    stored("location.stateName", TEXT, "l3"),
    stored("location.stateCode", TEXT, "l4"),
    stored("location.city", TEXT, "l5"),
    stored("location.street", TEXT, "l6"),
    stored("location.postalCode", TEXT, "l7"),
    stored("location.continent", TEXT, "l8"),
    stored("location.regionName", TEXT, "l9"),
    stored("location.timeZone", TEXT, "lz"),
    stored("location.coordinates.latitude", Float, "la"),
    stored("location.coordinates.longitude", Float, "lo"),
    stored("propertyKeys", TextList, "ky"),
    date("createDate", Created),
    date("lastModifiedDate", Modified),
    text("customAttributes", CustomAttributes),
    stored("parentGroupId", TEXT, "pg"),
    stored("renewalDate", Date, "rd"),
    stored("healthScore", Float, "hs"),
    stored("gsId", TEXT, "gs"),
    stored("nps", Float, "np"),
    stored("csm", TEXT, "cs"),
];
