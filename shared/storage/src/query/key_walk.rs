//! Cuts the keys of an object into ranges that are read one after the other, in the order of their
//! GSIDs. Record parts are spread evenly, so that what was read so far tells how many items a range
//! has: several ranges are read at the same time only where their items are needed.

use std::collections::VecDeque;

use people_domain::ids::base36;
use people_domain::ids::tenant_ids::LOCATOR_CHARS;

use crate::table::partition::CALL_ITEMS_MAX;

/// The fewest items that a call reads: the last ones may have to be read again.
const CALL_ITEMS_MIN: usize = 8;

/// Items of a range that should fit one call, although the number is an estimate.
const RANGE_ITEMS: usize = 1_900;

/// Ranges that are read at the same time. A new table gives the units of four.
const RANGES_MAX: usize = 4;

/// Digits of a key that are compared as a number.
const NUMBER_DIGITS: usize = 12;

/// A character after all that keys have.
const AFTER_ALL_KEYS: char = '~';

/// A character before all that keys have.
const BEFORE_ALL_KEYS: char = ' ';

/// A range of sort keys in one partition, both ends included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeySpan {
    pub(super) pk: String,
    pub(super) from: String,
    pub(super) to: String,
    /// Characters with which all keys of the partition begin.
    shared_chars: usize,
}

/// The keys that have to be read together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyGroups {
    /// Each key is a row of its own.
    Single,
    /// A slot and the redirects of its people begin with the same locator.
    Slots,
}

/// The next reads.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum WalkStep {
    /// One call at the beginning of the span.
    Call(KeySpan, usize),
    /// These spans as a whole.
    Spans(Vec<KeySpan>),
    End,
}

/// The keys that are left to read.
#[derive(Debug)]
pub(super) struct KeyWalk {
    left: VecDeque<KeySpan>,
    groups: KeyGroups,
    items_read: usize,
    width_read: u64,
    /// The least number of items of the next call.
    items_min: usize,
    /// Items of a range: fewer than usual where items are large.
    range_items: usize,
}

impl KeySpan {
    /// The keys of a partition that begin with `shared`, from and to these record parts.
    pub(super) fn new(pk: String, shared: &str, from: &str, to: Option<&str>) -> Self {
        let to = to.map_or(AFTER_ALL_KEYS.to_string(), str::to_owned);
        Self {
            pk,
            from: format!("{shared}{from}"),
            to: format!("{shared}{to}"),
            shared_chars: shared.len(),
        }
    }

    fn width(&self) -> u64 {
        self.number_of(&self.to, b'Z').saturating_sub(self.number_of(&self.from, b'0'))
    }

    /// The first digits after the shared ones; `filler` stands for missing ones.
    fn number_of(&self, key: &str, filler: u8) -> u64 {
        let digits = key.bytes().skip(self.shared_chars).chain(std::iter::repeat(filler));
        digits.take(NUMBER_DIGITS).fold(0, |number, digit| {
            let digit = match digit {
                b'0'..=b'9' => digit - b'0',
                b'A'..=b'Z' => digit - b'A' + 10,
                digit if digit < b'0' => 0,
                _ => 35,
            };
            number * 36 + u64::from(digit)
        })
    }

    /// Cuts off the first part, of this width; `None` if the span is no wider.
    fn split_at_width(&self, width: u64) -> Option<(Self, Self)> {
        let cut = self.number_of(&self.from, b'0').saturating_add(width.max(1));
        if cut >= self.number_of(&self.to, b'Z') {
            return None;
        }
        let digits = base36::encode_string::<NUMBER_DIGITS>(cut.into());
        // No key has just these digits, so that both parts may include the cut.
        let cut = format!("{}{digits}", self.from.get(..self.shared_chars).unwrap_or_default());
        Some((Self { to: cut.clone(), ..self.clone() }, Self { from: cut, ..self.clone() }))
    }
}

impl KeyWalk {
    pub(super) fn new(spans: impl IntoIterator<Item = KeySpan>, groups: KeyGroups) -> Self {
        Self {
            left: spans.into_iter().collect(),
            groups,
            items_read: 0,
            width_read: 0,
            items_min: CALL_ITEMS_MIN,
            range_items: RANGE_ITEMS,
        }
    }

    pub(super) fn items_read(&self) -> usize {
        self.items_read
    }

    /// The next reads of about so many items. Reads of whole spans count as done; that of a call is
    /// reported to [`Self::finish_call`].
    pub(super) fn next_step(&mut self, items_wanted: usize) -> WalkStep {
        let Some(first) = self.left.front() else { return WalkStep::End };
        let is_enough = self.estimate_items(first.width()) >= items_wanted;
        if self.width_read == 0 || items_wanted <= self.range_items && is_enough {
            let items_max = items_wanted.clamp(self.items_min, CALL_ITEMS_MAX.max(self.items_min));
            return WalkStep::Call(first.clone(), items_max);
        }
        let (mut spans, mut wanted) = (Vec::new(), items_wanted);
        while spans.len() < RANGES_MAX && wanted > 0 {
            let Some(first) = self.left.pop_front() else { break };
            let span = match first.split_at_width(self.width_of_items(wanted.min(self.range_items)))
            {
                Some((span, rest)) => {
                    self.left.push_front(rest);
                    span
                }
                None => first,
            };
            wanted = wanted.saturating_sub(self.estimate_items(span.width()).max(1));
            spans.push(span);
        }
        WalkStep::Spans(spans)
    }

