//! Random schemas with random rows.

use proptest::{prelude::*, sample::Index};

pub(super) const TENANTS: usize = 3;

/// How a table comes into the archive.
#[derive(Debug, Clone)]
pub(super) enum Rule {
    Owned {
        /// It has the owner's column.
        column: bool,
        /// Through these of its keys.
        ways: Vec<usize>,
    },
    Referenced,
    All,
}

/// How a key is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A foreign key of the database.
    Declared,
    /// A reference of the catalog.
    Virtual,
    /// A reference of the catalog to a list of rows.
    List,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) to: usize,
    pub(super) form: Form,
}

#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) owner: Option<usize>,
    /// For each key the rows that it points to: one at most unless it is a list.
    pub(super) cells: Vec<Vec<usize>>,
    /// Which of the pair's tables, and which row.
    pub(super) pair: Option<(usize, usize)>,
}

#[derive(Debug, Clone)]
pub(super) struct Table {
    pub(super) rule: Rule,
    /// All keys are nullable.
    pub(super) keys: Vec<Key>,
    /// The tables that its pair of type and id can point to; empty if it has none.
    pub(super) pair: Vec<usize>,
    pub(super) rows: Vec<Row>,
}

/// What is drawn for a row before the tables' sizes are known.
type RawRow = (Option<usize>, Vec<Vec<Index>>, Option<(Index, Index)>);

fn rows() -> impl Strategy<Value = Vec<RawRow>> {
    let cell = prop::collection::vec(any::<Index>(), 0..3);
    let pair = prop::option::of((any::<Index>(), any::<Index>()));
    prop::collection::vec((prop::option::weighted(0.6, 0..TENANTS), prop::collection::vec(cell, 3), pair), 0..7)
}

fn keys(count: std::ops::Range<usize>) -> impl Strategy<Value = Vec<(Index, Form)>> {
    let form = prop_oneof![3 => Just(Form::Declared), 2 => Just(Form::Virtual), 1 => Just(Form::List)];
    prop::collection::vec((any::<Index>(), form), count)
}

/// Table 0 is the tenants'. An owned table has the owner's column or a way to an earlier owned table, so that no circle of owners is endless; other ways lead
/// anywhere among the owned. Shared tables point to each other as they like. `composite` makes every key one of two columns, so that there are no lists and pairs.
pub(super) fn world(composite: bool) -> impl Strategy<Value = Vec<Table>> {
    let owned = (any::<bool>(), keys(1..4), prop::collection::vec(any::<Index>(), 0..3), rows());
    let shared = (0..4_u8, keys(0..3), rows());
    (prop::collection::vec(owned, 1..5), prop::collection::vec(shared, 0..4)).prop_map(move |(owned, shared)| {
        let (owned_count, count) = (owned.len() + 1, owned.len() + 1 + shared.len());
        let own = |tenant| Row { owner: Some(tenant), cells: vec![], pair: None };
        let mut tables = vec![Table {
            rule: Rule::Owned { column: true, ways: vec![] },
            keys: vec![],
            pair: vec![],
            rows: (0..TENANTS).map(own).collect(),
        }];
        let mut raw = vec![vec![]];
        let form = |form| if composite && form == Form::List { Form::Virtual } else { form };
        for (number, (column, keys, pair, rows)) in owned.into_iter().enumerate() {
            let keys: Vec<Key> =
                keys.iter().map(|(to, written)| Key { to: to.index(count), form: form(*written) }).collect();
            let ways: Vec<usize> = (0..keys.len()).filter(|key| keys[*key].to < owned_count).collect();
            let earlier = ways.iter().any(|way| keys[*way].to <= number);
            let pair = if composite { vec![] } else { pair.iter().map(|to| to.index(owned_count)).collect() };
            let rule = Rule::Owned { column: column || !earlier, ways };
            tables.push(Table { rule, keys, pair, rows: vec![] });
            raw.push(rows);
        }
        for (kind, keys, rows) in shared {
            let to = |to: &Index| owned_count + to.index(count - owned_count);
            let keys = keys.iter().map(|(target, written)| Key { to: to(target), form: form(*written) }).collect();
            let rule = if kind == 0 { Rule::All } else { Rule::Referenced };
            tables.push(Table { rule, keys, pair: vec![], rows: vec![] });
            raw.push(rows);
        }
        let sizes: Vec<usize> =
            raw.iter().enumerate().map(|(place, rows)| if place == 0 { TENANTS } else { rows.len() }).collect();
        for (table, rows) in tables.iter_mut().zip(raw).skip(1) {
            table.rows = rows.into_iter().map(|row| resolve(row, &table.keys, &table.pair, &sizes)).collect();
        }
        tables
    })
}

fn resolve((owner, cells, pair): RawRow, keys: &[Key], tables: &[usize], sizes: &[usize]) -> Row {
    let cells = keys.iter().zip(&cells).map(|(key, drawn)| {
        let most = if key.form == Form::List { 2 } else { 1 };
        let drawn = drawn.iter().take(most).filter(|_| sizes[key.to] > 0);
        drawn.map(|index| index.index(sizes[key.to])).collect()
    });
    let pair = pair.filter(|_| !tables.is_empty()).and_then(|(table, row)| {
        let table = table.index(tables.len());
        let size = sizes[tables[table]];
        (size > 0).then(|| (table, row.index(size)))
    });
    Row { owner, cells: cells.collect(), pair }
}
