//! The conditions of a person's write at a slot, as DynamoDB checks them on the stored item and as
//! a merge checks them on the item that it read.

use people_domain::identity::{IdentityKind, Precondition, RequiredText, Revision, SHOWN_EMAIL};
use people_domain::ids::stamp::Stamp;
use people_domain::objects::record::{Attributes, UPDATED, attribute_text};
use people_domain::people::{
    ALIAS, EMAIL, EMAIL_AS_SENT, ERASED_AT, ERASED_GSID, ERASURE_NUMBER, Fence, GSID,
    JobAcceptance, LEFT, NamedBy, WriteContext,
};

use crate::table::expression::Placeholders;
use crate::table::keys::PK;

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

/// The condition expression of a precondition.
pub(crate) fn precondition_expression(
    precondition: &Precondition,
    placeholders: &mut Placeholders,
) -> String {
    match precondition {
        Precondition::Holder(kind, value) => holder_condition(*kind, value, placeholders),
        Precondition::HolderWithEmail(kind, value, email) => {
            let holder = holder_condition(*kind, value, placeholders);
            let shown = equal_condition(SHOWN_EMAIL, &email.shown, placeholders);
            let held = email.held.as_ref().map(|(key, spelling)| {
                let spelling = spelling.clone().map_or(RequiredText::Absent, RequiredText::Equal);
                format!(
                    " OR {} AND {} AND {}",
                    text_condition(SHOWN_EMAIL, &RequiredText::Absent, placeholders),
                    equal_condition(EMAIL, key, placeholders),
                    text_condition(EMAIL_AS_SENT, &spelling, placeholders),
                )
            });
            format!("{holder} AND ({shown}{})", held.unwrap_or_default())
        }
        Precondition::HolderOrVacant(kind, value) => {
            let same = equal_condition(kind.attribute(), value, placeholders);
            let [nobody, no_alias] = vacant_conditions(placeholders);
            format!("({nobody} OR {same}) AND {no_alias}")
        }
        Precondition::Person { part, texts } => {
            let person = equal_condition(GSID, part, placeholders);
            texts.iter().fold(person, |condition, (name, required)| {
                format!("{condition} AND {}", text_condition(name, required, placeholders))
            })
        }
        Precondition::Alias(part) => equal_condition(ALIAS, part, placeholders),
        Precondition::UnmarkedAlias(part) => {
            let alias = equal_condition(ALIAS, part, placeholders);
            [ERASURE_NUMBER, ERASED_GSID].iter().fold(alias, |condition, name| {
                let absent = text_condition(name, &RequiredText::Absent, placeholders);
                format!("{condition} AND {absent}")
            })
        }
        Precondition::Vacant => vacant_conditions(placeholders).join(" AND "),
        Precondition::Unchanged(revision) => revision_condition(revision, placeholders),
        Precondition::Any => String::new(),
    }
}

/// A person in the slot has the value; an alias has none.
fn holder_condition(kind: IdentityKind, value: &str, placeholders: &mut Placeholders) -> String {
    equal_condition(kind.attribute(), value, placeholders)
}

/// That there is no person, and no alias.
fn vacant_conditions(placeholders: &mut Placeholders) -> [String; 2] {
    [GSID, ALIAS].map(|name| text_condition(name, &RequiredText::Absent, placeholders))
}

fn equal_condition(name: &str, text: &str, placeholders: &mut Placeholders) -> String {
    format!("{}={}", placeholders.add_name(name), placeholders.add_text(text))
}

fn text_condition(name: &str, required: &RequiredText, placeholders: &mut Placeholders) -> String {
    match required {
        RequiredText::Equal(text) => equal_condition(name, text, placeholders),
        RequiredText::Present => format!("attribute_exists({})", placeholders.add_name(name)),
        RequiredText::Absent => format!("attribute_not_exists({})", placeholders.add_name(name)),
    }
}

