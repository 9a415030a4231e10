//! Tables that belong to a tenant through other tables.

use super::{
    guaranteed,
    landscape::{Landscape, Place},
    noun, polymorphic,
    sample::Sampler,
    verdict::{Decision, Verdict},
    way::{Doubt, Way, Ways},
};
use crate::{error::ExportError, plan::identifier::quote_for};
use std::collections::BTreeSet;

/// So many rows must agree before two keys are held to say the same.
const ENOUGH: u64 = 20;

/// What is known while the owners are found.
pub(super) struct Search<'l, 'a> {
    pub(super) land: &'l Landscape<'a>,
    pub(super) ways: &'l [Ways],
    pub(super) verdicts: Vec<Option<Verdict>>,
    /// Tables from which some way, certain or not, leads to a tenant.
    reaching: Vec<bool>,
}

impl<'l, 'a> Search<'l, 'a> {
    pub(super) fn new(land: &'l Landscape<'a>, ways: &'l [Ways], verdicts: Vec<Option<Verdict>>) -> Self {
        let reaching = reaching(land, ways, &verdicts);
        Self { land, ways, verdicts, reaching }
    }

    /// Decides parents before children; in circles whatever does not need the rest of the circle.
    pub(super) async fn decide(&mut self, sampler: &mut Sampler<'_>) -> Result<(), ExportError> {
        let mut open: Vec<Place> = self.land.all().filter(|place| self.verdicts[*place].is_none()).collect();
        while !open.is_empty() {
            let ready: Vec<Place> = open.iter().copied().filter(|place| self.is_ready(*place)).collect();
            let before = open.len();
            for place in ready {
                self.verdicts[place] = self.judge(place, sampler).await?;
                open.retain(|other| *other != place);
            }
            if open.len() < before {
                continue;
            }
            // Everything that is left waits in circles.
            let mut settled = None;
            for place in &open {
                if let Some(verdict) = self.judge(*place, sampler).await?
                    && verdict.is_owned()
                {
                    settled = Some((*place, verdict));
                    break;
                }
            }
            match settled {
                Some((place, verdict)) => {
                    self.verdicts[place] = Some(verdict);
                    open.retain(|other| *other != place);
                }
                None => {
                    for place in std::mem::take(&mut open) {
                        self.verdicts[place] = self.judge(place, sampler).await?;
                    }
                }
            }
        }
        Ok(())
    }

    fn is_ready(&self, place: Place) -> bool {
        let waits = |to: Place| to != place && self.reaching[to] && self.verdicts[to].is_none();
        let Ways { ways, doubts } = &self.ways[place];
        !ways.iter().any(|way| waits(way.to)) && !doubts.iter().filter_map(|doubt| doubt.to).any(waits)
    }

    /// None where no way leads to a tenant.
    async fn judge(&self, place: Place, sampler: &mut Sampler<'_>) -> Result<Option<Verdict>, ExportError> {
        let land = self.land;
        let Ways { ways, doubts } = &self.ways[place];
        let owned = |to: Place| self.verdicts[to].as_ref().is_some_and(Verdict::is_owned);
        let mut usable: Vec<&Way> = Vec::new();
        for way in ways.iter().filter(|way| way.to != place && owned(way.to)) {
            if !usable.iter().any(|known| known.columns == way.columns && known.to == way.to) {
                usable.push(way);
            }
        }
        // Keys of the same columns to different owned tables cannot be told apart by name.
        let twice = |way: &&&Way| usable.iter().filter(|other| other.columns == way.columns).count() > 1;
        if let Some(way) = usable.iter().find(twice) {
            return Ok(Some(Verdict::undecided(format!(
                "several keys over `{}` lead to different owned tables; which of them says whose the row is?",
                way.words()
            ))));
        }
        let mut rivals: Vec<String> = Vec::new();
        for way in ways.iter().filter(|way| way.to != place && self.reaching[way.to] && !owned(way.to)) {
            if way.required {
                rivals.push(format!(
                    "`{}` points to {}, about which nothing is decided",
                    way.words(),
                    land.name(way.to)
                ));
            }
        }
        let serious = |doubt: &&Doubt| doubt.required && doubt.to.is_none_or(|to| to != place && self.reaching[to]);
        rivals.extend(doubts.iter().filter(serious).filter(|doubt| doubt.to.is_some()).map(|doubt| doubt.what.clone()));
        if let Some(verdict) = polymorphic::judge(self, place, usable.iter().any(|way| way.required), sampler).await? {
            return Ok(Some(verdict));
        }
        let required: Vec<&Way> = usable.iter().copied().filter(|way| way.required).collect();
        match required.as_slice() {
            [] => Ok(self.optional(place, &usable, rivals)),
            [way] if rivals.is_empty() => Ok(Some(self.only(place, way))),
            several => self.choose(place, several, &rivals, sampler).await.map(Some),
        }
    }

