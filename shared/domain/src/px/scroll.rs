//! The scrollId of a list: all that is needed to go on, authenticated under the tenant's secret, so
//! that one of another tenant and one that was changed are refused (contract: identify).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value as Json, json};

use super::PxObject;
use super::column::Cell;
use super::list::{ListProgress, ListRequest};
use super::sort::Position;
use crate::ids::tenant_ids::{TAG_BYTES, TenantIds};
use crate::values::Decimal;

/// Distinguishes these tags from others under the secret.
const PURPOSE: &str = "px scroll";

/// Encodes a request as a scrollId.
#[must_use]
pub(super) fn encode_scroll(request: &ListRequest, tenant_ids: &TenantIds) -> String {
    let progress = request.progress.as_ref().map(|progress| {
        let cells: Vec<_> = progress.after.cells.iter().map(cell_to_json).collect();
        json!([cells, progress.after.key, progress.rows, progress.total])
    });
    let state = json!([
        request.object.as_str(),
        request.page_size,
        request.filters,
        request.sort,
        progress
    ]);
    let state = state.to_string();
    let tag = tenant_ids.tag(PURPOSE, &state);
    URL_SAFE_NO_PAD.encode([&tag[..], state.as_bytes()].concat())
}

/// Decodes a scrollId of the tenant and the object; `None` for any other text.
#[must_use]
pub(super) fn decode_scroll(
    text: &str,
    object: PxObject,
    tenant_ids: &TenantIds,
) -> Option<ListRequest> {
    let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
    let (tag, state) = bytes.split_first_chunk::<TAG_BYTES>()?;
    let state = std::str::from_utf8(state).ok()?;
    if !tenant_ids.is_tag_of(PURPOSE, state, tag) {
        return None;
    }
    let (name, page_size, filters, sort, progress): (
        String,
        usize,
        Vec<String>,
        String,
        Option<Json>,
    ) = serde_json::from_str(state).ok()?;
    let progress = match progress {
        Some(progress) => Some(progress_from_json(progress)?),
        None => None,
    };
    let request = ListRequest { object, page_size, filters, sort, progress };
    (name == object.as_str()).then_some(request)
}

fn progress_from_json(json: Json) -> Option<ListProgress> {
    let (cells, key, rows, total): (Vec<Json>, String, u64, u64) =
        serde_json::from_value(json).ok()?;
    let cells = cells.into_iter().map(cell_from_json).collect::<Option<Vec<_>>>()?;
    Some(ListProgress { after: Position { cells, key }, rows, total })
}

/// A number is a list with its text, so that all its digits are kept.
fn cell_to_json(cell: &Cell) -> Json {
    match cell {
        Cell::Null | Cell::List(_) => Json::Null,
        Cell::Bool(flag) => Json::from(*flag),
        Cell::Number(number) => json!([number.as_str()]),
        Cell::Text(text) => Json::from(text.as_str()),
    }
}

fn cell_from_json(json: Json) -> Option<Cell> {
    match json {
        Json::Null => Some(Cell::Null),
        Json::Bool(flag) => Some(Cell::Bool(flag)),
        Json::String(text) => Some(Cell::Text(text)),
        Json::Array(items) => Decimal::parse(items.first()?.as_str()?).map(Cell::Number),
        _ => None,
    }
}
