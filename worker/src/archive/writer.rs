//! Writing the members of one archive in order: schema, tables, constraints, and what describes them.

mod large_objects;

use super::{
    Meter, Output, Request, checksums, datapackage, index,
    lane::{Lane, Lanes, encode},
    manifest::{
        self, ColumnFacts, ExcludedFacts, ExportFacts, FileFacts, Manifest, MaskedFacts, OmittedFacts, SnapshotFacts,
        SourceFacts, SqlFacts, TableFacts, TableFiles, csv_dialect::CsvDialect, jsonl_dialect::JsonlDialect,
        large_objects::LargeObjectsFacts,
    },
    members::{Contents, Member, Members, Sort},
    preview::Preview,
    unpacking::unpacking,
};
use crate::{
    error::ExportError,
    format::{
        csv::{CsvEncoder, Observed, null_text},
        jsonl::JsonlEncoder,
        sql::{
            self, Ddl, SqlEncoder,
            kept::{Kept, LeftOut},
        },
    },
    plan::{Plan, TablePlan},
    rows::RowBlock,
    source::{SnapshotProof, TenantRow},
};
use futures::future::join_all;
use shared::export::{Engine, Format, Layout, Scope};
use std::sync::atomic::Ordering::Relaxed;
use tokio::sync::mpsc;

/// An archive in the making.
pub(super) struct Writer<'a> {
    request: &'a Request,
    plan: &'a Plan,
    meter: &'a Meter,
    kept: Kept<'a>,
    ddl: Ddl,
    members: Members,
    tables: Vec<TableFacts>,
    observed: Vec<Vec<Observed>>,
    previews: Vec<Preview>,
    large_objects: Option<LargeObjectsFacts>,
    files: Vec<FileFacts>,
    longest_statement: usize,
}

impl<'a> Writer<'a> {
    /// Begins an archive, up to its first table.
    pub(super) async fn begin(
        request: &'a Request,
        plan: &'a Plan,
        meter: &'a Meter,
        output: Output,
    ) -> Result<Self, ExportError> {
        meter.tables_total.store(plan.tables.len() as u64, Relaxed);
        let mut writer = Self {
            request,
            plan,
            meter,
            kept: Kept::new(plan),
            ddl: Ddl::new(plan),
            members: Members::new(output, request.now),
            tables: Vec::new(),
            observed: Vec::new(),
            previews: Vec::new(),
            large_objects: None,
            files: Vec::new(),
            longest_statement: 0,
        };
        if writer.wants(Format::Sql) {
            let schema = std::mem::take(&mut writer.ddl.schema);
            writer.member("sql/schema.sql", schema.as_bytes()).await?;
        }
        Ok(writer)
    }

    pub(super) fn wants(&self, format: Format) -> bool {
        self.request.formats.contains(&format)
    }

    /// Writes a table from the blocks that `read` sends; `read` gives the number of rows that the source delivered.
    pub(super) async fn table(
        &mut self,
        table: &TablePlan,
        blocks: mpsc::Receiver<RowBlock>,
        read: impl Future<Output = Result<u64, ExportError>>,
    ) -> Result<(), ExportError> {
        let profile = self.request.csv_profile;
        let target = self.kept.target(table);
        let mut members = Vec::new();
        let lanes = Lanes {
            csv: self.lane(Format::Csv, table, &mut members, || CsvEncoder::new(profile, &table.columns)),
            sql: self.lane(Format::Sql, table, &mut members, || SqlEncoder::new(&target, &table.columns)),
            jsonl: self.lane(Format::Jsonl, table, &mut members, || JsonlEncoder::new(&table.columns)),
        };
        let store = store(&mut self.members, members);
        let encode = encode(table, self.meter, blocks, lanes);
        let (read, encoded, stored) = tokio::join!(read, encode, store);
        let (read, encoded) = settle(read, encoded, stored)?;
        self.longest_statement = self.longest_statement.max(encoded.longest_statement);
        let file = |format, encoded: Option<(Contents, u64)>| match encoded {
            Some((_, rows)) if rows != read => Err(ExportError::Incomplete {
                table: table.name.clone(),
                message: format!("{read} rows were read, but {rows} are in the {format} file"),
            }),
            encoded => Ok(encoded.map(|(contents, _)| FileFacts::new(&path(format, table), contents))),
        };
        let mut files = TableFiles {
            csv: file(Format::Csv, encoded.csv)?,
            sql: file(Format::Sql, encoded.sql)?,
            jsonl: file(Format::Jsonl, encoded.jsonl)?,
        };
        if let Some(file) = &mut files.csv {
            let null = null_text(profile, table.columns.len());
            file.null = (!null.is_empty()).then(|| null.to_owned());
        }
        self.files.extend(files.all().cloned());
        let facts = self.facts(table, read, files, &target, &encoded.observed);
        self.tables.push(facts);
        self.observed.push(encoded.observed);
        self.previews.push(encoded.preview);
        self.meter.tables_done.fetch_add(1, Relaxed);
        Ok(())
    }

