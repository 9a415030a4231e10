//! Writing large objects: the bytes of each as a member, and all of them as SQL.

use super::{Writer, settle};
use crate::{
    archive::{
        manifest::{
            FileFacts,
            large_objects::{LargeObjectFacts, LargeObjectsFacts, MISSING_NAMED, PointingFacts, path},
        },
        members::{Contents, Packer, Resting, Sort},
    },
    error::ExportError,
    format::sql::postgres::large_objects as sql,
    source::postgres::large_objects::{LargeObjects, PIECE},
};
use shared::export::Format;

impl Writer<'_> {
    /// Writes every large object once, piece by piece, and as SQL too where that is wanted. The ZIP takes one member at a time, so the SQL waits, compressed.
    pub(in crate::archive) async fn large_objects(
        &mut self,
        mut objects: LargeObjects<'_, '_>,
    ) -> Result<(), ExportError> {
        let column = |(table, column): &(&crate::plan::TablePlan, &str)| PointingFacts {
            schema: table.schema.clone(),
            table: table.table.clone(),
            column: (*column).to_owned(),
            ..PointingFacts::default()
        };
        let mut facts =
            LargeObjectsFacts { columns: objects.columns().iter().map(column).collect(), objects: Vec::new() };
        if self.wants(Format::Sql) {
            let (packer, member) = self.members.begin(sql::PATH, Sort::Data);
            let write = async {
                let mut statements = Statements { packer, text: Vec::new() };
                statements.packer.push(sql::HEADER.as_bytes()).await?;
                self.each_object(&mut objects, Some(&mut statements), &mut facts).await?;
                statements.packer.finish().await
            };
            let (written, rested) = tokio::join!(write, member.rest());
            let (contents, rested): (Contents, Resting) = settle(written, rested, Ok(()))?;
            self.members.append_rested(rested).await?;
            self.files.push(FileFacts::new(sql::PATH, contents));
        } else {
            self.each_object(&mut objects, None, &mut facts).await?;
        }
        objects.finish().await?;
        self.large_objects = Some(facts);
        Ok(())
    }

    async fn each_object(
        &mut self,
        objects: &mut LargeObjects<'_, '_>,
        mut statements: Option<&mut Statements>,
        facts: &mut LargeObjectsFacts,
    ) -> Result<(), ExportError> {
        while let Some((number, places)) = objects.next().await? {
            let file = match objects.piece(number, 0).await? {
                None => None,
                Some(first) => Some(self.object(objects, number, first, statements.as_deref_mut()).await?),
            };
            for place in places {
                let Some(column) = facts.columns.get_mut(place) else {
                    continue;
                };
                if file.is_some() {
                    column.objects += 1;
                } else {
                    column.missing += 1;
                    if column.missing_numbers.len() < MISSING_NAMED {
                        column.missing_numbers.push(number);
                    }
                }
            }
            facts.objects.extend(file.map(|file| LargeObjectFacts { number, file }));
        }
        Ok(())
    }

    /// Writes one object, of which the first piece is read.
    async fn object(
        &mut self,
        objects: &mut LargeObjects<'_, '_>,
        number: u32,
        first: Vec<u8>,
        mut statements: Option<&mut Statements>,
    ) -> Result<FileFacts, ExportError> {
        let path = path(number);
        let (mut packer, member) = self.members.begin(&path, Sort::Data);
        let meter = self.meter;
        let read = async {
            if let Some(statements) = statements.as_deref_mut() {
                statements.create(number).await?;
            }
            let (mut piece, mut offset) = (first, 0);
            while !piece.is_empty() {
                packer.push(&piece).await?;
                if let Some(statements) = statements.as_deref_mut() {
                    statements.put(number, offset, &piece).await?;
                }
                offset += piece.len() as u64;
                meter.count(0, piece.len() as u64)?;
                if piece.len() < PIECE {
                    break;
                }
                piece = objects.piece(number, offset).await?.unwrap_or_default();
            }
            packer.finish().await
        };
        let (read, stored) = tokio::join!(read, self.members.append(member));
        let (contents, ()) = settle(read, Ok(()), stored)?;
        let file = FileFacts::new(&path, contents);
        self.files.push(file.clone());
        Ok(file)
    }
}

/// The SQL of the objects on its way to its member.
struct Statements {
    packer: Packer,
    text: Vec<u8>,
}

impl Statements {
    async fn create(&mut self, number: u32) -> Result<(), ExportError> {
        self.text.clear();
        sql::create(number, &mut self.text);
        self.packer.push(&self.text).await
    }

    async fn put(&mut self, number: u32, offset: u64, piece: &[u8]) -> Result<(), ExportError> {
        self.text.clear();
        sql::put(number, offset, piece, &mut self.text);
        self.packer.push(&self.text).await
    }
}
