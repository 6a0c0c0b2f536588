//! The conditions of a person's write at a slot, as DynamoDB checks them on the stored item and as
//! a merge checks them on the item that it read.

use people_domain::objects::record::{Attributes, UPDATED, attribute_text};
use people_domain::people::{
    ALIAS, EMAIL, ERASED_AT, ERASURE_NUMBER, Fence, GSID, JobAcceptance, LEFT, NamedBy, Slot,
    WriteContext,
};

use crate::table::expression::Placeholders;
use crate::table::keys::PK;

/// The occupant that a write requires at its slot.
#[derive(Debug, Clone)]
pub(crate) enum Precondition {
    /// The person with this email key, or a vacant slot.
    EmailOrNobody(String),
    /// The person with this email key.
    Email(String),
    /// The person with this record part.
    Gsid(String),
    /// The person with this record part and this email key.
    GsidAndEmail(String, String),
}

/// All conditions of a write: the occupant of the slot, the order of writes, and for a job's row
/// its fence.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WriteCondition<'g> {
    pub(crate) precondition: &'g Precondition,
    pub(crate) context: &'g WriteContext,
    /// The record part of a person that left the slot and is known not to be erased since the job
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
                // An alias has no email either, so a vacant slot needs a condition of its own.
                format!("({} OR {same}) AND {}", absent(EMAIL), absent(ALIAS))
            }
        }
    }

    /// Checks the condition on an item that was read.
    pub(crate) fn matches(&self, slot: Slot<'_>) -> bool {
        match (self, slot) {
            (Self::EmailOrNobody(key) | Self::Email(key), Slot::Person { email, .. }) => {
                email == key
            }
            (Self::Gsid(wanted), Slot::Person { part, .. }) => part == wanted,
            (Self::GsidAndEmail(wanted, key), Slot::Person { part, email }) => {
                part == wanted && email == key
            }
            (Self::EmailOrNobody(_), Slot::Vacant) => true,
            (_, Slot::Alias(_) | Slot::Vacant) => false,
        }
    }
}

impl WriteCondition<'_> {
    /// The condition expression.
    pub(crate) fn condition_expression(&self, placeholders: &mut Placeholders) -> String {
        let occupant = self.precondition.condition_expression(placeholders);
        let order = write_order_condition(self.context, placeholders);
        let fence =
            self.context.fence.as_ref().map(|fence| Self::fence_condition(fence, placeholders));
        format!("({occupant}) AND {order}{}", fence.unwrap_or_default())
    }

    /// Checks all conditions but the order on an item that was read. A write that only the order
    /// refuses takes a later stamp and is sent again.
    pub(crate) fn matches_except_order(&self, item: &Attributes) -> bool {
        self.precondition.matches(Slot::parse(item))
            && self.context.fence.as_ref().is_none_or(|fence| fence.admits(item))
            && self.unchecked_leaver(item).is_none()
    }

    /// The record part of the person that left the slot, for a row that names its person by email,
    /// until it is known whether that person was erased since the job was accepted.
    pub(crate) fn unchecked_leaver<'i>(&self, item: &'i Attributes) -> Option<&'i str> {
        let by_email = self.context.fence.as_ref().is_some_and(|f| f.named_by == NamedBy::Email);
        attribute_text(item, LEFT).filter(|leaver| by_email && self.checked_leaver != Some(leaver))
    }

    /// The condition that [`Fence::admits`] and [`Self::unchecked_leaver`] check on an item that
    /// was read.
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

/// The condition that an item has no mark of an erasure after the job was accepted.
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

/// The order of writes: the last write and the last erasure at the slot are older than this write.
pub(crate) fn write_order_condition(
    context: &WriteContext,
    placeholders: &mut Placeholders,
) -> String {
    let stamp = context.stamp.as_str();
    let [written, erased] =
        [UPDATED, ERASED_AT].map(|name| absent_or_before_condition(name, stamp, placeholders));
    format!("{written} AND {erased}")
}

fn absent_or_before_condition(name: &str, text: &str, placeholders: &mut Placeholders) -> String {
    let (name, text) = (placeholders.add_name(name), placeholders.add_text(text));
    format!("(attribute_not_exists({name}) OR {name}<{text})")
}

/// The condition that an item is still as it was read. A slot keeps the `x` of its tombstone when
/// it is occupied again, so both stamps are compared.
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
