//! A slice of a PostgreSQL database with everything that is hard to carry over.

use super::sample::{Sample, column, planned};
use crate::{
    catalog::Mask,
    plan::{Excluded, Plan, RowKind},
    rows::RowBlock,
    schema::{Column, Definition, ForeignKey, Generated, Need, Prelude, Schema, Sequence, Table},
};
use bytes::Bytes;
use shared::export::Engine;

pub(super) const HOSTILE: &str = "x\"; drop table y; --\n\\! touch /tmp/handover-pwned\r💥 $$ \\ <b>";
const HOSTILE_SCHEMA: &str = "we\"ird\nsche;ma";

fn definition(name: &str, columns: &[&str], text: &str) -> Definition {
    Definition {
        name: name.to_owned(),
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        text: text.to_owned(),
    }
}

fn prelude(statement: &str, (schema, table, columns): (&str, &str, &[&str])) -> Prelude {
    let columns = columns.iter().map(|name| (*name).to_owned()).collect();
    let need = Need { schema: schema.to_owned(), table: table.to_owned(), columns };
    Prelude { statement: statement.to_owned(), needed_by: vec![need] }
}

fn block(lines: &str) -> RowBlock {
    RowBlock::CopyText { bytes: Bytes::copy_from_slice(lines.as_bytes()), rows: lines.matches('\n').count() as u64 }
}

fn key(name: &str, columns: &[&str], to: (&str, &str), to_columns: &[&str], definition: &str) -> ForeignKey {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    ForeignKey {
        name: Some(name.to_owned()),
        columns: owned(columns),
        to_schema: to.0.to_owned(),
        to_table: to.1.to_owned(),
        to_columns: owned(to_columns),
        definition: Some(definition.to_owned()),
    }
}

fn customers() -> Table {
    Table {
        schema: "public".to_owned(),
        name: "customers".to_owned(),
        columns: vec![
            Column { not_null: true, identity: Some("ALWAYS".to_owned()), ..column("id", "bigint", "int8") },
            Column {
                not_null: true,
                comment: Some("as on the door; it's \\ long".to_owned()),
                ..column("name", "text", "text")
            },
            Column { not_null: true, ..column("email", "character varying(80)", "varchar") },
            column("password_hash", "text", "text"),
            column("born", "date", "date"),
            Column { default: Some("now()".to_owned()), ..column("seen", "timestamp with time zone", "timestamptz") },
            Column { not_null: true, default: Some("false".to_owned()), ..column("vip", "boolean", "bool") },
            column("score", "numeric", "numeric"),
            column("rating", "double precision", "float8"),
            column("extra", "jsonb", "jsonb"),
            column("tags", "text[]", "_text"),
            Column {
                generated: Some(Generated { expression: "upper(name)".to_owned(), stored: true, own_code: false }),
                ..column("shout", "text", "text")
            },
            column("avatar", "bytea", "bytea"),
            column("mood", "public.\"mo od\"", "mo od"),
        ],
        primary_key: vec!["id".to_owned()],
        unique: vec![vec!["id".to_owned()], vec!["password_hash".to_owned()]],
        constraints: vec![
            definition("customers_email_check", &["email"], "CHECK ((email ~~ '%@%'::text))"),
            definition("customers_name_check", &["name"], "CHECK ((name <> ''::text)) NOT VALID"),
            definition("customers_pkey", &["id"], "PRIMARY KEY (id)"),
            definition("customers_secret_key", &["password_hash"], "UNIQUE (password_hash)"),
        ],
        indexes: vec![
            definition(
                "customers_email",
                &["email"],
                "CREATE INDEX customers_email ON public.customers USING btree (email)",
            ),
            definition(
                "customers_lower",
                &["name"],
                "CREATE INDEX customers_lower ON public.customers USING btree (lower(name))",
            ),
        ],
        sequences: vec![Sequence {
            column: "id".to_owned(),
            name: "public.\"old name_id_seq\"".to_owned(),
            ..Sequence::default()
        }],
        comment: Some("Everybody who ever bought something".to_owned()),
        ..Table::default()
    }
}

fn sales() -> Table {
    Table {
        schema: "public".to_owned(),
        name: "sales".to_owned(),
        columns: vec![
            Column {
                not_null: true,
                default: Some("nextval('public.sales_id_seq'::regclass)".to_owned()),
                ..column("id", "integer", "int4")
            },
            column("customer_id", "bigint", "int8"),
            column("audit_id", "integer", "int4"),
            column("total", "numeric(12,2)", "numeric"),
            column("paid_at", "timestamp without time zone", "timestamp"),
        ],
        primary_key: vec!["id".to_owned()],
        unique: vec![vec!["id".to_owned()]],
        constraints: vec![definition("sales_pkey", &["id"], "PRIMARY KEY (id)")],
        foreign_keys: vec![
            key(
                "sales_audit_fkey",
                &["audit_id"],
                ("public", "audit"),
                &["id"],
                "FOREIGN KEY (audit_id) REFERENCES public.audit(id)",
            ),
            key(
                "sales_customer_fkey",
                &["customer_id"],
                ("public", "customers"),
                &["id"],
                "FOREIGN KEY (customer_id) REFERENCES public.customers(id) ON DELETE CASCADE",
            ),
        ],
        sequences: vec![Sequence {
            column: "id".to_owned(),
            name: "public.sales_id_seq".to_owned(),
            ..Sequence::default()
        }],
        ..Table::default()
    }
}

