//! Requests of lists, and their answers (contract: identify).

use serde_json::{Value as Json, json};

use super::filter::Filter;
use super::row::PxRow;
use super::scroll::{decode_scroll, encode_scroll};
use super::sort::{Position, Sort};
use super::{PxError, PxObject};
use crate::ids::tenant_ids::TenantIds;
use crate::schema::metadata::Metadata;

/// Rows of one page.
pub const PAGE_SIZE_MAX: usize = 1_000;

/// Rows of one page, unless the caller asks for another number.
pub const PAGE_SIZE_DEFAULT: usize = 25;

/// Bytes of all filters, and of the sort: both are in the scrollId, which is part of an address.
const FILTER_BYTES_MAX: usize = 1_500;
const SORT_BYTES_MAX: usize = 500;

/// A request of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRequest {
    pub object: PxObject,
    pub page_size: usize,
    pub(super) filters: Vec<String>,
    pub(super) sort: String,
    /// `None` for the first page.
    pub progress: Option<ListProgress>,
}

/// How far a list is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListProgress {
    /// The last row so far.
    pub after: Position,
    /// The rows so far.
    pub rows: u64,
    /// The rows counted at the first page.
    pub total: u64,
}

impl ListRequest {
    /// Parses the parameters of a call, decoded; names ignore case. With a scrollId only pageSize
    /// counts beside it.
    ///
    /// # Errors
    /// A bad request: a parameter, or a scrollId of elsewhere.
    pub fn parse<'a>(
        object: PxObject,
        parameters: impl Iterator<Item = (&'a str, &'a str)>,
        tenant_ids: &TenantIds,
    ) -> Result<Self, PxError> {
        let (mut filters, mut sort, mut page_size, mut scroll) =
            (Vec::new(), Vec::new(), None, None);
        for (name, value) in parameters.filter(|(_, value)| !value.is_empty()) {
            match name.to_ascii_lowercase().as_str() {
                "filter" => filters.push(value.to_owned()),
                "sort" => sort.push(value),
                "pagesize" => page_size = Some(parse_page_size(value)?),
                "scrollid" => scroll = Some(value),
                _ => {}
            }
        }
        if let Some(text) = scroll {
            let request = decode_scroll(text, object, tenant_ids);
            let request = request.ok_or_else(|| {
                PxError::bad_request("scrollId is none of this list; start again without it")
            })?;
            return Ok(Self { page_size: page_size.unwrap_or(request.page_size), ..request });
        }
        let sort = sort.join(";");
        check_bytes("filter", filters.iter().map(String::len).sum(), FILTER_BYTES_MAX)?;
        check_bytes("sort", sort.len(), SORT_BYTES_MAX)?;
        let page_size = page_size.unwrap_or(PAGE_SIZE_DEFAULT);
        Ok(Self { object, page_size, filters, sort, progress: None })
    }

    /// The rows of the pages so far.
    #[must_use]
    pub fn rows_before(&self) -> u64 {
        self.progress.as_ref().map_or(0, |progress| progress.rows)
    }
}

fn parse_page_size(text: &str) -> Result<usize, PxError> {
    let number = text.parse().ok().filter(|number| (1..=PAGE_SIZE_MAX).contains(number));
    number.ok_or_else(|| PxError::bad_request(format!("pageSize is 1 to {PAGE_SIZE_MAX}")))
}

fn check_bytes(name: &str, bytes: usize, max: usize) -> Result<(), PxError> {
    if bytes <= max {
        return Ok(());
    }
    Err(PxError::bad_request(format!("{name} takes at most {max} bytes")))
}

/// A request whose names and values are valid.
#[derive(Debug, Clone)]
pub struct ListQuery<'m> {
    pub request: &'m ListRequest,
    pub metadata: &'m Metadata,
    pub filter: Filter<'m>,
    pub sort: Sort<'m>,
}

impl<'m> ListQuery<'m> {
    /// Checks a request against the metadata.
    ///
    /// # Errors
    /// A bad request: the first name or value that is invalid.
    pub fn from_request(request: &'m ListRequest, metadata: &'m Metadata) -> Result<Self, PxError> {
        let custom = metadata.px_object(request.object.schema_name());
        let filter = Filter::parse(&request.filters, request.object, custom);
        let sort = Sort::parse(&request.sort, request.object, custom);
        let (filter, sort) =
            filter.and_then(|filter| Ok((filter, sort?))).map_err(PxError::bad_request)?;
        Ok(Self { request, metadata, filter, sort })
    }

    /// The position of a row in the requested order.
    #[must_use]
    pub fn position(&self, row: &PxRow<'_>) -> Position {
        self.sort.position(row)
    }
}

/// A page of a list.
#[derive(Debug, Clone)]
pub struct ListPage {
    /// The rendered rows.
    pub rows: Vec<Json>,
    /// The position of the last one, if rows follow it.
    pub last: Option<Position>,
    /// The rows of the list: what was counted at the first page.
    pub total: u64,
}

impl ListPage {
    /// `{"users"|"accounts":[...],"totalHits":n,"scrollId":s}`. As long as there is a scrollId,
    /// totalHits is greater than the rows so far: clients stop when it is not.
    #[must_use]
    pub fn to_json(self, request: &ListRequest, tenant_ids: &TenantIds) -> Json {
        let rows = request.rows_before() + self.rows.len() as u64;
        let total = self.total.max(rows + u64::from(self.last.is_some()));
        let scroll = self.last.map(|after| {
            let progress = Some(ListProgress { after, rows, total });
            encode_scroll(&ListRequest { progress, ..request.clone() }, tenant_ids)
        });
        json!({ request.object.list_name(): self.rows, "totalHits": total, "scrollId": scroll })
    }
}
