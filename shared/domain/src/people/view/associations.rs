//! A person's associations as they are shown: those whose records are there (contract:
//! upsert#deleted-companies), relationships under their companies, by CreatedDate, then Gsid
//! (contract: get#order-of-associations).

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use crate::ids::gsid::GsidKind;
use crate::ids::mint::Mint;
use crate::objects::record::{self, Attributes, Record};
use crate::people::{self, Held, Person};
use crate::schema::metadata::object;

/// Records by GSID.
type Records = HashMap<String, Arc<Record>>;

/// A Company Person that is shown.
#[derive(Debug)]
pub struct Company<'p> {
    /// Its GSID.
    pub gsid: String,
    /// What the person holds; made up where only a relationship's record tells of the company.
    pub held: Cow<'p, Held>,
    /// The company.
    pub record: Arc<Record>,
    /// The Relationship Persons that stand under it.
    pub relationships: Vec<Relationship<'p>>,
}

/// A Relationship Person that is shown.
#[derive(Debug)]
pub struct Relationship<'p> {
    /// Its GSID.
    pub gsid: String,
    /// What the person holds.
    pub held: &'p Held,
    /// The relationship.
    pub record: Arc<Record>,
}

/// The companies and relationships that a person names, as (object, GSID).
#[must_use]
pub fn references(person: &Person) -> Vec<(&'static str, String)> {
    let companies = person.companies.iter().map(|held| (object::COMPANY, held.target.clone()));
    let relationships =
        person.relationships.iter().map(|held| (object::RELATIONSHIP, held.target.clone()));
    companies.chain(relationships).collect()
}

/// The companies that only the records of held relationships name: a record was changed since, or
/// the relationship is held under another company. Without its company a relationship is gone.
#[must_use]
pub fn own_companies(person: &Person, records: &Records) -> Vec<String> {
    let own = person.relationships.iter();
    let own = own.filter_map(|held| records.get(&held.target)?.text(record::COMPANY_ID));
    own.filter(|id| !person.companies.iter().any(|held| held.target == **id))
        .map(str::to_owned)
        .collect()
}

/// The Company Persons of a person, with their Relationship Persons. `records`: what there is of
/// [`references`] and [`own_companies`].
#[must_use]
pub fn companies<'p>(person: &'p Person, records: &Records, mint: &Mint) -> Vec<Company<'p>> {
    let shower = Shower { person, records, mint };
    let mut held: Vec<_> = person.companies.iter().map(Cow::Borrowed).collect();
    held.extend(own_companies(person, records).into_iter().filter_map(|id| shower.implied(id)));
    let mut shown: Vec<_> = held.into_iter().filter_map(|held| shower.company(held)).collect();
    shown.sort_by(|a, b| (a.held.born.millis(), &a.gsid).cmp(&(b.held.born.millis(), &b.gsid)));
    shown.dedup_by(|a, b| a.gsid == b.gsid);
    shown
}

struct Shower<'p, 'r> {
    person: &'p Person,
    records: &'r Records,
    mint: &'r Mint,
}

impl<'p> Shower<'p, '_> {
    fn company(&self, held: Cow<'p, Held>) -> Option<Company<'p>> {
        let record = self.record(object::COMPANY, &held.target)?;
        let under = self.person.relationships.iter();
        let under = under.filter(|known| self.stands_under(known, &held.target));
        let mut relationships: Vec<_> =
            under.filter_map(|known| self.relationship(known)).collect();
        relationships
            .sort_by(|a, b| (a.held.born.millis(), &a.gsid).cmp(&(b.held.born.millis(), &b.gsid)));
        let gsid = self.mint.association(GsidKind::CompanyPerson, &self.person.gsid, &held.name);
        Some(Company { gsid, held, record, relationships })
    }

    fn relationship(&self, held: &'p Held) -> Option<Relationship<'p>> {
        let record = self.record(object::RELATIONSHIP, &held.target)?;
        let record = Some(record).filter(|record| record.is_there(self.records))?;
        let kind = GsidKind::RelationshipPerson;
        let gsid = self.mint.association(kind, &self.person.gsid, &held.name);
        Some(Relationship { gsid, held, record })
    }

    /// A company that only a relationship's record tells of: it is shown as if held with defaults.
    fn implied(&self, target: String) -> Option<Cow<'p, Held>> {
        let under = |held: &&Held| self.stands_under(held, &target);
        let born = self.person.relationships.iter().filter(under).map(|held| held.born).min()?;
        let name = people::company_name(self.mint, &target);
        let values = Attributes::new();
        Some(Cow::Owned(Held { target, company: None, name, born, revised: born, values }))
    }

    /// Whether a relationship stands under this company: the one it was nested under, else its own.
    fn stands_under(&self, held: &Held, company: &str) -> bool {
        let own = || self.records.get(&held.target)?.text(record::COMPANY_ID);
        held.company.as_deref().or_else(own) == Some(company)
    }

    fn record(&self, object: &str, gsid: &str) -> Option<Arc<Record>> {
        self.records.get(gsid).filter(|record| record.object == object).cloned()
    }
}