    /// Every way may be NULL, or there is none.
    fn optional(&self, place: Place, usable: &[&Way], mut rivals: Vec<String>) -> Option<Verdict> {
        let land = self.land;
        let groups = guaranteed::groups(land.table(place));
        let single = |column: &String| usable.iter().find(|way| way.columns.as_slice() == std::slice::from_ref(column));
        let fitting: Vec<&Vec<String>> =
            groups.iter().filter(|group| group.iter().all(|column| single(column).is_some())).collect();
        if let [group] = fitting.as_slice()
            && rivals.is_empty()
        {
            let words = group.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", ");
            return Some(Verdict::new(
                Decision::Through((*group).clone()),
                format!("Each of {words} may be NULL, but a check of the table demands that one is not."),
            ));
        }
        if usable.is_empty() {
            let Ways { ways, doubts } = &self.ways[place];
            let open = ways.iter().filter(|way| way.to != place && self.reaching[way.to] && !way.required).map(|way| {
                format!("`{}` points to {}, about which nothing is decided", way.words(), land.name(way.to))
            });
            let hints = doubts
                .iter()
                .filter(|doubt| !doubt.required && doubt.to.is_some_and(|to| to != place && self.reaching[to]))
                .map(|doubt| doubt.what.clone());
            rivals.extend(open.collect::<Vec<_>>());
            rivals.extend(hints);
            if rivals.is_empty() {
                return None;
            }
            return Some(Verdict::undecided(format!("whose are its rows? {}", rivals.join("; "))));
        }
        let known = usable.iter().map(|way| format!("`{}` to {}", way.words(), land.name(way.to)));
        let known = known.collect::<Vec<_>>().join(", ");
        rivals.insert(
            0,
            format!(
                "whose are its rows? Its keys ({known}) may be NULL, and a row in which the named ones are all NULL would belong to nobody"
            ),
        );
        Some(Verdict::undecided(rivals.join("; ")))
    }

    /// One key that is never NULL.
    fn only(&self, place: Place, way: &Way) -> Verdict {
        let words = way.words();
        let to = self.land.name(way.to);
        let made_by = way.columns.len() == 1 && is_actor(&way.columns[0]);
        if made_by && !way.cascades && !self.is_identity(place, way) {
            return Verdict::undecided(format!(
                "its only way to a tenant is `{words}`, who made it: does a row belong to that one's tenant (`owner = {{ through = {} }}`), or to nobody?",
                super::draft::quoted(&words)
            ));
        }
        Verdict::new(Decision::Through(vec![words.clone()]), format!("`{words}` leads to {to} and is never NULL."))
    }

    /// Several keys that are never NULL, or one beside which something else may say otherwise.
    async fn choose(
        &self,
        place: Place,
        required: &[&Way],
        rivals: &[String],
        sampler: &mut Sampler<'_>,
    ) -> Result<Verdict, ExportError> {
        let land = self.land;
        let readings = required.iter().map(|way| format!("`{}` to {}", way.words(), land.name(way.to)));
        let readings = readings.collect::<Vec<_>>().join(", ");
        let undecided = |more: &str| {
            let mut what = vec![format!("whose are its rows? Several keys are never NULL: {readings}")];
            if required.len() == 1 {
                what = vec![format!("whose are its rows? {readings} is never NULL")];
            }
            what.extend(rivals.iter().cloned());
            if !more.is_empty() {
                what.push(more.to_owned());
            }
            Verdict::undecided(what.join("; "))
        };
        let alike = required.iter().any(|way| required.iter().filter(|other| other.to == way.to).count() > 1);
        let cascading: Vec<&&Way> = required.iter().filter(|way| way.cascades).collect();
        let leading = required.iter().find(|way| self.is_identity(place, way));
        let (chosen, reason) = match (cascading.as_slice(), leading) {
            _ if alike => (None, ""),
            ([one], _) => (Some(**one), "rows are deleted together with the row that it points to"),
            (_, Some(leading)) => (Some(*leading), "it is the first part of the primary key"),
            _ => (None, ""),
        };
        let mut agreed = String::new();
        let mut all_agree = !alike && rivals.is_empty() && required.len() > 1;
        if let Some(first) = chosen.or(required.first().copied()) {
            for other in required.iter().filter(|way| way.columns != first.columns) {
                match self.agreement(place, first, other, sampler).await? {
                    None => all_agree = false,
                    Some((of, so, _)) if so < of => {
                        return Ok(undecided(&format!(
                            "`{}` and `{}` lead to the same tenant for only {so} of {of} sampled rows",
                            first.words(),
                            other.words()
                        )));
                    }
                    Some((of, _, tenants)) => {
                        all_agree &= of >= ENOUGH && tenants > 1;
                        agreed = format!("; in all {of} sampled rows its other keys lead to the same tenant");
                    }
                }
            }
        }
        let chosen = match chosen {
            Some(way) => Some((way, reason)),
            None if all_agree => required
                .iter()
                .find(|way| !is_actor(&way.columns[0]))
                .map(|way| (*way, "of several keys that are never NULL the first")),
            None => None,
        };
        Ok(match chosen {
            Some((way, reason)) => Verdict::new(
                Decision::Through(vec![way.words()]),
                format!("`{}` leads to {} and is never NULL; {reason}{agreed}.", way.words(), land.name(way.to)),
            ),
            None => undecided(""),
        })
    }

    /// Whether the primary key begins with the way's columns.
    fn is_identity(&self, place: Place, way: &Way) -> bool {
        let key = &self.land.table(place).primary_key;
        key.len() >= way.columns.len() && key[..way.columns.len()].iter().all(|column| way.columns.contains(column))
    }

    /// Sampled rows, those among them for which two ways lead to the same tenant, and how many tenants they are.
    async fn agreement(
        &self,
        place: Place,
        left: &Way,
        right: &Way,
        sampler: &mut Sampler<'_>,
    ) -> Result<Option<(u64, u64, u64)>, ExportError> {
        let (Some(one), Some(other)) = (self.tenant_by(left, "s", 0), self.tenant_by(right, "s", 0)) else {
            return Ok(None);
        };
        let columns: BTreeSet<&str> = left.columns.iter().chain(&right.columns).map(String::as_str).collect();
        let columns: Vec<&str> = columns.into_iter().collect();
        sampler.agree(self.land, place, &columns, &one, &other).await
    }

    /// The tenant to whom a way leads from a row, as an SQL expression.
    fn tenant_by(&self, way: &Way, alias: &str, depth: usize) -> Option<String> {
        let land = self.land;
        let quote = |name: &str| quote_for(land.schema.engine, name);
        if depth > 8 {
            return None;
        }
        let parent = format!("p{depth}");
        let tenant = match &self.verdicts[way.to].as_ref()?.decision {
            Decision::Column(column) => format!("{parent}.{}", quote(column)),
            Decision::Through(keys) => {
                let [key] = keys.as_slice() else { return None };
                let next = self.ways[way.to].ways.iter().find(|way| way.words() == *key)?;
                self.tenant_by(next, &parent, depth + 1)?
            }
            _ => return None,
        };
        let pairs = way.columns.iter().zip(&way.to_columns);
        let joined = pairs.map(|(column, to)| format!("{parent}.{} = {alias}.{}", quote(to), quote(column)));
        let joined = joined.collect::<Vec<_>>().join(" and ");
        Some(format!("(select max({tenant}) from {} as {parent} where {joined})", land.relation(way.to)))
    }
}

