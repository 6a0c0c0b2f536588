//! Reads the members of a body into the changes of a stored user or account. All faults of a body
//! are collected.

use serde_json::{Map, Value as Json};

use super::custom::value_type;
use super::field::{PxField, PxFieldSource, PxFieldType};
use super::value::{SentValue, parse_id, parse_value};
use super::{PxError, PxFault, PxObject};
use crate::identity::SentEmail;
use crate::ids::email::Email;
use crate::ignored::IgnoredNames;
use crate::limit;
use crate::people::Assignment;
use crate::schema::metadata::{Metadata, Object};
use crate::values::Value;

/// A body in progress.
pub(super) struct BodyReader<'m> {
    pub(super) object: PxObject,
    pub(super) custom: &'m Object,
    pub(super) assignments: Vec<(String, Assignment)>,
    pub(super) email: Option<SentEmail>,
    pub(super) ignored: IgnoredNames,
    pub(super) faults: Vec<PxFault>,
}

impl<'m> BodyReader<'m> {
    pub(super) fn new(object: PxObject, metadata: &'m Metadata) -> Self {
        Self {
            object,
            custom: metadata.px_object(object.schema_name()),
            assignments: Vec::new(),
            email: None,
            ignored: IgnoredNames::default(),
            faults: Vec::new(),
        }
    }

    /// Reads all members but the id.
    pub(super) fn read_members(&mut self, body: &Map<String, Json>) {
        for (name, value) in body {
            match name.as_str() {
                name if name == self.object.id_name() => {}
                "location" => self.read_location(value),
                "customAttributes" => self.read_custom_attributes(value),
                _ => self.read_member(name, value),
            }
        }
    }

    /// Fails if there were faults.
    pub(super) fn finish(self) -> Result<Self, PxError> {
        if self.faults.is_empty() { Ok(self) } else { Err(PxError::validation(self.faults)) }
    }

    pub(super) fn add_fault(&mut self, field: &str, value: &Json, message: impl Into<String>) {
        if self.faults.len() < limit::ROW_FAULTS_MAX {
            self.faults.push(PxFault::new(self.object, field, value, message));
        }
    }

    /// The id in the body; `None` if it was not sent, or is none.
    pub(super) fn read_id<T>(
        &mut self,
        value: &Json,
        name: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let max = crate::identity::ID_CHARS_MAX;
        let parsed = match parse_id(value) {
            Ok(None) => return None,
            Ok(Some(text)) => {
                parse(&text).ok_or_else(|| format!("must have 1 to {max} characters"))
            }
            Err(message) => Err(message),
        };
        parsed.map_err(|message| self.add_fault(name, value, message)).ok()
    }

