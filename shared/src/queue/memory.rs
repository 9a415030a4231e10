//! The queue in the process, for `handover serve` without Redis.

use super::{Delivery, Depth, Kind, Outcome, QueueError};
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
    order: VecDeque<ExportId>,
    waiting: HashSet<ExportId>,
    held: HashMap<ExportId, Held>,
}

struct Held {
    token: Uuid,
    rung_again: bool,
}

impl State {
    fn wait_last(&mut self, id: ExportId) {
        if self.waiting.insert(id) {
            self.order.push_back(id);
        }
    }

    fn wait_first(&mut self, id: ExportId) {
        if self.waiting.insert(id) {
            self.order.push_front(id);
        }
    }

    fn take_back(&mut self, delivery: Delivery) -> Option<Held> {
        let held = self.held.get(&delivery.export_id)?;
        (held.token == delivery.token).then(|| self.held.remove(&delivery.export_id))?
    }
}

impl MemoryQueue {
    /// An empty queue that holds at most `window` waiting doorbells of each kind.
    pub fn new(window: u32) -> Self {
        let bells = Kind::ALL.iter().map(|kind| (*kind, Bells::default()));
        Self {
            window: window as usize,
            bells: Arc::new(bells.collect()),
        }
    }

    pub(super) fn ring(&self, kind: Kind, id: ExportId) -> Result<(), QueueError> {
        let mut state = self.state(kind);
        if let Some(held) = state.held.get_mut(&id) {
            held.rung_again = true;
        } else if !state.waiting.contains(&id) {
            if state.waiting.len() >= self.window {
                return Err(QueueError::Full);
            }
            state.wait_last(id);
            self.bells[&kind].rung.notify_one();
        }
        Ok(())
    }

    pub(super) fn claim(&self, kind: Kind) -> Option<Delivery> {
        let mut state = self.state(kind);
        let export_id = state.order.pop_front()?;
        state.waiting.remove(&export_id);
        let token = Uuid::now_v7();
        let held = Held {
            token,
            rung_again: false,
        };
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
                state.wait_last(delivery.export_id);
                self.bells[&kind].rung.notify_one();
                Outcome::RungAgain
            }
            Some(_) => Outcome::Done,
        }
    }

    pub(super) fn release(&self, kind: Kind, delivery: Delivery) {
        let mut state = self.state(kind);
        if state.take_back(delivery).is_some() {
            state.wait_first(delivery.export_id);
            self.bells[&kind].rung.notify_one();
        }
    }

    pub(super) fn depth(&self, kind: Kind) -> Depth {
        let state = self.state(kind);
        Depth {
            waiting: state.waiting.len() as u64,
            leased: state.held.len() as u64,
        }
    }

    pub(super) async fn rung(&self, kind: Kind) {
        self.bells[&kind].rung.notified().await;
    }

    fn state(&self, kind: Kind) -> MutexGuard<'_, State> {
        self.bells[&kind]
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
