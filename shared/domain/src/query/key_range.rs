//! The range of keys outside which no row can match, from conditions on a GSID (contract:
//! query#paging).

use super::{Condition, Expression, is_association};
use crate::ids::gsid::GsidKind;
use crate::ids::tenant_ids::TenantIds;
use crate::schema::metadata::{FieldOrigin, Object};

/// A range of record parts, both ends included: of people for people and associations, else of the
/// object's own records. It may be wider than the conditions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyRange {
    /// The first record part or its beginning.
    pub from: String,
    /// The last record part, if there is one.
    pub to: Option<String>,
    /// Whether no key can match.
    pub is_empty: bool,
}

impl KeyRange {
    /// The range that the conditions leave which every match must meet.
    pub(super) fn from_conditions(
        object: &Object,
        expression: &Expression,
        conditions: &[Condition<'_>],
        tenant_ids: &TenantIds,
    ) -> Self {
        let object_key = tenant_ids.object_key(object.record_kind().unwrap_or(GsidKind::Person));
        let required = expression.required_conditions();
        let required = required.into_iter().filter_map(|at| conditions.get(at));
        let bounds =
            required.filter(|one| is_key_condition(object, one)).map(Condition::text_bounds);
        bounds
            .flatten()
            .fold(Self::default(), |range, (from, to)| range.narrow(&object_key, from, to))
    }

    fn narrow(mut self, object_key: &str, from: Option<&str>, to: Option<&str>) -> Self {
        if let Some(from) = from {
            match from.strip_prefix(object_key) {
                Some(part) if part > self.from.as_str() => part.clone_into(&mut self.from),
                None if from > object_key => self.is_empty = true,
                _ => {}
            }
        }
        if let Some(to) = to {
            match to.strip_prefix(object_key) {
                Some(part) if self.to.as_deref().is_none_or(|known| part < known) => {
                    self.to = Some(part.to_owned());
                }
                None if to < object_key => self.is_empty = true,
                _ => {}
            }
        }
        self.is_empty |= self.to.as_deref().is_some_and(|to| to < self.from.as_str());
        self
    }
}

/// Whether a condition is on the GSID by whose order rows are read.
pub(super) fn is_key_condition(object: &Object, condition: &Condition<'_>) -> bool {
    let own = condition.column.own_field().map(|field| &field.origin);
    if is_association(object) {
        let of_person = condition.column.person_field().map(|field| &field.origin);
        own == Some(&FieldOrigin::PersonId) || of_person == Some(&FieldOrigin::Gsid)
    } else {
        own == Some(&FieldOrigin::Gsid)
    }
}
