//! Columns of queries: a field, or a field of the row that a field refers to
//! (`Company_ID__gr.Name`).

use std::borrow::Cow;

use serde_json::Value as Json;

use super::{RelatedRows, RowReference};
use crate::fault::truncate_value;
use crate::ids::tenant_ids::TenantIds;
use crate::json::escaped_len_of_value;
use crate::objects::{ObjectCode, ObjectFault};
use crate::people::view::View;
use crate::response::dropdown;
use crate::schema::metadata::{Field, FieldOrigin, Metadata, Object, object};
use crate::values::Value;

/// The suffix of a relation's name, in place of `__gc` or nothing in its field's name.
const RELATION_SUFFIX: &str = "__gr";

/// The suffix of custom fields.
const CUSTOM_SUFFIX: &str = "__gc";

/// A requested name and the field that it resolves to.
#[derive(Debug, Clone)]
pub struct Column<'m> {
    /// The name as the caller spelled it.
    pub requested_name: String,
    relation: Option<Relation<'m>>,
    pub(super) field: &'m Field,
}

/// A field that refers to another row, and that row's object.
#[derive(Debug, Clone)]
struct Relation<'m> {
    field: &'m Field,
    object: &'m Object,
}

/// The value of a row in one column, kept until the answer is rendered.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// The value as answered.
    Known(Json),
    /// The value is in the row with this GSID, which is read later.
    FromRow(String),
}

impl Cell {
    /// The bytes that it takes in an answer, about as many as in memory.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Known(json) => escaped_len_of_value(json),
            Self::FromRow(gsid) => gsid.len(),
        }
    }
}

impl<'m> Column<'m> {
    /// Resolves a name; `clause` is the member of the query that it is in.
    pub(super) fn resolve(
        clause: &str,
        name: &str,
        object: &'m Object,
        metadata: &'m Metadata,
    ) -> Result<Self, ObjectFault> {
        Self::find_column(name, object, metadata).ok_or_else(|| ObjectFault {
            code: ObjectCode::Invalid,
            field: clause.to_owned(),
            value: truncate_value(name.into()),
        })
    }

    fn find_column(name: &str, object: &'m Object, metadata: &'m Metadata) -> Option<Self> {
        let (relation, field) = match name.split_once('.') {
            None => (None, object.field(name)?),
            Some((relation, name)) => {
                let relation = Relation::find_relation(relation, object, metadata)?;
                let field = relation.object.field(name)?;
                (Some(relation), field)
            }
        };
        Some(Self { requested_name: name.to_owned(), relation, field })
    }

    pub(super) fn value<'a>(
        &'a self,
        view: View<'a>,
        related: &'a RelatedRows,
    ) -> Option<Cow<'a, Value>> {
        let Some(relation) = &self.relation else { return view.value(self.field) };
        let related_row = match relation.embedded_view(view) {
            Some(embedded) => embedded,
            None => related.view(&self.required_row(view)?)?,
        };
        related_row.value(self.field)
    }

    /// The row that must be read before the value of `view` in this column is known.
    pub(super) fn required_row(&self, view: View<'_>) -> Option<RowReference> {
        let relation =
            self.relation.as_ref().filter(|relation| relation.embedded_view(view).is_none())?;
        match view.value(relation.field)?.into_owned() {
            Value::Text(gsid) => Some(RowReference { object: relation.object.name.clone(), gsid }),
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

    /// The row that a cell waits for.
    pub(super) fn awaited_row(&self, cell: &Cell) -> Option<RowReference> {
        match (cell, &self.relation) {
            (Cell::FromRow(gsid), Some(relation)) => {
                Some(RowReference { object: relation.object.name.clone(), gsid: gsid.clone() })
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
                let related_row = awaited.and_then(|reference| related.view(&reference));
                self.value_to_json(
                    related_row.and_then(|related_row| related_row.value(self.field)),
                    tenant_ids,
                )
            }
        }
    }

    /// Typed JSON, dates as epoch milliseconds, dropdown values as the GSIDs of their items.
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

    /// The storage code that must be read for it; `None` if it is derived.
    pub(super) fn code(&self) -> Option<&str> {
        self.relation.as_ref().map_or(self.field, |relation| relation.field).code()
    }

    /// The column's field, if it is one of the row itself.
    pub(super) fn own_field(&self) -> Option<&'m Field> {
        self.relation.is_none().then_some(self.field)
    }

    /// The field that refers to another row, and that row's object.
    pub(super) fn relation_field_and_object(&self) -> Option<(&'m Field, &'m Object)> {
        self.relation.as_ref().map(|relation| (relation.field, relation.object))
    }

    /// The column's field, if it is one of an association's person.
    pub(super) fn person_field(&self) -> Option<&'m Field> {
        let relation = self.relation.as_ref()?;
        (relation.field.origin == FieldOrigin::PersonId).then_some(self.field)
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

    /// The related row, if the view already includes it.
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
