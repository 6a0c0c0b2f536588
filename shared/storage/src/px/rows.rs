//! The rows of a list, batch by batch in the order of their keys.

use people_domain::identity::IdentifiedPerson;
use people_domain::px::{ListQuery, PxAccount, PxObject, PxRow};
use people_domain::schema::metadata::Metadata;

use super::users::UserWalk;
use crate::table::convert::{TableItem, to_attributes};
use crate::table::keys::{self, ItemKey};
use crate::table::partition::PageRequest;
use crate::{Result, StoreError, TenantStore};

/// A stored user or account.
pub(super) enum StoredRow {
    User(IdentifiedPerson),
    Account(PxAccount),
}

impl StoredRow {
    /// The row; `None` for a person that is no user.
    pub(super) fn view<'a>(&'a self, metadata: &'a Metadata) -> Option<PxRow<'a>> {
        match self {
            Self::User(person) => PxRow::of_user(person, metadata),
            Self::Account(account) => Some(PxRow::of_account(account, metadata)),
        }
    }
}

/// A walk through all rows of a list after a position.
pub(super) enum RowWalk<'s> {
    Users(UserWalk<'s>),
    Accounts(AccountWalk<'s>),
}

impl<'s> RowWalk<'s> {
    /// A walk through what a request leaves to read: of a sorted list all rows, of another those
    /// after the last page.
    pub(super) fn new(store: &'s TenantStore, query: &ListQuery<'_>) -> Result<Self> {
        let progress = query.request.progress.as_ref().filter(|_| query.sort.is_empty());
        Self::after(store, query.request.object, progress.map(|p| p.after.key.as_str()))
    }

    /// A walk through the rows after the one with a key.
    pub(super) fn after(
        store: &'s TenantStore,
        object: PxObject,
        after: Option<&str>,
    ) -> Result<Self> {
        Ok(match object {
            PxObject::User => Self::Users(UserWalk::new(store, after)?),
            PxObject::Account => Self::Accounts(AccountWalk::new(store, after)),
        })
    }

    /// Reads up to about `wanted` rows, in their order; `None` at the end. A batch may be empty.
    pub(super) async fn next_rows(&mut self, wanted: usize) -> Result<Option<Vec<StoredRow>>> {
        match self {
            Self::Users(walk) => walk.next_rows(wanted).await,
            Self::Accounts(walk) => walk.next_rows(wanted).await,
        }
    }
}

/// A walk through the accounts, which are one partition.
pub(super) struct AccountWalk<'s> {
    store: &'s TenantStore,
    pk: String,
    from: Option<TableItem>,
    is_at_end: bool,
}

impl<'s> AccountWalk<'s> {
    fn new(store: &'s TenantStore, after: Option<&str>) -> Self {
        let tenant = &store.tenant.id;
        let from = after.map(|id| keys::px_account_key(tenant, id).to_attributes());
        Self { store, pk: keys::px_accounts_partition(tenant), from, is_at_end: false }
    }

    async fn next_rows(&mut self, wanted: usize) -> Result<Option<Vec<StoredRow>>> {
        if self.is_at_end {
            return Ok(None);
        }
        let request =
            PageRequest { pk: &self.pk, items_max: Some(wanted), ..PageRequest::default() };
        let page = self.store.query_page(request, self.from.take()).await?;
        (self.is_at_end, self.from) = (page.next.is_none(), page.next);
        page.items.into_iter().map(parse_account).collect::<Result<Vec<_>>>().map(Some)
    }

    /// The partition and the key after which it goes on, to count what is left; `None` at the end.
    pub(super) fn rest(&self) -> Option<(String, Option<TableItem>)> {
        (!self.is_at_end).then(|| (self.pk.clone(), self.from.clone()))
    }
}

fn parse_account(item: TableItem) -> Result<StoredRow> {
    let key = ItemKey::from_item(&item);
    let account = key.and_then(|key| PxAccount::from_attributes(&key.sk, to_attributes(item)));
    account.map(StoredRow::Account).ok_or_else(|| StoreError::corrupt("account"))
}
