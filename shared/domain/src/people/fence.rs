//! Fences: keep a job's rows in order however often and late they are delivered. Each write of a
//! job stores a token with the number of its row, and is refused where the same job's stored token
//! is not lower (ADR 18).
//!
//! Rows that name a person by email and rows that name it by GSID have no order between them
//! (contract: jobs#gsid-rows-and-email-rows), so each kind stores a token of its own. The token of
//! email rows belongs to the slot, that of GSID rows to the person: when the person moves to
//! another slot, the former stays.

use std::ops::RangeInclusive;

use super::JobAcceptance;
use crate::objects::record::{Attributes, attribute_text};

/// The token of the last job row that named a person by the email of this slot.
pub const FENCE: &str = "f";

/// The token of the last job row that named this person by GSID.
pub const GSID_FENCE: &str = "fg";

/// The record part of the person to whom the row behind [`FENCE`] was applied, once the slot no
/// longer holds that person; absent while it does.
pub const FENCE_OWNER: &str = "fl";

/// How a row names its person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NamedBy {
    /// By the email of its slot.
    Email,
    /// By its GSID, whatever slot it is in.
    Gsid,
}

/// The fence of rows of a job that are merged into one write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// The id of the job.
    pub job: String,
    /// The first and the last of the rows by their numbers in the payload, from 1.
    pub rows: RangeInclusive<u64>,
    pub named_by: NamedBy,
    /// When the job was accepted, for comparison with erasures.
    pub accepted: JobAcceptance,
}

impl Fence {
    /// The attribute that stores the token.
    #[must_use]
    pub fn attribute(&self) -> &'static str {
        match self.named_by {
            NamedBy::Email => FENCE,
            NamedBy::Gsid => GSID_FENCE,
        }
    }

    /// The token that the write stores; the tokens of one job sort by row.
    #[must_use]
    pub fn token(&self) -> String {
        self.token_of_row(*self.rows.end())
    }

    /// The token that a stored one of the same job must be lower than for the write to be applied.
    #[must_use]
    pub fn first_token(&self) -> String {
        self.token_of_row(*self.rows.start())
    }

    fn token_of_row(&self, row: u64) -> String {
        format!("{}#{row:08}", self.job)
    }

    fn stored_token<'a>(&self, item: &'a Attributes) -> Option<&'a str> {
        attribute_text(item, self.attribute()).filter(|stored| stored.starts_with(&self.job))
    }

    /// Whether all of these rows, or a later one of the same job, were applied to the item.
    #[must_use]
    pub fn is_applied_to(&self, item: &Attributes) -> bool {
        self.stored_token(item).is_some_and(|stored| stored >= self.token().as_str())
    }

    /// Whether the write may be applied: none of the rows was applied to the item, and no erasure
    /// refuses them.
    #[must_use]
    pub fn admits(&self, item: &Attributes) -> bool {
        self.is_unapplied_to(item) && !self.was_erased(item)
    }

    /// Whether none of the rows was applied to the item.
    #[must_use]
    pub fn is_unapplied_to(&self, item: &Attributes) -> bool {
        let stored = self.stored_token(item);
        stored.is_none_or(|stored| stored < self.first_token().as_str())
    }

    /// Whether a person with this email was erased after the job was accepted: the job must not
    /// create that person again, nor write its data to the next one. A GSID names one incarnation
    /// alone.
    #[must_use]
    pub fn was_erased(&self, item: &Attributes) -> bool {
        self.named_by == NamedBy::Email && self.accepted.is_before_erasure(item)
    }
}
