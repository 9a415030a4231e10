//! The live schema of a source, as far as slicing and restoring need it.

mod fingerprint;
mod placement;
mod strangers;

use shared::export::Engine;

/// Everything read from the source's own catalog.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// The kind of database.
    pub engine: Engine,
    /// Its version, as in `15.18`.
    pub version: String,
    /// What must exist before the tables on restore, in order: schemas, extensions, collations, types, sequences.
    pub prelude: Vec<Prelude>,
    /// Ordinary and partitioned tables (a partitioned table once, without its partitions), sorted by schema and name.
    pub tables: Vec<Table>,
    /// MySQL: the server may have triggers that it does not show to the user.
    pub hides_triggers: bool,
}

/// A statement that must run before the tables, and what needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prelude {
    /// The statement, without the final semicolon.
    pub statement: String,
    /// Whatever needs it; it is written if one of these is delivered.
    pub needed_by: Vec<Need>,
}

/// Columns that are of a type, or a rule over them; no columns stand for the table itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// The table's schema.
    pub schema: String,
    /// The table.
    pub table: String,
    /// The columns: all of them must be delivered as they are.
    pub columns: Vec<String>,
}

/// One table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Its schema; `main` for SQLite, empty for MySQL, where a source is one database.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its columns in order, dropped ones left out.
    pub columns: Vec<Column>,
    /// The columns of the primary key; empty if there is none.
    pub primary_key: Vec<String>,
    /// Column lists of unique constraints and of full unique indexes without expressions (primary key included).
    pub unique: Vec<Vec<String>>,
    /// Foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// Primary key, unique, check and exclusion constraints with their definition (PostgreSQL: `pg_get_constraintdef`); foreign keys are in `foreign_keys`.
    /// MySQL: the whole clause of `create table`. SQLite: checks, as a table's statement spells them.
    pub constraints: Vec<Definition>,
    /// Indexes that are not behind a constraint, as full `create index` statements (MySQL: as the whole clause of `create table`).
    pub indexes: Vec<Definition>,
    /// The sequences that feed its columns.
    pub sequences: Vec<Sequence>,
    /// Rules that no archive can hold, whatever is delivered.
    pub uncarried: Vec<Uncarried>,
    /// Its triggers, those of constraints left out.
    pub triggers: Vec<Trigger>,
    /// Whether row level security is enabled on it.
    pub row_level_security: bool,
    /// PostgreSQL: partitioned, so that its rows are in its partitions; any other table is read without its inheritance children.
    pub partitioned: bool,
    /// PostgreSQL: a foreign table; its rows are another server's, outside of the snapshot. MySQL: so are those of some storage engines.
    pub foreign: bool,
    /// MySQL: the storage engine, if it knows no transactions: its rows are read as they are at that moment, not as the snapshot saw them.
    pub untransacted: Option<String>,
    /// SQLite: the table's own `create table` statement (`create virtual table` for a virtual one, whose columns are not listed). MySQL: `show create table`
    /// without the counter of `auto_increment`; in its texts a backslash escapes, whatever the mode of a session.
    pub create_statement: Option<String>,
    /// SQLite: declared `without rowid`.
    pub without_rowid: bool,
    /// SQLite: declared `strict`.
    pub strict: bool,
    /// Comment on the table.
    pub comment: Option<String>,
    /// The planner's estimate of its rows over all tenants, if there is one.
    pub estimated_rows: Option<u64>,
}

/// One column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its type as the database prints it (`character varying(40)`), schema-qualified where it is not built in.
    pub type_name: String,
    /// The type below domains and arrays' own name as in `pg_type.typname` (`int8`, `_text`, `jsonb`); SQLite: the declared type in lower case; MySQL: `data_type` (`bigint`, `varchar`).
    pub base_type: String,
    /// PostgreSQL: the schema of the type's `=` where it is not a built-in one (citext): an empty search path hides it, so it must be named.
    pub equality: Option<String>,
    /// Whether it refuses NULL.
    pub not_null: bool,
    /// Its default expression; none where it calls code that an archive does not hold, which then is among the table's `uncarried`.
    pub default: Option<String>,
    /// The expression of a generated column, with whether it is stored.
    pub generated: Option<Generated>,
    /// PostgreSQL: `ALWAYS` or `BY DEFAULT` for an identity column. MySQL: `auto_increment`.
    pub identity: Option<String>,
    /// A collation other than the type's own (SQLite: than `BINARY`), quoted and qualified. MySQL: that of every column of text.
    pub collation: Option<String>,
    /// PostgreSQL: why its values cannot be restored, as what follows "it"; none if they can.
    pub unrestorable: Option<String>,
    /// PostgreSQL: its values are the numbers of large objects, which are kept outside of the table.
    pub large_object: bool,
    /// PostgreSQL: a collation of the product's own by which its values are compared, quoted and qualified.
    pub own_collation: Option<String>,
    /// Comment on the column.
    pub comment: Option<String>,
}

