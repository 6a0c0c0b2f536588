//! Two tenants that use the same names make random calls over HTTP: each is answered as if it were
//! the only tenant, and no id or value of one appears in a response to the other.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::steps::{Step, run_step};
use super::tenant_model::TenantModel;

const CASES: u32 = 8;
const STEPS: usize = 20;

/// Limits the search for a shorter failing case, because each attempt creates two tenants.
const SHRINKS: u32 = 32;

fn step() -> impl Strategy<Value = Step> {
    let two = || (0..3_u8, 0..3_u8);
    let object = || prop_oneof![Just("company"), Just("desks")];
    let queried = prop_oneof![Just("company"), Just("desks"), Just("person")];
    prop_oneof![
        3 => two().prop_map(|(a, b)| Step::Upsert(a, b)),
        1 => two().prop_map(|(a, b)| Step::ByGsid(a, b)),
        2 => two().prop_map(|(a, b)| Step::Associate(a, b)),
        1 => two().prop_map(|(a, b)| Step::Move(a, b)),
        2 => (0..3_u8).prop_map(Step::Get),
        3 => (object(), 0..3_u8).prop_map(|(object, n)| Step::Insert(object, n)),
        2 => (object(), two()).prop_map(|(object, (n, value))| Step::Update(object, n, value)),
        2 => queried.prop_map(Step::Query),
        1 => (object(), 0..3_u8).prop_map(|(object, n)| Step::Delete(object, n)),
        1 => Just(Step::Describe),
        2 => Just(Step::AccessOtherTenant),
    ]
}

#[test]
fn each_tenant_is_answered_as_if_it_were_alone() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let config = Config { cases: CASES, max_shrink_iters: SHRINKS, ..Config::default() };
    let steps = prop::collection::vec((any::<bool>(), step()), STEPS);
    let outcome = TestRunner::new(config).run(&steps, |steps| {
        runtime.block_on(run_steps(&steps));
        Ok(())
    });
    outcome.unwrap();
}

async fn run_steps(steps: &[(bool, Step)]) {
    let (mut one, mut other) = (TenantModel::new("one-").await, TenantModel::new("two-").await);
    for (first, step) in steps {
        if *first {
            run_step(&mut one, &other, step).await;
        } else {
            run_step(&mut other, &one, step).await;
        }
    }
    for n in 0..3 {
        for last in [Step::Get(n), Step::Query(["company", "desks", "person"][usize::from(n)])] {
            run_step(&mut one, &other, &last).await;
            run_step(&mut other, &one, &last).await;
        }
    }
    run_step(&mut one, &other, &Step::AccessOtherTenant).await;
    run_step(&mut other, &one, &Step::AccessOtherTenant).await;
}
