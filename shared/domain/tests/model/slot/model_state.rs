//! The state of the slot model: the two slots, the packets in flight and the history of calls.

use people_domain::ids::stamp::Stamp;
use people_domain::objects::record::{Attributes, UPDATED, attribute_stamp, attribute_text};
use people_domain::people::{EMAIL, ERASED_AT, GSID};
use people_domain::values::Value;

/// A packet in flight to the store.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Packet {
    pub(super) caller: usize,
    /// The index among the caller's calls.
    pub(super) call: usize,
    pub(super) stamp: u128,
    /// The slot that a move or an erasure has read, and its last stamp.
    pub(super) read: Option<(usize, u128)>,
}

/// A step of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Event {
    Begun(usize, usize),
    Done(usize, usize),
    Answered(usize, usize),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct SlotModel {
    /// The items in both slots, as far as conditions depend on them.
    pub(super) slots: [Option<Item>; 2],
    pub(super) packets: Vec<Packet>,
    /// Each caller's next call, and whether it is in progress.
    pub(super) next_calls: [(usize, bool); 2],
    pub(super) clock: u128,
    pub(super) late: u8,
    pub(super) incarnations: u8,
    pub(super) events: Vec<Event>,
}

/// An item in a hashable form.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Item {
    pub(super) incarnation: Option<u8>,
    pub(super) updated: Option<u128>,
    pub(super) erased: Option<u128>,
}

impl Item {
    pub(super) fn attributes(&self) -> Attributes {
        let text = |text: String| Some(Value::Text(text));
        let stamp = |number: u128| text(Stamp::new(number).as_str().to_owned());
        let mut item = Attributes::new();
        if let Some(incarnation) = self.incarnation {
            item.insert(EMAIL.to_owned(), text("a@x.co".to_owned()));
            item.insert(GSID.to_owned(), text(incarnation.to_string()));
        }
        item.extend(self.updated.map(|v| (UPDATED.to_owned(), stamp(v))));
        item.extend(self.erased.map(|x| (ERASED_AT.to_owned(), stamp(x))));
        item
    }

    pub(super) fn from_attributes(item: &Attributes) -> Self {
        let number = |name| attribute_stamp(item, name).map(Stamp::number);
        Self {
            incarnation: attribute_text(item, GSID)
                .and_then(|incarnation| incarnation.parse().ok()),
            updated: number(UPDATED),
            erased: number(ERASED_AT),
        }
    }
}

/// Whether a call was applied after its answer, and after another call was applied that had begun
/// since.
pub(super) fn is_undone(events: &[Event]) -> bool {
    events.iter().enumerate().any(|(at, event)| {
        let Event::Done(caller, call) = event else { return false };
        let answered = events[..at].iter().position(|e| *e == Event::Answered(*caller, *call));
        answered.is_some_and(|answered| {
            let since = &events[answered..at];
            let has_begun = |event: &Event| {
                matches!(event, Event::Done(a, b) if since.contains(&Event::Begun(*a, *b)))
            };
            since.iter().any(has_begun)
        })
    })
}
