//! Writing at one place: a single `UpdateItem`, or, where its expression would be too long, a
//! read, a merge and a `PutItem` under the revision that was read (ADR 31
//! its way out"). A write that is older than what stands there takes a later stamp and is sent again.

use people_domain::ids::mint::Locator;
use people_domain::objects::record::{Attributes, text};
use people_domain::people::{TO, apply};

use super::call::Call;
use crate::people::expect::{Expect, not_erased_since, unchanged};
use crate::table::call::ConditionalWrite;
use crate::table::convert::{to_attributes, to_item};
use crate::table::expression::{self, Placeholders};
use crate::table::keys;
use crate::table::transact::Transacted;
use crate::{Result, TenantStore};

/// What became of a write at a place.
pub(super) enum Wrote {
    /// It is done, now or by an earlier sending; the item as it stands.
    Done(Attributes),
    /// It was done before, to the person with this record part, who has moved away since.
    Moved(String),
    /// Something else is there.
    Missed(Option<Attributes>),
}

impl TenantStore {
    /// Writes at a place if what stands there is as expected. `life`: the record part of the person
    /// there, or of the one that is made.
    pub(super) async fn write_at(
        &self,
        call: &mut Call<'_>,
        place: &Locator,
        life: &str,
        expect: &Expect,
    ) -> Result<Wrote> {
        if call.left.is_some() {
            return self.merge_at(call, place, life, expect).await;
        }
        loop {
            let Some(updated) = self.update_at(call, place, life, expect).await? else {
                return self.merge_at(call, place, life, expect).await;
            };
            match updated {
                ConditionalWrite::Done(item) => return Ok(Wrote::Done(to_attributes(item))),
                ConditionalWrite::Missed(None) => return Ok(Wrote::Missed(None)),
                ConditionalWrite::Missed(Some(old)) => {
                    let old = to_attributes(old);
                    match call.judge(&old, expect) {
                        Some(wrote) => return Ok(wrote),
                        None => call.pass(&self.store.clock, Some(&old)),
                    }
                }
                ConditionalWrite::Conflict => {}
            }
            call.contention.try_again("a person").await?;
        }
    }

    /// One sending; none when its expression would be too long.
    async fn update_at(
        &self,
        call: &Call<'_>,
        place: &Locator,
        life: &str,
        expect: &Expect,
    ) -> Result<Option<ConditionalWrite>> {
        let mut placeholders = Placeholders::default();
        let Some(update) = expression::update(&call.assignments(life), &mut placeholders) else {
            return Ok(None);
        };
        let condition = call.guard(expect).condition(&mut placeholders);
        let key = keys::person(&self.tenant.id, place);
        let written = self.store.update_item(&key, update, Some(condition), placeholders).await?;
        Ok(Some(written))
    }

    async fn merge_at(
        &self,
        call: &mut Call<'_>,
        place: &Locator,
        life: &str,
        expect: &Expect,
    ) -> Result<Wrote> {
        loop {
            let old = self.item(&keys::person(&self.tenant.id, place)).await?;
            let judged = match &old {
                Some(old) => call.judge(old, expect),
                None => (!expect.holds(None)).then_some(Wrote::Missed(None)),
            };
            if let Some(wrote) = judged {
                return Ok(wrote);
            }
            call.pass(&self.store.clock, old.as_ref());
            let mut new = old.clone().unwrap_or_default();
            apply(&mut new, &call.assignments(life));
            match call.left.take() {
                // Missed: the leaver is looked at again.
                Some(left) => {
                    let is_done =
                        self.replace_unless_erased(call, &left, place, &new, old.as_ref()).await?;
                    return Ok(if is_done { Wrote::Done(new) } else { Wrote::Missed(old) });
                }
                None if self.replace(place, &new, old.as_ref()).await? => {
                    return Ok(Wrote::Done(new));
                }
                None => {}
            }
            call.contention.try_again("a person").await?;
        }
    }

    /// Puts a whole item of a job's row in place of `old`, whom somebody left that was not erased since
    /// the job was accepted; false when that is not so any more. One transaction: the erasure may come
    /// between the look at the leaver and the write.
    async fn replace_unless_erased(
        &self,
        call: &Call<'_>,
        left: &str,
        place: &Locator,
        new: &Attributes,
        old: Option<&Attributes>,
    ) -> Result<bool> {
        let tenant = &self.tenant.id;
        let key = keys::person(tenant, place);
        let mut actions = vec![self.put(&key, new, |p| unchanged(old, p))?];
        let home = Locator::of_record_part(left).map(|home| keys::person(tenant, &home));
        let homes = home.filter(|home| *home != key);
        if let Some(fence) = &call.mark.fence {
            for key in homes.into_iter().chain([keys::forward(tenant, left)]) {
                let mut placeholders = Placeholders::default();
                let condition = not_erased_since(&fence.accepted, &mut placeholders);
                actions.push(self.store.check(&key, condition, placeholders)?);
            }
        }
        Ok(self.store.transact(actions).await? == Transacted::Done)
    }

    /// Puts a whole item in place of `old`; false when that is not there any more, or a transaction
    /// is at it.
    pub(super) async fn replace(
        &self,
        place: &Locator,
        new: &Attributes,
        old: Option<&Attributes>,
    ) -> Result<bool> {
        self.put_when(place, new, |placeholders| unchanged(old, placeholders)).await
    }

    /// Puts an item under a condition; false when it does not hold, or a transaction is at the item.
    pub(super) async fn put_when(
        &self,
        place: &Locator,
        new: &Attributes,
        condition: impl FnOnce(&mut Placeholders) -> String,
    ) -> Result<bool> {
        let mut placeholders = Placeholders::default();
        let condition = condition(&mut placeholders);
        let item = to_item(&keys::person(&self.tenant.id, place), new);
        Ok(self.store.put_item_if(item, condition, placeholders).await?.is_done())
    }

    /// Where the person whose home this record part names lives now, if it moved away.
    pub(super) async fn forwarded(&self, part: &str) -> Result<Option<Locator>> {
        let item = self.item(&keys::forward(&self.tenant.id, part)).await?;
        Ok(item.and_then(|item| Locator::parse(text(&item, TO)?)))
    }
}
