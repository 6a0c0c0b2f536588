//! Lookups: a field of type GSID is filled with a record that is found by other fields (contract:
//! lookups#lookup-form).

use std::collections::HashSet;

use serde_json::{Map, Value as Json};

use crate::limit;
use crate::schema::metadata::object;

/// The effect of several matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MultiMatch {
    /// The record that was created first is taken.
    First,
    /// The row has a fault.
    Error,
}

/// The effect of no match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoMatch {
    /// The row has a fault.
    Error,
    /// The field becomes null.
    Null,
    /// The field gets the default of its metadata.
    Default,
}

/// One target field and how its value is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// The field to fill, as the caller spelled it.
    pub target: String,
    /// The source's name in the record, and the field of the searched object that it must equal.
    pub fields: Vec<(String, String)>,
    /// The searched object, as the caller spelled it, if it was named.
    pub object: Option<String>,
    /// The field whose value is taken.
    pub lookup_field: String,
    pub on_multiple: MultiMatch,
    pub on_no_match: NoMatch,
}

impl Lookup {
    /// The searched object: implied by the three keys, else the one that was named (contract:
    /// lookups#implied-objects).
    #[must_use]
    pub fn object_name(&self) -> Option<String> {
        match self.target.to_ascii_lowercase().as_str() {
            "company_id" => Some(object::COMPANY.to_owned()),
            "relationship_id" => Some(object::RELATIONSHIP.to_owned()),
            "person_id" => Some(object::PERSON.to_owned()),
            _ => self.object.as_deref().map(str::to_ascii_lowercase),
        }
    }

    /// Whether a name is one of the sources, ignoring case.
    #[must_use]
    pub fn has_source(&self, name: &str) -> bool {
        self.fields.iter().any(|(source, _)| source.eq_ignore_ascii_case(name))
    }

    fn parse(target: &str, raw: &Json) -> Option<Self> {
        let options = raw.as_object()?;
        let fields = get_member(options, "fields")?.as_object()?;
        let pairs = list_members(fields)
            .into_iter()
            .map(|(source, field)| Some((source.clone(), field.as_str()?.to_owned())));
        let fields: Vec<_> = pairs.collect::<Option<_>>()?;
        let word = |name| get_member(options, name).and_then(Json::as_str);
        (!fields.is_empty() && fields.len() <= limit::LOOKUP_FIELDS_MAX).then(|| Self {
            target: target.to_owned(),
            fields,
            object: word("objectName").map(str::to_owned),
            lookup_field: word("lookupField").unwrap_or("Gsid").to_owned(),
            on_multiple: match word("multiMatchOption") {
                Some(word) if word.eq_ignore_ascii_case("MARKASERROR") => MultiMatch::Error,
                _ => MultiMatch::First,
            },
            on_no_match: match word("onNoMatch").map(str::to_ascii_uppercase).as_deref() {
                Some("NULLABLE") => NoMatch::Null,
                Some("DEFAULTVALUE") => NoMatch::Default,
                _ => NoMatch::Error,
            },
        })
    }
}

/// The lookups of one record, or of a whole request.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lookups {
    /// For fields of the person.
    pub person: Vec<Lookup>,
    /// For items of `companies`.
    pub companies: Vec<Lookup>,
    /// For items of `relationships`.
    pub relationships: Vec<Lookup>,
}

impl Lookups {
    /// Reads a `lookups` object; `None` if it has another shape (contract:
    /// lookups#lookups-of-a-wrong-shape).
    #[must_use]
    pub fn parse(raw: &Json) -> Option<Self> {
        let mut lookups = Self::default();
        for (name, targets) in list_members(raw.as_object()?) {
            *lookups.group_mut(name)? = parse_group(targets)?;
        }
        Some(lookups)
    }

    /// Reads as much as possible of a malformed `lookups` object: enough to know which members are
    /// sources.
    #[must_use]
    pub fn parse_lenient(raw: &Json) -> Self {
        let mut lookups = Self::default();
        for (name, targets) in raw.as_object().map(list_members).into_iter().flatten() {
            if let (Some(group), Some(targets)) = (lookups.group_mut(name), targets.as_object()) {
                let targets = targets.iter().take(limit::LOOKUPS_MAX);
                group
                    .extend(targets.filter_map(|(target, options)| Lookup::parse(target, options)));
            }
        }
        lookups
    }

    /// The group with this name, ignoring case.
    fn group_mut(&mut self, name: &str) -> Option<&mut Vec<Lookup>> {
        match name.to_ascii_lowercase().as_str() {
            "person" => Some(&mut self.person),
            "companies" => Some(&mut self.companies),
            "relationships" => Some(&mut self.relationships),
            _ => None,
        }
    }

    /// These lookups, and those of `outer` for further targets.
    #[must_use]
    pub fn merge_over(mut self, outer: &Self) -> Self {
        let pairs = [
            (&mut self.person, &outer.person),
            (&mut self.companies, &outer.companies),
            (&mut self.relationships, &outer.relationships),
        ];
        for (own, outer) in pairs {
            let has = |own: &[Lookup], l: &Lookup| {
                own.iter().any(|o| o.target.eq_ignore_ascii_case(&l.target))
            };
            let more: Vec<_> = outer.iter().filter(|l| !has(own, l)).cloned().collect();
            own.extend(more);
        }
        self
    }
}

/// Reads one group, target to options, which data objects send without groups around it (contract:
/// objects#insert-and-update). Of two spellings of one target the last wins (contract:
/// fields#repeated-fields).
#[must_use]
pub fn parse_group(raw: &Json) -> Option<Vec<Lookup>> {
    let targets = raw.as_object().filter(|targets| targets.len() <= limit::LOOKUPS_MAX)?;
    let lookups = list_members(targets).into_iter();
    lookups.map(|(target, options)| Lookup::parse(target, options)).collect()
}

/// A member by name, ignoring case; the last spelling wins (contract: fields#repeated-fields).
#[must_use]
pub fn get_member<'a>(map: &'a Map<String, Json>, name: &str) -> Option<&'a Json> {
    map.iter().rev().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// The members in the order of the text; of several spellings of one name the last alone, so that
/// nothing of an earlier one is read (contract: fields#repeated-fields).
#[must_use]
pub fn list_members(map: &Map<String, Json>) -> Vec<(&String, &Json)> {
    let mut seen = HashSet::new();
    let is_last = |(name, _): &(&String, &Json)| seen.insert(name.to_ascii_lowercase());
    let mut members: Vec<_> = map.iter().rev().filter(is_last).collect();
    members.reverse();
    members
}

#[cfg(test)]
mod tests;
