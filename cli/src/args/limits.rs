//! Changes of a tenant's limits, one flag each.

use clap::Args;
use people_storage::LimitsUpdate;

/// At least one flag is required.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct ChangedLimitsArgs {
    /// Synchronous calls a minute
    #[arg(long, value_name = "N")]
    sync_per_minute: Option<u32>,
    /// Synchronous calls a day
    #[arg(long, value_name = "N")]
    sync_per_day: Option<u32>,
    /// Asynchronous calls an hour
    #[arg(long, value_name = "N")]
    async_per_hour: Option<u32>,
    /// Asynchronous calls a day
    #[arg(long, value_name = "N")]
    async_per_day: Option<u32>,
    /// Deletes an hour; each counts as a synchronous call too
    #[arg(long, value_name = "N")]
    delete_per_hour: Option<u32>,
}

impl ChangedLimitsArgs {
    pub(crate) fn to_update(&self) -> LimitsUpdate {
        LimitsUpdate {
            sync_per_minute: self.sync_per_minute,
            sync_per_day: self.sync_per_day,
            async_per_hour: self.async_per_hour,
            async_per_day: self.async_per_day,
            delete_per_hour: self.delete_per_hour,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct ChangedLimitsParser {
        #[command(flatten)]
        limits: ChangedLimitsArgs,
    }

    fn update(flags: &str) -> Result<LimitsUpdate, clap::Error> {
        let words = ["update"].into_iter().chain(flags.split_whitespace());
        ChangedLimitsParser::try_parse_from(words).map(|parsed| parsed.limits.to_update())
    }

    #[test]
    fn each_flag_changes_its_own_limit_and_no_other() {
        let all = LimitsUpdate {
            sync_per_minute: Some(1),
            sync_per_day: Some(2),
            async_per_hour: Some(3),
            async_per_day: Some(4),
            delete_per_hour: Some(0),
        };
        let flags = "--sync-per-minute 1 --sync-per-day 2 --async-per-hour 3 --async-per-day 4 \
                     --delete-per-hour 0";
        assert_eq!(update(flags).unwrap(), all);
        let one = LimitsUpdate { sync_per_day: Some(7), ..LimitsUpdate::default() };
        assert_eq!(update("--sync-per-day 7").unwrap(), one);
        assert!(update("").is_err(), "an update without a change is a usage error");
    }
}
