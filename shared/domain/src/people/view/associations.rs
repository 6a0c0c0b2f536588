//! A person's associations as they are shown: those whose records are there (contract:
//! upsert#deleted-companies), relationships under their companies, by CreatedDate, then Gsid
//! (contract: get#order-of-associations).

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

/// A Company Person that is shown.
#[derive(Debug)]
pub struct CompanyView<'p> {
    /// Its GSID.
    pub gsid: String,
    /// What the person holds; made up where only a relationship's record tells of the company.
    pub association: Cow<'p, StoredAssociation>,
    /// The company.
    pub record: Arc<Record>,
    /// The Relationship Persons that stand under it.
    pub relationships: Vec<RelationshipView<'p>>,
}

/// A Relationship Person that is shown.
#[derive(Debug)]
pub struct RelationshipView<'p> {
    /// Its GSID.
    pub gsid: String,
    /// What the person holds.
    pub association: &'p StoredAssociation,
    /// The relationship.
    pub record: Arc<Record>,
}

/// The companies and relationships that a person names, as (object, GSID).
#[must_use]
pub fn list_references(person: &Person) -> Vec<(&'static str, String)> {
    let companies = person.companies.iter().map(|held| (object::COMPANY, held.target.clone()));
    let relationships =
        person.relationships.iter().map(|held| (object::RELATIONSHIP, held.target.clone()));
    companies.chain(relationships).collect()
}

/// The companies that only the records of held relationships name: a record was changed since, or
/// the relationship is held under another company. Without its company a relationship is gone.
#[must_use]
pub fn companies_of_relationships(person: &Person, records: &RecordsByGsid) -> Vec<String> {
    let own = person.relationships.iter();
    let own = own.filter_map(|held| records.get(&held.target)?.text(record::COMPANY_ID_CODE));
    own.filter(|id| !person.companies.iter().any(|held| held.target == **id))
        .map(str::to_owned)
        .collect()
}

/// The Company Persons of a person, with their Relationship Persons. `records`: what there is of
/// [`references`] and [`own_companies`].
#[must_use]
pub fn list_companies<'p>(
    person: &'p Person,
    records: &RecordsByGsid,
    tenant_ids: &TenantIds,
) -> Vec<CompanyView<'p>> {
    let shower = AssociationViewer { person, records, tenant_ids };
    let mut held: Vec<_> = person.companies.iter().map(Cow::Borrowed).collect();
    held.extend(
        companies_of_relationships(person, records)
            .into_iter()
            .filter_map(|id| shower.implied_association(id)),
    );
    let mut shown: Vec<_> = held.into_iter().filter_map(|held| shower.view_company(held)).collect();
    shown.sort_by(|a, b| {
        (a.association.created.millis(), &a.gsid).cmp(&(b.association.created.millis(), &b.gsid))
    });
    shown.dedup_by(|a, b| a.gsid == b.gsid);
    shown
}

struct AssociationViewer<'p, 'r> {
    person: &'p Person,
    records: &'r RecordsByGsid,
    tenant_ids: &'r TenantIds,
}

impl<'p> AssociationViewer<'p, '_> {
    fn view_company(&self, held: Cow<'p, StoredAssociation>) -> Option<CompanyView<'p>> {
        let record = self.find_record(object::COMPANY, &held.target)?;
        let under = self.person.relationships.iter();
        let under = under.filter(|known| self.is_nested_under(known, &held.target));
        let mut relationships: Vec<_> =
            under.filter_map(|known| self.view_relationship(known)).collect();
        relationships.sort_by(|a, b| {
            (a.association.created.millis(), &a.gsid)
                .cmp(&(b.association.created.millis(), &b.gsid))
        });
        let gsid = self.tenant_ids.association_gsid(
            GsidKind::CompanyPerson,
            &self.person.gsid,
            &held.name,
        );
        Some(CompanyView { gsid, association: held, record, relationships })
    }

    fn view_relationship(&self, held: &'p StoredAssociation) -> Option<RelationshipView<'p>> {
        let record = self.find_record(object::RELATIONSHIP, &held.target)?;
        let record = Some(record).filter(|record| record.is_present(self.records))?;
        let kind = GsidKind::RelationshipPerson;
        let gsid = self.tenant_ids.association_gsid(kind, &self.person.gsid, &held.name);
        Some(RelationshipView { gsid, association: held, record })
    }

    /// A company that only a relationship's record tells of: it is shown as if held with defaults.
    fn implied_association(&self, target: String) -> Option<Cow<'p, StoredAssociation>> {
        let under = |held: &&StoredAssociation| self.is_nested_under(held, &target);
        let born = self.person.relationships.iter().filter(under).map(|held| held.created).min()?;
        let name = people::company_association_name(self.tenant_ids, &target);
        let values = Attributes::new();
        Some(Cow::Owned(StoredAssociation {
            target,
            company: None,
            name,
            created: born,
            updated: born,
            values,
        }))
    }

    /// Whether a relationship stands under this company: the one it was nested under, else its own.
    fn is_nested_under(&self, held: &StoredAssociation, company: &str) -> bool {
        let own = || self.records.get(&held.target)?.text(record::COMPANY_ID_CODE);
        held.company.as_deref().or_else(own) == Some(company)
    }

    fn find_record(&self, object: &str, gsid: &str) -> Option<Arc<Record>> {
        self.records.get(gsid).filter(|record| record.object == object).cloned()
    }
}
