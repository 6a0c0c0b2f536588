//! Builds the index of a field that has records already: page by page, once every process writes
//! lookup entries of that field. The progress is stored, so another run continues there.

use aws_sdk_dynamodb::types::AttributeValue;
use people_domain::ids::stamp::Stamp;
use people_domain::objects::record::{attribute_stamp, attribute_text};
use people_domain::people::AssociationIndex;
use people_domain::schema::metadata::CustomField;

use crate::table::keys::{self, ItemKey};
use crate::tenants::schema::qualify_field_name;
use crate::{Result, TenantStore};

/// Attribute that holds the last record whose entries are written.
const CURSOR: &str = "cursor";

/// Attribute that holds the time since which the field is indexed.
const SINCE: &str = "since";

/// A field whose lookup entries are not complete yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingIndex {
    /// Lower-case name of the object.
    pub object: String,
    pub field: String,
    /// The time since which the schema has the index; `None` when it is not known.
    pub since: Option<Stamp>,
    /// Whether the entries of some records are written.
    pub begun: bool,
}

/// A page of records whose lookup entries were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexPage {
    pub records: usize,
    /// Whether the page was the last one, and the index is in use.
    pub last: bool,
}

impl TenantStore {
    /// Lists the fields whose lookup entries are not complete yet.
    pub async fn list_pending_indexes(&self) -> Result<Vec<PendingIndex>> {
        let fields = self.read_tenant_schema().await?.fields.into_iter();
        let mut pending = Vec::new();
        for field in fields.filter(|field| field.indexing && !field.removed) {
            let key = self.index_progress_key(&field.object, &field.name);
            let progress = self.read_attributes(&key).await?.unwrap_or_default();
            pending.push(PendingIndex {
                since: attribute_stamp(&progress, SINCE),
                begun: progress.contains_key(CURSOR),
                object: field.object,
                field: field.name,
            });
        }
        Ok(pending)
    }

    /// Writes the lookup entries of the next page of records, or of people with associations; after
    /// the last page the index is in use.
    pub async fn build_index_page(&self, object: &str, name: &str) -> Result<IndexPage> {
        let progress_key = self.index_progress_key(object, name);
        let progress = self.read_attributes(&progress_key).await?.unwrap_or_default();
        let cursor = attribute_text(&progress, CURSOR);
        let (records, next) = match AssociationIndex::of_field(object, name) {
            Some(index) => self.index_people_page(index, cursor).await?,
            None => self.index_records_page(object, name, cursor).await?,
        };
        let Some(next) = next else {
            let field = self.read_field(object, name).await?;
            let indexed = CustomField { indexed: true, indexing: false, ..field.clone() };
            self.write_field(&indexed).await?;
            self.delete_index_progress(&field).await?;
            return Ok(IndexPage { records, last: true });
        };
        self.write_index_progress(&progress_key, CURSOR, AttributeValue::S(next)).await?;
        Ok(IndexPage { records, last: false })
    }

    /// Writes the entries of a page of records. Returns their number, and the cursor of the next
    /// page.
    async fn index_records_page(
        &self,
        object: &str,
        name: &str,
        cursor: Option<&str>,
    ) -> Result<(usize, Option<String>)> {
        let from = cursor.map(|gsid| keys::record_key(&self.tenant.id, object, gsid));
        let pk = keys::records_partition(&self.tenant.id, object);
        let from = from.map(|key| key.to_attributes());
        let (items, next) = self.read_partition_page(&pk, None, None, from).await?;
        let records = items.len();
        self.index_records(object, name, items).await?;
        Ok((records, next.and_then(|next| ItemKey::from_item(&next)).map(|key| key.sk)))
    }

    /// Stores the time since which writes of records write the field's entries.
    pub(crate) async fn write_indexing_start(&self, field: &CustomField) -> Result<()> {
        let since = AttributeValue::S(self.store.new_stamp().as_str().to_owned());
        let key = self.index_progress_key(&field.object, &field.name);
        self.write_index_progress(&key, SINCE, since).await
    }

    /// Deletes the progress of an index: the next one starts at the first record.
    pub(crate) async fn delete_index_progress(&self, field: &CustomField) -> Result<()> {
        let name = qualify_field_name(&field.object, &field.name);
        self.delete_definition(keys::INDEXING_PREFIX, &name).await
    }

    fn index_progress_key(&self, object: &str, name: &str) -> ItemKey {
        let name = qualify_field_name(object, name);
        keys::metadata_item_key(&self.tenant.id, keys::INDEXING_PREFIX, &name)
    }

    async fn write_index_progress(
        &self,
        key: &ItemKey,
        name: &str,
        value: AttributeValue,
    ) -> Result<()> {
        let mut item = key.to_attributes();
        item.insert(name.to_owned(), value);
        self.store.put_item(item).await
    }
}
