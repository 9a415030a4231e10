//! One person inside a tenant's data: which tables hold something of theirs, and by which keys.

use super::{
    key::{self, Key, KeyProblem, Origin},
    territory::{Class, Place, Territory},
};
use crate::{
    catalog::{Catalog, Hiding, Mask, OwnerRule, PersonRule, Share, SubjectRule, TableRule, Through},
    schema::Schema,
};
use std::collections::VecDeque;

/// Why a table holds nothing of a person's although nobody said so.
const UNRELATED: &str = "nothing leads from its rows to this person";

/// Why a column is hidden from a person.
const OTHERS: &str = "data about other people";

/// The ways to the tenant of rows that are found as a person's: the tenant's condition stands beside the person's.
static NONE: OwnerRule =
    OwnerRule { column: None, through: None, polymorphic: None, array: None, json: None, placement: false };

/// Persons of one kind, as the catalog describes them.
pub(crate) struct Person<'a> {
    /// The kind.
    pub(crate) kind: &'a str,
    /// What says who they are.
    pub(crate) rule: &'a SubjectRule,
    /// Their table.
    pub(crate) place: Place,
    /// The whole tenant's data, of which theirs are a part.
    pub(crate) tenant: Territory<'a>,
    belongings: Vec<Option<Belonging<'a>>>,
    toward: Vec<Option<String>>,
}

/// Which of a tenant's rows are a person's.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Belonging<'a> {
    /// The row that is the person.
    Themselves,
    /// Rows that point to rows of the person's.
    Through(&'a Through),
    /// Rows that the person's rows point to.
    Referenced,
    /// All of the tenant's.
    All,
}

/// How much of a column is delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Showing<'a> {
    /// Every value as it is.
    Whole,
    /// Every value in part.
    Masked(Mask),
    /// Nothing, for this reason.
    Omitted(&'a str),
}

impl<'a> Territory<'a> {
    /// What of a tenant's data belongs to one person of this kind; `None` if the catalog or the schema has no such persons.
    pub(crate) fn subject(catalog: &'a Catalog, schema: &'a Schema, kind: &str) -> Option<Self> {
        let (kind, rule) = catalog.subjects.get_key_value(kind)?;
        let tenant = Self::new(catalog, schema);
        let place = match tenant.by_name().get(rule.table.as_str()).map(Vec::as_slice) {
            Some([place]) if matches!(tenant.class(*place), Class::Owned(_)) => *place,
            _ => return None,
        };
        tenant.table(place).column(&rule.key)?;
        let toward = toward(&tenant, place);
        let (mut classes, mut belongings) = (Vec::new(), Vec::new());
        for (table, toward) in toward.iter().enumerate() {
            let person = tenant.rule(table).and_then(|rule| rule.in_subject.get(kind));
            let (class, belonging) = match (tenant.class(table), person) {
                (Class::Owned(_), _) if table == place => (Class::Owned(&NONE), Some(Belonging::Themselves)),
                (class, Some(PersonRule { exclude: Some(reason), .. })) if class.is_delivered() => {
                    (Class::Excluded(reason), None)
                }
                (Class::Owned(_), Some(PersonRule { through: Some(through), .. })) => {
                    (Class::Owned(&NONE), Some(Belonging::Through(through)))
                }
                (Class::Owned(_), Some(PersonRule { share: Some(Share::All), .. })) => {
                    (Class::Shared, Some(Belonging::All))
                }
                (Class::Owned(_), Some(PersonRule { share: Some(Share::Referenced), .. })) => {
                    (Class::Referenced, Some(Belonging::Referenced))
                }
                (Class::Owned(_), _) if toward.is_some() => (Class::Undecided, None),
                (Class::Owned(_), _) => (Class::Excluded(UNRELATED), None),
                (class, _) => (class, None),
            };
            classes.push(class);
            belongings.push(belonging);
        }
        leave_out_the_unneeded(&tenant, &mut classes, &mut belongings);
        let person = Person { kind, rule, place, tenant, belongings, toward };
        Some(Self::new(catalog, schema).narrowed(classes, person))
    }