/// A precondition and the order of writes.
pub(crate) fn ordered_condition(
    precondition: &Precondition,
    stamp: Stamp,
    placeholders: &mut Placeholders,
) -> String {
    let occupant = precondition_expression(precondition, placeholders);
    match precondition {
        // The stamp of the write is later than those of the item that was read.
        Precondition::Unchanged(_) => occupant,
        Precondition::Any => stamp_condition(stamp, placeholders),
        _ => format!("({occupant}) AND {}", stamp_condition(stamp, placeholders)),
    }
}

impl WriteCondition<'_> {
    /// The condition expression.
    pub(crate) fn condition_expression(&self, placeholders: &mut Placeholders) -> String {
        let order = ordered_condition(self.precondition, self.context.stamp, placeholders);
        let fence =
            self.context.fence.as_ref().map(|fence| self.fence_condition(fence, placeholders));
        format!("{order}{}", fence.unwrap_or_default())
    }

    /// Checks all conditions but the order on an item that was read. A write that only the order
    /// refuses takes a later stamp and is sent again.
    pub(crate) fn matches_except_order(&self, item: &Attributes) -> bool {
        let admits = |fence: &Fence| match self.checks_slot_marks() {
            true => fence.admits(item),
            false => fence.is_unapplied_to(item),
        };
        self.precondition.matches(Some(item))
            && self.context.fence.as_ref().is_none_or(admits)
            && self.unchecked_leaver(item).is_none()
    }

    /// The record part of the person that left the slot, for a row that names its person by email,
    /// until it is known whether that person was erased since the job was accepted.
    pub(crate) fn unchecked_leaver<'i>(&self, item: &'i Attributes) -> Option<&'i str> {
        let by_email = self.context.fence.as_ref().is_some_and(|f| f.named_by == NamedBy::Email);
        let is_checked = by_email && self.checks_slot_marks();
        attribute_text(item, LEFT)
            .filter(|leaver| is_checked && self.checked_leaver != Some(leaver))
    }

    /// Whether the marks of the slot are about the email of the row. A person that an alias names
    /// lives in the slot of another id, and the marks of its email's slot were checked there.
    fn checks_slot_marks(&self) -> bool {
        !self.precondition.is_by_record_part()
    }

    /// The condition that [`Fence::admits`] and [`Self::unchecked_leaver`] check on an item that
    /// was read.
    fn fence_condition(self, fence: &Fence, placeholders: &mut Placeholders) -> String {
        let (name, job) =
            (placeholders.add_name(fence.attribute()), placeholders.add_text(&fence.job));
        let first = placeholders.add_text(&fence.first_token());
        let unapplied = format!(
            " AND (attribute_not_exists({name}) OR NOT begins_with({name},{job}) OR {name}<{first})"
        );
        match fence.named_by {
            NamedBy::Gsid => unapplied,
            NamedBy::Email if self.checks_slot_marks() => {
                unapplied + &Self::not_erased_condition(fence, placeholders)
            }
            NamedBy::Email => unapplied,
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
pub(crate) fn stamp_condition(stamp: Stamp, placeholders: &mut Placeholders) -> String {
    let [written, erased] = [UPDATED, ERASED_AT]
        .map(|name| absent_or_before_condition(name, stamp.as_str(), placeholders));
    format!("{written} AND {erased}")
}

fn absent_or_before_condition(name: &str, text: &str, placeholders: &mut Placeholders) -> String {
    let (name, text) = (placeholders.add_name(name), placeholders.add_text(text));
    format!("(attribute_not_exists({name}) OR {name}<{text})")
}

/// The condition that an item is still as it was read.
pub(crate) fn unchanged_condition(
    old: Option<&Attributes>,
    placeholders: &mut Placeholders,
) -> String {
    revision_condition(&Revision::of_item(old), placeholders)
}

fn revision_condition(revision: &Revision, placeholders: &mut Placeholders) -> String {
    if !revision.exists {
        return format!("attribute_not_exists({})", placeholders.add_name(PK));
    }
    let stamps = [(UPDATED, revision.updated), (ERASED_AT, revision.erased)];
    let same = stamps.map(|(name, stamp)| {
        let required = stamp.map(|stamp| RequiredText::Equal(stamp.as_str().to_owned()));
        text_condition(name, &required.unwrap_or(RequiredText::Absent), placeholders)
    });
    same.join(" AND ")
}
