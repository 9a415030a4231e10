//! The queue in the process, for `handover serve` without Redis.

use super::{Delivery, Depth, Kind, Outcome, Place, QueueError};
use crate::export::ExportId;
use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::Notify;
use uuid::Uuid;

/// Doorbells in memory. There are no leases: a worker that goes away hands back what it holds.
#[derive(Clone)]
pub struct MemoryQueue {
    window: usize,
    bells: Arc<HashMap<Kind, Bells>>,
}

#[derive(Default)]
struct Bells {
    state: Mutex<State>,
    rung: Notify,
}

#[derive(Default)]
struct State {
    order: VecDeque<Bell>,
    waiting: HashSet<ExportId>,
    held: HashMap<ExportId, Held>,
}

struct Bell {
    id: ExportId,
    /// The source it rings at; `None`: anywhere.
    source: Option<String>,
}

impl Bell {
    fn new(place: Place<'_>, id: ExportId) -> Self {
        let source = match place {
            Place::Anywhere => None,
            Place::Source(source) => Some(source.to_owned()),
        };
        Self { id, source }
    }

    fn rings_at(&self, place: Place<'_>) -> bool {
        match place {
            Place::Anywhere => self.source.is_none(),
            Place::Source(source) => self.source.as_deref() == Some(source),
        }
    }
}

struct Held {
    token: Uuid,
    rung_again: bool,
    bell: Bell,
}

impl State {
    fn wait_last(&mut self, bell: Bell) {
        if self.waiting.insert(bell.id) {
            self.order.push_back(bell);
        }
    }

    fn wait_first(&mut self, bell: Bell) {
        if self.waiting.insert(bell.id) {
            self.order.push_front(bell);
        }
    }

    fn take_back(&mut self, delivery: Delivery) -> Option<Held> {
        let held = self.held.get(&delivery.export_id)?;
        (held.token == delivery.token).then(|| self.held.remove(&delivery.export_id))?
    }
}

impl MemoryQueue {
    /// An empty queue that holds at most `window` waiting doorbells of each kind in each place.
    pub fn new(window: u32) -> Self {
        let bells = Kind::ALL.iter().map(|kind| (*kind, Bells::default()));
        Self { window: window as usize, bells: Arc::new(bells.collect()) }
    }

    pub(super) fn ring(&self, kind: Kind, place: Place<'_>, id: ExportId) -> Result<(), QueueError> {
        let mut state = self.state(kind);
        if let Some(held) = state.held.get_mut(&id) {
            held.rung_again = true;
        } else if !state.waiting.contains(&id) {
            if state.order.iter().filter(|bell| bell.rings_at(place)).count() >= self.window {
                return Err(QueueError::Full);
            }
            state.wait_last(Bell::new(place, id));
            self.bells[&kind].rung.notify_one();
        }
        Ok(())
    }

    pub(super) fn claim(&self, kind: Kind, sources: &[String]) -> Option<Delivery> {
        let mut state = self.state(kind);
        let here = |bell: &Bell| bell.source.as_ref().is_none_or(|source| sources.contains(source));
        let position = state.order.iter().position(here)?;
        let bell = state.order.remove(position)?;
        let export_id = bell.id;
        state.waiting.remove(&export_id);
        let token = Uuid::now_v7();
        let held = Held { token, rung_again: false, bell };
        state.held.insert(export_id, held);
        if !state.order.is_empty() {
            self.bells[&kind].rung.notify_one();
        }
        Some(Delivery { export_id, token })
    }

    pub(super) fn finish(&self, kind: Kind, delivery: Delivery) -> Outcome {
        let mut state = self.state(kind);
        match state.take_back(delivery) {
            None => Outcome::Fenced,
            Some(held) if held.rung_again => {
                state.wait_last(held.bell);
                self.bells[&kind].rung.notify_one();
                Outcome::RungAgain
            }
            Some(_) => Outcome::Done,
        }
    }

