//! What has to stand at a place for a person's write to be done there, as DynamoDB checks it
//! and as a merge checks it of what was read.

use people_domain::objects::record::{Attributes, UPDATED, attribute_text};
use people_domain::people::{
    ALIAS, EMAIL, ERASED_AT, ERASURE_NUMBER, Fence, GSID, JobAcceptance, LEFT, NamedBy,
    WriteContext,
};

use crate::table::expression::Placeholders;
use crate::table::keys::PK;

/// The occupant that a write requires at its place.
#[derive(Debug, Clone)]
pub(crate) enum Precondition {
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
pub(crate) struct WriteCondition<'g> {
    pub(crate) precondition: &'g Precondition,
    pub(crate) mark: &'g WriteContext,
    /// The record part of a person who left the place and is known not to be erased since the job
    /// was accepted.
    pub(crate) checked_leaver: Option<&'g str>,
}

impl Precondition {
    fn condition_expression(&self, placeholders: &mut Placeholders) -> String {
        let mut equal = |name: &str, text: &str| {
            format!("{}={}", placeholders.add_name(name), placeholders.add_text(text))
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
                    |name| format!("attribute_not_exists({})", placeholders.add_name(name));
                // A pointer has no email, so it has to be told from nobody.
                format!("({} OR {same}) AND {}", absent(EMAIL), absent(ALIAS))
            }
        }
    }

    /// The same of an item that was read.
    pub(crate) fn matches(&self, item: Option<&Attributes>) -> bool {
        let is =
            |name, value: &str| item.is_some_and(|item| attribute_text(item, name) == Some(value));
        let has = |name| item.is_some_and(|item| item.contains_key(name));
        match self {
            Self::Email(key) => is(EMAIL, key),
            Self::Gsid(part) => is(GSID, part),
            Self::GsidAndEmail(part, key) => is(GSID, part) && is(EMAIL, key),
            Self::EmailOrNobody(key) => (!has(EMAIL) || is(EMAIL, key)) && !has(ALIAS),
        }
    }

    /// Whether the item is of the person that is expected, whatever its marks say.
    pub(crate) fn matches_person(&self, item: &Attributes) -> bool {
        item.contains_key(GSID) && self.matches(Some(item))
    }
}

impl WriteCondition<'_> {
    /// The condition expression.
    pub(crate) fn condition_expression(&self, placeholders: &mut Placeholders) -> String {
        let who = self.precondition.condition_expression(placeholders);
        let order = write_order_condition(self.mark, placeholders);
        let fence =
            self.mark.fence.as_ref().map(|fence| Self::fence_condition(fence, placeholders));
        format!("({who}) AND {order}{}", fence.unwrap_or_default())
    }

    /// Whether all of it but the order holds for an item that was read. What is only too early is
    /// stamped anew and sent again.
    pub(crate) fn matches_except_order(&self, item: Option<&Attributes>) -> bool {
        let lets = |item| {
            self.mark.fence.as_ref().is_none_or(|fence| fence.admits(item))
                && self.unchecked_leaver(item).is_none()
        };
        self.precondition.matches(item) && item.is_none_or(lets)
    }

    /// The record part of the person who left the place of a row that comes by email, while it is
    /// not known whether that person was erased since.
    pub(crate) fn unchecked_leaver<'i>(&self, item: &'i Attributes) -> Option<&'i str> {
        let by_email = self.mark.fence.as_ref().is_some_and(|f| f.named_by == NamedBy::Email);
        attribute_text(item, LEFT).filter(|left| by_email && self.checked_leaver != Some(left))
    }

    /// As [`Fence::lets`] and [`Self::unchecked_leaver`] say it of an item that was read.
    fn fence_condition(fence: &Fence, placeholders: &mut Placeholders) -> String {
        let (name, job) =
            (placeholders.add_name(fence.attribute()), placeholders.add_text(&fence.job));
        let first = placeholders.add_text(&fence.first_token());
        let unapplied = format!(
            " AND (attribute_not_exists({name}) OR NOT begins_with({name},{job}) OR {name}<{first})"
        );
        match fence.named_by {
            NamedBy::Gsid => unapplied,
            NamedBy::Email => unapplied + &Self::not_erased_condition(fence, placeholders),
        }
    }

    fn not_erased_condition(fence: &Fence, placeholders: &mut Placeholders) -> String {
        let erased = not_erased_since_condition(&fence.accepted, placeholders);
        format!(" AND {erased} AND attribute_not_exists({})", placeholders.add_name(LEFT))
    }
}

/// The condition that no erasure after the acceptance of a job is marked in an item.
pub(crate) fn not_erased_since_condition(
    accepted: &JobAcceptance,
    placeholders: &mut Placeholders,
) -> String {
    let number = placeholders.add_name(ERASURE_NUMBER);
    let counted = placeholders.add_number(accepted.erasures);
    let counted = format!("(attribute_not_exists({number}) OR {number}<={counted})");
    match accepted.uploaded {
        Some(uploaded) => {
            let before = absent_or_before_condition(ERASED_AT, uploaded.as_str(), placeholders);
            format!("{counted} AND {before}")
        }
        None => counted,
    }
}

/// The order of writes: all that stands at the place is older.
pub(crate) fn write_order_condition(
    mark: &WriteContext,
    placeholders: &mut Placeholders,
) -> String {
    let stamp = mark.stamp.as_str();
    let [written, erased] =
        [UPDATED, ERASED_AT].map(|name| absent_or_before_condition(name, stamp, placeholders));
    format!("{written} AND {erased}")
}

fn absent_or_before_condition(name: &str, text: &str, placeholders: &mut Placeholders) -> String {
    let (name, text) = (placeholders.add_name(name), placeholders.add_text(text));
    format!("(attribute_not_exists({name}) OR {name}<{text})")
}

/// The condition that an item is still as it was read. A tombstone keeps its `x` when somebody comes
/// to live there, so that both marks are compared.
pub(crate) fn unchanged_condition(
    old: Option<&Attributes>,
    placeholders: &mut Placeholders,
) -> String {
    let Some(old) = old else {
        return format!("attribute_not_exists({})", placeholders.add_name(PK));
    };
    let same = [UPDATED, ERASED_AT].map(|name| match attribute_text(old, name) {
        Some(value) => format!("{}={}", placeholders.add_name(name), placeholders.add_text(value)),
        None => format!("attribute_not_exists({})", placeholders.add_name(name)),
    });
    same.join(" AND ")
}
