//! Names in queries: a field, or a field of the row that a field names (`Company_ID__gr.Name`).

use std::borrow::Cow;

use serde_json::Value as Json;

use super::{RelatedRows, RowReference};
use crate::fault::truncate_value;
use crate::ids::tenant_ids::TenantIds;
use crate::objects::{ObjectCode, ObjectFault};
use crate::people::view::View;
use crate::response::dropdown;
use crate::schema::metadata::{Field, FieldOrigin, Metadata, Object, object};
use crate::values::Value;

/// What the name of a relation ends in, where its field's own ends in `__gc` or in nothing.
const RELATION_SUFFIX: &str = "__gr";

/// What the names of a tenant's own fields end in.
const CUSTOM_SUFFIX: &str = "__gc";

/// A name that was asked for, and what it means.
#[derive(Debug, Clone)]
pub struct Column<'m> {
    /// As it was spelled.
    pub requested_name: String,
    relation: Option<Relation<'m>>,
    pub(super) field: &'m Field,
}

/// The field that names another row, and that row's object.
#[derive(Debug, Clone)]
struct Relation<'m> {
    field: &'m Field,
    object: &'m Object,
}

/// What is kept of a row for one column.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// As it is answered.
    Known(Json),
    /// From the row with this GSID, once that is read.
    FromRow(String),
}

impl<'m> Column<'m> {
    /// The column of this name; `place` is where it was asked for.
    pub(super) fn resolve(
        place: &str,
        name: &str,
        object: &'m Object,
        metadata: &'m Metadata,
    ) -> Result<Self, ObjectFault> {
        Self::find_column(name, object, metadata).ok_or_else(|| ObjectFault {
            code: ObjectCode::Invalid,
            field: place.to_owned(),
            value: truncate_value(name.into()),
        })
    }

    fn find_column(name: &str, object: &'m Object, metadata: &'m Metadata) -> Option<Self> {
        let (via, field) = match name.split_once('.') {
            None => (None, object.field(name)?),
            Some((relation, name)) => {
                let via = Relation::find_relation(relation, object, metadata)?;
                let field = via.object.field(name)?;
                (Some(via), field)
            }
        };
        Some(Self { requested_name: name.to_owned(), relation: via, field })
    }

    /// What a row has in this column.
    pub(super) fn value<'a>(
        &'a self,
        view: View<'a>,
        related: &'a RelatedRows,
    ) -> Option<Cow<'a, Value>> {
        let Some(via) = &self.relation else { return view.value(self.field) };
        let named = match via.embedded_view(view) {
            Some(at_hand) => at_hand,
            None => related.view(&self.required_row(view)?)?,
        };
        named.value(self.field)
    }

    /// The row that has to be read before this column of `view` is known.
    pub(super) fn required_row(&self, view: View<'_>) -> Option<RowReference> {
        let via = self.relation.as_ref().filter(|via| via.embedded_view(view).is_none())?;
        match view.value(via.field)?.into_owned() {
            Value::Text(gsid) => Some(RowReference { object: via.object.name.clone(), gsid }),
            _ => None,
        }
    }

    pub(super) fn read_cell(&self, view: View<'_>, tenant_ids: &TenantIds) -> Cell {
        match self.required_row(view) {
            Some(reference) => Cell::FromRow(reference.gsid),
            None => Cell::Known(
                self.value_to_json(self.value(view, &RelatedRows::default()), tenant_ids),
            ),
        }
    }

    /// The row that a cell still waits for.
    pub(super) fn awaited_row(&self, cell: &Cell) -> Option<RowReference> {
        match (cell, &self.relation) {
            (Cell::FromRow(gsid), Some(via)) => {
                Some(RowReference { object: via.object.name.clone(), gsid: gsid.clone() })
            }
            _ => None,
        }
    }

    pub(super) fn cell_to_json(
        &self,
        cell: Cell,
        related: &RelatedRows,
        tenant_ids: &TenantIds,
    ) -> Json {
        let awaited = self.awaited_row(&cell);
        match (cell, awaited) {
            (Cell::Known(json), _) => json,
            (Cell::FromRow(_), awaited) => {
                let named = awaited.and_then(|reference| related.view(&reference));
                self.value_to_json(named.and_then(|named| named.value(self.field)), tenant_ids)
            }
        }
    }

    /// Typed, dates as epoch milliseconds, dropdown values as the GSIDs of their items.
    fn value_to_json(&self, value: Option<Cow<'_, Value>>, tenant_ids: &TenantIds) -> Json {
        let Some(value) = value else { return Json::Null };
        dropdown::render_dropdown_items(self.field, &value, tenant_ids).unwrap_or_else(|| {
            match &*value {
                Value::Text(text) => text.as_str().into(),
                Value::Bool(flag) => (*flag).into(),
                Value::Number(number) => number.to_json(),
                Value::List(list) => list.as_slice().into(),
            }
        })
    }

    /// The storage code that has to be read for it; none when it is derived.
    pub(super) fn code(&self) -> Option<&str> {
        self.relation.as_ref().map_or(self.field, |via| via.field).code()
    }

    /// The column's field, when it is one of the row itself.
    pub(super) fn own_field(&self) -> Option<&'m Field> {
        self.relation.is_none().then_some(self.field)
    }

    /// The column's field, when it is one of the person of an association.
    pub(super) fn person_field(&self) -> Option<&'m Field> {
        let via = self.relation.as_ref()?;
        (via.field.origin == FieldOrigin::PersonId).then_some(self.field)
    }
}

impl<'m> Relation<'m> {
    fn find_relation(relation: &str, object: &'m Object, metadata: &'m Metadata) -> Option<Self> {
        let at = relation.len().checked_sub(RELATION_SUFFIX.len())?;
        let suffix = relation.get(at..)?;
        let base = relation.get(..at).filter(|_| suffix.eq_ignore_ascii_case(RELATION_SUFFIX))?;
        let field =
            object.field(base).or_else(|| object.field(&format!("{base}{CUSTOM_SUFFIX}")))?;
        let object = metadata.object(field.lookup.as_deref()?)?;
        let is_association =
            [object::COMPANY_PERSON, object::RELATIONSHIP_PERSON].contains(&&*object.name);
        (!is_association).then_some(Self { field, object })
    }

    /// The named row, where a row of a person brings it along.
    fn embedded_view<'a>(&self, view: View<'a>) -> Option<View<'a>> {
        match self.field.origin {
            FieldOrigin::PersonId => view.person().map(View::Person),
            FieldOrigin::CompanyId => view.company().map(|company| View::Record(&company.record)),
            FieldOrigin::RelationshipId => {
                view.relationship().map(|relationship| View::Record(&relationship.record))
            }
            _ => None,
        }
    }
}
