//! One record on its way into the store: parsed, what it needs resolved, planned, written
//! (design: "one pipeline"). All or nothing.

use std::sync::Arc;

use people_domain::fault::{self, Fault, Place};
use people_domain::lookup::Lookups;
use people_domain::metadata::{Metadata, object};
use people_domain::need::{Known, Needs};
use people_domain::plan::{self, Plan};
use people_domain::row::{self, Row, Who};
use serde_json::Value as Json;

use crate::{Refusal, Result, TenantStore, Upserted};

impl TenantStore {
    /// Upserts one record; `shared` are the lookups of the whole request. Faults: nothing was written.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn ingest(
        &self,
        raw: &Json,
        shared: &Lookups,
    ) -> Result<std::result::Result<Upserted, Vec<Fault>>> {
        let metadata = self.metadata().await?;
        let row = row::parse(raw, shared, &metadata);
        let known = self.known(&row).await?;
        let Plan { write, mut faults } = plan::plan(&row, &known, self.mint());
        if let Some(query) = row.person_query()
            && self.search(query, 1).await?.is_empty()
        {
            faults.insert(0, row.person_not_found());
        }
        if !faults.is_empty() {
            self.complete(&row, &mut faults).await?;
            return Ok(Err(faults));
        }
        match self.upsert(&write).await? {
            Err(refusal) => {
                Ok(Err(vec![explain(refusal, &row, write.required.as_deref(), &metadata)]))
            }
            Ok(upserted) => {
                self.learn(&known.new_labels).await?;
                Ok(Ok(upserted))
            }
        }
    }

    /// What the row needs to know; then, for relationships directly under the person, the
    /// companies that only their records name.
    async fn known(&self, row: &Row<'_>) -> Result<Known> {
        let mut needs = Needs::default();
        row.add_needs(&mut needs);
        if needs.is_empty() {
            return Ok(Known::default());
        }
        let mut known = self.resolve(&needs).await?;
        let more = row.own_companies(&known);
        if !more.is_empty() {
            let records = more.into_iter().map(|id| (object::COMPANY, id)).collect();
            known
                .records
                .extend(self.resolve(&Needs { records, ..Needs::default() }).await?.records);
        }
        Ok(known)
    }

    /// Adds to the faults of a row what only a read of the person tells: that it does not exist,
    /// or which Person_ID the keys of its associations have (contract-details 11).
    async fn complete(&self, row: &Row<'_>, faults: &mut Vec<Fault>) -> Result<()> {
        let (person, must_exist) = match &row.who {
            Who::Gsid(gsid, _) => (self.person_by_gsid(gsid).await?, true),
            Who::Found(email) => (self.person_by_email(email).await?, true),
            Who::Email(email) if plan::wants_person(faults) => {
                (self.person_by_email(email).await?, false)
            }
            Who::Email(_) | Who::Nobody => return Ok(()),
        };
        match person {
            Some(person) => plan::name_person(faults, &person.gsid),
            // The search by more than the email has said so already.
            None if must_exist && row.person_query().is_none() => {
                faults.insert(0, row.person_not_found());
            }
            None => {}
        }
        Ok(())
    }
}

fn explain(
    refusal: Refusal,
    row: &Row<'_>,
    required: Option<&str>,
    metadata: &Arc<Metadata>,
) -> Fault {
    match (refusal, &row.email, required) {
        (Refusal::EmailTaken, Some(email), _) => Fault::email_taken(email),
        (Refusal::RequiredMissing, _, Some(name)) => {
            let kind = metadata.standard(object::PERSON).field(name).map(|field| field.kind);
            let code = kind.map_or(people_domain::code::Code::String, fault::code_of);
            Fault::field(Place::Person, name, Json::Null, code)
        }
        (Refusal::TooLarge, ..) => Fault::limit(
            Place::Person,
            "The person with all its companies and relationships would be larger than 400 KB; send fewer or shorter values"
                .to_owned(),
        ),
        _ => row.person_not_found(),
    }
}
