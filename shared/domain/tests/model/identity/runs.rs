//! The run of a call from one request to the next, and what the store does with a request.

use people_domain::ids::stamp::Stamp;

use super::calls::{Call, Outcome, Step};
use super::history::History;
use super::io::{Answer, Io, Packet, Request};
use super::table::{Missed, Table};
use super::{Attempt, EngineState, STAMPS_MAX, Scenario, engine, people, removals};

/// The state of a call after its code has run.
enum Run {
    Waits(Attempt),
    Done(Outcome),
}

impl Scenario {
    /// The number of a caller's call.
    pub(super) fn number(&self, caller: usize, at: usize) -> usize {
        let before: usize = self.script.callers[..caller].iter().map(|calls| calls.len()).sum();
        self.script.beginning.len() + before + at
    }

    pub(super) fn call(&self, number: usize) -> Call {
        let callers = self.script.callers.iter().copied().flatten();
        self.script.beginning.iter().chain(callers).copied().nth(number).unwrap_or(Call::Erase(0))
    }

    /// Runs an attempt until it asks for what has not been answered yet.
    fn run(&self, state: &mut EngineState, number: usize, attempt: Option<Attempt>) -> Run {
        let (mut kept, mut log) =
            attempt.map(|attempt| (attempt.progress, attempt.log)).unwrap_or_default();
        loop {
            let mut progress = kept.clone();
            let clock = &mut state.clock;
            let mut io = Io { log: &mut log, at: 0, clock, request: None, rules: self.rules };
            let step = match self.call(number) {
                Call::Write(call) => engine::write_identity(&mut io, &mut progress, call, number),
                Call::Upsert(email) => {
                    people::PeopleCall { email, number }.upsert(&mut io, &mut progress)
                }
                Call::Change(of, email) => match state.history.part(of) {
                    Some(part) => {
                        people::PeopleCall { email, number }.change(&mut io, &mut progress, part)
                    }
                    None => Ok(Step::Done(Outcome::Refused)),
                },
                Call::Release(id) => removals::release_id(&mut io, &mut progress, id),
                Call::Erase(of) => match state.history.part(of) {
                    Some(part) => removals::erase(&mut io, &mut progress, part),
                    None => Ok(Step::Done(Outcome::Refused)),
                },
            };
            match (step, io.request) {
                (Ok(Step::Again), _) => {
                    kept = progress;
                    log.clear();
                    if state.clock > STAMPS_MAX {
                        return Run::Done(Outcome::Refused);
                    }
                }
                (Ok(Step::Done(outcome)), _) => return Run::Done(outcome),
                (Err(_), Some(request)) => {
                    return Run::Waits(Attempt { progress: kept, log, request, applied: None });
                }
                (Err(_), None) => return Run::Done(Outcome::Refused),
            }
        }
    }

    pub(super) fn proceed(&self, state: &mut EngineState, caller: usize, attempt: Option<Attempt>) {
        let at = state.callers[caller].0;
        let number = self.number(caller, at);
        match self.run(state, number, attempt) {
            Run::Waits(attempt) => state.callers[caller].1 = Some(attempt),
            Run::Done(outcome) => {
                state.history.end(number, outcome);
                state.callers[caller] = (at + 1, None);
            }
        }
    }

    pub(super) fn apply(
        &self,
        state: &mut EngineState,
        number: usize,
        packet: &Packet,
    ) -> Result<(), Missed> {
        let before = state.table.clone();
        let stamp = Stamp::new(packet.stamp);
        state.table.apply(&packet.writes, stamp, self.rules.orders_writes)?;
        state.history.record(number, self, &before, &packet.writes);
        Ok(())
    }

    /// The answer of the store to the request of an attempt.
    pub(super) fn answer(
        &self,
        state: &mut EngineState,
        number: usize,
        attempt: &Attempt,
    ) -> Answer {
        match &attempt.request {
            Request::Read(key) => Answer::Item(state.table.get(key).cloned()),
            Request::Write(packet) => {
                let is_transaction = packet.writes.len() > 1;
                if let Some(applied) = attempt.applied.clone().filter(|_| is_transaction) {
                    // The store knows a transaction that it has applied by its token.
                    return applied;
                }
                match self.apply(state, number, packet) {
                    Err(missed) => Answer::Missed(missed),
                    Ok(()) => {
                        let first = packet.writes.first().map_or("", |write| &write.sort_key);
                        let item = state.table.get(first).cloned();
                        Answer::Committed(item.unwrap_or_default())
                    }
                }
            }
        }
    }

    /// The state after the calls of the beginning, one after the other.
    pub(super) fn begin(&self) -> EngineState {
        let calls = self.script.beginning.len();
        let all = calls + self.script.callers.iter().map(|calls| calls.len()).sum::<usize>();
        let mut state = EngineState {
            table: Table::default(),
            clock: 0,
            callers: self.script.callers.iter().map(|_| (0, None)).collect(),
            late: Vec::new(),
            faults: 0,
            history: History::new(all),
        };
        for number in 0..calls {
            state.history.begin(number);
            let mut attempt = None;
            loop {
                match self.run(&mut state, number, attempt) {
                    Run::Done(outcome) => break state.history.end(number, outcome),
                    Run::Waits(mut waits) => {
                        let answer = self.answer(&mut state, number, &waits);
                        waits.log.push(answer);
                        attempt = Some(waits);
                    }
                }
            }
        }
        state
    }
}
