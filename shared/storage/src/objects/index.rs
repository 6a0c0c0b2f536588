//! The index of a field whose records exist: made page by page, once every process writes entries
//! of its own. Where it stands is stored, so that another run goes on from there.

use aws_sdk_dynamodb::types::AttributeValue;
use people_domain::ids::stamp::Stamp;
use people_domain::objects::record::{attribute_stamp, attribute_text};
use people_domain::schema::metadata::CustomField;

use crate::table::keys::{self, ItemKey};
use crate::tenants::schema::qualify_field_name;
use crate::{Result, TenantStore};

/// Attribute that holds the last record whose entries are made.
const CURSOR: &str = "cursor";

/// Attribute that holds when a field began to be indexed.
const SINCE: &str = "since";

/// A field whose lookup entries are still to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingIndex {
    /// Lower-case name of the object.
    pub object: String,
    /// The field.
    pub field: String,
    /// When the schema began to say so; none when that is not known.
    pub since: Option<Stamp>,
    /// Whether the entries of some records are made.
    pub begun: bool,
}

/// A page of records on the way to an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexPage {
    /// How many records it had.
    pub records: usize,
    /// Whether it was the last one, and the index is in use.
    pub last: bool,
}

impl TenantStore {
    /// Fields whose lookup entries are still to be made.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list_pending_indexes(&self) -> Result<Vec<PendingIndex>> {
        let fields = self.read_tenant_schema().await?.fields.into_iter();
        let mut unindexed = Vec::new();
        for field in fields.filter(|field| field.indexing && !field.removed) {
            let place =
                self.read_attributes(&self.index_progress_key(&field.object, &field.name)).await?;
            let place = place.unwrap_or_default();
            unindexed.push(PendingIndex {
                since: attribute_stamp(&place, SINCE),
                begun: place.contains_key(CURSOR),
                object: field.object,
                field: field.name,
            });
        }
        Ok(unindexed)
    }

    /// Makes the lookup entries of the next page of records; after the last one the index is in use.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn build_index_page(&self, object: &str, name: &str) -> Result<IndexPage> {
        let place =
            self.read_attributes(&self.index_progress_key(object, name)).await?.unwrap_or_default();
        let from = attribute_text(&place, CURSOR)
            .map(|gsid| keys::record_key(&self.tenant.id, object, gsid).to_attributes());
        let (items, next) = self
            .read_partition_page(
                &keys::records_partition(&self.tenant.id, object),
                None,
                None,
                from,
            )
            .await?;
        let records = items.len();
        self.index_records(object, name, items).await?;
        let Some(next) = next else {
            let field = self.read_field(object, name).await?;
            self.write_field(&CustomField { indexed: true, indexing: false, ..field.clone() })
                .await?;
            self.delete_index_progress(&field).await?;
            return Ok(IndexPage { records, last: true });
        };
        let cursor = next.get(keys::SK).cloned().unwrap_or(AttributeValue::Null(true));
        self.write_index_progress(self.index_progress_key(object, name), CURSOR, cursor).await?;
        Ok(IndexPage { records, last: false })
    }

    /// Keeps since when writes make the field's entries, once the field says that they do.
    pub(crate) async fn write_indexing_start(&self, field: &CustomField) -> Result<()> {
        let since = AttributeValue::S(self.store.new_stamp().as_str().to_owned());
        self.write_index_progress(self.index_progress_key(&field.object, &field.name), SINCE, since)
            .await
    }

    /// Forgets how far an index was made: another one begins at the first record.
    pub(crate) async fn delete_index_progress(&self, field: &CustomField) -> Result<()> {
        self.delete_definition(
            keys::INDEXING_PREFIX,
            &qualify_field_name(&field.object, &field.name),
        )
        .await
    }

    fn index_progress_key(&self, object: &str, name: &str) -> ItemKey {
        keys::metadata_item_key(
            &self.tenant.id,
            keys::INDEXING_PREFIX,
            &qualify_field_name(object, name),
        )
    }

    async fn write_index_progress(
        &self,
        place: ItemKey,
        name: &str,
        value: AttributeValue,
    ) -> Result<()> {
        let mut item = place.to_attributes();
        item.insert(name.to_owned(), value);
        self.store.put_item(item).await
    }
}
