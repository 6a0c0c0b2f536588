//! The indexes that a tenant may have of its people's associations: by the company of a Company
//! Person, and by the relationship of a Relationship Person (contract: fields#indexed-associations;
//! ADR 45).

use std::collections::BTreeSet;

use super::{NESTED_UNDER, SEPARATOR};
use crate::ids::gsid::GsidKind;
use crate::ids::tenant_ids::TenantIds;
use crate::objects::record::{Attributes, CREATED};
use crate::schema::metadata::{Metadata, object};

/// An index of associations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AssociationIndex {
    /// `Company_ID` of `company_person`.
    Company,
    /// `Relationship_ID` of `relationship_person`.
    Relationship,
}

/// The company or relationship of an association, under which it is found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct IndexedTarget {
    pub index: AssociationIndex,
    /// The GSID of the company or relationship.
    pub gsid: String,
}

impl AssociationIndex {
    pub const ALL: [Self; 2] = [Self::Company, Self::Relationship];

    /// The lower-case name of its object.
    #[must_use]
    pub fn object(self) -> &'static str {
        match self {
            Self::Company => object::COMPANY_PERSON,
            Self::Relationship => object::RELATIONSHIP_PERSON,
        }
    }

    /// The name of its field.
    #[must_use]
    pub fn field(self) -> &'static str {
        match self {
            Self::Company => "Company_ID",
            Self::Relationship => "Relationship_ID",
        }
    }

    /// The index of a field, if it can be one. Names ignore case.
    #[must_use]
    pub fn of_field(object: &str, field: &str) -> Option<Self> {
        let is_named = |index: &Self| {
            index.object().eq_ignore_ascii_case(object) && index.field().eq_ignore_ascii_case(field)
        };
        Self::ALL.into_iter().find(is_named)
    }

    /// The target of an association that belongs to the index.
    fn target_of(self, association: &str, tenant_ids: &TenantIds) -> Option<IndexedTarget> {
        let gsid = match self {
            Self::Company => {
                tenant_ids.expand_gsid(GsidKind::Company, association.strip_prefix('c')?)
            }
            Self::Relationship => {
                let rest = association.strip_prefix('r')?;
                let relationship = rest.split_once(NESTED_UNDER).map_or(rest, |(own, _)| own);
                tenant_ids.expand_gsid(GsidKind::Relationship, relationship)
            }
        };
        Some(IndexedTarget { index: self, gsid })
    }
}

/// The indexes of associations that a tenant has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AssociationIndexes {
    present: Vec<AssociationIndex>,
    /// Those whose entries are being built.
    building: Vec<AssociationIndex>,
}

impl AssociationIndexes {
    #[must_use]
    pub fn from_metadata(metadata: &Metadata) -> Self {
        let mut indexes = Self::default();
        for index in AssociationIndex::ALL {
            let field = metadata.standard_object(index.object()).field(index.field());
            let Some(field) = field else { continue };
            if field.indexed || field.indexing {
                indexes.present.push(index);
            }
            if field.indexing {
                indexes.building.push(index);
            }
        }
        indexes
    }

    /// Whether an association belongs to one of the indexes.
    #[must_use]
    pub fn includes(&self, association: &str, tenant_ids: &TenantIds) -> bool {
        self.present.iter().any(|index| index.target_of(association, tenant_ids).is_some())
    }

    /// Whether every stored association has its entry in the index.
    #[must_use]
    pub fn is_complete(&self, index: AssociationIndex) -> bool {
        self.present.contains(&index) && !self.building.contains(&index)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.present.is_empty()
    }

    /// The targets that get an entry before a person is written: those of associations that the
    /// write makes.
    #[must_use]
    pub fn new_targets(
        &self,
        before: Option<&Attributes>,
        after: &Attributes,
        tenant_ids: &TenantIds,
    ) -> BTreeSet<IndexedTarget> {
        let mut targets = list_targets(&self.present, after, tenant_ids);
        if let Some(before) = before {
            for target in list_targets(&self.present, before, tenant_ids) {
                targets.remove(&target);
            }
        }
        targets
    }

