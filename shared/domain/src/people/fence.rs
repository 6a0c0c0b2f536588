//! What keeps a job's rows in order however often and late they come: each write of a job leaves
//! the number of its row, and is refused where the same job's mark is not behind it (ADR 18).
//!
//! Rows that name a person by email and rows that name it by GSID are in no order to each other
//! (contract: jobs#gsid-rows-and-email-rows), so each kind leaves a mark of its own. The one of
//! emails belongs to the place, the one of GSIDs to the person: when the person moves, the former
//! stays behind.

use std::ops::RangeInclusive;

use super::JobAcceptance;
use crate::objects::record::{Attributes, attribute_text};

/// The mark of the last job row that came by the email of this place.
pub const FENCE: &str = "f";

/// The mark of the last job row that came by the person's GSID.
pub const GSID_FENCE: &str = "fg";

/// The record part of the person to whom the row behind [`FENCE`] was applied, once that person has
/// left the place; absent while that person lives there.
pub const FENCE_OWNER: &str = "fl";

/// How a row names its person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NamedBy {
    /// By the email of the place where it lives.
    Email,
    /// By its GSID, wherever it lives.
    Gsid,
}

/// Rows of a job that are written as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// The job's id.
    pub job: String,
    /// The first and the last of the rows by their places in the payload, from 1.
    pub rows: RangeInclusive<u64>,
    /// How they name their person.
    pub named_by: NamedBy,
    /// When the job was accepted, as erasures see it.
    pub accepted: JobAcceptance,
}

impl Fence {
    /// The attribute that holds the mark.
    #[must_use]
    pub fn attribute(&self) -> &'static str {
        match self.named_by {
            NamedBy::Email => FENCE,
            NamedBy::Gsid => GSID_FENCE,
        }
    }

    /// The mark that the write leaves: those of one job sort by row.
    #[must_use]
    pub fn token(&self) -> String {
        self.token_of_row(*self.rows.end())
    }

    /// What a mark of the same job has to be less than for the write to be done.
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

    /// Whether none of these rows was applied to the item, nor is held off by an erasure.
    #[must_use]
    pub fn admits(&self, item: &Attributes) -> bool {
        let applied =
            self.stored_token(item).is_some_and(|stored| stored >= self.first_token().as_str());
        !applied && !self.was_erased(item)
    }

    /// Whether somebody with this email was erased after the job was accepted: the job must not
    /// bring that person back, nor fill the next one with what it knew. A GSID names one life alone.
    #[must_use]
    pub fn was_erased(&self, item: &Attributes) -> bool {
        self.named_by == NamedBy::Email && self.accepted.is_before_erasure(item)
    }
}