    pub(super) fn release(&self, kind: Kind, delivery: Delivery) {
        let mut state = self.state(kind);
        if let Some(held) = state.take_back(delivery) {
            state.wait_first(held.bell);
            self.bells[&kind].rung.notify_one();
        }
    }

    pub(super) fn depth(&self, kind: Kind, place: Place<'_>) -> Depth {
        let state = self.state(kind);
        let waiting = state.order.iter().filter(|bell| bell.rings_at(place)).count();
        Depth { waiting: waiting as u64, leased: state.held.len() as u64 }
    }

    pub(super) async fn rung(&self, kind: Kind) {
        self.bells[&kind].rung.notified().await;
    }

    fn state(&self, kind: Kind) -> MutexGuard<'_, State> {
        self.bells[&kind].state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {

    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, Clone)]
    enum Step {
        Ring(u128),
        Claim,
        Finish(usize),
        Release(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            3 => (0..6u128).prop_map(Step::Ring),
            2 => Just(Step::Claim),
            1 => (0..6usize).prop_map(Step::Finish),
            1 => (0..6usize).prop_map(Step::Release),
        ]
    }

    /// The same queue, watched: which ids were rung since a worker last took them, and who holds what.
    struct Watched {
        queue: MemoryQueue,
        rung: HashSet<ExportId>,
        held: Vec<Delivery>,
    }

    impl Watched {
        fn claim(&mut self) -> bool {
            let Some(delivery) = self.queue.claim(Kind::Export, &[]) else {
                return false;
            };
            let twice = |held: &Delivery| held.export_id == delivery.export_id;
            assert!(!self.held.iter().any(twice), "in two hands");
            self.rung.remove(&delivery.export_id);
            self.held.push(delivery);
            true
        }

        fn finish(&mut self, position: usize) {
            let delivery = self.held.swap_remove(position % self.held.len());
            assert_ne!(self.queue.finish(Kind::Export, delivery), Outcome::Fenced);
            assert_eq!(self.queue.finish(Kind::Export, delivery), Outcome::Fenced);
        }

        fn release(&mut self, position: usize) {
            let delivery = self.held.swap_remove(position % self.held.len());
            self.queue.release(Kind::Export, delivery);
            self.rung.insert(delivery.export_id);
        }
    }

    proptest! {
        #[test]
        fn no_ring_is_lost_and_no_doorbell_is_in_two_hands(steps in prop::collection::vec(step(), 0..60)) {
            let mut watched = Watched { queue: MemoryQueue::new(100), rung: HashSet::new(), held: Vec::new() };
            for step in steps {
                match step {
                    Step::Ring(number) => {
                        let id = Uuid::from_u128(number);
                        watched.queue.ring(Kind::Export, Place::Anywhere, id).unwrap();
                        watched.rung.insert(id);
                    }
                    Step::Claim => { watched.claim(); }
                    Step::Finish(position) if !watched.held.is_empty() => watched.finish(position),
                    Step::Release(position) if !watched.held.is_empty() => watched.release(position),
                    Step::Finish(_) | Step::Release(_) => {}
                }
            }
            while !watched.held.is_empty() || watched.claim() {
                watched.finish(0);
            }
            prop_assert!(watched.rung.is_empty(), "lost: {:?}", watched.rung);
            prop_assert_eq!(watched.queue.depth(Kind::Export, Place::Anywhere), Depth::default());
        }
    }

    #[test]
    fn a_released_doorbell_is_the_next_one() {
        let queue = MemoryQueue::new(100);
        let ids = [1, 2, 3].map(Uuid::from_u128);
        ids.iter().for_each(|id| queue.ring(Kind::Export, Place::Anywhere, *id).unwrap());
        let first = queue.claim(Kind::Export, &[]).unwrap();
        queue.release(Kind::Export, first);
        let again = queue.claim(Kind::Export, &[]).unwrap();
        assert_eq!(again.export_id, ids[0]);
        assert_eq!(queue.finish(Kind::Export, first), Outcome::Fenced);
        assert_eq!(queue.finish(Kind::Export, again), Outcome::Done);
    }
}
