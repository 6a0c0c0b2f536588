//! Ids of imported records: each is derived from the id that the record had in the exported tenant,
//! so that an import can be repeated, and references can be written before what they refer to.

use serde_json::Value as Json;

use crate::ids::gsid::GsidKind;
use crate::ids::tenant_ids::TenantIds;

/// The kinds of rows whose imported ids are derived. A person's is not: it depends on its email.
const DERIVED_KINDS: [GsidKind; 3] = [GsidKind::Company, GsidKind::Relationship, GsidKind::Custom];

/// Maps ids of an exported tenant to those of the tenant that imports.
#[derive(Debug, Clone)]
pub struct ImportedIds {
    target: TenantIds,
    /// The tenant's share of the exported ids.
    source_part: String,
}

impl ImportedIds {
    /// `source_part` is [`TenantIds::tenant_part`] of the exported tenant.
    #[must_use]
    pub fn new(target: TenantIds, source_part: &str) -> Self {
        Self { target, source_part: source_part.to_owned() }
    }

    /// The id of a record in the importing tenant; `None` if the text is no id of a company, a
    /// relationship or a custom record of the exported tenant.
    #[must_use]
    pub fn map_record_id(&self, text: &str) -> Option<String> {
        let kind = DERIVED_KINDS.into_iter().find(|kind| self.is_source_id(*kind, text))?;
        Some(self.target.imported_gsid(kind, text, &self.source_part))
    }

    /// Whether the text is the id of a person of the exported tenant.
    #[must_use]
    pub fn is_person_id(&self, text: &str) -> bool {
        self.is_source_id(GsidKind::Person, text)
    }

    /// Replaces the ids of records in all texts of a document that are ids as a whole.
    pub fn map_document(&self, document: &mut Json) {
        match document {
            Json::String(text) => {
                if let Some(mapped) = self.map_record_id(text) {
                    *text = mapped;
                }
            }
            Json::Array(list) => list.iter_mut().for_each(|item| self.map_document(item)),
            Json::Object(map) => map.values_mut().for_each(|item| self.map_document(item)),
            _ => {}
        }
    }

    fn is_source_id(&self, kind: GsidKind, text: &str) -> bool {
        let part = text.strip_prefix(kind.prefix());
        part.and_then(|part| part.strip_prefix(&self.source_part))
            .is_some_and(|part| part.len() == crate::ids::gsid::PART_CHARS)
    }
}
