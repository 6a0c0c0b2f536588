//! Arguments and options of each command.

pub(crate) mod export;
pub(crate) mod job;
pub(crate) mod person;
pub(crate) mod schema;
#[cfg(feature = "serve")]
pub(crate) mod serve;
pub(crate) mod settings;

use clap::{Args, Subcommand};
use people_domain::event_policy::EventPolicy;
use people_domain::ids::route_group::RouteGroup;
use people_domain::limit::RateLimits;
use people_storage::TenantSettings;

use crate::help;
use crate::parsers::{self, TenantId};
use settings::ChangedSettingsArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum TenantCommand {
    /// Create a tenant; it has no key yet
    #[command(after_help = help::TENANT_CREATE)]
    Create(NewTenantArgs),
    /// List all tenants with their limits
    #[command(after_help = help::TENANT_LIST)]
    List,
    /// Show one tenant: its settings and its keys
    #[command(after_help = help::TENANT_SHOW)]
    Show {
        /// The tenant's id
        id: TenantId,
    },
    /// Change settings of a tenant; those that are not given stay
    #[command(after_help = help::TENANT_UPDATE)]
    Update {
        /// The tenant's id
        id: TenantId,
        #[command(flatten)]
        settings: ChangedSettingsArgs,
    },
}

#[derive(Debug, Args)]
pub(crate) struct NewTenantArgs {
    /// The new id: 1 to 32 of a-z, 0-9 and -, beginning with a letter; it can't be changed
    pub(crate) id: TenantId,
    /// Synchronous calls a minute
    #[arg(long, value_name = "N", default_value_t = RateLimits::default().sync_per_minute)]
    sync_per_minute: u32,
    /// Synchronous calls a day
    #[arg(long, value_name = "N", default_value_t = RateLimits::default().sync_per_day)]
    sync_per_day: u32,
    /// Asynchronous calls an hour
    #[arg(long, value_name = "N", default_value_t = RateLimits::default().async_per_hour)]
    async_per_hour: u32,
    /// Asynchronous calls a day
    #[arg(long, value_name = "N", default_value_t = RateLimits::default().async_per_day)]
    async_per_day: u32,
    /// Deletes an hour; each counts as a synchronous call too
    #[arg(long, value_name = "N", default_value_t = RateLimits::default().delete_per_hour)]
    delete_per_hour: u32,
    /// Gainsight PX calls a minute
    #[arg(long, value_name = "N", default_value_t = RateLimits::default().px_per_minute)]
    px_per_minute: u32,
    /// Gainsight PX calls a day
    #[arg(long, value_name = "N", default_value_t = RateLimits::default().px_per_day)]
    px_per_day: u32,
    /// GoSquared calls a minute
    #[arg(long, value_name = "N", default_value_t = RateLimits::default().gs_per_minute)]
    gs_per_minute: u32,
    /// GoSquared calls a day
    #[arg(long, value_name = "N", default_value_t = RateLimits::default().gs_per_day)]
    gs_per_day: u32,
    /// Ptengine calls a minute
    #[arg(long, value_name = "N", default_value_t = RateLimits::default().pt_per_minute)]
    pt_per_minute: u32,
    /// Ptengine calls a day
    #[arg(long, value_name = "N", default_value_t = RateLimits::default().pt_per_day)]
    pt_per_day: u32,
    /// The answer to calls that send events: `refuse` (501) or `drop`, as if they were stored
    #[arg(long, value_name = "POLICY", default_value_t)]
    events: EventPolicy,
    /// Give people the field CurrencyIsoCode
    #[arg(long)]
    multi_currency: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Create a key and print it, this once
    #[command(after_help = help::KEY_CREATE)]
    Create {
        /// The tenant's id
        tenant: TenantId,
        /// Narrow the key to routes: some of people, px, gosquared-tracking, gosquared-people and
        /// ptengine, separated by commas; on others it is unknown
        #[arg(long = "for", value_name = "GROUPS", value_delimiter = ',')]
        groups: Vec<RouteGroup>,
    },
    /// List a tenant's keys by id; never the keys themselves
    #[command(after_help = help::KEY_LIST)]
    List {
        /// The tenant's id
        tenant: TenantId,
    },
    /// Revoke a key for good
    #[command(after_help = help::KEY_REVOKE)]
    Revoke {
        /// The tenant's id
        tenant: TenantId,
        /// The key's id, or the key itself
        #[arg(value_name = "KEYID", value_parser = parsers::parse_key_id)]
        id: String,
    },
}

impl NewTenantArgs {
    pub(crate) fn to_settings(&self) -> TenantSettings {
        let limits = RateLimits {
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
        TenantSettings { limits, multi_currency: self.multi_currency, events: self.events }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct NewTenantParser {
        #[command(flatten)]
        new: NewTenantArgs,
    }

    fn settings(flags: &str) -> TenantSettings {
        let words = ["tenant", "acme"].into_iter().chain(flags.split_whitespace());
        NewTenantParser::try_parse_from(words).unwrap().new.to_settings()
    }

    #[test]
    fn without_flags_the_documented_limits_hold() {
        assert_eq!(settings(""), TenantSettings::default());
    }

    #[test]
    fn each_flag_sets_its_own_limit() {
        let flags = "--sync-per-minute 1 --sync-per-day 2 --async-per-hour 3 --async-per-day 4 \
                     --delete-per-hour 5 --px-per-minute 6 --px-per-day 7 --gs-per-minute 8 \
                     --gs-per-day 9 --pt-per-minute 10 --pt-per-day 11 --multi-currency \
                     --events drop";
        let limits = RateLimits {
            sync_per_minute: 1,
            sync_per_day: 2,
            async_per_hour: 3,
            async_per_day: 4,
            delete_per_hour: 5,
            px_per_minute: 6,
            px_per_day: 7,
            gs_per_minute: 8,
            gs_per_day: 9,
            pt_per_minute: 10,
            pt_per_day: 11,
        };
        let events = EventPolicy::Drop;
        assert_eq!(settings(flags), TenantSettings { limits, multi_currency: true, events });
    }
}
