//! Names in queries: a field, or a field of the row that a field names (`Company_ID__gr.Name`).

use std::borrow::Cow;

use serde_json::Value as Json;

use super::{Reference, Related};
use crate::fault::shown;
use crate::ids::mint::Mint;
use crate::objects::{ObjectCode, ObjectFault};
use crate::people::view::View;
use crate::response::dropdown;
use crate::schema::metadata::{Field, Metadata, Object, Source, object};
use crate::values::Value;

/// What the name of a relation ends in, where its field's own ends in `__gc` or in nothing.
const RELATION: &str = "__gr";

/// What the names of a tenant's own fields end in.
const CUSTOM: &str = "__gc";

/// A name that was asked for, and what it means.
#[derive(Debug, Clone)]
pub struct Column<'m> {
    /// As it was spelled.
    pub asked: String,
    via: Option<Via<'m>>,
    pub(super) field: &'m Field,
}

/// The field that names another row, and that row's object.
#[derive(Debug, Clone)]
struct Via<'m> {
    field: &'m Field,
    object: &'m Object,
}

/// What is kept of a row for one column.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// As it is answered.
    Known(Json),
    /// From the row with this GSID, once that is read.
    Of(String),
}

impl<'m> Column<'m> {
    /// The column of this name; `place` is where it was asked for.
    pub(super) fn of(
        place: &str,
        name: &str,
        object: &'m Object,
        metadata: &'m Metadata,
    ) -> Result<Self, ObjectFault> {
        Self::find(name, object, metadata).ok_or_else(|| ObjectFault {
            code: ObjectCode::Invalid,
            field: place.to_owned(),
            value: shown(name.into()),
        })
    }

    fn find(name: &str, object: &'m Object, metadata: &'m Metadata) -> Option<Self> {
        let (via, field) = match name.split_once('.') {
            None => (None, object.field(name)?),
            Some((relation, name)) => {
                let via = Via::of(relation, object, metadata)?;
                let field = via.object.field(name)?;
                (Some(via), field)
            }
        };
        Some(Self { asked: name.to_owned(), via, field })
    }

    /// What a row has in this column.
    pub(super) fn value<'a>(
        &'a self,
        view: View<'a>,
        related: &'a Related,
    ) -> Option<Cow<'a, Value>> {
        let Some(via) = &self.via else { return view.value(self.field) };
        let named = match via.at_hand(view) {
            Some(at_hand) => at_hand,
            None => related.view(&self.reference(view)?)?,
        };
        named.value(self.field)
    }

    /// The row that has to be read before this column of `view` is known.
    pub(super) fn reference(&self, view: View<'_>) -> Option<Reference> {
        let via = self.via.as_ref().filter(|via| via.at_hand(view).is_none())?;
        match view.value(via.field)?.into_owned() {
            Value::Text(gsid) => Some(Reference { object: via.object.name.clone(), gsid }),
            _ => None,
        }
    }

    pub(super) fn cell(&self, view: View<'_>, mint: &Mint) -> Cell {
        match self.reference(view) {
            Some(reference) => Cell::Of(reference.gsid),
            None => Cell::Known(self.json(self.value(view, &Related::default()), mint)),
        }
    }

    /// The row that a cell still waits for.
    pub(super) fn awaited(&self, cell: &Cell) -> Option<Reference> {
        match (cell, &self.via) {
            (Cell::Of(gsid), Some(via)) => {
                Some(Reference { object: via.object.name.clone(), gsid: gsid.clone() })
            }
            _ => None,
        }
    }

    pub(super) fn print(&self, cell: Cell, related: &Related, mint: &Mint) -> Json {
        let awaited = self.awaited(&cell);
        match (cell, awaited) {
            (Cell::Known(json), _) => json,
            (Cell::Of(_), awaited) => {
                let named = awaited.and_then(|reference| related.view(&reference));
                self.json(named.and_then(|named| named.value(self.field)), mint)
            }
        }
    }

    /// Typed, dates as epoch milliseconds, dropdown values as the GSIDs of their items.
    fn json(&self, value: Option<Cow<'_, Value>>, mint: &Mint) -> Json {
        let Some(value) = value else { return Json::Null };
        dropdown::items(self.field, &value, mint).unwrap_or_else(|| match &*value {
            Value::Text(text) => text.as_str().into(),
            Value::Bool(flag) => (*flag).into(),
            Value::Number(number) => number.to_json(),
            Value::List(list) => list.as_slice().into(),
        })
    }

    /// The storage code that has to be read for it; none when it is derived.
    pub(super) fn code(&self) -> Option<&str> {
        self.via.as_ref().map_or(self.field, |via| via.field).code()
    }

    /// The column's field, when it is one of the row itself.
    pub(super) fn own(&self) -> Option<&'m Field> {
        self.via.is_none().then_some(self.field)
    }

    /// The column's field, when it is one of the person of an association.
    pub(super) fn of_person(&self) -> Option<&'m Field> {
        let via = self.via.as_ref()?;
        (via.field.source == Source::PersonId).then_some(self.field)
    }
}

impl<'m> Via<'m> {
    fn of(relation: &str, object: &'m Object, metadata: &'m Metadata) -> Option<Self> {
        let at = relation.len().checked_sub(RELATION.len())?;
        let suffix = relation.get(at..)?;
        let base = relation.get(..at).filter(|_| suffix.eq_ignore_ascii_case(RELATION))?;
        let field = object.field(base).or_else(|| object.field(&format!("{base}{CUSTOM}")))?;
        let object = metadata.object(field.lookup.as_deref()?)?;
        let is_association =
            [object::COMPANY_PERSON, object::RELATIONSHIP_PERSON].contains(&&*object.name);
        (!is_association).then_some(Self { field, object })
    }

    /// The named row, where a row of a person brings it along.
    fn at_hand<'a>(&self, view: View<'a>) -> Option<View<'a>> {
        match self.field.source {
            Source::PersonId => view.person().map(View::Person),
            Source::CompanyId => view.company().map(|company| View::Record(&company.record)),
            Source::RelationshipId => {
                view.relationship().map(|relationship| View::Record(&relationship.record))
            }
            _ => None,
        }
    }
}
