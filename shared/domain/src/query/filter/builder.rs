//! Builds the filter of a query from its conditions, given the rows that they refer to.

use std::collections::HashMap;

use super::fields::filter_field;
use super::stamps::{filter_stamp, filter_stamp_of_person};
use super::{Filter, IN_VALUES_MAX};
use crate::objects::record::{CREATED, NAME_CODE, UPDATED};
use crate::people::{self, relationship_association_name};
use crate::query::access::{AccessPath, access_by_record};
use crate::query::condition::Condition;
use crate::query::{Column, Expression, Query, is_association};
use crate::schema::metadata::standard::IS_PRIMARY_CODE;
use crate::schema::metadata::{Field, FieldOrigin, Object, object};
use crate::values::Value;

/// A search for the records that a condition on a lookup path (`Company_ID__gr.Name`) refers to.
#[derive(Debug)]
pub struct ReferenceLookup<'m> {
    /// The index of the condition.
    pub condition: usize,
    pub object: &'m Object,
    pub access: AccessPath,
}

/// The records that conditions refer to, as the store has found them.
#[derive(Debug, Default)]
pub struct ResolvedReferences {
    /// The GSIDs of the records, by the index of the condition. A condition that more records meet
    /// than [`ResolvedReferences::GSIDS_MAX`] is missing.
    pub gsids: HashMap<usize, Vec<String>>,
    /// The GSIDs of the relationships that belong to a company now, by its GSID. A company with more
    /// than [`ResolvedReferences::GSIDS_MAX`] is missing.
    pub relationships: HashMap<String, Vec<String>>,
    /// Whether every person with a relationship that is nested under another company has the mark
    /// for it ([`people::nested_mark_name`]).
    pub nested_are_marked: bool,
}

impl ResolvedReferences {
    /// Records that one condition may refer to.
    pub const GSIDS_MAX: usize = IN_VALUES_MAX;
}

pub(in crate::query) struct FilterBuilder<'q, 'm> {
    pub(in crate::query) query: &'q Query<'m>,
    pub(in crate::query) resolved: &'q ResolvedReferences,
}

