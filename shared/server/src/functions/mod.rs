//! The functions of the service, run within the process: the handlers of the Lambda binaries.

mod http_functions;
mod queue_functions;

pub(crate) use http_functions::build_http_functions;
pub(crate) use queue_functions::{QueueFunction, RunningFunctions, build_queue_functions};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use aws_config::{BehaviorVersion, SdkConfig};
    use people_jobs::{Config, Jobs};
    use people_storage::connect_store;
    use people_template::Template;

    use super::*;

    /// The names of the functions in the template: with routes, and with queues.
    fn template_functions() -> [BTreeSet<String>; 2] {
        let template = Template::parse(crate::server::TEMPLATE).unwrap();
        let functions = template.functions().unwrap();
        let driven: BTreeSet<_> =
            template.event_sources().unwrap().into_iter().map(|source| source.function).collect();
        let names = |is_wanted: &dyn Fn(&people_template::Function) -> bool| {
            let wanted = functions.iter().filter(|function| is_wanted(function));
            wanted.map(|function| function.name.clone()).collect()
        };
        [
            names(&|function| !function.routes.is_empty()),
            names(&|function| driven.contains(&function.resource)),
        ]
    }

    #[tokio::test]
    async fn the_functions_are_those_of_the_template() {
        let sdk = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build();
        let store = connect_store(&sdk, &people_storage::Config::default());
        let jobs = Jobs::with_config(&sdk, Config::from_variables(|_| None));
        let http = build_http_functions(&store, &jobs, Duration::ZERO);
        let queues = build_queue_functions(&store, &jobs, &RunningFunctions::default());
        let http: BTreeSet<_> = http.into_keys().map(str::to_owned).collect();
        let queues: BTreeSet<_> = queues.into_keys().map(str::to_owned).collect();
        assert_eq!([http, queues], template_functions());
    }
}
