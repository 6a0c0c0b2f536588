//! The requests of a call to the store, one at a time. The code of a call is run again from the
//! beginning of its attempt with all answers so far, until it asks for one that is not there yet:
//! so the answers are its whole state, and the code reads as that of the storage does.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use people_domain::identity::{SlotChange, SlotWrite};
use people_domain::ids::stamp::Stamp;
use people_domain::objects::record::attribute_text;
use people_domain::people::{ALIAS, apply_assignments};

use super::rules::Rules;
use super::table::{Item, Missed};

/// The call waits for an answer.
pub(super) struct Pending;

pub(super) type Asked<T> = Result<T, Pending>;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Answer {
    Item(Option<Arc<Item>>),
    /// The first item after the writes.
    Committed(Arc<Item>),
    Missed(Missed),
    /// A stamp that was taken.
    Stamp(u128),
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Request {
    Read(String),
    Write(Packet),
}

/// Writes on their way to the store.
#[derive(Debug, Clone)]
pub(super) struct Packet {
    pub(super) writes: Arc<Vec<SlotWrite>>,
    pub(super) stamp: u128,
    /// Identifies the content.
    print: u64,
}

impl PartialEq for Packet {
    fn eq(&self, other: &Self) -> bool {
        (self.stamp, self.print) == (other.stamp, other.print)
    }
}

impl Eq for Packet {}

impl Hash for Packet {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        (self.stamp, self.print).hash(hasher);
    }
}

impl Packet {
    fn new(writes: Vec<SlotWrite>, stamp: u128) -> Self {
        let mut hasher = DefaultHasher::new();
        for write in &writes {
            (&write.sort_key, format!("{:?}", write.precondition)).hash(&mut hasher);
            Item(write.item_after()).hash(&mut hasher);
        }
        Self { writes: Arc::new(writes), stamp, print: hasher.finish() }
    }
}

/// Whether a write makes an alias.
pub(super) fn makes_alias(write: &SlotWrite) -> bool {
    match &write.change {
        SlotChange::Put(item) => attribute_text(item, ALIAS).is_some(),
        SlotChange::Update(assignments) => {
            let mut item = people_domain::objects::record::Attributes::new();
            apply_assignments(&mut item, assignments);
            item.contains_key(ALIAS)
        }
    }
}

pub(super) struct Io<'s> {
    pub(super) log: &'s mut Vec<Answer>,
    pub(super) at: usize,
    pub(super) clock: &'s mut u128,
    pub(super) request: Option<Request>,
    pub(super) rules: Rules,
}

impl Io<'_> {
    fn next_answer(&mut self) -> Option<Answer> {
        let answer = self.log.get(self.at).cloned();
        self.at += 1;
        answer
    }

    pub(super) fn read(&mut self, sort_key: &str) -> Asked<Option<Arc<Item>>> {
        match self.next_answer() {
            Some(Answer::Item(item)) => Ok(item),
            _ => self.wait_for(Request::Read(sort_key.to_owned())),
        }
    }

    /// Sends writes. Returns the first item after them, or the items that prevented them.
    pub(super) fn write(
        &mut self,
        writes: impl FnOnce() -> Vec<SlotWrite>,
        stamp: u128,
    ) -> Asked<Result<Arc<Item>, Missed>> {
        match self.next_answer() {
            Some(Answer::Committed(item)) => Ok(Ok(item)),
            Some(Answer::Missed(missed)) => Ok(Err(missed)),
            _ => {
                let writes = self.rules.alter(writes());
                self.wait_for(Request::Write(Packet::new(writes, stamp)))
            }
        }
    }

    fn wait_for<T>(&mut self, request: Request) -> Asked<T> {
        self.request = Some(request);
        Err(Pending)
    }

    /// Takes a stamp, later than all that were taken before.
    pub(super) fn new_stamp(&mut self) -> u128 {
        if let Some(Answer::Stamp(stamp)) = self.next_answer() {
            return stamp;
        }
        *self.clock += 1;
        self.log.push(Answer::Stamp(*self.clock));
        *self.clock
    }
}

/// The stamps of a call's sendings, the last of which is the next to be sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(super) struct Stamps(Vec<u128>);

impl Stamps {
    pub(super) fn last(&self) -> u128 {
        self.0.last().copied().unwrap_or_default()
    }

    pub(super) fn first(&self) -> u128 {
        self.0.first().copied().unwrap_or_default()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn renew(&mut self, io: &mut Io<'_>) {
        self.0.push(io.new_stamp());
    }

    /// Takes a later stamp, unless the next one is later than this.
    pub(super) fn pass(&mut self, io: &mut Io<'_>, latest: Option<Stamp>) {
        if latest.is_some_and(|latest| latest.number() >= self.last()) {
            self.renew(io);
        }
    }

    pub(super) fn contain(&self, stamp: Option<Stamp>) -> bool {
        stamp.is_some_and(|stamp| self.0.contains(&stamp.number()))
    }
}
