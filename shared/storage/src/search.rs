//! Searches for records by values of fields (contract 6). Lookup entries are hints: a record is
//! believed only when it still holds every value looked for.

use std::collections::HashMap;
use std::sync::Arc;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use people_domain::email::Email;
use people_domain::metadata::{Object, object};
use people_domain::need::Query;
use people_domain::person::EMAIL_AS_SENT;
use people_domain::record::Record;
use people_domain::value::Value;

use crate::keys::{self, Key};
use crate::resolve::read_record;
use crate::{Result, TenantStore};

/// Lookup entries read at a time.
const PAGE: i32 = 100;

impl TenantStore {
    /// The first `wanted` records that match, the first made first.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn search(&self, query: &Query, wanted: usize) -> Result<Vec<Arc<Record>>> {
        let metadata = self.metadata().await?;
        let Some(object) = metadata.object(&query.object) else { return Ok(Vec::new()) };
        let gsid = query.conditions.iter().find(|(name, _)| name == "Gsid").map(|(_, value)| value);
        let indexed = query
            .conditions
            .iter()
            .find(|(name, _)| object.field(name).is_some_and(|field| field.indexed));
        match (gsid, indexed) {
            _ if query.object == object::PERSON => self.search_people(query, object).await,
            (Some(gsid), _) => {
                let key = keys::object(&self.tenant.id, &query.object, gsid);
                let found = self.batch_get(vec![key]).await?;
                Ok(matching(found.into_iter(), query, object)?)
            }
            (None, Some((name, value))) => {
                self.search_index(query, object, name, value, wanted).await
            }
            (None, None) => self.search_all(query, object, wanted).await,
        }
    }

    /// People are found by email; further conditions are checked on what was found.
    async fn search_people(&self, query: &Query, object: &Object) -> Result<Vec<Arc<Record>>> {
        let email = query.conditions.iter().find(|(name, _)| name == "Email");
        let Some(email) = email.and_then(|(_, text)| Email::parse(text).ok()) else {
            return Ok(Vec::new());
        };
        let Some(mut person) = self.person_by_email(&email).await? else { return Ok(Vec::new()) };
        person.values.insert(EMAIL_AS_SENT.to_owned(), Some(Value::Text(person.email.clone())));
        let (object_name, gsid, born) = (query.object.clone(), person.gsid, person.born);
        let record = Record { object: object_name, gsid, born, attributes: person.values };
        let rest = query.conditions.iter().filter(|(name, _)| name != "Email");
        let all = rest.map(|(name, value)| {
            record.comparable(object, name).as_deref() == Some(value.as_str())
        });
        Ok(if all.into_iter().all(|same| same) { vec![Arc::new(record)] } else { Vec::new() })
    }

    /// By the entries of an indexed field, page by page until enough records hold all values.
    async fn search_index(
        &self,
        query: &Query,
        object: &Object,
        field: &str,
        value: &str,
        wanted: usize,
    ) -> Result<Vec<Arc<Record>>> {
        let (mut found, mut from) = (Vec::new(), None);
        loop {
            let call = self
                .store
                .db
                .query()
                .table_name(&*self.store.table)
                .consistent_read(true)
                .limit(PAGE);
            let call = call.key_condition_expression("pk = :pk AND begins_with(sk, :hash)");
            let pk = keys::index(&self.tenant.id, &query.object, field);
            let call = call.expression_attribute_values(":pk", AttributeValue::S(pk));
            let hash = format!("{}#", self.mint().index_hash(value));
            let call = call.expression_attribute_values(":hash", AttributeValue::S(hash));
            let call = call
                .set_exclusive_start_key(from)
                .return_consumed_capacity(ReturnConsumedCapacity::Total);
            let answer = self.store.meter.time(call.send()).await?;
            self.store.meter.consumed(answer.consumed_capacity());
            let gsids = answer.items.unwrap_or_default().into_iter().filter_map(|entry| {
                let key = Key::of(&entry)?;
                Some(keys::object(&self.tenant.id, &query.object, key.sk.rsplit('#').next()?))
            });
            let records = self.batch_get(gsids.collect()).await?;
            found.extend(matching(records.into_iter(), query, object)?);
            from = answer.last_evaluated_key;
            if found.len() >= wanted || from.is_none() {
                found.truncate(wanted);
                return Ok(found);
            }
        }
    }

    /// Without an indexed field: the object's whole partition.
    async fn search_all(
        &self,
        query: &Query,
        object: &Object,
        wanted: usize,
    ) -> Result<Vec<Arc<Record>>> {
        let items = self.partition(&keys::objects(&self.tenant.id, &query.object)).await?;
        let items: HashMap<_, _> =
            items.into_iter().filter_map(|item| Some((Key::of(&item)?, item))).collect();
        let mut found = matching(items.into_iter(), query, object)?;
        found.truncate(wanted);
        Ok(found)
    }
}

/// Those that hold every value, the first made first.
fn matching(
    items: impl Iterator<Item = (Key, crate::convert::Item)>,
    query: &Query,
    object: &Object,
) -> Result<Vec<Arc<Record>>> {
    let mut records = Vec::new();
    for (key, item) in items {
        let record = read_record(&key, item)?;
        let holds = |(name, value): &(String, String)| {
            record.comparable(object, name).as_deref() == Some(value.as_str())
        };
        if query.conditions.iter().all(holds) {
            records.push(Arc::new(record));
        }
    }
    records.sort_by_key(|record| record.born);
    Ok(records)
}