    /// The id of an update: that of the path, or else the body's. A body may repeat the path's.
    ///
    /// # Errors
    /// Not found if the path's id is none.
    pub(super) fn read_update_id<T: PartialEq>(
        &mut self,
        body: &Map<String, Json>,
        path_id: Option<&str>,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, PxError> {
        let name = self.object.id_name();
        let value = body.get(name).unwrap_or(&Json::Null);
        let own = self.read_id(value, name, &parse);
        let Some(text) = path_id else {
            self.require(body, name);
            return Ok(own);
        };
        let id = parse(text).ok_or_else(|| PxError::not_found(self.object, text))?;
        if own.is_some_and(|own| own != id) {
            self.add_fault(name, value, "must be the id in the path");
        }
        Ok(Some(id))
    }

    /// The id of a create or a delete, which the body must have.
    pub(super) fn read_required_id<T>(
        &mut self,
        body: &Map<String, Json>,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Option<T> {
        let name = self.object.id_name();
        self.require(body, name);
        self.read_id(body.get(name).unwrap_or(&Json::Null), name, parse)
    }

    /// Adds a fault if the body lacks a member that a create needs.
    pub(super) fn require(&mut self, body: &Map<String, Json>, name: &str) {
        let value = body.get(name).unwrap_or(&Json::Null);
        let is_empty = value.is_null()
            || value.as_str() == Some("")
            || value.as_array().is_some_and(Vec::is_empty);
        if is_empty {
            self.add_fault(name, value, "must not be empty");
        }
    }

    fn read_location(&mut self, value: &Json) {
        self.read_nested("location", value);
        let coordinates = value.as_object().and_then(|members| members.get("coordinates"));
        self.read_nested("location.coordinates", coordinates.unwrap_or(&Json::Null));
    }

    /// Reads the leaves of an object within the body.
    fn read_nested(&mut self, parent: &str, value: &Json) {
        match value {
            Json::Null => {}
            Json::Object(members) => {
                for (name, value) in members.iter().filter(|(name, _)| *name != "coordinates") {
                    self.read_member(&format!("{parent}.{name}"), value);
                }
            }
            _ => self.add_fault(parent, value, "must be an object"),
        }
    }

    fn read_member(&mut self, path: &str, value: &Json) {
        match self.object.fields().iter().find(|field| field.path == path) {
            Some(field) if field.is_writable() => self.assign(field, path, value),
            Some(field) if field.source == PxFieldSource::Email => self.read_email(path, value),
            _ => self.ignored.add_name(path),
        }
    }

    fn read_custom_attributes(&mut self, value: &Json) {
        match value {
            Json::Null => {}
            Json::Object(members) => {
                for (name, value) in members {
                    let path = format!("customAttributes.{name}");
                    if !self.assign_custom(name, &path, value) {
                        self.add_fault(&path, value, "is not defined");
                    }
                }
            }
            _ => self.add_fault("customAttributes", value, "must be an object"),
        }
    }

    /// Adds the change of a default field. `path` is its name as it was sent.
    pub(super) fn assign(&mut self, field: &PxField, path: &str, value: &Json) {
        let (attribute, cleared) = match field.source {
            PxFieldSource::Stored(code) => (self.object.value_attribute(code), Assignment::Remove),
            PxFieldSource::Shared(name) => (name.to_owned(), Assignment::Set(None)),
            _ => return,
        };
        self.assign_value(field.kind, attribute, cleared, path, value);
    }

    /// Adds the change of a custom attribute; false if it is not defined.
    pub(super) fn assign_custom(&mut self, name: &str, path: &str, value: &Json) -> bool {
        let custom = self.custom;
        let Some(field) = custom.field(name) else { return false };
        let Some(code) = field.code() else { return false };
        let attribute = self.object.value_attribute(code);
        self.assign_value(value_type(field), attribute, Assignment::Remove, path, value);
        true
    }

    /// An email is never cleared; a text that is none is shown (contract: identify).
    pub(super) fn read_email(&mut self, path: &str, value: &Json) {
        match parse_value(PxFieldType::Text(super::field::TEXT_CHARS_MAX), value) {
            Ok(SentValue::Set(Value::Text(text))) => {
                self.email = Some(match Email::parse(&text) {
                    Ok(email) => SentEmail::Valid(email),
                    Err(_) => SentEmail::IllFormed(text),
                });
            }
            Ok(_) => {}
            Err(message) => self.add_fault(path, value, message),
        }
    }

    fn assign_value(
        &mut self,
        kind: PxFieldType,
        attribute: String,
        cleared: Assignment,
        path: &str,
        value: &Json,
    ) {
        let assignment = match parse_value(kind, value) {
            Ok(SentValue::NotSent) => return,
            Ok(SentValue::Cleared) => cleared,
            Ok(SentValue::Set(value)) => Assignment::Set(Some(value)),
            Err(message) => return self.add_fault(path, value, message),
        };
        // Names that differ in case alone may name one attribute, which one update names once.
        self.assignments.retain(|(name, _)| *name != attribute);
        self.assignments.push((attribute, assignment));
    }
}

/// The body as an object.
pub(super) fn as_object(body: &Json) -> Result<&Map<String, Json>, PxError> {
    body.as_object().ok_or_else(|| PxError::bad_request("The body must be a JSON object"))
}
