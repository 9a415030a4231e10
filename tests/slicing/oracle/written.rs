//! A random schema as SQL and as a catalog.

use super::world::{Form, Rule, Table};
use std::fmt::Write;

/// How a world is written down.
#[derive(Debug, Clone, Copy)]
pub(super) struct Style {
    pub(super) engine: &'static str,
    /// Every key has two columns; those that point nowhere are only half NULL.
    pub(super) composite: bool,
}

/// The schema with its rows.
pub(super) fn statements(world: &[Table], style: Style) -> String {
    let postgres = style.engine == "postgres";
    let mut text = if postgres { String::new() } else { "pragma foreign_keys = off;\n".to_owned() };
    let mut constraints = String::new();
    for (place, table) in world.iter().enumerate() {
        let second = if style.composite { ", half integer not null" } else { "" };
        write!(text, "create table t{place}(id integer not null{second}, owner integer").unwrap();
        for (number, key) in table.keys.iter().enumerate() {
            match (key.form, style.composite) {
                (Form::List, _) if postgres => write!(text, ", k{number} integer[]"),
                (Form::List, _) => write!(text, ", k{number} text"),
                (_, false) => write!(text, ", k{number} integer"),
                (_, true) => write!(text, ", k{number} integer, h{number} integer"),
            }
            .unwrap();
        }
        if !table.pair.is_empty() {
            text.push_str(", kind varchar(9), subject integer");
        }
        write!(text, ", primary key (id{})", if style.composite { ", half" } else { "" }).unwrap();
        for (number, key) in table.keys.iter().enumerate().filter(|(_, key)| key.form == Form::Declared) {
            let key = match style.composite {
                true => format!("foreign key (k{number}, h{number}) references t{} (id, half)", key.to),
                false => format!("foreign key (k{number}) references t{} (id)", key.to),
            };
            match postgres {
                true => writeln!(constraints, "alter table t{place} add {key};").unwrap(),
                false => write!(text, ", {key}").unwrap(),
            }
        }
        text.push_str(");\n");
    }
    for (place, table) in world.iter().enumerate() {
        for row in 0..table.rows.len() {
            writeln!(text, "insert into t{place} values ({});", cells(world, place, row, style)).unwrap();
        }
    }
    text + constraints.as_str()
}

fn cells(world: &[Table], place: usize, number: usize, style: Style) -> String {
    let table = &world[place];
    let row = &table.rows[number];
    let half = |place: usize, row: usize| if place == 0 { 0 } else { row % 2 };
    let mut cells = vec![number.to_string()];
    if style.composite {
        cells.push(half(place, number).to_string());
    }
    cells.push(row.owner.map_or("null".to_owned(), |owner| owner.to_string()));
    for (key, rows) in table.keys.iter().zip(&row.cells) {
        match (key.form, rows.first(), style.composite) {
            (Form::List, _, _) => {
                let list = rows.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
                cells.push(if style.engine == "postgres" { format!("'{{{list}}}'") } else { format!("'[{list}]'") });
            }
            (_, Some(to), false) => cells.push(to.to_string()),
            (_, None, false) => cells.push("null".to_owned()),
            (_, Some(to), true) => cells.extend([to.to_string(), half(key.to, *to).to_string()]),
            (_, None, true) if number.is_multiple_of(2) => cells.extend(["null".to_owned(), "0".to_owned()]),
            (_, None, true) => cells.extend(["0".to_owned(), "null".to_owned()]),
        }
    }
    if !table.pair.is_empty() {
        match row.pair {
            Some((kind, to)) => cells.extend([format!("'w{kind}'"), to.to_string()]),
            // A word that the catalog does not know points nowhere.
            None => cells.extend(["'other'".to_owned(), "0".to_owned()]),
        }
    }
    cells.join(", ")
}

pub(super) fn catalog(world: &[Table], style: Style) -> String {
    let mut text = format!("version = 1\nengine = \"{}\"\n[tenant]\ntable = \"t0\"\nkey = \"id\"\n", style.engine);
    for (place, table) in world.iter().enumerate() {
        let rule = match &table.rule {
            Rule::Owned { .. } if place == 0 => "owner = { column = \"id\" }".to_owned(),
            Rule::Owned { column, ways } => {
                let mut owner = Vec::new();
                if *column {
                    owner.push("column = \"owner\"".to_owned());
                }
                let ways: Vec<String> = ways.iter().map(|way| format!("\"{}\"", name(table, *way, style))).collect();
                if !ways.is_empty() {
                    owner.push(format!("through = [{}]", ways.join(", ")));
                }
                if !table.pair.is_empty() {
                    let map: Vec<String> =
                        table.pair.iter().enumerate().map(|(kind, to)| format!("w{kind} = \"t{to}\"")).collect();
                    owner.push(format!(
                        "polymorphic = {{ type = \"kind\", id = \"subject\", map = {{ {} }} }}",
                        map.join(", ")
                    ));
                }
                format!("owner = {{ {} }}", owner.join(", "))
            }
            Rule::Referenced => "share = \"referenced\"".to_owned(),
            Rule::All => "share = \"all\"".to_owned(),
        };
        writeln!(text, "[tables.t{place}]\n{rule}\n[tables.t{place}.references]").unwrap();
        for (number, key) in table.keys.iter().enumerate().filter(|(_, key)| key.form != Form::Declared) {
            let (column, other) = match style.composite {
                true => (format!("h{number}, k{number}"), "half, id"),
                false => (format!("k{number}"), "id"),
            };
            let list = if key.form == Form::List { ", array = true" } else { "" };
            writeln!(text, "v{number} = {{ column = \"{column}\", table = \"t{}\", key = \"{other}\"{list} }}", key.to)
                .unwrap();
        }
    }
    text
}

/// What `through` calls a key.
fn name(table: &Table, key: usize, style: Style) -> String {
    match (table.keys[key].form, style.composite) {
        (Form::Declared, false) => format!("k{key}"),
        (Form::Declared, true) => format!("h{key}, k{key}"),
        _ => format!("v{key}"),
    }
}
