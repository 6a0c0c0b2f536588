//! Changes of a tenant's settings, one flag each.

use clap::Args;
use people_domain::event_policy::EventPolicy;
use people_storage::{LimitsUpdate, SettingsUpdate};

/// At least one flag is required.
#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct ChangedSettingsArgs {
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
    /// Gainsight PX calls a minute
    #[arg(long, value_name = "N")]
    px_per_minute: Option<u32>,
    /// Gainsight PX calls a day
    #[arg(long, value_name = "N")]
    px_per_day: Option<u32>,
    /// GoSquared calls a minute
    #[arg(long, value_name = "N")]
    gs_per_minute: Option<u32>,
    /// GoSquared calls a day
    #[arg(long, value_name = "N")]
    gs_per_day: Option<u32>,
    /// Ptengine calls a minute
    #[arg(long, value_name = "N")]
    pt_per_minute: Option<u32>,
    /// Ptengine calls a day
    #[arg(long, value_name = "N")]
    pt_per_day: Option<u32>,
    /// The answer to calls that send events: `refuse` (501) or `drop`, as if they were stored
    #[arg(long, value_name = "POLICY")]
    events: Option<EventPolicy>,
}

impl ChangedSettingsArgs {
    pub(crate) fn to_update(&self) -> SettingsUpdate {
        let limits = LimitsUpdate {
            sync_per_minute: self.sync_per_minute,
            sync_per_day: self.sync_per_day,
            async_per_hour: self.async_per_hour,
            async_per_day: self.async_per_day,
            delete_per_hour: self.delete_per_hour,
            px_per_minute: self.px_per_minute,
            px_per_day: self.px_per_day,
            gs_per_minute: self.gs_per_minute,
            gs_per_day: self.gs_per_day,
            pt_per_minute: self.pt_per_minute,
            pt_per_day: self.pt_per_day,
        };
        SettingsUpdate { limits, events: self.events }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct ChangedSettingsParser {
        #[command(flatten)]
        settings: ChangedSettingsArgs,
    }

    fn update(flags: &str) -> Result<SettingsUpdate, clap::Error> {
        let words = ["update"].into_iter().chain(flags.split_whitespace());
        ChangedSettingsParser::try_parse_from(words).map(|parsed| parsed.settings.to_update())
    }

    #[test]
    fn each_flag_changes_its_own_setting_and_no_other() {
        let limits = LimitsUpdate {
            sync_per_minute: Some(1),
            sync_per_day: Some(2),
            async_per_hour: Some(3),
            async_per_day: Some(4),
            delete_per_hour: Some(0),
            px_per_minute: Some(5),
            px_per_day: Some(6),
            gs_per_minute: Some(7),
            gs_per_day: Some(8),
            pt_per_minute: Some(9),
            pt_per_day: Some(10),
        };
        let flags = "--sync-per-minute 1 --sync-per-day 2 --async-per-hour 3 --async-per-day 4 \
                     --delete-per-hour 0 --px-per-minute 5 --px-per-day 6 --gs-per-minute 7 \
                     --gs-per-day 8 --pt-per-minute 9 --pt-per-day 10 --events drop";
        let all = SettingsUpdate { limits, events: Some(EventPolicy::Drop) };
        assert_eq!(update(flags).unwrap(), all);
        let limits = LimitsUpdate { sync_per_day: Some(7), ..LimitsUpdate::default() };
        let one = SettingsUpdate { limits, events: None };
        assert_eq!(update("--sync-per-day 7").unwrap(), one);
        assert!(update("--events keep").is_err());
        assert!(update("").is_err(), "an update without a change is a usage error");
    }
}
