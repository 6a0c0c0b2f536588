//! Where the pages of queries ended (contract: query#paging). The row before an offset is remembered
//! for one access key and one query, so that the next page starts there, whoever came or went.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use people_domain::ids::stamp::Stamp;
use people_domain::limit;
use people_domain::query::RowKey;
use people_domain::schema::metadata::Object;

use crate::table::clock::since_epoch;
use crate::table::convert::{TableItem, item_number, item_text};
use crate::table::expression::Placeholders;
use crate::table::keys::{self, ItemKey};
use crate::{Result, TenantStore};

/// The position before a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PagePosition {
    /// After this row, in the default order.
    After(RowKey),
    /// At an index of a snapshot of ranked rows.
    Ranked(SnapshotPosition),
    /// After all ranked rows.
    End,
}

/// An index of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SnapshotPosition {
    pub(super) id: String,
    pub(super) index: usize,
    /// The rows of the snapshot.
    pub(super) rows: usize,
}

/// The pages of one query of one access key.
#[derive(Debug)]
pub(super) struct PageMemory<'s> {
    store: &'s TenantStore,
    /// Identifies access key and query, and reveals neither.
    hash: String,
    /// When the request began.
    began: Stamp,
}

const BEGAN: &str = "began";
const AFTER: &str = "after";
const SNAPSHOT: &str = "snapshot";
const INDEX: &str = "index";
const ROWS: &str = "rows";
const END: &str = "end";
const TTL: &str = "ttl";

const LIFETIME: Duration = Duration::from_secs(limit::QUERY_POSITION_HOURS * 3_600);

impl<'s> PageMemory<'s> {
    pub(super) fn new(
        store: &'s TenantStore,
        access_key: &str,
        object: &Object,
        query: &str,
        began: Stamp,
    ) -> Self {
        let hash = keys::page_hash(store.ids(), access_key, &object.name, query);
        Self { store, hash, began }
    }

    /// When the request began.
    pub(super) fn began(&self) -> Stamp {
        self.began
    }

    fn item_key(&self, offset: usize) -> ItemKey {
        keys::page_key(&self.store.tenant.id, &self.hash, offset)
    }

    /// The position before the row at `offset`, if a page led there less than 24 hours ago.
    pub(super) async fn recall(&self, offset: usize) -> Result<Option<PagePosition>> {
        let item = self.store.read_item(&self.item_key(offset)).await?;
        let oldest = self.began.earlier_by(LIFETIME);
        let item = item.filter(|item| item_text(item, BEGAN) >= Some(oldest.as_str()));
        Ok(item.as_ref().and_then(PagePosition::from_item))
    }

    /// Remembers the position before the row at `offset`, unless a request that began later has.
    pub(super) async fn remember(&self, offset: usize, position: &PagePosition) -> Result<()> {
        let mut item = self.item_key(offset).to_attributes();
        item.extend(position.to_attributes());
        item.insert(BEGAN.to_owned(), AttributeValue::S(self.began.as_str().to_owned()));
        let expires = (since_epoch() + LIFETIME).as_secs();
        item.insert(TTL.to_owned(), AttributeValue::N(expires.to_string()));
        let mut placeholders = Placeholders::default();
        let name = placeholders.add_name(BEGAN);
        let began = placeholders.add_text(self.began.as_str());
        let condition = format!("attribute_not_exists({name}) OR {name} < {began}");
        self.store.store.put_item_if(item, condition, placeholders).await?.reject_conflict()?;
        Ok(())
    }
}

impl PagePosition {
    fn to_attributes(&self) -> TableItem {
        let number = |number: usize| AttributeValue::N(number.to_string());
        let attributes = match self {
            Self::After(row) => vec![(AFTER, AttributeValue::S(row.to_text()))],
            Self::Ranked(position) => vec![
                (SNAPSHOT, AttributeValue::S(position.id.clone())),
                (INDEX, number(position.index)),
                (ROWS, number(position.rows)),
            ],
            Self::End => vec![(END, AttributeValue::Bool(true))],
        };
        attributes.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    fn from_item(item: &TableItem) -> Option<Self> {
        if let Some(after) = item_text(item, AFTER) {
            return RowKey::parse(after).map(Self::After);
        }
        if item.contains_key(END) {
            return Some(Self::End);
        }
        Some(Self::Ranked(SnapshotPosition {
            id: item_text(item, SNAPSHOT)?.to_owned(),
            index: item_number(item, INDEX)?,
            rows: item_number(item, ROWS)?,
        }))
    }
}