    /// A format's way to its member, if it is wanted; the member goes to the end of `members`.
    fn lane<E>(
        &self,
        format: Format,
        table: &TablePlan,
        members: &mut Vec<Member>,
        encoder: impl FnOnce() -> E,
    ) -> Option<Lane<E>> {
        if !self.wants(format) {
            return None;
        }
        let (packer, member) = self.members.begin(&path(format, table), Sort::Data);
        members.push(member);
        Some(Lane { encoder: encoder(), packer, bytes: Vec::new() })
    }

    fn facts(
        &self,
        table: &TablePlan,
        rows: u64,
        files: TableFiles,
        target: &sql::Target,
        observed: &[Observed],
    ) -> TableFacts {
        let live = self.plan.live(table);
        let sqlite = self.plan.schema.engine == Engine::Sqlite;
        let columns = table
            .columns
            .iter()
            .zip(&target.columns)
            .enumerate()
            .map(|(place, (column, (_, stored)))| {
                let seen = observed.get(place).cloned().unwrap_or_default();
                let live = live.and_then(|live| live.column(&column.name));
                ColumnFacts {
                    name: column.name.clone(),
                    type_name: column.type_name.clone(),
                    nullable: column.nullable,
                    in_sql_data: *stored,
                    hex_values: seen.hex_values,
                    guarded_values: seen.guarded_values,
                    kept_values: seen.kept_values,
                    storage: (sqlite && files.csv.is_some()).then_some(seen.storage),
                    comment: live.and_then(|live| live.comment.clone()),
                }
            })
            .collect();
        TableFacts {
            schema: table.schema.clone(),
            table: table.table.clone(),
            category: table.category.clone(),
            because: table.because.clone(),
            kind: table.kind,
            rows,
            files,
            omitted: table
                .omitted
                .iter()
                .map(|(column, reason)| OmittedFacts { column: column.clone(), reason: reason.clone() })
                .collect(),
            masked: table
                .masked
                .iter()
                .map(|(column, mask)| MaskedFacts { column: column.clone(), mask: *mask })
                .collect(),
            columns,
            comment: live.and_then(|live| live.comment.clone()),
        }
    }

    /// Writes everything after the last table. The manifest is the last member: without it nothing is an archive. `proof` says how the rows were obtained, `fingerprint_at_end` is the live schema's after the last of them.
    pub(super) async fn finish(
        mut self,
        tenant: &TenantRow,
        proof: &SnapshotProof,
        fingerprint_at_end: String,
        sequences: &[String],
    ) -> Result<Manifest, ExportError> {
        let sql = if self.wants(Format::Sql) { Some(self.sql_files(sequences).await?) } else { None };
        let manifest = self.manifest(tenant, proof, fingerprint_at_end, sql);
        let text = json(&manifest)?;
        let written = FileFacts::new(manifest::PATH, Contents::of(text.as_bytes()));
        self.files.push(written);
        if let Some(key) = &self.request.signing {
            let signature = key.sign(text.as_bytes());
            self.member(manifest::SIGNATURE_PATH, &signature).await?;
        }
        if let Some(package) = datapackage::describe(&manifest, self.plan, &self.observed) {
            self.member(datapackage::PATH, json(&package)?.as_bytes()).await?;
        }
        self.member(index::PATH, index::html(&manifest, &self.previews, self.request.accent)?.as_bytes()).await?;
        let checksums = checksums::write(&self.files);
        self.member(checksums::PATH, checksums.as_bytes()).await?;
        self.members.settle().await?;
        self.member(manifest::PATH, text.as_bytes()).await?;
        self.members.finish().await?;
        Ok(manifest)
    }

    async fn sql_files(&mut self, sequences: &[String]) -> Result<SqlFacts, ExportError> {
        let mut constraints = std::mem::take(&mut self.ddl.constraints);
        for statement in sequences {
            constraints.push_str(statement.trim_end().trim_end_matches(';'));
            constraints.push_str(";\n");
        }
        self.member("sql/constraints.sql", constraints.as_bytes()).await?;
        if self.request.with_triggers {
            let triggers = sql::triggers(self.plan.schema.engine, &self.ddl.triggers);
            self.member("sql/triggers.sql", triggers.as_bytes()).await?;
        }
        let data: Vec<sql::DataFile<'_>> = self
            .tables
            .iter()
            .filter_map(|table| {
                let file = table.files.sql.as_ref()?;
                Some(sql::DataFile { path: &file.path, table: &table.table, rows: table.rows })
            })
            .collect();
        let restore = sql::restore(&self.kept, &data, self.large_objects.is_some(), self.longest_statement);
        self.member("sql/restore.sql", restore.as_bytes()).await?;
        let beside_the_data = |file: &&FileFacts| file.path.starts_with("sql/") && !file.path.starts_with("sql/data/");
        Ok(SqlFacts {
            restore: self.restore_command(),
            files: self.files.iter().filter(beside_the_data).cloned().collect(),
        })
    }