/// Whether the column says who did something rather than what the row is part of.
fn is_actor(column: &str) -> bool {
    const ACTORS: &[&str] =
        &["author", "creator", "editor", "updater", "approver", "reviewer", "assignee", "requester", "operator"];
    let words = noun::words(column);
    words.iter().any(|word| word == "by" || ACTORS.contains(&word.as_str()))
}

fn reaching(land: &Landscape<'_>, ways: &[Ways], verdicts: &[Option<Verdict>]) -> Vec<bool> {
    let mut reaching: Vec<bool> = verdicts
        .iter()
        .map(|verdict| verdict.as_ref().is_some_and(|verdict| verdict.is_owned() || verdict.is_undecided()))
        .collect();
    let mut coming: Vec<Vec<Place>> = vec![Vec::new(); reaching.len()];
    for from in land.all() {
        let targets =
            ways[from].ways.iter().map(|way| way.to).chain(ways[from].doubts.iter().filter_map(|doubt| doubt.to));
        targets.for_each(|to| coming[to].push(from));
    }
    let mut ahead: Vec<Place> = land.all().filter(|place| reaching[*place]).collect();
    while let Some(place) = ahead.pop() {
        for from in &coming[place] {
            if verdicts[*from].is_none() && !reaching[*from] {
                reaching[*from] = true;
                ahead.push(*from);
            }
        }
    }
    reaching
}