fn hostile() -> Table {
    Table {
        schema: HOSTILE_SCHEMA.to_owned(),
        name: HOSTILE.to_owned(),
        columns: vec![column("a\"b\n,\\.", "text", "text")],
        comment: Some("a 'comment'\n\\! touch /tmp/handover-pwned".to_owned()),
        ..Table::default()
    }
}

fn table(name: &str, columns: Vec<Column>) -> Table {
    Table { schema: "public".to_owned(), name: name.to_owned(), columns, ..Table::default() }
}

fn noise() -> Vec<RowBlock> {
    let mut state = 88_172_645_463_325_252_u64;
    (0..40)
        .map(|part| {
            let lines: String = (0..2_000)
                .map(|row| {
                    let mut noise = String::new();
                    for _ in 0..8 {
                        state ^= state << 13;
                        state ^= state >> 7;
                        state ^= state << 17;
                        noise.push_str(&format!("{state:016x}"));
                    }
                    format!("{}\t{noise}\n", part * 2_000 + row)
                })
                .collect();
            block(&lines)
        })
        .collect()
}

pub(super) fn sample() -> Sample {
    let lives = vec![
        table("big", vec![column("id", "integer", "int4"), column("noise", "text", "text")]),
        customers(),
        table("empty", vec![column("id", "uuid", "uuid")]),
        table(
            "nothing",
            vec![Column {
                generated: Some(Generated { expression: "1 + 1".to_owned(), stored: true, own_code: false }),
                ..column("two", "integer", "int4")
            }],
        ),
        sales(),
        hostile(),
    ];
    let mut tables = vec![
        planned(&lives[0], "big", "Other", "every row is yours"),
        planned(&lives[1], "customers", "People", "workspace_id is the tenant's key"),
        planned(&lives[2], "empty", "Other", "shared with everybody"),
        planned(&lives[3], "nothing", "Other", "shared with everybody"),
        planned(&lives[4], "sales", "Retail sales", "belongs to whoever owns customer_id"),
        planned(&lives[5], "x_x22", "Odd <things>", "its name is \"hostile\" & <b>bold</b>"),
    ];
    tables[2].kind = RowKind::Shared;
    tables[1].columns.retain(|column| column.name != "password_hash");
    tables[1].omitted = vec![("password_hash".to_owned(), "secret\nof the person".to_owned())];
    tables[1].columns[2].mask = Some(Mask::Email);
    tables[1].masked = vec![("email".to_owned(), Mask::Email)];
    let rows = [
        noise(),
        vec![
            block(
                "1\tAnna \"A\", \\\\ and\\r\\nmore\ta***@example.org\t1980-02-29\t2026-11-22 13:37:00.123456+00\tt\t-12.50\tNaN\t{\"a\": [1, null, \"\\\\\\\\N\"]}\t{NULL,\"NULL\",\"\",\"a,\\\\\"b\"}\tANNA \"A\", \\\\ AND\\r\\nMORE\t\\\\x00ff\tvery \"good\n\
                   2\t\\\\N\tb***@example.org\t1999-01-01\t\\N\tf\tNaN\t-Infinity\t\\N\t{}\t\\\\N\t\\\\x\t\\N\n",
            ),
            block(
                "3\t=cmd|' /C calc'!A0\t***\t\\N\t2000-01-01 00:00:00+00\tf\t1.10\t1e-300\tnull\t\\N\t=CMD|' /C CALC'!A0\t\\N\t\\N\n",
            ),
        ],
        vec![],
        vec![block("2\n2\n2\n")],
        vec![block("7\t1\t\\N\t10.00\t2026-01-01 10:00:00\n8\t\\N\t\\N\t-3.50\tinfinity\n9\t3\t\\N\t0.00\t\\N\n")],
        vec![block("\\N\n\n\\\\.\n\\\\N\nx\\ty\n")],
    ];
    Sample {
        rows: tables.iter().map(|table| table.table.clone()).zip(rows).collect(),
        plan: Plan {
            schema: Schema {
                hides_triggers: false,
                engine: Engine::Postgres,
                version: "15.18".to_owned(),
                prelude: vec![
                    prelude(
                        &format!("create schema if not exists \"{}\"", HOSTILE_SCHEMA.replace('"', "\"\"")),
                        (HOSTILE_SCHEMA, HOSTILE, &[]),
                    ),
                    prelude(
                        "create type public.\"mo od\" as enum ('very \"good', 'it''s bad')",
                        ("public", "customers", &["mood"]),
                    ),
                    prelude("create sequence public.sales_id_seq", ("public", "sales", &["id"])),
                    prelude("create type public.hidden as enum ('x')", ("public", "customers", &["password_hash"])),
                ],
                tables: lives,
            },
            catalog_fingerprint: "sha256:0".to_owned(),
            tables,
            excluded: vec![Excluded {
                schema: "public".to_owned(),
                table: "audit".to_owned(),
                reason: "bookkeeping <of> the deploy tool".to_owned(),
            }],
        },
        sequences: vec![
            "select setval(pg_get_serial_sequence('\"public\".\"customers\"', 'id'), 3, true)".to_owned(),
            "select setval('public.sales_id_seq', 9, true)".to_owned(),
        ],
        label: "Müller & <script>alert(1)</script> GmbH".to_owned(),
    }
}
