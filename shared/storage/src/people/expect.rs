//! What has to stand at a place for a person's write to be done there, as DynamoDB checks it
//! and as a merge checks it of what was read.

use people_domain::objects::record::{Attributes, REVISED, text};
use people_domain::people::{
    AT, Acceptance, EMAIL, ERASED, ERASURE, Fence, GSID, LEFT, Mark, Named,
};

use crate::table::expression::Placeholders;
use crate::table::keys::PK;

/// The occupant that a write requires at its place.
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

/// All that a write asks of its place: who is there, the order of writes, and for a job's row its
/// fence.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Guard<'g> {
    pub(crate) expect: &'g Expect,
    pub(crate) mark: &'g Mark,
    /// The record part of a person who left the place and is known not to be erased since the job
    /// was accepted.
    pub(crate) left: Option<&'g str>,
}

impl Expect {
    fn condition(&self, placeholders: &mut Placeholders) -> String {
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
    pub(crate) fn holds(&self, item: Option<&Attributes>) -> bool {
        let is = |name, value: &str| item.is_some_and(|item| text(item, name) == Some(value));
        let has = |name| item.is_some_and(|item| item.contains_key(name));
        match self {
            Self::Email(key) => is(EMAIL, key),
            Self::Gsid(part) => is(GSID, part),
            Self::GsidAndEmail(part, key) => is(GSID, part) && is(EMAIL, key),
            Self::EmailOrNobody(key) => (!has(EMAIL) || is(EMAIL, key)) && !has(AT),
        }
    }

    /// Whether the item is of the person that is expected, whatever its marks say.
    pub(crate) fn is_met_by(&self, item: &Attributes) -> bool {
        item.contains_key(GSID) && self.holds(Some(item))
    }
}

impl Guard<'_> {
    /// The condition expression.
    pub(crate) fn condition(&self, placeholders: &mut Placeholders) -> String {
        let who = self.expect.condition(placeholders);
        let order = in_order(self.mark, placeholders);
        let fence = self.mark.fence.as_ref().map(|fence| Self::fenced(fence, placeholders));
        format!("({who}) AND {order}{}", fence.unwrap_or_default())
    }

    /// Whether all of it but the order holds for an item that was read. What is only too early is
    /// stamped anew and sent again.
    pub(crate) fn holds_but_for_order(&self, item: Option<&Attributes>) -> bool {
        let lets = |item| {
            self.mark.fence.as_ref().is_none_or(|fence| fence.lets(item))
                && self.unchecked_leaver(item).is_none()
        };
        self.expect.holds(item) && item.is_none_or(lets)
    }

    /// The record part of the person who left the place of a row that comes by email, while it is
    /// not known whether that person was erased since.
    pub(crate) fn unchecked_leaver<'i>(&self, item: &'i Attributes) -> Option<&'i str> {
        let by_email = self.mark.fence.as_ref().is_some_and(|f| f.named == Named::ByEmail);
        text(item, LEFT).filter(|left| by_email && self.left != Some(left))
    }

    /// As [`Fence::lets`] and [`Self::unchecked_leaver`] say it of an item that was read.
    fn fenced(fence: &Fence, placeholders: &mut Placeholders) -> String {
        let (name, job) = (placeholders.name(fence.attribute()), placeholders.text(&fence.job));
        let first = placeholders.text(&fence.first_mark());
        let unapplied = format!(
            " AND (attribute_not_exists({name}) OR NOT begins_with({name},{job}) OR {name}<{first})"
        );
        match fence.named {
            Named::ByGsid => unapplied,
            Named::ByEmail => unapplied + &Self::not_erased(fence, placeholders),
        }
    }

    fn not_erased(fence: &Fence, placeholders: &mut Placeholders) -> String {
        let erased = not_erased_since(&fence.accepted, placeholders);
        format!(" AND {erased} AND attribute_not_exists({})", placeholders.name(LEFT))
    }
}

/// The condition that no erasure after the acceptance of a job is marked in an item.
pub(crate) fn not_erased_since(accepted: &Acceptance, placeholders: &mut Placeholders) -> String {
    let number = placeholders.name(ERASURE);
    let counted = placeholders.number(accepted.erasures);
    let counted = format!("(attribute_not_exists({number}) OR {number}<={counted})");
    match accepted.uploaded {
        Some(uploaded) => {
            let before = absent_or_before(ERASED, uploaded.as_str(), placeholders);
            format!("{counted} AND {before}")
        }
        None => counted,
    }
}

/// The order of writes: all that stands at the place is older.
pub(crate) fn in_order(mark: &Mark, placeholders: &mut Placeholders) -> String {
    let stamp = mark.stamp.as_str();
    let [written, erased] =
        [REVISED, ERASED].map(|name| absent_or_before(name, stamp, placeholders));
    format!("{written} AND {erased}")
}

fn absent_or_before(name: &str, text: &str, placeholders: &mut Placeholders) -> String {
    let (name, text) = (placeholders.name(name), placeholders.text(text));
    format!("(attribute_not_exists({name}) OR {name}<{text})")
}

/// The condition that an item is still as it was read. A tombstone keeps its `x` when somebody comes
/// to live there, so that both marks are compared.
pub(crate) fn unchanged(old: Option<&Attributes>, placeholders: &mut Placeholders) -> String {
    let Some(old) = old else {
        return format!("attribute_not_exists({})", placeholders.name(PK));
    };
    let same = [REVISED, ERASED].map(|name| match text(old, name) {
        Some(value) => format!("{}={}", placeholders.name(name), placeholders.text(value)),
        None => format!("attribute_not_exists({})", placeholders.name(name)),
    });
    same.join(" AND ")
}
