//! What has to stand at a place for a person's write to be done there, as DynamoDB checks it
//! and as we do when we merge by hand.

use people_domain::person::{AT, EMAIL, ERASED, Fence, GSID, Named};
use people_domain::record::{Attributes, text};

use crate::expression::Placeholders;

/// The condition of a write.
#[derive(Debug, Clone)]
pub(crate) enum Expect {
    /// The person with this email key, or nobody.
    EmailOrNobody(String),
    /// The person with this email key.
    Email(String),
    /// The person with this record part.
    Gsid(String),
    /// The person with this record part and this email key.
    GsidAndEmail(String, String),
}

impl Expect {
    /// The condition expression, with what a job's row asks beside it.
    pub(crate) fn condition(
        &self,
        fence: Option<&Fence>,
        placeholders: &mut Placeholders,
    ) -> String {
        let condition = self.own(placeholders);
        match fence {
            None => condition,
            Some(fence) => format!("({condition}) AND {}", in_order(fence, placeholders)),
        }
    }

    fn own(&self, placeholders: &mut Placeholders) -> String {
        let mut equal = |name: &str, text: &str| {
            format!("{}={}", placeholders.name(name), placeholders.text(text))
        };
        match self {
            Self::Email(key) => equal(EMAIL, key),
            Self::Gsid(part) => equal(GSID, part),
            Self::GsidAndEmail(part, key) => {
                format!("{} AND {}", equal(GSID, part), equal(EMAIL, key))
            }
            Self::EmailOrNobody(key) => {
                let same = equal(EMAIL, key);
                let mut absent =
                    |name| format!("attribute_not_exists({})", placeholders.name(name));
                // A pointer has no email, so it has to be told from nobody.
                format!("({} OR {same}) AND {}", absent(EMAIL), absent(AT))
            }
        }
    }

    /// The same of an item that was read.
    pub(crate) fn holds(&self, item: Option<&Attributes>, fence: Option<&Fence>) -> bool {
        let lets = |item| fence.is_none_or(|fence: &Fence| fence.lets(item));
        self.own_holds(item) && item.is_none_or(lets)
    }

    /// Whether the item is of the person that is expected, whatever its marks say.
    pub(crate) fn is_met_by(&self, item: &Attributes) -> bool {
        item.contains_key(GSID) && self.own_holds(Some(item))
    }

    fn own_holds(&self, item: Option<&Attributes>) -> bool {
        let is = |name, value: &str| item.is_some_and(|item| text(item, name) == Some(value));
        let has = |name| item.is_some_and(|item| item.contains_key(name));
        match self {
            Self::Email(key) => is(EMAIL, key),
            Self::Gsid(part) => is(GSID, part),
            Self::GsidAndEmail(part, key) => is(GSID, part) && is(EMAIL, key),
            Self::EmailOrNobody(key) => (!has(EMAIL) || is(EMAIL, key)) && !has(AT),
        }
    }
}

/// As [`Fence::lets`] says it of an item that was read.
fn in_order(fence: &Fence, placeholders: &mut Placeholders) -> String {
    let (name, job) = (placeholders.name(fence.attribute()), placeholders.text(&fence.job));
    let first = placeholders.text(&fence.first_mark());
    let unapplied = format!(
        "(attribute_not_exists({name}) OR NOT begins_with({name},{job}) OR {name}<{first})"
    );
    match fence.named {
        Named::ByGsid => unapplied,
        Named::ByEmail => {
            let erased = placeholders.name(ERASED);
            let accepted = placeholders.text(fence.accepted.as_str());
            format!("{unapplied} AND (attribute_not_exists({erased}) OR {erased}<{accepted})")
        }
    }
}