impl<'m> FilterBuilder<'_, 'm> {
    pub(in crate::query) fn build(&self) -> Option<Filter> {
        self.filter_expression(self.query.expression).and_then(Filter::within_limits)
    }

    /// Of conditions that are joined by AND some may be left out; by OR, all are needed.
    fn filter_expression(&self, expression: &Expression) -> Option<Filter> {
        match expression {
            Expression::Condition(at) => self.filter_condition(*at),
            Expression::All(parts) => {
                let parts: Vec<_> =
                    parts.iter().filter_map(|part| self.filter_expression(part)).collect();
                let flat = parts.into_iter().flat_map(|part| match part {
                    Filter::All(parts) => parts,
                    other => vec![other],
                });
                let flat: Vec<_> = flat.collect();
                (!flat.is_empty()).then(|| Filter::all(flat))
            }
            Expression::Any(parts) => {
                let parts = parts.iter().map(|part| self.filter_expression(part));
                parts.collect::<Option<Vec<_>>>().map(Filter::any)
            }
        }
    }

    fn filter_condition(&self, at: usize) -> Option<Filter> {
        let condition = self.query.conditions.get(at)?;
        if let Some(field) = condition.column.person_field() {
            return self.filter_person_field(condition, field);
        }
        let Some(field) = condition.column.own_field() else {
            let gsids = self.resolved.gsids.get(&at)?;
            let field = condition.column.reference_field()?;
            // A lookup of an association is one of many attributes.
            let is_known = !is_association(self.query.object) || field.code().is_none();
            return self.filter_reference(field, gsids).filter(|_| is_known);
        };
        match self.query.object.name.as_str() {
            object::PERSON => self.filter_person_field(condition, field),
            object::COMPANY_PERSON | object::RELATIONSHIP_PERSON => {
                self.filter_association_field(condition, field)
            }
            _ => self.filter_item_field(condition, field, field.code()),
        }
    }

    /// A field of a person: its Name is made of several attributes.
    fn filter_person_field(&self, condition: &Condition<'m>, field: &'m Field) -> Option<Filter> {
        let code = field.code().filter(|code| *code != NAME_CODE);
        self.filter_item_field(condition, field, code)
    }

    fn filter_item_field(
        &self,
        condition: &Condition<'m>,
        field: &'m Field,
        code: Option<&str>,
    ) -> Option<Filter> {
        match field.origin {
            _ if condition.is_negated && code.is_none() => None,
            FieldOrigin::Created => filter_stamp(&condition.test, CREATED),
            // A record that was never updated may lack the stamp.
            FieldOrigin::Modified => filter_stamp(&condition.test, UPDATED)
                .map(|filter| Filter::Any(vec![filter, Filter::Absent(UPDATED.to_owned())])),
            _ => filter_field(condition, field, code?, self.query.tenant_ids),
        }
    }

    fn filter_association_field(
        &self,
        condition: &Condition<'m>,
        field: &'m Field,
    ) -> Option<Filter> {
        match &field.origin {
            FieldOrigin::CompanyId | FieldOrigin::RelationshipId => {
                self.filter_reference(field, &condition.required_texts()?)
            }
            FieldOrigin::Created | FieldOrigin::Modified if !condition.is_negated => {
                filter_stamp_of_person(&condition.test, UPDATED)
            }
            FieldOrigin::Stored(code) if code != IS_PRIMARY_CODE => {
                self.filter_value_of_association(condition, field, code)
            }
            _ => None,
        }
    }

    /// A field of an association that the conditions name: its attributes are known then.
    fn filter_value_of_association(
        &self,
        condition: &Condition<'m>,
        field: &'m Field,
        code: &str,
    ) -> Option<Filter> {
        let tenant_ids = self.query.tenant_ids;
        let filter = |name: String| {
            filter_field(condition, field, &people::association_attribute(&name, code), tenant_ids)
        };
        if self.query.object.name == object::COMPANY_PERSON {
            let company = self.single_reference(&FieldOrigin::CompanyId)?;
            return filter(people::company_association_name(tenant_ids, &company));
        }
        let relationship = self.single_reference(&FieldOrigin::RelationshipId)?;
        let own = filter(relationship_association_name(tenant_ids, &relationship, None))?;
        let mark = people::nested_mark_name(tenant_ids, &relationship);
        self.resolved.nested_are_marked.then(|| Filter::Any(vec![own, Filter::Exists(mark)]))
    }

    /// The only record that the conditions leave for a field, if every match has it.
    fn single_reference(&self, origin: &FieldOrigin) -> Option<String> {
        let required = self.query.expression.required_conditions();
        let mut gsids = required.into_iter().filter_map(|at| self.referenced_gsids(at, origin));
        gsids.find_map(|gsids| match gsids.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        })
    }

    /// The records of which a match of the condition has one in a field.
    pub(in crate::query) fn referenced_gsids(
        &self,
        at: usize,
        origin: &FieldOrigin,
    ) -> Option<Vec<String>> {
        let condition = self.query.conditions.get(at)?;
        match condition.column.own_field() {
            Some(field) if field.origin == *origin => condition.required_texts(),
            Some(_) => None,
            None => {
                let is_wanted = condition.column.reference_field()?.origin == *origin;
                self.resolved.gsids.get(&at).filter(|_| is_wanted).cloned()
            }
        }
    }

    /// Items with one of these records in a field.
    fn filter_reference(&self, field: &Field, gsids: &[String]) -> Option<Filter> {
        if gsids.is_empty() || gsids.len() > ResolvedReferences::GSIDS_MAX {
            return None;
        }
        match &field.origin {
            FieldOrigin::CompanyId => {
                let parts = gsids.iter().map(|gsid| self.filter_company(gsid));
                Some(Filter::any(parts.collect::<Option<Vec<_>>>()?))
            }
            FieldOrigin::RelationshipId if self.resolved.nested_are_marked => Some(Filter::any(
                gsids.iter().flat_map(|gsid| self.filter_relationship(gsid)).collect(),
            )),
            FieldOrigin::Stored(code) => {
                let is_default = field.defaults.iter().any(|default| match &default.value {
                    Some(Value::Text(gsid)) => gsids.contains(gsid),
                    _ => false,
                });
                let stored = Filter::one_of(code, gsids.iter().cloned().map(Value::Text).collect());
                let absent = is_default.then(|| Filter::Absent(code.clone()));
                Some(Filter::any([stored].into_iter().chain(absent).collect()))
            }
            _ => None,
        }
    }

    /// People of a company: those who are associated with it, and those who have a relationship that
    /// belongs to it.
    fn filter_company(&self, company: &str) -> Option<Filter> {
        let tenant_ids = self.query.tenant_ids;
        let relationships = self.resolved.relationships.get(company)?;
        let relationships =
            relationships.iter().map(|gsid| relationship_association_name(tenant_ids, gsid, None));
        let names = [people::company_association_name(tenant_ids, company)].into_iter();
        Some(Filter::any(names.chain(relationships).map(exists_association).collect()))
    }

    /// People who have a relationship, under its own company or nested under another.
    fn filter_relationship(&self, relationship: &str) -> [Filter; 2] {
        let tenant_ids = self.query.tenant_ids;
        let own = relationship_association_name(tenant_ids, relationship, None);
        let mark = people::nested_mark_name(tenant_ids, relationship);
        [exists_association(own), Filter::Exists(mark)]
    }
}

fn exists_association(name: String) -> Filter {
    Filter::Exists(people::association_attribute(&name, CREATED))
}

impl<'m> Query<'m> {
    /// The searches whose results make a narrower filter.
    #[must_use]
    pub fn reference_lookups(&self) -> Vec<ReferenceLookup<'m>> {
        let lookup = |(at, condition): (usize, &Condition<'m>)| {
            let object = condition.column.reference_object()?;
            let access = access_by_record(condition.column.field, condition.required_values()?)?;
            Some(ReferenceLookup { condition: at, object, access })
        };
        self.conditions.iter().enumerate().filter_map(lookup).collect()
    }

    /// The companies that conditions name, for which the filter needs their relationships.
    #[must_use]
    pub fn referenced_companies(&self, resolved: &ResolvedReferences) -> Vec<String> {
        let builder = FilterBuilder { query: self, resolved };
        let gsids = |at| builder.referenced_gsids(at, &FieldOrigin::CompanyId);
        let gsids =
            (0..self.conditions.len()).filter(|_| is_association(self.object)).filter_map(gsids);
        let mut gsids: Vec<_> =
            gsids.filter(|gsids| gsids.len() <= ResolvedReferences::GSIDS_MAX).flatten().collect();
        gsids.sort_unstable();
        gsids.dedup();
        gsids
    }

    /// A filter that every matching item meets; `None` if there is none.
    #[must_use]
    pub fn store_filter(&self, resolved: &ResolvedReferences) -> Option<Filter> {
        FilterBuilder { query: self, resolved }.build()
    }
}

impl<'m> Column<'m> {
    /// The field that refers to the other row of a lookup path.
    fn reference_field(&self) -> Option<&'m Field> {
        self.relation_field_and_object().map(|(field, _)| field)
    }

    /// The object of the other row of a lookup path, unless that is a person.
    fn reference_object(&self) -> Option<&'m Object> {
        let (_, object) = self.relation_field_and_object()?;
        (object.name != object::PERSON).then_some(object)
    }
}