    /// Which rows of an owned table are the person's; `None` where the whole tenant is exported.
    pub(crate) fn belonging(&self, place: Place) -> Option<Belonging<'a>> {
        self.person().and_then(|person| person.belongings[place])
    }

    /// How much of a column is delivered.
    pub(crate) fn showing(&self, rule: &'a TableRule, column: &str) -> Showing<'a> {
        let Some(rule) = rule.columns.get(column) else {
            return Showing::Whole;
        };
        if let Some(reason) = &rule.omit {
            return Showing::Omitted(reason);
        }
        let hiding = self.person().and_then(|person| rule.in_subject.as_ref()?.hiding(person.kind));
        match hiding.map(Hiding::mask) {
            Some(None) => Showing::Omitted(OTHERS),
            Some(Some(mask)) => Showing::Masked(mask),
            None => rule.mask.map_or(Showing::Whole, Showing::Masked),
        }
    }
}

impl<'a> Person<'a> {
    /// What `through` would say first on the shortest way of keys that leads from a table to the table of these persons.
    pub(crate) fn toward(&self, place: Place) -> Option<&str> {
        self.toward[place].as_deref()
    }
}

/// The keys that say that a row of the table at `place` is the person's, in the order of the rule; an error for each name that means none.
pub(super) fn ways<'t, 'a>(
    territory: &'t Territory<'a>,
    place: Place,
    belonging: Belonging<'a>,
) -> Vec<Result<&'t Key<'a>, KeyProblem>> {
    let Belonging::Through(through) = belonging else {
        return Vec::new();
    };
    let mut ways = Vec::new();
    for words in through.keys() {
        match named(territory, place, words) {
            Ok(keys) => ways.extend(keys.into_iter().map(Ok)),
            Err(problem) => ways.push(Err(problem)),
        }
    }
    ways
}

/// The keys of the table at `place` that `words` names, to tables whose rows belong to the person by a key: one, or several of a pair of type and id.
pub(crate) fn named<'t, 'a>(
    territory: &'t Territory<'a>,
    place: Place,
    words: &str,
) -> Result<Vec<&'t Key<'a>>, KeyProblem> {
    let columns = key::columns(territory.table(place), words);
    let pairs: Vec<&Key<'a>> = key::polymorphic(territory, place).filter(|key| key.columns == columns).collect();
    let Some(first) = pairs.first() else {
        return key::through(territory, place, words).map(|key| vec![key]);
    };
    let owned = |key: &&Key<'a>| matches!(territory.class(key.to), Class::Owned(_));
    let theirs: Vec<&Key<'a>> = pairs.iter().copied().filter(owned).collect();
    match theirs.is_empty() {
        true => Err(KeyProblem::ParentNotOwned(territory.name(first.to).to_owned())),
        false => Ok(theirs),
    }
}

/// Tables of which only what delivered rows point to would be delivered, where no delivered table points to them.
fn leave_out_the_unneeded<'a>(
    tenant: &Territory<'a>,
    classes: &mut [Class<'a>],
    belongings: &mut [Option<Belonging<'a>>],
) {
    let mut changed = true;
    while changed {
        changed = false;
        for place in 0..classes.len() {
            let referenced = matches!(classes[place], Class::Referenced);
            let mut pointing = tenant.pointing_to(place).filter(|key| key.from != place);
            if referenced && !pointing.any(|key| classes[key.from].is_delivered()) {
                (classes[place], belongings[place]) = (Class::Excluded(UNRELATED), None);
                changed = true;
            }
        }
    }
}

/// For each table what names its first key on a shortest way up to `target`. That a tenant's own row names a person (its founder, say) makes not every row
/// of the tenant that person's, so no way leads over the table of tenants.
fn toward(tenant: &Territory<'_>, target: Place) -> Vec<Option<String>> {
    let count = tenant.schema.tables.len();
    let mut pointing: Vec<Vec<&Key<'_>>> = vec![Vec::new(); count];
    for key in (0..count).flat_map(|place| tenant.keys_of(place)) {
        pointing[key.to].push(key);
    }
    let mut found: Vec<Option<String>> = vec![None; count];
    let mut waiting = VecDeque::from([target]);
    while let Some(next) = waiting.pop_front() {
        for key in &pointing[next] {
            if key.from == target || found[key.from].is_some() {
                continue;
            }
            found[key.from] = Some(match key.origin {
                Origin::Virtual(name) => name.to_owned(),
                _ => key.columns.join(", "),
            });
            if Some(key.from) != tenant.tenants() {
                waiting.push_back(key.from);
            }
        }
    }
    found
}
