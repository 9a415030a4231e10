//! One column of a restored table.

use super::Restored;
use crate::{
    format::sql::{
        kept::{Kept, LeftOut},
        mysql::{
            literal::literal,
            statement::{Clause, ColumnText, Piece},
            token::{Kind, tokens},
        },
        name::backticked,
    },
    plan::ColumnPlan,
    schema::Column,
};

/// How a column is restored.
pub(super) struct Definition<'r, 'a> {
    pub(super) kept: &'r Kept<'a>,
    pub(super) restored: &'r Restored<'a>,
    /// Whether an index is there that a counter needs.
    pub(super) counts: bool,
    /// Whether the table keeps its rows' earlier versions.
    pub(super) versioned: bool,
}

impl Definition<'_, '_> {
    /// The column's line. What cannot be kept of it goes to `left_out`.
    pub(super) fn line(&self, planned: &ColumnPlan, left_out: &mut Vec<LeftOut>) -> String {
        let live = self.restored.live.column(&planned.name);
        let statement = self.restored.statement.as_ref();
        let text = statement.and_then(|statement| statement.column(&planned.name));
        match (live, text) {
            (Some(live), Some(text)) if planned.mask.is_none() => self.own(live, text, left_out),
            _ => self.plain(planned, live),
        }
    }

    fn own(&self, live: &Column, text: &ColumnText<'_>, left_out: &mut Vec<LeftOut>) -> String {
        let mut line = backticked(&live.name);
        let mut leave_out = |kind: &str, reason: String| {
            left_out.push(LeftOut::new(self.restored.table, kind, &live.name, reason));
        };
        for (clause, piece) in &text.clauses {
            let written = match clause {
                Clause::Plain => Ok(Some(piece.0.to_owned())),
                Clause::Default => self.default(live, *piece).map(Some).map_err(|reason| ("default", reason)),
                Clause::Check => match self.unsayable(&piece.names(), *piece) {
                    None => Ok(Some(piece.0.to_owned())),
                    Some(reason) => Err(("check", reason)),
                },
                Clause::Generated | Clause::RowTime => {
                    let rule = live.generated.as_ref();
                    let blocked = rule.and_then(|rule| self.kept.blocked_generation(self.restored.table, live, rule));
                    match blocked {
                        None => Ok(Some(piece.0.to_owned())),
                        Some(reason) => Err(("generation rule", reason)),
                    }
                }
                Clause::Counter if !self.counts => Err(("counter", "the index that it needs is left out".to_owned())),
                Clause::Counter => Ok(Some(piece.0.to_owned())),
                Clause::Unversioned => Ok(self.versioned.then(|| piece.0.to_owned())),
            };
            match written {
                Ok(written) => line.extend(written.into_iter().flat_map(|text| [" ".to_owned(), text])),
                Err((kind, reason)) => leave_out(kind, reason),
            }
        }
        line
    }

    /// A default; the sequence that it calls loses the name of the database that it came from.
    fn default(&self, live: &Column, piece: Piece<'_>) -> Result<String, String> {
        let words = tokens(piece.0).unwrap_or_default();
        let calls = |word: &str| words.iter().any(|token| token.is(word));
        if calls("nextval") || calls("lastval") || calls("setval") {
            let sequence = self.restored.live.sequences.iter().find(|sequence| sequence.column == live.name);
            let names: Vec<&str> =
                words.iter().filter(|token| token.kind == Kind::Name).map(|token| token.text).collect();
            return match sequence {
                Some(sequence)
                    if calls("nextval")
                        && names.last() == Some(&sequence.name.as_str())
                        && super::sequence(self.kept, &sequence.name).is_some() =>
                {
                    Ok(format!("default nextval({})", sequence.name))
                }
                _ => Err("it calls a sequence that is not in the archive".to_owned()),
            };
        }
        let mut names = piece.names();
        names.push(live.name.clone());
        match self.unsayable(&names, piece) {
            None => Ok(piece.0.to_owned()),
            Some(reason) => Err(reason),
        }
    }

    /// Why words of the server's that mention these names cannot be kept; `None` if they can.
    fn unsayable(&self, names: &[String], piece: Piece<'_>) -> Option<String> {
        let blocked = self.restored.blocked(self.kept, names);
        blocked.or_else(|| self.restored.names_somebody(self.kept, names, piece.0))
    }

    /// A column without the server's words: a masked one, because a masked value fits into no type but text.
    fn plain(&self, planned: &ColumnPlan, live: Option<&Column>) -> String {
        let type_name = if planned.mask.is_some() { "longtext character set utf8mb4" } else { &planned.type_name };
        let mut line = format!("{} {type_name}", backticked(&planned.name));
        let rule = live.and_then(|live| Some((live, live.generated.as_ref()?)));
        match rule.filter(|(live, rule)| self.kept.blocked_generation(self.restored.table, live, rule).is_none()) {
            Some((_, rule)) => {
                let stored = if rule.stored { "stored" } else { "virtual" };
                line.push_str(&format!(" generated always as ({}) {stored}", rule.expression));
            }
            None => line.push_str(if planned.nullable { " null" } else { " not null" }),
        }
        if let Some(text) = live.and_then(|live| live.comment.as_deref()) {
            line.push_str(&format!(" comment {}", literal(text)));
        }
        line
    }
}