    /// Counts what was read of a whole span in so many calls. Where a call ends before its limit of
    /// items, items are large, and a range of many would be too much to hold.
    pub(super) fn count_span(&mut self, span: &KeySpan, items: usize, calls: usize) {
        self.items_read += items;
        self.width_read += span.width();
        if calls > 1 {
            self.range_items = self.range_items.min(items / calls).max(1);
        }
    }

    /// Advances past a call for `span`, the first one, that read `items` of at most `items_max` up to
    /// the key `last`, or to the end for `None`. Returns the key from which the items of the call will
    /// be read again.
    pub(super) fn finish_call(
        &mut self,
        span: &KeySpan,
        items: usize,
        items_max: usize,
        last: Option<&str>,
    ) -> Option<String> {
        let Some(last) = last else {
            self.left.pop_front();
            self.count_span(span, items, 1);
            self.items_min = CALL_ITEMS_MIN;
            return None;
        };
        let next = match self.groups {
            KeyGroups::Single => format!("{last}{BEFORE_ALL_KEYS}"),
            KeyGroups::Slots => last.get(..LOCATOR_CHARS).unwrap_or(last).to_owned(),
        };
        if next > span.to {
            // The call ended at the last key that the span may have.
            return self.finish_call(span, items, items_max, None);
        }
        if next <= span.from {
            // All items are of one group, which must be read as a whole.
            self.items_min *= 2;
            return Some(next);
        }
        if items < items_max {
            self.range_items = self.range_items.min(items).max(1);
        }
        self.items_min = CALL_ITEMS_MIN;
        self.items_read += items;
        self.width_read +=
            span.number_of(last, b'0').saturating_sub(span.number_of(&span.from, b'0'));
        if let Some(first) = self.left.front_mut() {
            first.from.clone_from(&next);
        }
        Some(next)
    }

    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate"
    )]
    fn estimate_items(&self, width: u64) -> usize {
        (self.items_read as f64 * (width as f64 / self.width_read.max(1) as f64)) as usize
    }

    /// The width of a span that has about so many items.
    #[allow(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate"
    )]
    fn width_of_items(&self, items: usize) -> u64 {
        (self.width_read as f64 * (items as f64 / self.items_read.max(1) as f64)) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(from: &str, to: Option<&str>) -> KeySpan {
        KeySpan::new("p".to_owned(), "S", from, to)
    }

    #[test]
    fn a_span_is_cut_without_a_gap() {
        let whole = span("", None);
        let (first, rest) = whole.split_at_width(whole.width() / 3).unwrap();
        assert_eq!((&*first.from, &*first.to), ("S", &*rest.from));
        assert_eq!(rest.to, "S~");
        assert_eq!(first.from.len() + NUMBER_DIGITS, rest.from.len());
        assert!("SC" > first.to.as_str() && "SB" < first.to.as_str(), "{}", first.to);
        assert_eq!(whole.split_at_width(u64::MAX), None);
        assert_eq!(
            span("A", Some("A")).split_at_width(1).map(|(first, _)| first.to).as_deref(),
            Some("SA00000000001")
        );
    }

    /// Reads `items` evenly spread items of each of two spans, a page of `wanted` at a time. Returns
    /// the number of steps, and the most spans of one.
    fn count_steps(items: usize, wanted: usize) -> (usize, usize) {
        let key =
            |n: usize| base36::encode_string::<14>((n as u128) * 36_u128.pow(14) / items as u128);
        let all: Vec<_> = (0..items).map(key).collect();
        let within = |span: &KeySpan| {
            let from = all.partition_point(|key| *key < span.from);
            &all[from..all.partition_point(|key| *key <= span.to)]
        };
        let spans = ["p", "q"].map(|pk| KeySpan::new(pk.to_owned(), "", "", None));
        let mut walk = KeyWalk::new(spans, KeyGroups::Slots);
        let (mut seen, mut steps, mut widest) = (Vec::new(), 0, 0);
        loop {
            steps += 1;
            match walk.next_step(wanted) {
                WalkStep::End => break,
                WalkStep::Call(span, items_max) => {
                    let keys = within(&span);
                    let read = &keys[..items_max.min(keys.len())];
                    let last = (read.len() < keys.len()).then(|| read.last().unwrap().as_str());
                    let again = walk.finish_call(&span, read.len(), items_max, last);
                    let done =
                        read.iter().filter(|key| again.as_ref().is_none_or(|again| *key < again));
                    seen.extend(done.map(|key| (span.pk.clone(), key.clone())));
                }
                WalkStep::Spans(spans) => {
                    widest = widest.max(spans.len());
                    for span in spans {
                        let read = within(&span);
                        walk.count_span(&span, read.len(), 1);
                        seen.extend(read.iter().map(|key| (span.pk.clone(), key.clone())));
                    }
                }
            }
        }
        assert_eq!(seen.len(), 2 * items);
        assert!(seen.is_sorted_by(|a, b| a < b));
        (steps, widest)
    }

    #[test]
    fn every_key_is_read_once_and_in_order() {
        for items in [1, 7, 100, 5_000] {
            for wanted in [1, 10, 3_000, usize::MAX] {
                count_steps(items, wanted);
            }
        }
        let (steps, widest) = count_steps(20_000, usize::MAX);
        assert!(steps <= 8 && widest == RANGES_MAX, "{steps} steps of up to {widest} spans");
        let (_, widest) = count_steps(20_000, 1_000);
        assert!(widest <= 2, "a small page reads ahead at the end of a span alone: {widest}");
    }
}