    /// The targets that get an entry before a person moves: also those of the associations that it
    /// has, as long as the index is being built: the person may move to a partition that was read
    /// already from one that is still to be read.
    #[must_use]
    pub fn moved_targets(
        &self,
        before: &Attributes,
        after: &Attributes,
        tenant_ids: &TenantIds,
    ) -> BTreeSet<IndexedTarget> {
        let mut targets = self.new_targets(Some(before), after, tenant_ids);
        targets.extend(list_targets(&self.building, after, tenant_ids));
        targets
    }
}

/// The targets of a person's associations in these indexes.
#[must_use]
pub fn list_targets(
    indexes: &[AssociationIndex],
    item: &Attributes,
    tenant_ids: &TenantIds,
) -> BTreeSet<IndexedTarget> {
    // An association exists once it has a creation stamp.
    let names = item.keys().filter_map(|name| name.split_once(SEPARATOR));
    let associations = names.filter(|(_, code)| *code == CREATED).map(|(name, _)| name);
    associations
        .flat_map(|name| indexes.iter().filter_map(|index| index.target_of(name, tenant_ids)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::metadata::CustomField;
    use crate::values::{FieldType, Value};

    const COMPANY: &str = "1P02QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7D";
    const RELATIONSHIP: &str = "1P05QNK6ENCURXXDZWKNCUGVYYCE5MHTRE7E";

    fn tenant_ids() -> TenantIds {
        TenantIds::new(&[1; 32], "QNK6ENCURXXDZW").unwrap()
    }

    fn indexes(companies: (bool, bool)) -> AssociationIndexes {
        let (indexed, indexing) = companies;
        let field = |index: AssociationIndex| CustomField {
            indexed,
            indexing,
            ..CustomField::new(index.object(), index.field(), FieldType::Gsid, "")
        };
        AssociationIndexes::from_metadata(&Metadata::new(false, &AssociationIndex::ALL.map(field)))
    }

    fn person(names: &[&str]) -> Attributes {
        let stamp = Some(Value::Text("s".to_owned()));
        names.iter().map(|name| ((*name).to_owned(), stamp.clone())).collect()
    }

    fn target(index: AssociationIndex, gsid: &str) -> IndexedTarget {
        IndexedTarget { index, gsid: gsid.to_owned() }
    }

    #[test]
    fn a_target_is_new_once() {
        let (ids, indexes) = (tenant_ids(), indexes((true, false)));
        let (company, relationship) = (&COMPANY[18..], &RELATIONSHIP[18..]);
        let held = person(&[&format!("c{company}|b"), &format!("c{company}|ti"), "v"]);
        let nested = format!("r{relationship}@{company}");
        assert!(indexes.includes(&format!("c{company}"), &ids) && indexes.includes(&nested, &ids));
        let company_target = target(AssociationIndex::Company, COMPANY);
        assert_eq!(indexes.new_targets(None, &held, &ids), [company_target].into());
        assert!(indexes.new_targets(Some(&held), &held, &ids).is_empty());
        let mut more = held.clone();
        more.extend(person(&[&format!("{nested}|b"), &format!("r{relationship}|b")]));
        let relationship_target = target(AssociationIndex::Relationship, RELATIONSHIP);
        assert_eq!(indexes.new_targets(Some(&held), &more, &ids), [relationship_target].into());
        // What has no creation stamp is no association.
        assert!(indexes.new_targets(None, &person(&[&format!("{nested}|ti")]), &ids).is_empty());
    }

    #[test]
    fn a_move_takes_all_targets_along_while_an_index_is_built() {
        let ids = tenant_ids();
        let held = person(&[&format!("c{}|b", &COMPANY[18..])]);
        for (state, expected) in [((false, true), 1), ((true, false), 0), ((false, false), 0)] {
            let targets = indexes(state).moved_targets(&held, &held, &ids);
            assert_eq!(targets.len(), expected, "{state:?}");
        }
    }

    #[test]
    fn without_an_index_nothing_has_a_target() {
        let none = AssociationIndexes::from_metadata(&Metadata::new(false, &[]));
        let held = person(&[&format!("c{}|b", &COMPANY[18..])]);
        assert!(none.is_empty() && none.new_targets(None, &held, &tenant_ids()).is_empty());
    }
}
