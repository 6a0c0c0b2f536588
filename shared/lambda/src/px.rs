//! Helpers that the functions of Gainsight PX share: how a user or an account is answered, and why a write is
//! refused (contract: identify).

use http::StatusCode;
use people_domain::identity::{ExternalId, IdentifiedPerson, IdentityRefusal};
use people_domain::px::{
    ListQuery, ListRequest, PxAccount, PxError, PxObject, PxRow, PxStatus, parse_user_id,
    render_row,
};
use people_domain::schema::metadata::Metadata;

use people_storage::QueryLimits;

use crate::Result;
use crate::caller::Caller;
use crate::params::FormParams;
use crate::response::{ApiError, ApiResponse};

/// The id of a user in a path.
///
/// # Errors
/// Not found if the text is no id: nobody has it.
pub fn parse_px_user_id(text: &str) -> Result<ExternalId> {
    parse_user_id(text).ok_or_else(|| ApiError::px_unknown(PxObject::User, text))
}

/// A page of users or accounts, by the parameters of the call.
///
/// # Errors
/// A bad request, or a list that reads too much.
pub async fn list_px_rows(caller: &Caller, object: PxObject, params: &FormParams) -> Result {
    let ids = caller.store.ids();
    let request = ListRequest::parse(object, params.iter(), ids).map_err(ApiError::Px)?;
    let metadata = caller.store.read_metadata().await?;
    let query = ListQuery::from_request(&request, &metadata).map_err(ApiError::Px)?;
    let page = caller.store.list_px(&query, QueryLimits::default()).await?;
    caller.record_field("rows", page.rows.len());
    Ok(ApiResponse::Bare(StatusCode::OK, page.to_json(&request, ids)))
}

impl ApiResponse {
    /// A user with this status.
    ///
    /// # Errors
    /// Not found if the person has no identifyId (any more).
    pub fn px_user(
        status: StatusCode,
        person: &IdentifiedPerson,
        metadata: &Metadata,
        id: &str,
    ) -> Result {
        let row = PxRow::of_user(person, metadata);
        let row = row.ok_or_else(|| ApiError::px_unknown(PxObject::User, id))?;
        Ok(Self::Bare(status, render_row(&row)))
    }

    /// An account with this status.
    #[must_use]
    pub fn px_account(status: StatusCode, account: &PxAccount, metadata: &Metadata) -> Self {
        Self::Bare(status, render_row(&PxRow::of_account(account, metadata)))
    }
}

impl ApiError {
    /// Nobody and nothing has the id.
    #[must_use]
    pub fn px_unknown(object: PxObject, id: &str) -> Self {
        Self::Px(PxError::not_found(object, id))
    }

    /// Why a write of the user or account with this id was not applied.
    #[must_use]
    pub fn px_refusal(refusal: IdentityRefusal, object: PxObject, id: &str) -> Self {
        match refusal {
            IdentityRefusal::Known => Self::Px(PxError::already_exists(object, id)),
            IdentityRefusal::Unknown => Self::px_unknown(object, id),
            IdentityRefusal::TooLarge => {
                let text = format!(
                    "{} {id} would be larger than 400 KB, with what other systems know of it",
                    object.label()
                );
                Self::Px(PxError::new(PxStatus::PayloadTooLarge, text))
            }
        }
    }
}
