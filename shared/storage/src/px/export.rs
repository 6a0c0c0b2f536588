//! A pass over the users or accounts of a tenant, for exports.

use people_domain::ids::stamp::Stamp;
use people_domain::limit;
use people_domain::px::{PxObject, render_row};
use people_domain::schema::metadata::Metadata;
use serde_json::Value as Json;

use super::rows::RowWalk;
use crate::{Result, TenantStore};

/// A page of users or accounts as Gainsight PX shows them.
#[derive(Debug)]
pub struct PxPage {
    pub rows: Vec<Json>,
    /// The position of the next page; `None` at the end.
    pub next: Option<String>,
}

impl TenantStore {
    /// Reads a page after a position, without the rows that were last written before `since`.
    pub async fn read_px_page(
        &self,
        object: PxObject,
        after: Option<&str>,
        since: Option<Stamp>,
        metadata: &Metadata,
    ) -> Result<PxPage> {
        let mut walk = RowWalk::after(self, object, after)?;
        // A batch without rows may be followed by others: its entries were those of nobody.
        while let Some(stored) = walk.next_rows(limit::EXPORT_PAGE_ITEMS_MAX).await? {
            let rows: Vec<_> = stored.iter().filter_map(|row| row.view(metadata)).collect();
            let Some(last) = rows.last() else { continue };
            let next = Some(last.key.to_owned());
            let wanted = rows.iter().filter(|row| row.is_written_since(since));
            return Ok(PxPage { rows: wanted.map(render_row).collect(), next });
        }
        Ok(PxPage { rows: Vec::new(), next: None })
    }
}