/// A generated column's rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// The expression; empty for SQLite, which keeps it only in the table's statement.
    pub expression: String,
    /// Stored, or computed when read.
    pub stored: bool,
    /// PostgreSQL: computed by code of the product's own, which an archive does not hold. It is delivered as an ordinary column: its values restore.
    pub own_code: bool,
}

/// A foreign key as pairs of columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// Its name; `None` where the database has none (SQLite).
    pub name: Option<String>,
    /// The columns of this table.
    pub columns: Vec<String>,
    /// The schema of the other table.
    pub to_schema: String,
    /// The other table.
    pub to_table: String,
    /// The columns of the other table, in the same order.
    pub to_columns: Vec<String>,
    /// PostgreSQL: `pg_get_constraintdef`. SQLite: the actions, as they follow the columns, each after a blank. MySQL: the whole clause of `create table`.
    pub definition: Option<String>,
}

/// A constraint or an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// Every column of the table that it mentions, also in expressions.
    pub columns: Vec<String>,
    /// Its text: what follows `add constraint name`, or the full `create index` statement.
    pub text: String,
}

/// A sequence and the column that it feeds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sequence {
    /// The column it feeds.
    pub column: String,
    /// Its quoted, qualified name; for SQLite the table's name in `sqlite_sequence`.
    pub name: String,
    /// PostgreSQL: the column owns it, so that it is dropped with it.
    pub owned: bool,
    /// PostgreSQL: it counts down.
    pub descending: bool,
    /// PostgreSQL: its bounds; equal where they are not known.
    pub bounds: (i64, i64),
    /// PostgreSQL: what of `increment by`, `minvalue`, `maxvalue`, `start with`, `cache` and `cycle` is not as usual.
    pub options: String,
}

/// A rule that no archive can hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Uncarried {
    /// See [`crate::format::sql::kept::LeftOut::kind`].
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// Why, as a sentence without the full stop.
    pub reason: String,
}

/// A trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// Its name.
    pub name: String,
    /// What must exist before it, in order: schemas, extensions, the function that it calls. Each without the final semicolon.
    pub before: Vec<String>,
    /// The statement that creates it, without the final semicolon.
    pub statement: String,
}

impl Schema {
    /// The name of the database as people know it.
    pub fn product(&self) -> &'static str {
        product(self.engine, &self.version)
    }

    /// Whether it is MariaDB, which says so in its version.
    pub fn is_mariadb(&self) -> bool {
        self.product() == "MariaDB"
    }

    /// The table of this schema and name.
    pub fn table(&self, schema: &str, name: &str) -> Option<&Table> {
        let place =
            self.tables.binary_search_by(|table| (table.schema.as_str(), table.name.as_str()).cmp(&(schema, name)));
        match place {
            Ok(place) => self.tables.get(place),
            // Databases sort by rules of their own.
            Err(_) => self.tables.iter().find(|table| table.schema == schema && table.name == name),
        }
    }
}

/// The name of a database of this kind and version as people know it.
pub fn product(engine: Engine, version: &str) -> &'static str {
    match engine {
        Engine::Postgres => "PostgreSQL",
        Engine::Mysql if version.to_ascii_lowercase().contains("mariadb") => "MariaDB",
        Engine::Mysql => "MySQL",
        Engine::Sqlite => "SQLite",
    }
}

impl Generated {
    /// MariaDB: whether it is the time from or until which a version of a row holds.
    pub fn is_row_time(&self) -> bool {
        ["row start", "row end"].iter().any(|end| self.expression.eq_ignore_ascii_case(end))
    }
}

impl Table {
    /// The column of this name.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Whether something else keeps its rows, so that they are never read: another server (a foreign table) or a module (SQLite's FTS, R-Tree).
    pub fn is_virtual(&self) -> bool {
        self.foreign
            || self.create_statement.as_deref().is_some_and(|statement| {
                let mut words = statement.split_ascii_whitespace();
                words.next().is_some_and(|word| word.eq_ignore_ascii_case("create"))
                    && words.next().is_some_and(|word| word.eq_ignore_ascii_case("virtual"))
            })
    }
}
