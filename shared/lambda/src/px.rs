//! What the functions of Gainsight PX share: how a user or an account is answered, and why a write is
//! refused (contract: identify).

use http::StatusCode;
use people_domain::identity::{IdentifiedPerson, IdentityRefusal};
use people_domain::px::{PxAccount, PxError, PxObject, PxRow, PxStatus, render_row};
use people_domain::schema::metadata::Metadata;

use crate::Result;
use crate::response::{ApiError, ApiResponse};

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