    fn manifest(
        &mut self,
        tenant: &TenantRow,
        proof: &SnapshotProof,
        fingerprint_at_end: String,
        sql: Option<SqlFacts>,
    ) -> Manifest {
        let (request, schema) = (self.request, &self.plan.schema);
        Manifest {
            handover: 1,
            export: ExportFacts {
                id: request.export,
                scope: if request.subject.is_some() { Scope::Subject } else { Scope::Tenant },
                tenant: tenant.key.clone(),
                tenant_label: tenant.label.clone(),
                subject: request.subject.clone(),
                product: request.product.clone(),
                origin: request.origin,
                created_at: request.now,
                formats: request.formats.clone(),
                csv_profile: request.csv_profile,
                language: request.language,
                layout: if self.members.compression().is_some() { Layout::Files } else { Layout::Zip },
                compression: self.members.compression(),
                made_by: concat!("handover ", env!("CARGO_PKG_VERSION")).to_owned(),
            },
            signed_by: request.signing.as_ref().map(|key| key.id()),
            source: SourceFacts {
                name: request.source.clone(),
                engine: schema.engine,
                version: schema.version.clone(),
                server: proof.server.clone(),
                schema_fingerprint: schema.fingerprint(),
                schema_fingerprint_at_end: fingerprint_at_end,
                catalog_fingerprint: self.plan.catalog_fingerprint.clone(),
            },
            snapshot: SnapshotFacts {
                taken_at: proof.taken_at,
                isolation: proof.isolation.clone(),
                proof: proof.proof.clone(),
            },
            csv_dialect: self.wants(Format::Csv).then(|| CsvDialect::new(request.csv_profile, schema.engine)),
            jsonl_dialect: self.wants(Format::Jsonl).then(|| JsonlDialect::new(schema.engine)),
            left_out: if sql.is_some() { self.left_out() } else { Vec::new() },
            sql,
            tables: std::mem::take(&mut self.tables),
            large_objects: self.large_objects.take(),
            excluded: self
                .plan
                .excluded
                .iter()
                .map(|excluded| ExcludedFacts {
                    schema: excluded.schema.clone(),
                    table: excluded.table.clone(),
                    reason: excluded.reason.clone(),
                })
                .collect(),
        }
    }

    fn left_out(&mut self) -> Vec<LeftOut> {
        let mut left_out = std::mem::take(&mut self.ddl.left_out);
        match self.request.with_triggers {
            true => left_out.append(&mut self.ddl.left_out_triggers),
            false => left_out.extend(self.kept.triggers()),
        }
        left_out
    }

    /// What is typed in the archive's folder: files that are compressed by themselves are unpacked before the script names them.
    fn restore_command(&self) -> String {
        let command = sql::command(&self.plan.schema, self.longest_statement);
        match unpacking(&self.files, &["sql/data/", "sql/"]) {
            Some(unpack) => format!("{unpack} && {command}"),
            None => command,
        }
    }

    /// Writes a member that is in memory.
    async fn member(&mut self, path: &str, content: &[u8]) -> Result<(), ExportError> {
        let (mut packer, member) = self.members.begin(path, Sort::Text);
        let fill = async {
            packer.push(content).await?;
            packer.finish().await
        };
        let (filled, stored) = tokio::join!(fill, self.members.append(member));
        let ((), contents) = settle(Ok(()), filled, stored)?;
        self.files.push(FileFacts::new(path, contents));
        Ok(())
    }
}

/// Where the rows of a table are in this format.
fn path(format: Format, table: &TablePlan) -> String {
    match format {
        Format::Csv => format!("csv/{}.csv", table.file_stem),
        Format::Sql => format!("sql/data/{}.sql", table.file_stem),
        Format::Jsonl => format!("jsonl/{}.jsonl", table.file_stem),
    }
}

/// Appends the members of a table, which are made at the same time: the others rest until the first is in.
async fn store(archive: &mut Members, members: Vec<Member>) -> Result<(), ExportError> {
    let mut members = members.into_iter();
    let Some(first) = members.next() else {
        return Err(ExportError::Internal("no format was asked for".to_owned()));
    };
    let (appended, rested) = tokio::join!(archive.append(first), join_all(members.map(Member::rest)));
    // One that finds no room takes the table's encoders along, and then the first only says that it was cancelled.
    let (rested, ()) = settle(rested.into_iter().collect::<Result<Vec<_>, _>>(), Ok(()), appended)?;
    for member in rested {
        archive.append_rested(member).await?;
    }
    Ok(())
}

/// Of several steps that ran together: all results, or the error that explains the others. A step whose neighbour has gone only says that it was cancelled.
fn settle<A, B>(
    first: Result<A, ExportError>,
    second: Result<B, ExportError>,
    third: Result<(), ExportError>,
) -> Result<(A, B), ExportError> {
    match (first, second, third) {
        (Ok(first), Ok(second), Ok(())) => Ok((first, second)),
        (first, second, third) => {
            let errors = [first.err(), second.err(), third.err()];
            let told = errors.into_iter().flatten().find(|error| !matches!(error, ExportError::Cancelled));
            Err(told.unwrap_or(ExportError::Cancelled))
        }
    }
}

fn json(value: &impl serde::Serialize) -> Result<String, ExportError> {
    let mut text = serde_json::to_string_pretty(value)
        .map_err(|error| ExportError::Internal(format!("JSON could not be written: {error}")))?;
    text.push('\n');
    Ok(text)
}
