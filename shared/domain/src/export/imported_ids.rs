//! Ids of imported records: each is derived from the id that the record had in the exported tenant,
//! so that an import can be repeated, and references can be written before what they refer to (ADR 48).

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tenant(secret: u8, part: &str) -> TenantIds {
        TenantIds::new(&[secret; 32], part).unwrap()
    }

    #[test]
    fn ids_of_records_are_mapped_alike_each_time_and_to_ids_of_the_tenant() {
        let (source, target) = (tenant(1, "QNK6ENCURXXDZW"), tenant(2, "ABCDEFGHIJKLMN"));
        let ids = ImportedIds::new(target.clone(), source.tenant_part());
        for kind in DERIVED_KINDS {
            let exported = source.new_gsid(kind, 7);
            let mapped = ids.map_record_id(&exported).unwrap();
            assert_eq!(ids.map_record_id(&exported).as_ref(), Some(&mapped));
            assert!(mapped.starts_with(&target.object_key(kind)), "{mapped}");
            assert_ne!(ids.map_record_id(&source.new_gsid(kind, 8)), Some(mapped.clone()));
            assert_eq!(ids.map_record_id(&mapped), None, "an id of the target");
        }
        let person = source.new_gsid(GsidKind::Person, 7);
        assert!(ids.is_person_id(&person));
        for text in [person.as_str(), "", "1P02QNK6ENCURXXDZW", "QNK6ENCURXXDZW", "é"] {
            assert_eq!(ids.map_record_id(text), None, "{text}");
        }
    }

    #[test]
    fn a_tenant_that_imports_its_own_export_keeps_its_ids() {
        let own = tenant(1, "QNK6ENCURXXDZW");
        let ids = ImportedIds::new(own.clone(), own.tenant_part());
        let gsid = own.new_gsid(GsidKind::Company, 7);
        assert_eq!(ids.map_record_id(&gsid), Some(gsid));
    }

    #[test]
    fn only_whole_texts_are_mapped() {
        let (source, target) = (tenant(1, "QNK6ENCURXXDZW"), tenant(2, "ABCDEFGHIJKLMN"));
        let ids = ImportedIds::new(target, source.tenant_part());
        let gsid = source.new_gsid(GsidKind::Company, 7);
        let mapped = ids.map_record_id(&gsid).unwrap();
        let mut document =
            json!({ "a": [gsid, format!("see {gsid}")], "b": { "c": gsid, "d": 1 } });
        ids.map_document(&mut document);
        let expected =
            json!({ "a": [mapped, format!("see {gsid}")], "b": { "c": mapped, "d": 1 } });
        assert_eq!(document, expected);
    }
}
