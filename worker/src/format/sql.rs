//! SQL in the source's own dialect: data, schema, constraints and the file that runs them all.

mod fixed_values;
pub mod kept;
pub mod mysql;
pub mod name;
pub mod postgres;
pub mod sqlite;

use super::{Malformed, Sink};
use crate::{
    plan::{ColumnPlan, Plan},
    rows::RowBlock,
    schema::Schema,
};
use kept::{Kept, LeftOut};
use shared::export::Engine;

/// The statements around the data.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ddl {
    /// Everything that must exist before rows.
    pub schema: String,
    /// Everything that comes after rows, without sequences.
    pub constraints: String,
    /// Triggers, with what they call; empty if there is none.
    pub triggers: String,
    /// What could not be taken along, triggers not among them.
    pub left_out: Vec<LeftOut>,
    /// What could not be taken along of the triggers.
    pub left_out_triggers: Vec<LeftOut>,
}

impl Ddl {
    /// The statements for a plan.
    pub fn new(plan: &Plan) -> Self {
        let kept = Kept::new(plan);
        match plan.schema.engine {
            Engine::Postgres => postgres::ddl::write(&kept),
            Engine::Mysql => mysql::ddl::write(&kept),
            Engine::Sqlite => sqlite::ddl::write(&kept),
        }
    }
}

/// Which table a data member is for; enough to write its statements and to recognise them again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The kind of database.
    pub engine: Engine,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub table: String,
    /// Its selected columns, each with whether it is part of the SQL data.
    pub columns: Vec<(String, bool)>,
}

impl Target {
    /// The quoted columns that are part of the data.
    fn stored_columns(&self) -> String {
        let names: Vec<String> = self
            .columns
            .iter()
            .filter(|(_, stored)| *stored)
            .map(|(name, _)| match self.engine {
                Engine::Mysql => name::backticked(name),
                Engine::Postgres | Engine::Sqlite => name::quoted(name),
            })
            .collect();
        names.join(", ")
    }

    /// Whether there is a column that rows can be written with.
    pub fn stores_columns(&self) -> bool {
        self.columns.iter().any(|(_, stored)| *stored)
    }

    /// The table, quoted, and qualified where the engine has schemas.
    pub fn quoted(&self) -> String {
        match self.engine {
            Engine::Postgres => name::qualified(&self.schema, &self.table),
            Engine::Mysql => name::backticked(&self.table),
            Engine::Sqlite => name::quoted(&self.table),
        }
    }
}

/// Turns the rows of one table into its data member.
#[derive(Debug)]
pub enum SqlEncoder {
    /// A COPY block.
    Postgres(postgres::CopyEncoder),
    /// INSERT statements.
    Mysql(mysql::InsertEncoder),
    /// INSERT statements.
    Sqlite(sqlite::InsertEncoder),
}

impl SqlEncoder {
    /// An encoder for a table, whose selected columns are `columns`.
    pub fn new(target: &Target, columns: &[ColumnPlan]) -> Self {
        match target.engine {
            Engine::Postgres => Self::Postgres(postgres::CopyEncoder::new(target)),
            Engine::Mysql => Self::Mysql(mysql::InsertEncoder::new(target, columns)),
            Engine::Sqlite => Self::Sqlite(sqlite::InsertEncoder::new(target)),
        }
    }

    /// Appends what stands before the first row.
    pub fn header(&self, out: &mut impl Sink) {
        match self {
            Self::Postgres(encoder) => encoder.header(out),
            Self::Mysql(encoder) => encoder.header(out),
            Self::Sqlite(encoder) => encoder.header(out),
        }
    }

    /// Appends a block of rows.
    pub fn encode(&mut self, block: &RowBlock, out: &mut impl Sink) -> Result<(), Malformed> {
        match (self, block) {
            (Self::Postgres(encoder), RowBlock::CopyText { bytes, .. }) => encoder.encode(bytes, out),
            (Self::Mysql(encoder), RowBlock::Mysql(rows)) => encoder.encode(rows, out),
            (Self::Sqlite(encoder), RowBlock::Sqlite(rows)) => encoder.encode(rows, out),
            _ => Err(Malformed::Engine),
        }
    }

    /// Appends what stands after the last row.
    pub fn footer(&mut self, out: &mut impl Sink) {
        match self {
            Self::Postgres(encoder) => encoder.footer(out),
            Self::Mysql(encoder) => encoder.footer(out),
            Self::Sqlite(encoder) => encoder.footer(out),
        }
    }

    /// How many rows were written.
    pub fn rows(&self) -> u64 {
        match self {
            Self::Postgres(encoder) => encoder.rows(),
            Self::Mysql(encoder) => encoder.rows(),
            Self::Sqlite(encoder) => encoder.rows(),
        }
    }

    /// How many bytes the longest statement has, where restoring depends on it.
    pub fn longest_statement(&self) -> usize {
        match self {
            Self::Mysql(encoder) => encoder.longest_statement(),
            Self::Postgres(_) | Self::Sqlite(_) => 0,
        }
    }
}

/// A file with the rows of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataFile<'a> {
    /// Its path in the archive.
    pub path: &'a str,
    /// The table.
    pub table: &'a str,
    /// How many rows.
    pub rows: u64,
}

/// `sql/restore.sql`: runs schema, the data files, and constraints, in one transaction where the engine can, from the archive's root.
/// `large_objects` says whether there are some in [`postgres::large_objects::PATH`], `longest_statement` is the length in bytes of the longest one among the data.
pub fn restore(kept: &Kept<'_>, data: &[DataFile<'_>], large_objects: bool, longest_statement: usize) -> String {
    let mut paths: Vec<String> = data.iter().map(|file| file.path.to_owned()).collect();
    paths.extend(large_objects.then(|| postgres::large_objects::PATH.to_owned()));
    match kept.plan.schema.engine {
        Engine::Postgres => postgres::restore(&paths),
        Engine::Mysql => mysql::restore(kept, data, longest_statement),
        Engine::Sqlite => sqlite::restore(&paths),
    }
}

/// The command that runs [`restore`]'s file in the archive's root.
pub fn command(schema: &Schema, longest_statement: usize) -> String {
    match schema.engine {
        Engine::Postgres => "psql -v ON_ERROR_STOP=1 -d the_new_database -f sql/restore.sql".to_owned(),
        Engine::Mysql => mysql::command(schema, longest_statement),
        Engine::Sqlite => "sqlite3 restored.db < sql/restore.sql".to_owned(),
    }
}

/// `sql/triggers.sql`: these statements for whoever wants them after the restore.
pub fn triggers(engine: Engine, statements: &str) -> String {
    match engine {
        Engine::Postgres => postgres::triggers(statements),
        Engine::Mysql => statements.to_owned(),
        Engine::Sqlite => sqlite::triggers(statements),
    }
}
