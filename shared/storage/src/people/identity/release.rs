//! Takes an id from its person (contract: identify#px-delete).

use people_domain::identity::{ExternalId, is_of_px_alone, plan_release};
use people_domain::people::latest_stamp;

use crate::jobs::JobId;
use crate::people::ErasureContext;
use crate::people::erase::ErasureAttempts;
use crate::table::failpoint::failpoint;
use crate::table::retry::Contention;
use crate::table::transaction::TransactionOutcome;
use crate::{Result, TenantStore};

impl TenantStore {
    /// Takes a Gainsight PX id from its person, with the values of that system; a person that PX
    /// made and nobody else added to is erased. False if nobody holds the id.
    pub async fn release_id(&self, id: &ExternalId) -> Result<bool> {
        let mut contention = Contention::new();
        let (mut attempts, mut erasure) = (ErasureAttempts::default(), None);
        // Whether a write was sent, whose answer may have been lost.
        let mut is_sent = false;
        loop {
            let Some(person) = self.find_holder(id).await? else { return Ok(is_sent) };
            is_sent = true;
            if is_of_px_alone(&person, id, self.ids()) {
                let by = match &erasure {
                    Some(by) => by,
                    None => erasure.insert(self.count_erasure().await?),
                };
                if self.try_erase_person(&person, by, &mut attempts, true).await? {
                    failpoint("identity.released");
                    return Ok(true);
                }
            } else {
                let latest = latest_stamp(&person.item).max(attempts.latest);
                let stamp = self.store.clock.new_stamp_after(latest);
                let writes = plan_release(&person, id, stamp, self.ids());
                match self.apply_slot_writes(&writes, stamp).await? {
                    TransactionOutcome::Committed => {
                        failpoint("identity.released");
                        return Ok(true);
                    }
                    TransactionOutcome::ConditionFailed(missed) => {
                        attempts.note_missed(&writes, missed);
                    }
                    TransactionOutcome::Conflict => {}
                }
            }
            contention.wait_for_retry("a person").await?;
        }
    }

    /// Counts an erasure outside of jobs, under an id of its own.
    async fn count_erasure(&self) -> Result<ErasureContext> {
        let number = self.increment_erasure_count().await?;
        failpoint("identity.counted");
        Ok(ErasureContext { job: JobId::generate(), number })
    }
}
