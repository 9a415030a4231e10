//! The rule of whose turn it is, once more, as plainly as it can be said.

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use shared::{
    export::{ExportId, Origin},
    ledger::exports::handicap,
};
use std::collections::HashMap;

type Line = (&'static str, &'static str, Origin);

/// Something that happens to a queue.
#[derive(Debug, Clone)]
pub(super) enum Step {
    /// Time passes, in seconds.
    Pass(i64),
    /// Somebody asks: source, tenant, origin.
    Ask(&'static str, &'static str, Origin),
    /// A place is offered.
    Begin,
    /// One of those that run ends.
    End(usize),
}

pub(super) fn step() -> impl Strategy<Value = Step> {
    let source = prop::sample::select(vec!["shop", "bank"]);
    let tenant = prop::sample::select(vec!["1", "2", "3"]);
    let origin = prop::sample::select(vec![Origin::Portal, Origin::Operator, Origin::Schedule]);
    prop_oneof![
        1 => (1..20_000_i64).prop_map(Step::Pass),
        4 => (source, tenant, origin).prop_map(|(source, tenant, origin)| Step::Ask(source, tenant, origin)),
        3 => Just(Step::Begin),
        2 => (0..10_usize).prop_map(Step::End),
    ]
}

struct Waiting {
    id: ExportId,
    line: Line,
    asked: DateTime<Utc>,
    /// How often each line went before it, after its time had come.
    overtaken: HashMap<Line, u32>,
}

pub(super) struct Model {
    places: HashMap<&'static str, usize>,
    waiting: Vec<Waiting>,
    running: Vec<(ExportId, Line)>,
    began: HashMap<Line, DateTime<Utc>>,
    begun: usize,
    worst: u32,
    was_late: bool,
}

impl Model {
    pub(super) fn new<const N: usize>(places: [(&'static str, usize); N]) -> Model {
        Model {
            places: places.into(),
            waiting: Vec::new(),
            running: Vec::new(),
            began: HashMap::new(),
            begun: 0,
            worst: 0,
            was_late: false,
        }
    }

    pub(super) fn ask(
        &mut self,
        id: ExportId,
        source: &'static str,
        tenant: &'static str,
        origin: Origin,
        now: DateTime<Utc>,
    ) {
        self.waiting.push(Waiting { id, line: (source, tenant, origin), asked: now, overtaken: HashMap::new() });
    }

    /// When its turn comes.
    fn turn(&self, export: &Waiting) -> DateTime<Utc> {
        let since = self.began.get(&export.line).map_or(export.asked, |began| export.asked.max(*began));
        since + handicap(export.line.2)
    }

    fn may_run(&self, export: &Waiting) -> bool {
        let (source, tenant, _) = export.line;
        let held = self.running.iter().filter(|(_, line)| line.0 == source).count();
        held < self.places[source] && !self.running.iter().any(|(_, line)| (line.0, line.1) == (source, tenant))
    }

    /// Begins the export whose turn it is.
    pub(super) fn begin(&mut self, now: DateTime<Utc>) -> Option<ExportId> {
        let runnable: Vec<usize> =
            (0..self.waiting.len()).filter(|place| self.may_run(&self.waiting[*place])).collect();
        let next = *runnable.iter().min_by_key(|place| {
            let export = &self.waiting[**place];
            (self.turn(export), export.asked + handicap(export.line.2), export.id)
        })?;
        let (line, asked) = (self.waiting[next].line, self.waiting[next].asked);
        for place in runnable {
            let turn = self.turn(&self.waiting[place]);
            let export = &self.waiting[place];
            let is_first = !self.waiting.iter().any(|other| other.line == export.line && other.asked < export.asked);
            if place == next || !is_first || export.line == line {
                continue;
            }
            self.was_late |= asked > turn;
            if now > turn {
                let times = self.waiting[place].overtaken.entry(line).or_default();
                *times += 1;
                self.worst = self.worst.max(*times);
            }
        }
        let export = self.waiting.remove(next);
        // Those behind it begin to wait now.
        self.waiting.iter_mut().filter(|other| other.line == line).for_each(|other| other.overtaken.clear());
        self.began.insert(line, now);
        self.running.push((export.id, line));
        self.begun += 1;
        Some(export.id)
    }

    pub(super) fn end(&mut self, id: ExportId) {
        self.running.retain(|(other, _)| *other != id);
    }

    pub(super) fn end_any(&mut self, number: usize) {
        if !self.running.is_empty() {
            self.running.remove(number % self.running.len());
        }
    }

    /// How many exports have begun.
    pub(super) fn begun(&self) -> usize {
        self.begun
    }

    /// The most that one line went before the same waiting export, after that one's time had come.
    pub(super) fn worst(&self) -> u32 {
        self.worst
    }

    /// Whether somebody went before an export who asked after its time had come.
    pub(super) fn was_late(&self) -> bool {
        self.was_late
    }
}
