//! A person's associations as answers show them: only those whose records exist (contract:
//! upsert#deleted-companies), relationships under their companies, ordered by CreatedDate, then
//! Gsid (contract: get#order-of-associations).

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use crate::ids::gsid::GsidKind;
use crate::ids::tenant_ids::TenantIds;
use crate::objects::record::{self, Attributes, Record};
use crate::people::{self, Person, StoredAssociation};
use crate::schema::metadata::object;

/// Records by GSID.
type RecordsByGsid = HashMap<String, Arc<Record>>;

/// A Company Person as answers show it.
#[derive(Debug)]
pub struct CompanyView<'p> {
    /// The association's GSID.
    pub gsid: String,
    /// The stored association; built with defaults if only a relationship's record names the
    /// company.
    pub association: Cow<'p, StoredAssociation>,
    pub record: Arc<Record>,
    /// The Relationship Persons under it.
    pub relationships: Vec<RelationshipView<'p>>,
}

/// A Relationship Person as answers show it.
#[derive(Debug)]
pub struct RelationshipView<'p> {
    /// The association's GSID.
    pub gsid: String,
    pub association: &'p StoredAssociation,
    pub record: Arc<Record>,
}

/// The companies and relationships of a person's associations, as (object, GSID).
#[must_use]
pub fn list_references(person: &Person) -> Vec<(&'static str, String)> {
    let companies =
        person.companies.iter().map(|association| (object::COMPANY, association.target.clone()));
    let relationships = person
        .relationships
        .iter()
        .map(|association| (object::RELATIONSHIP, association.target.clone()));
    companies.chain(relationships).collect()
}

/// The companies that only the records of a person's relationships name: the record changed since,
/// or the relationship is nested under another company. A relationship is deleted along with its
/// company.
#[must_use]
pub fn companies_of_relationships(person: &Person, records: &RecordsByGsid) -> Vec<String> {
    let own = person.relationships.iter();
    let own = own
        .filter_map(|association| records.get(&association.target)?.text(record::COMPANY_ID_CODE));
    own.filter(|id| !person.companies.iter().any(|association| association.target == **id))
        .map(str::to_owned)
        .collect()
}

/// The Company Persons of a person with their Relationship Persons. `records` are the existing
/// records of [`list_references`] and [`companies_of_relationships`].
#[must_use]
pub fn list_companies<'p>(
    person: &'p Person,
    records: &RecordsByGsid,
    tenant_ids: &TenantIds,
) -> Vec<CompanyView<'p>> {
    let viewer = AssociationViewer { person, records, tenant_ids };
    let mut associations: Vec<_> = person.companies.iter().map(Cow::Borrowed).collect();
    associations.extend(
        companies_of_relationships(person, records)
            .into_iter()
            .filter_map(|id| viewer.implied_association(id)),
    );
    let mut views: Vec<_> = associations
        .into_iter()
        .filter_map(|association| viewer.view_company(association))
        .collect();
    views.sort_by(|a, b| {
        (a.association.created.millis(), &a.gsid).cmp(&(b.association.created.millis(), &b.gsid))
    });
    views.dedup_by(|a, b| a.gsid == b.gsid);
    views
}

struct AssociationViewer<'p, 'r> {
    person: &'p Person,
    records: &'r RecordsByGsid,
    tenant_ids: &'r TenantIds,
}

impl<'p> AssociationViewer<'p, '_> {
    fn view_company(&self, association: Cow<'p, StoredAssociation>) -> Option<CompanyView<'p>> {
        let record = self.find_record(object::COMPANY, &association.target)?;
        let under = self.person.relationships.iter();
        let under = under.filter(|known| self.is_nested_under(known, &association.target));
        let mut relationships: Vec<_> =
            under.filter_map(|known| self.view_relationship(known)).collect();
        relationships.sort_by(|a, b| {
            (a.association.created.millis(), &a.gsid)
                .cmp(&(b.association.created.millis(), &b.gsid))
        });
        let gsid = self.tenant_ids.association_gsid(
            GsidKind::CompanyPerson,
            &self.person.gsid,
            &association.name,
        );
        Some(CompanyView { gsid, association, record, relationships })
    }

    fn view_relationship(
        &self,
        association: &'p StoredAssociation,
    ) -> Option<RelationshipView<'p>> {
        let record = self.find_record(object::RELATIONSHIP, &association.target)?;
        let record = Some(record).filter(|record| record.is_present(self.records))?;
        let kind = GsidKind::RelationshipPerson;
        let gsid = self.tenant_ids.association_gsid(kind, &self.person.gsid, &association.name);
        Some(RelationshipView { gsid, association, record })
    }

    /// The association with a company that only a relationship's record names: it is shown as if
    /// stored with defaults.
    fn implied_association(&self, target: String) -> Option<Cow<'p, StoredAssociation>> {
        let under = |association: &&StoredAssociation| self.is_nested_under(association, &target);
        let created = self
            .person
            .relationships
            .iter()
            .filter(under)
            .map(|association| association.created)
            .min()?;
        let name = people::company_association_name(self.tenant_ids, &target);
        let values = Attributes::new();
        Some(Cow::Owned(StoredAssociation {
            target,
            company: None,
            name,
            created,
            updated: created,
            values,
        }))
    }

    /// Whether a relationship is shown under this company: the one it was nested under, else its
    /// own.
    fn is_nested_under(&self, association: &StoredAssociation, company: &str) -> bool {
        let own = || self.records.get(&association.target)?.text(record::COMPANY_ID_CODE);
        association.company.as_deref().or_else(own) == Some(company)
    }

    fn find_record(&self, object: &str, gsid: &str) -> Option<Arc<Record>> {
        self.records.get(gsid).filter(|record| record.object == object).cloned()
    }
}
